"""To live other histories, and to compare them: fork, diff, runs."""

from __future__ import annotations

from pathlib import Path

import click

from ...ground.scenario import read_knob
from ...words.errors import MegastructureError
from ..compiling import compile_engine
from ..terminal import console
from .options import JSON, RUN, Place, argument, option
from .settings import read_settings


@click.command()
@RUN
@option("--at", "year", type=int, required=True, help="The year at whose end the fork begins.")
@option("--set", "settings", multiple=True, metavar="KNOB=VALUE", help="Change a knob from then on.")
@option("--do", "actions", multiple=True, metavar="ACTION", help="Do something then: kill PERSON, gene PERSON, heal BAY, "
              "infect BAY, node BAY, barrier VILLAGE, shot X,Y,Z,AXIS,LENGTH,RADIUS, stop.")  # fmt: skip
@option("--dice", type=click.Choice(["same", "new"]), default="same", help="Whether chance falls as it fell, or anew.")
@option("--n", "number", type=click.IntRange(1, 1000), help="A fan of so many futures, each with new dice.")
@option("--years", type=int, help="How long the fork runs. Default: as long as its parent.")
@option("--out", type=Place(), help="The new run directory. Default: RUN-at-YEAR.")
@option("--standalone", is_flag=True, help="Share no file with the parent.")
def fork(
    directory: Path, year: int, settings: tuple[str, ...], actions: tuple[str, ...], dice: str, number: int | None,
    years: int | None, out: Path | None, standalone: bool,
) -> int:  # fmt: skip
    """Another history from the same past: go back to a year, change something, live on.

    With the same dice, whoever is not reached by the change lives the same life to the day. With new dice the same past has
    another future; --n 20 makes twenty of them, RUN-at-YEAR-01 to -20.
    """
    changes = read_settings(settings)
    if years is not None:
        read_knob("years", str(years))
    if number is not None and dice == "same":
        raise MegastructureError(f"--n {number}: with the same dice all would be one; expected --dice new beside it")
    from ...memory.archive import Archive
    from ...memory.directory import refuse_new
    from ...memory.fork import check_fork

    with Archive.open_to_read(directory) as parent:
        check_fork(parent, year, changes, actions)
    if out is not None and number is None:
        refuse_new(out)
    compile_engine()
    from ..living import go_back, live_and_show, live_fan

    here = go_back(directory, year, changes, actions)
    if number is None:
        with here.take(dice, out, 1, years, standalone) as begun:
            return live_and_show(begun, begun.scenario.years, False, "auto")
    return live_fan(here, number, years, out, standalone)


@click.command()
@argument("run", metavar="RUN")
@argument("others", nargs=-1, required=True, metavar="FORK...")
@option("--json", "as_json", is_flag=True, help="As JSON, with everything there is.")
def diff(run: str, others: tuple[str, ...], as_json: bool) -> int:
    """What differs between a run and its fork, or between a run and a fan of futures.

    FORK may be a pattern: diff RUN 'RUN-at-900-*' tells how the futures end. When RUN is a pattern too, forks with the same
    dice are paired, and the mean effect of the change is told: diff 'control-*' 'treated-*'.
    """
    from ..side_by_side import print_histories

    print_histories([run, *others], console(), as_json)
    return 0


@click.command()
@argument("folder", default="runs", type=Place())
@JSON
def runs(folder: Path, as_json: bool) -> int:
    """List the runs below a folder as a tree of forks, with their endings."""
    from ..side_by_side import print_branches, print_branches_as_json

    if as_json:
        print_branches_as_json(folder)
    else:
        print_branches(folder, console())
    return 0


__all__ = ["diff", "fork", "runs"]
