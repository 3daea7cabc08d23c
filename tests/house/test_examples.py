"""Every example runs, fits on a screen and leaves what it says."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
LEAVES = {
    "grow_and_look.py": ["iso.png", "section.png", "walk.png"],
    "who_built_this.py": ["column.txt"],
    "history_in_sql.py": ["works_by_century.csv"],
}


def test_every_example_is_run_here() -> None:
    assert {p.name for p in EXAMPLES.glob("*.py")} == set(LEAVES)


@pytest.mark.parametrize("name", LEAVES)
def test_example(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    if name == "history_in_sql.py":
        pytest.importorskip("duckdb")
    script = EXAMPLES / name
    assert len(script.read_text(encoding="utf-8").splitlines()) <= 50
    folder = tmp_path / "left"
    monkeypatch.setattr(sys, "argv", [str(script), str(folder), "110"])  # years
    runpy.run_path(str(script), run_name="__main__")
    for left in LEAVES[name]:
        assert (folder / left).stat().st_size > 0
    assert capsys.readouterr().out.strip()
