"""Wavefront OBJ with its materials beside it, in a file .mtl: what nearly every program that shows meshes can read.

An object for each region of 128^3 cells, and its triangles, material by material: some readers leave out what has more corners.
Corners are shared by all faces that meet
there, also across regions: those on the border of a region are remembered until the last region that can want them is done.
Faces are flat (`s off`) and have no normals: with normals of faces some readers part the corners again, and others refuse the
file. Up is y, as most readers of the format take it; the middle of the box's floor is the origin; a cell is a unit.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..ground.codes import Material
from ..memory.output import bytes_in, new_file
from ..words.counts import counted
from ..words.errors import MegastructureError
from .palette import LOOKS
from .polygons import UNITS, Polygoner, Polygons, triangles
from .region import SIDE, Matter
from .told import Told, Written, count, names, refuse_empty

BITS = 21  # in which a coordinate is kept
SIDE_MAX = (1 << BITS) // UNITS - 1  # cells along a side of the box
CHUNK = 1 << 16  # lines that are formatted at once
Ints = NDArray[np.int64]


def write(matter: Matter, path: Path, told: Told, watertight: bool = False) -> Written:
    """Write an .obj file and its .mtl. errors   MegastructureError: an empty box, or one that is too long; CannotWrite"""
    for axis, n in zip("xyz", matter.shape):
        if n > SIDE_MAX:
            lod = matter.lod + (n // SIDE_MAX).bit_length()
            raise MegastructureError(
                f"--box is {counted('cell', n)} along {axis}: an .obj holds {SIDE_MAX:,} here; "
                f"choose a smaller --box, or --lod {lod}"
            )
    name = (
        "_".join((path.stem if path.suffix.lower() == ".obj" else path.name).split()) + ".mtl"
    )  # some readers stop at a space
    beside = path.with_name(name)
    pieces = matter.pieces()
    counts = np.zeros(32, np.int64)
    made = 0
    polygoner = Polygoner(watertight)
    with new_file(beside) as looks, new_file(path) as part, part.open("wb") as file:
        file.write(f"# megastructure: up is y, a cell is a unit\nmtllib {name}\ns off\n".encode())
        corners = Corners(matter)
        for done, at in enumerate((pieces * SIDE).tolist()):
            told(done, len(pieces))
            padded = matter.region(at[0], at[1], at[2], (SIDE, SIDE, SIDE), 1)
            counts += count(padded[1:-1, 1:-1, 1:-1])
            found = polygoner.polygons(padded)
            if found:
                file.write("o region_{}_{}_{}\n".format(*at).encode())
                made += _region(file, found, corners, at)
        refuse_empty(counts, matter)
        looks.write_text("\n".join(_material(m) for m in names(counts)), "utf-8")
    return Written(path, bytes_in(path) + bytes_in(beside), counts, f"{counted('triangle', made)}, materials in {name}")


class Corners:
    """Numbers corners, and remembers those that the next regions may share."""

    def __init__(self, matter: Matter) -> None:
        width, depth, _ = matter.shape
        self.matter, self.cell = matter, 2**matter.lod
        self.middle = np.array([width * UNITS // 2, depth * UNITS // 2, 0])
        self.total = 0
        self._places: Ints = np.empty(0, np.int64)  # z, y, x from high bits to low, in order
        self._numbers: Ints = np.empty(0, np.int64)

    def numbered(self, places: Ints, at: list[int]) -> tuple[Ints, Ints]:
        """Of corners (n, 3) of the region that begins at a cell: those that are new, in the file's axes; a number for each."""
        low = np.array(at) * UNITS
        x, y, z = (places + low).T
        packed, which = np.unique(z << 2 * BITS | y << BITS | x, return_inverse=True)
        self._forget(int(low[2]) << 2 * BITS)
        spot = np.searchsorted(self._places, packed)
        known = np.zeros(len(packed), np.bool_)
        there = spot < len(self._places)
        known[there] = self._places[spot[there]] == packed[there]
        numbers = np.empty(len(packed), np.int64)
        numbers[known] = self._numbers[spot[known]]
        fresh = packed[~known]
        numbers[~known] = np.arange(self.total + 1, self.total + 1 + len(fresh))
        self.total += len(fresh)
        into = self._axes(fresh)
        border = (np.stack(self._taken_apart(fresh), axis=1) % (SIDE * UNITS) == 0).any(axis=1)
        places_all = np.concatenate([self._places, fresh[border]])
        order = np.argsort(places_all, kind="stable")
        self._places = places_all[order]
        self._numbers = np.concatenate([self._numbers, numbers[~known][border]])[order]
        return into, numbers[which.ravel()]

    def _forget(self, floor: int) -> None:
        """Regions come in order of z: nobody comes back below the floor of this one."""
        first = int(np.searchsorted(self._places, floor))
        self._places, self._numbers = self._places[first:], self._numbers[first:]

    def _taken_apart(self, packed: Ints) -> tuple[Ints, Ints, Ints]:
        mask = (1 << BITS) - 1
        return packed & mask, packed >> BITS & mask, packed >> 2 * BITS

    def _axes(self, packed: Ints) -> Ints:
        """x, y, z of the file, in eighths of a cell."""
        x, y, z = self._taken_apart(packed)
        return np.stack([x - self.middle[0], z, self.middle[1] - y], axis=1)


def _region(file: BinaryIO, found: list[Polygons], corners: Corners, at: list[int]) -> int:
    """Write the corners and triangles of one region; returns how many triangles."""
    fresh, numbers = corners.numbered(np.concatenate([p.places.reshape(-1, 3) for p in found]), at)
    scale = corners.cell / UNITS
    for first in range(0, len(fresh), CHUNK):
        some = fresh[first : first + CHUNK] * scale
        file.write((b"v %.10g %.10g %.10g\n" * len(some)) % tuple(some.ravel().tolist()))
    begin = made = 0
    material = -1
    for p in found:
        n, sides = p.places.shape[:2]
        mine = triangles(numbers[begin : begin + n * sides].reshape(n, sides))
        begin += n * sides
        made += len(mine)
        if p.material != material:
            material = p.material
            file.write(f"usemtl {Material(material).name}\n".encode())
        for first in range(0, len(mine), CHUNK):
            lines = mine[first : first + CHUNK]
            file.write((b"f %d %d %d\n" * len(lines)) % tuple(lines.ravel().tolist()))
    return made


def _material(material: Material) -> str:
    look = LOOKS[material]
    r, g, b = (c / 255 for c in look.colour)
    lines = [
        f"newmtl {material.name}", f"Ka {r:.4f} {g:.4f} {b:.4f}", f"Kd {r:.4f} {g:.4f} {b:.4f}", "Ks 0.0000 0.0000 0.0000",
        f"Ke {r * look.glow:.4f} {g * look.glow:.4f} {b * look.glow:.4f}", f"Ns {1000 * (1 - look.roughness) ** 2:.1f}",
        f"d {look.alpha:g}", f"Pr {look.roughness:g}", f"Pm {look.metal:g}", "illum 2", "",
    ]  # fmt: skip
    return "\n".join(lines)


__all__ = ["SIDE_MAX", "write"]
