"""Clients of the viewer's server: one that needs no socket, and a server for those that do."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import uvicorn

from megastructure.watch import serve
from megastructure.watch.connections import LIMITS, Connections, Limits, configured
from worlds.watched import server

TOKEN = "a-token-of-the-tests"
HOST = "127.0.0.1:8360"


class Answered(NamedTuple):
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    path: str, method: str = "GET", body: bytes = b"", headers: dict[str, str] | None = None, token: str | None = TOKEN,
    app: Any = None, pieces: int = 1,
) -> Answered:  # fmt: skip
    """One request to an application (default: the guarded server), unzipped."""
    app = app or server().guarded(TOKEN)
    sent = {"host": HOST, "accept-encoding": "gzip", "content-length": str(len(body))} | ({"x-token": token} if token else {})
    sent |= headers or {}
    name, _, query = path.partition("?")
    scope = {
        "type": "http", "method": method, "path": name, "raw_path": name.encode(), "query_string": query.encode(),
        "headers": [(k.encode(), v.encode("latin-1")) for k, v in sent.items() if v != ""], "client": ("127.0.0.1", 5),
        "server": None, "scheme": "http", "root_path": "", "http_version": "1.1", "asgi": {"version": "3.0"},
    }  # fmt: skip
    step = -(-len(body) // pieces) or 1
    parts = [body[i : i + step] for i in range(0, len(body), step)] or [b""]
    incoming = [{"type": "http.request", "body": p, "more_body": i + 1 < len(parts)} for i, p in enumerate(parts)]
    answered: list[Any] = []

    async def receive():
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message):
        answered.append(message)

    asyncio.run(app(scope, receive, send))
    found = {k.decode().lower(): v.decode() for k, v in answered[0]["headers"]}
    data = b"".join(m.get("body", b"") for m in answered[1:])
    if found.get("content-encoding") == "gzip":
        data = gzip.decompress(data)
    return Answered(answered[0]["status"], found, data)


def opens_websocket(headers: dict[str, str] | None = None, app: Any = None, listens: int = 1) -> list[Any]:
    """What the application sends to somebody who opens a websocket and goes away after `listens` messages."""
    path = "/api/live"
    app = app or server().guarded(TOKEN)
    sent = {"host": HOST, "origin": f"http://{HOST}", "sec-websocket-protocol": f"token.{TOKEN}"} | (headers or {})
    scope = {
        "type": "websocket", "path": path, "raw_path": path.encode(), "query_string": b"", "scheme": "ws", "root_path": "",
        "headers": [(k.encode(), v.encode()) for k, v in sent.items() if v != ""], "client": ("127.0.0.1", 5), "server": None,
        "subprotocols": [sent["sec-websocket-protocol"]],
    }  # fmt: skip
    answered: list[Any] = []

    async def talk():
        heard = asyncio.Event()
        state = {"opened": False}

        async def receive():
            if not state["opened"]:
                state["opened"] = True
                return {"type": "websocket.connect"}
            await heard.wait()
            return {"type": "websocket.disconnect", "code": 1000}

        async def send(message):
            answered.append(message)
            if sum(m["type"] == "websocket.send" for m in answered) >= listens or message["type"] == "websocket.close":
                heard.set()

        await asyncio.wait_for(app(scope, receive, send), 20)

    asyncio.run(talk())
    return answered


@contextmanager
def serving(limits: Limits = LIMITS, app: Any = None) -> Iterator[tuple[int, Connections]]:
    """A server on a socket of this machine, in a thread: its port, and its connections."""
    listening = serve.bind("127.0.0.1", 0)
    connections = Connections(limits)
    at_work = uvicorn.Server(configured(app or server().guarded(TOKEN), connections))
    thread = threading.Thread(target=at_work.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1], connections
    finally:
        at_work.should_exit = True
        thread.join(20)
        listening.close()


def fetch(port: int, path: str, token: str = TOKEN, data: bytes | None = None) -> tuple[int, bytes]:
    """Status and body of an answer. errors   urllib.error.HTTPError"""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, {"X-Token": token})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.status, answer.read()
