"""A small run with matter and people, and a server that shows it."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from megastructure.ground.scenario import Scenario
from megastructure.memory.run import Run
from megastructure.watch.app import Server
from megastructure.watch.info import Shown
from megastructure.watch.pages import pages
from megastructure.watch.view import View

SHOT_DAY = 250 * 360
SCENARIO = replace(
    Scenario.load("quick").with_knobs(
        seed=34,
        gene_frequency_ppm=400_000,
        years=420,
        world_radius_lots=14,
        growth_income=2000,
        era_year=320,
        strike_lead_years=40,
        villages=6,
    ),
    shots=((SHOT_DAY, -150, 20, 20, 0, 300, 12),),
)
_kept: list[Any] = []  # folders that live as long as the tests


def folder() -> Path:
    """A new temporary folder."""
    kept = tempfile.TemporaryDirectory()
    _kept.append(kept)
    return Path(kept.name)


@cache
def run() -> Path:
    """The run."""
    with Run.create(SCENARIO, folder() / "small") as begun:
        begun.advance()
        return begun.directory


@cache
def view() -> View:
    return View(run())


@cache
def page_folder() -> Path:
    """As much of a built page as the server looks at."""
    place = folder() / "page"
    (place / "assets").mkdir(parents=True)
    (place / "index.html").write_text("<!doctype html><title>page</title>")
    (place / "assets" / "main-1.js").write_text("export {}\n" * 100)
    return place


@cache
def server() -> Server:
    return Server(Shown(view()), pages(page_folder()))
