"""What the Authority asks of a Wanderer, and what it has of his reports.

Only the choice is made here: what he does about it is his own law. An order is worth something because it names what hurts the
Authority most: first a base of Safeguard near the node that speaks, then a village that Safeguard is about to hunt, and else
what it always lacks, carriers.
"""

from __future__ import annotations

from ..ground.city import City
from ..ground.codes import O_DESTROY_BASE, O_FIND_CARRIERS, O_GUARD_VILLAGE
from ..ground.tables import YEAR
from ..words.kernel import kernel
from .alert import village_alert_on
from .bases import base_near
from .graph import begin_search, widen
from .quest.mission import FULL

ORDER_HOPS = 24  # what lies so near a node concerns it
GUARDED_FROM = 128  # local alert (/256) from which a village is worth a guard
TOKENS_MOST = 40 * YEAR  # in 1/360, as the law of the Authority keeps them


@kernel
def worth_a_guard(city: City, v: int, day: int) -> bool:
    """Whether village v stands, is known, and Safeguard is alarmed about it."""
    village = city.villages[v]
    return village.ended < 0 and village.known >= 0 and village_alert_on(city, v, day) >= GUARDED_FROM


@kernel(entry=True)
def village_in_danger(city: City, node: int, day: int) -> int:
    """The known village near a node about which Safeguard is most alarmed, or -1; of equal ones the lowest name."""
    left = 0  # that have not been found yet: with the last of them the search is over
    for v in range(city.sizes.villages):
        if worth_a_guard(city, v, day):
            left += 1
    best = -1
    highest = 0
    first = 0
    found = begin_search(city, node)
    for _ in range(ORDER_HOPS + 1):
        if left == 0:
            break
        for i in range(first, found):
            v = city.foremen[city.reached[i].bay].village
            if v < 0 or not worth_a_guard(city, v, day):
                continue
            left -= 1
            alert = village_alert_on(city, v, day)
            if best < 0 or alert > highest or (alert == highest and city.villages[v].name < city.villages[best].name):
                best = v
                highest = alert
        first, found = found, widen(city, False, first, found)
    return best


@kernel(entry=True)
def order_for(city: City, w: int, node: int, day: int) -> tuple[int, int]:
    """What the node in a bay asks of Wanderer w: an `Order`, and the bay of the base or the row of the village; else -1.

    Nobody who is badly wounded is sent against a base.
    """
    if 2 * city.wanderers[w].hits >= FULL:
        base = base_near(city, node, ORDER_HOPS)
        if base >= 0:
            return O_DESTROY_BASE, base
    v = village_in_danger(city, node, day)
    if v >= 0:
        return O_GUARD_VILLAGE, v
    return O_FIND_CARRIERS, -1


# ---- what it has of him ----------------------------------------------------------------------------------------------


@kernel(entry=True)
def save_tokens(city: City, day: int) -> None:
    """Bring the tokens to a day: they come in evenly, to the 1/360, while a node lives."""
    powers = city.powers
    if powers.nodes > 0:
        rate = city.knobs.authority_tokens
        gained = rate * day // YEAR - rate * powers.tokens_day // YEAR
        powers.tokens = min(powers.tokens + gained, TOKENS_MOST)
    powers.tokens_day = day


@kernel(entry=True)
def reward(city: City, day: int) -> None:
    """A report earns the Authority tokens: it knows better where they are well spent."""
    save_tokens(city, day)
    city.powers.tokens = min(city.powers.tokens + city.knobs.authority_report_tokens, TOKENS_MOST)


__all__ = ["order_for", "reward", "save_tokens"]
