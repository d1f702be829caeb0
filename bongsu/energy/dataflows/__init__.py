"""The dataflows of the energy programme, one module and one table of description each."""
