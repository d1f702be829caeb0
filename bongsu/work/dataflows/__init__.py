"""The dataflows of the work programme, one module and one table of description each."""
