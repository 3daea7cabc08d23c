"""The answers of the server against the run itself, and garbage in every one of them."""

from __future__ import annotations

import base64
import json
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from megastructure.ground import tables as t
from megastructure.ground.codes import A_HEALTHY, A_SAFEGUARD, P_RELEASED, EventKind
from megastructure.ground.tables import YEAR
from megastructure.told.sentences import KINDS
from megastructure.watch import serve
from megastructure.watch.app import CHUNK_ANSWER, CHUNKS_MOST
from megastructure.watch.changes import change
from megastructure.watch.chunks import CHANGE, NOTHING_NEW, WHOLE
from megastructure.watch.events import hexed
from megastructure.watch.overlays import KINDS as OVERLAYS
from megastructure.watch.places import FIGURES_MOST
from megastructure.watch.tiles import unpacked
from megastructure.watch.view import View
from megastructure.words.errors import MegastructureError
from megastructure.words.names import spoken, spoken_place
from worlds import watched
from worlds.client import ask


@pytest.fixture(scope="module")
def view():
    return watched.view()


def chunk_request(day, keys, hashes=None):
    rows = b"".join(struct.pack("<iiiiQ", *k, h) for k, h in zip(keys, hashes or [0] * len(keys), strict=True))
    return struct.pack("<II", day, len(keys)) + rows


def chunk_answers(body, held=()):
    """The heads and the quads; `held`: those of which an answer may be a change."""
    (n,) = struct.unpack_from("<I", body)
    heads = np.frombuffer(body, CHUNK_ANSWER, n, 4)
    at, meshes = 4 + heads.nbytes, []
    for i, head in enumerate(heads):
        if head["follows"] == CHANGE:
            mesh, size = changed(held[i], body[at:])
            assert len(mesh) == int(head["quads"]) * 12
        else:
            size = int(head["quads"]) * 12 if head["follows"] == WHOLE else 0
            mesh = body[at : at + size]
        meshes.append(mesh)
        at += size
    assert at == len(body)
    return heads, meshes


def changed(held, told):
    """The quads after a change, and how many bytes tell it."""
    gone, came = struct.unpack_from("<II", told)
    places = struct.unpack_from(f"<{gone + came}H", told, 8)
    at = 8 + 2 * (gone + came)
    quads = [held[i : i + 12] for i in range(0, len(held), 12)]
    for i in reversed(places[:gone]):
        del quads[i]
    for k, i in enumerate(places[gone:]):
        quads.insert(i, told[at + 12 * k : at + 12 * k + 12])
    return b"".join(quads), at + 12 * came


QUADS = st.lists(st.binary(min_size=12, max_size=12), unique=True, max_size=30)


@given(QUADS, QUADS, st.randoms(use_true_random=False))
def test_a_change_turns_what_was_into_what_is_or_there_is_none(stay, others, dice):
    both = sorted({*stay, *others})
    before = b"".join(q for q in both if q in stay or dice.random() < 0.3)
    now = b"".join(q for q in both if q in stay or dice.random() < 0.3)
    told = change(before, now)
    stays = len({before[i : i + 12] for i in range(0, len(before), 12)} & {now[i : i + 12] for i in range(0, len(now), 12)})
    moved = (len(before) + len(now)) // 12 - 2 * stays
    assert (told is None) == (8 + 2 * moved >= 12 * stays)
    assert told is None or changed(before, told) == (now, len(told))
    turned = b"".join(sorted((now[i : i + 12] for i in range(0, len(now), 12)), reverse=True))
    told = change(before, turned)
    assert told is None or changed(before, told) == (turned, len(told))


def test_the_page_says_no_ending_that_nobody_in_the_city_can_know(view, monkeypatch):
    for ending, said in (("LOCKED", "CONTESTED"), ("EXTINCT", "EXTINCT")):
        monkeypatch.setattr(type(view.library), "ending", (ending, 7))
        assert ask("/api/info").json["label"] == said
        assert view.library.known_ending == ((said, 7) if said == ending else (said, view.library.day))


def test_info_is_what_the_page_needs(view):
    info = ask("/api/info").json
    assert (info["run"], info["days"], info["foremen"]) == ("small", view.last, len(view.table("foremen")))
    assert info["label"] == view.library.known_ending[0] and info["era_day"] == 320 * YEAR and not info["living"]
    assert len(info["materials"]) == 27 and info["materials"][11] == {"name": "LAMP", "rgb": [255, 219, 160], "glow": 1.0}
    assert [k["number"] for k in info["kinds"]] == [int(k) for k in KINDS] and info["words"]["first_wanderer"] == "Killy"
    low, high = info["low"], info["high"]
    lots = view.ledger.lots()
    assert (lots.min(0) * 16).tolist() == low and ((lots.max(0) + 1) * 16).tolist() == high and info["cells"] > 100_000
    assert sum(n for *_, n in info["tiles"]) > 100 and info["tile_cells"] == 2048
    assert info["bays"] == int((view.table("foremen")[:, t.Foremen.phase] != P_RELEASED).sum())


def test_boxes_are_tagged_and_not_sent_twice(view):
    x, y, z, n = ask("/api/info").json["tiles"][0]
    first = ask(f"/api/boxes/{x},{y},{z}")
    rows, foremen = unpacked(first.body)
    assert first.status == 200 and len(rows) == len(foremen) == n
    assert ask(f"/api/boxes/{x},{y},{z}", headers={"if-none-match": first.headers["etag"]}).status == 304
    assert len(unpacked(ask(f"/api/boxes/{x},{y},{z}?most=3").body)[0]) == 3
    assert ask(f"/api/boxes/{x},{y},{z}", headers={"accept-encoding": ""}).body == first.body


def test_chunks_are_sent_once_and_a_step_in_time_sends_what_changed(view):
    keys = [(0, x, y, z) for x in range(-3, 3) for y in range(-3, 3) for z in range(-2, 2)]
    heads, meshes = chunk_answers(ask("/api/chunks", "POST", chunk_request(view.last, keys)).body)
    assert ((heads["follows"] == WHOLE) == (heads["quads"] > 0)).all() and heads["follows"].sum() > 20
    held = [int(h) for h in heads["hash"]]
    again, none = chunk_answers(ask("/api/chunks", "POST", chunk_request(view.last, keys, held)).body)
    assert not again["follows"].any() and not any(none) and (again["hash"] == heads["hash"]).all()
    stepped = ask("/api/chunks", "POST", chunk_request(view.last - 20 * YEAR, keys, held)).body
    step, some = chunk_answers(stepped, meshes)
    assert (step["follows"].astype(bool) == ((step["hash"] != heads["hash"]) & (step["quads"] > 0))).all()
    assert {*step["follows"].tolist()} >= {NOTHING_NEW, CHANGE} and 0 < len(stepped) < sum(map(len, meshes)) / 4
    then, whole = chunk_answers(ask("/api/chunks", "POST", chunk_request(view.last - 20 * YEAR, keys)).body)
    assert (then["hash"] == step["hash"]).all()
    assert all(a == b for head, a, b in zip(step, some, whole, strict=True) if head["follows"])
    lost, all_of = chunk_answers(ask("/api/chunks", "POST", chunk_request(view.last - 20 * YEAR, keys, [7] * len(keys))).body)
    assert {*lost["follows"].tolist()} <= {NOTHING_NEW, WHOLE} and all_of == whole
    for head, mesh in zip(heads, meshes, strict=True):
        if len(mesh):
            kept = ask(f"/api/mesh/{hexed(int(head['hash']))}")
            assert kept.body == mesh and "immutable" in kept.headers["cache-control"]
    assert ask("/api/mesh/00000000000000ff").status == 404


def test_solid_and_pick_tell_of_the_same_cells(view):
    founder = view.table("foremen")[0]
    eye = [float(founder[c] + 40) for c in (t.Foremen.x, t.Foremen.y, t.Foremen.z)]
    asked = {"day": view.last, "origin": eye, "direction": [0.3, 0.2, -1.0], "reach": 900}
    picked = ask("/api/pick", "POST", json.dumps(asked).encode()).json
    assert picked is not None
    cell = picked["cell"]
    origin = view.ledger.provenance(*cell, view.last)
    assert origin is not None and picked["material"] == origin.material == view.ledger.cell(*cell, view.last)
    assert (picked["laid"], picked["foreman"]["name"]) == (origin.day_laid, hexed(origin.foreman))
    assert picked["work"] == {"serial": origin.work, "kind": origin.kind.name}
    assert picked["generations"] == len(origin.ancestors)
    assert [a["name"] for a in picked["ancestors"]] == [hexed(n) for n in origin.ancestors[:12]]
    assert picked["school"]["called"] == spoken_place(origin.school)
    chunk = [c >> 5 for c in cell]
    solid = ask("/api/solid", "POST", struct.pack("<II3i", view.last, 1, *chunk)).body
    x, y, z = (c & 31 for c in cell)
    at = (z * 32 + y) * 32 + x
    assert len(solid) == 4096 and solid[at >> 3] >> (at & 7) & 1
    up = {"day": view.last, "origin": [0, 0, 90_000.0], "direction": [0, 0, 1], "reach": 100}
    assert ask("/api/pick", "POST", json.dumps(up).encode()).json is None


def test_a_cell_that_will_be_taken_says_when(view):
    """Of cells in the way of the shot of this history: the day told is the first on which they are not what they were."""
    places = watched.server().shown.places
    day = 200 * YEAR
    box = ((-150, 150), (20, 45), (20, 45))
    before, after = (view.ledger.materialise(box, d) != 0 for d in (watched.SHOT_DAY - 1, watched.SHOT_DAY))
    gone = np.argwhere((view.ledger.materialise(box, day) != 0) & before & ~after)
    assert len(gone) > 100
    for z, y, x in gone[:: len(gone) // 40].tolist():
        cell = (x - 150, y + 20, z + 20)
        origin = view.ledger.provenance(*cell, day)
        vanishes = places._vanishes(cell, origin.work, day)
        assert vanishes is not None and day < vanishes <= watched.SHOT_DAY
        assert view.ledger.provenance(*cell, vanishes - 1).work == origin.work
        later = view.ledger.provenance(*cell, vanishes)
        assert later is None or later.work != origin.work
    stays = np.argwhere(view.ledger.materialise(box, view.last) != 0)[0].tolist()
    cell = (stays[2] - 150, stays[1] + 20, stays[0] + 20)
    assert places._vanishes(cell, view.ledger.provenance(*cell, view.last).work, view.last) is None


def test_events_are_the_most_significant_in_order_of_time(view):
    told = ask("/api/events?top=20").json
    assert len(told) == 20 and [e["day"] for e in told] == sorted(e["day"] for e in told)
    everything = view.annals
    best = np.sort(everything.scores[everything.told])[::-1][:20]
    assert sorted((e["weight"] for e in told), reverse=True) == pytest.approx(best.round(3).tolist(), abs=2e-3)
    assert not any(KINDS[EventKind(e["kind"])].spoiler for e in told if e["kind"] != EventKind.CARRIER_DIED)
    dawn = int(EventKind.ERA_DAWN)
    assert [e["kind"] for e in ask(f"/api/events?kind={dawn}").json] == [dawn]
    late = ask(f"/api/events?from={400 * YEAR}&to={410 * YEAR}").json
    assert late and all(400 * YEAR <= e["day"] <= 410 * YEAR for e in late)
    place = next(e["place"] for e in told if e["place"])
    assert all(e["place"] == place for e in ask(f"/api/events?place={place}").json)
    who = next(e["who"] for e in told if e["who"])
    assert all(who in (e["who"], e["whom"]) for e in ask(f"/api/events?about={who}").json)
    open_, all_ = (
        {e["name"] for e in ask(f"/api/events?top=500&kind={int(EventKind.CARRIER_BORN)}&spoilers={s}").json} for s in (0, 1)
    )
    assert all_ - open_ and all(len(n) == 16 for n in all_)


def test_everybody_found_has_a_life_and_a_place(view):
    assert ask("/api/search?q=killy").json[0]["what"] == "wanderer"
    persons, villages = view.table("persons"), view.table("villages")
    one = spoken(int(persons[3, t.Persons.name]))
    found = ask(f"/api/search?q={one.replace(' ', '%20')}").json
    assert found[0]["called"] == one and found[0]["name"] == hexed(int(persons[3, t.Persons.name]))
    assert len(ask("/api/search?q=a").json) == 20 and ask("/api/search?q=%20").json == []
    whats = set()
    names = [view.table(w)[0, 0] for w in ("foremen", "persons", "villages", "wanderers")]
    names += [int(view.table("foremen")[-1, t.Foremen.name])]
    for name in names:
        thing = ask(f"/api/thing/{hexed(int(name))}?spoilers=1").json
        whats.add(thing["what"])
        assert thing["name"] == hexed(int(name)) and thing["called"] and thing["facts"]
        assert all(hexed(int(name)) in (e["who"], e["whom"], e["place"]) for e in thing["events"])
        path = ask(f"/api/path/{hexed(int(name))}?spoilers=1").json
        assert len(path["days"]) == len(path["at"]) and path["days"] == sorted(path["days"])
        assert bool(path["days"]) or not thing["path"]
    assert whats == {"bay", "person", "village", "wanderer"}
    assert ask("/api/thing/00000000000000ff").status == 404 and ask("/api/path/00000000000000ff").status == 404
    assert ask(f"/api/thing/{hexed(int(villages[0, t.Villages.name]))}").json["called"] == spoken_place(
        int(villages[0, t.Villages.name])
    )


def test_the_wanderers_way_ends_where_he_is_and_can_begin_late(view):
    his = view.table("wanderers")[0]
    path = ask(f"/api/path/{hexed(int(his[t.Wanderers.name]))}").json
    assert path["at"][-1] == view.bays[his[t.Wanderers.bay]].tolist() and len(path["days"]) > 3
    cut = path["days"][-2] + 1
    late = ask(f"/api/path/{hexed(int(his[t.Wanderers.name]))}?from={cut}").json
    assert late["days"] == path["days"][-2:]


@pytest.mark.parametrize("kind", OVERLAYS)
def test_an_overlay_has_a_number_of_its_legend_for_each_foreman(view, kind):
    legend = {entry["value"] for entry in ask(f"/api/legend/{kind}").json}
    for day in (0, 100 * YEAR, 330 * YEAR, view.last):
        classes = ask(f"/api/overlay/{kind}?day={day}").body
        assert len(classes) == len(view.table("foremen")) and set(classes) <= legend
        born = view.table("foremen")[:, t.Foremen.born] <= day
        assert (np.frombuffer(classes, np.uint8)[~born] == 0).all()
    assert ask(f"/api/overlay/{kind}?day={view.last + 1}").status == 400


def test_whom_bays_obeyed_is_what_the_run_itself_counted(view):
    """At the ends of years of the past: the series of the run against the overlay told from frames and chronicle."""
    overlays = watched.server().shown.overlays
    series = view.table("series")
    checked = 0
    for row in series[[50, 200, 290, 310, 330, 350, 380, 400, 410]]:
        day = int(row[t.Series.year]) * YEAR - 1
        sides = overlays.allegiance(day)[overlays.there(day)]
        assert len(sides) == row[t.Series.bays]
        assert (sides == A_SAFEGUARD).sum() == row[t.Series.safeguard_bays]
        checked += int(row[t.Series.safeguard_bays]) > 0
    assert checked and (overlays.allegiance(view.last) == view.table("foremen")[:, t.Foremen.allegiance]).all()
    assert (overlays.allegiance(0) == A_HEALTHY).all()


def test_what_he_knows_grows_from_nothing(view):
    before = base64.b64decode(ask("/api/known?day=1000").json["bays"])
    now = np.frombuffer(base64.b64decode(ask("/api/known").json["bays"]), np.uint8)
    assert set(before) == {0} and set(now.tolist()) <= {0, 1, 2} and (now == 2).any()
    searched = view.table("foremen")[:, t.Foremen.searched]
    assert (now[searched >= view.last - 10 * YEAR] == 2).all()


def test_curves_are_the_series(view):
    open_, all_ = ask("/api/curves").json, ask("/api/curves?spoilers=1").json
    series = view.table("series")
    assert "carriers" not in open_ and all_["carriers"] == series[:, t.Series.carriers].tolist()
    assert open_["population"] == series[:, t.Series.people].tolist() and len({len(v) for v in open_.values()}) == 1
    assert open_["works"][-1] <= len(view.table("works")) and max(open_["alert"]) <= 1


def test_figures_stand_on_floors_within_reach(view):
    villages = view.table("villages")
    standing = np.flatnonzero(villages[:, t.Villages.ended] < 0)
    assert len(standing)
    x, y, z = view.bays[villages[standing[0], t.Villages.bay]].tolist()
    figures = ask(f"/api/figures?x={x}&y={y}&z={z}&r=200").json
    assert 0 < len(figures) <= FIGURES_MOST
    for figure in figures:
        fx, fy, fz = figure["at"]
        assert (fx - x) ** 2 + (fy - y) ** 2 + (fz - z) ** 2 <= 200**2
        assert view.ledger.cell(fx, fy, fz, view.last) == 0 and view.ledger.cell(fx, fy, fz - 1, view.last) != 0
        assert figure["what"] in ("person", "unit", "wanderer") and ask(f"/api/thing/{figure['name']}").status == 200


# ---- what is asked wrongly ---------------------------------------------------------------------------------------------

WRONG = [
    "/api/boxes/1,2", "/api/boxes/1,2,x", "/api/boxes/99999999999999,1,1", "/api/boxes/1,2,3,4", "/api/boxes/0,0,0?most=-1",
    "/api/events?top=0", "/api/events?top=501", "/api/events?from=-1", "/api/events?kind=x", "/api/events?kind=255",
    "/api/events?about=xyz", "/api/events?about=" + "1" * 17, "/api/thing/xyz", "/api/mesh/", "/api/overlay/colour",
    "/api/legend/x", "/api/overlay/age?day=x", "/api/known?day=-5", "/api/figures?x=1&y=2", "/api/figures?x=1&y=2&z=1e9",
    "/api/figures?x=99999999&y=0&z=0", "/api/figures?x=0&y=0&z=0&r=99999", "/api/nothing", "/api", "/api/live",
]  # fmt: skip


@pytest.mark.parametrize("path", WRONG)
def test_what_is_asked_wrongly_is_one_line(path):
    answered = ask(path)
    assert 400 <= answered.status < 500 and answered.json["error"] and "\n" not in answered.json["error"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/chunks", b""), ("/api/chunks", b"1234567"), ("/api/chunks", chunk_request(10**9, [])),
        ("/api/chunks", struct.pack("<II", 0, CHUNKS_MOST + 1)), ("/api/chunks", chunk_request(0, [(3, 0, 0, 0)])),
        ("/api/chunks", chunk_request(0, [(-1, 0, 0, 0)])), ("/api/chunks", chunk_request(0, [(0, 1 << 30, 0, 0)])),
        ("/api/chunks", chunk_request(0, [(2, -(1 << 31), 0, 0)])), ("/api/chunks", chunk_request(0, [(0, 0, 0, 0)]) + b"x"),
        ("/api/solid", struct.pack("<II3i", 0, 2, 0, 0, 0)), ("/api/solid", struct.pack("<II3i", 0, 1, 1 << 30, 0, 0)),
        ("/api/pick", b"{"), ("/api/pick", b"[]"), ("/api/pick", b"\xff\xfe"), ("/api/pick", b"[" * 60_000),
        ("/api/pick", b'{"day":0,"origin":[0,0,NaN],"direction":[0,0,1],"reach":5}'),
        ("/api/pick", b'{"day":0,"origin":[0,0,0],"direction":[0,0,0],"reach":5}'),
        ("/api/pick", b'{"day":true,"origin":[0,0,0],"direction":[0,0,1],"reach":5}'),
        ("/api/pick", b'{"day":0,"origin":[0,0,1e300],"direction":[0,0,1],"reach":5}'),
        ("/api/pick", b'{"day":0,"origin":"abc","direction":[0,0,1],"reach":5}'),
    ],
)  # fmt: skip
def test_bodies_that_are_none_are_one_line(path, body):
    answered = ask(path, "POST", body)
    assert 400 <= answered.status < 500 and answered.json["error"]


words = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=30)
ROUTES = (
    "boxes", "mesh", "events", "thing", "path", "known", "overlay", "legend", "curves", "search", "figures", "x",
)  # fmt: skip
routes = st.sampled_from(ROUTES)
keys = st.sampled_from(["from", "to", "kind", "about", "place", "top", "spoilers", "day", "q", "x", "y", "z", "r", "most"])
relaxed = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@relaxed
@given(routes, words, st.dictionaries(keys, words | st.integers(-(10**20), 10**20).map(str), max_size=5))
def test_garbage_in_an_address_never_breaks_an_answer(route, tail, query):
    from urllib.parse import quote

    asked = "&".join(f"{k}={quote(v, safe='')}" for k, v in query.items())
    assert ask(f"/api/{route}/{tail.replace('?', '')}?{asked}").status < 500
    assert ask(f"/api/{route}?{asked}").status < 500


@relaxed
@given(st.sampled_from(["/api/chunks", "/api/solid", "/api/pick"]), st.binary(max_size=200), st.integers(0, 30))
def test_garbage_in_a_body_never_breaks_an_answer(path, body, day):
    assert ask(path, "POST", body).status < 500
    counted = struct.pack("<II", day, len(body) // 24) + body[: len(body) // 24 * 24]
    assert ask(path, "POST", counted).status < 500


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda v: st.lists(v, max_size=4),
    max_leaves=6,
)


@relaxed
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("day", "origin", "direction", "reach"), json_values)))
def test_any_json_is_answered(asked):
    assert ask("/api/pick", "POST", json.dumps(asked).encode()).status < 500


# ---- opening -----------------------------------------------------------------------------------------------------------


def test_what_cannot_be_opened_is_one_line(tmp_path):
    from megastructure.memory.run import Run

    with pytest.raises(MegastructureError, match="No such file or directory"):
        View(tmp_path / "none")
    with Run.create(watched.SCENARIO.with_knobs(works=0, years=2), tmp_path / "outline") as run:
        run.advance()
    with pytest.raises(MegastructureError, match="outline mode"):
        View(tmp_path / "outline")
    with pytest.raises(MegastructureError, match="--at 421"):
        serve.opened(watched.run(), 421, None, "seed")
    with pytest.raises(MegastructureError, match="Zzzz"):
        serve.opened(watched.run(), None, "Zzzz", "seed")
    shown = serve.opened(watched.run(), 100, "Killy", "seed")
    assert shown.at == 100 * YEAR - 1 and serve._fragment(shown).endswith(f"&sel={shown.follow}&follow={shown.follow}")


def test_a_living_run_is_followed(tmp_path):
    from megastructure.memory.run import Run

    with Run.create(watched.SCENARIO.with_knobs(years=60), tmp_path / "living") as run:
        run.advance(years=30)
        first = View(tmp_path / "living")
        assert first.living and first.last == 30 * YEAR - 1 and first.following() is None
        keys = [(0, x, y, z) for x in range(-2, 2) for y in range(-2, 2) for z in range(-1, 1)]
        before = first.chunks.spans(keys, first.last)
        run.advance(years=60)
    second = first.following()
    assert second is not None and second.last == 60 * YEAR - 1 and not second.living and second.chunks is first.chunks
    then = second.chunks.spans(keys, 30 * YEAR - 1)
    assert [s.hash for s in then] == [s.hash for s in before]
    assert [s.hash for s in second.chunks.spans(keys, second.last)] != [s.hash for s in before]
