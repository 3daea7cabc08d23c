"""The surface of matter as few rectangles: greedy quads of a chunk of 32^3 voxels, with the shade of their corners.

Faces of one material and one shade that touch become one quad. A corner is shaded by the voxels that meet it in the layer
before the face (3: open, 0: an inner corner), and that shade is part of what must be equal: light is baked, not guessed.
Coarser levels halve the voxels first. Who draws or exports matter begins here.

A quad is two words of 32 bits, low bits first:

    lo   x 6 | y 6 | z 6 | face 3 | width - 1: 5 | height - 1: 5
    hi   material 8 | shade of the corners 4 x 2: (0, 0), (1, 0), (1, 1), (0, 1) | 16 bits free for who draws

x, y, z: its voxel with the least coordinates. face: 0 -x, 1 +x, 2 -y, 3 +y, 4 -z, 5 +z. With axis a = face >> 1 the width
runs along axis (a + 1) % 3 and the height along (a + 2) % 3.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..ground.codes import LAMP
from ..words.kernel import ByteVolume, Int32Matrix, IntVector, kernel

CHUNK = 32  # voxels along the edge of a chunk
PADDED = CHUNK + 2  # with one layer of its neighbours all round
QUADS_MAX = 3 * CHUNK**3  # of a chessboard in space: half of the voxels, six faces each


@kernel
def solid(rows: IntVector, x: int, y: int, z: int) -> int:
    """1 where a voxel of the padded chunk is matter; `rows` holds the bits of each row along x."""
    return (rows[z * PADDED + y] >> x) & 1


@kernel
def corner_shade(side: int, other: int, between: int) -> int:
    """How open a corner is, from the two voxels beside it and the one between them: 3 open .. 0 closed."""
    return 0 if side + other == 2 else 3 - side - other - between


@kernel
def shade(rows: IntVector, axis: int, x: int, y: int, z: int) -> int:
    """The shades of the four corners of a face, 2 bits each; (x, y, z) is the void voxel before it."""
    # steps along u and v, the two axes of the face
    ux = 1 if axis == 2 else 0
    uy = 1 if axis == 0 else 0
    uz = 1 if axis == 1 else 0
    vx = 1 if axis == 1 else 0
    vy = 1 if axis == 2 else 0
    vz = 1 if axis == 0 else 0
    west = solid(rows, x - ux, y - uy, z - uz)
    east = solid(rows, x + ux, y + uy, z + uz)
    south = solid(rows, x - vx, y - vy, z - vz)
    north = solid(rows, x + vx, y + vy, z + vz)
    a = corner_shade(west, south, solid(rows, x - ux - vx, y - uy - vy, z - uz - vz))
    b = corner_shade(east, south, solid(rows, x + ux - vx, y + uy - vy, z + uz - vz))
    c = corner_shade(east, north, solid(rows, x + ux + vx, y + uy + vy, z + uz + vz))
    d = corner_shade(west, north, solid(rows, x - ux + vx, y - uy + vy, z - uz + vz))
    return a | (b << 2) | (c << 4) | (d << 6)


@kernel
def merge(faces: IntVector, into: Int32Matrix, n: int, face: int, depth: int) -> int:
    """Cover the faces of one layer with rectangles; returns how many quads are in `into`. Faces: material | shade << 8, [v, u].

    A rectangle grows along an axis only where its shade is the same at both ends of that axis, so that every face in it
    is drawn as it would be alone.
    """
    axis = face >> 1
    for v in range(CHUNK):
        u = 0
        while u < CHUNK:
            key = faces[v * CHUNK + u]
            if key == 0:
                u += 1
                continue
            a = (key >> 8) & 3
            b = (key >> 10) & 3
            c = (key >> 12) & 3
            d = (key >> 14) & 3
            wide = 1
            if a == b and d == c:
                while u + wide < CHUNK and faces[v * CHUNK + u + wide] == key:
                    wide += 1
            high = 1
            if a == d and b == c:
                while v + high < CHUNK:
                    k = 0
                    while k < wide and faces[(v + high) * CHUNK + u + k] == key:
                        k += 1
                    if k < wide:
                        break
                    high += 1
            for j in range(high):
                for k in range(wide):
                    faces[(v + j) * CHUNK + u + k] = 0
            if axis == 0:
                place = depth | (u << 6) | (v << 12)
            elif axis == 1:
                place = v | (depth << 6) | (u << 12)
            else:
                place = u | (v << 6) | (depth << 12)
            into[n, 0] = place | (face << 18) | ((wide - 1) << 21) | ((high - 1) << 26)
            into[n, 1] = key
            n += 1
            u += wide
    return n


@kernel(entry=True)
def greedy(cells: ByteVolume, rows: IntVector, faces: IntVector, into: Int32Matrix) -> int:
    """The quads of the inner 32^3 voxels of a padded chunk; returns how many.

    cells   (34, 34, 34) uint8 [z, y, x]: materials, 0 is void
    rows    (34 * 34,) int64, faces (32 * 32,) int64: working memory
    into    (QUADS_MAX, 2) int32: lo and hi
    """
    some = 0
    for z in range(PADDED):
        for y in range(PADDED):
            bits = 0
            for x in range(PADDED):
                if cells[z, y, x] != 0:
                    bits |= 1 << x
            rows[z * PADDED + y] = bits
            some |= bits
    if some == 0:
        return 0
    for p in range(CHUNK * CHUNK):
        faces[p] = 0
    inner = ((1 << CHUNK) - 1) << 1
    n = 0
    for face in range(6):
        axis = face >> 1
        step = (face & 1) * 2 - 1
        for depth in range(CHUNK):
            found = 0
            at = depth + 1
            if axis == 0:  # u = y, v = z
                for v in range(CHUNK):
                    for u in range(CHUNK):
                        bits = rows[(v + 1) * PADDED + u + 1]
                        if (bits >> at) & 1 == 1 and (bits >> (at + step)) & 1 == 0:
                            light = shade(rows, axis, at + step, u + 1, v + 1)
                            faces[v * CHUNK + u] = cells[v + 1, u + 1, at] | (light << 8)
                            found = 1
            elif axis == 1:  # u = z, v = x
                for u in range(CHUNK):
                    row = (u + 1) * PADDED + at
                    bits = rows[row] & ~rows[row + step] & inner
                    if bits != 0:
                        found = 1
                        for v in range(CHUNK):
                            if (bits >> (v + 1)) & 1 == 1:
                                light = shade(rows, axis, v + 1, at + step, u + 1)
                                faces[v * CHUNK + u] = cells[u + 1, at, v + 1] | (light << 8)
            else:  # u = x, v = y
                for v in range(CHUNK):
                    row = at * PADDED + v + 1
                    bits = rows[row] & ~rows[row + step * PADDED] & inner
                    if bits != 0:
                        found = 1
                        for u in range(CHUNK):
                            if (bits >> (u + 1)) & 1 == 1:
                                light = shade(rows, axis, u + 1, v + 1, at + step)
                                faces[v * CHUNK + u] = cells[at, v + 1, u + 1] | (light << 8)
            if found != 0:
                n = merge(faces, into, n, face, depth)
    return n


@kernel(entry=True)
def halve_into(cells: ByteVolume, into: ByteVolume) -> None:
    """Each 2 x 2 x 2 voxels of `cells` (2c, 2b, 2a) as one of `into` (c, b, a): see `halve`."""
    for z in range(into.shape[0]):
        for y in range(into.shape[1]):
            for x in range(into.shape[2]):
                count = 0
                shown = 0
                for k in range(8):
                    material = int(cells[2 * z + 1 - (k >> 2), 2 * y + ((k >> 1) & 1), 2 * x + (k & 1)])
                    if material != 0:
                        count += 1
                        if shown == 0 or material == LAMP:
                            shown = material
                into[z, y, x] = shown if count >= 2 else 0


class Faces(NamedTuple):
    """Quads taken apart: n rows."""

    at: NDArray[np.int64]  # (n, 3) x, y, z of the voxel with the least coordinates, in voxels of the chunk
    face: NDArray[np.int64]  # 0..5
    width: NDArray[np.int64]  # voxels along axis (face // 2 + 1) % 3
    height: NDArray[np.int64]  # voxels along axis (face // 2 + 2) % 3
    material: NDArray[np.int64]
    shade: NDArray[np.int64]  # (n, 4) 0..3 at the corners (0, 0), (1, 0), (1, 1), (0, 1)


def quads(cells: NDArray[np.uint8]) -> NDArray[np.int32]:
    """The surface of a padded chunk (34, 34, 34) [z, y, x] as quads (n, 2), in order of face, depth and place."""
    assert cells.shape == (PADDED,) * 3, f"a padded chunk has {PADDED} voxels a side, not {cells.shape}"
    into = np.empty((QUADS_MAX, 2), np.int32)  # what is never written takes no memory
    rows, faces = np.empty(PADDED * PADDED, np.int64), np.empty(CHUNK * CHUNK, np.int64)
    n = int(greedy(np.ascontiguousarray(cells, np.uint8), rows, faces, into))
    return into[:n].copy()


def take_apart(made: NDArray[np.int32]) -> Faces:
    """The fields of quads (n, 2)."""
    lo, hi = made[:, 0].astype(np.int64), made[:, 1].astype(np.int64)
    at = np.stack([lo & 63, lo >> 6 & 63, lo >> 12 & 63], 1)
    corners = np.stack([hi >> shift & 3 for shift in (8, 10, 12, 14)], 1)
    return Faces(at, lo >> 18 & 7, (lo >> 21 & 31) + 1, (lo >> 26 & 31) + 1, hi & 255, corners)


def halve(cells: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Voxels of twice the size: (2c, 2b, 2a) -> (c, b, a), [z, y, x].

    A voxel is matter where two of its eight are, so that walks one cell thick do not vanish. It shows a lamp where there is
    one, else what lies highest.
    """
    assert all(n % 2 == 0 for n in cells.shape), f"halving needs even sizes, not {cells.shape}"
    nz, ny, nx = (n // 2 for n in cells.shape)
    into = np.empty((nz, ny, nx), np.uint8)
    halve_into(np.ascontiguousarray(cells, np.uint8), into)
    return into


__all__ = ["CHUNK", "PADDED", "QUADS_MAX", "Faces", "greedy", "halve", "halve_into", "quads", "take_apart"]
