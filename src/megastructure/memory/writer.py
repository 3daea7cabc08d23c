"""A thread that commits to an archive while the next years are lived."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Mapping
from types import TracebackType

from ..words.errors import MegastructureError
from .archive import Archive, Tables
from .disk import give_back_memory


class Writer:
    """A thread that commits in the background. While it lives, the archive belongs to it.

    A failure is raised by every later call; what was submitted after it is dropped. `lengths`: rows of each register
    that were committed or submitted.
    """

    def __init__(self, archive: Archive, pending_max: int = 2) -> None:
        self.archive = archive
        self._jobs: queue.Queue[tuple[int, str, Tables, Tables, Mapping[str, str] | None] | None] = queue.Queue(pending_max)
        self._failure: BaseException | None = None
        self.lengths = dict(archive.lengths)
        self._thread = threading.Thread(target=self._work, name="archive writer", daemon=True)
        self._thread.start()

    def submit(self, day: int, digest: str, new_rows: Tables, frame: Tables, notes: Mapping[str, str] | None = None) -> None:
        """As `Archive.commit`, of copies; returns at once, unless `pending_max` commits wait for a slow disk."""
        self._complain()
        self._jobs.put((day, digest, _copies(new_rows), _copies(frame), notes))
        for name, rows in new_rows.items():
            self.lengths[name] += len(rows)

    def wait(self) -> None:
        """Until all that was submitted is durable. errors   as `Archive.commit`"""
        self._jobs.join()
        self._complain()

    def close(self) -> None:
        """End the thread after its last commit. errors   as `Archive.commit`"""
        if self._thread.is_alive():
            self._jobs.put(None)
            self._thread.join()
        self._complain()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            with contextlib.suppress(MegastructureError):  # the first mistake is the one to tell
                self.close()

    def _complain(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            try:
                if job is None:
                    return
                if self._failure is None:
                    self.archive.commit(*job)
                    job = None
                    give_back_memory()
            except BaseException as failure:
                self._failure = failure
            finally:
                self._jobs.task_done()


def _copies(tables: Tables) -> Tables:
    return {name: matrix.copy() for name, matrix in tables.items()}
