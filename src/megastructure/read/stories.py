"""`megastructure stories`: twelve patterns sifted out of the chronicle.

A pattern is one SELECT over the events: variables in order of time, roles that are the same in all of them. It gives `day`,
`weight`, `a` and `b` (names for the lead), `n` (a number for it) and `rows` (the events to tell, by serial). It can be asked
with `megastructure sql`, as `megastructure stories RUN --sql` prints it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..codes import DeathCause, EventKind
from .chronicle import Annals, tell
from .library import Library

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Pattern:
    """A story that histories tell again and again.

    lead      with {a}, {b} (said in the roles `a_is`, `b_is`) and {n}
    spoiler   only an observer who knows everything can tell it
    """

    title: str
    lead: str
    a_is: str
    sql: str
    b_is: str = ""
    spoiler: bool = False


@dataclass(frozen=True)
class Story:
    """A pattern that was found: the day of its end, how much it weighs, its lead, and its events by row."""

    pattern: Pattern
    day: int
    weight: float
    lead: str
    rows: tuple[int, ...]


def _sql(text: str) -> str:
    """Kinds and causes of death by their numbers: VILLAGE_FELL is written {VILLAGE_FELL}."""
    numbers = {k.name: int(k) for k in EventKind} | {f"OF_{d.name}": int(d) for d in DeathCause}
    return "\n".join(line.strip() for line in text.strip().splitlines()).format(**numbers)


PATTERNS = (
    Pattern(
        "The Last Copy",
        "{a} was the last who carried locus {n}.",
        "person",
        _sql("""
            SELECT l.day, 5.0 AS weight, l.who AS a, 0 AS b, l.magnitude AS n, [b.serial, d.serial, l.serial] AS rows
            FROM events l
            JOIN events d ON d.name = l.cause AND d.kind = {PERSON_DIED} AND d.who = l.who
            LEFT JOIN events b ON b.kind = {PERSON_BORN} AND b.who = l.who
            WHERE l.kind = {LOCUS_LOST}
            ORDER BY l.day, l.magnitude
        """),
        spoiler=True,
    ),
    Pattern(
        "Born Too Far",
        "{a} carried the whole key for {n} years, and nobody ever looked.",
        "person",
        _sql("""
            SELECT d.day, 1.0 + least(d.day - b.day, 16200) / 5400.0 + 2 * count(m.serial) AS weight, d.who AS a, 0 AS b,
            (d.day - b.day) // 360 AS n,
            [b.serial] || list(m.serial ORDER BY m.day) || [d.serial] AS rows
            FROM events b
            JOIN events d ON d.kind = {CARRIER_DIED} AND d.who = b.who AND d.magnitude = 0 AND d.day >= b.day
            LEFT JOIN events m ON m.kind = {CARRIER_MISSED} AND m.who = b.who AND m.day BETWEEN b.day AND d.day
            WHERE b.kind = {CARRIER_BORN}
            AND NOT EXISTS (SELECT 1 FROM events t WHERE t.kind = {PERSON_TESTED} AND t.who = b.who)
            GROUP BY d.day, d.who, b.day, b.serial, d.serial
            ORDER BY d.day, d.who
        """),
        spoiler=True,
    ),
    Pattern(
        "The Shot That Cost",
        "{a} came to {b}, and {n} of those he came for died in the line of his gun.",
        "wanderer",
        _sql("""
            WITH met AS (
            SELECT serial, day, whom AS wanderer, who AS person, 0 AS bay FROM events
            WHERE kind IN ({PERSON_TESTED}, {ESCORT_BEGUN})
            UNION ALL
            SELECT serial, day, whom, 0, place FROM events WHERE kind = {VILLAGE_FOUND}
            ), cost AS (
            SELECT d.serial, d.day, d.whom, d.place, s.serial AS shot, arg_max(m.serial, m.day) AS meeting
            FROM events d
            JOIN met m ON m.wanderer = d.whom AND m.day <= d.day AND (m.person = d.who OR m.bay = d.place)
            LEFT JOIN events s ON s.name = d.cause AND s.kind = {SHOT}
            WHERE d.kind = {PERSON_DIED} AND d.magnitude = {OF_SHOT} AND d.whom <> 0
            GROUP BY d.serial, d.day, d.whom, d.place, s.serial
            )
            SELECT day, 3.0 + log2(count(*)) AS weight, whom AS a, place AS b, count(*) AS n,
            [min(meeting), min(shot)] || list(serial ORDER BY serial)[1:6] AS rows
            FROM cost GROUP BY day, whom, place ORDER BY day, whom, place
        """),
        b_is="bay",
    ),
    Pattern(
        "Hospitality Punished",
        "Within a year of his visit {a} fell: {n} dead.",
        "village",
        _sql("""
            WITH visits AS (
            SELECT serial, day, who AS village FROM events WHERE kind = {VILLAGE_FOUND}
            UNION ALL
            SELECT t.serial, t.day, v.name FROM events t JOIN foremen f ON f.name = t.place JOIN villages v ON v.bay = f.serial
            WHERE t.kind = {PERSON_TESTED} AND t.day >= v.founded AND (v.ended < 0 OR t.day <= v.ended)
            )
            SELECT x.day, 2.0 + log2(1 + x.magnitude) / 4 AS weight, x.who AS a, 0 AS b, x.magnitude AS n,
            [arg_max(v.serial, v.day), c.serial, x.serial] AS rows
            FROM events x
            JOIN visits v ON v.village = x.who AND x.day BETWEEN v.day AND v.day + 360
            LEFT JOIN events c ON c.name = x.cause AND c.day <= x.day
            WHERE x.kind = {VILLAGE_FELL}
            GROUP BY x.day, x.who, x.magnitude, x.serial, c.serial
            ORDER BY x.day, x.who
        """),
    ),
    Pattern(
        "The Long Way Back",
        "{n} years passed before {a} was there again.",
        "wanderer|person",
        _sql("""
            WITH acts AS (
            SELECT serial, day, whom AS wanderer FROM events WHERE kind IN ({VILLAGE_FOUND}, {PERSON_TESTED})
            UNION ALL
            SELECT serial, day, who FROM events WHERE kind IN ({ORDER}, {REPORT})
            ), sleeps AS (
            SELECT d.serial, d.day, d.who, min(w.day) AS woke, arg_min(w.serial, w.day) AS waking
            FROM events d JOIN events w ON w.kind = {WANDERER_WOKE} AND w.who = d.who AND w.day >= d.day
            WHERE d.kind = {WANDERER_DORMANT} GROUP BY d.serial, d.day, d.who
            )
            SELECT s.woke AS day, 1.5 + (s.woke - s.day) / 7200.0 AS weight, s.who AS a, 0 AS b, (s.woke - s.day) // 360 AS n,
            [s.serial, s.waking, arg_min(r.serial, r.day)] AS rows
            FROM sleeps s JOIN acts r ON r.wanderer = s.who AND r.day >= s.woke
            WHERE s.woke - s.day >= 3600 GROUP BY s.woke, s.day, s.who, s.serial, s.waking
            UNION ALL
            SELECT a.day, 4.0, b.who, 0, (a.day - b.day) // 360, [b.serial, a.serial]
            FROM events b JOIN events a ON a.kind = {ESCORT_ARRIVED} AND a.who = b.who AND a.day >= b.day + 3600
            WHERE b.kind = {ESCORT_BEGUN}
            ORDER BY day, a
        """),
    ),
    Pattern(
        "The Wall Comes Down",
        "A barrier hid {a}; {n} years after it was raised the village fell.",
        "village",
        _sql("""
            SELECT f.day, 2.0 + log2(1 + f.magnitude) / 4 AS weight, f.who AS a, 0 AS b, (f.day - max(b.day)) // 360 AS n,
            [arg_max(b.serial, b.day), f.serial] AS rows
            FROM events f JOIN events b ON b.kind = {BARRIER} AND b.who = f.who AND f.day > b.day
            AND f.day <= b.day + b.magnitude * 360 + 3600
            WHERE f.kind = {VILLAGE_FELL}
            GROUP BY f.day, f.who, f.magnitude, f.serial
            ORDER BY f.day, f.who
        """),
    ),
    Pattern(
        "Exodus",
        "{n} people of {a} took to the dark.",
        "village",
        _sql("""
            SELECT x.day, 1.0 + log2(sum(f.magnitude)) / 3 AS weight, x.who AS a, 0 AS b, sum(f.magnitude)::BIGINT AS n,
            [x.serial] || list(f.serial ORDER BY f.magnitude DESC, f.serial)[1:4] AS rows
            FROM events x JOIN events f ON f.kind = {FLIGHT} AND f.who = x.who AND f.day BETWEEN x.day AND x.day + 30
            WHERE x.kind = {VILLAGE_FELL}
            GROUP BY x.day, x.who, x.serial HAVING sum(f.magnitude) >= 20
            ORDER BY x.day, x.who
        """),
    ),
    Pattern(
        "The Quiet, and the Purge",
        "After {n} quiet years the city came for its people.",
        "nobody",
        _sql("""
            WITH falls AS (SELECT * FROM events WHERE kind = {VILLAGE_FELL}),
            dawn AS (SELECT min(day) AS day FROM events WHERE kind = {ERA_DAWN}),
            purges AS (
            SELECT p.day, p.serial, min(f.day) AS began, count(*) AS fell,
            list(f.serial ORDER BY f.magnitude DESC, f.serial)[1:5] AS worst
            FROM events p JOIN falls f ON f.day BETWEEN p.day - 18000 AND p.day WHERE p.kind = {PURGE} GROUP BY p.day, p.serial
            )
            SELECT p.day, 5.0 + log2(p.fell) / 2 AS weight, 0 AS a, 0 AS b,
            (p.began - coalesce((SELECT max(f.day) FROM falls f WHERE f.day < p.began), (SELECT day FROM dawn), p.began)) // 360
            AS n,
            p.worst || [p.serial] AS rows
            FROM purges p ORDER BY p.day
        """),
    ),
    Pattern(
        "Assembly",
        "From {n} places he led them to {a}, for what they carry together.",
        "village",
        _sql("""
            WITH origins AS (
            SELECT g.serial, g.day, g.whom, arg_max(o.place, o.day) AS origin
            FROM events g JOIN events o ON o.who = g.who AND o.kind IN ({PERSON_BORN}, {PERSON_TESTED}) AND o.day <= g.day
            WHERE g.kind = {GATHERED} GROUP BY g.serial, g.day, g.whom
            ), firsts AS (
            SELECT whom, origin, min(day) AS day, arg_min(serial, day) AS serial FROM origins GROUP BY whom, origin
            ), assembled AS (
            SELECT whom, count(*) AS n, max(day) AS day, list(serial ORDER BY serial) AS rows
            FROM firsts GROUP BY whom HAVING count(*) >= 3
            )
            SELECT coalesce(min(c.day), s.day) AS day, 2.5 + s.n / 4.0 + 3 * (count(c.serial) > 0)::INTEGER AS weight,
            s.whom AS a, 0 AS b, s.n, s.rows[1:6] || [arg_min(c.serial, c.day)] AS rows
            FROM assembled s LEFT JOIN villages v ON v.name = s.whom LEFT JOIN foremen f ON f.serial = v.bay
            LEFT JOIN events c ON c.kind = {CARRIER_BORN} AND c.place = f.name AND c.day >= s.day
            GROUP BY s.whom, s.n, s.day, s.rows ORDER BY day, a
        """),
    ),
    Pattern(
        "Stopped Too Late",
        "The city obeyed {a}; {n} years later nobody was left to thank them.",
        "person",
        _sql("""
            SELECT x.day, 8.0 AS weight, o.who AS a, 0 AS b, (x.day - max(o.day)) // 360 AS n,
            [arg_max(o.serial, o.day), x.serial] AS rows
            FROM events x JOIN events o ON o.kind = {OVERRIDE} AND o.day <= x.day
            WHERE x.kind = {EXTINCT}
            GROUP BY x.day, x.serial, o.who QUALIFY row_number() OVER (PARTITION BY x.serial ORDER BY max(o.day) DESC) = 1
            ORDER BY x.day
        """),
    ),
    Pattern(
        "Mutiny of the Pipes",
        "{a} told the city to stop; of the bays that did not hear {n} are named.",
        "person",
        _sql("""
            WITH told AS (
            SELECT d.serial, d.day, arg_max(o.serial, o.day) AS command
            FROM events d JOIN events o ON o.kind = {OVERRIDE} AND o.day <= d.day WHERE d.kind = {BAY_DEFIED}
            GROUP BY d.serial, d.day
            )
            SELECT max(t.day) AS day, 3.0 + log2(count(*)) / 2 AS weight, o.who AS a, o.whom AS b, count(*) AS n,
            [o.serial] || list(t.serial ORDER BY t.serial)[1:4] AS rows
            FROM told t JOIN events o ON o.serial = t.command
            GROUP BY o.serial, o.who, o.whom ORDER BY day, a
        """),
        b_is="bay",
    ),
    Pattern(
        "Override, and Relapse",
        "{a} stood at the terminal. It held for {n} years.",
        "person",
        _sql("""
            WITH told AS (
            SELECT l.serial, l.day, arg_max(o.serial, o.day) AS command
            FROM events l JOIN events o ON o.kind = {OVERRIDE} AND o.day <= l.day WHERE l.kind = {RELAPSE}
            GROUP BY l.serial, l.day
            )
            SELECT t.day, 7.0 AS weight, o.who AS a, 0 AS b, (t.day - o.day) // 360 AS n,
            [o.serial, max(r.serial), t.serial] AS rows
            FROM told t JOIN events o ON o.serial = t.command
            LEFT JOIN events r ON r.kind = {RESTORED} AND r.day BETWEEN o.day AND t.day
            GROUP BY t.day, t.serial, o.serial, o.who, o.day ORDER BY t.day
        """),
    ),
)


def stories(annals: Annals, spoilers: bool = False) -> list[Story]:
    """All stories of a run that may be told, the weightiest first."""
    library, found = annals.library, []
    for pattern in PATTERNS:
        if pattern.spoiler and not spoilers:
            continue
        for day, weight, a, b, n, rows in library.ask(pattern.sql):
            lead = pattern.lead.format(
                a=library.speaker.say(pattern.a_is, int(a)), b=library.speaker.say(pattern.b_is, int(b)), n=f"{int(n):,}"
            )
            told = sorted({int(r) for r in rows if r is not None and annals.told[int(r)]})
            found.append(Story(pattern, int(day), float(weight), lead, tuple(told)))
    return sorted(found, key=lambda s: (-s.weight, s.day, s.pattern.title, s.lead))


def varied(found: list[Story], top: int, each: int = 3) -> list[Story]:
    """The weightiest `top` stories, at most `each` of one pattern, in order of time."""
    kept: list[Story] = []
    for story in found:
        if len(kept) < top and sum(k.pattern is story.pattern for k in kept) < each:
            kept.append(story)
    return sorted(kept, key=lambda s: (s.day, s.pattern.title, s.lead))


def show(
    directory: Path, console: Console, top: int = 12, words: str = "seed", spoilers: bool = False, sql: bool = False
) -> None:
    """Print the best stories of a run, or with `sql` the patterns themselves. errors   BadRun"""
    from rich.text import Text

    if sql:
        for pattern in PATTERNS:
            console.out(f"-- {pattern.title}\n{pattern.sql};\n", highlight=False)
        return
    with Library(directory, words) as library:
        annals = Annals(library, spoilers)
        found = stories(annals, spoilers)
        if not found:
            console.print("no story that the patterns know; `megastructure chronicle` tells what there is")
        for story in varied(found, top):
            console.print(Text.assemble("\n", (story.pattern.title, "bold cyan"), (f"   {library.when(story.day)}", "dim")))
            console.print(Text(story.lead, style="italic"))
            for line in annals.lines(np.array(story.rows)):
                tell(console, library, line)


__all__ = ["PATTERNS", "Pattern", "Story", "show", "stories", "varied"]
