"""The limits of the law of heredity, and of the genes of the first day."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ground.codes import R_SAMPLE
from ..ground.rng import draws
from ..ground.scenario import Scenario
from ..ground.tables import HUMAN, Persons
from ..laws.remnant import first_allele
from . import theory
from .limit import Limit, Measured, average, ratio, share
from .stage import Stage
from .trials_genes import fixation, generations, moran


def folk(haplotypes_a: Any, haplotypes_b: Any) -> NDArray[np.int64]:
    """People with these haplotypes, and room for their children."""
    made = np.zeros((4, len(haplotypes_a)), np.int64)
    made[0] = np.asarray(haplotypes_a, np.int64) | HUMAN
    made[1] = np.asarray(haplotypes_b, np.int64) | HUMAN
    return made


def heterozygosity(scenario: Scenario, sample: int) -> Measured:
    """H_t / H_0 after as many generations as there are people, over six loci."""
    size = passed = 50
    stage = Stage(scenario)
    kept = np.zeros(sample)
    for trial in range(sample):
        stage.reseed(trial)
        people = folk([63] * 15 + [0] * 35, [63] * 15 + [0] * 35)
        generations(stage.city, people, size, 1, 0, passed)
        p = np.array([((people[:2] >> locus) & 1).mean() for locus in range(6)])
        kept[trial] = (p * (1 - p)).mean() / (0.3 * 0.7)
    return average(kept, (1 - 1 / (2 * size)) ** passed)


def fixed(advantage_ppm: int) -> Any:
    """How often ten copies of a hundred are fixed."""

    def measure(scenario: Scenario, sample: int) -> Measured:
        stage = Stage(scenario)
        people = folk(np.zeros(50), np.zeros(50))
        won = 0
        for trial in range(sample):
            stage.reseed(trial)
            won += fixation(stage.city, people, 50, 10, advantage_ppm)
        expected = theory.wright_fisher_fixation(50, advantage_ppm / 1e6, 10) if advantage_ppm else 0.1
        return share(won, sample, expected)

    return measure


def one_mutant(scenario: Scenario, sample: int) -> Measured:
    """How often one clone of 40 that is born 1.1 times as often takes over."""
    stage = Stage(scenario)
    people = folk(np.zeros(40), np.zeros(40))
    won = 0
    for trial in range(sample):
        stage.reseed(trial)
        won += moran(stage.city, people, 40, 50_000)  # both haplotypes carry it: 1 + 2 x 0.05
    return share(won, sample, theory.ruin(1.1, 40))


def two_demes(share_a: float, share_b: float) -> Any:
    """Heterozygotes among the children of two demes that do not mix, one locus."""

    def measure(scenario: Scenario, sample: int) -> Measured:
        size = sample // 2
        alleles = np.zeros((2, 2 * size), np.int64)
        frequency = []
        for deme, wanted in enumerate((share_a, share_b)):
            carriers = round(wanted * size)
            alleles[:, deme * size : deme * size + carriers] = 1
            frequency.append(carriers / size)
        people = folk(alleles[0], alleles[1])
        generations(Stage(scenario).city, people, size, 2, 0, 1)
        p = np.array(frequency)
        mean = float(p.mean())
        expected = 2 * mean * (1 - mean) - 2 * float(p.var())
        mixed = int(((people[0] ^ people[1]) & 1).sum())
        error = sqrt(float((2 * p * (1 - p) * (1 - 2 * p * (1 - p))).mean()) / (2 * size))
        return Measured(expected, mixed / (2 * size), error)

    return measure


def dawn(scenario: Scenario, sample: int) -> Measured:
    """How far the frequency of a locus in a village of the first day is from the world's: its variance, six loci."""
    stage = Stage(scenario)
    persons = stage.city.persons
    people = 60
    p = scenario.gene_frequency_ppm / 1e6
    off = np.zeros(sample)
    for trial in range(sample):
        stage.reseed(trial)
        for i in range(people):
            a = b = 0
            for locus in range(6):
                word, other, _, _ = draws(int(stage.city.knobs.seed), R_SAMPLE, 0, i, locus)
                a |= first_allele(stage.city, scenario.gene_frequency_ppm, 0, 2 * i, a, locus, word) << locus
                b |= first_allele(stage.city, scenario.gene_frequency_ppm, 0, 2 * i + 1, a, locus, other) << locus
            persons[i, [Persons.haplotype_a, Persons.haplotype_b]] = a, b
        haplotypes = persons[:people, [Persons.haplotype_a, Persons.haplotype_b]]
        off[trial] = np.mean([(((haplotypes >> locus) & 1).mean() - p) ** 2 for locus in range(6)])
    fst = scenario.gene_fst_ppm / 1e6
    return average(off, p * (1 - p) * (fst + (1 - fst) / (2 * people)))


def whole_key(scenario: Scenario, sample: int) -> Measured:
    """How many children show all loci, where each haplotype carries each locus with the chance 1/2."""
    people = folk(np.full(sample, 63), np.zeros(sample))
    generations(Stage(scenario).city, people, sample, 1, 0, 1)
    carriers = int((((people[0] | people[1]) & 63) == 63).sum())
    return share(carriers, sample, (1 - (1 - 0.5) ** 2) ** scenario.gene_loci)


def linkage_decay(scenario: Scenario, sample: int) -> Measured:
    """What is left of the linkage of two loci after ten generations of 200."""
    size, passed = 200, 10
    stage = Stage(scenario)
    left = np.zeros(sample)
    first = [3] * 100 + [0] * 100
    second = [3] * 50 + [0] * 100 + [3] * 50
    for trial in range(sample):
        stage.reseed(trial)
        people = folk(first, second)
        generations(stage.city, people, size, 1, 0, passed)
        one, other = people[:2] & 1, (people[:2] >> 1) & 1
        left[trial] = (one * other).mean() - one.mean() * other.mean()
    return average(left / 0.25, theory.linkage(size, scenario.gene_crossover_ppm / 1e6, passed))


def islands(scenario: Scenario, sample: int) -> Measured:
    """F_ST of 50 demes of 25 people after 150 generations with one migrant in four generations and deme."""
    size, demes, passed = 25, 50, 150
    stage = Stage(scenario)
    within, total = np.zeros(sample), np.zeros(sample)
    half = [63, 0] * (size * demes // 2)
    for trial in range(sample):
        stage.reseed(trial)
        people = folk(half, half)
        generations(stage.city, people, size, demes, 10_000, passed)
        p = np.array([((people[:2] >> locus) & 1).reshape(2, demes, size).mean(axis=(0, 2)) for locus in range(6)])
        within[trial] = (p * (1 - p)).mean()
        total[trial] = (p.mean(axis=1) * (1 - p.mean(axis=1))).mean()
    alike, error = ratio(within, total)
    return Measured(theory.island_fst(size, demes, 0.01, passed), 1 - alike, error)


GENE = {"gene_loci": 6, "gene_crossover_ppm": 500_000}
GAMETE = ("laws.heredity.gamete",)

LIMITS = (
    Limit(
        "wright-fisher", "heterozygosity H_t / H_0, N = 50, t = 50", GAMETE, "Wright 1931", 1_500, "populations",
        heterozygosity, least=50, knobs=GENE,
    ),
    Limit("fixation-neutral", "chance of fixation, N = 50, p = 0.1", GAMETE, "Kimura 1962", 5_000, "populations", fixed(0),
          least=100, knobs={**GENE, "gene_loci": 1}),
    Limit("fixation-selected", "the same with s = 0.01", GAMETE, "Kimura 1962", 5_000, "populations", fixed(10_000),
          least=100, knobs={**GENE, "gene_loci": 1}),
    Limit("moran", "chance that one clone of 40 takes over, r = 1.1", GAMETE, "Moran 1958", 40_000, "populations", one_mutant,
          knobs={**GENE, "gene_loci": 1}),
    Limit("hardy-weinberg", "heterozygotes, 2pq, p = 0.3", GAMETE, "Hardy 1908; Weinberg 1908", 100_000, "children",
          two_demes(0.3, 0.3), knobs={**GENE, "gene_loci": 1}),
    Limit("wahlund", "heterozygotes of two demes, 2pq - 2 Var(p), p = 0.2 and 0.6", GAMETE, "Wahlund 1928", 100_000, "children",
          two_demes(0.2, 0.6), knobs={**GENE, "gene_loci": 1}),
    Limit("dawn", "variance of a locus among the first villages, p(1-p)(F + (1-F)/2n)", ("laws.remnant.first_allele",),
          "Wright 1951; Polya's urn", 1_500, "villages", dawn, least=50, knobs={"gene_fst_ppm": 150_000}),
    Limit("key", "children with the whole key, (1 - (1-p)^2)^L, p = 1/2, L = 6", GAMETE, "elementary", 100_000, "children",
          whole_key, knobs=GENE),
    Limit("linkage", "linkage D_t / D_0, r = 0.1, N = 200, t = 10", GAMETE, "Robbins 1918", 1_500, "populations",
          linkage_decay, least=50, knobs={"gene_loci": 2, "gene_crossover_ppm": 100_000}),
    Limit("islands", "F_ST of 50 demes of 25, m = 0.01, after 150 generations", GAMETE, "Wright 1943", 40, "worlds",
          islands, least=4, knobs=GENE),
)  # fmt: skip

__all__ = ["LIMITS"]
