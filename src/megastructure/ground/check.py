"""What must hold of a city on every day: names unique, parents known, lots owned once and as claimed, nobody lost."""

from __future__ import annotations

import numpy as np

from .city import City
from .codes import I_INFECTED, P_RELEASED, Allegiance, Fate
from .limits import named_twice
from .tables import EDGE, Claims, Foremen, Persons, Reigns, Schools, Units, Villages, Works

SECTORS_AT_ONCE = 1 << 14  # whose owners are counted together: a city has hundreds of thousands


def check_changed(city: City) -> None:
    """Assert what is cheap to know at every commit: what was appended is in order, and counts add up."""
    where = f"day {city.day}, seed {city.scenario.seed}"
    seen = city.hashed.get("works", (0, 0))[0]
    starts = city.table("works")[max(0, seen - 1) :, Works.start]
    assert (np.diff(starts) >= 0).all(), f"{where}: the ledger is not in order"
    foremen = city.table("foremen")
    assert int((foremen[:, Foremen.phase] != P_RELEASED).sum()) == city.bays, f"{where}: living bays miscounted"
    assert int(foremen[:, Foremen.lots].sum()) == city.tally.lots, f"{where}: the sum of lots is wrong"
    due = foremen[:, Foremen.due]
    assert (due[due >= 0] >= city.day).all(), f"{where}: somebody was due and was not visited"


def check(city: City, named: bool = False) -> None:
    """Assert the invariants. `named`: names have been compared already. errors   AssertionError, with day and seed"""
    where = f"day {city.day}, seed {city.scenario.seed}"
    if not named:
        for name in ("foremen", "persons"):
            assert named_twice(name, city.table(name)) is None, f"{where}: two {name} have one name"
    _check_bays(city, where)
    _check_owners(city, where)
    _check_schools(city, where)
    _check_powers(city, where)
    _check_people(city, where)


def _check_bays(city: City, where: str) -> None:
    foremen = city.table("foremen")
    assert (foremen[:, Foremen.name] > 0).all(), f"{where}: a foreman has no name"
    assert (foremen[:, Foremen.parent] < np.arange(len(foremen))).all(), f"{where}: a foreman is older than its parent"
    living = foremen[:, Foremen.phase] != P_RELEASED
    assert int(living.sum()) == city.bays, f"{where}: {living.sum()} bays live, {city.bays} were counted"
    assert (foremen[~living, Foremen.lots] == 0).all(), f"{where}: a released bay owns lots"
    due = foremen[:, Foremen.due]
    assert (due[due >= 0] >= city.day).all(), f"{where}: somebody was due and was not visited"
    broken = (foremen[:, Foremen.pitch] % 16 != 0) | (foremen[:, Foremen.height] % 16 != 0)
    assert not broken.any(), f"{where}: a bay of broken lots"
    assert np.abs(foremen[:, Foremen.corner]).max(initial=0) < EDGE, f"{where}: a bay beyond the edge of coordinates"
    starts = city.table("works")[:, Works.start]
    assert (np.diff(starts) >= 0).all(), f"{where}: the ledger is not in order"


def _check_owners(city: City, where: str) -> None:
    foremen = city.table("foremen")
    owned = np.zeros(len(foremen), np.int64)
    sectors = int(city.sizes.sectors)
    for first in range(0, sectors, SECTORS_AT_ONCE):
        owners = city.owners[first : min(first + SECTORS_AT_ONCE, sectors)]
        owned += np.bincount(owners.ravel(), minlength=len(foremen) + 1)[1:]
    wrong = np.nonzero(owned != foremen[:, Foremen.lots])[0]
    assert len(wrong) == 0, f"{where}: foreman {foremen[wrong[0], Foremen.name]} owns other lots than it counts"
    assert city.tally.lots == int(foremen[:, Foremen.lots].sum()), f"{where}: the sum of lots is wrong"
    claims = city.table("claims")
    gained = np.where(claims[:, Claims.release] == 0, claims[:, Claims.lots], -claims[:, Claims.lots])
    assert int(gained.sum()) == city.tally.lots, f"{where}: claims and releases do not add up"


def _check_schools(city: City, where: str) -> None:
    foremen, schools = city.table("foremen"), city.table("schools")
    living = foremen[:, Foremen.phase] != P_RELEASED
    counts = np.bincount(foremen[living, Foremen.school], minlength=len(schools))
    assert (counts == schools[:, Schools.living]).all(), f"{where}: a school miscounts its bays"
    assert int(schools[:, Schools.ever].sum()) == len(foremen), f"{where}: a bay without a school"
    assert int((schools[:, Schools.living] > 0).sum()) == city.tally.schools, f"{where}: living schools miscounted"


def _check_powers(city: City, where: str) -> None:
    """Bays by allegiance, nodes, who is asked in the struggle, and the matter of units."""
    powers, foremen, units = city.powers, city.table("foremen"), city.table("units")
    living = foremen[:, Foremen.phase] != P_RELEASED
    for allegiance, counted in (
        (Allegiance.SAFEGUARD, powers.safeguard_bays), (Allegiance.AUTHORITY, powers.authority_bays),
    ):  # fmt: skip
        bays = int((living & (foremen[:, Foremen.allegiance] == allegiance)).sum())
        assert bays == counted, f"{where}: {bays} bays obey {allegiance.name}, {counted} were counted"
    assert int(foremen[:, Foremen.node].sum()) == powers.nodes, f"{where}: nodes miscounted"
    asked = foremen[:, Foremen.asked]
    assert ((asked < 0) | (living & (asked >= city.day))).all(), f"{where}: a bay that should have been asked"
    assert int((living & (foremen[:, Foremen.halted] > 0)).sum()) == powers.halted, f"{where}: halted bays miscounted"
    based = living & (foremen[:, Foremen.base] > 0)
    assert int(based.sum()) == powers.bases, f"{where}: bases miscounted"
    assert (foremen[based, Foremen.allegiance] == Allegiance.SAFEGUARD).all(), f"{where}: a base that does not obey Safeguard"
    assert int(foremen[:, Foremen.base].sum()) == powers.bases, f"{where}: a released bay is a base"
    _check_reigns(city, where)
    hunting = units[:, Units.fate] == Fate.HUNTING
    assert int(hunting.sum()) == powers.hunting, f"{where}: units miscounted"
    mass = int(powers.mass_rubble + powers.mass_returned + powers.mass_hunting)
    assert mass == powers.mass_taken, f"{where}: {powers.mass_taken} cells were taken, {mass} are accounted for"
    mass = int(units[hunting, Units.mass].sum())
    assert mass == powers.mass_hunting, f"{where}: {mass} cells hunt, {powers.mass_hunting} were counted"


def _check_reigns(city: City, where: str) -> None:
    """Reigns count their bays, and whoever obeys one obeys the Authority and is told to stop."""
    foremen, reigns = city.table("foremen"), city.table("reigns")
    ruled = foremen[:, Foremen.reign] > 0
    assert (foremen[ruled, Foremen.phase] != P_RELEASED).all(), f"{where}: a released bay obeys a reign"
    assert (foremen[ruled, Foremen.allegiance] == Allegiance.AUTHORITY).all(), f"{where}: a bay of a reign obeys another"
    assert (foremen[ruled, Foremen.halted] > 0).all(), f"{where}: a bay of a reign builds"
    bays = np.bincount(foremen[ruled, Foremen.reign] - 1, minlength=len(reigns))
    assert (bays == reigns[:, Reigns.bays]).all(), f"{where}: a reign miscounts its bays"
    assert int((reigns[:, Reigns.fell] < 0).sum()) == city.powers.reigns, f"{where}: reigns miscounted"


def _check_people(city: City, where: str) -> None:
    """Nobody is lost: people by village, births less deaths, loci, carriers."""
    powers = city.powers
    foremen, persons, villages = city.table("foremen"), city.table("persons"), city.table("villages")
    alive = persons[:, Persons.died] < 0
    assert int(alive.sum()) == powers.people, f"{where}: {alive.sum()} people live, {powers.people} were counted"
    born = persons[:, Persons.mother] >= 0
    assert int(born.sum()) == powers.births, f"{where}: births miscounted"
    assert len(persons) - int(powers.deaths.sum()) == powers.people, f"{where}: births and deaths do not add up"
    parents = persons[:, [Persons.mother, Persons.father]].max(axis=1, initial=-1)
    assert (parents < np.arange(len(persons))).all(), f"{where}: a child is older than a parent"
    shown = persons[:, Persons.haplotype_a] | persons[:, Persons.haplotype_b]
    for locus, counted in enumerate(powers.loci):
        bearers = int((alive & (shown >> locus & 1 == 1)).sum())
        assert bearers == counted, f"{where}: bearers of locus {locus} miscounted"
    residents = np.bincount(persons[alive, Persons.village], minlength=len(villages))
    assert (residents == villages[:, Villages.people]).all(), f"{where}: a village miscounts its people"
    ill = alive & (persons[:, Persons.health] == I_INFECTED)
    infected = np.bincount(persons[ill, Persons.village], minlength=len(villages))
    assert (infected == villages[:, Villages.infected]).all(), f"{where}: a village miscounts its infected"
    whole = (1 << city.scenario.gene_loci) - 1
    carriers = np.bincount(persons[alive & (shown & whole == whole), Persons.village], minlength=len(villages))
    assert (carriers == villages[:, Villages.carriers]).all(), f"{where}: a village miscounts its carriers"
    standing = villages[:, Villages.ended] < 0
    assert int(standing.sum()) == powers.villages, f"{where}: villages miscounted"
    cult = int((standing & (villages[:, Villages.cult] == 1)).sum())
    assert cult == powers.cult_villages, f"{where}: villages of the cult miscounted"
    homes = foremen[villages[standing, Villages.bay], Foremen.village]
    assert (homes == np.flatnonzero(standing)).all(), f"{where}: a bay does not know its village"


__all__ = ["check", "check_changed"]
