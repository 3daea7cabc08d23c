"""Equal questions get equal answers: every statement orders its rows down to a unique key, and no text depends on threads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import megastructure
from megastructure.door.cli import cli
from megastructure.read.stories import PATTERNS
from megastructure.told import library as told
from megastructure.told.library import Library
from worlds.made_run import make

SOURCES = Path(megastructure.__file__).parent
MARK = "any order"  # in a comment above or beside a statement whose rows need none, with the reason
UNIQUE = {"serial", "rows", "year", "decade", "called"}
WINDOWED = UNIQUE | {"who"}  # of groups by who


# ---- what the sources say ----------------------------------------------------------------------------------------------


def statements(text: str) -> Iterator[tuple[int, str, bool]]:
    """Every SELECT of a source: its line, its text with {} where something is put in, whether it is marked."""
    tree, lines = ast.parse(text), text.splitlines()
    docstrings = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}

    def visit(node: ast.AST, top: ast.stmt | None) -> Iterator[tuple[int, str, bool]]:
        if id(node) in docstrings:
            return
        if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.ClassDef):
            top = node
        said = None
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            said = node.value
        elif isinstance(node, ast.JoinedStr):
            said = "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
        if said is not None:
            if re.search(r"\bSELECT\b.*\bFROM\b", said, re.DOTALL):
                around = lines[(top or node).lineno - 2 : (top or node).lineno] + lines[node.lineno - 2 : node.end_lineno]
                yield node.lineno, " ".join(said.split()), any(MARK in line.partition("#")[2].lower() for line in around)
            return
        for child in ast.iter_child_nodes(node):
            yield from visit(child, top)

    yield from visit(tree, None)


def outermost(sql: str) -> str:
    """A statement without what stands in brackets."""
    while re.search(r"\([^()]*\)|\[[^][]*\]", sql):
        sql = re.sub(r"\([^()]*\)|\[[^][]*\]", "", sql)
    return sql


def key_of(order: str) -> str:
    """The last key of a list of them, without its table."""
    return re.sub(r"( DESC| ASC)?( LIMIT .*)?$", "", order.strip()).split(",")[-1].strip().rpartition(".")[2]


def faults(sql: str) -> list[str]:
    """Why equal calls of a statement may answer differently."""
    found = []
    whole = outermost(sql)
    one_row = re.match(r"SELECT (count|max|min|sum) FROM", whole) and "GROUP BY" not in whole
    order = re.search(r".*ORDER BY (.*)$", whole)
    if not one_row and (order is None or key_of(order[1]) not in UNIQUE):
        found.append("its rows are in no total order")
    for call in re.findall(r"\b(?:arg_max|arg_min|max_by|min_by)\((?:[^()]|\([^()]*\))*\)", sql):
        if not re.search(r", \([^()]*\bserial\)\)$", call):
            found.append(f"{call} has ties")
    for call in re.findall(r"\b(?:list|array_agg|string_agg|first|last|any_value|mode|histogram)\([^()]*\)", sql):
        inner = re.search(r"ORDER BY (.*)\)$", call)
        if inner is None or key_of(inner[1]) not in UNIQUE:
            found.append(f"{call} is in no total order")
    for window in re.findall(r"OVER \(((?:[^()]|\([^()]*\))*)\)", sql):
        inner = re.search(r"ORDER BY (.*)$", window)
        if inner is None or key_of(inner[1]) not in WINDOWED:
            found.append(f"OVER ({window}) is in no total order")
    return found


def test_every_statement_is_in_a_total_order() -> None:
    seen, wrong = 0, []
    for path in sorted(SOURCES.rglob("*.py")):
        for line, sql, marked in statements(path.read_text(encoding="utf-8")):
            seen += 1
            if not marked and (why := faults(sql)):
                wrong.append(f"{path.relative_to(SOURCES)}:{line}: {'; '.join(why)}: {sql[:60]}")
    assert seen > 40 and not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT day FROM events", "SELECT day FROM events ORDER BY day", "SELECT who, count(*) FROM events GROUP BY who",
        "SELECT arg_max(o.serial, o.day) AS n FROM events o ORDER BY year",
        "SELECT list(serial ORDER BY day) AS n FROM events ORDER BY serial",
        "SELECT first(day) AS n FROM events ORDER BY serial",
        "SELECT serial FROM (SELECT serial FROM events ORDER BY serial)",
        "SELECT lag(day) OVER (ORDER BY day) AS n FROM events ORDER BY serial",
    ],
)  # fmt: skip
def test_a_planted_tie_is_found(sql: str) -> None:
    assert faults(sql)
    (found,) = statements(f'rows = ask(f"{sql}")\n')
    assert found == (1, sql, False)
    assert [marked for *_, marked in statements(f'rows = ask("{sql}")  # any order: they are sorted below\n')] == [True]


# ---- what is told ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("made") / "run")


@pytest.fixture
def shuffled(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Libraries have every event twice; a function that gives their database so many threads, and rows another order."""
    twice = Library.table

    def table(self: Library, name: str) -> np.ndarray:
        rows = twice(self, name)
        return np.repeat(rows, 2, axis=0) if name == "events" else rows

    def so(threads: int, order: int) -> None:
        def enter(self: Library, name: str, rows: Any) -> None:
            self.base.register("_incoming", rows)
            key = "number" if name == "kinds" else "serial"
            self.base.execute(f"CREATE TABLE {name} AS SELECT * FROM _incoming ORDER BY hash({key} * 31 + {order})")
            self.base.unregister("_incoming")

        monkeypatch.setattr(told, "THREADS", threads)
        monkeypatch.setattr(Library, "_enter", enter)

    monkeypatch.setattr(Library, "table", table)
    return so


WAYS = [(1, 0), (1, 5), (2, 11), (4, 17), (4, 23)]  # threads, order of rows


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.title)
def test_a_pattern_answers_alike_whatever_the_threads_and_the_order_of_rows(run: Path, shuffled: Any, pattern: Any) -> None:
    answers = []
    for threads, order in WAYS:
        shuffled(threads, order)
        with Library(run) as library:
            answers.append(library.ask(pattern.sql))
    assert answers[0] and all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize(
    "words", [("stories", "--spoilers"), ("chronicle", "--spoilers"), ("eras",), ("biography", "Killy"), ("report",)]
)
def test_equal_calls_give_equal_text(run: Path, shuffled: Any, words: tuple[str, ...], tmp_path: Path) -> None:
    texts = []
    for threads, order in WAYS:
        shuffled(threads, order)
        page = tmp_path / "page.html"
        more = ["--out", str(page)] if words[0] == "report" else []
        result = CliRunner().invoke(cli, [words[0], str(run), *words[1:], *more], catch_exceptions=False)
        assert result.exit_code == 0
        texts.append(page.read_text(encoding="utf-8") if more else result.output)
    assert len(texts[0]) > 500 and set(texts) == {texts[0]}
