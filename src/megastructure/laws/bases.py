"""Where Safeguard is alarmed it makes bases, and from them it storms what obeys the Authority.

A base is a bay that no neighbour wins over, as one with a node is for the Authority: with both the struggle has two sides that
cannot die of chance alone. It is founded near what alarms Safeguard most, a village or a reign. Once a year it may send units
against the nearest node, or bay of a reign, or bay that guards hold; the guards there fight them.

An assault is told on the day on which it arrives. Its units are no rows: they never hunt a village, and are gone when the day
ends. Their matter is as any other's: it is taken from the base, what was destroyed lies as rubble where it fell, and the
rest goes back.
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import (
    A_AUTHORITY,
    A_SAFEGUARD,
    P_BUILDING,
    P_STANDING,
    R_ASSAULT,
    R_BASE,
    R_STORM,
    V_ASSAULT,
    V_ASSAULT_BEATEN,
    V_BAY_FLIPPED,
    V_BAY_STORMED,
    V_NODE_LOST,
)
from ..ground.rng import draws
from ..ground.tables import HOMES_MONTH, MONTH
from ..society.alert import ALERT_OF_STEP, village_alert_on
from ..society.allegiance import turn
from ..society.bases import found_base
from ..society.eyes import has_eye
from ..society.graph import begin_search, neighbour, widen
from ..society.people import precedence
from ..society.raid import mean_units, units_made
from ..society.reigns import reign_of
from ..society.units import harvest, heap_up, refill
from ..words.kernel import kernel
from .law import Law

LAW = Law(
    name="bases",
    says="Where Safeguard is alarmed it makes bases, which no neighbour wins over; from them it storms the Authority's bays.",
    writes=(
        "foremen.base", "foremen.base_event", "foremen.node", "foremen.held_until", "foremen.allegiance",
        "foremen.recognition", "foremen.asked", "foremen.turned_by", "foremen.halted", "foremen.due", "foremen.reign",
        "foremen.damaged", "foremen.plan_hash", "foremen.planned", "reigns.bays", "reigns.lost", "reigns.lost_by",
        "powers.bases", "powers.nodes", "powers.halted", "powers.safeguard_bays", "powers.authority_bays",
        "powers.mass_taken", "powers.mass_rubble", "powers.mass_returned", "tally.planned", "plan", "events",
    ),
    knobs=(
        "safeguard_bases", "safeguard_base_step", "safeguard_base_share", "safeguard_assault_ppm", "safeguard_units",
        "authority_guard_percent",
    ),
    streams=("BASE", "ASSAULT", "STORM", "MANUFACTURE", "CONTAGION"),
    source="Mobilia, Petersen, Redner (2007) for voters who never change, Lanchester (1916); docs/theory/bases.md",
)  # fmt: skip

CERTAINLY = 1_000_000_000  # ppb
FOUND_HOPS = 12  # so near to the village that alarms it a base is founded,
BORDER_HOPS = 32  # and so near to the terminal of a reign, whose border may be far from there
ASSAULT_HOPS = 8
GUARDS_LEAST = 2
GUARDS_BESIDE = 2  # more for each neighbour that obeys the Authority
GUARDS_NODE = 8  # and more where a node lives


# ---- where bases are founded -----------------------------------------------------------------------------------------


@kernel
def alarming_village(city: City, day: int) -> int:
    """The village about which Safeguard is most alarmed, or -1; of equal ones the lowest name."""
    best = -1
    highest = 0
    for d in range(MONTH):
        v = int(city.homes[HOMES_MONTH + d])
        while v >= 0:
            alert = village_alert_on(city, v, day)
            if alert > highest or (alert == highest and best >= 0 and city.villages[v].name < city.villages[best].name):
                best = v
                highest = alert
            v = int(city.estates[v, 0])
    return best


@kernel
def alarming_reign(city: City, day: int) -> int:
    """A reign that stands, or -1: of several the lowest draw."""
    best = -1
    lowest = 0
    for r in range(city.sizes.reigns):
        reign = city.reigns[r]
        if reign.fell >= 0:
            continue
        rank = precedence(draws(city.knobs.seed, R_BASE, day, reign.name, 0)[0], reign.name)
        if best < 0 or rank < lowest:
            best = r
            lowest = rank
    return best


@kernel
def fit_for_base(city: City, n: int) -> bool:
    """Whether bay n can be made a base: it stands, and an eye of Safeguard is in it."""
    bay = city.foremen[n]
    return (bay.phase == P_STANDING or bay.phase == P_BUILDING) and bay.base == 0 and bay.node == 0 and has_eye(city, n)


@kernel
def place_base(city: City, day: int) -> None:
    """If Safeguard is alarmed, and has fewer bases than it may have, the bay nearest to what alarms it becomes one.

    Where both a village and a reign do, each with an even chance. Of several bays as near the lowest draw.
    """
    powers, knobs = city.powers, city.knobs
    if powers.alert_step < knobs.safeguard_base_step:
        return
    if (powers.bases + 1) * knobs.safeguard_base_share > powers.safeguard_bays:
        return
    v = alarming_village(city, day)
    r = alarming_reign(city, day)
    chance = CERTAINLY
    if v >= 0 and r >= 0:
        chance >>= 1
        if draws(knobs.seed, R_BASE, day, 0, 0)[0] & 1:
            v = -1
    if v >= 0:
        start = city.villages[v].bay
    elif r >= 0:
        start = city.reigns[r].bay
    else:
        return
    hops = FOUND_HOPS if v >= 0 else BORDER_HOPS
    best = -1
    lowest = 0
    possible = 0
    first = 0
    found = begin_search(city, start)
    for _ in range(hops + 1):
        for i in range(first, found):
            n = city.reached[i].bay
            if not fit_for_base(city, n):
                continue
            name = city.foremen[n].name
            possible += 1
            rank = precedence(draws(knobs.seed, R_BASE, day, name, 1)[0], name)
            if best < 0 or rank < lowest:
                best = n
                lowest = rank
        if best >= 0:
            break
        first, found = found, widen(city, False, first, found)
    if best < 0:
        return
    if v >= 0:
        found_base(city, best, city.villages[v].name, city.foremen[best].turned_by, chance // possible, day)
    else:
        found_base(city, best, 0, city.reigns[r].event, chance // possible, day)


# ---- assaults --------------------------------------------------------------------------------------------------------


@kernel
def worth_storming(city: City, n: int, day: int) -> bool:
    """Whether bay n is what a base sends units against: a node, a bay of a reign, or one that guards hold."""
    bay = city.foremen[n]
    if bay.allegiance != A_AUTHORITY:
        return False
    return bay.node != 0 or bay.held_until > day or reign_of(city, n) >= 0


@kernel
def target_of(city: City, base: int, day: int) -> int:
    """The nearest bay within eight hops of a base that is worth an assault, or -1: of several the lowest draw."""
    own = city.foremen[base].name & 0xFFFF
    best = -1
    lowest = 0
    first = 0
    found = begin_search(city, base)
    for _ in range(ASSAULT_HOPS + 1):
        for i in range(first, found):
            n = city.reached[i].bay
            if not worth_storming(city, n, day):
                continue
            name = city.foremen[n].name
            rank = precedence(draws(city.knobs.seed, R_ASSAULT, day, name, 1 + own)[0], name)
            if best < 0 or rank < lowest:
                best = n
                lowest = rank
        if best >= 0:
            break
        first, found = found, widen(city, False, first, found)
    return best


@kernel(entry=True)
def guards_of(city: City, n: int) -> int:
    """How many guards bay n has: the more neighbours obey the Authority the more, and more where a node lives."""
    guards = GUARDS_LEAST
    if city.foremen[n].node != 0:
        guards += GUARDS_NODE
    for side in range(6):
        o = neighbour(city, n, side)
        if o >= 0 and city.foremen[o].allegiance == A_AUTHORITY:
            guards += GUARDS_BESIDE
    return guards


@kernel(entry=True)
def storm(city: City, name: int, own: int, guards: int, units: int, day: int) -> tuple[int, int]:
    """The square law as a game of chance: guards left, units left. One of the two is 0.

    The next to fall is a unit with the chance g G / (g G + U), where a guard is worth g units. `name`, `own`: of the bay and
    of the base; they name the draws.
    """
    worth = city.knobs.authority_guard_percent
    k = 0
    while guards > 0 and units > 0:
        word = draws(city.knobs.seed, R_STORM, day, name, ((own & 0xFFFF) << 8) | (k >> 2))[k & 3]
        if word * (worth * guards + 100 * units) >> 32 < worth * guards:
            units -= 1
        else:
            guards -= 1
        k += 1
    return guards, units


@kernel
def move_matter(city: City, base: int, taken: int, n: int, rubble: int, day: int) -> None:
    """Matter of units is taken beside the pillar of a base; `rubble` of it lies in bay n now, the rest was given back."""
    powers = city.powers
    name = city.foremen[base].name
    _, place, roll, gap = draws(city.knobs.seed, R_STORM, day, name, 0)
    harvest(city, base, taken, place, roll, day)
    if rubble < taken:
        refill(city, base, taken - rubble, place, roll, day + 2)
    if rubble > 0:
        heap_up(city, n, rubble, gap, place, roll, day)
    powers.mass_taken += taken
    powers.mass_rubble += rubble
    powers.mass_returned += taken - rubble


@kernel
def take_bay(city: City, n: int, base: int, cause: int, left: int, day: int) -> None:
    """Bay n falls to an assault: its node and its guards are gone, and it obeys Safeguard."""
    powers = city.powers
    bay = city.foremen[n]
    whom = city.foremen[base].name
    tell(city, day, V_BAY_STORMED, bay.name, whom, bay.name, left, cause, 0)
    stormed = event_name(day, V_BAY_STORMED, bay.name, whom)
    if bay.node != 0:
        bay.node = 0
        powers.nodes -= 1
        tell(city, day, V_NODE_LOST, bay.name, 0, bay.name, 0, stormed, 0)
    bay.held_until = 0
    tell(city, day, V_BAY_FLIPPED, bay.name, whom, bay.name, A_SAFEGUARD, stormed, 0)
    turn(city, n, A_SAFEGUARD, event_name(day, V_BAY_FLIPPED, bay.name, whom), day)


@kernel
def assault(city: City, base: int, day: int) -> None:
    """Units of a base come to the nearest bay that is worth it, and fight the guards there."""
    powers, knobs = city.powers, city.knobs
    foreman = city.foremen[base]
    n = target_of(city, base, day)
    if n < 0:
        return
    bay = city.foremen[n]
    made = units_made(knobs.seed, day, foreman.name, mean_units(knobs.safeguard_units, 0, ALERT_OF_STEP[powers.alert_step]))
    mass = 4 << min(4, powers.alert_step // 4 + 1)
    tell(city, day, V_ASSAULT, bay.name, foreman.name, bay.name, made, foreman.base_event, knobs.safeguard_assault_ppm * 1000)
    sent = event_name(day, V_ASSAULT, bay.name, foreman.name)
    _, left = storm(city, bay.name, foreman.name, guards_of(city, n), made, day)
    move_matter(city, base, made * mass, n, (made - left) * mass, day)
    if left > 0:
        take_bay(city, n, base, sent, left, day)
    else:
        tell(city, day, V_ASSAULT_BEATEN, bay.name, foreman.name, bay.name, made, sent, 0)


@kernel
def campaign(city: City, day: int) -> None:
    """The first day of a year: a base may be founded, and each that stands may send an assault, in order of name."""
    knobs = city.knobs
    place_base(city, day)
    if city.powers.bases == 0 or city.powers.authority_bays == 0:
        return
    listed = 0
    n = 0
    while listed < city.powers.bases and n < city.sizes.foremen:
        if city.foremen[n].base != 0:
            city.candidates[listed].bay = n
            listed += 1
        n += 1
    last = 0
    for _ in range(listed):
        best = -1
        for k in range(listed):
            name = city.foremen[city.candidates[k].bay].name
            if name > last and (best < 0 or name < city.foremen[best].name):
                best = city.candidates[k].bay
        last = city.foremen[best].name
        if draws(knobs.seed, R_ASSAULT, day, last, 0)[0] * 1_000_000 >> 32 < knobs.safeguard_assault_ppm:
            assault(city, best, day)
