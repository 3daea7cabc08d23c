"""The Authority: few nodes in terminals, a token a year, and an order that it may give only with a carrier's consent.

It is poor and must be careful: every token that it spends may cost it the node through which it speaks. What it wants is
settled for eight years at a time, the time in which it earns the dearest of its uses, or cheap uses would always be paid
first and the dear ones never. Its one great deed needs two keys that nobody holds together: the whole Net Terminal Gene at
a terminal, and a living node that conduits join to this terminal.
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.codes import (
    P_BUILDING,
    P_STANDING,
    R_DISCOVERY,
    R_NODE,
    R_TOKEN,
    U_HUNTING,
    V_ADVICE,
    V_BARRIER,
    V_BAY_DEFIED,
    V_DELAY,
    V_ESCORT_ARRIVED,
    V_NODE_LOST,
    V_NODE_WOKEN,
    V_OVERRIDE,
    V_OVERRIDE_LOCAL,
    V_OVERRIDE_REFUSED,
    V_WARNING,
)
from ..ground.rng import draw
from ..ground.scenario import (
    Q_AUTHORITY,
    Q_AUTHORITY_DISCOVERY_PPM,
    Q_AUTHORITY_NODE_SHARE,
    Q_AUTHORITY_TOKENS,
    Q_BARRIER_YEARS,
    Q_OVERRIDE_DAYS,
    Q_SEED,
)
from ..ground.tables import (
    F_HALTED,
    F_HELD_UNTIL,
    F_NAME,
    F_NODE,
    F_PHASE,
    F_STOP_BITS,
    F_TERMINALS,
    F_VILLAGE,
    HUMAN,
    PE_DIED,
    PE_NAME,
    PE_VILLAGE,
    PO_ALERT,
    PO_HALTED,
    PO_HUNTING,
    PO_NODES,
    PO_OVERRIDDEN,
    PO_OVERRIDE_BAY,
    PO_OVERRIDE_EVENT,
    PO_OVERRIDE_PERSON,
    PO_OVERRIDE_SINCE,
    PO_TOKENS,
    PO_TOKENS_DAY,
    T_DIED,
    UN_FATE,
    UN_LEASH_UNTIL,
    VI_BARRIER_DAY,
    VI_BARRIER_UNTIL,
    VI_BAY,
    VI_DELAYED_UNTIL,
    VI_ENDED,
    VI_KNOWN,
    VI_NAME,
    VI_WARNED_UNTIL,
    WA_ADVISED,
    WA_BAY,
    WA_CAUSE,
    WA_NAME,
    YEAR,
    Z_FOREMEN,
    Z_UNITS,
    Z_VILLAGES,
    Z_WANDERERS,
)
from ..ground.world import COMMON, MONTH
from ..society.alert import refresh_alert, village_alert_on
from ..society.allegiance import A_AUTHORITY, turn
from ..society.graph import conduit_holds, forget_marks, neighbour, within
from ..society.people import carries_key, phenotype
from ..words.kernel import NOTHING, flag, i4m, i4v, i8, i8m, i8v, kernel, pair
from .law import Law

LAW = Law(
    name="authority",
    says="A node of the Authority spends what it saves on people, at its own risk; a carrier and a node together override.",
    writes=(
        "foremen.node", "foremen.allegiance", "foremen.recognition", "foremen.asked", "foremen.turned_by",
        "foremen.held_until", "foremen.halted", "villages.barrier_until", "villages.barrier_day", "villages.warned_until",
        "villages.delayed_until", "units.leash_until", "wanderers.advised", "powers.tokens", "powers.tokens_day",
        "powers.nodes", "powers.safeguard_bays", "powers.authority_bays", "powers.override_event", "powers.halted",
        "powers.override_since", "powers.overridden", "powers.alert", "powers.alert_day", "powers.alert_step", "events",
    ),
    knobs=(
        "authority", "authority_tokens", "authority_node_share", "authority_discovery_ppm", "barrier_years",
        "override_days",
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
TOKENS_MOST = 40 * TOKEN
NODES_LEAST = 4  # nodes of the first day
WARNED_FOR = YEAR
WARNED_AGAIN = 3 * YEAR
BARRIER_AGAIN = 5 * YEAR  # between two barriers, whomever they hide
DELAYED_FROM = 256  # local alert (/256) from which a dispatch is worth a delay
ADVICE_HOPS = 8
SPREAD_HOPS = 12
JOINED_HOPS = 16  # a terminal is no farther than this from a node that reaches it
LOCAL_HOPS = 2
LOCAL_HELD = 5 * YEAR
GUARDS_HOLD = 30 * YEAR
DEFIANT_TOLD = 16  # of the bays that go on building so many are told of by name
NO_NODE, NO_KEY = 1, 2  # why an override is refused


@kernel(i8(i8, i8, i8, i8, i8))
def ticket(seed, stream, day, name, index):
    """Whoever of several candidates has the lowest ticket is taken: the draw, and for equal draws the name."""
    return (draw(seed, stream, day, name, index) << 31) | (name & 0x7FFFFFFF)


@kernel(flag(i8m, i8))
def free_terminal(foremen, n):
    """Whether bay n has a terminal that works and in which no node lives."""
    works = foremen[n, F_PHASE] == P_STANDING or foremen[n, F_PHASE] == P_BUILDING
    return works and foremen[n, F_TERMINALS] > 0 and foremen[n, F_NODE] == 0


@kernel(NOTHING(i8m, i8m, i8v, i4v, i4m, i8m, i8v, i8, i8, i8), entry=True)
def wake_node(foremen, powers, knobs, fronts, borders, events, sizes, n, day, chance):
    """From this day a node lives in the terminal of bay n, which obeys the Authority and never flips."""
    foremen[n, F_NODE] = 1
    powers[0, PO_NODES] += 1
    name = foremen[n, F_NAME]
    tell(events, sizes, day, V_NODE_WOKEN, name, 0, name, 0, 0, chance)
    turn(foremen, powers, knobs, fronts, borders, n, A_AUTHORITY, event_name(day, V_NODE_WOKEN, name, 0), day)


@kernel(NOTHING(*COMMON, i8))
def convene(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    day,
):  # fmt: skip
    """The dawn: one node for so many living bays (NODES_LEAST at least), in terminals with the lowest draws.

    Reads terminals and phases of all bays; writes nodes, allegiances, clocks and the day to which tokens refer.
    """
    foremen, _, _, _, _, _, powers, events, _ = world
    if knobs[Q_AUTHORITY] == 0:
        return
    powers[0, PO_TOKENS] = 0
    powers[0, PO_TOKENS_DAY] = day
    found = 0
    for n in range(sizes[Z_FOREMEN]):
        if free_terminal(foremen, n):
            reached[found, 0] = n
            reached[found, 1] = ticket(knobs[Q_SEED], R_NODE, day, foremen[n, F_NAME], 0)
            found += 1
    living = sizes[Z_FOREMEN] - tally[T_DIED]
    wanted = min(found, max(NODES_LEAST, living // knobs[Q_AUTHORITY_NODE_SHARE]))
    for k in range(wanted):
        best = k
        for i in range(k + 1, found):
            if reached[i, 1] < reached[best, 1]:
                best = i
        n = reached[best, 0]
        reached[best, 0] = reached[k, 0]
        reached[best, 1] = reached[k, 1]
        chance = wanted * 1_000_000_000 // found
        wake_node(foremen, powers, knobs, fronts, borders, events, sizes, n, day, chance)


# ---- tokens ----------------------------------------------------------------------------------------------------------


@kernel(NOTHING(i8m, i8v, i8))
def save_tokens(powers, knobs, day):
    """Bring the tokens to a day: they come in evenly, to the 1/360, while a node lives."""
    if powers[0, PO_NODES] > 0:
        rate = knobs[Q_AUTHORITY_TOKENS]
        gained = rate * day // YEAR - rate * powers[0, PO_TOKENS_DAY] // YEAR
        powers[0, PO_TOKENS] = min(powers[0, PO_TOKENS] + gained, TOKENS_MOST)
    powers[0, PO_TOKENS_DAY] = day


@kernel(i8(i8v, i8), entry=True)
def aim_of(knobs, day):
    """What tokens are spent on in the council (eight years) of a day: drawn once for the council, by SHARES."""
    word = draw(knobs[Q_SEED], R_TOKEN, day - day % COUNCIL, 0, 0) * 100 >> 32
    aim = 0
    while word >= SHARES[aim]:
        word -= SHARES[aim]
        aim += 1
    return aim


@kernel(flag(i8m, i8, i8, i8), entry=True)
def eligible(villages, v, aim, day):
    """Whether village v can be warned, hidden, or spared a dispatch for a month: only those that are known are helped."""
    if villages[v, VI_ENDED] >= 0 or villages[v, VI_KNOWN] < 0:
        return False
    if aim == WARN:
        until = villages[v, VI_WARNED_UNTIL]
        return until == 0 or until - WARNED_FOR + WARNED_AGAIN <= day
    if aim == BARRIER:
        return villages[v, VI_BARRIER_UNTIL] <= day
    return villages[v, VI_DELAYED_UNTIL] <= day and village_alert_on(villages, v, day) >= DELAYED_FROM


@kernel(pair(i8m, i8v, i8v, i8, i8), entry=True)
def choose_village(villages, sizes, knobs, aim, day):
    """The village that is helped, or -1, and among how many it was drawn: a delay goes where the local alert is highest."""
    best = -1
    least = 0
    possible = 0
    highest = -1
    for v in range(sizes[Z_VILLAGES]):
        if aim == BARRIER and villages[v, VI_BARRIER_DAY] >= 0 and villages[v, VI_BARRIER_DAY] + BARRIER_AGAIN > day:
            return -1, 0
        if not eligible(villages, v, aim, day):
            continue
        worth = village_alert_on(villages, v, day) if aim == DELAY else 0
        drawn = ticket(knobs[Q_SEED], R_TOKEN, day, villages[v, VI_NAME], aim)
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


@kernel(i8(i8m, i8m, i8v, i8v, i8))
def choose_wanderer(wanderers, villages, sizes, knobs, day):
    """Who is advised, or -1: he has no advice, or it has been overtaken by what happened."""
    best = -1
    least = 0
    for w in range(sizes[Z_WANDERERS]):
        v = wanderers[w, WA_ADVISED]
        if v >= 0 and villages[v, VI_ENDED] < 0 and villages[v, VI_KNOWN] < 0:
            continue
        drawn = ticket(knobs[Q_SEED], R_TOKEN, day, wanderers[w, WA_NAME], ADVISE)
        if best < 0 or drawn < least:
            best = w
            least = drawn
    return best


@kernel(i8(i8m, i8m, i8v, i8v, i8))
def speaker(foremen, powers, sizes, knobs, day):
    """The node through which a token is spent on this day: the lowest draw of all, or -1."""
    best = -1
    least = 0
    left = powers[0, PO_NODES]
    n = 0
    while left > 0 and n < sizes[Z_FOREMEN]:
        if foremen[n, F_NODE]:
            left -= 1
            drawn = ticket(knobs[Q_SEED], R_NODE, day, foremen[n, F_NAME], 1)
            if best < 0 or drawn < least:
                best = n
                least = drawn
        n += 1
    return best


@kernel(i8(*COMMON, i8, i8))
def advise(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    node, day,
):  # fmt: skip
    """Name a village that nobody found yet, within eight hops of the node, to a Wanderer. The event's name, or 0."""
    foremen, _, _, villages, _, wanderers, _, events, _ = world
    w = choose_wanderer(wanderers, villages, sizes, knobs, day)
    if w < 0:
        return 0
    best = -1
    least = 0
    possible = 0
    found = within(keys, slots, owners, foremen, node, ADVICE_HOPS, marks, reached)
    for i in range(found):
        v = foremen[reached[i, 0], F_VILLAGE]
        if v < 0 or villages[v, VI_ENDED] >= 0 or villages[v, VI_KNOWN] >= 0:
            continue
        possible += 1
        drawn = ticket(knobs[Q_SEED], R_TOKEN, day, villages[v, VI_NAME], ADVISE)
        if best < 0 or drawn < least:
            best = v
            least = drawn
    if best < 0:
        return 0
    wanderers[w, WA_ADVISED] = best
    who = wanderers[w, WA_NAME]
    whom = villages[best, VI_NAME]
    chance = SHARES[ADVISE] * 10_000_000 // possible
    tell(events, sizes, day, V_ADVICE, who, whom, foremen[node, F_NAME], 0, 0, chance)
    return event_name(day, V_ADVICE, who, whom)


@kernel(i8(*COMMON, i8, i8))
def spread(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    node, day,
):  # fmt: skip
    """Wake a node in a free terminal within twelve hops of the node, or anywhere if there is none. The event's name, or 0."""
    foremen, _, _, _, _, _, powers, events, _ = world
    found = within(keys, slots, owners, foremen, node, SPREAD_HOPS, marks, reached)
    best = -1
    least = 0
    possible = 0
    for far in range(2):
        for i in range(sizes[Z_FOREMEN] if far else found):
            n = i if far else reached[i, 0]
            if not free_terminal(foremen, n):
                continue
            possible += 1
            drawn = ticket(knobs[Q_SEED], R_NODE, day, foremen[n, F_NAME], 0)
            if best < 0 or drawn < least:
                best = n
                least = drawn
        if best >= 0:
            break
    if best < 0:
        return 0
    chance = SHARES[SPREAD] * 10_000_000 // possible
    wake_node(foremen, powers, knobs, fronts, borders, events, sizes, best, day, chance)
    return event_name(day, V_NODE_WOKEN, foremen[best, F_NAME], 0)


@kernel(i8(i8m, i8m, i8m, i8v, i8v, i8, i8, i8, i8))
def help_village(foremen, villages, events, sizes, knobs, v, possible, aim, day):
    """Warn village v, hide it behind a barrier, or put off a dispatch against it. Returns the event's name."""
    kind = V_WARNING
    magnitude = 0
    if aim == WARN:
        villages[v, VI_WARNED_UNTIL] = day + WARNED_FOR
    elif aim == BARRIER:
        kind = V_BARRIER
        magnitude = knobs[Q_BARRIER_YEARS]
        villages[v, VI_BARRIER_UNTIL] = day + magnitude * YEAR
        villages[v, VI_BARRIER_DAY] = day
    else:
        kind = V_DELAY
        magnitude = MONTH
        villages[v, VI_DELAYED_UNTIL] = day + MONTH
    name = villages[v, VI_NAME]
    chance = SHARES[aim] * 10_000_000 // possible
    tell(events, sizes, day, kind, name, 0, foremen[villages[v, VI_BAY], F_NAME], magnitude, 0, chance)
    return event_name(day, kind, name, 0)


@kernel(NOTHING(i8m, i8m, i8m, i8v, i8v, i8, i8, i8, i8))
def pay(foremen, powers, events, sizes, knobs, node, cost, cause, day):
    """Spend tokens through a node: with a chance for each of them it is found out and lost, and its bay may flip again."""
    powers[0, PO_TOKENS] -= cost * TOKEN
    name = foremen[node, F_NAME]
    risk = min(knobs[Q_AUTHORITY_DISCOVERY_PPM] * cost, 1_000_000)
    if draw(knobs[Q_SEED], R_DISCOVERY, day, name, 0) * 1_000_000 >> 32 < risk:
        foremen[node, F_NODE] = 0
        powers[0, PO_NODES] -= 1
        tell(events, sizes, day, V_NODE_LOST, name, 0, name, cost, cause, risk * 1000)


@kernel(NOTHING(*COMMON, i8))
def govern(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    day,
):  # fmt: skip
    """The first day of a month: tokens are gained, and spent on the council's aim if they suffice and it is of use."""
    foremen, _, _, villages, _, _, powers, events, _ = world
    save_tokens(powers, knobs, day)
    aim = aim_of(knobs, day)
    cost = COSTS[aim]
    if powers[0, PO_NODES] == 0 or powers[0, PO_TOKENS] < cost * TOKEN:
        return
    v = -1
    possible = 0
    if aim == ADVISE or aim == SPREAD:
        if day % YEAR != 0:  # whom nobody found, and where a node could live, is looked for once a year
            return
    else:
        v, possible = choose_village(villages, sizes, knobs, aim, day)
        if v < 0:
            return
    node = speaker(foremen, powers, sizes, knobs, day)
    if node < 0:
        return
    done = 0
    if aim == ADVISE:
        done = advise(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
            reached, node, day,
        )  # fmt: skip
    elif aim == SPREAD:
        done = spread(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
            reached, node, day,
        )  # fmt: skip
    else:
        done = help_village(foremen, villages, events, sizes, knobs, v, possible, aim, day)
    if done != 0:
        pay(foremen, powers, events, sizes, knobs, node, cost, done, day)


# ---- the override ----------------------------------------------------------------------------------------------------


@kernel(i8(i8v, i4v, i4m, i8m, i8v, i8m, i8, i8, i8), entry=True)
def conducted(keys, slots, owners, foremen, marks, reached, found, hops, day):
    """All bays that whole conduits join to the bays in the first `found` rows, within so many hops; returns how many.

    reached   (rows, 3)  in: column 0 the bays to start from; out: bay, hops. A search of `hops` < 0 goes on to the end.
    """
    forget_marks(marks)
    stamp = marks[0]
    for i in range(found):
        marks[1 + reached[i, 0]] = stamp
        reached[i, 1] = 0
    i = 0
    while i < found:
        n = reached[i, 0]
        far = reached[i, 1]
        if hops < 0 or far < hops:
            for side in range(6):
                o = neighbour(keys, slots, owners, foremen, n, side)
                if o < 0 or marks[1 + o] == stamp or found == reached.shape[0]:
                    continue
                if conduit_holds(foremen, n, side, day) and conduit_holds(foremen, o, side ^ 1, day):
                    marks[1 + o] = stamp
                    reached[found, 0] = o
                    reached[found, 1] = far + 1
                    found += 1
        i += 1
    return found


@kernel(flag(i8v, i4v, i4m, i8m, i8v, i8m, i8, i8), entry=True)
def joined(keys, slots, owners, foremen, marks, reached, bay, day):
    """Whether a live node reaches the terminal of a bay: it lives there, or whole conduits join the two."""
    reached[0, 0] = bay
    found = conducted(keys, slots, owners, foremen, marks, reached, 1, JOINED_HOPS, day)
    for i in range(found):
        if foremen[reached[i, 0], F_NODE]:
            return True
    return False


@kernel(i8(i8m, i8m, i8v, i8, i8, i8))
def arrival_of(persons, wanderers, sizes, p, bay, since):
    """The name of the event that brought person p to the terminal, or 0: the Wanderer rests there because of it.

    If something has befallen him since, it was one of those who are there: he whose name is the lowest.
    """
    best = -1
    for w in range(sizes[Z_WANDERERS]):
        arrived = event_name(since, V_ESCORT_ARRIVED, persons[p, PE_NAME], wanderers[w, WA_NAME])
        if wanderers[w, WA_CAUSE] == arrived:
            return arrived
        if wanderers[w, WA_BAY] == bay and (best < 0 or wanderers[w, WA_NAME] < wanderers[best, WA_NAME]):
            best = w
    if best < 0:
        return 0
    return event_name(since, V_ESCORT_ARRIVED, persons[p, PE_NAME], wanderers[best, WA_NAME])


@kernel(NOTHING(*COMMON, i8, i8, i8, i8))
def override_nearby(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    p, bay, cause, day,
):  # fmt: skip
    """Part of a key: the bays around the terminal obey the Authority for five years."""
    foremen, _, persons, _, _, _, powers, events, _ = world
    found = within(keys, slots, owners, foremen, bay, LOCAL_HOPS, marks, reached)
    place = foremen[bay, F_NAME]
    deed = event_name(day, V_OVERRIDE_LOCAL, persons[p, PE_NAME], place)
    for i in range(found):
        n = reached[i, 0]
        turn(foremen, powers, knobs, fronts, borders, n, A_AUTHORITY, deed, day)
        foremen[n, F_HELD_UNTIL] = max(foremen[n, F_HELD_UNTIL], day + LOCAL_HELD)
    tell(events, sizes, day, V_OVERRIDE_LOCAL, persons[p, PE_NAME], place, place, found, cause, 0)


@kernel(NOTHING(*COMMON, i8, i8, i8, i8))
def override_all(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    p, bay, cause, day,
):  # fmt: skip
    """The whole key: all bays that conduits join to a live node flip at once and are told to stop; units are recalled."""
    foremen, _, persons, _, units, _, powers, events, _ = world
    found = 0
    for n in range(sizes[Z_FOREMEN]):
        if foremen[n, F_NODE]:
            reached[found, 0] = n
            found += 1
    found = conducted(keys, slots, owners, foremen, marks, reached, found, -1, day)
    who = persons[p, PE_NAME]
    place = foremen[bay, F_NAME]
    deed = event_name(day, V_OVERRIDE, who, place)
    for i in range(found):
        n = reached[i, 0]
        turn(foremen, powers, knobs, fronts, borders, n, A_AUTHORITY, deed, day)
        foremen[n, F_HELD_UNTIL] = max(foremen[n, F_HELD_UNTIL], day + GUARDS_HOLD)
        if foremen[n, F_STOP_BITS] != 0 and foremen[n, F_HALTED] == 0:
            foremen[n, F_HALTED] = day
            powers[0, PO_HALTED] += 1
    tell(events, sizes, day, V_OVERRIDE, who, place, place, found, cause, 0)
    last = 0
    for _ in range(DEFIANT_TOLD):
        best = -1
        for i in range(found):
            n = reached[i, 0]
            if foremen[n, F_HALTED] == 0 and foremen[n, F_NAME] > last:
                if best < 0 or foremen[n, F_NAME] < foremen[best, F_NAME]:
                    best = n
        if best < 0:
            break
        last = foremen[best, F_NAME]
        tell(events, sizes, day, V_BAY_DEFIED, last, 0, last, 0, deed, 0)
    if powers[0, PO_HUNTING] > 0:
        for u in range(sizes[Z_UNITS]):
            if units[u, UN_FATE] == U_HUNTING:
                units[u, UN_LEASH_UNTIL] = min(units[u, UN_LEASH_UNTIL], day)
    refresh_alert(powers, knobs, day)
    powers[0, PO_ALERT] = 0
    if powers[0, PO_OVERRIDDEN] < 0:
        powers[0, PO_OVERRIDDEN] = day
        powers[0, PO_OVERRIDE_EVENT] = deed


@kernel(NOTHING(*COMMON, i8))
def override(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    day,
):  # fmt: skip
    """A day on which somebody stands at a terminal. Both keys are asked for on the first and on the last day.

    Who dies or leaves before that is forgotten without a word. Who it was, and where, stays in the powers, so that the
    deed can be named later.
    """
    foremen, _, persons, villages, _, wanderers, powers, events, _ = world
    since = powers[0, PO_OVERRIDE_SINCE]
    bay = powers[0, PO_OVERRIDE_BAY]
    p = powers[0, PO_OVERRIDE_PERSON]
    if persons[p, PE_DIED] >= 0 or villages[persons[p, PE_VILLAGE], VI_BAY] != bay:
        powers[0, PO_OVERRIDE_SINCE] = -1
        return
    last = since + knobs[Q_OVERRIDE_DAYS]
    if since < day < last:
        return
    cause = arrival_of(persons, wanderers, sizes, p, bay, since)
    refused = 0
    if not joined(keys, slots, owners, foremen, marks, reached, bay, day):
        refused = NO_NODE
    elif phenotype(persons, p) & (HUMAN - 1) == 0:
        refused = NO_KEY
    if refused:
        powers[0, PO_OVERRIDE_SINCE] = -1
        place = foremen[bay, F_NAME]
        tell(events, sizes, day, V_OVERRIDE_REFUSED, persons[p, PE_NAME], place, place, refused, cause, 0)
    elif day >= last:
        powers[0, PO_OVERRIDE_SINCE] = -1
        if carries_key(persons, knobs, p):
            override_all(
                keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
                reached, p, bay, cause, day,
            )  # fmt: skip
        else:
            override_nearby(
                keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks,
                reached, p, bay, cause, day,
            )  # fmt: skip
