"""Forms and labels that rules ask for, filled in from a report or an estimate: pure functions from values to documents.

`catalogue` lists them. Each form names the rule it follows and its version. Left out: sending a form anywhere, and any
claim that a filled-in form satisfies a law.
"""
