"""Pictures, films, exports: whole or not there, and what was left half written is swept, but nothing else."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from megastructure.look import still
from megastructure.memory import output
from megastructure.memory.output import new_file, new_folder, sweep_parts
from megastructure.words.errors import CannotWrite, MegastructureError

HALF = """
import sys, time
from pathlib import Path
from megastructure.memory.output import new_file, new_folder
with {0}(Path(sys.argv[1])) as part:
    (part / "half" if part.is_dir() else part).write_bytes(b"half")
    print("there", flush=True)
    time.sleep(600)
"""


def half_written(path: Path, kind: str) -> subprocess.Popen[str]:
    """A process in the midst of writing."""
    child = subprocess.Popen([sys.executable, "-c", HALF.format(kind), str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline() == "there\n"
    return child


@pytest.mark.skipif(sys.platform == "win32", reason="there it is by age alone")
def test_what_a_killed_process_left_is_swept_by_the_next_and_a_living_one_is_left_alone(tmp_path: Path) -> None:
    children = [half_written(tmp_path / name, kind) for name, kind in (("a.png", "new_file"), ("site", "new_folder"))]
    assert len(list(tmp_path.iterdir())) == 2
    with new_file(tmp_path / "b.png") as part:
        part.write_bytes(b"whole")
    assert len(list(tmp_path.iterdir())) == 3  # they live
    for child in children:
        child.send_signal(signal.SIGKILL)
        child.wait()
    with new_file(tmp_path / "c.png") as part:
        part.write_bytes(b"whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.png", "c.png"]


def test_only_what_is_surely_ours_and_abandoned_is_swept(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    ours, other = output._system(), "00000000" if output._system() != "00000000" else "11111111"
    gone = [f".a.png.megastructure-{ours}-{dead.pid}-0.part.png", f".b.megastructure-{ours}-{dead.pid}-7.part"]
    old = f".c.png.megastructure-{other}-1-0.part.png"
    kept = [
        f".a.png.megastructure-{ours}-{os.getpid()}-0.part.png", f".d.megastructure-{other}-{dead.pid}-0.part",
        f".wget.{dead.pid}.part", f"a.megastructure-{ours}-{dead.pid}-0.part", "dear.png",
    ]  # fmt: skip
    for name in (*gone, old, *kept):
        (tmp_path / name).write_bytes(b"?")
    os.utime(tmp_path / old, (time.time() - 2 * output.FOREIGN_SECONDS,) * 2)
    os.utime(tmp_path / "dear.png", (0, 0))
    if sys.platform != "win32":
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "dear").touch()
        link = f".e.megastructure-{ours}-{dead.pid}-0.part"
        (tmp_path / link).symlink_to(tmp_path / "outside")
        kept += [link, "outside"]
        sweep_parts(tmp_path)
        assert sorted(p.name for p in tmp_path.iterdir()) == sorted(kept)
        assert (tmp_path / "outside" / "dear").exists()
    sweep_parts(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("problem", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "free some space, then try again"),
        (OSError(errno.EROFS, "Read-only file system"), "make the folder writable, or choose another with --out"),
        (OSError(errno.EIO, "Input/output error"), "look at the disk"),
        (OSError("encoder error -2"), "encoder error -2; look at the disk"),
        (sqlite3.OperationalError("database or disk is full"), "database or disk is full"),
    ],
)
def test_a_refusal_is_one_line_and_leaves_the_old_file(tmp_path: Path, problem: Exception, says: str) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(CannotWrite, match=says) as refusal, new_file(path, "choose another with --out"):
        raise problem
    assert refusal.value.exit_code == 74 and str(refusal.value).startswith(f"{path}: cannot write: ")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("file", "old")]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_an_export_to_sqlite_on_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from megastructure.export import door, ocel_sqlite
    from worlds.made_run import make

    run = make(tmp_path / "run")
    real = sqlite3.connect

    def small(path: Path, **how: object) -> sqlite3.Connection:
        base = real(path, **how)  # type: ignore[call-overload]
        base.execute("PRAGMA max_page_count = 20")  # a full disk, as SQLite itself tells it
        return base  # type: ignore[no-any-return]

    monkeypatch.setattr(ocel_sqlite.sqlite3, "connect", small)
    with pytest.raises(CannotWrite, match="full; free some space"):
        door.export_history(run, tmp_path / "log.sqlite", ".sqlite")
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_name_that_is_too_long_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="choose a shorter name"), new_file(tmp_path / ("x" * 300)):
        pytest.fail("the work was begun")
    for name in ("x" * 255, "\N{HIRAGANA LETTER A}" * 85):  # 255 bytes: as long as a name can be
        with new_file(tmp_path / name) as part:
            part.touch()
        with new_folder(tmp_path / ("y" + name[1:])) as part:
            (part / "x").touch()
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="makes a pipe")
def test_what_is_no_plain_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(MegastructureError, match="no plain file"), new_file(tmp_path / "pipe"):
        pytest.fail("the work was begun")
    assert (tmp_path / "pipe").is_fifo()


def test_a_still_says_where_else_it_could_go_and_says_so_before_it_is_painted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from types import SimpleNamespace

    from megastructure.door import pictures

    def painted(*_: object, **__: object) -> None:
        pytest.fail("it was painted first")

    def refuse(path: object, *_: object) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr(pictures, "render", painted)
    monkeypatch.setattr(output, "os", SimpleNamespace(**{**vars(os), "open": refuse}))
    there = SimpleNamespace(directory=tmp_path, ledger=None, scenario=SimpleNamespace(seed=1))
    with pytest.raises(CannotWrite, match=r"Read-only file system; make the folder writable, or choose another with --out"):
        pictures.take_picture(there, 0, "section", (64, 64), None, 0)  # type: ignore[arg-type]
    monkeypatch.undo()
    still.save(Image.new("RGB", (2, 2)), tmp_path / "pictures" / "x.png")
    assert [p.name for p in (tmp_path / "pictures").iterdir()] == ["x.png"]
