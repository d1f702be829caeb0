"""Log-normal arithmetic, integration over priors, and the tree of steps that explains a value."""
