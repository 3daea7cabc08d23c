"""A Wanderer leads somebody with the key to a terminal.

The hazards of all hops are drawn when they set out, so the row is due where the escort ends: at the terminal, or where the
carrier is lost.
"""

from __future__ import annotations

from ...ground.chronicle import event_name, tell
from ...ground.codes import (
    D_JOURNEY,
    M_ESCORT,
    M_REST,
    P_STANDING,
    R_DORMANCY,
    R_HAZARD,
    V_ESCORT_ARRIVED,
    V_ESCORT_BEGUN,
    V_ESCORT_LOST,
    V_PERSON_DIED,
)
from ...ground.rng import draws
from ...ground.scenario import Q_OVERRIDE_DAYS, Q_SAFEGUARD_ALERT_CARRIER, Q_SEED, Q_WANDERER_LOSS_PPM
from ...ground.tables import (
    F_NAME,
    F_PHASE,
    F_TERMINALS,
    F_VILLAGE,
    PE_DIED,
    PE_LED_BY,
    PE_NAME,
    PE_VILLAGE,
    PO_NODES,
    PO_OVERRIDE_BAY,
    PO_OVERRIDE_PERSON,
    PO_OVERRIDE_SINCE,
    WA_BAY,
    WA_CAUSE,
    WA_CHARGE,
    WA_GOAL,
    WA_HOPS,
    WA_NAME,
    WA_SINCE,
    YEAR,
)
from ...ground.world import COMMON, WORLD
from ...words.kernel import (
    NOTHING,
    flag,
    i4m,
    i4v,
    i8,
    i8m,
    i8v,
    kernel,
)
from ..alert import alarm
from ..graph import path_days
from ..people import kill_person, move_person
from ..settlement import found_village
from .gathering import tell_founded
from .mission import REST_DAYS, WAIT_DAYS, begin, break_down, long_sleep
from .ways import footing, terminal_near


@kernel(flag(i8v, i8, i8, i8, i8))
def lost_at(knobs, carrier, name, hop, day):
    """Whether the carrier is lost at this hop of the escort that `name` began on this day."""
    drawn = draws(knobs[Q_SEED], R_HAZARD, day, carrier, ((name & 0xFFFF) << 6) | hop)[0]
    return drawn * 1_000_000 >> 32 < knobs[Q_WANDERER_LOSS_PPM]


@kernel(flag(i8v, i4v, i4m, WORLD, i8v, i8v, i8v, i8m, i8, i8, i8, i8))
def lead_carrier(keys, slots, owners, world, sizes, knobs, marks, reached, w, p, cause, day):
    """Set out with carrier p for the nearest terminal. The hazards of all hops are drawn here: he is due where it ends."""
    foremen, charters, persons, _, _, wanderers, powers, events, _ = world
    start = wanderers[w, WA_BAY]
    name = wanderers[w, WA_NAME]
    row = -1
    if powers[0, PO_NODES] > 0:
        row = terminal_near(keys, slots, owners, foremen, knobs, start, name, day, True, marks, reached)
    if row < 0:
        row = terminal_near(keys, slots, owners, foremen, knobs, start, name, day, False, marks, reached)
    # Where no node lives, who is at a terminal already has nothing to go for.
    if row < 0 or (reached[row, 1] == 0 and powers[0, PO_NODES] == 0):
        return False
    carrier = persons[p, PE_NAME]
    hops = reached[row, 1]
    end = 1
    while end < hops and not lost_at(knobs, carrier, name, end, day):
        end += 1
    while reached[row, 1] > end:
        row = reached[row, 2]
    tell(events, sizes, day, V_ESCORT_BEGUN, carrier, name, foremen[start, F_NAME], hops, cause, 0)
    days = 2 * path_days(keys, slots, owners, foremen, charters, reached, row)
    begin(world, sizes, w, M_ESCORT, day + max(1, days), event_name(day, V_ESCORT_BEGUN, carrier, name), day)
    wanderers[w, WA_GOAL] = reached[row, 0]
    wanderers[w, WA_HOPS] = reached[row, 1]
    wanderers[w, WA_CHARGE] = p
    persons[p, PE_LED_BY] = w
    return True


@kernel(NOTHING(*COMMON, i8, i8))
def end_escort(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    w, day,
):  # fmt: skip
    """The escort ends: the carrier is lost on the way, or stands at the terminal."""
    foremen, _, persons, _, _, wanderers, powers, events, _ = world
    p = wanderers[w, WA_CHARGE]
    begun = wanderers[w, WA_CAUSE]
    goal = wanderers[w, WA_GOAL]
    hops = wanderers[w, WA_HOPS]
    his = wanderers[w, WA_NAME]
    carrier = persons[p, PE_NAME]
    wanderers[w, WA_CHARGE] = -1
    wanderers[w, WA_BAY] = footing(keys, slots, owners, foremen, sizes, goal)
    bay = wanderers[w, WA_BAY]
    place = foremen[bay, F_NAME]
    persons[p, PE_LED_BY] = -1
    if persons[p, PE_DIED] >= 0:  # of something else
        tell(events, sizes, day, V_ESCORT_LOST, carrier, his, place, hops, begun, 0)
        begin(world, sizes, w, M_REST, day + REST_DAYS, begun, day)
        return
    if hops > 0 and lost_at(knobs, carrier, his, hops, wanderers[w, WA_SINCE]):
        chance = knobs[Q_WANDERER_LOSS_PPM] * 1000
        kill_person(world, sizes, knobs, kin, estates, homes, p, day, D_JOURNEY, 0, begun, chance)
        died = event_name(day, V_PERSON_DIED, carrier, 0)
        tell(events, sizes, day, V_ESCORT_LOST, carrier, his, place, hops, died, 0)
        alarm(powers, knobs, day, knobs[Q_SAFEGUARD_ALERT_CARRIER])
        years = long_sleep(draws(knobs[Q_SEED], R_DORMANCY, day, his, 1)[0])
        break_down(world, sizes, w, YEAR * years, event_name(day, V_ESCORT_LOST, carrier, his), day)
        return
    if bay != goal or foremen[bay, F_TERMINALS] == 0 or foremen[bay, F_PHASE] > P_STANDING:
        # The terminal is gone: they look for another one.
        if not lead_carrier(keys, slots, owners, world, sizes, knobs, marks, reached, w, p, begun, day):
            begin(world, sizes, w, M_REST, day + WAIT_DAYS, begun, day)
        return
    tell(events, sizes, day, V_ESCORT_ARRIVED, carrier, his, place, hops, begun, 0)
    arrived = event_name(day, V_ESCORT_ARRIVED, carrier, his)
    v = foremen[bay, F_VILLAGE]
    if v < 0:
        v = found_village(
            keys, slots, owners, world, plan, ring, sizes, knobs, tally, estates, homes, marks, reached, carrier, 7,
            persons[p, PE_VILLAGE], bay, day,
        )  # fmt: skip
        tell_founded(world, sizes, v, 1, arrived, day)
    if persons[p, PE_VILLAGE] != v:
        move_person(world, sizes, knobs, kin, estates, homes, p, v, day, arrived)
    if powers[0, PO_OVERRIDE_SINCE] < 0:
        powers[0, PO_OVERRIDE_SINCE] = day
        powers[0, PO_OVERRIDE_BAY] = bay
        powers[0, PO_OVERRIDE_PERSON] = p
    alarm(powers, knobs, day, knobs[Q_SAFEGUARD_ALERT_CARRIER])
    begin(world, sizes, w, M_REST, day + knobs[Q_OVERRIDE_DAYS] + 30, arrived, day)
