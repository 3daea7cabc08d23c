"""STL in its binary form: triangles and nothing else, for printers, slicers and whatever reads no other mesh.

80 bytes of title, the number of triangles, then 50 bytes for each: normal, three corners, floats of 32 bits. Up is z; the
middle of the box's floor is the origin; a cell is a unit. The number is written last, so that the rest can be streamed.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from ..memory.output import bytes_in, new_file
from ..words.counts import counted
from ..words.errors import MegastructureError
from .polygons import UNITS, Polygoner, triangles
from .region import SIDE, Matter
from .told import Told, Written, count, refuse_empty

TITLE = b"megastructure: binary STL, up is z, a cell is a unit".ljust(80)  # a title that began with `solid` would be text
TRIANGLES_MAX = 2**32 - 1
TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
CHUNK = 1 << 16  # polygons that are turned into records at once


def write(matter: Matter, path: Path, told: Told, watertight: bool = False) -> Written:
    """Write an .stl file. errors   MegastructureError: an empty box, too many triangles; CannotWrite"""
    pieces = matter.pieces()
    counts = np.zeros(32, np.int64)
    width, depth, _ = matter.shape
    cell = 2**matter.lod
    made = 0
    polygoner = Polygoner(watertight)
    with new_file(path) as part, part.open("wb") as file:
        file.write(TITLE + bytes(4))
        for done, at in enumerate((pieces * SIDE).tolist()):
            told(done, len(pieces))
            padded = matter.region(at[0], at[1], at[2], (SIDE, SIDE, SIDE), 1)
            counts += count(padded[1:-1, 1:-1, 1:-1])
            from_middle = np.array(at) - np.array([width / 2, depth / 2, 0])
            for some in polygoner.polygons(padded):
                for first in range(0, len(some.places), CHUNK):
                    records = _records(some.places[first : first + CHUNK], from_middle, cell)
                    made += len(records)
                    file.write(records.tobytes())
            if made > TRIANGLES_MAX:
                raise MegastructureError(
                    f"{path}: has more than {TRIANGLES_MAX:,} triangles, and an .stl holds no more; choose a smaller --box, "
                    f"or --lod {matter.lod + 1}"
                )
        refuse_empty(counts, matter)
        file.seek(80)
        file.write(struct.pack("<I", made))
    return Written(path, bytes_in(path), counts, counted("triangle", made))


def _records(places: np.ndarray, from_middle: np.ndarray, cell: int) -> np.ndarray:
    """The records of polygons (n, 3 or 4, 3) that begin `from_middle` cells from the origin; a rectangle makes two."""
    places = triangles(places)
    made = np.zeros(len(places), TRIANGLE)
    made["corners"] = (places / UNITS + from_middle) * cell
    across = np.cross(places[:, 1] - places[:, 0], places[:, 2] - places[:, 0]).astype(np.float64)
    made["normal"] = across / np.linalg.norm(across, axis=1, keepdims=True)
    return made


__all__ = ["write"]
