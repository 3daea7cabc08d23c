"""What the survey of a school makes of a plot: pure functions of the charter and of the plot's place on the school's lattice.

Grand order comes from the inherited datum, never from looking around: a foreman knows from its own coordinates whether
it stands in a shaft, a hall, a great void or an ordinary bay, where the pillar's axis runs and which levels are SHELL.
"""

from __future__ import annotations

from ..ground.codes import S_BAY, S_GREAT_VOID, S_HALL, S_OPEN_BAY, S_SHAFT
from ..ground.rng import mix
from ..ground.tables import (
    G_CORBEL,
    G_DECKS,
    G_HEIGHT,
    G_KEY,
    G_OX,
    G_OY,
    G_OZ,
    G_PILLAR,
    G_PITCH,
    G_PRESENCE,
    G_SALT,
    G_SHAFT,
    G_VOIDS,
)
from ..words.kernel import flag, i8, i8v, kernel, pair


@kernel(i8(i8v, i8, i8, i8), entry=True)
def site_at(genes, x, y, z):
    """The Site of the plot with this corner."""
    i = (x - genes[G_OX]) // genes[G_PITCH]
    j = (y - genes[G_OY]) // genes[G_PITCH]
    k = (z - genes[G_OZ]) // genes[G_HEIGHT]
    if i == 0 and j == 0 and k == 0:
        return S_BAY
    period = genes[G_SHAFT] + 1
    if i % period == period // 2 and j % period == period // 2:
        return S_SHAFT
    key = genes[G_KEY]
    salt = genes[G_SALT]
    if (mix((i + 100) >> 1, (j + 100) >> 1, (k + 100) >> 1, key * 3 + salt) & 255) < genes[G_VOIDS]:
        return S_GREAT_VOID
    if (mix((i + 100) >> 1, (j + 101) >> 1, k, key * 7 + salt) & 255) < genes[G_VOIDS]:
        return S_HALL
    if k % genes[G_DECKS] != 0 and (mix((i + 100) >> 1, (j + 100) // 3, k, key * 5 + salt) & 255) >= genes[G_PRESENCE]:
        return S_OPEN_BAY
    return S_BAY


@kernel(i8(i8v, i8, i8), entry=True)
def pillar_half_width(genes, x, y):
    """Half width of the pillar of this plot, in cells: the great pillars stand where both survey lines cross."""
    i = (x - genes[G_OX]) // genes[G_PITCH]
    j = (y - genes[G_OY]) // genes[G_PITCH]
    period = genes[G_SHAFT] + 1
    # However wide the gene wants it, there must be ground left to walk around it.
    if i % period == 0 and j % period == 0:
        return min(genes[G_PILLAR] * 2 + 1, genes[G_PITCH] // 5)
    return min(genes[G_PILLAR], genes[G_PITCH] // 8)


@kernel(flag(i8v, i8), entry=True)
def is_deck(genes, z):
    """Whether the plate at this height is an inner deck (else it is SHELL, a border between strata)."""
    return ((z - genes[G_OZ]) // genes[G_HEIGHT]) % genes[G_DECKS] != 0


@kernel(pair(i8v, i8, i8), entry=True)
def pillar_axis(genes, x, y):
    """Where the pillar of the plot stands: its middle, jittered by column (x) and row (y) so that viaducts stay straight."""
    pitch = genes[G_PITCH]
    middle = pitch // 2
    reach = 2 * genes[G_PILLAR] + 1 + 2 * genes[G_CORBEL] + 1
    jitter = max(0, min(pitch // 8, middle - reach))
    i = (x - genes[G_OX]) // pitch
    j = (y - genes[G_OY]) // pitch
    if jitter == 0 or (i == 0 and j == 0):
        return x + middle, y + middle
    key = genes[G_KEY]
    dx = mix(i, key, genes[G_SALT], 91) % (2 * jitter + 1) - jitter
    dy = mix(j, key, genes[G_SALT], 92) % (2 * jitter + 1) - jitter
    return x + middle + dx, y + middle + dy


@kernel(flag(i8v, i8, i8, i8), entry=True)
def has_pillar(genes, x, y, z):
    """Some columns of plots lose their pillar for a stratum; the great ones and the founder's never do."""
    i = (x - genes[G_OX]) // genes[G_PITCH]
    j = (y - genes[G_OY]) // genes[G_PITCH]
    k = (z - genes[G_OZ]) // genes[G_HEIGHT]
    period = genes[G_SHAFT] + 1
    if (i % period == 0 and j % period == 0) or (i == 0 and j == 0):
        return True
    return (mix(i, j, (k + 64) >> 1, genes[G_KEY] * 11 + genes[G_SALT]) & 255) >= 24 + (genes[G_SALT] & 63)
