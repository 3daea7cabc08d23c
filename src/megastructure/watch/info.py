"""What the page asks first: the run, its bounds, its words and colours, and where to begin."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ..mesh import CHUNK
from ..names import spoken_place
from ..tables import N_NAME
from .colours import materials
from .eye import first_view
from .history import History, hexed
from .tiles import TILE
from .view import View


class Shown:
    """A view with its history and what is told of it at once: the whole that answers are made of."""

    def __init__(self, view: View, at: int | None = None, follow: str | None = None) -> None:
        """`at`: the day that the page opens on; `follow`: whom it follows, a name of 16 hexadecimal digits."""
        self.view, self.history, self.at, self.follow = view, History(view), at, follow

    @cached_property
    def _start(self) -> dict[str, Any]:
        eye, yaw, pitch = first_view(self.view)
        return {"eye": eye, "yaw": yaw, "pitch": pitch}

    def prepare(self) -> None:
        """Work out beforehand what every page asks first, and load the kernels that answer it."""
        for x, y, z, _ in self.view.tiles.list():
            self.view.tiles.zipped((x, y, z))
        cx, cy, cz = (int(c // CHUNK) for c in self._start["eye"])
        self.view.chunks.spans([(0, cx + k % 2, cy + k // 2 % 2, cz + k // 4) for k in range(8)], self.view.last)
        self.info()

    def info(self) -> dict[str, Any]:
        """The answer of /api/info: docs/reference/viewer-protocol.md."""
        view = self.view
        label, _ = view.library.ending
        low, high = view.box
        living = view.living
        return {
            "run": view.directory.name, "label": "living" if living else label, "days": view.last,
            "era_day": view.library.era_day, "living": living, "spoilers_allowed": True, "low": low, "high": high,
            "cells": view.cells, "bays": view.living_bays, "start": self._start, "materials": materials(),
            "schools": [{"name": hexed(n), "called": spoken_place(n)} for n in view.table("schools")[:, N_NAME].tolist()],
            "foremen": len(view.table("foremen")), "kinds": self.history.kinds(), "words": self.history.words(),
            "tiles": view.tiles.list(), "tile_cells": TILE,
        }  # fmt: skip


__all__ = ["Shown"]
