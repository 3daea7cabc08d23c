"""What can be said of one history in a number: outcomes, each declared once with unit, meaning and what is wanted of it.

A law matters if an outcome would be another without it (coupling.py); a world is good if its outcomes are those that were
wanted before anybody looked. So what is wanted stands here, beside what is measured, and not where the laws are tuned.

An outcome of one history is a pair, `above` and `below`. Of many histories it is the sum of the first by the sum of the second:
a share where `below` counts histories, a ratio where it counts deaths or escorts. A history in which there is nothing to ask
(no override, so nobody's age) gives 0 and 0, and does not enter.

Kinds of events are named here by their words. A kind that is not declared yet leaves out the outcomes that need it, and they
say so.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ground.city import City
from ..ground.codes import DeathCause, Ending, EventKind, Phase
from ..ground.scenario import Scenario
from ..ground.tables import YEAR, Charters, Events, Foremen, Persons, Powers, Series, Tally
from ..laws.endings import ending
from ..time.genesis import found
from ..time.years import advance
from ..told.library import secret
from ..told.significance import KNOWN, WEIGHTS, best, causes, significance
from ..words.declare import Gene, columns
from ..words.errors import MegastructureError

Array = NDArray[Any]
Pair = tuple[float, float]  # above and below

CENTURY = 100 * YEAR
GROWN = 15  # years; whoever is younger is a child
EARLY = 200  # years of the era in which a first shot is early
HEAVY = 3.0  # weight of an event that a reader remembers
DEED = 1.0  # least weight of an act that shows that somebody is there
TOLD_A_CENTURY = 8  # lines that the chronicle tells of a century, unless it is asked for more
KEPT = ("events", "series", "persons", "foremen", "charters", "powers", "tally")
# What sends units, or is done by them: whoever breaks because of it was broken by units.
FIGHTS = (
    "DISPATCH", "UNIT_MADE", "UNIT_KILLED", "VILLAGE_RESISTED", "VILLAGE_FELL", "WANDERER_WOUNDED", "INTERCEPTED",
    "BEATEN_OFF", "HUNT", "ASSAULT", "ASSAULT_BEATEN", "BAY_STORMED", "BASE_DESTROYED",
)  # fmt: skip
# Where the numbers of the kinds stand that tell of acts of Safeguard, the Wanderer, the Authority, and of what they do to
# each other: on the way, in bases and in reigns. Ends and silences (103 to 107) are nobody's acts.
ACTS = (range(40, 60), range(70, 90), range(90, 103), range(110, 135))


def known(*names: str) -> list[int]:
    """The numbers of those kinds that are declared."""
    return [int(EventKind[name]) for name in names if name in EventKind.__members__]


@dataclass(frozen=True)
class History:
    """A finished history as arrays: the tables of KEPT, the day of the dawn, the day that it came to, how it ended."""

    dawn: int
    end: int
    ending: Ending
    tables: Mapping[str, Array]
    unpeopled: Array | None = None  # the foremen of the same city without people on that day, where they were asked for

    def column(self, table: str, number: int) -> Array:
        """A column of a table."""
        return self.tables[table][:, number]

    def power(self, number: int) -> int:
        """A number of the powers."""
        return int(self.tables["powers"][0, number])

    def year(self, day: int) -> float:
        """The year of the era in which a day lies."""
        return (day - self.dawn) // YEAR

    def when(self, number: int) -> Pair:
        """The year of the era of a day of the powers; nothing where it never came."""
        day = self.power(number)
        return (self.year(day), 1) if day >= 0 else (0, 0)

    @cached_property
    def counts(self) -> Array:
        """How many events there are of each kind."""
        return np.bincount(self.kinds, minlength=256)

    @cached_property
    def kinds(self) -> Array:
        """The kind of each event."""
        return np.ascontiguousarray(self.tables["events"][:, Events.kind])

    def rows(self, *names: str) -> Array:
        """The events of these kinds, in order of time."""
        return np.asarray(self.tables["events"][np.isin(self.kinds, known(*names))])

    def count(self, *names: str) -> int:
        """How many events there are of these kinds."""
        return int(self.counts[known(*names)].sum())

    @cached_property
    def shots(self) -> Array:
        """The shots that a Wanderer fired."""
        rows = self.rows("SHOT")
        return np.asarray(rows[rows[:, Events.whom] != 0])

    @cached_property
    def overrides(self) -> Array:
        """The overrides, of all bays or of those nearby."""
        return self.rows("OVERRIDE", "OVERRIDE_LOCAL")

    @cached_property
    def ages(self) -> Array:
        """How old each was, in years, who turned the key."""
        names, born = self.column("persons", Persons.name), self.column("persons", Persons.born)
        row = {int(who): int(np.flatnonzero(names == who)[0]) for who in set(self.overrides[:, Events.who].tolist())}
        return np.array([(e[Events.day] - born[row[int(e[Events.who])]]) / YEAR for e in self.overrides])

    @cached_property
    def era(self) -> Array:
        """The years of the series that ended in the era."""
        series = self.tables["series"]
        return np.asarray(series[series[:, Series.year] * YEAR > self.dawn])

    @cached_property
    def before_override(self) -> Array:
        """The Authority's share of all bays at the end of each year of the era before the first override."""
        first = self.rows("OVERRIDE")[:1, Events.day]
        until = int(first[0]) if len(first) else self.end
        years = self.era[self.era[:, Series.year] * YEAR <= until]
        return np.asarray(years[:, Series.authority_bays] / np.maximum(1, years[:, Series.bays]))

    @cached_property
    def crossed(self) -> int:
        """The first of those years in which it has half of the bays; -1: none."""
        half = np.flatnonzero(2 * self.before_override >= 1)
        return int(half[0]) if len(half) else -1

    @cached_property
    def told(self) -> Array:
        """Which events may be told to whoever does not ask for secrets."""
        return np.asarray(KNOWN[self.kinds] & ~secret(self.tables["events"]))

    @cached_property
    def lines(self) -> Array:
        """The kinds of the lines that `megastructure chronicle` tells unless it is asked for others."""
        rows, events = np.flatnonzero(self.told), self.tables["events"]
        scores, chosen = significance(events)[rows], events[rows]
        return self.kinds[rows[best(chosen, scores, chosen[:, Events.day] // CENTURY, TOLD_A_CENTURY)]]

    @cached_property
    def broken(self) -> int:
        """How often a Wanderer was broken by units."""
        return broken_in_fights(self.tables["events"])

    @cached_property
    def living(self) -> Array:
        """The foremen whose bays have not been released."""
        foremen = self.tables["foremen"]
        return np.asarray(foremen[foremen[:, Foremen.phase] != Phase.RELEASED])


def history(city: City) -> History:
    """What a city has lived through: its own arrays, so it must not live on while they are read."""
    tables = {name: np.asarray(city.table(name), np.int64) for name in KEPT}  # a long history has millions of events
    return History(int(city.powers.era_day), int(city.day), Ending(int(ending(city))), tables)


def live(scenario: Scenario, twin: bool = False) -> History:
    """Live one history in outline to its end: as long as the scenario says, or so long after it was restored.

    twin   live the same city without people as well, up to the same day

    errors   MegastructureError: it is too short for an era of people
    """
    if scenario.people and scenario.era_year >= scenario.years:
        raise MegastructureError(
            f"years = {scenario.years}: the era of people begins in year {scenario.era_year}; expected more"
        )
    city = found(scenario.with_knobs(works=0))
    end, after = scenario.years * YEAR, scenario.after_restored_years * YEAR
    step = min(50 * YEAR, after or 50 * YEAR)  # so often it is asked whether it was restored
    while city.day < end:
        advance(city, min(city.day + step, end))
        if city.powers.restored >= 0 < after:
            end = min(end, int(city.powers.restored) + after)
    lived = history(city)
    if not twin:
        return lived
    empty = found(scenario.with_knobs(works=0, people=0))
    advance(empty, city.day)
    return replace(lived, unpeopled=empty.table("foremen").astype(np.int64))


# ---- how outcomes are declared -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """What is wanted of an outcome: from `low` to `high`, of these presets; of all where none is named."""

    low: float = -np.inf
    high: float = np.inf
    presets: tuple[str, ...] = ()

    def holds(self, value: float) -> bool:
        """Whether a value is as it was wanted."""
        return bool(self.low <= value <= self.high)


SHARE, RATIO, MEAN, MEDIAN = "share", "ratio", "mean", "median"


@dataclass(frozen=True)
class Outcome:
    """One outcome of a history.

    unit      of `above` by `below`
    says      what it is, in words
    of        the pair of a history
    figure    what is looked at in many histories: SHARE of them, RATIO of sums, MEAN or MEDIAN of one each
    group     under which heading it is shown
    wanted    for presets
    needs     kinds of events without which it cannot be asked
    own       laws whose own doing it is: that it is gone without them says nothing about whether they matter
    without   what is wanted of it where a law is switched off: the name of the ablation, and what
    """

    name: str
    unit: str
    says: str
    of: Callable[[History], Pair]
    figure: str
    group: str
    wanted: tuple[Wanted, ...] = ()
    needs: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    without: tuple[tuple[str, Wanted], ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The kinds that it needs and that are not declared."""
        return tuple(name for name in self.needs if name not in EventKind.__members__)

    def wanted_of(self, preset: str) -> Wanted | None:
        """What is wanted of it in a preset, or None."""
        for wanted in self.wanted:
            if not wanted.presets or preset in wanted.presets:
                return wanted
        return None


OUTCOMES: dict[str, Outcome] = {}
Asked = Callable[[History], Pair]


def outcome(
    group: str, unit: str, says: str, figure: str, *wanted: Wanted, needs: str = "", own: str = "",
    without: tuple[tuple[str, Wanted], ...] = (),
) -> Callable[[Asked], Asked]:  # fmt: skip
    """Declare an outcome: the function's name is its own. `needs`, `own`: words with spaces between them."""

    def declare(of: Asked) -> Asked:
        name = of.__name__
        OUTCOMES[name] = Outcome(
            name, unit, says, of, figure, group, wanted, tuple(needs.split()), tuple(own.split()), without
        )  # fmt: skip
        return of

    return declare


def outcomes(lived: History) -> dict[str, Pair]:
    """All outcomes of a history that can be asked."""
    asked = (one for one in OUTCOMES.values() if not one.missing)
    return {one.name: tuple(map(float, one.of(lived))) for one in asked}  # type: ignore[misc]


@cache
def instrument() -> str:
    """A digest of what decides the numbers: those of another instrument are not mixed with these.

    How a source is set, what it says in words, and what is wanted of an outcome (its decorator) decide no number.
    """
    house = Path(__file__).parents[1]
    h = blake2b(digest_size=8)
    for name in ("study/outcomes.py", "told/sentences.py", "told/significance.py"):
        tree = ast.parse((house / name).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                node.decorator_list = []
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
                node.body = node.body[1:]
        h.update(ast.dump(tree).encode())
    return h.hexdigest()


def yes(holds: object) -> Pair:
    """A history counts, or it does not."""
    return (1, 1) if holds else (0, 1)


def broken_in_fights(events: Array) -> int:
    """How often a Wanderer was broken by units: what led to it, or what led to that on the same day, is a fight.

    Only the same day is looked through: what began a mission years ago may be a fight too, and broke nobody.
    """
    broken = np.flatnonzero(events[:, Events.kind] == EventKind.WANDERER_DORMANT)
    if not len(broken):
        return 0
    above, fights, count = causes(events), known(*FIGHTS), 0
    for row in broken:
        cause = above[row]
        while cause >= 0 and events[cause, Events.kind] not in fights:
            cause = above[cause] if events[cause, Events.day] == events[row, Events.day] else -1
        count += cause >= 0
    return int(count)


# ---- how it ends ---------------------------------------------------------------------------------------------------------

LABEL = Wanted(0.1, 0.5)


@outcome("ends", "of histories", "restored", SHARE, LABEL)
def restored(h: History) -> Pair:
    return yes(h.ending == Ending.RESTORED)


@outcome("ends", "of histories", "extinct", SHARE, LABEL)
def extinct(h: History) -> Pair:
    return yes(h.ending == Ending.EXTINCT)


@outcome("ends", "of histories", "locked: a locus of the key is in nobody alive", SHARE, LABEL)
def locked(h: History) -> Pair:
    return yes(h.ending == Ending.LOCKED)


@outcome("ends", "of histories", "contested to the end", SHARE, LABEL)
def contested(h: History) -> Pair:
    return yes(h.ending == Ending.CONTESTED)


@outcome("ends", "of histories", "restored before year 100 of the era", SHARE, Wanted(0, 0.05))
def restored_early(h: History) -> Pair:
    day = h.power(Powers.restored)
    return yes(day >= 0 and h.year(day) < 100)


@outcome("ends", "year of the era", "when it was restored, where it was", MEDIAN)
def restored_year(h: History) -> Pair:
    return h.when(Powers.restored)


@outcome("ends", "year of the era", "when the people died out, where they did", MEDIAN)
def extinct_year(h: History) -> Pair:
    return h.when(Powers.extinct)


@outcome("ends", "year of the era", "when a locus was first in nobody alive, where one was", MEDIAN)
def locked_year(h: History) -> Pair:
    return h.when(Powers.locked)


@outcome("ends", "relapse", "relapses after it was restored, of those restored", RATIO)
def relapsed(h: History) -> Pair:
    return (h.power(Powers.relapsed) >= 0, h.power(Powers.restored) >= 0)


@outcome("ends", "people by people", "people a century after it was restored, by those when it was", MEDIAN, Wanted(1.5))
def people_after_restored(h: History) -> Pair:
    day = h.power(Powers.restored)
    then = h.tables["series"][:, Series.year] == day // YEAR
    later = h.tables["series"][:, Series.year] == day // YEAR + 100
    if day < 0 or not then.any() or not later.any():
        return 0, 0
    people = h.column("series", Series.people)
    return float(people[later][0]), float(people[then][0])


# ---- the gun -------------------------------------------------------------------------------------------------------------


@outcome("the gun", "of histories", "a Wanderer fires", SHARE, Wanted(0.9, presets=("quick",)), own="gun wanderer")
def shot_ever(h: History) -> Pair:
    return yes(len(h.shots))


@outcome(
    "the gun",
    "of histories",
    "he fires in the first 200 years of the era",
    SHARE,
    Wanted(0.7, presets=("quick",)),
    own="gun wanderer",
)
def shot_early(h: History) -> Pair:
    return yes((h.shots[:, Events.day] < h.dawn + EARLY * YEAR).any())


@outcome(
    "the gun", "shots", "shots of a Wanderer", MEDIAN,
    Wanted(3, presets=("quick",)), Wanted(8, presets=("world",)), Wanted(15, presets=("saga",)), own="gun wanderer",
)  # fmt: skip
def shots(h: History) -> Pair:
    return len(h.shots), 1


@outcome("the gun", "of histories", "he is wounded", SHARE, Wanted(0.8), own="wanderer")
def wounded(h: History) -> Pair:
    return yes(h.count("WANDERER_WOUNDED"))


@outcome("the gun", "of histories", "units break him: he lies dormant because of a fight", SHARE, Wanted(0.5), own="wanderer")
def broken_by_units(h: History) -> Pair:
    return yes(h.broken)


@outcome("the gun", "times", "how often units break him", MEAN, own="wanderer")
def times_broken(h: History) -> Pair:
    return h.broken, 1


@outcome("the gun", "units", "units destroyed, by him or by villages", MEAN, own="gun combat safeguard")
def units_killed(h: History) -> Pair:
    return h.count("UNIT_KILLED"), 1


# ---- carriers and the key ------------------------------------------------------------------------------------------------


@outcome("the key", "escorts", "escorts begun", MEAN, own="wanderer")
def escorts(h: History) -> Pair:
    return h.count("ESCORT_BEGUN"), 1


@outcome("the key", "escorts", "escorts that arrive at a terminal", MEAN, own="wanderer")
def escorts_arrived(h: History) -> Pair:
    return h.count("ESCORT_ARRIVED"), 1


@outcome(
    "the key", "of escorts", "escorts lost, of those begun", RATIO, Wanted(0.4, 0.7), own="wanderer",
    without=(("safeguard", Wanted(0, 0.1)),),
)  # fmt: skip
def escorts_lost(h: History) -> Pair:
    return h.count("ESCORT_LOST"), h.count("ESCORT_BEGUN")


@outcome(
    "the key", "overrides", "overrides, of all bays or of those nearby", MEDIAN, Wanted(3, presets=("world",)), own="authority"
)
def overrides(h: History) -> Pair:
    return len(h.overrides), 1


@outcome("the key", "year of the era", "the first override of all bays, where there is one", MEDIAN, own="authority")
def override_year(h: History) -> Pair:
    return h.when(Powers.overridden)


@outcome("the key", "years", "how old those are who turn the key, on average of a history", MEDIAN)
def override_age(h: History) -> Pair:
    return float(h.ages.sum()), len(h.ages)


@outcome("the key", "of overrides", "overrides by somebody under 15", RATIO, Wanted(0, 0))
def overrides_by_children(h: History) -> Pair:
    return int((h.ages < GROWN).sum()), len(h.ages)


@outcome(
    "the key",
    "of living bays",
    "bays that an override with the whole key reaches, on average of a history",
    MEDIAN,
    Wanted(0.1, 0.5),
    own="authority reigns",
)
def override_reach(h: History) -> Pair:
    rows, bays = h.rows("OVERRIDE"), h.column("series", Series.bays)
    if not len(rows) or not len(bays):
        return 0, 0
    year = np.minimum(rows[:, Events.day] // YEAR, len(bays) - 1)
    return float((rows[:, Events.magnitude] / np.maximum(1, bays[year])).sum()), len(rows)


@outcome("the key", "carriers", "carriers born", MEAN, own="heredity")
def carriers_born(h: History) -> Pair:
    return h.count("CARRIER_BORN"), 1


@outcome("the key", "loci", "loci of the key that died out", MEAN, own="heredity")
def loci_lost(h: History) -> Pair:
    return h.count("LOCUS_LOST"), 1


@outcome("the key", "people", "people whom the Wanderer tested", MEAN, own="wanderer")
def tests(h: History) -> Pair:
    return h.count("PERSON_TESTED"), 1


# ---- the powers ----------------------------------------------------------------------------------------------------------


@outcome(
    "the powers",
    "of histories",
    "the Authority has half of all bays before any override with the whole key",
    SHARE,
    Wanted(0.4),
)
def authority_crosses(h: History) -> Pair:
    return yes(h.crossed >= 0)


@outcome("the powers", "of those", "it is down to 45 % again after that, still before any override", RATIO, Wanted(0.4))
def authority_turns_back(h: History) -> Pair:
    if h.crossed < 0:
        return 0, 0
    return yes((h.before_override[h.crossed :] <= 0.45).any())


@outcome("the powers", "of bays", "bays that obey the Authority, over the era", RATIO, own="authority")
def authority_share(h: History) -> Pair:
    return int(h.era[:, Series.authority_bays].sum()), int(h.era[:, Series.bays].sum())


@outcome("the powers", "of bays", "bays that obey Safeguard, over the era", RATIO, own="struggle")
def safeguard_share(h: History) -> Pair:
    return int(h.era[:, Series.safeguard_bays].sum()), int(h.era[:, Series.bays].sum())


@outcome("the powers", "reigns", "reigns begun", MEAN, needs="REIGN_BEGUN", own="authority reigns")
def reigns(h: History) -> Pair:
    return h.count("REIGN_BEGUN"), 1


@outcome("the powers", "of reigns", "reigns that fall, of those begun", RATIO, Wanted(0.3, 0.7), needs="REIGN_BEGUN REIGN_FELL")
def reigns_fallen(h: History) -> Pair:
    return h.count("REIGN_FELL"), h.count("REIGN_BEGUN")


@outcome("the powers", "bases", "bases of Safeguard founded", MEAN, needs="BASE_FOUNDED", own="safeguard struggle bases")
def bases(h: History) -> Pair:
    return h.count("BASE_FOUNDED"), 1


@outcome("the powers", "of bases", "bases destroyed, of those founded", RATIO, needs="BASE_FOUNDED BASE_DESTROYED")
def bases_destroyed(h: History) -> Pair:
    return h.count("BASE_DESTROYED"), h.count("BASE_FOUNDED")


@outcome("the powers", "flips a year", "bays won over, a year of the era", RATIO, own="struggle")
def flips(h: History) -> Pair:
    return h.count("BAY_FLIPPED"), len(h.era)


@outcome("the powers", "nodes", "living nodes of the Authority, on average of the era", RATIO, own="authority")
def nodes(h: History) -> Pair:
    return int(h.era[:, Series.nodes].sum()), len(h.era)


@outcome("the powers", "-", "the alert of Safeguard, on average of the era", RATIO, own="safeguard")
def alert(h: History) -> Pair:
    return float(h.era[:, Series.alert].sum()) / 65536, len(h.era)


@outcome("the powers", "raids", "dispatches against villages", MEAN, own="safeguard")
def raids(h: History) -> Pair:
    return h.count("DISPATCH"), 1


@outcome("the powers", "raids a village and year", "dispatches by years that villages stood", RATIO, own="safeguard")
def raid_rate(h: History) -> Pair:
    return h.count("DISPATCH"), int(h.era[:, Series.villages].sum())


@outcome(
    "the powers",
    "of villages sensed",
    "villages in which Safeguard finds no threat, of those that an eye notices",
    RATIO,
    own="safeguard",
)
def spared(h: History) -> Pair:
    return h.count("SPARED"), h.count("SENSED")


@outcome("the powers", "meetings", "eyes that notice somebody on the way", MEAN, needs="INTERCEPTED", own="safeguard wanderer")
def intercepted(h: History) -> Pair:
    return h.count("INTERCEPTED"), 1


@outcome("the powers", "hunts", "hunts for the Wanderer", MEAN, needs="HUNT", own="safeguard wanderer")
def hunts(h: History) -> Pair:
    return h.count("HUNT"), 1


# ---- people --------------------------------------------------------------------------------------------------------------


@outcome("people", "people", "people at the end", MEDIAN)
def people_end(h: History) -> Pair:
    return h.power(Powers.people), 1


@outcome("people", "people", "the most people at the end of a year", MEDIAN)
def people_peak(h: History) -> Pair:
    return int(h.era[:, Series.people].max(initial=0)), 1


@outcome("people", "person-years", "years lived in the era, all people together", MEDIAN)
def person_years(h: History) -> Pair:
    return int(h.era[:, Series.people].sum()), 1


@outcome("people", "people", "people, on average of the years of the era in which somebody lived", RATIO)
def people_mean(h: History) -> Pair:
    people = h.era[:, Series.people]
    return int(people.sum()), int((people > 0).sum())


def died(h: History, cause: DeathCause) -> Pair:
    rows = h.rows("PERSON_DIED")
    return int((rows[:, Events.magnitude] == cause).sum()), len(rows)


@outcome("people", "of deaths", "killed by units", RATIO, Wanted(0.12, 0.35), own="safeguard")
def deaths_by_units(h: History) -> Pair:
    return died(h, DeathCause.UNITS)


@outcome("people", "of deaths", "died of hunger", RATIO, own="remnant")
def deaths_by_hunger(h: History) -> Pair:
    return died(h, DeathCause.HUNGER)


@outcome("people", "of deaths", "died on a journey or with nowhere to go", RATIO, own="remnant wanderer")
def deaths_on_the_way(h: History) -> Pair:
    rows = h.rows("PERSON_DIED")
    return int(np.isin(rows[:, Events.magnitude], (DeathCause.JOURNEY, DeathCause.EXPOSED)).sum()), len(rows)


@outcome("people", "of people", "people who ever had the infection, of all who lived", RATIO, own="infection")
def infected(h: History) -> Pair:
    return int((h.column("persons", Persons.infected_day) >= 0).sum()), len(h.tables["persons"])


@outcome("people", "villages", "villages founded after the dawn", MEAN, own="remnant")
def villages_founded(h: History) -> Pair:
    return h.count("VILLAGE_FOUNDED"), 1


@outcome("people", "villages", "villages that fell to units", MEAN, own="safeguard combat")
def villages_fallen(h: History) -> Pair:
    return h.count("VILLAGE_FELL"), 1


@outcome("people", "villages", "times that a village beat units off", MEAN, own="safeguard combat")
def villages_resisted(h: History) -> Pair:
    return h.count("VILLAGE_RESISTED"), 1


@outcome("people", "villages", "villages standing, on average of the era", RATIO, own="remnant")
def villages_mean(h: History) -> Pair:
    return int(h.era[:, Series.villages].sum()), len(h.era)


@outcome("people", "villages", "times that builders drive a village out", MEAN, needs="DRIVEN_OUT", own="construction eviction")
def driven_out(h: History) -> Pair:
    return h.count("DRIVEN_OUT"), 1


@outcome("people", "purges", "times that a third of the people were dead within fifty years", MEAN)
def purges(h: History) -> Pair:
    return h.count("PURGE"), 1


# ---- the city ------------------------------------------------------------------------------------------------------------


@outcome("the city", "bays", "bays ever claimed", MEDIAN, own="replication")
def foremen(h: History) -> Pair:
    return len(h.tables["foremen"]), 1


@outcome("the city", "charters", "charters ever written", MEDIAN, own="replication")
def charters(h: History) -> Pair:
    return len(h.tables["charters"]), 1


@outcome("the city", "genes", "genes in which a living bay differs from the founder's, on average", MEAN, own="replication")
def genes_changed(h: History) -> Pair:
    if not len(h.living):
        return 0, 0
    genes = h.tables["charters"][:, [c.number for c in columns(Charters) if isinstance(c.col, Gene)]]
    return float((genes[h.living[:, Foremen.charter]] != genes[0]).sum(1).mean()), 1


@outcome("the city", "works", "works planned", MEDIAN, own="construction")
def works(h: History) -> Pair:
    return int(h.tables["tally"][0, Tally.planned]), 1


@outcome("the city", "power", "power charged for works", MEDIAN, own="construction power")
def charged(h: History) -> Pair:
    return int(h.tables["tally"][0, Tally.charged]), 1


@outcome(
    "the city", "of living bays", "bays that defy: none of their stop bits is left", RATIO, Wanted(0.005, 0.05), own="infection"
)
def defiant(h: History) -> Pair:
    return int((h.living[:, Foremen.stop_bits] == 0).sum()), len(h.living)


@outcome("the city", "of living bays", "bays that have been told to stop, and obey", RATIO, own="authority reigns infection")
def halted(h: History) -> Pair:
    return int((h.living[:, Foremen.halted] > 0).sum()), len(h.living)


# ---- two cities of one seed ----------------------------------------------------------------------------------------------

BUILT = (
    "born", "charter", "phase", "plan_day", "plan_done", "plan_towers", "towers", "epoch", "sites0", "sites1", "sites2",
    "sites3", "viaducts",
)  # fmt: skip


def bays_that_differ(one: Array, other: Array) -> Pair:
    """Works of bays that were built otherwise, of all works: `one` and `other` are the foremen of two histories.

    A bay was built otherwise if it is missing in one of them, or if what its foreman planned or when differs (BUILT). Huts and
    units alone change none of these columns, so a city that people live in and do not touch differs nowhere.
    """
    built = [Foremen.column_names.index(name) for name in BUILT]
    _, here, there = np.intersect1d(one[:, Foremen.name], other[:, Foremen.name], return_indices=True)
    a, b = one[here], other[there]
    same = (a[:, built] == b[:, built]).all(1)
    each = np.maximum(a[:, Foremen.planned], b[:, Foremen.planned])
    either = sum(int(side[:, Foremen.planned].sum()) for side in (one, other))
    missing = either - int(a[:, Foremen.planned].sum() + b[:, Foremen.planned].sum())
    return int(each[~same].sum()) + missing, int(each.sum()) + missing


@outcome(
    "the city", "of works", "works of bays that are built otherwise than in the same city without people", RATIO, Wanted(0.05)
)
def city_differs(h: History) -> Pair:
    return (0, 0) if h.unpeopled is None else bays_that_differ(h.tables["foremen"], h.unpeopled)


@outcome("the city", "of works", "the same, of histories in which no bay was ever told to stop", RATIO)
def unhalted_city_differs(h: History) -> Pair:
    return (0, 0) if h.count("OVERRIDE") or (h.living[:, Foremen.halted] > 0).any() else city_differs(h)


# ---- the telling ---------------------------------------------------------------------------------------------------------


@outcome(
    "the telling", "years", "the longest time without an event of weight 3 or more while people live", MEDIAN,
    Wanted(0, 25, ("world",)),
)  # fmt: skip
def longest_gap(h: History) -> Pair:
    gone = h.power(Powers.extinct)
    last = gone if gone >= 0 else h.end
    days = h.column("events", Events.day)
    days = days[(WEIGHTS[h.kinds] >= HEAVY) & (days >= h.dawn) & (days <= last)]
    return float(np.diff(np.concatenate(([h.dawn], days, [last]))).max()) / YEAR, 1


@outcome("the telling", "of lines", "lines of the chronicle that are of its two commonest kinds", MEDIAN, Wanted(0, 0.35))
def two_commonest_kinds(h: History) -> Pair:
    counts = np.sort(np.bincount(h.lines, minlength=256))
    return int(counts[-2:].sum()), int(counts.sum())


@outcome("the telling", "kinds", "kinds of events in the chronicle", MEDIAN)
def kinds_told(h: History) -> Pair:
    return len(np.unique(h.lines)), 1


@outcome(
    "the telling", "of centuries", "centuries of the era in which no act of Safeguard, the Authority or a Wanderer is told",
    RATIO, Wanted(0, 0.1),
)  # fmt: skip
def silent_centuries(h: History) -> Pair:
    whole = (h.end - h.dawn) // CENTURY
    acts = np.zeros(256, bool)
    for numbers in ACTS:
        acts[list(numbers)] = True
    days = h.column("events", Events.day)
    deed = h.told & (WEIGHTS[h.kinds] >= DEED) & (acts[h.kinds] | (h.kinds == EventKind.SHOT)) & (days >= h.dawn)
    busy = np.unique((days[deed] - h.dawn) // CENTURY)
    return whole - int((busy < whole).sum()), whole


__all__ = ["OUTCOMES", "History", "Outcome", "Pair", "Wanted", "bays_that_differ", "history", "instrument", "live", "outcomes"]
