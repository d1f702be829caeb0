"""The pages of applicants: what they write, what they are told, and what they take away.

| file | what it does |
| --- | --- |
| requests.py | receives what is sent: its size, its arrival, and that no proxy keeps an answer |
| saving.py | saves what a page sent: answers, files, and what somebody else changed meanwhile |
| page.py | says what an application's page shows |
| views.py | the list, the application and what its buttons do |
| downloads.py | files, receipts and versions |
| decided.py | what she reads of a decision |
| appeal_page.py | her appeal |
| team_pages.py | the invitation to a team, by mail and as a page |
"""
