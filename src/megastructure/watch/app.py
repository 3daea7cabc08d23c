"""What the server answers, route by route: docs/reference/viewer-protocol.md. What is asked wrongly is a 4xx and one line."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ..codes import EventKind
from ..errors import MegastructureError
from .chunks import LEVELS, REACH, Key
from .guard import App, Guard
from .history import EVENTS_MOST
from .info import Shown
from .packing import packed
from .pages import Page

CHUNKS_MOST = 512  # in one request
SOLID_MOST = 256
FIGURES_REACH = 4096  # cells
PICK_REACH = 20_000.0
NEWS_SECONDS = 1.0
ASK_HEAD = struct.Struct("<II")
CHUNK_ASK = np.dtype([("level", "<i4"), ("at", "<i4", 3), ("hash", "<u8")])
CHUNK_ANSWER = np.dtype([("first", "<u4"), ("last", "<u4"), ("hash", "<u8"), ("quads", "<u4"), ("has", "<u4")])
BYTES = "application/octet-stream"


class Refused(Exception):
    """What was asked cannot be answered: a status and one line."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status = status


Answer = tuple[bytes, str, dict[str, str]]  # body, type, headers


class Server:
    """The application: what is shown now, and who waits for news of it."""

    def __init__(self, shown: Shown, pages: dict[str, Page]) -> None:
        self.shown, self.pages = shown, pages
        get = {
            "/api/info": lambda r: _json(self.shown.info()), "/api/boxes/{tile}": self._boxes, "/api/mesh/{name}": self._mesh,
            "/api/events": self._events, "/api/thing/{name}": self._thing, "/api/path/{name}": self._path,
            "/api/known": self._known, "/api/overlay/{kind}": self._overlay, "/api/legend/{kind}": self._legend,
            "/api/curves": lambda r: _json(self.shown.history.curves(_flag(r, "spoilers"))),
            "/api/search": lambda r: _json(self.shown.history.search(r.query_params.get("q", ""))),
            "/api/figures": self._figures,
        }  # fmt: skip
        post = {"/api/chunks": self._chunks, "/api/solid": self._solid, "/api/pick": self._pick}
        routes = [Route(path, _answering(answer), methods=["GET"]) for path, answer in get.items()]
        routes += [Route(path, _answering_body(answer), methods=["POST"]) for path, answer in post.items()]
        everything = Route("/{path:path}", self._page, methods=["GET"])
        self.app = Starlette(
            routes=[*routes, WebSocketRoute("/api/live", self._live), everything],
            exception_handlers={HTTPException: _refusal, Refused: _refusal, MegastructureError: _refusal},
        )

    def guarded(self, token: str, host: str = "127.0.0.1") -> App:
        """The application behind its guard."""
        self.token = token
        return Guard(self.app, token, host)

    # ---- the page ------------------------------------------------------------------------------------------------------

    async def _page(self, request: Request) -> Response:
        page = self.pages.get(request.url.path)
        if page is None:
            raise Refused(404, "there is no such page")
        headers = {"Cache-Control": "no-cache"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(page.zipped, media_type=page.type, headers=headers | {"Content-Encoding": "gzip"})
        return Response(page.data, media_type=page.type, headers=headers)

    async def _live(self, socket: WebSocket) -> None:
        await socket.accept(subprotocol=f"token.{self.token}")

        async def tell() -> None:
            before = None
            while True:
                view = self.shown.view
                news = {"days": view.last, "living": view.living}
                if news != before:
                    await socket.send_text(json.dumps(news))
                    before = news
                await asyncio.sleep(NEWS_SECONDS)

        telling = asyncio.create_task(tell())
        try:
            while True:  # the page sends nothing; what it does send is not read, and ends the connection
                if (await socket.receive())["type"] != "websocket.receive":
                    break
                await socket.close(1003)
                break
        finally:
            telling.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await telling

    # ---- matter --------------------------------------------------------------------------------------------------------

    def _boxes(self, request: Request) -> Answer:
        tiles = self.shown.view.tiles
        tile = _whole_numbers(request.path_params["tile"], 3, "a tile")
        if "most" in request.query_params:
            return tiles.raw(tile, _number(request, "most", 0, 10**9)), BYTES, {}
        zipped, tag = tiles.zipped(tile)
        kept = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
        if request.headers.get("if-none-match") == f'"{tag}"':
            raise Unchanged(kept)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return zipped, BYTES, {"Content-Encoding": "gzip", **kept}
        return tiles.raw(tile), BYTES, kept

    def _mesh(self, request: Request) -> Answer:
        data = self.shown.view.chunks.mesh(_name(request.path_params["name"]))
        if data is None:
            raise Refused(404, "these quads are not kept any more: ask for their chunk")
        return data, BYTES, {"Cache-Control": "private, max-age=31536000, immutable"}

    def _chunks(self, body: bytes) -> Answer:
        day, n = self._head(body, CHUNKS_MOST, CHUNK_ASK.itemsize)
        asked = np.frombuffer(body, CHUNK_ASK, n, ASK_HEAD.size)
        keys: list[Key] = []
        for level, (x, y, z) in zip(asked["level"].tolist(), asked["at"].tolist()):
            if not 0 <= level < LEVELS or max(map(abs, (x, y, z))) * (32 << level) >= REACH:
                raise Refused(400, f"chunk {level}: {x}, {y}, {z}: expected a level 0..{LEVELS - 1} and a place in the world")
            keys.append((level, x, y, z))
        chunks = self.shown.view.chunks
        spans = chunks.spans(keys, day)
        heads = np.zeros(n, CHUNK_ANSWER)
        parts = []
        for i, (key, span) in enumerate(zip(keys, spans)):
            wanted = span.quads > 0 and int(asked["hash"][i]) != span.hash
            heads[i] = (span.first, span.last, span.hash, span.quads, int(wanted))
            if wanted:
                parts.append(chunks.bytes_of(key, span, day))
        return b"".join([np.uint32(n).tobytes(), heads.tobytes(), *parts]), BYTES, {}

    def _solid(self, body: bytes) -> Answer:
        day, n = self._head(body, SOLID_MOST, 12)
        corners = np.frombuffer(body, "<i4", 3 * n, ASK_HEAD.size).reshape(-1, 3).astype(np.int64)
        if n and int(np.abs(corners).max()) * 32 >= REACH:
            raise Refused(400, "a chunk outside of the world")
        return self.shown.view.chunks.solid(corners, day), BYTES, {}

    def _head(self, body: bytes, most: int, row: int) -> tuple[int, int]:
        if len(body) < ASK_HEAD.size:
            raise Refused(400, f"expected a day and a count, {ASK_HEAD.size} bytes")
        day, n = ASK_HEAD.unpack_from(body)
        if n > most or len(body) != ASK_HEAD.size + n * row:
            raise Refused(400, f"{n} rows in {len(body)} bytes: expected at most {most} rows of {row} bytes")
        if day > self.shown.view.last:
            raise Refused(400, f"day {day}: expected 0..{self.shown.view.last}")
        return day, n

    def _pick(self, body: bytes) -> Answer:
        try:
            asked = json.loads(body)
            day, reach = asked["day"], float(asked["reach"])
            origin, direction = ([float(v) for v in asked[key]] for key in ("origin", "direction"))
            fits = len(origin) == 3 and len(direction) == 3 and all(map(math.isfinite, (*origin, *direction, reach)))
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
            raise Refused(400, "expected JSON with day, origin [x, y, z], direction [x, y, z] and reach") from None
        last = self.shown.view.last
        if not isinstance(day, int) or isinstance(day, bool) or not 0 <= day <= last:
            raise Refused(400, f"day: expected a whole number 0..{last}")
        if not fits or max(map(abs, origin)) >= REACH or not 1e-6 < sum(v * v for v in direction) < 1e12 or reach < 0:
            raise Refused(400, "expected an origin within the world, a direction that is not 0, and a reach")
        found = self.shown.history.pick(day, tuple(origin), tuple(direction), min(reach, PICK_REACH))
        return _json(found)

    # ---- history -------------------------------------------------------------------------------------------------------

    def _events(self, request: Request) -> Answer:
        last = self.shown.view.last
        kinds = request.query_params.get("kind", "")
        try:
            wanted = tuple(int(EventKind(int(k))) for k in kinds.split(",") if k) if len(kinds) < 1000 else (-1,)
            EventKind(wanted[0] if wanted else EventKind.FOUNDING)
        except ValueError:
            raise Refused(400, "kind: expected numbers of kinds of events, as /api/info lists them") from None
        about, place = (_name(request.query_params.get(key, "0")) for key in ("about", "place"))
        return _json(self.shown.history.events(
            _number(request, "from", 0, 1 << 31, 0), _number(request, "to", 0, 1 << 31, last), wanted, _signed(about),
            _signed(place), _number(request, "top", 1, EVENTS_MOST, 200), _flag(request, "spoilers"),
        ))  # fmt: skip

    def _thing(self, request: Request) -> Answer:
        found = self.shown.history.thing(_name(request.path_params["name"]), _flag(request, "spoilers"))
        if found is None:
            raise Refused(404, "nobody and nothing here has this name")
        return _json(found)

    def _path(self, request: Request) -> Answer:
        first, last = (_number(request, key, 0, 1 << 31, other) for key, other in (("from", 0), ("to", self.shown.view.last)))
        found = self.shown.history.path(_name(request.path_params["name"]), first, last, _flag(request, "spoilers"))
        if found is None:
            raise Refused(404, "nobody and nothing here has this name")
        return _json(found)

    def _known(self, request: Request) -> Answer:
        bays = self.shown.history.overlays.known(self._day(request))
        return _json({"bays": base64.b64encode(bays.tobytes()).decode()})

    def _overlay(self, request: Request) -> Answer:
        return self.shown.history.overlays.classes(request.path_params["kind"], self._day(request)), BYTES, {}

    def _legend(self, request: Request) -> Answer:
        return _json(self.shown.history.overlays.legend(request.path_params["kind"]))

    def _figures(self, request: Request) -> Answer:
        x, y, z = (_number(request, key, -REACH, REACH) for key in "xyz")
        reach = _number(request, "r", 0, FIGURES_REACH, 256)
        return _json(self.shown.history.figures(self._day(request), x, y, z, reach))

    def _day(self, request: Request) -> int:
        return _number(request, "day", 0, self.shown.view.last, self.shown.view.last)


class Unchanged(Refused):
    """The client holds what it asks for."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__(304, "")
        self.headers = headers


# ---- from words to numbers, from answers to responses ------------------------------------------------------------------


def _number(request: Request, key: str, low: int, high: int, default: int | None = None) -> int:
    text = request.query_params.get(key)
    if text is None and default is not None:
        return default
    try:
        value = int(text or "") if len(text or "") < 16 else high + 1
    except ValueError:
        value = high + 1
    if not low <= value <= high:
        raise Refused(400, f"{key}: expected a whole number {low}..{high}")
    return value


def _whole_numbers(text: str, count: int, what: str) -> tuple[int, int, int]:
    parts = text.split(",")
    try:
        x, y, z = (int(p) for p in parts if len(p) < 12)
    except ValueError:
        raise Refused(400, f"{text[:40]}: expected {what}: {count} whole numbers with commas between") from None
    return x, y, z


def _flag(request: Request, key: str) -> bool:
    return request.query_params.get(key, "0") == "1"


def _name(text: str) -> int:
    if not 1 <= len(text) <= 16 or not all(c in "0123456789abcdefABCDEF" for c in text):
        raise Refused(400, f"{text[:40]}: expected a name of 16 hexadecimal digits")
    return int(text, 16)


def _signed(name: int) -> int:
    return name - (1 << 64) if name >> 63 else name


def _json(value: object) -> Answer:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(), "application/json", {}


def _respond(request: Request, answer: Answer) -> Response:
    body, kind, headers = answer
    if len(body) > 512 and "Content-Encoding" not in headers and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers = packed(body), {**headers, "Content-Encoding": "gzip"}
    return Response(body, media_type=kind, headers={"Cache-Control": "no-store", "Vary": "Accept-Encoding", **headers})


def _answering(answer: Callable[[Request], Answer]) -> Callable[[Request], Any]:
    async def respond(request: Request) -> Response:
        return await run_in_threadpool(lambda: _respond(request, answer(request)))

    return respond


def _answering_body(answer: Callable[[bytes], Answer]) -> Callable[[Request], Any]:
    async def respond(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(lambda: _respond(request, answer(body)))

    return respond


async def _refusal(request: Request, problem: Exception) -> Response:
    if isinstance(problem, Unchanged):
        return Response(status_code=304, headers=problem.headers)
    status = problem.status if isinstance(problem, Refused) else getattr(problem, "status_code", 400)
    line = str(getattr(problem, "detail", problem))
    return Response(json.dumps({"error": line}), status, media_type="application/json")


__all__ = ["CHUNKS_MOST", "CHUNK_ANSWER", "CHUNK_ASK", "SOLID_MOST", "Server"]
