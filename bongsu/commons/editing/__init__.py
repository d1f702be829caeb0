"""Changes of entries on this node, their conflicts with new versions of the sources, and the snapshot that builds read."""
