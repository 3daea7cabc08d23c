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
    MASS = 12  # a heap or block of one material
    DWELLING = 13  # huts of a village
    DEMOLITION = 64
    UNBUILDING = 65
    SHOT = 66
    STOP = 67


(
    K_PLATE, K_PILLAR, K_TOWER, K_FACADE, K_RING, K_VIADUCT, K_BRIDGE, K_PIPE, K_SPIRAL, K_ZIGZAG, K_LADDER,
    K_MASS, K_DWELLING, K_DEMOLITION, K_UNBUILDING, K_SHOT, K_STOP,
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
    HARVEST = 15  # matter that a unit is made of
    MASS = 16  # rubble, refilled matter, dwellings: laid where nothing stands


(
    E_PLAIN, E_FACADE, E_RING, E_BRIDGE, E_PIPE, E_LADDER_DOWN, E_LADDER_UP, E_VIADUCT, E_TOWER, E_RENEWAL, E_DEATH,
    E_STITCH, E_ROOF_TOWER, E_REPAIR, E_HARVEST, E_MASS,
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
    # People and powers
    WORLD = 20  # what differs from world to world: raid rate, frequency of the loci
    SETTLING = 21  # who lives where on the first day of the era
    STRIKE = 22  # which bay the cult infects first
    CONTAGION = 23  # when a bay is asked in the struggle
    COPYING_STOP = 24  # which stop bits break in a copy
    FLIP = 25  # over which side a bay is asked, and whether it is won over
    MORTALITY = 26  # whether a person dies on their day of the year
    FERTILITY = 27  # whether a woman bears, and who is the father
    MEIOSIS = 28  # which loci a gamete takes from which haplotype
    LOCUS_LOSS = 29  # loci that the infection takes from a gamete
    SEX = 30
    EXPOSURE = 31  # the infection of people, from each other and from the city
    RECOVERY = 32
    FISSION = 33  # a village sends out a daughter
    MIGRANT = 34  # one person moves
    REFUGE = 35  # who escapes from a fallen village, and where to
    SENSING = 36  # an eye notices a village
    ASSESSMENT = 37  # noise of a threat score; which residents are looked at
    MANUFACTURE = 38  # how many units
    COMBAT = 39
    CASUALTY = 40  # who falls
    WAY = 41  # where the Wanderer goes
    SEARCH = 42  # whether he finds who lives in a bay
    TEST = 43  # false negatives
    HAZARD = 44  # what happens on an escort
    RUMOUR = 45
    GATHERING = 46  # who comes along
    DORMANCY = 47
    FORGETTING = 48
    TOKEN = 49  # how a token is spent
    DISCOVERY = 50  # whether its use costs the node
    NODE = 51  # where nodes live
    SIGHT = 52  # who stands in the line of a shot
    TRADE = 53  # with whom a village evens out its store


(
    R_SITE, R_AGENDA, R_LIFE, R_BREEDING, R_FRAME, R_COPYING, R_SCHOOL, R_FRONTIER, R_CLAIM, R_OFFICE, R_STITCH,
    R_PIPE, R_CORE, R_SAMPLE, R_NEUTRAL, R_WORLD, R_SETTLING, R_STRIKE, R_CONTAGION, R_COPYING_STOP, R_FLIP, R_MORTALITY,
    R_FERTILITY, R_MEIOSIS, R_LOCUS_LOSS, R_SEX, R_EXPOSURE, R_RECOVERY, R_FISSION, R_MIGRANT, R_REFUGE, R_SENSING,
    R_ASSESSMENT, R_MANUFACTURE, R_COMBAT, R_CASUALTY, R_WAY, R_SEARCH, R_TEST, R_HAZARD, R_RUMOUR, R_GATHERING,
    R_DORMANCY, R_FORGETTING, R_TOKEN, R_DISCOVERY, R_NODE, R_SIGHT, R_TRADE,
) = (int(s) for s in Stream)  # fmt: skip


class Allegiance(IntEnum):
    """Whose rule a bay obeys."""

    HEALTHY = 0  # the rule that it was built with: whoever is human is a citizen
    SAFEGUARD = 1  # the cult's rule: nobody qualifies
    AUTHORITY = 2  # reset by the Authority


A_HEALTHY, A_SAFEGUARD, A_AUTHORITY = (int(a) for a in Allegiance)


class DeathCause(IntEnum):
    """What a person died of."""

    AGE = 1  # Gompertz's law and everyday danger
    HUNGER = 2
    UNITS = 3  # killed by Safeguard's units
    SHOT = 4  # in the line of the Wanderer's gun
    JOURNEY = 5  # on the way between villages or to a terminal
    EXPOSED = 6  # a fallen or failed village, nowhere to go


D_AGE, D_HUNGER, D_UNITS, D_SHOT, D_JOURNEY, D_EXPOSED = (int(d) for d in DeathCause)


class Health(IntEnum):
    """Where a person is in the course of the infection."""

    SUSCEPTIBLE = 0
    INFECTED = 1
    RECOVERED = 2


I_SUSCEPTIBLE, I_INFECTED, I_RECOVERED = (int(h) for h in Health)


class Fate(IntEnum):
    """What became of a unit."""

    HUNTING = 0
    KILLED = 1
    STOOD_DOWN = 2


U_HUNTING, U_KILLED, U_STOOD_DOWN = (int(f) for f in Fate)


class Mission(IntEnum):
    """What the Wanderer is about."""

    EXPLORE = 0  # walks to a bay that he does not know, and searches it
    RETURN = 1  # walks back to a village that he knows
    ESCORT = 2  # leads a carrier to a terminal
    GATHER = 3  # leads people with missing loci to a sanctuary
    REST = 4  # stays where he is until `due`
    DORMANT = 5  # lies broken until `due`


M_EXPLORE, M_RETURN, M_ESCORT, M_GATHER, M_REST, M_DORMANT = (int(m) for m in Mission)


class Ending(IntEnum):
    """The label of a history."""

    CONTESTED = 0
    RESTORED = 1
    EXTINCT = 2
    LOCKED = 3


class EventKind(IntEnum):
    """A row of the chronicle. Numbers are never reused."""

    # The city
    FOUNDING = 1
    BAY_BORN = 2
    SCHOOL_FOUNDED = 3
    RENOVATION = 5
    BAY_DIED = 6
    BAY_RELEASED = 7
    SHOT = 9  # who: the shot (1 + serial), whom: who fired it, or 0
    REPAIR = 10
    # The remnant
    ERA_DAWN = 20  # magnitude: people
    VILLAGE_SETTLED = 21  # at the dawn of the era; magnitude: people
    PERSON_BORN = 22  # whom: mother; magnitude: haplotype_a | haplotype_b << 8
    PERSON_DIED = 23  # whom: unit or wanderer that killed, or 0; magnitude: DeathCause
    PERSON_INFECTED = 24  # whom: 0; magnitude: 0 from the city, 1 from another person
    VILLAGE_FOUNDED = 26  # whom: the village they left; magnitude: people
    VILLAGE_ENDED = 27  # magnitude: years that it stood
    MIGRATION = 28  # a person moved; whom: the village reached
    TRADE = 29  # who: gives, whom: takes; magnitude: person-days of food
    HUNGER = 31  # a village whose store ran out; magnitude: people
    FLIGHT = 32  # survivors of a fallen village; whom: the village that takes them in; magnitude: people
    SERVICE_WORN = 33  # a bay's services are used up
    CARRIER_BORN = 34  # a person with the whole key is born; whom: mother
    CARRIER_DIED = 35  # magnitude: 1 if the Wanderer had tested them, else 0
    LOCUS_LOST = 36  # who: the last who had it; magnitude: the locus
    PURGE = 37  # people fell by a third within 50 years; magnitude: people left
    # Safeguard
    SENSED = 40  # a village by an eye; whom: the bay of the eye; magnitude: 1 if an expedition was seen
    SPARED = 41  # assessed and no threat; magnitude: highest score
    DISPATCH = 42  # who: village, whom: bay of the eye; magnitude: units
    UNIT_MADE = 43  # whom: bay; magnitude: cells of matter taken
    VILLAGE_RESISTED = 45  # magnitude: defenders lost
    VILLAGE_FELL = 46  # magnitude: dead
    UNIT_KILLED = 47  # whom: wanderer, or village; magnitude: cells that became rubble
    UNIT_STOOD_DOWN = 48  # magnitude: cells given back
    # The infection of machines, and the struggle
    STRIKE = 60  # the cult infects a bay; whom: the cult's author
    BAY_INFECTED = 61  # whom: the bay it came from
    BAY_FLIPPED = 65  # whom: the bay that won it over, or 0; magnitude: Allegiance
    # The Wanderer
    WANDERER_CAME = 70
    BAY_SEARCHED = 72  # magnitude: villages found
    VILLAGE_FOUND = 73  # whom: wanderer
    PERSON_TESTED = 74  # whom: wanderer; magnitude: mask of loci that the test showed
    CARRIER_MISSED = 75  # he was in the village of an untested or misread carrier; whom: wanderer
    ESCORT_BEGUN = 76  # who: carrier, whom: wanderer; magnitude: hops
    ESCORT_LOST = 77  # who: carrier, whom: wanderer; magnitude: hops made
    ESCORT_ARRIVED = 78  # who: carrier, whom: wanderer; place: the terminal's bay
    GATHERED = 79  # who: person, whom: village that is the sanctuary
    GROUP_LED = 80  # who: wanderer, whom: village left; magnitude: people
    WANDERER_WOUNDED = 81  # magnitude: hits lost
    WANDERER_DORMANT = 82  # magnitude: days
    WANDERER_WOKE = 83
    VILLAGE_FORGOTTEN = 84  # whom: wanderer
    RUMOUR = 85  # he hears of a village; who: the village, whom: wanderer
    # The Authority
    ORDER = 90  # who: wanderer, whom: node's bay
    REPORT = 91  # who: wanderer, whom: node's bay; magnitude: villages known
    WARNING = 92  # who: village
    BARRIER = 93  # who: village; magnitude: years
    DELAY = 94  # who: village; a dispatch is put off; magnitude: days
    ADVICE = 95  # who: wanderer; whom: village named
    NODE_WOKEN = 96  # who: bay
    NODE_LOST = 97  # who: bay; magnitude: tokens spent when it was found out
    OVERRIDE_REFUSED = 98  # who: person or wanderer, whom: bay; magnitude: 1 no live node, 2 no key
    OVERRIDE_LOCAL = 99  # who: person, whom: bay; magnitude: bays
    OVERRIDE = 100  # who: carrier, whom: bay; magnitude: bays
    BAY_HALTED = 101  # a foreman told to stop obeys; magnitude: intact stop bits
    BAY_DEFIED = 102  # told to stop, and all its stop bits are broken
    RESTORED = 103  # magnitude: people
    RELAPSE = 104  # magnitude: years since it was restored
    EXTINCT = 105
    LOCKED = 106  # a locus of the key is in nobody alive; who: the last; magnitude: locus
    SILENT_CENTURY = 107  # no live node within reach of the Wanderer


(
    V_FOUNDING, V_BAY_BORN, V_SCHOOL_FOUNDED, V_RENOVATION, V_BAY_DIED, V_BAY_RELEASED, V_SHOT, V_REPAIR, V_ERA_DAWN,
    V_VILLAGE_SETTLED, V_PERSON_BORN, V_PERSON_DIED, V_PERSON_INFECTED, V_VILLAGE_FOUNDED, V_VILLAGE_ENDED, V_MIGRATION,
    V_TRADE, V_HUNGER, V_FLIGHT, V_SERVICE_WORN, V_CARRIER_BORN, V_CARRIER_DIED, V_LOCUS_LOST, V_PURGE, V_SENSED,
    V_SPARED, V_DISPATCH, V_UNIT_MADE, V_VILLAGE_RESISTED, V_VILLAGE_FELL, V_UNIT_KILLED, V_UNIT_STOOD_DOWN, V_STRIKE,
    V_BAY_INFECTED, V_BAY_FLIPPED, V_WANDERER_CAME, V_BAY_SEARCHED, V_VILLAGE_FOUND, V_PERSON_TESTED, V_CARRIER_MISSED,
    V_ESCORT_BEGUN, V_ESCORT_LOST, V_ESCORT_ARRIVED, V_GATHERED, V_GROUP_LED, V_WANDERER_WOUNDED, V_WANDERER_DORMANT,
    V_WANDERER_WOKE, V_VILLAGE_FORGOTTEN, V_RUMOUR, V_ORDER, V_REPORT, V_WARNING, V_BARRIER, V_DELAY, V_ADVICE,
    V_NODE_WOKEN, V_NODE_LOST, V_OVERRIDE_REFUSED, V_OVERRIDE_LOCAL, V_OVERRIDE, V_BAY_HALTED, V_BAY_DEFIED, V_RESTORED,
    V_RELAPSE, V_EXTINCT, V_LOCKED, V_SILENT_CENTURY,
) = (int(v) for v in EventKind)  # fmt: skip
