"""To grow a city: run, resume, verify, info; and what may come before: knobs, warm."""

from __future__ import annotations

from pathlib import Path

import click

from ...ground.scenario import read_knob
from ...ground.tables import YEAR
from ...words.counts import counted
from ...words.errors import MegastructureError
from ..compiling import compile_camera, compile_engine, compile_exporter, compile_trials, compile_viewer, start_camera
from ..terminal import complain, console, say, say_json, show
from .options import JSON, RUN, VIEWS, Place, argument, option
from .settings import knob_options, resolve, scenario_of

PICTURE = option("--picture/--no-picture", default=True, help="Whether to end with a still.")
VIEW = option("--view", default="auto", type=VIEWS, help="View of the still.")


@click.command()
@argument("scenario", default="quick", metavar="[SCENARIO.toml | quick | saga | giant | world]")
@option("--years", type=int, help="How many years of 360 days to live.")
@option("--out", type=Place(), help="The run directory. Default: runs/NAME-SEED.")
@option("--set", "settings", multiple=True, metavar="KNOB=VALUE", help="Set a knob; `megastructure knobs` lists them.")
@PICTURE
@VIEW
@knob_options
def run(
    scenario: str, years: int | None, out: Path | None, settings: tuple[str, ...], picture: bool, view: str,
    **options: str | None,
) -> int:  # fmt: skip
    """Grow a city: years pass, a line a century, a run directory, a picture.

    Every knob is an option too: --seed 7, --growth-income 300, ... (see `megastructure knobs`). A history that is restored ends
    early, --after-restored-years (100) later; `resume` lives on.
    """
    wanted = resolve(scenario, years, settings, options)
    directory = out or fresh_directory(Path(scenario).stem, wanted.seed)
    from ...memory.directory import refuse_new

    refuse_new(directory)
    compile_engine()
    start_camera(picture and bool(wanted.works))
    from ...memory.run import Run
    from ..living import live_and_show

    with Run.create(wanted, directory) as begun:
        return live_and_show(begun, wanted.years, picture, view)


def fresh_directory(name: str, seed: int) -> Path:
    """runs/NAME-SEED, with a number behind it when that is taken."""
    first = Path("runs") / f"{name}-{seed}"
    path, number = first, 2
    while path.exists():
        path, number = first.with_name(f"{first.name}-{number}"), number + 1
    return path


@click.command()
@RUN
@option("--years", type=int, help="Extend the run to so many years. Default: what it was asked for.")
@option("--other-laws", "mixed", is_flag=True, help="Go on although the run was made under other laws than today's.")
@PICTURE
@VIEW
def resume(directory: Path, years: int | None, mixed: bool, picture: bool, view: str) -> int:
    """Continue a run from its last commit, to the same bits as if it had never stopped.

    So it goes on with a history that ended early because it was restored. A run of other laws is refused: the rest of it would
    be lived under today's, which --other-laws allows.
    """
    from ...memory.archive import Archive
    from ...memory.run import refuse_mixture
    from ...memory.sources import other_laws

    with Archive.open_to_read(directory) as there:
        wanted = there.scenario.with_knobs(years=read_knob("years", str(years))) if years is not None else there.scenario
        lived = there.last_commit.day if there.last_commit else 0
        if wanted.years * YEAR < lived:
            raise MegastructureError(
                f"{directory}: has already lived {counted('year', lived // YEAR)}; expected --years of at least that"
            )
        refuse_mixture(there, mixed)
        if how := other_laws(there):
            complain(f"megastructure: {show(directory)}: {how}; from day {lived:,} on it is lived under today's")
    compile_engine()
    start_camera(picture and bool(wanted.works))
    from ...memory.run import Run
    from ..living import live_and_show

    with Run.open(directory, write=True, mixed=mixed) as found:
        found.archive.set_years(wanted.years)
        return live_and_show(found, wanted.years, picture, view)


@click.command()
@RUN
@option("--intervals", default=3, type=click.IntRange(0, 1000), help="How many stored intervals to live again.")
@JSON
def verify(directory: Path, intervals: int, as_json: bool) -> int:
    """Check every part of a run against its digests, and live stored intervals again."""
    from ...memory.archive import Archive
    from ...memory.sources import refuse_other_laws

    with Archive.open_to_read(directory) as there:
        refuse_other_laws(there, "live it again")
    compile_engine()
    from ..report import print_verification

    print_verification(directory, intervals, as_json)
    return 0


@click.command()
@RUN
@option("--statistics", is_flag=True, help="Measure how good the city is: walks, fill, pores, dimension, schools.")
@option("--windows", default=5, type=click.IntRange(1, 50), help="Windows that the statistics look at.")
@JSON
def info(directory: Path, statistics: bool, windows: int, as_json: bool) -> int:
    """What a run holds: scenario, days, digests, sizes, its centuries."""
    if statistics:
        compile_engine()
    from ..report import print_info, print_info_as_json

    if as_json:
        print_info_as_json(directory, statistics, windows)
    else:
        print_info(directory, console(), statistics, windows)
    return 0


@click.command(name="knobs")
@option("--toml", is_flag=True, help="As a scenario file with every knob.")
@option("--scenario", default="quick", help="A preset or a file.")
@JSON
def show_knobs(toml: bool, scenario: str, as_json: bool) -> int:
    """List every knob: value, unit, range and meaning."""
    if toml and as_json:
        raise MegastructureError("--toml --json: expected one of them")
    wanted = scenario_of(scenario)
    if as_json:
        from ..records import knob_rows

        say_json(knob_rows(wanted))
        return 0
    if toml:
        say(wanted.to_toml().removesuffix("\n"))
        return 0
    from ..knob_table import print_knobs

    print_knobs(wanted, console())
    return 0


@click.command()
def warm() -> int:
    """Compile everything now, so that no later command has to."""
    compile_camera()
    compile_viewer()
    compile_exporter()
    compile_trials()
    from ...words.kernel import cache_folder

    say(f"compiled kernels are in {cache_folder()}")
    return 0


__all__ = ["info", "resume", "run", "show_knobs", "verify", "warm"]
