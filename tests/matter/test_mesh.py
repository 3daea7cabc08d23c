"""Quads against a plain twin that looks at each face alone: the same surface, shade and materials, each face once."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megastructure.ground.codes import CATWALK, LAMP, SLAB
from megastructure.matter.mesh import CHUNK, PADDED, QUADS_MAX, halve, quads, take_apart

STEPS = np.eye(3, dtype=np.int64)


def at(cells, p):
    return int(cells[p[2], p[1], p[0]])


def plain_faces(cells):
    """{(x, y, z, face): (material, shades)} of the inner voxels, straight from the definition."""
    found = {}
    inner = np.argwhere(cells[1:-1, 1:-1, 1:-1])[:, ::-1] + 1
    for p in inner:
        for face in range(6):
            axis = face >> 1
            before = p + STEPS[axis] * (1 if face & 1 else -1)
            if at(cells, before):
                continue
            u, v = STEPS[(axis + 1) % 3], STEPS[(axis + 2) % 3]
            shades = []
            for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
                side, other = at(cells, before + i * u) != 0, at(cells, before + j * v) != 0
                between = at(cells, before + i * u + j * v) != 0
                shades.append(0 if side and other else 3 - side - other - between)
            found[(*(p - 1).tolist(), face)] = (at(cells, p), tuple(shades))
    return found


def covered(made):
    """{(x, y, z, face): (material, shades)} of every voxel face under the quads; no face may be covered twice."""
    f = take_apart(made)
    found = {}
    for i in range(len(made)):
        axis = int(f.face[i]) >> 1
        u, v = STEPS[(axis + 1) % 3], STEPS[(axis + 2) % 3]
        for a, b in itertools.product(range(int(f.width[i])), range(int(f.height[i]))):
            key = (*(f.at[i] + a * u + b * v).tolist(), int(f.face[i]))
            assert key not in found
            found[key] = (int(f.material[i]), tuple(f.shade[i].tolist()))
    return found


def scene(draw_boxes):
    cells = np.zeros((PADDED,) * 3, np.uint8)
    for (x, y, z), (wide, deep, high), material in draw_boxes:
        cells[z : z + high, y : y + deep, x : x + wide] = material
    return cells


boxes = st.lists(
    st.tuples(
        st.tuples(*[st.integers(0, PADDED - 1)] * 3), st.tuples(*[st.sampled_from([1, 1, 2, 3, 9, 34])] * 3), st.integers(0, 26)
    ),
    min_size=1, max_size=7,
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(boxes)
def test_quads_cover_each_face_once_with_its_own_shade_and_material(drawn):
    cells = scene(drawn)
    assert covered(quads(cells)) == plain_faces(cells)


def test_dust_is_covered_too():
    cells = (np.random.default_rng(4).random((PADDED,) * 3) < 0.2).astype(np.uint8) * SLAB
    assert covered(quads(cells)) == plain_faces(cells)


def test_a_bare_floor_is_six_quads_and_a_full_chunk_none():
    cells = np.zeros((PADDED,) * 3, np.uint8)
    cells[5:7, 1:-1, 1:-1] = SLAB
    made = take_apart(quads(cells))
    assert len(made.face) == 6 and made.shade.min() == 3
    assert sorted((made.width * made.height).tolist()) == [64, 64, 64, 64, 1024, 1024]
    assert len(quads(np.full((PADDED,) * 3, SLAB, np.uint8))) == 0
    assert len(quads(np.zeros((PADDED,) * 3, np.uint8))) == 0


def test_a_chessboard_fits():
    z, y, x = np.indices((PADDED,) * 3)
    assert len(quads(((x + y + z) & 1).astype(np.uint8))) == QUADS_MAX


def test_the_border_hides_faces_and_gives_none():
    cells = np.zeros((PADDED,) * 3, np.uint8)
    cells[:, :, 0] = SLAB
    assert len(quads(cells)) == 0
    cells[:, :, 1] = SLAB
    assert set(take_apart(quads(cells)).face.tolist()) == {1}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.02, 0.9))
def test_halving_is_as_declared(seed, density):
    dice = np.random.default_rng(seed)
    cells = np.where(dice.random((6, 8, 4)) < density, dice.integers(1, 27, (6, 8, 4)), 0).astype(np.uint8)
    made = halve(cells)
    for z, y, x in np.ndindex(made.shape):
        eight = [int(cells[2 * z + 1 - k, 2 * y + j, 2 * x + i]) for k, j, i in itertools.product((0, 1), repeat=3)]
        matter = [m for m in eight if m]
        wanted = 0 if len(matter) < 2 else LAMP if LAMP in matter else matter[0]
        assert made[z, y, x] == wanted


def test_a_walk_one_cell_thick_survives_two_halvings():
    cells = np.zeros((8, 8, 32), np.uint8)
    cells[3, 2:5, :] = CATWALK
    assert np.count_nonzero(halve(halve(cells))) >= 8


@pytest.mark.parametrize("shape", [(CHUNK,) * 3, (PADDED, PADDED, PADDED + 1)])
def test_a_chunk_of_another_size_is_a_mistake_of_ours(shape):
    with pytest.raises(AssertionError):
        quads(np.zeros(shape, np.uint8))
