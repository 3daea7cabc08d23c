"""Words to calls, nothing else. Every mistake of a user's is one line on stderr; what was asked for goes to stdout."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import __version__
from ..ground.digest import digest
from ..ground.scenario import Scenario, knobs, presets, read_knob
from ..words.errors import BadKnob, CannotWrite, MegastructureError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from ..look.subject import Subject
    from ..memory.fork import Crossroads
    from ..memory.run import Century, Run

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


def read_settings(settings: tuple[str, ...]) -> dict[str, int]:
    """The knobs of all --set KNOB=VALUE."""
    changes: dict[str, int] = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals:
            raise BadKnob(f"--set {text}: expected knob=value, such as --set growth_income=300")
        changes[name.strip().replace("-", "_")] = read_knob(name.strip(), value)
    return changes


def resolve(scenario: str, years: int | None, settings: tuple[str, ...], options: dict[str, str | None]) -> Scenario:
    """The scenario that a command line asks for."""
    changes = read_settings(settings)
    for name, given in options.items():
        if given is not None:
            changes[name] = read_knob(name, given)
    if years is not None:
        changes["years"] = read_knob("years", str(years))
    return Scenario.load(scenario).with_knobs(**changes)


@cli.command()
@click.argument("scenario", default="quick", metavar="[SCENARIO.toml | quick | saga | giant | world]")
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
    from ..memory.run import Run

    with Run.create(wanted, directory) as begun:
        return live_and_show(begun, wanted.years, picture, view)


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--years", type=int, help="Extend the run to so many years. Default: what it was asked for.")
@click.option("--picture/--no-picture", default=True, help="Whether to end with a still.")
@click.option("--view", default="auto", type=VIEW, help="View of the still.")
def resume(directory: Path, years: int | None, picture: bool, view: str) -> int:
    """Continue a run from its last commit, to the same bits as if it had never stopped."""
    from ..memory.archive import Archive

    with Archive.open_to_read(directory) as there:
        wanted = there.scenario.with_knobs(years=read_knob("years", str(years))) if years is not None else there.scenario
    compile_engine()
    start_camera(picture and bool(wanted.works))
    from ..memory.run import Run

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
    from ..ground.city import APPENDED
    from ..memory.archive import Archive
    from ..memory.run import verify as live_again

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
@click.option("--at", metavar="NAME|X,Y,Z", help="What to look at: a person, a village, a bay, the Wanderer, an event, a cell.")
@click.option("--ink", is_flag=True, help="Black ink on white paper.")
def still(
    directory: Path, year: int | None, view: str, size: str, out: Path | None, shot: int, at: str | None, ink: bool
) -> int:
    """A picture of the city as it stood at the end of any year, and of whoever stood there."""
    width_height = parse_size(size)
    if at is not None and view not in ("auto", "walk"):
        raise MegastructureError(f"--at {at}: only --view walk looks at something; {view} shows the whole city")
    from ..memory.archive import Archive

    Archive.open_to_read(directory).close()  # a mistake in the name is told before anything is compiled
    compile_reader()
    compile_camera()
    from ..look.subject import find
    from ..memory.run import Run

    with Run.open(directory, to_look=True) as there:
        day = day_of_year(there, year)
        subject = None if at is None else find(there, at, day)
        if subject is not None and subject.day is not None and year is None:
            day = min(subject.day, day)
        path = take_picture(there, day, view, width_height, out, shot, subject, ink)
    click.echo(show(path))
    return 0


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="RUN")
@click.argument("names", nargs=-1, required=True, metavar="[EVENT] OUT")
@click.option("--path", "kind", default="walk", type=click.Choice(["walk", "orbit", "rise", "years"]), help="The camera's way.")
@click.option("--years", "span", metavar="A..B", help="The years that pass: of --path years, or around an event.")
@click.option("--year", type=int, help="The year in which a way is filmed. Default: the last.")
@click.option("--at", metavar="NAME|X,Y,Z", help="What to look at: a person, a village, a bay, the Wanderer, a cell.")
@click.option("--seconds", default=6.0, type=float, help="How long the film is.")
@click.option("--fps", default=24, type=int, help="Frames a second.")
@click.option("--size", default="640x360", help="Width x height in pixels.")
@click.option("--shot", default=0, type=click.IntRange(0, 10**6), help="Another place to film from: 0, 1, 2, ...")
@click.option("--ink", is_flag=True, help="Black ink on white paper.")
def film(
    directory: Path, names: tuple[str, ...], kind: str, span: str | None, year: int | None, at: str | None, seconds: float,
    fps: int, size: str, shot: int, ink: bool,
) -> int:  # fmt: skip
    """A film through the city, through its years, or of an EVENT (its number or name). OUT: .mp4, .gif or .webp."""
    if len(names) > 2:
        raise MegastructureError(f"{' '.join(names)}: expected an event, or none, and the file to write")
    from ..memory.archive import Archive

    Archive.open_to_read(directory).close()
    from ..look.still import check_size

    out, width_height = Path(names[-1]), parse_size(size)
    check_size(width_height)
    compile_reader()
    compile_camera()
    from rich.progress import Progress

    from ..look import film as filming
    from ..look.subject import find, find_event
    from ..memory.run import Run

    filming.check_out(out)
    if width_height[0] % 2 or width_height[1] % 2:
        raise MegastructureError(f"--size {size}: expected even numbers for a film")
    with Run.open(directory, to_look=True) as there:
        day = day_of_year(there, year)
        subject = find_event(there, names[0]) if len(names) == 2 else None if at is None else find(there, at, day)
        planned = filming.plan(
            there, kind=kind, seconds=seconds, fps=fps, size=width_height, years=years_of(span), day=day, subject=subject,
            event=len(names) == 2, seed=there.scenario.seed + shot,
        )  # fmt: skip
        with Progress(console=console_for_progress(), transient=True) as bar:
            task = bar.add_task(planned.called, total=planned.frames)
            filming.write(planned, out, fps, ink, told=lambda done: bar.update(task, completed=done))
    click.echo(show(out))
    return 0


def years_of(text: str | None) -> tuple[int, int] | None:
    """Two years from `600..640`."""
    if text is None:
        return None
    first, _, last = text.partition("..")
    try:
        return int(first), int(last)
    except ValueError:
        raise MegastructureError(f"--years {text}: expected A..B, such as 600..640") from None


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--port", default=8360, type=click.IntRange(0, 65535), help="The port; 0: any that is free. Default: 8360.")
@click.option("--host", default="127.0.0.1", help="The address; other than this machine's own, others can look too.")
@click.option("--open/--no-open", "browse", default=True, help="Whether to open a browser.")
@click.option("--at", "year", type=int, help="The year that the page opens on. Default: the last.")
@click.option("--follow", metavar="NAME", help="Whom the page opens on: a person, a unit, a village, Killy.")
@click.option("--site", type=click.Path(path_type=Path), metavar="DIR", help="Write the page with its data instead: no server.")
@click.option("--years", metavar="A,B,...", help="With --site: the years to write. Default: the last, or that of --at.")
@click.option("--box", metavar="X,Y,Z,R", help="With --site: the place, and how far around it, that is written cell by cell.")
@click.option("--words", default="seed", type=click.Choice(["seed", "plain"]), help="The names of the powers.")
def watch(
    directory: Path, port: int, host: str, browse: bool, year: int | None, follow: str | None, site: Path | None,
    years: str | None, box: str | None, words: str,
) -> int:  # fmt: skip
    """Fly through a run's city and its time in a browser; a living run is followed."""
    from ..memory.archive import Archive
    from ..watch.pages import page_folder

    Archive.open_to_read(directory).close()  # what cannot work is told before anything is compiled
    page_folder()
    compile_viewer()
    if site is not None:
        from ..watch.site import write_site

        write_site(directory, site, years or (None if year is None else str(year)), box, words, console())
        click.echo(f"wrote {show(site)}; any web server shows it: python -m http.server -d {show(site)}")
        return 0
    from ..watch.serve import serve

    serve(directory, port, host, browse, year, follow, words, say=click.echo)
    return 0


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--at", "year", type=int, required=True, help="The year at whose end the fork begins.")
@click.option("--set", "settings", multiple=True, metavar="KNOB=VALUE", help="Change a knob from then on.")
@click.option("--do", "actions", multiple=True, metavar="ACTION", help="Do something then: kill PERSON, gene PERSON, heal BAY, "
              "infect BAY, node BAY, barrier VILLAGE, shot X,Y,Z,AXIS,LENGTH,RADIUS, stop.")  # fmt: skip
@click.option("--dice", type=click.Choice(["same", "new"]), default="same", help="Whether chance falls as it fell, or anew.")
@click.option("--n", "number", type=click.IntRange(1, 1000), help="A fan of so many futures, each with new dice.")
@click.option("--years", type=int, help="How long the fork runs. Default: as long as its parent.")
@click.option("--out", type=click.Path(path_type=Path), help="The new run directory. Default: RUN-at-YEAR.")
@click.option("--standalone", is_flag=True, help="Share no file with the parent.")
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
    from ..memory.archive import Archive

    Archive.open_to_read(directory).close()  # a mistake in the name is told before anything is compiled
    compile_engine()
    from ..memory.fork import Crossroads

    with console_for_progress().status("living the past again") as status:
        here = Crossroads(directory, year, changes, actions, lambda day: status.update(f"living year {day // 360:,} again"))
    if number is None:
        with here.take(dice, out, 1, years, standalone) as begun:
            return live_and_show(begun, begun.scenario.years, False, "auto")
    return live_fan(here, number, years, out, standalone)


@cli.command()
@click.argument("run", metavar="RUN")
@click.argument("others", nargs=-1, required=True, metavar="FORK...")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with everything there is.")
def diff(run: str, others: tuple[str, ...], as_json: bool) -> int:
    """What differs between a run and its fork, or between a run and a fan of futures.

    FORK may be a pattern: diff RUN 'RUN-at-900-*' tells how the futures end. When RUN is a pattern too, forks with the same
    dice are paired, and the mean effect of the change is told: diff 'control-*' 'treated-*'.
    """
    import json
    from dataclasses import asdict

    from ..memory.runs import expand
    from ..told.compare import as_dict, difference
    from ..told.fan import effect, fan
    from . import side_by_side

    first, *rest = expand([run, *others])
    paths = [path for word in rest for path in word]
    if len(first) > 1:
        effects = effect(first, paths)
        if as_json:
            click.echo(json.dumps([asdict(e) for e in effects]))
        else:
            side_by_side.print_effect(effects, console())
    elif len(paths) > 1:
        futures = fan(first[0], paths)
        if as_json:
            click.echo(json.dumps(asdict(futures)))
        else:
            side_by_side.print_fan(futures, console())
    else:
        found = difference(first[0], paths[0])
        if as_json:
            click.echo(json.dumps(as_dict(found)))
        else:
            side_by_side.print_difference(found, console())
    return 0


@cli.command()
@click.argument("folder", default="runs", type=click.Path(path_type=Path))
def runs(folder: Path) -> int:
    """List the runs below a folder as a tree of forks, with their endings."""
    from .side_by_side import print_branches

    print_branches(folder, console())
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
@click.argument("names", nargs=-1, metavar="[LIMIT]...")
@click.option("--full", is_flag=True, help="All limits, also those that take minutes.")
@click.option("--list", "listing", is_flag=True, help="What is compared, by which kernels, and what is left out.")
@click.option("--scenario", "shown", metavar="LIMIT", help="Print the scenario file of a limit.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def validate(names: tuple[str, ...], full: bool, listing: bool, shown: str | None, as_json: bool) -> int:
    """Compare the laws with theory: every known limit through the kernels that live the days, each with a z-score.

    Exit code 1 when a limit is not met.
    """
    compile_engine()
    with console_for_progress().status("loading the trials (compiled once)"):
        from ..study import validation
    if shown is not None:
        click.echo(validation.choose([shown])[0].scenario().to_toml(), nl=False)
        return 0
    chosen = validation.choose(names, full or listing)
    if listing:
        validation.print_list(chosen, console(), as_json)
        return 0
    with console_for_progress().status("") as status:
        found = validation.validate(chosen, progress=lambda limit: status.update(f"{limit.name}: {limit.says}"))
    validation.print_outcomes(found, console(), as_json)
    return 0 if all(outcome.met for outcome in found) else 1


@cli.command()
def warm() -> int:
    """Compile everything now, so that no later command has to."""
    compile_engine()
    compile_camera()
    compile_viewer()
    compile_exporter()
    from ..words.kernel import cache_folder

    click.echo(f"compiled kernels are in {cache_folder()}")
    return 0


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path), metavar="RUN")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--box", metavar="X0:X1,Y0:Y1,Z0:Z1", help="Which cells, ends not included; or all. Default: a dense old place.")
@click.option("--at", metavar="NAME", help="Instead of a box: around the bay where somebody or something with this name is.")
@click.option("--year", type=int, help="Matter as it stood at the end of this year. Default: the last.")
@click.option("--day", type=int, help="The same for a day since the founding.")
@click.option("--lod", default=0, help="Level of detail: a cell stands for 2^LOD cells a side.")
@click.option("--format", "named", metavar="SUFFIX", help="The format, where the name of the file does not say it.")
@click.option("--schem-version", default=2, help="Version of a .schem: 2 or 3.")
@click.option("--tree", default="foremen", metavar="foremen|villages|persons-mothers", help="Which tree a .nwk holds.")
def export(
    directory: Path, file: Path, box: str | None, at: str | None, year: int | None, day: int | None, lod: int,
    named: str | None, schem_version: int, tree: str,
) -> int:  # fmt: skip
    """Write a place or the history for other tools. The suffix of FILE says how.

    \b
    Matter:   .glb (Blender, browsers), .vox (MagicaVoxel), .schem (Minecraft), .zarr (Python, Neuroglancer)
    History:  .parquet (all tables, a folder), .sqlite or .json (OCEL 2.0 event log), .nwk (Newick tree)
    """
    from ..export import door

    kind = door.format_of(file, named)
    given = [f"--{name}" for name, value in (("box", box), ("at", at), ("year", year), ("day", day)) if value is not None]
    if kind in door.HISTORY and (given or lod):
        raise MegastructureError(
            f"{' '.join(given) or '--lod'}: {kind} holds the whole history; expected it only with {', '.join(door.MATTER)}"
        )
    from ..memory.archive import Archive

    Archive.open_to_read(directory).close()  # a mistake in the name is told before anything is compiled
    place = ""
    if kind in door.HISTORY:
        with work_shown(f"writing {file.name}") as told:
            written = door.export_history(directory, file, kind, tree, told)
    else:
        compile_exporter()
        from ..memory.run import Run

        with console_for_progress().status("opening the run"):
            opened = Run.open(directory)
        with opened, work_shown(f"writing {file.name}") as told:
            written, place = door.export_matter(opened, file, kind, box, year, day, lod, at, schem_version, told)
    cells = f"{written.cells:,} cells, " if written.cells else ""
    click.echo(f"{show(written.path)}: {cells}{written.words}, {written.bytes / 1e6:,.1f} MB")
    if place:
        click.echo(place)
    return 0


# ---- reading a history -------------------------------------------------------------------------------------------

WORDS = click.option("--words", default="seed", type=click.Choice(["seed", "plain"]), help="The names of the powers.")
SPOILERS = click.option("--spoilers", is_flag=True, help="Tell what nobody in the city can know.")
RUN = click.argument("directory", type=click.Path(path_type=Path), metavar="RUN")


@cli.command()
@RUN
@click.option("--year", metavar="A..B", help="A year of the city, or years such as 600..640.")
@click.option("--kind", metavar="KIND", help="One kind of event, such as 'village fell'.")
@click.option("--person", metavar="NAME", help="Whom it is about: the name as it is told, or its number.")
@click.option("--place", metavar="NAME", help="Where it happened: a village or a bay.")
@click.option("--top", default=8, type=click.IntRange(1), help="How many events of each span.")
@click.option("--by", default="century", type=click.Choice(["century", "generation", "decade", "year"]), help="The spans.")
@WORDS
@SPOILERS
def chronicle(directory: Path, **options: Any) -> int:
    """What happened, ranked by what mattered, in sentences."""
    from ..read.chronicle import show as tell

    tell(directory, console(), **options)
    return 0


@cli.command()
@RUN
@click.argument("name", required=False)
@click.option("--locus", type=int, help="Instead of a life: how the last copy of a locus was handed down.")
@click.option("--top", default=60, type=click.IntRange(1), help="How many events at most.")
@WORDS
@SPOILERS
def biography(directory: Path, **options: Any) -> int:
    """What became of somebody: a person, a village, a bay, a unit, the Wanderer.

    NAME is the name as the chronicle tells it, or its number.
    """
    from ..read.biography import show as tell

    tell(directory, console(), **options)
    return 0


@cli.command()
@RUN
@click.option("--top", default=4, type=click.IntRange(0), help="How many events of each era.")
@WORDS
@SPOILERS
def eras(directory: Path, **options: Any) -> int:
    """The periods of a history, and what happened in them."""
    from ..read.eras import show as tell

    tell(directory, console(), **options)
    return 0


@cli.command()
@RUN
@click.option("--top", default=12, type=click.IntRange(1), help="How many stories.")
@click.option("--sql", is_flag=True, help="Print the patterns instead, as SQL.")
@WORDS
@SPOILERS
def stories(directory: Path, **options: Any) -> int:
    """The best stories of a history, found by twelve patterns."""
    from ..read.stories import show as tell

    tell(directory, console(), **options)
    return 0


@cli.command(name="sql")
@RUN
@click.argument("statement", metavar="SELECT")
def ask(directory: Path, statement: str) -> int:
    """Ask a run anything: one SELECT over its tables. A table in a terminal, CSV when piped.

    Tables are those of docs/reference/tables.md, each with its row number as `serial`; besides, `kinds` and the views
    `persons_named`, `villages_named`, `units_named`, `foremen_named`, `events_named`. spoken(name) and spoken_place(name) give
    names as they are told.
    """
    from ..read.query import show as tell

    tell(directory, console(), statement)
    return 0


@cli.command(name="report")
@RUN
@click.option("--out", type=click.Path(path_type=Path), help="The page to write. Default: report.html in the run.")
@WORDS
@SPOILERS
def write_report(directory: Path, out: Path | None, words: str, spoilers: bool) -> int:
    """A history on one page of HTML, which needs no other file: figures, eras, stories, lives, maps."""
    from ..read.page import write

    click.echo(show(write(directory, out, words, spoilers).path))
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


def compile_reader() -> None:
    """Compile the engine where nobody did; where it is compiled, a reader loads the few kernels that it needs."""
    from ..words.kernel import is_warm

    if not is_warm():
        compile_engine()


def compile_camera() -> None:
    """Load the camera; on a fresh machine this waits for the process that compiles it."""
    from . import warm as warming

    warming.finish("camera", console_for_progress())


def compile_viewer() -> None:
    """Load what the viewer reads a run with; on a fresh machine this compiles the engine and its surfaces once."""
    from . import warm as warming

    warming.finish("engine", console_for_progress())
    warming.finish("viewer", console_for_progress())


def compile_exporter() -> None:
    """Load what surfaces are made with; on a fresh machine this compiles the engine and that once."""
    from . import warm as warming

    warming.finish("engine", console_for_progress())
    warming.finish("exporter", console_for_progress())


def console_for_progress() -> Console:
    """Where progress goes: stderr."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def live_and_show(begun: Run, years: int, picture: bool, view: str) -> int:
    """Let the years pass with a progress bar, then take the picture and say what to do next."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from ..memory.run import compact, interruptible

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
        f"digest {digest(begun.city)[:12]}; the run is in {show(where)}"
    )
    if picture and begun.scenario.works:
        compile_camera()
        path = take_picture(begun, begun.city.day - 1, view, (1280, 720), None, 0)
        out.print(f"picture: {show(path)}")
    if begun.city.powers.era_day >= 0:
        tell_history(out, where)
    look = f"megastructure still {show(where)} --view section   |   " if begun.scenario.works else ""
    read = "stories" if begun.city.powers.era_day >= 0 else "info"
    out.print(f"next: {look}megastructure {read} {show(where)}")
    return 0


def tell_history(out: Console, where: Path) -> None:
    """Write the page of a run, and print how it begins."""
    from rich.panel import Panel

    from ..read.page import write

    page = write(where)
    lines = [f"{year:>6,}  {sentence}" for year, sentence in page.history]
    text = "\n".join([page.said, "", *lines])
    out.print(Panel(text, title=page.label, title_align="left", expand=False) if out.is_terminal else f"{page.label}: {text}")
    out.print(f"page: {show(page.path)}")


def live_fan(here: Crossroads, number: int, years: int | None, out: Path | None, standalone: bool) -> int:
    """Live so many futures with new dice, a line each."""
    from ..memory.run import interruptible
    from ..told.ending import ending_of
    from .side_by_side import fan_line

    first = None
    with interruptible() as caught:
        for k in range(1, number + 1):
            place = None if out is None else out.with_name(f"{out.name}-{k:02d}")
            with here.take("new", place, k, years, standalone) as begun:
                begun.advance(stop=lambda: caught() != 0)
                where, city = begun.directory, begun.city
                first = first or where
                if caught():
                    click.echo(f"megastructure: stopped; `megastructure resume {show(where)}` continues", err=True)
                    return INTERRUPTED.get(caught(), 130)
                people = int(city.powers.people)
                click.echo(fan_line(show(where), ending_of(city.powers.words), people, city.bays, digest(city)))
    if first is not None:
        pattern = show(first.with_name(first.name.rpartition("-")[0] + "-*"))
        click.echo(f"next: megastructure diff {show(here.parent.directory)} '{pattern}'")
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


def day_of_year(there: Run, year: int | None, option: str = "--year") -> int:
    """The last day of a year; of the last one that the run has lived where none is asked for."""
    lived = there.city.day // 360
    if year is not None and not 0 <= year <= lived:
        raise MegastructureError(f"{option} {year}: expected a year in 0..{lived}, which is what this run has lived")
    return max(0, there.city.day - 1 if year is None else min(year * 360, there.city.day) - 1)


def take_picture(
    there: Run, day: int, view: str, size: tuple[int, int], out: Path | None, shot: int, subject: Subject | None = None,
    ink: bool = False,
) -> Path:  # fmt: skip
    """Render a still of one day and write it."""
    from ..look.still import Scene, save
    from ..look.still import still as render
    from ..look.subject import scene

    words = f"{view}{'-ink' if ink else ''}-year-{(day + 1) // 360}{f'-{shot}' if shot else ''}"
    if subject is not None:
        words += "-" + "-".join(subject.called.lower().replace(",", "").split())
    path = out or there.directory / "pictures" / f"{words}.png"
    seen = view == "walk" or view == "auto"
    with console_for_progress().status("looking for a view") as status:
        image = render(
            there.ledger, day, view, size, seed=there.scenario.seed + shot, inked=ink,
            scene=scene(there, day, subject) if seen and (shot == 0 or subject is not None) else Scene(),
            progress=lambda words, share: status.update(f"{words} {share:.0%}"),
        )  # fmt: skip
    save(image, path)
    return path


@contextmanager
def work_shown(words: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar for work in pieces. SIGTERM ends it like Ctrl-C, so that what was half done is swept away."""
    import signal

    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    def end(number: int, _: object) -> None:
        raise SystemExit(INTERRUPTED[number])

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn())
    before = signal.signal(signal.SIGTERM, end)
    try:
        out = console_for_progress()
        with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as bar:
            task = bar.add_task(words, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
    except KeyboardInterrupt:
        click.echo("megastructure: interrupted; nothing was written", err=True)
        raise SystemExit(INTERRUPTED[signal.SIGINT]) from None
    finally:
        signal.signal(signal.SIGTERM, before)


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
