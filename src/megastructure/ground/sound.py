"""What the tables of a stored city must agree in before kernels are handed them: kernels look no row up twice.

Each number alone has been compared with its declaration (`limits.py`). Here is what relates columns and tables: which work a
removal means, how large a box may be, who leads whom, that nobody lives before the era. What follows from replaying a city
(owners, lists, counts) is asserted afterwards, in `check.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .city import FRAMED
from .codes import (
    CLIP_TARGET,
    E_BRIDGE,
    E_LADDER_DOWN,
    E_LADDER_UP,
    E_PIPE,
    E_RENEWAL,
    E_STITCH,
    K_DEMOLITION,
    K_MASS,
    K_SHOT,
    K_STOP,
    K_UNBUILDING,
    M_ESCORT,
    M_GATHER,
    M_GUARD,
)
from .limits import Fault
from .scenario import Scenario
from .tables import (
    LOT,
    YEAR,
    Charters,
    Claims,
    Foremen,
    Plan,
    Powers,
    Schools,
    Series,
    Tally,
    Units,
    Villages,
    Wanderers,
    Works,
)

Array = NDArray[Any]
FACE_MOST = 1 << 19  # cells of the greatest face of a box: a shot has 4096 x 65
SECTORS_EACH = 64  # sectors of 4^3 lots that the box of a work meets, on average at most; of a large bay they are 3 x 3 x 4
SOUNDED = (E_BRIDGE, E_PIPE, E_STITCH)  # errands whose size is a direction
PLACED = (E_LADDER_DOWN, E_LADDER_UP, E_RENEWAL)  # errands that have none
MATERIALS = 31  # the greatest number of a material


def first_fault(scenario: Scenario, day: int, tables: Mapping[str, Array]) -> tuple[str, Fault] | None:
    """The first thing that the tables of a stored day do not agree in, with the name of its table; None: they are sound.

    errors   KeyError: a table is missing
    """
    missing = [name for name in FRAMED if name not in tables]
    if missing:
        raise KeyError(f"{missing[0]} is missing")
    return next(_faults(scenario, day, tables), None)


def _faults(scenario: Scenario, day: int, tables: Mapping[str, Array]) -> Iterator[tuple[str, Fault]]:
    for name in ("foremen", "charters", "schools"):
        if not len(tables[name]):
            yield name, Fault("name", 0, 0, "somebody: a city has a founder, with a charter and a school")
    if not scenario.works:
        for name in ("works", "plan"):
            if len(tables[name]):
                yield name, Fault("kind", 0, int(tables[name][0, 0]), "no row: this city is lived in outline")
    yield from _bays(tables)
    yield from _claims(tables["claims"], tables["foremen"])
    yield from _works(tables["works"], len(tables["shots"]))
    yield from _plan(tables["plan"], day)
    yield from _series(tables, day)
    yield from _people(scenario, tables)


def _wrong(table: str, column: str, values: Array, wrong: Array, allowed: str) -> Iterator[tuple[str, Fault]]:
    """The first row of a table that is wrong, if there is any; `values` of the column, `wrong` a mask."""
    if wrong.any():
        at = int(np.argmax(wrong))
        yield table, Fault(column, at, int(values[at]), allowed)


def _bays(tables: Mapping[str, Array]) -> Iterator[tuple[str, Fault]]:
    for name, pitch, height in (("foremen", Foremen.pitch, Foremen.height), ("charters", Charters.pitch, Charters.height)):
        for column, number in (("pitch", pitch), ("height", height)):
            values = tables[name][:, number]
            yield from _wrong(name, column, values, values % LOT != 0, f"a multiple of {LOT}")
    ever = tables["schools"][:, Schools.ever]
    yield from _wrong("schools", "ever", ever, ever > len(tables["foremen"]), "at most as many bays as there ever were")


def _claims(claims: Array, foremen: Array) -> Iterator[tuple[str, Fault]]:
    """Each bay is claimed once, as it lies, and released once at most: so lots are bounded by bays."""
    who, release = claims[:, Claims.foreman], claims[:, Claims.release] != 0
    first = np.flatnonzero(~release)
    wrong = who[first] != np.arange(len(first))
    if len(first) != len(foremen) or wrong.any():
        row = int(first[np.argmax(wrong)]) if wrong.any() else len(claims)
        value = int(who[row]) if row < len(who) else len(first)
        yield "claims", Fault("foreman", row, value, "one claim of each foreman, in their order")
        return
    again = who[release]
    twice = np.bincount(again, minlength=1) > 1
    if twice.any():
        yield (
            "claims",
            Fault("foreman", int(np.flatnonzero(release)[twice[again]][1]), int(np.argmax(twice)), "one release of each"),
        )
    corner = foremen[:, [Foremen.x, Foremen.y, Foremen.z]] // LOT
    size = foremen[:, [Foremen.pitch, Foremen.height]] // LOT
    for name, bays in (("x", corner[:, 0]), ("y", corner[:, 1]), ("z", corner[:, 2]), ("n", size[:, 0]), ("m", size[:, 1])):
        values = claims[:, getattr(Claims, name)]
        yield from _wrong("claims", name, values, values != bays[who], "as the bay of its foreman lies")


def _works(works: Array, shots: int) -> Iterator[tuple[str, Fault]]:
    """Which works are meant, where a row means another; how large boxes are."""
    kind, flags, target, scope = (works[:, c] for c in (Works.kind, Works.flags, Works.target, Works.scope))
    x, y, z, sx, sy, sz = (np.ascontiguousarray(works[:, c]) for c in (Works.x, Works.y, Works.z, Works.sx, Works.sy, Works.sz))
    face = _greatest_face(sx, sy, sz)
    yield from _wrong("works", "sx", sx, face > FACE_MOST, f"no face of the box above {FACE_MOST:,} cells")
    spans = [((low + size - 1) >> 6) - (low >> 6) + 1 for low, size in ((x, sx), (y, sy), (z, sz))]
    sectors = spans[0] * spans[1] * spans[2]
    of_shots = kind == K_SHOT
    if int(sectors.sum(where=~of_shots, dtype=np.int64)) > SECTORS_EACH * len(works):
        row = int(np.argmax(np.where(of_shots, 0, sectors)))
        yield (
            "works",
            Fault("sx", row, int(sx[row]), f"boxes that meet {SECTORS_EACH} sectors of 64^3 cells on average at most"),
        )
    yield from _wrong("works", "target", target, of_shots & _again(target, of_shots), "another shot: each makes one hole")
    meant = np.flatnonzero(target)
    kinds, serials = kind[meant], target[meant]
    shot = kinds == K_SHOT
    for wrong, allowed in (
        (shot & (serials > shots), f"0..{shots}, 1 + a shot"), (~shot & (serials > meant), "1 + an earlier work"),
    ):  # fmt: skip
        if wrong.any():
            row = int(meant[np.argmax(wrong)])
            yield "works", Fault("target", row, int(target[row]), allowed)
    means = (kind == K_UNBUILDING) | (kind == K_STOP) | (kind == K_SHOT)
    yield from _wrong("works", "target", target, means & (target == 0), "1 + what it removes or stops, or 1 + the shot")
    repairs = np.flatnonzero(flags >> 8 == CLIP_TARGET)
    wrong = (target[repairs] == 0) | ((kind[repairs] < K_DEMOLITION) & ((scope[repairs] < 1) | (scope[repairs] > repairs)))
    if wrong.any():
        row = int(repairs[np.argmax(wrong)])
        yield "works", Fault("scope", row, int(scope[row]), "1 + the earlier work of a shot, and a target that is repaired")
    material = works[:, Works.a]
    yield from _wrong("works", "a", material, (kind == K_MASS) & (material > MATERIALS), f"a material in 0..{MATERIALS}")
    axis = works[:, Works.b]
    yield from _wrong("works", "b", axis, (kind == K_SHOT) & (axis > 2), "an axis in 0..2")


def _greatest_face(sx: Array, sy: Array, sz: Array) -> Array:
    """Cells of the greatest face of each box."""
    return np.maximum(np.maximum(sx * sy, sy * sz), sx * sz)


def _again(values: Array, of: Array) -> Array:
    """Which of the chosen values stand there a second time."""
    rows = np.flatnonzero(of)
    order = rows[np.argsort(values[rows], kind="stable")]
    again = np.zeros(len(values), bool)
    again[order[1:]] = values[order[1:]] == values[order[:-1]]
    return again


def _plan(plan: Array, day: int) -> Iterator[tuple[str, Fault]]:
    errand, size = plan[:, Plan.errand], plan[:, [Plan.sx, Plan.sy, Plan.sz]].astype(np.int64)
    days = plan[:, Plan.day]
    yield from _wrong("plan", "day", days, days < day, f"a day from {day} on")
    sounded, placed = np.isin(errand, SOUNDED), np.isin(errand, PLACED)
    one_way = (np.abs(size[:, :2]).sum(axis=1) == 1) & (size[:, 2] <= 256)
    yield from _wrong("plan", "sx", size[:, 0], sounded & ~one_way, "a direction along x or y, of a width up to 256")
    box = ~(sounded | placed)
    face = _greatest_face(*size.T)
    broken = (size < 1).any(axis=1) | (face > FACE_MOST)
    yield from _wrong("plan", "sx", size[:, 0], box & broken, f"a box of 1 cell at least, no face above {FACE_MOST:,} cells")
    material = plan[:, Plan.a]
    mass = plan[:, Plan.kind] == K_MASS
    yield from _wrong("plan", "a", material, mass & (material > MATERIALS), f"a material in 0..{MATERIALS}")


def _series(tables: Mapping[str, Array], day: int) -> Iterator[tuple[str, Fault]]:
    series, names = tables["series"], tables["foremen"][:, Foremen.name]
    year = series[:, Series.year]
    yield from _wrong("series", "year", year, year != np.arange(1, len(year) + 1), "1, 2, 3, ...")
    if len(series) != day // YEAR:
        yield "series", Fault("year", len(series), len(series), f"{day // YEAR} rows, one for each year")
    tally = tables["tally"].reshape(1, -1)
    for name, rows, greatest, who in (
        ("series", series, Series.greatest, Series.greatest_foreman), ("tally", tally, Tally.greatest, Tally.greatest_foreman),
    ):  # fmt: skip
        planned = rows[:, who]
        unknown = (rows[:, greatest] > 0) & ~np.isin(planned, names)
        yield from _wrong(name, "greatest_foreman", planned, unknown, "the name of a foreman")


def _people(scenario: Scenario, tables: Mapping[str, Array]) -> Iterator[tuple[str, Fault]]:
    powers = tables["powers"].reshape(-1)
    if powers[Powers.era_day] < 0:
        cult = powers[Powers.struck] >= 0  # its village is there from the strike on
        absent = ("units", "wanderers", "reigns")
        for name in absent if cult else ("persons", "villages", *absent):
            if len(tables[name]):
                yield name, Fault("name", 0, int(tables[name][0, 0]), "nobody: the era has not begun (powers.era_day)")
    for name in ("override_bay", "override_person"):
        value = int(powers[getattr(Powers, name)])
        if powers[Powers.override_since] >= 0 > value:
            yield "powers", Fault(name, 0, value, "somebody: an override is under way")
    wanderers = tables["wanderers"]
    if len(wanderers) > scenario.wanderers:
        beyond = int(wanderers[scenario.wanderers, Wanderers.name])
        yield "wanderers", Fault("name", scenario.wanderers, beyond, f"{scenario.wanderers} of them at most")
    mission, goal, charge = (wanderers[:, c] for c in (Wanderers.mission, Wanderers.goal, Wanderers.charge))
    leads = (mission == M_ESCORT) | (mission == M_GATHER)
    yield from _wrong("wanderers", "goal", goal, leads & (goal < 0), "a bay: he leads people there")
    keeps = (mission == M_ESCORT) | (mission == M_GUARD)
    yield from _wrong("wanderers", "charge", charge, keeps & (charge < 0), "a person: he leads or guards them")
    step = wanderers[:, Wanderers.step]
    yield from _wrong("wanderers", "step", step, (step >= 0) & (goal < 0), "-1: he has no goal")
    village, hunts = (tables["units"][:, c] for c in (Units.village, Units.hunts))
    yield from _wrong("units", "hunts", hunts, (village < 0) & (hunts < 0), "a Wanderer: it hunts no village")
    made = tables["units"][:, Units.made]
    yield from _wrong("units", "made", made, np.diff(made, prepend=made[:1]) < 0, "in order of days")
    villages, homes = tables["villages"], tables["foremen"][:, Foremen.village]
    at = np.flatnonzero(homes >= 0)
    away = (villages[homes[at], Villages.bay] != at) | (villages[homes[at], Villages.ended] >= 0)
    if away.any():
        row = int(at[np.argmax(away)])
        yield "foremen", Fault("village", row, int(homes[row]), "a standing village that has this bay")


__all__ = ["first_fault"]
