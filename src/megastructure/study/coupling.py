"""Which law acts on what: many histories lived with and without it, on the same seeds, and what comes out otherwise.

A law can be right by itself and touch nothing. So each is taken out (an *ablation*: some knobs at the value at which it does
nothing), the same seeds are lived again, and each outcome is compared, history by history. Draws have names, so whoever the law
did not reach lives the same life in both, and what is compared is the law and not the dice.

    difference   mean of the differences of pairs; of a ratio of sums the difference of the ratios, to first order
    z            sum of the differences by the root of the sum of their squares

This z takes the spread about *no effect*, not about the mean: where k of n pairs differ, by the same amount and to the same
side, it is sqrt(k), as in McNemar's test, and never infinite. The terms of a ratio are above, less below times the ratio of
both sides together (a score test), so a history in which nothing was asked adds nothing. Sources: McNemar (1947), Psychometrika
12, 153-157; for ratios Cochran (1977), Sampling Techniques, chapter 6. Both are cited from memory.

What was lived is kept, a line of JSON for each history, so that a measurement that was stopped goes on where it was.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ground.scenario import Scenario, knobs
from ..memory.sources import laws_digest
from ..told.fan import Z_95, wilson
from ..words.errors import CannotWrite, MegastructureError
from .outcomes import MEAN, MEDIAN, OUTCOMES, RATIO, SHARE, Outcome, Pair, instrument, live, outcomes

Array = NDArray[Any]

MATTERS = 4.0  # |z| from which a law has an effect: by chance one comparison in 16,000 comes so far
SEEN = 2.0  # |z| below which nothing is shown
PAIRS_LEAST = 8  # fewer pairs say nothing
RESAMPLED = 2000  # samples of the bootstrap


# ---- what is taken out -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ablation:
    """A law, or a part of it, taken out: its knobs at the value at which it does nothing."""

    law: str
    name: str
    says: str
    knobs: tuple[tuple[str, int], ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Its knobs that are not declared."""
        declared = {k.name for k in knobs()}
        return tuple(name for name, _ in self.knobs if name not in declared)

    @property
    def changes(self) -> dict[str, int]:
        """Its knobs as changes of a scenario."""
        return dict(self.knobs)


def _of(law: str, *rows: tuple[str, str, dict[str, int]]) -> tuple[Ablation, ...]:
    return tuple(Ablation(law, name, says, tuple(changes.items())) for name, says, changes in rows)


# By law; the first of each takes out most of it. An ablation with a knob that is not declared is left out.
ABLATIONS: dict[str, tuple[Ablation, ...]] = {
    "authority": _of(
        "authority",
        ("authority", "no node lives", {"authority": 0}),
        ("tokens", "it earns no token: it warns, advises, delays, hides and spreads never", {"authority_tokens": 0}),
        ("discovery", "no node is found out", {"authority_discovery_ppm": 0}),
        ("barriers", "a barrier holds for a year", {"barrier_years": 1}),
        ("report-tokens", "a report earns nothing", {"authority_report_tokens": 0}),
    ),
    "bases": _of(
        "bases",
        ("bases", "Safeguard makes no bases", {"safeguard_bases": 0}),
        ("assaults", "its bases storm nothing", {"safeguard_assault_ppm": 0}),
        ("bases-help", "the Authority wins as well near a base", {"struggle_base_percent": 100}),
    ),
    "combat": _of(
        "combat",
        ("defence", "nobody defends a village", {"combat_defenders_percent": 0}),
        ("square", "Lanchester's linear law", {"combat_square": 0}),
        ("refuge", "nobody escapes from a fallen village", {"refuge_ppm": 0}),
    ),
    "construction": _of(
        "construction",
        ("renovation", "nothing is built over", {"renovation_unit_days": 100_000}),
        ("death-of-bays", "bays live for ever", {"life_unit_days": 0}),
        ("terminals", "next to no terminals", {"terminal_share": 1_000_000}),
    ),
    "cult": _of(
        "cult",
        ("cult", "nobody of the cult lives on", {"cult": 0}),
        ("reinfection", "its villages give no healed bay back to the code", {"cult_reinfects_ppm": 0}),
        ("betrayal", "they betray no node", {"cult_betrays_ppm": 0}),
    ),
    "eviction": _of("eviction", ("eviction", "builders drive nobody out", {"driven_out": 0})),
    "gun": _of(
        "gun",
        ("gun", "it does not fire", {"gun_level": 0}),
        ("gun-level", "its lowest level alone", {"gun_level": 1}),
        ("charge", "its charge comes back in a year for each thousandth", {"gun_charge_days": 360}),
    ),
    "heredity": _of(
        "heredity",
        ("loss", "the infection takes no locus", {"gene_loss_ppm": 0}),
        ("crossover", "haplotypes are handed on whole", {"gene_crossover_ppm": 0}),
        ("variety", "villages do not differ in their loci", {"gene_fst_ppm": 0}),
        ("one-locus", "the key is one locus", {"gene_loci": 1}),
    ),
    "infection": _of(
        "infection",
        ("strike", "the cult never strikes", {"infection": 0}),
        ("contagion", "people do not catch it", {"contagion_percent": 0, "contagion_leak_ppm": 0}),
        ("leak", "people do not catch it from the city", {"contagion_leak_ppm": 0}),
        ("breaking", "no copy breaks a stop bit", {"stop_break_ppm": 0}),
        ("stop-bits", "no foreman obeys when told to stop", {"stop_bits": 0}),
    ),
    "power": _of(
        "power",
        ("gifts", "bays give nothing to each other", {"power_gifts": 0}),
        ("tower-income", "towers earn nothing", {"tower_income": 0}),
    ),
    "reigns": _of(
        "reigns",
        ("reigns", "an override makes no reign", {"reigns": 0}),
        ("reach", "an override reaches whatever conduits join to it", {"override_reach_hops": 1000}),
        ("reign-feeds", "a place feeds no more people under a reign", {"reign_capacity_percent": 100}),
        ("reign-shelters", "everyday danger is no less under a reign", {"reign_danger_percent": 100}),
    ),
    "remnant": _of(
        "remnant",
        ("hunger", "nobody dies of hunger", {"hunger_ppm": 0}),
        ("services", "services feed nobody", {"capacity_service": 0}),
        ("wear", "services do not wear out", {"service_village_years": 1_000_000}),
        ("fission", "no village sends out a daughter", {"fission_ppm": 0}),
        ("lost-daughters", "every daughter finds a place", {"fission_success_ppm": 1_000_000}),
        ("migration", "nobody moves", {"migration_ppm": 0}),
        ("trade", "villages do not trade", {"trade": 0}),
        ("walling", "shell plates and eyes wall nobody in", {"walling": 0}),
        ("refounding", "whoever flees founds no village", {"refound_ppm": 0}),
        ("spread-of-worlds", "all worlds have the same raid rate and loci", {"world_spread": 0}),
    ),
    "replication": _of(
        "replication",
        ("copy-errors", "charters are copied without error", {"copy_error_ppm": 0}),
        ("frontier", "foremen do not hesitate at the frontier", {"frontier_delay_days": 1}),
        ("retries", "a failed claim is tried again the next day", {"claim_retry_days": 1}),
    ),
    "safeguard": _of(
        "safeguard",
        ("safeguard", "it senses nobody", {"safeguard": 0}),
        ("exposure", "expeditions are not seen", {"safeguard_exposure_ppm": 0}),
        ("alert-raid", "a raid alarms nobody", {"safeguard_alert_raid": 0}),
        ("alert-carrier", "a known carrier or an intrusion alarms nobody", {"safeguard_alert_carrier": 0}),
        ("alert-memory", "the alert is forgotten within a year", {"safeguard_alert_decay_ppm": 1_000_000}),
        ("chance-barriers", "no raid meets a barrier by chance", {"safeguard_barrier_percent": 0}),
        ("leash", "units hunt for a day", {"safeguard_leash_days": 1}),
        ("threshold", "everybody is a threat", {"safeguard_threshold": 0}),
        ("many-units", "one unit comes", {"safeguard_units": 0}),
        ("notice", "no eye notices who is on the way", {"safeguard_notice_ppm": 0}),
        ("hunt", "nobody is sent after the Wanderer", {"safeguard_waves": 0}),
    ),
    "salvage": _of(
        "salvage",
        ("salvage", "villages take no matter out of the city", {"salvage": 0}),
        ("tapping", "they take no power from their bay", {"village_tap": 0}),
        ("breaking-conduits", "they break no conduits of an eye", {"conduit_breaking": 0}),
    ),
    "struggle": _of(
        "struggle",
        ("struggle", "bays are not won over", {"struggle": 0}),
        ("flips", "healthy bays catch the rule, and none is won over", {"struggle_flip_ppm": 0}),
        ("links", "the rule does not spread over links", {"infection_link_ppm": 0}),
        ("alert-helps", "alert does not help the Authority", {"struggle_alert_percent": 0}),
        ("carrier-helps", "a carrier nearby does not help it", {"struggle_carrier_percent": 100}),
        ("revisions", "neither side's code is ever better", {"struggle_revision_percent": 0}),
        ("drift", "the cult's recognition rule is copied without error", {"recognition_error_ppm": 0}),
        ("healthy-drift", "the healthy recognition rule is copied without error", {"recognition_healthy_ppm": 0}),
    ),
    "wanderer": _of(
        "wanderer",
        ("wanderer", "there is none", {"wanderers": 0}),
        ("gathering", "he leads nobody to a sanctuary", {"wanderer_gathers": 0}),
        ("guarding", "he does not wait for a child to grow", {"wanderer_guards": 0}),
        ("rumours", "he hears of nobody", {"wanderer_rumour_ppm": 0}),
        ("returning", "he never goes back to a village", {"wanderer_return_ppm": 0}),
        ("tries", "he leads nobody who lacks a locus", {"wanderer_tries_ppm": 0}),
        ("misses", "a test shows every locus", {"wanderer_miss_ppm": 0}),
        ("losses", "nobody is lost on an escort", {"wanderer_loss_ppm": 0}),
        ("journeys", "nobody is lost among those whom he leads", {"wanderer_journey_ppm": 0}),
        ("quick-search", "a search takes a day", {"wanderer_search_days": 1}),
    ),
}

# Laws that have no ablation, and why.
LAWS_EXCUSED = {
    "endings": "it judges and acts on nobody",
    "office": "it enters matter; no law reads matter, and outline mode lives the same history without it",
}
# Rates and switches of people and powers that no ablation turns, and why.
KNOBS_EXCUSED = {
    "people": "without people there is nothing to compare; `city_differs` compares the city with and without them",
    "birth_ppm": "without births nobody is left within a century",
    "death_base_ppm": "the shape of a life, not a law of its own",
    "gompertz_a_ppm": "the shape of a life, not a law of its own",
    "gompertz_b_ppm": "the shape of a life, not a law of its own",
    "gene_frequency_ppm": "a state of the first day",
    "gene_founders": "a state of the first day; off by default",
    "safeguard_raid_ppm": "a rate of the worlds; `safeguard` takes it out",
    "safeguard_spares_carriers": "off by default",
    "wanderer_finds_ppm": "at its default a search finds whoever is there",
}


def ablations(names: Iterable[str] = ()) -> list[Ablation]:
    """The ablations that can be lived; of these names or laws, or all. errors   MegastructureError: an unknown name"""
    every = [one for rows in ABLATIONS.values() for one in rows]
    asked = list(names)
    for name in asked:
        if name not in ABLATIONS and name not in {one.name for one in every}:
            raise MegastructureError(
                f"ablation {name}: no such law or ablation; expected one of {', '.join(one.name for one in every)}"
            )
    return [one for one in every if not one.missing and (not asked or one.law in asked or one.name in asked)]


# ---- histories, kept as they come ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Job:
    """A history to live. `twin`: the same city without people is lived as well."""

    scenario: Scenario
    twin: bool = False

    @cached_property
    def key(self) -> str:
        """What it is kept under: the laws, the instrument, and everything that decides the history."""
        text = f"{laws_digest()} {instrument()} {int(self.twin)}\n{self.scenario.to_toml()}"
        return blake2b(text.encode(), digest_size=12).hexdigest()


def job_of(scenario: Scenario, seed: int, ablation: Ablation | None = None) -> Job:
    """A history of a scenario under the laws as they are, with its twin, or under an ablation."""
    if ablation is None:
        return Job(scenario.with_knobs(works=0, seed=seed), twin=True)
    return Job(scenario.with_knobs(**{**ablation.changes, "works": 0, "seed": seed}))


def lived_job(job: Job) -> tuple[dict[str, Pair], float]:
    """The outcomes of a history, and the seconds that it took."""
    start = time.perf_counter()
    try:
        found = outcomes(live(job.scenario, job.twin))
    except MegastructureError as problem:
        raise type(problem)(f"seed {job.scenario.seed}: {problem}") from None
    except Exception as problem:
        changed = {k.name: v for k in knobs() if (v := getattr(job.scenario, k.name)) != k.default}
        problem.add_note(f"in the history of {changed}")
        raise
    return found, time.perf_counter() - start


class Kept:
    """A file of lines of JSON, one for each history that was lived; without a path nothing is kept.

    A line that was cut (whoever wrote it was killed) is no history, and is lived again.
    """

    def __init__(self, path: Path | None) -> None:
        """errors   MegastructureError: it cannot be read"""
        self.path = path
        self.found: dict[str, dict[str, Any]] = {}
        self.cut = False
        if path is None or not path.exists():
            return
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError) as problem:
            raise MegastructureError(f"{path}: cannot be read: {problem}") from None
        self.cut = bool(text) and not text.endswith("\n")
        for line in text.splitlines():
            try:
                row = json.loads(line)
                self.found[row["key"]] = {name: row[name] for name in ("key", "laws", "by", "seed", "seconds", "outcomes")}
            except (ValueError, KeyError, TypeError):
                continue

    def sample(self, jobs: Sequence[Job]) -> Sample:
        """The outcomes of histories that are kept, in the order of the jobs. errors   KeyError: one was not lived"""
        return Sample([self.found[job.key]["outcomes"] for job in jobs])

    def seeds(self) -> list[int]:
        """The seeds of which some history is kept, under the laws of today and by this instrument."""
        return sorted(
            {row["seed"] for row in self.found.values() if row["laws"] == laws_digest() and row["by"] == instrument()}
        )

    def add(self, job: Job, found: Mapping[str, Pair], seconds: float) -> None:
        """Keep a history. errors   CannotWrite"""
        row = {
            "key": job.key, "laws": laws_digest(), "by": instrument(), "seed": job.scenario.seed, "seconds": round(seconds, 3),
            "outcomes": dict(found),
        }  # fmt: skip
        self.found[job.key] = row
        if self.path is None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(("\n" if self.cut else "") + json.dumps(row, separators=(",", ":")) + "\n")
            self.cut = False
        except OSError as problem:
            raise CannotWrite(f"{self.path}: {problem.strerror or problem}") from None


def live_all(
    jobs: Sequence[Job], kept: Kept, workers: int = 1, progress: Callable[[], None] = lambda: None, seconds: float = np.inf
) -> None:
    """Live histories and keep them as they come, on so many processes; those that were kept are not lived again.

    progress   called for each history that is there
    seconds    after which no more are begun
    """
    start = time.monotonic()
    waiting = {job.key: job for job in jobs if job.key not in kept.found}
    for _ in range(len(jobs) - len(waiting)):
        progress()
    todo = list(waiting.values())

    def lived(job: Job, found: tuple[dict[str, Pair], float]) -> bool:
        kept.add(job, *found)
        progress()
        return time.monotonic() - start < seconds

    # The first one is lived here: where the kernels are not compiled yet, only one process does it.
    alone = 1 if workers > 1 and len(todo) > 2 else len(todo)
    for job in todo[:alone]:
        if not lived(job, lived_job(job)):
            return
    if alone == len(todo):
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(lived_job, job): job for job in todo[alone:]}
        try:
            for done in as_completed(running):
                if not lived(running[done], done.result()):
                    break
        finally:
            pool.shutdown(cancel_futures=True)


def cores() -> int:
    """How many processes are of use here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# ---- many histories in a number --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figure:
    """An outcome of many histories. `value` with its interval of 95 %, `mean` and `median` of one each, in `n` of them."""

    outcome: Outcome
    value: float
    low: float
    high: float
    mean: float
    median: float
    n: int

    def verdict(self, preset: str) -> str:
        """`ok` or `not`, with a question mark where the interval reaches over what is wanted; empty: nothing is wanted."""
        wanted = self.outcome.wanted_of(preset)
        if wanted is None:
            return ""
        if np.isnan(self.value):
            return "?"
        holds = wanted.holds(self.value)
        sure = wanted.holds(self.low) and wanted.holds(self.high) if holds else self.high < wanted.low or self.low > wanted.high
        return ("ok" if holds else "not") + ("" if sure else "?")


class Sample:
    """The outcomes of many histories of one scenario, in order of their seeds."""

    def __init__(self, lived: Sequence[Mapping[str, Pair]]) -> None:
        self.lived = lived

    def __len__(self) -> int:
        return len(self.lived)

    def pairs(self, name: str) -> Array:
        """above and below of each history; 0 and 0 where there was nothing to ask."""
        pairs = np.array([one.get(name, (0.0, 0.0)) for one in self.lived], float).reshape(-1, 2)
        return np.where(pairs[:, 1:] > 0, pairs, 0.0)

    @cached_property
    def resampled(self) -> Array:
        """How often each history is in each sample of the bootstrap."""
        n = len(self.lived)
        rng = np.random.default_rng(33)
        return rng.multinomial(n, np.full(n, 1 / n), RESAMPLED) if n else np.zeros((0, 0), np.int64)

    def figure(self, outcome: Outcome) -> Figure:
        """An outcome with its interval: Wilson's for shares, else the bootstrap's percentiles (Efron 1979)."""
        pairs = self.pairs(outcome.name)
        asked = pairs[:, 1] > 0
        each = pairs[asked, 0] / pairs[asked, 1]
        n = len(each)
        if n == 0:
            return Figure(outcome, *(float("nan"),) * 5, 0)
        mean, median = float(each.mean()), float(np.median(each))
        if outcome.figure == SHARE:
            return Figure(outcome, mean, *wilson(int(pairs[:, 0].sum()), n), mean, median, n)
        times = self.resampled[:, asked]
        times = times[times.sum(1) > 0]
        if outcome.figure == MEDIAN:
            order = np.argsort(each, kind="stable")
            up = np.cumsum(times[:, order], 1)
            half = up[:, -1:] / 2
            above, below = (up > half).argmax(1), (up >= half).argmax(1)  # the two in the middle
            value, drawn = median, (each[order][above] + each[order][below]) / 2
        elif outcome.figure == MEAN:
            value, drawn = mean, times @ each / times.sum(1)
        else:
            assert outcome.figure == RATIO, outcome.figure
            value = float(pairs[:, 0].sum() / pairs[:, 1].sum())
            drawn = (times @ pairs[asked, 0]) / (times @ pairs[asked, 1])
        low, high = np.percentile(drawn, (2.5, 97.5))
        return Figure(outcome, value, float(low), float(high), mean, median, n)


@dataclass(frozen=True)
class Effect:
    """What an ablation does to an outcome."""

    outcome: str
    pairs: int
    difference: float  # without the law, less with it
    error: float
    z: float

    @property
    def low(self) -> float:
        """The least difference of its interval of 95 %."""
        return self.difference - Z_95 * self.error

    @property
    def high(self) -> float:
        """The greatest."""
        return self.difference + Z_95 * self.error


def effect(outcome: Outcome, whole: Sample, ablated: Sample) -> Effect:
    """An outcome without a law against with it, in pairs of histories of the same seed; NaN where there are too few."""
    assert len(whole) == len(ablated)
    one, other = whole.pairs(outcome.name), ablated.pairs(outcome.name)
    nothing = Effect(outcome.name, 0, float("nan"), float("nan"), float("nan"))
    if outcome.figure == RATIO:
        asked = (one[:, 1] > 0, other[:, 1] > 0)
        if min(int(a.sum()) for a in asked) < PAIRS_LEAST:
            return nothing
        n = int((asked[0] | asked[1]).sum())
        (above, below), (above_too, below_too) = (tuple(p.sum(0)) for p in (one, other))
        difference = float(above_too / below_too - above / below)

        def off(ratio: float, ratio_too: float) -> Array:
            """How far each pair is off, where those were the ratios; a history in which nothing was asked is not."""
            less = (one[:, 0] - ratio * one[:, 1]) / below
            return np.asarray(((other[:, 0] - ratio_too * other[:, 1]) / below_too - less) * n)[asked[0] | asked[1]]

        same = (above + above_too) / (below + below_too)  # without any effect
        d = off(same, same)
        spread = off(above / below, above_too / below_too)
    else:
        both = (one[:, 1] > 0) & (other[:, 1] > 0)
        n = int(both.sum())
        if n < PAIRS_LEAST:
            return nothing
        d = other[both, 0] / other[both, 1] - one[both, 0] / one[both, 1]
        difference, spread = float(d.mean()), d
    square = float(np.sqrt((d**2).sum()))
    z = float(d.sum()) / square if square > 0 else 0.0
    return Effect(outcome.name, n, difference, float(spread.std(ddof=1)) / np.sqrt(n), z)


def effects(whole: Sample, ablated: Sample) -> dict[str, Effect]:
    """All outcomes without a law against with it; those of a twin are not asked, for ablations have none."""
    return {name: effect(one, whole, ablated) for name, one in OUTCOMES.items() if not one.missing}


def fair(ablation: Ablation, found: Mapping[str, Effect]) -> list[Effect]:
    """The effects on outcomes that are not the law's own doing, the strongest first."""
    every = [e for e in found.values() if not np.isnan(e.z) and ablation.law not in OUTCOMES[e.outcome].own]
    return sorted(every, key=lambda e: -abs(e.z))


__all__ = [
    "ABLATIONS", "Ablation", "Effect", "Figure", "Job", "Kept", "Sample", "ablations", "effect", "effects", "fair", "job_of",
    "live_all",
]  # fmt: skip
