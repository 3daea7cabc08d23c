"""`megastructure watch`: a run behind an address of this machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import sys
import time
import webbrowser
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import uvicorn

from ..errors import MegastructureError
from .app import Server
from .guard import BODY_MOST, CLIENTS_MOST, LOOPBACK
from .history import hexed
from .info import Shown
from .pages import pages
from .view import View

PORT = 8360
LOOK_SECONDS = 2.0  # between looks at a living run
RESTS = 5  # a run is opened again after so many times as long as opening it took


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. errors   MegastructureError: the address is taken, or not of this machine"""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(CLIENTS_MOST)
    except (OSError, OverflowError) as problem:
        raise MegastructureError(
            f"--port {port} of {host}: {getattr(problem, 'strerror', None) or problem}; choose another with --port"
        ) from None
    return listening


def serve(
    directory: str | Path, port: int = PORT, host: str = "127.0.0.1", browse: bool = True, year: int | None = None,
    follow: str | None = None, words: str = "seed", say: Callable[[str], None] = print,
) -> None:  # fmt: skip
    """Serve a run until Ctrl-C. `say` is told one line with the address; warnings go to stderr.

    errors   BadRun; MegastructureError: no built page, a busy port, a year or a name that is not there
    """
    files = pages()
    listening = bind(host, port)
    with contextlib.closing(listening):
        shown = opened(directory, year, follow, words)
        server = Server(shown, files)
        token = secrets.token_urlsafe(24)
        app = server.guarded(token, host)
        if host not in LOOPBACK:
            print(
                f"megastructure: {host} can be reached from other machines: whoever has the address below can look at this run",
                file=sys.stderr,
            )
        at = listening.getsockname()[1]
        name = host if host not in ("0.0.0.0", "::") else "127.0.0.1"
        address = f"http://{f'[{name}]' if ':' in name else name}:{at}/?{urlencode({'token': token})}{_fragment(shown)}"
        say(f"look at {address}   (Ctrl-C ends)")
        if browse:
            webbrowser.open(address)
        _run(app, server, listening)


def opened(directory: str | Path, year: int | None, follow: str | None, words: str) -> Shown:
    """A run ready to be shown, on the last day of a year if one is given, after somebody if a name is given."""
    view = View(directory, words)
    try:
        at = None
        if year is not None:
            if not 0 <= year <= (view.last + 1) // 360:
                raise MegastructureError(f"--at {year}: expected a year 0..{(view.last + 1) // 360}")
            at = min(view.last, max(0, year * 360 - 1))
        name = hexed(view.library.find(follow).name) if follow else None
        return Shown(view, at, name)
    except BaseException:
        view.close()
        raise


def _fragment(shown: Shown) -> str:
    """Day and selection as the page keeps them in its address."""
    if shown.at is None and shown.follow is None:
        return ""
    start: dict[str, Any] = shown.info()["start"]
    place = ",".join(str(v) for v in (*start["eye"], start["yaw"], start["pitch"]))
    day = shown.view.last if shown.at is None else shown.at
    follow = f"&sel={shown.follow}&follow={shown.follow}" if shown.follow else ""
    return f"#{place}&day={day}{follow}"


def _run(app: Any, server: Server, listening: socket.socket) -> None:
    config = uvicorn.Config(
        app, log_level="error", access_log=False, server_header=False, date_header=False, lifespan="off",
        timeout_keep_alive=15, timeout_graceful_shutdown=2, limit_concurrency=4 * CLIENTS_MOST,
        h11_max_incomplete_event_size=BODY_MOST, ws="websockets-sansio", ws_max_size=BODY_MOST,
    )  # fmt: skip
    uvicorn_server = uvicorn.Server(config)

    async def live() -> None:
        async with following(server):
            await uvicorn_server.serve([listening])

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(live())


@contextlib.asynccontextmanager
async def following(server: Server) -> AsyncIterator[None]:
    """Within it the server moves on with a living run."""

    async def look() -> None:
        rest = LOOK_SECONDS
        while True:
            await asyncio.sleep(rest)
            began = time.monotonic()
            old = server.shown
            try:
                view = await asyncio.to_thread(old.view.following)
            except MegastructureError:
                continue  # a writer was in the middle of something; the next look will tell
            if view is not None:
                server.shown = Shown(view, old.at, old.follow)
                # Answers that were begun before may still read the old one: it is given back when the last of them ends.
            rest = max(LOOK_SECONDS, RESTS * (time.monotonic() - began))

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking


__all__ = ["PORT", "bind", "following", "opened", "serve"]
