"""Who may do what here: organisations and the tokens with which their machines speak to the node."""
