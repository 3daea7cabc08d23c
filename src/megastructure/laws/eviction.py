"""Builders come near, and then a village must leave its bay: whoever stays loses the huts, and perhaps their life.

A city that is never finished is built over again and again. A foreman that renovates its bay, or dies and has it torn down,
asks nobody who lives there; but a plan has a date, and those who have watched builders all their lives see it coming.
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import (
    D_CRUSHED,
    D_EXPOSED,
    E_CLEARING,
    K_UNBUILDING,
    P_DEMOLISHING,
    P_STANDING,
    R_EVICTION,
    V_BAY_BORN,
    V_BAY_DIED,
    V_BUILDERS_NEAR,
    V_DRIVEN_OUT,
    V_FOUNDING,
    V_RENOVATION,
    V_VILLAGE_FOUNDED,
)
from ..ground.order import sort_rows
from ..ground.rng import draws
from ..ground.tables import MONTH
from ..society.energy import energy_on
from ..society.people import kill_person, move_person, next_resident
from ..society.plans import begin_work, place_work, write_plan
from ..society.settlement import STORE_MOST, feeds, find_refuge, plan_huts
from ..words.kernel import kernel
from .law import Law

LAW = Law(
    name="eviction",
    says="Whoever builds over a bay or tears it down drives out the village that lives there; of those who stay some die.",
    writes=(
        "villages", "villages.people", "villages.carriers", "villages.infected", "villages.capacity", "villages.store",
        "villages.arms", "villages.sense", "villages.known", "villages.ended", "persons.village", "persons.died",
        "persons.led_by", "foremen.village", "foremen.plan_hash", "foremen.planned", "powers.people", "powers.villages",
        "powers.carriers", "powers.known_carriers", "powers.locked", "powers.locus0", "powers.locus1", "powers.locus2",
        "powers.locus3", "powers.locus4", "powers.locus5", "powers.deaths_exposed", "powers.deaths_crushed",
        "powers.deaths_units", "powers.hunting", "powers.mass_taken", "powers.mass_hunting", "powers.mass_rubble", "units",
        "foremen.damaged", "events",
        "plan", "tally.planned",
    ),
    knobs=("driven_out", "renovation_unit_days", "power_cap"),
    streams=("EVICTION", "REFUGE", "SETTLING", "NOTICE", "PATROL", "COMBAT", "MANUFACTURE"),
    source="a rule of this world; docs/theory/eviction.md",
)  # fmt: skip

PPM = 1_000_000
WARNED_DAYS = 180  # so long before the day of the plan builders are seen
STUBBORN_PPM = 400_000  # of the people of the most stubborn village stay
CRUSHED_PPM = 300_000  # of those who stay die
FOUNDS_PPM = 700_000  # chance that those who leave look for a bay of their own: they have had half a year
NEW_HUTS_DAYS = 60  # who has stayed builds again so long after
CLEARED_HIGH = 8  # cells above the floor in which huts are looked for
DRIVEN = 1003  # what a village is named by that is founded by those who were driven out (laws/remnant.py has the others)


# ---- they come near --------------------------------------------------------------------------------------------------


@kernel
def epoch_begun(city: City, n: int) -> int:
    """The name of the event with which the present epoch of bay n began."""
    bay = city.foremen[n]
    if bay.epoch > 0:
        return event_name(bay.plan_day, V_RENOVATION, bay.name, 0)
    if bay.parent < 0:
        return event_name(bay.born, V_FOUNDING, bay.name, 0)
    return event_name(bay.born, V_BAY_BORN, bay.name, city.foremen[bay.parent].name)


@kernel
def builders_come(city: City, n: int, day: int) -> int:
    """The day on which bay n will be built over or torn down, as far as its plan and its power tell; -1: nobody comes."""
    bay, today = city.foremen[n], city.today
    if bay.phase != P_STANDING or bay.halted:
        return -1
    due = bay.plan_day + city.charters[bay.charter].renovation * city.knobs.renovation_unit_days
    if energy_on(city, n, max(day, due), today.growth_income, today.tower_income, city.knobs.power_cap) < 0:
        due = max(due, bay.due)  # in debt: it waits until it can pay
    return min(due, bay.death) if bay.death >= 0 else due


@kernel(entry=True)
def see_builders(city: City, v: int, day: int) -> None:
    """Once, about half a year before, village v sees that its bay will be built over or torn down. Asked every month."""
    if city.knobs.driven_out == 0:
        return
    village = city.villages[v]
    left = builders_come(city, village.bay, day) - day
    if WARNED_DAYS - MONTH < left <= WARNED_DAYS:
        bay = city.foremen[village.bay].name
        tell(city, day, V_BUILDERS_NEAR, village.name, bay, bay, left, epoch_begun(city, village.bay), 0)


# ---- they are here ---------------------------------------------------------------------------------------------------


@kernel
def stubbornness(city: City, v: int, day: int) -> int:
    """Which share (ppm) of village v would rather stay where builders come; where all is torn down nobody can."""
    village = city.villages[v]
    if city.foremen[village.bay].phase == P_DEMOLISHING:
        return 0
    return draws(city.knobs.seed, R_EVICTION, day, village.name, 0)[0] * STUBBORN_PPM >> 32


@kernel
def stays(city: City, p: int, share: int, day: int) -> bool:
    """Whether person p is of the share of a village that stays. Who is led by a Wanderer is not at home."""
    person = city.persons[p]
    return person.led_by < 0 and draws(city.knobs.seed, R_EVICTION, day, person.name, 1)[0] * PPM >> 32 < share


@kernel
def clear_huts(city: City, n: int, day: int) -> None:
    """The huts of bay n are unbuilt from the next day on: the floor is wanted."""
    bay = city.foremen[n]
    genes = city.charters[bay.charter]
    begin_work(city, n, day + 1, E_CLEARING, K_UNBUILDING)
    place_work(city, bay.x, bay.y, bay.z + genes.ribs + genes.shell, bay.pitch, bay.pitch, CLEARED_HIGH)
    city.draft.duration = 1
    write_plan(city)


@kernel
def take_along(city: City, v: int, to: int, leavers: int) -> None:
    """Those who leave take their share of store and weapons with them."""
    village, haven = city.villages[v], city.villages[to]
    store = village.store * leavers // village.people
    arms = village.arms * leavers // village.people
    village.store -= store
    village.arms -= arms
    haven.store = min(haven.store + store, STORE_MOST * feeds(city, to))
    haven.arms += arms


@kernel(entry=True)
def drive_out(city: City, v: int, day: int) -> None:
    """The builders of its bay drive village v out: most move with their stores, some stay, some of these are crushed.

    Where nowhere is a place to go to, everybody stays; where all is torn down, nobody can.
    """
    seed = city.knobs.seed
    village = city.villages[v]
    bay = city.foremen[village.bay]
    name, people = village.name, village.people
    torn_down = bay.phase == P_DEMOLISHING
    share = stubbornness(city, v, day)
    leavers = 0
    following = next_resident(city, v, 0)
    while following >= 0:
        if not stays(city, following, share, day):
            city.party[leavers] = following
            leavers += 1
        following = next_resident(city, v, city.persons[following].name)
    to = -1
    founded = False
    begun = event_name(day, V_BAY_DIED if torn_down else V_RENOVATION, bay.name, 0)
    if leavers > 0:
        to, founded, dead = find_refuge(city, v, DRIVEN, FOUNDS_PPM, leavers, begun, day)
        leavers -= dead
    whom = city.villages[to].name if to >= 0 else 0
    driven = event_name(day, V_DRIVEN_OUT, name, whom)
    tell(city, day, V_DRIVEN_OUT, name, whom, bay.name, people, begun, 0)
    if to >= 0:
        take_along(city, v, to, leavers)
        if founded:
            place = city.foremen[city.villages[to].bay].name
            tell(city, day, V_VILLAGE_FOUNDED, whom, name, place, leavers, driven, FOUNDS_PPM * 1000)
    clear_huts(city, village.bay, day)
    following = next_resident(city, v, 0)
    while following >= 0:
        p = following
        own = city.persons[p].name
        following = next_resident(city, v, own)
        if to >= 0 and not stays(city, p, share, day):
            move_person(city, p, to, day, driven)
        elif torn_down:
            kill_person(city, p, day, D_EXPOSED, 0, driven, 0)
        elif city.persons[p].led_by < 0 and draws(seed, R_EVICTION, day, own, 1)[1] * PPM >> 32 < CRUSHED_PPM:
            kill_person(city, p, day, D_CRUSHED, 0, driven, CRUSHED_PPM * 1000)
    if village.people > 0:
        plan_huts(city, village.bay, name, day + NEW_HUTS_DAYS)


@kernel(entry=True)
def evict(city: City, day: int) -> None:
    """All villages whose bays are built over or torn down from today on are driven out, in order of name.

    `rank` holds the bays that are released today (time/bays.py), so names are put in order in `ranked`.
    """
    found = 0
    for v in range(city.sizes.villages):
        village = city.villages[v]
        if village.ended >= 0:
            continue
        bay = city.foremen[village.bay]
        renewed = bay.plan_day == day and bay.epoch > 0
        torn_down = bay.phase == P_DEMOLISHING and bay.updated == day  # nobody lives in one that has been torn down longer
        if renewed or torn_down:
            city.acting[found] = v
            city.ranked[found] = village.name
            found += 1
    sort_rows(city.ranked, city.acting, found)
    for k in range(found):
        drive_out(city, city.acting[k], day)
