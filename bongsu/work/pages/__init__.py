"""Pages of the work programme: an occupation by six indices, the agreement of the indices, and the event studies."""
