"""What is refused: on one line, with what is allowed and the nearest that there is, before anything is compiled."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import pytest

from megastructure.door.cli import answered, cli
from megastructure.door.cli.options import Argument, Option, Place
from megastructure.door.terminal import from_here, show
from megastructure.ground.tables import YEAR
from megastructure.look.subject import check_words, find, find_event
from megastructure.told.sentences import day_in_words
from megastructure.words.errors import MegastructureError
from worlds.made_run import YEARS, make

Ask = Callable[..., tuple[int, str, str]]
POSIX = pytest.mark.skipif(os.name == "nt", reason="paths of POSIX")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run that nobody lived, and one that ended early."""
    home = tmp_path_factory.mktemp("runs")
    make(home / "made")
    make(home / "early", years=400, after_restored_years=59)
    return home


@pytest.fixture
def ask(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Ask the command in that folder: exit code, stdout, stderr. Whoever would compile anything fails."""
    monkeypatch.chdir(folder)

    def no_compiling(*_: object) -> None:
        raise AssertionError("something is compiled")

    for where in ("cli.run", "cli.look", "cli.fork", "cli.study", "exporting"):
        for name in (
            "compile_engine",
            "compile_reader",
            "compile_camera",
            "compile_viewer",
            "compile_exporter",
            "compile_trials",
        ):
            monkeypatch.setattr(f"megastructure.door.{where}.{name}", no_compiling, raising=False)

    def asked(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["megastructure", *map(str, words)])
        code = answered()
        said = capsys.readouterr()
        return code, said.out, said.err

    return asked


# ---- options -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("still made --view isso", "still: --view isso: expected auto, walk, section or iso; did you mean iso?"),
        ("eras made --words x", "eras: --words x: expected seed or plain"),
        ("still made --year x", "still: --year x: expected a whole number"),
        ("film made x.gif --seconds x", "film: --seconds x: expected a number"),
        ("info made --windows 99", "info: --windows 99: expected a whole number in 1..50"),
        ("chronicle made --top 0", "chronicle: --top 0: expected a whole number of at least 1"),
        ("run --sede 7", "run: --sede: no such option; did you mean --seed, --set, --trade?"),
        ("chronicle made --year", "chronicle: --year: expected a value behind it"),
        ("chronicle", "chronicle: RUN is missing"),
        ("fork made", "fork: --at is missing: The year at whose end the fork begins."),
        ("chronicle made too much", "chronicle: too much: more than was expected"),
        ("stil made", ": stil: no such command; did you mean still, sql, stories?"),
    ],
)
def test_a_wrong_word_is_one_line_and_one_of_help(ask: Ask, words: str, line: str) -> None:
    code, out, err = ask(*words.split())
    command = "megastructure" + (f" {line.partition(':')[0]}" if line[0] != ":" else "")
    assert (code, out) == (2, "")
    assert err == f"{'megastructure' + line if line[0] == ':' else f'megastructure {line}'}\n`{command} --help` says more\n"


def test_every_word_of_a_command_line_is_read_by_the_house() -> None:
    for name, command in cli.commands.items():
        for param in command.params:
            assert isinstance(param, Option | Argument), f"{name}: {param.name}"
            assert not isinstance(param.type, click.Path) or isinstance(param.type, Place), f"{name}: {param.name}"


def test_nothing_asked_is_help(ask: Ask) -> None:
    code, _, err = ask()
    assert code == 2 and err.startswith("Usage: megastructure ") and "  chronicle  " in err


# ---- what there is not -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("biography", "made", "Kily"), "Kily: nobody and nothing here has this name; did you mean Killy?"),
        (("chronicle", "made", "--kind", "fell"), "did you mean village fell, reign fell?"),
        (("chronicle", "made", "--kind", "vilage fel"), "did you mean village fell"),
        (("chronicle", "made", "--kind", "xyz"), "expected a caption such as village fell"),
        (("chronicle", "made", "--kind", "shot", "--year", "3"), "--year 3 --kind shot: nothing such is told of this run"),
        (("chronicle", "made", "--kind", "locus lost"), "--kind locus lost: nobody in the city can know; --spoilers tells it"),
        (("sql", "made", "DROP TABLE events"), "sql: DROP TABLE events: expected one SELECT; a run is read, never written"),
        (("still", "made", "--year", "99999"), f"--year 99999: expected a year in 0..{YEARS}, which this run has lived"),
        (("still", "made", "--at", "1,2"), "--at 1,2: expected a cell as X,Y,Z in whole numbers"),
        (("still", "made", "--size", "1x1"), "expected width x height"),
        (("film", "made", "x.gif", "--year", "999"), f"--year 999: expected a year in 0..{YEARS}"),
        (("film", "made", "x.gif", "--years", "1..999"), f"--years 1..999: 999: expected a year in 0..{YEARS}"),
        (("film", "made", "x.gif", "--at", "1,2"), "--at 1,2: expected a cell"),
        (("film", "made", "x.gif", "--fps", "0"), "--seconds 6 --fps 0: expected up to"),
        (("film", "made", "x.doc"), "x.doc: expected a file that ends in"),
        (("export", "made", "x.glb", "--year", "999"), f"--year 999: expected a year in 0..{YEARS}"),
        (("export", "made", "x.glb", "--day", "999999"), f"--day 999999: expected a day in 0..{YEARS * YEAR - 1:,}"),
        (("export", "made", "x.glb", "--lod", "99"), "--lod 99: expected 0..8"),
        (("export", "made", "x.glb", "--box", "1:2"), "--box 1:2: expected X0:X1,Y0:Y1,Z0:Z1"),
        (("export", "made", "x.glb", "--at", "1,2"), "--at 1,2: expected a name"),
        (("export", "made", "x.glb", "--watertight"), "--watertight: .glb has no such form"),
        (("watch", "made", "--at", "999"), f"--at 999: expected a year in 0..{YEARS}"),
        (("fork", "made", "--at", "9999"), "--at 9999: expected a year in"),
        (("fork", "made", "--at", str(YEARS), "--set", "seed=3"), "expected --dice new"),
        (("fork", "made", "--at", str(YEARS), "--do", "kil X"), "did you mean kill"),
        (("fork", "made", "--at", str(YEARS)), "made: was made under other laws (version"),
        (("verify", "made"), "made: was made under other laws (version"),
        (("resume", "made"), "made: was made under other laws (version"),
        (("resume", "made"), "; --other-laws goes on all the same"),
        (("resume", "made", "--years", "3"), "made: has already lived 300 years; expected --years of at least that"),
        (("run", "--out", "made"), "made: holds a run already; continue it with megastructure resume"),
        (("still", "made", "--out", "made"), "made: a folder stands there; expected the name of a new file"),
        (("run", "quik"), "quik: No such file or directory; expected quick, saga, giant or world, or a scenario file; did you"),
        (("knobs", "--scenario", "."), ".: Is a directory; expected quick, saga, giant or world, or a scenario file"),
        (("validate", "gompertzz"), "gompertzz: no such limit; did you mean gompertz?"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_line_and_comes_before_anything_is_compiled(ask: Ask, words: tuple[str, ...], says: str) -> None:
    if words[0] == "watch":
        pytest.importorskip("uvicorn")
    code, out, err = ask(*words)
    assert (code, out) == (2, "") and err.startswith("megastructure: ") and err.count("\n") == 1
    assert says in err, err


def test_a_statement_that_the_database_refuses_has_no_marker(ask: Ask) -> None:
    for statement in ("SELEC 1", "SELECT nope FROM events", "SELECT\n\n  )"):
        err = ask("sql", "made", statement)[2]
        assert err.startswith("megastructure: sql: ") and "^" not in err and "LINE 1" not in err


class Told:
    """A run of which one knows how many events it has."""

    def table(self, name: str) -> np.ndarray:
        assert name == "events"
        return np.zeros((7, 16), np.int64)


def test_the_range_of_events_is_told() -> None:
    for asked in (lambda: find(Told(), "99", 0), lambda: find_event(Told(), "99"), lambda: find_event(Told(), "x")):  # type: ignore[arg-type]
        with pytest.raises(MegastructureError, match=r"(99|x): no such event; expected the number of one, 0\.\.6, or"):
            asked()
    check_words("1,2,3")
    for half in ("1,2", "1,2,3,4", "1.5,2,3", ",,"):
        with pytest.raises(MegastructureError, match="expected a cell as X,Y,Z"):
            check_words(half)
    assert [day_in_words(day) for day in (0, 359, 360)] == ["the founding", "year 1", "day 360"]


# ---- paths -------------------------------------------------------------------------------------------------------------


@POSIX
def test_a_path_is_told_in_one_way_and_what_is_not_there_in_one_wording(ask: Ask, folder: Path) -> None:
    absent = "nothere: No such file or directory; expected the directory of a run"
    for command in ("info", "stories", "still", "verify", "resume", "eras"):
        for typed in ("nothere", "./nothere", "made/../nothere", folder / "nothere"):
            code, _, err = ask(command, typed)
            assert code == 2 and err == f"megastructure: {absent}\n", err
    assert ask("diff", "made", "nothere")[2].startswith(f"megastructure: {absent}")
    assert ask("runs", "nothere")[2] == "megastructure: nothere: No such file or directory; expected a folder of runs\n"
    for other in ("/etc/passwd", "made/run.db"):
        assert ask("info", other)[2] == f"megastructure: {other}: Not a directory; expected the directory of a run\n"
    assert ask("info", "..")[2] == f"megastructure: {folder.parent}: holds no run.db; expected the directory of a run\n"


@POSIX
def test_below_a_file_is_one_wording_and_one_exit_code(ask: Ask, folder: Path) -> None:
    (folder / "file").touch()
    for words in (
        ("run", "--out", "file/x"),
        ("report", "made", "--out", "file/x.html"),
        ("export", "made", "file/x.json"),
        ("still", "made", "--out", "file/x.png"),
        ("export", "made", "file/x.glb"),
    ):
        code, out, err = ask(*words)
        path = words[-1]
        assert (code, out, err) == (2, "", f"megastructure: {path}: Not a directory: file; choose another name\n")
    assert ask("report", "made", "--out", folder / "new" / "deep" / "x.html")[:2] == (0, "new/deep/x.html\n")


@POSIX
def test_only_paths_below_this_folder_are_told_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert show(tmp_path / "a b") == "a b" and show(tmp_path) == str(tmp_path) and show(tmp_path.parent) == str(tmp_path.parent)
    assert from_here(f"{tmp_path}/a: no; see '{tmp_path}/b'") == "a: no; see 'b'"
    for whole in (f"{tmp_path}: no", f"{tmp_path}x/a: no", f"/mnt{tmp_path}/a: no", f"{tmp_path.parent}/a: no"):
        assert from_here(whole) == whole


# ---- for other programs ------------------------------------------------------------------------------------------------


def test_what_is_piped_has_a_line_a_row_and_no_blanks_behind_it(ask: Ask) -> None:
    for words in (("info", "made"), ("runs", "."), ("knobs",), ("validate", "--list", "--full"), ("diff", "made", "early")):
        code, out, _ = ask(*words)
        assert code == 0 and "\u2026" not in out
        assert not re.search(r" $", out, re.MULTILINE), words
    from megastructure.study.validation import LIMITS

    listed = ask("validate", "--list", "--full")[1].splitlines()
    for limit in LIMITS:
        assert any(limit.name in line and limit.says in line and limit.kernels[-1] in line for line in listed), limit.name


def test_a_history_that_ended_early_says_why(ask: Ask) -> None:
    said = "restored in year 241 and watched for 59 years since (after_restored_years); resume lives on to year 400"
    assert f"ended    {said}" in ask("info", "early")[1] and "ended " not in ask("info", "made")[1]
    early, made = (json.loads(ask("info", run, "--json")[1])["ended_early"] for run in ("early", "made"))
    assert early == {"restored": 241, "after_restored_years": 59} and made is None
    assert "after-restored-years" in (cli.commands["run"].help or "") and "ended early" in (cli.commands["resume"].help or "")
