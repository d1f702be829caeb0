"""The estimate's tables (CSV, TOML) and the functions that look values up in them."""
