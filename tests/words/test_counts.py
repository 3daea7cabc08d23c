"""Numbers as words: one is one, thousands are parted, and nobody else puts a noun behind a number."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import megastructure
from megastructure.words.counts import counted, listed
from megastructure.words.floors import DOOR, FACES, MEMORY

HOUSE = Path(megastructure.__file__).parent
NOUNS = (
    "bays", "people", "villages", "schools", "cells", "events", "works", "lots", "years", "days", "commits", "frames",
    "charters", "triangles", "regions", "tiles", "models", "levels", "nodes", "objects", "hops", "futures", "pairs",
    "intervals", "limits", "raids", "children",
)  # fmt: skip
NOUN = re.compile(rf" (other |more )?({'|'.join(NOUNS)})\b")
NO_COUNT = re.compile(r"[A-Z_]{4,}|TILE\[2\]|words|shape|size|compact")  # constants, names, shapes, numbers in four figures


def test_counts() -> None:
    assert counted("bay", 1) == "1 bay" and counted("bay", 0) == "0 bays" and counted("bay", 12345) == "12,345 bays"
    assert counted("person|people", 1) == "1 person" and counted("person|people", 2) == "2 people"
    assert listed(["a"]) == "a" and listed(["a", "b"]) == "a or b" and listed(["a", "b", "c"], "and") == "a, b and c"


def test_nobody_else_puts_a_noun_behind_a_number() -> None:
    """In what a reader sees: `{n} bays` would be `1 bays` one day. Constants in capitals are known not to be one."""
    found = []
    for path in sorted(p for floor in (*MEMORY, *FACES, *DOOR) for p in (HOUSE / floor).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assertions = {id(part) for node in ast.walk(tree) if isinstance(node, ast.Assert) for part in ast.walk(node)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.JoinedStr) or id(node) in assertions:
                continue
            for value, behind in zip(node.values, node.values[1:]):
                if not isinstance(value, ast.FormattedValue) or not isinstance(behind, ast.Constant):
                    continue
                said = ast.unparse(value.value)
                if NOUN.match(str(behind.value)) and not NO_COUNT.search(said):
                    found.append(f"{path.relative_to(HOUSE)}:{node.lineno}: {{{said}}}{behind.value}")
    assert not found, "\n".join(found)
