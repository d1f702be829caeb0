"""Asks other machines for what they publish, with checked addresses and limits."""
