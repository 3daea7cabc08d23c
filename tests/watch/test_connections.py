"""Clients that behave badly, on real sockets: each ends at most itself, and whoever behaves is answered meanwhile."""

from __future__ import annotations

import random
import socket
import time
from contextlib import ExitStack, contextmanager

import pytest

from megastructure.watch.connections import BODY_MOST, LIMITS, Connection, Connections, Limits
from megastructure.watch.guard import CLIENTS_MOST
from worlds.client import TOKEN, fetch, serving

HASTY = Limits(connections=24, wait=1.0, body=1.0, stall=1.0, look=0.1)
CALM = Limits(connections=24)
PATIENCE = 60.0  # seconds, for what takes one or two


@pytest.fixture(autouse=True)
def nothing_is_printed(capfd):
    """What clients do wrong is no news to whoever runs the server."""
    yield
    assert capfd.readouterr().err == ""


@contextmanager
def client(port):
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as opened:
        yield opened


def head(path="/api/info", method="GET", token=TOKEN, **others):
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1:1"] + ([f"X-Token: {token}"] if token else [])
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in others.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def opening(port, token=TOKEN, **others):
    """The request that opens a websocket."""
    words = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13", "Sec_WebSocket_Key": "x" * 22 + "==",
        "Sec_WebSocket_Protocol": f"token.{token}", "Origin": f"http://127.0.0.1:{port}",
    } | others  # fmt: skip
    return head("/api/live", token=None, **words).replace(b"127.0.0.1:1\r\n", f"127.0.0.1:{port}\r\n".encode(), 1)


def frame(opcode, data=b"", fin=True):
    """A frame as a client sends it, masked with nothing."""
    size = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0xFE]) + len(data).to_bytes(2, "big")
    return bytes([fin << 7 | opcode]) + size + bytes(4) + data


def told(opened):
    """All that comes until the server ends the connection."""
    found = b""
    try:
        while part := opened.recv(1 << 16):
            found += part
    except ConnectionError:
        pass
    return found


def answer(opened):
    """The status line of an answer and the rest of it, of a known length."""
    found = b""
    while b"\r\n\r\n" not in found:
        part = opened.recv(1 << 16)
        assert part, f"ended after {found!r}"
        found += part
    start, _, body = found.partition(b"\r\n\r\n")
    length = int(start.lower().partition(b"content-length:")[2].split()[0])
    while len(body) < length:
        body += opened.recv(1 << 16)
    return int(start.split()[1]), body


def flood(opened, data, most):
    """Send without reading until the server ends it; how many bytes it took."""
    opened.settimeout(PATIENCE)
    sent = 0
    try:
        while sent < most:
            opened.sendall(data)
            sent += len(data)
    except ConnectionError:
        pass
    return sent


def until(holds):
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


# ---- places ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("begun", [b"", b"GET /api/info HTTP/1.1\r\nHost: 127.0.0.1:1\r\nX-To", head("/", token=None)])
def test_a_crowd_that_shows_no_token_leaves_a_place_for_whoever_does(begun):
    with serving(CALM) as (port, connections), ExitStack() as crowd, client(port) as ours:
        ours.sendall(head())
        assert answer(ours)[0] == 200
        for _ in range(130):
            crowd.enter_context(client(port)).sendall(begun)
        until(lambda: len(connections.open) == CALM.connections)
        assert fetch(port, "/api/info")[0] == 200 and fetch(port, "/", token="")[0] == 200
        ours.sendall(head())  # a connection that was trusted stayed open through all of it
        assert answer(ours)[0] == 200


def test_the_default_has_places_for_all_who_are_served_at_a_time():
    assert LIMITS.connections > CLIENTS_MOST
    assert LIMITS.wait > 0 and LIMITS.body > 0 and LIMITS.stall > 0


def test_whoever_has_the_least_claim_goes_first():
    class Line:
        aborted = False

        def abort(self):
            self.aborted = True

    class Loop(Connections):
        def _look(self):
            raise AssertionError("nobody looks here")

    connections = Loop(Limits(connections=4))
    connections.looking = object()
    names = ("idle and known", "served and known", "idle", "served")
    there = {name: Connection() for name in names}
    for name, connection in there.items():
        connection.trusted = "known" in name
        connection.waiting = "idle" in name
        connections.came(connection, Line())
    gone = []
    for _ in range(4):
        newest = Connection()
        newest.trusted, newest.waiting = True, False
        connections.came(newest, Line())
        gone += [name for name in names if there[name].transport.aborted and name not in gone]
        assert len(connections.open) == 4
    assert gone == ["idle", "served", "idle and known"]  # whoever is served and known stays, and the newest is refused
    assert newest.transport.aborted and newest not in connections.open


def test_places_are_given_back():
    with serving(CALM) as (port, connections):
        for _ in range(3):
            with ExitStack() as crowd:
                for _ in range(8):
                    crowd.enter_context(client(port)).sendall(head())
                until(lambda: len(connections.open) == 8)
            until(lambda: not connections.open)
        assert connections.looking is None


# ---- requests ----------------------------------------------------------------------------------------------------------


BODY = head("/api/pick", "POST", Content_Length=10)
UNFINISHED = [
    b"", b"GET", head()[:-2], BODY, BODY + b"x", head("/api/pick", "POST", Transfer_Encoding="chunked") + b"5\r\nab",
    head("/api/pick", "POST", None, Content_Length=10), head("/", "POST", Connection="Upgrade", Upgrade="websocket"),
    head(), head() + b"GET /",
]  # fmt: skip


@pytest.mark.parametrize("begun", UNFINISHED)
def test_a_request_that_is_not_finished_ends(begun):
    with serving(HASTY) as (port, connections), client(port) as slow:
        slow.sendall(begun)
        told(slow)
        until(lambda: not connections.open)
        assert fetch(port, "/api/info")[0] == 200


def test_a_head_that_comes_a_byte_at_a_time_ends_too():
    with serving(HASTY) as (port, _), client(port) as slow:
        with pytest.raises(ConnectionError):
            for byte in head() * 100:
                slow.sendall(bytes([byte]))
                time.sleep(0.02)
        assert fetch(port, "/api/info")[0] == 200


def test_whoever_takes_no_answers_ends():
    with serving(HASTY) as (port, connections), client(port) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        flood(deaf, head("/api/events?top=500") * 50, 64 << 20)
        until(lambda: not connections.open)
        assert fetch(port, "/api/info")[0] == 200


def test_whoever_takes_their_answer_slowly_gets_all_of_it():
    async def long(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % (32 << 20))]})
        await send({"type": "http.response.body", "body": b"x" * (32 << 20)})

    with serving(HASTY, long) as (port, _), client(port) as slow:
        slow.sendall(head())
        found = 0
        began = time.monotonic()
        while found < 32 << 20:
            part = slow.recv(1 << 20)
            assert part
            found += len(part)
            time.sleep(0.03)
        assert time.monotonic() - began > HASTY.stall


@pytest.mark.parametrize("token", [TOKEN, None])
@pytest.mark.parametrize("path", ["/api/pick", "/", "/api/chunks"])
def test_a_body_in_pieces_of_more_than_64_kib_is_refused(path, token):
    with serving() as (port, _), client(port) as wide:
        wide.sendall(head(path, "POST", token, Transfer_Encoding="chunked"))
        for _ in range(BODY_MOST // 4096 + 2):
            wide.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        status, body = answer(wide)
        assert status == (413 if token or path == "/" else 401) and b'"error"' in body
        wide.sendall(b"0\r\n\r\n" + head())  # the rest of it is read away, and the next request is answered
        assert answer(wide)[0] == 200


def test_a_body_that_never_ends_does():
    with serving(HASTY) as (port, connections), client(port) as wide:
        wide.sendall(head("/api/pick", "POST", Transfer_Encoding="chunked"))
        assert flood(wide, b"1000\r\n" + b"x" * 4096 + b"\r\n", 1 << 40) > BODY_MOST
        until(lambda: not connections.open)
        assert fetch(port, "/api/info")[0] == 200


def test_whoever_goes_away_in_the_middle_is_forgotten():
    whole = head("/api/pick", "POST", Content_Length=100) + b"x" * 50
    with serving(CALM) as (port, connections):
        for cut in (0, 1, 30, len(whole) - 50, len(whole)):
            for reset in (False, True):
                with client(port) as rude:
                    rude.sendall(whole[:cut])
                    if reset:
                        rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        until(lambda: not connections.open)
        assert fetch(port, "/api/info")[0] == 200


@pytest.mark.parametrize("begun", [b"", b"GET /", head(), head("/api/pick", "POST", Content_Length=9), head() * 20])
def test_half_a_connection_is_closed(begun):
    with serving(CALM) as (port, connections), client(port) as half:
        half.sendall(begun)
        half.shutdown(socket.SHUT_WR)
        told(half)
        until(lambda: not connections.open)
        assert fetch(port, "/api/info")[0] == 200


def test_garbage_is_refused_and_nothing_else_happens():
    dice = random.Random(7)
    pieces = [
        b"\r\n",
        b"\0",
        b"GET ",
        b"/",
        b" HTTP/1.1",
        b"Host: 127.0.0.1\r\n",
        b"Content-Length: 9\r\n",
        b"\xff\xfe",
        b":",
        b"chunked",
    ]
    pieces += [
        b"Transfer-Encoding: ",
        b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
        b"Upgrade: h2c\r\n",
        b"PRI * HTTP/2.0\r\n\r\n",
    ]
    with serving(HASTY) as (port, connections):
        for turn in range(60):
            with client(port) as rude:
                rude.sendall(
                    b"".join(dice.choice(pieces) for _ in range(dice.randrange(1, 40))) if turn % 2 else dice.randbytes(200)
                )
        with client(port) as long:
            flood(long, b"a: " + b"b" * 4000 + b"\r\n", 1 << 22)
        assert fetch(port, "/api/info")[0] == 200
        until(lambda: not connections.open)


# ---- websockets --------------------------------------------------------------------------------------------------------


@contextmanager
def live(port):
    with client(port) as opened:
        opened.sendall(opening(port))
        heard = b""
        while b'"days"' not in heard:
            part = opened.recv(4096)
            assert part, heard
            heard += part
        assert heard.startswith(b"HTTP/1.1 101")
        yield opened


def test_websockets_without_a_token_are_refused_before_they_open():
    with serving(CALM) as (port, connections), ExitStack() as crowd:
        for wrong in (
            {"token": "no"},
            {"Origin": "http://evil.example"},
            {"Sec_WebSocket_Key": "x"},
            {"Sec_WebSocket_Version": "1"},
        ):
            refused = crowd.enter_context(client(port))
            refused.sendall(opening(port, **wrong))
            assert told(refused)[9:12] in (b"400", b"403", b"426")
        until(lambda: not connections.open)


def test_a_websocket_outlives_what_requests_are_allowed():
    with serving(HASTY) as (port, connections), live(port) as ours:
        time.sleep(2 * (HASTY.wait + HASTY.stall))
        assert len(connections.open) == 1
        ours.sendall(frame(9, b"are you there"))
        assert ours.recv(100) == b"\x8a\x0dare you there"


@pytest.mark.parametrize("opcode", [9, 10])
@pytest.mark.parametrize("size", [0, 125])
def test_a_flood_of_pings_ends_before_it_costs_anything(opcode, size):
    with serving(CALM) as (port, connections), live(port) as rude:
        opened, unsent, sent = next(iter(connections.open)), [0], 0
        data = frame(opcode, b"x" * size) * 64
        with pytest.raises(ConnectionError):
            while sent < 64 << 20:
                rude.sendall(data)
                sent += len(data)
                unsent.append(opened.transport.get_write_buffer_size())
        assert max(unsent) <= 2 * BODY_MOST
        assert fetch(port, "/api/info")[0] == 200
        until(lambda: not connections.open)


FRAMES = [
    frame(1, b"\xff\xfe"), frame(1, b"hello") + frame(8), frame(1, b"a", fin=False) + frame(0, b"\xff"),
    frame(2, b"\0" * 60_000) * 2, frame(1, b"", fin=False) + frame(0, b"", fin=False) * 20_000, frame(3), frame(9, b"x" * 126),
    frame(9, fin=False),
    frame(8), frame(8, b"\0"), frame(8, b"\x03\xe8"), frame(8, b"\x03\xe8\xff"), frame(8, b"\0\0"), frame(8) + frame(9) * 10,
    frame(0), b"\x81\x05hello", b"\xff" * 100, b"\x82\xff" + b"\xff" * 8, b"\x82\xff" + bytes(4) + b"\x7f" * 8,
]  # fmt: skip


@pytest.mark.parametrize("data", FRAMES)
def test_frames_that_are_none_end_that_websocket_alone(data):
    with serving(CALM) as (port, connections), live(port) as other, live(port) as rude:
        rude.sendall(data)
        told(rude)
        until(lambda: len(connections.open) == 1)
        other.sendall(frame(9))
        assert other.recv(100) == b"\x8a\0"
        assert fetch(port, "/api/info")[0] == 200


def test_garbage_over_websockets_ends_them_alone():
    dice = random.Random(11)
    with serving(CALM) as (port, connections):
        for _ in range(40):
            with live(port) as rude:
                rude.sendall(dice.randbytes(dice.randrange(1, 3000)))
        until(lambda: not connections.open)
        assert fetch(port, "/api/info")[0] == 200


def test_so_many_websockets_as_there_are_places():
    with serving() as (port, connections), ExitStack() as crowd:
        for _ in range(CLIENTS_MOST):
            crowd.enter_context(live(port))
        with client(port) as late:
            late.sendall(opening(port))
            assert told(late).startswith(b"HTTP/1.1 403")
        with pytest.raises(OSError, match="429"):
            fetch(port, "/api/info")
        assert fetch(port, "/", token="")[0] == 200  # the page is a file, and says why it waits
        crowd.close()
        until(lambda: not connections.open)
        assert fetch(port, "/api/info")[0] == 200
