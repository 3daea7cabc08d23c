"""Write docs/reference from the declarations: knobs, tables, genes, codes, streams, events, laws, commands; fill docs/odd.md.

`python tools/make_reference.py` writes the pages; with `--check` it says which are out of date, exit code 1 when any is.
The description of the model is written by hand, but for what stands between `<!-- generated: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import ast
import inspect
import os
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator
from enum import IntEnum
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    os.environ.setdefault("NUMBA_DISABLE_JIT", "1")  # declarations are read, nothing is run

import click

import megastructure
from megastructure import laws, time
from megastructure.door.cli import cli
from megastructure.door.exits import EXITS
from megastructure.door.records import KEYS, LISTS
from megastructure.ground import codes
from megastructure.ground.city import APPENDED, LAW_TABLES
from megastructure.ground.codes import (
    Allegiance,
    Clip,
    DeathCause,
    Ending,
    Errand,
    EventKind,
    Fate,
    Health,
    Material,
    Mission,
    Order,
    Phase,
    Site,
    Stream,
    WorkKind,
)
from megastructure.ground.limits import codes_of, range_of
from megastructure.ground.scenario import Knob, Scenario, knobs, presets
from megastructure.ground.tables import FIRST_STYLE, TABLES, Charters, Sizes
from megastructure.laws.law import Law
from megastructure.time import live, tick
from megastructure.told.sentences import KINDS, VOCABULARY
from megastructure.words.declare import Col, Column, Gene, Table, columns

DOCS = Path(__file__).parents[1] / "docs"
REFERENCE = DOCS / "reference"
ODD = DOCS / "odd.md"
WRITTEN_BY = "<!-- Written by tools/make_reference.py from the declarations; edit those. -->"


def pages() -> dict[str, str]:
    """All pages: file name -> text."""
    return {
        "knobs.md": knobs_page(),
        "tables.md": tables_page(),
        "genes.md": genes_page(),
        "codes.md": codes_page(),
        "streams.md": streams_page(),
        "events.md": events_page(),
        "laws.md": laws_page(),
        "commands.md": commands_page(),
        "exit-codes.md": exits_page(),
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
        of = ", ".join(f"[{law.name}](laws.md#{law.name})" for law in all_laws() if k.name in law.knobs)
        return (
            f"`{k.name}`", number(k.default), k.unit, f"{number(k.low)} .. {number(k.high)}", k.says, of,
            "" if k.law else "no",
        )  # fmt: skip

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
        "A knob without a law belongs to the frame: the seed, the calendar, the founder, switches of whole parts.",
        grid(("knob", "default", "unit", "range", "meaning", "laws", "decides"), (row(k) for k in knobs()), ("default",)),
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
        "serial: the number of a row there, counted from 0; -1 is none. Names are 63-bit lineage hashes, unique for life. "
        "*May be* is what a stored row may hold: a number outside of it is refused when a run is read. *Last* is the last row "
        "of the table that the column points into, *today* the day of the commit, *before* the row before its own.",
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
        points = c.col.refers and f"[{c.col.refers}](#{c.col.refers})"
        return f"`{c.name}`", c.col.dtype, _unit(c.col), c.col.says, _may_be(c.col), points

    return grid(("column", "dtype", "unit", "meaning", "may be", "points into"), (row(c) for c in columns(table)))


def _may_be(col: Col) -> str:
    between = range_of(col)
    if between is None:
        return ""
    if codes_of(col):
        return "a code" + (f" or {col.low}" if col.low is not None else "")
    low, high = (number(n) if abs(n) < 1 << 31 else power(n) for n in between)
    last = {"days": "today", "years": "this year", "orders": "shots of the scenario", "reigns": "reigns ever"}
    end = "before" if col.earlier else "last" if col.refers else last.get(col.until, high)
    return f"{low} .. {end}"


def power(value: int) -> str:
    """A large number as people say it: 2^50, 2^63 - 1."""
    sign, size = "-" if value < 0 else "", abs(value)
    if size & (size - 1) == 0:
        return f"{sign}2^{size.bit_length() - 1}"
    return f"{sign}2^{size.bit_length()} - 1" if size & (size + 1) == 0 else number(value)


def _unit(col: Col) -> str:
    known = {e.__name__ for e in ENUMS}
    return f"[{col.unit}](codes.md#{col.unit.lower()})" if col.unit in known else col.unit


# ---- genes ---------------------------------------------------------------------------------------------------------


def genes_page() -> str:
    """The heritable columns of a charter."""

    def row(c: Column, gene: Gene) -> tuple[object, ...]:
        part = "style" if c.number >= FIRST_STYLE else "frame"
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

ENUMS: tuple[type[IntEnum], ...] = (
    Material, WorkKind, Clip, Site, Phase, Errand, Allegiance, DeathCause, Health, Fate, Mission, Ending, Stream, EventKind,
    Order,
)  # fmt: skip
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
        remarks = remarks_of(enum)
        heads = ("number", "name", "meaning") if remarks else ("number", "name")
        blocks.append(grid(heads, ((m.value, m.name, remarks.get(m.name, ""))[: len(heads)] for m in enum), ("number",)))
    return page("Codes", *blocks)


def remarks_of(enum: type[IntEnum]) -> dict[str, str]:
    """What the comment beside each number says."""
    return dict(re.findall(r"^ +([A-Z_]+) = \d+ +# (.+)$", inspect.getsource(enum), re.MULTILINE))


# ---- streams -------------------------------------------------------------------------------------------------------


def streams_page() -> str:
    """Every stream of draws, and whose decisions it makes."""
    return page(
        "Streams",
        "A stream is one kind of random decision. A draw is a pure function of (seed, stream, day, name of the one who is "
        "drawn about, index): four words of 32 bits from Philox4x32-10. So a decision that is added, averted or made in "
        "another order changes no other one.",
        streams_table("../"),
        "`time/site` orders the works of a day; `quest/` is what the [Wanderer](../theory/wanderer.md) does. SAMPLE and "
        "NEUTRAL are of statistics and of the neutral control, never of a law.",
    )


def streams_table(docs: str) -> str:
    """Stream, decision, files. `docs`: the way from the page to docs/."""
    said = remarks_of(Stream)
    drawn = occurrences("R_", tuple(sorted(PACKAGE.rglob("*.py"))))
    pages_of = {law.name: theory_link(law, docs) for law in all_laws()}

    def row(stream: Stream) -> tuple[object, ...]:
        files = (pages_of.get(f, f"`{f}`") for f in drawn.get(stream.name, ()))
        return stream.value, stream.name, said.get(stream.name, ""), ", ".join(files)

    return grid(("number", "stream", "what it decides", "drawn in"), (row(s) for s in Stream), ("number",))


# ---- events --------------------------------------------------------------------------------------------------------


def events_page() -> str:
    """Every kind of event: what its columns mean, which file tells it, and how the chronicle puts it."""
    meant = remarks_of(EventKind)
    told = occurrences("V_", ENGINE)

    def row(kind: EventKind) -> tuple[object, ...]:
        k = KINDS[kind]
        files = ", ".join(source_link(f) for f in told.get(kind.name, ())) or "nobody yet"
        of = ", ".join(source_link(f) for f in k.law.split())
        how = k.caption, k.sentence, k.unit.replace("|", " / "), f"{k.weight:g}", "x" * k.spoiler
        return kind.value, f"`{kind.name}`", meant.get(kind.name, ""), *how, of, files

    heads = ("number", "kind", "columns", "caption", "sentence", "unit", "weight", "secret", "law", "told by")
    blocks = [
        "A row of the chronicle is (day, kind, who, whom, place, magnitude, cause, chance, name): see "
        "[events](tables.md#events). *Who* is the name of the one to whom it happens, unless *columns* says otherwise; the "
        "cause is the name of the event that led to it. *Sentence*: how the chronicle tells it "
        "([reading](../howto/reading.md)). *Secret*: told with `--spoilers` only, for nobody in the city can know it; a "
        "carrier who had been tested dies in public. *Weight*: how much such an event matters before its chance and its "
        "consequences are looked at. *Law*: the file that decides it, of the laws ([what each says](laws.md)) or of the order "
        "of a day. *Told by*: the files of the engine in which the kind occurs other than in the name of a cause; what several "
        "laws need stands there once, below them.",
    ]
    for part, kinds in parts_of_events():
        blocks += [f"## {part}", grid(heads, (row(k) for k in kinds), ("number", "weight"))]
    words = list(VOCABULARY)
    blocks += [
        "## Words",
        "`--words` chooses what the powers are called.",
        grid(("in a sentence", *words), ((f"`{key}`", *(VOCABULARY[w][key] for w in words)) for key in VOCABULARY[words[0]])),
    ]
    return page("Events", *blocks)


def parts_of_events() -> Iterator[tuple[str, list[EventKind]]]:
    """The kinds under the headings that stand between them in the source."""
    part, kinds = "", list[EventKind]()
    for line in inspect.getsource(EventKind).splitlines():
        if heading := re.fullmatch(r"    # (.+)", line):
            if kinds:
                yield part, kinds
            part, kinds = heading[1], []
        elif member := re.match(r"    ([A-Z_]+) = \d+", line):
            kinds.append(EventKind[member[1]])
    yield part, kinds


PACKAGE = Path(megastructure.__file__).parent
ENGINE_FILES = ("society/people", "society/units", "memory/interventions")
ENGINE = (
    *sorted(PACKAGE.glob("laws/*.py")), *sorted(PACKAGE.glob("society/quest/*.py")), *sorted(PACKAGE.glob("time/*.py")),
    *(PACKAGE / f"{f}.py" for f in ENGINE_FILES),
)  # fmt: skip


@cache
def occurrences(prefix: str, paths: tuple[Path, ...]) -> dict[str, tuple[str, ...]]:
    """In which files each plain number with this prefix is used, other than in the name of an event that is a cause."""
    found: dict[str, set[str]] = {}
    for path in paths:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = [call for call in ast.walk(tree) if isinstance(call, ast.Call) and ast.unparse(call.func) == "event_name"]
        causes = {id(part) for call in named for argument in call.args for part in ast.walk(argument)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id.startswith(prefix):
                if id(node) not in causes:
                    found.setdefault(node.id.removeprefix(prefix), set()).add(in_package(path))
    return {name: tuple(sorted(files)) for name, files in found.items()}


def in_package(path: Path) -> str:
    """How a source is called in a table: a law by its own name, any other by its way from the package."""
    return path.relative_to(PACKAGE).with_suffix("").as_posix().removeprefix("laws/")


def source_link(called: str) -> str:
    """A source under the name of `in_package`, to click on."""
    return f"[{called}](../../src/megastructure/{called if '/' in called else f'laws/{called}'}.py)"


# ---- laws ----------------------------------------------------------------------------------------------------------


def all_laws() -> list[Law]:
    """The declaration of every law, by name."""
    modules = (import_module(f"{laws.__name__}.{m.name}") for m in pkgutil.iter_modules(laws.__path__))
    return sorted((m.LAW for m in modules if isinstance(getattr(m, "LAW", None), Law)), key=lambda law: law.name)


def theory_link(law: Law, docs: str) -> str:
    """A link to the law's page of theory. `docs`: the way from the page to docs/."""
    return f"[{law.name}]({docs}theory/{law.name}.md)"


def laws_page() -> str:
    """What every law declares about itself."""
    blocks = ["What each law declares about itself. The order in which laws act on a day is `src/megastructure/time/tick.py`."]
    for law in all_laws():
        facts = (
            ("theory", theory_link(law, "../")),
            ("source", re.sub(r";? *docs/theory/\w+\.md", "", law.source)),
            ("knobs", ", ".join(f"[`{k}`](knobs.md)" for k in law.knobs)),
            ("streams", ", ".join(f"[{s}](streams.md)" for s in law.streams) or "none: nothing is drawn"),
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
        if name in KEYS:
            what = "a list of records" if name in LISTS else "one record"
            blocks.append(f"`--json` prints {what}, on one line of ASCII:")
            blocks.append(grid(("key", "what it holds"), ((f"`{key}`", says) for key, says in KEYS[name].items())))
    return page("Commands", *blocks)


def exits_page() -> str:
    """What the command answers to a script."""
    return page(
        "Exit codes",
        "What was asked for is on stdout, and nothing else; progress and mistakes are on stderr, a mistake on one line: "
        "what, where, what is allowed, and the nearest that there is; below one in an option a second line names the help. "
        "With `--json` ([commands](commands.md)) stdout is JSON, or empty where the command could not do what was asked for.",
        grid(("code", "when"), sorted(EXITS.items()), ("code",)),
        "Codes above 128 are 128 and the number of the signal, as shells tell of it; 2 and 74 follow the shell and sysexits.h.",
    )


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


# ---- the description of the model ----------------------------------------------------------------------------------

AGENTS = ("foremen", "charters", "persons", "villages", "units", "wanderers", "powers")
GENERATED = re.compile(r"(<!-- generated: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(text: str) -> str:
    """The page with all its generated parts as they should be."""
    return GENERATED.sub(lambda found: f"{found[1]}\n{generated(found[2])}\n\n{found[3]}", text)


def generated(name: str) -> str:
    """One part of docs/odd.md: a subject, then which one of it."""
    subject, _, which = name.partition(" ")
    if subject == "entities":
        return entities_table()
    if subject == "columns":
        return linked(_columns(TABLES[which]))
    if subject == "knobs":
        return knobs_table(which)
    if subject == "streams":
        return streams_table("")
    if subject == "schedule":
        return schedule_table(SCHEDULED[which])
    if subject == "says":
        law = next(law for law in all_laws() if law.name == which)
        return f"> {law.says}\n>\n> Theory: {theory_link(law, '')}. Streams: {', '.join(law.streams) or 'none'}."
    raise KeyError(name)


def linked(table: str) -> str:
    """A table of docs/reference/tables.md with links that lead there from docs/."""
    return table.replace("](#", "](reference/tables.md#").replace("](codes.md", "](reference/codes.md")


def entities_table() -> str:
    """Every table of the simulation in a line."""

    def row(name: str) -> tuple[object, ...]:
        table = TABLES[name]
        kept = "full mode" if name not in LAW_TABLES else "always"
        return f"[{name}](reference/tables.md#{name})", sentence(table.__doc__), len(columns(table)), kept

    return grid(("table", "a row is", "columns", "exists"), (row(n) for n in TABLES), ("columns",))


def knobs_table(which: str) -> str:
    """The knobs that a law names, or (`frame`) those that no law does."""
    named = {k for law in all_laws() if which in ("frame", law.name) for k in law.knobs}
    chosen = [k for k in knobs() if (k.name in named) != (which == "frame")]

    def row(k: Knob) -> tuple[object, ...]:
        return f"`{k.name}`", number(k.default), k.unit, f"{number(k.low)} .. {number(k.high)}", k.says

    if not chosen:
        return "No knobs: nothing here can be set."
    return grid(("knob", "default", "unit", "range", "meaning"), (row(k) for k in chosen), ("default",))


def schedule_table(kernel: Any) -> str:
    """What `kernel` calls of the laws, in the order of its source, with the conditions around each call."""
    rows = list[tuple[str, str, str, str]]()
    for target, conditions in steps(kernel, ()):
        of = module_of(target).rpartition(".")[2]
        does = sentence(target.__doc__).split(". ")[0].rstrip(".")
        line = (str(len(rows) + 1), f"`{of}.{target.__name__}`", does, " and ".join(f"`{c}`" for c in conditions))
        if line[1:] not in [r[1:] for r in rows]:
            rows.append(line)
    return grid(("", "call", "what it does", "if"), rows, ("",))


def steps(kernel: Any, conditions: tuple[str, ...]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """The calls of a kernel that belong in the schedule; kernels of the floor of time that do not stand for what they call."""
    plain = getattr(kernel, "py_func", kernel)
    body = ast.parse(inspect.cleandoc(inspect.getsource(plain))).body[0]
    for name, around in calls(body, conditions):
        target = plain.__globals__.get(name)
        module = module_of(target)
        if name in STEPS or (module.startswith(f"{laws.__name__}.") and name not in ARITHMETIC):
            yield target, around
        elif module.startswith(f"{time.__name__}."):
            yield from steps(target, around)


def module_of(kernel: Any) -> str:
    """Where a kernel is written; "" of what is none."""
    module = inspect.getmodule(getattr(kernel, "py_func", kernel))
    return module.__name__ if module else ""


ARITHMETIC = ("income", "energy_on", "breeding_price", "may_breed", "next_attempt", "next_date", "contested", "demolition_days")
STEPS = ("live_day", "bear", "set_free", "answer_shot", "refresh_alert", "kill_person", "order_events", "close_year")
SCHEDULED = {"days": tick.days, "live_day": live.live_day}


def calls(node: ast.AST, conditions: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every call of a plain name below a node, in the order of the source, with the tests of the `if`s around it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If):
            test = ast.unparse(child.test)
            yield from calls(child.test, conditions)
            for part in child.body:
                yield from calls(ast.Module([part], []), (*conditions, test))
            otherwise = () if len(child.orelse) == 1 and isinstance(child.orelse[0], ast.If) else (f"not ({test})",)
            for part in child.orelse:  # the test of an `elif` says enough
                yield from calls(ast.Module([part], []), (*conditions, *otherwise))
            continue
        yield from calls(child, conditions)
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Name):
            yield child.func.id, conditions


def main() -> int:
    """Write the pages, or with --check compare them."""
    stale = []
    wanted = {REFERENCE / name: text for name, text in pages().items()}
    wanted[ODD] = filled(ODD.read_text(encoding="utf-8"))
    for path, text in wanted.items():
        if "--check" in sys.argv:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(path)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{path}: out of date; run python tools/make_reference.py")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main())
