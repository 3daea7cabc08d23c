"""Tests stand by floor, and share worlds, not each other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from megastructure.words.floors import FLOORS

TESTS = Path(__file__).parents[1]
FILES = [path for path in sorted(TESTS.rglob("*.py")) if "node_modules" not in path.parts]  # of the judges of exports
TEST = re.compile(r"\btest_\w+")
IMPORT = re.compile(r"\b(?:import|from)\s+[\w.]*\btest_\w+")  # in a program that a test writes for another Python
BESIDE = {"house", "golden"}  # the house as a whole; digests that are kept


def imported(path: Path) -> Iterator[str]:
    """The names of all that a file imports, at its top or late, itself or in a program that it keeps as text."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from IMPORT.findall(node.value)


def test_no_test_imports_another() -> None:
    found = [f"{path.relative_to(TESTS)}: {name}" for path in FILES for name in imported(path) if TEST.search(name)]
    assert not found


def test_every_test_stands_on_a_floor() -> None:
    folders = {path.relative_to(TESTS).parts[0] for path in FILES if path.name.startswith("test_")}
    assert folders <= {*FLOORS, *BESIDE}
