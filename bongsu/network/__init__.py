"""What nodes say to each other: the node's card with its keys (views.py). Peers, messages and exchange are not built yet."""
