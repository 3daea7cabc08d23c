"""Rays through the city: a walk from brick to brick, and how the samples of a picture become rays."""
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import math
from typing import NamedTuple

from ..kernel import NOTHING, f8, i8, kernel, record, types, u1m

f8m = types.float64[:, ::1]
i4m3 = types.int32[:, :, ::1]

hit = types.Tuple((i8, f8, i8, i8, i8, i8))


@kernel(i8(f8, f8, f8, i8, i8, f8, i8))
def crossed(o, d, inverse, step, start, t, ties):
    """The coordinate that a ray has reached at time t along one axis: exactly as if it had walked cell by cell.

    `start` is a coordinate it has certainly reached; the answer never lies behind it. Planes that are crossed before t
    count, and with `ties` those at t too. Rounding in o + d t is put right by comparing the times of the planes
    themselves, which are the numbers that a walk compares.
    """
    at = o + d * t
    i = int(math.floor(at))
    if 1e-6 < at - i < 1.0 - 1e-6:
        return i  # far from any plane, compared with rounding: nearly always
    if step > 0:
        i = max(i, start)
        entered = (i - o) * inverse
        left = (i + 1 - o) * inverse
    else:
        i = min(i, start)
        entered = (i + 1 - o) * inverse
        left = (i - o) * inverse
    if i != start and (entered > t or (entered == t and ties == 0)):
        return i - step
    if left < t or (left == t and ties != 0):
        return i + step
    return i


@kernel(hit(i4m3, u1m, f8, f8, f8, f8, f8, f8, f8, f8), entry=True)
def trace(grid, bricks, ox, oy, oz, dx, dy, dz, begin, far):
    """The first cell of matter on a ray from (ox, oy, oz) along the unit vector (dx, dy, dz), in cells of the window.

    begin    a distance before which the ray is known to meet nothing: it saves time and changes no answer
    returns  material (0: nothing within `far` or within the window), distance, axis of the face that was hit, x, y, z

    A step is to the next cell, or in air to the end of the largest box of empty bricks around. Either way one
    coordinate advances and none ever goes back, so the loop ends after at most nx + ny + nz steps.
    """
    nx = (grid.shape[2] - 1) << 2  # the border of the grid is one brick thick
    ny = (grid.shape[1] - 1) << 2
    nz = (grid.shape[0] - 1) << 2
    sx = 1 if dx >= 0.0 else -1
    sy = 1 if dy >= 0.0 else -1
    sz = 1 if dz >= 0.0 else -1
    ix = 1.0 / (dx if abs(dx) > 1e-12 else 1e-12 * sx)
    iy = 1.0 / (dy if abs(dy) > 1e-12 else 1e-12 * sy)
    iz = 1.0 / (dz if abs(dz) > 1e-12 else 1e-12 * sz)
    x = int(math.floor(ox))
    y = int(math.floor(oy))
    z = int(math.floor(oz))
    t = 0.0
    axis = 0
    if x < 4 or y < 4 or z < 4 or x >= nx or y >= ny or z >= nz:
        # From outside: a first leap to the last of the three slabs that the ray enters.
        ux = -1.0
        uy = -1.0
        uz = -1.0
        if x < 4 or x >= nx:
            ux = ((4 if sx > 0 else nx) - ox) * ix
        if y < 4 or y >= ny:
            uy = ((4 if sy > 0 else ny) - oy) * iy
        if z < 4 or z >= nz:
            uz = ((4 if sz > 0 else nz) - oz) * iz
        # At equal times x is crossed first, then y, then z: the last one counts.
        if uz >= ux and uz >= uy:
            axis = 2
            t = uz
        elif uy >= ux:
            axis = 1
            t = uy
        else:
            t = ux
        if t < 0.0 or t >= far:
            return 0, far, 0, 0, 0, 0
        x = (4 if sx > 0 else nx - 1) if axis == 0 else crossed(ox, dx, ix, sx, x, t, 1)
        y = (4 if sy > 0 else ny - 1) if axis == 1 else crossed(oy, dy, iy, sy, y, t, 1 if axis == 2 else 0)
        z = (4 if sz > 0 else nz - 1) if axis == 2 else crossed(oz, dz, iz, sz, z, t, 0)
        if x < 4 or y < 4 or z < 4 or x >= nx or y >= ny or z >= nz:
            return 0, far, 0, 0, 0, 0
    if begin > t:
        if begin >= far:
            return 0, far, 0, 0, 0, 0
        t = begin
        x = crossed(ox, dx, ix, sx, x, t, 0)
        y = crossed(oy, dy, iy, sy, y, t, 0)
        z = crossed(oz, dz, iz, sz, z, t, 0)
        if x < 4 or y < 4 or z < 4 or x >= nx or y >= ny or z >= nz:
            return 0, far, 0, 0, 0, 0
    tx = (x + (1 if sx > 0 else 0) - ox) * ix
    ty = (y + (1 if sy > 0 else 0) - oy) * iy
    tz = (z + (1 if sz > 0 else 0) - oz) * iz
    for _ in range(nx + ny + nz):
        brick = int(grid[z >> 2, y >> 2, x >> 2])
        if brick >= 0:
            material = int(bricks[brick, ((z & 3) << 4) | ((y & 3) << 2) | (x & 3)])
            if material != 0:
                return material, t, axis, x, y, z
            if tx <= ty and tx <= tz:
                t = tx
                x += sx
                axis = 0
                tx = (x + (1 if sx > 0 else 0) - ox) * ix
            elif ty <= tz:
                t = ty
                y += sy
                axis = 1
                ty = (y + (1 if sy > 0 else 0) - oy) * iy
            else:
                t = tz
                z += sz
                axis = 2
                tz = (z + (1 if sz > 0 else 0) - oz) * iz
        else:
            k = -brick
            if k > 4096:
                return 0, far, 0, 0, 0, 0  # the border
            # The planes that bound the empty box, and when the ray meets them.
            bx = ((x >> 2) + (k if sx > 0 else 1 - k)) << 2
            by = ((y >> 2) + (k if sy > 0 else 1 - k)) << 2
            bz = ((z >> 2) + (k if sz > 0 else 1 - k)) << 2
            ux = (bx - ox) * ix
            uy = (by - oy) * iy
            uz = (bz - oz) * iz
            if ux <= uy and ux <= uz:
                t = ux
                axis = 0
                x = bx if sx > 0 else bx - 1
                y = crossed(oy, dy, iy, sy, y, t, 0)
                z = crossed(oz, dz, iz, sz, z, t, 0)
            elif uy <= uz:
                t = uy
                axis = 1
                y = by if sy > 0 else by - 1
                x = crossed(ox, dx, ix, sx, x, t, 1)
                z = crossed(oz, dz, iz, sz, z, t, 0)
            else:
                t = uz
                axis = 2
                z = bz if sz > 0 else bz - 1
                x = crossed(ox, dx, ix, sx, x, t, 1)
                y = crossed(oy, dy, iy, sy, y, t, 1)
            tx = (x + (1 if sx > 0 else 0) - ox) * ix
            ty = (y + (1 if sy > 0 else 0) - oy) * iy
            tz = (z + (1 if sz > 0 else 0) - oz) * iz
        if t >= far:
            return 0, far, 0, 0, 0, 0
    return 0, far, 0, 0, 0, 0


@kernel(NOTHING(i4m3, u1m, f8m, f8, f8m), entry=True)
def look_along(grid, bricks, rays, far, seen):
    """What rays (n, 6: origin, direction) meet within `far` cells -> seen (n, 3): material, distance, side 1..6 or 0."""
    for i in range(rays.shape[0]):
        material, t, axis, _, _, _ = trace(
            grid, bricks, rays[i, 0], rays[i, 1], rays[i, 2], rays[i, 3], rays[i, 4], rays[i, 5], 0.0, far
        )
        seen[i, 0] = material
        seen[i, 1] = t
        seen[i, 2] = 0 if material == 0 else 1 + 2 * axis + (1 if rays[i, 3 + axis] < 0.0 else 0)


class Eye(NamedTuple):
    """How samples become rays. Lengths are in cells of the window; `across` and `up` are the step of one sample."""

    x: float
    y: float
    z: float
    ahead_x: float
    ahead_y: float
    ahead_z: float
    across_x: float
    across_y: float
    across_z: float
    up_x: float
    up_y: float
    up_z: float
    columns: int  # samples
    rows: int
    block: int  # samples along the side of a pixel
    spread: float  # 1: rays part from one point (perspective); 0: they are parallel
    cut_x: float = 1e9  # matter beyond all three of these planes was taken away: what lies bare there is a cut face
    cut_y: float = 1e9
    cut_z: float = 1e9


eye_type = record(Eye, *([f8] * 12), i8, i8, i8, *([f8] * 4))
FAR = 20000.0  # cells: further than the longest ray


@kernel(i8(i4m3, u1m, i8, i8, i8))
def material_at(grid, bricks, x, y, z):
    """The material of a cell of the window; 0 outside."""
    if x < 0 or y < 0 or z < 0 or x >> 2 >= grid.shape[2] or y >> 2 >= grid.shape[1] or z >> 2 >= grid.shape[0]:
        return 0
    brick = int(grid[z >> 2, y >> 2, x >> 2])
    return 0 if brick < 0 else int(bricks[brick, ((z & 3) << 4) | ((y & 3) << 2) | (x & 3)])


@kernel(types.UniTuple(types.float64, 6)(eye_type, i8, i8), entry=True)
def view_ray(eye, row, column):
    """Where the ray of a sample begins, and its direction (a unit vector)."""
    u = column + 0.5 - 0.5 * eye.columns
    v = 0.5 * eye.rows - row - 0.5
    wide = (1.0 - eye.spread) * u
    high = (1.0 - eye.spread) * v
    x = eye.x + eye.across_x * wide + eye.up_x * high
    y = eye.y + eye.across_y * wide + eye.up_y * high
    z = eye.z + eye.across_z * wide + eye.up_z * high
    wide = eye.spread * u
    high = eye.spread * v
    dx = eye.ahead_x + eye.across_x * wide + eye.up_x * high
    dy = eye.ahead_y + eye.across_y * wide + eye.up_y * high
    dz = eye.ahead_z + eye.across_z * wide + eye.up_z * high
    length = math.sqrt(dx * dx + dy * dy + dz * dz)
    return x, y, z, dx / length, dy / length, dz / length


@kernel(i8(eye_type, i8, f8, f8, f8))
def is_cut(eye, axis, x, y, z):
    """Whether a point on a face lies where matter was taken away."""
    near = 0.01
    if axis == 0:
        return 1 if abs(x - eye.cut_x) < near and y > eye.cut_y - near and z > eye.cut_z - near else 0
    if axis == 1:
        return 1 if abs(y - eye.cut_y) < near and x > eye.cut_x - near and z > eye.cut_z - near else 0
    return 1 if abs(z - eye.cut_z) < near and x > eye.cut_x - near and y > eye.cut_y - near else 0
