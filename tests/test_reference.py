"""The reference is what the declarations say, and what laws declare about themselves exists."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from megastructure.codes import Stream
from megastructure.declare import columns
from megastructure.scenario import knobs
from megastructure.tables import TABLES

ROOT = Path(__file__).parent.parent


def script() -> ModuleType:
    """docs/make_reference.py as a module."""
    name = "make_reference"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def test_pages_are_up_to_date() -> None:
    written = {name: (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") for name in script().pages()}
    assert written == script().pages(), "run python docs/make_reference.py"


def test_laws_declare_what_exists() -> None:
    laws = script().all_laws()
    known_columns = {f"{table}.{c.name}" for table, declared in TABLES.items() for c in columns(declared)}
    for law in laws:
        assert set(law.writes) <= known_columns | set(TABLES), law.name
        assert set(law.knobs) <= {k.name for k in knobs()}, law.name
        assert set(law.streams) <= {s.name for s in Stream}, law.name
        pages = re.findall(r"docs/\S+\.md", law.source)
        assert pages and all((ROOT / page).exists() for page in pages), law.name


def test_every_knob_that_decides_belongs_to_a_law() -> None:
    declared = {k for law in script().all_laws() for k in law.knobs}
    by_genesis = {"seed", "founder_energy"}
    assert {k.name for k in knobs() if k.law} == declared | by_genesis


@pytest.mark.parametrize(
    "page", sorted(p.relative_to(ROOT).as_posix() for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in link:
            assert ((ROOT / page).parent / link).exists(), f"{page}: {link}"
