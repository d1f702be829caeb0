"""The ledger of credits: money, compute hours and points in accounts, moved by transfers that never change.

ledger/   values, and `decide`, which decides commands on them; pure: no database, no clock
models    the tables
posting   the one way to write: commands are decided and stored in sets
"""
