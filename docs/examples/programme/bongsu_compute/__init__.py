"""The computing power with which models are trained: a programme for Bongsu."""
