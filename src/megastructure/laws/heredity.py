"""A gamete takes each locus of the key from one of two haplotypes; the infected lose loci.

Who carries the whole key is decided here and nowhere else: loci are shuffled in every birth, so that a village may hold all of
them for centuries and nobody have them together.
"""

from __future__ import annotations

from ..ground.chronicle import event_name
from ..ground.codes import R_LOCUS_LOSS, R_MEIOSIS, R_SEX, V_PERSON_BORN
from ..ground.rng import draw, lineage
from ..ground.scenario import Q_GENE_CROSSOVER_PPM, Q_GENE_LOCI, Q_GENE_LOSS_PPM, Q_SEED
from ..ground.tables import (
    HUMAN,
    PE_BORN,
    PE_HAPLOTYPE_A,
    PE_HAPLOTYPE_B,
    PE_INFECTED_DAY,
    PE_MOTHER,
    PE_NAME,
    PE_VILLAGE,
)
from ..ground.world import COMMON
from ..society.people import add_person
from ..words.kernel import NOTHING, i8, i8m, i8v, kernel
from .law import Law

LAW = Law(
    name="heredity",
    says="A gamete takes each locus from one of two haplotypes, neighbours rather from the same; the infected lose loci.",
    writes=(
        "persons", "villages.people", "villages.carriers",
        "powers.people", "powers.births", "powers.carriers", "powers.locus0", "powers.locus1",
        "powers.locus2", "powers.locus3", "powers.locus4", "powers.locus5", "events",
    ),
    knobs=("gene_loci", "gene_crossover_ppm", "gene_loss_ppm"),
    streams=("MEIOSIS", "LOCUS_LOSS", "SEX"),
    source="Mendel (1866); Haldane (1919) for crossovers without interference; docs/theory/heredity.md",
)  # fmt: skip

PPM = 1_000_000
OF_MOTHER, OF_FATHER = range(2)


@kernel(i8(i8v, i8, i8, i8, i8, i8, i8), entry=True)
def gamete(knobs, a, b, infected, name, side, day):
    """One haplotype for the child `name`.

    reads    a, b        loci of the parent's haplotypes
             infected    1: the parent has or had the infection
             side        OF_MOTHER or OF_FATHER: keeps the draws of the two apart
    returns  mask of the loci that the child receives; bit 6, which makes it human, always
    """
    seed = knobs[Q_SEED]
    first = 16 * side
    from_b = draw(seed, R_MEIOSIS, day, name, first) & 1
    taken = HUMAN
    for locus in range(knobs[Q_GENE_LOCI]):
        if locus > 0 and draw(seed, R_MEIOSIS, day, name, first + locus) * PPM >> 32 < knobs[Q_GENE_CROSSOVER_PPM]:
            from_b ^= 1
        held = ((b if from_b else a) >> locus) & 1
        if held and infected:
            if draw(seed, R_LOCUS_LOSS, day, name, first + locus) * PPM >> 32 < knobs[Q_GENE_LOSS_PPM]:
                held = 0
        taken |= held << locus
    return taken


@kernel(i8(i8m, i8v, i8, i8, i8, i8), entry=True)
def gamete_of(persons, knobs, parent, name, side, day):
    """The gamete of a person; whoever was ever infected loses loci for life."""
    infected = 1 if persons[parent, PE_INFECTED_DAY] >= 0 else 0
    return gamete(knobs, persons[parent, PE_HAPLOTYPE_A], persons[parent, PE_HAPLOTYPE_B], infected, name, side, day)


@kernel(NOTHING(*COMMON, i8, i8, i8), entry=True)
def bear_child(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
    mother, father, day,
):  # fmt: skip
    """A child of two persons is born today in its mother's village. Its name follows from theirs and the day alone."""
    _, _, persons, _, _, _, _, _, _ = world
    mothers = persons[mother, PE_NAME]
    name = lineage(mothers ^ (persons[father, PE_NAME] >> 1), day, 0)
    cause = 0
    if persons[mother, PE_MOTHER] >= 0:
        hers = persons[persons[mother, PE_MOTHER], PE_NAME]
        cause = event_name(persons[mother, PE_BORN], V_PERSON_BORN, mothers, hers)
    add_person(
        world, sizes, knobs, kin, homes, name, mother, father, day, draw(knobs[Q_SEED], R_SEX, day, name, 0) & 1,
        gamete_of(persons, knobs, mother, name, OF_MOTHER, day), gamete_of(persons, knobs, father, name, OF_FATHER, day),
        persons[mother, PE_VILLAGE], day, cause,
    )  # fmt: skip
