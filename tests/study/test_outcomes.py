"""Outcomes of small histories made by hand, each worked out on paper."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from megastructure.ground.codes import DeathCause, Ending, EventKind, Phase
from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import TABLES, YEAR
from megastructure.study import outcomes as measures
from megastructure.study.outcomes import KEPT, OUTCOMES, History, Wanted, bays_that_differ, live, outcomes
from megastructure.words.errors import MegastructureError

DAWN = 100 * YEAR
END = 400 * YEAR
KILLY, OTHER = 7, 8


def table(name: str, *rows: dict[str, int]) -> np.ndarray:
    """A table with these rows; what is not said is 0."""
    names = TABLES[name].column_names
    made = np.zeros((len(rows), len(names)), np.int64)
    for i, row in enumerate(rows):
        for column, value in row.items():
            made[i, names.index(column)] = value
    return made


def event(kind: str, year: float = 0, **said: int) -> dict[str, int]:
    """An event in a year of the era; its name is its number among those of the history unless it is said."""
    number = int(EventKind[kind]) if kind in EventKind.__members__ else 255
    return {"day": DAWN + int(year * YEAR), "kind": number, **said}


def made(*events: dict[str, int], ending: Ending = Ending.CONTESTED, end: int = END, **tables: object) -> History:
    """A history of 300 years of the era. `people`, `authority`: of each year of the era in the series; `powers`: a row."""
    powers = {"restored": -1, "relapsed": -1, "extinct": -1, "locked": -1, "overridden": -1, **tables.pop("powers", {})}
    years = range(1, end // YEAR + 1)
    columns = {
        name: tables.pop(name, {}) for name in ("people", "authority_bays", "villages", "safeguard_bays", "nodes", "alert")
    }
    series = [{"year": y, "bays": 10, **{name: of.get(y - 100, 0) for name, of in columns.items()}} for y in years]
    rows = [{"name": 1000 + i, **e} for i, e in enumerate(sorted(events, key=lambda e: e["day"]))]
    given = {"events": rows, "series": series, "powers": [powers], "tally": [{}], **tables}
    return History(DAWN, end, ending, {name: table(name, *given.get(name, [])) for name in KEPT})


def at(year: float) -> int:
    return DAWN + int(year * YEAR)


RESTORED = made(
    ending=Ending.RESTORED, powers={"restored": at(80), "relapsed": at(150), "extinct": at(250), "locked": at(90)},
    people={80: 50, 180: 90},
)  # fmt: skip
LATE = made(ending=Ending.RESTORED, powers={"restored": at(100)})
GUN = made(
    event("SHOT", 199.9, whom=KILLY), event("SHOT", 250, whom=KILLY), event("SHOT", 10, whom=0),  # the last is the scenario's
    event("DISPATCH", 20, name=1), event("WANDERER_WOUNDED", 20.1, name=2, cause=1), event("UNIT_KILLED", 20.1),
    event("WANDERER_DORMANT", 20.1, cause=2), event("WANDERER_DORMANT", 60, cause=1),  # hurt, and by a raid sent before
)  # fmt: skip
# Who lies dormant because a carrier was lost was broken by no unit, though the escort began with a raid years ago; he was where
# units killed that carrier on that day.
LOST = made(
    event("DISPATCH", 20, name=1), event("ESCORT_BEGUN", 30, name=2, cause=1), event("PERSON_DIED", 31, name=3, cause=2),
    event("ESCORT_LOST", 31, name=4, cause=3), event("WANDERER_DORMANT", 31, cause=4),
)  # fmt: skip
AMBUSHED = made(
    event("DISPATCH", 31, name=1), event("PERSON_DIED", 31, name=3, cause=1), event("ESCORT_LOST", 31, name=4, cause=3),
    event("WANDERER_DORMANT", 31, cause=4),
)  # fmt: skip
KEY = made(
    event("ESCORT_BEGUN", 10), event("ESCORT_BEGUN", 20), event("ESCORT_BEGUN", 30), event("ESCORT_LOST", 12),
    event("ESCORT_ARRIVED", 21), event("ESCORT_ARRIVED", 31),
    event("OVERRIDE", 21.5, who=51, magnitude=4), event("OVERRIDE_LOCAL", 32, who=52, magnitude=3),
    event("OVERRIDE", 40, who=51, magnitude=2), event("CARRIER_BORN", 1), event("LOCUS_LOST", 2), event("PERSON_TESTED", 9),
    event("PERSON_TESTED", 9.5),
    powers={"overridden": at(21.5)}, persons=[{"name": 52, "born": at(2)}, {"name": 51, "born": at(7.5)}],
)  # fmt: skip
HALF = {10: 4, 11: 5, 12: 9, 13: 4, 14: 6}
POWERS = made(
    event("OVERRIDE", 15.5, who=1), event("BAY_FLIPPED", 3), event("BAY_FLIPPED", 4), event("BAY_FLIPPED", 4),
    event("DISPATCH", 5), event("DISPATCH", 6), event("SENSED", 5), event("SENSED", 6), event("SENSED", 7), event("SPARED", 7),
    event("REIGN_BEGUN", 1), event("REIGN_BEGUN", 2), event("REIGN_FELL", 9),
    event("BASE_FOUNDED", 1), event("BASE_FOUNDED", 3), event("BASE_DESTROYED", 4), event("INTERCEPTED", 4), event("HUNT", 5),
    authority_bays=HALF, safeguard_bays={1: 7, 2: 3}, nodes={1: 6, 2: 3}, alert={5: 131072}, villages={1: 3, 2: 1},
    persons=[{"name": 1}],
)  # fmt: skip
TOO_LATE = made(event("OVERRIDE", 10.5, who=1), authority_bays=HALF, persons=[{"name": 1}])
PEOPLE = made(
    event("PERSON_DIED", 1, magnitude=int(DeathCause.UNITS)), event("PERSON_DIED", 1, magnitude=int(DeathCause.HUNGER)),
    event("PERSON_DIED", 2, magnitude=int(DeathCause.HUNGER)), event("PERSON_DIED", 2, magnitude=int(DeathCause.JOURNEY)),
    event("PERSON_DIED", 3, magnitude=int(DeathCause.EXPOSED)), event("PERSON_DIED", 3, magnitude=int(DeathCause.AGE)),
    event("VILLAGE_FOUNDED", 1), event("VILLAGE_FELL", 2), event("VILLAGE_FELL", 3), event("VILLAGE_RESISTED", 3),
    event("PURGE", 9), event("DRIVEN_OUT", 10), people={1: 30, 2: 70, 300: 20}, villages={1: 3, 2: 3}, powers={"people": 20},
    persons=[{"name": 1, "infected_day": -1}, {"name": 2, "infected_day": 5}, {"name": 3, "infected_day": 0}],
)  # fmt: skip
CITY = made(
    foremen=[
        {"name": 1, "stop_bits": 0, "charter": 1, "planned": 4},
        {"name": 2, "stop_bits": 7, "halted": 5, "charter": 0, "planned": 6},
        {"name": 3, "stop_bits": 0, "phase": int(Phase.RELEASED), "planned": 9},
    ],
    charters=[{"pitch": 80, "salt": 3, "ox": 5}, {"pitch": 96, "salt": 4, "ox": 9}], tally=[{"planned": 19, "charged": 40}],
)  # fmt: skip
WITHOUT = table("foremen", {"name": 1, "planned": 4}, {"name": 2, "planned": 5}, {"name": 4, "planned": 1})
BUILT = History(
    DAWN, END, Ending.CONTESTED,
    {**CITY.tables, "foremen": table("foremen", {"name": 1, "planned": 3}, {"name": 2, "planned": 6, "epoch": 1})}, WITHOUT,
)  # fmt: skip
HALTED_BUILT = History(DAWN, END, Ending.CONTESTED, CITY.tables, WITHOUT)
# Three centuries: the first has a raid that a village resists, the second only what is slight, a secret, and nobody's act.
TOLD = made(
    event("VILLAGE_RESISTED", 99), event("SENSED", 110), event("CARRIER_MISSED", 120), event("PURGE", 130),
    event("SHOT", 210, whom=1), event("VILLAGE_FELL", 211), event("VILLAGE_FELL", 212),
    event("RUMOUR", 213), event("TRADE", 214),
)  # fmt: skip
DIED_OUT = made(event("PURGE", 20), event("PURGE", 30), event("EXTINCT", 60), powers={"extinct": at(60)})

CASES: dict[str, list[tuple[History, float, float]]] = {
    "restored": [(RESTORED, 1, 1), (GUN, 0, 1)],
    "extinct": [(made(ending=Ending.EXTINCT), 1, 1), (RESTORED, 0, 1)],
    "locked": [(made(ending=Ending.LOCKED), 1, 1), (RESTORED, 0, 1)],
    "contested": [(GUN, 1, 1), (RESTORED, 0, 1)],
    "restored_early": [(RESTORED, 1, 1), (LATE, 0, 1), (GUN, 0, 1)],
    "restored_year": [(RESTORED, 80, 1), (GUN, 0, 0)],
    "extinct_year": [(RESTORED, 250, 1), (GUN, 0, 0)],
    "locked_year": [(RESTORED, 90, 1), (GUN, 0, 0)],
    "relapsed": [(RESTORED, 1, 1), (LATE, 0, 1), (GUN, 0, 0)],
    "people_after_restored": [(RESTORED, 90, 50), (made(powers={"restored": at(250)}), 0, 0), (GUN, 0, 0)],
    "shot_ever": [(GUN, 1, 1), (made(event("SHOT", 10)), 0, 1)],
    "shot_early": [(GUN, 1, 1), (made(event("SHOT", 200, whom=KILLY)), 0, 1)],
    "shots": [(GUN, 2, 1)],
    "wounded": [(GUN, 1, 1), (LOST, 0, 1)],
    "broken_by_units": [(GUN, 1, 1), (LOST, 0, 1), (AMBUSHED, 1, 1)],
    "times_broken": [(GUN, 2, 1), (LOST, 0, 1), (AMBUSHED, 1, 1), (made(event("WANDERER_DORMANT", 3)), 0, 1)],
    "units_killed": [(GUN, 1, 1)],
    "escorts": [(KEY, 3, 1)],
    "escorts_arrived": [(KEY, 2, 1)],
    "escorts_lost": [(KEY, 1, 3)],
    "overrides": [(KEY, 3, 1)],
    "override_year": [(KEY, 21, 1), (GUN, 0, 0)],
    "override_age": [(KEY, 14 + 30 + 32.5, 3), (GUN, 0, 0)],
    "overrides_by_children": [(KEY, 1, 3), (GUN, 0, 0)],
    "override_reach": [(KEY, 0.4 + 0.2, 2), (GUN, 0, 0)],
    "carriers_born": [(KEY, 1, 1)],
    "loci_lost": [(KEY, 1, 1)],
    "tests": [(KEY, 2, 1)],
    "authority_crosses": [(POWERS, 1, 1), (TOO_LATE, 0, 1)],
    "authority_turns_back": [(POWERS, 1, 1), (TOO_LATE, 0, 0), (made(authority_bays={299: 5, 300: 5}), 0, 1)],
    "authority_share": [(POWERS, 28, 3000)],
    "safeguard_share": [(POWERS, 10, 3000)],
    "reigns": [(POWERS, 2, 1)],
    "reigns_fallen": [(POWERS, 1, 2)],
    "bases": [(POWERS, 2, 1)],
    "bases_destroyed": [(POWERS, 1, 2)],
    "flips": [(POWERS, 3, 300)],
    "nodes": [(POWERS, 9, 300)],
    "alert": [(POWERS, 2, 300)],
    "raids": [(POWERS, 2, 1)],
    "raid_rate": [(POWERS, 2, 4)],
    "spared": [(POWERS, 1, 3)],
    "intercepted": [(POWERS, 1, 1)],
    "hunts": [(POWERS, 1, 1)],
    "people_end": [(PEOPLE, 20, 1)],
    "people_peak": [(PEOPLE, 70, 1)],
    "person_years": [(PEOPLE, 120, 1)],
    "people_mean": [(PEOPLE, 120, 3)],
    "deaths_by_units": [(PEOPLE, 1, 6)],
    "deaths_by_hunger": [(PEOPLE, 2, 6)],
    "deaths_on_the_way": [(PEOPLE, 2, 6)],
    "infected": [(PEOPLE, 2, 3)],
    "villages_founded": [(PEOPLE, 1, 1)],
    "villages_fallen": [(PEOPLE, 2, 1)],
    "villages_resisted": [(PEOPLE, 1, 1)],
    "villages_mean": [(PEOPLE, 6, 300)],
    "driven_out": [(PEOPLE, 1, 1)],
    "purges": [(PEOPLE, 1, 1)],
    "foremen": [(CITY, 3, 1)],
    "charters": [(CITY, 2, 1)],
    "genes_changed": [(CITY, 1, 1)],  # two genes of one of two bays
    "works": [(CITY, 19, 1)],
    "charged": [(CITY, 40, 1)],
    "defiant": [(CITY, 1, 2)],
    "halted": [(CITY, 1, 2)],
    "city_differs": [(BUILT, 6 + 1, 4 + 6 + 1), (CITY, 0, 0)],
    "unhalted_city_differs": [(BUILT, 7, 11), (HALTED_BUILT, 0, 0), (CITY, 0, 0)],
    "longest_gap": [(TOLD, 120, 1), (DIED_OUT, 30, 1), (made(), 300, 1)],
    # All but the secret are told: RESISTED; SENSED, PURGE; SHOT, FELL twice, RUMOUR, TRADE.
    "two_commonest_kinds": [(TOLD, 3, 8)],
    "kinds_told": [(TOLD, 7, 1)],
    "silent_centuries": [(TOLD, 1, 3), (made(end=at(99)), 0, 0), (made(end=at(199)), 1, 1)],
}  # fmt: skip


def test_every_outcome_has_a_case_and_is_declared_in_full():
    assert CASES.keys() == OUTCOMES.keys()
    for one in OUTCOMES.values():
        assert one.says and one.unit and one.group and one.figure in ("share", "ratio", "mean", "median")
        assert all(wanted.low <= wanted.high for wanted in one.wanted)
        assert one.figure != "share" or one.unit == "of histories"


@pytest.mark.parametrize("name", CASES)
def test_an_outcome_is_what_was_worked_out_on_paper(name):
    if OUTCOMES[name].missing:
        pytest.skip(f"no kind is called {', '.join(OUTCOMES[name].missing)}")
    for history, above, below in CASES[name]:
        found = OUTCOMES[name].of(history)
        assert found == (pytest.approx(above, abs=0.01), below)


def test_a_share_counts_each_history_once_or_not_at_all():
    for one in OUTCOMES.values():
        for history, _, _ in CASES[one.name]:
            if one.figure == "share" and not one.missing:
                above, below = one.of(history)
                assert below == 1 and above in (0, 1)


def test_what_needs_an_unknown_kind_is_left_out():
    found = outcomes(KEY)
    assert found.keys() == {one.name for one in OUTCOMES.values() if not one.missing}
    assert all(isinstance(v, float) for pair in found.values() for v in pair)


def test_no_more_than_eight_lines_of_a_century_are_told():
    many = made(*(event("VILLAGE_FELL", 1 + i, who=i) for i in range(20)), event("PURGE", 150))
    assert OUTCOMES["two_commonest_kinds"].of(many) == (9, 9)


def test_bays_are_compared_by_name_and_by_what_was_built():
    one = table("foremen", {"name": 5, "planned": 10, "epoch": 2}, {"name": 6, "planned": 3})
    assert bays_that_differ(one, one[::-1]) == (0, 13)
    huts = one.copy()
    huts[0, TABLES["foremen"].column_names.index("planned")] = 12  # people laid two works in it
    assert bays_that_differ(one, huts) == (0, 15)
    assert bays_that_differ(one, one[:1]) == (3, 13)


def test_what_is_wanted_depends_on_the_preset():
    shots = OUTCOMES["shots"]
    assert [shots.wanted_of(p).low for p in ("quick", "world", "saga")] == [3, 8, 15] and shots.wanted_of("giant") is None
    assert Wanted(0.1, 0.5).holds(0.1) and not Wanted(0.1, 0.5).holds(0.51) and Wanted(3).holds(1e9)


SMALL = Scenario(
    seed=5, years=30, era_year=20, works=0, world_radius_lots=14, prologue_percent=2000, villages=4, terminal_share=2,
    after_restored_years=0,
)  # fmt: skip


def test_a_history_is_lived_in_outline_to_its_end():
    lived = live(SMALL, twin=True)
    assert lived.dawn == 20 * YEAR and lived.end == 30 * YEAR and len(lived.era) == 10
    assert int(lived.counts[EventKind.ERA_DAWN]) == 1 and lived.tables["events"][0, 1] == EventKind.FOUNDING
    found = outcomes(lived)
    assert found["people_end"][0] == lived.tables["series"][-1, TABLES["series"].column_names.index("people")]
    assert found["city_differs"] == (0, found["city_differs"][1]) and found["city_differs"][1] > 0
    with pytest.raises(MegastructureError, match="era of people begins in year 20"):
        live(SMALL.with_knobs(years=20))


def test_words_and_wishes_do_not_change_the_instrument_but_numbers_do(monkeypatch, tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "told").mkdir()
    source = Path(measures.__file__).read_text(encoding="utf-8")
    for name in ("sentences", "significance"):
        (tmp_path / "told" / f"{name}.py").write_text("HEAVY = 3\n")

    def digest(text: str) -> str:
        (tmp_path / "study" / "outcomes.py").write_text(text)
        monkeypatch.setattr(measures, "__file__", str(tmp_path / "study" / "outcomes.py"))
        measures.instrument.cache_clear()
        return measures.instrument()

    one = digest(source)
    assert digest(source.replace("Wanted(0.9, presets", "Wanted(0.8, presets").replace("# ----", "# ++++")) == one
    assert digest(source.replace('"""A history counts, or it does not."""', '"""Yes or no."""')) == one
    assert digest(source.replace("EARLY = 200", "EARLY = 201")) != one
    assert digest(source.replace("return len(h.shots), 1", "return len(h.shots), 2")) != one
    measures.instrument.cache_clear()
