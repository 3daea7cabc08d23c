"""What the viewer is sent of matter, against the ledger itself: chunks, days, who laid a quad, rays, solid cells, tiles."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest

from megastructure.ground.codes import DOOR, LADDER, RAIL, VOID, WorkKind
from megastructure.ground.tables import YEAR, Works
from megastructure.matter import mesh
from megastructure.watch.chunks import BYTES_KEPT, LOTS_KEPT, Chunks
from megastructure.watch.eye import first_view, look
from megastructure.watch.tiles import ROW, TILE, Tiles, unpacked
from worlds import watched


@pytest.fixture(scope="module")
def view():
    return watched.view()


@pytest.fixture
def chunks(view):
    return Chunks(view.ledger, view.last)


def padded(view, key, day):
    """A padded chunk straight from the ledger: materialised and halved as mesh.py says."""
    level, *at = key
    size = 32 << level
    cells = view.ledger.materialise(tuple((c * size - (1 << level), (c + 1) * size + (1 << level)) for c in at), day)
    for _ in range(level):
        cells = mesh.halve(cells)
    return np.ascontiguousarray(cells)


def days(view):
    return [view.last, view.last - 1, 300 * YEAR, 150 * YEAR + 7, 40 * YEAR, 0]


def around(level, n):
    return [(level, x, y, z) for x in range(-n, n) for y in range(-n, n) for z in range(-n, n)]


@pytest.mark.parametrize(("level", "n"), [(0, 3), (1, 2), (2, 1)])
def test_quads_are_those_of_the_ledger(view, chunks, level, n):
    some = 0
    for day in days(view)[:: 2 if level else 1]:
        keys = around(level, n)[::3]
        for key, span in zip(keys, chunks.spans(keys, day), strict=True):
            words = np.frombuffer(chunks.bytes_of(key, span, day), "<i4").reshape(-1, 3)
            plain = mesh.quads(padded(view, key, day))
            assert span.quads == len(plain)
            assert (words[:, 0] == plain[:, 0]).all() and (words[:, 1] & 0xFFFF == plain[:, 1]).all()
            some += len(plain)
    assert some > 1000


def test_a_quad_knows_who_laid_it_and_in_which_year(view, chunks):
    day = 250 * YEAR
    checked = 0
    for key in around(0, 3):
        (span,) = chunks.spans([key], day)
        words = np.frombuffer(chunks.bytes_of(key, span, day), "<i4").reshape(-1, 3)[::17]
        faces = mesh.take_apart(np.ascontiguousarray(words[:, :2]))
        for at, word in zip((faces.at + np.array(key[1:]) * 32).tolist(), words, strict=True):
            origin = view.ledger.provenance(*at, day)
            assert origin is not None and origin.day_laid // YEAR == (int(word[1]) >> 16) & 0xFFFF
            assert int(view.table("works")[origin.work, Works.foreman]) == word[2] - 1
            checked += 1
    assert checked > 300


def test_a_chunk_holds_on_all_days_that_it_says_and_its_hash_is_that_of_its_bytes(view, chunks):
    """Each span is tried at its ends and within; and beyond its ends some cell near the chunk is another in most cases."""
    dice = np.random.default_rng(3)
    beyond = changed = 0
    for key in [*around(0, 2)[::2], *around(1, 1)]:
        for day in (200 * YEAR, 333 * YEAR + 11):
            (span,) = chunks.spans([key], day)
            assert 0 <= span.first <= day <= span.last <= view.last
            before = chunks.bytes_of(key, span, day)
            assert span.hash == (int.from_bytes(hashlib.blake2b(before, digest_size=8).digest(), "little") if before else 0)
            cells = padded(view, key, day)
            for other in (span.first, span.last, int(dice.integers(span.first, span.last + 1))):
                assert (padded(view, key, other) == cells).all(), (key, day, other, span)
            # The span is that of all lots that the chunk touches: look at these.
            size = 32 << key[0]
            box = tuple((((c * size - 1) >> 4) * 16, (((c + 1) * size) >> 4) * 16 + 16) for c in key[1:])
            now = view.ledger.materialise(box, day)
            for outside in (span.first - 1, span.last + 1):
                if 0 <= outside <= view.last:
                    beyond += 1
                    changed += not (view.ledger.materialise(box, outside) == now).all()
    assert changed > 0.4 * beyond > 10


def test_answers_do_not_depend_on_what_was_asked_before(view):
    fresh, used = Chunks(view.ledger, view.last), Chunks(view.ledger, view.last)
    keys = around(0, 2)
    for day in days(view):
        used.spans(keys, day)
    for day in days(view):
        for key, a, b in zip(keys, fresh.spans(keys, day), used.spans(keys[::-1], day)[::-1], strict=True):
            assert (a.hash, a.quads) == (b.hash, b.quads), (key, day)


def test_caches_are_bounded_and_what_they_forget_is_worked_out_again(view, chunks, monkeypatch):
    from megastructure.watch import chunks as module

    monkeypatch.setattr(module, "BYTES_KEPT", 40_000)
    keys = around(0, 3)
    spans = chunks.spans(keys, view.last)
    assert chunks._held <= 40_000 + max(s.quads for s in spans) * 12
    assert sum(len(b) for b in chunks._bytes.values()) == chunks._held
    gone = next((k, s) for k, s in zip(keys, spans, strict=True) if s.hash and chunks.mesh(s.hash) is None)
    assert len(chunks.bytes_of(*gone, view.last)) == gone[1].quads * 12
    assert len(chunks._rows) <= LOTS_KEPT and BYTES_KEPT < 1 << 30


def test_solid_cells_are_those_that_stop_a_body(view, chunks):
    corners = np.array([[0, 0, 0], [-1, 0, 1], [900, 0, 0]])
    bits = np.unpackbits(np.frombuffer(chunks.solid(corners, view.last), np.uint8), bitorder="little").reshape(3, 32, 32, 32)
    for corner, found in zip(corners.tolist(), bits, strict=True):
        cells = view.ledger.materialise(tuple((c * 32, c * 32 + 32) for c in corner), view.last)
        assert (found == ~np.isin(cells, (VOID, DOOR, LADDER, RAIL))).all()
    assert bits[0].any() and not bits[2].any()


def test_a_ray_meets_what_a_walk_in_small_steps_meets(view):
    dice = np.random.default_rng(8)
    hits = 0
    for _ in range(150):
        origin = dice.uniform(-180, 180, 3)
        aim = dice.normal(size=3)
        aim /= np.linalg.norm(aim)
        hit = look(view.ledger, view.last, tuple(origin), tuple(3 * aim), 150)
        steps = np.floor(origin + aim * np.arange(0, 150, 0.02)[:, None]).astype(np.int64)
        met = np.flatnonzero(view.ledger.cells(steps, view.last))
        if len(met) == 0:
            assert hit is None or hit.distance > 148 or view.ledger.cell(*hit.cell, view.last)
            continue
        assert hit is not None and hit.distance <= met[0] * 0.02 + 0.05
        assert view.ledger.cell(*hit.cell, view.last) == hit.material != 0
        if hit.distance > 0.5:  # the cell before its face is void
            before = list(hit.cell)
            before[hit.face >> 1] += 1 if hit.face & 1 else -1
            assert view.ledger.cell(*before, view.last) == 0
        hits += 1
    assert hits > 30


def test_the_first_view_is_in_the_open_and_the_same_each_time(view):
    eye, yaw, pitch = first_view(view)
    assert (eye, yaw, pitch) == first_view(view)
    assert view.ledger.cell(*(math.floor(c) for c in eye), view.last) == 0
    hit = look(view.ledger, view.last, tuple(eye), (math.cos(yaw), math.sin(yaw), 0.0), 700)
    assert hit is None or hit.distance > 6


# ---- the far level -----------------------------------------------------------------------------------------------------


def test_tiles_hold_all_boxes_cut_at_their_borders():
    from megastructure.matter.boxes import STANDS, Boxes

    corner = np.array([[-10, 5, 0], [TILE - 4, TILE - 4, -3], [1, 1, 1]])
    size = np.array([[30, 7, 9], [8, 8, 6], [2, 2, 2]])
    ones = np.ones(3, np.int64)
    after, days = np.array([STANDS, 70, STANDS]), np.array([5, 100_000, 0])
    made = Boxes(corner, size, ones * 9, after, days, ones > 0, ones * 3, ones * 4, ones)
    tiles = Tiles(made)
    volume = 0
    for x, y, z, n in tiles.list():
        rows, foremen = unpacked(tiles.raw((x, y, z)))
        assert len(rows) == n and (foremen == 4).all() and ROW.itemsize == 24
        assert (rows["at"] >= 0).all() and (rows["at"] + rows["size"] <= TILE).all()
        assert (np.diff(rows["size"].astype(np.int64).prod(1)) <= 0).all()
        volume += int(rows["size"].astype(np.int64).prod(1).sum())
    assert volume == size.prod(1).sum() and len(tiles.list()) == 2 + 8 - 1
    assert sum(n for *_, n in Tiles(made, most=1).list()) == 2
    assert tiles.raw((50, 50, 50)) == b"\0\0\0\0"
    rows, _ = unpacked(tiles.raw((1, 1, 0)))
    assert rows["days"].tolist() == [65535] and rows["after"].tolist() == [70] and rows["flags"].tolist() == [1]
    assert len(tiles.raw((0, 0, 0), most=1)) == 4 + 28


def test_the_far_level_of_a_run_names_its_foremen(view):
    works = view.table("works")
    serials = {int(f) for x, y, z, _ in view.tiles.list() for f in unpacked(view.tiles.raw((x, y, z)))[1]}
    assert serials <= set(works[:, Works.foreman].tolist()) and len(serials) > 10
    assert WorkKind.PLATE in set(works[:, 0].tolist())
