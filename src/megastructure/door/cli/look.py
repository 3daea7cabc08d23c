"""To look at a city: still, film, watch, and export to look with other programs."""

from __future__ import annotations

from pathlib import Path

import click

from ...words.counts import counted
from ...words.errors import MegastructureError
from ...words.shell import quoted
from ..compiling import compile_camera, compile_reader, compile_viewer
from ..terminal import encoding, say, say_path, show, typed, work_shown
from .options import RUN, VIEWS, WORDS, Place, argument, check_run, check_year, option

INK = option("--ink", is_flag=True, help="Black ink on white paper.")


@click.command()
@RUN
@option("--year", type=int, help="The year to look at. Default: the last.")
@option("--view", default="auto", type=VIEWS, help="From inside, a cut, from outside, or the best of them.")
@option("--size", default="1280x720", help="Width x height in pixels.")
@option("--out", type=Place(), help="The PNG to write. Default: in the run's pictures/.")
@option("--shot", default=0, type=click.IntRange(0, 10**6), help="Another eye point for walk: 0, 1, 2, ...")
@option("--at", metavar="NAME|X,Y,Z", help="What to look at: a person, a village, a bay, the Wanderer, an event, a cell.")
@INK
def still(
    directory: Path, year: int | None, view: str, size: str, out: Path | None, shot: int, at: str | None, ink: bool
) -> int:
    """A picture of the city as it stood at the end of any year, and of whoever stood there."""
    from ...look.still import check_size
    from ...look.subject import check_words
    from ...memory.output import check_new_file

    width_height = parse_size(size)
    check_size(width_height)
    if at is not None and view not in ("auto", "walk"):
        raise MegastructureError(f"--at {at}: only --view walk looks at something; {view} shows the whole city")
    check_year(year, check_run(directory))
    if at is not None:
        check_words(at)
    if out is not None:
        check_new_file(out)
    compile_reader()
    compile_camera()
    from ..pictures import take_still

    say_path(take_still(directory, year, view, width_height, out, shot, at, ink))
    return 0


@click.command()
@RUN
@argument("names", nargs=-1, required=True, metavar="[EVENT] OUT")
@option("--path", "kind", default="walk", type=click.Choice(["walk", "orbit", "rise", "years"]), help="The camera's way.")
@option("--years", "span", metavar="A..B", help="The years that pass: of --path years, or around an event.")
@option("--year", type=int, help="The year in which a way is filmed. Default: the last.")
@option("--at", metavar="NAME|X,Y,Z", help="What to look at: a person, a village, a bay, the Wanderer, a cell.")
@option("--seconds", default=6.0, type=float, help="How long the film is.")
@option("--fps", default=24, type=int, help="Frames a second.")
@option("--size", default="640x360", help="Width x height in pixels.")
@option("--shot", default=0, type=click.IntRange(0, 10**6), help="Another place to film from: 0, 1, 2, ...")
@INK
def film(
    directory: Path, names: tuple[str, ...], kind: str, span: str | None, year: int | None, at: str | None, seconds: float,
    fps: int, size: str, shot: int, ink: bool,
) -> int:  # fmt: skip
    """A film through the city, through its years, or of an EVENT (its number or name). OUT: .mp4, .gif or .webp."""
    if len(names) > 2:
        raise MegastructureError(f"{' '.join(names)}: expected an event, or none, and the file to write")
    lived = check_run(directory)
    from ...look.film import check_length, check_out
    from ...look.still import check_size
    from ...look.subject import check_words
    from ...memory.output import check_new_file

    out, width_height = Path(names[-1]).absolute(), parse_size(size)
    years = years_of(span)
    check_year(year, lived)
    if at is not None:
        check_words(at)
    for one in years or ():
        check_year(one, lived, f"--years {span}:")
    check_length(seconds, fps)
    check_size(width_height)
    check_out(out)
    check_new_file(out)
    if width_height[0] % 2 or width_height[1] % 2:
        raise MegastructureError(f"--size {size}: expected even numbers for a film")
    compile_reader()
    compile_camera()
    from ..pictures import take_film

    event = names[0] if len(names) == 2 else None
    take_film(directory, out, event, kind, years, year, at, seconds, fps, width_height, shot, ink)
    say_path(out)
    return 0


def parse_size(text: str) -> tuple[int, int]:
    """Width and height from `1280x720`."""
    width, _, height = text.partition("x")
    try:
        return int(width), int(height)
    except ValueError:
        raise MegastructureError(f"--size {text}: expected WIDTHxHEIGHT in pixels, such as 1280x720") from None


def years_of(text: str | None) -> tuple[int, int] | None:
    """Two years from `600..640`."""
    if text is None:
        return None
    first, _, last = text.partition("..")
    try:
        return int(first), int(last)
    except ValueError:
        raise MegastructureError(f"--years {text}: expected A..B, such as 600..640") from None


@click.command()
@RUN
@option("--port", default=8360, type=click.IntRange(0, 65535), help="The port; 0: any that is free. Default: 8360.")
@option("--host", default="127.0.0.1", help="The address; other than this machine's own, others can look too.")
@option("--open/--no-open", "browse", default=True, help="Whether to open a browser.")
@option("--at", "year", type=int, help="The year that the page opens on. Default: the last.")
@option("--follow", metavar="NAME", help="Whom the page opens on: a person, a unit, a village, Killy.")
@option("--site", type=Place(), metavar="DIR", help="Write the page with its data instead: no server.")
@option("--years", metavar="A,B,...", help="With --site: the years to write. Default: the last, or that of --at.")
@option("--box", metavar="X,Y,Z,R", help="With --site: the place, and how far around it, that is written cell by cell.")
@WORDS
def watch(
    directory: Path, port: int, host: str, browse: bool, year: int | None, follow: str | None, site: Path | None,
    years: str | None, box: str | None, words: str,
) -> int:  # fmt: skip
    """Fly through a run's city and its time in a browser; a living run is followed."""
    from ...memory.disk import refuse_name
    from ...watch.pages import page_folder
    from ...watch.site import check_site, days_of

    lived = check_run(directory)
    check_year(year, lived, "--at")
    page_folder()  # it too is missed before anything is compiled
    if site is not None:
        check_site(site)
        refuse_name(site)
        days_of(years, lived - 1)
    compile_viewer()
    if site is not None:
        from ...watch.site import write_site

        with work_shown(f"writing {show(site)}") as told:
            write_site(
                directory, site, years or (None if year is None else str(year)), box, words,
                lambda now, share: told(share, 1.0, now),
            )  # fmt: skip
        say(f"wrote {show(site)}; any web server shows it: python -m http.server -d {quoted(typed(site), encoding())}")
        return 0
    from ...watch.serve import serve

    serve(directory, port, host, browse, year, follow, words, say=say)
    return 0


@click.command()
@RUN
@argument("file", type=Place())
@option("--box", metavar="X0:X1,Y0:Y1,Z0:Z1", help="Which cells, ends not included; or all. Default: a dense old place.")
@option("--at", metavar="NAME", help="Instead of a box: around the bay where somebody or something with this name is.")
@option("--year", type=int, help="Matter as it stood at the end of this year. Default: the last.")
@option("--day", type=int, help="The same for a day since the founding.")
@option("--lod", default=0, help="Level of detail: a cell stands for 2^LOD cells a side.")
@option("--format", "named", metavar="SUFFIX", help="The format, where the name of the file does not say it.")
@option("--schem-version", default=2, help="Version of a .schem: 2 or 3.")
@option("--quantised", is_flag=True, help="A .glb a quarter as large, for readers that know KHR_mesh_quantization.")
@option("--watertight", is_flag=True, help="An .obj or .stl whose surface is closed, for printing; five times as large.")
@option("--tree", default="foremen", metavar="foremen|villages|persons-mothers", help="Which tree a .nwk holds.")
def export(
    directory: Path, file: Path, box: str | None, at: str | None, year: int | None, day: int | None, lod: int,
    named: str | None, schem_version: int, quantised: bool, watertight: bool, tree: str,
) -> int:  # fmt: skip
    """Write a place or the history for other tools. The suffix of FILE says how.

    \b
    Matter:   .glb (Blender, ParaView, browsers), .obj, .stl (printers, most others), .vox (MagicaVoxel),
              .schem, .litematic (Minecraft), .zarr (Python, napari, Neuroglancer)
    History:  .parquet (all tables, a folder), .sqlite or .json (OCEL 2.0 event log), .nwk (Newick tree)
    """
    from ...export import door
    from ...memory.disk import refuse_name

    kind = door.format_of(file, named)
    options = {"box": box, "at": at, "year": year, "day": day, "lod": lod or None, "quantised": quantised or None,
               "watertight": watertight or None}  # fmt: skip
    given = [f"--{name}" for name, value in options.items() if value is not None]
    if kind in door.HISTORY and given:
        raise MegastructureError(
            f"{' '.join(given)}: {kind} holds the whole history; expected it only with {', '.join(door.MATTER)}"
        )
    lived = check_run(directory)
    refuse_name(file)
    if kind in door.MATTER:
        check_year(year, lived)
        door.check_asked(kind, box, at, day, year, lod, lived, quantised, watertight)
    from ..exporting import write_history, write_matter

    place = ""
    if kind in door.HISTORY:
        written = write_history(directory, file, kind, tree)
    else:
        written, place = write_matter(directory, file, kind, box, year, day, lod, at, schem_version, quantised, watertight)
    cells = f"{counted('cell', written.cells)}, " if written.cells else ""
    say(f"{show(written.path)}: {cells}{written.words}, {written.bytes / 1e6:,.1f} MB")
    if place:
        say(place)
    if written.link:
        folder = quoted(typed(written.path.parent), encoding())
        say(f"served by `npx http-server {folder} --cors -p 8080`, Neuroglancer shows it: {quoted(written.link, encoding())}")
    return 0


__all__ = ["export", "film", "still", "watch"]
