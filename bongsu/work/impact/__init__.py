"""The event study: compares exposed with less exposed occupations before and after a date, from cells of employment.

`panel` reads the cells, `fixed_effects` absorbs fixed effects, `estimators` fits models, `study` runs the analyses (effect,
event times, pre-trend, placebo date, other indices, breaks), `conclusions` words the result, `effect_plot` draws it.
"""
