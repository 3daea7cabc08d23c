"""Holes: what the scenario and the Wanderer shoot is fired on its day, and answered on the day after."""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import CLIP_OWNED, E_REPAIR, EVERYTHING, K_SHOT, P_BUILDING, P_STANDING, V_REPAIR, V_SHOT
from ..ground.tables import LOT, UNIT
from ..land.lots import owner_of_lot
from ..laws.office import begin_entry, enter, place_entry
from ..laws.power import conduits_hit
from ..society.plans import begin_work, place_work, write_plan
from ..words.kernel import kernel


@kernel
def load_orders(city: City, day: int) -> None:
    """The shots that the scenario orders for this day are among the holes."""
    while city.tally.ordered < len(city.orders) and city.orders[city.tally.ordered].day == day:
        order = city.orders[city.tally.ordered]
        shot = city.shots[city.sizes.shots]
        for c in range(len(order.words)):
            shot.words[c] = order.words[c]
        city.sizes.shots += 1
        city.tally.ordered += 1


@kernel
def marksman(city: City, shot: int) -> int:
    """The name of the one who fired a shot; 0: the scenario ordered it."""
    by = city.shots[shot].wanderer
    return 0 if by < 0 else city.wanderers[by].name


@kernel
def size_of(city: City, shot: int) -> tuple[int, int, int]:
    """The size of the box of a hole, in cells along x, y, z."""
    hole = city.shots[shot]
    wide = 2 * hole.radius + 1
    sx = hole.length if hole.axis == 0 else wide
    sy = hole.length if hole.axis == 1 else wide
    sz = hole.length if hole.axis == 2 else wide
    return sx, sy, sz


@kernel
def answer_shot(city: City, shot: int, day: int) -> None:
    """The day after a shot every bay with lots in its box plans the repair and pays for the share of the hole in them."""
    mark = city.acting  # pairs: a bay, and the cells of the hole's box that lie in its lots
    hole = city.shots[shot]
    x, y, z = hole.x, hole.y, hole.z
    sx, sy, sz = size_of(city, shot)
    found = 0
    for lz in range(z // LOT, (z + sz - 1) // LOT + 1):
        for ly in range(y // LOT, (y + sy - 1) // LOT + 1):
            for lx in range(x // LOT, (x + sx - 1) // LOT + 1):
                n = owner_of_lot(city, lx, ly, lz)
                if n < 0 or (city.foremen[n].phase != P_BUILDING and city.foremen[n].phase != P_STANDING):
                    continue
                k = 0
                while k < found and mark[2 * k] != n:
                    k += 1
                if k == found:
                    mark[2 * k] = n
                    mark[2 * k + 1] = 0
                    found += 1
                mark[2 * k + 1] += (
                    (min(x + sx, lx * LOT + LOT) - max(x, lx * LOT))
                    * (min(y + sy, ly * LOT + LOT) - max(y, ly * LOT))
                    * (min(z + sz, lz * LOT + LOT) - max(z, lz * LOT))
                )
    fired = event_name(day - 1, V_SHOT, shot + 1, marksman(city, shot))
    for k in range(found):
        n = mark[2 * k]
        cells = max(1, mark[2 * k + 1] // 16)  # of the box of a hole about one cell in sixteen stood
        foreman = city.foremen[n]
        foreman.energy -= cells * UNIT
        city.tally.charged += cells
        foreman.damaged = day - 1
        cut = conduits_hit(city, n, x, y, z, sx, sy, sz)
        if cut:
            foreman.broken = cut | (foreman.broken if day < foreman.mended else 0)
            foreman.mended = max(foreman.mended, day + cells + 1)
        begin_work(city, n, day, E_REPAIR, K_SHOT)
        place_work(city, x, y, z, sx, sy, sz)
        city.draft.b = shot
        city.draft.duration = cells
        write_plan(city)
        tell(city, day, V_REPAIR, foreman.name, shot + 1, foreman.name, cells, fired, 0)


@kernel
def fire(city: City, shot: int, day: int) -> None:
    """A shot of today: told, and in full mode a work that removes everything in its line."""
    hole = city.shots[shot]
    tell(city, day, V_SHOT, shot + 1, marksman(city, shot), 0, hole.length, 0, 0)
    if city.knobs.works:
        sx, sy, sz = size_of(city, shot)
        begin_entry(city, 0, day, K_SHOT)
        place_entry(city, hole.x, hole.y, hole.z, sx, sy, sz)
        work = city.works[city.sizes.works]
        work.a = hole.radius
        work.b = hole.axis
        work.target = shot + 1
        work.scope = EVERYTHING
        enter(city, CLIP_OWNED)


@kernel
def shoot(city: City, day: int) -> None:
    """Yesterday's shots are answered, today's are fired; whoever fires today makes the hole of tomorrow."""
    today = city.today
    for k in range(today.answering):
        answer_shot(city, today.fired - 1 - k, day)
    for k in range(today.shooting):
        fire(city, today.fired + k, day)
