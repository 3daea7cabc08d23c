"""The Authority: few nodes in terminals, a token a year, and an order that it may give only with a carrier's consent.

It is poor and must be careful: every token that it spends may cost it the node through which it speaks. What it wants is
settled for eight years at a time, the time in which it earns the dearest of its uses, or cheap uses would always be paid
first and the dear ones never. Its one great deed needs two keys that nobody holds together: the whole Net Terminal Gene at
a terminal, and a living node that conduits join to this terminal. Then an order to stop goes out from there as far as it is
heard, and who obeys becomes a reign (`reigns.py`).
"""

from __future__ import annotations

from ..ground.arithmetic import bits
from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import (
    A_AUTHORITY,
    A_SAFEGUARD,
    P_BUILDING,
    P_STANDING,
    R_DISCOVERY,
    R_NODE,
    R_TOKEN,
    U_HUNTING,
    V_ADVICE,
    V_BARRIER,
    V_BAY_DEFIED,
    V_BAY_FLIPPED,
    V_BAY_HALTED,
    V_DELAY,
    V_ESCORT_ARRIVED,
    V_NODE_LOST,
    V_NODE_WOKEN,
    V_OVERRIDE,
    V_OVERRIDE_LOCAL,
    V_OVERRIDE_REFUSED,
    V_REIGN_BEGUN,
    V_REIGN_GREW,
    V_UNITS_RECALLED,
    V_WARNING,
)
from ..ground.rng import draw
from ..ground.tables import HOMES_MONTH, HOMES_VILLAGE, HUMAN, MONTH, YEAR
from ..society.alert import alarm, village_alert_on
from ..society.allegiance import turn
from ..society.bases import destroy_base
from ..society.graph import begin_search, conduit_holds, forget_marks, neighbour, widen, within
from ..society.orders import save_tokens
from ..society.people import carries_key, phenotype
from ..society.reigns import begin_reign, halt, join_reign, reign_of
from ..society.units import first_recent
from ..words.kernel import kernel
from .law import Law

LAW = Law(
    name="authority",
    says="A node of the Authority spends what it saves on people, at its own risk; a carrier and a node together override.",
    writes=(
        "foremen.node", "foremen.allegiance", "foremen.recognition", "foremen.asked", "foremen.turned_by",
        "foremen.held_until", "foremen.halted", "foremen.reign", "foremen.base", "foremen.base_event", "powers.bases",
        "powers.reigns", "reigns", "villages.barrier_until", "villages.barrier_day", "villages.warned_until",
        "villages.delayed_until", "units.leash_until", "wanderers.advised", "powers.tokens", "powers.tokens_day",
        "powers.nodes", "powers.safeguard_bays", "powers.authority_bays", "powers.override_event", "powers.halted",
        "powers.override_since", "powers.overridden", "powers.alert", "powers.alert_day", "powers.alert_step", "events",
    ),
    knobs=(
        "authority", "authority_tokens", "authority_node_share", "authority_discovery_ppm", "barrier_years",
        "override_days", "gene_loci", "override_reach_hops", "reigns", "authority_report_tokens", "safeguard_alert_carrier",
    ),
    streams=("NODE", "TOKEN", "DISCOVERY", "CONTAGION"),
    source="A budgeted controller with two-key release; docs/theory/authority.md",
)  # fmt: skip

# What a token can be spent on, what each use costs in tokens, and in how many of a hundred councils it is the aim.
WARN, ADVISE, DELAY, BARRIER, SPREAD = range(5)
COSTS = (1, 2, 3, 5, 8)
SHARES = (10, 15, 15, 30, 30)
COUNCIL = 8 * YEAR  # so long one aim is kept
TOKEN = 360  # tokens are kept in 1/360
NODES_LEAST = 4  # nodes of the first day
WARNED_FOR = YEAR
WARNED_AGAIN = 3 * YEAR
BARRIER_AGAIN = 5 * YEAR  # between two barriers, whomever they hide
DELAYED_FROM = 256  # local alert (/256) from which a dispatch is worth a delay
ADVICE_HOPS = 8
SPREAD_HOPS = 12
ROAD_HOPS = 40  # so far the Wanderer leads somebody
JOINED_HOPS = 16  # a terminal is no farther than this from a node that reaches it
LOCAL_HOPS = 2
LOCAL_HELD = 5 * YEAR
GUARDS_HOLD = 30 * YEAR
DEFIANT_TOLD = 16  # of the bays that go on building so many are told of by name
NO_NODE, NO_KEY = 1, 2  # why an override is refused


@kernel
def ticket(seed: int, stream: int, day: int, name: int, index: int) -> int:
    """Whoever of several candidates has the lowest ticket is taken: the draw, and for equal draws the name."""
    return (draw(seed, stream, day, name, index) << 31) | (name & 0x7FFFFFFF)


@kernel
def free_terminal(city: City, n: int) -> bool:
    """Whether bay n has a terminal that works, and neither a node lives there nor is it a base."""
    bay = city.foremen[n]
    works = bay.phase == P_STANDING or bay.phase == P_BUILDING
    return works and bay.terminals > 0 and bay.node == 0 and bay.base == 0


@kernel(entry=True)
def wake_node(city: City, n: int, day: int, chance: int) -> None:
    """From this day a node lives in the terminal of bay n, which obeys the Authority and never flips."""
    bay = city.foremen[n]
    bay.node = 1
    city.powers.nodes += 1
    tell(city, day, V_NODE_WOKEN, bay.name, 0, bay.name, 0, 0, chance)
    turn(city, n, A_AUTHORITY, event_name(day, V_NODE_WOKEN, bay.name, 0), day)


@kernel
def convene(city: City, day: int) -> None:
    """The dawn: one node for so many living bays (NODES_LEAST at least), in terminals with the lowest draws.

    Reads terminals and phases of all bays; writes nodes, allegiances, clocks and the day to which tokens refer.
    """
    powers, knobs = city.powers, city.knobs
    if knobs.authority == 0:
        return
    powers.tokens = 0
    powers.tokens_day = day
    found = 0
    for n in range(city.sizes.foremen):
        if free_terminal(city, n):
            candidate = city.candidates[found]
            candidate.bay = n
            candidate.draw = ticket(knobs.seed, R_NODE, day, city.foremen[n].name, 0)
            found += 1
    living = city.sizes.foremen - city.tally.died
    wanted = min(found, max(NODES_LEAST, living // knobs.authority_node_share))
    for k in range(wanted):
        best = k
        for i in range(k + 1, found):
            if city.candidates[i].draw < city.candidates[best].draw:
                best = i
        first, chosen = city.candidates[k], city.candidates[best]
        n = chosen.bay
        chosen.bay = first.bay
        chosen.draw = first.draw
        wake_node(city, n, day, wanted * 1_000_000_000 // found)


# ---- tokens ----------------------------------------------------------------------------------------------------------


@kernel(entry=True)
def aim_of(city: City, day: int) -> int:
    """What tokens are spent on in the council (eight years) of a day: drawn once for the council, by SHARES."""
    word = draw(city.knobs.seed, R_TOKEN, day - day % COUNCIL, 0, 0) * 100 >> 32
    aim = 0
    while word >= SHARES[aim]:
        word -= SHARES[aim]
        aim += 1
    return aim


@kernel(entry=True)
def eligible(city: City, v: int, aim: int, day: int) -> bool:
    """Whether village v can be warned, hidden, or spared a dispatch for a month: only those that are known are helped."""
    village = city.villages[v]
    if village.ended >= 0 or village.known < 0:
        return False
    if aim == WARN:
        until = village.warned_until
        return until == 0 or until - WARNED_FOR + WARNED_AGAIN <= day
    if aim == BARRIER:
        return village.barrier_until <= day
    return village.delayed_until <= day and village_alert_on(city, v, day) >= DELAYED_FROM


@kernel(entry=True)
def choose_village(city: City, aim: int, day: int) -> tuple[int, int]:
    """The village that is helped, or -1, and among how many it was drawn: a delay goes where the local alert is highest."""
    best = -1
    least = 0
    possible = 0
    highest = -1
    for v in range(city.sizes.villages):
        village = city.villages[v]
        if aim == BARRIER and village.barrier_day >= 0 and village.barrier_day + BARRIER_AGAIN > day:
            return -1, 0
        if not eligible(city, v, aim, day):
            continue
        worth = village_alert_on(city, v, day) if aim == DELAY else 0
        drawn = ticket(city.knobs.seed, R_TOKEN, day, village.name, aim)
        if worth > highest:
            highest = worth
            possible = 0
            best = -1
        if worth == highest:
            possible += 1
            if best < 0 or drawn < least:
                best = v
                least = drawn
    return best, possible


@kernel
def choose_wanderer(city: City, day: int) -> int:
    """Who is advised, or -1: he has no advice, or it has been overtaken by what happened."""
    best = -1
    least = 0
    for w in range(city.sizes.wanderers):
        wanderer = city.wanderers[w]
        if wanderer.advised >= 0:
            advised = city.villages[wanderer.advised]
            if advised.ended < 0 and advised.known < 0:
                continue
        drawn = ticket(city.knobs.seed, R_TOKEN, day, wanderer.name, ADVISE)
        if best < 0 or drawn < least:
            best = w
            least = drawn
    return best


@kernel
def speaker(city: City, day: int) -> int:
    """The node through which a token is spent on this day: the lowest draw of all, or -1."""
    best = -1
    least = 0
    left = city.powers.nodes
    n = 0
    while left > 0 and n < city.sizes.foremen:
        bay = city.foremen[n]
        if bay.node:
            left -= 1
            drawn = ticket(city.knobs.seed, R_NODE, day, bay.name, 1)
            if best < 0 or drawn < least:
                best = n
                least = drawn
        n += 1
    return best


@kernel
def advise(city: City, node: int, day: int) -> int:
    """Name a village that nobody found yet, within eight hops of the node, to a Wanderer. The event's name, or 0."""
    w = choose_wanderer(city, day)
    if w < 0:
        return 0
    best = -1
    least = 0
    possible = 0
    found = within(city, node, ADVICE_HOPS)
    for i in range(found):
        v = city.foremen[city.reached[i].bay].village
        if v < 0:
            continue
        village = city.villages[v]
        if village.ended >= 0 or village.known >= 0:
            continue
        possible += 1
        drawn = ticket(city.knobs.seed, R_TOKEN, day, village.name, ADVISE)
        if best < 0 or drawn < least:
            best = v
            least = drawn
    if best < 0:
        return 0
    wanderer = city.wanderers[w]
    wanderer.advised = best
    whom = city.villages[best].name
    chance = SHARES[ADVISE] * 10_000_000 // possible
    tell(city, day, V_ADVICE, wanderer.name, whom, city.foremen[node].name, 0, 0, chance)
    return event_name(day, V_ADVICE, wanderer.name, whom)


@kernel
def known_carrier(city: City, day: int) -> int:
    """The bay of somebody alive whom a test has shown to carry the whole key, or -1: of several the lowest draw."""
    if city.powers.known_carriers == 0:
        return -1
    whole = (1 << city.knobs.gene_loci) - 1
    best = -1
    least = 0
    for d in range(MONTH):
        v = int(city.homes[HOMES_MONTH + d])
        while v >= 0:
            village = city.villages[v]
            p = int(city.homes[HOMES_VILLAGE + v]) if village.carriers > 0 else -1
            while p >= 0:
                person = city.persons[p]
                if person.shown & whole == whole and carries_key(city, p):
                    drawn = ticket(city.knobs.seed, R_NODE, day, person.name, 2)
                    if best < 0 or drawn < least:
                        best = village.bay
                        least = drawn
                p = int(city.kin[p, 0])
            v = int(city.estates[v, 0])
    return best


@kernel
def free_terminal_near(city: City, start: int, day: int) -> tuple[int, int]:
    """The bay with the free terminal nearest to bay `start` within forty hops, or -1, and among how many it was drawn."""
    best = -1
    least = 0
    possible = 0
    first = 0
    found = begin_search(city, start)
    for _ in range(ROAD_HOPS + 1):
        for i in range(first, found):
            n = city.reached[i].bay
            if not free_terminal(city, n):
                continue
            possible += 1
            drawn = ticket(city.knobs.seed, R_NODE, day, city.foremen[n].name, 0)
            if best < 0 or drawn < least:
                best = n
                least = drawn
        if best >= 0:
            break
        first, found = found, widen(city, False, first, found)
    return best, possible


@kernel
def spread(city: City, node: int, day: int) -> int:
    """Wake a node in a free terminal, and return the event's name, or 0: there is none.

    Where somebody is known to carry the key, in the one nearest to them: a road is cleared. Else within twelve hops of the
    node, or anywhere.
    """
    best = -1
    least = 0
    possible = 0
    carrier = known_carrier(city, day)
    if carrier >= 0:
        best, possible = free_terminal_near(city, carrier, day)
    found = within(city, node, SPREAD_HOPS)
    for far in range(2):
        if best >= 0:
            break
        for i in range(city.sizes.foremen if far else found):
            n = i if far else city.reached[i].bay
            if not free_terminal(city, n):
                continue
            possible += 1
            drawn = ticket(city.knobs.seed, R_NODE, day, city.foremen[n].name, 0)
            if best < 0 or drawn < least:
                best = n
                least = drawn
    if best < 0:
        return 0
    wake_node(city, best, day, SHARES[SPREAD] * 10_000_000 // possible)
    return event_name(day, V_NODE_WOKEN, city.foremen[best].name, 0)


@kernel
def help_village(city: City, v: int, possible: int, aim: int, day: int) -> int:
    """Warn village v, hide it behind a barrier, or put off a dispatch against it. Returns the event's name."""
    kind = V_WARNING
    magnitude = 0
    village = city.villages[v]
    if aim == WARN:
        village.warned_until = day + WARNED_FOR
    elif aim == BARRIER:
        kind = V_BARRIER
        magnitude = city.knobs.barrier_years
        village.barrier_until = day + magnitude * YEAR
        village.barrier_day = day
    else:
        kind = V_DELAY
        magnitude = MONTH
        village.delayed_until = day + MONTH
    chance = SHARES[aim] * 10_000_000 // possible
    tell(city, day, kind, village.name, 0, city.foremen[village.bay].name, magnitude, 0, chance)
    return event_name(day, kind, village.name, 0)


@kernel
def pay(city: City, node: int, cost: int, cause: int, day: int) -> None:
    """Spend tokens through a node: with a chance for each of them it is found out and lost, and its bay may flip again."""
    city.powers.tokens -= cost * TOKEN
    bay = city.foremen[node]
    risk = min(city.knobs.authority_discovery_ppm * cost, 1_000_000)
    if draw(city.knobs.seed, R_DISCOVERY, day, bay.name, 0) * 1_000_000 >> 32 < risk:
        bay.node = 0
        city.powers.nodes -= 1
        tell(city, day, V_NODE_LOST, bay.name, 0, bay.name, cost, cause, risk * 1000)


@kernel
def govern(city: City, day: int) -> None:
    """The first day of a month: tokens are gained, and spent on the council's aim if they suffice and it is of use."""
    save_tokens(city, day)
    # Whoever speaks through one node alone thinks first of a second.
    aim = aim_of(city, day) if city.powers.nodes > 1 else SPREAD
    cost = COSTS[aim]
    if city.powers.nodes == 0 or city.powers.tokens < cost * TOKEN:
        return
    v = -1
    possible = 0
    if aim == ADVISE or aim == SPREAD:
        if day % YEAR != 0:  # whom nobody found, and where a node could live, is looked for once a year
            return
    else:
        v, possible = choose_village(city, aim, day)
        if v < 0:
            return
    node = speaker(city, day)
    if node < 0:
        return
    done = 0
    if aim == ADVISE:
        done = advise(city, node, day)
    elif aim == SPREAD:
        done = spread(city, node, day)
    else:
        done = help_village(city, v, possible, aim, day)
    if done != 0:
        pay(city, node, cost, done, day)


# ---- the override ----------------------------------------------------------------------------------------------------


@kernel(entry=True)
def conducted(city: City, found: int, hops: int, day: int) -> int:
    """All bays that whole conduits join to the bays in the first `found` rows, within so many hops; returns how many.

    reached   in: the bays to start from; out: bay, hops. A search of `hops` < 0 goes on to the end.
    """
    forget_marks(city)
    stamp = city.marks[0]
    for i in range(found):
        start = city.reached[i]
        city.marks[1 + start.bay] = stamp
        start.hops = 0
    i = 0
    while i < found:
        here = city.reached[i]
        n = here.bay
        if hops < 0 or here.hops < hops:
            for side in range(6):
                o = neighbour(city, n, side)
                if o < 0 or city.marks[1 + o] == stamp or found == len(city.reached):
                    continue
                if conduit_holds(city, n, side, day) and conduit_holds(city, o, side ^ 1, day):
                    city.marks[1 + o] = stamp
                    there = city.reached[found]
                    there.bay = o
                    there.hops = here.hops + 1
                    found += 1
        i += 1
    return found


@kernel(entry=True)
def joined(city: City, bay: int, day: int) -> bool:
    """Whether a live node reaches the terminal of a bay: it lives there, or whole conduits join the two."""
    city.reached[0].bay = bay
    found = conducted(city, 1, JOINED_HOPS, day)
    for i in range(found):
        if city.foremen[city.reached[i].bay].node:
            return True
    return False


@kernel
def arrival_of(city: City, p: int, bay: int, since: int) -> int:
    """The name of the event that brought person p to the terminal, or 0: the Wanderer rests there because of it.

    If something has befallen him since, it was one of those who are there: he whose name is the lowest.
    """
    who = city.persons[p].name
    best = -1
    for w in range(city.sizes.wanderers):
        wanderer = city.wanderers[w]
        arrived = event_name(since, V_ESCORT_ARRIVED, who, wanderer.name)
        if wanderer.cause == arrived:
            return arrived
        if wanderer.bay == bay and (best < 0 or wanderer.name < city.wanderers[best].name):
            best = w
    if best < 0:
        return 0
    return event_name(since, V_ESCORT_ARRIVED, who, city.wanderers[best].name)


@kernel
def override_nearby(city: City, p: int, bay: int, cause: int, day: int) -> None:
    """Part of a key: the bays around the terminal obey the Authority for five years, but for bases of Safeguard."""
    found = within(city, bay, LOCAL_HOPS)
    who = city.persons[p].name
    place = city.foremen[bay].name
    deed = event_name(day, V_OVERRIDE_LOCAL, who, place)
    obeying = 0
    for i in range(found):
        n = city.reached[i].bay
        foreman = city.foremen[n]
        if foreman.base != 0:
            continue
        if foreman.allegiance != A_AUTHORITY:
            tell(city, day, V_BAY_FLIPPED, foreman.name, place, foreman.name, A_AUTHORITY, deed, 0)
            turn(city, n, A_AUTHORITY, deed, day)
        foreman.held_until = max(foreman.held_until, day + LOCAL_HELD)
        obeying += 1
    tell(city, day, V_OVERRIDE_LOCAL, who, place, place, obeying, cause, 0)


@kernel(entry=True)
def ordered(city: City, bay: int, hops: int, day: int) -> tuple[int, int]:
    """Where an order to stop goes from a terminal; returns how many bays it reaches that obey, and how many that defy.

    reached      out: the bays that pass it on, breadth first; the terminal's own is the first
    candidates   out: the bays that defy
    marks        out: a stamp at all whom it reaches and who obey

    It goes through whole conduits, from bay to bay, within so many hops. Where all stop bits are broken it is not understood
    and goes no further, and no base of Safeguard lets it in.
    """
    forget_marks(city)
    stamp = city.marks[0]
    start = city.reached[0]
    start.bay = bay
    start.hops = 0
    city.marks[1 + bay] = stamp
    found = 1
    defied = 0
    if city.foremen[bay].stop_bits == 0:  # it obeys whoever stands in it, and builds on
        city.candidates[0].bay = bay
        defied = 1
    i = 0
    while i < found:
        here = city.reached[i]
        n = here.bay
        if here.hops < hops:
            for side in range(6):
                o = neighbour(city, n, side)
                if o < 0 or city.marks[1 + o] == stamp or found == len(city.reached):
                    continue
                if not (conduit_holds(city, n, side, day) and conduit_holds(city, o, side ^ 1, day)):
                    continue
                other = city.foremen[o]
                if other.base != 0:
                    continue
                city.marks[1 + o] = stamp
                if other.stop_bits == 0:
                    city.candidates[defied].bay = o
                    defied += 1
                    continue
                there = city.reached[found]
                there.bay = o
                there.hops = here.hops + 1
                found += 1
        i += 1
    for k in range(defied):
        city.marks[1 + city.candidates[k].bay] = stamp - 1
    return found, defied


@kernel
def reign_for(city: City, bay: int, found: int, p: int, deed: int, day: int) -> int:
    """The reign that the override by person p makes grow, or begins. Its serial.

    It is the one that began at this terminal, or that the terminal's bay obeys, or the first that the order meets, if one
    stands.
    """
    for r in range(city.sizes.reigns):
        reign = city.reigns[r]
        if reign.fell < 0 and reign.bay == bay:
            return r
    for i in range(found):
        r = reign_of(city, city.reached[i].bay)
        if r >= 0:
            return r
    return begin_reign(city, p, bay, deed, day)


@kernel
def found_reign(city: City, p: int, bay: int, found: int, deed: int, day: int) -> None:
    """The bays in the first `found` rows of `reached` become a reign, or join one; those of another that stands stay there."""
    stopped = 0
    for i in range(found):
        stopped += city.foremen[city.reached[i].bay].halted
    if stopped == 0:
        return
    before = city.sizes.reigns
    r = reign_for(city, bay, found, p, deed, day)
    grown = r < before
    joined_now = 0
    for i in range(found):
        n = city.reached[i].bay
        other = reign_of(city, n)
        if (other < 0 or other == r) and join_reign(city, n, r, day):
            joined_now += 1
    reign = city.reigns[r]
    reign.most = max(reign.most, reign.bays)
    who = city.persons[p].name
    place = city.foremen[reign.bay].name
    if grown:
        reign.overrides += 1
    tell(city, day, V_REIGN_GREW if grown else V_REIGN_BEGUN, place, who, place, joined_now, deed, 0)


@kernel
def tell_defiant(city: City, defied: int, deed: int, day: int) -> None:
    """Of the bays that go on building some are told of: those with the lowest names."""
    last = 0
    for _ in range(min(defied, DEFIANT_TOLD)):
        best = -1
        for k in range(defied):
            n = city.candidates[k].bay
            name = city.foremen[n].name
            if name > last and (best < 0 or name < city.foremen[best].name):
                best = n
        last = city.foremen[best].name
        tell(city, day, V_BAY_DEFIED, last, 0, last, 0, deed, 0)


@kernel
def recall_units(city: City, who: int, place: int, deed: int, day: int) -> None:
    """Units that were made where the order was heard, or hunt somebody there, stand down; others go on."""
    stamp = city.marks[0]
    recalled = 0
    for u in range(first_recent(city, day), city.sizes.units):
        unit = city.units[u]
        heard = city.marks[1 + unit.bay] == stamp or city.marks[1 + unit.goal] == stamp
        if unit.fate == U_HUNTING and heard:
            unit.leash_until = min(unit.leash_until, day)
            recalled += 1
    if recalled > 0:
        tell(city, day, V_UNITS_RECALLED, place, who, place, recalled, deed, 0)


@kernel
def fell_bases(city: City, found: int, who: int, deed: int, day: int) -> None:
    """Bases beside the bays that obey which no bay of Safeguard is beside any more are lost to it."""
    for i in range(found):
        for side in range(6):
            o = neighbour(city, city.reached[i].bay, side)
            if o < 0 or city.foremen[o].base == 0:
                continue
            surrounded = True
            for beyond in range(6):
                q = neighbour(city, o, beyond)
                if q >= 0 and city.foremen[q].allegiance == A_SAFEGUARD:
                    surrounded = False
            if surrounded:
                destroy_base(city, o, who, deed, day)


@kernel
def override_reign(city: City, p: int, bay: int, cause: int, day: int) -> None:
    """The whole key: an order goes out from the terminal, and whoever hears it obeys the Authority, and stops."""
    powers = city.powers
    who = city.persons[p].name
    place = city.foremen[bay].name
    deed = event_name(day, V_OVERRIDE, who, place)
    found, defied = ordered(city, bay, city.knobs.override_reach_hops, day)
    for i in range(found):
        n = city.reached[i].bay
        foreman = city.foremen[n]
        if foreman.base != 0:  # only of the terminal itself: who stands within it needs no way in
            destroy_base(city, n, who, deed, day)
        kept = foreman.allegiance == A_AUTHORITY
        if not kept:
            tell(city, day, V_BAY_FLIPPED, foreman.name, place, foreman.name, A_AUTHORITY, deed, 0)
            turn(city, n, A_AUTHORITY, deed, day)
        foreman.held_until = max(foreman.held_until, day + GUARDS_HOLD)
        stopped = foreman.halted
        halt(city, n, day)
        if foreman.halted != stopped and foreman.village >= 0:
            tell(city, day, V_BAY_HALTED, foreman.name, 0, foreman.name, bits(foreman.stop_bits), deed, 0)
    tell(city, day, V_OVERRIDE, who, place, place, found, cause, 0)
    tell_defiant(city, defied, deed, day)
    recall_units(city, who, place, deed, day)
    fell_bases(city, found, who, deed, day)
    if city.knobs.reigns:
        found_reign(city, p, bay, found, deed, day)
    alarm(city, day, city.knobs.safeguard_alert_carrier)
    if powers.overridden < 0:
        powers.overridden = day
    powers.override_event = deed


@kernel
def override(city: City, day: int) -> None:
    """A day on which somebody stands at a terminal. Both keys are asked for on the first and on the last day.

    Who dies or leaves before that is forgotten without a word. Who it was, and where, stays in the powers, so that the
    deed can be named later.
    """
    powers = city.powers
    since, bay, p = powers.override_since, powers.override_bay, powers.override_person
    person = city.persons[p]
    if person.died >= 0 or city.villages[person.village].bay != bay:
        powers.override_since = -1
        return
    last = since + city.knobs.override_days
    if since < day < last:
        return
    cause = arrival_of(city, p, bay, since)
    refused = 0
    if not joined(city, bay, day):
        refused = NO_NODE
    elif phenotype(city, p) & (HUMAN - 1) == 0:
        refused = NO_KEY
    if refused:
        powers.override_since = -1
        place = city.foremen[bay].name
        tell(city, day, V_OVERRIDE_REFUSED, person.name, place, place, refused, cause, 0)
    elif day >= last:
        powers.override_since = -1
        if carries_key(city, p):
            override_reign(city, p, bay, cause, day)
        else:
            override_nearby(city, p, bay, cause, day)
