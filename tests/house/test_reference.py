"""The reference is what the declarations say, every law has a page, and every link leads somewhere."""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from types import ModuleType

import pytest

from megastructure.ground import codes, tables
from megastructure.ground.codes import EventKind, Stream
from megastructure.ground.scenario import knobs
from megastructure.time import live
from megastructure.told.sentences import KINDS, Kind
from megastructure.words.declare import columns
from worlds.sources import files, imports

ROOT = Path(__file__).parents[2]


def script() -> ModuleType:
    """tools/make_reference.py as a module."""
    name = "make_reference"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def test_pages_are_up_to_date() -> None:
    written = {name: (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") for name in script().pages()}
    assert written == script().pages(), "run python tools/make_reference.py"


def odd() -> str:
    """The description of the model."""
    return (ROOT / "docs" / "odd.md").read_text(encoding="utf-8")


def test_the_description_of_the_model_is_up_to_date() -> None:
    assert odd() == script().filled(odd()), "run python tools/make_reference.py"


def test_the_description_has_every_law_knob_and_column_of_the_agents() -> None:
    parts = re.findall(r"<!-- generated: (.+?) -->", odd())
    laws = [law.name for law in script().all_laws()]
    wanted = ["entities", "streams", "schedule days", "schedule live_day", "knobs frame"]
    wanted += [f"{part} {law}" for part in ("says", "knobs") for law in laws]
    wanted += [f"columns {name}" for name in script().AGENTS]
    assert sorted(parts) == sorted(wanted)
    for knob in knobs():
        assert f"| `{knob.name}` |" in odd(), knob.name
    for name in script().AGENTS:
        assert all(f"| `{c.name}` |" in odd() for c in columns(tables.TABLES[name])), name


def test_a_stale_table_in_the_description_is_found() -> None:
    planted = odd().replace("| `birth_ppm` |", "| `birth_rate` |", 1)
    assert planted != odd()
    assert script().filled(planted) == odd()
    with pytest.raises(KeyError):
        script().generated("nothing of this name")


def written_out(kernel: Callable[..., object]) -> str:
    """The source of a kernel of time/live.py, with those of that file in the places where it calls them."""
    source = inspect.getsource(getattr(kernel, "py_func", kernel))
    return re.sub(r"^ +(live_\w+)\(city, day\)$", lambda call: written_out(getattr(live, call[1])), source, flags=re.MULTILINE)


def test_the_schedule_is_the_order_of_the_source() -> None:
    """Every kernel of a law of people that live_day calls stands in the table, in the order in which it is called."""
    table = script().schedule_table(live.live_day)
    named = re.findall(r"^\| \d+ \| `(\w+)\.(\w+)`", table, re.MULTILINE)
    source = written_out(live.live_day)
    places = [source.index(f" {kernel}(city, ") for _, kernel in named]
    assert places == sorted(places)
    called = set(re.findall(r"^ +(?:[\w, ]+ = )?(\w+)\(city, ", source, re.MULTILINE))
    assert len(called) > 15
    assert called <= {kernel for _, kernel in named}


def test_every_number_is_in_the_reference() -> None:
    enums = [e for e in vars(codes).values() if inspect.isclass(e) and issubclass(e, IntEnum) and e is not IntEnum]
    assert set(enums) == set(script().ENUMS)
    streams, events = script().streams_page(), script().events_page()
    assert all(f"| {s.value} | {s.name} |" in streams for s in Stream)
    assert all(f"| {k.value} | `{k.name}` |" in events for k in EventKind)
    assert sum(len(kinds) for _, kinds in script().parts_of_events()) == len(EventKind)


def explained(law: str, teller: str) -> bool:
    """Whether a file that tells of an event does so for a law: it is the law, or below it, or of time/ and lives it."""
    if law == teller:
        return True
    if teller.startswith("time/"):
        return law in imports(teller)
    seen, waiting = {law}, [law]
    while waiting:
        fresh = imports(waiting.pop()) - seen
        seen |= fresh
        waiting += fresh
    return teller.startswith("society/") and teller in seen


def test_every_kind_of_event_has_its_law() -> None:
    """The law that a kind names exists, and whoever tells of the kind does so for one of its laws."""
    tellers = {kind: [path_of(f) for f in files] for kind, files in script().occurrences("V_", script().ENGINE).items()}
    for kind, told in KINDS.items():
        laws = [path_of(law) for law in told.law.split()]
        assert laws and all(law in files() and law.split("/")[0] in ("laws", "time") for law in laws), kind.name
        for teller in tellers.get(kind.name, []):
            assert teller == "memory/interventions" or any(explained(law, teller) for law in laws), f"{kind.name}: {teller}"
    with pytest.raises(TypeError, match="law"):
        Kind("a kind whose law nobody has said", "no law")  # type: ignore[call-arg]


def path_of(called: str) -> str:
    """A file by its way from the package, as `occurrences` calls it: laws by their own names."""
    return called if "/" in called else f"laws/{called}"


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
