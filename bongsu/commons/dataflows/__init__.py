"""The dataflows of the commons programme, one module and one table of description each."""
