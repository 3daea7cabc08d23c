"""What a command must have compiled before it begins; whoever waits for it is told so on stderr.

Nothing is imported before it is asked for: a command that reads no matter must start without Numba.
"""

from __future__ import annotations

from .terminal import console_for_progress


def start_camera(wanted: bool) -> None:
    """Let other processes compile the engine, and then the camera while the first years pass."""
    from . import warm

    warm.begin("engine")
    if wanted:
        warm.begin("look")


def compile_engine() -> None:
    """Load the engine; on a fresh machine this compiles it once."""
    from . import warm

    warm.finish("engine", console_for_progress())


def compile_reader() -> None:
    """Compile the engine where nobody did; where it is compiled, a reader loads the few kernels that it needs."""
    from ..words.kernel import is_warm

    if not is_warm():
        compile_engine()


def compile_camera() -> None:
    """Load the camera; on a fresh machine this waits for the process that compiles it."""
    from . import warm

    warm.finish("look", console_for_progress())


def compile_viewer() -> None:
    """Load what the viewer reads a run with; on a fresh machine this compiles the engine and its surfaces once."""
    from . import warm

    warm.finish("watch", console_for_progress())


def compile_exporter() -> None:
    """Load what surfaces are made with; on a fresh machine this compiles the engine and that once."""
    from . import warm

    warm.finish("export", console_for_progress())


def compile_trials() -> None:
    """Compile what theory is compared with; on a fresh machine this compiles the engine and that once."""
    from . import warm

    warm.finish("study", console_for_progress())


__all__ = [
    "compile_camera", "compile_engine", "compile_exporter", "compile_reader", "compile_trials", "compile_viewer",
    "start_camera",
]  # fmt: skip
