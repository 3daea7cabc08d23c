"""Another history from the same past: a run is lived again to a year, something is changed, and time goes on.

With the same dice every draw is keyed by whom it concerns, so whoever the change does not reach lives the same life to the
day, and a fork without a change is its parent bit for bit. With new dice the seed becomes hash(seed, day, number) from that
day on: many numbers make a fan of futures.

The fork is a run directory of its own. What its registers share with the parent's is linked, not stored twice.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..ground.check import check
from ..ground.city import APPENDED, FRAMED, City, Knobs
from ..ground.codes import P_RELEASED
from ..ground.digest import digest, forget_events
from ..ground.rng import lineage
from ..ground.scenario import Scenario, knob_vector, knobs
from ..ground.tables import YEAR, Foremen
from ..society.allegiance import ring_chance, watch
from ..time.years import advance
from ..words.counts import counted
from ..words.errors import BadKnob, BadRun, MegastructureError
from .archive import Archive
from .disk import plain
from .interventions import check_words, intervene, rearm, understand
from .run import Run, load_city, noted_centuries
from .runs import RunInfo, runs_in
from .sources import laws_digest, refuse_other_laws

NOTE = "fork"  # the key under which a fork notes what was changed
DICE = ("same", "new")
FORKS_MOST = 1000
# Knobs that act once. After that day a change would be a lie, or would stop what has begun.
AT_THE_FOUNDING = ("founder", "founder_energy", "world_radius_lots")
AT_THE_STRIKE = ("infection", "strike_lead_years", "era_year")
AT_THE_DAWN = (
    "era_year", "strike_lead_years", "villages", "village_people", "world_spread", "gene_loci", "gene_frequency_ppm",
    "gene_fst_ppm", "gene_founders", "wanderers", "authority_node_share",
)  # fmt: skip
# Knobs by which foremen have reckoned the day of their next decision.
OF_DATES = (
    "growth_income", "tower_income", "power_cap", "breeding_cost", "children_max", "renovation_unit_days",
)  # fmt: skip


class Forked(NamedTuple):
    """What a fork notes of itself."""

    day: int
    changes: dict[str, Any]
    actions: tuple[str, ...]
    dice: str
    number: int

    def words(self) -> str:
        """What was changed, on one line."""
        parts = [f"{name} = {value}" for name, value in self.changes.items()] + list(self.actions)
        if self.dice == "new":
            parts.append(f"new dice ({self.number})")
        return ", ".join(parts) or "nothing changed"


def fork(
    run_dir: str | Path, at_year: int, changes: Mapping[str, Any] | None = None, actions: Iterable[str] = (),
    dice: str = "same", out: str | Path | None = None, *, number: int = 1, years: int | None = None, standalone: bool = False,
) -> Run:  # fmt: skip
    """Begin a fork of a run at the end of a year: a run of its own, open to be lived on with `advance()`.

    changes     knobs and their new values
    actions     interventions on the day of the fork, such as "kill Dramo Keisk" (interventions.VERBS)
    dice        "same", or "new": other draws from that day on, a different future for each `number`
    out         the new run directory. Default: beside the parent, NAME-at-YEAR
    years       how long the fork is to run. Default: as long as the parent was asked to
    standalone  share no file with the parent
    errors      BadRun, BadKnob, CannotWrite, MegastructureError; nothing is written then
    """
    return Crossroads(run_dir, at_year, changes, actions).take(dice, out, number, years, standalone)


class Crossroads:
    """A run on the day of a fork, lived again under its own scenario from the newest frame before; then one change.

    `take` begins a fork; it can be called again for another number of new dice.
    """

    def __init__(
        self, run_dir: str | Path, at_year: int, changes: Mapping[str, Any] | None = None, actions: Iterable[str] = (),
        progress: Callable[[int], None] | None = None,
    ) -> None:  # fmt: skip
        asked = dict(changes or {})
        self.actions = tuple(actions)
        self.day = at_year * YEAR
        self.parent = Archive.open_to_read(run_dir)
        self.changes = {k: v for k, v in asked.items() if getattr(self.parent.scenario, k, None) != v}
        check_fork(self.parent, at_year, asked, self.actions)
        in_outline = self.changes.get("works") == 0
        self.city = load_city(self.parent, self.day, in_outline, compare=True)
        while self.city.day < self.day:
            advance(self.city, min(self.day, self.city.day + YEAR))
            if progress:
                progress(self.city.day)
        known = [c.digest for c in self.parent.commits if c.day == self.day]
        if known and not in_outline and known[0] != digest(self.city):
            raise BadRun(f"{run_dir}: day {self.day:,} came out differently when it was lived again; see megastructure verify")
        _check_taken_effect(self.city, self.changes)
        self.understood = understand(self.city, self.actions)

    def take(
        self, dice: str = "same", out: str | Path | None = None, number: int = 1, years: int | None = None,
        standalone: bool = False,
    ) -> Run:  # fmt: skip
        """Begin a fork in a new directory. errors   as `fork`"""
        if dice not in DICE:
            raise MegastructureError(f"--dice {dice}: expected same or new")
        directory = Path(os.path.abspath(out if out is not None else self.place(dice, number)))
        scenario = self._scenario(dice, number, years)
        city = copy.deepcopy(self.city)
        self._change(city, scenario)
        try:
            check(city)
        except AssertionError as problem:
            raise AssertionError(f"an intervention has broken the city: {problem}") from problem
        noted = Forked(self.day, self.changes, tuple(one.said for one in self.understood), dice, number)
        where = way_to(self.parent.directory, directory)
        remarks = "".join(
            f"# {plain(line)}\n"
            for line in (f"forked from {where} at the end of year {self.day // YEAR}, day {self.day}:", noted.words(), "")
        )
        common = {name: len(self.city.table(name)) for name in APPENDED}
        common["events"] += int(self.city.sizes.events_before)
        beyond = {name: self._beyond(city, name, common) for name in APPENDED}
        frame = {name: city.table(name).astype(np.int64) for name in FRAMED}
        centuries = [asdict(c) for c in noted_centuries(self.parent) if c.year * YEAR <= self.day]
        notes = {NOTE: json.dumps(noted._asdict()), "centuries": json.dumps(centuries)}
        archive = Archive.create(directory, scenario, laws_digest(), (where, self.day), remarks, notes)
        try:
            archive.inherit(self.parent, self.day, digest(city), common, beyond, frame, standalone)
            forget_events(city)
            return Run(archive, city)
        except BaseException:
            archive.close()
            raise

    def place(self, dice: str, number: int) -> Path:
        """Beside the parent: NAME-at-YEAR, of new dice NAME-at-YEAR-NUMBER; with a further number when that is taken."""
        name = f"{self.parent.directory.name}-at-{self.day // YEAR}" + (f"-{number:02d}" if dice == "new" else "")
        path, again = self.parent.directory.with_name(name), 2
        while os.path.lexists(path):
            path, again = path.with_name(f"{name}-{again}"), again + 1
        return path

    def _scenario(self, dice: str, number: int, years: int | None) -> Scenario:
        before = self.parent.scenario
        wanted = before.years if years is None else years
        if wanted * YEAR <= self.day:
            raise MegastructureError(
                f"--at {self.day // YEAR}: nothing is left to live of {counted('year', wanted)}; expected more --years"
            )
        seed = int(lineage(before.seed, self.day, number)) if dice == "new" else before.seed
        shots = before.shots + tuple(one.shot for one in self.understood if one.shot)
        return before.with_knobs(**{**self.changes, "years": wanted, "seed": seed, "shots": shots})

    def _change(self, city: City, scenario: Scenario) -> None:
        before = city.knobs
        city.scenario = scenario
        city.put("knobs", knob_vector(scenario))
        city.order_shots(scenario)
        if any(name in self.changes for name in OF_DATES):
            for n in range(int(city.sizes.foremen)):
                rearm(city, before, n, city.day)
        set_clocks(city, before)
        if "safeguard_raid_ppm" in self.changes and city.powers.era_day >= 0:
            old, new = self.parent.scenario.safeguard_raid_ppm, scenario.safeguard_raid_ppm
            drawn = int(city.powers.raid_ppm)
            city.powers.raid_ppm = drawn * new // old if old else new
        if self.understood:
            intervene(city, self.understood)

    def _beyond(self, city: City, name: str, common: Mapping[str, int]) -> np.ndarray:
        """The rows of a register that stand in no file of the parent that can be shared."""
        shared = sum(p.rows for p in self.parent.whole_parts(common)[name])
        rows = city.table(name)
        if name != "events":
            return rows[shared:]
        written = int(city.sizes.events_before)  # and not kept in memory
        return np.concatenate([self.parent.read(name, min(shared, written), written), rows[max(0, shared - written) :]])


def way_to(parent: Path, directory: Path) -> str:
    """Where a parent lies, seen from a fork; from another drive, where no such way leads, from the root."""
    try:
        return os.path.relpath(parent, directory)
    except ValueError:
        return str(parent)


def set_clocks(city: City, before: Knobs) -> None:
    """Bays that are asked in the struggle at another rate, or by other dice, wait anew; `before`: the knobs until now.

    A bay that is asked with a constant chance a year forgets how long it has waited, so a clock may be drawn anew on any day.
    """
    if city.powers.spread_since < 0:
        return
    other_dice = before.seed != city.knobs.seed
    changed = [other_dice or ring_chance(before, side) != ring_chance(city.knobs, side) for side in range(3)]
    for n in range(int(city.sizes.foremen)):
        if city.foremen[n, Foremen.phase] != P_RELEASED and changed[city.foremen[n, Foremen.allegiance]]:
            watch(city, n, city.day - 1)  # it may ring today


def check_fork(parent: Archive, at_year: int, changes: Mapping[str, Any], actions: Iterable[str]) -> None:
    """What can be told of a fork before its past is lived again. errors   BadRun, BadKnob, MegastructureError"""
    check_words(actions)
    _check_year(parent, at_year)
    _check_scenario(parent.scenario, changes)
    refuse_other_laws(parent, "live it again to the day of a fork")


def _check_year(parent: Archive, at_year: int) -> None:
    last = parent.last_commit
    lived = last.day // YEAR if last else 0
    begins = -(-parent.commits[0].day // YEAR) if parent.commits else 0
    if not begins <= at_year <= lived:
        elder = f"; what came before is in {parent.parent[0]}" if parent.parent and 0 <= at_year < begins else ""
        raise MegastructureError(f"--at {at_year}: expected a year in {begins}..{lived}, which this run has lived{elder}")


def _check_scenario(before: Scenario, changes: Mapping[str, Any]) -> None:
    """What no fork may change, whatever has happened. Ranges of values are checked by the scenario itself."""
    for name, instead in (("seed", "--dice new"), ("years", "--years"), ("shots", "--do 'shot ...'")):
        if name in changes:
            raise BadKnob(f"{name}: is not changed in a fork like other knobs; expected {instead}")
    before.with_knobs(**changes)
    if changes.get("works") and not before.works:
        raise BadKnob("works = 1: the parent is an outline, so there is no matter to go on with; grow a full run first")


def _check_taken_effect(city: City, changes: Mapping[str, Any]) -> None:
    struck, dawn = int(city.powers.struck), int(city.powers.era_day)
    for names, day, what in (
        (AT_THE_FOUNDING, 0, "at the founding"),
        (AT_THE_STRIKE, struck, f"when the cult struck, in year {struck // YEAR:,}"),
        (AT_THE_DAWN, dawn, f"at the dawn of the era, in year {dawn // YEAR:,}"),
    ):
        for name in names:
            if day >= 0 and name in changes:
                raise BadKnob(f"{name}: took effect {what}; a fork of year {city.day // YEAR:,} cannot change it any more")


def forked(archive: Archive) -> Forked | None:
    """What a run notes of its own beginning as a fork; None of a run that is none. errors   BadRun"""
    if NOTE not in archive.notes:
        return None
    try:
        read = json.loads(archive.notes[NOTE])
        known = {k.name for k in knobs()} | {"founder"}
        changes = {str(name): _value_of(value) for name, value in read["changes"].items() if name in known}
        return Forked(
            int(read["day"]), changes, tuple(plain(str(a)) for a in read["actions"]), plain(str(read["dice"])),
            int(read["number"]),
        )  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as problem:
        raise BadRun(f"{archive.directory}: what it notes of its fork is damaged: {plain(str(problem))}") from None


def _value_of(noted: Any) -> Any:
    """A knob's value as it was noted, or the founder's genes: whole numbers and nothing else. errors   ValueError"""
    values = noted.values() if isinstance(noted, dict) else [noted]
    if not all(isinstance(value, int) for value in values):
        raise ValueError("a knob is no whole number")
    return {plain(str(name)): value for name, value in noted.items()} if isinstance(noted, dict) else noted


def _place(path: Path) -> Path:
    """A path without dots, found without a look at the disk: where a parent lies is a stranger's word."""
    return Path(os.path.abspath(path))


class Branch(NamedTuple):
    """A run in the tree of forks: `depth` 0 for a run whose parent is not in the folder, `guide` what is drawn before it."""

    run: RunInfo
    depth: int
    guide: str


def branches(folder: str | Path) -> Iterator[Branch]:
    """The runs below a folder, each fork after its parent, siblings by day and name. errors   BadRun"""
    runs = runs_in(folder)
    known = {_place(r.path) for r in runs}
    children: dict[Path | None, list[RunInfo]] = {}
    for r in runs:
        parent = _place(r.path / r.parent[0]) if r.parent and not r.problem else None
        children.setdefault(parent if parent in known and parent != _place(r.path) else None, []).append(r)

    def below(parent: Path | None, depth: int, before: str) -> Iterator[Branch]:
        row = sorted(children.pop(parent, []), key=lambda r: (r.parent[1] if r.parent else 0, r.name))
        for number, r in enumerate(row):
            final = number == len(row) - 1
            yield Branch(r, depth, before + ("" if depth == 0 else "`- " if final else "|- "))
            yield from below(_place(r.path), depth + 1, before + ("" if depth == 0 else "   " if final else "|  "))

    yield from below(None, 0, "")
    for parent in list(children):  # runs that name each other as parents
        yield from below(parent, 0, "")


__all__ = ["Branch", "Crossroads", "Forked", "branches", "check_fork", "fork", "forked"]
