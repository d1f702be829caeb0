"""Interprets licence texts: the SPDX expression, whether the licence is open, and the part of the text that decided."""

from bongsu.commons.licences.licence_reader import Licence, LicencePart, Verdict, read_licence

__all__ = ["Licence", "LicencePart", "Verdict", "read_licence"]
