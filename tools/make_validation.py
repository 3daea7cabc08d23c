"""Compare the laws with theory and write docs/validation.md and its picture. Takes some minutes with all limits."""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from make_reference import grid, page
from megastructure.study.limit import PASSES, Outcome
from megastructure.study.validation import LEFT_OUT, LIMITS, choose, validate

DOCS = Path(__file__).parents[1] / "docs"
WRITTEN = "Written by `python tools/make_validation.py`."
INTRODUCTION = f"""
Where theory knows what a law must do, the law is compared with it: through the very kernels that live the days, on a scenario
in which all else is switched off, with fixed seeds. `megastructure validate` runs what takes a minute, `--full` all; `--list`
says what is compared, `--scenario NAME` prints a scenario file, `--json` is for programs.

A limit is met when the measurement is within {PASSES:.0f} standard errors of theory. Theory is computed from the parameters
(`study/theory.py`): exactly for the finite case where that can be done, as a limit of large numbers where not. Errors are of
the sample, or of theory where it knows them. *exact* asks for equality.
"""
NOTES = """
* What theory leaves to chance beside a law is drawn with a stream that no law uses: who the parents of an ideal population are,
  and which machine is copied. The gametes, the copies and the votes are the laws' own.
* An outbreak in a village is compared with Ball's exact equations for the geometric infectious period of the law, not with a
  limit. Within a year people act in turn; each meets each infected person once a year either way, so the order does not matter
  to how many fall ill in the end.
* In `fade-out` and `endemic` a look is what a day of the city does with a person: they catch it or recover, then live or die.
  Whoever dies is replaced by a child, who is susceptible and is looked at a year later; the child takes the row of the dead,
  so that long trials need little memory. Mortality has no age. `endemic` is compared with the fixed point of the yearly law,
  .09925; Bartlett's mu (1 - 1/R) / (mu + gamma), its limit for short steps, gives .10000. Errors are of blocks of fifty years
  after the first 200; of 200 blocks those after each other are correlated by -.15, those with one or two between by -.06 and
  +.01, so errors are not too small. Of a finite village the level is lower by one part in (R - 1) N i (linear noise): .07 %
  of 10,000 people, less than the error.
* `levins` is Levins's metapopulation with one difference: his colonists hit free and taken sites alike, c n (1 - n/M), while
  those who part find a free bay as long as there is one within four hops, c n below M and 0 at it. It is compared with the
  exact chain of this law in months, in which villages act in turn. The law decides whether a village parts, whether it finds
  a bay, and whether an eye notices it and sends units. The trial fills up villages with newborn to 49 people, for parting and
  sensing depend on their number, and lets whoever units are sent after fall at once. So how many leave, which bay it is,
  fights, loci, alert and expeditions play no part. The plan's 446 years of M = 10, c = .03, e = .018 are Levins's own chain
  from four sites (`theory.extinction_time`).
* `wright-fisher`, `islands` and `linkage` are compared with exact recursions, `fixation-selected` with the exact chain.
  Wright's, Robbins's and Kimura's formulas are their limits.
* Bays of the struggle are asked with 0.1 % a link and year: at higher rates neighbours turn in the same month, and
  the survival is biased; at lower ones a bay might have to wait more than 4,096 years, and is never asked.
* The alert of `hawkes` is the law's own, read to the last bit. In the city hazards read a step of it, sixteen in all, which is
  not linear.
* Thresholds of percolation are means over cubes of 12, 24 and 48 bays, extrapolated with L^(-1/nu), nu = 0.8765.
* `front` is the weakest of all. Its error is no standard error but a quarter of the tolerance, 0.1. The exponent depends on the
  stage: 2.3 to 2.8 while a city has some thousand bays, 3.0 to 3.3 later, and up to 4 where incomes are high, because schools
  with smaller, cheaper plots spread faster and lead the front. The theorem is of a medium that is everywhere alike.
* Where |z| was above 2, the trial was repeated with another seed and up to ten times the sample: `islands` -1.0, `stop-1000`
  +1.0. `eigen` came out low three times, so it was run for 6,000 generations: .45002 +- .00013, +0.5.
  `fade-out` was low three times in villages of 2,000 and 10,000, so it was run for 20,000 introductions more: of all 30,800
  end .3113 +- .0026, +0.1. Of `levins` 15,400 worlds with three seeds last 81.2 +- .6 years, -0.1; of `endemic` 200 blocks
  with another seed give .09920 +- .00012, -0.4.
"""


SOURCES = """
Sources. Looked up, as abstracts or first pages alone: Wang et al. 2013 (arXiv 1302.0421: sites .3116077(2), bonds
.24881182(10), 1/nu = 1.1410(15); what is used here agrees); Kelling, Odor and Gemming 2017 (arXiv 1701.03638: beta =
.2414(2), of an octahedron model, not of RSOS); Brown 1963 (the recursion of the duel); Hawkes 1971 (the process, not its
spectrum); Bramson and Griffeath 1980 (the second part of their paper on Williams and Bjerknes; of the first, 1981, the
title). Found as titles and in the words of others: Bartlett 1957, Levins 1969, Whittle 1955. Not found: Ball 1986. Lewis and
Shedler 1979 (thinning) was found only in the words of others. All others are cited from memory and were not looked up. The
values of all formulas were recomputed here.
"""


def number(value: float) -> str:
    """A number as a table shows it."""
    return f"{value:.5g}"


def table(outcomes: list[Outcome]) -> str:
    """All outcomes as a table."""
    rows = []
    for o in outcomes:
        m = o.measured
        verdict = f"{m.z:+.1f}" if o.met else f"**{m.z:+.1f}, not met**"
        rows.append(
            (f"`{o.limit.name}`", o.limit.says, number(m.theory), number(m.value), f"{m.error:.1g}" if m.error else "exact",
             verdict, f"{o.sample:,} {o.limit.unit}", o.limit.source)
        )  # fmt: skip
    return grid(("limit", "what", "theory", "measured", "error", "z", "sample", "source"), rows)


def picture(outcomes: list[Outcome], path: Path) -> None:
    """The z-score of every limit that has one."""
    drawn = [o for o in outcomes if o.measured.error > 0][::-1]
    figure, axes = plt.subplots(figsize=(8, 0.26 * len(drawn) + 1), dpi=110)
    axes.axvspan(-PASSES, PASSES, color="0.94")
    axes.axvspan(-1, 1, color="0.86")
    for i, o in enumerate(drawn):
        axes.plot([max(-9, min(9, o.measured.z))], [i], "o" if o.met else "X", color="0.1" if o.met else "#b5281e", ms=6)
    axes.set_yticks(range(len(drawn)), [o.limit.name for o in drawn], fontsize=8)
    axes.set_xlim(-10, 10)
    axes.set_xlabel("measured less theory, in standard errors")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    """Measure and write."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="only the quick tier")
    full = not arguments.parse_args().quick
    outcomes = validate(choose(full=full), progress=lambda limit: print(limit.name, flush=True))
    picture(outcomes, DOCS / "validation.png")
    failed = [o for o in outcomes if not o.met]
    kernels = sorted({kernel for limit in LIMITS for kernel in limit.kernels})
    blocks = [
        INTRODUCTION, table(outcomes), "![z-scores](validation.png)",
        f"{len(outcomes) - len(failed)} of {len(outcomes)} are met.",
    ]  # fmt: skip
    if failed:
        blocks += ["## Not met", "\n".join(f"* `{o.limit.name}`: {o.limit.note or 'no reason is known'}." for o in failed)]
    blocks += ["## Left out", "\n".join(f"* {what}: {why}." for what, why in LEFT_OUT)]
    blocks += ["## How to read it", NOTES, "Kernels compared: " + ", ".join(f"`{kernel}`" for kernel in kernels) + "."]
    blocks += [SOURCES]
    (DOCS / "validation.md").write_text(page("Validation", *blocks, written_by=WRITTEN))


if __name__ == "__main__":
    main()
