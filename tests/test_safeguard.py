"""Safeguard: eyes notice, scores are taken, units are made of matter, hunt, fight and stand down; and its alert."""

from __future__ import annotations

from collections import Counter
from functools import cache
from math import exp, factorial, isqrt, log2, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.arithmetic import root
from megastructure.ground.rng import draws, lineage
from megastructure.ground.scenario import Q_SAFEGUARD_ALERT_DECAY_PPM, Scenario

from megastructure.laws import combat, safeguard
from megastructure.society.alert import (
    ALERT_OF_STEP,
    ONE,
    VILLAGE_DECAY_PPM,
    VILLAGE_FACTOR,
    alarm,
    alert_on,
    alert_step,
    faded,
    monthly_factor,
    refresh_alert,
    village_alarm,
    village_alert_on,
)
from megastructure.society.raid import hazard, mean_units, threat, threat_noise, units_made
from megastructure.society.units import block, heap_box
from megastructure.time.genesis import found
from megastructure.words.declare import columns
from megastructure.words.kernel import NOTHING, i8, i8m, i8v, kernel

# ---- doors into the law ------------------------------------------------------------------------------------------------


@kernel(NOTHING(*COMMON, i8, i8), entry=True)
def one_month(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached, v, day
):
    safeguard.sense(
        keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
        v, day,
    )  # fmt: skip


@kernel(i8(*COMMON, i8, i8), entry=True)
def one_fight(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached, v, day
):
    return combat.fight(
        keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
        v, day,
    )  # fmt: skip


@kernel(NOTHING(*COMMON, i8), entry=True)
def one_evening(
    keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached, day
):
    safeguard.stand_down(
        keys, slots, owners, world, plan, ring, sizes, knobs, tally, kin, estates, homes, fronts, borders, marks, reached,
        day,
    )  # fmt: skip


@kernel(i8(i8m, i8m, i8v, i8v, i8v, i8), entry=True)
def attacked(units, villages, sizes, rows, order, day):
    return combat.villages_attacked(units, villages, sizes, rows, order, day)


def common(city):
    world = (
        city.foremen, city.charters, city.persons, city.villages, city.units, city.wanderers, city.powers, city.events,
        city.shots,
    )  # fmt: skip
    return (
        city.keys, city.slots, city.owners, world, city.plan, city.ring, city.sizes, city.knobs, city.tally, city.kin,
        city.estates, city.homes, city.fronts, city.borders, city.marks, city.reached,
    )  # fmt: skip


# ---- small worlds --------------------------------------------------------------------------------------------------------

DAWN = 360_000  # the day on which the small worlds are looked at
ALWAYS = 10**12  # ppm: raids in every month


def named(parent, ordinal, eye):
    """A name with or without the bit by which an infected bay has an eye."""
    name = int(lineage(parent, 7, ordinal))
    return name & ~16 | 16 if eye else name & ~16


def row_of_bays(letters, people, shuffle=0, seed=5, **changed):
    """Bays side by side, a letter each, all infected: E has an eye, V a village, T a terminal, H is a healthy bay.

    `people`: how many live in each village; with `shuffle` the rows of persons and villages stand in another order.
    """
    city = found(Scenario(seed=seed, **{"works": 0, **changed}), 1 << 11)
    order = np.random.default_rng(shuffle)
    first = city.foremen[0].copy()
    lots = int(first[t.F_LOTS])
    homes = []
    for n, letter in enumerate(letters):
        bay = city.foremen[n]
        bay[:] = first
        bay[t.F_NAME] = named(first[t.F_NAME], n, letter == "E")
        bay[t.F_X] = 80 * n
        bay[t.F_PARENT] = n - 1
        bay[t.F_PHASE] = c.P_STANDING
        bay[t.F_DUE] = -1
        bay[t.F_TERMINALS] = letter == "T"
        bay[t.F_ALLEGIANCE] = c.A_HEALTHY if letter == "H" else c.A_SAFEGUARD
        bay[t.F_RECOGNITION] = t.HUMAN if letter == "H" else t.IMPOSSIBLE
        city.claims[n, [t.C_FOREMAN, t.C_X, t.C_N, t.C_M, t.C_LOTS]] = n, 5 * n, 5, 7, lots
        if letter == "V":
            homes.append(n)
    bays = len(letters)
    city.sizes[[t.Z_FOREMEN, t.Z_CLAIMS]] = bays
    city.schools[0, [t.N_LIVING, t.N_EVER]] = bays
    city.tally[t.T_LOTS] = lots * bays
    city.powers[0, [t.PO_ERA_DAY, t.PO_RAID_PPM]] = DAWN, ALWAYS
    city.powers[0, t.PO_SAFEGUARD_BAYS] = sum(letter != "H" for letter in letters)
    residents = [(n, k) for n in homes for k in range(people)]
    if shuffle:
        order.shuffle(homes)
        order.shuffle(residents)
    for v, n in enumerate(homes):
        village = city.villages[v]
        village[t.VI_NAME] = lineage(city.foremen[n, t.F_NAME], 8, 0)
        village[[t.VI_PARENT, t.VI_ENDED, t.VI_BARRIER_DAY, t.VI_KNOWN]] = -1
        village[[t.VI_BAY, t.VI_PEOPLE, t.VI_CAPACITY, t.VI_SENSE]] = n, people, people, 256
        village[[t.VI_FOUNDED, t.VI_ALERT_DAY]] = DAWN - 1000
        city.foremen[n, t.F_VILLAGE] = v
    for p, (n, k) in enumerate(residents):
        person = city.persons[p]
        person[t.PE_NAME] = lineage(city.foremen[n, t.F_NAME], 9, k)
        person[[t.PE_MOTHER, t.PE_FATHER, t.PE_INFECTED_DAY, t.PE_DIED, t.PE_TESTED, t.PE_LED_BY]] = -1
        person[[t.PE_HAPLOTYPE_A, t.PE_HAPLOTYPE_B]] = t.HUMAN | 1 << k % 6, t.HUMAN
        person[t.PE_BORN] = DAWN - 360 * (1 + k)
        person[t.PE_VILLAGE] = city.foremen[n, t.F_VILLAGE]
        city.powers[0, t.PO_LOCUS0 + k % 6] += 1
    city.sizes[[t.Z_VILLAGES, t.Z_PERSONS]] = len(homes), len(residents)
    city.powers[0, [t.PO_VILLAGES, t.PO_PEOPLE]] = len(homes), len(residents)
    city.day = DAWN
    city.rebuild()
    return city


def acts(law, city, kernel, *arguments):
    """A kernel of a law does its work in the city."""
    return kernel(*common(city), *arguments)


def acts_as_declared(law, city, kernel, *arguments):
    """Likewise; and it changes only what its law declares."""
    before = {name: city.table(name).copy() for name in t.TABLES}
    returned = kernel(*common(city), *arguments)
    for name, table in t.TABLES.items():
        rows = city.table(name)
        if name not in law.writes:
            assert len(rows) == len(before[name]), name
            for column in columns(table):
                same = (rows[:, column.number] == before[name][:, column.number]).all()
                assert same or f"{name}.{column.name}" in law.writes, f"{law.name}: {name}.{column.name}"
    return returned


def live(city, day, act=acts):
    """What the order of a day does with units, for every village: the attacked, then the evening."""
    order = np.zeros(64, np.int64)
    rows = np.zeros(64, np.int64)
    number = attacked(city.units, city.villages, city.sizes, rows, order, day)
    for k in np.argsort(order[:number]):
        if city.villages[rows[k], t.VI_ENDED] < 0:
            act(combat.LAW, city, one_fight, int(rows[k]), day)
    act(safeguard.LAW, city, one_evening, day)


def in_order_of_name(city):
    return [int(v) for v in np.argsort(city.table("villages")[:, t.VI_NAME])]


def hunt(city, first, last, act=acts):
    """Sense every village on the first day; then every day until the last."""
    for v in in_order_of_name(city):
        act(safeguard.LAW, city, one_month, v, first)
    for day in range(first, last + 1):
        live(city, day, act)


def told(city, kind):
    events = city.table("events")
    return events[events[:, t.V_KIND] == kind]


def alive(city):
    return city.table("persons")[:, t.PE_DIED] < 0


def drawn(city):
    """A world as text: for each bay E eye, T terminal, . nothing, or how many live there; ! where matter was taken."""
    text = []
    for n, bay in enumerate(city.table("foremen")):
        v = int(bay[t.F_VILLAGE])
        letter = f"{city.villages[v, t.VI_PEOPLE]}" if v >= 0 else "E" if (bay[t.F_NAME] >> 4) & 1 else "."
        letter = "T" if bay[t.F_TERMINALS] else letter
        units = city.table("units")
        hunting = int(((units[:, t.UN_BAY] == n) & (units[:, t.UN_FATE] == c.U_HUNTING)).sum())
        text.append(letter + ("!" if bay[t.F_DAMAGED] >= 0 else "") + (f">{hunting}" if hunting else ""))
    return " ".join(text)


# ---- pictures ------------------------------------------------------------------------------------------------------------


def test_a_raid_from_the_eye_to_the_last_unit():
    city = row_of_bays("..EV", 40, safeguard_units=0, combat_effectiveness_percent=500, safeguard_leash_days=10)
    assert drawn(city) == ". . E 40"
    one_month(*common(city), 0, DAWN)
    assert drawn(city) == ". . E!>1 40"
    (sensed,), (sent,), (made,) = told(city, c.V_SENSED), told(city, c.V_DISPATCH), told(city, c.V_UNIT_MADE)
    village, eye = city.villages[0, t.VI_NAME], city.foremen[2, t.F_NAME]
    assert [sent[t.V_WHO], sent[t.V_WHOM], sent[t.V_PLACE], sent[t.V_MAGNITUDE]] == [village, eye, eye, 1]
    assert sent[t.V_CAUSE] == sensed[t.V_NAME] and made[t.V_CAUSE] == sent[t.V_NAME]
    unit = city.units[0]
    assert unit[t.UN_ARRIVES] == DAWN + 1 + 6, "one hop, walled up"
    assert [unit[t.UN_LEVEL], unit[t.UN_MASS], unit[t.UN_LEASH_UNTIL]] == [1, 8, DAWN + 17]
    assert [city.foremen[2, t.F_PLANNED], city.foremen[3, t.F_PLANNED]] == [1, 0], "the hole is in the eye's bay"
    assert city.powers[0, t.PO_ALERT] == 9830, "0.150"
    for day in range(DAWN, DAWN + 7):
        live(city, day)
    assert drawn(city) == ". . E!>1 40"
    live(city, DAWN + 7)
    assert drawn(city) == ". . E! 40"
    assert len(told(city, c.V_VILLAGE_RESISTED)) == len(told(city, c.V_UNIT_KILLED)) == 1
    assert city.villages[0, t.VI_ALERT] == 256 and city.foremen[3, t.F_PLANNED] == 1, "rubble in the village's bay"
    assert [city.powers[0, t.PO_MASS_TAKEN], city.powers[0, t.PO_MASS_RUBBLE], city.powers[0, t.PO_HUNTING]] == [8, 8, 0]


def test_what_is_given_back_fills_the_hole_that_it_was_taken_from():
    city = row_of_bays("EV.", 20, works=1)
    one_month(*common(city), 0, DAWN)
    live(city, int(city.units[0, t.UN_LEASH_UNTIL]))
    hole, filled = city.table("plan")
    box = slice(t.L_X, t.L_SZ + 1)
    assert (hole[box] == filled[box]).all() and hole[[t.L_SX, t.L_SY, t.L_SZ]].prod() >= city.powers[0, t.PO_MASS_TAKEN]
    assert hole[[t.L_DAY, t.L_ERRAND, t.L_KIND]].tolist() == [DAWN + 1, c.E_HARVEST, c.K_DEMOLITION]
    assert filled[[t.L_ERRAND, t.L_KIND, t.L_A]].tolist() == [c.E_MASS, c.K_MASS, c.SLAB]
    assert (hole[[t.L_X, t.L_Y]] >= 0).all() and (hole[[t.L_X, t.L_Y]] + hole[[t.L_SX, t.L_SY]] <= 80).all()


def test_where_nobody_is_left_units_stand_down_at_once():
    city = row_of_bays("EV", 12, safeguard_units=40, combat_effectiveness_percent=0, refuge_ppm=0)
    hunt(city, DAWN, DAWN + 7)
    assert drawn(city) == "E! 0" or drawn(city) == "E! ."
    assert not alive(city).any() and city.powers[0, t.PO_VILLAGES] == 0 and city.powers[0, t.PO_HUNTING] == 0
    (ended,) = told(city, c.V_VILLAGE_ENDED)
    assert set(told(city, c.V_UNIT_STOOD_DOWN)[:, t.V_CAUSE]) == {ended[t.V_NAME]}


def test_who_qualifies_or_is_out_of_sight_or_on_the_way_is_left_alone():
    for letters in ("EHV", "..V", "E..V"):
        city = row_of_bays(letters, 10)
        city.foremen[0, t.F_RECOGNITION] = t.HUMAN if letters == "EHV" else t.IMPOSSIBLE
        one_month(*common(city), 0, DAWN)
        assert city.powers[0, t.PO_RAIDS] == 0
        assert len(told(city, c.V_SPARED)) == (1 if letters == "EHV" else 0)
    city = row_of_bays("EV", 10, combat_effectiveness_percent=0, refuge_ppm=0)
    city.persons[:5, t.PE_LED_BY] = 0
    hunt(city, DAWN, DAWN + 7)
    assert alive(city).tolist() == [True] * 5 + [False] * 5


@pytest.mark.parametrize("delayed", [0, 1])
def test_a_delay_puts_raids_off_and_a_village_is_hunted_once(delayed):
    city = row_of_bays("EV", 10)
    city.villages[0, t.VI_DELAYED_UNTIL] = DAWN + delayed
    one_month(*common(city), 0, DAWN)
    assert city.powers[0, t.PO_RAIDS] == 1 - delayed
    one_month(*common(city), 0, DAWN + 1)
    assert city.powers[0, t.PO_RAIDS] == 1


# ---- the order of rows, honesty, conservation ------------------------------------------------------------------------------

MANY = {"safeguard_units": 6, "combat_effectiveness_percent": 60, "refuge_ppm": 400_000, "gene_loci": 2}


@pytest.mark.parametrize("square", [0, 1])
def test_the_order_of_rows_decides_nothing(square):
    one, other = (row_of_bays("EVVEV.TVEV", 25, shuffle, combat_square=square, **MANY) for shuffle in (0, 3))
    for city in (one, other):
        hunt(city, DAWN, DAWN + 60)
        city.check()
        city.events[: city.sizes[t.Z_EVENTS]] = sorted(city.table("events").tolist())
    assert one.powers[0, t.PO_DEATHS_UNITS] > 10 and one.powers[0, t.PO_RAIDS] == 5
    assert one.digests() == other.digests()


def test_both_laws_change_only_what_they_declare_and_matter_is_conserved():
    city = row_of_bays("EVVEV.TVEV", 25, **MANY)
    hunt(city, DAWN, DAWN + 40, acts_as_declared)
    for month in range(2, 6):
        hunt(city, DAWN + 30 * month, DAWN + 30 * month + 29, acts_as_declared)
        taken, rubble, returned, hunting = city.powers[
            0, [t.PO_MASS_TAKEN, t.PO_MASS_RUBBLE, t.PO_MASS_RETURNED, t.PO_MASS_HUNTING]
        ]
        assert taken == rubble + returned + hunting == city.table("units")[:, t.UN_MASS].sum()
    assert rubble > 0 and returned > 0
    kinds = Counter(int(kind) for kind in city.table("events")[:, t.V_KIND])
    assert kinds[c.V_UNIT_MADE] == len(city.table("units")) == (
        kinds[c.V_UNIT_KILLED] + kinds[c.V_UNIT_STOOD_DOWN] + city.powers[0, t.PO_HUNTING]
    )
    names = set(city.table("events")[:, t.V_NAME])
    assert set(city.table("events")[:, t.V_CAUSE]) <= names | {0}, "every cause is an event"


# ---- twins -----------------------------------------------------------------------------------------------------------------


@given(st.integers(0, 2**60))
def test_a_root_is_the_integer_root(n):
    assert root(n) == isqrt(n)


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(1, 400), st.integers(1, 200), st.integers(0, 2560),
       st.integers(0, 32 << 16), st.integers(0, 256))  # fmt: skip
def test_a_hazard_against_its_formula(raid, exposure, people, capacity, about, alert, sense):
    factor = (1 + alert / 65536) * sense / 256 * 1000
    base, seen = hazard(raid, exposure, people, capacity, about, alert, sense)
    crowd = min(people / capacity, 4)
    assert base == pytest.approx(raid * sqrt(people / 100) * (1 + about / 256) * factor, rel=4e-3, abs=100)
    assert seen == pytest.approx(exposure * crowd**2 * factor, rel=8e-3 + 0.002 / crowd**2, abs=100 + exposure / 50)


@pytest.mark.parametrize("cells", [units * mass for units in (1, 2, 7, 10, 31, 61, 64) for mass in (8, 16, 32, 64)])
def test_boxes_hold_the_matter_of_a_raid(cells):
    sx, sy, sz = block(cells)
    assert cells <= sx * sy * sz <= cells + cells // 16 + 2 and max(sx, sy, sz) <= 16
    sx, sy, sz = heap_box(cells)
    held = sum((sx - 2 * k) * (sy - 2 * k) for k in range(sz))
    assert cells <= held <= cells + 4 + cells // 50 and 2 * sz <= sx + 1 and sx <= sy <= 32


# ---- the alert -------------------------------------------------------------------------------------------------------------


def test_steps_of_the_alert_are_exact():
    assert monthly_factor(VILLAGE_DECAY_PPM) == VILLAGE_FACTOR
    for step, least in enumerate(ALERT_OF_STEP):
        assert (65536 + least) ** 4 >= 1 << (64 + step) > (65536 + least - 1) ** 4
        assert alert_step(least) == step and alert_step(max(0, least - 1)) == max(0, step - 1)
    for alert in range(0, 10**6, 997):
        assert alert_step(alert) == min(15, int(4 * log2(1 + alert / 65536)))
    assert alert_step(ONE - 1) == 15


@given(st.integers(0, 990_000), st.integers(0, ONE - 1), st.integers(0, 2000))
def test_an_alert_fades_as_it_should(ppm, amount, months):
    factor = monthly_factor(ppm)
    assert abs((factor / ONE) ** 12 - (1 - ppm / 1e6)) < 1e-7
    exact = amount * (1 - ppm / 1e6) ** (months / 12)
    assert faded(amount, factor, months) == pytest.approx(exact, rel=1e-4, abs=2)
    assert monthly_factor(1_000_000) == 0 and monthly_factor(0) == ONE


def test_hazards_hear_of_an_alarm_on_the_first_day_of_the_next_month():
    city = found(Scenario(works=0))
    powers, knobs = city.powers, city.knobs
    alarm(powers, knobs, 305, 1000)
    assert [powers[0, t.PO_ALERT], powers[0, t.PO_ALERT_STEP]] == [65536, 0]
    refresh_alert(powers, knobs, 329)
    assert powers[0, t.PO_ALERT_STEP] == 0
    refresh_alert(powers, knobs, 330)
    assert powers[0, t.PO_ALERT_STEP] == 3 and powers[0, t.PO_ALERT] == alert_on(powers, knobs, 330) == 65313
    alarm(powers, knobs, 331, 1000)
    assert powers[0, t.PO_ALERT] == 65313 + 65536 and powers[0, t.PO_ALERT_STEP] == 3
    assert alert_on(powers, knobs, 330 + 360) == pytest.approx((65313 + 65536) * 0.96, abs=2)
    village_alarm(city.villages, 0, 100, 256)
    village_alarm(city.villages, 0, 460, 77)
    assert city.villages[0, t.VI_ALERT] == 256 * 92 // 100 + 77 == village_alert_on(city.villages, 0, 480)


# ---- chance ------------------------------------------------------------------------------------------------------------------


def z_of(count, number, p):
    return (count - number * p) / sqrt(number * p * (1 - p))


def chi_square(counts, expected):
    """Sum over cells that expect at least five, the rest pooled; and how many cells there were."""
    rare = [k for k, e in enumerate(expected) if e < 5]
    cells = [(counts.get(k, 0), e) for k, e in enumerate(expected) if e >= 5]
    cells.append((sum(counts.get(k, 0) for k in rare), sum(expected[k] for k in rare) + 1e-9))
    return sum((got - e) ** 2 / e for got, e in cells if e >= 5), len(cells)


def test_a_village_is_noticed_as_often_as_the_hazard_says():
    city = row_of_bays("EVE", 20, safeguard_threshold=1000, safeguard_exposure_ppm=200_000, safeguard_barrier_percent=50)
    city.powers[0, t.PO_RAID_PPM] = 1_500_000
    city.villages[0, t.VI_CAPACITY] = 40
    city.villages[0, t.VI_ALERT_DAY] = city.powers[0, t.PO_ALERT_DAY] = DAWN
    number = 3000
    months = 0
    for trial in range(number):
        if trial == number // 2:
            city.villages[0, t.VI_BARRIER_UNTIL] = DAWN + 30 * number
        one_month(*common(city), 0, DAWN + trial)
        if city.sizes[t.Z_EVENTS] > 1000:
            months += len(told(city, c.V_SENSED))
            city.forget_events()
    assert city.powers[0, t.PO_RAIDS] == 0
    months += len(told(city, c.V_SENSED))
    base, seen = (h / 12e9 for h in hazard(1_500_000, 200_000, 20, 40, 0, 0, 256))
    assert abs(z_of(months, number, 0.75 * (base + seen))) < 4
    assert base == pytest.approx(1.5 * sqrt(0.2) / 12, rel=1e-2) and seen == pytest.approx(0.05 / 12, rel=1e-2)


def test_expeditions_are_seen_in_their_share_and_the_eye_is_drawn():
    number = 600
    raids = []
    for seed in range(number):
        city = world_of_two_eyes()
        city.knobs[0] = seed
        one_month(*common(city), 0, DAWN)
        raids += told(city, c.V_SENSED).tolist()
        city.sizes[t.Z_EVENTS] = 1
        ticket = draws(seed, c.R_SENSING, DAWN, int(city.villages[0, t.VI_NAME]), 0)[0]
        assert raids[-1][t.V_MAGNITUDE] == (ticket < 0.3 * 2**32)
    share = sum(raid[t.V_MAGNITUDE] for raid in raids)
    assert len(raids) == number
    assert abs(z_of(share, number, 0.3)) < 4
    assert abs(z_of(sum(raid[t.V_WHOM] == city.foremen[0, t.F_NAME] for raid in raids), number, 0.5)) < 4


@cache
def world_of_two_eyes():
    """A village that is noticed every month, in three of ten months because of an expedition; and always spared."""
    city = row_of_bays("EVE", 100, safeguard_threshold=1000, safeguard_exposure_ppm=3_600_000)
    city.powers[0, t.PO_ALERT_DAY] = DAWN
    return city


def test_the_noise_of_a_score_is_its_convolution():
    """Four bytes, convolved exactly: mean 0, standard deviation 12, and what the kernel draws."""
    ways = [1]
    for _ in range(4):
        ways = [sum(ways[max(0, s - 255) : s + 1]) for s in range(len(ways) + 255)]
    assert sum(ways) == 2**32
    exact = Counter()
    for total, number in enumerate(ways):
        sign = 1 if total > 510 else -1
        exact[sign * ((abs(total - 510) * 83 + 512) // 1024)] += number
    assert max(exact) == -min(exact) == 41, "so a citizen never reaches the score of one missing locus"
    assert sum(score * number for score, number in exact.items()) == 0
    assert sqrt(sum(score**2 * number for score, number in exact.items()) / 2**32) == pytest.approx(12, abs=0.05)
    words = [int(w) for k in range(4000) for w in draws(1, c.R_ASSESSMENT, 2, k, 3)]
    got = Counter(int(threat_noise(word)) + 41 for word in words)
    value, cells = chi_square(got, [exact[score - 41] * len(words) / 2**32 for score in range(83)])
    assert value < cells + 4 * sqrt(2 * cells)
    for word in words[:50]:
        assert threat(0, 1, 1, 1, word) < 64 and threat(2, 1, 1, 1, word) == 192 + threat_noise(word)


@pytest.mark.parametrize("mean", [0.5, 9, 30])
def test_units_are_one_and_a_poisson_number(mean):
    number = 4000
    got = Counter(int(units_made(3, 4, name, int(mean * 65536))) - 1 for name in range(1, number + 1))
    expected = [number * exp(-mean) * mean**k / factorial(k) for k in range(64)]
    value, cells = chi_square(got, expected)
    assert value < cells + 4 * sqrt(2 * cells)
    assert min(got) >= 0 and max(units_made(3, 4, name, 64 << 16) for name in range(1, 200)) == 64
    assert mean_units(9, 256, 65536) == 9 * 2 * 3 << 15 and mean_units(60, 1 << 16, 1 << 29) == 64 << 16


@settings(max_examples=25)
@given(st.integers(0, 2**40), st.integers(0, 1000))
def test_the_alert_never_grows_by_itself(alert, months):
    city = world_of_two_eyes()
    powers = city.powers.copy()
    knobs = city.knobs.copy()
    knobs[Q_SAFEGUARD_ALERT_DECAY_PPM] = 40_000
    powers[0, t.PO_ALERT] = min(alert, ONE - 1)
    assert 0 <= alert_on(powers, knobs, DAWN + 30 * months) <= powers[0, t.PO_ALERT]
