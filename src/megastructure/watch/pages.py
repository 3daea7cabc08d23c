"""The files of the built page: a table made once. A request names an entry of the table, never a path."""

from __future__ import annotations

import mimetypes
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from ..errors import MegastructureError
from .packing import packed

TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8", ".svg": "image/svg+xml",
         ".wasm": "application/wasm", ".json": "application/json", ".woff2": "font/woff2"}  # fmt: skip
NO_PAGE = (
    "the viewer's page was not built when this was installed, because Node was not there: install Node 20 or newer, then "
    "install megastructure again"
)


class Page(NamedTuple):
    """A file of the page."""

    data: bytes
    zipped: bytes
    type: str


def pages(folder: Traversable | None = None) -> dict[str, Page]:
    """All files of the built page by the path that names them; `/` is its index.html.

    errors   MegastructureError: there is no built page in this package
    """
    root = folder if folder is not None else files("megastructure.watch") / "page"
    found: dict[str, Page] = {}
    waiting = [("", root)] if root.is_dir() else []
    while waiting:
        path, place = waiting.pop()
        for entry in sorted(place.iterdir(), key=lambda e: e.name):
            name = f"{path}/{entry.name}"
            if entry.is_dir():
                waiting.append((name, entry))
                continue
            data = entry.read_bytes()
            suffix = f".{entry.name.rpartition('.')[2]}"
            known = TYPES.get(suffix) or mimetypes.guess_type(entry.name)[0] or "application/octet-stream"
            found[name] = Page(data, packed(data), known)
    if "/index.html" not in found:
        raise MegastructureError(NO_PAGE)
    found["/"] = found["/index.html"]
    return found


__all__ = ["NO_PAGE", "Page", "pages"]
