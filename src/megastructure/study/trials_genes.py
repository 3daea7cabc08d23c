"""Trials of the law of heredity: loops that do nothing but call production kernels, and count.

Whatever theory leaves to chance beside the law (who the parents of an ideal population are) is drawn with the stream SAMPLE,
which no law uses.
"""

from __future__ import annotations

from ..ground.city import City
from ..ground.codes import R_SAMPLE
from ..ground.rng import draw, draws, lineage
from ..laws.heredity import gamete
from ..words.kernel import IntMatrix, kernel

PPM = 1_000_000
FATHER = 1 << 20  # index of the draws of the second parent


@kernel
def parent_of(
    city: City, folk: IntMatrix, size: int, demes: int, home: int, moving: int, advantage: int, name: int, first: int, day: int
) -> int:
    """A parent for the child `name` of deme `home`: of the deme, or with the chance `moving` (ppm) of any.

    folk   (4, people): the two haplotypes of each, and room for those of their children; deme d has rows d size ...
    Whoever has k copies of locus 0 is chosen 1 + k advantage (ppm) times as often as somebody without.
    """
    tried = first
    while True:
        r0, r1, r2, r3 = draws(city.knobs.seed, R_SAMPLE, day, name, tried)
        deme = r1 * demes >> 32 if r0 * PPM >> 32 < moving else home
        p = deme * size + (r2 * size >> 32)
        copies = (folk[0, p] & 1) + (folk[1, p] & 1)
        if r3 * (PPM + 2 * advantage) >> 32 < PPM + copies * advantage:
            return p
        tried += 1


@kernel(entry=True)
def generation(city: City, folk: IntMatrix, size: int, demes: int, migration: int, advantage: int, day: int) -> None:
    """All die, and as many children take their place: each of a gamete of two parents, who may be one and the same."""
    seed = city.knobs.seed
    for i in range(size * demes):
        name = lineage(seed, day, i)
        home = i // size
        mother = parent_of(city, folk, size, demes, home, migration, advantage, name, 0, day)
        father = parent_of(city, folk, size, demes, home, migration, advantage, name, FATHER, day)
        folk[2, i] = gamete(city, folk[0, mother], folk[1, mother], 0, name, 0, day)
        folk[3, i] = gamete(city, folk[0, father], folk[1, father], 0, name, 1, day)
    for i in range(size * demes):
        folk[0, i] = folk[2, i]
        folk[1, i] = folk[3, i]


@kernel(entry=True)
def generations(city: City, folk: IntMatrix, size: int, demes: int, migration: int, number: int) -> None:
    """So many generations."""
    for day in range(number):
        generation(city, folk, size, demes, migration, 0, day)


@kernel(entry=True)
def fixation(city: City, folk: IntMatrix, size: int, copies: int, advantage: int) -> int:
    """From so many copies of locus 0 until it is in everybody (returns 1) or in nobody (0)."""
    for i in range(size):
        folk[0, i] = 1 if i < copies else 0
        folk[1, i] = 1 if size + i < copies else 0
    day = 0
    while 0 < copies < 2 * size:
        generation(city, folk, size, 1, 0, advantage, day)
        day += 1
        copies = 0
        for i in range(size):
            copies += (folk[0, i] & 1) + (folk[1, i] & 1)
    return 1 if copies > 0 else 0


@kernel(entry=True)
def moran(city: City, folk: IntMatrix, size: int, advantage: int) -> int:
    """One mutant among clones: one is born, one dies, until all are mutants (returns 1) or none (0)."""
    for i in range(size):
        folk[0, i] = 1 if i == 0 else 0
        folk[1, i] = folk[0, i]
    mutants = 1
    day = 0
    while 0 < mutants < size:
        name = lineage(city.knobs.seed, day, 0)
        p = parent_of(city, folk, size, 1, 0, 0, advantage, name, 0, day)
        dies = draw(city.knobs.seed, R_SAMPLE, day, name, FATHER) * size >> 32
        child = gamete(city, folk[0, p], folk[1, p], 0, name, 0, day)
        mutants += (child & 1) - (folk[0, dies] & 1)
        folk[0, dies] = child
        folk[1, dies] = child
        day += 1
    return 1 if mutants > 0 else 0
