"""Log-normal arithmetic, quadrature over priors, and the tree of steps that explains a value."""
