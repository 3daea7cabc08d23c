"""Write docs/reference from the declarations: knobs, tables, genes, codes, events, laws, commands.

`python docs/make_reference.py` writes the pages; with `--check` it says which are out of date, exit code 1 when any is.
"""

from __future__ import annotations

import inspect
import os
import pkgutil
import re
import sys
from collections.abc import Iterable
from enum import IntEnum
from importlib import import_module
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    os.environ.setdefault("NUMBA_DISABLE_JIT", "1")  # declarations are read, nothing is run

import click

from megastructure import codes, laws
from megastructure.cli import cli
from megastructure.codes import Clip, Errand, EventKind, Material, Phase, Site, Stream, WorkKind
from megastructure.declare import Col, Column, Gene, Table, columns
from megastructure.laws.law import Law
from megastructure.scenario import Knob, Scenario, knobs, presets
from megastructure.sentences import KINDS, VOCABULARY
from megastructure.state import APPENDED, LAW_TABLES
from megastructure.tables import G_FIRST_STYLE, TABLES, Charters, Sizes

HERE = Path(__file__).parent / "reference"
WRITTEN_BY = "<!-- Written by docs/make_reference.py from the declarations; edit those. -->"


def pages() -> dict[str, str]:
    """All pages: file name -> text."""
    return {
        "knobs.md": knobs_page(),
        "tables.md": tables_page(),
        "genes.md": genes_page(),
        "codes.md": codes_page(),
        "events.md": events_page(),
        "laws.md": laws_page(),
        "commands.md": commands_page(),
    }


def page(title: str, *blocks: str, written_by: str = WRITTEN_BY) -> str:
    """A page of blocks."""
    return "\n\n".join([f"# {title}", written_by, *(b.strip("\n") for b in blocks if b.strip())]) + "\n"


def grid(heads: tuple[str, ...], rows: Iterable[tuple[Any, ...]], right: tuple[str, ...] = ()) -> str:
    """A table; the columns named in `right` are set to the right."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "|".join("---:" if h in right else "---" for h in heads) + "|"]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def sentence(text: str | None) -> str:
    """A docstring in one line."""
    return " ".join(inspect.cleandoc(text or "").split())


def number(n: int) -> str:
    """A number as people read it."""
    if n > 10**15:
        return f"2^{(n + 1).bit_length() - 1} - 1"
    return f"{n:,}"


# ---- knobs ---------------------------------------------------------------------------------------------------------


def knobs_page() -> str:
    """Every knob, and what the presets change."""

    def row(k: Knob) -> tuple[object, ...]:
        return f"`{k.name}`", number(k.default), k.unit, f"{number(k.low)} .. {number(k.high)}", k.says, "" if k.law else "no"

    changed = []
    for name in presets():
        preset = Scenario.load(name)
        differs = [f"`{k.name} = {getattr(preset, k.name)}`" for k in knobs() if getattr(preset, k.name) != k.default]
        changed.append((f"`{name}`", ", ".join(differs)))
    return page(
        "Knobs",
        "A knob is a whole number in a scenario. Set it in a TOML file (`growth_income = 300`), on the command line "
        "(`--growth-income 300` or `--set growth_income=300`) or in Python (`Scenario(growth_income=300)`). Both ends of a "
        "range are allowed. Knobs with *no* in the last column change how long or how a history is run, not what happens in "
        "it.",
        grid(("knob", "default", "unit", "range", "meaning", "decides"), (row(k) for k in knobs()), right=("default",)),
        "Two more keys of a scenario file are tables: `[founder]` sets genes of the first charter ([genes.md](genes.md)); each "
        "`[[shots]]` is one row of the table `shots` ([tables.md](tables.md)).",
        "## Presets",
        grid(("preset", "differs from the defaults in"), changed),
    )


# ---- tables --------------------------------------------------------------------------------------------------------


def tables_page() -> str:
    """Every table with its columns."""
    blocks = [
        "A table is a matrix of integers: one row per thing, one column per declared field. dtype is how the column is stored "
        "in Parquet and Arrow (`i4`: signed, 4 bytes; `u1`: unsigned, 1 byte). A column that points into a register holds a "
        "serial: the number of a row there, counted from 0; -1 is none. Names are 63-bit lineage hashes, unique for life.",
        grid(
            ("table", "rows change", "exists in", "kept in a run directory as"),
            ((f"[{n}](#{n})", _changes(n), "both modes" if n in LAW_TABLES else "full mode", _kept(n)) for n in TABLES),
        ),
    ]
    for name, table in TABLES.items():
        blocks += [f"## {name}", sentence(table.__doc__), _columns(table)]
    blocks += ["## sizes", sentence(Sizes.__doc__), _columns(Sizes)]
    return page("Tables", *blocks)


def _changes(name: str) -> str:
    return "never" if name in APPENDED or name == "shots" else "yes"


def _kept(name: str) -> str:
    return f"`{name}/*.parquet`" if name in APPENDED or name == "shots" else "part of each frame"


def _columns(table: type[Table]) -> str:
    def row(c: Column) -> tuple[object, ...]:
        return f"`{c.name}`", c.col.dtype, _unit(c.col), c.col.says, c.col.refers and f"[{c.col.refers}](#{c.col.refers})"

    return grid(("column", "dtype", "unit", "meaning", "points into"), (row(c) for c in columns(table)))


def _unit(col: Col) -> str:
    known = {e.__name__ for e in ENUMS}
    return f"[{col.unit}](codes.md#{col.unit.lower()})" if col.unit in known else col.unit


# ---- genes ---------------------------------------------------------------------------------------------------------


def genes_page() -> str:
    """The heritable columns of a charter."""

    def row(c: Column, gene: Gene) -> tuple[object, ...]:
        part = "style" if c.number >= G_FIRST_STYLE else "frame"
        return f"`{c.name}`", gene.founder, gene.unit, f"{number(gene.low)} .. {number(gene.high)}", part, gene.says

    found = [(c, c.col) for c in columns(Charters) if isinstance(c.col, Gene)]
    return page(
        "Genes",
        "The heritable columns of a charter. The founder's values can be set in a scenario file under `[founder]`; `pitch` and "
        "`height` must be multiples of 16. How genes are copied, err and are redrawn by a new school: "
        "[replication](../theory/replication.md).",
        grid(("gene", "founder", "unit", "range", "part", "meaning"), (row(c, g) for c, g in found), right=("founder",)),
    )


# ---- codes ---------------------------------------------------------------------------------------------------------

ENUMS: tuple[type[IntEnum], ...] = (Material, WorkKind, Clip, Site, Phase, Errand, Stream, EventKind)
CLASSES = ("SOFT", "PLATING", "PASSABLE", "CLIMBABLE", "SUPPORTING")


def codes_page() -> str:
    """Every stored number and its name."""
    blocks = ["Every stored number has a name; a number is never given to another meaning."]
    for enum in ENUMS:
        blocks += [f"## {enum.__name__}", sentence(enum.__doc__)]
        if enum is Material:
            heads = ("number", "name", *(c.lower() for c in CLASSES))
            masks = [int(getattr(codes, c)) for c in CLASSES]
            blocks.append(grid(heads, ((m.value, m.name, *("x" * (k >> m & 1) for k in masks)) for m in Material), ("number",)))
            blocks.append(
                "A bridge cuts *soft* cells and a ladder drills through *plating*. A body of 1 x 1 x 2 cells passes *passable* "
                "cells, climbs on *climbable* ones and stands on *supporting* ones."
            )
            continue
        remarks = dict(re.findall(r"^ +([A-Z_]+) = \d+ +# (.+)$", inspect.getsource(enum), re.MULTILINE))
        heads = ("number", "name", "meaning") if remarks else ("number", "name")
        blocks.append(grid(heads, ((m.value, m.name, remarks.get(m.name, ""))[: len(heads)] for m in enum), ("number",)))
    return page("Codes", *blocks)


# ---- events --------------------------------------------------------------------------------------------------------


def events_page() -> str:
    """How every kind of event is told."""

    def row(kind: EventKind) -> tuple[object, ...]:
        k = KINDS[kind]
        return kind.value, f"`{kind.name}`", k.caption, k.sentence, k.unit.replace("|", " / "), f"{k.weight:g}", "x" * k.spoiler

    words = list(VOCABULARY)
    heads = ("number", "kind", "caption", "sentence", "unit", "weight", "secret")
    return page(
        "Events",
        "How the chronicle tells each kind of event ([reading](../howto/reading.md)). `who`, `whom`, `place` and the magnitude "
        "are columns of [events](tables.md#events); what they stand for is said in [codes](codes.md#eventkind). *secret*: told "
        "with `--spoilers` only, for nobody in the city can know it; a carrier who had been tested dies in public. *weight*: "
        "how much such an event matters before its chance and its consequences are looked at.",
        grid(heads, (row(k) for k in EventKind), right=("number", "weight")),
        "## Words",
        "`--words` chooses what the powers are called.",
        grid(("in a sentence", *words), ((f"`{key}`", *(VOCABULARY[w][key] for w in words)) for key in VOCABULARY[words[0]])),
    )


# ---- laws ----------------------------------------------------------------------------------------------------------


def all_laws() -> list[Law]:
    """The declaration of every law, by name."""
    modules = (import_module(f"{laws.__name__}.{m.name}") for m in pkgutil.iter_modules(laws.__path__))
    return sorted((m.LAW for m in modules if isinstance(getattr(m, "LAW", None), Law)), key=lambda law: law.name)


def laws_page() -> str:
    """What every law declares about itself."""
    blocks = ["What each law declares about itself. The order in which laws act on a day is `src/megastructure/tick.py`."]
    for law in all_laws():
        facts = (
            ("source", re.sub(r"docs/theory/(\w+)\.md", r"[theory](../theory/\1.md)", law.source)),
            ("knobs", ", ".join(f"[`{k}`](knobs.md)" for k in law.knobs)),
            ("streams", ", ".join(f"[{s}](codes.md#stream)" for s in law.streams) or "none: nothing is drawn"),
            ("writes", ", ".join(f"`{w}`" for w in law.writes)),
        )
        blocks += [f"## {law.name}", law.says, grid(("", ""), facts)]
    return page("Laws", *blocks)


# ---- commands ------------------------------------------------------------------------------------------------------


def commands_page() -> str:
    """Every command with its arguments and options."""
    assert isinstance(cli, click.Group)
    blocks = [sentence(cli.help), "`megastructure COMMAND --help` prints the same. `-h` is short for `--help`."]
    for name, command in sorted(cli.commands.items()):
        context = click.Context(command, info_name=f"megastructure {name}")
        usage = " ".join([f"megastructure {name}", *command.collect_usage_pieces(context)])
        blocks += [f"## {name}", f"    {usage}"]
        blocks += [sentence(paragraph) for paragraph in inspect.cleandoc(command.help or "").split("\n\n")]
        shown = [p for p in command.params if isinstance(p, click.Option) and not p.hidden]
        if shown:
            blocks.append(grid(("option", "default", "meaning"), (_option(p) for p in shown)))
    return page("Commands", *blocks)


VALUES = {"--out": "PATH", "--size": "WxH", "--scenario": "SCENARIO"}  # the others take a number or one of their choices


def _option(option: click.Option) -> tuple[str, str, str]:
    words = ", ".join(option.opts + option.secondary_opts)
    if option.is_flag:
        shown = ((option.opts if option.default is True else option.secondary_opts) or [""])[0]
    else:
        shown = str(option.default) if isinstance(option.default, str | int) else ""
    value = "" if option.is_flag else f" {option.metavar or VALUES.get(option.opts[0], 'N')}"
    if isinstance(option.type, click.Choice):
        value = " " + "|".join(option.type.choices)
    return f"`{words}{value}`", shown and f"`{shown}`", option.help or ""


def main() -> int:
    """Write the pages, or with --check compare them."""
    stale = []
    for name, text in pages().items():
        path = HERE / name
        if "--check" in sys.argv:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(path)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{path}: out of date; run python docs/make_reference.py")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main())
