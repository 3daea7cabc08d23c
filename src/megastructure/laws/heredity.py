"""A gamete takes each locus of the key from one of two haplotypes; the infected lose loci.

Who carries the whole key is decided here and nowhere else: loci are shuffled in every birth, so that a village may hold all of
them for centuries and nobody have them together.
"""

from __future__ import annotations

from ..ground.chronicle import event_name
from ..ground.city import City
from ..ground.codes import R_LOCUS_LOSS, R_MEIOSIS, R_SEX, V_PERSON_BORN
from ..ground.rng import draw, lineage
from ..ground.tables import HUMAN
from ..society.people import add_person
from ..words.kernel import kernel
from .law import Law

LAW = Law(
    name="heredity",
    says="A gamete takes each locus from one of two haplotypes, neighbours rather from the same; the infected lose loci.",
    writes=(
        "persons", "villages.people", "villages.carriers", "powers.people", "powers.births", "powers.carriers",
        "powers.locus0", "powers.locus1", "powers.locus2", "powers.locus3", "powers.locus4", "powers.locus5", "events",
    ),
    knobs=("gene_loci", "gene_crossover_ppm", "gene_loss_ppm"),
    streams=("MEIOSIS", "LOCUS_LOSS", "SEX"),
    source="Mendel (1866); Haldane (1919) for crossovers without interference; docs/theory/heredity.md",
)  # fmt: skip

PPM = 1_000_000
OF_MOTHER, OF_FATHER = range(2)


@kernel(entry=True)
def gamete(city: City, a: int, b: int, infected: int, name: int, side: int, day: int) -> int:
    """One haplotype for the child `name`.

    reads    a, b        loci of the parent's haplotypes
             infected    1: the parent has or had the infection
             side        OF_MOTHER or OF_FATHER: keeps the draws of the two apart
    returns  mask of the loci that the child receives; bit 6, which makes it human, always
    """
    knobs, seed = city.knobs, city.knobs.seed
    first = 16 * side
    from_b = draw(seed, R_MEIOSIS, day, name, first) & 1
    taken = HUMAN
    for locus in range(knobs.gene_loci):
        if locus > 0 and draw(seed, R_MEIOSIS, day, name, first + locus) * PPM >> 32 < knobs.gene_crossover_ppm:
            from_b ^= 1
        held = ((b if from_b else a) >> locus) & 1
        if held and infected:
            if draw(seed, R_LOCUS_LOSS, day, name, first + locus) * PPM >> 32 < knobs.gene_loss_ppm:
                held = 0
        taken |= held << locus
    return taken


@kernel(entry=True)
def gamete_of(city: City, parent: int, name: int, side: int, day: int) -> int:
    """The gamete of a person; whoever was ever infected loses loci for life."""
    person = city.persons[parent]
    infected = 1 if person.infected_day >= 0 else 0
    return gamete(city, person.haplotype_a, person.haplotype_b, infected, name, side, day)


@kernel(entry=True)
def bear_child(city: City, mother: int, father: int, day: int) -> None:
    """A child of two persons is born today in its mother's village. Its name follows from theirs and the day alone."""
    woman = city.persons[mother]
    name = lineage(woman.name ^ (city.persons[father].name >> 1), day, 0)
    cause = 0
    if woman.mother >= 0:
        cause = event_name(woman.born, V_PERSON_BORN, woman.name, city.persons[woman.mother].name)
    female = draw(city.knobs.seed, R_SEX, day, name, 0) & 1
    a = gamete_of(city, mother, name, OF_MOTHER, day)
    b = gamete_of(city, father, name, OF_FATHER, day)
    add_person(city, name, mother, father, day, female, a, b, woman.village, day, cause)
