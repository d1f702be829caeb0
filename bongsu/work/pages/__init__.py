"""Pages of the work programme: an occupation by six indices at once, where the indices disagree, and the event studies."""
