"""A call as a file: rounds and deadlines, texts, criteria, budget lines; its errors, and what an edition changes."""
