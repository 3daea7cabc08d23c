"""How a history ended, as far as it was lived; and why it was not lived as long as was asked."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..ground.codes import Ending
from ..ground.scenario import Scenario
from ..ground.tables import YEAR, Powers
from ..memory.archive import Archive
from ..words.counts import counted

EXTINCT_BELOW = 4  # people


def ending_of(powers: NDArray[np.int64], day: int | None = None) -> str:
    """RESTORED if it ever was, else EXTINCT, else LOCKED, else CONTESTED; nothing before the era of people.

    day   as of a day of the past: by what was told before it
    """
    row = powers.reshape(-1)

    def told(column: int) -> bool:
        return row[column] >= 0 and (day is None or row[column] < day)

    if not told(Powers.era_day):
        return ""
    if told(Powers.restored):
        return Ending.RESTORED.name
    if told(Powers.extinct) or (day is None and row[Powers.people] < EXTINCT_BELOW):
        return Ending.EXTINCT.name
    return Ending.LOCKED.name if told(Powers.locked) else Ending.CONTESTED.name


def ending_in(directory: Path) -> str:
    """The label of the run in a directory. errors   BadRun"""
    with Archive.open_to_read(directory) as archive:
        return ending_of(archive.frame(None, ("powers",))["powers"]) if archive.frames() else ""


class Watched(NamedTuple):
    """A history that ended before the years that were asked for: it was restored, and was watched for long enough."""

    restored: int  # year
    years: int  # that it was watched for after it: the knob `after_restored_years`

    def words(self, asked: int) -> str:
        """Why it ended, and how it goes on."""
        return (
            f"restored in year {self.restored:,} and watched for {counted('year', self.years)} since (after_restored_years); "
            f"resume lives on to year {asked:,}"
        )


def watched(powers: NDArray[np.int64], scenario: Scenario, day: int) -> Watched | None:
    """Why a run ended on a day before its years were over; None where that is not why."""
    row = powers.reshape(-1)
    restored, years = int(row[Powers.restored]), scenario.after_restored_years
    if restored < 0 or not years or day != restored + years * YEAR or day >= scenario.years * YEAR:
        return None
    return Watched(restored // YEAR, years)


__all__ = ["Watched", "ending_in", "ending_of", "watched"]
