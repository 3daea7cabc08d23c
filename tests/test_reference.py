"""The reference is what the declarations say, every law has a page, and every link leads somewhere."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

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


def test_every_law_has_a_page() -> None:
    for law in script().all_laws():
        pages = re.findall(r"docs/\S+\.md", law.source)
        assert pages and all((ROOT / page).exists() for page in pages), law.name


@pytest.mark.parametrize(
    "page", sorted(p.relative_to(ROOT).as_posix() for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in link:
            assert ((ROOT / page).parent / link).exists(), f"{page}: {link}"
