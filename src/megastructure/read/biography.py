"""`megastructure biography`: what became of somebody, a village, a bay, a unit, the Wanderer; or of the copies of a locus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..codes import EventKind, Fate
from ..errors import MegastructureError
from ..names import spoken, spoken_place
from ..sentences import LOCI, counted
from ..tables import (
    F_BORN,
    F_NAME,
    F_PARENT,
    F_SCHOOL,
    N_NAME,
    PE_BORN,
    PE_DIED,
    PE_FATHER,
    PE_FEMALE,
    PE_HAPLOTYPE_A,
    PE_HAPLOTYPE_B,
    PE_MOTHER,
    PE_NAME,
    PE_VILLAGE,
    UN_ENDED,
    UN_FATE,
    UN_LEVEL,
    UN_MADE,
    UN_MASS,
    UN_VILLAGE,
    V_DAY,
    V_KIND,
    V_MAGNITUDE,
    V_PLACE,
    V_WHO,
    V_WHOM,
    VI_BAY,
    VI_ENDED,
    VI_FOUNDED,
    VI_NAME,
    VI_PARENT,
    VI_PEOPLE,
    YEAR,
)
from .chronicle import Annals, tell
from .library import Found, Library

if TYPE_CHECKING:
    from rich.console import Console

FATES = {int(Fate.HUNTING): "It hunts still", int(Fate.KILLED): "It was destroyed", int(Fate.STOOD_DOWN): "It stood down"}


class Life(NamedTuple):
    """A life as it is told: title, facts in sentences, rows of the chronicle, the day from which ages are counted."""

    title: str
    facts: list[str]
    rows: np.ndarray
    from_day: int


def life(annals: Annals, found: Found, top: int) -> Life:
    """The life of somebody or something, with the `top` most significant events, in order of time.

    What somebody does again and again says less each time: the k-th of a kind counts 1/k.
    """
    tellers = {"persons": _person, "villages": _village, "units": _unit, "wanderers": _wanderer, "foremen": _bay,
               "schools": _school}  # fmt: skip
    title, facts, rows, from_day = tellers[found.table](annals, found)
    rows = rows[annals.told[rows]]
    if len(rows) > top:
        order = rows[np.argsort(-annals.scores[rows], kind="stable")]
        seen: dict[int, int] = {}
        told_before = [seen.update({k: seen.get(k, 0) + 1}) or seen[k] for k in annals.events[order, V_KIND].tolist()]
        rows = np.sort(order[np.argsort(-annals.scores[order] / np.array(told_before), kind="stable")[:top]])
    return Life(title, facts, rows, from_day)


def _named(annals: Annals, name: int, place: int = 0) -> np.ndarray:
    """Rows that name somebody, or that happened at a place."""
    e = annals.events
    there = (e[:, V_WHO] == name) | (e[:, V_WHOM] == name)
    return np.flatnonzero(there | (e[:, V_PLACE] == place)) if place else np.flatnonzero(there)


def _person(annals: Annals, found: Found) -> Life:
    library = annals.library
    persons, villages = library.table("persons"), library.table("villages")
    p = persons[found.serial]
    born, died = int(p[PE_BORN]), int(p[PE_DIED])
    parents = [spoken(int(persons[p[c], PE_NAME])) for c in (PE_MOTHER, PE_FATHER) if p[c] >= 0]
    child = "Daughter" if p[PE_FEMALE] else "Son"
    facts = [f"{child} of {' and '.join(parents)}." if parents else "Of the first; the parents are not known."]
    children = persons[(persons[:, PE_MOTHER] == found.serial) | (persons[:, PE_FATHER] == found.serial)]
    where = spoken_place(int(villages[p[PE_VILLAGE], VI_NAME])) if len(villages) else "the city"
    lived = f"{'Lived' if died >= 0 else 'Lives'} in {where}"
    facts.append(
        f"{lived}, {_years(died - born)} old at death." if died >= 0 else f"{lived}, {_years(library.day - born)} old."
    )
    if len(children):
        named = ", ".join(spoken(int(n)) for n in children[:12, PE_NAME])
        facts.append(f"{counted('child|children', len(children))}: {named}{' ...' if len(children) > 12 else ''}.")
    return Life(spoken(found.name), facts, _named(annals, found.name), born)


def _village(annals: Annals, found: Found) -> Life:
    library = annals.library
    villages, foremen = library.table("villages"), library.table("foremen")
    v = villages[found.serial]
    bay = int(foremen[v[VI_BAY], F_NAME]) if len(foremen) else 0
    founded, ended = int(v[VI_FOUNDED]), int(v[VI_ENDED])
    origin = f", by people of {spoken_place(int(villages[v[VI_PARENT], VI_NAME]))}" if v[VI_PARENT] >= 0 else ""
    facts = [f"A village in the bay {spoken_place(bay)}, founded in {library.when(founded)}{origin}."]
    if ended >= 0:
        facts.append(f"It stood for {_years(ended - founded)}, until {library.when(ended)}.")
    else:
        facts.append(f"It stands; {counted('person lives|people live', int(v[VI_PEOPLE]))} there.")
    daughters = villages[villages[:, VI_PARENT] == found.serial]
    if len(daughters):
        facts.append(f"Its daughters: {', '.join(spoken_place(int(n)) for n in daughters[:12, VI_NAME])}.")
    rows = _named(annals, found.name, bay)
    days = annals.events[rows, V_DAY]
    there = (days >= founded) & (days <= (ended if ended >= 0 else library.day))
    about = (annals.events[rows, V_WHO] == found.name) | (annals.events[rows, V_WHOM] == found.name)
    return Life(spoken_place(found.name), facts, rows[there | about], founded)


def _unit(annals: Annals, found: Found) -> Life:
    library = annals.library
    u = library.table("units")[found.serial]
    quarry = spoken_place(int(library.table("villages")[u[UN_VILLAGE], VI_NAME]))
    facts = [f"A unit of level {int(u[UN_LEVEL])}, made of {counted('cell|cells', int(u[UN_MASS]))} to hunt {quarry}."]
    end = f" in {library.when(int(u[UN_ENDED]))}" if u[UN_ENDED] >= 0 else ""
    facts.append(f"{FATES.get(int(u[UN_FATE]), 'Its fate is not known')}{end}.")
    return Life(f"{library.speaker.say('unit', found.name)}".capitalize(), facts, _named(annals, found.name), int(u[UN_MADE]))


def _wanderer(annals: Annals, found: Found) -> Life:
    library = annals.library
    rows = _named(annals, found.name)
    kinds = annals.events[rows, V_KIND]
    told = [
        (EventKind.VILLAGE_FOUND, "village found|villages found"), (EventKind.PERSON_TESTED, "person tested|people tested"),
        (EventKind.SHOT, "shot|shots"), (EventKind.ESCORT_BEGUN, "escort|escorts"),
        (EventKind.ESCORT_ARRIVED, "of them arrived|of them arrived"),
    ]  # fmt: skip
    facts = [", ".join(counted(noun, int(np.sum(kinds == kind))) for kind, noun in told) + "."]
    came = int(annals.events[rows[0], V_DAY]) if len(rows) else max(0, library.era_day)
    return Life(library.speaker.say("wanderer", found.name), facts, rows, came)


def _bay(annals: Annals, found: Found) -> Life:
    library = annals.library
    foremen, schools = library.table("foremen"), library.table("schools")
    f = foremen[found.serial]
    facts = [f"The bay of the foreman {spoken(found.name)}, claimed in {library.when(int(f[F_BORN]))}."]
    if f[F_PARENT] >= 0:
        facts.append(f"Sent out by {spoken_place(int(foremen[f[F_PARENT], F_NAME]))}.")
    if f[F_SCHOOL] < len(schools):
        facts.append(f"Of the school {spoken_place(int(schools[f[F_SCHOOL], N_NAME]))}.")
    here = [spoken_place(int(v[VI_NAME])) for v in library.table("villages") if v[VI_BAY] == found.serial]
    if here:
        facts.append(f"Villages that stood here: {', '.join(here)}.")
    return Life(spoken_place(found.name), facts, _named(annals, found.name, found.name), int(f[F_BORN]))


def _school(annals: Annals, found: Found) -> Life:
    bays = annals.library.table("foremen")
    there = int(np.sum(bays[:, F_SCHOOL] == found.serial))
    rows = _named(annals, found.name)
    began = int(annals.events[rows[0], V_DAY]) if len(rows) else 0
    return Life(spoken_place(found.name), [f"A school of {counted('bay|bays', there)}, ever."], rows, began)


def _years(days: int) -> str:
    return counted("year|years", days // YEAR) if days >= YEAR else counted("day|days", days)


# ---- the lineage of a locus ----------------------------------------------------------------------------------------------


class Copy(NamedTuple):
    """One who had a copy of a locus: serial, and from whom they had it (`mother`, `father`, nobody)."""

    serial: int
    side: str


def last_holder(library: Library, locus: int) -> int:
    """The one with whom a locus ended; while it lives, the youngest who has it; -1: nobody ever."""
    events, persons = library.table("events"), library.table("persons")
    lost = events[(events[:, V_KIND] == EventKind.LOCUS_LOST) & (events[:, V_MAGNITUDE] == locus)]
    if len(lost):
        found = np.flatnonzero(persons[:, PE_NAME] == lost[-1, V_WHO])
        if len(found):
            return int(found[0])
    have = np.flatnonzero(
        ((persons[:, PE_HAPLOTYPE_A] | persons[:, PE_HAPLOTYPE_B]) >> locus & 1 == 1) & (persons[:, PE_DIED] < 0)
    )
    return int(have[np.lexsort((persons[have, PE_NAME], -persons[have, PE_BORN]))[0]]) if len(have) else -1


def lineage(persons: np.ndarray, serial: int, locus: int) -> list[Copy]:
    """Back from somebody to the first who is known to have had their copy of a locus; the first comes first."""
    line: list[Copy] = []
    while serial >= 0 and len(line) <= len(persons):
        p = persons[serial]
        maternal = bool(p[PE_HAPLOTYPE_A] >> locus & 1)
        parent = int(p[PE_MOTHER if maternal else PE_FATHER])
        line.append(Copy(serial, ("mother" if maternal else "father") if parent >= 0 else ""))
        serial = parent
    return line[::-1]


def _tell_lineage(library: Library, console: Console, locus: int) -> None:
    from rich.text import Text

    persons = library.table("persons")
    last = last_holder(library, locus)
    if last < 0:
        raise MegastructureError(f"{library.directory}: nobody was ever known to have locus {locus}")
    lost = persons[last, PE_DIED] >= 0
    console.print(Text(f"The {'last' if lost else 'youngest'} copy of locus {locus}", style="bold"))
    for copy in lineage(persons, last, locus):
        p = persons[copy.serial]
        until = "lives" if p[PE_DIED] < 0 else f"died in {library.when(int(p[PE_DIED]))}"
        born = library.when(int(p[PE_BORN])) if p[PE_BORN] >= 0 else "before the era"
        had = (
            f"had it from {'her' if p[PE_FEMALE] else 'his'} {copy.side}"
            if copy.side
            else "is the first who is known to have had it"
        )
        console.print(Text.assemble((f"{spoken(int(p[PE_NAME])):<20}", "cyan"), f"{had}; born {born}; {until}."))


# ---- the command -----------------------------------------------------------------------------------------------------------


def show(
    directory: Path, console: Console, name: str | None, locus: int | None = None, top: int = 60, words: str = "seed",
    spoilers: bool = False,
) -> None:  # fmt: skip
    """Print a life, or with `locus` the lineage of its last copy.

    errors   BadRun; MegastructureError: nobody of that name, no such locus
    """
    from rich.text import Text

    with Library(directory, words) as library:
        if locus is not None:
            if not 0 <= locus < LOCI:
                raise MegastructureError(f"--locus {locus}: expected 0..{LOCI - 1}")
            if not spoilers:
                raise MegastructureError("--locus: who carries what is hidden from everybody in the city; --spoilers tells it")
            _tell_lineage(library, console, locus)
            return
        if name is None:
            raise MegastructureError("expected a name, such as the chronicle uses, or --locus")
        annals = Annals(library, spoilers)
        told = life(annals, library.find(name), top)
        console.print(Text(told.title, style="bold"))
        for fact in told.facts:
            console.print(Text(fact))
        console.print()
        for line in annals.lines(told.rows):
            age = (line.day - told.from_day) // YEAR
            tell(console, library, line, note=f"({age})" if age >= 0 else "")


__all__ = ["Copy", "Life", "last_holder", "life", "lineage", "show"]
