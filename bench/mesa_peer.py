"""The laws of people and of Safeguard as a good user of Mesa would write them: the peer that bench/people.py measures against.

The same acts at the same rates as in docs/theory/remnant.md, infection.md, heredity.md and safeguard.md, with these
simplifications: there is no graph of bays. Every village is within reach of every other one, a daughter village always finds
a place, and all villages are seen by the same share of eyes (`sense`, a mean field). A raid is fought when it is sent. There
is no trade, which decides no death; and what is not counted is not kept: no names, no causes, no chronicle.

Three clocks, one and the same rule (a person acts once a year, a village once a month, at a time of their own):

    month   a step is a month; an AgentSet for each month of the year holds those who act in it: the least work
    day     a step is a day, likewise: the resolution of the engine
    polled  a step is a day, and all persons are asked every day, as in most models: `agents.shuffle_do("step")`

Written for speed within Mesa's idiom: counts are kept up to date instead of counted, tables are computed once.
"""

from __future__ import annotations

from itertools import accumulate
from math import exp, log2, sqrt
from types import SimpleNamespace

from mesa import Agent, Model
from mesa.agent import AgentSet

LOCI = 6
GROWN_UP, BEARS_UNTIL = 15, 44  # years
AGES = 128
SUSCEPTIBLE, INFECTED, RECOVERED = range(3)


class Person(Agent):
    """Somebody who lives in a village."""

    def __init__(self, model: Remnant, village: Village, born: int, female: bool, a: int, b: int, health: int) -> None:
        super().__init__(model)
        self.born = born  # step
        self.female = female
        self.a, self.b = a, b  # loci of the two haplotypes
        self.health = health
        self.village: Village | None = village
        village.people.append(self)
        village.infected += health == INFECTED
        self.acts_in = model.random.randrange(model.year)
        if not model.polled:
            model.birthdays[self.acts_in].add(self)

    def leave(self) -> None:
        """Live nowhere; the caller knows what comes next."""
        assert self.village is not None
        self.village.people.remove(self)
        self.village.infected -= self.health == INFECTED
        self.village = None

    def enter(self, village: Village) -> None:
        """Live in a village from now on."""
        self.village = village
        village.people.append(self)
        village.infected += self.health == INFECTED

    def die(self, of: str) -> None:
        """The end."""
        self.leave()
        self.model.deaths[of] += 1
        if not self.model.polled:
            self.model.birthdays[self.acts_in].discard(self)
        self.remove()

    def step(self) -> None:
        """A day on which everybody is asked."""
        if self.model.steps % self.model.year == self.acts_in:
            self.live_year()

    def live_year(self) -> None:
        """A year in a life: illness, death, birth."""
        village = self.village
        if village is None:  # died earlier in this step
            return
        model = self.model
        p = model.p
        random = model.random.random
        n = len(village.people)
        if self.health == INFECTED:
            if random() * p.contagion_years < 1:
                self.health = RECOVERED
                village.infected -= 1
        elif self.health == SUSCEPTIBLE:
            chance = p.leak
            if village.infected:
                chance += (1 - chance) * (1 - exp(-p.contagion / p.contagion_years * village.infected / n))
            if random() < chance:
                self.health = INFECTED
                village.infected += 1
        age = (model.steps - self.born) // model.year
        daily = model.daily[age if age < AGES else AGES - 1]
        hungry = p.hunger * n / p.capacity
        if random() < 1 - exp(-daily - hungry):
            self.die("hunger" if random() * (daily + hungry) < hungry else "age")
            if not village.people:
                village.remove()
            return
        if not self.female or not GROWN_UP <= age <= BEARS_UNTIL or random() >= p.births:
            return
        grown = model.steps - model.year * GROWN_UP
        men = [man for man in village.people if not man.female and man.born <= grown]
        if men:
            father = model.random.choice(men)
            Person(model, village, model.steps, random() < 0.5, self.gamete(), father.gamete(), SUSCEPTIBLE)
            model.births += 1

    def gamete(self) -> int:
        """Loci for a child: each from a drawn haplotype; who ever had the infection loses some."""
        bits = self.model.random.getrandbits(LOCI)
        taken = (self.a & bits) | (self.b & ~bits)
        if self.health != SUSCEPTIBLE:
            for locus in range(LOCI):
                if taken >> locus & 1 and self.model.random.random() < self.model.p.locus_loss:
                    taken ^= 1 << locus
        return taken


class Village(Agent):
    """People who live together."""

    def __init__(self, model: Remnant, store: float = 0.0) -> None:
        super().__init__(model)
        self.people: list[Person] = []
        self.infected = 0
        self.store = store
        self.arms = 0
        self.alert = 0.0
        self.barrier_until = 0
        self.counts_in = model.random.randrange(model.year)  # once a year weapons are made
        self.acts_in = self.counts_in % (model.year // 12)

    def month(self) -> None:
        """A month: food, weapons, parting, migration, and the eyes."""
        model = self.model
        p = model.p
        n = len(self.people)
        if n == 0 or model.steps % (model.year // 12) != self.acts_in:
            return
        self.store = min(max(0.0, self.store + 30 * (1.02 * min(n, p.capacity) - n)), 360.0 * p.capacity)
        if model.steps % model.year == self.counts_in and self.arms < n // 5:
            self.arms += 1
        self.alert *= p.village_fading
        random = model.random.random
        if n > 0.85 * p.capacity and n > 36 and random() < p.fission / 12:
            self.part()
            n = len(self.people)
        villages = model.agents_by_type[Village]
        if len(villages) > 1 and random() < p.migration / 12:
            grown = [person for person in self.people if model.steps - person.born >= model.year * GROWN_UP]
            if grown:
                mover = model.random.choice(grown)
                mover.leave()
                mover.enter(self.another())
                if not self.people:
                    self.remove()
                    return
        if p.raids and random() < self.hazard(n) / 12:
            self.raid()

    def another(self) -> Village:
        """Any other village."""
        while True:
            other = self.model.random.choice(self.model.agents_by_type[Village])
            if other is not self:
                return other

    def part(self) -> None:
        """A third leaves and founds a daughter, or dies on the journey."""
        random = self.model.random.random
        leavers = [person for person in self.people if random() * 3 < 1]
        if len(leavers) < 2 or len(leavers) == len(self.people):
            return
        if random() >= self.model.p.fission_success:
            for person in leavers:
                person.die("journey")
            return
        share = self.store * len(leavers) / len(self.people)
        self.store -= share
        daughter = Village(self.model, share)
        daughter.arms = len(leavers) // 10
        for person in leavers:
            person.leave()
            person.enter(daughter)

    def hazard(self, n: int) -> float:
        """Raids a year: drawn by size, and by expeditions."""
        model = self.model
        p = model.p
        h = p.raid * sqrt(n / 100) * (1 + self.alert) + p.exposure * min(n / p.capacity, 4) ** 2
        return h * (1 + model.alert_read) * p.sense * (p.barrier if self.barrier_until > model.steps else 1)

    def raid(self) -> None:
        """Assess eight residents; send units; fight; flee."""
        model = self.model
        p = model.p
        n = len(self.people)
        noise = max(sum(model.random.randbytes(4)) - 510 for _ in range(min(8, n))) * 83 / 1024
        if 64 + 16 * (8 * self.arms >= n) + round(noise) < 64:
            return
        units = min(64, 1 + int(model.rng.poisson(min(64.0, p.units * (1 + self.alert) * (1 + model.alert_read / 2)))))
        model.raids += 1
        model.alert += p.alert_raid
        defenders = max(1, int(n * p.defenders)) + self.arms // 4
        left = defenders**2 - units**2 / p.effectiveness
        if left > 0:
            adults = [person for person in self.people if model.steps - person.born >= model.year * GROWN_UP]
            fallen = min(len(adults), defenders - round(sqrt(left)))
            for person in model.random.sample(adults, fallen):
                person.die("units")
            self.alert += 1
            if not self.people:
                self.remove()
            return
        for person in list(self.people):
            if model.random.random() >= p.refuge:
                person.die("units")
        refugees = list(self.people)
        to: Village | None = None
        if len(refugees) >= 2 and model.random.random() < p.refound:
            to = Village(model)
            to.arms = len(refugees) // 10
        elif len(model.agents_by_type[Village]) > 1:
            to = self.another()
        for person in refugees:
            if to is None:
                person.die("exposed")
            else:
                person.leave()
                person.enter(to)
        self.remove()


class Remnant(Model):
    """All villages. `p` holds the rates by name; see bench/people.py, which reads them from a scenario."""

    def __init__(self, p: SimpleNamespace, villages: int, village_people: int, seed: int, clock: str) -> None:
        super().__init__(seed=seed)
        self.p = p
        self.polled = clock == "polled"
        self.year = 12 if clock == "month" else 360  # steps
        self.daily = [p.gompertz_a * exp(p.gompertz_b * (age + 0.5)) + p.base for age in range(AGES)]
        self.birthdays = [AgentSet([], random=self.random) for _ in range(self.year)]
        self.alert = self.alert_read = 0.0
        self.raids = self.births = 0
        self.deaths = dict.fromkeys(("age", "hunger", "units", "journey", "exposed"), 0)
        alive = list(accumulate(self.daily[:-1], lambda left, daily: left * exp(-daily - p.hunger), initial=1.0))
        for _ in range(villages):
            self.settle(village_people, alive)

    def settle(self, typical: int, alive: list[float]) -> None:
        """A village of the first day: sizes, ages, loci and illness as the law of the remnant has them."""
        p = self.p
        random = self.random
        people = min(max(2, typical // 2 + random.randrange(typical + 1)), 150)
        village = Village(self, 180.0 * people)
        village.arms = people // 10
        if random.random() < 0.25:
            village.barrier_until = random.randrange(self.year * p.barrier_years)
        spread = (1 - p.fst) / p.fst
        common = [random.betavariate(p.frequency * spread, (1 - p.frequency) * spread) for _ in range(LOCI)]
        for age in random.choices(range(AGES), alive, k=people):
            a, b = (sum((random.random() < f) << k for k, f in enumerate(common)) for _ in range(2))
            health = INFECTED if random.random() < 0.02 else SUSCEPTIBLE
            Person(self, village, -self.year * age - random.randrange(self.year), random.random() < 0.5, a, b, health)

    def step(self) -> None:
        """A month or a day."""
        if self.steps % (self.year // 12) == 0:
            self.alert *= self.p.alert_fading
            self.alert_read = 2 ** (min(15, int(4 * log2(1 + self.alert))) / 4) - 1
        if not self.polled:
            self.birthdays[self.steps % self.year].shuffle_do("live_year")
        elif Person in self.agents_by_type:
            self.agents_by_type[Person].shuffle_do("step")
        if Village in self.agents_by_type:
            self.agents_by_type[Village].shuffle_do("month")

    @property
    def people(self) -> int:
        """How many are alive."""
        return len(self.agents_by_type.get(Person, ()))
