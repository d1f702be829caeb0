"""The officer's desk for calls: pages that list, write, open and end calls. Whatever a page does, `bongsu call` does too.

list_page.py         all calls, and a new one
call_page.py         one call: state, editions, what the checker says; opening and ending it; its files up and down
file_page.py         the text of a file with the checker's words beside it
workflow_pages.py    the workflow as a picture and a table, and one transition as a form
question_pages.py    the questions of the form, one question as a form (question_form.py), and the form as applicants see it
"""
