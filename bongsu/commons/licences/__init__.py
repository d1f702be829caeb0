"""What a licence text means: its SPDX expression, whether it is open, and the part of the text that decided."""

from bongsu.commons.licences.reading import Licence, Part, Verdict, licence_of

__all__ = ["Licence", "Part", "Verdict", "licence_of"]
