"""The codes of OBS_STATUS that the code of more than one room knows; definitions/codes/CL_OBS_STATUS.csv has all.

P is for values that the agency "almost certainly" expects to be revised (SDMX CL_OBS_STATUS); R is the house's, after Eurostat.
"""

STATUS = "OBS_STATUS"
NORMAL, PROVISIONAL, REVISED, UNVALIDATED = "A", "P", "R", "V"
