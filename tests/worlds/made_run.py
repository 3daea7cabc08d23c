"""A run directory that nobody lived: 300 years with every kind of event, causes, and each story of the patterns once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from megastructure.ground.codes import DeathCause, EventKind
from megastructure.ground.scenario import Scenario
from megastructure.memory.archive import Archive
from worlds.rows import rows

V = EventKind
YEAR = 360
DAWN = 100  # year
YEARS = 300
END = YEARS * YEAR
BAYS, VILLAGES, PERSONS = 24, 9, 40


def name(*what: object) -> int:
    """A name for anything: 63 bits."""
    return int.from_bytes(hashlib.blake2b(repr(what).encode(), digest_size=8).digest(), "big") >> 1


def bay(n: int) -> int:
    return name("bay", n)


def village(n: int) -> int:
    return name("village", n)


def person(n: int) -> int:
    return name("person", n)


def unit(n: int) -> int:
    return name("unit", n)


WANDERER = name("wanderer", 0)
CULTIST = name("cultist")
# Who plays which part.
LAST, BORN_TOO_FAR, SHOT_A, SHOT_B, LED_A, LED_B, LED_C, CARRIER = 10, 11, 12, 13, 14, 15, 16, 17


class Log:
    """Events in order of time; each has a tag by which a test can leave it out."""

    def __init__(self, without: tuple[str, ...] = ()) -> None:
        self.rows: list[tuple[int, ...]] = []
        self.without = without

    def tell(
        self, year: float, kind: EventKind, who: int = 0, whom: int = 0, place: int = 0, magnitude: int = 0, cause: int = 0,
        chance: float = 0.0, tag: str = "",
    ) -> int:  # fmt: skip
        day = int(year * YEAR)
        this = name(day, int(kind), who, whom)
        if not tag or tag not in self.without:
            self.rows.append((day, int(kind), who, whom, place, magnitude, cause, int(chance * 1e9), this))
        return this

    def table(self) -> np.ndarray:
        return np.array(sorted(self.rows), np.int64)


NOWHERE = dict.fromkeys(
    ("goal", "goal_village", "charge", "reported", "advised", "step", "detour", "seen", "order_bay", "order_village"), -1
)


def city(log: Log) -> None:
    founding = log.tell(0, V.FOUNDING, bay(0), 0, bay(0), 175)
    before = founding
    for n in range(1, BAYS):
        before = log.tell(n * 4, V.BAY_BORN, bay(n), bay((n - 1) // 2), bay(n), 175, before, 0.9)
    log.tell(20, V.SCHOOL_FOUNDED, bay(5), bay(2), bay(5), 96, founding)
    log.tell(60, V.RENOVATION, bay(1), 0, bay(1), 2)
    died = log.tell(250, V.BAY_DIED, bay(22), 0, bay(22), 5000)
    log.tell(255, V.BAY_RELEASED, bay(22), 0, bay(22), 175, died)
    strike = log.tell(40, V.STRIKE, bay(3), CULTIST, bay(3))
    for n in range(4, 16):
        log.tell(40 + n, V.BAY_INFECTED, bay(n), bay(3), bay(n), 0, strike, 0.05)
    log.tell(190, V.BAY_FLIPPED, bay(7), bay(1), bay(7), 2, 0, 0.02)


def remnant(log: Log) -> None:
    dawn = log.tell(DAWN, V.ERA_DAWN, 0, 0, 0, 500)
    for n in range(VILLAGES):
        log.tell(DAWN, V.VILLAGE_SETTLED, village(n), 0, bay(n), 60, dawn)
    for n in range(20, PERSONS):
        born = log.tell(DAWN + n, V.PERSON_BORN, person(n), person(n % 8), bay(n % VILLAGES), 5 | 9 << 8, 0, 0.1)
        log.tell(DAWN + n + 60, V.PERSON_DIED, person(n), 0, bay(n % VILLAGES), int(DeathCause.AGE), born, 0.02)
    log.tell(110, V.PERSON_INFECTED, person(20), 0, bay(2), 0, 0, 0.001)
    log.tell(111, V.PERSON_INFECTED, person(21), 0, bay(3), 1, 0, 0.01)
    log.tell(112, V.VILLAGE_FOUNDED, village(8), village(7), bay(8), 20, 0, 0.025)
    log.tell(113, V.MIGRATION, person(22), village(1), bay(1))
    log.tell(114, V.TRADE, village(0), village(1), bay(0), 1200)
    log.tell(115, V.HUNGER, village(1), 0, bay(1), 30)
    log.tell(116, V.SERVICE_WORN, bay(6), 0, bay(6))
    log.tell(117, V.SENSED, village(0), bay(3), bay(0), 1, 0, 0.01)
    log.tell(117.1, V.SPARED, village(0), bay(3), bay(0), 2)
    sent = log.tell(118, V.DISPATCH, village(0), bay(3), bay(0), 3, 0, 0.007)
    log.tell(118, V.UNIT_MADE, unit(0), bay(3), bay(3), 8, sent)
    log.tell(118, V.UNIT_MADE, unit(1), bay(3), bay(3), 8, sent)
    log.tell(118.1, V.VILLAGE_RESISTED, village(0), 0, bay(0), 2, sent)
    log.tell(118.1, V.UNIT_KILLED, unit(0), village(0), bay(0), 8, sent)
    log.tell(118.2, V.UNIT_STOOD_DOWN, unit(1), 0, bay(3), 8, sent)
    log.tell(119, V.BUILDERS_NEAR, village(6), bay(6), bay(6), 170)
    log.tell(119.5, V.DRIVEN_OUT, village(6), village(7), bay(6), 60)
    log.tell(119.6, V.WALLED_IN, village(7), 0, bay(7), 5)
    log.tell(119.7, V.WAY_OPENED, village(7), 0, bay(7), 1)
    log.tell(119.8, V.SALVAGED, village(0), bay(1), bay(1), 20)
    log.tell(119.9, V.CONDUITS_BROKEN, village(0), bay(3), bay(3), 900, sent)


def powers(log: Log) -> None:
    came = log.tell(DAWN, V.WANDERER_CAME, WANDERER, 0, bay(0))
    log.tell(101, V.BAY_SEARCHED, WANDERER, 0, bay(10), 0, came)
    log.tell(101.5, V.RUMOUR, village(2), WANDERER, bay(2))
    log.tell(102, V.ORDER, WANDERER, bay(9), bay(9))
    log.tell(103, V.ADVICE, WANDERER, village(2), bay(9))
    log.tell(103.5, V.VILLAGE_FORGOTTEN, village(7), WANDERER, bay(7))
    log.tell(104, V.WANDERER_WOUNDED, WANDERER, 0, bay(10), 300)
    met = log.tell(104.1, V.INTERCEPTED, WANDERER, bay(3), bay(3), 2, 0, 0.02)
    log.tell(104.1, V.BEATEN_OFF, WANDERER, unit(1), bay(3), 3, met)
    hunt = log.tell(104.2, V.HUNT, WANDERER, bay(3), bay(3), 5, met)
    log.tell(104.3, V.STAYED_AWAY, WANDERER, village(2), bay(10), 0, hunt)
    log.tell(104.5, V.HUNT_SHAKEN, WANDERER, 0, bay(10), 120, met)
    log.tell(104.6, V.GUARD_BEGUN, WANDERER, person(20), bay(2), 3)
    log.tell(104.7, V.GUARD_ENDED, WANDERER, person(20), bay(2), 0)
    log.tell(104.8, V.STOOD_BY, WANDERER, village(1), bay(1))
    log.tell(104.9, V.BASE_STORMED, WANDERER, bay(19), bay(19), 6)
    log.tell(105, V.WARNING, village(1), 0, bay(1))
    log.tell(106, V.DELAY, village(1), 0, bay(1), 30)
    log.tell(107, V.NODE_WOKEN, bay(9), 0, bay(9))
    log.tell(108, V.NODE_LOST, bay(17), 0, bay(17), 5, 0, 0.1)
    log.tell(109, V.OVERRIDE_REFUSED, person(20), bay(9), bay(9), 2)
    log.tell(109.5, V.OVERRIDE_LOCAL, person(20), bay(9), bay(9), 3)
    log.tell(109.6, V.RULE_DRIFTED, bay(1), bay(2), bay(1), 3)
    log.tell(109.7, V.REINFECTED, bay(1), village(5), bay(1), 2)
    log.tell(109.8, V.NODE_BETRAYED, bay(17), village(5), bay(17), 2)
    log.tell(274, V.CULT_ENDED, village(5), 0, bay(5), 474)
    log.tell(275, V.SILENT_CENTURY, WANDERER, 0, bay(10))
    log.tell(270, V.CODE_REVISED, 0, 0, 0, 80)
    log.tell(271, V.REIGN_BEGUN, bay(17), person(20), bay(17), 4)
    log.tell(272, V.REIGN_GREW, bay(17), person(20), bay(17), 2)
    log.tell(272, V.UNITS_RECALLED, bay(17), person(20), bay(17), 3)
    log.tell(273, V.SERVICE_MENDED, bay(18), village(1), bay(18))
    log.tell(274, V.BASE_FOUNDED, bay(19), village(1), bay(19))
    log.tell(275, V.ASSAULT, bay(18), bay(19), bay(18), 9)
    log.tell(275, V.ASSAULT_BEATEN, bay(18), bay(19), bay(18), 9)
    log.tell(276, V.BAY_STORMED, bay(17), bay(19), bay(17), 3)
    log.tell(277, V.BASE_DESTROYED, bay(19), WANDERER, bay(19))
    log.tell(278, V.REIGN_FELL, bay(17), 0, bay(17), 7)


def planted(log: Log) -> None:
    # The Last Copy
    log.tell(120, V.PERSON_BORN, person(LAST), person(1), bay(1), 16)
    death = log.tell(160, V.PERSON_DIED, person(LAST), 0, bay(1), int(DeathCause.AGE), 0, 0.02, tag="The Last Copy")
    log.tell(160, V.LOCUS_LOST, person(LAST), 5, bay(1), 4, death)
    log.tell(160, V.LOCKED, person(LAST), 0, bay(1), 4, death)
    # Born Too Far
    born = log.tell(130, V.PERSON_BORN, person(BORN_TOO_FAR), person(2), bay(6), 63)
    log.tell(130, V.CARRIER_BORN, person(BORN_TOO_FAR), person(2), bay(6), 0, born, tag="Born Too Far")
    log.tell(140, V.CARRIER_MISSED, person(BORN_TOO_FAR), WANDERER, bay(6))
    died = log.tell(150, V.PERSON_DIED, person(BORN_TOO_FAR), 0, bay(6), int(DeathCause.HUNGER), 0, 0.02)
    log.tell(150, V.CARRIER_DIED, person(BORN_TOO_FAR), 0, bay(6), 0, died)
    # The Shot That Cost
    log.tell(135, V.VILLAGE_FOUND, village(2), WANDERER, bay(2), 0, 0, 0.2, tag="The Shot That Cost")
    shot = log.tell(136, V.SHOT, 1, WANDERER, 0, 256)
    log.tell(136, V.PERSON_DIED, person(SHOT_A), WANDERER, bay(2), int(DeathCause.SHOT), shot)
    log.tell(136, V.PERSON_DIED, person(SHOT_B), WANDERER, bay(2), int(DeathCause.SHOT), shot)
    log.tell(136 + 1 / YEAR, V.REPAIR, bay(2), 1, bay(2), 40, shot)
    # Hospitality Punished
    found = log.tell(145, V.VILLAGE_FOUND, village(3), WANDERER, bay(3), 0, 0, 0.2, tag="Hospitality Punished")
    seen = log.tell(145.3, V.SENSED, village(3), bay(4), bay(3), 0, found, 0.02)
    sent = log.tell(145.5, V.DISPATCH, village(3), bay(4), bay(4), 12, seen)
    fell = log.tell(145.6, V.VILLAGE_FELL, village(3), 0, bay(3), 40, sent)
    log.tell(145.6, V.VILLAGE_ENDED, village(3), 0, bay(3), 45, fell)
    # The Long Way Back
    broken = log.tell(150, V.WANDERER_DORMANT, WANDERER, 0, bay(12), 14 * YEAR, 0, 0.03, tag="The Long Way Back")
    woke = log.tell(164, V.WANDERER_WOKE, WANDERER, 0, bay(12), 14 * YEAR, broken)
    log.tell(164.5, V.REPORT, WANDERER, bay(9), bay(9), 4, woke)
    # The Wall Comes Down
    log.tell(160, V.BARRIER, village(4), 0, bay(4), 10, 0, 0, tag="The Wall Comes Down")
    log.tell(173, V.VILLAGE_FELL, village(4), 0, bay(4), 30)
    # Exodus
    fell = log.tell(180, V.VILLAGE_FELL, village(5), 0, bay(5), 50, 0, 0, tag="Exodus")
    log.tell(180 + 2 / YEAR, V.FLIGHT, village(5), village(6), bay(5), 25, fell)
    log.tell(180 + 2 / YEAR, V.FLIGHT, village(5), village(7), bay(5), 10, fell)
    # The Quiet, and the Purge
    log.tell(182, V.PURGE, 0, 0, 0, 210, tag="The Quiet, and the Purge")
    # Assembly
    led = log.tell(199, V.GROUP_LED, WANDERER, village(1), bay(1), 3)
    for n, (who, origin) in enumerate(((LED_A, 0), (LED_B, 1), (LED_C, 6))):
        log.tell(121 + n, V.PERSON_BORN, person(who), person(n), bay(origin), 1)
        tag = "Assembly" if who == LED_C else ""
        log.tell(200, V.GATHERED, person(who), village(8), bay(8), 0, led, tag=tag)
    born = log.tell(210, V.PERSON_BORN, person(CARRIER), person(LED_A), bay(8), 63)
    log.tell(210, V.CARRIER_BORN, person(CARRIER), person(LED_A), bay(8), 0, born)
    # Override and what followed
    test = log.tell(229, V.PERSON_TESTED, person(CARRIER), WANDERER, bay(8), 63, 0, 0.9)
    begun = log.tell(229.1, V.ESCORT_BEGUN, person(CARRIER), WANDERER, bay(8), 6, test)
    lost = log.tell(229.2, V.ESCORT_LOST, person(20), WANDERER, bay(8), 2)
    arrived = log.tell(230, V.ESCORT_ARRIVED, person(CARRIER), WANDERER, bay(9), 0, begun, 0.25)
    over = log.tell(230.1, V.OVERRIDE, person(CARRIER), bay(9), bay(9), 20, arrived, tag="Override, and Relapse")
    for n in range(4, 9):
        log.tell(230.1, V.BAY_HALTED, bay(n), 0, bay(n), 3, over)
    for n in (10, 11):
        log.tell(230.1, V.BAY_DEFIED, bay(n), 0, bay(n), 0, over)
    restored = log.tell(241, V.RESTORED, 0, 0, 0, 200, over)
    log.tell(260, V.RELAPSE, 0, 0, 0, 19, restored)
    died = log.tell(262, V.PERSON_DIED, person(CARRIER), unit(0), bay(8), int(DeathCause.UNITS), lost)
    log.tell(262, V.CARRIER_DIED, person(CARRIER), 0, bay(8), 1, died)
    log.tell(290, V.EXTINCT)


CAUSES = {  # what is left out so that a story does not happen
    "Stopped Too Late": "Override, and Relapse",
    "Mutiny of the Pipes": "Override, and Relapse",
}


def series() -> np.ndarray:
    year = np.arange(1, YEARS + 1)
    since = np.clip(year - DAWN, 0, None)
    people = np.where(year < DAWN, 0, np.where(year < 182, 500, np.where(year < 290, 210, 0)))
    return rows(
        "series", YEARS, year=year, bays=np.minimum(1 + year // 4, BAYS), born=np.minimum(1 + year // 4, BAYS),
        people=people, villages=np.where(people > 0, 9, 0), births=3 * since, deaths_age=2 * since, deaths_units=since,
        alert=np.where((year > 140) & (year < 185), 3 << 16, since * 50), raids=since // 10,
        safeguard_bays=np.where(year > 55, np.where(year < 230, 12, 3), 0), authority_bays=np.where(year < 230, 0, 12),
        carriers=((year > 130) & (year <= 150)) | ((year > 210) & (year <= 262)), known_carriers=(year > 229) & (year <= 262),
        loci=np.where(people == 0, 0, np.where(year > 160, 47, 63)),
    )  # fmt: skip


def frame() -> dict[str, np.ndarray]:
    n = np.arange(BAYS)
    born = np.array([100 * YEAR - 30 * YEAR] * 10 + [120, 130, 110, 110, 121, 122, 123, 210] + [100] * 22) * 1
    born = np.where(born < 1000, born * YEAR, born)
    born[20:] = (DAWN + np.arange(20, PERSONS)) * YEAR
    died = np.full(PERSONS, 190 * YEAR)
    died[[LAST, BORN_TOO_FAR, SHOT_A, SHOT_B, CARRIER]] = np.array([160, 150, 136, 136, 262]) * YEAR
    mother = np.full(PERSONS, -1)
    mother[[LAST, BORN_TOO_FAR, LED_A, LED_B, LED_C, CARRIER]] = [1, 2, 0, 1, 2, LED_A]
    mother[20:] = np.arange(20, PERSONS) % 8
    a, b = np.full(PERSONS, 5), np.full(PERSONS, 9)
    a[[1, LAST]], a[CARRIER] = 16, 63
    return {
        "foremen": rows(
            "foremen", BAYS, name=[bay(i) for i in range(BAYS)], x=(n % 4) * 80, y=(n // 4 % 3) * 80, z=(n // 12) * 112,
            pitch=80, height=112, parent=np.where(n == 0, -1, (n - 1) // 2), born=n * 4 * YEAR, school=0,
            phase=np.where(n == 22, 5, 2), allegiance=np.where(n < 3, 0, np.where(n < 16, 1, 0)), village=-1,
        ),
        "schools": rows("schools", 1, name=bay(0), founder=0, living=BAYS - 1, ever=BAYS),
        "persons": rows(
            "persons", PERSONS, name=[person(i) for i in range(PERSONS)], mother=mother, father=-1, born=born,
            female=np.arange(PERSONS) % 2, haplotype_a=a, haplotype_b=b, infected_day=-1, village=np.arange(PERSONS) % VILLAGES,
            died=died, tested=-1, led_by=-1,
        ),
        "villages": rows(
            "villages", VILLAGES, name=[village(i) for i in range(VILLAGES)], parent=[-1] * 8 + [7], bay=np.arange(VILLAGES),
            founded=[DAWN * YEAR] * 8 + [112 * YEAR], ended=[290 * YEAR] * VILLAGES,
        ),
        "units": rows(
            "units", 2, name=[unit(0), unit(1)], bay=3, village=0, hunts=-1,
            raid=name("raid"), level=1, mass=8, made=118 * YEAR,
            ended=118 * YEAR + 36, fate=[1, 2],
        ),
        "wanderers": rows("wanderers", 1, name=WANDERER, bay=12, **NOWHERE),
        "powers": rows(
            "powers", 1, era_day=DAWN * YEAR, struck=40 * YEAR, overridden=230 * YEAR, restored=241 * YEAR, relapsed=260 * YEAR,
            extinct=290 * YEAR, locked=160 * YEAR, override_bay=-1,
            override_person=-1, purged=182 * YEAR, births=600, deaths_age=400, deaths_units=200,
        ),
        "plan": rows("plan", 0),
        "reigns": rows("reigns", 0),
        "tally": rows("tally", 1),
    }  # fmt: skip


def make(directory: Path, without: tuple[str, ...] = (), people: bool = True, **knobs: int) -> Path:
    """Write the run; `without`: tags of events that are left out; without `people`: only the city; `knobs`: of its scenario."""
    log = Log(tuple(CAUSES.get(tag, tag) for tag in without))
    city(log)
    tables = frame()
    years = series()
    if people:
        remnant(log)
        powers(log)
        planted(log)
    else:
        for empty in ("persons", "villages", "units", "wanderers"):
            tables[empty] = tables[empty][:0]
        tables["powers"] = rows(
            "powers", 1, era_day=-1, struck=-1, restored=-1, extinct=-1, locked=-1, override_bay=-1, override_person=-1,
        )  # fmt: skip
        city_only = rows("series", YEARS)
        city_only[:, :12] = years[:, :12]
        years = city_only
    shots = rows("shots", int(people), day=136 * YEAR, length=256, radius=2, wanderer=0)
    with Archive.create(directory, Scenario.load("quick").with_knobs(**{"years": YEARS, **knobs}), "made-up") as archive:
        archive.commit(END, "made-up", {"events": log.table(), "series": years, "shots": shots}, tables)
    return directory
