"""The day of people and powers. Those who act on the same day act in order of name."""

from __future__ import annotations

from ..ground.city import City
from ..ground.codes import D_AGE, D_HUNGER
from ..ground.order import sort_rows
from ..ground.tables import HOMES_MONTH, MONTH, YEAR
from ..laws.authority import convene, govern, override
from ..laws.bases import campaign
from ..laws.combat import fight, villages_attacked
from ..laws.cult import conspire, gather
from ..laws.endings import judge
from ..laws.eviction import see_builders
from ..laws.gun import defend, meet_hunters, stand_alone
from ..laws.heredity import bear_child
from ..laws.infection import catch_or_recover, strike
from ..laws.reigns import judge_reigns
from ..laws.remnant import DIES_OF_AGE, DIES_OF_HUNGER, flee, keep_village, live_year, settle
from ..laws.safeguard import SIGHT_HOPS, dispatch, hunt, nearest_eye, sense, stand_down
from ..laws.salvage import take_from_city
from ..laws.struggle import struggle
from ..laws.wanderer import set_out, wander
from ..society.alert import refresh_alert
from ..society.graph import within
from ..society.people import in_its_month, kill_person
from ..society.units import is_hunted
from ..words.kernel import kernel


@kernel
def live_persons(city: City, day: int) -> None:
    """Persons whose day of the year it is fall ill or get well, die or bear a child."""
    m = 0
    p = int(city.homes[day % YEAR])
    while p >= 0:
        city.acting[m] = p
        city.rank[m] = city.persons[p].name
        m += 1
        p = int(city.kin[p, 2])
    sort_rows(city.rank, city.acting, m)
    for k in range(m):
        p = city.acting[k]
        if city.persons[p].died >= 0:
            continue
        catch_or_recover(city, p, day)
        brings, chance = live_year(city, p, day)
        if brings == DIES_OF_AGE or brings == DIES_OF_HUNGER:
            kill_person(city, p, day, D_AGE if brings == DIES_OF_AGE else D_HUNGER, 0, 0, chance)
        elif brings >= 0:
            bear_child(city, p, brings, day)


@kernel
def live_villages(city: City, day: int) -> None:
    """Villages whose day of the month it is eat, trade, part and take from the city; an eye may sense them.

    Those of the cult commit treason.
    """
    m = 0
    v = int(city.homes[HOMES_MONTH + day % MONTH])
    while v >= 0:
        city.acting[m] = v
        city.rank[m] = city.villages[v].name
        m += 1
        v = int(city.estates[v, 0])
    sort_rows(city.rank, city.acting, m)
    for k in range(m):
        v = city.acting[k]
        village = city.villages[v]
        if village.ended < 0:
            keep_village(city, v, day)
        if village.ended < 0 and village.cult:
            conspire(city, v, day)
        if village.ended < 0:
            see_builders(city, v, day)
        if village.ended < 0 and in_its_month(city, v, day):
            seen = take_from_city(city, v, day)
            if seen != 0 and city.knobs.safeguard and village.delayed_until <= day and not is_hunted(city, v, day):
                # Whoever is seen while they break conduits is hunted at once.
                i = nearest_eye(city, v, within(city, village.bay, SIGHT_HOPS), day)
                if i >= 0:
                    dispatch(city, i, v, seen, day)
        if village.ended < 0 and city.knobs.safeguard:
            sense(city, v, day)


@kernel
def live_units(city: City, day: int) -> None:
    """Units arrive and fight, after the Wanderer has fired; where a village falls he fights on, and survivors flee.

    Hunters that find him in a village attack it. In the end units stand down.
    """
    meet_hunters(city, day)
    m = villages_attacked(city, day)
    sort_rows(city.rank, city.acting, m)
    for k in range(m):
        v = city.acting[k]
        village = city.villages[v]
        if village.ended >= 0:
            continue
        defend(city, v, day)
        fell = fight(city, v, day)
        if fell != 0:
            stand_alone(city, v, day)
        if fell != 0 and village.ended < 0:
            flee(city, v, fell, day)
    stand_down(city, day)


@kernel
def live_day(city: City, day: int) -> None:
    """What people and powers do on one day.

    the strike -> the struggle for bays, which begins as an epidemic -> the dawn of the era -> persons -> villages -> units
        -> the Wanderer -> the Authority -> bases of Safeguard -> reigns and the ends

    From the strike to the dawn only the cult's people live.
    """
    month_begins = day % MONTH == 0
    if city.knobs.infection and city.powers.struck < 0:
        struck = strike(city, day)
        if struck >= 0 and city.knobs.cult:
            gather(city, struck, day)
    if month_begins:
        refresh_alert(city, day)
        struggle(city, day)
    dawn = city.knobs.era_year * YEAR
    if day >= dawn and city.powers.era_day < 0:
        settle(city, day)
        convene(city, day)
        set_out(city, day)
    live_persons(city, day)
    live_villages(city, day)
    if day < dawn:
        return
    hunt(city, day)
    if city.powers.hunting > 0:
        live_units(city, day)
    for w in range(city.sizes.wanderers):
        if city.wanderers[w].due <= day:
            wander(city, w, day)
    if city.knobs.authority:
        if month_begins:
            govern(city, day)
        if city.powers.override_since >= 0:
            override(city, day)
    if city.knobs.safeguard_bases and day % YEAR == 0:
        campaign(city, day)
    if month_begins:
        judge_reigns(city, day)
        judge(city, day)
