"""Tags of the commons' templates."""
