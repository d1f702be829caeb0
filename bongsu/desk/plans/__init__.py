"""The publication plan of a holding: its cells, their protection as a whole, and questions answered from them."""
