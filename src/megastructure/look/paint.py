"""The samples of a picture: what a ray meets, the light that falls on it, and the smoothing of that light.

Every sample is a pure function of its place in the picture, so any number of threads paints the same bytes. All random
numbers are hashes of (column, row, ray).
"""
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import math
from typing import NamedTuple

from ..codes import GLASS, SAFEGUARD
from ..kernel import NOTHING, f4m3, f8, flag, i4v, i8, i8v, kernel, record, types, u1m
from .begin import BUNDLE
from .crowd import CLOTH, GLOW, LOOKS, PALE, UNIT, WHO, shade_of_feet, somebody_at
from .lots import REACH
from .skin import SHINE, SKIN, TINT, far_windows, noise, tone, window_light
from .trace import FAR, eye_type, f8m, i4m3, is_cut, trace, view_ray


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
    sky_rays: int = 2
    key_width: float = 0.05  # tangent of half the angle that the light from above fills: soft shadows
    fog_start: float = 0.0  # cells before the fog begins
    mist: float = 0.0  # per cell, at the height `mist_z`
    mist_z: float = 0.0
    mist_height: float = 1.0  # cells in which the mist thins to 1 / e
    beam_far: float = 0.0  # cells along a ray in which shafts of light are looked for; 0: none


air_type = record(Air, *([f8] * 10), i8, *([f8] * 6))

# The kinds of a sample: 0 air, 1 .. 6 the sides of a cell, those on which no light is cast, and somebody.
SHINES = 7
CUT_FACE = 8
SOMEBODY = 9
PAINT = 6  # numbers of a sample beside its light
# Rays of a sample, in this order; those from SKY on gather the light from all sides.
SEE, SEE_FAR, BEAM, KEY, LAMPS, SKY = range(6)
BODY = 0.010  # linear grey of what figures wear


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
    NOTHING(
        i4m3, u1m, i4m3, u1m, f8, f8, f8, f8, f8m, i4v, i4v, i8v, f8m, eye_type, air_type, f8m, f8m, i8, f4m3, f4m3, u1m,
        i8, i8,
    ),
    entry=True,
)  # fmt: skip
def paint(
    grid, bricks, far_grid, far_bricks, far_x, far_y, far_z, scale, lamps, lamp_first, lamp_list, corner, crowd, eye, air,
    begins, far_begins, first, paints, lights, kinds, top, bottom,
):  # fmt: skip
    """Samples of the rows of pixels top .. bottom: their colour, their light, and what they are.

    grid .. bricks      see `lots.Matter`
    far_grid .. scale   the same in cells that are `scale` times as large, and where its corner is in the window
    lamps .. corner     see `lots.Matter`
    crowd   (n, 9)  see `crowd`
    begins, far_begins   see `begin.bundle`
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
    smaller = 1.0 / scale
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
            is_far = False
            # Whoever stands before all matter hides it.
            near_figure, somebody, what, aside = somebody_at(crowd, eye, row, column, ex, ey, ez, dx, dy, dz)
            for ray in range(SKY + air.sky_rays):
                rx = hx
                ry = hy
                rz = hz
                begin = 0.0
                reach = air.key_reach
                distant = is_far
                if ray == SEE:
                    rx = ex
                    ry = ey
                    rz = ez
                    qx = dx
                    qy = dy
                    qz = dz
                    begin = begins[pixel_row // BUNDLE, pixel_column // BUNDLE]
                    reach = near_figure
                elif ray == SEE_FAR:  # what is drawn as boxes, if it is nearer than the matter
                    if far_bricks.shape[0] == 0:
                        continue
                    rx = ex
                    ry = ey
                    rz = ez
                    qx = dx
                    qy = dy
                    qz = dz
                    begin = far_begins[pixel_row // BUNDLE, pixel_column // BUNDLE]
                    reach = min(depth, near_figure)
                    distant = True
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
                    distant = False
                elif kind == 0 or kind == SHINES or kind == CUT_FACE or shared:
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
                elif ray == LAMPS:  # light of a lamp
                    if is_far:
                        continue
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
                    if kind == SOMEBODY:
                        qx = 0.7 * nx + p
                        qy = 0.7 * ny + q
                        qz = 0.3 + 0.5 * wide
                        length = math.sqrt(qx * qx + qy * qy + qz * qz)
                        qx /= length
                        qy /= length
                        qz /= length
                    else:
                        qx = nx * along if nx != 0.0 else p
                        qy = ny * along if ny != 0.0 else (p if nx != 0.0 else q)
                        qz = nz * along if nz != 0.0 else q
                    reach = air.sky_reach

                if distant:
                    material, t, axis, x, y, z = trace(
                        far_grid, far_bricks, (rx - far_x) * smaller, (ry - far_y) * smaller, (rz - far_z) * smaller,
                        qx, qy, qz, begin * smaller, reach * smaller,
                    )  # fmt: skip
                    t *= scale
                else:
                    material, t, axis, x, y, z = trace(grid, bricks, rx, ry, rz, qx, qy, qz, begin, reach)

                if ray <= SEE_FAR:
                    if material != 0:
                        is_far = distant
                        depth = t
                        nx = ny = nz = 0.0
                        if axis == 0:
                            nx = -1.0 if dx > 0.0 else 1.0
                        elif axis == 1:
                            ny = -1.0 if dy > 0.0 else 1.0
                        else:
                            nz = -1.0 if dz > 0.0 else 1.0
                        away = 1e-3 * (scale if distant else 1.0)
                        hx = ex + dx * t + nx * away
                        hy = ey + dy * t + ny * away
                        hz = ez + dz * t + nz * away
                        kind = 1 + 2 * axis + (1 if nx + ny + nz > 0.0 else 0)
                        red = SKIN[material, TINT]
                        green = SKIN[material, TINT + 1]
                        blue = SKIN[material, TINT + 2]
                        bright = SKIN[material, SHINE]
                        sample = step * (depth if eye.spread > 0.0 else 1.0)
                        if distant:
                            wx = hx + corner[0]
                            wy = hy + corner[1]
                            wz = hz + corner[2]
                            bright = tone(material, kind, wx, wy, wz, sample)
                            if sample < 3.0:
                                pane, r, g, b = far_windows(material, kind, wx, wy, wz)
                                bright *= pane
                                if r > 0.0:
                                    red = r
                                    green = g
                                    blue = b
                                    bright = 1.0
                                    kind = SHINES
                            if is_cut(eye, axis, hx, hy, hz) == 1:
                                kind = CUT_FACE
                        else:
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
                                bright = tone(material, kind, hx + corner[0], hy + corner[1], hz + corner[2], sample)
                                if kind == 6 and crowd.shape[0] > 0:
                                    bright *= shade_of_feet(crowd, hx, hy, hz)
                        red *= bright
                        green *= bright
                        blue *= bright
                    if ray == SEE and far_bricks.shape[0] > 0:
                        continue
                    if somebody >= 0 and near_figure <= depth:
                        is_far = False
                        depth = near_figure
                        kind = SOMEBODY
                        flat = math.sqrt(eye.ahead_x * eye.ahead_x + eye.ahead_y * eye.ahead_y)
                        front = math.sqrt(1.0 - 0.9 * aside * aside)
                        nx = (aside * eye.ahead_y - front * eye.ahead_x) / flat
                        ny = (-aside * eye.ahead_x - front * eye.ahead_y) / flat
                        nz = 0.25
                        hx = ex + dx * depth - dx * 0.05
                        hy = ey + dy * depth - dy * 0.05
                        hz = ez + dz * depth + 0.02
                        if what == CLOTH:
                            worn = BODY
                            if crowd[somebody, WHO] < 2.0:
                                worn += 0.05 * crowd[somebody, LOOKS]
                            elif crowd[somebody, WHO] < 3.0:
                                worn += 0.03
                            red = 1.05 * worn
                            green = worn
                            blue = 0.95 * worn
                        elif what == PALE:
                            red = 0.42
                            green = 0.40
                            blue = 0.37
                            if crowd[somebody, WHO] == UNIT:
                                red = green = blue = 0.62
                        elif what == GLOW:
                            kind = SHINES
                            red = SKIN[SAFEGUARD, TINT] * 2.5
                            green = SKIN[SAFEGUARD, TINT + 1]
                            blue = SKIN[SAFEGUARD, TINT + 2]
                    if kind != 0:
                        clear = clearness(air, ez, dz, depth)
                    plane = hx if nx != 0.0 else hy if ny != 0.0 else hz
                    shared = kind == lit_kind and kind != SOMEBODY and abs(plane - lit_plane) < 0.01
                    if kind == SHINES or kind == CUT_FACE:
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
                elif ray == LAMPS:
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


@kernel(flag(f4m3, u1m, f4m3, i8, i8, i8, i8))
def alike(paints, kinds, lights, row, column, r, c):
    """Whether two samples of a pixel lie on one face under one light: then smoothing would do the same with both."""
    return (
        kinds[row, column] == kinds[r, c]
        and lights[row, column, 0] == lights[r, c, 0]
        and lights[row, column, 1] == lights[r, c, 1]
        and lights[row, column, 2] == lights[r, c, 2]
        and lights[row, column, 3] == lights[r, c, 3]
        and abs(paints[row, column, 5] - paints[r, c, 5]) < 0.01 * paints[r, c, 5] + 0.25
    )


@kernel(NOTHING(f4m3, u1m, f4m3, f4m3, i8, i8, i8, i8, i8), entry=True)
def smooth(paints, kinds, lights, smoother, block, step, beams, top, bottom):
    """Rows top .. bottom of pixels: their light, averaged over neighbours `step` pixels away that lie on the same face.

    block   samples along the side of a pixel; each is averaged with the samples that are in its place in their pixels
    beams   whether there are shafts of light in the air

    Only light is smoothed: edges, panels and seams stay sharp. Steps of 1, 2, 4, 8 ... make one wide filter (a trous;
    Dammertz and others: Edge-avoiding A-Trous wavelet transform, HPG 2010). Samples of a pixel mostly share their light, and
    then what comes of it.
    """
    rows, columns = kinds.shape
    step *= block
    for place in range(top * (columns // block), bottom * (columns // block)):
        high = place // (columns // block) * block
        left = place % (columns // block) * block
        for part in range(block * block):
            row = high + part // block
            column = left + part % block
            done = False
            for back in range(1, min(part, block) + 1):
                r = high + (part - back) // block
                c = left + (part - back) % block
                if not done and alike(paints, kinds, lights, row, column, r, c):
                    for colour in range(4):
                        smoother[row, column, colour] = smoother[r, c, colour]
                    done = True
            if done:
                continue
            kind = kinds[row, column]
            constant = kind == 0 or kind == SHINES or kind == CUT_FACE
            if constant and beams == 0:
                for colour in range(4):
                    smoother[row, column, colour] = lights[row, column, colour]
                continue
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
                    same = kinds[r, c] == kind and not constant
                    if beams == 0 and not same:
                        continue
                    w = float((2 - abs(i)) * (2 - abs(j)))
                    gap = abs(paints[r, c, 5] - depth) * tight
                    near = 1.0 + gap * gap * gap * gap
                    haze = 1.0 + 0.1 * gap
                    w /= near * haze  # one division for both
                    if beams != 0:
                        b = w * near
                        beam += b * lights[r, c, 3]
                        beam_weight += b
                    if same:
                        w *= haze
                        red += w * lights[r, c, 0]
                        green += w * lights[r, c, 1]
                        blue += w * lights[r, c, 2]
                        weight += w
            for colour in range(4):
                smoother[row, column, colour] = lights[row, column, colour]
            if not constant:
                smoother[row, column, 0] = red / weight
                smoother[row, column, 1] = green / weight
                smoother[row, column, 2] = blue / weight
            if beams != 0:
                smoother[row, column, 3] = beam / beam_weight
