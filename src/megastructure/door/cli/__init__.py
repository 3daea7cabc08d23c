"""The command `megastructure`: words to calls, nothing else.

Each room holds what somebody does: grow a city, look at it, read its history, begin another one, study the laws. `COMMANDS`
below says which command stands where. What several commands take is in `options` and `settings`; what they call stands beside
this folder or in the faces, and is imported late, so that whoever asks for help does not wait for Numba. Every mistake of a
user's is one line on stderr; what was asked for goes to stdout.
"""

from __future__ import annotations

import io
import sys
from typing import Any

import click

from ... import __version__
from ...words.errors import CannotWrite, MegastructureError, NoMemory
from ...words.shown import refusal
from ..terminal import INTERRUPTED, PIPE_CLOSED, close_streams, complain, forget_stdout, open_streams
from . import fork, history, look, run, study


def main() -> None:
    """Entry of the `megastructure` command."""
    open_streams()
    sys.exit(answered())


def answered() -> int:
    """Do what the command line asks for. returns  the exit code, one of `exits.EXITS`"""
    try:
        code = cli(standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Abort:
        return INTERRUPTED[2]
    except click.ClickException as problem:
        complain(in_words(problem))
        return problem.exit_code
    except MegastructureError as problem:
        complain(f"megastructure: {problem}")
        return problem.exit_code
    except MemoryError as problem:
        complain(f"megastructure: not enough memory: {problem or 'it is all in use'}")
        return NoMemory.exit_code
    except KeyboardInterrupt:
        complain("megastructure: interrupted; what was committed is kept")
        return INTERRUPTED[2]
    except Unread:
        forget_stdout()
        return PIPE_CLOSED
    except OSError as problem:
        failed = CannotWrite(f"{problem.filename or 'stdout'}: {problem.strerror or problem}")
        complain(f"megastructure: {failed}")
        try:
            close_streams()
        except OSError:
            forget_stdout()
        return failed.exit_code


def in_words(problem: click.ClickException) -> str:
    """What click has to say of a command line: usage, a hint, and the mistake on one line."""
    text = io.StringIO()
    problem.show(file=text)
    return "\n".join(refusal(line) for line in text.getvalue().splitlines())


class Unread(Exception):
    """Nobody reads stdout any more."""


class Commands(click.Group):
    """The commands of the house. A closed pipe is told past click, which would end with the exit code of a mistake of ours."""

    def invoke(self, ctx: click.Context) -> Any:
        """Do what the command line asks for, to the last byte. errors   Unread; OSError: the disk behind stdout is full"""
        try:
            done = super().invoke(ctx)
            close_streams()
            return done
        except BrokenPipeError:
            raise Unread from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
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


__all__ = ["answered", "cli", "main"]
