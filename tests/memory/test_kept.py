"""What is kept can be believed: the newest state is compared, a run cut short begins again, readers stand beside a writer."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import megastructure.memory.archive as rooms
import megastructure.memory.fork as forks
import megastructure.memory.run as runs
from megastructure.door.cli import cli
from megastructure.ground.digest import digest
from megastructure.ground.scenario import Scenario
from megastructure.ground.tables import Foremen, Works
from megastructure.memory import disk
from megastructure.memory.archive import Archive
from megastructure.memory.fork import branches, fork, forked
from megastructure.memory.run import Run, load_city, verify
from megastructure.memory.runs import runs_in
from megastructure.words.errors import BadRun, CannotRead, CannotWrite, MegastructureError
from worlds.commits import DAYS, FEW, assert_true, begin, commit, frame_of, one_line, truth
from worlds.sealed import forge, forge_file

TESTS = Path(__file__).parents[1]
COMMAND = [sys.executable, "-c", "from megastructure.door.cli import main; main()"]
SMALL = Scenario.load("quick").with_knobs(years=120, world_radius_lots=8, people=0)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 120 years with some commits; copy it before changing it."""
    path = tmp_path_factory.mktemp("grown") / "run"
    with pytest.MonkeyPatch.context() as patch, Run.create(SMALL, path) as run:
        patch.setattr(runs, "COMMIT_SECONDS", 0.0)
        patch.setattr(runs, "CALL_SECONDS", 0.002)
        run.advance()
        assert len(run.archive.frames()) > 2
    return path


@pytest.fixture
def copied(grown: Path, tmp_path: Path) -> Path:
    return shutil.copytree(grown, tmp_path / "run")


def refused(words: list[str]) -> str:
    """What a command says that refuses: one line."""
    answer = CliRunner().invoke(cli, words)
    assert isinstance(answer.exception, MegastructureError), (answer.output, answer.exception)
    return one_line(answer.exception)


# ---------------------------------------------------------------------- the newest state is compared


def newest_of(run: Path) -> tuple[int, int]:
    with Archive.open_to_read(run) as archive:
        before, last = archive.frames()[-2:]
    return before, last


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_a_frame_that_is_missing_or_damaged_is_noticed(copied: Path, which: int, how: str) -> None:
    assert all(v.same for v in verify(copied, 2))
    file = copied / "frames" / f"{newest_of(copied)[which]:010d}-foremen.parquet"
    if how == "missing":
        file.unlink()
    else:
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    assert "foremen" in refused(["verify", str(copied)])
    if which == 1 or how == "missing":  # a resume reads what it goes on from, and looks for the rest
        assert "foremen" in refused(["resume", str(copied), "--no-picture"])


@pytest.mark.parametrize("what", ["a work", "a foreman", "the digest"])
def test_a_state_that_was_changed_and_sealed_again_is_noticed(copied: Path, what: str) -> None:
    last = newest_of(copied)[1]
    if what == "a work":
        forge_file(copied, "works", Works.b, 0, 77)
    elif what == "a foreman":
        forge_file(copied, "foremen", Foremen.energy, 0, 12_345, last)
    else:
        forge(copied, f"UPDATE commits SET digest = '{'0' * 32}' WHERE day = {last}")
    says = f"the stored state of day {last:,} contradicts itself: its digest is not that of its commit"
    assert says in refused(["verify", str(copied)])
    assert says in refused(["resume", str(copied), "--no-picture"])
    assert says in refused(["fork", str(copied), "--at", "120", "--years", "130"])


def test_a_changed_state_with_a_digest_that_fits_it_comes_out_differently(copied: Path) -> None:
    """The forger has even reckoned the digest of what he changed: only living it again tells."""
    last = newest_of(copied)[1]
    forge_file(copied, "foremen", Foremen.energy, 0, 12_345, last)
    changed = digest(load_city(Archive.open_to_read(copied)))
    forge(copied, f"UPDATE commits SET digest = '{changed}' WHERE day = {last}")
    assert [v.same for v in verify(copied, 1)] == [False]
    assert "1 interval came out differently" in refused(["verify", str(copied), "--intervals", "1"])


# ---------------------------------------------------------------------- cut short before the first commit


def cut_short(path: Path, scenario: Scenario = SMALL) -> Path:
    """A run as a kill leaves it between its database and its first commit: a log beside it, files that nothing names."""
    archive = Archive.create(path.with_name("aside"), scenario, rooms_digest())
    archive.note("half", "a thought")  # so that there is a log
    shutil.copytree(path.with_name("aside"), path)
    archive.close()
    shutil.rmtree(path.with_name("aside"))
    assert (path / "run.db-wal").exists()
    (path / "works" / "000000000000-000000000009.parquet").write_bytes(b"half")
    (path / "frames" / ".0000000000-foremen.parquet.partial").write_bytes(b"half")
    return path


def rooms_digest() -> str:
    from megastructure.memory.sources import laws_digest

    return laws_digest()


@pytest.mark.parametrize("how", ["resume", "run", "create"])
def test_a_run_without_a_commit_is_begun_again(tmp_path: Path, grown: Path, how: str) -> None:
    path = cut_short(tmp_path / "dead")
    assert "nothing was committed yet" in refused(["info", str(path)])
    assert "nothing was committed yet" in refused(["verify", str(path)])
    with pytest.raises(BadRun, match="nothing was committed yet; megastructure resume begins it again"):
        Run.open(path)
    if how == "create":
        with Run.create(SMALL, path) as run:
            run.advance()
    else:
        knobs = ["--out", str(path), "--world-radius-lots", "8", "--people", "0"] if how == "run" else []
        words = [how, *([str(path)] if how == "resume" else knobs), "--years", "120", "--no-picture"]
        made = CliRunner().invoke(cli, words)
        assert made.exit_code == 0, (made.output, made.exception)
    with Archive.open_to_read(path) as archive, Archive.open_to_read(grown) as whole:
        assert archive.last_commit is not None and whole.last_commit is not None
        assert archive.last_commit.digest == whole.last_commit.digest
        assert how == "resume" or "half" not in archive.notes
        named = {p for t in archive.lengths for p in archive.paths(t)} | {path / f.path for f in archive._book.frames}
        assert named == set(path.rglob("*.parquet"))


def test_nothing_that_was_committed_is_begun_again(tmp_path: Path, copied: Path) -> None:
    assert "holds a run already" in refused(["run", "--out", str(copied), "--years", "5", "--no-picture"])
    (copied / "run.db").write_bytes(b"no database")
    assert "holds a run already" in refused(["run", "--out", str(copied), "--years", "5", "--no-picture"])
    with Archive.create(tmp_path / "beginning", SMALL, "laws"):
        assert "another process writes this run" in refused(["run", "--out", str(tmp_path / "beginning"), "--no-picture"])


def test_a_fork_without_a_commit_is_begun_again(copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "fork"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Archive, "inherit", killed)
        fork(copied, 60, {"breeding_cost": 8000}, out=out)
    assert f"megastructure fork {copied} --at 60 --out {out}" in refused(["resume", str(out), "--no-picture"])
    with fork(copied, 60, {"breeding_cost": 8000}, out=out) as run:
        assert [c.year for c in run.centuries] == []
        run.advance(70)
    with Archive.open_to_read(out) as archive:
        noted = forked(archive)
    assert noted is not None and noted.changes == {"breeding_cost": 8000}


def test_what_a_fork_notes_of_itself_is_there_with_its_first_commit(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    real = rooms.transact

    def transact(*rest: object) -> int:
        seal = real(*rest)  # type: ignore[arg-type]
        with Archive.open_to_read(tmp_path / "fork") as reader:
            seen.append((len(reader.commits), sorted(reader.notes)))
        return seal

    monkeypatch.setattr(rooms, "transact", transact)
    fork(copied, 110, out=tmp_path / "fork").close()
    assert seen == [(1, ["centuries", "fork"])]


def test_a_killed_run_keeps_the_lines_of_its_centuries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "COMMIT_SECONDS", -1.0)

    def killed(run: Run) -> None:
        if run.city.day > 100 * 360:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Run.create(SMALL, tmp_path / "run") as run:
        run.advance(observe=killed)
    with Run.open(tmp_path / "run", write=True) as run:
        run.advance()
        assert [c.year for c in run.centuries] == [100]


# ---------------------------------------------------------------------- beside a writer


def test_a_run_is_opened_and_verified_beside_a_writer_that_commits_all_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer lives a year and commits before every file of a frame that a reader reads."""
    real = rooms.Archive._groups
    with Run.create(SMALL.with_knobs(years=1000), tmp_path / "run") as run:
        run.advance(3)

        def late(archive: Archive, part: object, *how: object) -> Iterator[tuple[int, np.ndarray]]:
            if archive is not run.archive and isinstance(part, rooms.FramePart):
                run.advance(run.city.day // 360 + 1)
            return real(archive, part, *how)  # type: ignore[arg-type]

        monkeypatch.setattr(rooms.Archive, "_groups", late)
        for _ in range(3):
            last = run.archive.last_commit
            with Run.open(tmp_path / "run") as there:
                assert there.archive.last_commit == last and last is not None
                assert digest(there.city) == last.digest and run.city.day > last.day + 5 * 360
        assert [v.same for v in verify(tmp_path / "run", 1)] == [True]


def test_a_reader_takes_the_next_commit_where_its_frame_was_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The frame vanishes between the book and the files, ten times over."""
    archive = begin(tmp_path / "run", 3)
    real, number = rooms.refuse_links, 3

    def late(root: Path, name: str) -> None:
        nonlocal number
        if number < 13:
            commit(archive, number)
            commit(archive, number + 1)
            number += 2
        real(root, name)

    monkeypatch.setattr(rooms, "refuse_links", late)
    with Archive.open_to_read(tmp_path / "run") as reader:
        assert assert_true(reader) == 12
    archive.close()


def test_readers_let_go_of_what_they_held(tmp_path: Path) -> None:
    begin(tmp_path / "run", 3).close()
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(50):
        Archive.open_to_read(tmp_path / "run")  # not even closed
    assert not before or len(os.listdir("/proc/self/fd")) <= before + 6


@pytest.mark.skipif(sys.platform == "win32", reason="an open file is not removed there")
@pytest.mark.parametrize("name", ["run.db", "run.db-wal", "lock", "", "frames", "another run.db"])
def test_what_is_taken_from_under_a_living_run_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(runs, "COMMIT_SECONDS", -1.0)
    path, taken = tmp_path / "run", []

    def take(run: Run) -> None:
        if not taken:
            taken.append(run.city.day)
            if name in ("", "frames"):
                os.rename(path / name, tmp_path / "aside")
            elif name == "another run.db":
                shutil.copy(path / "run.db", path / "new.db")
                os.replace(path / "new.db", path / "run.db")
            else:
                os.remove(path / name)

    with pytest.raises(CannotWrite) as refusal, Run.create(SMALL, path) as run:
        run.advance(observe=take)
    assert refusal.value.exit_code == 74 and str(path / name.removeprefix("another ")) in one_line(refusal.value)


def test_a_lock_that_was_removed_before_it_was_locked_is_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(tmp_path / "run", 1).close()
    real, times = disk._lock_once, []

    def robbed(directory: Path) -> int:
        handle = real(directory)
        times.append(handle)
        if len(times) == 1:
            os.remove(directory / "lock")
        return handle

    monkeypatch.setattr(disk, "_lock_once", robbed)
    with Archive.open_to_write(tmp_path / "run") as archive:
        commit(archive, 1)
    assert len(times) == 2


# ---------------------------------------------------------------------- where a run may lie


def test_a_path_that_the_database_cannot_hold_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    deep = tmp_path
    while len(str(deep)) < 440:
        deep /= "d" * 30
    deep /= "e" * (510 - len(str(deep / "run.db")))
    assert "choose a shorter one" in refused(["run", "--out", str(deep), "--years", "5", "--no-picture"])
    assert list(tmp_path.iterdir()) == []
    begin(tmp_path / "run", 3, FEW).close()
    deep.parent.mkdir(parents=True)
    (tmp_path / "run").rename(deep)
    assert assert_true(Archive.open_to_read(deep), FEW) == 2  # it was moved there: it can still be read
    with pytest.raises(BadRun, match="choose a shorter one"):
        Archive.open_to_write(deep)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("NUL", "device"), ("con", "device"), ("nul.png", "device"), ("COM1", "device"), ("lpt9.tar.gz", "device"),
        ("aux .txt", "device"), ("COM\u00b9", "device"), ("end.", "lost here"), ("end ", "lost here"), ("a:b", "cannot hold"),
        ("what?.png", "cannot hold"), ("a\nb", "cannot hold"), ("console", ""), ("com10", ""), ("quick-28", ""), ("..", ""),
        ("nulls.png", ""), (".hidden", ""),
    ],
)  # fmt: skip
def test_names_that_windows_takes_for_something_else_are_refused_there(name: str, says: str) -> None:
    for path in (Path("runs") / name, Path("runs") / name / "below"):
        disk.refuse_name(path, windows=False)
        if says:
            with pytest.raises(MegastructureError, match=says) as refusal:
                disk.refuse_name(path, windows=True)
            one_line(refusal.value)
        else:
            disk.refuse_name(path, windows=True)


def test_no_name_holds_a_zero(tmp_path: Path) -> None:
    with pytest.raises(MegastructureError, match="zero byte"):
        Archive.create(tmp_path / "a\0b", SMALL, "laws")


# ---------------------------------------------------------------------- forks across drives


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP])
def test_a_fork_is_copied_where_no_links_can_be_made(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", refuse)
    with fork(copied, 100, out=tmp_path / "fork") as run:
        run.advance()
        assert all(p.stat().st_nlink == 1 for t in run.archive.lengths for p in run.archive.paths(t))
        last = run.archive.last_commit
    with Archive.open_to_read(copied) as parent:
        assert last is not None and parent.last_commit is not None and last.digest == parent.last_commit.digest


def test_a_fork_on_another_drive_knows_its_parent(copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_way(path: object, start: object) -> str:
        raise ValueError("path is on mount 'C:', start on mount 'D:'")

    with monkeypatch.context() as patch:
        patch.setattr(forks.os.path, "relpath", no_way)
        fork(copied, 100, out=tmp_path / "fork").close()
    assert {r.name: r.parent for r in runs_in(tmp_path)}["fork"] == (str(copied), 100 * 360)
    assert [(b.run.name, b.depth) for b in branches(tmp_path)] == [("run", 0), ("fork", 1)]


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="needs a second file system")
def test_a_fork_on_another_file_system_is_a_run_of_its_own(copied: Path, tmp_path: Path) -> None:
    import tempfile

    if os.stat("/dev/shm").st_dev == tmp_path.stat().st_dev:
        pytest.skip("temporary files lie in memory too")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        with fork(copied, 100, out=Path(other) / "fork") as run:
            run.advance()
        assert all(v.same for v in verify(Path(other) / "fork"))


# ---------------------------------------------------------------------- when the disk refuses

SMALL_FILES = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from megastructure.memory.archive import Archive
from megastructure.words.errors import CannotRead, CannotWrite
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
run = Path(sys.argv[2])
for opened in (Archive.open_to_write, Archive.open_to_read):
    try:
        opened(run)
    except (CannotRead, CannotWrite) as problem:
        print(problem.exit_code, problem)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of this kind")
def test_an_index_that_the_disk_has_no_room_for_is_a_refusal_of_the_disk(tmp_path: Path) -> None:
    archive = begin(tmp_path / "run", 3, FEW)
    shutil.copytree(tmp_path / "run", tmp_path / "killed")
    archive.close()
    (tmp_path / "killed" / "run.db-shm").unlink()
    done = subprocess.run(
        [sys.executable, "-c", SMALL_FILES, str(TESTS), str(tmp_path / "killed")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    assert [line.split()[0] for line in told] == ["74", "74"]
    assert "cannot write" in told[0] and "cannot be read" in told[1]
    assert assert_true(Archive.open_to_read(tmp_path / "killed"), FEW) == 2


def test_a_reader_that_can_write_no_index_reads_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from megastructure.memory import book

    archive = begin(tmp_path / "run", 3, FEW)
    real, refusals = book._read_at, []

    def refusing(place: Path, directory: Path) -> book.Book:
        if place == directory:
            refusals.append(place)
            problem = book.sqlite3.OperationalError("disk I/O error")
            problem.sqlite_errorcode = book.sqlite3.SQLITE_IOERR | 19 << 8  # of the memory that is shared
            raise problem
        return real(place, directory)

    monkeypatch.setattr(book, "_read_at", refusing)
    assert assert_true(Archive.open_to_read(tmp_path / "run"), FEW) == 2
    assert refusals
    archive.close()


def test_a_part_that_cannot_be_read_is_a_refusal_of_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(tmp_path / "run", 3, FEW).close()
    reader = Archive.open_to_read(tmp_path / "run")

    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(rooms, "refuse_links", refuse)
    with pytest.raises(CannotRead, match="works: cannot be read: Input/output error") as refusal:
        reader.read("works")
    assert refusal.value.exit_code == 74
    assert np.array_equal(reader.frame()["schools"], frame_of(2 * DAYS, FEW)["schools"])  # it is held open
    assert len(truth("works", 0, 60)) == reader.lengths["works"]
