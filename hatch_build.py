"""Builds the viewer's page into the package when Node is there. Without Node the package installs without it, and
`megastructure watch` says what to do.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE = Path("src/megastructure/watch/page")
SOURCES = ("src", "public", "index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")


def newest(places: list[Path]) -> float:
    """When the last of some files was changed; folders count with all that is in them."""
    files = [file for place in places for file in ([place] if place.is_file() else place.rglob("*"))]
    return max((file.stat().st_mtime for file in files if file.is_file()), default=0.0)


def build_page(root: Path) -> str | None:
    """Brings the page up to date. Returns why it could not be built, or None."""
    web, page = root / "web", root / PAGE
    if not (web / "package.json").is_file():
        return None  # an archive of sources that carries the built page
    built = page / "index.html"
    if built.is_file() and newest([web / name for name in SOURCES]) <= built.stat().st_mtime:
        return None
    npm = shutil.which("npm")
    if npm is None:
        return "Node is not installed"
    environment = {**os.environ, "CI": "true"}
    installed = web / "node_modules/.package-lock.json"
    steps = [[npm, "run", "build"]]
    if not installed.is_file() or installed.stat().st_mtime < (web / "package-lock.json").stat().st_mtime:
        steps.insert(0, [npm, "ci"])
    for step in steps:
        done = subprocess.run(step, cwd=web, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
            return f"`npm {' '.join(step[1:])}` failed: {lines[0] if lines else done.returncode}"
    return None


class PageHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before every wheel, editable install and archive of sources."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds the page and has it shipped, though git ignores it."""
        trouble = build_page(Path(self.root))
        if trouble is not None:
            self.app.display_warning(f"the viewer's page was not built: {trouble}. Install Node 20 or newer and install again.")
        build_data["artifacts"].append(f"{PAGE.as_posix()}/**")
