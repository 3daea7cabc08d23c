"""glTF 2.0 in one binary file: a node for each region of 128^3 cells, a named material for each of the city's.

Positions are bytes, counted in cells from the corner of the region (KHR_mesh_quantization): a corner costs four. Normals are
left out, for faces are flat and glTF then asks readers to compute them. Hidden faces are left out, also between regions. Up is
y, as glTF wants it; the root node turns the city over, puts the middle of the box's floor at the origin, and makes a cell a
metre. The lists that describe the binary part wait in temporary files, like that part itself, because the format wants them
first.
"""

from __future__ import annotations

import json
import shutil
import struct
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np

from ..codes import Material
from ..errors import MegastructureError
from .palette import LOOKS, linear
from .place import bytes_in, new_file
from .quads import Mesher, Surface
from .region import SIDE, Matter
from .told import Told, Written, count, refuse_empty

BYTES_MAX = 2**32 - 1
HALF = 0.7071067811865476  # the root of 1/2: a quarter turn about x
UNSIGNED_BYTE, UNSIGNED_SHORT, UNSIGNED_INT = 5121, 5123, 5125
VERTICES, INDICES = 34962, 34963


class Lists:
    """The arrays of a glTF file that grow with it, each in a temporary file of its own."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self.names = ("nodes", "meshes", "accessors", "bufferViews")
        self.files: dict[str, IO[bytes]] = {}
        for name in self.names:
            self.files[name] = stack.enter_context(TemporaryFile(dir=folder))  # noqa: SIM115 - the stack closes it
        self.lengths = dict.fromkeys(self.names, 0)

    def add(self, name: str, entry: dict[str, Any]) -> int:
        """Append an entry; returns its number."""
        self.files[name].write((b"," if self.lengths[name] else b"") + _json(entry))
        self.lengths[name] += 1
        return self.lengths[name] - 1


def write(matter: Matter, path: Path, told: Told) -> Written:
    """Write a .glb file. errors   MegastructureError: an empty box, or more than 4 GiB; CannotWrite"""
    pieces = matter.pieces()
    counts = np.zeros(32, np.int64)
    materials: dict[int, int] = {}  # of ours, in order of first use
    triangles = 0
    mesher = Mesher()
    with new_file(path) as part, ExitStack() as stack:
        lists = Lists(stack, part.parent)
        blob = stack.enter_context(TemporaryFile(dir=part.parent))
        for done, at in enumerate((pieces * SIDE).tolist()):
            told(done, len(pieces))
            padded = matter.region(at[0], at[1], at[2], (SIDE, SIDE, SIDE), 1)
            counts += count(padded[1:-1, 1:-1, 1:-1])
            surfaces = mesher.surfaces(padded)
            if surfaces:
                triangles += sum(len(s.indices) for s in surfaces) // 3
                _region(lists, blob, surfaces, at, materials)
            if blob.tell() > BYTES_MAX - (1 << 28):
                raise MegastructureError(
                    f"{path}: has {triangles:,} triangles so far, and a .glb file holds 4 GiB of them; choose a smaller --box, "
                    f"or --lod {matter.lod + 1}"
                )
        counts[0] = 0
        refuse_empty(counts, matter)
        with part.open("wb") as file:
            _assemble(file, lists, blob, matter, list(materials))
    regions = lists.lengths["meshes"]
    return Written(path, bytes_in(path), counts, f"{triangles:,} triangles in {regions:,} regions")


def _region(lists: Lists, blob: IO[bytes], surfaces: list[Surface], at: list[int], materials: dict[int, int]) -> None:
    """Add the mesh and the node of one region: a primitive for each of its materials."""
    begin = blob.tell()
    for s in surfaces:
        blob.write(s.corners.tobytes())
    corners = lists.add("bufferViews", {
        "buffer": 0, "byteOffset": begin, "byteLength": blob.tell() - begin, "byteStride": 4, "target": VERTICES,
    })  # fmt: skip
    begin = blob.tell()
    offsets = []
    for s in surfaces:
        blob.write(b"\0" * (-blob.tell() % 4))
        offsets.append(blob.tell() - begin)
        blob.write(s.indices.tobytes())
    indices = lists.add("bufferViews", {
        "buffer": 0, "byteOffset": begin, "byteLength": blob.tell() - begin, "target": INDICES,
    })  # fmt: skip
    blob.write(b"\0" * (-blob.tell() % 4))
    primitives = []
    first = 0
    for s, offset in zip(surfaces, offsets):
        position = lists.add("accessors", {
            "bufferView": corners, "byteOffset": first, "componentType": UNSIGNED_BYTE, "count": len(s.corners), "type": "VEC3",
            "min": s.corners[:, :3].min(axis=0).tolist(), "max": s.corners[:, :3].max(axis=0).tolist(),
        })  # fmt: skip
        order = lists.add("accessors", {
            "bufferView": indices, "byteOffset": offset, "count": len(s.indices), "type": "SCALAR",
            "componentType": UNSIGNED_SHORT if s.indices.itemsize == 2 else UNSIGNED_INT,
        })  # fmt: skip
        first += s.corners.nbytes
        number = materials.setdefault(s.material, len(materials))
        primitives.append({"attributes": {"POSITION": position}, "indices": order, "material": number})
    name = "region {} {} {}".format(*at)
    mesh = lists.add("meshes", {"name": name, "primitives": primitives})
    lists.add("nodes", {"name": name, "mesh": mesh, "translation": at})


def _assemble(file: IO[bytes], lists: Lists, blob: IO[bytes], matter: Matter, materials: list[int]) -> None:
    """Header, JSON and binary part, each copied from where it waits."""
    width, depth, _ = matter.shape
    cell = 2**matter.lod
    children = list(range(lists.lengths["nodes"]))
    root = lists.add("nodes", {
        "name": "megastructure", "children": children, "rotation": [-HALF, 0, 0, HALF], "scale": [cell, cell, cell],
        "translation": [-width * cell / 2, 0, depth * cell / 2],
        "extras": {"box": matter.box, "day": matter.day, "lod": matter.lod},
    })  # fmt: skip
    extensions = ["KHR_mesh_quantization"]
    if any(LOOKS[Material(m)].glow for m in materials):
        extensions.append("KHR_materials_emissive_strength")
    head = _json({
        "asset": {"version": "2.0", "generator": "megastructure"}, "extensionsUsed": extensions,
        "extensionsRequired": extensions[:1], "scene": 0, "scenes": [{"name": "city", "nodes": [root]}],
        "buffers": [{"byteLength": blob.tell()}], "materials": [_material(Material(m)) for m in materials],
    })  # fmt: skip
    keys = {name: f',"{name}":['.encode() for name in lists.names}
    length = len(head) + sum(len(keys[n]) + lists.files[n].tell() + 1 for n in lists.names)
    fill = -length % 4
    total = 12 + 8 + length + fill + 8 + blob.tell()
    if total > BYTES_MAX:
        raise MegastructureError(f"{total:,} bytes: a .glb file holds 4 GiB; choose a smaller --box, or --lod {matter.lod + 1}")
    file.write(struct.pack("<4sIIII", b"glTF", 2, total, length + fill, 0x4E4F534A) + head[:-1])
    for name in lists.names:
        file.write(keys[name])
        lists.files[name].seek(0)
        shutil.copyfileobj(lists.files[name], file, 1 << 20)
        file.write(b"]")
    size = blob.tell()
    file.write(b"}" + b" " * fill + struct.pack("<II", size, 0x004E4942))
    blob.seek(0)
    shutil.copyfileobj(blob, file, 1 << 20)


def _material(material: Material) -> dict[str, Any]:
    look = LOOKS[material]
    made: dict[str, Any] = {
        "name": material.name,
        "pbrMetallicRoughness": {
            "baseColorFactor": [*linear(look.colour), look.alpha], "metallicFactor": look.metal,
            "roughnessFactor": look.roughness,
        },
    }  # fmt: skip
    if look.alpha < 1:
        made["alphaMode"] = "BLEND"
    if look.glow:
        made["emissiveFactor"] = list(linear(look.colour))
        made["extensions"] = {"KHR_materials_emissive_strength": {"emissiveStrength": 10 * look.glow}}
    return made


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


__all__ = ["write"]
