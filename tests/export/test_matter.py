"""What leaves the city as matter: independent readers find in each file what stands in the ledger."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import signal
import string
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from click.testing import CliRunner

from megastructure.door.cli import cli
from megastructure.door.terminal import work_shown
from megastructure.export import ask, door, glb, litematic, obj, ome_zarr, schem, stl, vox
from megastructure.export.palette import AIR, LOOKS
from megastructure.export.polygons import UNITS, triangles, watertight
from megastructure.export.quads import Mesher
from megastructure.export.region import Matter
from megastructure.export.schem import BLOCKS
from megastructure.export.told import Written
from megastructure.ground.codes import GLASS, LAMP, Material
from megastructure.ground.scenario import Scenario
from megastructure.matter.ledger import Box
from megastructure.matter.mesh import halve
from megastructure.memory.output import new_file, new_folder
from megastructure.memory.run import Run
from megastructure.words.errors import MegastructureError

JUDGES = Path(__file__).parent / "judges"
SAFE = "%._-~" + string.ascii_letters + string.digits  # no shell and no browser changes these
SMALL = Scenario.load("quick").with_knobs(seed=28, years=200, people=0, world_radius_lots=14, growth_income=400)
BOX: Box = ((-61, 84), (-70, 61), (-33, 100))  # odd sizes, off the grid of lots, more than one region each way
WRITERS = {
    ".glb": glb.write, ".obj": obj.write, ".stl": stl.write, ".vox": vox.write, ".schem": schem.write,
    ".litematic": litematic.write, ".zarr": ome_zarr.write,
}  # fmt: skip


def silent(done: int, total: int) -> None:
    assert 0 <= done < total


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A small city of its own making."""
    with Run.create(SMALL, tmp_path_factory.mktemp("runs") / "small") as begun:
        begun.advance()
        yield begun


@pytest.fixture(scope="module")
def matter(run: Run) -> Matter:
    return Matter(run.ledger, BOX, run.city.day - 1)


@pytest.fixture(scope="module")
def dense(run: Run) -> np.ndarray:
    """What the ledger says of the box: [z, y, x]."""
    cells = run.ledger.materialise(BOX, run.city.day - 1)
    assert 20_000 < np.count_nonzero(cells) < cells.size / 2
    return cells


def judge(name: str, *words: str) -> Any:
    """What an independent reader on Node says of a file."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        assert not os.environ.get("CI"), "Node 20 or newer is needed to judge exports"
        pytest.skip("Node is not installed: the judges of tests/export/judges cannot read the file")
    if not (JUDGES / "node_modules" / ".package-lock.json").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=JUDGES, check=True, timeout=600)
    said = subprocess.run(["node", f"{name}.mjs", *words], cwd=JUDGES, check=True, capture_output=True, text=True, timeout=120)
    return json.loads(said.stdout)


def counts_of(cells: np.ndarray) -> dict[int, int]:
    return {int(m): int(n) for m, n in enumerate(np.bincount(cells.ravel())) if m and n}


def in_file(written: Written) -> dict[int, int]:
    return {int(m): int(n) for m, n in enumerate(written.counts) if n}


def digest(path: Path) -> str:
    h = hashlib.blake2b()
    for file in [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file()):
        h.update(file.relative_to(path.parent).as_posix().encode() + file.read_bytes())
    return h.hexdigest()


# ---- reading ---------------------------------------------------------------------------------------------------------


def test_pieces_together_are_the_box(matter: Matter, dense: np.ndarray):
    into = np.zeros_like(dense)
    for x, y, z in (matter.pieces() * 128).tolist():
        cells = matter.region(x, y, z, (128, 128, 128))
        into[z : z + cells.shape[0], y : y + cells.shape[1], x : x + cells.shape[2]] = cells
    assert np.array_equal(into, dense)


def test_a_padded_piece_brings_its_neighbours_and_nothing_from_outside(matter: Matter, dense: np.ndarray):
    whole = np.pad(dense, 1)
    cells = matter.region(128, 0, 128, (128, 128, 128), 1)
    assert np.array_equal(cells, whole[128 : 128 + 7, : 128 + 2, 128 : 128 + 19])
    assert cells[0].any()


@pytest.mark.parametrize("lod", [1, 2, 3])
def test_a_coarser_level_is_the_box_halved(run: Run, dense: np.ndarray, lod: int):
    coarse = dense
    for _ in range(lod):
        coarse = halve(np.pad(coarse, [(0, n % 2) for n in coarse.shape]))
    matter = Matter(run.ledger, BOX, run.city.day - 1, lod)
    assert matter.shape == coarse.shape[::-1]
    assert np.array_equal(matter.read(lod, (0, 0, 0), matter.shape), coarse)
    shifted = matter.read(lod, (3, -2, 5), (9, 11, 7))
    assert np.array_equal(shifted[:, 2:], coarse[5:12, 0:9, 3:12]) and not shifted[:, :2].any()


def test_every_material_has_a_look_and_a_block_of_its_own():
    assert set(LOOKS) == set(Material) - {Material.VOID}
    assert len({look.block for look in LOOKS.values()} | {AIR}) == len(LOOKS) + 1
    assert len({look.colour for look in LOOKS.values()}) == len(LOOKS)


@pytest.mark.parametrize("suffix", WRITERS)
def test_each_file_holds_as_many_cells_of_each_material_as_the_ledger(tmp_path, matter, dense, suffix):
    assert in_file(WRITERS[suffix](matter, tmp_path / f"district{suffix}", silent)) == counts_of(dense)


@pytest.mark.parametrize("suffix", WRITERS)
def test_the_same_box_gives_the_same_bytes(tmp_path, matter, suffix):
    one = WRITERS[suffix](matter, tmp_path / "one" / f"district{suffix}", silent).path
    two = WRITERS[suffix](matter, tmp_path / "two" / f"district{suffix}", silent).path
    assert digest(one) == digest(two)


# ---- glTF ------------------------------------------------------------------------------------------------------------


def naive_faces(cells: np.ndarray) -> dict[tuple[int, int, int, int], int]:
    """Every face (x, y, z, face) of a small block that can be seen, with its material: the slow twin of `quads`."""
    found = {}
    around = ((-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1))
    whole = np.pad(cells, 1)
    for z, y, x in product(*(range(n) for n in cells.shape)):
        one = cells[z, y, x]
        for face, (dx, dy, dz) in enumerate(around):
            other = whole[1 + z + dz, 1 + y + dy, 1 + x + dx]
            if one and (other == 0 or (other == GLASS and one != GLASS)):
                found[x, y, z, face] = int(one)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_quads_cover_every_face_that_can_be_seen_once(seed: int):
    chance = np.random.default_rng(seed)
    cells = chance.choice([0, 0, LAMP, GLASS, 3], chance.integers(1, 12, 3)).astype(np.uint8)
    cells = np.repeat(cells, 2, axis=seed % 3)
    covered: dict[tuple[int, int, int, int], int] = {}
    mesher = Mesher()
    made = mesher.quads(np.pad(cells, 1))
    for q in made.tolist():
        at = [q & 255, q >> 8 & 255, q >> 16 & 255]
        face, width, height = q >> 40 & 7, q >> 24 & 255, q >> 32 & 255
        u, v = ((1, 2), (0, 2), (0, 1))[face >> 1]
        for i, j in product(range(width), range(height)):
            place = list(at)
            place[u] += i
            place[v] += j
            key = (*place, face)
            assert key not in covered
            covered[key] = q >> 43
    assert covered == naive_faces(cells)
    assert np.array_equal(made, mesher.quads(np.pad(cells, 1))), "working memory was not given back as it was"


def test_triangles_look_outward():
    cells = np.zeros((3, 3, 3), np.uint8)
    cells[1, 1, 1] = 3
    (surface,) = Mesher().surfaces(np.pad(cells, 1))
    corners = surface.corners[:, :3].astype(float)
    a, b, c = (corners[surface.indices.reshape(-1, 3)[:, n]] for n in range(3))
    outward = ((np.cross(b - a, c - a)) * ((a + b + c) / 3 - 1.5)).sum(axis=1)
    assert len(corners) == 8 and len(a) == 12 and (outward > 0).all()


def test_largest_regions_mesh():
    solid = np.full((130, 130, 130), 3, np.uint8)
    assert len(Mesher().quads(solid)) == 0  # all neighbours are matter
    whole = Mesher().surfaces(np.pad(solid[1:-1, 1:-1, 1:-1], 1))
    assert len(whole[0].corners) == 8 and whole[0].corners[:, :3].max() == 128
    chess = (np.indices((40, 40, 40)).sum(axis=0) % 2 * 3).astype(np.uint8)
    (surface,) = Mesher().surfaces(np.pad(chess, 1))
    assert surface.indices.dtype == np.uint32 and len(surface.indices) == 6 * 6 * 32_000


def seen_faces(dense: np.ndarray) -> int:
    """How many sides of cells can be seen."""
    whole = np.pad(dense, 1)
    seen = 0
    for axis, step in product(range(3), (-1, 1)):
        one, other = whole, np.roll(whole, step, axis)
        seen += int(((one != 0) & ((other == 0) | ((other == GLASS) & (one != GLASS)))).sum())
    return seen


def bounds_of(dense: np.ndarray, matter: Matter) -> list[list[float]]:
    """Lowest and highest corner of what stands, up z, from the middle of the box's floor."""
    z, y, x = np.nonzero(dense)
    nx, ny, _ = matter.shape
    return [
        [x.min() - nx / 2, y.min() - ny / 2, z.min()], [x.max() + 1 - nx / 2, y.max() + 1 - ny / 2, z.max() + 1],
    ]  # fmt: skip


def y_up(bounds: list[list[float]]) -> list[list[float]]:
    (x0, y0, z0), (x1, y1, z1) = bounds
    return [[x0, z0, -y1], [x1, z1, -y0]]


@pytest.mark.parametrize("quantised", [False, True])
def test_khronos_finds_nothing_wrong_and_trimesh_reads_the_same_surface(tmp_path, matter, dense, quantised):
    import trimesh

    written = glb.write(matter, tmp_path / "district.glb", silent, quantised)
    triangles = int(written.words.split()[0].replace(",", ""))
    said = judge("glb", str(written.path))
    assert (said["errors"], said["warnings"], said["infos"], said["hints"], said["messages"]) == (0, 0, 0, 0, [])
    assert said["triangles"] == triangles and said["materials"] == len(counts_of(dense))
    assert ("KHR_mesh_quantization" in said["extensionsUsed"]) == quantised
    scene = trimesh.load(written.path)
    assert sum(len(g.faces) for g in scene.geometry.values()) == triangles
    assert {g.visual.material.name for g in scene.geometry.values()} == {Material(m).name for m in counts_of(dense)}
    assert np.allclose(scene.bounds, y_up(bounds_of(dense, matter)), atol=1e-4)
    assert np.isclose(scene.to_geometry().area, seen_faces(dense))


def test_a_plain_model_demands_no_extension_and_says_what_is_optional(tmp_path, matter):
    """VTK refuses what is required and unknown, Assimp reads bytes as one point, others reckon no normals."""
    data = glb.write(matter, tmp_path / "district.glb", silent).path.read_bytes()
    length = int.from_bytes(data[12:16], "little")
    told, binary = json.loads(data[20 : 20 + length]), data[28 + length :]
    assert "extensionsRequired" not in told

    def read(number: int) -> np.ndarray:
        accessor = told["accessors"][number]
        view = told["bufferViews"][accessor["bufferView"]]
        kind, width = {5126: ("<f4", 3), 5123: ("<u2", 1), 5125: ("<u4", 1)}[accessor["componentType"]]
        begin = view["byteOffset"] + accessor["byteOffset"]
        return np.frombuffer(binary, kind, accessor["count"] * width, begin).reshape(-1, width)

    for mesh in told["meshes"]:
        for primitive in mesh["primitives"]:
            places, normals = read(primitive["attributes"]["POSITION"]), read(primitive["attributes"]["NORMAL"])
            accessor = told["accessors"][primitive["attributes"]["POSITION"]]
            assert accessor["min"] == places.min(axis=0).tolist() and accessor["max"] == places.max(axis=0).tolist()
            corners = read(primitive["indices"]).reshape(-1, 3)
            a, b, c = (places[corners[:, n]] for n in range(3))
            across = np.cross(b - a, c - a)
            across /= np.linalg.norm(across, axis=1, keepdims=True)
            for n in range(3):
                assert np.array_equal(across, normals[corners[:, n]])
    assert {view["target"] for view in told["bufferViews"]} == {34962, 34963}
    assert all(entry["name"] for name in ("meshes", "nodes", "materials", "bufferViews") for entry in told[name])


def test_a_coarse_model_is_as_large_as_a_fine_one(tmp_path, run, matter):
    import trimesh

    coarse = Matter(run.ledger, BOX, matter.day, 2)
    fine = trimesh.load(glb.write(matter, tmp_path / "fine.glb", silent).path)
    rough = trimesh.load(glb.write(coarse, tmp_path / "rough.glb", silent).path)
    assert judge("glb", str(tmp_path / "rough.glb"))["errors"] == 0
    assert np.abs(fine.bounds - rough.bounds).max() <= 4


# ---- STL, OBJ --------------------------------------------------------------------------------------------------------


def test_stl_and_obj_hold_the_surface_of_the_glb(tmp_path, matter, dense):
    import trimesh

    model = glb.write(matter, tmp_path / "district.glb", silent)
    triangles = model.words.split(" triangles")[0]
    solid = stl.write(matter, tmp_path / "district.stl", silent)
    read = trimesh.load(solid.path)
    assert f"{len(read.faces):,}" == triangles == solid.words.split(" triangles")[0]
    assert np.allclose(read.bounds, bounds_of(dense, matter)) and np.isclose(read.area, seen_faces(dense))
    assert not solid.path.read_bytes().startswith(b"solid"), "readers would take it for text"
    written = obj.write(matter, tmp_path / "my district.obj", silent)
    assert {p.name for p in tmp_path.glob("my*")} == {"my district.obj", "my_district.mtl"}
    scene = trimesh.load(written.path, split_object=False, group_material=True, process=False)
    parts = list(scene.geometry.values()) if isinstance(scene, trimesh.Scene) else [scene]
    assert f"{sum(len(p.faces) for p in parts):,}" == triangles == written.words.split(" triangles")[0]
    assert {p.visual.material.name for p in parts} == {Material(m).name for m in counts_of(dense)}
    colours = {p.visual.material.name: tuple(p.visual.material.diffuse[:3].tolist()) for p in parts}
    assert colours == {Material(m).name: LOOKS[Material(m)].colour for m in counts_of(dense)}
    low = np.min([p.bounds[0] for p in parts], axis=0)
    high = np.max([p.bounds[1] for p in parts], axis=0)
    assert np.allclose([low, high], y_up(bounds_of(dense, matter)))
    assert np.isclose(sum(p.area for p in parts), seen_faces(dense))


def read_obj(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Corners and triangles as they stand in the file."""
    lines = [line.split() for line in path.read_text().splitlines()]
    places = np.array([line[1:] for line in lines if line[0] == "v"], float)
    return places, np.array([line[1:] for line in lines if line[0] == "f"], np.int64) - 1


def test_corners_of_an_obj_are_shared_across_regions(tmp_path, matter):
    for closed in (False, True):
        places, faces = read_obj(obj.write(matter, tmp_path / "district.obj", silent, closed).path)
        assert len(np.unique(places, axis=0)) == len(places)
        assert np.array_equal(np.unique(faces), np.arange(len(places)))


def edges_shared(faces: np.ndarray) -> set[int]:
    """How many triangles edges belong to; and each must be walked once either way."""
    ways = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    assert len(np.unique(ways, axis=0)) == len(ways)
    _, shared = np.unique(np.sort(ways, axis=1), axis=0, return_counts=True)
    return set(shared.tolist())


def test_a_watertight_surface_is_closed_and_the_other_is_not(tmp_path, matter, dense):
    import trimesh

    assert not trimesh.load(stl.write(matter, tmp_path / "open.stl", silent).path).is_watertight
    closed = trimesh.load(stl.write(matter, tmp_path / "closed.stl", silent, watertight=True).path)
    assert closed.is_watertight and closed.is_winding_consistent
    cells = np.count_nonzero(dense)
    assert 0.999 * cells < closed.volume <= cells
    assert np.allclose(closed.bounds, bounds_of(dense, matter))
    _, faces = read_obj(obj.write(matter, tmp_path / "closed.obj", silent, watertight=True).path)
    assert len(faces) == len(closed.faces) and edges_shared(faces) == {2}


@pytest.mark.parametrize("seed", range(8))
def test_any_block_can_be_closed(seed):
    """Also one in which cells touch along edges and at corners everywhere."""
    chance = np.random.default_rng(seed)
    cells = (chance.random(chance.integers(2, 9, 3)) < chance.uniform(0.2, 0.8)).astype(np.uint8) * 3
    cells[0, 0, 0] = GLASS
    found = [triangles(p.places) for p in watertight(np.pad(cells, 1))]
    corners = np.concatenate(found)
    _, faces = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
    assert edges_shared(faces.reshape(-1, 3)) == {2}
    a, b, c = (corners[:, n] / UNITS for n in range(3))
    volume = float((a * np.cross(b, c)).sum() / 6)
    pinched = sum(
        int((p & q & ~r & ~s).sum())
        for p, q, r, s in around_edges(np.pad(cells != 0, 1))
    )  # fmt: skip
    # From each of the two cells at a pinched edge a wedge of 1/24 of 1/8 is taken twice, towards either face.
    assert volume == pytest.approx(np.count_nonzero(cells) - pinched / 24)


def around_edges(solid: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """For every edge of the lattice, both ways: two cells that lie across from each other, and the other two."""
    for a, b in ((0, 1), (0, 2), (1, 2)):
        turned = np.moveaxis(solid, (a, b), (0, 1))
        one, two, three, four = turned[:-1, :-1], turned[1:, 1:], turned[1:, :-1], turned[:-1, 1:]
        yield one, two, three, four
        yield three, four, one, two


# ---- MagicaVoxel -----------------------------------------------------------------------------------------------------


def test_three_reads_the_same_voxels(tmp_path, matter, dense):
    written = vox.write(matter, tmp_path / "district.vox", silent)
    said = judge("vox", str(written.path))
    assert {int(m): n for m, n in said["counts"].items()} == counts_of(dense)
    assert said["models"] == int(written.words.split()[0])
    for material, look in LOOKS.items():
        assert said["palette"][material] & 0xFFFFFF == int.from_bytes(bytes(look.colour), "little")
    # Three turns y up; each model shows its cells from its middle, so halves of a cell would show here.
    z, y, x = np.nonzero(dense)
    nx, ny, _ = (n // 2 for n in matter.shape)
    assert said["min"] == [x.min() - nx, z.min(), ny - y.max() - 1]
    assert said["max"] == [x.max() + 1 - nx, z.max() + 1, ny - y.min()]


def test_voxels_lie_where_they_stand(tmp_path, matter, dense):
    """Read by hand, after the published layout: models, then where the scene graph puts them."""
    data = vox.write(matter, tmp_path / "district.vox", silent).path.read_bytes()
    numbers = lambda at, n: np.frombuffer(data, "<u4", n, at).tolist()  # noqa: E731
    at, models, places = 20, [], []
    assert data[8:12] == b"MAIN" and numbers(16, 1)[0] == len(data) - 20
    while at < len(data):
        name, (size, _) = data[at : at + 4], numbers(at + 4, 2)
        body = at + 12
        if name == b"SIZE":
            models.append([np.array(numbers(body, 3))])
        elif name == b"XYZI":
            models[-1].append(np.frombuffer(data, np.uint8, 4 * numbers(body, 1)[0], body + 4).reshape(-1, 4).astype(int))
        elif name == b"nTRN" and b"_t" in data[body : body + size]:
            places.append([int(n) for n in data[body : body + size].split(b"_t")[1][4:].decode().split()])
        at = body + size
    into = np.zeros_like(dense)
    nx, ny, _ = matter.shape
    for (size, voxels), place in zip(models, places):
        corner = np.array(place) - size // 2 + np.array([nx // 2, ny // 2, 0])
        x, y, z = (voxels[:, :3] + corner).T
        into[z, y, x] = voxels[:, 3]
    assert np.array_equal(into, dense)


# ---- Minecraft -------------------------------------------------------------------------------------------------------


def read_schematic(path: Path) -> tuple[np.ndarray, dict[int, str], tuple[int, int, int], dict[str, Any]]:
    """Block numbers [y, z, x], palette, offset and the whole, by nbtlib."""
    import nbtlib

    root = nbtlib.load(path)
    root = root.get("Schematic", root)
    blocks = root.get("Blocks", root)
    data = np.array(blocks["Data"] if "Blocks" in root else blocks["BlockData"], np.uint8)
    shape = (int(root["Height"]), int(root["Length"]), int(root["Width"]))
    palette = {int(number): str(block) for block, number in blocks["Palette"].items()}
    return data.reshape(shape), palette, tuple(int(n) for n in root["Offset"]), root


@pytest.mark.parametrize("version", [2, 3])
def test_nbtlib_and_prismarine_read_the_same_blocks(tmp_path, run, version):
    box: Box = ((-61, 60), (-60, 50), (-33, 100))
    matter = Matter(run.ledger, box, run.city.day - 1)
    dense = run.ledger.materialise(box, matter.day)
    written = schem.write(matter, tmp_path / "district.schem", silent, version)
    cells, palette, offset, root = read_schematic(written.path)
    assert int(root["Version"]) == version and offset == (0, 0, 0)
    assert palette == {0: AIR} | {int(m): look.block for m, look in LOOKS.items()}
    assert np.array_equal(cells, dense[:, ::-1, :])  # north is where our y grows
    if version == 3:
        return  # prismarine-schematic knows version 2 only
    z, y, x = (int(n[len(n) // 2]) for n in np.nonzero(dense))
    probe = [x, z, dense.shape[1] - 1 - y]
    said = judge("schem", str(written.path), json.dumps([probe]))
    assert said["size"] == [121, 133, 110]
    block = LOOKS[Material(dense[z, y, x])].block
    assert said["probe"][",".join(map(str, probe))] == block.removeprefix("minecraft:").split("[")[0]
    counts = counts_of(dense)
    assert {int(m): n for m, n in said["counts"].items() if m != "0"} == counts
    assert said["counts"]["0"] == dense.size - sum(counts.values())


def test_tiles_together_are_the_box(tmp_path, matter, dense):
    written = schem.write(matter, tmp_path / "district.schem", silent)
    assert written.path == tmp_path / "district"
    tiles = sorted(written.path.glob("*.schem"))
    assert len(tiles) == 4
    into = np.zeros_like(dense[:, ::-1, :])
    for tile in tiles:
        cells, _, (x, y, z), root = read_schematic(tile)
        assert [int(root["Metadata"][f"WEOffset{axis}"]) for axis in "XYZ"] == [x, y, z]
        assert max(cells.shape[1:]) <= 128
        into[y : y + cells.shape[0], z : z + cells.shape[1], x : x + cells.shape[2]] = cells
    assert np.array_equal(into, dense[:, ::-1, :])
    assert (written.path / "paste.txt").read_text().count("//schem load") == 4


def test_litemapy_reads_the_same_blocks(tmp_path, run):
    import litemapy

    box: Box = ((-61, 84), (-9, 8), (-3, 28))  # few blocks in two regions: litemapy gives them one by one
    matter = Matter(run.ledger, box, run.city.day - 1)
    dense = run.ledger.materialise(box, matter.day)
    written = litematic.write(matter, tmp_path / "district.litematic", silent)
    read = litemapy.Schematic.load(str(written.path))
    assert (read.name, read.width, read.height, read.length, len(read.regions)) == ("district", 145, 31, 17, 2)
    into = np.zeros_like(dense[:, ::-1, :])  # y, z, x of Minecraft
    for region in read.regions.values():
        for x, y, z in product(range(region.width), range(region.height), range(region.length)):
            block = region[x, y, z].to_block_state_identifier()
            into[region.y + y, region.z + z, region.x + x] = BLOCKS[block]
    assert np.array_equal(into, dense[:, ::-1, :])


def test_blocks_are_packed_without_gaps():
    """Five bits a block, lowest first: the 13th block reaches over the border of two numbers."""
    numbers = np.zeros(14, np.uint8)
    numbers[0], numbers[12], numbers[13] = 3, 0b10011, 1
    first, second = np.frombuffer(litematic.packed(numbers), ">u8").tolist()
    assert first == 3 | (0b0011 << 60) and second == 0b1 | (1 << 1)


# ---- Zarr ------------------------------------------------------------------------------------------------------------


def test_tensorstore_and_xarray_read_the_same_arrays(tmp_path, run, matter, dense):
    import tensorstore
    import xarray

    path = ome_zarr.write(matter, tmp_path / "district.zarr", silent).path
    told = json.loads((path / "zarr.json").read_text())["attributes"]
    (scales,) = told["ome"]["multiscales"]
    assert told["ome"]["version"] == "0.5" and [a["name"] for a in scales["axes"]] == ["z", "y", "x"]
    assert len(scales["datasets"]) == 2
    for level, dataset in enumerate(scales["datasets"]):
        spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": str(path / dataset["path"])}}
        read = np.asarray(tensorstore.open(spec).result().read().result())
        coarse = Matter(run.ledger, BOX, matter.day, level)
        assert np.array_equal(read, coarse.read(level, (0, 0, 0), coarse.shape) if level else dense)
        scale, shift = (t[t["type"]] for t in dataset["coordinateTransformations"])
        # the middle of the first voxel, when a cell lies at its own whole numbers
        assert scale == [2**level] * 3
        assert shift == [low + (2**level - 1) / 2 for low, _ in BOX[::-1]]
    opened = xarray.open_zarr(path, consolidated=False, drop_variables=["1"])
    assert opened["0"].dims == ("z", "y", "x") and np.array_equal(opened["0"].values, dense)
    assert told["megastructure"]["materials"]["11"] == "LAMP" and told["megastructure"]["day"] == matter.day
    # What numbers mean stands with the labels: an image that says so of itself is hidden by napari.
    assert set(told["ome"]) == {"version", "multiscales", "omero"}
    assert told["ome"]["omero"]["channels"][0]["window"] == {"min": 0, "max": 26, "start": 0, "end": 26}
    labels = json.loads((path / "labels" / "zarr.json").read_text())["attributes"]["ome"]
    assert labels == {"version": "0.5", "labels": ["materials"]}
    label = json.loads((path / "labels" / "materials" / "zarr.json").read_text())["attributes"]["ome"]
    assert {c["label-value"] for c in label["image-label"]["colors"]} == set(counts_of(dense))
    assert label["image-label"]["source"] == {"image": "../../"}
    assert label["multiscales"][0]["datasets"] == scales["datasets"]
    for level in ("0", "1"):
        assert digest(path / level) == digest(path / "labels" / "materials" / level)


def test_a_link_opens_neuroglancer_with_our_axes_and_colours(run, tmp_path, matter, dense):
    written = ome_zarr.write(matter, tmp_path / "my #1 district.zarr", silent)
    address, _, state = written.link.partition("#!")
    assert address == "https://neuroglancer-demo.appspot.com/" and not set(state) - set(SAFE)
    told = json.loads(unquote(state))
    assert list(told["dimensions"]) == ["x", "y", "z"] and told["position"] == [(a + b) / 2 for a, b in BOX]
    (layer,) = told["layers"]
    assert layer["source"] == "zarr3://http://localhost:8080/my%20%231%20district.zarr/labels/materials"
    assert {int(n) for n in layer["segmentColors"]} == set(counts_of(dense))
    assert layer["segmentColors"]["11"] == "#ffecc8"
    code, output = said(str(run.directory), str(tmp_path / "it's.zarr"), "--box=-61:84,-70:61,-33:100")
    words = shlex.split(output.splitlines()[-1].split("shows it: ")[1])
    assert code == 0 and len(words) == 1 and "it%27s.zarr" in unquote(words[0])


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "box", "says"),
    [
        (".vox", ((-1500, 1500), (0, 9), (0, 9)), "3,000 cells along x: MagicaVoxel shows 2,000 at most.*--lod 1"),
        (".schem", ((0, 9), (0, 9), (-100, 500)), "600 blocks high.*384.*z = -100:284, or --lod 1"),
        (".schem", ((0, 9), (0, 9), (0, 1200)), "--lod 2"),
        (".glb", ((0, 9), (0, 9), (5000, 5100)), "nothing stands there at the end of year 200"),
        (".vox", ((0, 9), (0, 9), (5000, 5100)), "nothing stands there"),
        (".schem", ((0, 9), (0, 9), (5000, 5100)), "nothing stands there"),
        (".litematic", ((0, 9), (0, 9), (-100, 500)), "600 blocks high.*384.*z = -100:284, or --lod 1"),
        (".litematic", ((0, 9), (0, 9), (5000, 5100)), "nothing stands there"),
        (".obj", ((0, 9), (0, 300_000), (0, 9)), "300,000 cells along y: an .obj holds 262,143 here.*--lod 1"),
        (".obj", ((0, 9), (0, 9), (5000, 5100)), "nothing stands there"),
        (".stl", ((0, 9), (0, 9), (5000, 5100)), "nothing stands there"),
        (".zarr", ((0, 9), (0, 9), (5000, 5100)), "nothing stands there"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_and_nothing_is_left(tmp_path, run, suffix, box, says):
    with pytest.raises(MegastructureError, match=says):
        WRITERS[suffix](Matter(run.ledger, box, run.city.day - 1), tmp_path / f"district{suffix}", silent)
    assert list(tmp_path.iterdir()) == []


def test_the_advice_of_a_refusal_helps(tmp_path, run):
    box: Box = ((-1500, 1500), (-9, 9), (0, 50))
    assert vox.write(Matter(run.ledger, box, run.city.day - 1, 1), tmp_path / "a.vox", silent).cells > 0
    high: Box = ((0, 9), (0, 9), (-550, 50))
    assert schem.write(Matter(run.ledger, high, run.city.day - 1, 1), tmp_path / "a.schem", silent).cells > 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1:2,3:4", "expected X0:X1,Y0:Y1,Z0:Z1"),
        ("1:2,3:4,5:x", "expected X0:X1"),
        ("5:5,0:1,0:1", "x = 5:5: expected a start below its end"),
        ("0:1,9:3,0:1", "y = 9:3"),
        ("0:1,0:1,0:99999999", "within"),
    ],
)
def test_a_box_that_is_none_is_told(run, text, says):
    with pytest.raises(MegastructureError, match=says):
        ask.box_of(text, run.ledger)


def test_all_is_everything_that_stands(run):
    box = ask.box_of("all", run.ledger)
    lots = run.ledger.lots()
    assert Matter(run.ledger, box, 0).pieces().min() >= 0
    for axis, (low, high) in enumerate(box):
        assert low <= lots[:, axis].min() * 16 and lots[:, axis].max() * 16 + 16 <= high


def test_whoever_names_no_box_gets_an_old_dense_place(tmp_path, run):
    written, place = door.export_matter(run, tmp_path / "place.schem", ".schem")
    assert written.cells > 10_000 and "around" in place and "year 200" in place
    young, _ = door.export_matter(run, tmp_path / "young.schem", ".schem", year=20)
    assert 0 < young.cells < written.cells


def said(*words: str) -> tuple[int, str]:
    """Exit code and message of the command, as `main` would show it."""
    done = CliRunner().invoke(cli, ["export", *words], standalone_mode=False)
    if isinstance(done.exception, MegastructureError):
        return done.exception.exit_code, str(done.exception)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return int(done.exit_code), done.output


def test_the_command_says_what_it_wrote(tmp_path, run):
    code, output = said(str(run.directory), str(tmp_path / "a.glb"), "--box=-61:84,-70:61,-33:100", "--year", "150")
    assert code == 0 and "triangles in" in output and "box -61:84,-70:61,-33:100, year 150" in output
    bay = door.export_matter(run, tmp_path / "b.vox", ".vox", box="-9:9,-9:9,-9:9")[0]
    assert bay.path.exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["a.xyz"], "expected a file that ends with one of .glb"),
        (["a.glb", "--format", "ply"], "--format ply"),
        (["a.obj", "--quantised"], "--quantised: .obj has no such form; expected it only with .glb"),
        (["a.glb", "--watertight"], "--watertight: .glb has no such form; expected it only with .obj, .stl"),
        (["a.nwk", "--watertight"], "--watertight: .nwk holds the whole history"),
        (["a.glb", "--year", "999"], "--year 999: expected a year in 0..200"),
        (["a.glb", "--day", "72000"], "--day 72000: expected a day in 0..71,999"),
        (["a.glb", "--year", "1", "--day", "2"], "expected one of them"),
        (["a.glb", "--lod", "99"], "--lod 99: expected 0..8"),
        (["a.glb", "--box", "0:9,0:9,0:9", "--at", "Killy"], "expected one of them"),
        (["a.glb", "--at", "Nobody Atall"], "nobody and nothing here has this name"),
        (["a.schem", "--schem-version", "4"], "--schem-version 4: expected 2 or 3"),
        (["a.nwk", "--year", "100"], "--year: .nwk holds the whole history"),
        (["a.nwk", "--tree", "cities"], "--tree cities: expected one of foremen"),
    ],
)
def test_a_mistake_is_one_line(tmp_path, monkeypatch, run, words, says):
    monkeypatch.chdir(tmp_path)
    code, message = said(str(run.directory), *words)
    assert code == 2 and says in message and "\n" not in message
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_matter_offers_its_history(tmp_path):
    with Run.create(SMALL.with_knobs(works=0, years=1), tmp_path / "outline") as begun:
        begun.advance()
        with pytest.raises(MegastructureError, match=r"outline mode.*\.parquet"):
            door.export_matter(begun, tmp_path / "a.glb", ".glb")


# ---- whole or not at all ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", WRITERS)
def test_an_export_that_is_interrupted_leaves_nothing(tmp_path, matter, suffix):
    def stop(done: int, total: int) -> None:
        if done == (total > 1):
            raise KeyboardInterrupt

    (tmp_path / f"old{suffix}").touch() if suffix in (".glb", ".obj", ".stl", ".vox") else None
    with pytest.raises(KeyboardInterrupt):
        WRITERS[suffix](matter, tmp_path / f"old{suffix}", stop)
    assert [(p.name, p.stat().st_size) for p in tmp_path.iterdir()] in ([], [(f"old{suffix}", 0)])


def test_sigterm_sweeps_up(tmp_path, matter):
    def stop(done: int, total: int) -> None:
        told(done, total)
        os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(SystemExit) as ended, work_shown("writing") as told:
        glb.write(matter, tmp_path / "district.glb", stop)
    assert ended.value.code == 143 and list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_and_a_folder_never(tmp_path):
    (tmp_path / "file").write_text("old")
    with new_file(tmp_path / "file") as part:
        part.write_text("new")
    assert (tmp_path / "file").read_text() == "new"
    (tmp_path / "folder").mkdir()
    with new_folder(tmp_path / "folder") as part:
        (part / "x").touch()
    with pytest.raises(MegastructureError, match="something stands there already"), new_folder(tmp_path / "folder"):
        pass
    with pytest.raises(MegastructureError, match="a folder stands there"), new_file(tmp_path / "folder"):
        pass
    with (
        pytest.raises(MegastructureError, match=r"Not a directory: .*file; choose another name"),
        new_file(tmp_path / "file" / "below") as part,
    ):
        part.touch()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]
