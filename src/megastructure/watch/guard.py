"""Who may ask, and how much: before a request reaches any answer.

A page of another site that is open in the same browser can send requests here too. So the name in the Host header must be
that of this very machine (or its address could be made to point here), the token must be known, and what opens a websocket
must come from this page. Nothing that a client sends can be longer than 64 KiB, and only so many are served at a time.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

LOOPBACK = ("127.0.0.1", "localhost", "::1")
METHODS = ("GET", "HEAD", "POST")
BODY_MOST = 64 << 10  # bytes
CLIENTS_MOST = 32  # requests and websockets at a time
COOKIE = "megastructure"
HEADERS = (
    (b"content-security-policy",
     b"default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)  # fmt: skip

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class TooLong(Exception):
    """A body of more than BODY_MOST bytes."""


class Guard:
    """An ASGI application in front of another one.

    host   the address that is bound; other than a loopback one, the page itself asks for the token too (in the address
           once, then in a cookie that no other site can send)
    """

    def __init__(self, app: App, token: str, host: str = "127.0.0.1") -> None:
        self.app, self.token, self.host = app, token, host
        self.open = host not in LOOPBACK
        self.busy = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        web = scope["type"] == "websocket"
        refused = self._refuse(scope)
        if refused is None and self.busy >= CLIENTS_MOST:
            refused = 429, f"{CLIENTS_MOST} clients are served already"
        if refused is not None:
            await (_close(receive, send) if web else _answer(send, *refused, head=scope["method"] == "HEAD"))
            return
        self.busy += 1
        try:
            await (self.app(scope, receive, send) if web else self._serve(scope, receive, send))
        finally:
            self.busy -= 1

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False
        length = 0

        async def limited() -> Message:
            nonlocal length
            message = await receive()
            length += len(message.get("body", b""))
            if length > BODY_MOST:
                raise TooLong
            return message

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message = {**message, "headers": [*message.get("headers", ()), *HEADERS, *self._cookie(scope)]}
            await send(message)

        try:
            await self.app(scope, limited, guarded)
        except TooLong:
            if not begun:
                await _answer(send, 413, f"a request has at most {BODY_MOST:,} bytes", head=False)

    def _refuse(self, scope: Scope) -> tuple[int, str] | None:
        """Status and line, or None where the request may pass."""
        headers = {key.lower(): value.decode("latin-1") for key, value in scope.get("headers", ())}
        if not self._ours(headers.get(b"host", "")):
            return 403, "this host name is not one of this machine's: open the address that was printed"
        if scope["type"] == "websocket":
            if headers.get(b"origin", "").partition("://")[2] != headers.get(b"host", ""):
                return 403, "a websocket is opened by the page of this server"
            offered = [p.strip() for p in headers.get(b"sec-websocket-protocol", "").split(",")]
            return None if any(self._knows(p[6:]) for p in offered if p.startswith("token.")) else (401, "the token is missing")
        if scope["method"] not in METHODS:
            return 405, f"expected {', '.join(METHODS)}"
        origin = headers.get(b"origin")
        if origin is not None and origin.partition("://")[2] != headers[b"host"]:
            return 403, "requests come from the page of this server"
        length = headers.get(b"content-length", "0")
        if not length.isascii() or not length.isdigit() or len(length) > 12:
            return 400, "content-length: expected a number"
        if int(length) > BODY_MOST:
            return 413, f"a request has at most {BODY_MOST:,} bytes"
        if scope["path"].startswith("/api/"):
            return None if self._knows(headers.get(b"x-token", "")) else (401, "the token is missing or not the one printed")
        if self.open and not self._knows(self._shown(scope)) and not self._knows(_cookie_of(headers.get(b"cookie", ""))):
            return 401, "open the whole address that was printed, with its token"
        return None

    def _knows(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self.token.encode())

    def _ours(self, host: str) -> bool:
        name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
        if name.lower() in LOOPBACK or (self.open and name == self.host):
            return True
        if not self.open or self.host not in ("0.0.0.0", "::"):
            return False
        try:  # bound to every address of this machine: any of them, but no name, which could be made to point here
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    @staticmethod
    def _shown(scope: Scope) -> str:
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"), max_num_fields=16)
        shown: str = query.get("token", [""])[0]
        return shown

    def _cookie(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        if not self.open or not self._knows(self._shown(scope)):
            return []
        return [(b"set-cookie", f"{COOKIE}={self.token}; Path=/; HttpOnly; SameSite=Strict".encode())]


def _cookie_of(header: str) -> str:
    try:
        cookies = SimpleCookie(header)
    except CookieError:
        return ""
    return cookies[COOKIE].value if COOKIE in cookies else ""


async def _answer(send: Send, status: int, line: str, head: bool) -> None:
    body = json.dumps({"error": line}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})


async def _close(receive: Receive, send: Send) -> None:
    await receive()  # the opening; to close before it is accepted answers 403
    await send({"type": "websocket.close", "code": 1008})


__all__ = ["BODY_MOST", "CLIENTS_MOST", "HEADERS", "LOOPBACK", "Guard"]
