"""What the documentation tells one to type can be typed: every command of it is one that there is, and so are its events."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from megastructure.door.cli import cli

ROOT = Path(__file__).parents[2]
PAGES = sorted(p for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")] if "reference" not in p.parts)
LINE = re.compile(r"^(?:    |\$ )?(megastructure [a-z].*)$", re.MULTILINE)
BEHIND = re.compile(r"\s{2,}|\s+#|\s+(?:\||&&|\d?>)\s")  # prose, remarks, other commands
INLINE = re.compile(r"`(megastructure [a-z][^`]*)`")


def commands(page: Path) -> Iterator[str]:
    """The commands of a page: in blocks, where prose may stand two blanks behind them, and within lines, in quotes."""
    text = page.read_text(encoding="utf-8")
    text = text.replace("\\|", "|")  # within tables
    for found in LINE.findall(text):
        yield BEHIND.split(found)[0]
    yield from (
        BEHIND.split(" ".join(found.split()))[0] for found in INLINE.findall(text) if "[" not in found
    )  # [A | B] is a choice


def words_of(command: str) -> list[str]:
    """Its words: a number where one is meant, the first of several where there is a choice."""
    return ["1" if word in ("N", "Y", "YEAR") else word.partition("|")[0] for word in shlex.split(command)[1:] if word != "..."]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_command_can_be_typed(page: Path) -> None:
    for command in commands(page):
        name, *words = words_of(command)
        assert name in cli.commands, f"{page.name}: {command}"
        if not words:
            continue  # named, not typed
        try:
            cli.commands[name].make_context(name, words)
        except click.exceptions.Exit:
            pass  # --help
        except click.MissingParameter:
            assert command in page.read_text(encoding="utf-8").replace("\n", " "), command  # named with an option alone
        except click.UsageError as problem:
            raise AssertionError(f"{page.name}: {command}: {problem.message}") from None


def test_events_that_are_named_happen() -> None:
    """A run of the tutorial, `quick` with its own seed, has so many events; whoever follows a page must find those it names."""
    tutorial = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    there = int(re.findall(r"([\d,]+) events", tutorial)[0].replace(",", ""))
    named = []
    for page in PAGES:
        for command in commands(page):
            name, *words = words_of(command)
            if name in ("still", "film"):
                named += [int(w) for n, w in enumerate(words) if w.isdigit() and (words[n - 1] == "--at" or n == 1)]
    assert len(named) >= 2 and max(named) < there


def test_every_fragment_is_in_the_changelog() -> None:
    told = re.findall(r"\]\(changes/(\d{4}-[^)]+)\)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert sorted(told) == sorted(p.name for p in ROOT.glob("changes/[0-9]*.md"))
