"""What became of exposed occupations after a date, against less exposed ones: an event study of cells of employment.

`absorb` takes fixed effects out, `models` fits, `panel` reads the cells, `study` asks the questions that belong together
(effect, event times, trend before, placebo date, other indices, breaks), `drawing` and `views` show the answer.
"""
