"""`megastructure report`: a history on one page of HTML that needs nothing else, with the question behind every number.

What the page says comes from the log: sentences from the chronicle, numbers from SQL. Each number carries its statement as a
tooltip, each figure below it; `megastructure sql RUN "..."` gives the same again.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..annals import Annals, Line
from ..codes import Allegiance, EventKind, Phase
from ..disk import make_dirs, put_file, writing
from ..library import Found, Library
from ..names import spoken_place
from ..sentences import KINDS
from ..tables import (
    F_ALLEGIANCE,
    F_BORN,
    F_HEIGHT,
    F_NAME,
    F_PHASE,
    F_PITCH,
    F_X,
    F_Z,
    PE_NAME,
    V_DAY,
    V_KIND,
    V_MAGNITUDE,
    V_WHO,
    V_WHOM,
    WA_NAME,
    Y_AUTHORITY_BAYS,
    Y_SAFEGUARD_BAYS,
    Y_YEAR,
    YEAR,
)
from .biography import life
from .eras import eras
from .figures import Band, Curve, Mark, legend, plot, squares, timeline
from .stories import stories, varied
from .style import STYLE

BONE, RUST, CYAN, GREY, AMBER, VIOLET = "#e6decb", "#c4553c", "#6fb3bd", "#7d858c", "#d6a457", "#9a7fb5"
RULES = (GREY, RUST, CYAN)  # by Allegiance
CAUSES = (("age", GREY), ("hunger", AMBER), ("units", RUST), ("shot", BONE), ("journey", CYAN), ("exposed", VIOLET))
PICTURE_BYTES_MAX = 2_000_000
MAPS = 5  # dates
BIOGRAPHIES = 6
DEEDS = 14  # events of a biography
HISTORY = (  # the kinds of which the history in a paragraph is made, the first of each; of purges every one
    EventKind.FOUNDING,
    EventKind.STRIKE,
    EventKind.ERA_DAWN,
    EventKind.WANDERER_CAME,
    EventKind.PURGE,
    EventKind.LOCKED,
    EventKind.OVERRIDE_REFUSED,
    EventKind.ESCORT_BEGUN,
    EventKind.ESCORT_ARRIVED,
    EventKind.OVERRIDE,
    EventKind.RESTORED,
    EventKind.RELAPSE,
    EventKind.EXTINCT,
)
ENDINGS = {
    "RESTORED": "The city was made to serve people again.",
    "EXTINCT": "The people of the city have died out.",
    "LOCKED": "The key can never come together again.",
    "CONTESTED": "Nothing is decided.",
}


class Page:
    """The page of one run. `text()` is all of it."""

    def __init__(self, library: Library, spoilers: bool) -> None:
        self.library = library
        self.spoilers = spoilers
        self.annals = Annals(library, spoilers)
        self.eras = eras(library)
        self.years = library.day // YEAR
        self.people = library.era_day >= 0
        self.safeguard, self.authority = library.speaker.words["Safeguard"], library.speaker.words["Authority"]
        self.rules = tuple(zip(("healthy", self.safeguard, self.authority), RULES))

    # ---- numbers that can be asked back -------------------------------------------------------------------------------

    def number(self, sql: str) -> str:
        """A number, with the statement that gives it."""
        value = self.library.query(sql)[1][0][0]
        return f'<b class="n" title="{escape(sql)}">{int(value or 0):,}</b>'

    def columns(self, sql: str) -> list[np.ndarray]:
        """The columns of an answer."""
        heads, rows = self.library.query(sql)
        return list(np.array(rows, np.float64).reshape(-1, len(heads)).T)

    def ask_back(self, sql: str, words: str = "ask it back") -> str:
        """A statement folded under a figure."""
        command = f'megastructure sql {self.library.directory} "{sql}"'
        return f'<details><summary>{escape(words)}</summary><pre data-sql="{escape(sql)}">{escape(command)}</pre></details>'

    # ---- parts --------------------------------------------------------------------------------------------------------

    def text(self) -> str:
        """The whole page."""
        title = f"The city of {spoken_place(int(self.library.table('foremen')[0, F_NAME]))}"
        parts = [self.head(title), self.facts(), self.era_part(), self.figures(), self.story_part()]
        parts += [self.maps(), self.lives(), self.picture(), self.foot()]
        body = "\n".join(part for part in parts if part)
        return (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body><main>\n{body}\n</main></body></html>\n"
        )

    def head(self, title: str) -> str:
        """Name, label and the history in a paragraph."""
        label, said = self.verdict()
        history = " ".join(f"<i>{line.day // YEAR:,}</i>&nbsp;{escape(line.sentence)}" for line in self.history())
        return (
            f'<header><p class="over">megastructure &middot; seed {self.library.archive.scenario.seed} &middot; '
            f"{self.number('SELECT max(year) FROM series')} years</p><h1>{escape(title)}</h1>"
            f'<p class="label {label.lower()}">{label}</p><p class="said">{escape(said)}</p>'
            f'<p class="history">{history}</p></header>'
        )

    def verdict(self) -> tuple[str, str]:
        """The label of the history, and what it means."""
        label, day = self.library.ending if self.spoilers else self.library.known_ending
        if not self.people:
            return "UNINHABITED", "A city that builds itself, and nobody in it."
        when = "" if label == "CONTESTED" else f" {label.capitalize()} in {self.library.when(day)}."
        return label, f"{ENDINGS[label]}{when}"

    def history(self) -> list[Line]:
        """The events that make the history in a paragraph."""
        events, rows = self.annals.events, []
        for kind in HISTORY:
            there = np.flatnonzero((events[:, V_KIND] == kind) & self.annals.told)
            rows += there[: 3 if kind == EventKind.PURGE else 1].tolist()
        return self.annals.lines(np.array(sorted(rows), np.int64))

    def facts(self) -> str:
        """What there is and was, in numbers."""
        asked = [
            ("bays stand", "SELECT bays FROM series ORDER BY year DESC LIMIT 1"),
            ("bays were ever claimed", "SELECT count(*) FROM foremen"),
            ("schools of building", "SELECT count(*) FROM schools"),
            ("works were planned", "SELECT planned FROM series ORDER BY year DESC LIMIT 1"),
        ]
        if self.people:
            asked += [
                ("people live", "SELECT people FROM series ORDER BY year DESC LIMIT 1"),
                ("were ever born", "SELECT births FROM series ORDER BY year DESC LIMIT 1"),
                ("villages ever", "SELECT count(*) FROM villages"),
                ("villages fell", f"SELECT count(*) FROM events WHERE kind = {int(EventKind.VILLAGE_FELL)}"),
                ("raids", "SELECT raids FROM series ORDER BY year DESC LIMIT 1"),
                ("holes shot by the gun", "SELECT count(*) FROM shots"),
                ("tests", f"SELECT count(*) FROM events WHERE kind = {int(EventKind.PERSON_TESTED)}"),
                ("escorts", f"SELECT count(*) FROM events WHERE kind = {int(EventKind.ESCORT_BEGUN)}"),
            ]
        cells = "".join(f"<li>{self.number(sql)}<span>{escape(words)}</span></li>" for words, sql in asked)
        return f'<ul class="facts">{cells}</ul>'

    def era_part(self) -> str:
        """The eras as bands, and why they are called so."""
        if not self.eras:
            return ""
        rows = "".join(
            f"<li><b>{escape(e.name)}</b> <em>{e.first:,}&ndash;{e.end:,}</em> {escape(e.why)}</li>" for e in self.eras
        )
        return f'<section><h2>Eras</h2>{timeline(self.bands(), float(self.eras[-1].end))}<ul class="eras">{rows}</ul></section>'

    def bands(self) -> list[Band]:
        """The eras, to stand behind figures."""
        return [Band(e.first, e.end, e.name) for e in self.eras]

    def marks(self) -> list[Mark]:
        """Purges, overrides and other turns, to stand across figures."""
        colours = {
            EventKind.PURGE: RUST,
            EventKind.OVERRIDE: CYAN,
            EventKind.RESTORED: CYAN,
            EventKind.RELAPSE: RUST,
            EventKind.EXTINCT: BONE,
        }
        events = self.annals.events
        rows = np.flatnonzero(np.isin(events[:, V_KIND], [int(k) for k in colours]))
        return [
            Mark(line.day / YEAR, colours[line.kind], f"year {line.day // YEAR:,}: {line.sentence}")
            for line in self.annals.lines(rows)
        ]

    def figure(self, title: str, says: str, drawn: str, sql: str) -> str:
        """A figure with its caption and its question."""
        return f"<figure><figcaption><b>{escape(title)}</b> {escape(says)}</figcaption>{drawn}{self.ask_back(sql)}</figure>"

    def figures(self) -> str:
        """The curves of the history."""
        found = []
        since = max(0, self.library.era_day // YEAR)
        if self.people and self.years > since:
            where, bands, marks = f"WHERE year > {since}", self.bands(), self.marks()
            sql = f"SELECT year, people, villages FROM series {where} ORDER BY year"
            year, people, villages = self.columns(sql)
            curves = [Curve("people", BONE, people)]
            found.append(
                self.figure(
                    "People",
                    "alive at the end of each year; dashed: purges and other turns.",
                    plot(year, curves, marks, bands),
                    sql,
                )
            )
            causes = ", ".join(f"deaths_{c} - lag(deaths_{c}, 1, 0) OVER (ORDER BY year) AS {c}" for c, _ in CAUSES)
            means = ", ".join(f"sum({c}) / count(*) AS {c}" for c, _ in CAUSES)
            sql = (
                f"SELECT year // 10 * 10 AS decade, sum(born) / count(*) AS births, {means} "
                f"FROM (SELECT year, births - lag(births, 1, 0) OVER (ORDER BY year) AS born, {causes} FROM series) {where} "
                "GROUP BY decade ORDER BY decade"
            )
            decade, births, *deaths = self.columns(sql)
            stack = [Curve(f"died: {c}", colour, d) for (c, colour), d in zip(CAUSES, deaths)]
            found.append(
                self.figure("Deaths", "a year by cause, as means of decades.", plot(decade, stack, marks, (), True), sql)
            )
            found.append(
                self.figure(
                    "Births",
                    "a year, as means of decades.",
                    plot(decade, [Curve("births", BONE, births)], marks, bands, height=130),
                    sql,
                )
            )
            sql = f"SELECT year, alert / 65536 AS alert, hunting, villages FROM series {where} ORDER BY year"
            year, alert, hunting, villages = self.columns(sql)
            found.append(
                self.figure(
                    "Alert",
                    f"of {self.safeguard}, and how many units hunt.",
                    plot(
                        year, [Curve("alert", RUST, alert), Curve("units that hunt", AMBER, hunting)], marks, bands, height=150
                    ),
                    sql,
                )
            )
            found.append(
                self.figure(
                    "Villages",
                    "that stand.",
                    plot(year, [Curve("villages", BONE, villages)], marks, bands, steps=True, height=130),
                    sql,
                )
            )
            ruled = "bays - safeguard_bays - authority_bays AS healthy, safeguard_bays, authority_bays"
            sql = f"SELECT year, {ruled} FROM series {where} ORDER BY year"
            year, *bays = self.columns(sql)
            stack = [Curve(label, colour, n) for (label, colour), n in zip(self.rules, bays)]
            found.append(self.figure("Allegiance", "whom the bays obey.", plot(year, stack, marks, (), True), sql))
            found.append(self.carriers(where, marks, bands))
        sql = "SELECT year, bays, schools FROM series ORDER BY year"
        if self.years:
            year, bay, school = self.columns(sql)
            found.append(
                self.figure(
                    "The city",
                    "bays that stand, from its founding.",
                    plot(year, [Curve("bays", GREY, bay)], (), self.bands(), height=150),
                    sql,
                )
            )
            found.append(
                self.figure(
                    "Schools",
                    "of building with a living bay.",
                    plot(year, [Curve("schools", AMBER, school)], (), self.bands(), height=110),
                    sql,
                )
            )
        return f"<section><h2>Figures</h2>{''.join(found)}</section>"

    def carriers(self, where: str, marks: Sequence[Mark], bands: Sequence[Band]) -> str:
        """Carriers, known and, with spoilers, alive; and the loci that somebody alive shows."""
        if not self.spoilers:
            sql = f"SELECT year, known_carriers FROM series {where} ORDER BY year"
            year, known = self.columns(sql)
            return self.figure(
                "Carriers",
                "that a test has shown; whoever else there is, nobody knows.",
                plot(year, [Curve("known", CYAN, known)], marks, bands, steps=True, height=110),
                sql,
            )
        sql = f"SELECT year, carriers, known_carriers, bit_count(loci) AS loci FROM series {where} ORDER BY year"
        year, there, known, loci = self.columns(sql)
        curves = [Curve("alive", BONE, there), Curve("known", CYAN, known), Curve("loci that somebody shows", VIOLET, loci)]
        return self.figure(
            "Carriers",
            "alive and known, and how many loci of the key are left.",
            plot(year, curves, marks, bands, steps=True, height=150),
            sql,
        )

    def story_part(self) -> str:
        """The best stories."""
        cards = []
        for story in varied(stories(self.annals, self.spoilers), 9, 2):
            lines = "".join(self.event(line) for line in self.annals.lines(np.array(story.rows)))
            cards.append(
                f"<article><h3>{escape(story.pattern.title)}</h3><p class=lead>{escape(story.lead)}</p><ol>{lines}</ol>"
                f"{self.ask_back(story.pattern.sql, 'the pattern')}</article>"
            )
        return f'<section><h2>Stories</h2><div class="cards">{"".join(cards)}</div></section>' if cards else ""

    def event(self, line: Line) -> str:
        """A line of the chronicle."""
        return f'<li><time title="{escape(KINDS[line.kind].caption)}">{line.day // YEAR:,}</time> {escape(line.sentence)}</li>'

    def lives(self) -> str:
        """Biographies of the few who mattered."""
        cards = []
        for found in self.who_mattered():
            told = life(self.annals, found, DEEDS)
            facts = " ".join(escape(f) for f in told.facts)
            lines = "".join(self.event(line) for line in self.annals.lines(told.rows))
            sql = f"SELECT * FROM events_named WHERE who = {found.name} OR whom = {found.name} ORDER BY day"
            cards.append(f"<article><h3>{escape(told.title)}</h3><p>{facts}</p><ol>{lines}</ol>{self.ask_back(sql)}</article>")
        return f'<section><h2>Lives</h2><div class="cards">{"".join(cards)}</div></section>' if cards else ""

    def who_mattered(self) -> list[Found]:
        """The wanderers, whoever stood at a terminal or was led to one, and with spoilers the last who had a locus."""
        library, events = self.library, self.annals.events
        found = [Found("wanderers", n, int(w[WA_NAME])) for n, w in enumerate(library.table("wanderers")[:2])]
        persons = library.table("persons")
        serials = {int(name): serial for serial, name in enumerate(persons[:, PE_NAME])}
        kinds = [
            EventKind.OVERRIDE,
            EventKind.ESCORT_ARRIVED,
            EventKind.ESCORT_BEGUN,
            EventKind.OVERRIDE_LOCAL,
            EventKind.OVERRIDE_REFUSED,
        ]
        names = [int(e[V_WHO]) for kind in kinds for e in events[events[:, V_KIND] == kind]]
        if self.spoilers:
            names += [int(n) for n in events[events[:, V_KIND] == EventKind.LOCUS_LOST][:, V_WHO]]
        for name in dict.fromkeys(names):
            if name in serials and len(found) < BIOGRAPHIES:
                found.append(Found("persons", serials[name], name))
        return found

    def maps(self) -> str:
        """Whom the bays obeyed, on five days, from above and from the side."""
        foremen = self.library.table("foremen")
        first = max(0, self.library.era_day) if self.people else 0
        if not len(foremen) or self.library.day <= first:
            return ""
        low = foremen[:, F_X : F_Z + 1].min(0)
        high = (foremen[:, F_X : F_Z + 1] + foremen[:, [F_PITCH, F_PITCH, F_HEIGHT]]).max(0)
        parts = []
        for day in self.dates(first):
            there, rules = allegiance_at(self.library, day)
            drawn = []
            for axes, tall in (((0, 1), F_PITCH), ((0, 2), F_HEIGHT)):
                corners = foremen[there][:, [F_X + axes[0], F_X + axes[1]]]
                sizes = foremen[there][:, [F_PITCH, tall]]
                frame = tuple(float(v) for v in (low[axes[0]], low[axes[1]], *(high - low)[list(axes)]))
                drawn.append(squares(corners, sizes, rules[there], RULES, frame))
            year = max(1, day // YEAR)
            counts = [
                self.number(f"SELECT {what} FROM series WHERE year = {year}")
                for what in ("bays", "safeguard_bays", "authority_bays")
            ]
            parts.append(
                f'<div class="map"><h4>year {day // YEAR:,}</h4>{drawn[0]}{drawn[1]}'
                f"<p>{counts[0]} bays; {counts[1]} obey {escape(self.safeguard)}, "
                f"{counts[2]} {escape(self.authority)}</p></div>"
            )
        sql = f"SELECT day, kind, who, whom, magnitude FROM events WHERE kind IN {TURNS} ORDER BY day, serial"
        note = (
            "Above: from the zenith. Below: from the side. The brighter a square, the more bays stand behind it. The bays that "
            "obeyed an override are taken to be those nearest to its terminal; the numbers are exact."
        )
        return (
            f'<section><h2>Whom the bays obey</h2><p class="note">{note}</p>{legend(self.rules)}'
            f'<div class="maps">{"".join(parts)}</div>'
            f"{self.ask_back(sql)}</section>"
        )

    def dates(self, first: int) -> list[int]:
        """Days of the maps: the first, the last, and between them those that part the turning of bays, and time, evenly."""
        series = self.library.table("series")
        since = series[series[:, Y_YEAR] * YEAR > first]
        if len(since) < MAPS:
            return [int(day) for day in np.linspace(first, self.library.day, MAPS)]
        turned = np.abs(np.diff(since[:, [Y_SAFEGUARD_BAYS, Y_AUTHORITY_BAYS]], axis=0)).sum(1)
        passed = np.concatenate([[0.0], np.cumsum(turned / max(1, turned.sum()) + 0.5 / len(turned))])
        rows = np.searchsorted(passed, np.linspace(0, passed[-1], MAPS)[1:-1])
        between = [int(since[row, Y_YEAR]) * YEAR for row in rows.tolist()]
        return [first, *between, self.library.day]

    def picture(self) -> str:
        """The newest picture of the run, if it is small enough to be taken along."""
        folder = self.library.directory / "pictures"
        kinds = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}
        there = [p for p in folder.glob("*") if p.suffix.lower() in kinds and p.is_file() and not p.is_symlink()]
        small = [p for p in there if p.stat().st_size < PICTURE_BYTES_MAX]
        if not small:
            return ""
        path = max(small, key=lambda p: (p.stat().st_mtime_ns, p.name))
        data = base64.b64encode(path.read_bytes()).decode()
        return f'<section><img alt="the city" src="data:image/{kinds[path.suffix.lower()]};base64,{data}"></section>'

    def foot(self) -> str:
        """Where all this comes from."""
        archive = self.library.archive
        last = archive.last_commit
        assert last is not None
        return (
            "<footer>Every number on this page can be asked back from the run directory "
            f"<code>{escape(str(self.library.directory))}</code>: hover over it, or unfold a figure. "
            f"Digest <code>{escape(last.digest)}</code>, laws "
            f"<code>{escape(archive.laws_digest)}</code>, version {escape(archive.version)}."
            f"{'' if self.spoilers else ' What nobody in the city could know is left out; --spoilers tells it.'}</footer>"
        )


OVERRIDES = (int(EventKind.OVERRIDE_LOCAL), int(EventKind.OVERRIDE))
TURNS = tuple(
    int(k)
    for k in (
        EventKind.BAY_BORN, EventKind.BAY_RELEASED, EventKind.STRIKE, EventKind.BAY_INFECTED, EventKind.BAY_FLIPPED,
        EventKind.OVERRIDE_LOCAL, EventKind.OVERRIDE,
    )
)  # fmt: skip


def allegiance_at(library: Library, day: int) -> tuple[np.ndarray, np.ndarray]:
    """Which bays stood at the end of a day, and whom each obeyed: rows of `foremen`, and the rule of every row.

    From the newest frame at or before that day, and the turns that the chronicle tells after it. Of an override the log
    tells how many bays obeyed, not which: they are taken to be those nearest to its terminal.
    """
    foremen, events = library.table("foremen"), library.table("events")
    rules = np.zeros(len(foremen), np.int64)
    frames = [d for d in library.archive.frames() if d <= min(day + 1, library.day)]
    after = -1
    if frames:
        stored = library.frame["foremen"] if frames[-1] == library.day else library.archive.frame(frames[-1])["foremen"]
        known = min(len(stored), len(rules))
        rules[:known] = stored[:known, F_ALLEGIANCE]
        after = frames[-1] - 1  # a frame of day d holds what was true before that day
    rows = {int(name): n for n, name in enumerate(foremen[:, F_NAME])}
    turns = events[np.isin(events[:, V_KIND], TURNS) & (events[:, V_DAY] > after) & (events[:, V_DAY] <= day)]
    for e in turns[np.argsort(turns[:, V_DAY], kind="stable")]:
        kind = int(e[V_KIND])
        row = rows.get(int(e[V_WHOM if kind in OVERRIDES else V_WHO]), -1)
        if row < 0:
            continue
        if kind in OVERRIDES:
            far = np.abs(foremen[:, F_X : F_Z + 1] - foremen[row, F_X : F_Z + 1]).sum(1)
            far[foremen[:, F_BORN] > e[V_DAY]] = far.max() + 1
            rules[np.argsort(far, kind="stable")[: max(0, int(e[V_MAGNITUDE]))]] = Allegiance.AUTHORITY
        elif kind == EventKind.BAY_BORN:
            parent = rows.get(int(e[V_WHOM]), -1)
            rules[row] = rules[parent] if parent >= 0 else Allegiance.HEALTHY
        elif kind == EventKind.BAY_FLIPPED:
            rules[row] = min(max(int(e[V_MAGNITUDE]), 0), len(RULES) - 1)
        elif kind != EventKind.BAY_RELEASED:
            rules[row] = Allegiance.SAFEGUARD
    stands = foremen[:, F_BORN] <= day
    gone = events[(events[:, V_KIND] == EventKind.BAY_RELEASED) & (events[:, V_DAY] <= day)]
    stands &= ~np.isin(foremen[:, F_NAME], gone[:, V_WHO])
    if day >= library.day - 1:
        stands &= foremen[:, F_PHASE] != Phase.RELEASED
    return np.flatnonzero(stands), np.clip(rules, 0, len(RULES) - 1)


class Written(NamedTuple):
    """A page that was written, and its beginning: the label, what it means, and the history as (year, sentence)."""

    path: Path
    label: str
    said: str
    history: list[tuple[int, str]]


def write(directory: Path, out: Path | None = None, words: str = "seed", spoilers: bool = False) -> Written:
    """Write the page of a run (default: report.html in it). errors   BadRun, CannotWrite"""
    with Library(directory, words) as library:
        page = Page(library, spoilers)
        text = page.text()
        label, said = page.verdict()
        history = [(line.day // YEAR, line.sentence) for line in page.history()]
    path = out or Path(directory) / "report.html"
    with writing(path):
        make_dirs(path.resolve().parent)
        put_file(path, text.encode())
    return Written(path, label, said, history)


__all__ = ["Page", "Written", "allegiance_at", "write"]
