"""The cult lives on: its people have a village that no eye hunts, give healed bays back to the code, and betray nodes.

Whoever wrote the code was a person, with companions. They live beside the bay that they have struck, from that day on, by the
laws by which all people live: hunger and age end them too, and nothing keeps a daughter from another fate but its kind. What
they do in secret no machine can hinder: guards watch machines.
"""

from __future__ import annotations

from ..ground.chronicle import event_name, tell
from ..ground.city import City
from ..ground.codes import (
    A_SAFEGUARD,
    P_RELEASED,
    R_CULT,
    R_TREASON,
    V_NODE_BETRAYED,
    V_NODE_LOST,
    V_REINFECTED,
    V_STRIKE,
    V_VILLAGE_SETTLED,
)
from ..ground.rng import draws, lineage
from ..ground.tables import HUMAN, MONTH, YEAR
from ..society.allegiance import turn
from ..society.graph import within
from ..society.lifetable import stationary
from ..society.people import add_person, precedence
from ..society.settlement import found_village, founding_of, free_bay, habitable
from ..words.kernel import kernel
from .law import Law

LAW = Law(
    name="cult",
    says="The cult's author and companions live on where no eye hunts; their descendants re-infect bays and betray nodes.",
    writes=(
        "villages", "persons", "villages.cult", "powers.cult_villages", "foremen.village", "foremen.plan_hash",
        "foremen.planned", "foremen.allegiance", "foremen.recognition", "foremen.asked", "foremen.turned_by",
        "foremen.held_until", "foremen.node", "powers.nodes", "powers.safeguard_bays", "powers.authority_bays",
        "powers.people", "powers.villages", "powers.carriers", "powers.known_carriers", "powers.locus0", "powers.locus1",
        "powers.locus2", "powers.locus3", "powers.locus4", "powers.locus5", "tally.planned", "events", "plan",
    ),
    knobs=(
        "cult", "cult_reinfects_ppm", "cult_betrays_ppm", "gene_loci", "gene_frequency_ppm", "gene_founders",
        "death_base_ppm", "gompertz_a_ppm", "gompertz_b_ppm", "hunger_ppm",
    ),
    streams=("CULT", "TREASON", "SETTLING", "CONTAGION"),
    source="Definitions of this project; docs/theory/cult.md",
)  # fmt: skip

PPM = 1_000_000
COMPANY = 36  # people of the first village, the author among them
FIRST_STORE = 180  # days of food
SETTLED = 1003  # ordinal in the name of the first village: no other that a bay brings forth
NEAR_HOPS, FAR_HOPS = 4, 12  # how far from the struck bay they look for a place
AUTHOR_YEARS = 24  # the author is so old at least
AUTHOR_SPREAD = 16
BETRAYAL_HOPS = 4


@kernel(entry=True)
def allele(city: City, own: int, index: int, frequency: int, day: int) -> int:
    """One haplotype of somebody of the first company: each locus by itself."""
    taken = HUMAN
    for locus in range(city.knobs.gene_loci):
        if draws(city.knobs.seed, R_CULT, day, own, index + (locus >> 2))[locus & 3] * PPM >> 32 < frequency:
            taken |= 1 << locus
    return taken


@kernel(entry=True)
def gather(city: City, struck: int, day: int) -> None:
    """The day of the strike: the author and companions settle near the bay that is struck, or nowhere if there is no room.

    reads    the bays around it
    writes   a village with its people, event VILLAGE_SETTLED
    """
    knobs = city.knobs
    seed, author = knobs.seed, lineage(knobs.seed, day, 1)
    origin = city.foremen[struck].name
    bay = free_bay(city, struck, NEAR_HOPS, author, R_CULT, day)
    if bay < 0:
        bay = free_bay(city, struck, FAR_HOPS, author, R_CULT, day)
    if bay < 0 and habitable(city, struck, day):
        bay = struck
    if bay < 0:
        return
    v = found_village(city, city.foremen[bay].name, SETTLED, -1, bay, day)
    village = city.villages[v]
    village.cult = 1
    city.powers.cult_villages += 1
    place = city.foremen[bay].name
    deed = event_name(day, V_STRIKE, origin, author)
    whole = (1 << knobs.gene_loci) - 1
    total = stationary(city, -1)
    for i in range(COMPANY):
        own = author if i == 0 else lineage(village.name, day, i)
        old, part, sex, lost = draws(seed, R_CULT, day, own, 0)
        age = AUTHOR_YEARS + (old * AUTHOR_SPREAD >> 32) if i == 0 else stationary(city, old * (total >> 10) >> 22)
        a = allele(city, own, 1, knobs.gene_frequency_ppm, day)
        b = allele(city, own, 3, knobs.gene_frequency_ppm, day)
        if knobs.gene_founders == 0 and (a | b) & whole == whole:
            broken = 1 << (lost * knobs.gene_loci >> 32)  # as on the first day of the era, nobody carries a whole key
            a &= ~broken
            b &= ~broken
        add_person(city, own, -1, -1, day - age * YEAR - (part * YEAR >> 32), sex & 1, a, b, v, day, deed)
    village.store = FIRST_STORE * COMPANY
    village.arms = COMPANY // 10
    tell(city, day, V_VILLAGE_SETTLED, village.name, 0, place, COMPANY, deed, 0)


@kernel
def victim(city: City, v: int, hops: int, of_nodes: bool, day: int) -> int:
    """The row of `reached` with what village v can do harm to, within so many hops: the lowest draw; -1: nothing.

    of_nodes   a node of the Authority; else a living bay that does not obey Safeguard, and has no node
    """
    whom = 1 + (city.villages[v].name & 0xFFFF)
    best = -1
    lowest = 0
    found = within(city, city.villages[v].bay, hops)
    for i in range(found):
        bay = city.foremen[city.reached[i].bay]
        if bay.phase == P_RELEASED:
            continue
        if bay.node != 1 if of_nodes else bay.node != 0 or bay.allegiance == A_SAFEGUARD:
            continue
        drawn = draws(city.knobs.seed, R_TREASON, day, bay.name, whom)
        rank = precedence(drawn[1] if of_nodes else drawn[0], bay.name)
        if best < 0 or rank < lowest:
            best = i
            lowest = rank
    return best


@kernel(entry=True)
def conspire(city: City, v: int, day: int) -> None:
    """A month of village v of the cult: once a year it may give a bay back to the code, and betray a node.

    reads    allegiance and nodes around it
    writes   allegiance and rule of a bay, a node, events REINFECTED, NODE_BETRAYED and NODE_LOST
    """
    knobs = city.knobs
    village = city.villages[v]
    if day // MONTH % 12 != (village.name >> 24) % 12 or day == village.founded:
        return
    infects, betrays, _, _ = draws(knobs.seed, R_TREASON, day, village.name, 0)
    cause = founding_of(city, v)
    if betrays * PPM >> 32 < knobs.cult_betrays_ppm:
        i = victim(city, v, BETRAYAL_HOPS, True, day)
        if i >= 0:
            there = city.reached[i]
            bay = city.foremen[there.bay]
            bay.node = 0
            city.powers.nodes -= 1
            chance = knobs.cult_betrays_ppm * 1000
            tell(city, day, V_NODE_BETRAYED, bay.name, village.name, bay.name, there.hops, cause, chance)
            betrayed = event_name(day, V_NODE_BETRAYED, bay.name, village.name)
            tell(city, day, V_NODE_LOST, bay.name, 0, bay.name, 0, betrayed, 0)
    if infects * PPM >> 32 < knobs.cult_reinfects_ppm:
        i = victim(city, v, 1, False, day)
        if i >= 0:
            n = city.reached[i].bay
            bay = city.foremen[n]
            had = bay.allegiance
            tell(city, day, V_REINFECTED, bay.name, village.name, bay.name, had, cause, knobs.cult_reinfects_ppm * 1000)
            bay.held_until = 0
            turn(city, n, A_SAFEGUARD, event_name(day, V_REINFECTED, bay.name, village.name), day)


__all__ = ["LAW", "conspire", "gather"]
