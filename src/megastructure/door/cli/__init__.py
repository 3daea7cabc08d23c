"""The command `megastructure`: words to calls, nothing else.

Each room holds what somebody does: grow a city, look at it, read its history, begin another one, study the laws. `COMMANDS`
below says which command stands where. What several commands take is in `options` and `settings`; what they call stands beside
this folder or in the faces, and is imported late, so that whoever asks for help does not wait for Numba. Every mistake of a
user's is one line on stderr; what was asked for goes to stdout.
"""

from __future__ import annotations

import sys

import click

from ... import __version__
from ...words.errors import CannotWrite, MegastructureError
from . import fork, history, look, run, study


def main() -> None:
    """Entry of the `megastructure` command."""
    try:
        sys.exit(cli(standalone_mode=False))
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except MegastructureError as problem:
        click.echo(f"megastructure: {problem}", err=True)
        sys.exit(problem.exit_code)
    except KeyboardInterrupt:
        click.echo("megastructure: interrupted; what was committed is kept", err=True)
        sys.exit(130)
    except OSError as problem:
        failed = CannotWrite(f"{problem.filename or 'file'}: {problem.strerror or problem}")
        click.echo(f"megastructure: {failed}", err=True)
        sys.exit(failed.exit_code)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="megastructure")
def cli() -> None:
    """A self-replicating city, simulated for three thousand years.

    Begin with `megastructure run`: it grows a city before your eyes and leaves a picture of it.
    """


COMMANDS = (
    run.run, run.resume, run.verify, run.info, run.show_knobs, run.warm,
    look.still, look.film, look.watch, look.export,
    history.chronicle, history.biography, history.eras, history.stories, history.ask, history.write_report,
    fork.fork, fork.diff, fork.runs,
    study.validate,
)  # fmt: skip
for command in COMMANDS:
    cli.add_command(command)


__all__ = ["cli", "main"]
