"""Works and charters as foremen could plan them, drawn at random, and the cells that their patterns want."""

from __future__ import annotations

import hashlib

import numpy as np

from megastructure.ground import codes as c
from megastructure.ground.tables import Charters
from megastructure.land.patterns import TERMINALS_MAX, pattern
from megastructure.words.declare import Gene, columns
from megastructure.words.kernel import ByteVolume, kernel

MATERIAL = 63  # a pattern's answer without CUT and DRILL
FILLERS = [kind for kind in c.WorkKind if kind < c.K_DEMOLITION]


def charter(**changed: int) -> Charters:
    """The founder's charter, with some genes changed."""
    row = Charters(np.zeros(len(Charters.column_names), np.int64))
    for column in columns(Charters):
        if isinstance(column.col, Gene):
            row.words[column.number] = changed.pop(column.name, column.col.founder)
    assert not changed
    return row


def random_charter(rng: np.random.Generator) -> Charters:
    row = charter()
    for column in columns(Charters):
        if isinstance(column.col, Gene):
            row.words[column.number] = rng.integers(column.col.low, column.col.high + 1)
    return row


def random_work(kind: int, g: Charters, rng: np.random.Generator) -> tuple[int, int, int, int, int]:
    """Size and parameters of a work as foremen plan them."""

    def one_of(low: int, high: int) -> int:
        return int(rng.integers(low, high + 1))

    pitch, level, storey, plot = (int(gene) for gene in (g.pitch, g.height, g.storey, g.plot))
    half, ribs, shell, corbel = (int(gene) for gene in (g.pillar, g.ribs, g.shell, g.corbel))
    clear = max(2 * storey, (level - ribs - shell - 2) // storey * storey)
    turn = one_of(0, 1)
    fin = one_of(0, 1) * 2 * corbel
    wide = 2 * (half + max(corbel, fin) + 1) + 1
    side = 2 * max(4, (plot - int(g.street)) // 2 - one_of(0, 3)) + 1
    thick, length, reach = 7 + 2 * one_of(0, 3), one_of(10, 17), one_of(3, 60)
    across = 5 + 2 * one_of(0, 1)
    jitter = (64 + one_of(-5, 5)) << 8 | (64 + one_of(-5, 5)) << 16
    return {
        c.K_PLATE: (pitch, pitch, ribs + shell, (0, 1, half + 2)[one_of(0, 2)], one_of(0, 3) | jitter),
        c.K_PILLAR: (wide, wide, level - ribs - shell, half, fin | one_of(0, TERMINALS_MAX) << 8),
        c.K_TOWER: (side, side, one_of(2, clear // storey) * storey + 1, turn, one_of(0, 0x1FFFF)),
        c.K_FACADE: ((thick, pitch) if turn else (pitch, thick)) + (clear, 0, one_of(0, 0x1FFFF)),
        c.K_RING: (2 * half + 5, 2 * half + 5, 2, half, 0),
        c.K_VIADUCT: ((pitch, across) if turn else (across, pitch)) + (22, 18, 0),
        c.K_BRIDGE: ((reach + 4, 3) if turn else (3, reach + 4)) + (4, 2, 1 | one_of(0, 1) << 5 | turn << 6),
        c.K_PIPE: (reach, 1, 1, 0, 0),
        c.K_SPIRAL: (2 * half + 3, 2 * half + 3, max(8, level - corbel - 12), half + 1, 0),
        c.K_ZIGZAG: ((length, 2) if turn else (2, length)) + (clear, 0, 0),
        c.K_LADDER: (1, 1, reach, 0, 0),
        c.K_MASS: (length, length, 4, (c.RUBBLE, c.SLAB)[turn], turn),
        c.K_DWELLING: (5 + 2 * turn, 7, 5, 0, one_of(0, 3)),
    }[kind]


@kernel
def want(kind: int, a: int, b: int, genes: Charters, into: ByteVolume) -> None:
    """The materials that a work wants in its box, whose corner is cell 0, 0, 0, as [x, y, z]."""
    sx, sy, sz = into.shape
    for x in range(sx):
        for y in range(sy):
            for z in range(sz):
                into[x, y, z] = pattern(kind, x, y, z, sx, sy, sz, a, b, genes, x, y, z) & MATERIAL


def drawn(kind: int, work: tuple[int, int, int, int, int], g: Charters) -> np.ndarray:
    """The materials that a work wants, [x, y, z]."""
    sx, sy, sz, a, b = work
    out = np.zeros((sx, sy, sz), np.uint8)
    want(kind, a, b, g, out)
    return out


def digest_of_samples() -> str:
    """Answers for fixed cells of works of every kind, of healthy and of infected bays, near and far."""
    rng = np.random.default_rng(11)
    answers = []
    for kind in c.WorkKind:
        for number in range(12):
            genes = random_charter(rng)
            work = random_work(kind, genes, rng) if kind in FILLERS else (9, 9, 9, 0, 0)
            sx, sy, sz, a, b = work
            corner = rng.integers(-(1 << 23), 1 << 23, 3) if number & 1 else np.array([-16, 0, 48])
            for p in rng.integers(0, (sx, sy, sz), (120, 3)):
                rx, ry, rz = (int(v) for v in p)
                x, y, z = (int(v) for v in corner + p)
                answers.append(int(pattern(int(kind), rx, ry, rz, sx, sy, sz, a, b, genes, x, y, z)))
    return hashlib.blake2b(bytes(answers), digest_size=16).hexdigest()
