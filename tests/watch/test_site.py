"""A site holds what the server would answer, is whole or not there, and refuses what it cannot write."""

from __future__ import annotations

import json

import pytest

from megastructure.ground.tables import YEAR
from megastructure.watch.site import chunks_around, write_site
from megastructure.words.errors import MegastructureError
from worlds import watched
from worlds.client import ask


def test_files_are_what_the_server_answers(tmp_path):
    site = tmp_path / "site"
    write_site(watched.run(), site, "200,420", "0,0,0,40", folder=watched.page_folder())
    data = site / "data"
    assert (site / "index.html").read_text().startswith("<!doctype html>") and (site / "assets" / "main-1.js").is_file()
    info, asked = json.loads((data / "info.json").read_text()), ask("/api/info").json
    days = [200 * YEAR - 1, watched.view().last]
    assert info == asked | {"site": {"days": days}}
    for x, y, z, _ in info["tiles"]:
        assert (data / "boxes" / f"{x}_{y}_{z}.bin").read_bytes() == ask(f"/api/boxes/{x},{y},{z}").body
    chunks = watched.view().chunks
    quads = 0
    for day in days:
        listed = json.loads((data / f"chunks-{day}.json").read_text())
        for name, (first, last, digest, count) in listed.items():
            key = tuple(int(n) for n in name.split(","))
            (span,) = chunks.spans([key], day)
            assert (span.hash, span.quads) == (int(digest, 16), count) and first <= day <= last
            if count:
                assert (data / "mesh" / f"{digest}.bin").read_bytes() == chunks.bytes_of(key, span, day)
            quads += count
        assert (data / "overlay" / f"age-{day}.bin").read_bytes() == ask(f"/api/overlay/age?day={day}").body
        assert len((data / "overlay" / f"known-{day}.bin").read_bytes()) == info["foremen"]
        assert isinstance(json.loads((data / f"figures-{day}.json").read_text()), list)
    assert quads > 1000
    legend = json.loads((data / "legend.json").read_text())
    assert legend["infection"] == ask("/api/legend/infection").json
    assert json.loads((data / "curves.json").read_text()) == ask("/api/curves?spoilers=1").json
    events = json.loads((data / "events.json").read_text())
    assert {e["name"] for e in ask("/api/events?top=100&spoilers=1").json} <= {e["name"] for e in events}
    found = json.loads((data / "search.json").read_text())
    assert any(f["called"] == "Killy" for f in found)
    for one in found[:40]:
        kept = json.loads((data / "things" / f"{one['name']}.json").read_text())
        assert kept == ask(f"/api/thing/{one['name']}?spoilers=1").json
    killy = next(f["name"] for f in found if f["called"] == "Killy")
    assert json.loads((data / "path" / f"{killy}.json").read_text()) == ask(f"/api/path/{killy}?spoilers=1").json


def test_the_same_run_makes_the_same_site(tmp_path):
    contents = []
    for name in ("a", "b"):
        write_site(watched.run(), tmp_path / name, "100", "0,0,0,20", folder=watched.page_folder())
        files = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        contents.append([(p.relative_to(tmp_path / name).as_posix(), p.read_bytes()) for p in files])
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    ("years", "box", "told"),
    [
        ("x", None, "--years x"), ("421", None, "--years 421"), ("-1", None, "--years -1"), (",", None, "--years ,"),
        (None, "1,2,3", "--box 1,2,3"), (None, "1,2,3,0", "distance"), (None, "1,2,3,99999", "distance"),
        (None, "a,b,c,d", "--box"), (None, "99999999,0,0,5", "place in the world"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_one_line_and_leaves_nothing(tmp_path, years, box, told):
    with pytest.raises(MegastructureError, match=told):
        write_site(watched.run(), tmp_path / "site", years, box, folder=watched.page_folder())
    assert list(tmp_path.iterdir()) == []


def test_a_directory_in_use_is_refused_and_a_failure_leaves_nothing(tmp_path, monkeypatch):
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "mine.txt").write_text("mine")
    with pytest.raises(MegastructureError, match="not empty"):
        write_site(watched.run(), tmp_path / "used", folder=watched.page_folder())
    from megastructure.watch import site as module

    def full(*_):
        raise OSError(28, "No space left on device", "x.bin")

    monkeypatch.setattr(module, "_lives", full)
    with pytest.raises(MegastructureError, match="No space left"):
        write_site(watched.run(), tmp_path / "new", "100", "0,0,0,20", folder=watched.page_folder())
    assert [p.name for p in tmp_path.iterdir()] == ["used"]


def test_chunks_around_a_place_cover_it_and_stay_in_the_city():
    keys = chunks_around((10, 10, 10), 40, [-64, -64, 0], [64, 64, 32])
    assert {k for k in keys if k[0] == 0} == {(0, x, y, 0) for x in (-1, 0, 1) for y in (-1, 0, 1)}
    assert len(keys) == len(set(keys)) and all(k[0] in (0, 1, 2) for k in keys)
