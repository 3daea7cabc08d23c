"""Safeguard senses villages, assesses who lives there, makes units out of the city's matter, and lets them stand down.

A raid is a chain of events linked by cause: SENSED -> DISPATCH -> UNIT_MADE -> a fight (`combat.py`) -> the dead, or the units
that give their matter back. The more raids there are the more alarmed Safeguard is, and the more raids there will be: a process
that excites itself. Its numbers are in `raid.py`.
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import (
    A_AUTHORITY,
    R_ASSESSMENT,
    R_HUNT,
    R_MANUFACTURE,
    R_SENSING,
    U_HUNTING,
    U_STOOD_DOWN,
    V_DISPATCH,
    V_HUNT,
    V_HUNT_SHAKEN,
    V_SENSED,
    V_SPARED,
    V_UNIT_STOOD_DOWN,
    V_VILLAGE_ENDED,
)
from ..ground.rng import draws
from ..ground.tables import MONTH, YEAR
from ..society.alert import ALERT_OF_STEP, alarm, refresh_alert, village_alert_on
from ..society.allegiance import is_armed, lacks, was_damaged
from ..society.eyes import working_eye
from ..society.graph import begin_search, path_days, widen, within
from ..society.people import next_at_home, phenotype, precedence
from ..society.quest.hunted import lose_sight
from ..society.raid import hazard, mean_units, threat, units_made, why_spared
from ..society.units import end_unit, first_recent, is_hunted, make_units, refill
from ..words.kernel import kernel
from .law import Law

LAW = Law(
    name="safeguard",
    says="Eyes notice villages and who walks; units are made of matter, hunt those who are a threat, and stand down.",
    writes=(
        "units", "events", "plan", "foremen.damaged", "foremen.plan_hash", "foremen.planned", "tally.planned", "powers",
        "wanderers.seen", "wanderers.seen_by", "wanderers.waves",
    ),
    knobs=(
        "safeguard", "safeguard_exposure_ppm", "safeguard_units", "safeguard_threshold", "safeguard_alert_raid",
        "safeguard_alert_decay_ppm", "safeguard_barrier_percent", "safeguard_leash_days", "safeguard_notice_ppm",
        "safeguard_patrol", "safeguard_hunters", "safeguard_waves",
    ),
    streams=("SENSING", "ASSESSMENT", "MANUFACTURE", "HUNT"),
    source="Hawkes (1971), Green and Swets (1966), cited from memory; docs/theory/safeguard.md",
)  # fmt: skip

SIGHT_HOPS = 2  # how far an eye sees
HUNT_HOPS = 6  # how far from a last known place the eye may be that sends hunters there
HUNTERS = 1 << 21  # tells hunters from the units of a raid, and of the way (units.make_units)
LOOKED_AT = 8  # residents whose score is taken
NO_THREAT = -1_000  # the score of a village where nobody is at home
CERTAINLY = 1_000_000_000  # ppb


# ---- sense, assess, make -------------------------------------------------------------------------------------------------


@kernel
def nearest_eye(city: City, v: int, found: int, day: int) -> int:
    """The row of `reached` whose bay's eye notices village v: the lowest draw; -1 where there is none."""
    whom = city.villages[v].name & 0xFFFF
    best = -1
    lowest = 0
    for i in range(found):
        n = city.reached[i].bay
        if working_eye(city, n, day):
            name = city.foremen[n].name
            rank = precedence(draws(city.knobs.seed, R_SENSING, day, name, whom)[0], name)
            if best < 0 or rank < lowest:
                best = i
                lowest = rank
    return best


@kernel
def village_score(city: City, v: int, found: int, rule: int, day: int) -> int:
    """The mean threat score of eight residents of village v, by the rule of the eye's bay; NO_THREAT: nobody is at home.

    The mean, not the highest: so a village is spared where most of its people are what the rule asks for.
    """
    armed = is_armed(city, v)
    terminal = 0
    damage = 0
    for i in range(found):
        near = city.reached[i]
        bay = city.foremen[near.bay]
        if near.hops <= 1 and bay.terminals > 0:
            terminal = 1
        if near.hops <= 1:
            damage |= was_damaged(city, near.bay, day)
    total = 0
    looked_at = 0
    turn = -1
    for _ in range(LOOKED_AT):
        p, turn = next_at_home(city, v, R_ASSESSMENT, 0, day, turn)
        if p < 0:
            break
        word = draws(city.knobs.seed, R_ASSESSMENT, day, city.persons[p].name, 0)[1]
        total += threat(lacks(rule, phenotype(city, p), armed, damage), armed, terminal, damage, word)
        looked_at += 1
    return total // looked_at if looked_at > 0 else NO_THREAT


@kernel
def dispatch(city: City, i: int, v: int, cause: int, day: int) -> None:
    """The eye's bay, row i of `reached`, makes units out of its own matter and sends them after village v."""
    powers, knobs = city.powers, city.knobs
    eye = city.reached[i].bay
    foreman = city.foremen[eye]
    name = city.villages[v].name
    mean = mean_units(knobs.safeguard_units, village_alert_on(city, v, day), ALERT_OF_STEP[powers.alert_step])
    made = units_made(knobs.seed, day, name, mean)
    raid = event_name(day, V_DISPATCH, name, foreman.name)
    tell(city, day, V_DISPATCH, name, foreman.name, foreman.name, made, cause, 0)
    arrives = day + 1 + path_days(city, i)
    make_units(city, eye, made, v, -1, city.villages[v].bay, name & 0xFFFF, raid, arrives, day)
    powers.raids += 1
    alarm(city, day, knobs.safeguard_alert_raid)


@kernel
def sense(city: City, v: int, day: int) -> None:
    """A month in which eyes may notice village v; whoever is noticed is assessed, and may be hunted.

    One draw decides, with a twelfth of the yearly hazard as its chance. A village that is hunted already is not sensed, and
    one of the cult never: it was the cult that told the eyes whom to see.
    """
    powers, knobs = city.powers, city.knobs
    village = city.villages[v]
    refresh_alert(city, day)
    if village.delayed_until > day or village.sense == 0 or village.cult:
        return
    drawn, seen = hazard(
        powers.raid_ppm, knobs.safeguard_exposure_ppm, village.people, village.capacity,
        village_alert_on(city, v, day), ALERT_OF_STEP[powers.alert_step], village.sense,
    )  # fmt: skip
    if village.barrier_until > day:
        drawn = drawn * knobs.safeguard_barrier_percent // 100
        seen = seen * knobs.safeguard_barrier_percent // 100
    if village.warned_until > day:
        drawn >>= 1
        seen >>= 1
    seen = min(seen // 12, CERTAINLY)
    chance = min(seen + drawn // 12, CERTAINLY)
    ticket = draws(knobs.seed, R_SENSING, day, village.name, 0)[0] * CERTAINLY >> 32
    if ticket >= chance:
        return
    found = within(city, village.bay, SIGHT_HOPS)
    i = nearest_eye(city, v, found, day)
    if i < 0 or is_hunted(city, v, day):
        return
    eye = city.foremen[city.reached[i].bay]
    place = city.foremen[village.bay].name
    noticed = event_name(day, V_SENSED, village.name, eye.name)
    tell(city, day, V_SENSED, village.name, eye.name, place, 1 if ticket < seen else 0, 0, chance)
    score = village_score(city, v, found, eye.recognition, day)
    if score < knobs.safeguard_threshold:
        tell(city, day, V_SPARED, village.name, eye.name, place, why_spared(eye.recognition), noticed, 0)
    else:
        dispatch(city, i, v, noticed, day)


# ---- hunt ----------------------------------------------------------------------------------------------------------------


@kernel
def eye_near(city: City, n: int, name: int, day: int) -> int:
    """The row of `reached` with the eye nearest to bay n, one of the nearest ring; -1: there is none within HUNT_HOPS."""
    best = -1
    lowest = 0
    first = 0
    found = begin_search(city, n)
    for _ in range(HUNT_HOPS + 1):
        for i in range(first, found):
            o = city.reached[i].bay
            if working_eye(city, o, day):
                own = city.foremen[o].name
                rank = precedence(draws(city.knobs.seed, R_HUNT, day, own, name & 0xFFFF)[0], own)
                if best < 0 or rank < lowest:
                    best = i
                    lowest = rank
        if best >= 0:
            break
        first, found = found, widen(city, False, first, found)
    return best


@kernel
def hunt(city: City, day: int) -> None:
    """Hunters are sent to where each Wanderer was last seen, or Safeguard has lost him: on the first day of a month.

    The first of them are sent on the day after the deed for which he is hunted.

    It loses him after a year, and where he is in a bay that obeys the Authority.
    """
    knobs, powers = city.knobs, city.powers
    for w in range(city.sizes.wanderers):
        wanderer = city.wanderers[w]
        if wanderer.seen < 0:
            continue
        at_once = day == wanderer.hunted + 1
        if day % MONTH != 0 and not at_once:
            continue
        his = wanderer.name
        hidden = city.foremen[wanderer.bay].allegiance == A_AUTHORITY and wanderer.bay != wanderer.seen
        if hidden or day - wanderer.seen_day >= YEAR:
            tell(
                city, day, V_HUNT_SHAKEN, his, 0, city.foremen[wanderer.bay].name, day - wanderer.seen_day, wanderer.seen_by, 0
            )
            lose_sight(city, w)
            continue
        if wanderer.waves == 0:
            continue
        i = eye_near(city, wanderer.seen, his, day)
        if i < 0:
            continue
        wanderer.waves -= 1
        eye = city.reached[i].bay
        arrives = day + 1 + path_days(city, i)
        name = city.foremen[eye].name
        made = units_made(knobs.seed, day, his, mean_units(knobs.safeguard_hunters, 0, ALERT_OF_STEP[powers.alert_step]))
        tell(city, day, V_HUNT, his, name, name, made, wanderer.seen_by, 0)
        sent = event_name(day, V_HUNT, his, name)
        make_units(city, eye, made, -1, w, wanderer.seen, HUNTERS | (his & 0xFFFF), sent, arrives, day)


# ---- stand down ----------------------------------------------------------------------------------------------------------


@kernel
def stand_down(city: City, day: int) -> None:
    """Units whose leash has run out, or whose village has ended, give their matter back where it was taken."""
    u = first_recent(city, day)
    while u < city.sizes.units:
        first = city.units[u]
        raid, made, bay = first.raid, first.made, first.bay
        name = city.wanderers[first.hunts].name if first.village < 0 else city.villages[first.village].name
        ended = first.village >= 0 and city.villages[first.village].ended >= 0
        cause = event_name(city.villages[first.village].ended, V_VILLAGE_ENDED, name, 0) if ended else raid
        mass = 0
        while u < city.sizes.units and city.units[u].raid == raid:  # the units of a raid stand side by side
            unit = city.units[u]
            if unit.fate == U_HUNTING and (unit.leash_until <= day or ended):
                mass += unit.mass
                end_unit(city, u, day, U_STOOD_DOWN, V_UNIT_STOOD_DOWN, name, city.foremen[bay].name, cause)
            u += 1
        if mass > 0:
            _, place, roll, _ = draws(city.knobs.seed, R_MANUFACTURE, made, raid, 0)  # the place of the hole
            refill(city, bay, mass, place, roll, day + 1)
