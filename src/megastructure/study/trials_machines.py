"""Trials of the laws of machines: loops that do nothing but call production kernels, and count.

Whatever theory leaves to chance beside a law (whom a machine is copied from, which bays stand) is drawn with the stream
SAMPLE, which no law uses.
"""

from __future__ import annotations

from ..ground.city import City
from ..ground.codes import A_AUTHORITY, A_SAFEGUARD, R_SAMPLE
from ..ground.rng import draw, draws, lineage
from ..ground.tables import MONTH
from ..land.lots import take_lots
from ..laws.authority import conducted
from ..laws.infection import copied_stop_bits
from ..laws.struggle import struggle
from ..society.alert import alarm, refresh_alert
from ..society.allegiance import turn, unwatch
from ..society.raid import units_made
from ..words.kernel import IntVector, kernel


@kernel(entry=True)
def all_stop(city: City, machines: int) -> int:
    """One machine with one stop bit copies itself until there are so many: 1 if all have it still, else 0."""
    for day in range(1, machines):
        if copied_stop_bits(city, 1, lineage(city.knobs.seed, day, 0), day) == 0:
            return 0
    return 1


@kernel(entry=True)
def quasispecies(city: City, machines: int, percent: int, masters: IntVector) -> None:
    """Generations of copies of 32 bits, four times eight; masters[t]: how many of generation t have lost none.

    Masters are copied `percent` / 100 times as often as all others. At most 2^20 machines.
    """
    seed = city.knobs.seed
    before = machines
    for day in range(masters.shape[0]):
        whole = 0
        weight = before * percent + (machines - before) * 100
        for i in range(machines):
            name = lineage(seed, day, i)
            if draw(seed, R_SAMPLE, day, name, 0) * weight >> 32 < before * percent:
                kept = 1
                for byte in range(4):
                    if kept and copied_stop_bits(city, 255, lineage(name, day, byte), day) != 255:
                        kept = 0
                whole += kept
        masters[day] = whole
        before = whole


@kernel(entry=True)
def excited(city: City, base: int, milli: int, counts: IntVector) -> None:
    """Months of raids whose rate grows with the alert: base (1 + alert) a month, in 1/65536; each adds milli / 1000."""
    powers = city.powers
    powers.alert = 0
    powers.alert_day = 0
    for month in range(counts.shape[0]):
        day = MONTH * month
        refresh_alert(city, day)
        mean = base * (65536 + powers.alert) >> 16
        counts[month] = units_made(city.knobs.seed, day, 1, mean) - 1
        for _ in range(counts[month]):
            alarm(city, day, milli)


@kernel(entry=True)
def contest(city: City, start: int, goal: int) -> int:
    """The Authority holds bay `start` and Safeguard all others, until it has `goal` bays (returns 1) or none (0)."""
    powers, sizes = city.powers, city.sizes
    for n in range(sizes.foremen):
        unwatch(city, n)
        city.foremen[n].allegiance = A_SAFEGUARD
    powers.spread_since = 0
    powers.authority_bays = 0
    powers.safeguard_bays = sizes.foremen
    turn(city, start, A_AUTHORITY, 0, 0)
    day = 0
    while 0 < powers.authority_bays < goal:
        sizes.events = 0
        struggle(city, day)
        day += MONTH
    return 1 if powers.authority_bays > 0 else 0


@kernel(entry=True)
def spans(city: City, top: int, bonds: int, open_ppb: int) -> int:
    """Whether conduits join the bays with z = 0 to some bay with z = `top`: 1 or 0. The bays are one lot each.

    Every bay stands (bonds = 0), or every conduit holds (bonds = 1), with the chance `open_ppb`; the other all do. The draws
    are the same for every chance, so that whatever spans does so with every greater chance.
    """
    seed = city.knobs.seed
    found = 0
    for n in range(city.sizes.foremen):
        bay = city.foremen[n]
        stands = bonds != 0 or draw(seed, R_SAMPLE, 0, bay.name, 0) * 1_000_000_000 >> 32 < open_ppb
        take_lots(city, n, bay.x >> 4, bay.y >> 4, bay.z >> 4, 1, 1, 0 if stands else 1)
        broken = 0
        if bonds:
            r0, r1, r2, _ = draws(seed, R_SAMPLE, 0, bay.name, 1)
            broken += 1 if r0 * 1_000_000_000 >> 32 >= open_ppb else 0
            broken += 4 if r1 * 1_000_000_000 >> 32 >= open_ppb else 0
            broken += 16 if r2 * 1_000_000_000 >> 32 >= open_ppb else 0
        bay.broken = broken
        bay.mended = 1
        if stands and bay.z >> 4 == 0:
            city.reached[found].bay = n
            found += 1
    found = conducted(city, found, -1, 0)
    for i in range(found):
        if city.foremen[city.reached[i].bay].z == top:
            return 1
    return 0
