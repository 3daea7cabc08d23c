"""The day of the foremen: whoever is due lives, gives and breeds; what is contested is settled for all at once.

Each reads the end of yesterday and writes its own row, its plan, and what it would do to others (gifts, proposals, releases).
Those are settled afterwards, by named draws: so the order in which foremen are visited decides nothing.
"""

from __future__ import annotations

from ..ground.chronicle import CERTAIN, event_name, tell
from ..ground.city import City
from ..ground.codes import (
    P_IDLE,
    P_RELEASED,
    S_GREAT_VOID,
    S_SHAFT,
    V_BAY_BORN,
    V_BAY_DIED,
    V_BAY_RELEASED,
    V_FOUNDING,
    V_NODE_LOST,
    V_RENOVATION,
    V_RULE_DRIFTED,
    V_SCHOOL_FOUNDED,
)
from ..ground.dates import set_due
from ..ground.order import sort_rows
from ..ground.rng import lineage
from ..ground.tables import RING, YEAR
from ..land.lots import leave_seats, owner_of_lot, take_lots
from ..land.survey import site_at
from ..laws.construction import DIES, PLANS, RELEASES, demolition_days, live, make_plan, next_date, plan_demolition
from ..laws.eviction import evict
from ..laws.infection import copied_stop_bits
from ..laws.power import propose_gifts
from ..laws.remnant import flee
from ..laws.replication import (
    NO_ROOM,
    PROPOSED,
    breed,
    breeding_price,
    contested,
    copy_charter,
    found_school,
    may_breed,
    next_attempt,
)
from ..society.allegiance import copied_rule, count_allegiance, error_rate, unwatch, watch
from ..society.bases import destroy_base
from ..society.energy import energy_on, income
from ..society.reigns import leave_reign
from ..society.settlement import new_services
from ..words.kernel import kernel

# ---- the due decide --------------------------------------------------------------------------------------------------------


@kernel
def set_pace(city: City, day: int) -> None:
    """What bays earn on a day: before the era of people the city may grow faster."""
    today = city.today
    today.pace = city.knobs.prologue_percent if day < city.knobs.era_year * YEAR else 100
    today.growth_income = city.knobs.growth_income * today.pace // 100
    today.tower_income = city.knobs.tower_income * today.pace // 100


@kernel
def born_of(city: City, n: int) -> int:
    """The name of the event that brought foreman n into the world."""
    foreman = city.foremen[n]
    if foreman.parent < 0:
        return event_name(foreman.born, V_FOUNDING, foreman.name, 0)
    return event_name(foreman.born, V_BAY_BORN, foreman.name, city.foremen[foreman.parent].name)


@kernel
def list_due(city: City, day: int) -> int:
    """The foremen that are due, into `acting`; returns how many."""
    m = 0
    n = int(city.calendar[day & (RING - 1)])
    while n >= 0:
        if city.foremen[n].due == day:
            city.acting[m] = n
            m += 1
        n = int(city.links[n, 1])
    return m


@kernel
def live_on(city: City, n: int, day: int) -> None:
    """Foreman n brings its energy up to date and does what is due in its life."""
    today = city.today
    foreman = city.foremen[n]
    foreman.energy = energy_on(city, n, day, today.growth_income, today.tower_income, city.knobs.power_cap)
    foreman.updated = day
    idle = foreman.phase == P_IDLE
    name = foreman.name
    follows = live(city, n, day)
    if follows == PLANS:
        make_plan(city, n, day)
        if foreman.epoch > 0:
            foreman.services = new_services(city, name)
            tell(city, day, V_RENOVATION, name, 0, name, foreman.epoch, born_of(city, n), 0)
            today.evicting += 1 if foreman.village >= 0 else 0
    elif follows == DIES:
        plan_demolition(city, n, day)
        tell(city, day, V_BAY_DIED, name, 0, name, day - foreman.born, born_of(city, n), 0)
        today.evicting += 1 if foreman.village >= 0 else 0
    elif follows == RELEASES:
        city.rank[today.released] = n
        today.released += 1
        if idle:
            tell(city, day, V_BAY_DIED, name, 0, name, day - foreman.born, born_of(city, n), 0)


@kernel
def breed_if_able(city: City, n: int, day: int) -> None:
    """Foreman n proposes a child on a free plot, if it can pay; then its next date goes into the calendar."""
    today = city.today
    foreman = city.foremen[n]
    fertile = may_breed(city, n) and foreman.halted == 0
    if fertile and day >= foreman.try_day and foreman.energy >= breeding_price(city, n):
        tried = breed(city, n, day, today.pace, today.proposed)
        if tried == PROPOSED:
            today.proposed += 1
        elif tried == NO_ROOM:
            foreman.boxed_in = 1
            city.tally.boxed_in += 1
    daily = income(city, n, today.growth_income, today.tower_income)
    next_day = next_date(city, n, day, daily)
    if may_breed(city, n) and foreman.halted == 0:
        attempt = next_attempt(city, n, day, foreman.energy, daily)
        if next_day < 0 or attempt < next_day:
            next_day = attempt
    set_due(city, n, next_day)


@kernel
def decide(city: City, day: int) -> None:
    """Whoever is due proposes gifts from yesterday's energies, lives, and breeds."""
    today = city.today
    m = list_due(city, day)
    city.tally.wakes += m
    today.given = 0
    today.proposed = 0
    today.released = 0
    today.evicting = 0
    if city.knobs.power_gifts:
        for i in range(m):
            today.given = propose_gifts(
                city, city.acting[i], day, today.growth_income, today.tower_income, city.knobs.power_cap, today.given
            )
    for i in range(m):
        live_on(city, city.acting[i], day)
        breed_if_able(city, city.acting[i], day)


# ---- what is contested is settled ------------------------------------------------------------------------------------------


@kernel
def hand_over_gifts(city: City) -> None:
    """A bay that sends out a child today gives nothing: what was saved for the child is not given away."""
    for k in range(city.today.given):
        gift = city.gifts[k]
        giver = city.foremen[gift.giver]
        taker = city.foremen[gift.taker]
        generous = taker.phase != P_RELEASED and giver.phase != P_RELEASED
        for p in range(city.today.proposed):
            if city.proposals[p].foreman == gift.giver:
                generous = False
        if generous:
            giver.energy -= gift.energy
            taker.energy += gift.energy


@kernel
def write_claim(city: City, n: int, day: int, release: int, lots: int) -> None:
    """Register that foreman n has claimed the wild lots of its plot, or released those it held."""
    foreman = city.foremen[n]
    claim = city.claims[city.sizes.claims]
    city.sizes.claims += 1
    claim.day = day
    claim.foreman = n
    claim.release = release
    claim.x = foreman.x >> 4
    claim.y = foreman.y >> 4
    claim.z = foreman.z >> 4
    claim.n = foreman.pitch >> 4
    claim.m = foreman.height >> 4
    claim.lots = lots


@kernel
def bear(city: City, p: int, day: int) -> None:
    """A proposal that stands: the claim, the charter's copy, the child."""
    proposal = city.proposals[p]
    n = proposal.foreman
    x, y, z = proposal.x, proposal.y, proposal.z
    pitch, height = proposal.pitch, proposal.height
    foreman = city.foremen[n]
    name = lineage(foreman.name, day, proposal.side)
    c = city.sizes.foremen
    city.sizes.foremen = c + 1
    charter = foreman.charter
    school = foreman.school
    if proposal.erred:
        fresh = city.sizes.charters
        city.sizes.charters = fresh + 1
        copy_charter(city, charter, fresh, name, day, proposal.frame != 0)
        genes = city.charters[fresh]
        genes.name = name
        genes.parent = charter
        genes.born = day
        charter = fresh
        if proposal.frame:
            school = city.sizes.schools
            city.sizes.schools = school + 1
            founded = city.schools[school]
            founded.name = name
            founded.founder = c
            founded.founded = day
            founded.charter = charter
            founded.living = 0
            founded.ever = 0
            genes.school = school
            genes.key = name & 0x7FFFFFFF
            found_school(city, charter, name, day, x, y, z, pitch, height)
            birth = event_name(day, V_BAY_BORN, name, foreman.name)
            tell(city, day, V_SCHOOL_FOUNDED, name, foreman.name, name, pitch, birth, 0)
    child = city.foremen[c]
    for i in range(len(child.words)):
        child.words[i] = 0
    child.name = name
    child.x = x
    child.y = y
    child.z = z
    child.pitch = pitch
    child.height = height
    child.charter = charter
    child.school = school
    child.site = site_at(city.charters[charter], x, y, z)
    child.parent = n
    child.born = day
    child.side = proposal.side
    child.updated = day
    child.death = -1
    child.due = -1
    child.allegiance = foreman.allegiance
    child.recognition = copied_rule(city, foreman.recognition, name, day)
    if child.recognition != foreman.recognition and proposal.frame:  # a district begins by another rule
        birth = event_name(day, V_BAY_BORN, name, foreman.name)
        rate = error_rate(city, foreman.recognition)
        tell(city, day, V_RULE_DRIFTED, name, foreman.name, name, child.recognition, birth, rate * 1000)
    child.turned_by = foreman.turned_by
    child.stop_bits = copied_stop_bits(city, foreman.stop_bits, name, day)
    child.damaged = -1
    child.services = new_services(city, name)
    child.village = -1
    child.searched = -1
    count_allegiance(city, c, 1)
    endowment = breeding_price(city, n) // 2
    foreman.energy -= endowment
    child.energy = endowment
    foreman.children += 1
    lots = take_lots(city, c, x >> 4, y >> 4, z >> 4, pitch >> 4, height >> 4, 0)
    child.lots = lots
    city.tally.lots += lots
    district = city.schools[school]
    if district.living == 0:
        city.tally.schools += 1
    district.living += 1
    district.ever += 1
    write_claim(city, c, day, 0, lots)
    # At the frontier of a school the copy always errs; elsewhere it was drawn.
    chance = 0
    if proposal.drawn:
        chance = city.knobs.copy_error_ppm * 1000 if proposal.erred else CERTAIN - city.knobs.copy_error_ppm * 1000
    tell(city, day, V_BAY_BORN, name, foreman.name, name, lots, born_of(city, n), chance)
    set_due(city, c, day + 1)
    child.asked = -1
    if city.powers.spread_since >= 0:
        watch(city, c, day)


@kernel
def award_plots(city: City, day: int) -> None:
    """Of proposals that meet, the lowest draw wins, ties by name; who loses tries again later."""
    proposed = city.today.proposed
    for p in range(proposed):
        city.acting[p] = p
        proposal = city.proposals[p]
        tie = city.foremen[proposal.foreman].name & 0x7FFFFFFF
        city.ranked[p] = ((proposal.draw & 0xFFFFFFFF) << 31) | tie
    sort_rows(city.ranked, city.acting, proposed)  # from here on `acting` holds the proposals by rank, and `ranked` which stand
    for p in range(proposed):
        city.ranked[p] = 1
        for q in range(p):
            if contested(city, city.acting[p], city.acting[q]):
                city.ranked[p] = 0
                break
    for p in range(proposed):
        if city.ranked[p]:
            bear(city, city.acting[p], day)
            continue
        n = city.proposals[city.acting[p]].foreman
        loser = city.foremen[n]
        city.tally.lost += 1
        loser.try_day = day + city.knobs.claim_retry_days
        loser.hesitated = 1  # at a frontier it has waited long enough
        set_due(city, n, min(loser.due, loser.try_day))


@kernel
def set_free(city: City, n: int, day: int) -> None:
    """The lots of a demolished bay go wild; boxed-in owners of the lots around them try again tomorrow."""
    foreman = city.foremen[n]
    lx = foreman.x >> 4
    ly = foreman.y >> 4
    lz = foreman.z >> 4
    w = foreman.pitch >> 4
    h = foreman.height >> 4
    freed = take_lots(city, n, lx, ly, lz, w, h, 1)
    leave_seats(city, n)
    foreman.lots = 0
    city.tally.lots -= freed
    city.tally.died += 1
    if foreman.boxed_in:
        foreman.boxed_in = 0
        city.tally.boxed_in -= 1
    count_allegiance(city, n, -1)
    unwatch(city, n)
    gone = event_name(day, V_BAY_RELEASED, foreman.name, 0)
    leave_reign(city, n, gone, day)
    destroy_base(city, n, 0, gone, day)
    if foreman.node:
        foreman.node = 0
        city.powers.nodes -= 1
        tell(city, day, V_NODE_LOST, foreman.name, 0, foreman.name, 0, gone, 0)
    if foreman.halted:
        city.powers.halted -= 1
    district = city.schools[foreman.school]
    district.living -= 1
    if district.living == 0:
        city.tally.schools -= 1
    write_claim(city, n, day, 1, freed)
    barren = foreman.site == S_SHAFT or foreman.site == S_GREAT_VOID  # nothing there had to be torn down first
    died = day if barren else foreman.plan_done - demolition_days(city, n)
    cause = event_name(died, V_BAY_DIED, foreman.name, 0)
    tell(city, day, V_BAY_RELEASED, foreman.name, 0, foreman.name, freed, cause, 0)
    for z in range(lz - 1, lz + h + 1):
        for y in range(ly - 1, ly + w + 1):
            for x in range(lx - 1, lx + w + 1):
                outside = 0
                if x < lx or x >= lx + w:
                    outside += 1
                if y < ly or y >= ly + w:
                    outside += 1
                if z < lz or z >= lz + h:
                    outside += 1
                if outside != 1:
                    continue
                o = owner_of_lot(city, x, y, z)
                if o < 0:
                    continue
                neighbour = city.foremen[o]
                if neighbour.boxed_in:
                    neighbour.boxed_in = 0
                    city.tally.boxed_in -= 1
                    city.tally.roused += 1
                    if neighbour.due < 0 or neighbour.due > day + 1:
                        set_due(city, o, day + 1)


@kernel
def release_lots(city: City, day: int) -> None:
    """Demolished bays go wild, in order of name, like everything that is appended on one day; who lives there flees."""
    released = city.today.released
    for k in range(released):
        city.acting[k] = city.foremen[city.rank[k]].name
    sort_rows(city.acting, city.rank, released)
    for k in range(released):
        n = city.rank[k]
        foreman = city.foremen[n]
        if foreman.village >= 0:
            flee(city, foreman.village, event_name(day, V_BAY_RELEASED, foreman.name, 0), day)
        set_free(city, n, day)


@kernel
def settle_bays(city: City, day: int) -> None:
    """Gifts are made; proposals win or lose; builders drive people out; released lots go wild."""
    hand_over_gifts(city)
    award_plots(city, day)
    if city.today.evicting > 0 and city.knobs.driven_out:
        evict(city, day)
    release_lots(city, day)
