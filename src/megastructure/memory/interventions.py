"""What somebody may do to a city between two days, where history is forked: the words, who they name, what they change.

An intervention is a text such as `kill Dramo Keisk`. It is read and its names are found before anything is changed, so a
mistake leaves no trace. What follows from it, follows by the laws; it is told as an event without a cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..ground.chronicle import event_name, tell
from ..ground.city import City, Knobs
from ..ground.codes import (
    A_HEALTHY,
    A_SAFEGUARD,
    D_AGE,
    P_RELEASED,
    V_BARRIER,
    V_BAY_DEFIED,
    V_BAY_FLIPPED,
    V_BAY_HALTED,
    V_BAY_INFECTED,
    V_CARRIER_BORN,
    Allegiance,
)
from ..ground.dates import set_due
from ..ground.scenario import SHOT_RANGES, check_shot
from ..ground.tables import YEAR, Events, Foremen, Villages
from ..laws import authority
from ..laws.construction import next_date
from ..laws.replication import may_breed, next_attempt
from ..society.allegiance import turn
from ..society.energy import energy_on, income
from ..society.people import carries_key, count_person, kill_person
from ..words.errors import MegastructureError, nearest
from ..words.kernel import kernel
from ..words.names import spoken, spoken_place

Array = NDArray[np.int64]
MOST = 1000  # interventions of one fork


class Intervention(NamedTuple):
    """A verb and the row that it is done to (-1: to all), or the numbers of a shot."""

    verb: str
    row: int
    shot: tuple[int, ...] = ()
    said: str = ""


class Verb(NamedTuple):
    """What may be done: to which table's rows, and what it means."""

    table: str
    argument: str
    says: str
    do: Callable[[City, int], None] | None


def kill(city: City, p: int) -> None:
    """A person dies of an everyday accident."""
    kill_person(city, p, city.day, D_AGE, 0, 0, 0)


def heal(city: City, n: int) -> None:
    """A bay obeys the rule again that it was built with."""
    _turn(city, n, A_HEALTHY, V_BAY_FLIPPED)


def infect(city: City, n: int) -> None:
    """A bay catches the code of the cult."""
    _turn(city, n, A_SAFEGUARD, V_BAY_INFECTED)


def _turn(city: City, n: int, allegiance: int, kind: int) -> None:
    name = int(city.foremen[n].name)
    event = event_name(city.day, kind, name, 0)
    turn(city, n, allegiance, event, city.day)
    _tell(city, kind, name, 0, name, allegiance if kind == V_BAY_FLIPPED else 0)


def give_gene(city: City, p: int) -> None:
    """A person carries the whole key from now on, on the haplotype of the mother."""
    mother = int(city.persons[p].mother)
    bay = city.villages[city.persons[p].village, Villages.bay]
    count_person(city, p, -1)
    city.persons[p].haplotype_a |= (1 << int(city.knobs.gene_loci)) - 1
    count_person(city, p, 1)
    whom = int(city.persons[mother].name) if mother >= 0 else 0
    _tell(city, V_CARRIER_BORN, int(city.persons[p].name), whom, int(city.foremen[bay].name), 0)


def raise_barrier(city: City, v: int) -> None:
    """A village is hidden, for as long as the Authority would hide it."""
    years = int(city.knobs.barrier_years)
    village = city.villages[v]
    village.barrier_until = max(int(village.barrier_until), city.day + years * YEAR)
    village.barrier_day = city.day
    _tell(city, V_BARRIER, int(village.name), 0, int(city.foremen[village.bay, Foremen.name]), years)


def wake_node(city: City, n: int) -> None:
    """A node of the Authority lives in the terminal of a bay, which obeys it from now on."""
    authority.wake_node(city, n, city.day, 0)


def stop_all(city: City, _: int) -> None:
    """Every foreman is told to stop, without the two keys; whoever has an intact stop bit obeys."""
    foremen = city.table("foremen")
    told = np.nonzero((foremen[:, Foremen.phase] != P_RELEASED) & (foremen[:, Foremen.halted] == 0))[0]
    for n in told:
        name, bits = int(foremen[n, Foremen.name]), int(foremen[n, Foremen.stop_bits])
        if bits:
            foremen[n, Foremen.halted] = max(1, city.day)
            city.powers.halted += 1
            _tell(city, V_BAY_HALTED, name, 0, name, bits.bit_count())
        else:
            _tell(city, V_BAY_DEFIED, name, 0, name, 0)


VERBS: Mapping[str, Verb] = {
    "kill": Verb("persons", "PERSON", "they die", kill),
    "gene": Verb("persons", "PERSON", "they carry the whole key", give_gene),
    "heal": Verb("foremen", "BAY", "it obeys the healthy rule", heal),
    "infect": Verb("foremen", "BAY", "it obeys Safeguard", infect),
    "node": Verb("foremen", "BAY", "a node of the Authority wakes in its terminal", wake_node),
    "barrier": Verb("villages", "VILLAGE", "a barrier hides it", raise_barrier),
    "shot": Verb("", "X,Y,Z,AXIS,LENGTH,RADIUS", "a hole through everything, on this day", None),
    "stop": Verb("", "", "all foremen are told to stop", stop_all),
}
WHO = {"persons": "person", "foremen": "bay", "villages": "village"}


def check_words(texts: Iterable[str]) -> None:
    """Refuse what cannot be meant, before any city is at hand."""
    said = list(texts)
    if len(said) > MOST:
        raise MegastructureError(f"--do: {len(said):,} interventions; expected {MOST:,} at most")
    for text in said:
        _words(text)


def _words(text: str) -> tuple[str, str]:
    verb, _, rest = text.strip().partition(" ")
    verb, rest = verb.lower(), " ".join(rest.split())
    if verb not in VERBS:
        known = ", ".join(f"{name} {v.argument}".strip() for name, v in VERBS.items())
        raise MegastructureError(f"--do {text!r}: no such intervention{nearest(verb, VERBS)}; expected one of {known}")
    if bool(rest) != bool(VERBS[verb].argument):
        raise MegastructureError(f"--do {text!r}: expected {f'{verb} {VERBS[verb].argument}'.strip()}")
    return verb, rest


def understand(city: City, texts: Iterable[str]) -> list[Intervention]:
    """Interventions with their names found in a city, each of which is possible. errors   MegastructureError"""
    found: list[Intervention] = []
    for text in texts:
        verb, rest = _words(text)
        if verb == "shot":
            found.append(Intervention(verb, -1, _shot(city, rest, text), f"shot {rest}"))
            continue
        table = VERBS[verb].table
        row = row_of(city, table, rest) if table else -1
        _check_possible(city, verb, row, text)
        name = int(city.table(table)[row, 0]) if table else 0
        found.append(Intervention(verb, row, (), f"{verb} {name} ({called(table, name)})" if table else verb))
    doubled = [one.said for n, one in enumerate(found) if one[:3] in [other[:3] for other in found[:n]]]
    if doubled:
        raise MegastructureError(f"--do {doubled[0]}: given twice")
    return found


def intervene(city: City, wanted: Iterable[Intervention]) -> None:
    """Do what was understood to the city, in the given order. Shots belong to the scenario: they are not fired here."""
    first = int(city.sizes.events)
    city.grow("events", first + 2 * city.bays + 64 * MOST)
    for one in wanted:
        do = VERBS[one.verb].do
        if do is not None:
            do(city, one.row)
    told = city.table("events")[first:]
    told[:] = told[np.lexsort((told[:, Events.whom], told[:, Events.who], told[:, Events.kind]))]


def _shot(city: City, rest: str, text: str) -> tuple[int, ...]:
    names = list(SHOT_RANGES)
    try:
        shot = (city.day, *(int(number) for number in rest.split(",")))
    except ValueError:
        shot = ()
    if len(shot) != len(names):
        raise MegastructureError(f"--do {text!r}: expected shot X,Y,Z,AXIS,LENGTH,RADIUS in whole numbers")
    check_shot(shot)
    return shot


def _check_possible(city: City, verb: str, row: int, text: str) -> None:
    year = city.day // YEAR
    why = ""
    if VERBS[verb].table == "foremen":
        foreman = city.foremen[row]
        if foreman.phase == P_RELEASED:
            why = f"that bay stands no more in year {year:,}"
        elif verb == "heal" and foreman.allegiance == A_HEALTHY:
            why = "that bay is healthy"
        elif verb == "infect" and foreman.allegiance == A_SAFEGUARD:
            why = f"that bay obeys {Allegiance.SAFEGUARD.name.capitalize()} already"
        elif verb == "node" and not foreman.terminals:
            why = "that bay has no terminal in which a node could live"
        elif verb == "node" and foreman.node:
            why = "a node lives there already"
    elif VERBS[verb].table == "persons":
        if city.persons[row].died >= 0:
            why = f"they died in year {int(city.persons[row].died) // YEAR:,}"
        elif verb == "gene" and carries_key(city, row):
            why = "they carry the whole key already"
    elif VERBS[verb].table == "villages" and city.villages[row].ended >= 0:
        why = f"that village ended in year {int(city.villages[row].ended) // YEAR:,}"
    if why:
        raise MegastructureError(f"--do {text!r}: {why}")


def called(table: str, name: int) -> str:
    """What people call a row of a table that has this name."""
    return spoken(name) if table == "persons" else spoken_place(name)


def row_of(city: City, table: str, text: str) -> int:
    """The row of a table whose name is given, as a number or as it is spoken. errors   MegastructureError"""
    names = city.table(table)[:, 0]
    what = WHO[table]
    if text.isdigit():
        rows = np.nonzero(names == int(text))[0] if len(text) < 20 and int(text) < 2**63 else np.empty(0, int)
    else:
        # A place may be told by two words or by one: whoever read its name somewhere has read one of them.
        wanted = text.casefold()
        speech = (spoken, spoken_place) if table != "persons" else (spoken,)
        rows = np.array([r for r, n in enumerate(names) if wanted in [say(int(n)).casefold() for say in speech]], int)
    if len(rows) == 1:
        return int(rows[0])
    if len(rows) > 1:
        which = ", ".join(str(names[r]) for r in rows[:4])
        raise MegastructureError(f"{text}: {len(rows)} in the table of {table} are called so; give the number: {which}")
    near = nearest(text, [called(table, int(n)) for n in names if called(table, int(n))[:1].casefold() == text[:1].casefold()])
    none = f"; nobody lives in the city in year {city.day // YEAR:,}" if table != "foremen" and not len(names) else near
    raise MegastructureError(f"{text}: no such {what}{none}")


def _tell(city: City, kind: int, who: int, whom: int, place: int, magnitude: int) -> None:
    tell(city, city.day, kind, who, whom, place, magnitude, 0, 0)


@kernel(entry=True)
def rearm(city: City, before: Knobs, n: int, day: int) -> None:
    """Foreman n after a change of knobs: what it earned so far counts by those of before, its next date follows by today's.

    A date is only brought forward: to wake early costs nothing.
    """
    foreman = city.foremen[n]
    if foreman.phase == P_RELEASED:
        return
    foreman.energy = energy_on(city, n, day, before.growth_income, before.tower_income, before.power_cap)
    foreman.updated = day
    daily = income(city, n, city.knobs.growth_income, city.knobs.tower_income)
    due = next_date(city, n, day, daily)
    if may_breed(city, n) and foreman.halted == 0:
        attempt = next_attempt(city, n, day, foreman.energy, daily)
        if due < 0 or attempt < due:
            due = attempt
    if due >= 0 and (foreman.due < 0 or due < foreman.due):
        set_due(city, n, max(due, day))


__all__ = ["VERBS", "Intervention", "check_words", "intervene", "rearm", "understand"]
