"""Where a village can be, what its place feeds, who is near it, and how one is founded.

Every search goes out over the graph of bays; of several equal answers the one with the lowest draw is taken, keyed by what is
chosen and by who chooses.
"""

from __future__ import annotations

from ..ground.chronicle import event_name
from ..ground.codes import (
    E_MASS,
    K_DWELLING,
    P_BUILDING,
    P_RELEASED,
    P_STANDING,
    R_SETTLING,
    S_BAY,
    V_VILLAGE_FOUNDED,
    V_VILLAGE_SETTLED,
)
from ..ground.rng import draws
from ..ground.scenario import Q_CAPACITY_BASE, Q_CAPACITY_MOST, Q_CAPACITY_SERVICE, Q_SEED
from ..ground.tables import (
    F_CHARTER,
    F_NAME,
    F_NODE,
    F_PHASE,
    F_PITCH,
    F_SERVICES,
    F_SHELL_DONE,
    F_SITE,
    F_VILLAGE,
    F_X,
    F_Y,
    F_Z,
    G_RIBS,
    G_SHELL,
    VI_BAY,
    VI_CAPACITY,
    VI_FOUNDED,
    VI_NAME,
    VI_PARENT,
    VI_SENSE,
)
from ..ground.world import WORLD
from ..land.survey import pillar_axis, pillar_half_width
from ..words.kernel import NOTHING, flag, i4m, i4v, i8, i8m, i8v, kernel
from .allegiance import has_eye
from .graph import begin_search, widen, within
from .people import add_village, precedence
from .plans import write_plan

HOPS_SEEN = 2  # what lies so near feeds a village, and senses it
HUTS_LEAST = 3
HUTS_SPREAD = 4  # 3..6 huts
FIRST_HUT = 16  # index of the draws of the first hut


@kernel(flag(i8m, i8, i8), entry=True)
def habitable(foremen, n, day):
    """Whether people can found a village in bay n: a plate to stand on, no village, no node of the Authority."""
    phase = foremen[n, F_PHASE]
    built = phase == P_STANDING or (phase == P_BUILDING and day >= foremen[n, F_SHELL_DONE])
    return built and foremen[n, F_SITE] == S_BAY and foremen[n, F_VILLAGE] < 0 and foremen[n, F_NODE] == 0


@kernel(i8(i8m, i8), entry=True)
def founding_of(villages, v):
    """The name of the event with which village v began."""
    parent = villages[v, VI_PARENT]
    name = villages[v, VI_NAME]
    if parent < 0:
        return event_name(villages[v, VI_FOUNDED], V_VILLAGE_SETTLED, name, 0)
    return event_name(villages[v, VI_FOUNDED], V_VILLAGE_FOUNDED, name, villages[parent, VI_NAME])


@kernel(i8(i8v, i4v, i4m, i8m, i8m, i8v, i8v, i8m, i8), entry=True)
def look_around(keys, slots, owners, foremen, villages, knobs, marks, reached, v):
    """Bring capacity and sense of village v up to date; returns the nearest bay with services (lowest name), or -1."""
    found = within(keys, slots, owners, foremen, villages[v, VI_BAY], HOPS_SEEN, marks, reached)
    live = 0
    eyes = 0
    services = 0
    nearest = -1
    hops = 0
    for i in range(found):
        n = reached[i, 0]
        if foremen[n, F_PHASE] == P_RELEASED:
            continue
        live += 1
        if has_eye(foremen, n):
            eyes += 1
        if foremen[n, F_SERVICES] > 0:
            services += 1
            if nearest < 0 or (reached[i, 1] == hops and foremen[n, F_NAME] < foremen[nearest, F_NAME]):
                nearest = n
                hops = reached[i, 1]
    villages[v, VI_SENSE] = 256 * eyes // max(1, live)
    villages[v, VI_CAPACITY] = min(knobs[Q_CAPACITY_BASE] + knobs[Q_CAPACITY_SERVICE] * services, knobs[Q_CAPACITY_MOST])
    return nearest


@kernel(i8(i8v, i4v, i4m, i8m, i8v, i8v, i8m, i8, i8, i8, i8, i8), entry=True)
def free_bay(keys, slots, owners, foremen, knobs, marks, reached, start, hops, chooser, stream, day):
    """A habitable bay within so many hops of bay `start`: the lowest draw; -1: none. `chooser`: the name of who looks."""
    found = within(keys, slots, owners, foremen, start, hops, marks, reached)
    best = -1
    lowest = 0
    for i in range(1, found):
        n = reached[i, 0]
        if habitable(foremen, n, day):
            name = foremen[n, F_NAME]
            rank = precedence(draws(knobs[Q_SEED], stream, day, name, 1 + (chooser & 0xFFFF))[0], name)
            if best < 0 or rank < lowest:
                best = n
                lowest = rank
    return best


@kernel(i8(i8v, i4v, i4m, i8m, i8v, i8v, i8m, i8, i8, i8, i8, i8), entry=True)
def nearest_village(keys, slots, owners, foremen, knobs, marks, reached, start, hops, chooser, stream, day):
    """The village nearest to bay `start`, not in it and not farther than so many hops: the lowest draw; -1: none."""
    best = -1
    lowest = 0
    first = 0
    found = begin_search(marks, reached, start)
    for _ in range(hops):
        first, found = found, widen(keys, slots, owners, foremen, foremen, False, marks, reached, first, found)
        for i in range(first, found):
            n = reached[i, 0]
            if foremen[n, F_VILLAGE] >= 0 and foremen[n, F_PHASE] != P_RELEASED:
                name = foremen[n, F_NAME]
                rank = precedence(draws(knobs[Q_SEED], stream, day, name, 1 + (chooser & 0xFFFF))[0], name)
                if best < 0 or rank < lowest:
                    best = n
                    lowest = rank
        if best >= 0:
            break
    return foremen[best, F_VILLAGE] if best >= 0 else -1


@kernel(NOTHING(i4m, i4v, i8v, i8v, i8m, i8m, i8v, i8, i8, i8), entry=True)
def plan_huts(plan, ring, sizes, knobs, foremen, charters, tally, n, name, day):
    """Three to six huts of village `name` on the floor of bay n, around its pillar, with their doors towards it."""
    genes = charters[foremen[n, F_CHARTER]]
    x = foremen[n, F_X]
    y = foremen[n, F_Y]
    pitch = foremen[n, F_PITCH]
    floor = foremen[n, F_Z] + genes[G_RIBS] + genes[G_SHELL]
    axis_x, axis_y = pillar_axis(genes, x, y)
    half = pillar_half_width(genes, x, y)
    huts = HUTS_LEAST + draws(knobs[Q_SEED], R_SETTLING, day, name, FIRST_HUT - 1)[0] % HUTS_SPREAD
    for k in range(huts):
        r0, r1, r2, r3 = draws(knobs[Q_SEED], R_SETTLING, day, name, FIRST_HUT + k)
        wide = 5 + r0 % 3
        deep = 5 + (r0 >> 8) % 3
        side = (k + (name >> 8)) & 3
        # The first four stand around the pillar, one on each side; the others behind them.
        away = half + 4 + (r1 & 3) + 9 * (k >> 2)
        aside = (r1 >> 8) % (2 * half + 9) - half - 4
        hut_x = axis_x + aside - wide // 2
        hut_y = axis_y + aside - deep // 2
        if side == 0:
            hut_x = axis_x + away
        elif side == 1:
            hut_x = axis_x - away - wide
        elif side == 2:
            hut_y = axis_y + away
        else:
            hut_y = axis_y - away - deep
        write_plan(
            plan, ring, sizes, knobs, foremen, tally, n, day + 1 + k, E_MASS, K_DWELLING,
            min(max(hut_x, x + 1), x + pitch - 1 - wide), min(max(hut_y, y + 1), y + pitch - 1 - deep), floor, wide, deep,
            4 + (r2 & 1), 0, 0, side ^ 1, 3 + (r2 >> 8) % 4, k, r3,
        )  # fmt: skip


@kernel(i8(i8v, i4v, i4m, WORLD, i4m, i4v, i8v, i8v, i8v, i4m, i4v, i8v, i8m, i8, i8, i8, i8, i8), entry=True)
def found_village(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, estates, homes, marks, reached, founder, ordinal, parent,
    bay, day,
):  # fmt: skip
    """A village without people in a habitable bay: its row, what it sees and feeds, its huts. Returns the serial."""
    foremen, charters, _, villages, _, _, _, _, _ = world
    v = add_village(world, sizes, estates, homes, founder, ordinal, parent, bay, day)
    look_around(keys, slots, owners, foremen, villages, knobs, marks, reached, v)
    plan_huts(plan, ring, sizes, knobs, foremen, charters, tally, bay, villages[v, VI_NAME], day)
    return v
