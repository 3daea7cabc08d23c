"""What leaves the city as matter: independent readers find in each file what stands in the ledger."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from megastructure.door.cli import cli
from megastructure.door.terminal import work_shown
from megastructure.export import ask, door, glb, ome_zarr, schem, vox
from megastructure.export.palette import AIR, LOOKS
from megastructure.export.place import new_file, new_folder
from megastructure.export.quads import Mesher
from megastructure.export.region import Matter
from megastructure.export.told import Written
from megastructure.ground.codes import GLASS, LAMP, Material
from megastructure.ground.scenario import Scenario
from megastructure.matter.ledger import Box
from megastructure.matter.mesh import halve
from megastructure.memory.run import Run
from megastructure.words.errors import CannotWrite, MegastructureError

JUDGES = Path(__file__).parent / "judges"
SMALL = Scenario.load("quick").with_knobs(years=200, people=0, world_radius_lots=14, growth_income=400)
BOX: Box = ((-61, 84), (-70, 61), (-33, 100))  # odd sizes, off the grid of lots, more than one region each way
WRITERS = {".glb": glb.write, ".vox": vox.write, ".schem": schem.write, ".zarr": ome_zarr.write}


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


def test_khronos_finds_nothing_wrong_and_trimesh_reads_the_same_surface(tmp_path, matter, dense):
    import trimesh

    written = glb.write(matter, tmp_path / "district.glb", silent)
    triangles = int(written.words.split()[0].replace(",", ""))
    said = judge("glb", str(written.path))
    assert (said["errors"], said["warnings"], said["infos"], said["hints"], said["messages"]) == (0, 0, 0, 0, [])
    assert said["triangles"] == triangles and said["materials"] == len(counts_of(dense))
    scene = trimesh.load(written.path)
    assert sum(len(g.faces) for g in scene.geometry.values()) == triangles
    assert {g.visual.material.name for g in scene.geometry.values()} == {Material(m).name for m in counts_of(dense)}
    z, y, x = np.nonzero(dense)
    middle = np.array(matter.shape) / 2
    # y of the file is our z; z of the file is minus our y
    low = [x.min() - middle[0], z.min(), middle[1] - y.max() - 1]
    high = [x.max() + 1 - middle[0], z.max() + 1, middle[1] - y.min()]
    assert np.allclose(scene.bounds, [low, high], atol=1e-4)
    whole = np.pad(dense, 1)
    seen = 0
    for axis, step in product(range(3), (-1, 1)):
        one, other = whole, np.roll(whole, step, axis)
        seen += int(((one != 0) & ((other == 0) | ((other == GLASS) & (one != GLASS)))).sum())
    assert np.isclose(scene.to_geometry().area, seen)


def test_a_coarse_model_is_as_large_as_a_fine_one(tmp_path, run, matter):
    import trimesh

    coarse = Matter(run.ledger, BOX, matter.day, 2)
    fine = trimesh.load(glb.write(matter, tmp_path / "fine.glb", silent).path)
    rough = trimesh.load(glb.write(coarse, tmp_path / "rough.glb", silent).path)
    assert judge("glb", str(tmp_path / "rough.glb"))["errors"] == 0
    assert np.abs(fine.bounds - rough.bounds).max() <= 4


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
    assert {c["label-value"] for c in told["ome"]["image-label"]["colors"]} == set(counts_of(dense))


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
        (["a.glb", "--format", "obj"], "--format obj"),
        (["a.glb", "--year", "999"], "--year 999: expected a year in 0..200"),
        (["a.glb", "--day", "72000"], "--day 72000: expected a day in 0..71999"),
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

    (tmp_path / f"old{suffix}").touch() if suffix in (".glb", ".vox") else None
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
    with pytest.raises(CannotWrite, match="cannot write"), new_file(tmp_path / "file" / "below") as part:
        part.touch()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]
