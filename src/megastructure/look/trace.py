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

from ..codes import GLASS, LAMP, PLANT, SAFEGUARD, TERMINAL
from ..kernel import NOTHING, f8, i4v, i8, i8v, kernel, record, types, u1m
from ..rng import mix
from .lots import REACH

f4m = types.float32[:, ::1]
f4m3 = types.float32[:, :, ::1]
f8m = types.float64[:, ::1]
f8v = types.float64[::1]
i4m3 = types.int32[:, :, ::1]

hit = types.Tuple((i8, f8, i8, i8, i8, i8))


@kernel(i8(f8, f8, f8, i8, i8, f8, i8))
def crossed(o, d, inverse, step, start, t, ties):
    """The coordinate that a ray has reached at time t along one axis: exactly as if it had walked cell by cell.

    `start` is a coordinate it has certainly reached; the answer never lies behind it. Planes that are crossed before t
    count, and with `ties` those at t too. Rounding in o + d t is put right by comparing the times of the planes
    themselves, which are the numbers that a walk compares.
    """
    i = int(math.floor(o + d * t))
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


class Eye(NamedTuple):
    """How samples become rays. Everything in cells of the window; `across` and `up` are the step of one sample."""

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
    columns: int
    rows: int
    spread: float  # 1: rays part from one point (perspective), 0: they are parallel
    lift: float  # how much of the height of the frame counts as looking up, in parallel views
    cut_x: float  # matter beyond all three planes has been taken away: faces on them are cut faces
    cut_y: float
    cut_z: float
    man_x: float  # where somebody stands; a negative x: nobody
    man_y: float
    man_z: float


class Air(NamedTuple):
    """Light and fog."""

    key_x: float
    key_y: float
    key_z: float
    key: float  # strength of the light from above
    key_reach: float  # cells of free way that the light from above needs
    sky: float  # strength of the light from all sides
    sky_reach: float  # cells of free way that it needs
    sky_rays: int
    lamp: float  # strength of a lamp
    fog: float  # per cell
    fog_start: float
    mist: float  # per cell, at the height `mist_z`; thinner above
    mist_z: float
    mist_height: float
    beam_far: float  # cells along a ray in which shafts of light are looked for
    key_radius: float
    ambient_low: float
    detail: float


eye_type = record(Eye, *([f8] * 12), i8, i8, *([f8] * 8))
air_type = record(Air, *([f8] * 7), i8, *([f8] * 10))

# What faces of materials look like: red, green, blue (linear), panel width and height in cells, contrast of panels, streaks.
SKIN = np.zeros((32, 8))

PAINT = 6  # red, green, blue behind the fog; fog; lift; depth
FAR = 20000.0

# Kinds of a sample, for the filter and the ink: 0 air, 1..6 sides of a cell, 7 what shines, 8 a cut face, 9 somebody.
SHINES, CUT_FACE, SOMEBODY = 7, 8, 9


@kernel(f8(i8, i8, i8, i8))
def noise(a, b, c, d):
    """A number in 0 .. 1 that belongs to four integers."""
    return mix(a, b, c, d) * (1.0 / 4294967296.0)


@kernel(i8(i4m3, u1m, i8, i8, i8))
def material_at(grid, bricks, x, y, z):
    """The material of a cell of the window."""
    if x < 0 or y < 0 or z < 0 or x >> 2 >= grid.shape[2] or y >> 2 >= grid.shape[1] or z >> 2 >= grid.shape[0]:
        return 0
    brick = int(grid[z >> 2, y >> 2, x >> 2])
    if brick < 0:
        return 0
    return int(bricks[brick, ((z & 3) << 4) | ((y & 3) << 2) | (x & 3)])


@kernel(i8(i4m3, u1m, i8v, i8, i8, i8))
def is_lit(grid, bricks, corner, x, y, z):
    """Whether somebody has left the light on behind a window. Its lowest corner speaks for the whole window."""
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
    quarter = mix(x >> 5, y >> 5, z >> 5, 71) & 255
    share = 96 if quarter < 40 else 5
    return 1 if mix(x, y, z, 72) & 255 < share else 0


@kernel(f8(f8, f8))
def person(a, b):
    """The outline of somebody in a long coat, 1.8 high, seen from afar: above 0 inside. a: to the side, b: height."""
    a = abs(a)
    if b < 0.0 or b > 1.84:
        return -1.0
    if b > 1.56:
        return 0.0196 - a * a - (b - 1.70) * (b - 1.70)
    if b > 1.48:
        return 0.07 - a
    if b > 1.36:
        return 0.07 + (1.48 - b) * 1.5 - a
    if b > 0.62:
        return 0.25 - 0.05 * math.sin((b - 0.62) * 3.0) - a
    return (0.10 + 0.05 * b - abs(a - 0.12)) if a > 0.02 else -1.0


@kernel(
    NOTHING(
        i4m3, u1m, f8m, i4v, i4v, i8v, f8m, eye_type, air_type, i8, i8,
        types.float32[:, :, ::1], types.float32[:, :, ::1], types.uint8[:, ::1],
    ),
    entry=True,
)  # fmt: skip
def paint(grid, bricks, lamps, lamp_first, lamp_list, corner, skin, eye, air, top, bottom, paints, lights, kinds):
    """Rows top .. bottom of samples: their colour behind fog, their light, and what they are.

    paints  (rows, columns, 6) red, green, blue times what the fog lets through; fog 0..1; lift -1..1; depth in cells
    lights  (rows, columns, 4) red, green, blue of the light that falls on them; light in the air before them
    kinds   (rows, columns)    see SHINES
    """
    key_x = air.key_x
    key_y = air.key_y
    key_z = air.key_z
    sky_rays = air.sky_rays
    lots_x = grid.shape[2] >> 2
    lots_y = grid.shape[1] >> 2
    last_ray = 3 + sky_rays
    for row in range(top, bottom):
        for column in range(eye.columns):
            u = column + 0.5 - 0.5 * eye.columns
            v = 0.5 * eye.rows - row - 0.5
            wide = (1.0 - eye.spread) * u
            high = (1.0 - eye.spread) * v
            ex = eye.x + eye.across_x * wide + eye.up_x * high
            ey = eye.y + eye.across_y * wide + eye.up_y * high
            ez = eye.z + eye.across_z * wide + eye.up_z * high
            wide = eye.spread * u
            high = eye.spread * v
            dx = eye.ahead_x + eye.across_x * wide + eye.up_x * high
            dy = eye.ahead_y + eye.across_y * wide + eye.up_y * high
            dz = eye.ahead_z + eye.across_z * wide + eye.up_z * high
            scale = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
            dx *= scale
            dy *= scale
            dz *= scale
            lift = dz if eye.spread > 0.0 else eye.lift * v / eye.rows
            # One sample sends several rays, one after the other through one call of `trace`: compiled once, inlined once.
            red = green = blue = 0.0
            light_red = light_green = light_blue = beam = 0.0
            depth = FAR
            kind = 0
            clear = 0.0  # what the fog lets through
            hx = hy = hz = nx = ny = nz = 0.0
            fixture = -1
            fixture_weight = 0.0
            beam_at = 0.0
            ray = 0
            while ray <= last_ray:
                if ray == 0:  # what is seen
                    rx = ex
                    ry = ey
                    rz = ez
                    qx = dx
                    qy = dy
                    qz = dz
                    reach = FAR
                elif ray == 1:  # light in the air: is a point before the hit lit from above?
                    if air.beam_far <= 0.0:
                        ray += 1
                        continue
                    beam_at = min(depth, air.beam_far) * noise(column, row, 1, 31)
                    rx = ex + dx * beam_at
                    ry = ey + dy * beam_at
                    rz = ez + dz * beam_at
                    qx = key_x
                    qy = key_y
                    qz = key_z
                    reach = air.key_reach
                elif kind == 0 or kind >= SHINES:
                    break
                elif ray == 2:  # light from above
                    rx = hx
                    ry = hy
                    rz = hz
                    a = noise(column, row, 2, 32) * 6.2831853
                    b = air.key_radius * math.sqrt(noise(column, row, 2, 33))
                    qx = key_x + b * math.cos(a)
                    qy = key_y + b * math.sin(a)
                    qz = key_z
                    scale = 1.0 / math.sqrt(qx * qx + qy * qy + qz * qz)
                    qx *= scale
                    qy *= scale
                    qz *= scale
                    reach = air.key_reach
                    if qx * nx + qy * ny + qz * nz <= 0.0:
                        ray += 1
                        continue
                elif ray == 3:  # light of one fixture, drawn by how much it could give
                    lot = ((int(hz) >> 4) * lots_y + (int(hy) >> 4)) * lots_x + (int(hx) >> 4)
                    total = 0.0
                    chosen = noise(column, row, 3, 34)
                    for i in range(lamp_first[lot], lamp_first[lot + 1]):
                        k = lamp_list[i]
                        vx = lamps[k, 0] - hx
                        vy = lamps[k, 1] - hy
                        vz = lamps[k, 2] - hz
                        square = vx * vx + vy * vy + vz * vz
                        if square >= REACH * REACH:
                            continue
                        far = math.sqrt(square)
                        facing = vx * nx + vy * ny + vz * nz + 0.15 * far
                        if facing <= 0.0:
                            continue
                        fade = 1.0 - far / REACH
                        weight = lamps[k, 3] * facing / (far + 0.1) * fade * fade / (2.0 + 0.10 * square)
                        total += weight
                        # One of all, with chances in proportion: what remains of the number decides the next time.
                        share = weight / total
                        if chosen < share:
                            fixture = k
                            chosen /= share
                        else:
                            chosen = (chosen - share) / (1.0 - share)
                    if fixture < 0:
                        ray += 1
                        continue
                    fixture_weight = total
                    rx = hx
                    ry = hy
                    rz = hz
                    qx = lamps[fixture, 0] - hx
                    qy = lamps[fixture, 1] - hy
                    qz = lamps[fixture, 2] - hz
                    far = math.sqrt(qx * qx + qy * qy + qz * qz)
                    scale = 1.0 / far
                    qx *= scale
                    qy *= scale
                    qz *= scale
                    reach = far - 1.2
                else:  # light from all sides
                    rx = hx
                    ry = hy
                    rz = hz
                    a = noise(column, row, ray, 35)
                    b = 6.2831853 * noise(column, row, ray, 36)
                    c = math.sqrt(a)
                    qa = c * math.cos(b)
                    qb = c * math.sin(b)
                    qc = math.sqrt(1.0 - a)
                    if nx != 0.0:
                        qx = nx * qc
                        qy = qa
                        qz = qb
                    elif ny != 0.0:
                        qx = qa
                        qy = ny * qc
                        qz = qb
                    else:
                        qx = qa
                        qy = qb
                        qz = nz * qc
                    reach = air.sky_reach

                material, t, axis, x, y, z = trace(grid, bricks, rx, ry, rz, qx, qy, qz, reach)

                if ray == 0:
                    shines = 0.0
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
                        red = skin[material, 0]
                        green = skin[material, 1]
                        blue = skin[material, 2]
                        if hx > eye.cut_x - 0.01 and hy > eye.cut_y - 0.01 and hz > eye.cut_z - 0.01 and (
                            (axis == 0 and hx < eye.cut_x + 0.01)
                            or (axis == 1 and hy < eye.cut_y + 0.01)
                            or (axis == 2 and hz < eye.cut_z + 0.01)
                        ):
                            kind = CUT_FACE
                        elif material == LAMP:
                            shines = 3.2
                        elif material == TERMINAL or material == SAFEGUARD or material == PLANT:
                            shines = 1.3
                        elif material == GLASS and is_lit(grid, bricks, corner, x, y, z) == 1:
                            warm = mix(x >> 3, y >> 3, z >> 3, 73) & 1
                            red = 1.0 if warm == 1 else 0.75
                            green = 0.72 if warm == 1 else 0.85
                            blue = 0.36 if warm == 1 else 0.68
                            shines = 0.5 + 0.6 * noise(x >> 2, y >> 2, z >> 2, 74)
                        else:
                            # Formwork panels, seams, what rain has left, fine grain; each fades where it is too small.
                            sample = math.sqrt(eye.across_x**2 + eye.across_y**2 + eye.across_z**2)
                            if eye.spread > 0.0:
                                sample *= t
                            p = hx + corner[0] if axis != 0 else hy + corner[1]
                            q = hz + corner[2] if axis != 2 else hy + corner[1]
                            side = (hx if axis == 0 else hy if axis == 1 else hz) // 4.0
                            width = skin[material, 3]
                            height = skin[material, 4]
                            pi = math.floor(p / width)
                            qi = math.floor(q / height)
                            tone = 1.0 - skin[material, 5] * air.detail * (noise(int(pi), int(qi), int(side), 11) - 0.4)
                            fine = min(max(1.6 - sample * 3.0, 0.0), 1.0)
                            if fine > 0.0:
                                pf = p / width - pi
                                qf = q / height - qi
                                seam = min(min(pf, 1.0 - pf) * width, min(qf, 1.0 - qf) * height)
                                if seam < 0.025 + 0.5 * sample:
                                    tone *= 1.0 - 0.38 * fine
                                tone *= 1.0 + fine * 0.10 * (noise(int(math.floor(p * 8.0)), int(math.floor(q * 8.0)), axis, 9) - 0.5)
                            if axis != 2 and sample < 1.2:
                                streak = noise(int(math.floor(p * 3.0)), int(math.floor(q / 7.0)), int(side), 5)
                                tone *= 1.0 - skin[material, 6] * min(1.2 - sample, 1.0) * streak * streak
                            red *= tone
                            green *= tone
                            blue *= tone
                        if shines > 0.0:
                            kind = SHINES
                            red *= shines
                            green *= shines
                            blue *= shines
                        if kind >= SHINES:
                            light_red = light_green = light_blue = 1.0
                    if eye.man_x >= 0.0:
                        level = dx * eye.ahead_x + dy * eye.ahead_y
                        flat = (eye.man_x - ex) * eye.ahead_x + (eye.man_y - ey) * eye.ahead_y
                        at = flat / level if level > 1e-6 else -1.0
                        if 0.0 < at < depth:
                            far = math.sqrt(eye.ahead_x**2 + eye.ahead_y**2)
                            a = ((ex + dx * at - eye.man_x) * eye.ahead_y - (ey + dy * at - eye.man_y) * eye.ahead_x) / far
                            b = ez + dz * at - eye.man_z
                            if person(a, b) > 0.0:
                                depth = at
                                kind = SOMEBODY
                                red = green = blue = 0.010
                                light_red = light_green = light_blue = 1.0
                    clear = 0.0
                    if kind != 0:
                        thick = air.fog * max(depth - air.fog_start, 0.0)
                        rise = dz * depth / air.mist_height
                        way = depth if abs(rise) < 1e-4 else depth * (1.0 - math.exp(-rise)) / rise
                        low = (ez - air.mist_z) / air.mist_height
                        thick += air.mist * way * math.exp(-low)
                        clear = math.exp(-min(thick, 50.0))
                elif ray == 1:
                    beam = 1.0 if material == 0 else max(t / air.key_reach * 2.5 - 1.5, 0.0)
                elif ray == 2:
                    k = (1.0 if material == 0 else max(t / air.key_reach * 2.5 - 1.5, 0.0)) * air.key
                    k *= qx * nx + qy * ny + qz * nz
                    light_red += k
                    light_green += 0.95 * k
                    light_blue += 0.86 * k
                elif ray == 3:
                    if material == 0 or material == LAMP:
                        k = fixture_weight * air.lamp
                        which = int(lamps[fixture, 4])
                        light_red += k * skin[which, 0]
                        light_green += k * skin[which, 1]
                        light_blue += k * skin[which, 2]
                else:
                    open_way = 1.0
                    if material != 0:
                        open_way = t / reach
                        open_way *= open_way
                        if material == LAMP:
                            light_red += 0.10 * air.lamp
                            light_green += 0.07 * air.lamp
                            light_blue += 0.035 * air.lamp
                    k = air.sky * open_way * (air.ambient_low + (1.0 - air.ambient_low) * (0.5 + 0.5 * qz)) / sky_rays
                    light_red += 0.80 * k
                    light_green += 0.93 * k
                    light_blue += k
                ray += 1
            paints[row, column, 0] = red * clear
            paints[row, column, 1] = green * clear
            paints[row, column, 2] = blue * clear
            paints[row, column, 3] = 1.0 - clear
            paints[row, column, 4] = lift
            paints[row, column, 5] = depth
            lights[row, column, 0] = light_red
            lights[row, column, 1] = light_green
            lights[row, column, 2] = light_blue
            lights[row, column, 3] = beam
            kinds[row, column] = kind


@kernel(
    NOTHING(types.float32[:, :, ::1], types.uint8[:, ::1], types.float32[:, :, ::1], types.float32[:, :, ::1], i8, i8, i8),
    entry=True,
)
def smooth(paints, kinds, lights, smoother, step, top, bottom):
    """Light averaged over the neighbours `step` samples away that lie on the same face: edges and textures stay."""
    rows, columns = kinds.shape
    for row in range(top, bottom):
        for column in range(columns):
            kind = kinds[row, column]
            depth = paints[row, column, 5]
            tight = 1.0 / (0.02 * depth + 0.5)
            red = green = blue = weight = 0.0
            beam = beam_weight = 0.0
            for j in range(-2, 3):
                r = row + j * step
                if r < 0 or r >= rows:
                    continue
                for i in range(-2, 3):
                    c = column + i * step
                    if c < 0 or c >= columns:
                        continue
                    w = float((3 - abs(i)) * (3 - abs(j)))
                    gap = abs(paints[r, c, 5] - depth) * tight
                    b = w / (1.0 + 0.1 * gap)
                    beam += b * lights[r, c, 3]
                    beam_weight += b
                    if kinds[r, c] == kind:
                        w /= 1.0 + gap * gap * gap * gap
                        red += w * lights[r, c, 0]
                        green += w * lights[r, c, 1]
                        blue += w * lights[r, c, 2]
                        weight += w
            smoother[row, column, 0] = red / weight
            smoother[row, column, 1] = green / weight
            smoother[row, column, 2] = blue / weight
            smoother[row, column, 3] = beam / beam_weight


@kernel(
    NOTHING(
        types.float32[:, :, ::1], types.uint8[:, ::1], types.float32[:, :, ::1], f8v, i8, types.float32[:, :, ::1], i8, i8
    ),
    entry=True,
)  # fmt: skip
def develop(paints, kinds, lights, tones, block, out, top, bottom):
    """Pixels from samples: paint under light, behind fog, with the light in the air and ink along the edges.

    tones  (13) fog below rgb, fog above rgb, light in the air rgb, ink 0..1, cut face rgb
    block  samples along the side of a pixel
    out    (height, width, 3) linear light; rows top .. bottom are written
    """
    rows, columns = kinds.shape
    share = 1.0 / (block * block)
    for y in range(top, bottom):
        for x in range(out.shape[1]):
            red = green = blue = 0.0
            for row in range(y * block, y * block + block):
                for column in range(x * block, x * block + block):
                    kind = kinds[row, column]
                    fog = paints[row, column, 3]
                    up = min(max(0.5 + 0.75 * paints[row, column, 4], 0.0), 1.0)
                    glow = fog * lights[row, column, 3]
                    keep = 1.0
                    if tones[9] > 0.0 and 0 < row < rows - 1 and 0 < column < columns - 1:
                        depth = paints[row, column, 5]
                        left = paints[row, column - 1, 5]
                        right = paints[row, column + 1, 5]
                        above = paints[row - 1, column, 5]
                        below = paints[row + 1, column, 5]
                        bend = max(abs(left + right - 2.0 * depth), abs(above + below - 2.0 * depth))
                        if (
                            (kinds[row, column + 1] != kind or kinds[row + 1, column] != kind or bend > 1.2 + 0.01 * depth)
                            and kind != SHINES
                        ):
                            keep = 1.0 - tones[9] * (1.0 - fog)
                    if kind == CUT_FACE:
                        c = 1.0 - fog
                        red += tones[10] * c
                        green += tones[11] * c
                        blue += tones[12] * c
                    else:
                        red += paints[row, column, 0] * lights[row, column, 0] * keep
                        green += paints[row, column, 1] * lights[row, column, 1] * keep
                        blue += paints[row, column, 2] * lights[row, column, 2] * keep
                    red += (tones[0] + (tones[3] - tones[0]) * up) * fog + glow * tones[6]
                    green += (tones[1] + (tones[4] - tones[1]) * up) * fog + glow * tones[7]
                    blue += (tones[2] + (tones[5] - tones[2]) * up) * fog + glow * tones[8]
            out[y, x, 0] = red * share
            out[y, x, 1] = green * share
            out[y, x, 2] = blue * share
