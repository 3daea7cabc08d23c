"""Who may ask, and how much: each line of what the server promises about safety."""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.error

import pytest

from megastructure.watch import guard, pages, serve
from megastructure.watch.guard import BODY_MOST, CLIENTS_MOST, Guard
from megastructure.watch.packing import packed
from megastructure.words.errors import MegastructureError
from worlds import watched
from worlds.client import HOST, TOKEN, ask, fetch, opens_websocket, serving

NAMES = ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:8360", "[::1].evil", "10.0.0.1:8360", "0.0.0.0"]


async def nothing(scope, receive, send):
    """An application that reads what comes and says yes."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


def guarded(host="127.0.0.1"):
    return Guard(nothing, TOKEN, host)


@pytest.mark.parametrize("name", ["127.0.0.1:8360", "localhost", "LOCALHOST:1", "[::1]:8360"])
def test_this_machine_may_ask(name):
    assert ask("/api/info", headers={"host": name}, app=guarded()).status == 200


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_was_made_to_point_here_is_refused(name):
    refused = ask("/api/info", headers={"host": name}, app=guarded())
    assert refused.status == 403 and "host" in refused.json["error"]
    assert ask("/", headers={"host": name}, app=guarded()).status == 403


@pytest.mark.parametrize("token", [None, "", "a-token-of-the-test", TOKEN + "x", TOKEN.upper(), "\xe9" * 20])
def test_whoever_does_not_know_the_token_is_refused(token):
    assert ask("/api/info", token=token, app=guarded()).status == 401
    assert ask(f"/api/info?token={TOKEN}", token=token, app=guarded()).status == 401  # an address is seen by too many


def test_the_token_is_compared_in_constant_time_and_drawn_from_the_system(monkeypatch):
    compared = []
    monkeypatch.setattr(guard.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or a == b)
    assert ask("/api/info", app=guarded()).status == 200
    assert compared == [(TOKEN.encode(), TOKEN.encode())]
    assert serve.secrets.token_urlsafe(24) != serve.secrets.token_urlsafe(24)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"])
def test_only_a_few_methods_are_known(method):
    assert ask("/api/info", method=method, app=guarded()).status == 405


def test_what_comes_from_another_page_is_refused():
    assert ask("/api/info", headers={"origin": "https://evil.example"}, app=guarded()).status == 403
    assert ask("/api/info", headers={"origin": f"http://{HOST}"}, app=guarded()).status == 200
    assert ask("/api/info", headers={"origin": "null"}, app=guarded()).status == 403


@pytest.mark.parametrize("pieces", [1, 7])
@pytest.mark.parametrize("says", [True, False])
def test_a_request_has_at_most_64_kib(pieces, says):
    headers = {} if says else {"content-length": ""}
    assert ask("/api/pick", "POST", b"x" * BODY_MOST, headers, app=guarded(), pieces=pieces).status == 200
    refused = ask("/api/pick", "POST", b"x" * (BODY_MOST + 1), headers, app=guarded(), pieces=pieces)
    assert refused.status == 413 and "bytes" in refused.json["error"]


@pytest.mark.parametrize("length", ["-1", "x", "1" * 30, "\u00b2"])
def test_a_length_is_a_number(length):
    assert ask("/api/pick", "POST", b"x", {"content-length": length}, app=guarded()).status in (400, 413)


@pytest.mark.parametrize("name", ["Forwarded", "X-Forwarded-Host", "x-forwarded-prefix", "X-Forwarded-Proto", "X-Real-IP"])
def test_behind_a_proxy_it_says_that_it_does_not_stand_there(name):
    for path in ("/", "/api/info"):
        refused = ask(path, headers={name.lower(): "city.example"}, app=guarded())
        assert refused.status == 403 and "proxy" in refused.json["error"]
    assert [m["type"] for m in opens_websocket({name.lower(): "city.example"})] == ["websocket.close"]


def test_a_mistake_of_ours_is_told_to_whoever_runs_the_server(capsys):
    async def broken(scope, receive, send):
        raise ZeroDivisionError("a mistake")

    with pytest.raises(ZeroDivisionError):
        ask("/api/info", app=Guard(broken, TOKEN))
    told = capsys.readouterr().err
    assert "/api/info could not be answered" in told and "ZeroDivisionError: a mistake" in told


def test_so_many_clients_are_served_and_no_more():
    waiting = []
    gate = []

    async def slow(scope, receive, send):
        await gate[0].wait()
        await nothing(scope, receive, send)

    app = Guard(slow, TOKEN)

    async def crowd():
        gate.append(asyncio.Event())
        headers = [(b"host", HOST.encode()), (b"x-token", TOKEN.encode())]
        scope = {"type": "http", "method": "GET", "path": "/api/info", "headers": headers, "query_string": b""}

        async def one():
            sent = []

            async def send(message):
                sent.append(message)

            async def receive():
                return {"type": "http.request", "body": b""}

            await app(dict(scope), receive, send)
            return sent[0]["status"]

        waiting.extend(asyncio.create_task(one()) for _ in range(CLIENTS_MOST + 3))
        await asyncio.sleep(0.05)
        gate[0].set()
        return sorted(await asyncio.gather(*waiting))

    assert asyncio.run(crowd()) == [200] * CLIENTS_MOST + [429] * 3
    assert app.busy == 0


@pytest.mark.parametrize("path", ["/", "/assets/main-1.js", "/api/info", "/nothing", "/api/boxes/x"])
def test_every_answer_says_what_a_page_may_do(path):
    headers = ask(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers and "server" not in headers
    assert "access-control-allow-origin" not in headers


# ---- websockets --------------------------------------------------------------------------------------------------------


def test_a_websocket_of_the_page_is_opened_and_told():
    answered = opens_websocket()
    assert answered[0]["type"] == "websocket.accept" and answered[0]["subprotocol"] == f"token.{TOKEN}"
    assert json.loads(answered[1]["text"]) == {"days": watched.view().last, "living": False}


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"}, {"origin": ""}, {"origin": "null"}, {"origin": "http://127.0.0.1:9999"},
        {"sec-websocket-protocol": "token.wrong"}, {"sec-websocket-protocol": ""}, {"host": "evil.example", "origin": "http://evil.example"},
    ],
)  # fmt: skip
def test_a_websocket_of_anybody_else_is_not(headers):
    assert [m["type"] for m in opens_websocket(headers)] == ["websocket.close"]


# ---- the page ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml", "/assets/../../info.py", "//etc/passwd", "/assets/", "/assets", "/%2e%2e/app.py", "/index.html/",
        "/assets/main-1.js%00", "/etc/passwd", "/page/index.html", "/\\..\\app.py",
    ],
)  # fmt: skip
def test_a_path_names_an_entry_of_a_table_and_nothing_else(path):
    assert ask(path, token=None).status == 404


def test_the_page_needs_no_token_here_and_is_zipped():
    page = ask("/", token=None)
    assert page.status == 200 and page.headers["content-type"].startswith("text/html") and b"<title>" in page.body
    assert ask("/assets/main-1.js").headers["content-type"].startswith("text/javascript")
    assert ask("/assets/main-1.js", headers={"accept-encoding": ""}).body == b"export {}\n" * 100
    assert packed(b"x" * 99) == packed(b"x" * 99)


def test_from_other_machines_even_the_page_needs_the_token():
    app = guarded("192.168.7.7")
    here = {"host": "192.168.7.7:8360"}
    assert ask("/", token=None, headers=here, app=app).status == 401
    assert ask("/?token=wrong", token=None, headers=here, app=app).status == 401
    opened = ask(f"/?token={TOKEN}", token=None, headers=here, app=app)
    cookie = opened.headers["set-cookie"]
    assert opened.status == 200 and "HttpOnly" in cookie and "SameSite=Strict" in cookie
    held = {**here, "cookie": cookie.partition(";")[0]}
    assert ask("/assets/main-1.js", token=None, headers=held, app=app).status == 200
    assert ask("/api/info", token=None, headers=held, app=app).status == 401  # a cookie opens the page, never an answer
    assert ask("/", token=None, headers={**here, "cookie": 'megastructure="; x'}, app=app).status == 401
    assert ask("/api/info", headers={"host": "evil.example"}, app=app).status == 403
    assert ask("/?" + "a=1&" * 20, token=None, headers=here, app=app).status == 401  # more fields than any address of ours
    everywhere = guarded("0.0.0.0")
    assert ask("/api/info", headers={"host": "192.168.7.8"}, app=everywhere).status == 200
    assert ask("/api/info", headers={"host": "evil.example"}, app=everywhere).status == 403


def test_without_a_built_page_one_line_says_what_to_do(tmp_path):
    with pytest.raises(MegastructureError, match="Node 20"):
        pages.pages(tmp_path / "none")
    (tmp_path / "half").mkdir()
    with pytest.raises(MegastructureError, match="install megastructure again"):
        pages.pages(tmp_path / "half")


# ---- on a socket -------------------------------------------------------------------------------------------------------


def test_it_listens_on_this_machine_alone_and_a_busy_port_is_one_line():
    with serve.bind("127.0.0.1", 0) as listening:
        address, port = listening.getsockname()[:2]
        assert address == "127.0.0.1"
        with pytest.raises(MegastructureError, match=rf"--port {port} .*choose another"):
            serve.bind("127.0.0.1", port)
    with pytest.raises(MegastructureError, match="--port"):
        serve.bind("203.0.113.77", 0)
    with pytest.raises(MegastructureError, match="--port"):
        serve.bind("no such host", 0)


def test_a_whole_conversation_over_a_real_socket_and_a_rude_client_ends_nothing():
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect
    from websockets.typing import Subprotocol

    with serving() as (port, _):
        assert json.loads(fetch(port, "/api/info")[1])["run"] == "small"
        with pytest.raises(urllib.error.HTTPError, match="401"):
            fetch(port, "/api/info", token="no")
        half = b"POST /api/pick HTTP/1.1\r\ncontent-length: 9\r\n\r\n"
        for rude in (b"\0" * 4000, b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20_000, half):
            with socket.create_connection(("127.0.0.1", port), 5) as client:
                client.settimeout(5)
                try:
                    client.sendall(rude)
                    client.shutdown(socket.SHUT_WR)
                    client.recv(4096)
                except OSError:
                    pass
        where, ours = f"ws://127.0.0.1:{port}/api/live", [Subprotocol(f"token.{TOKEN}")]
        with connect(where, subprotocols=ours, origin=f"http://127.0.0.1:{port}") as live:  # type: ignore[arg-type]
            assert json.loads(live.recv(20)) == {"days": watched.view().last, "living": False}
            live.send("x" * 100)  # nobody asked for this
            with pytest.raises(WebSocketException):
                for _ in range(3):
                    live.recv(20)
        with pytest.raises(WebSocketException):
            connect(where, subprotocols=ours, origin="http://evil.example")  # type: ignore[arg-type]
        assert fetch(port, "/")[0] == 200
