"""Words to calls, nothing else. Every mistake of a user's is one line on stderr; what was asked for goes to stdout."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import __version__
from .errors import BadKnob, CannotWrite, MegastructureError
from .scenario import Scenario, knobs, presets, read_knob

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from .run import Century, Run

VIEW = click.Choice(["auto", "walk", "section", "iso"])
INTERRUPTED = {2: 130, 15: 143}  # exit codes after Ctrl-C and SIGTERM


def main() -> None:
    """Entry of the `megastructure` command."""
    try:
        sys.exit(cli(standalone_mode=False))
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except MegastructureError as problem:
        click.echo(f"megastructure: {problem}", err=True)
        sys.exit(problem.exit_code)
    except KeyboardInterrupt:
        click.echo("megastructure: interrupted; what was committed is kept", err=True)
        sys.exit(130)
    except OSError as problem:
        failed = CannotWrite(f"{problem.filename or 'file'}: {problem.strerror or problem}")
        click.echo(f"megastructure: {failed}", err=True)
        sys.exit(failed.exit_code)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="megastructure")
def cli() -> None:
    """A self-replicating city, simulated for three thousand years.

    Begin with `megastructure run`: it grows a city before your eyes and leaves a picture of it.
    """


def knob_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command one option per knob, from the declarations."""
    for k in reversed(knobs()):
        if k.name == "years":
            continue
        option = "--" + k.name.replace("_", "-")
        command = click.option(option, k.name, metavar="N", help=f"{k.says} [{k.unit}, {k.low}..{k.high}]", hidden=True)(
            command
        )
    return command


def resolve(scenario: str, years: int | None, settings: tuple[str, ...], options: dict[str, str | None]) -> Scenario:
    """The scenario that a command line asks for."""
    changes: dict[str, int] = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals:
            raise BadKnob(f"--set {text}: expected knob=value, such as --set growth_income=300")
        changes[name.strip().replace("-", "_")] = read_knob(name.strip(), value)
    for name, given in options.items():
        if given is not None:
            changes[name] = read_knob(name, given)
    if years is not None:
        changes["years"] = read_knob("years", str(years))
    return Scenario.load(scenario).with_knobs(**changes)


@cli.command()
@click.argument("scenario", default="quick", metavar="[SCENARIO.toml | quick | saga | giant]")
@click.option("--years", type=int, help="How many years of 360 days to live.")
@click.option("--out", type=click.Path(path_type=Path), help="The run directory. Default: runs/NAME-SEED.")
@click.option("--set", "settings", multiple=True, metavar="KNOB=VALUE", help="Set a knob; `megastructure knobs` lists them.")
@click.option("--picture/--no-picture", default=True, help="Whether to end with a still.")
@click.option("--view", default="auto", type=VIEW, help="View of the still.")
@knob_options
def run(
    scenario: str, years: int | None, out: Path | None, settings: tuple[str, ...], picture: bool, view: str,
    **options: str | None,
) -> int:  # fmt: skip
    """Grow a city: years pass, a line a century, a run directory, a picture.

    Every knob is an option too: --seed 7, --growth-income 300, ... (see `megastructure knobs`).
    """
    wanted = resolve(scenario, years, settings, options)
    directory = out or fresh_directory(Path(scenario).stem, wanted.seed)
    compile_engine()
    start_camera(picture and bool(wanted.works))
    from .run import Run

    with Run.create(wanted, directory) as begun:
        return live_and_show(begun, wanted.years, picture, view)


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--years", type=int, help="Extend the run to so many years. Default: what it was asked for.")
@click.option("--picture/--no-picture", default=True, help="Whether to end with a still.")
@click.option("--view", default="auto", type=VIEW, help="View of the still.")
def resume(directory: Path, years: int | None, picture: bool, view: str) -> int:
    """Continue a run from its last commit, to the same bits as if it had never stopped."""
    from .archive import Archive

    with Archive.open_to_read(directory) as there:
        wanted = there.scenario.with_knobs(years=read_knob("years", str(years))) if years is not None else there.scenario
    compile_engine()
    start_camera(picture and bool(wanted.works))
    from .run import Run

    with Run.open(directory, write=True) as found:
        if wanted.years * 360 < found.city.day:
            raise MegastructureError(
                f"{directory}: has already lived {found.city.day // 360:,} years; expected --years of at least that"
            )
        found.archive.set_years(wanted.years)
        return live_and_show(found, wanted.years, picture, view)


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--intervals", default=3, type=click.IntRange(0, 1000), help="How many stored intervals to live again.")
def verify(directory: Path, intervals: int) -> int:
    """Check every part of a run against its digests, and live stored intervals again."""
    compile_engine()
    from .archive import Archive
    from .run import verify as live_again
    from .state import APPENDED

    with Archive.open_to_read(directory) as there:
        rows = {name: len(there.read(name)) for name in (*APPENDED, "shots")}
    click.echo("parts    " + ", ".join(f"{n:,} {name}" for name, n in rows.items()) + ": as committed")
    wrong = 0
    for interval in live_again(directory, intervals):
        word = "same bits" if interval.same else "DIFFERENT"
        wrong += not interval.same
        click.echo(f"lived    day {interval.first_day:>9,} to {interval.last_day:>9,}: {word}")
    if wrong:
        raise MegastructureError(f"{directory}: {wrong} intervals came out differently")
    return 0


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--statistics", is_flag=True, help="Measure how good the city is: walks, fill, pores, dimension, schools.")
@click.option("--windows", default=5, type=click.IntRange(1, 50), help="Windows that the statistics look at.")
def info(directory: Path, statistics: bool, windows: int) -> int:
    """What a run holds: scenario, days, digests, sizes, its centuries."""
    if statistics:
        compile_engine()
    from .report import print_info

    print_info(directory, console(), statistics, windows)
    return 0


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--year", type=int, help="The year to look at. Default: the last.")
@click.option("--view", default="auto", type=VIEW, help="From inside, a cut, from outside, or the best of them.")
@click.option("--size", default="1280x720", help="Width x height in pixels.")
@click.option("--out", type=click.Path(path_type=Path), help="The PNG to write. Default: in the run's pictures/.")
@click.option("--shot", default=0, type=click.IntRange(0, 10**6), help="Another eye point for walk: 0, 1, 2, ...")
def still(directory: Path, year: int | None, view: str, size: str, out: Path | None, shot: int) -> int:
    """A picture of the city as it stood at the end of any year."""
    width_height = parse_size(size)
    from .archive import Archive

    Archive.open_to_read(directory).close()  # a mistake in the name is told before anything is compiled
    compile_engine()
    compile_camera()
    from .run import Run

    with Run.open(directory) as there:
        lived = there.city.day // 360
        if year is not None and not 0 <= year <= lived:
            raise MegastructureError(f"--year {year}: expected a year in 0..{lived}, which is what this run has lived")
        day = there.city.day - 1 if year is None else max(0, year * 360 - 1)
        path = take_picture(there, day, view, width_height, out, shot)
    click.echo(show(path))
    return 0


@cli.command()
@click.argument("folder", default="runs", type=click.Path(path_type=Path))
def runs(folder: Path) -> int:
    """List the runs below a folder."""
    from rich.table import Table

    from .archive import runs_in

    found = runs_in(folder)
    if not found:
        raise MegastructureError(f"{folder}: no runs here; `megastructure run` makes one")
    table = Table(box=None, pad_edge=False)
    for head in ("run", "seed", "years", "of", "forked from", "last written", "digest"):
        table.add_column(head, justify="right" if head in ("seed", "years", "of") else "left")
    for r in found:
        if r.problem:
            table.add_row(r.name, "", "", "", "", "", f"cannot be read: {r.problem}")
        else:
            parent = f"{r.parent[0]} day {r.parent[1]:,}" if r.parent else ""
            table.add_row(r.name, str(r.seed), f"{r.days // 360:,}", f"{r.years_asked:,}", parent, r.written, r.digest[:12])
    console().print(table)
    return 0


@cli.command(name="knobs")
@click.option("--toml", is_flag=True, help="As a scenario file with every knob.")
@click.option("--scenario", default="quick", help="A preset or a file.")
def show_knobs(toml: bool, scenario: str) -> int:
    """List every knob: value, unit, range and meaning."""
    wanted = Scenario.load(scenario)
    if toml:
        click.echo(wanted.to_toml(), nl=False)
        return 0
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for head in ("knob", "value", "unit", "range", "meaning"):
        table.add_column(head, justify="right" if head == "value" else "left", no_wrap=head == "knob")
    for k in knobs():
        high = f"2^{(k.high + 1).bit_length() - 1} - 1" if k.high > 10**15 else f"{k.high}"
        table.add_row(k.name, str(getattr(wanted, k.name)), k.unit, f"{k.low}..{high}", k.says)
    console().print(table)
    return 0


@cli.command()
def warm() -> int:
    """Compile everything now, so that no later command has to."""
    compile_engine()
    compile_camera()
    from .kernel import cache_folder

    click.echo(f"compiled kernels are in {cache_folder()}")
    return 0


# ---- what the commands share -------------------------------------------------------------------------------------


def console() -> Console:
    """Where results go; plain text when piped."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def fresh_directory(name: str, seed: int) -> Path:
    """runs/NAME-SEED, with a number behind it when that is taken."""
    first = Path("runs") / f"{name}-{seed}"
    path, number = first, 2
    while path.exists():
        path, number = first.with_name(f"{first.name}-{number}"), number + 1
    return path


def start_camera(wanted: bool) -> None:
    """Let another process compile the camera while this one compiles and runs the engine."""
    from . import warm as warming

    if wanted:
        warming.begin("camera")


def compile_engine() -> None:
    """Load the engine; on a fresh machine this compiles it once."""
    from . import warm as warming

    warming.finish("engine", console_for_progress())


def compile_camera() -> None:
    """Load the camera; on a fresh machine this waits for the process that compiles it."""
    from . import warm as warming

    warming.finish("camera", console_for_progress())


def console_for_progress() -> Console:
    """Where progress goes: stderr."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def live_and_show(begun: Run, years: int, picture: bool, view: str) -> int:
    """Let the years pass with a progress bar, then take the picture and say what to do next."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from .run import compact, interruptible

    out = console()
    began = time.monotonic()
    shown = begun.city.day // 360
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn())
    with interruptible() as caught, Progress(*columns, console=console_for_progress(), transient=True) as bar:
        task = bar.add_task("year 0", total=years, completed=shown)
        finished = begun.advance(
            years,
            observe=lambda r: show_year(bar, task, r),
            on_century=lambda c: say_century(bar, c),
            stop=lambda: caught() != 0,
        )
    lived = begun.city.day // 360
    where = begun.directory
    if not finished:
        click.echo(f"megastructure: stopped in year {lived:,}; `megastructure resume {show(where)}` continues", err=True)
        return INTERRUPTED.get(caught(), 130)
    out.print(
        f"{compact(begun.city.bays)} bays after {lived:,} years, {time.monotonic() - began:.1f} s; "
        f"digest {begun.city.digest()[:12]}; the run is in {show(where)}"
    )
    if picture and begun.scenario.works:
        compile_camera()
        path = take_picture(begun, begun.city.day - 1, view, (1280, 720), None, 0)
        out.print(f"picture: {show(path)}")
    look = f"megastructure still {show(where)} --view section   |   " if begun.scenario.works else ""
    out.print(f"next: {look}megastructure info {show(where)}")
    return 0


def show_year(bar: Progress, task: TaskID, r: Run) -> None:
    """Move the progress bar."""
    year = r.city.day // 360
    bar.update(task, completed=year, description=f"year {year:,}, {r.city.bays:,} bays")


def say_century(bar: Progress, c: Century) -> None:
    """Print a century's line: to stdout, so that it can be piped."""
    if bar.console.is_terminal and sys.stdout.isatty():
        bar.console.print(c.line())
    else:
        click.echo(c.line())


def take_picture(there: Run, day: int, view: str, size: tuple[int, int], out: Path | None, shot: int) -> Path:
    """Render a still of one day and write it."""
    from .look.still import save
    from .look.still import still as render

    path = out or there.directory / "pictures" / f"{view}-year-{(day + 1) // 360}{f'-{shot}' if shot else ''}.png"
    with console_for_progress().status("looking for a view") as status:
        image = render(
            there.ledger, day, view, size, seed=there.scenario.seed + shot,
            progress=lambda words, share: status.update(f"{words} {share:.0%}"),
        )  # fmt: skip
    save(image, path)
    return path


def parse_size(text: str) -> tuple[int, int]:
    """Width and height from `1280x720`."""
    width, _, height = text.partition("x")
    try:
        return int(width), int(height)
    except ValueError:
        raise MegastructureError(f"--size {text}: expected WIDTHxHEIGHT in pixels, such as 1280x720") from None


def show(path: Path) -> str:
    """A path as one would type it here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


__all__ = ["cli", "main", "presets"]
