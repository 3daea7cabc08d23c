"""Killy the Wanderer walks, looks, tests, leads and sleeps.

One decision at a time: he goes where he has not looked for long, searches there, and sees who lives there; or he goes back
to a village that he knows. Whoever shows the whole key he leads to a terminal. Where nobody does, he may lead those who show
pieces of it to a sanctuary, so that their children can have it. What becomes of him follows from these rules alone; a world
without villages he walks for ever. Each thing that he does is a file of `quest/`; how he fires is a law of its own (`gun.py`).
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import (
    M_DORMANT,
    M_ESCORT,
    M_EXPLORE,
    M_GATHER,
    M_GUARD,
    M_HIDE,
    M_REST,
    M_RETURN,
    M_STORM,
    O_DESTROY_BASE,
    O_FIND_CARRIERS,
    O_GUARD_VILLAGE,
    P_RELEASED,
    R_FORGETTING,
    R_SEARCH,
    R_WAY,
    V_BAY_SEARCHED,
    V_ORDER,
    V_REPORT,
    V_STAYED_AWAY,
    V_STOOD_BY,
    V_VILLAGE_FORGOTTEN,
    V_WANDERER_CAME,
    V_WANDERER_WOKE,
)
from ..ground.rng import draws, lineage
from ..society.graph import neighbour
from ..society.orders import order_for, reward
from ..society.people import precedence
from ..society.quest.company import led
from ..society.quest.escort import end_escort, lose
from ..society.quest.gathering import end_gathering
from ..society.quest.guard import guard
from ..society.quest.hunted import is_hunted
from ..society.quest.mission import FULL, OTHER, REST_DAYS, WAIT_DAYS, begin, mend
from ..society.quest.storm import forget_order, set_out_for_base, storm
from ..society.quest.visit import visit
from ..society.quest.walk import arrive, go, step
from ..society.quest.ways import footing, nearest_living, next_bay, refuge_near
from ..words.kernel import kernel
from .law import Law

LAW = Law(
    name="wanderer",
    says="He goes hop by hop where he has not looked, tests whom he finds, guards and leads carriers, and hides when hunted.",
    writes=(
        "wanderers", "foremen.searched", "foremen.village", "foremen.plan_hash", "foremen.planned", "villages.known",
        "villages.mask_seen", "villages.sanctuary", "villages.alert", "villages.alert_day", "villages.people",
        "villages.carriers", "villages.infected", "villages.ended", "villages.store", "persons.tested", "persons.shown",
        "persons.led_by", "persons.village", "persons.died", "powers", "units", "shots", "foremen.damaged", "plan", "events",
        "tally.planned",
    ),
    knobs=(
        "wanderers", "wanderer_search_days", "wanderer_finds_ppm", "wanderer_memory_years", "wanderer_rumour_ppm",
        "wanderer_return_ppm", "wanderer_miss_ppm", "wanderer_tries_ppm", "wanderer_loss_ppm", "wanderer_gathers",
        "wanderer_journey_ppm", "wanderer_guards", "gene_loci", "gun_level", "gun_charge_days", "override_days",
        "refuge_ppm", "safeguard_alert_carrier",
    ),
    streams=(
        "WAY", "SEARCH", "TEST", "HAZARD", "RUMOUR", "GATHERING", "DORMANCY", "FORGETTING", "SETTLING", "NOTICE", "PATROL",
        "SIGHT", "HAND", "REFUGE", "MANUFACTURE",
    ),
    source="Benichou et al. (2011) on search; docs/theory/wanderer.md",
)  # fmt: skip

STANDS_BY_DAYS = 360  # in a village that the Authority has asked him to guard
HIDES_DAYS = 90  # where Safeguard does not see him; then he asks himself again
CLIMB_DAYS = 30  # to the nearest bay, where none is beside his
REPORT_DAYS = 360  # he reports once in so many days at most
FORGETS_PPM = 100_000


# ---- what he does next ---------------------------------------------------------------------------------------------------


@kernel
def known_village(city: City, w: int, day: int) -> int:
    """A standing village that he knows and is not in: the one that he was advised of, else by the lowest draw; or -1."""
    knobs = city.knobs
    wanderer = city.wanderers[w]
    if wanderer.advised >= 0:
        advised = city.villages[wanderer.advised]
        if advised.ended < 0 and advised.bay != wanderer.bay:
            return wanderer.advised
    wanderer.advised = -1
    if draws(knobs.seed, R_WAY, day, wanderer.name, OTHER)[0] * 1_000_000 >> 32 >= knobs.wanderer_return_ppm:
        return -1
    best = -1
    least = 0
    for v in range(city.sizes.villages):
        village = city.villages[v]
        if village.ended >= 0 or village.known < 0 or village.bay == wanderer.bay:
            continue
        rank = precedence(draws(knobs.seed, R_WAY, day, village.name, wanderer.name & 0xFFFF)[0], village.name)
        if best < 0 or rank < least:
            best = v
            least = rank
    return best


@kernel
def decide(city: City, w: int, cause: int, day: int) -> None:
    """What he does next: he goes back to a village that he knows, or to a bay that he does not."""
    wanderer = city.wanderers[w]
    start = footing(city, wanderer.bay)
    wanderer.bay = start
    v = known_village(city, w, day)
    if not is_hunted(city, w) and obey(city, w, cause, day):
        return
    if is_hunted(city, w):
        if v >= 0 and wanderer.advised < 0:  # he would lead them to those who live there
            tell(
                city, day, V_STAYED_AWAY, wanderer.name, city.villages[v].name, city.foremen[start].name, 0, wanderer.seen_by, 0
            )
            v = -1
        if hide(city, w, day):
            return
    if v >= 0:
        begin(city, w, M_RETURN, day + 1, cause, day)
        wanderer.goal_village = v
        if go(city, w, city.villages[v].bay, day):
            return
        wanderer.goal_village = -1
        wanderer.advised = -1  # there is no way
    row = next_bay(city, start, wanderer.name, day)
    if row < 0:  # no bay is beside his: he climbs over wild ground
        goal = nearest_living(city, start)
        if goal < 0:
            begin(city, w, M_REST, day + WAIT_DAYS, cause, day)
            return
        begin(city, w, M_EXPLORE, day + CLIMB_DAYS, cause, day)
        wanderer.goal = goal
        wanderer.step = goal
        return
    goal = city.reached[row].bay
    begin(city, w, M_EXPLORE, day + 1, cause, day)
    if goal == start:
        search(city, w, day)
    elif not go(city, w, goal, day):
        begin(city, w, M_REST, day + WAIT_DAYS, cause, day)


@kernel
def search(city: City, w: int, day: int) -> None:
    """He begins to search the bay that he is in."""
    wanderer = city.wanderers[w]
    wanderer.goal = -1
    wanderer.due = day + city.knobs.wanderer_search_days


@kernel
def hide(city: City, w: int, day: int) -> bool:
    """Hunted, he goes to the nearest bay that obeys the Authority, where Safeguard loses him; whether there is one near."""
    wanderer = city.wanderers[w]
    start = wanderer.bay
    if city.powers.authority_bays == 0:
        return False
    goal = refuge_near(city, start, wanderer.name, day)
    if goal < 0:
        return False
    begin(city, w, M_HIDE, day + HIDES_DAYS, wanderer.seen_by, day)
    return goal == start or go(city, w, goal, day)


# ---- what the Authority hears --------------------------------------------------------------------------------------------


@kernel
def villages_known(city: City) -> int:
    """How many standing villages are known to the Wanderers."""
    known = 0
    for v in range(city.sizes.villages):
        village = city.villages[v]
        if village.ended < 0 and village.known >= 0:
            known += 1
    return known


@kernel
def report(city: City, w: int, day: int) -> None:
    """Where a node of the Authority lives in his bay or the next, he gets his order, and later reports what he knows."""
    wanderer = city.wanderers[w]
    last = wanderer.reported
    if last >= 0 and day - last < REPORT_DAYS:
        return
    here = city.foremen[wanderer.bay]
    node = wanderer.bay if here.node else -1
    if node < 0:
        for side in range(6):
            o = neighbour(city, wanderer.bay, side)
            if o < 0:
                continue
            beside = city.foremen[o]
            if beside.node and (node < 0 or beside.name < city.foremen[node].name):
                node = o
    if node < 0:
        return
    whom = city.foremen[node].name
    if last >= 0:
        tell(city, day, V_REPORT, wanderer.name, whom, here.name, villages_known(city), 0, 0)
        reward(city, day)
    wanderer.reported = day
    what, where = order_for(city, w, node, day)
    if last >= 0 and what == O_FIND_CARRIERS:
        return
    tell(city, day, V_ORDER, wanderer.name, whom, here.name, what, 0, 0)
    wanderer.order = what
    wanderer.order_bay = where if what == O_DESTROY_BASE else -1
    wanderer.order_village = where if what == O_GUARD_VILLAGE else -1


@kernel
def obey(city: City, w: int, cause: int, day: int) -> bool:
    """He sets out to do what the Authority has asked of him: whether there is something, and he can."""
    wanderer = city.wanderers[w]
    if wanderer.order == O_DESTROY_BASE:
        return set_out_for_base(city, w, cause, day)
    v = wanderer.order_village
    if wanderer.order != O_GUARD_VILLAGE or v < 0:
        return False
    goal = city.villages[v].bay
    if city.villages[v].ended < 0 and goal != wanderer.bay:
        begin(city, w, M_RETURN, day + 1, cause, day)
        wanderer.goal_village = v
        if go(city, w, goal, day):
            return True
    forget_order(city, w)
    return False


@kernel
def stand_by(city: City, w: int, v: int, day: int) -> None:
    """He has visited a village that he was to stand by: if nothing there leads him away he stays for a year."""
    wanderer = city.wanderers[w]
    if wanderer.order_village != v:
        return
    forget_order(city, w)
    if wanderer.mission != M_REST or wanderer.bay != city.villages[v].bay:
        return
    wanderer.due = day + STANDS_BY_DAYS
    tell(city, day, V_STOOD_BY, wanderer.name, city.villages[v].name, city.foremen[wanderer.bay].name, 0, wanderer.cause, 0)


# ---- his days ------------------------------------------------------------------------------------------------------------


@kernel
def set_out(city: City, day: int) -> None:
    """The Wanderers come, each to a living bay by the lowest draw."""
    for k in range(city.knobs.wanderers):
        best = -1
        least = 0
        for n in range(city.sizes.foremen):
            foreman = city.foremen[n]
            if foreman.phase == P_RELEASED:
                continue
            rank = precedence(draws(city.knobs.seed, R_WAY, day, foreman.name, 2 * OTHER + k)[0], foreman.name)
            if best < 0 or rank < least:
                best = n
                least = rank
        if best < 0:
            return
        w = city.sizes.wanderers
        city.sizes.wanderers = w + 1
        wanderer = city.wanderers[w]
        wanderer.name = lineage(city.knobs.seed, day, 100 + k)
        wanderer.bay = best
        wanderer.hits = FULL
        wanderer.energy = FULL
        wanderer.updated = day
        wanderer.charge = -1
        wanderer.reported = -1
        wanderer.advised = -1
        wanderer.seen = -1
        wanderer.order_bay = -1
        wanderer.order_village = -1
        wanderer.since = day
        tell(city, day, V_WANDERER_CAME, wanderer.name, 0, city.foremen[best].name, 0, 0, 0)
        begin(city, w, M_REST, day + 1, event_name(day, V_WANDERER_CAME, wanderer.name, 0), day)


@kernel
def forget(city: City, his: int, place: int, woke: int, day: int) -> None:
    """Who wakes has forgotten each village that he knew with one chance in ten."""
    for v in range(city.sizes.villages):
        village = city.villages[v]
        if village.ended >= 0 or village.known < 0:
            continue
        if draws(city.knobs.seed, R_FORGETTING, day, village.name, his & 0xFFFF)[0] * 1_000_000 >> 32 < FORGETS_PPM:
            village.known = -1
            tell(city, day, V_VILLAGE_FORGOTTEN, village.name, his, place, 0, woke, FORGETS_PPM * 1000)


@kernel
def reach(city: City, w: int, day: int) -> bool:
    """He stands where he was going: what he does there. False: nothing, and he decides anew."""
    wanderer = city.wanderers[w]
    mission, bay, cause = wanderer.mission, wanderer.bay, wanderer.cause
    if mission == M_ESCORT:
        end_escort(city, w, day)
        report(city, w, day)
        return True
    if mission == M_GATHER:
        end_gathering(city, w, day)
        report(city, w, day)
        return True
    there = bay == wanderer.goal
    wanderer.goal = -1
    if not there:
        return False
    report(city, w, day)
    if mission == M_EXPLORE:
        search(city, w, day)
        return True
    if mission == M_STORM:
        return storm(city, w, day)
    if mission == M_HIDE:
        wanderer.due = day + HIDES_DAYS
        return True
    v = city.foremen[bay].village
    if v < 0:
        return False
    visit(city, w, v, cause, day)
    stand_by(city, w, v, day)
    return True


@kernel
def walk_on(city: City, w: int, day: int) -> bool:
    """He comes to the next bay on his way. False: he has nowhere to go any more, and decides anew."""
    wanderer = city.wanderers[w]
    if not arrive(city, w, day):
        return True  # he lies broken
    if wanderer.mission == M_ESCORT and led(city, w) == 0:
        lose(city, w, wanderer.cause, day)
        return True
    if wanderer.mission == M_GATHER and led(city, w) == 0:
        begin(city, w, M_REST, day + REST_DAYS, wanderer.cause, day)
        return True
    gone = city.foremen[wanderer.goal].phase == P_RELEASED
    if wanderer.bay == wanderer.goal or gone or not step(city, w, day):
        return reach(city, w, day)
    return True


@kernel
def find_out(city: City, w: int, day: int) -> bool:
    """He has searched a bay: whether somebody lives there and he has found them."""
    wanderer = city.wanderers[w]
    his, cause = wanderer.name, wanderer.cause
    here = city.foremen[wanderer.bay]
    here.searched = day
    v = here.village
    if v < 0:
        return False
    finds = city.knobs.wanderer_finds_ppm
    if draws(city.knobs.seed, R_SEARCH, day, city.villages[v].name, his & 0xFFFF)[0] * 1_000_000 >> 32 >= finds:
        return False
    tell(city, day, V_BAY_SEARCHED, his, here.name, here.name, 1, cause, finds * 1000)
    visit(city, w, v, event_name(day, V_BAY_SEARCHED, his, here.name), day)
    return True


@kernel
def wake(city: City, w: int, day: int) -> int:
    """He wakes; returns the name of the event."""
    wanderer = city.wanderers[w]
    place = city.foremen[wanderer.bay].name
    tell(city, day, V_WANDERER_WOKE, wanderer.name, 0, place, day - wanderer.since, wanderer.cause, 0)
    woke = event_name(day, V_WANDERER_WOKE, wanderer.name, 0)
    forget(city, wanderer.name, place, woke, day)
    return woke


@kernel
def wander(city: City, w: int, day: int) -> None:
    """The next decision of Wanderer w: he comes to a bay, has searched, guarded, rested, or wakes."""
    mend(city, w, day)
    wanderer = city.wanderers[w]
    mission, cause = wanderer.mission, wanderer.cause
    done = False
    if mission == M_DORMANT:
        cause = wake(city, w, day)
    elif wanderer.step >= 0:
        done = walk_on(city, w, day)
    elif mission == M_GUARD:
        guard(city, w, day)
        done = True
    elif wanderer.goal >= 0:
        done = reach(city, w, day)
    elif mission == M_EXPLORE:
        done = find_out(city, w, day)
    if not done:
        decide(city, w, cause, day)
