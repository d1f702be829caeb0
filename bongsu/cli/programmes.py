"""The programmes as a fixed tuple; there is no plug-in mechanism."""

from bongsu.commons.programme import PROGRAMME as COMMONS
from bongsu.core.programme import Programme
from bongsu.energy.programme import PROGRAMME as ENERGY
from bongsu.work.programme import PROGRAMME as WORK

PROGRAMMES: tuple[Programme, ...] = (ENERGY, WORK, COMMONS)
