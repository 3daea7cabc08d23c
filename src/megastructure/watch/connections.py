"""Which connections are kept, and how long: a place for whoever behaves.

uvicorn speaks HTTP and WebSocket; here is counted what each connection costs. Whoever has not sent a whole request within some
seconds is closed, and so is whoever does not take what was written for them. When all places are taken the newest gets that of
whoever has the least claim to theirs: those who never showed the token go before those who did, the longest silent first.
"""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any, NamedTuple

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

BODY_MOST = 64 << 10  # bytes: of the head of a request, of its body, of what comes over a websocket in a minute
CONNECTIONS_MOST = 128
WEBSOCKET_WINDOW = 60.0  # seconds
KEY = "connection"  # in the state of an ASGI scope


class Limits(NamedTuple):
    """How many, and how long in seconds."""

    connections: int = CONNECTIONS_MOST
    wait: float = 15.0  # for the whole head of a request: from the opening, or from the last answer
    body: float = 15.0  # for its body
    stall: float = 60.0  # without a byte taken of what was written
    look: float = 1.0  # between looks at all of them


LIMITS = Limits()


class Connection:
    """One connection. The guard tells it how far its request is."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.trusted = False  # has shown the token
        self.waiting = True  # for a request, or for the rest of it
        self.body = False  # a request has begun, and its body is not here yet
        self.since = self.moved = self.window = time.monotonic()
        self.unsent = 0  # bytes at the last look
        self.live = False  # a websocket
        self.heard = 0  # bytes that came over it in this window

    def asked(self) -> None:
        """The head of a request is here."""
        self.waiting, self.body, self.since = True, True, time.monotonic()

    def complete(self) -> None:
        """So is its body; an answer is being made."""
        self.waiting = self.body = False

    def answered(self) -> None:
        """The answer was handed on; the next request is awaited."""
        self.waiting, self.body, self.since = True, False, time.monotonic()

    def opened(self) -> None:
        """It is a websocket now, and stays."""
        self.waiting = self.body = False
        self.live = True

    def claim(self) -> tuple[bool, bool, float]:
        """The least of these goes first when places are short."""
        return self.trusted, not self.waiting, self.since

    def hears(self, count: int, now: float) -> bool:
        """Whether so many more bytes may come over a websocket, whose client has nothing to say."""
        if now - self.window > WEBSOCKET_WINDOW:
            self.window, self.heard = now, 0
        self.heard += count
        return not self.live or self.heard <= BODY_MOST

    def look(self, now: float, limits: Limits) -> None:
        """Close it if it has kept its place too long."""
        assert self.transport is not None
        left = self.transport.get_write_buffer_size()
        if left:
            if left != self.unsent:
                self.unsent, self.moved = left, now
            elif now - self.moved > limits.stall:
                self.transport.abort()
            return
        self.unsent, self.moved = 0, now
        if self.waiting and now - self.since > (limits.body if self.body else limits.wait):
            self.transport.close()


class Connections:
    """All of a server. `http` and `websocket` are what uvicorn makes of each."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self.open: set[Connection] = set()
        self.looking: asyncio.TimerHandle | None = None
        self.http, self.websocket = _protocols(self)

    def came(self, connection: Connection, transport: asyncio.Transport) -> None:
        """A connection was accepted: it gets a place, or is closed at once."""
        connection.transport = transport
        self.open.add(connection)
        if len(self.open) > self.limits.connections:
            last = min(self.open, key=lambda c: (c is connection, *c.claim()))
            if last.trusted and not last.waiting:
                last = connection  # all others are being served
            self.open.discard(last)
            assert last.transport is not None
            last.transport.abort()
        if self.looking is None:
            self.looking = asyncio.get_running_loop().call_later(self.limits.look, self._look)

    def left(self, connection: Connection) -> None:
        """It is closed."""
        self.open.discard(connection)
        if not self.open and self.looking is not None:
            self.looking.cancel()
            self.looking = None

    def _look(self) -> None:
        now = time.monotonic()
        for connection in list(self.open):
            connection.look(now, self.limits)
        self.looking = asyncio.get_running_loop().call_later(self.limits.look, self._look) if self.open else None


def _protocols(connections: Connections) -> tuple[type[asyncio.Protocol], type[asyncio.Protocol]]:
    """uvicorn's two protocols with the counting before them. The second is handed the state of the first when it takes over."""

    class Http(H11Protocol):
        def __init__(self, app_state: dict[str, Any], **others: Any) -> None:
            self.place = Connection()
            super().__init__(app_state={**app_state, KEY: self.place}, **others)

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            connections.came(self.place, transport)

        def connection_lost(self, exc: Exception | None) -> None:
            connections.left(self.place)
            super().connection_lost(exc)

    class Live(WebSocketsSansIOProtocol):
        def __init__(self, app_state: dict[str, Any], **others: Any) -> None:
            self.place: Connection = app_state[KEY]
            super().__init__(app_state=app_state, **others)

        def connection_lost(self, exc: Exception | None) -> None:
            connections.left(self.place)
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self.place.hears(len(data), time.monotonic()):
                super().data_received(data)
            else:  # pings that nobody asked for, whose answers nobody reads
                self.transport.abort()

    return Http, Live


def configured(app: Any, connections: Connections) -> uvicorn.Config:
    """How uvicorn is run. What clients do wrong is not its to print; what goes wrong in an answer, the guard prints."""
    limits = {"h11_max_incomplete_event_size": BODY_MOST, "ws_max_size": BODY_MOST, "ws_per_message_deflate": False}
    quiet = {"log_level": "critical", "access_log": False, "server_header": False, "date_header": False}
    times = {"timeout_keep_alive": math.ceil(connections.limits.wait), "timeout_graceful_shutdown": 2}
    given: dict[str, Any] = {**limits, **quiet, **times, "lifespan": "off", "proxy_headers": False}
    return uvicorn.Config(app, http=connections.http, ws=connections.websocket, **given)


__all__ = ["BODY_MOST", "CONNECTIONS_MOST", "KEY", "LIMITS", "Connection", "Connections", "Limits", "configured"]
