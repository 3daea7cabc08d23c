"""Every command of docs/seeds.md runs, on a run of its own, and says something."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from megastructure.door.cli import cli

PAGE = (Path(__file__).parents[2] / "docs" / "seeds.md").read_text(encoding="utf-8")
ROWS = {int(row[1]): row[2] for row in re.finditer(r"^\| (\d+) \|.*\| `megastructure (.*)` \|$", PAGE, re.MULTILINE)}
MADE = re.search(r"^megastructure (run .*)$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which the run of the page lies."""
    here = tmp_path_factory.mktemp("seeds")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        assert MADE is not None
        made = CliRunner().invoke(cli, shlex.split(MADE[1]), catch_exceptions=False)
        assert made.exit_code == 0, made.output
    yield here


def test_every_row_of_the_seeds_has_a_command() -> None:
    assert sorted(ROWS) == list(range(1, 29))


@pytest.mark.parametrize("row", sorted(ROWS))
def test_the_command_of_a_row_says_something(row: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    asked = CliRunner().invoke(cli, shlex.split(ROWS[row]), catch_exceptions=False)
    assert asked.exit_code == 0, asked.output
    assert asked.output.strip()


def test_without_the_infection_nobody_is_raided(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    if not Path("runs/healthy").exists():
        CliRunner().invoke(cli, shlex.split(ROWS[13]), catch_exceptions=False)
    question = "select max(raids) as raids, max(people) > 0 as anybody from series"
    asked = CliRunner().invoke(cli, ["sql", "runs/healthy", question])
    assert asked.output.split()[-1].lower() == "0,true"
