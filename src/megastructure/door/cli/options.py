"""Arguments and options that commands of several rooms take."""

from __future__ import annotations

from pathlib import Path

import click

RUN = click.argument("directory", type=click.Path(path_type=Path), metavar="RUN")
VIEWS = click.Choice(["auto", "walk", "section", "iso"])
JSON = click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
WORDS = click.option("--words", default="seed", type=click.Choice(["seed", "plain"]), help="The names of the powers.")


def check_run(directory: Path) -> None:
    """Whether there is such a run: a mistake in the name is told before anything is compiled. errors   BadRun"""
    from ...memory.archive import Archive

    Archive.open_to_read(directory).close()


__all__ = ["JSON", "RUN", "VIEWS", "WORDS", "check_run"]
