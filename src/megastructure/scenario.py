"""How much: the knobs of a scenario, each declared once with default, unit, range and meaning; TOML in and out."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .declare import Gene, columns
from .errors import BadKnob, nearest
from .tables import H_LENGTH, H_RADIUS, Charters, Shots

MAX_TOML_BYTES = 1 << 20


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
    breeding_cost: int = knob(
        24_000, "power", 1, 10**8, "Energy at which a founder-sized bay breeds; half goes along."
    )
    children_max: int = knob(60, "-", 0, 10_000, "Children that one foreman may have.")
    claim_share_percent: int = knob(70, "%", 1, 100, "Share of its plot that a child must find free.")
    claim_retry_days: int = knob(64, "day", 1, 100_000, "How long a foreman waits after a failed claim.")
    copy_error_ppm: int = knob(19_531, "ppm", 0, 1_000_000, "Chance that the copying of a charter errs.")
    frontier_delay_days: int = knob(39_600, "day", 1, 10**7, "The longest a foreman hesitates at the frontier of its school.")
    renovation_unit_days: int = knob(60, "day", 1, 100_000, "A bay is renovated after this times the gene `renovation`.")
    life_unit_days: int = knob(200, "day", 0, 100_000, "A bay lives this times (gene `renovation` + 1500) days; 0: for ever.")
    density_floor_quarter: int = knob(112, "/255", 0, 255, "Least density of a quarter of 4 x 4 bays.")
    density_floor_block: int = knob(96, "/255", 0, 255, "Least density of a block of 2 x 2 bays.")
    terminal_share: int = knob(64, "bay", 1, 10**6, "One bay in so many has an Authority terminal in its pillar.")

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
        lines = ["# megastructure scenario"]
        for k in knobs():
            lines += ["", f"# {k.says} [{k.unit}, {k.low}..{k.high}]", f"{k.name} = {getattr(self, k.name)}"]
        if self.founder:
            lines += ["", "[founder]"] + [f"{name} = {value}" for name, value in self.founder.items()]
        for shot in self.shots:
            lines += ["", "[[shots]]"] + [f"{c.name} = {v}" for c, v in zip(columns(Shots), shot)]
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
        """A TOML file, or the name of a preset (quick, saga, giant)."""
        path = Path(path_or_preset)
        if str(path_or_preset) in presets():
            text = (files("megastructure") / "presets" / f"{path_or_preset}.toml").read_text()
            return Scenario.from_toml(text, f"preset {path_or_preset}")
        try:
            if path.stat().st_size > MAX_TOML_BYTES:
                raise BadKnob(f"{path}: {path.stat().st_size} bytes; a scenario has at most {MAX_TOML_BYTES}")
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError, ValueError) as problem:
            known = ", ".join(presets())
            raise BadKnob(f"{path_or_preset}: neither a preset ({known}) nor a readable file: {problem}") from None
        return Scenario.from_toml(text, str(path))


def knobs() -> list[Knob]:
    """All knobs in order."""
    return [
        Knob(f.name, int(f.default), **f.metadata)  # type: ignore[arg-type]
        for f in fields(Scenario)
        if f.metadata
    ]


# Places of the knobs in the vector that kernels read; in the order of declaration (a test compares).
(
    Q_SEED, Q_YEARS, Q_WORKS, Q_WORLD_RADIUS_LOTS, Q_GROWTH_INCOME, Q_TOWER_INCOME, Q_POWER_CAP, Q_POWER_GIFTS,
    Q_FOUNDER_ENERGY, Q_BREEDING_COST, Q_CHILDREN_MAX, Q_CLAIM_SHARE_PERCENT, Q_CLAIM_RETRY_DAYS, Q_COPY_ERROR_PPM,
    Q_FRONTIER_DELAY_DAYS, Q_RENOVATION_UNIT_DAYS, Q_LIFE_UNIT_DAYS, Q_DENSITY_FLOOR_QUARTER, Q_DENSITY_FLOOR_BLOCK,
    Q_TERMINAL_SHARE,
) = range(20)  # fmt: skip


def knob_vector(scenario: Scenario) -> NDArray[np.int64]:
    """All knobs as the integers that kernels read."""
    return np.array([getattr(scenario, k.name) for k in knobs()], np.int64)


def presets() -> list[str]:
    """Names of the scenarios that come with the package."""
    return ["quick", "saga", "giant"]


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


def check_shot(shot: Any) -> None:
    """Refuse a shot with a missing, wrong or out-of-range value."""
    names = [c.name for c in columns(Shots)]
    if len(shot) != len(names):
        raise BadKnob(f"shots: expected {', '.join(names)}; got {len(shot)} values")
    for name, value in zip(names, shot):
        low, high = SHOT_RANGES[name]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise BadKnob(f"shots.{name} = {value!r}: expected a whole number in {low}..{high}")
    if shot[H_LENGTH] < 2 * shot[H_RADIUS] + 1:
        raise BadKnob(f"shots.length = {shot[H_LENGTH]}: expected at least 2 x radius + 1 = {2 * shot[H_RADIUS] + 1}")


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
    names = [c.name for c in columns(Shots)]
    if not isinstance(read, dict) or sorted(read) != sorted(names):
        raise BadKnob(f"{where}: shots: each needs exactly {', '.join(names)}")
    return tuple(read[name] for name in names)


def _of(unit: str) -> str:
    return "" if unit == "-" else f" of {unit}{'s' if unit in ('year', 'day', 'lot', 'bay') else ''}"


__all__ = ["Knob", "Scenario", "check_knob", "knobs", "presets", "read_knob"]
