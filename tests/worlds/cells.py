"""Sources of matter for pictures, made of single cells: a bay drawn as text, and who stands in it."""

from __future__ import annotations

import hashlib
import io

import numpy as np

from megastructure.ground.codes import LAMP, SLAB, WALL
from megastructure.look.lots import LOT
from megastructure.look.still import Scene
from megastructure.matter.standing import Figure

SMALL = (96, 54)


class World:
    """A source made of single cells: {(x, y, z): material}."""

    def __init__(self, cells):
        self.cells = cells
        self.blocks = {}
        for (x, y, z), material in cells.items():
            block = self.blocks.setdefault((x >> 4, y >> 4, z >> 4), np.zeros((LOT, LOT, LOT), np.uint8))
            block[z & 15, y & 15, x & 15] = material

    def lots(self, low=None, high=None):
        lots = np.array(sorted(self.blocks), np.int64).reshape(-1, 3)
        return lots if low is None else lots[((lots >= low) & (lots < high)).all(axis=1)]

    def materialise_lots(self, coords, day):
        air = np.zeros((LOT, LOT, LOT), np.uint8)
        return np.stack([self.blocks.get(tuple(lot), air) for lot in coords.tolist()])


def drawn(floors, places=2, storeys=2):
    """A world drawn as text, one picture a floor from below: repeated along x and y, and upwards."""
    materials = {"#": SLAB, "|": WALL, "*": LAMP}
    deep, wide = len(floors[0]), len(floors[0][0])
    cells = {}
    for z, floor in enumerate(floors):
        for y, line in enumerate(floor):
            for x, sign in enumerate(line):
                for copy in range(places * places * storeys if sign in materials else 0):
                    east, north, up = copy % places, copy // places % places, copy // places**2
                    cells[x + wide * (east - 1), y + deep * (north - 1), z + len(floors) * up] = materials[sign]
    return World(cells)


BAY = drawn(
    [["#" * 40] * 20 + ["#" * 20 + " " * 20] * 20]
    + [[" " * 40] * 4 + [" " * 5 + "|" * 4 + " " * 31] * 4 + [" " * 40] * 32] * 9
    + [[" " * 40] * 4 + [" " * 5 + "|**|" + " " * 31] * 4 + [" " * 40] * 32]
    + [[" " * 40] * 4 + [" " * 5 + "|" * 4 + " " * 31] * 4 + [" " * 40] * 32] * 13
)
BAY_FLOOR = (2, 2, 1)


def png(picture):
    file = io.BytesIO()
    picture.save(file, "PNG")
    return hashlib.blake2b(file.getvalue()).hexdigest()


FEET = tuple(BAY_FLOOR)
SOMEBODY = Figure("wanderer", 7, 0, *FEET)
CROWD = Scene([SOMEBODY, Figure("person", 8, 0, FEET[0] + 2, *FEET[1:]), Figure("unit", 9, 0, FEET[0], FEET[1] + 3, FEET[2])],
              [SOMEBODY], FEET)  # fmt: skip
