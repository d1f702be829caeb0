"""The dataflows of the programme."""
