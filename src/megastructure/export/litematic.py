"""Minecraft: Litematica's schematics, for its mod and for whatever else lays plans of blocks over a world.

One file whatever the size: regions of 128 x 384 x 128 blocks at their places. A block is five bits, packed without gaps, lowest
first, into whole numbers of 64 bits. Regions are written as they are made, and what counts them comes last: the tags of a
compound have no order. Axes are those of `schem`.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from ..memory.output import bytes_in, new_file
from ..told.sentences import day_in_words
from ..words.counts import counted
from . import nbt
from .palette import AIR
from .region import Cells, Matter
from .schem import BLOCKS, DATA_VERSION, LEVEL, TILE, refuse_high
from .told import Told, Written, count, refuse_empty

VERSION, SUB_VERSION = 6, 1  # since Minecraft 1.20
BITS = (len(BLOCKS) - 1).bit_length()


def write(matter: Matter, path: Path, told: Told) -> Written:
    """Write a .litematic file. errors   MegastructureError: higher than a world, an empty box; CannotWrite"""
    refuse_high(matter)
    pieces = matter.pieces(TILE)
    counts = np.zeros(32, np.int64)
    regions = volume = 0
    width, depth, height = matter.shape
    with new_file(path) as part, part.open("wb") as plain, gzip.GzipFile("", "wb", LEVEL, plain, mtime=0) as file:
        version = nbt.integer("MinecraftDataVersion", DATA_VERSION), nbt.integer("Version", VERSION)
        file.write(nbt.begin("") + b"".join(version) + nbt.integer("SubVersion", SUB_VERSION) + nbt.begin("Regions"))
        for done, (x, y, z) in enumerate((pieces * TILE).tolist()):
            told(done, len(pieces))
            cells = matter.region(x, y, z, TILE)
            found = count(cells)
            if not found[1:].any():
                continue
            counts += found
            regions += 1
            volume += cells.size
            place = (x, z, depth - y - cells.shape[1])
            file.write(_region(f"region {x} {y} {z}", cells, place))
        file.write(nbt.END)
        refuse_empty(counts, matter)
        file.write(
            nbt.compound(
                "Metadata", nbt.text("Name", path.stem), nbt.text("Author", "megastructure"),
                nbt.text("Description", f"as it stood at the end of {day_in_words(matter.day)}"),
                nbt.integer("RegionCount", regions), nbt.integer("TotalVolume", min(volume, 2**31 - 1)),
                nbt.integer("TotalBlocks", min(int(counts[1:].sum()), 2**31 - 1)),
                nbt.long("TimeCreated", 0), nbt.long("TimeModified", 0),  # the same box gives the same bytes
                _place("EnclosingSize", (width, height, depth)),
            ) + nbt.END
        )  # fmt: skip
    blocks = " x ".join(str(n) for n in (width, height, depth))
    return Written(path, bytes_in(path), counts, f"{blocks} blocks in {counted('region', regions)}")


def _region(name: str, cells: Cells, place: tuple[int, int, int]) -> bytes:
    """Cells [z, y, x] as a region; `place` (x, y, z in blocks) is its corner."""
    nz, ny, nx = cells.shape
    palette = [_block(state) for state in BLOCKS]
    nothing = (nbt.compounds(what, []) for what in ("Entities", "TileEntities", "PendingBlockTicks", "PendingFluidTicks"))
    return nbt.compound(
        name, _place("Position", place), _place("Size", (nx, nz, ny)), nbt.compounds("BlockStatePalette", palette),
        nbt.longs("BlockStates", packed(NUMBERS[cells[:, ::-1, :].ravel()])), *nothing,
    )  # fmt: skip


def packed(numbers: Cells) -> bytes:
    """Numbers below 2^BITS as big-endian whole numbers of 64 bits, filled from their lowest bits."""
    bits = (numbers[:, None] >> np.arange(BITS, dtype=np.uint8)) & 1
    flat = np.packbits(bits, bitorder="little")
    whole = np.zeros(-(-len(flat) // 8) * 8, np.uint8)
    whole[: len(flat)] = flat
    return whole.view("<u8").astype(">u8").tobytes()


def _block(state: str) -> bytes:
    """A block as a nameless compound: `minecraft:ladder[facing=north]` has a name and properties."""
    name, _, rest = state.partition("[")
    properties = [nbt.text(*pair.split("=")) for pair in rest.rstrip("]").split(",") if pair]
    return nbt.text("Name", name) + (nbt.compound("Properties", *properties) if properties else b"") + nbt.END


def _place(name: str, numbers: tuple[int, int, int]) -> bytes:
    return nbt.compound(name, *(nbt.integer(axis, n) for axis, n in zip("xyz", numbers)))


# The number of each material in the palette, which is numbered by place.
NUMBERS = np.zeros(256, np.uint8)
for _place_in_palette, _material in enumerate(BLOCKS.values()):
    NUMBERS[_material] = _place_in_palette
assert next(iter(BLOCKS)) == AIR, "the first block of a palette must be air"

__all__ = ["packed", "write"]
