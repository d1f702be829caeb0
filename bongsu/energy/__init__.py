"""Programme 1: the energy that AI uses."""
