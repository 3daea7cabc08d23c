"""The limits of the laws of people: life, disease, genes, the alert and the fights that it leads to."""

from __future__ import annotations

from math import exp, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import raid
from ..alert import monthly_factor
from ..allegiance import turn
from ..codes import A_SAFEGUARD, R_SAMPLE
from ..laws import combat
from ..laws.remnant import first_allele, resolve_world
from ..rng import draws, lineage
from ..scenario import Q_SAFEGUARD_ALERT_DECAY_PPM, Scenario
from ..settlement import look_around
from ..tables import (
    F_NAME,
    F_NODE,
    HUMAN,
    PE_BORN,
    PE_FEMALE,
    PE_HAPLOTYPE_A,
    PE_HAPLOTYPE_B,
    Z_PERSONS,
    Z_VILLAGES,
)
from . import theory
from .limit import Limit, Measured, average, ratio, share
from .stage import Stage
from .trials import (
    endemic,
    epidemic,
    excited,
    fades_out,
    fixation,
    generations,
    girls_born,
    lifetimes,
    moran,
    moves,
    same_fathers,
    until_all_fall,
)

DAYS = 360
YEARS_ILL = 4


def life(scenario: Scenario, sample: int) -> Measured:
    """Mean age at death."""
    stage = Stage(scenario)
    stage.village(0, 1, 100)
    lived = np.zeros(sample, np.int64)
    c = stage.city
    lifetimes(c.persons, c.villages, c.knobs, c.kin, c.homes, sample, lived)
    expected = theory.life_expectancy(scenario.gompertz_a_ppm / 1e6, scenario.gompertz_b_ppm / 1e6)
    return average(lived / DAYS, expected)


def fathers(scenario: Scenario, sample: int) -> Measured:
    """How often two children have the same father, of forty men and nineteen boys; women and boys beget nobody."""
    stage = Stage(scenario)
    stage.village(0, 60, 100)
    day = 40 * DAYS
    stage.persons[0, PE_FEMALE] = 1
    stage.persons[41:, PE_BORN] = day - 15 * DAYS + 1
    c = stage.city
    same = same_fathers(c.persons, c.knobs, c.kin, c.homes, day, sample + 1)
    return share(same, sample, 1 / 40)


def sexes(scenario: Scenario, sample: int) -> Measured:
    """How many children are girls."""
    stage = Stage(scenario, room=sample + 2)
    stage.village(0, 2, 100)
    return share(girls_born(*stage.common, sample), sample, 1 / 2)


def migration(scenario: Scenario, sample: int) -> Measured:
    """In how many months somebody leaves one of two villages for the other; no trial lasts until one is empty."""
    months, trials = 1_000, max(1, sample // 2_000)
    left = 0
    for trial in range(trials):
        stage = Stage(scenario, (2, 1, 1))
        stage.reseed(trial)
        for bay in range(2):
            stage.village(bay, 100, 200)
        left += moves(*stage.common, 40 * DAYS, months)
    return share(left, 2 * months * trials, scenario.migration_ppm / 12e6)


def spread(stage: Stage, infected: int, immune: int) -> int:
    """How many fall ill in the village of a stage."""
    c = stage.city
    return int(epidemic(c.foremen, c.persons, c.villages, c.events, c.sizes, c.knobs, infected, immune))


def outbreak(people: int, infected: int, immune: int) -> Any:
    """How many fall ill in a village of so many people."""

    def measure(scenario: Scenario, sample: int) -> Measured:
        stage = Stage(scenario)
        stage.village(0, people, people)
        fallen = np.zeros(sample)
        for trial in range(sample):
            stage.reseed(trial)
            fallen[trial] = spread(stage, infected, immune)
        n = people - infected - immune
        law = theory.final_sizes(people, n, infected, scenario.contagion_percent / 100, scenario.contagion_years)
        ill = np.arange(n + 1)
        expected = float(law @ ill)
        return Measured(expected, float(fallen.mean()), sqrt((law @ ill**2 - expected**2) / sample))

    return measure


def large_outbreak(people: int) -> Any:
    """The share of a large population that a large epidemic reaches."""

    def measure(scenario: Scenario, sample: int) -> Measured:
        stage = Stage(scenario, room=people + 2)
        stage.village(0, people, people)
        reached = []
        for trial in range(sample):
            stage.reseed(trial)
            fallen = spread(stage, 1, 0)
            if fallen > people // 10:
                reached.append(fallen / (people - 1))
        return average(reached, theory.final_size(scenario.contagion_percent / 100))

    return measure


BLOCK, UNSETTLED = 50, 200  # years: blocks of so many are all but independent; what the first years were is forgotten


def yearly(stage: Stage) -> tuple[Any, ...]:
    """What a yearly look at everybody in a village is handed."""
    c = stage.city
    return stage.common[3], c.sizes, c.knobs, c.kin, c.estates, c.homes


def endemic_level(people: int) -> Any:
    """The share of so many people that is infected in the long run, where each of the dead is replaced."""

    def measure(scenario: Scenario, sample: int) -> Measured:
        stage = Stage(scenario, room=people + 2)
        stage.village(0, people, people)
        ill = np.zeros(UNSETTLED + sample * BLOCK, np.int64)
        endemic(*yearly(stage), ill)
        blocks = ill[UNSETTLED:].reshape(sample, BLOCK).mean(axis=1) / people**2
        dies = 1 - exp(-scenario.death_base_ppm / 1e6)
        return average(blocks, theory.endemic_share(scenario.contagion_percent / 100, scenario.contagion_years, dies))

    return measure


def fade_out(people: int, most: int) -> Any:
    """How often the infection of one ends before so many are ill at once."""

    def measure(scenario: Scenario, sample: int) -> Measured:
        stage = Stage(scenario, room=people + 2)
        stage.village(0, people, people)
        ended = 0
        for trial in range(sample):
            stage.reseed(trial)
            ended += fades_out(*yearly(stage), most)
        dies = 1 - exp(-scenario.death_base_ppm / 1e6)
        return share(ended, sample, theory.dies_out(scenario.contagion_percent / 100, scenario.contagion_years, dies))

    return measure


SITES, PIONEERS, VILLAGERS = 10, 5, 49


def metapopulation(scenario: Scenario, sample: int) -> Measured:
    """Years until the last of five villages in ten bays, and of their daughters, falls.

    Of twelve bays none is more than four hops from another, so whoever parts finds a place while there is one; in two nobody
    can live. All have eyes. Villages are kept at 49 people, so that each is crowded and sensed with the same chance.
    """
    stage = Stage(scenario, (2, 2, 3), room=1024)
    c = stage.city
    c.foremen[:12, F_NAME] |= 16  # the bit that an eye goes by
    c.foremen[SITES:12, F_NODE] = 1
    for bay in range(12):
        turn(c.foremen, c.powers, c.knobs, c.fronts, c.borders, bay, A_SAFEGUARD, 0, 0)
    resolve_world(c.powers, c.knobs)
    months = np.zeros(sample)
    for trial in range(sample):
        stage.reseed(trial)
        c.sizes[[Z_PERSONS, Z_VILLAGES]] = 0  # all are dead
        for bay in range(PIONEERS):
            v = stage.village(bay, VILLAGERS, scenario.capacity_base)
            look_around(c.keys, c.slots, c.owners, c.foremen, c.villages, c.knobs, c.marks, c.reached, v)
        months[trial] = until_all_fall(*stage.common, VILLAGERS)
    parts = scenario.fission_ppm / 12e6
    falls = scenario.safeguard_raid_ppm / 12e6 * sqrt(VILLAGERS / 100)
    mean, spread = theory.last_falls(SITES, parts, falls, PIONEERS)
    return Measured(mean / 12, float(months.mean()) / 12, spread / 12 / sqrt(sample))


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
        generations(stage.knobs, people, size, 1, 0, passed)
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
            won += fixation(stage.knobs, people, 50, 10, advantage_ppm)
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
        won += moran(stage.knobs, people, 40, 50_000)  # both haplotypes carry it: 1 + 2 x 0.05
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
        generations(Stage(scenario).knobs, people, size, 2, 0, 1)
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
    knobs = stage.knobs
    persons = stage.city.persons
    people = 60
    p = scenario.gene_frequency_ppm / 1e6
    off = np.zeros(sample)
    for trial in range(sample):
        stage.reseed(trial)
        for i in range(people):
            a = b = 0
            for locus in range(6):
                word, other, _, _ = draws(int(knobs[0]), R_SAMPLE, 0, i, locus)
                a |= first_allele(persons, knobs, scenario.gene_frequency_ppm, 0, 2 * i, a, locus, word) << locus
                b |= first_allele(persons, knobs, scenario.gene_frequency_ppm, 0, 2 * i + 1, a, locus, other) << locus
            persons[i, [PE_HAPLOTYPE_A, PE_HAPLOTYPE_B]] = a, b
        haplotypes = persons[:people, [PE_HAPLOTYPE_A, PE_HAPLOTYPE_B]]
        off[trial] = np.mean([(((haplotypes >> locus) & 1).mean() - p) ** 2 for locus in range(6)])
    fst = scenario.gene_fst_ppm / 1e6
    return average(off, p * (1 - p) * (fst + (1 - fst) / (2 * people)))


def whole_key(scenario: Scenario, sample: int) -> Measured:
    """How many children show all loci, where each haplotype carries each locus with the chance 1/2."""
    people = folk(np.full(sample, 63), np.zeros(sample))
    generations(Stage(scenario).knobs, people, sample, 1, 0, 1)
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
        generations(stage.knobs, people, size, 1, 0, passed)
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
        generations(stage.knobs, people, size, demes, 10_000, passed)
        p = np.array([((people[:2] >> locus) & 1).reshape(2, demes, size).mean(axis=(0, 2)) for locus in range(6)])
        within[trial] = (p * (1 - p)).mean()
        total[trial] = (p.mean(axis=1) * (1 - p.mean(axis=1))).mean()
    alike, error = ratio(within, total)
    return Measured(theory.island_fst(size, demes, 0.01, passed), 1 - alike, error)


BASE = 19_661  # raids a month without alert, in 1/65536: 0.3
WINDOW, SETTLED = 1_200, 800  # months


def excitement(fano: bool) -> Any:
    """Raids in a window of a hundred years: their mean a month, or their variance over their mean."""

    def measure(scenario: Scenario, sample: int) -> Measured:
        stage = Stage(scenario)
        counts = np.zeros(SETTLED + WINDOW, np.int64)
        total = np.zeros(sample)
        for trial in range(sample):
            stage.reseed(trial)
            excited(stage.city.powers, stage.knobs, BASE, scenario.safeguard_alert_raid, counts)
            total[trial] = counts[SETTLED:].sum()
        fading = monthly_factor(int(stage.knobs[Q_SAFEGUARD_ALERT_DECAY_PPM])) / (1 << 30)
        jump = BASE / 65536 * ((scenario.safeguard_alert_raid * 65536 + 500) // 1000) / 65536
        mean, variance = theory.excited_counts(BASE / 65536, jump, fading, WINDOW)
        if not fano:
            return average(total / WINDOW, mean / WINDOW)
        spread = (total - mean) ** 2
        return average(spread / mean, variance / mean)

    return measure


def fights(scenario: Scenario, sample: int) -> Measured:
    """How often 60 beat 50 in the duel."""
    won = sum(combat.duel(scenario.seed, int(lineage(scenario.seed, k, 0)), 60, 50) > 0 for k in range(sample))
    return share(won, sample, theory.duel(60, 50))


def square_law(scenario: Scenario, sample: int) -> Measured:
    """Battles of up to so many on each side that end otherwise than with sqrt(a^2 - b^2) left, to the nearest whole one."""
    wrong = 0
    for a in range(1, sample + 1):
        for b in range(1, sample + 1):
            holds, left, others = combat.lanchester(a, b, 100, scenario.combat_square)
            survivors = left if holds else others
            wrong += bool(holds) != (a > b) or abs(survivors - sqrt(abs(a * a - b * b))) > 0.5
    return Measured(0, wrong, 0)


def detection(scenario: Scenario, sample: int) -> Measured:
    """How often the score of somebody who lacks one locus reaches the threshold."""
    total = np.arange(1021)
    noise = np.sign(total - 510) * ((np.abs(total - 510) * 83 + 512) // 1024)
    expected = float(theory.byte_sum()[64 + noise >= scenario.safeguard_threshold].sum())
    hits = 0
    for k in range(sample):
        word = draws(scenario.seed, R_SAMPLE, 0, k, 0)[0]
        hits += raid.threat(1, 0, 0, 0, int(word)) >= scenario.safeguard_threshold
    return share(hits, sample, expected)


GENE = {"gene_loci": 6, "gene_crossover_ppm": 500_000}
ILL = {"infection": 1, "contagion_years": YEARS_ILL}
GAMETE = ("laws.heredity.gamete",)
REPLACED = {**ILL, "contagion_percent": 300, "death_base_ppm": 50_000}
LOOK = ("laws.infection.catch_or_recover", "laws.remnant.live_year", "people.kill_person", "people.add_person")
VILLAGES = (
    "laws.remnant.keep_village", "laws.remnant.part", "settlement.free_bay", "settlement.look_around", "laws.safeguard.sense",
    "raid.hazard",
)  # fmt: skip
FALLING = {
    "fission_success_ppm": 1_000_000, "capacity_base": 50, "safeguard": 1, "safeguard_exposure_ppm": 0,
    "safeguard_threshold": 0, "safeguard_alert_raid": 0, "safeguard_units": 0,
}  # fmt: skip
BALL = "Kermack and McKendrick 1927; Ball 1986 for finite villages"

LIMITS = (
    Limit(
        "gompertz", "mean age at death, years", ("laws.remnant.live_year", "lifetable.daily_hazard", "lifetable.chance_of"),
        "Gompertz 1825", 100_000, "lives", life, knobs={"gompertz_a_ppm": 500},
    ),
    Limit("fathers", "chance that two children have one father, of 40 men", ("laws.remnant.father_of",), "elementary", 200_000,
          "children", fathers),
    Limit("sexes", "girls among children", ("laws.heredity.bear_child",), "elementary", 20_000, "births", sexes),
    Limit("migration", "months in which a village loses one person to the next one, 12 % a year",
          ("laws.remnant.keep_village", "laws.remnant.migrate"), "elementary", 100_000, "months", migration,
          least=2_000, knobs={"migration_ppm": 120_000}),
    *(
        Limit(
            f"outbreak-{r0}", f"people who fall ill of one in a village of 100, R0 = {r0 / 100:g}",
            ("laws.infection.catch_or_recover", "laws.infection.escapes"), BALL, 3_000, "epidemics", outbreak(100, 1, 0),
            knobs={**ILL, "contagion_percent": r0},
        )
        for r0 in (150, 200, 300)
    ),
    Limit(
        "herd", "the same, R0 = 2 and half of them immune: at the threshold 1 - 1/R0",
        ("laws.infection.catch_or_recover",), BALL, 3_000, "epidemics", outbreak(100, 1, 50),
        knobs={**ILL, "contagion_percent": 200},
    ),
    *(
        Limit(
            f"final-size-{r0}", f"share of 10,000 people that a large epidemic reaches, R0 = {r0 / 100:g}",
            ("laws.infection.catch_or_recover",), "Kermack and McKendrick 1927", 150, "epidemics", large_outbreak(10_000),
            least=20, knobs={**ILL, "contagion_percent": r0},
        )
        for r0 in (150, 200, 300)
    ),
    Limit(
        "fade-out", "chance that one infected in 2,000, of whom 5 % a year are replaced, starts no large outbreak, R0 = 3",
        LOOK, "Whittle 1955", 800, "introductions", fade_out(2_000, 60), least=20, knobs=REPLACED,
    ),
    Limit(
        "endemic", "share of 10,000 people, of whom 5 % a year are replaced, that is infected in the long run, R0 = 3",
        LOOK, "Bartlett 1957", 24, "half centuries", endemic_level(10_000), least=8, knobs=REPLACED,
    ),
    Limit(
        "endemic-city", "the same of 100,000", LOOK, "Bartlett 1957", 30, "half centuries", endemic_level(100_000), quick=False,
        least=10, knobs=REPLACED,
    ),
    *(
        Limit(
            name, says, VILLAGES, "Levins 1969; exact chain", sample, "worlds", metapopulation, quick=quick, least=20,
            knobs={**FALLING, "fission_ppm": parts, "safeguard_raid_ppm": falls},
        )
        for name, says, sample, quick, parts, falls in (
            ("levins", "years until the last of five villages in ten bays falls, parting with 0.24 a year while a bay is free",
             400, True, 240_000, 280_000),
            ("levins-lasting", "the same with 0.3 a year and fewer falls", 1_000, False, 300_000, 257_143),
        )
    ),
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
    Limit("hawkes-mean", "raids a month, mu / (1 - n)", ("alert.alarm", "alert.refresh_alert", "raid.units_made"),
          "Hawkes 1971", 1_500, "centuries", excitement(False), knobs={"safeguard_alert_decay_ppm": 500_000}),
    Limit("hawkes-fano", "variance / mean of raids a century, near 1 / (1 - n)^2",
          ("alert.alarm", "alert.refresh_alert", "raid.units_made"), "Hawkes 1971", 1_500, "centuries",
          excitement(True), knobs={"safeguard_alert_decay_ppm": 500_000}),
    Limit("duel", "chance that 60 beat 50", ("laws.combat.duel",), "Lanchester 1916; Brown 1963", 20_000, "fights", fights),
    Limit("square-law", "battles that leave another number than sqrt(a^2 - b^2)", ("laws.combat.lanchester",),
          "Lanchester 1916", 100, "a side", square_law, least=20),
    Limit("detection", "chance that one missing locus scores 70 or more", ("raid.threat",),
          "Green and Swets 1966", 100_000, "scores", detection, knobs={"safeguard_threshold": 70}),
)  # fmt: skip

__all__ = ["LIMITS"]
