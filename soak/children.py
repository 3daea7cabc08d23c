"""Children of a process in which all is imported and compiled: each begins at once, tells what it does, may be killed."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

Tell = Callable[[str], None]
MEMORY = Path("/dev/shm")


class Told(NamedTuple):
    """What a child told until it ended: whole lines, how long it lived, whether it ended by itself."""

    lines: list[str]
    seconds: float
    whole: bool


def live(work: Callable[[Tell], None], seconds: float | None = None) -> Told:
    """Do some work in a child, which is killed after so many seconds; None: never.

    A mistake in a child is told by its traceback, and ends this process too.
    """
    reading, writing = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reading)
            work(lambda line: void(os.write(writing, line.encode() + b"\n")))
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(writing)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    said = b""
    while more := os.read(reading, 1 << 16):
        said += more
    os.close(reading)
    status = os.waitpid(child, 0)[1]
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit(f"a child failed after it told {said!r}")
    return Told(said.decode().split("\n")[:-1], time.monotonic() - began, os.WIFEXITED(status))


def void(_: object) -> None:
    """Nothing: what a lambda returns that is called for what it does."""


@contextmanager
def scratch(name: str, asked: Path | None) -> Iterator[Path]:
    """A folder to work in, in memory where it can be: thousands of syncs take their time on a disk."""
    with tempfile.TemporaryDirectory(
        prefix=f"megastructure-{name}-", dir=asked or (MEMORY if MEMORY.is_dir() else None)
    ) as home:
        yield Path(home)
