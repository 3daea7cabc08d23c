"""What units and people leave in a bay: heaps of rubble, blocks of matter given back, huts.

MASS      a: material; b: 0 a block, filled from below; 1 a heap that is steep in the middle
DWELLING  b: bits 0..1 the side of the door, +x -x +y -y
"""

from __future__ import annotations

from ...ground.codes import DOOR, HABITAT, LAMP, VOID
from ...words.kernel import kernel


@kernel
def heap(rx: int, ry: int, rz: int, sx: int, sy: int, sz: int, a: int, b: int) -> int:
    """A block, or a pyramid with a blunt top, of one material."""
    if b == 1 and rz > min(min(rx, sx - 1 - rx), min(ry, sy - 1 - ry)):
        return VOID
    return a


@kernel
def hut(rx: int, ry: int, rz: int, sx: int, sy: int, sz: int, b: int) -> int:
    """Four walls with a door two cells high, a roof with a lamp under its middle."""
    if rz == sz - 1:
        return HABITAT
    wall = rx == 0 or ry == 0 or rx == sx - 1 or ry == sy - 1
    if not wall:
        return LAMP if rz == sz - 2 and rx == sx >> 1 and ry == sy >> 1 else VOID
    side = b & 3
    at_door = (
        (side == 0 and rx == sx - 1 and ry == sy >> 1)
        or (side == 1 and rx == 0 and ry == sy >> 1)
        or (side == 2 and ry == sy - 1 and rx == sx >> 1)
        or (side == 3 and ry == 0 and rx == sx >> 1)
    )
    return DOOR if at_door and rz < 2 else HABITAT
