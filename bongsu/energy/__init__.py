"""Programme 1: the observatory of the energy that AI uses."""
