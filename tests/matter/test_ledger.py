"""The matter of a city, seen from its ledger, against the same works carried out a day and a cell at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.check import check
from megastructure.ground.city import City
from megastructure.ground.digest import digests
from megastructure.ground.scenario import Scenario
from megastructure.land.lots import take_lots
from megastructure.laws.office import begin_entry, enter, place_entry
from megastructure.matter.fold import day_of_cell, in_capsule, scan_position, sound
from megastructure.matter.ledger import Ledger
from megastructure.time.genesis import found
from megastructure.time.rebuild import rebuild
from megastructure.time.years import advance
from megastructure.words.declare import Gene, columns
from megastructure.words.errors import MegastructureError
from worlds import naive
from worlds.copies import copy_of
from worlds.fast_cities import fast, grown, some_shots

# ---- the scan and the hole -------------------------------------------------------------------------------------------


def city_of_one_work(**values: object) -> City:
    """A city with one work, not registered anywhere; columns that are not given are 0."""
    city = City(Scenario(), 1)
    for name, value in values.items():
        setattr(city.works[0], name, value)
    return city


SCANS = [(c.K_PLATE, scan) for scan in (0, 2, 10, 4, 12)] + [(c.K_TOWER, scan) for scan in (0, 1)]


@pytest.mark.parametrize(("kind", "scan"), SCANS)
@pytest.mark.parametrize("size", [(1, 1, 1), (5, 3, 2), (2, 7, 4), (4, 4, 4)])
def test_the_scan_and_its_inverse_agree(kind, scan, size):
    cells = int(np.prod(size))
    order = [naive.cell_number(kind, scan, place, *size) for place in range(cells)]
    assert len(set(order)) == cells
    assert [scan_position(kind, scan, *cell, *size) for cell in order] == list(range(cells))


def test_a_plate_grows_away_from_the_side_that_its_scan_names():
    first = {scan: naive.cell_number(c.K_PLATE, scan, 0, 9, 8, 2) for scan in (2, 10, 4, 12)}
    assert first == {2: (0, 0, 0), 10: (8, 0, 0), 4: (0, 0, 0), 12: (0, 7, 0)}
    assert naive.cell_number(c.K_PLATE, 2, 16, 9, 8, 2)[0] == 1  # the first layer across x is whole
    assert naive.cell_number(c.K_PLATE, 12, 18, 9, 8, 2)[1] == 6


@given(st.integers(1, 40), st.integers(0, 50), st.integers(0, 3), st.integers(0, 1))
def test_a_work_reaches_its_cells_at_an_even_pace(duration, start, sx, scan):
    city = city_of_one_work(kind=c.K_PIPE, size=(sx + 1, 3, 4), start=start, duration=duration, flags=scan)
    volume = 12 * (sx + 1)
    days = [day_of_cell(city, 0, *naive.cell_number(c.K_PIPE, scan, p, sx + 1, 3, 4)) for p in range(volume)]
    assert days == [start + p * duration // volume for p in range(volume)]
    assert days[0] == start and days[-1] < start + duration


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("radius", [1, 2, 5])
def test_a_hole_is_a_round_bar_along_its_axis(axis, radius):
    length = 2 * radius + 3
    size = [2 * radius + 1] * 3
    size[axis] = length
    corner = np.array([-7, -40, 3])
    city = city_of_one_work(corner=corner, size=size, a=radius, b=axis)
    box = np.stack(np.meshgrid(*(np.arange(n) for n in size), indexing="ij"), -1).reshape(-1, 3)
    off = np.delete(box - radius, axis, 1).astype(float)
    inside = np.hypot(off[:, 0], off[:, 1]) <= radius
    assert [in_capsule(city, 0, *map(int, corner + cell)) for cell in box] == inside.tolist()


# ---- random ledgers --------------------------------------------------------------------------------------------------

ARENA = ((-48, 48), (-32, 64), (-32, 32))  # 6 x 6 x 4 lots, about the corner of eight sectors
SCHOOLS = (0, 0, 0, 1, 1)  # of the five foremen
FILLERS = tuple(k for k in c.WorkKind if k < c.K_DEMOLITION)
MASKS = (c.EVERYTHING, c.ALL_BUT_SHELL, c.SOFT, c.PLATING)


@dataclass(frozen=True)
class Job:
    """One entry in a random ledger. `pick` and `roll` choose what depends on the kind."""

    day: int
    kind: int
    foreman: int
    corner: tuple[int, int, int]
    size: tuple[int, int, int]
    duration: int
    clip: int
    pick: int
    roll: int


@dataclass(frozen=True)
class Claim:
    """A claim of lots, or the release of what the foreman claimed last."""

    day: int
    foreman: int
    release: bool
    corner: tuple[int, int, int]
    n: int
    m: int


def corners(low, high):
    return st.tuples(*(st.integers(low, high) for _ in range(3)))


JOBS = st.builds(
    Job,
    day=st.integers(1, 40),
    kind=st.sampled_from((*FILLERS, *FILLERS, *((c.K_DEMOLITION, c.K_UNBUILDING, c.K_SHOT, c.K_STOP, 0) * 3))),
    foreman=st.integers(0, len(SCHOOLS) - 1),
    corner=corners(-34, 30),
    size=corners(1, 24),
    duration=st.one_of(st.integers(0, 3), st.integers(4, 40)),
    clip=st.sampled_from((c.CLIP_SCHOOL, c.CLIP_OWNED, c.CLIP_OWNED, c.CLIP_OWN)),
    pick=st.integers(0, 63),
    roll=st.integers(0, 0xFFFF),
)
CLAIMS = st.builds(
    Claim,
    day=st.integers(2, 40),
    foreman=st.integers(0, len(SCHOOLS) - 1),
    release=st.booleans(),
    corner=st.tuples(st.integers(-3, 1), st.integers(-2, 2), st.integers(-2, 0)),
    n=st.integers(1, 4),
    m=st.integers(1, 3),
)
FIRST_CLAIMS = (
    Claim(0, 0, False, (-3, -2, -2), 3, 4), Claim(0, 1, False, (0, -2, -2), 3, 2), Claim(0, 2, False, (-3, 1, -1), 3, 3),
    Claim(0, 3, False, (0, 0, -2), 3, 4), Claim(0, 4, False, (-1, -2, 0), 4, 2),
)  # fmt: skip


def empty_city() -> City:
    """Five foremen of two schools, three charters, no lots and no works."""
    city = City(Scenario(seed=7), 1024)
    genes = [(k.number, k.col) for k in columns(t.Charters) if isinstance(k.col, Gene)]
    for n in range(3):
        charter = city.charters[n]
        charter.name, charter.parent = 100 + n, -1
        for number, gene in genes:
            span = gene.high - gene.low
            charter.words[number] = (gene.founder, gene.low, gene.low + span * 5 // 8)[n]
    for n, school in enumerate(SCHOOLS):
        foreman = city.foremen[n]
        foreman.name, foreman.charter, foreman.school = 200 + n, n % 3, school
        foreman.parent = foreman.due = foreman.death = -1
    for n in range(2):
        city.schools[n].name, city.schools[n].founded = 300 + n, n
    city.sizes.foremen, city.sizes.charters, city.sizes.schools = len(SCHOOLS), 3, 2
    return city


def carry_out_claim(city: City, claim: Claim, held: dict[int, Claim]) -> None:
    if claim.release:
        if claim.foreman not in held:
            return
        box = held.pop(claim.foreman)
    elif claim.foreman in held:  # one claim a foreman, as in a city
        return
    else:
        box = held[claim.foreman] = claim
    lots = take_lots(city, claim.foreman, *box.corner, box.n, box.m, int(claim.release))
    written = city.claims[city.sizes.claims]
    written.words[:] = [claim.day, claim.foreman, int(claim.release), *box.corner, box.n, box.m, lots]
    city.sizes.claims += 1


def carry_out_job(city: City, job: Job) -> None:
    """Enter a job through the site office's own door, in a form that foremen could have chosen."""
    works = city.table("works")
    box = [*job.corner, *job.size]
    kind, clip, duration, scan, a, b, target, scope = job.kind, job.clip, job.duration, job.roll & 1, 0, 0, 0, 0
    fillers = np.nonzero(works[:, t.Works.kind] < c.K_DEMOLITION)[0]
    shots = np.nonzero(works[:, t.Works.kind] == c.K_SHOT)[0]
    if kind == c.K_PLATE:
        scan, a, b = (0, 2, 10, 4, 12)[job.roll % 5], job.pick % 3, job.roll & 3 | 64 << 8 | 64 << 16
    elif kind in (c.K_TOWER, c.K_FACADE):
        box[3:] = [max(9, job.size[0] | 1), max(9, job.size[1] | 1), max(8, job.size[2])]
        a, b = job.pick & 1, job.roll
    elif kind in (c.K_PILLAR, c.K_RING, c.K_SPIRAL):
        a = 2 + job.pick % 7
        box[3:5] = [2 * a + 3] * 2
    elif kind == c.K_VIADUCT:
        a = min(18, job.size[2] - 1)
    elif kind == c.K_BRIDGE:
        a, b = job.pick & 3, job.pick >> 2 & 3 | job.roll & 112
        box[3:] = [max(job.size) if b & 64 else 3 + (b >> 3 & 2), 3 + (b >> 3 & 2) if b & 64 else max(job.size), 4]
    elif kind == c.K_SHOT:
        a, b, clip, scope, target = 1 + job.pick % 6, job.roll % 3, c.CLIP_OWNED, c.EVERYTHING, 1
        box[3:] = [2 * a + 1] * 3
        box[3 + b] = max(2 * a + 1, 2 * max(job.size))
        duration = 0 if job.roll & 8 else duration
    elif kind == c.K_DEMOLITION:
        scope = MASKS[job.pick % 4]
    elif kind == c.K_UNBUILDING:
        if len(fillers) == 0:
            return
        v = fillers[job.pick % len(fillers)]
        scope, target = MASKS[job.roll % 4], v + 1
        if job.roll & 16:
            box = city.works[v].words[t.Works.x : t.Works.sz + 1].tolist()
    elif kind == c.K_STOP:
        if len(works) == 0:
            return
        v = job.pick % len(works)
        target, duration = v + 1, 0
        if job.roll & 48:
            box, clip = city.works[v].words[t.Works.x : t.Works.sz + 1].tolist(), c.CLIP_TARGET
    elif kind == 0:  # the repair of what a shot has holed
        if len(fillers) == 0 or len(shots) == 0:
            return
        v, shot = fillers[job.pick % len(fillers)], shots[job.roll % len(shots)]
        kind, clip, target, scope = int(works[v, t.Works.kind]), c.CLIP_TARGET, v + 1, shot + 1
        box = city.works[v].words[t.Works.x : t.Works.sz + 1].tolist()
        scan, a, b = int(works[v, t.Works.flags]) & 255, int(works[v, t.Works.a]), int(works[v, t.Works.b])
    begin_entry(city, job.foreman, job.day, kind)
    place_entry(city, *box)
    work = city.works[city.sizes.works]
    work.flags, work.a, work.b = scan, a, b
    work.duration, work.target, work.scope = duration, target, scope
    enter(city, clip)


def city_of(jobs: list[Job], claims: list[Claim]) -> City:
    """The city whose ledger holds these jobs in order of days; within a day claims come first."""
    city = empty_city()
    held: dict[int, Claim] = {}
    agenda = [(e.day, isinstance(e, Job), i, e) for i, e in enumerate((*FIRST_CLAIMS, *claims, *jobs))]
    for _, _, _, entry in sorted(agenda, key=lambda e: e[:3]):
        if isinstance(entry, Job):
            carry_out_job(city, entry)
        else:
            carry_out_claim(city, entry, held)
    city.day = 200
    return city


def assert_seen_alike(city: City, box: naive.Box, days: list[int], points: int, asked: int) -> int:
    """Every cell, and where it comes from, on each of the days; returns how many cells stood on all days together."""
    eager = naive.Eager(city, box)
    ledger = Ledger(city)
    rng = np.random.default_rng(len(eager.works))
    stood = 0
    for day in sorted(days):
        eager.live(day)
        stands = eager.seen(eager.stands)
        seen = ledger.materialise(box, day)
        wrong = np.argwhere(seen != stands)
        assert len(wrong) == 0, f"day {day}: {len(wrong)} cells differ, the first at [z, y, x] {wrong[0]}: " + str(
            (seen[tuple(wrong[0])], stands[tuple(wrong[0])])
        )
        stood += int(np.count_nonzero(stands))
        low, size = eager.low, eager.size
        anywhere = rng.integers(low, low + size, (points, 3))
        there = anywhere - low
        assert (ledger.cells(anywhere, day) == stands[there[:, 2], there[:, 1], there[:, 0]]).all()
        full = np.flatnonzero(stands.ravel())
        for p in rng.choice(full, min(asked, len(full)), replace=False):
            z, y, x = np.unravel_index(p, stands.shape)
            told = ledger.provenance(int(x + low[0]), int(y + low[1]), int(z + low[2]), day)
            assert told is not None
            assert (told.work, told.day_laid) == (eager.holder[p], eager.laid[p])
            assert told.material == eager.stands[p] and told.kind == eager.works[told.work, t.Works.kind]
            doomed = eager.doom[p] != naive.NOBODY
            assert (told.vanishes_on is not None) == doomed and (not doomed or told.vanishes_on > day)
    return stood


LATE = 90  # a day after which nothing changes in a random ledger
SLAB_OF_PIPE = Job(1, c.K_PIPE, 3, (0, 0, 0), (20, 20, 6), 10, c.CLIP_OWNED, 0, 0)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(JOBS, min_size=4, max_size=30), st.lists(CLAIMS, max_size=5), st.lists(st.integers(0, LATE), max_size=6))
@example(  # a work is stopped half way, and another takes what it gave up: on the day of the stop nothing, then all
    [
        SLAB_OF_PIPE, Job(6, c.K_STOP, 0, (0, 0, 0), (1, 1, 1), 0, c.CLIP_OWNED, 0, 16),
        Job(6, c.K_LADDER, 3, (0, 0, 0), (20, 20, 6), 0, c.CLIP_OWNED, 0, 0),
        Job(7, c.K_LADDER, 3, (0, 0, 0), (20, 9, 6), 0, c.CLIP_OWNED, 0, 0),
    ],
    [], list(range(12)),
)  # fmt: skip
@example(  # a demolition is stopped half way: what it had not yet taken stays, even what it would take on that very day
    [
        SLAB_OF_PIPE, Job(20, c.K_DEMOLITION, 3, (0, 0, 0), (20, 20, 6), 10, c.CLIP_OWN, 0, 0),
        Job(25, c.K_STOP, 0, (0, 0, 0), (1, 1, 1), 0, c.CLIP_OWNED, 1, 16),
        Job(30, c.K_LADDER, 3, (0, 0, 0), (20, 20, 6), 0, c.CLIP_OWNED, 0, 0),
    ],
    [], list(range(19, 33)),
)  # fmt: skip
@example(  # a demolition passes while the work is being laid: it takes only what was laid before its own first day
    [SLAB_OF_PIPE, Job(5, c.K_DEMOLITION, 3, (0, 0, 0), (20, 20, 6), 3, c.CLIP_OWN, 0, 0)], [], list(range(15))
)
@example(  # what vanishes on a day is free for works that start later, not for those of that day
    [
        SLAB_OF_PIPE, Job(20, c.K_SHOT, 0, (0, 0, 0), (9, 9, 9), 0, c.CLIP_OWNED, 3, 8),
        Job(20, 0, 3, (0, 0, 0), (1, 1, 1), 0, c.CLIP_OWNED, 0, 0),
        Job(21, 0, 3, (0, 0, 0), (1, 1, 1), 5, c.CLIP_OWNED, 0, 0),
    ],
    [], list(range(19, 28)),
)  # fmt: skip
@example(  # a ladder drills what is laid of a plate, and takes nothing of what is not laid yet
    [
        Job(1, c.K_PLATE, 3, (0, 0, 0), (20, 20, 9), 30, c.CLIP_OWNED, 0, 0),
        Job(15, c.K_LADDER, 3, (2, 2, 0), (12, 14, 12), 3, c.CLIP_OWNED, 0, 0),
    ],
    [],
    list(range(13, 34)),
)
def test_a_random_ledger_looks_as_if_it_had_been_carried_out(jobs, claims, days):
    city = city_of(jobs, claims)
    starts = city.table("works")[:, t.Works.start].tolist()
    days = sorted({-3, LATE, 5000, *days, *starts[:6], *(s - 1 for s in starts[:3])})
    assert_seen_alike(city, ARENA, days, 60, 25)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(JOBS, max_size=30), st.lists(CLAIMS, max_size=9))
@example(  # claims and releases come before the works of their day
    [SLAB_OF_PIPE, replace(SLAB_OF_PIPE, day=5), replace(SLAB_OF_PIPE, day=6, foreman=1)],
    [Claim(5, 3, True, (0, 0, 0), 1, 1), Claim(6, 3, False, (0, 0, 0), 1, 1)],
)
def test_owners_and_lists_follow_from_claims_and_works_alone(jobs, claims):
    city = city_of(jobs, claims)
    assert naive.owners_of(city) == naive.owners_after(city.table("claims"))
    registered = naive.registration(city.table("works"), city.table("claims"), city.foremen[:, t.Foremen.school])
    lists: dict[naive.Lot, list[int]] = {}
    for work, lots in enumerate(registered):
        for lot in lots:
            lists.setdefault(lot, []).append(work)
    assert naive.lists_of(city) == lists
    again = copy_of(city)
    assert naive.owners_of(again) == naive.owners_of(city)
    assert naive.lists_of(again) == lists
    lots = [tuple(lot) for lot in Ledger(city).lots().tolist()]
    assert lots == sorted(lists, key=lambda lot: lot[::-1])
    low, high = np.array([-2, -1, -3]), np.array([1, 2, 2])
    within = [lot for lot in lots if all(a <= n < b for a, n, b in zip(low, lot, high, strict=True))]
    assert [tuple(lot) for lot in Ledger(city).lots(low, high).tolist()] == within


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(JOBS, min_size=6, max_size=30), corners(-30, 30), st.sampled_from([0, 1, 2]), st.booleans(),
    st.integers(1, 70), st.integers(0, 60),
)  # fmt: skip
def test_a_sounding_meets_what_a_look_at_each_cell_meets(jobs, start, axis, back, reach, day):
    city = city_of(jobs, [])
    ledger = Ledger(city)
    step = np.zeros(3, np.int64)
    step[axis] = -1 if back else 1
    ray = np.array(start) + step * np.arange(reach)[:, None]
    seen = ledger.cells(ray, day)
    met = np.flatnonzero(seen)
    expected = (int(met[0]), int(seen[met[0]])) if len(met) else (reach, 0)
    assert sound(city, *start, *(int(v) for v in step), reach, day) == expected


@pytest.mark.parametrize(
    "box",
    [
        ((-7, 9), (-1, 0), (-17, 31)), ((3, 3), (0, 5), (0, 5)), ((0, 5), (2, 2), (0, 5)), ((0, 5), (0, 5), (-4, -4)),
        ((-33, -31), (15, 17), (-1, 1)), ((0, 0), (0, 0), (0, 0)), ((500, 520), (500, 501), (0, 3)),
    ],
)  # fmt: skip
def test_boxes_of_any_offset_and_size_are_cut_from_the_same_matter(box):
    city = city_of([SLAB_OF_PIPE, Job(2, c.K_PLATE, 0, (-30, -20, -9), (40, 30, 9), 20, c.CLIP_OWNED, 0, 0)], [])
    ledger = Ledger(city)
    for day in (-1, 0, 8, 300):
        seen = ledger.materialise(box, day)
        assert seen.shape == tuple(high - low for low, high in reversed(box))
        points = [(x, y, z) for z in range(*box[2]) for y in range(*box[1]) for x in range(*box[0])]
        cells = ledger.cells(np.array(points, np.int64).reshape(-1, 3), day)
        assert (seen.ravel() == cells).all()
        assert cells.tolist() == [ledger.cell(*p, day) for p in points]


def test_a_box_whose_end_lies_below_its_start_is_refused():
    with pytest.raises(MegastructureError, match="not below its start"):
        Ledger(city_of([SLAB_OF_PIPE], [])).materialise(((0, 5), (4, 3), (0, 5)), 3)


def test_a_city_without_works_has_no_matter():
    with pytest.raises(MegastructureError, match="outline"):
        Ledger(found(Scenario(works=0)))


# ---- grown cities ----------------------------------------------------------------------------------------------------


def whole_world(scenario: Scenario) -> naive.Box:
    flat = t.LOT * scenario.world_radius_lots
    return ((-flat, flat), (-flat, flat), (-flat // 2, flat // 2))


def assert_grown_city_is_seen_alike(scenario: Scenario, years: int, looks: int, seed: int) -> None:
    city = grown(scenario, years)
    check(city)
    kinds = set(city.table("works")[:, t.Works.kind].tolist())
    missing = {kind for kind in c.WorkKind if kind not in kinds} - {c.K_MASS, c.K_DWELLING, c.K_STOP}
    assert not missing, f"kinds of works are missing: {missing}"
    repairs = (city.table("works")[:, t.Works.target] > 0) & (city.table("works")[:, t.Works.kind] < c.K_DEMOLITION)
    assert repairs.sum() > 10
    days = np.random.default_rng(seed).integers(30 * t.YEAR, city.day, looks)
    stood = assert_seen_alike(city, whole_world(scenario), [*map(int, days), city.day - 1], 2000, 200)
    assert stood > 100_000 * looks


def test_a_grown_city_looks_as_if_it_had_been_carried_out():
    shots = some_shots(3, 24, 90 * t.YEAR, 200 * t.YEAR)
    assert_grown_city_is_seen_alike(fast(3, world_radius_lots=10, shots=shots), 250, 5, 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 5])
def test_larger_cities_look_as_if_they_had_been_carried_out(seed):
    shots = some_shots(seed, 40, 90 * t.YEAR, 300 * t.YEAR, 180)
    founder = {"radius": 2, "renovation": 900, "pitch": 64, "height": 80}
    assert_grown_city_is_seen_alike(fast(seed, world_radius_lots=14, shots=shots, founder=founder), 400, 11, seed)


@cache
def shot_at() -> City:
    """A city that is shot at while it stands still: no renovation and no death for a long time."""
    shots = some_shots(11, 30, 200 * t.YEAR, 220 * t.YEAR, 70)
    return grown(fast(3, world_radius_lots=10, renovation_unit_days=200, life_unit_days=0, shots=shots), 310)


def test_what_a_shot_took_stands_again_after_eighty_years():
    city = shot_at()
    ledger = Ledger(city)
    works = city.table("works")
    taken = standing = 0
    for shot in np.flatnonzero(works[:, t.Works.kind] == c.K_SHOT):
        hole = city.works[shot]
        (x, y, z), (sx, sy, sz), day = hole.corner.tolist(), hole.size.tolist(), int(hole.start)
        box = ((x, x + sx), (y, y + sy), (z, z + sz))
        before, after, later = (ledger.materialise(box, d) for d in (day - 1, day, day + 80 * t.YEAR))
        lost = (before != 0) & (after == 0)
        taken += int(lost.sum())
        standing += int((lost & (later == before)).sum())
    assert taken > 5_000
    assert standing >= 0.95 * taken, f"{standing} of {taken} cells stand again"


@pytest.mark.parametrize("works", [0, 1])
def test_a_city_that_began_with_room_for_one_row_is_the_same_city(works):
    shots = some_shots(3, 8, 60 * t.YEAR, 140 * t.YEAR)
    scenario = fast(2, works=works, shots=shots)
    wide, narrow = grown(scenario, 150), grown(scenario, 150, room=1)
    check(narrow)
    assert digests(wide) == digests(narrow)


def test_what_follows_from_the_tables_is_rebuilt_from_them():
    shots = some_shots(3, 12, 90 * t.YEAR, 240 * t.YEAR)
    city = grown(fast(3, shots=shots), 230)
    owners, lists, before = naive.owners_of(city), naive.lists_of(city), digests(city)
    assert owners == naive.owners_after(city.table("claims"))
    stored = copy_of(city)
    rebuild(city)
    for other in (city, stored):
        check(other)
        assert naive.owners_of(other) == owners
        assert naive.lists_of(other) == lists
        assert digests(other) == before
        assert sum(other.memory().values()) > 0 and set(other.memory()) == set(city.memory())
    unbroken = grown(fast(3, shots=shots), 260)
    for other in (city, stored):
        advance(other, unbroken.day)
        check(other)
        assert digests(other) == digests(unbroken)
    box = whole_world(city.scenario)
    assert (Ledger(stored).materialise(box, 200 * t.YEAR) == Ledger(unbroken).materialise(box, 200 * t.YEAR)).all()


def test_lots_sampled_and_counted_agree_with_what_is_seen():
    city = shot_at()
    ledger = Ledger(city)
    lots = ledger.lots()
    day = city.day - 1
    counts = ledger.count(lots, day)
    blocks = ledger.materialise_lots(lots[:200], day)
    assert (np.count_nonzero(blocks.reshape(len(blocks), -1), axis=1) == counts[:200]).all()
    assert set(map(tuple, ledger.sample(300, day).tolist())) <= set(map(tuple, lots.tolist()))
    guess, error = ledger.estimate(2000, day)
    assert abs(guess - counts.sum()) < 5 * error
