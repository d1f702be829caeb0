"""The public Python interface of a node: dataflows and releases as tables, estimates, job title codes, openness.

`bongsu.open`, `bongsu.estimate`, `bongsu.code_titles` and `bongsu.assess_openness` come from here; they are loaded on first
access. docs/python.md is the manual and has the deprecation policy.
"""

from bongsu.api.node_reader import DataflowReader, NodeReader, ReleaseReader, open_node
from bongsu.api.tools import assess_openness, code_titles

__all__ = ["DataflowReader", "NodeReader", "ReleaseReader", "assess_openness", "code_titles", "open_node"]
