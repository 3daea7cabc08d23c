"""How a history ended, as far as it was lived."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..ground.codes import Ending
from ..ground.tables import Powers
from ..memory.archive import Archive

EXTINCT_BELOW = 4  # people


def ending_of(powers: NDArray[np.int64]) -> str:
    """RESTORED if it ever was, else EXTINCT, else LOCKED, else CONTESTED; nothing before the era of people."""
    row = powers.reshape(-1)
    if row[Powers.era_day] < 0:
        return ""
    if row[Powers.restored] >= 0:
        return Ending.RESTORED.name
    if row[Powers.extinct] >= 0 or row[Powers.people] < EXTINCT_BELOW:
        return Ending.EXTINCT.name
    return Ending.LOCKED.name if row[Powers.locked] >= 0 else Ending.CONTESTED.name


def ending_in(directory: Path) -> str:
    """The label of the run in a directory. errors   BadRun"""
    with Archive.open_to_read(directory) as archive:
        return ending_of(archive.frame(None, ("powers",))["powers"]) if archive.frames() else ""


__all__ = ["ending_in", "ending_of"]
