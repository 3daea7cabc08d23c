"""Bases of Safeguard: where they are founded, how they end, what they storm, and what becomes of their matter."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.stats import binomtest

from megastructure.ground import codes as c
from megastructure.ground import tables as t
from megastructure.ground.chronicle import event_name
from megastructure.ground.rng import draws
from megastructure.laws import bases as law
from megastructure.society.allegiance import turn
from megastructure.society.bases import base_near, beside_base, destroy_base, found_base
from megastructure.society.eyes import has_eye
from megastructure.society.orders import order_for, reward
from worlds.sides import ERA, OVERRIDE, STRIKE, Scene, row_of

YEAR = t.YEAR
EYES = [((48 * n) << 8) | 16 for n in range(1, 200)]  # names of bays that have an eye when they obey Safeguard
BLIND = [(48 * n) << 8 for n in range(1, 200)]


def alarmed(letters: str, names: list[int] | None = None, step: int = 8, **knobs: int) -> Scene:
    """A row of bays, and Safeguard alarmed by so many steps."""
    scene = row_of(letters, names or EYES, **{"safeguard_base_share": 4, "safeguard_assault_ppm": 0, **knobs})
    scene.powers.alert_step = step
    scene.grow("plan", 64)
    return scene


def kinds(scene: Scene, kind: int) -> list[tuple[int, ...]]:
    return [e for e in scene.told() if e[t.Events.kind] == kind]


def village(scene: Scene, bay: int, alert: int) -> int:
    """A village about which Safeguard is so much alarmed."""
    v = scene.settle(bay, 256 * (bay + 9), [0])
    scene.villages[v].alert, scene.villages[v].alert_day = alert, ERA
    return v


# ---- pictures ----------------------------------------------------------------------------------------------------------


def test_a_base_is_founded_beside_the_village_that_alarms_most():
    scene = alarmed("SSSSSSSShS")
    village(scene, 1, 100)
    v = village(scene, 8, 300)
    law.campaign(scene, ERA)
    (event,) = kinds(scene, c.V_BASE_FOUNDED)
    assert event[t.Events.who] in (EYES[7], EYES[9]) and event[t.Events.whom] == scene.villages[v].name
    assert event[t.Events.cause] == STRIKE and event[t.Events.chance_ppb] == 5 * 10**8  # two bays are as near
    n = EYES.index(event[t.Events.who])
    assert scene.foremen[n].base == 1 and scene.foremen[n].base_event == event[t.Events.name] and scene.powers.bases == 1
    chosen = min((7, 9), key=lambda m: draws(7, c.R_BASE, ERA, EYES[m], 1)[0])
    assert n == chosen
    law.campaign(scene, ERA + YEAR)
    assert scene.powers.bases == 2  # nine bays of Safeguard: two bases with a share of four
    law.campaign(scene, ERA + 2 * YEAR)
    assert scene.powers.bases == 2


@pytest.mark.parametrize("why", ["calm", "nobody", "blind", "few", "far", "none"])
def test_where_no_base_is_founded(why):
    scene = alarmed("S" * 30, BLIND if why == "blind" else None, **({"safeguard_base_share": 31} if why == "few" else {}))
    if why not in ("nobody", "far"):
        village(scene, 3, 100)
    if why == "far":
        for n in range(14):
            turn(scene, n, c.A_HEALTHY, 1, ERA)
        village(scene, 0, 100)
    if why == "calm":
        scene.powers.alert_step = scene.scenario.safeguard_base_step - 1
    law.campaign(scene, ERA)
    assert scene.powers.bases == (why == "none")


def test_against_a_reign_a_base_is_founded_at_its_border():
    scene = alarmed("AAAASSSS")
    r = scene.reign(range(4))
    law.campaign(scene, ERA)
    (event,) = kinds(scene, c.V_BASE_FOUNDED)
    assert (event[t.Events.who], event[t.Events.whom], event[t.Events.cause]) == (EYES[4], 0, OVERRIDE)
    assert event[t.Events.chance_ppb] == 10**9
    scene = alarmed("AAAASSSS")
    scene.reigns[scene.reign(range(4))].fell = ERA - 1
    law.campaign(scene, ERA)
    assert r == 0 and scene.powers.bases == 0


def test_a_base_ends_when_it_is_destroyed_or_turned():
    scene = alarmed("SSSS")
    for n in (1, 2):
        found_base(scene, n, 0, STRIKE, 0, ERA)
    assert base_near(scene, 0, 1) == 1 and base_near(scene, 3, 5) == 2 and base_near(scene, 0, 0) == -1
    destroy_base(scene, 1, 4711, 99, ERA + 5)
    (event,) = kinds(scene, c.V_BASE_DESTROYED)
    assert (event[t.Events.who], event[t.Events.whom], event[t.Events.cause]) == (EYES[1], 4711, 99)
    assert scene.powers.bases == 1 and base_near(scene, 0, 1) == -1 and base_near(scene, 0, 2) == 2
    destroy_base(scene, 1, 4711, 99, ERA + 5)
    assert scene.powers.bases == 1
    turn(scene, 2, c.A_AUTHORITY, 77, ERA + 6)
    assert scene.powers.bases == 0 and scene.foremen[2].base == scene.foremen[2].base_event == 0
    assert kinds(scene, c.V_BASE_DESTROYED)[-1][t.Events.cause] == 77
    assert not beside_base(scene, 2)


def assaulting(letters: str, base: int, **knobs: int) -> Scene:
    """A base that sends an assault each year."""
    scene = alarmed(letters, step=knobs.pop("step", 0), safeguard_assault_ppm=1_000_000, **knobs)
    found_base(scene, base, 0, STRIKE, 0, ERA - YEAR)
    return scene


def test_an_assault_takes_a_bay_with_its_node_and_its_guards():
    scene = assaulting("SSNA", 0, authority_guard_percent=1)
    scene.foremen[2].held_until = ERA + 10 * YEAR
    scene.powers.nodes = 1
    scene.reign([2])
    law.campaign(scene, ERA)
    (sent,), (stormed,) = kinds(scene, c.V_ASSAULT), kinds(scene, c.V_BAY_STORMED)
    assert (sent[t.Events.who], sent[t.Events.whom]) == (EYES[2], EYES[0])
    assert sent[t.Events.cause] == scene.foremen[0].base_event == event_name(ERA - YEAR, c.V_BASE_FOUNDED, EYES[0], 0)
    assert stormed[t.Events.cause] == sent[t.Events.name] and 0 < stormed[t.Events.magnitude] <= sent[t.Events.magnitude]
    (flipped,), (gone,) = kinds(scene, c.V_BAY_FLIPPED), kinds(scene, c.V_NODE_LOST)
    assert flipped[t.Events.cause] == gone[t.Events.cause] == stormed[t.Events.name]
    bay = scene.foremen[2]
    assert (bay.allegiance, bay.node, bay.held_until, bay.reign, bay.halted) == (c.A_SAFEGUARD, 0, 0, 0, 0)
    assert bay.turned_by == flipped[t.Events.name] and bay.due == ERA + 1
    assert scene.powers.nodes == 0 and scene.reigns[0].bays == 0 and scene.powers.authority_bays == 1
    law.campaign(scene, ERA + YEAR)
    assert len(kinds(scene, c.V_ASSAULT)) == 1  # what is left no node, no reign and no guards make worth it


def test_guards_beat_an_assault_off():
    scene = assaulting("SSNA", 0, authority_guard_percent=10_000)
    scene.powers.nodes = 1
    law.campaign(scene, ERA)
    (sent,), (beaten,) = kinds(scene, c.V_ASSAULT), kinds(scene, c.V_ASSAULT_BEATEN)
    assert beaten[t.Events.magnitude] == sent[t.Events.magnitude] and beaten[t.Events.cause] == sent[t.Events.name]
    assert scene.foremen[2].node == 1 and scene.powers.nodes == 1 and not kinds(scene, c.V_BAY_STORMED)
    powers = scene.powers
    assert powers.mass_taken == powers.mass_rubble == 8 * sent[t.Events.magnitude] and powers.mass_returned == 0


@pytest.mark.parametrize(("far", "reaches"), [(8, True), (9, False)])
def test_an_assault_goes_eight_hops_to_the_nearest(far, reaches):
    scene = assaulting("S" * far + "NN", 0)
    law.campaign(scene, ERA)
    assert [e[t.Events.who] for e in kinds(scene, c.V_ASSAULT)] == ([EYES[far]] if reaches else [])


def test_guards_are_more_where_more_obey_and_where_a_node_lives():
    scene = row_of("ASAANAS")
    assert [int(law.guards_of(scene, n)) for n in (0, 2, 3, 4, 5)] == [2, 4, 6, 14, 4]


@pytest.mark.parametrize("change", [{"safeguard_bases": 0}, {"struggle": 0}])
def test_the_day_of_powers_asks_the_switch(change):
    from megastructure.time.live import live_day

    scene = alarmed("SSShSSSS", wanderers=0, era_year=100, infection=0, **change)
    scene.powers.struck, scene.powers.era_day = 1, ERA
    village(scene, 3, 30_000)
    scene.powers.alert = 40 << 16
    scene.powers.alert_day = ERA
    for day in range(ERA, ERA + YEAR + 1, 30):
        live_day(scene, day)
    assert scene.powers.bases == (0 if "safeguard_bases" in change else 2)


# ---- orders ------------------------------------------------------------------------------------------------------------


def test_a_node_orders_what_hurts_it_most():
    scene = alarmed("N" + "S" * 30)
    scene.sizes.wanderers = 1
    scene.wanderers[0].hits = 1000
    assert order_for(scene, 0, 0, ERA) == (c.O_FIND_CARRIERS, -1)
    quiet, hunted = village(scene, 4, 127), village(scene, 9, 400)
    scene.villages[quiet].known = scene.villages[hunted].known = -1
    assert order_for(scene, 0, 0, ERA) == (c.O_FIND_CARRIERS, -1)  # nobody knows them
    scene.villages[quiet].known = scene.villages[hunted].known = ERA
    assert order_for(scene, 0, 0, ERA) == (c.O_GUARD_VILLAGE, hunted)
    found_base(scene, 25, 0, STRIKE, 0, ERA)
    assert order_for(scene, 0, 0, ERA) == (c.O_GUARD_VILLAGE, hunted)  # 25 hops away
    found_base(scene, 24, 0, STRIKE, 0, ERA)
    assert order_for(scene, 0, 0, ERA) == (c.O_DESTROY_BASE, 24)
    scene.wanderers[0].hits = 499
    assert order_for(scene, 0, 0, ERA) == (c.O_GUARD_VILLAGE, hunted)  # whoever is badly wounded is spared that


def test_a_report_earns_tokens_up_to_what_is_kept():
    scene = row_of("N", authority_report_tokens=90, authority_tokens=0)
    scene.powers.nodes, scene.powers.tokens_day = 1, ERA
    for _ in range(3):
        reward(scene, ERA)
    assert scene.powers.tokens == 270
    for _ in range(1000):
        reward(scene, ERA)
    assert scene.powers.tokens == 40 * 360


# ---- the twin, chance --------------------------------------------------------------------------------------------------


def fight(seed: int, day: int, name: int, own: int, guards: int, units: int, worth: int) -> tuple[int, int]:
    """The twin of `storm`."""
    k = 0
    while guards and units:
        word = draws(seed, c.R_STORM, day, name, (own & 0xFFFF) * 256 + k // 4)[k % 4]
        if word * (worth * guards + 100 * units) // 2**32 < worth * guards:
            units -= 1
        else:
            guards -= 1
        k += 1
    return guards, units


def test_a_storm_as_a_plain_twin_fights_it():
    random = np.random.default_rng(3)
    for guards, units, worth, name, own in random.integers([0, 0, 1, 1, 1], [20, 65, 900, 2**60, 2**60], (300, 5)).tolist():
        scene = SCENES.setdefault(worth, row_of("S", authority_guard_percent=worth))
        found = tuple(int(n) for n in law.storm(scene, name, own, guards, units, 77))
        assert found == fight(7, 77, name, own, guards, units, worth)


SCENES: dict[int, Scene] = {}


def chance_to_hold(guards: int, units: int, worth: float) -> float:
    """How likely the guards win, by the law, step by step."""
    if units == 0:
        return 1.0
    if guards == 0:
        return 0.0
    p = worth * guards / (worth * guards + units)
    return p * chance_to_hold(guards, units - 1, worth) + (1 - p) * chance_to_hold(guards - 1, units, worth)


@pytest.mark.parametrize(("guards", "units", "worth"), [(4, 8, 400), (6, 9, 200), (3, 3, 100)])
def test_guards_hold_as_often_as_the_square_law_says(guards, units, worth):
    scene = row_of("S", authority_guard_percent=worth)
    trials = 3000
    held = sum(int(law.storm(scene, 1 + 7 * k, 3, guards, units, 50)[0]) > 0 for k in range(trials))
    assert binomtest(held, trials, chance_to_hold(guards, units, worth / 100)).pvalue > 1e-4


def test_bases_send_assaults_as_often_as_the_knob_says():
    scene = alarmed("SN", step=0, safeguard_assault_ppm=300_000, authority_guard_percent=10_000)
    found_base(scene, 0, 0, STRIKE, 0, ERA)
    scene.powers.nodes = 1
    trials = 1200
    for k in range(trials):
        scene.sizes.events = min(int(scene.sizes.events), 3000)
        law.campaign(scene, ERA + (k + 1) * YEAR)
    assert binomtest(len(kinds(scene, c.V_ASSAULT)), trials, 0.3).pvalue > 1e-4


# ---- matter, the order of rows, honesty --------------------------------------------------------------------------------


def besieged(order: list[int] | None = None) -> Scene:
    """Three bases and three that they storm, in rows of any order."""
    letters = "SSNSSANSSAAS"
    names = [EYES[n] for n in range(len(letters))]
    at = list(range(len(letters))) if order is None else order
    scene = Scene([(3 * n, 0, 0, 3, 4) for n in at], [names[n] for n in at], safeguard_assault_ppm=700_000, works=0)
    scene.obey(letters[n] for n in at)
    scene.grow("plan", 64)
    scene.powers.alert_step, scene.powers.nodes = 3, 2
    scene.reign([at.index(n) for n in (9, 10)])
    for n in (1, 4, 8):
        found_base(scene, at.index(n), 0, STRIKE, 0, ERA - 1)
    return scene


def test_matter_of_assaults_is_conserved():
    scene = besieged()
    for k in range(30):
        law.campaign(scene, ERA + k * YEAR)
        powers = scene.powers
        assert powers.mass_taken == powers.mass_rubble + powers.mass_returned + powers.mass_hunting
    assert powers.mass_rubble > 0 and powers.mass_returned > 0
    assert powers.mass_taken % 4 == 0 and scene.tally.planned == int(scene.column("foremen", "planned").sum()) > 0


def test_the_order_of_rows_decides_nothing():
    told = []
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(12).tolist() if seed else None
        scene = besieged(order)
        for k in range(10):
            law.campaign(scene, ERA + k * YEAR)
        told.append((scene.told(), sorted(scene.table("foremen")[:, [t.Foremen.name, t.Foremen.allegiance]].tolist())))
    assert told[0] == told[1] == told[2]
    assert Counter(e[t.Events.kind] for e in told[0][0])[c.V_ASSAULT] > 3


def test_a_campaign_changes_what_it_declares():
    changed: set[str] = set()
    for seed in range(4):
        scene = besieged()
        scene.knobs.seed = 7 + seed
        scene.foremen[2].held_until = 10**8
        scene.powers.alert_step = 8
        scene.knobs.safeguard_base_share = 2
        village(scene, 5, 300)
        before = scene.kept()
        for k in range(12):
            law.campaign(scene, ERA + k * YEAR)
        changed |= scene.changed(before)
    assert changed | {"plan", "events"} == set(law.LAW.writes)
    assert any(has_eye(scene, n) for n in range(12))
