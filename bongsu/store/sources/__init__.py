"""Sources that are alive: where their files are, what is asked of them, and what of an answer is kept."""
