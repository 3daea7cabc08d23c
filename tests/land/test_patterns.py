"""What works look like: small ones drawn as text, and a person who walks through the larger ones."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from megastructure.ground import codes as c
from megastructure.ground.tables import Charters
from megastructure.land.patterns import TERMINALS_MAX, pattern, terminal_cell
from megastructure.land.patterns.quotient import DIVISORS, quotient
from worlds.works import FILLERS, MATERIAL, charter, digest_of_samples, drawn, random_charter, random_work

TESTS = Path(__file__).parents[1]
GLYPHS = {
    c.VOID: ".", c.SHELL: "X", c.PILLAR: "#", c.SLAB: "_", c.WALL: "W", c.GIRDER: "g", c.CATWALK: "=", c.STAIR: "S",
    c.LADDER: "H", c.DOOR: "D", c.GLASS: "o", c.LAMP: "*", c.PIPE: "p", c.CONDUIT: "c", c.TERMINAL: "T",
    c.PLANT: "E", c.CLADDING: "l", c.FLESH: "f", c.RAIL: "r",
}  # fmt: skip


class Scene:
    """A block of cells with a floor, in which works are laid one after another, as the ledger does it."""

    def __init__(self, sx: int, sy: int, sz: int) -> None:
        self.cells = np.zeros((sx, sy, sz), np.uint8)
        self.cells[:, :, 0] = c.SHELL

    def lay(self, kind: int, corner: tuple[int, int, int], work: tuple[int, int, int, int, int], g: Charters) -> None:
        sx, sy, sz, a, b = work
        for x, y, z in product(range(sx), range(sy), range(sz)):
            where = tuple(np.add(corner, (x, y, z)))
            answer = pattern(kind, x, y, z, sx, sy, sz, a, b, g, *where)
            old = 1 << int(self.cells[where])
            if answer & c.CUT:
                if old & c.SOFT:
                    self.cells[where] = answer & MATERIAL
            elif answer and (old == 1 or (answer & c.DRILL and old & c.PLATING)):
                self.cells[where] = answer & MATERIAL

    def walked(self, *start: int) -> set[tuple[int, int, int]]:
        """Where a body of 1 x 1 x 2 cells gets to."""
        bits = np.left_shift(1, self.cells.astype(np.int64))
        passable = (bits & c.PASSABLE) != 0
        climbable = (bits & c.CLIMBABLE) != 0
        stand = np.zeros_like(passable)
        stand[:, :, 1:-1] = passable[:, :, 1:-1] & passable[:, :, 2:]
        stand[:, :, 1:-1] &= climbable[:, :, 1:-1] | ((bits[:, :, :-2] & c.SUPPORTING) != 0)
        assert stand[start]
        reached, edge = {start}, [start]
        steps = [(dx, dy, dz) for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)) for dz in (-1, 0, 1)]
        while edge:
            x, y, z = edge.pop()
            moves = [(x + dx, y + dy, z + dz) for dx, dy, dz in steps]
            moves += [(x, y, z + dz) for dz in (-1, 1) if climbable[x, y, z] or climbable[x, y, z + dz]]
            for cell in moves:
                if all(0 <= v < n for v, n in zip(cell, stand.shape)) and cell not in reached and stand[cell]:
                    reached.add(cell)
                    edge.append(cell)
        self.stand = stand
        return reached


def plan(cells: np.ndarray) -> str:
    """A slice [x, y] as text, y upwards; a slice [x, z] is a view from the side."""
    return "\n".join("".join(GLYPHS[int(m)] for m in cells[:, row]) for row in reversed(range(cells.shape[1])))


def pieces(cells: np.ndarray) -> int:
    """Into how many parts the matter falls that do not touch by a face."""
    from scipy.ndimage import label

    return int(label(cells != 0)[1])


def text(picture: str) -> str:
    return "\n".join(line.strip() for line in picture.strip().splitlines())


# Pictures


def test_ring() -> None:
    cells = drawn(c.K_RING, (9, 9, 2, 2, 0), charter())
    assert plan(cells[:, :, 0]) == text("""
        =========
        =========
        ==.....==
        ==.....==
        ==.....==
        ==.....==
        ==.....==
        =========
        =========""")
    assert plan(cells[:, :, 1])[:19] == "*rrrrrrr*\nr.......r"


def test_ring_leaves_a_well_for_a_spiral() -> None:
    cells = drawn(c.K_RING, (13, 13, 2, 3, 1 + 6), charter())
    spiral = drawn(c.K_SPIRAL, (9, 9, 20, 4, 0), charter())
    hole = np.zeros((13, 13), bool)
    hole[2:11, 2:11] = (spiral[:, :, 4:7] == c.STAIR).any(axis=2)
    for x, y in product(range(13), range(13)):
        d = max(abs(x - 6), abs(y - 6))
        assert cells[x, y, 0] == (c.VOID if d <= 3 or hole[x, y] else c.CATWALK)


def test_zigzag() -> None:
    cells = drawn(c.K_ZIGZAG, (2, 10, 16, 0, 0), charter())
    lanes = [plan(cells[lane]).splitlines() for lane in (0, 1)]
    assert "\n".join(f"{a}  {b}" for a, b in zip(*lanes)) == text("""
        g.........  .........g
        g.........  .........g
        g..S======  ........=g
        g.Sg......  .........g
        g=g.......  ==S......g
        g.........  ..gS.....g
        g.........  ...gS....g
        g.........  ....gS...g
        g.........  .....gS..g
        g.........  ......gS.g
        g......S==  .......g=g
        g.....Sg..  .........g
        g....Sg...  .........g
        g...Sg....  .........g
        g..Sg.....  .........g
        g.Sg......  .........g""")


def test_spiral() -> None:
    cells = drawn(c.K_SPIRAL, (13, 13, 12, 6, 0), charter())
    assert plan(cells[12]) == text("""
        .............
        .............
        .............
        .............
        .............
        ............S
        ..........SSg
        ........SSg..
        ......SSg....
        ....SSg......
        ..SSg........
        SSg..........""")


def test_bridge() -> None:
    narrow = drawn(c.K_BRIDGE, (20, 3, 4, 2, 2 | 64), charter())
    assert plan(narrow[:, 1]) == text("""
        DD................DD
        Dr................rD
        ..==================
        ....g...*...g...g...""")
    assert plan(narrow[:, 0]) == text("""
        ....................
        ..rrrrrrrrrrrrrrrr..
        ..================..
        ....g...g...g...g...""")
    turned = drawn(c.K_BRIDGE, (3, 20, 4, 2, 2 | 32), charter())
    assert np.array_equal(turned[:, ::-1].transpose(1, 0, 2), narrow)


def test_viaduct() -> None:
    cells = drawn(c.K_VIADUCT, (24, 5, 9, 5, 0), charter())
    assert plan(cells[:, 0])[: 4 * 25 - 1] == text("""
        ...........*............
        ...........g............
        rrrgrrrrrrrgrrrrrrrgrrrr
        ________________________""")
    assert plan(cells[:, 1])[3 * 25 :] == text("""
        ________________________
        gggggggggggggggggggggggg
        ########.........#######
        ######.............#####
        #####...............####
        ###...................##""")


def test_foot_of_a_pillar() -> None:
    cells = drawn(c.K_PILLAR, (15, 15, 60, 4, 3 << 8), charter(corbel=4, pilaster=2, pipe_rate=0))
    assert plan(cells[:, :, 1]) == text("""
        ...............
        ...............
        ..####...####..
        ..####DDD####..
        ..####DDD####..
        ..###T....###..
        ...DD.....DD...
        ...DD.H.c.DD...
        ...DD.....DD...
        ..###T...T###..
        ..####DDD####..
        ..####DDD####..
        ..####...####..
        ...............
        ...............""")


def test_fins_stand_apart_at_the_foot() -> None:
    cells = drawn(c.K_PILLAR, (31, 31, 60, 4, 8), charter(corbel=4, pilaster=2, pipe_rate=0))
    assert plan(cells[:16, 15, :12]) == text("""
        .......######.H.
        .......######_H_
        .......######.H.
        ......#######.H.
        ......#######.H.
        ......#....##.H.
        .....##....##_H_
        .....##....##.H.
        .....##....##.H.
        ....###....DD.H.
        ....###....DD.H.
        ....###....DD.H.""")


def test_deck_with_a_light_well() -> None:
    genes = charter(plot=8, pillar=1, ribs=3, shell=4)
    cells = drawn(c.K_PLATE, (26, 26, 8, 1, 1 | 1 << 2 | 64 << 8 | 64 << 16), genes)
    assert plan(cells[6:18, 15:22, 6]) == text("""
        _______H____
        __ggggggggg_
        __g.......g_
        __g.......g_
        __ggggggggg_
        __gg________
        __gg________""")
    assert plan(cells[:, 18]) == text("""
        ........r.......r.........
        ________g.......g_________
        ________g.......g_________
        gg......g.......gg......gg
        gg..............gg........
        gg..............gg........
        ..........................
        ..........................""")


def test_front_of_a_tower() -> None:
    cells = drawn(c.K_TOWER, (13, 13, 17, 0, 3), charter(storey=4, balcony=1))
    assert plan(cells[:, :, 1]) == text("""
        rrrrrr..rrrrr
        rWWWWWDDWWWWr
        rW.........Wr
        rW..W......Wr
        rW..W......Wr
        .D.........D.
        .D....H....D.
        rW..W......Wr
        rW..W......Wr
        rW..W......Wr
        rW.........Wr
        rWWWWWDDWWWWr
        rrrrrr..rrrrr""")


def test_gate_and_loggia_of_a_facade() -> None:
    cells = drawn(c.K_FACADE, (40, 7, 41, 0, 64 | 128), charter(balcony=5))
    assert plan(cells[:, 3, :15]) == text("""
        .W..W.H....W......W......W......WH....W.
        .W..W.H....W......W......W......WH....W.
        .W....H..........................H....W.
        .W....H..........................H....W.
        ._____H________WWWWWWWWWWW_______H_____.
        .W..W.H....W...W.........W......WH....W.
        .W..W.H....W..WW.........WW.....WH....W.
        .W....H.......W...........W......H....W.
        .W....H......WW...........WW.....H....W.
        ._____H______W.............W_____H_____.
        .W..W.H....WWW.............WW...WH....W.
        .W..W.H....WW...............W...WH....W.
        .W....H.....D...............D....H....W.
        rW....H.....D...............D....H....Wr
        =_____H_____W...............W____H_____=""")
    assert plan(cells[6:37, 1, 25:29]) == text("""
        oW.........................WoWW
        oW.........................WoWW
        WWrrrrrrrrrrrrrrrrrrrrrrrrrWWWW
        _______________________________""")
    turned = drawn(c.K_FACADE, (7, 40, 41, 0, 64 | 128), charter(balcony=5))
    assert np.array_equal(turned[3].T, cells[:, 3].T)


# Matter


def test_nothing_floats() -> None:
    """Every work hangs together by faces, once it leans on what it is built against."""
    rng = np.random.default_rng(7)
    for kind in (c.K_PLATE, c.K_PILLAR, c.K_TOWER, c.K_FACADE, c.K_RING, c.K_VIADUCT, c.K_SPIRAL, c.K_ZIGZAG):
        for _ in range(4):
            genes = random_charter(rng)
            genes.pitch = 48
            genes.height = min(genes.height, 96)
            work = random_work(kind, genes, rng)
            if kind == c.K_PLATE and work[3] >= 2:
                continue  # an open bay: wall, ladder and conduit of a pillar, side by side
            cells = drawn(kind, work, genes)
            if kind == c.K_ZIGZAG:
                cells = np.concatenate([np.full((*work[:2], 1), c.SLAB, np.uint8), cells], axis=2)
            if kind == c.K_SPIRAL:
                cells[1:-1, 1:-1] = c.PILLAR
            assert pieces(cells) == 1, (kind, work)


def test_what_should_be_whole_has_no_holes() -> None:
    genes = charter()
    shell = drawn(c.K_PLATE, (80, 80, 8, 0, 3 | 64 << 8 | 64 << 16), genes)
    assert shell[:, :, 4:].all()
    deck = drawn(c.K_PLATE, (80, 80, 8, 1, 6 << 2 | 64 << 8 | 64 << 16), genes)
    assert deck[:, :, 6:].all()
    wells = drawn(c.K_PLATE, (80, 80, 8, 1, 3 | 6 << 2 | 64 << 8 | 64 << 16), genes)
    y, x = np.indices((80, 80))
    under_pillar = np.maximum(abs(x - 40), abs(y - 40)) <= 6 + 1
    assert wells[under_pillar, 7].all() and not wells[:, :, 7].all()
    pillar = drawn(c.K_PILLAR, (31, 31, 104, 6, 0), genes)
    capital = np.maximum(abs(np.arange(31)[:, None] - 15), abs(np.arange(31)[None, :] - 15)) <= 6
    assert pillar[capital, -1].all()


def test_an_edge_of_a_light_well_is_a_kerb() -> None:
    cells = drawn(c.K_PLATE, (80, 80, 9, 1, 3 | 6 << 2 | 64 << 8 | 64 << 16), charter())
    opening = cells[:, :, 7] == c.VOID
    assert 300 < opening.sum() < 1_400
    beside = np.zeros_like(opening)
    for axis, shift in product((0, 1), (-1, 1)):
        beside |= np.roll(opening, shift, axis)
    beside &= ~opening
    assert (cells[beside, 7] == c.GIRDER).all() and (cells[beside, 8] == c.RAIL).all()


def test_terminals_are_counted_and_stand_where_they_are_said_to() -> None:
    for half, number in product((4, 6, 12, 25), range(TERMINALS_MAX + 1)):
        side = 2 * (half + 12) + 1
        cells = drawn(c.K_PILLAR, (side, side, 8, half, number << 8), charter())
        said = {terminal_cell(k, side, half) for k in range(number)}
        assert {tuple(int(v) for v in p) for p in np.argwhere(cells == c.TERMINAL)} == said


def test_only_pillars_have_terminals_and_only_the_infected_have_sensors() -> None:
    rng = np.random.default_rng(3)
    for kind in FILLERS:
        for _ in range(8):
            genes = random_charter(rng)
            sx, sy, sz, a, b = random_work(kind, genes, rng)
            for p in rng.integers(0, (sx, sy, min(sz, 12)), (1_000, 3)):
                x, y, z = (int(v) for v in p)
                material = pattern(int(kind), x, y, z, sx, sy, sz, a, b, genes, x, y, z) & MATERIAL
                infected = kind in (c.K_TOWER, c.K_FACADE) and b >> 16
                assert (infected or material != c.SAFEGUARD) and (kind == c.K_PILLAR or material != c.TERMINAL)


def test_the_house_of_an_infected_bay_has_no_door_and_sensors_among_its_lamps() -> None:
    for infected, kind in product((0, 1), (c.K_TOWER, c.K_FACADE)):
        size = (19, 19, 71) if kind == c.K_TOWER else (48, 9, 70)
        cells = drawn(kind, (*size, 0, 0x1234 | 64 | 128 | infected << 16), charter())
        assert bool((cells == c.DOOR).any()) != bool(infected)
        assert bool((cells == c.FLESH).any()) == bool(infected)
        assert bool((cells == c.SAFEGUARD).any()) == bool(infected)
        assert (cells == c.LAMP).any()


# People


@pytest.mark.parametrize("work", [(2, 10, 40, 0, 0), (2, 17, 90, 0, 0), (13, 2, 41, 0, 0), (2, 12, 9, 0, 0)])
def test_zigzag_is_walked_from_the_floor_to_the_top(work: tuple[int, int, int, int, int]) -> None:
    scene = Scene(work[0] + 2, work[1] + 2, work[2] + 1)
    scene.lay(c.K_ZIGZAG, (1, 1, 1), work, charter())
    reached = scene.walked(0, 0, 1)
    assert {tuple(p) for p in np.argwhere(scene.cells == c.STAIR)} <= reached
    assert sum(z == work[2] - 1 for _, _, z in reached) >= 3  # the top landing, with headroom inside the box


@pytest.mark.parametrize("half", [4, 6, 9])
def test_spiral_rings_and_doors_of_a_pillar_are_one_walk(half: int) -> None:
    genes = charter(pillar=half, storey=5, rings=2, corbel=8)
    level, height = 20, 80
    middle = half + 11
    side = 2 * middle + 1
    scene = Scene(side, side, height + 4)
    scene.lay(c.K_PILLAR, (1, 1, 1), (side - 2, side - 2, height, half, 4 << 8), genes)
    for z in range(level, height - 20, level):
        corner = middle - half - 3
        scene.lay(c.K_RING, (corner, corner, 1 + z), (2 * half + 7, 2 * half + 7, 2, half, 1 + z), genes)
    corner = middle - half - 1
    scene.lay(c.K_SPIRAL, (corner, corner, 1), (2 * half + 3, 2 * half + 3, 66, half + 1, 0), genes)
    assert pieces(scene.cells) == 1
    reached = scene.walked(0, 0, 1)
    # All steps are walked but those that the lintel of a portal cuts off.
    assert {tuple(p) for p in np.argwhere((scene.cells == c.STAIR) & scene.stand)} <= reached
    assert (middle + half + 3, middle, 2 + level) in reached  # a ring
    assert any(z == 1 + 66 - 2 and max(abs(x - middle), abs(y - middle)) == half + 1 for x, y, z in reached)
    assert (middle, middle, height + 1) in reached  # the roof, by the ladder
    for k in range(TERMINALS_MAX):
        x, y, z = (v + 1 for v in terminal_cell(k, side - 2, half))
        assert {(x - 1, y, z - 1), (x + 1, y, z - 1)} & reached

    # A spiral that is out of use: the rings are still reached through the doors.
    scene.cells[scene.cells == c.STAIR] = c.VOID
    assert (middle + half + 3, middle, 2 + level) in scene.walked(0, 0, 1)


def test_fins_leave_the_foot_and_the_rings_passable() -> None:
    genes = charter(pillar=6, storey=4, rings=2, corbel=8)
    middle = 24
    scene = Scene(49, 49, 74)
    scene.lay(c.K_PILLAR, (1, 1, 1), (47, 47, 70, 6, 16), genes)
    scene.lay(c.K_RING, (16, 16, 17), (17, 17, 2, 6, 0), genes)
    reached = scene.walked(middle, middle - 13, 1)  # behind the foot of a fin
    assert all((middle + dx, middle + dy, 18) in reached for dx, dy in ((7, 0), (-7, 0), (0, 7), (0, -7)))
    assert not scene.cells[middle + 10, middle, 1] and scene.cells[middle + 15, middle, 1]


@pytest.mark.parametrize("atria", [0, 4])
@pytest.mark.parametrize("hanging", [0, 1])
def test_tower_is_one_walk(atria: int, hanging: int) -> None:
    genes = charter(storey=5, balcony=2, setback=4, machine=2)
    height = 55 if hanging else 61
    scene = Scene(23, 23, height + 4)
    scene.lay(c.K_TOWER, (2, 2, 1), (19, 19, height, hanging, 0x3333 & ~4 | atria), genes)
    assert pieces(scene.cells) == 1
    reached = scene.walked(0, 0, 1)
    assert {tuple(p) for p in np.argwhere(scene.cells == c.LADDER) if p[2] < height} <= reached
    doors = [tuple(p) for p in np.argwhere(scene.cells == c.DOOR)]
    assert len(doors) > 50 and all(p in reached or scene.cells[p[0], p[1], p[2] - 1] == c.DOOR for p in doors)
    for p in np.argwhere(scene.stand):
        x, y, z = (int(v) for v in p)
        inside = min(x - 2, y - 2, 20 - x, 20 - y) >= 2 + (z // 5) // 6 or scene.cells[x, y, z] == c.RAIL
        ledge = scene.cells[x, y, z - 1] in (c.WALL, c.GLASS, c.SLAB, c.CLADDING, c.PIPE) and not inside
        assert (x, y, z) in reached or ledge, (x, y, z)
    for balcony in range(0, 9 if hanging else 10, 3):
        rails = np.argwhere(scene.cells[:, :, 1 + 5 * balcony + 1] == c.RAIL)
        assert len(rails) and all((int(x), int(y), 2 + 5 * balcony) in reached for x, y in rails)


@pytest.mark.parametrize("b", [64, 128, 64 | 128 | 4 | 1, 2])
def test_facade_is_one_walk(b: int) -> None:
    genes = charter(storey=4, balcony=2)
    scene = Scene(52, 17, 72)
    scene.lay(c.K_FACADE, (2, 2, 1), (48, 13, 68, 0, b), genes)
    reached = scene.walked(0, 0, 1)
    assert {tuple(p) for p in np.argwhere(scene.cells == c.LADDER) if p[2] < 68} <= reached
    rooms = [(int(x) + 4, int(y) + 4, int(z)) for x, y, z in np.argwhere(scene.stand[4:48, 4:13])]
    assert sum(p not in reached for p in rooms) <= len(rooms) // 200


@pytest.mark.parametrize("wide", [0, 1])
def test_bridge_joins_two_houses(wide: int) -> None:
    genes = charter(storey=5, balcony=1, setback=8)
    scene = Scene(61, 17, 36)
    for corner in (2, 46):
        scene.lay(c.K_TOWER, (corner, 2, 1), (13, 13, 31, 0, 1), genes)
    # Its door opens the wall of the far house between two storeys: there the deck is a sill.
    scene.lay(c.K_BRIDGE, (13, 8 - 1 - wide, 10), (35, 3 + 2 * wide, 4, 2, 2 | wide << 4 | 64), genes)
    scene.cells[20:40, :, 0] = c.VOID  # no way round
    reached = scene.walked(0, 0, 1)
    assert all((x, 8, 12) in reached for x in range(13, 48))
    assert (50, 8, 12) in reached and (60, 16, 1) in reached


# Numbers


def test_quotient_is_division() -> None:
    n = np.arange(4_096)
    for d in range(1, DIVISORS):
        assert [quotient(int(v), d) for v in n[:: 1 + d % 7]] == list(n[:: 1 + d % 7] // d)


def test_plain_python_gives_the_same_answers() -> None:
    plain = subprocess.run(
        [sys.executable, "-c", "from worlds import works; print(works.digest_of_samples())"],
        cwd=TESTS, env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert plain.stdout.strip() == digest_of_samples()
