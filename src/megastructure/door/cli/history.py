"""To read a history: chronicle, biography, eras, stories, sql, report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..terminal import console, say_path
from .options import RUN, WORDS, Place, argument, option

SPOILERS = option("--spoilers", is_flag=True, help="Tell what nobody in the city can know.")


@click.command()
@RUN
@option("--year", metavar="A..B", help="A year of the city, or years such as 600..640.")
@option("--kind", metavar="KIND", help="One kind of event, such as 'village fell'.")
@option("--person", metavar="NAME", help="Whom it is about: the name as it is told, or its number.")
@option("--place", metavar="NAME", help="Where it happened: a village or a bay.")
@option("--top", default=8, type=click.IntRange(1), help="How many events of each span.")
@option("--by", default="century", type=click.Choice(["century", "generation", "decade", "year"]), help="The spans.")
@WORDS
@SPOILERS
def chronicle(directory: Path, **options: Any) -> int:
    """What happened, ranked by what mattered, in sentences."""
    from ...read.chronicle import show as tell

    tell(directory, console(), **options)
    return 0


@click.command()
@RUN
@argument("name", required=False)
@option("--locus", type=int, help="Instead of a life: how the last copy of a locus was handed down.")
@option("--top", default=60, type=click.IntRange(1), help="How many events at most.")
@WORDS
@SPOILERS
def biography(directory: Path, **options: Any) -> int:
    """What became of somebody: a person, a village, a bay, a unit, the Wanderer.

    NAME is the name as the chronicle tells it, or its number.
    """
    from ...read.biography import show as tell

    tell(directory, console(), **options)
    return 0


@click.command()
@RUN
@option("--top", default=4, type=click.IntRange(0), help="How many events of each era.")
@WORDS
@SPOILERS
def eras(directory: Path, **options: Any) -> int:
    """The periods of a history, and what happened in them."""
    from ...read.eras import show as tell

    tell(directory, console(), **options)
    return 0


@click.command()
@RUN
@option("--top", default=12, type=click.IntRange(1), help="How many stories.")
@option("--sql", is_flag=True, help="Print the patterns instead, as SQL.")
@WORDS
@SPOILERS
def stories(directory: Path, **options: Any) -> int:
    """The best stories of a history, found by twelve patterns."""
    from ...read.stories import show as tell

    tell(directory, console(), **options)
    return 0


@click.command(name="sql")
@RUN
@argument("statement", metavar="SELECT")
def ask(directory: Path, statement: str) -> int:
    """Ask a run anything: one SELECT over its tables. A table in a terminal, CSV when piped.

    Tables are those of docs/reference/tables.md, each with its row number as `serial`; besides, `kinds` and the views
    `persons_named`, `villages_named`, `units_named`, `foremen_named`, `events_named`. spoken(name) and spoken_place(name) give
    names as they are told.
    """
    from ...read.query import show as tell

    tell(directory, console(), statement)
    return 0


@click.command(name="report")
@RUN
@option("--out", type=Place(), help="The page to write. Default: report.html in the run.")
@WORDS
@SPOILERS
def write_report(directory: Path, out: Path | None, words: str, spoilers: bool) -> int:
    """A history on one page of HTML, which needs no other file: figures, eras, stories, lives, maps."""
    from ...read.page import write

    say_path(write(directory, out, words, spoilers).path)
    return 0


__all__ = ["ask", "biography", "chronicle", "eras", "stories", "write_report"]
