"""Scenarios of data-centre electricity to 2035: levers in, TWh, CO2e and water out, with 80 % intervals.

`levers` reads the table of levers, `engine` projects a scenario and its sensitivity, `beside` sets it next to what the
IEA and LBNL published. A scenario answers "what if"; it is no forecast, and no probability is put on its levers.
"""
