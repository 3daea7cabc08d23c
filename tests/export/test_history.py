"""What leaves a run as history: other people's readers find the same tables, events and descents."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from megastructure.door.cli import cli
from megastructure.export import door, newick, ocel
from megastructure.export.history import History
from megastructure.ground.codes import EventKind
from megastructure.ground.tables import TABLES, Events
from megastructure.memory.archive import Archive
from megastructure.told.sentences import KINDS, Speaker
from megastructure.words.declare import columns
from megastructure.words.errors import MegastructureError
from megastructure.words.names import spoken, spoken_place
from worlds import made_run
from worlds.rows import rows as by_hand


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_run.make(tmp_path_factory.mktemp("runs") / "made")


@pytest.fixture(scope="module")
def events(run: Path) -> np.ndarray:
    with Archive.open_to_read(run) as archive:
        return archive.read("events")


def digest(path: Path) -> str:
    files = [path] if path.is_file() else sorted(path.iterdir())
    return hashlib.blake2b(b"".join(f.name.encode() + f.read_bytes() for f in files)).hexdigest()


@pytest.mark.parametrize("kind", door.HISTORY)
def test_the_same_history_gives_the_same_bytes(tmp_path, run, kind):
    one, two = (door.export_history(run, tmp_path / n / f"history{kind}", kind).path for n in ("one", "two"))
    assert digest(one) == digest(two)


# ---- Parquet ---------------------------------------------------------------------------------------------------------


def test_duckdb_reads_every_table_as_it_is_declared(tmp_path, run):
    import duckdb

    folder = door.export_history(run, tmp_path / "history.parquet", ".parquet").path
    assert {p.stem for p in folder.iterdir()} == {*TABLES, "kinds"}
    with History(run) as history:
        for name, table in TABLES.items():
            read = duckdb.read_parquet(str(folder / f"{name}.parquet"))
            whole = np.concatenate([rows for _, rows in history.slices(name)] or [np.empty((0, len(columns(table))))])
            assert len(read) == len(whole)
            for number, column in enumerate(columns(table)):
                values = read.project(f'"{column.name}"').fetchnumpy()[column.name]
                assert values.dtype == np.dtype(column.col.dtype) and np.array_equal(values, whole[:, number])
            serials = read.project("serial").fetchnumpy()["serial"]
            assert np.array_equal(serials, np.arange(len(whole)))


def test_polars_reads_names_and_sentences(tmp_path, run, events):
    import polars

    folder = door.export_history(run, tmp_path / "history.parquet", ".parquet").path
    read = polars.read_parquet(folder / "events.parquet")
    speaker = Speaker("seed", [made_run.WANDERER])
    wanted = [
        speaker.tell(
            int(e[Events.kind]), int(e[Events.who]), int(e[Events.whom]), int(e[Events.place]), int(e[Events.magnitude])
        )
        for e in events
    ]
    assert read["sentence"].to_list() == wanted
    assert read["kind_name"].to_list() == [EventKind(int(k)).name for k in events[:, Events.kind]]
    assert read["year"].to_list() == (events[:, Events.day] // 360).tolist()
    persons = polars.read_parquet(folder / "persons.parquet")
    assert persons["called"].to_list() == [spoken(n) for n in persons["name"]]
    bays = polars.read_parquet(folder / "foremen.parquet")
    assert bays["bay_called"].to_list() == [spoken_place(n) for n in bays["name"]]


def test_columns_bring_their_meaning(tmp_path, run):
    import pyarrow.parquet as pq

    folder = door.export_history(run, tmp_path / "history.parquet", ".parquet").path
    schema = pq.read_schema(folder / "persons.parquet")
    assert schema.field("died").metadata[b"says"] == b"[day] day of death; -1: alive"
    assert schema.metadata[b"table"].startswith(b"Everyone who ever lived")


# ---- OCEL ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [".json", ".sqlite"])
def test_an_ocel_reader_accepts_the_log_and_finds_all_of_it(tmp_path, run, events, kind):
    from oceldb import io as reader

    path = door.export_history(run, tmp_path / f"log{kind}", kind).path
    convert = reader.convert_json if kind == ".json" else reader.convert_sqlite
    log = convert(path, tmp_path / "read", validate=True)
    log.validate()
    told = log.events().collect()
    assert len(told) == len(events)
    captions, numbers = np.unique([KINDS[EventKind(int(k))].caption for k in events[:, Events.kind]], return_counts=True)
    found = told["ocel_type"].value_counts().sort("ocel_type")
    assert found["ocel_type"].to_list() == captions.tolist() and found["count"].to_list() == numbers.tolist()
    assert sorted(told["day"].to_list()) == events[:, Events.day].tolist()
    minutes = (told["ocel_time"].dt.epoch("s") - 946_684_800) / 60
    assert minutes.to_list() == told["day"].to_list()
    with History(run) as history:
        things = list(ocel.things(history))
        links = [(e.id, other, q) for e in ocel.happenings(history, lambda done, total: None) for other, q in e.relations]
    objects = log.objects().collect()
    assert sorted(objects["ocel_id"].to_list()) == sorted(t.id for t in things)
    assert len(log.e2o().collect()) == len(links) and len(log.o2o().collect()) == sum(len(t.relations) for t in things)


def test_whom_an_event_concerns(run, events):
    with History(run) as history:
        told = list(ocel.happenings(history, lambda done, total: None))
    by_kind = {e.kind: e for e in told}
    child = f"person:{made_run.person(made_run.PERSONS - 1)}"
    births = [e for e in told if e.kind == EventKind.PERSON_BORN and (child, "who") in e.relations]
    assert [q for _, q in births[0].relations] == ["who", "whom", "place"]
    shot = by_kind[EventKind.SHOT]
    assert shot.relations == [("shot:1", "who"), (f"wanderer:{made_run.WANDERER}", "whom")]
    # The cult's author is nobody of whom there is a table.
    # And whoever is both who and where it happens is named once.
    assert by_kind[EventKind.STRIKE].relations == [(f"bay:{made_run.bay(3)}", "who")]
    assert by_kind[EventKind.FOUNDING].attributes[-1].startswith("The foreman of ")


def test_every_event_has_objects_and_none_of_them_twice(run, events):
    """Readers drop events without objects, and count a repeated one as two."""
    with History(run) as history:
        told = list(ocel.happenings(history, lambda done, total: None))
        (city,) = [t for t in ocel.things(history) if t.type == "city"]
    assert len(told) == len(events) and all(e.relations for e in told)
    assert all(len({other for other, _ in e.relations}) == len(e.relations) for e in told)
    of_city = {KINDS[e.kind].caption for e in told if (city.id, "city") in e.relations}
    assert "dawn of the era" in of_city and city.attributes == [made_run.END]
    assert all(len(e.relations) == 1 for e in told if (city.id, "city") in e.relations)


FULL = """
import resource, signal, sys
from megastructure.door.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # it would end the process before the error is seen
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no file can be kept from growing there")
@pytest.mark.parametrize("kind", [".sqlite", ".json", ".parquet"])
def test_a_disk_that_is_full_is_one_line_and_leaves_nothing(tmp_path, run, kind):
    """SQLite has errors of its own. A file that may not grow stands for the disk."""
    words = [sys.executable, "-c", FULL, "export", str(run), str(tmp_path / f"log{kind}")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 74 and done.stderr.count("\n") == 1 and "cannot write" in done.stderr, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_who_is_of_whom(run):
    with History(run) as history:
        things = {t.id: t for t in ocel.things(history)}
    carrier = things[f"person:{made_run.person(made_run.CARRIER)}"]
    assert (f"person:{made_run.person(made_run.LED_A)}", "mother") in carrier.relations
    assert not [q for _, q in carrier.relations if q == "father"]  # -1: unknown
    assert things[f"bay:{made_run.bay(5)}"].relations == [(f"bay:{made_run.bay(2)}", "sent by")]
    assert [t.type for t in things.values()].count("shot") == 1


def test_json_and_sqlite_say_the_same(tmp_path, run):
    log = json.loads(door.export_history(run, tmp_path / "log.json", ".json").path.read_text())
    base = sqlite3.connect(door.export_history(run, tmp_path / "log.sqlite", ".sqlite").path)
    assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert base.execute("PRAGMA foreign_key_check").fetchall() == []
    maps = dict(base.execute("SELECT ocel_type, ocel_type_map FROM event_map_type"))
    assert len(set(maps.values())) == len(maps) == len(log["eventTypes"])
    for event in log["events"][:: max(1, len(log["events"]) // 60)]:
        row = base.execute(f"SELECT * FROM event_{maps[event['type']]} WHERE ocel_id = ?", (event["id"],)).fetchone()
        assert [row[0], row[1].replace(" ", "T") + "Z"] == [event["id"], event["time"]]
        assert list(row[2:]) == [a["value"] for a in event["attributes"]]
    assert base.execute("SELECT count(*) FROM event").fetchone()[0] == len(log["events"])
    assert base.execute("SELECT count(*) FROM object_object").fetchone()[0] == sum(
        len(o["relationships"]) for o in log["objects"]
    )


# ---- Newick ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tree", newick.TREES)
def test_dendropy_reads_the_same_descent(tmp_path, run, tree):
    import dendropy

    path = door.export_history(run, tmp_path / "tree.nwk", ".nwk", tree).path
    table, name, parent, birth, call = newick.TREES[tree]
    with History(run) as history:
        rows = history.table(table)
    read = dendropy.Tree.get(path=str(path), schema="newick", preserve_underscores=True, suppress_internal_node_taxa=True,
                             suppress_leaf_node_taxa=True)  # fmt: skip
    nodes = {node.label: node for node in read if node.label != "the_first"}
    label = lambda row: f"{call(int(row[name])).replace(' ', '_')}_{row[name]}"  # noqa: E731
    assert sorted(nodes) == sorted(label(row) for row in rows)
    for row in rows:
        node = nodes[label(row)]
        assert node.distance_from_root() == pytest.approx(row[birth] / 360 - min(0, rows[:, birth].min() / 360), abs=1e-4)
        if row[parent] >= 0:
            above = rows[row[parent]]
            assert node.parent_node.label == label(above)
            assert node.edge_length == pytest.approx((row[birth] - above[birth]) / 360, abs=1e-4)
        else:
            assert node.parent_node is None or node.parent_node.label == "the_first"


def test_long_lines_and_damaged_ones(tmp_path, run, monkeypatch):
    """Descent is deeper than a stack, and a stranger's run may say that somebody is their own ancestor."""
    n = 5_000
    rows = by_hand("foremen", n, name=np.arange(1, n + 1), parent=np.arange(n) - 1, born=np.arange(n) * 360)
    with History(run) as history:
        monkeypatch.setattr(history, "table", lambda name: rows)
        written = newick.write(history, tmp_path / "tree.nwk", lambda done, total: None)
        text = written.path.read_text()
        assert text.count("(") == text.count(")") == n - 1 and text.count(":1.0000") == n - 1 and text.endswith(";\n")
        rows[0, columns(TABLES["foremen"])[[c.name for c in columns(TABLES["foremen"])].index("parent")].number] = 7
        with pytest.raises(MegastructureError, match="foremen descend from themselves"):
            newick.write(history, tmp_path / "broken.nwk", lambda done, total: None)
    assert [p.name for p in tmp_path.iterdir()] == ["tree.nwk"]


def test_roundings_do_not_add_up(tmp_path, run, monkeypatch):
    """A day is no round part of a year: after a thousand generations the date is still right."""
    n = 1_000
    rows = by_hand("foremen", n, name=np.arange(1, n + 1), parent=np.arange(n) - 1, born=7 + np.arange(n) * 367)
    with History(run) as history:
        monkeypatch.setattr(history, "table", lambda name: rows)
        text = newick.write(history, tmp_path / "tree.nwk", lambda done, total: None).path.read_text()
    lengths = [float(part) for part in re.findall(r":([0-9.]+)", text)]
    assert len(lengths) == n and sum(lengths) == pytest.approx((7 + 999 * 367) / 360, abs=1e-4)
    assert text.endswith("the_first;\n"), "the first was not born on the day of the founding"


# ---- what is refused -------------------------------------------------------------------------------------------------


def test_a_city_without_people_has_no_tree_of_them(tmp_path):
    bare = made_run.make(tmp_path / "bare", people=False)
    with pytest.raises(MegastructureError, match="--tree villages: this run has no villages"):
        door.export_history(bare, tmp_path / "a.nwk", ".nwk", "villages")
    assert [p.name for p in tmp_path.iterdir()] == ["bare"]


def test_the_command_needs_no_engine_for_a_history(tmp_path, run):
    done = CliRunner().invoke(cli, ["export", str(run), str(tmp_path / "log"), "--format", "json"])
    assert done.exit_code == 0 and "events" in done.output and (tmp_path / "log").exists()


def test_a_history_that_is_interrupted_leaves_nothing(tmp_path, run):
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    for kind in door.HISTORY:
        with pytest.raises(KeyboardInterrupt):
            door.export_history(run, tmp_path / f"history{kind}", kind, told=stop)
    assert list(tmp_path.iterdir()) == []
