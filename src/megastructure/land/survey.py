"""What the survey of a school makes of a plot: pure functions of the charter and of the plot's place on the school's lattice.

Grand order comes from the inherited datum, never from looking around: a foreman knows from its own coordinates whether
it stands in a shaft, a hall, a great void or an ordinary bay, where the pillar's axis runs and which levels are SHELL.
"""

from __future__ import annotations

from ..ground.codes import S_BAY, S_GREAT_VOID, S_HALL, S_OPEN_BAY, S_SHAFT
from ..ground.rng import mix
from ..ground.tables import Charters
from ..words.kernel import kernel


@kernel
def column_of(genes: Charters, x: int, y: int) -> tuple[int, int]:
    """The column of plots of a plot with this corner, on the lattice of its school: plots from the datum along x and y."""
    return (x - genes.ox) // genes.pitch, (y - genes.oy) // genes.pitch


@kernel
def level_of(genes: Charters, z: int) -> int:
    """The level of a plot, counted from the datum."""
    return (z - genes.oz) // genes.height


@kernel(entry=True)
def site_at(genes: Charters, x: int, y: int, z: int) -> int:
    """The Site of the plot with this corner."""
    i, j = column_of(genes, x, y)
    k = level_of(genes, z)
    if i == 0 and j == 0 and k == 0:
        return S_BAY
    period = genes.shaft + 1
    if i % period == period // 2 and j % period == period // 2:
        return S_SHAFT
    key, salt = genes.key, genes.salt
    if (mix((i + 100) >> 1, (j + 100) >> 1, (k + 100) >> 1, key * 3 + salt) & 255) < genes.voids:
        return S_GREAT_VOID
    if (mix((i + 100) >> 1, (j + 101) >> 1, k, key * 7 + salt) & 255) < genes.voids:
        return S_HALL
    if k % genes.decks != 0 and (mix((i + 100) >> 1, (j + 100) // 3, k, key * 5 + salt) & 255) >= genes.presence:
        return S_OPEN_BAY
    return S_BAY


@kernel(entry=True)
def pillar_half_width(genes: Charters, x: int, y: int) -> int:
    """Half width of the pillar of this plot, in cells: the great pillars stand where both survey lines cross."""
    i, j = column_of(genes, x, y)
    period = genes.shaft + 1
    # However wide the gene wants it, there must be ground left to walk around it.
    if i % period == 0 and j % period == 0:
        return min(genes.pillar * 2 + 1, genes.pitch // 5)
    return min(genes.pillar, genes.pitch // 8)


@kernel(entry=True)
def is_deck(genes: Charters, z: int) -> bool:
    """Whether the plate at this height is an inner deck (else it is SHELL, a border between strata)."""
    return level_of(genes, z) % genes.decks != 0


@kernel(entry=True)
def pillar_axis(genes: Charters, x: int, y: int) -> tuple[int, int]:
    """Where the pillar of the plot stands: its middle, jittered by column (x) and row (y) so that viaducts stay straight."""
    middle = genes.pitch // 2
    reach = 2 * genes.pillar + 1 + 2 * genes.corbel + 1
    jitter = max(0, min(genes.pitch // 8, middle - reach))
    i, j = column_of(genes, x, y)
    if jitter == 0 or (i == 0 and j == 0):
        return x + middle, y + middle
    dx = mix(i, genes.key, genes.salt, 91) % (2 * jitter + 1) - jitter
    dy = mix(j, genes.key, genes.salt, 92) % (2 * jitter + 1) - jitter
    return x + middle + dx, y + middle + dy


@kernel(entry=True)
def has_pillar(genes: Charters, x: int, y: int, z: int) -> bool:
    """Some columns of plots lose their pillar for a stratum; the great ones and the founder's never do."""
    i, j = column_of(genes, x, y)
    k = level_of(genes, z)
    period = genes.shaft + 1
    if (i % period == 0 and j % period == 0) or (i == 0 and j == 0):
        return True
    return (mix(i, j, (k + 64) >> 1, genes.key * 11 + genes.salt) & 255) >= 24 + (genes.salt & 63)
