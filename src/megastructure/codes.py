"""Every stored number has a name. A number is never given to another meaning.

The enumerations are for people and for Python; the plain integers below each of them are what kernels compile.
"""

from __future__ import annotations

from enum import IntEnum


class Material(IntEnum):
    """What a cell is made of (5 bits)."""

    VOID = 0
    SHELL = 1
    PILLAR = 2
    SLAB = 3
    WALL = 4
    GIRDER = 5
    CATWALK = 6
    STAIR = 7
    LADDER = 8
    DOOR = 9
    GLASS = 10
    LAMP = 11
    PIPE = 12
    CONDUIT = 13
    TERMINAL = 14
    SAFEGUARD = 15
    SEED = 16
    PLANT = 17
    RUBBLE = 18
    CLADDING = 19
    FLESH = 20
    RAIL = 21
    GATE = 23
    CABLE = 24
    HABITAT = 25
    BARRICADE = 26


(
    VOID, SHELL, PILLAR, SLAB, WALL, GIRDER, CATWALK, STAIR, LADDER, DOOR, GLASS, LAMP, PIPE, CONDUIT, TERMINAL,
    SAFEGUARD, SEED, PLANT, RUBBLE, CLADDING, FLESH, RAIL, GATE, CABLE, HABITAT, BARRICADE,
) = (int(m) for m in Material)  # fmt: skip

# Classes of material, as bit masks.
SOFT = (1 << WALL) | (1 << GLASS) | (1 << CLADDING) | (1 << PIPE) | (1 << LAMP) | (1 << TERMINAL) | (1 << RAIL)
PLATING = (1 << SHELL) | (1 << SLAB) | (1 << GIRDER)
EVERYTHING = 0x7FFFFFFE
ALL_BUT_SHELL = EVERYTHING & ~(1 << SHELL)
# A body of 1 x 1 x 2 cells passes PASSABLE cells, climbs on CLIMBABLE ones and stands on SUPPORTING ones.
PASSABLE = (1 << VOID) | (1 << STAIR) | (1 << LADDER) | (1 << DOOR) | (1 << RAIL)
CLIMBABLE = (1 << STAIR) | (1 << LADDER)
SUPPORTING = EVERYTHING & ~((1 << DOOR) | (1 << GLASS) | (1 << RAIL))

# Flags that a pattern may add to a material: such a cell changes what stands there instead of filling a void.
CUT = 64  # replaces a SOFT cell, never fills a void
DRILL = 128  # fills a void, or replaces PLATING


class WorkKind(IntEnum):
    """What a work does to its box. Kinds below DEMOLITION fill, the others remove."""

    PLATE = 1
    PILLAR = 2
    TOWER = 3
    FACADE = 4
    RING = 5
    VIADUCT = 6
    BRIDGE = 7
    PIPE = 8
    SPIRAL = 9
    ZIGZAG = 10
    LADDER = 11
    DEMOLITION = 12
    UNBUILDING = 13
    SHOT = 14
    STOP = 15


(
    K_PLATE, K_PILLAR, K_TOWER, K_FACADE, K_RING, K_VIADUCT, K_BRIDGE, K_PIPE, K_SPIRAL, K_ZIGZAG, K_LADDER,
    K_DEMOLITION, K_UNBUILDING, K_SHOT, K_STOP,
) = (int(k) for k in WorkKind)  # fmt: skip


class Clip(IntEnum):
    """In which lots of its box a work is registered; it touches no other."""

    SCHOOL = 0  # lots owned by a bay of the same school
    OWNED = 1  # lots owned by anybody
    OWN = 2  # lots of its own bay
    TARGET = 3  # lots in which the target was registered and, for a repair, that the shot's box meets


CLIP_SCHOOL, CLIP_OWNED, CLIP_OWN, CLIP_TARGET = (int(c) for c in Clip)


class Site(IntEnum):
    """What the survey of a school makes of a plot."""

    BAY = 0
    SHAFT = 1  # no plate, no pillar: an abyss through all levels
    HALL = 2  # a plate, no pillar, no towers
    GREAT_VOID = 3  # claimed, and nothing built
    OPEN_BAY = 4  # no plate: the pillar runs through a tall space


S_BAY, S_SHAFT, S_HALL, S_GREAT_VOID, S_OPEN_BAY = (int(s) for s in Site)


class Phase(IntEnum):
    """Where a foreman is in its life."""

    CLAIMED = 0
    BUILDING = 1
    STANDING = 2
    IDLE = 3  # a shaft or a void: waits for its death
    DEMOLISHING = 4
    RELEASED = 5


P_CLAIMED, P_BUILDING, P_STANDING, P_IDLE, P_DEMOLISHING, P_RELEASED = (int(p) for p in Phase)


class Errand(IntEnum):
    """What the site office must find out before a planned work becomes a work."""

    PLAIN = 0
    FACADE = 1
    RING = 2
    BRIDGE = 3
    PIPE = 4
    LADDER_DOWN = 5
    LADDER_UP = 6
    VIADUCT = 7
    TOWER = 8
    RENEWAL = 9
    DEATH = 10
    STITCH = 11
    ROOF_TOWER = 12
    REPAIR = 13
    SHOT = 14


(
    E_PLAIN, E_FACADE, E_RING, E_BRIDGE, E_PIPE, E_LADDER_DOWN, E_LADDER_UP, E_VIADUCT, E_TOWER, E_RENEWAL, E_DEATH,
    E_STITCH, E_ROOF_TOWER, E_REPAIR, E_SHOT,
) = (int(e) for e in Errand)  # fmt: skip


class Stream(IntEnum):
    """A named kind of random decision. The number keys the generator and is never reused."""

    SITE = 1  # what stays the same on one building site through all epochs
    AGENDA = 2  # what an epoch builds on one site
    LIFE = 3  # how long a foreman lives
    BREEDING = 4  # where a foreman tries to place a child, and how its charter is copied
    FRAME = 5  # the pitch and height that a new school is measured in
    COPYING = 6  # which genes err, and by how much
    SCHOOL = 7  # the genes of a new school
    FRONTIER = 8  # how long a foreman at the edge of its school hesitates
    CLAIM = 9  # who wins a contested lot
    OFFICE = 10  # the order in which the works of a day are entered in the ledger
    STITCH = 11  # places along a seam where a bridge is tried
    PIPE = 12  # the legs of a pipe
    CORE = 13  # ladder holes tried for a way down
    SAMPLE = 14  # lots, bays and eye points drawn by statistics and pictures; never by a law
    NEUTRAL = 15  # the shuffled charters of the neutral control of selection


(
    R_SITE, R_AGENDA, R_LIFE, R_BREEDING, R_FRAME, R_COPYING, R_SCHOOL, R_FRONTIER, R_CLAIM, R_OFFICE, R_STITCH,
    R_PIPE, R_CORE, R_SAMPLE, R_NEUTRAL,
) = (int(s) for s in Stream)  # fmt: skip


class EventKind(IntEnum):
    """A row of the chronicle."""

    FOUNDING = 1
    BIRTH = 2
    SCHOOL = 3
    PLAN_DONE = 4
    RENOVATION = 5
    DEATH = 6
    RELEASE = 7
    BOXED_IN = 8
    SHOT = 9
    REPAIR = 10


(
    V_FOUNDING, V_BIRTH, V_SCHOOL, V_PLAN_DONE, V_RENOVATION, V_DEATH, V_RELEASE, V_BOXED_IN, V_SHOT, V_REPAIR,
) = (int(v) for v in EventKind)  # fmt: skip
