"""Minecraft: Sponge schematics, version 2 or 3, for WorldEdit and its kin.

Minecraft's x is ours, its y is our z, and its z is our y turned round: so nothing is mirrored, and its north is where our y
grows. A world is 384 blocks high. What is wider than 128 blocks becomes a folder of tiles; each knows its place, so that all
are pasted from one spot.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from ..errors import MegastructureError
from . import nbt
from .palette import AIR, LOOKS
from .place import bytes_in, new_file, new_folder
from .region import Cells, Matter
from .told import Told, Written, count, refuse_empty

TILE = (128, 128, 384)  # cells along x, y, z
DATA_VERSION = 3465  # Minecraft 1.20.1: newer versions convert, older ones refuse
LEVEL = 6  # of gzip
BLOCKS = {AIR: 0, **{look.block: int(material) for material, look in LOOKS.items()}}
assert max(BLOCKS.values()) < 128, "a block must be one byte"


def write(matter: Matter, path: Path, told: Told, version: int = 2) -> Written:
    """Write a .schem file, or a folder of them where the box is wider than a tile.

    errors   MegastructureError: higher than a world, an empty box, an unknown version; CannotWrite
    """
    if version not in (2, 3):
        raise MegastructureError(f"--schem-version {version}: expected 2 or 3")
    width, depth, height = matter.shape
    if height > TILE[2]:
        low = matter.box[2][0]
        raise MegastructureError(
            f"--box is {height:,} blocks high: a Minecraft world holds {TILE[2]}; choose a lower box, such as "
            f"z = {low}:{low + (TILE[2] << matter.lod)}, or --lod {matter.lod + (-(-height // TILE[2]) - 1).bit_length()}"
        )
    if width <= TILE[0] and depth <= TILE[1]:
        return _one(matter, path, told, version)
    return _tiles(matter, path.with_suffix(""), told, version)


def _one(matter: Matter, path: Path, told: Told, version: int) -> Written:
    told(0, 1)
    cells = matter.region(0, 0, 0, TILE)
    counts = count(cells)
    counts[0] = 0
    refuse_empty(counts, matter)
    with new_file(path) as part:
        part.write_bytes(schematic(cells, (0, 0, 0), version))
    return Written(path, bytes_in(path), counts, " x ".join(str(n) for n in _blocks_along(matter)) + " blocks")


def _tiles(matter: Matter, path: Path, told: Told, version: int) -> Written:
    pieces = matter.pieces(TILE)
    counts = np.zeros(32, np.int64)
    tiles: list[str] = []
    depth = matter.shape[1]
    with new_folder(path) as part:
        for done, (x, y, z) in enumerate(pieces * TILE):
            told(done, len(pieces))
            cells = matter.region(int(x), int(y), int(z), TILE)
            found = count(cells)
            if not found[1:].any():
                continue
            counts += found
            place = (int(x), int(z), depth - int(y) - cells.shape[1])
            name = f"{path.name}-{place[0]}-{place[2]}"
            (part / f"{name}.schem").write_bytes(schematic(cells, place, version))
            tiles.append(name)
        counts[0] = 0
        refuse_empty(counts, matter)
        (part / "paste.txt").write_text(_advice(tiles), "utf-8")
    return Written(path, bytes_in(path), counts, f"{len(tiles):,} tiles")


def schematic(cells: Cells, place: tuple[int, int, int], version: int) -> bytes:
    """Cells [z, y, x] as a schematic; `place` (x, y, z in blocks) is where it lies from the spot of pasting."""
    nz, ny, nx = cells.shape
    data = np.ascontiguousarray(cells[:, ::-1, :]).tobytes()  # y, z, x of Minecraft
    palette = nbt.compound("Palette", *(nbt.integer(block, number) for block, number in BLOCKS.items()))
    x, y, z = place
    worldedit = nbt.compound("Metadata", *(nbt.integer(f"WEOffset{axis}", n) for axis, n in zip("XYZ", place)))
    common = (
        nbt.integer("Version", version), nbt.integer("DataVersion", DATA_VERSION), worldedit,
        nbt.short("Width", nx), nbt.short("Height", nz), nbt.short("Length", ny), nbt.integers("Offset", (x, y, z)),
    )  # fmt: skip
    if version == 2:
        body = nbt.compound(
            "Schematic", *common, nbt.integer("PaletteMax", len(BLOCKS)), palette, nbt.array("BlockData", data),
            nbt.no_compounds("BlockEntities"),
        )  # fmt: skip
    else:
        blocks = nbt.compound("Blocks", palette, nbt.array("Data", data), nbt.no_compounds("BlockEntities"))
        body = nbt.compound("", nbt.compound("Schematic", *common, blocks))
    return gzip.compress(body, LEVEL, mtime=0)


def _blocks_along(matter: Matter) -> tuple[int, int, int]:
    width, depth, height = matter.shape
    return width, height, depth


def _advice(tiles: list[str]) -> str:
    lines = [f"//schem load {name}\n//paste -a" for name in tiles]
    how = "Copy the .schem files to WorldEdit's folder of schematics, stand where the corner shall be, then type:"
    return "\n".join([how, "", *lines, ""])


__all__ = ["BLOCKS", "TILE", "schematic", "write"]
