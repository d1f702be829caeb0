"""Scenarios of data-centre electricity to 2035: from the values of levers to TWh, CO2e and water, with 80 % intervals.

`levers` reads the table of levers, `projection` computes a scenario and its sensitivity, `published_comparison` compares it
with figures that the IEA and LBNL published. A scenario answers "what if"; it is not a forecast, and its levers have no
probabilities.
"""
