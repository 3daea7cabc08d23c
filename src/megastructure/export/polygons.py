"""The surface of a block as polygons with places, for formats that know neither regions nor nodes; open or watertight.

Open: the rectangles of `quads`, few and long. Where a long edge meets short ones, it is nobody else's: such a surface looks
closed and is not. Watertight: one square for each cell's side between matter and void, whatever the material, so that all
edges are as long as a cell, and each belongs to two of them. Where two cells touch along an edge alone it would belong to
four: there the middle of the edge is drawn into each of the two by an eighth of a cell, which parts them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .quads import Mesher
from .region import Cells

UNITS = 8  # of a cell's edge, in which places are counted
AXES = np.eye(3, dtype=np.int64)


class Polygons(NamedTuple):
    """Polygons of one material that look into one direction, of 3 or 4 corners each.

    material  its number
    face      0 -x, 1 +x, 2 -y, 3 +y, 4 -z, 5 +z
    places    (n, corners, 3) int64: x, y, z in eighths of a cell from the corner of the block, counter-clockwise from outside
    """

    material: int
    face: int
    places: NDArray[np.int64]


def triangles(corners: NDArray[np.int64]) -> NDArray[np.int64]:
    """What is said of the corners of polygons, (n, 3 or 4, ...), for the triangles that they make, (t, 3, ...)."""
    if corners.shape[1] == 3:
        return corners
    return np.asarray(corners[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3, *corners.shape[2:]))


class Polygoner:
    """Makes polygons of blocks, rectangles or, if watertight, squares and triangles."""

    def __init__(self, watertight: bool) -> None:
        self.watertight = watertight
        self._mesher = Mesher()

    def polygons(self, padded: Cells) -> list[Polygons]:
        """The surface of a block with one layer of neighbours all round, in order of material and face."""
        return watertight(padded) if self.watertight else self._rectangles(padded)

    def _rectangles(self, padded: Cells) -> list[Polygons]:
        made = []
        for surface in self._mesher.surfaces(padded, flat=True):
            corners = surface.corners[surface.indices.reshape(-1, 6)[:, [0, 1, 2, 5]]].astype(np.int64)
            faces = corners[:, 0, 3]
            for face in np.unique(faces).tolist():
                made.append(Polygons(surface.material, face, corners[faces == face, :, :3] * UNITS))
        return made


def watertight(padded: Cells) -> list[Polygons]:
    """The closed surface of all matter in a block with one layer of neighbours all round."""
    solid = padded != 0
    core = solid[1:-1, 1:-1, 1:-1]
    found: list[tuple[int, int, NDArray[np.int64]]] = []
    for face in range(6):
        axis, outward = face >> 1, (face & 1) * 2 - 1
        normal = outward * AXES[axis]
        u, v = AXES[(axis + 1) % 3], AXES[(axis + 2) % 3]
        if outward < 0:
            u, v = v, u  # so that u, v, normal are a right hand
        cells = np.argwhere(core & ~_moved(solid, normal))[:, ::-1]  # x, y, z
        materials = padded[tuple((cells + 1).T[::-1])]
        ring = np.array([0 * u, u, u + v, v]) + (AXES[axis] if outward > 0 else 0)
        corners = UNITS * (cells[:, None] + ring)
        edges = np.array([-v, u, v, -u])  # outward across the edge from a corner to the next
        pinched = np.stack([_at(solid, cells + normal + e) & ~_at(solid, cells + e) for e in edges], axis=1)
        torn = pinched.any(axis=1)
        for material in np.unique(materials).tolist():
            mine = materials == material
            plain, split = corners[mine & ~torn], corners[mine & torn]
            if len(plain):
                found.append((material, face, plain))
            if len(split):
                found.append((material, face, _fans(split, pinched[mine & torn], edges + normal)))
    return [Polygons(*one) for one in sorted(found, key=lambda one: one[:2])]


def _fans(corners: NDArray[np.int64], pinched: NDArray[np.bool_], outward: NDArray[np.int64]) -> NDArray[np.int64]:
    """Triangles round the middles of squares, (n, 3, 3): one for a whole edge, two for a pinched one."""
    middle = (corners[:, 0] + corners[:, 2]) // 2
    made = []
    for k in range(4):
        a, b, torn = corners[:, k], corners[:, (k + 1) % 4], pinched[:, k]
        drawn = (a + b) // 2 - outward[k]
        made += [
            np.stack([middle, a, b], axis=1)[~torn],
            np.stack([middle, a, drawn], axis=1)[torn],
            np.stack([middle, drawn, b], axis=1)[torn],
        ]
    return np.concatenate(made)


def _moved(solid: NDArray[np.bool_], step: NDArray[np.int64]) -> NDArray[np.bool_]:
    """What stands beside each cell of the core."""
    nz, ny, nx = solid.shape
    x, y, z = (1 + step).tolist()
    return solid[z : z + nz - 2, y : y + ny - 2, x : x + nx - 2]


def _at(solid: NDArray[np.bool_], cells: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray(solid[tuple((cells + 1).T[::-1])])


__all__ = ["UNITS", "Polygoner", "Polygons", "triangles", "watertight"]
