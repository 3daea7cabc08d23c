"""A run directory changed by somebody who knows how it is sealed: the seal has no key, so anybody can make it fit."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np

from megastructure.memory import book
from megastructure.memory.archive import Archive
from megastructure.memory.parts import pack


def forge(run: Path, *statements: str) -> None:
    """Change the database as someone does who knows how it is sealed."""
    with sqlite3.connect(run / "run.db", isolation_level=None) as database:
        database.text_factory = lambda text: text.decode(errors="replace")
        for sql in statements:
            database.execute(sql)
        seal = 0
        with_seal = {t: database.execute(f"SELECT * FROM {t}").fetchall() for t in book.MADE_OF}
        for table, rows in with_seal.items():
            for row in rows:
                if row[0] != "seal":
                    plain = [v if not isinstance(v, bytes) else v.hex() for v in row]
                    seal += book._hash(table, tuple(plain))
        database.execute("UPDATE meta SET value = ? WHERE key = 'seal'", (f"{seal % 2**128:032x}",))
    database.close()


def forge_file(run: Path, table: str, column: int, row: int, value: int, day: int | None = None) -> None:
    """Change one value in the newest part of a register or the frame of a day, and what the database says of that file."""
    with Archive.open_to_read(run) as archive:
        if day is None:
            entry = archive._book.parts[table][-1]
            rows = archive.read(table, entry.first_row, entry.first_row + entry.rows)
        else:
            entry = next(f for f in archive._book.frames if (f.day, f.table) == (day, table))
            rows = archive.frame(day)[table]
    rows = rows.copy()
    assert rows[row, column] != value
    rows[row, column] = value
    data = pack(table, rows.shape[1], [np.ascontiguousarray(rows)])
    (run / entry.path).write_bytes(data)
    where = "parts" if day is None else "frames"
    forge(
        run,
        f"UPDATE {where} SET bytes = {len(data)}, blake2b = '{book.file_digest(data)}' WHERE path = '{entry.path}'",
    )
