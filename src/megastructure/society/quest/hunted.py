"""Safeguard hunts a Wanderer: whatever he does that it notices gives it a last known place of him.

A shot, a carrier whom he has tested, an intrusion at a terminal: hunters are sent to where he was, some waves of them. He
shakes them off by moving on, and in a bay that obeys the Authority. Until then he keeps away from those whom he knows.
"""

from __future__ import annotations

from ...ground.city import City
from ...words.kernel import kernel


@kernel
def mark(city: City, w: int, cause: int, anew: bool, day: int) -> None:
    """Safeguard learns where he is, and sends hunters once; `anew`: for a deed that it fears more, as often as the knob says.

    Whoever is hunted already is not hunted for longer because of a shot.
    """
    wanderer = city.wanderers[w]
    if city.knobs.safeguard == 0 or city.knobs.safeguard_waves == 0:
        return
    if anew or wanderer.seen < 0:
        wanderer.waves = city.knobs.safeguard_waves if anew else 1
        wanderer.seen_by = cause
        wanderer.hunted = day
    wanderer.seen = wanderer.bay
    wanderer.seen_day = day


@kernel
def lose_sight(city: City, w: int) -> None:
    """Safeguard does not know where he is any more."""
    wanderer = city.wanderers[w]
    wanderer.seen = -1
    wanderer.seen_by = 0
    wanderer.waves = 0


@kernel
def is_hunted(city: City, w: int) -> bool:
    """Whether hunters are still sent after him, as far as he can know: until he has been lost."""
    return city.wanderers[w].seen >= 0
