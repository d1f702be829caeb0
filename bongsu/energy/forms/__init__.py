"""Forms and labels that regulations and standards require, filled in from a report or an estimate by pure functions.

`form_catalogue` lists them. Each form names the rule it follows and the rule's version. Left out: sending a form, and any claim
that a filled-in form satisfies a law.
"""
