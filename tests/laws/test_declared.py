"""What a law declares is what it reads, draws and writes; what is declared once is what the kernels use."""

from __future__ import annotations

import ast
from importlib import import_module

import pytest

from megastructure.ground import codes, scenario, tables
from megastructure.words.declare import columns
from worlds.sources import files, functions, reached

NAMES = sorted(name for name in files() if name.startswith("laws/") and name != "laws/law")
LAWS = {name: import_module(f"megastructure.{name.replace('/', '.')}").LAW for name in NAMES}
# Who lives where, how alarmed Safeguard is, when a bay is asked, where a village can be, who is met: many laws ask. The
# knobs that are read there belong to those laws whose numbers they are.
FOR_MANY = tuple(
    f"society/{name}"
    for name in (
        "people",
        "alert",
        "allegiance",
        "settlement",
        "plans",
        "units",
        "patrol",
        "parties",
        "orders",
        "quest/hunted",
        "quest/storm",
    )
)


def words_of(name: str) -> dict[str, set[str]]:
    """Every name that occurs in the functions of a source, or in those that they call, and in which sources it does."""
    found: dict[str, set[str]] = {}
    for file, function in reached(name):
        for node in ast.walk(functions(file)[function]):
            if isinstance(node, ast.Name):
                found.setdefault(node.id, set()).add(file)
    return found


def knobs_of(name: str, but: tuple[str, ...] = ()) -> set[str]:
    """The knobs that the functions of a source read, or those that they call in other sources than these."""
    found = set()
    for file, function in reached(name):
        for node in ast.walk(functions(file)[function]):
            if isinstance(node, ast.Attribute) and file not in but:
                holder = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
                if holder == "knobs":
                    found.add(node.attr)
    return found


def test_every_table_that_is_kept_is_declared():
    for name, table in tables.TABLES.items():
        assert table.__name__.lower() == name
        for column in columns(table):
            assert column.col.refers in ("", *tables.TABLES)
            assert column.col.dtype[0] in "iu" and column.col.says and column.col.unit
            assert getattr(table, column.name) == column.number


@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("", codes.Material), ("K_", codes.WorkKind), ("CLIP_", codes.Clip), ("S_", codes.Site), ("P_", codes.Phase),
        ("E_", codes.Errand), ("R_", codes.Stream), ("V_", codes.EventKind), ("A_", codes.Allegiance),
        ("D_", codes.DeathCause), ("I_", codes.Health), ("U_", codes.Fate), ("M_", codes.Mission), ("O_", codes.Order),
    ],
)  # fmt: skip
def test_plain_numbers_are_those_of_the_named_ones_and_prefixes_mean_one_thing(prefix, words):
    for word in words:
        assert getattr(codes, prefix + word.name) == int(word)
    assert len({int(word) for word in words}) == len(words)
    if prefix:
        assert {name for name in vars(codes) if name.startswith(prefix)} == {prefix + word.name for word in words}
        for name in files():
            bound = {
                n.id
                for n in ast.walk(ast.parse(files()[name].read_text()))
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
            assert name == "ground/codes" or not {n for n in bound if n.startswith(prefix)}, f"{name}: {prefix}"


@pytest.mark.parametrize("name", NAMES)
def test_a_law_declares_what_there_is(name):
    law = LAWS[name]
    names = {k.name for k in scenario.knobs()}
    assert f"laws/{law.name}" == name and set(law.knobs) <= names and law.says.endswith(".") and law.source
    columns_known = {f"{table}.{c.name}" for table, d in tables.TABLES.items() for c in columns(d)}
    assert set(law.writes) <= columns_known | set(tables.TABLES)
    assert {f"R_{stream}" for stream in law.streams} == {word for word in words_of(name) if word.startswith("R_")}
    assert knobs_of(name, FOR_MANY) - {"seed", "works"} <= set(law.knobs)


def test_every_stream_is_drawn_by_a_law_or_by_whom_it_is_kept_for():
    declared = {stream for law in LAWS.values() for stream in law.streams}
    others = {word[2:] for name in ("time/tick", "time/genesis") for word in words_of(name) if word.startswith("R_")} - declared
    assert others == {"OFFICE"}  # the order in which the works of a day are entered
    assert {stream.name for stream in codes.Stream} == declared | others | {"SAMPLE", "NEUTRAL"}


def test_every_knob_belongs_to_a_law_or_to_the_order_of_a_day():
    declared = {knob for law in LAWS.values() for knob in law.knobs}
    of_time = set().union(*(knobs_of(name, NAMES) for name in files() if name.startswith("time/")))
    of_genesis = {"seed", "founder_energy"}
    assert {k.name for k in scenario.knobs() if k.law} <= declared | of_time | of_genesis
