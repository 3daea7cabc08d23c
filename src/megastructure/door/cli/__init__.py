"""The command `megastructure`: words to calls, nothing else.

Each room holds what somebody does: grow a city, look at it, read its history, begin another one, study the laws. `COMMANDS`
below says which command stands where. What several commands take is in `options` and `settings`; what they call stands beside
this folder or in the faces, and is imported late, so that whoever asks for help does not wait for Numba. Every mistake of a
user's is one line on stderr, below one in an option a second says where help is; what was asked for goes to stdout.
"""

from __future__ import annotations

import re
import sys
from typing import Any

import click

from ... import __version__
from ...words.errors import CannotWrite, MegastructureError, NoMemory, nearest
from ...words.shown import refusal
from ..terminal import INTERRUPTED, PIPE_CLOSED, close_streams, complain, forget_stdout, from_here, open_streams
from . import fork, history, look, run, study


def main() -> None:
    """Entry of the `megastructure` command."""
    open_streams()
    sys.exit(answered())


def answered() -> int:
    """Do what the command line asks for. returns  the exit code, one of `exits.EXITS`"""
    try:
        code = cli(standalone_mode=False, prog_name="megastructure")
        return code if isinstance(code, int) else 0
    except click.exceptions.Abort:
        return INTERRUPTED[2]
    except click.ClickException as problem:
        complain(in_words(problem))
        return problem.exit_code
    except MegastructureError as problem:
        complain(f"megastructure: {from_here(str(problem))}")
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
        complain(f"megastructure: {from_here(str(failed))}")
        try:
            close_streams()
        except OSError:
            forget_stdout()
        return failed.exit_code


def in_words(problem: click.ClickException) -> str:
    """What is wrong with a command line, on one line: what, where, what is allowed; below it, who says more."""
    context = getattr(problem, "ctx", None)
    if isinstance(problem, click.exceptions.NoArgsIsHelpError):
        return problem.format_message()  # nothing was asked for: that is no mistake in a word
    called = context.command_path if context else "megastructure"
    return f"{refusal(f'{called}: {mistake(problem)}')}\n`{called} --help` says more"


def mistake(problem: click.ClickException) -> str:
    """What click has found, as the house says it."""
    if isinstance(problem, click.NoSuchOption):
        params = problem.ctx.command.get_params(problem.ctx) if problem.ctx else []
        known = [name for p in params if isinstance(p, click.Option) for name in (*p.opts, *p.secondary_opts)]
        return f"{problem.option_name}: no such option{nearest(problem.option_name, known)}"
    if isinstance(problem, click.MissingParameter) and problem.param is not None:
        name = problem.param.opts[0] if isinstance(problem.param, click.Option) else problem.param.human_readable_name
        says = getattr(problem.param, "help", None)
        return f"{name} is missing{f': {says}' if says else ''}"
    if isinstance(problem, click.BadOptionUsage):
        return f"{problem.option_name}: expected a value behind it"
    beyond = BEYOND.fullmatch(problem.message)
    return f"{beyond[1]}: more than was expected" if beyond else problem.message.rstrip(".")


BEYOND = re.compile(r"Got unexpected extra arguments? \((.*)\)\.?", re.DOTALL)


class Unread(Exception):
    """Nobody reads stdout any more."""


class Commands(click.Group):
    """The commands of the house. A closed pipe is told past click, which would end with the exit code of a mistake of ours."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant. errors   click.UsageError, with the nearest"""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            raise click.UsageError(f"{args[0]}: no such command{nearest(args[0], self.commands)}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Do what the command line asks for, to the last byte. errors   Unread; OSError: the disk behind stdout is full"""
        try:
            done = super().invoke(ctx)
            close_streams()
            return done
        except BrokenPipeError:
            raise Unread from None
        except click.UsageError as problem:
            name = ctx.invoked_subcommand or ""
            if problem.ctx is None and name in self.commands:
                problem.ctx = click.Context(self.commands[name], ctx, name)  # so that it is told where
            raise


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
