"""How much: the knobs of a scenario, each declared once with default, unit, range and meaning; TOML in and out."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..words.declare import Gene, columns
from ..words.errors import BadKnob, nearest
from ..words.handed import read_text
from .tables import Charters, Shots

MAX_TOML_BYTES = 1 << 20
TOML_HEAD = "# megastructure scenario"


@dataclass(frozen=True)
class Knob:
    """One setting: default, unit, range (both ends allowed) and meaning. `law`: it decides what happens."""

    name: str
    default: int
    unit: str
    low: int
    high: int
    says: str
    law: bool


def knob(default: int, unit: str, low: int, high: int, says: str, law: bool = True) -> Any:
    """Declare a knob of a `Scenario`."""
    return field(default=default, metadata={"unit": unit, "low": low, "high": high, "says": says, "law": law})


@dataclass(frozen=True)
class Scenario:
    """Everything that decides a history. Two runs with equal scenarios are equal bit for bit."""

    seed: int = knob(33, "-", 0, 2**63 - 1, "Names every draw: another seed is another city.")
    years: int = knob(1200, "year", 1, 100_000, "How long to run, in years of 360 days.", law=False)
    works: int = knob(1, "switch", 0, 1, "0: outline mode, the same history without its matter.", law=False)

    world_radius_lots: int = knob(0, "lot", 0, 2**19, "Bays stay within this distance (half of it up and down); 0: no bound.")
    growth_income: int = knob(230, "power", 1, 100_000, "What a founder-sized bay earns in 64 days.")
    tower_income: int = knob(14, "power", 0, 10_000, "What 2,000 cells of towers earn in 64 days.")
    power_cap: int = knob(300_000, "power", 1_000, 10**9, "The most that a bay can store.")
    power_gifts: int = knob(1, "switch", 0, 1, "Whether bays give power to poorer neighbours.")
    founder_energy: int = knob(400_000, "power", 1, 10**9, "What the first foreman begins with.")
    breeding_cost: int = knob(24_000, "power", 1, 10**8, "Energy at which a founder-sized bay breeds; half goes along.")
    children_max: int = knob(60, "-", 0, 10_000, "Children that one foreman may have.")
    claim_share_percent: int = knob(70, "%", 1, 100, "Share of its plot that a child must find free.")
    claim_retry_days: int = knob(64, "day", 1, 100_000, "How long a foreman waits after a failed claim.")
    copy_error_ppm: int = knob(19_531, "ppm", 0, 1_000_000, "Chance that the copying of a charter errs.")
    frontier_delay_days: int = knob(39_600, "day", 1, 10**7, "The longest a foreman hesitates at the frontier of its school.")
    renovation_unit_days: int = knob(60, "day", 1, 100_000, "A bay is renovated after this times the gene `renovation`.")
    life_unit_days: int = knob(200, "day", 0, 100_000, "A bay lives this times (gene `renovation` + 1500) days; 0: for ever.")
    density_floor_quarter: int = knob(44, "/255", 0, 255, "Least density of a quarter of 4 x 4 bays.")
    density_floor_block: int = knob(36, "/255", 0, 255, "Least density of a block of 2 x 2 bays.")
    terminal_share: int = knob(64, "bay", 1, 10**6, "One bay in so many has an Authority terminal in its pillar.")

    people: int = knob(1, "switch", 0, 1, "0: a city without people and powers.")
    era_year: int = knob(400, "year", 1, 100_000, "Year of the city in which the era of people begins.")
    prologue_percent: int = knob(400, "%", 10, 10_000, "Pace of growth before the era: income, and haste at a frontier.")
    infection: int = knob(1, "switch", 0, 1, "0: the cult never strikes.")
    strike_lead_years: int = knob(200, "year", 0, 100_000, "The cult strikes so many years before the era.")
    infection_link_ppm: int = knob(100_000, "ppm", 0, 1_000_000, "Chance a year that a foreman catches the code over one link.")

    villages: int = knob(64, "village", 1, 1_000, "Villages on the first day of the era.")
    village_people: int = knob(67, "person", 2, 150, "People in each of them, on average.")
    world_spread: int = knob(1, "switch", 0, 1, "1: each seed draws its own raid rate and frequency of the loci.")
    birth_ppm: int = knob(160_000, "ppm", 0, 1_000_000, "Births a year for each woman of 15 to 44.")
    death_base_ppm: int = knob(15_700, "ppm", 0, 1_000_000, "Deaths a year that have nothing to do with age.")
    gompertz_a_ppm: int = knob(500, "ppm", 0, 1_000_000, "Gompertz's law: mortality a year at birth.")
    gompertz_b_ppm: int = knob(85_000, "ppm", 0, 1_000_000, "Gompertz's law: how fast mortality grows with age, a year.")
    hunger_ppm: int = knob(12_000, "ppm", 0, 1_000_000, "Deaths a year by hunger where a village fills its capacity.")
    capacity_base: int = knob(50, "person", 1, 10_000, "People whom a bay without services feeds.")
    capacity_service: int = knob(20, "person", 0, 10_000, "People whom each bay with services within two hops feeds as well.")
    capacity_most: int = knob(150, "person", 1, 10_000, "The most people that a village can feed.")
    service_share: int = knob(12, "bay", 1, 10**6, "One bay in so many has services.")
    service_village_years: int = knob(200, "village-year", 1, 10**6, "How long services last; a renovation renews them.")
    fission_ppm: int = knob(
        25_000, "ppm", 0, 1_000_000, "Chance a year that a village above 85 % of its capacity sends out a daughter."
    )
    fission_success_ppm: int = knob(550_000, "ppm", 0, 1_000_000, "Chance that the daughter finds a place.")
    refuge_ppm: int = knob(300_000, "ppm", 0, 1_000_000, "Share of the people of a fallen village who escape.")
    refound_ppm: int = knob(400_000, "ppm", 0, 1_000_000, "Chance that they found a village of their own.")
    migration_ppm: int = knob(30_000, "ppm", 0, 1_000_000, "Chance a year that somebody leaves a village for another.")
    trade: int = knob(1, "switch", 0, 1, "Whether villages near each other even out their stores.")

    gene_loci: int = knob(6, "locus", 1, 6, "Loci of the Net Terminal Gene; who shows all of them carries the key.")
    gene_frequency_ppm: int = knob(180_000, "ppm", 0, 1_000_000, "Frequency of each locus on the first day.")
    gene_fst_ppm: int = knob(150_000, "ppm", 0, 900_000, "How much villages differ in it (F_ST).")
    gene_crossover_ppm: int = knob(500_000, "ppm", 0, 500_000, "Chance of a crossover between neighbouring loci.")
    gene_loss_ppm: int = knob(10_000, "ppm", 0, 1_000_000, "Chance that a gamete of one who had the infection loses a locus.")
    gene_founders: int = knob(0, "switch", 0, 1, "1: somebody may carry the whole key on the first day.")
    contagion_percent: int = knob(160, "%", 0, 10_000, "Basic reproduction number of the infection among people, times 100.")
    contagion_years: int = knob(4, "year", 1, 100, "How long an infected person is infectious, on average.")
    contagion_leak_ppm: int = knob(500, "ppm", 0, 1_000_000, "Chance a year to catch it from the city.")

    safeguard: int = knob(1, "switch", 0, 1, "0: Safeguard senses nobody.")
    safeguard_raid_ppm: int = knob(18_000, "ppm", 0, 10**7, "Raids a year on a village of 100 people; median of the worlds.")
    safeguard_exposure_ppm: int = knob(12_000, "ppm", 0, 10**7, "Raids a year that expeditions of a full village bring on.")
    safeguard_units: int = knob(9, "unit", 0, 60, "Units of a raid, on average and without alert; one more always comes.")
    safeguard_threshold: int = knob(64, "-", 0, 1_000, "Threat score from which units are sent.")
    safeguard_alert_raid: int = knob(150, "/1000", 0, 10_000, "What a raid adds to the alert.")
    safeguard_alert_carrier: int = knob(
        1_000, "/1000", 0, 100_000, "What a known carrier or an intrusion at a terminal adds to it."
    )
    safeguard_alert_decay_ppm: int = knob(40_000, "ppm", 0, 1_000_000, "What it loses a year.")
    safeguard_barrier_percent: int = knob(15, "%", 0, 100, "Share of raids that find a village behind a barrier.")
    safeguard_leash_days: int = knob(30, "day", 1, 360, "How long units hunt before they stand down.")
    safeguard_spares_carriers: int = knob(0, "switch", 0, 1, "1: whoever carries the whole key is not killed.")
    safeguard_notice_ppm: int = knob(3_000, "ppm", 0, 1_000_000, "Chance that an eye notices one who enters its bay.")
    safeguard_patrol: int = knob(2, "unit", 0, 60, "Units that meet whom an eye has noticed on the way; one more always comes.")
    safeguard_hunters: int = knob(6, "unit", 0, 60, "Units sent after the Wanderer, on average; one more always comes.")
    safeguard_waves: int = knob(3, "-", 0, 12, "How often hunters are sent after a known carrier or an intrusion; 0: never.")
    combat_defenders_percent: int = knob(30, "%", 0, 100, "Share of a village that defends it.")
    combat_effectiveness_percent: int = knob(35, "%", 0, 1_000, "What a defender is worth against a unit.")
    combat_square: int = knob(1, "switch", 0, 1, "1: Lanchester's square law; 0: his linear law.")

    wanderers: int = knob(1, "-", 0, 8, "How many Wanderers there are.")
    wanderer_search_days: int = knob(120, "day", 1, 3_600, "How long the search of a bay takes.")
    wanderer_finds_ppm: int = knob(1_000_000, "ppm", 0, 1_000_000, "Chance that a search finds the village of the bay.")
    wanderer_memory_years: int = knob(200, "year", 1, 100_000, "How long he remembers what he has searched.")
    wanderer_rumour_ppm: int = knob(80_000, "ppm", 0, 1_000_000, "Chance to hear of another village on a visit.")
    wanderer_return_ppm: int = knob(350_000, "ppm", 0, 1_000_000, "Chance that he goes back to a village that he knows.")
    wanderer_miss_ppm: int = knob(20_000, "ppm", 0, 1_000_000, "Chance that a test does not show a locus that is there.")
    wanderer_tries_ppm: int = knob(50_000, "ppm", 0, 1_000_000, "Chance on a visit to lead somebody who lacks one locus.")
    wanderer_loss_ppm: int = knob(
        300_000, "ppm", 0, 1_000_000, "Chance in a round that a unit which he has not brought down kills one whom he leads."
    )
    wanderer_gathers: int = knob(1, "switch", 0, 1, "Whether he leads people with missing loci to a sanctuary.")
    wanderer_journey_ppm: int = knob(4_000, "ppm", 0, 1_000_000, "Chance at each hop that a drop or hunger takes one on foot.")
    wanderer_guards: int = knob(1, "switch", 0, 1, "Whether he stays with a carrier who is a child until they are grown.")
    gun_level: int = knob(4, "-", 0, 4, "Highest level of his gun; 0: it does not fire.")
    gun_charge_days: int = knob(40, "day", 1, 360, "Days in which the gun regains a thousandth of its charge.")

    authority: int = knob(1, "switch", 0, 1, "0: no node of the Authority lives.")
    authority_tokens: int = knob(360, "/360 year", 0, 36_000, "Tokens that it gains a year while a node lives, times 360.")
    authority_node_share: int = knob(256, "bay", 1, 10**6, "It begins with one node for so many bays, and four at least.")
    authority_discovery_ppm: int = knob(
        20_000, "ppm", 0, 1_000_000, "Chance for each token spent that its node is found and lost."
    )
    barrier_years: int = knob(80, "year", 1, 1_000, "How long a barrier hides a village.")
    override_days: int = knob(30, "day", 1, 3_600, "How long a carrier must stand at a terminal.")
    struggle: int = knob(1, "switch", 0, 1, "Whether Safeguard and the Authority win bays over.")
    struggle_flip_ppm: int = knob(
        40_000, "ppm", 0, 1_000_000, "Chance a year that a bay is won over, for each neighbour that obeys the other."
    )
    struggle_safeguard_percent: int = knob(120, "%", 1, 10_000, "How much better Safeguard is at it, without alert.")
    struggle_alert_percent: int = knob(67, "%", 0, 10_000, "What full alert adds to the Authority's success.")
    struggle_carrier_percent: int = knob(150, "%", 0, 10_000, "The Authority's success near a carrier: within about six bays.")
    stop_bits: int = knob(3, "bit", 0, 8, "Bits that make a foreman obey when told to stop; one whole bit suffices.")
    override_reach_hops: int = knob(7, "hop", 0, 1_000, "How far from its terminal an override is heard, by conduits.")
    reigns: int = knob(1, "switch", 0, 1, "Whether the bays that an override reaches become a reign.")
    reign_capacity_percent: int = knob(180, "%", 100, 1_000, "What a place feeds under a reign, of what it feeds without one.")
    reign_danger_percent: int = knob(50, "%", 0, 100, "Everyday danger under a reign, of what it is without one.")
    safeguard_bases: int = knob(1, "switch", 0, 1, "Whether Safeguard makes bases.")
    safeguard_base_step: int = knob(3, "step", 0, 15, "Step of the alert from which it does; the alert is 2^(step/4) - 1.")
    safeguard_base_share: int = knob(256, "bay", 4, 10**6, "It has one base for so many of its bays at most.")
    safeguard_assault_ppm: int = knob(50_000, "ppm", 0, 1_000_000, "Chance a year that a base storms a bay of the Authority.")
    struggle_base_percent: int = knob(35, "%", 0, 10_000, "The Authority's success within two bays of a base, at most.")
    struggle_revision_years: int = knob(150, "year", 1, 100_000, "How long a revision of both codes lasts in the struggle.")
    struggle_revision_percent: int = knob(200, "%", 0, 1_000, "How much better it can make one side; 0: there is none.")
    authority_guard_percent: int = knob(400, "%", 1, 10_000, "What a guard of the Authority is worth against a unit.")
    authority_report_tokens: int = knob(180, "/360", 0, 36_000, "Tokens that the report of a Wanderer is worth, times 360.")
    stop_break_ppm: int = knob(45_000, "ppm", 0, 1_000_000, "Chance that a copy breaks a stop bit.")
    recognition_error_ppm: int = knob(
        100_000, "ppm", 0, 1_000_000, "Chance that a copy of a corrupted recognition rule errs; 0: it is the cult's for ever."
    )
    recognition_healthy_ppm: int = knob(1_000, "ppm", 0, 1_000_000, "Chance that a copy of the healthy recognition rule errs.")
    cult: int = knob(1, "switch", 0, 1, "Whether the cult's author and companions live on in a village that no eye hunts.")
    cult_reinfects_ppm: int = knob(
        100_000, "ppm", 0, 1_000_000, "Chance a year that a village of the cult gives a healed bay beside it to the code."
    )
    cult_betrays_ppm: int = knob(
        10_000, "ppm", 0, 1_000_000, "Chance a year that it betrays a node of the Authority within four hops."
    )
    after_restored_years: int = knob(
        100, "year", 0, 100_000, "A run ends so long after it was restored; 0: at its end.", law=False
    )

    driven_out: int = knob(1, "switch", 0, 1, "Whether builders drive people out of a bay that they build over or tear down.")
    walling: int = knob(1, "switch", 0, 1, "Whether shell plates and eyes on all sides wall a village in.")
    village_tap: int = knob(8, "power", 0, 1_000, "Power that a village takes from its bay a year for each of its people.")
    salvage: int = knob(150_000, "ppm", 0, 1_000_000, "Chance a year that a village in full need takes matter out of the city.")
    conduit_breaking: int = knob(
        250_000, "ppm", 0, 1_000_000, "Chance a year that an armed village that was raided breaks the conduits of an eye."
    )

    founder: Mapping[str, int] = field(default_factory=dict)  # genes of the first charter that differ from their default
    shots: tuple[tuple[int, ...], ...] = ()  # rows of Shots that the scenario fires

    def __post_init__(self) -> None:
        for k in knobs():
            check_knob(k, getattr(self, k.name))
        for name, value in self.founder.items():
            check_gene(name, value)
        for shot in self.shots:
            check_shot(shot)
        ordered = tuple(sorted(tuple(int(v) for v in s) for s in self.shots))
        check_days(ordered)
        if len(set(ordered)) < len(ordered):
            raise BadKnob("shots: two are equal; expected each to differ in day, place, axis, length or radius")
        object.__setattr__(self, "shots", ordered)
        object.__setattr__(self, "founder", dict(sorted((k, int(v)) for k, v in self.founder.items())))

    def with_knobs(self, **changes: Any) -> Scenario:
        """The same scenario with some knobs changed."""
        known = [k.name for k in knobs()]
        for name in changes:
            if name not in known and name not in ("founder", "shots"):
                raise BadKnob(f"{name}: no such knob{nearest(name, known)} (megastructure knobs lists all)")
        return replace(self, **changes)

    def to_toml(self) -> str:
        """The whole scenario as TOML, every knob written out with its meaning."""
        lines = [TOML_HEAD]
        for k in knobs():
            lines += ["", f"# {k.says} [{k.unit}, {k.low}..{k.high}]", f"{k.name} = {getattr(self, k.name)}"]
        if self.founder:
            lines += ["", "[founder]"] + [f"{name} = {value}" for name, value in self.founder.items()]
        for shot in self.shots:
            lines += ["", "[[shots]]"] + [f"{name} = {v}" for name, v in zip(SHOT_RANGES, shot)]
        return "\n".join(lines) + "\n"

    @staticmethod
    def from_toml(text: str, where: str = "scenario") -> Scenario:
        """Read a scenario; unknown keys, wrong types and values out of range are refused."""
        if len(text) > MAX_TOML_BYTES:
            raise BadKnob(f"{where}: {len(text)} characters; a scenario has at most {MAX_TOML_BYTES}")
        try:
            read = tomllib.loads(text)
        except (ValueError, RecursionError) as problem:
            raise BadKnob(f"{where}: not TOML: {problem}") from None
        return from_mapping(read, where)

    @staticmethod
    def load(path_or_preset: str | Path) -> Scenario:
        """A TOML file, or the name of a preset (quick, saga, giant, world)."""
        path = Path(path_or_preset)
        if str(path_or_preset) in presets():
            text = (files("megastructure") / "presets" / f"{path_or_preset}.toml").read_text(encoding="utf-8")
            return Scenario.from_toml(text, f"preset {path_or_preset}")
        try:
            if path.stat().st_size > MAX_TOML_BYTES:
                raise BadKnob(f"{path}: {path.stat().st_size} bytes; a scenario has at most {MAX_TOML_BYTES}")
            text = read_text(path)
        except (OSError, ValueError) as problem:
            known = ", ".join(presets())
            why = getattr(problem, "strerror", None) or problem
            raise BadKnob(f"{path_or_preset}: neither a preset ({known}) nor a readable file: {why}") from None
        return Scenario.from_toml(text, str(path))


@cache
def knobs() -> tuple[Knob, ...]:
    """All knobs in order."""
    return tuple(
        Knob(f.name, int(f.default), **f.metadata)  # type: ignore[arg-type]
        for f in fields(Scenario)
        if f.metadata
    )


# Places of the knobs in the vector that kernels read; in the order of declaration (a test compares).


def knob_vector(scenario: Scenario) -> NDArray[np.int64]:
    """All knobs as the integers that kernels read."""
    return np.array([getattr(scenario, k.name) for k in knobs()], np.int64)


def presets() -> list[str]:
    """Names of the scenarios that come with the package."""
    return ["quick", "saga", "giant", "world"]


def check_knob(k: Knob, value: Any) -> int:
    """The value as an int, or BadKnob with what is allowed."""
    if isinstance(value, bool) and k.unit == "switch":
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not k.low <= value <= k.high:
        kind = "0 or 1" if k.unit == "switch" else f"a whole number{_of(k.unit)} in {k.low}..{k.high}"
        raise BadKnob(f"{k.name} = {value!r}: expected {kind} ({k.says})")
    return value


def read_knob(name: str, text: str) -> int:
    """The value of a knob from a command line."""
    for k in knobs():
        if k.name == name.replace("-", "_"):
            word = text.strip().lower()
            if k.unit == "switch" and word in ("on", "off", "true", "false", "yes", "no"):
                return int(word in ("on", "true", "yes"))
            try:
                value: Any = int(word.replace("_", ""))
            except ValueError:
                value = text
            return check_knob(k, value)
    raise BadKnob(f"{name}: no such knob{nearest(name, [k.name for k in knobs()])} (megastructure knobs lists all)")


def check_gene(name: str, value: Any) -> None:
    """Refuse an unknown gene or a value out of its range."""
    genes = {c.name: c.col for c in columns(Charters) if isinstance(c.col, Gene)}
    if name not in genes:
        raise BadKnob(f"founder.{name}: no such gene{nearest(name, genes)}")
    gene = genes[name]
    if isinstance(value, bool) or not isinstance(value, int) or not gene.low <= value <= gene.high:
        raise BadKnob(f"founder.{name} = {value!r}: expected a whole number in {gene.low}..{gene.high} ({gene.says})")
    if name in ("pitch", "height") and value % 16:
        raise BadKnob(f"founder.{name} = {value}: expected a multiple of 16 ({gene.says})")


SHOT_RANGES = {
    "day": (0, 36_000_000), "x": (-(2**22), 2**22), "y": (-(2**22), 2**22), "z": (-(2**22), 2**22), "axis": (0, 2),
    "length": (1, 4096), "radius": (1, 32),
}  # fmt: skip
SECTORS_A_DAY = 1 << 16  # that the shots of one day may meet: some 250 of the longest and widest


def check_shot(shot: Any) -> None:
    """Refuse a shot with a missing, wrong or out-of-range value."""
    names = list(SHOT_RANGES)
    if len(shot) != len(names):
        raise BadKnob(f"shots: expected {', '.join(names)}; got {len(shot)} values")
    for name, value in zip(names, shot):
        low, high = SHOT_RANGES[name]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise BadKnob(f"shots.{name} = {value!r}: expected a whole number in {low}..{high}")
    if shot[Shots.length] < 2 * shot[Shots.radius] + 1:
        raise BadKnob(f"shots.length = {shot[Shots.length]}: expected at least 2 x radius + 1 = {2 * shot[Shots.radius] + 1}")


def sectors_met(shot: tuple[int, ...]) -> int:
    """In how many sectors of 64^3 cells the box of a shot can be, at most."""
    across = (2 * shot[Shots.radius] + 63) // 64 + 1
    return ((shot[Shots.length] + 62) // 64 + 1) * across * across


def check_days(shots: tuple[tuple[int, ...], ...]) -> None:
    """Refuse shots that make more holes on one day than can be answered: each is entered, and repaired, sector by sector."""
    met: dict[int, int] = {}
    for shot in shots:
        day = int(shot[Shots.day])
        met[day] = met.get(day, 0) + sectors_met(shot)
    for day, sectors in met.items():
        if sectors > SECTORS_A_DAY:
            raise BadKnob(
                f"shots: those of day {day:,} meet {sectors:,} sectors of 64 x 64 x 64 cells in all; expected at most "
                f"{SECTORS_A_DAY:,} on one day: fewer, shorter or thinner shots, or some of them on another day"
            )


def from_mapping(read: Mapping[str, Any], where: str) -> Scenario:
    """A scenario from parsed TOML."""
    known = {k.name: k for k in knobs()}
    given: dict[str, Any] = {}
    for name, value in read.items():
        if name == "founder" and isinstance(value, dict):
            given["founder"] = value
        elif name == "shots" and isinstance(value, list):
            given["shots"] = tuple(_shot_row(s, where) for s in value)
        elif name in known:
            given[name] = check_knob(known[name], value)
        else:
            raise BadKnob(f"{where}: {name}: no such knob{nearest(name, [*known, 'founder', 'shots'])}")
    return Scenario(**given)


def _shot_row(read: Any, where: str) -> tuple[int, ...]:
    names = list(SHOT_RANGES)
    if not isinstance(read, dict) or sorted(read) != sorted(names):
        raise BadKnob(f"{where}: shots: each needs exactly {', '.join(names)}")
    return tuple(read[name] for name in names)


def _of(unit: str) -> str:
    return "" if unit == "-" else f" of {unit}{'s' if unit in ('year', 'day', 'lot', 'bay') else ''}"


__all__ = ["Knob", "Scenario", "check_knob", "knobs", "presets", "read_knob"]
