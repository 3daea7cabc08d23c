"""Rays through the city: a walk from brick to brick, the light at a hit, and the smoothing of that light.

Every sample of a picture is a pure function of its place in the picture, so that any number of threads paints the same
bytes. All random numbers are hashes of (column, row, ray).
"""
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..codes import GLASS, Material
from ..kernel import NOTHING, f8, i4v, i8, i8v, kernel, record, types, u1m
from ..rng import mix
from .lots import REACH

f4m = types.float32[:, ::1]
f4m3 = types.float32[:, :, ::1]
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


@kernel(hit(i4m3, u1m, f8, f8, f8, f8, f8, f8, f8), entry=True)
def trace(grid, bricks, ox, oy, oz, dx, dy, dz, far):
    """The first cell of matter on a ray from (ox, oy, oz) along the unit vector (dx, dy, dz), in cells of the window.

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
            grid, bricks, rays[i, 0], rays[i, 1], rays[i, 2], rays[i, 3], rays[i, 4], rays[i, 5], far
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
    end_x: float = 1e9  # the same for matter beyond any one of these
    end_y: float = 1e9
    end_z: float = 1e9
    man_x: float = -1.0  # where somebody stands; negative: nobody does
    man_y: float = -1.0
    man_z: float = -1.0


class Air(NamedTuple):
    """Light and fog."""

    key_x: float  # the direction towards the light from above
    key_y: float
    key_z: float
    key: float  # its strength
    key_reach: float  # free cells that it needs
    sky: float  # strength of the light from all sides
    sky_low: float  # share of it that comes from below, too
    sky_reach: float  # free cells that it needs
    lamp: float  # strength of a lamp
    fog: float  # per cell, everywhere
    sky_rays: int = 4
    key_width: float = 0.05  # tangent of half the angle that the light from above fills: soft shadows
    fog_start: float = 0.0  # cells before the fog begins
    mist: float = 0.0  # per cell, at the height `mist_z`
    mist_z: float = 0.0
    mist_height: float = 1.0  # cells in which the mist thins to 1 / e
    beam_far: float = 0.0  # cells along a ray in which shafts of light are looked for; 0: none


eye_type = record(Eye, *([f8] * 12), i8, i8, i8, *([f8] * 10))
air_type = record(Air, *([f8] * 10), i8, *([f8] * 6))

# The kinds of a sample: 0 air, 1 .. 6 the sides of a cell, and those below, on which no light is cast.
SHINES = 7
CUT_FACE = 8
SOMEBODY = 9
PAINT = 6  # numbers of a sample beside its light
FAR = 20000.0  # cells: further than the longest ray
# Rays of a sample, in this order; those from SKY on gather the light from all sides.
SEE, BEAM, KEY, GLOW, SKY = range(5)

TINT, PANEL_WIDTH, PANEL_HEIGHT, CONTRAST, STREAKS, SHINE = 0, 3, 4, 5, 6, 7


def _skin() -> npt.NDArray[np.float64]:
    """What materials look like: (32, 8) linear red, green, blue; panels in cells; contrast; streaks; own light."""
    table = np.zeros((32, 8))
    for material, red, green, blue, *rest in (
        (Material.VOID, 108, 106, 100, 4, 4, 0.30, 0.3, 0),  # whatever has no line of its own
        (Material.SHELL, 106, 110, 114, 8, 8, 0.36, 0.5, 0),
        (Material.PILLAR, 124, 125, 124, 8, 4, 0.28, 0.6, 0),
        (Material.SLAB, 126, 127, 125, 4, 4, 0.36, 0.3, 0),
        (Material.WALL, 118, 121, 124, 4, 5, 0.42, 0.6, 0),
        (Material.GIRDER, 80, 82, 85, 12, 6, 0.20, 0.4, 0),
        (Material.CATWALK, 92, 94, 97, 2, 2, 0.25, 0.3, 0),
        (Material.STAIR, 112, 111, 108, 2, 1, 0.20, 0.2, 0),
        (Material.LADDER, 92, 80, 62, 1, 1, 0.25, 0.2, 0),
        (Material.DOOR, 84, 58, 48, 3, 4, 0.20, 0.5, 0),
        (Material.GLASS, 30, 37, 44, 2, 3, 0.30, 0.1, 0),
        (Material.LAMP, 255, 224, 174, 1, 1, 0, 0, 2.8),
        (Material.PIPE, 88, 74, 66, 6, 6, 0.30, 0.5, 0),
        (Material.CONDUIT, 96, 76, 60, 3, 3, 0.30, 0.4, 0),
        (Material.TERMINAL, 130, 214, 198, 1, 1, 0, 0, 1.2),
        (Material.SAFEGUARD, 235, 60, 50, 1, 1, 0, 0, 1.8),
        (Material.SEED, 200, 178, 120, 3, 3, 0.2, 0.1, 0),
        (Material.PLANT, 170, 196, 210, 1, 1, 0, 0, 0.45),
        (Material.RUBBLE, 90, 87, 82, 1, 1, 0.50, 0, 0),
        (Material.CLADDING, 134, 136, 138, 3, 6, 0.30, 0.6, 0),
        (Material.FLESH, 104, 40, 44, 2, 2, 0.50, 0.3, 0),
        (Material.RAIL, 94, 95, 96, 4, 2, 0.20, 0.3, 0),
        (Material.GATE, 92, 86, 80, 8, 8, 0.30, 0.6, 0),
        (Material.CABLE, 44, 44, 46, 4, 4, 0.10, 0, 0),
        (Material.HABITAT, 116, 100, 84, 3, 3, 0.45, 0.4, 0),
        (Material.BARRICADE, 98, 88, 76, 2, 2, 0.55, 0.4, 0),
    ):
        table[material] = *((c / 255) ** 2.2 for c in (red, green, blue)), *rest
    table[table.sum(axis=1) == 0] = table[0]
    return table


SKIN = _skin()  # kernels take it in as a constant


@kernel(f8(i8, i8, i8, i8))
def noise(a, b, c, d):
    """A number in 0 .. 1 that belongs to four integers."""
    return mix(a, b, c, d) * (1.0 / 4294967296.0)


@kernel(i8(i4m3, u1m, i8, i8, i8))
def material_at(grid, bricks, x, y, z):
    """The material of a cell of the window; 0 outside."""
    if x < 0 or y < 0 or z < 0 or x >> 2 >= grid.shape[2] or y >> 2 >= grid.shape[1] or z >> 2 >= grid.shape[0]:
        return 0
    brick = int(grid[z >> 2, y >> 2, x >> 2])
    return 0 if brick < 0 else int(bricks[brick, ((z & 3) << 4) | ((y & 3) << 2) | (x & 3)])


three = types.UniTuple(types.float64, 3)


@kernel(three(i4m3, u1m, i8v, i8, i8, i8))
def window_light(grid, bricks, corner, x, y, z):
    """The light behind a window: mostly none. The lowest corner speaks for the whole window."""
    for _ in range(6):
        if material_at(grid, bricks, x - 1, y, z) == GLASS:
            x -= 1
        if material_at(grid, bricks, x, y - 1, z) == GLASS:
            y -= 1
        if material_at(grid, bricks, x, y, z - 1) == GLASS:
            z -= 1
    x += corner[0]
    y += corner[1]
    z += corner[2]
    inhabited = mix(x >> 5, y >> 5, z >> 5, 71) & 255 < 40
    if mix(x, y, z, 72) & 255 >= (88 if inhabited else 5):
        return 0.0, 0.0, 0.0
    strength = 0.3 + 0.5 * noise(x, y, z, 74)
    if mix(x >> 3, y >> 3, z >> 3, 73) & 1:
        return strength, 0.74 * strength, 0.40 * strength
    return 0.78 * strength, 0.85 * strength, 0.83 * strength


@kernel(f8(i8, i8, f8, f8, f8, f8))
def tone(material, kind, x, y, z, sample):
    """How bright a point of a face is: formwork panels, seams, what rain has left, fine grain, dust on floors.

    x, y, z are cells of the world; each detail fades where it is smaller than a sample (cells).
    """
    if kind <= 2:
        p = y
        q = z
        side = int(math.floor(x / 4.0))
    elif kind <= 4:
        p = x
        q = z
        side = int(math.floor(y / 4.0))
    else:
        p = x
        q = y
        side = int(math.floor(z / 4.0))
    pw = p / SKIN[material, PANEL_WIDTH]
    qw = q / SKIN[material, PANEL_HEIGHT]
    pi = math.floor(pw)
    qi = math.floor(qw)
    bright = 1.0 - SKIN[material, CONTRAST] * (noise(int(pi), int(qi), side, 11) - 0.4)
    fine = min(max(1.6 - sample * 3.0, 0.0), 1.0)
    if fine > 0.0:
        pf = pw - pi
        qf = qw - qi
        seam = min(min(pf, 1.0 - pf) * SKIN[material, PANEL_WIDTH], min(qf, 1.0 - qf) * SKIN[material, PANEL_HEIGHT])
        if seam < 0.02 + 0.5 * sample:
            bright *= 1.0 - 0.4 * fine
        bright *= 1.0 + 0.12 * fine * (noise(int(math.floor(p * 8.0)), int(math.floor(q * 8.0)), side, 9) - 0.5)
    if kind <= 4:
        if sample < 1.2:
            wet = noise(int(math.floor(p * 3.0)), int(math.floor(q / 9.0)), side, 5)
            bright *= 1.0 - 0.7 * SKIN[material, STREAKS] * min(1.2 - sample, 1.0) * wet * wet
    elif kind == 6:
        bright *= 0.58
    return bright


@kernel(f8(f8, f8))
def person(a, b):
    """The outline of somebody in a long coat, 1.8 cells high, above 0 inside. a: cells to the side, b: cells up."""
    side = abs(a)
    if b < 0.0 or b > 1.84:
        return -1.0
    if b > 1.55:
        return 0.0156 - a * a - (b - 1.67) * (b - 1.67)
    if b > 1.46:
        return 0.08 - side
    if b > 1.36:
        return 0.08 + (1.46 - b) * 1.8 - side
    if b > 0.55:
        return 0.26 - 0.06 * math.sin((b - 0.55) * 3.4) - side
    return 0.09 + 0.03 * b - abs(side - 0.11) if side > 0.015 else -1.0


@kernel(f8(eye_type, f8, f8, f8, f8, f8, f8))
def somebody_at(eye, ex, ey, ez, dx, dy, dz):
    """How far along a ray somebody stands in the way: a flat figure that faces the eye. FAR: nobody does."""
    if eye.man_x < 0.0:
        return FAR
    flat = math.sqrt(eye.ahead_x * eye.ahead_x + eye.ahead_y * eye.ahead_y)
    towards = dx * eye.ahead_x + dy * eye.ahead_y
    at = ((eye.man_x - ex) * eye.ahead_x + (eye.man_y - ey) * eye.ahead_y) / max(towards, 1e-6)
    if at <= 0.0:
        return FAR
    p = ex + dx * at - eye.man_x
    q = ey + dy * at - eye.man_y
    return at if person((p * eye.ahead_y - q * eye.ahead_x) / flat, ez + dz * at - eye.man_z) > 0.0 else FAR


@kernel(types.UniTuple(types.float64, 6)(eye_type, i8, i8))
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
        inner = abs(x - eye.cut_x) < near and y > eye.cut_y - near and z > eye.cut_z - near
        return 1 if inner or abs(x - eye.end_x) < near else 0
    if axis == 1:
        inner = abs(y - eye.cut_y) < near and x > eye.cut_x - near and z > eye.cut_z - near
        return 1 if inner or abs(y - eye.end_y) < near else 0
    inner = abs(z - eye.cut_z) < near and x > eye.cut_x - near and y > eye.cut_y - near
    return 1 if inner or abs(z - eye.end_z) < near else 0


@kernel(f8(air_type, f8, f8, f8))
def clearness(air, z, dz, depth):
    """The share of light that comes through the fog on a ray from height z that rises by dz a cell."""
    thick = air.fog * max(depth - air.fog_start, 0.0)
    rise = dz * depth / air.mist_height
    way = depth if abs(rise) < 1e-4 else depth * (1.0 - math.exp(-rise)) / rise
    thick += air.mist * way * math.exp(-(z - air.mist_z) / air.mist_height)
    return math.exp(-min(thick, 50.0))


@kernel(types.Tuple((i8, f8))(f8m, i4v, i4v, i8, f8, f8, f8, f8, f8, f8, f8))
def choose_fixture(lamps, lamp_first, lamp_list, lot, x, y, z, nx, ny, nz, roll):
    """One fixture, drawn by the light that it could cast on a point, and the light of all of them together.

    So one ray suffices: the light of all, if the one that was drawn is in sight, is right on average.
    """
    chosen = -1
    total = 0.0
    for i in range(lamp_first[lot], lamp_first[lot + 1]):
        k = lamp_list[i]
        vx = lamps[k, 0] - x
        vy = lamps[k, 1] - y
        vz = lamps[k, 2] - z
        square = vx * vx + vy * vy + vz * vz
        if square >= REACH * REACH:
            continue
        far = math.sqrt(square)
        facing = vx * nx + vy * ny + vz * nz + 0.15 * far  # a little wraps around: lamps are not points
        if facing <= 0.0:
            continue
        fade = 1.0 - far / REACH
        light = lamps[k, 3] * facing / (far + 0.1) * fade * fade / (14.0 + 0.12 * square)
        total += light
        # The roll decides, and what remains of it decides the next time.
        share = light / total
        if roll < share:
            chosen = int(k)
            roll /= share
        else:
            roll = (roll - share) / (1.0 - share)
    return chosen, total


@kernel(
    NOTHING(i4m3, u1m, f8m, i4v, i4v, i8v, eye_type, air_type, i8, f4m3, f4m3, u1m, i8, i8),
    entry=True,
)
def paint(grid, bricks, lamps, lamp_first, lamp_list, corner, eye, air, first, paints, lights, kinds, top, bottom):
    """Samples of the rows of pixels top .. bottom: their colour, their light, and what they are.

    grid .. corner  see `lots.Matter`
    first   the row of samples that lies in row 0 of the arrays below: they hold a band of the picture
    paints  (rows, columns, 6) red, green, blue behind the fog; fog 0 .. 1; lift -1 .. 1; depth in cells
    lights  (rows, columns, 4) red, green, blue of the light that falls on them; light in the air before them
    kinds   (rows, columns)    0: air, 1 .. 6: a side, SHINES, CUT_FACE, SOMEBODY

    Several rays belong to a sample. They take turns in one loop around one call of `trace`, because the compiler copies
    `trace` into every place that calls it. Samples of one pixel that lie in one plane share their light.
    """
    lots_x = grid.shape[2] >> 2
    lots_y = grid.shape[1] >> 2
    step = math.sqrt(eye.across_x * eye.across_x + eye.across_y * eye.across_y + eye.across_z * eye.across_z)
    for place in range(top * (eye.columns // eye.block), bottom * (eye.columns // eye.block)):
        pixel_row = place // (eye.columns // eye.block)
        pixel_column = place - pixel_row * (eye.columns // eye.block)
        lit_kind = 0
        lit_plane = red_light = green_light = blue_light = beam = 0.0
        for part in range(eye.block * eye.block):
            row = pixel_row * eye.block + part // eye.block
            column = pixel_column * eye.block + part % eye.block
            ex, ey, ez, dx, dy, dz = view_ray(eye, row, column)
            depth = FAR
            kind = 0
            clear = red = green = blue = 0.0
            hx = hy = hz = nx = ny = nz = 0.0
            fixture = 0
            glow = 0.0
            shared = False
            for ray in range(SKY + air.sky_rays):
                rx = hx
                ry = hy
                rz = hz
                reach = air.key_reach
                if ray == SEE:
                    rx = ex
                    ry = ey
                    rz = ez
                    qx = dx
                    qy = dy
                    qz = dz
                    reach = FAR
                elif ray == BEAM:  # is a point in the air before the hit lit from above?
                    if part > 0 or air.beam_far <= 0.0:
                        continue
                    at = min(depth, air.beam_far) * noise(column, row, ray, 31)
                    rx = ex + dx * at
                    ry = ey + dy * at
                    rz = ez + dz * at
                    qx = air.key_x
                    qy = air.key_y
                    qz = air.key_z
                elif kind == 0 or kind >= SHINES or shared:
                    break
                elif ray == KEY:  # light from above
                    turn = 6.2831853 * noise(column, row, ray, 32)
                    off = air.key_width * math.sqrt(noise(column, row, ray, 33))
                    qx = air.key_x + off * math.cos(turn)
                    qy = air.key_y + off * math.sin(turn)
                    qz = air.key_z
                    length = math.sqrt(qx * qx + qy * qy + qz * qz)
                    qx /= length
                    qy /= length
                    qz /= length
                    if qx * nx + qy * ny + qz * nz <= 0.0:
                        continue
                elif ray == GLOW:  # light of a lamp
                    lot = ((int(hz) >> 4) * lots_y + (int(hy) >> 4)) * lots_x + (int(hx) >> 4)
                    fixture, glow = choose_fixture(
                        lamps, lamp_first, lamp_list, lot, hx, hy, hz, nx, ny, nz, noise(column, row, ray, 34)
                    )
                    if fixture < 0:
                        continue
                    qx = lamps[fixture, 0] - hx
                    qy = lamps[fixture, 1] - hy
                    qz = lamps[fixture, 2] - hz
                    length = math.sqrt(qx * qx + qy * qy + qz * qz)
                    qx /= length
                    qy /= length
                    qz /= length
                    reach = length - 1.2
                else:  # light from all sides, more of it along the normal
                    wide = (ray - SKY + noise(column, row, ray, 35)) / air.sky_rays
                    turn = 6.2831853 * noise(column, row, ray, 36)
                    off = math.sqrt(wide)
                    along = math.sqrt(1.0 - wide)
                    p = off * math.cos(turn)
                    q = off * math.sin(turn)
                    qx = nx * along if nx != 0.0 else p
                    qy = ny * along if ny != 0.0 else (p if nx != 0.0 else q)
                    qz = nz * along if nz != 0.0 else q
                    reach = air.sky_reach

                material, t, axis, x, y, z = trace(grid, bricks, rx, ry, rz, qx, qy, qz, reach)

                if ray == SEE:
                    if material != 0:
                        depth = t
                        if axis == 0:
                            nx = -1.0 if dx > 0.0 else 1.0
                        elif axis == 1:
                            ny = -1.0 if dy > 0.0 else 1.0
                        else:
                            nz = -1.0 if dz > 0.0 else 1.0
                        hx = ex + dx * t + nx * 1e-3
                        hy = ey + dy * t + ny * 1e-3
                        hz = ez + dz * t + nz * 1e-3
                        kind = 1 + 2 * axis + (1 if nx + ny + nz > 0.0 else 0)
                        red = SKIN[material, TINT]
                        green = SKIN[material, TINT + 1]
                        blue = SKIN[material, TINT + 2]
                        bright = SKIN[material, SHINE]
                        if material == GLASS:
                            r, g, b = window_light(grid, bricks, corner, x, y, z)
                            if r > 0.0:
                                red = r
                                green = g
                                blue = b
                                bright = 1.0
                        if is_cut(eye, axis, hx, hy, hz) == 1:
                            kind = CUT_FACE
                        elif bright > 0.0:
                            kind = SHINES
                        else:
                            sample = step * (depth if eye.spread > 0.0 else 1.0)
                            bright = tone(material, kind, hx + corner[0], hy + corner[1], hz + corner[2], sample)
                        red *= bright
                        green *= bright
                        blue *= bright
                    at = somebody_at(eye, ex, ey, ez, dx, dy, dz)
                    if at < depth:
                        depth = at
                        kind = SOMEBODY
                        red = green = blue = 0.008
                    if kind != 0:
                        clear = clearness(air, ez, dz, depth)
                    plane = hx if nx != 0.0 else hy if ny != 0.0 else hz
                    shared = kind == lit_kind and abs(plane - lit_plane) < 0.01
                    if kind >= SHINES:
                        lit_kind = 0
                        red_light = green_light = blue_light = 1.0
                    elif not shared:
                        lit_kind = kind
                        lit_plane = plane
                        red_light = green_light = blue_light = 0.0
                elif ray == BEAM:
                    beam = 1.0 if material == 0 else max(t / reach * 2.5 - 1.5, 0.0)
                elif ray == KEY:
                    light = air.key * (qx * nx + qy * ny + qz * nz)
                    if material != 0:
                        light *= max(t / reach * 2.5 - 1.5, 0.0)
                    red_light += light
                    green_light += 0.95 * light
                    blue_light += 0.87 * light
                elif ray == GLOW:
                    if material == 0 or SKIN[material, SHINE] > 0.0:
                        light = glow * air.lamp
                        shining = int(lamps[fixture, 4])
                        red_light += light * SKIN[shining, TINT]
                        green_light += light * SKIN[shining, TINT + 1]
                        blue_light += light * SKIN[shining, TINT + 2]
                else:
                    light = air.sky * (air.sky_low + (1.0 - air.sky_low) * (0.5 + 0.5 * qz)) / air.sky_rays
                    if material != 0:
                        light *= t / reach * t / reach
                    red_light += 0.80 * light
                    green_light += 0.93 * light
                    blue_light += light
            at = row - first
            paints[at, column, 0] = red * clear
            paints[at, column, 1] = green * clear
            paints[at, column, 2] = blue * clear
            paints[at, column, 3] = 1.0 - clear
            paints[at, column, 4] = dz if eye.spread > 0.0 else (0.5 * eye.rows - row) / (0.75 * eye.rows)
            paints[at, column, 5] = depth
            lights[at, column, 0] = red_light
            lights[at, column, 1] = green_light
            lights[at, column, 2] = blue_light
            lights[at, column, 3] = beam
            kinds[at, column] = kind


@kernel(NOTHING(f4m3, u1m, f4m3, f4m3, i8, i8, i8), entry=True)
def smooth(paints, kinds, lights, smoother, step, top, bottom):
    """Rows top .. bottom of light, averaged over neighbours `step` samples away that lie on the same face.

    Only light is smoothed: edges, panels and seams stay sharp. Steps of 1, 2, 4, 8 ... make one wide filter (a trous;
    Dammertz and others: Edge-avoiding A-Trous wavelet transform, HPG 2010).
    """
    rows, columns = kinds.shape
    for row in range(top, bottom):
        for column in range(columns):
            kind = kinds[row, column]
            depth = paints[row, column, 5]
            tight = 1.0 / (0.02 * depth + 0.5)
            red = green = blue = weight = 0.0
            beam = beam_weight = 0.0
            for j in range(-1, 2):
                r = row + j * step
                if r < 0 or r >= rows:
                    continue
                for i in range(-1, 2):
                    c = column + i * step
                    if c < 0 or c >= columns:
                        continue
                    w = float((2 - abs(i)) * (2 - abs(j)))
                    gap = abs(paints[r, c, 5] - depth) * tight
                    b = w / (1.0 + 0.1 * gap)
                    beam += b * lights[r, c, 3]
                    beam_weight += b
                    if kinds[r, c] == kind:
                        gap *= gap
                        w /= 1.0 + gap * gap
                        red += w * lights[r, c, 0]
                        green += w * lights[r, c, 1]
                        blue += w * lights[r, c, 2]
                        weight += w
            smoother[row, column, 0] = red / weight
            smoother[row, column, 1] = green / weight
            smoother[row, column, 2] = blue / weight
            smoother[row, column, 3] = beam / beam_weight


FOG_LOW, FOG_HIGH, FOG_LIT, CUT = range(4)


@kernel(NOTHING(i8, f4m3, u1m, f4m3, f8m, f8, i8, f4m3, i8, i8), entry=True)
def develop(first, paints, kinds, lights, tones, ink, block, out, top, bottom):
    """Rows top .. bottom of pixels from their samples: paint under light, ink along edges, behind fog and shafts.

    first  the row of samples in row 0 of `paints`, `kinds` and `lights`
    tones  (4, 3)  red, green, blue of: fog below, fog above, light in the fog, cut faces
    ink    0 .. 1  how dark the lines are along edges
    out    (height, width, 3) linear light
    """
    rows, columns = kinds.shape
    for y in range(top, bottom):
        for x in range(out.shape[1]):
            red = green = blue = 0.0
            for part in range(block * block):
                row = y * block + part // block - first
                column = x * block + part % block
                kind = kinds[row, column]
                fog = paints[row, column, 3]
                keep = 1.0
                if kind != SHINES and 0 < row < rows - 1 and 0 < column < columns - 1:
                    depth = paints[row, column, 5]
                    across = abs(paints[row, column - 1, 5] + paints[row, column + 1, 5] - 2.0 * depth)
                    along = abs(paints[row - 1, column, 5] + paints[row + 1, column, 5] - 2.0 * depth)
                    bend = max(across, along) > 1.2 + 0.01 * depth
                    if bend or kinds[row, column + 1] != kind or kinds[row + 1, column] != kind:
                        keep = 1.0 - ink * (1.0 - fog)
                if kind == CUT_FACE:
                    red += tones[CUT, 0] * (1.0 - fog)
                    green += tones[CUT, 1] * (1.0 - fog)
                    blue += tones[CUT, 2] * (1.0 - fog)
                else:
                    red += paints[row, column, 0] * lights[row, column, 0] * keep
                    green += paints[row, column, 1] * lights[row, column, 1] * keep
                    blue += paints[row, column, 2] * lights[row, column, 2] * keep
                up = min(max(0.5 + 0.75 * paints[row, column, 4], 0.0), 1.0)
                shaft = fog * lights[row, column, 3]
                red += (tones[FOG_LOW, 0] + (tones[FOG_HIGH, 0] - tones[FOG_LOW, 0]) * up) * fog
                green += (tones[FOG_LOW, 1] + (tones[FOG_HIGH, 1] - tones[FOG_LOW, 1]) * up) * fog
                blue += (tones[FOG_LOW, 2] + (tones[FOG_HIGH, 2] - tones[FOG_LOW, 2]) * up) * fog
                red += tones[FOG_LIT, 0] * shaft
                green += tones[FOG_LIT, 1] * shaft
                blue += tones[FOG_LIT, 2] * shaft
            share = 1.0 / (block * block)
            out[y, x, 0] = red * share
            out[y, x, 1] = green * share
            out[y, x, 2] = blue * share
