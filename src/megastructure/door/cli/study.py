"""To study the laws: validate."""

from __future__ import annotations

import click

from ..compiling import compile_trials
from ..terminal import console, say, waiting
from .options import argument, option


@click.command()
@argument("names", nargs=-1, metavar="[LIMIT]...")
@option("--full", is_flag=True, help="All limits, also those that take minutes.")
@option("--list", "listing", is_flag=True, help="What is compared, by which kernels, and what is left out.")
@option("--scenario", "shown", metavar="LIMIT", help="Print the scenario file of a limit.")
@option("--json", "as_json", is_flag=True, help="As JSON.")
def validate(names: tuple[str, ...], full: bool, listing: bool, shown: str | None, as_json: bool) -> int:
    """Compare the laws with theory: every known limit through the kernels that live the days, each with a z-score.

    Exit code 1 when a limit is not met.
    """
    from ...study import validation
    from ..limits import print_list, print_outcomes

    if shown is not None:
        say(validation.choose([shown])[0].scenario().to_toml().removesuffix("\n"))
        return 0
    chosen = validation.choose(names, full or listing)
    if listing:
        print_list(chosen, console(), as_json)
        return 0
    compile_trials()
    with waiting("") as status:
        found = validation.validate(chosen, progress=lambda limit: status.say(f"{limit.name}: {limit.says}"))
    print_outcomes(found, console(), as_json)
    return 0 if all(outcome.met for outcome in found) else 1


__all__ = ["validate"]
