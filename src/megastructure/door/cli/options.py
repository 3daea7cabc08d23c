"""Arguments and options that commands of several rooms take, and how a wrong word for one is told: on one line.

Every option and argument of a command is made here, so that what click says of a wrong word is said as the house says it:
`--view isso: expected auto, walk, section or iso; did you mean iso?`
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from ...ground.tables import YEAR
from ...words.counts import listed
from ...words.errors import MegastructureError, nearest


class Place(click.Path):
    """A path, handed on from the root: whoever tells of it tells it in one way (`terminal.show`)."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The whole path. errors   click.BadParameter"""
        return Path(os.path.abspath(os.fsdecode(super().convert(value, param, ctx))))


class _Said:
    """A word that a parameter does not take is told with what it takes."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """The value of what was typed. errors   click.UsageError, in our words"""
        try:
            return super().type_cast_value(ctx, value)  # type: ignore[misc]
        except click.BadParameter as problem:
            said = expected(self.type, value, problem)  # type: ignore[attr-defined]
            name = f"{self.opts[0]} " if isinstance(self, click.Option) else ""
            raise click.UsageError(f"{name}{value}: {said}", ctx) from None


class Option(_Said, click.Option):
    """An option of ours."""


class Argument(_Said, click.Argument):
    """An argument of ours."""


def expected(kind: click.ParamType[Any], value: Any, problem: click.BadParameter) -> str:
    """What a parameter takes, and the nearest that there is."""
    if isinstance(kind, click.Choice):
        known = [str(choice) for choice in kind.choices]
        return f"expected {listed(known)}{nearest(str(value), known)}"
    if isinstance(kind, click.IntRange):
        if kind.max is None:
            return f"expected a whole number of at least {kind.min}"
        return f"expected a whole number in {kind.min}..{kind.max}"
    words = {"integer": "a whole number", "float": "a number"}
    return f"expected {words[kind.name]}" if kind.name in words else problem.message


option: Callable[..., Any] = partial(click.option, cls=Option)
argument: Callable[..., Any] = partial(click.argument, cls=Argument)

RUN = argument("directory", type=Place(), metavar="RUN")
VIEWS = click.Choice(["auto", "walk", "section", "iso"])
JSON = option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
WORDS = option("--words", default="seed", type=click.Choice(["seed", "plain"]), help="The names of the powers.")


def check_run(directory: Path) -> int:
    """Whether there is such a run: a mistake in the name is told before anything is compiled.

    returns  the days that it has lived. errors   BadRun
    """
    from ...memory.archive import Archive

    with Archive.open_to_read(directory) as there:
        return there.last_commit.day if there.last_commit else 0


def check_year(year: int | None, lived: int, option: str = "--year") -> None:
    """Whether a run of so many days has lived that year, told before anything is compiled. errors   MegastructureError"""
    if year is not None and not 0 <= year <= lived // YEAR:
        raise MegastructureError(f"{option} {year}: expected a year in 0..{lived // YEAR}, which this run has lived")


__all__ = [
    "JSON", "RUN", "VIEWS", "WORDS", "Argument", "Option", "Place", "argument", "check_run", "check_year", "expected", "option",
]  # fmt: skip
