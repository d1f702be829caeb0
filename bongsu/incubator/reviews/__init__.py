"""What reviews say in numbers: the score of a review and of an application, the ranking, and the line of a budget."""
