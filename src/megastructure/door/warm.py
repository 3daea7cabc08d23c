"""Compiling once: processes side by side fill the cache of compiled kernels, each with the modules that it is handed.

A kernel that is compiled is kept in the cache folder; so a process that compiles all kernels of a module fills the cache for
all others. What must be compiled, and in which order, follows from the imports: a module is
handed out after those that it imports, to whoever is free. Whoever compiles it needs of long kernels elsewhere no more than
their names and types (`kernel.only`), so nobody waits for anybody. `python -m megastructure.door.warm` is such a process: it
reads names of modules from its input, one a line, and answers each with a line when it is compiled.
"""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..memory.sources import HOUSE, imported
from ..words.floors import FACES
from ..words.kernel import cache_folder, compile_kernels, is_warm, mark_warm, only

if TYPE_CHECKING:
    from rich.console import Console

PROCESSES_MOST = 6
ROOTS = ("time.tick", "time.rebuild", "matter.ledger")  # all that the engine compiles is imported by these


# ---- what is to be compiled ------------------------------------------------------------------------------------------------


def module_of(path: Path) -> str:
    """A source as a module of this package: `laws.gun`."""
    parts = path.relative_to(HOUSE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def path_of(module: str) -> Path:
    """The source of a module of this package."""
    file = HOUSE.joinpath(*module.split("."))
    return file / "__init__.py" if file.is_dir() else file.with_suffix(".py")


@cache
def kernels_of(part: str) -> tuple[str, ...]:
    """The modules with kernels of the engine, or of a face beside those of the engine: each after all that it imports."""
    found: list[str] = []
    seen: set[Path] = set()

    def visit(path: Path) -> None:
        if path in seen:
            return
        seen.add(path)
        for below in sorted(imported(path)):
            visit(below)
        if b"\n@kernel" in path.read_bytes():
            found.append(module_of(path))

    for path in sorted((HOUSE / part).glob("*.py")) if part in FACES else map(path_of, ROOTS):
        visit(path)
    if part not in FACES:
        return tuple(found)
    others = {face for face in FACES if face != part}  # that are imported late, by public names
    return tuple(module for module in found if module not in kernels_of("engine") and module.split(".")[0] not in others)


@cache
def says(module: str) -> str:
    """What a module is for, in its own first sentence."""
    text = ast.get_docstring(ast.parse(path_of(module).read_text(encoding="utf-8"))) or module
    return text.split("\n", 1)[0].rstrip(".")


# ---- the processes ---------------------------------------------------------------------------------------------------------


class Crew:
    """Processes that compile. Modules are handed out in order; each process is fed by a thread of its own."""

    def __init__(self) -> None:
        self.waiting: deque[str] = deque()
        self.asked: set[str] = set()
        self.open: set[str] = set()  # handed out or waiting
        self.failed: set[str] = set()
        self.doing = ""
        self.news = threading.Condition()
        self.threads: list[threading.Thread] = []

    def ask(self, modules: Sequence[str]) -> None:
        """Have these compiled as well, after all that was asked for before."""
        with self.news:
            fresh = [module for module in modules if module not in self.asked]
            self.asked.update(fresh)
            self.open.update(fresh)
            self.waiting.extend(fresh)
        wanted = min(os.cpu_count() or 1, PROCESSES_MOST, len(self.waiting))
        self.threads = [thread for thread in self.threads if thread.is_alive()]
        for _ in range(wanted - len(self.threads)):
            self.threads.append(threading.Thread(target=self._feed, daemon=True))
            self.threads[-1].start()

    def _feed(self) -> None:
        with subprocess.Popen(
            [sys.executable, "-m", __spec__.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True,
        ) as process:  # fmt: skip
            assert process.stdin is not None and process.stdout is not None
            while True:
                with self.news:
                    module = self.waiting.popleft() if self.waiting else ""
                    self.doing = module or self.doing
                if not module:
                    return
                try:
                    print(module, file=process.stdin, flush=True)
                    answered = process.stdout.readline()
                except OSError:
                    answered = ""
                with self.news:
                    self.open.discard(module)
                    if not answered:
                        self.failed.add(module)
                    self.news.notify_all()
                if not answered:
                    return  # it died: `finish` compiles the module, and says what is wrong

    def left(self, modules: Sequence[str]) -> int:
        """How many of these are not done."""
        return sum(module in self.open for module in modules)


_crew = Crew()


def begin(part: str) -> None:
    """Have a part compiled by other processes meanwhile, unless that is done already."""
    if cache_folder(part) is not None and not is_warm(part):
        _crew.ask(kernels_of(part))


def finish(part: str, console: Console) -> None:
    """Wait until a part is compiled, a face after the engine; says so on `console` when it takes a while."""
    if part in FACES:
        finish("engine", console)
    if cache_folder(part) is None or is_warm(part):
        return
    began = time.monotonic()
    begin(part)
    _wait(part, console)
    for module in kernels_of(part):
        if module in _crew.failed or _crew.left([module]):
            compile_kernels(importlib.import_module(f"{HOUSE.name}.{module}"))  # here, where it is seen what is wrong
    mark_warm(part)
    console.print(f"compiled the {NAMES[part]} once, for all later runs: {time.monotonic() - began:.0f} s")


def _wait(part: str, console: Console) -> None:
    modules = kernels_of(part)
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.table import Column

    from .screen import bar

    columns = (
        TextColumn(f"compiling the {NAMES[part]} once", markup=False), BarColumn(12), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False, style="dim", table_column=Column(no_wrap=True, overflow="ellipsis")),
    )  # fmt: skip
    with bar(console, *columns) as progress:
        task = progress.add_task("", total=len(modules))
        while left := _crew.left(modules):
            progress.update(task, completed=len(modules) - left, description=says(_crew.doing))
            with _crew.news:
                _crew.news.wait(0.5)
            if not any(thread.is_alive() for thread in _crew.threads):
                return


NAMES = {"engine": "engine", "look": "camera", "watch": "viewer", "export": "exporter", "study": "trials", "read": "reader"}


def main() -> None:
    """Compile what is named on the input."""
    for line in sys.stdin:
        module = f"{HOUSE.name}.{line.strip()}"
        only({module})
        compile_kernels(importlib.import_module(module))
        print(module, flush=True)


if __name__ == "__main__":
    main()
