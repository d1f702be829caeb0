"""Mode `private`: answers with differential privacy. Formulas and guarantee: docs/methods/disclosure.md."""
