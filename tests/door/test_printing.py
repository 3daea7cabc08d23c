"""What commands print: nobody's text is markup, any encoding will do, other ends of stdout are met, --json keeps its keys."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import megastructure
from megastructure.door.cli import cli
from megastructure.door.exits import EXITS
from megastructure.door.records import KEYS, LISTS
from megastructure.door.screen import Screen, Waiting, bar
from megastructure.ground.scenario import Scenario, knobs
from megastructure.memory.archive import Archive
from megastructure.memory.fork import NOTE
from megastructure.memory.run import Century
from megastructure.words import errors
from megastructure.words.errors import MegastructureError
from megastructure.words.shown import shown
from worlds.made_run import make

DOOR = Path(megastructure.__file__).parent / "door"
NAMES = ["r[bold]", "[bold]q[", "[link=x]y", "人の街", "a b'c", '<b>&"', "-dash", "\x1b[31mred\nx", "\udcff"]
POSIX = pytest.mark.skipif(os.name == "nt", reason="such names and ends are of POSIX")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs with every name that a directory may have."""
    runs = tmp_path_factory.mktemp("runs")
    for name in NAMES if os.name != "nt" else NAMES[:5]:
        make(runs / name)
    return runs


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run to be damaged."""
    return make(tmp_path_factory.mktemp("made") / "run")


def run(*words: object) -> str:
    """What a command prints."""
    result = CliRunner().invoke(cli, [str(w) for w in words], catch_exceptions=False, standalone_mode=False)
    return result.output


def process(*words: object, **more: Any) -> subprocess.CompletedProcess[bytes]:
    """A command in a process of its own; `more`: of its environment, or of the process."""
    environment = {**os.environ, "PYTHONPATH": str(DOOR.parents[1]), **{k: more.pop(k) for k in list(more) if k.isupper()}}
    environment.pop("PYTHONUNBUFFERED", None)
    more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.run([sys.executable, "-m", "megastructure", *map(os.fspath, words)], env=environment, check=False, **more)


# ---- nobody's text is markup -----------------------------------------------------------------------------------------------


@POSIX
def test_a_directory_is_called_what_it_is_called(folder: Path) -> None:
    listed = run("runs", folder)
    make(folder / "q[" / "b]" / "r")  # so that its path has [/b] in it
    assert str(folder / "q[/b]/r") in run("info", folder / "q[/b]/r")
    for name in NAMES:
        told = shown(name)
        assert told in run("info", folder / name) and told in listed
        assert run("stories", folder / name).count("\x1b") == 0
    assert "\x1b" not in listed


def test_what_is_stored_is_no_markup(tmp_path: Path) -> None:
    century = {f.name: 1 for f in fields(Century)} | {f.name: "[/nope][red]" for f in fields(Century) if f.type == "str"}
    scenario = Scenario.load("quick")
    parent = ("../[link=http://x]p[/nope]", 0)
    with Archive.create(tmp_path / "a[nope]", scenario, "made-up", parent) as archive:
        archive.note("centuries", json.dumps([century | {"people": 0}]))
    make(tmp_path / "b")
    said = run("runs", tmp_path)
    assert "a[nope]" in said and "[link=http:/x]p[/nope]" in said


WRONG = [
    {"year": "x"}, {"bays": 1.5}, {"bays": True}, {"bays": -1}, {"bays": 10**30}, {"people": float("inf")}, {"cells": []},
    {"greatest_foreman": "\x1b[31m"}, {"greatest_kind": 7}, {"greatest_school": None}, {"more": 1},
    {"greatest_school": "x" * 999},
]  # fmt: skip


@pytest.mark.parametrize("wrong", [*WRONG, "[1]", '"x"', '[{"year": 1}]', "[" * 100_000], ids=lambda w: str(w)[:30])
def test_a_damaged_note_of_centuries_is_one_line(made: Path, wrong: dict[str, Any] | str) -> None:
    right = {f.name: "x" if f.type == "str" else 1 for f in fields(Century)}
    with Archive.open_to_write(made) as archive:
        archive.note("centuries", json.dumps([right]))
    assert "1 person in 1 village" in run("info", made)
    with Archive.open_to_write(made) as archive:
        archive.note("centuries", wrong if isinstance(wrong, str) else json.dumps([right | wrong]))
    for words in (("info", made), ("info", made, "--json")):
        with pytest.raises(MegastructureError, match="centuries are damaged"):
            run(*words)


@pytest.mark.parametrize("value", ['"[/b]"', "[1]", "1.5", "null", '{"pitch": "\\u001b"}'])
def test_a_damaged_note_of_a_fork_is_one_line(tmp_path: Path, value: str) -> None:
    directory, other = make(tmp_path / "run"), make(tmp_path / "other")
    noted = f'{{"day": 0, "changes": {{"growth_income": {value}}}, "actions": [], "dice": "same", "number": 1}}'
    with Archive.open_to_write(directory) as archive:
        archive.note(NOTE, noted)
    with pytest.raises(MegastructureError, match="fork is damaged"):
        run("diff", other, directory)


def test_a_screen_shows_brackets_and_spells_out_what_a_terminal_would_obey() -> None:
    from io import StringIO

    from rich.table import Table
    from rich.text import Text

    out = StringIO()
    screen = Screen(file=out, force_terminal=True, width=120, color_system="standard")
    table = Table("[h]", title="[/t]")
    table.add_row("[/c]\x1b[5m", Text("[/d]\x9b5m", style="red"))
    screen.print("[/a] :smile: \x1b]8;;http://x\x07")
    screen.print(table)
    with Waiting("[/w]\x1b[5m", screen) as waits:
        waits.say("[/v]")
    with bar(screen) as moving:
        moving.add_task("[/p]\x1b[5m", total=1)
    said = out.getvalue()
    assert all(f"[/{c}]" in said for c in "atcdvp") and ":smile:" in said and "\x1b[31m" in said
    assert not re.search(r"\x1b\]8|\x1b\[5m|\x9b|\x07", said)


def test_everything_is_printed_in_one_place() -> None:
    """No file but `screen` and `terminal` makes a console, a bar or a waiting line, or prints through click; no markup."""
    for path in DOOR.parent.rglob("*.py"):
        if path.name in ("screen.py", "terminal.py") and path.parent == DOOR:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                where = f"{path.name}:{node.lineno}: {called}"
                assert called not in ("Console", "Progress", "click.echo", "click.secho", "Text.from_markup"), where
                assert not called.endswith(".status"), where
                if called == "TextColumn":
                    assert "markup=False" in ast.unparse(node) or "{" not in ast.unparse(node), where
                if called == "Panel":
                    assert "title=Text(" in ast.unparse(node), where


# ---- tables and their widths -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [20, 40, 80])
def test_no_cell_is_cut_short(folder: Path, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from io import StringIO

    from megastructure.door.knob_table import print_knobs
    from megastructure.door.report import print_info
    from megastructure.door.side_by_side import print_branches

    out = StringIO()
    screen = Screen(file=out, force_terminal=True, width=width, color_system=None, soft_wrap=True)
    print_info(folder / "r[bold]", screen, False, 1)
    for printed in (lambda s: print_branches(folder, s), lambda s: print_knobs(Scenario(), s)):
        printed(Screen(file=out, force_terminal=True, width=width, color_system=None, soft_wrap=True))
    said = out.getvalue()
    assert "\u2026" not in said and "works planned  renovations  power charged" in said
    assert all(k.name in said for k in knobs()) and "last written" in said


# ---- encodings, ends of stdout ---------------------------------------------------------------------------------------------


@POSIX
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_any_encoding_will_do(folder: Path, encoding: str) -> None:
    for words in (("info", folder / "人の街"), ("runs", folder), ("info", folder / "\udcff"), ("info", folder / "人")):
        done = process(*words, PYTHONIOENCODING=encoding)
        text = (done.stdout + done.stderr).decode(encoding)
        assert done.returncode == (2 if words[1] == folder / "人" else 0), text
        assert "Traceback" not in text and ("\\u4eba" in text or "人" in text or "\\xff" in text)


@POSIX
def test_a_path_alone_is_the_path_to_the_byte(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "人 \udcff.html"
    done = process("report", folder / "\udcff", "--out", page, PYTHONIOENCODING="ascii")
    assert done.stdout == os.fsencode(page) + b"\n" and page.exists()


@POSIX
def test_a_closed_pipe_and_a_full_disk_are_told_by_the_exit_code(folder: Path) -> None:
    for words in (("sql", folder / "r[bold]", "SELECT * FROM events a, events b"), ("info", folder / "r[bold]", "--json")):
        reading, writing = os.pipe()
        os.close(reading)
        done = process(*words, stdout=writing)
        os.close(writing)
        assert done.returncode == 141 and done.stderr == b""
    if Path("/dev/full").exists():
        with open("/dev/full", "wb") as full:
            for words in (("stories", folder / "r[bold]"), ("knobs", "--json"), ("knobs",)):
                done = process(*words, stdout=full)
                assert done.returncode == 74 and done.stderr.count(b"\n") == 1 and b"No space left" in done.stderr


@pytest.mark.parametrize(
    "words",
    [("info", "x" * 5000), ("info", ".", "--windows", "9x" * 5000), ("knobs", "--scenario", "y " * 5000), ("z" * 5000,)],
)
def test_a_mistake_repeats_little(words: tuple[str, ...]) -> None:
    done = process(*words)
    assert done.returncode == 2 and done.stdout == b"" and len(done.stderr) < 1500 and b"Traceback" not in done.stderr


def test_every_exit_code_is_in_the_reference() -> None:
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, MegastructureError)]
    assert len(kinds) > 3 and all(kind.exit_code in EXITS for kind in kinds)
    for path in DOOR.rglob("*.py"):
        for code in re.findall(
            r"(?:SystemExit|exit)\((\d+)\)|^\s+return (\d+)$", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            assert int(code[0] or code[1]) in EXITS, path


# ---- for scripts -----------------------------------------------------------------------------------------------------------


def test_json_has_the_keys_that_are_declared(folder: Path) -> None:
    there = folder / "r[bold]"
    for words in (("info", there, "--json"), ("runs", folder, "--json"), ("knobs", "--json", "--scenario", "saga")):
        said = run(*words)
        assert said.isascii() and said.count("\n") == 1
        read = json.loads(said)
        assert isinstance(read, list) == (words[0] in LISTS)
        for record in read if isinstance(read, list) else [read]:
            assert list(record) == list(KEYS[words[0]])
    info = json.loads(run("info", there, "--json"))
    assert (
        info["run"] == str(there.resolve())
        and info["years"] == 300
        and info["rows"]["series"] == 300
        and info["forked"] is None
    )
    assert {r["name"]: r["ending"] for r in json.loads(run("runs", folder, "--json"))}["r[bold]"] == "RESTORED"
    values = {k["name"]: k["value"] for k in json.loads(run("knobs", "--json", "--scenario", "saga"))}
    assert values == {k.name: getattr(Scenario.load("saga"), k.name) for k in knobs()}


def test_json_of_what_is_not_there_is_nothing(tmp_path: Path) -> None:
    for words in (("info", tmp_path / "no", "--json"), ("runs", tmp_path, "--json"), ("knobs", "--json", "--toml")):
        done = process(*words)
        assert done.returncode == 2 and done.stdout == b"" and done.stderr.count(b"\n") == 1


def test_nothing_is_lost_where_python_does_not_buffer(tmp_path):
    """A disk that takes half of an answer is told: an unbuffered stream forgets the rest."""
    asked = """
import resource
from megastructure.door.terminal import open_streams
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
open_streams()
print("x" * 300_000, end="", flush=True)
"""
    with (tmp_path / "answer").open("wb") as file:
        done = subprocess.run(
            [sys.executable, "-c", asked], env={**os.environ, "PYTHONUNBUFFERED": "1"}, stdout=file, stderr=subprocess.PIPE,
            text=True, check=False,
        )  # fmt: skip
    assert "File too large" in done.stderr
