"""Zarr version 3 with the metadata of OME-NGFF 0.5: an array of materials [z, y, x], and coarser ones above it.

zarr-python writes it, chunk by chunk of 128^3 cells, depth first: eight finished chunks are halved into their place in the
coarser one, which is written when it is full. So memory holds a chunk for each level. Empty chunks are not stored.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..codes import Material
from ..errors import MegastructureError
from ..mesh import halve
from .palette import LOOKS
from .place import bytes_in, new_folder
from .region import SIDE, Cells, Matter
from .told import Counts, Told, Written, count, names, refuse_empty

if TYPE_CHECKING:
    import zarr

LEVELS_MAX = 9
ZSTD = 3


def write(matter: Matter, path: Path, told: Told) -> Written:
    """Write a .zarr folder. errors   MegastructureError: zarr is not installed, an empty box, the folder exists; CannotWrite"""
    try:
        import zarr
        from zarr.codecs import ZstdCodec
    except ImportError:
        raise MegastructureError(
            f"{path}: writing Zarr needs the package zarr; install it with: pip install 'megastructure[export]'"
        ) from None
    shapes = [matter.shape]
    while max(shapes[-1]) > SIDE and len(shapes) < LEVELS_MAX:
        x, y, z = (-(-n // 2) for n in shapes[-1])
        shapes.append((x, y, z))
    with new_folder(path) as part:
        group = zarr.create_group(part, zarr_format=3)
        arrays = [
            group.create_array(
                str(level), shape=shape[::-1], chunks=(SIDE,) * 3, dtype="uint8", fill_value=0,
                compressors=ZstdCodec(level=ZSTD), dimension_names=("z", "y", "x"),
            )
            for level, shape in enumerate(shapes)
        ]  # fmt: skip
        pyramid = Pyramid(matter, arrays, told)
        top = len(shapes) - 1
        for z in range(0, shapes[top][2], SIDE):
            for y in range(0, shapes[top][1], SIDE):
                for x in range(0, shapes[top][0], SIDE):
                    pyramid.chunk(top, x, y, z)
        refuse_empty(pyramid.counts, matter)
        group.update_attributes(_metadata(matter, len(shapes), pyramid.counts))
    words = " x ".join(str(n) for n in matter.shape[::-1]) + f" [z, y, x], {len(shapes)} levels"
    return Written(path, bytes_in(path), pyramid.counts, words)


class Pyramid:
    """Fills the arrays of all levels, depth first."""

    def __init__(self, matter: Matter, arrays: list[zarr.Array[Any]], told: Told) -> None:
        self.matter, self.arrays, self.told = matter, arrays, told
        self.counts: Counts = np.zeros(32, np.int64)
        self.done = 0
        self.total = len(matter.pieces())

    def chunk(self, level: int, x: int, y: int, z: int) -> Cells | None:
        """Fill the chunk that begins at a cell of a level, and all below it; returns its cells, None if it is empty."""
        side = SIDE
        if not self.matter.built(self.matter.lod + level, (x, y, z), (side, side, side)):
            return None
        if level == 0:
            self.told(self.done, self.total)
            self.done += 1
            cells = self.matter.read(self.matter.lod, (x, y, z), (side, side, side))
            self.counts += count(cells)
            self.counts[0] = 0
        else:
            half = side // 2
            cells = np.zeros((side, side, side), np.uint8)
            for c in (0, half):
                for b in (0, half):
                    for a in (0, half):
                        fine = self.chunk(level - 1, 2 * (x + a), 2 * (y + b), 2 * (z + c))
                        if fine is not None:
                            cells[c : c + half, b : b + half, a : a + half] = halve(fine)
        if not cells.any():
            return None
        array = self.arrays[level]
        nz, ny, nx = (min(side, n - at) for n, at in zip(array.shape, (z, y, x)))
        array[z : z + nz, y : y + ny, x : x + nx] = cells[:nz, :ny, :nx]
        return cells


def _metadata(matter: Matter, levels: int, counts: Counts) -> dict[str, Any]:
    """Where the arrays lie in the world, and what their numbers mean. A cell's place is that of its own whole numbers."""
    corner = [low for low, _ in matter.box[::-1]]
    sizes = [2 ** (matter.lod + level) for level in range(levels)]
    there = names(counts)
    return {
        "ome": {
            "version": "0.5",
            "multiscales": [{
                "name": "materials", "type": "two of eight, lamps first",
                "axes": [{"name": axis, "type": "space", "unit": "meter"} for axis in "zyx"],
                "datasets": [
                    {"path": str(level), "coordinateTransformations": [
                        {"type": "scale", "scale": [float(size)] * 3},
                        {"type": "translation", "translation": [c + (size - 1) / 2 for c in corner]},
                    ]}
                    for level, size in enumerate(sizes)
                ],
            }],
            "image-label": {
                "version": "0.5",
                "colors": [{"label-value": int(m), "rgba": [*LOOKS[m].colour, int(255 * LOOKS[m].alpha)]} for m in there],
                "properties": [{"label-value": int(m), "material": m.name} for m in there],
            },
        },
        "megastructure": {
            "box": [list(span) for span in matter.box], "day": matter.day, "lod": matter.lod,
            "materials": {str(int(m)): m.name for m in Material},
        },
    }  # fmt: skip


__all__ = ["write"]
