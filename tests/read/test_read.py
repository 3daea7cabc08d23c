"""The readers: every kind has its sentence, every pattern its story, every number its question; and nothing is written."""

from __future__ import annotations

import itertools
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console

from megastructure.door.cli import cli
from megastructure.ground.codes import EventKind
from megastructure.ground.tables import Events
from megastructure.read import page
from megastructure.read.allegiance import allegiance_at
from megastructure.read.biography import last_holder, life, lineage
from megastructure.read.chronicle import kind_of, years_of
from megastructure.read.eras import cuts, eras
from megastructure.read.stories import PATTERNS, stories
from megastructure.told.annals import Annals
from megastructure.told.library import ALL, SECRET, Library, secret
from megastructure.told.sentences import KINDS, VOCABULARY, Speaker, amount
from megastructure.told.significance import best, causes, followers, reach, significance
from megastructure.words.errors import BadRun, MegastructureError
from megastructure.words.names import spoken, spoken_place
from worlds.made_run import BORN_TOO_FAR, CARRIER, LAST, VILLAGES, WANDERER, YEAR, bay, make, person, unit, village


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("made") / "run")


@pytest.fixture(scope="module")
def library(made):
    with Library(made) as there:
        yield there


def run(*words: object, code: int = 0) -> str:
    """What a command prints when it is piped; its exit code must be `code`."""
    result = CliRunner().invoke(cli, [str(w) for w in words], standalone_mode=False)
    found = result.exception.exit_code if isinstance(result.exception, MegastructureError) else result.exit_code
    assert found == code, result.exception or result.output
    return result.output if code == 0 else str(result.exception)


# ---- sentences ---------------------------------------------------------------------------------------------------------


def test_every_kind_is_told():
    assert list(KINDS) == list(EventKind)
    assert len({k.caption for k in KINDS.values()}) == len(KINDS)


def test_what_nobody_can_know():
    assert {k.name for k in EventKind if KINDS[k].spoiler} == {
        "CARRIER_BORN", "CARRIER_DIED", "LOCUS_LOST", "CARRIER_MISSED", "LOCKED",
    }  # fmt: skip


@pytest.mark.parametrize("words", VOCABULARY)
@pytest.mark.parametrize("kind", EventKind)
def test_a_sentence_is_filled(kind, words):
    speaker = Speaker(words, [WANDERER])
    for whom in (0, WANDERER, village(1)):
        for magnitude in (0, 1, 2, 5, 63, 4000):
            text = speaker.tell(int(kind), person(1), whom, bay(1), magnitude)
            assert text.endswith(".") and not text[0].islower() and "{" not in text and "nobody is" not in text
            assert not re.search(r" [.,:]|:\.|  ", text), text


def test_words_are_chosen():
    seed, plain = Speaker("seed", [WANDERER, unit(1)]), Speaker("plain", [WANDERER])
    assert set(VOCABULARY["seed"]) == set(VOCABULARY["plain"])
    assert seed.say("wanderer", WANDERER) == "Killy" and seed.say("wanderer", unit(1)) == spoken(unit(1))
    assert plain.say("wanderer", WANDERER) == spoken(WANDERER)
    told = [(EventKind.CARRIER_MISSED, "Net Terminal Gene"), (EventKind.SPARED, "Safeguard"), (EventKind.WARNING, "Authority")]
    for kind, word in told:
        assert word in seed.tell(kind, 5, WANDERER, 0, 0) and word not in plain.tell(kind, 5, WANDERER, 0, 0)
    for text in ("Killy", "Safeguard", "Net Terminal Gene", "Authority"):
        assert not any(text in plain.tell(kind, WANDERER, WANDERER, 0, 1) for kind in EventKind)
    with pytest.raises(MegastructureError, match="seed or plain"):
        Speaker("klingon")


@pytest.mark.parametrize(
    ("kind", "magnitude", "said"),
    [
        (EventKind.FLIGHT, 1, "1 person flees from"),
        (EventKind.FLIGHT, 2000, "2,000 people flee from"),
        (EventKind.HUNGER, 1, "1 person goes hungry"),
        (EventKind.VILLAGE_FOUNDED, 1, "1 person leaves"),
        (EventKind.OVERRIDE, 1, "1 bay obeys"),
        (EventKind.OVERRIDE, 0, "no bay obeys"),
        (EventKind.ERA_DAWN, 1, "1 person lives"),
        (EventKind.ESCORT_BEGUN, 0, "for the terminal of the same bay."),
        (EventKind.ESCORT_BEGUN, 1, "a terminal, 1 hop away."),
        (EventKind.CARRIER_DIED, 0, ", dies untested."),
        (EventKind.CARRIER_DIED, 1, ", dies, and it was known."),
        (EventKind.EXTINCT, 0, "have died out."),
        (EventKind.EXTINCT, 3, "have died out: 3 people left."),
    ],
)
def test_one_none_and_many_read_well(kind, magnitude, said):
    assert said in Speaker("seed", [WANDERER]).tell(int(kind), person(1), village(2), bay(1), magnitude)


def test_amounts():
    assert amount("person|people", 1) == "1 person" and amount("person|people", 1200) == "1,200 people"
    assert amount("day", 30) == "30 days" and amount("day", 5 * YEAR) == "5 years"
    assert (
        amount("mask", 0b100101) == "loci 0, 2 and 5"
        and amount("mask", 4) == "locus 2"
        and amount("mask", 0) == "nothing of the key"
    )


# ---- the library -------------------------------------------------------------------------------------------------------


def test_names_in_sql_are_those_of_python(library):
    names = [*np.random.default_rng(1).integers(1, 2**63 - 1, 500).tolist(), 1, 2**63 - 1]
    rows = library.ask("SELECT n, spoken(n), spoken_place(n) FROM (SELECT unnest(?::BIGINT[]) AS n)", [names])
    assert [(n, spoken(n), spoken_place(n)) for n in names] == rows


def test_every_table_and_view_can_be_asked(library):
    for name in ALL:
        assert library.query(f"SELECT * FROM {name} LIMIT 3")[0]
    assert library.query("SELECT count(*) FROM kinds")[1] == [(len(EventKind),)]
    sql = f"SELECT village_called, mother_called FROM persons_named WHERE name = {person(LAST)}"
    assert library.query(sql)[1] == [(spoken_place(village(LAST % VILLAGES)), spoken(person(1)))]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO events SELECT * FROM events", "CREATE TABLE mine(a INT)", "DROP TABLE events", "UPDATE events SET day = 0",
        "WITH a AS (INSERT INTO events SELECT * FROM events RETURNING *) SELECT * FROM a", "ATTACH 'x.db'",
        "SELECT 1; SELECT 2", "", "COPY events TO 'x.csv'", "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM '/etc/passwd'", "SELECT * FROM glob('/*')",
        "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access = true", "PRAGMA version", "SELEC 1",
        "SELECT * FROM library", "SELECT * FROM nobody",
    ],
)  # fmt: skip
def test_sql_reads_and_does_nothing_else(library, sql, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = library.query("SELECT count(*), sum(day) FROM events")
    with pytest.raises(MegastructureError) as refusal:
        library.query(sql)
    assert "\n" not in str(refusal.value) and not list(tmp_path.iterdir())
    assert library.query("SELECT count(*), sum(day) FROM events") == before


def test_secrets_are_the_same_in_sql_and_in_python(library):
    told = {int(s) for (s,) in library.ask(f"SELECT serial FROM events WHERE {SECRET}")}
    assert told == set(np.flatnonzero(secret(library.table("events"))).tolist()) and told


def test_people_are_found_by_what_they_are_called(library):
    for table, name, called in [
        ("persons", person(3), spoken(person(3))), ("villages", village(2), spoken_place(village(2)).lower()),
        ("foremen", bay(7), spoken_place(bay(7))), ("foremen", bay(7), spoken(bay(7))), ("wanderers", WANDERER, "killy"),
        ("persons", person(3), str(person(3))),
    ]:  # fmt: skip
        found = library.find(called)
        assert (found.table, found.name) == (table, name)
    near = spoken(person(3))[:-1] + "x"
    with pytest.raises(MegastructureError, match=f"did you mean.*{spoken(person(3)).title()}"):
        library.find(near)


def test_no_run_no_reading(tmp_path):
    for directory in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(BadRun):
            Library(directory)


# ---- significance ------------------------------------------------------------------------------------------------------


def forest(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    events = np.zeros((n, 9), np.int64)
    events[:, Events.day] = np.sort(rng.integers(0, n // 3 + 1, n))
    events[:, Events.kind] = rng.choice([int(k) for k in EventKind], n)
    events[:, Events.name] = rng.permutation(n) + 10**9
    events[:, Events.chance_ppb] = rng.integers(0, 10**9 + 1, n) * rng.integers(0, 2, n)
    events[:, Events.cause] = np.where(rng.random(n) < 0.8, events[rng.integers(0, n, n), Events.name], rng.integers(0, 3, n))
    return events


@pytest.mark.parametrize("seed", range(20))
def test_followers_are_counted(seed):
    events = forest(60, seed)
    above = causes(events)
    counts = np.zeros(len(events), np.int64)
    circular = set()
    for i in range(len(events)):
        seen = [i]
        while above[seen[-1]] >= 0 and above[seen[-1]] not in seen:
            seen.append(int(above[seen[-1]]))
        if above[seen[-1]] >= 0:
            circular |= set(seen[seen.index(int(above[seen[-1]])) :])
        for j in seen[1:]:
            counts[j] += 1
    found = followers(events)
    straight = [i for i in range(len(events)) if i not in circular]
    assert np.array_equal(found[straight], counts[straight])
    assert np.all(np.isfinite(significance(events)))


def test_significance_by_hand(library):
    events = library.table("events")
    scores = significance(events)
    row = int(np.flatnonzero(events[:, Events.kind] == EventKind.STRIKE)[0])
    share = 1 / len(events)
    assert followers(events)[row] == 12
    assert scores[row] == pytest.approx(10 * (1 - np.log2(share)) * (1 + np.log2(13)))
    school = int(np.flatnonzero(events[:, Events.kind] == EventKind.SCHOOL_FOUNDED)[0])
    assert reach(events)[school] == 0  # the founding that led to it was on another day
    other = events.copy()
    other[row, Events.day], other[row, Events.cause], other[row, Events.who] = 0, other[0, Events.name], other[0, Events.who]
    assert reach(other)[row] == followers(other)[0] - 1 > 12
    row = int(np.flatnonzero(events[:, Events.kind] == EventKind.ESCORT_ARRIVED)[0])
    assert scores[row] == pytest.approx(7 * (1 + 2) * (1 + np.log2(1 + followers(events)[row])))


def test_the_best_of_each_span():
    events, scores = np.zeros((6, 9), np.int64), np.array([1.0, 3.0, 2.0, 5.0, 0.0, 4.0])
    assert best(events, scores, np.array([0, 0, 0, 1, 1, 1]), 2).tolist() == [1, 2, 3, 5]


# ---- chronicle ---------------------------------------------------------------------------------------------------------


def test_chronicle_is_plain_when_piped_and_hides_what_nobody_knows(made):
    text = run("chronicle", made, "--top", "1000")
    everything = run("chronicle", made, "--top", "1000", "--spoilers")
    assert "\x1b" not in everything and len(everything.splitlines()) > len(text.splitlines())
    hidden = [told.caption for told in KINDS.values() if told.spoiler and told.caption != "carrier died"]
    assert all(caption in everything and caption not in text for caption in hidden)
    assert spoken(person(BORN_TOO_FAR)) + ", who carried" not in text
    for told in KINDS.values():
        assert told.caption in everything


def test_on_one_day_a_cause_stands_before_what_followed(library):
    annals = Annals(library)
    rows = np.flatnonzero(np.isin(annals.events[:, Events.kind], [EventKind.VILLAGE_FELL, EventKind.VILLAGE_ENDED]))
    kinds = [line.kind for line in annals.lines(rows[::-1])]
    assert kinds[:2] == [EventKind.VILLAGE_FELL, EventKind.VILLAGE_ENDED]


def test_chronicle_in_colours(made):
    with Library(made):
        console = Console(force_terminal=True, width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
        from megastructure.read.chronicle import show

        show(made, console)
        assert "\x1b[" in console.export_text(styles=True)


def test_chronicle_is_narrowed(made):
    only = run("chronicle", made, "--kind", "village fell")
    assert only.count("falls") == 3 and "births" not in only
    assert "145" in only and "falls" not in run("chronicle", made, "--year", "150..160")
    assert run("chronicle", made, "--person", "Killy", "--words", "seed").count("Killy") > 10
    assert "Killy" not in run("chronicle", made, "--person", str(WANDERER), "--words", "plain")
    assert spoken_place(village(3)) in run("chronicle", made, "--place", spoken_place(village(3)))
    lines = [line for line in run("chronicle", made, "--by", "year", "--top", "1").splitlines() if line.strip()]
    assert len({line.split()[0] for line in lines}) == len(lines)


@pytest.mark.parametrize(
    "words",
    [("chronicle", "--person", "Dramo Nobody"), ("chronicle", "--kind", "wedding"), ("chronicle", "--year", "9..3"),
     ("chronicle", "--place", "Atlantis"), ("biography", "Dramo Nobody"), ("biography", "--locus", "9", "--spoilers"),
     ("biography", "--locus", "1"), ("biography",), ("sql", "DROP TABLE events"), ("chronicle", "--year", "500")],
)  # fmt: skip
def test_mistakes_are_one_line_and_exit_code_2(made, words):
    assert "\n" not in run(words[0], made, *words[1:], code=2)


def test_years_and_kinds():
    assert years_of("12") == (12, 12) and years_of("3..9") == (3, 9) and years_of("3..")[0] == 3
    assert kind_of("Override-Refused") == EventKind.OVERRIDE_REFUSED == kind_of("override refused")


# ---- biographies -------------------------------------------------------------------------------------------------------


def test_lives(library):
    annals = Annals(library)
    told = life(annals, library.find(spoken(person(CARRIER))), 100)
    kinds = [int(k) for k in annals.events[told.rows, Events.kind]]
    assert kinds[0] == EventKind.PERSON_BORN and EventKind.OVERRIDE in kinds and EventKind.CARRIER_BORN not in kinds
    assert "52 years old at death" in " ".join(told.facts)
    assert (
        EventKind.CARRIER_BORN
        in Annals(library, True).events[life(Annals(library, True), library.find(str(person(CARRIER))), 100).rows, Events.kind]
    )
    for name in (village(3), unit(0), bay(3), WANDERER):
        told = life(annals, library.find(str(name)), 5)
        assert 0 < len(told.rows) <= 5 and told.facts and np.all(np.diff(told.rows) > 0)


def test_biography_prints(made):
    text = run("biography", made, "Killy")
    assert text.startswith("Killy\n") and "2 villages found" in text and "(35)" in text
    text = run("biography", made, "--locus", "4", "--spoilers")
    assert spoken(person(LAST)) in text and spoken(person(1)) in text


def test_lineage_of_a_locus(library):
    persons = library.table("persons")
    last = last_holder(library, 4)
    assert last == LAST
    assert [(c.serial, c.side) for c in lineage(persons, last, 4)] == [(1, ""), (LAST, "mother")]


# ---- eras --------------------------------------------------------------------------------------------------------------


def test_cuts_are_where_numbers_change():
    rng = np.random.default_rng(2)
    numbers = np.concatenate([rng.normal(m, 0.3, (20, 2)) for m in (0, 5, 1)])
    assert cuts(numbers) == [20, 40]
    assert cuts(rng.normal(0, 1, (60, 3))) == [] == cuts(np.ones((50, 2)))


def test_eras_cover_the_history(library, made):
    found = eras(library)
    assert found[0].name == "The Building" and found[0].end == 100 and found[-1].end == 300
    assert all(a.end == b.first for a, b in itertools.pairwise(found))
    text = run("eras", made)
    assert all(era.name in text for era in found)


# ---- stories -----------------------------------------------------------------------------------------------------------


def test_every_pattern_finds_its_story_once(library):
    found = stories(Annals(library, True), True)
    assert sorted(s.pattern.title for s in found) == sorted(p.title for p in PATTERNS) and len(PATTERNS) == 12
    assert all(len(s.rows) >= 2 and s.weight > 0 and "nobody" not in s.lead[:7] for s in found)


@pytest.mark.parametrize("title", [p.title for p in PATTERNS])
def test_without_its_cause_there_is_no_story(title, tmp_path):
    with Library(make(tmp_path / "run", (title,))) as library:
        assert title not in {s.pattern.title for s in stories(Annals(library, True), True)}


def test_secret_stories_are_not_told(library, made):
    told = {s.pattern.title for s in stories(Annals(library), False)}
    assert told == {p.title for p in PATTERNS if not p.spoiler}
    text = run("stories", made, "--top", "20")
    assert "Exodus" in text and "Born Too Far" not in text
    assert "Born Too Far" in run("stories", made, "--top", "20", "--spoilers")


def test_patterns_can_be_asked(made, library):
    printed = run("stories", made, "--sql")
    for pattern in PATTERNS:
        assert pattern.sql in printed and len(library.query(pattern.sql)[1]) == 1


# ---- sql ---------------------------------------------------------------------------------------------------------------


def test_sql_prints_csv_when_piped(made):
    text = run("sql", made, "SELECT kind, count(*) AS n FROM events_named WHERE kind = 'VILLAGE_FELL' GROUP BY kind")
    assert text == "kind,n\nVILLAGE_FELL,3\n"


# ---- the page ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("people", [True, False])
@pytest.mark.parametrize("spoilers", [True, False])
def test_the_page_needs_nothing_else_and_every_number_can_be_asked_back(tmp_path, people, spoilers):
    directory = make(tmp_path / "run", people=people)
    (directory / "pictures").mkdir(exist_ok=True)
    (directory / "pictures" / "one.png").write_bytes(b"\x89PNG")
    run("report", directory, *(["--spoilers"] if spoilers else []))
    text = (directory / "report.html").read_text(encoding="utf-8")
    assert "http" not in text and "<script" not in text and "url(" not in text and "@import" not in text
    assert all(src.startswith("data:image/png;base64,") for src in re.findall(r'src="([^"]*)"', text))
    assert not re.findall(r"href=", text)
    numbers = re.findall(r'<b class="n" title="([^"]*)">([\d,]+)</b>', text)
    assert len(numbers) > 8
    with Library(directory) as library:
        for sql, shown in numbers:
            assert f"{library.query(unescape(sql))[1][0][0]:,}" == shown
        for sql in re.findall(r'data-sql="([^"]*)"', text):
            library.query(unescape(sql))
    assert (spoken(person(BORN_TOO_FAR)) in text) == (people and spoilers)
    assert text.count("<svg") == text.count("</svg>") > 5


class Outline(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("people", [True, False])
def test_the_page_can_be_heard(tmp_path, people):
    directory = make(tmp_path / "run", people=people)
    (directory / "pictures").mkdir(exist_ok=True)
    (directory / "pictures" / "one & two.png").write_bytes(b"\x89PNG")
    text = page.write(directory).path.read_text(encoding="utf-8")
    tags = Outline(text).tags
    assert ("html", {"lang": "en"}) in tags
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1 and all(b <= a + 1 for a, b in itertools.pairwise(levels))
    assert [tag for tag, _ in tags if tag in ("header", "main", "footer")] == ["header", "main", "footer"]
    assert re.search("<body>\\s*<header>.*</header>\\s*<main>.*</main>\\s*<footer>.*</footer>\\s*</body>", text, re.DOTALL)
    drawn = [attrs for tag, attrs in tags if tag == "svg"]
    names = [attrs["aria-label"] for attrs in drawn]
    assert len(names) > 5 and all(attrs["role"] == "img" for attrs in drawn) and all(len(n) > 10 for n in names)
    assert ("people: 500 in year 101" in " ".join(names)) == people
    assert [attrs["alt"] for tag, attrs in tags if tag == "img"] == ["the city: one & two"]
    assert text.count("<details") == text.count("<summary") > 5


def test_the_page_of_a_made_history(made, tmp_path):
    text = page.write(made, tmp_path / "there" / "page.html", words="plain").path.read_text(encoding="utf-8")
    assert (
        "RESTORED" in text and "Mutiny of the Pipes" in text and not re.search("Killy|Safeguard|Authority|Terminal Gene", text)
    )
    run("report", made, "--out", tmp_path / "two.html")
    assert "Killy" in (tmp_path / "two.html").read_text(encoding="utf-8")


def test_whom_bays_obeyed_is_replayed(library):
    there, rules = allegiance_at(library, 50 * YEAR)
    assert len(there) == 13
    infected = [n for n in range(24) if rules[n] == 1 and n in there]
    events = library.table("events")
    turned = events[
        np.isin(events[:, Events.kind], [EventKind.STRIKE, EventKind.BAY_INFECTED]) & (events[:, Events.day] <= 50 * YEAR)
    ]
    assert {bay(n) for n in infected} >= set(turned[:, Events.who].tolist()) - {bay(n) for n in range(13, 24)}
    there, rules = allegiance_at(library, 300 * YEAR)
    assert 22 not in there and rules[:17].tolist() == [0, 0, 0, *[1] * 13, 0]
