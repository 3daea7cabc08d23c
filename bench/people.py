"""What a century of people costs, in CPU seconds of one core: this engine in outline mode against the same laws in Mesa 3.

python bench/people.py [--sizes 6 60] [--seeds N] [--keep]

First the two must agree: people alive after a century, mean over seeds, with raids off and on, for the peer's clocks of a month
and of a day. Only then speed is compared, in the same process and on the same seeds: the engine with its whole city, its graph,
its names and its chronicle; the peer (bench/mesa_peer.py) without them. Where all are asked every day (`polled`, the usual way
to write such a model) one or two worlds must do, too few to say whether they agree; it is the rule of `day`, which is compared.
A few worlds are lived in full as well, with every work of the city laid. `--keep` writes bench/results/MACHINE.json. Needs mesa
(extra `bench`).
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev
from types import SimpleNamespace

import mesa
from engine import cpu
from mesa_peer import Remnant

from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import YEAR, Series, Villages
from megastructure.time.genesis import found
from megastructure.time.years import advance

CENTURY = 100  # years
CLOCKS = {"month": 12, "day": 360, "polled": 360}  # steps a year
FEW = 4  # worlds that are lived in full
AGREE_PERCENT = 10  # the means may differ by so much,
AGREE_ERRORS = 3  # and by so many standard errors more

# One to four thousand bays; nobody but people and Safeguard acts, with one capacity and one raid rate for all.
WORLD = Scenario(
    works=0, era_year=600, strike_lead_years=200, prologue_percent=1500, growth_income=400, frontier_delay_days=9_000,
    village_people=67, capacity_base=100, service_share=10**6, world_spread=0, wanderers=0, authority=0, struggle=0, trade=0,
)  # fmt: skip


def rates(scenario: Scenario, sense: float) -> SimpleNamespace:
    """The knobs of a scenario as the peer reads them: rates a year, shares, fadings a month."""
    ppm = 1e-6
    return SimpleNamespace(
        births=scenario.birth_ppm * ppm, base=scenario.death_base_ppm * ppm, gompertz_a=scenario.gompertz_a_ppm * ppm,
        gompertz_b=scenario.gompertz_b_ppm * ppm, hunger=scenario.hunger_ppm * ppm, capacity=scenario.capacity_base,
        fission=scenario.fission_ppm * ppm, fission_success=scenario.fission_success_ppm * ppm,
        migration=scenario.migration_ppm * ppm, refuge=scenario.refuge_ppm * ppm, refound=scenario.refound_ppm * ppm,
        frequency=scenario.gene_frequency_ppm * ppm, fst=scenario.gene_fst_ppm * ppm,
        locus_loss=scenario.gene_loss_ppm * ppm, contagion=scenario.contagion_percent / 100,
        contagion_years=scenario.contagion_years, leak=scenario.contagion_leak_ppm * ppm, raids=scenario.safeguard != 0,
        raid=scenario.safeguard_raid_ppm * ppm, exposure=scenario.safeguard_exposure_ppm * ppm,
        units=scenario.safeguard_units, alert_raid=scenario.safeguard_alert_raid / 1000,
        alert_fading=(1 - scenario.safeguard_alert_decay_ppm * ppm) ** (1 / 12), village_fading=0.92 ** (1 / 12),
        barrier=scenario.safeguard_barrier_percent / 100, barrier_years=scenario.barrier_years,
        defenders=scenario.combat_defenders_percent / 100, effectiveness=scenario.combat_effectiveness_percent / 100,
        sense=sense,
    )  # fmt: skip


def engine(scenario: Scenario) -> tuple[dict[str, float], float]:
    """A century of the era in the engine: counts and CPU seconds; and the mean share of eyes around a village at its dawn."""
    city = found(scenario)
    dawn = scenario.era_year * YEAR
    advance(city, dawn + 1)
    assert city.powers.era_day == dawn
    sense = float(city.table("villages")[:, Villages.sense].mean()) / 256
    first = int(city.powers.people)
    gc.collect()
    spent = cpu(lambda: advance(city, dawn + CENTURY * YEAR))
    lived = int(city.series[int(city.sizes.series) - CENTURY : int(city.sizes.series), Series.people].sum())
    powers = city.powers
    return {
        "cpu_s": spent, "first": first, "people": int(powers.people), "raids": int(powers.raids),
        "births": int(powers.births), "person_years": lived, "bays": city.bays,
    }, sense  # fmt: skip


def peer(scenario: Scenario, sense: float, clock: str) -> dict[str, float]:
    """The same century in Mesa."""
    model = Remnant(rates(scenario, sense), scenario.villages, scenario.village_people, scenario.seed, clock)
    first = model.people
    lived = 0

    def century() -> None:
        nonlocal lived
        for _ in range(CENTURY):
            for _ in range(CLOCKS[clock]):
                model.step()
            lived += model.people

    gc.collect()
    spent = cpu(century)
    return {
        "cpu_s": spent, "first": first, "people": model.people, "raids": model.raids, "births": model.births,
        "person_years": lived,
    }  # fmt: skip


def summary(runs: list[dict[str, float]]) -> dict[str, float]:
    """Means over seeds, the standard error of the people, and microseconds for each person-year."""
    people = [run["people"] for run in runs]
    means = {name: fmean(run[name] for run in runs) for name in runs[0]}
    return means | {
        "seeds": len(runs),
        "people_error": stdev(people) / sqrt(len(people)) if len(people) > 1 else 0.0,
        "us_per_person_year": sum(run["cpu_s"] for run in runs) / sum(run["person_years"] for run in runs) * 1e6,
    }


def agree(a: dict[str, float], b: dict[str, float]) -> bool:
    """Whether the two have the same mean number of people, within the stated tolerance."""
    error = sqrt(a["people_error"] ** 2 + b["people_error"] ** 2)
    return abs(a["people"] - b["people"]) <= AGREE_PERCENT / 100 * a["people"] + AGREE_ERRORS * error


def show(who: str, seen: dict[str, float], verdict: str = "") -> None:
    """One line."""
    print(
        f"  {who:<13} {seen['seeds']:>3.0f} worlds  people {seen['first']:>6,.0f} -> {seen['people']:>6,.0f} +- "
        f"{seen['people_error']:<4.0f} births {seen['births']:>7,.0f}  raids {seen['raids']:>5.1f}  {seen['cpu_s']:>7.3f} s  "
        f"{seen['us_per_person_year']:>7.3g} us/person-year  {verdict}",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="*", default=[6, 60], help="villages of about 67 people")
    parser.add_argument("--seeds", type=int, default=0, help="worlds of each size; 0: 120 / villages + 10")
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    engine(WORLD.with_knobs(villages=2))  # compile or load
    peer(WORLD.with_knobs(villages=2), 0.0, "month")
    results: dict[str, object] = {"mesa": mesa.__version__, "python": platform.python_version()}
    for villages in asked.sizes:
        for raids in (0, 1):
            worlds = [
                WORLD.with_knobs(villages=villages, safeguard=raids, seed=seed)
                for seed in range(1, (asked.seeds or 120 // villages + 10) + 1)
            ]
            lived = [engine(world) for world in worlds]
            ours = summary([counted for counted, _ in lived])
            name = f"{67 * villages:,} people, raids {'on' if raids else 'off'}"
            print(f"\n{name}, {ours['bays']:,.0f} bays")
            show("engine", ours)
            full = summary([engine(world.with_knobs(works=1))[0] for world in worlds[:FEW]])
            show("engine, full", full)
            kept: dict[str, object] = {"engine": ours, "engine, full": full}
            results[name] = kept
            for clock in CLOCKS:
                few = clock == "polled"
                pairs = list(zip(worlds, lived))[: max(1, 12 // villages) if few else None]
                theirs = summary([peer(world, sense, clock) for world, (_, sense) in pairs])
                times = theirs["us_per_person_year"] / ours["us_per_person_year"]
                same = None if few else agree(ours, theirs)
                kept[f"mesa, {clock}"] = theirs | {"agrees": same, "times": times}
                show(f"mesa, {clock}", theirs, "DISAGREES" if same is False else f"{times:.3g} x")
    if asked.keep:
        machine = f"{platform.machine()}-{platform.processor() or platform.system()}".lower().replace(" ", "-")
        path = Path(__file__).parent / "results" / f"{machine}.json"
        before = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(before | {"people": results}, indent=1) + "\n")
        print(f"\nkept in {path}")


if __name__ == "__main__":
    main()
