"""What other nodes published, as this node keeps it."""
