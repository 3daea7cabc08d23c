"""Exit codes of the command, for scripts that call it."""

from __future__ import annotations

from ..words.errors import CannotWrite, MegastructureError, NoMemory
from .terminal import INTERRUPTED, PIPE_CLOSED

EXITS = {
    0: "What was asked for was done, and is on stdout.",
    1: "`validate`: a limit is not met. Of any other command: a fault of the program itself, with a traceback on stderr.",
    MegastructureError.exit_code: "Something that can be put right: a wrong word, number or name, a run that is not there, is "
    "damaged or is being written by somebody else; `verify`: an interval came out differently. One line on stderr says what, "
    "where, and what is allowed.",
    NoMemory.exit_code: "There is not as much memory as was asked for; the line says what grew. What was committed is kept.",
    CannotWrite.exit_code: "The file system refused: it is full, read-only, or cannot be reached. What was committed is kept.",
    INTERRUPTED[2]: "Ctrl-C. What was committed is kept, and `resume` goes on from there.",
    PIPE_CLOSED: "Nobody reads stdout any more, as with `| head`.",
    INTERRUPTED[15]: "SIGTERM; as Ctrl-C.",
}

__all__ = ["EXITS"]
