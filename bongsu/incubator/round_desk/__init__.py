"""The desk of a round: its applications at a glance, each with its checks and its history, the assignment, the ranking."""
