"""The simulator: faults above and below HTTP, TLS, and what clients may throw at its port."""
import json
import os
import random
import select
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import VALGRIND, main, wait_until  # noqa: E402
from sim_client import (APP_ID, LIMIT, SECRET, TOKEN, VC, Feishu, elapsed_since, expect, expect_equal, read_answer,
                        read_until_closed, simulated)  # noqa: E402


def ask(feishu, path, connection=None, method="GET", body=None):
    """Sends a call on a connection of its own, which it returns."""
    connection = connection or feishu.socket()
    connection.sendall(feishu.bytes_of(method, VC + path, body, feishu.token()))
    return connection


def settle(feishu, count, api="get"):
    """Until the simulator has seen so many calls and had its turn to send."""
    wait_until(lambda: len(feishu.records(api)) >= count, f"{count} calls")
    feishu.control("state")
    feishu.control("state")


def split(data):
    """Head and body of an answer, and the length that it told."""
    head, body = data.split(b"\r\n\r\n", 1)
    for line in head.decode().split("\r\n")[1:]:
        name, value = line.split(": ", 1)
        if name.lower() == "content-length":
            return head, body, int(value)
    raise AssertionError("no Content-Length")


# What becomes of the answer

@simulated()
def an_answer_comes_late(feishu):
    reserve_id = feishu.reserve_id()
    feishu.fault(api="get", kind="delay", ms=300)
    start = time.monotonic()
    feishu.good("GET", f"reserves/{reserve_id}")
    expect(elapsed_since(start) >= 0.3, "later than 300 ms")
    feishu.fault(api="get", kind="delay", ms=60000)
    late = ask(feishu, f"reserves/{reserve_id}")
    settle(feishu, 2)
    feishu.good("GET", f"reserves/{reserve_id}")
    late.close()


@simulated()
def an_answer_never_comes(feishu):
    reserve_id = feishu.reserve_id()
    feishu.fault(api="get", kind="never")
    connection = ask(feishu, f"reserves/{reserve_id}")
    settle(feishu, 1)
    expect_equal(select.select([connection], [], [], 0)[0], [], "nothing comes, and the connection stays")
    record = feishu.records("get")[0]
    expect_equal((record["fault"], record["acted"]), ("never", False), "record")
    connections = wait_until(lambda: len({r["connection"] for r in feishu.records()}) == 2, "its connection in the records")
    expect(connections, "connections")
    connection.close()


@simulated()
def a_connection_is_reset(feishu):
    reserve_id = feishu.reserve_id()
    feishu.fault(api="get", kind="reset")
    expect_equal(read_until_closed(ask(feishu, f"reserves/{reserve_id}")), (b"", True), "RST without a byte")
    feishu.fault(api="get", kind="reset", part=True, acted=True)
    connection = ask(feishu, f"reserves/{reserve_id}")
    data, reset = read_until_closed(connection)
    _, body, length = split(data)
    expect(reset, "RST behind it")
    expect_equal(len(body), length // 2, "half of the body")


@simulated()
def a_connection_is_closed(feishu):
    reserve_id = feishu.reserve_id()
    feishu.fault(api="get", kind="close")
    expect_equal(read_until_closed(ask(feishu, f"reserves/{reserve_id}")), (b"", False), "FIN without a byte")
    feishu.fault(api="get", kind="cut")
    data, reset = read_until_closed(ask(feishu, f"reserves/{reserve_id}"))
    head, body, length = split(data)
    expect_equal((head[:15], len(body), reset), (b"HTTP/1.1 200 OK", length // 2, False), "half of the body and FIN")
    feishu.fault(api="get", kind="cut", drop=1)
    data, _ = read_until_closed(ask(feishu, f"reserves/{reserve_id}"))
    _, body, length = split(data)
    expect_equal(len(body), length - 1, "all but a byte")
    feishu.fault(api="get", kind="cut", drop=length + 10)
    data, _ = read_until_closed(ask(feishu, f"reserves/{reserve_id}"))
    expect(data.startswith(b"HTTP/1.1 200") and b"\r\n\r\n" not in data, f"cut within the head: {data!r}")


@simulated()
def an_answer_dribbles(feishu):
    reserve_id = feishu.reserve_id()
    whole = feishu.call("GET", f"reserves/{reserve_id}")
    feishu.fault(api="get", kind="dribble", bytes=7, ms=1)
    connection = ask(feishu, f"reserves/{reserve_id}")
    first = connection.recv(65536)
    expect(len(first) < 200, f"it comes in pieces: {len(first)} bytes at first")
    rest = b""
    while not rest.endswith(whole.body):
        rest += connection.recv(65536)
    # The connection is as good as before.
    ask(feishu, f"reserves/{reserve_id}", connection)
    expect_equal(read_answer(connection).body, whole.body, "the next answer")
    connection.close()


@simulated()
def another_answer_takes_its_place(feishu):
    reserve_id = feishu.reserve_id()

    def get(**fault):
        feishu.fault(api="get", kind="answer", **fault)
        return feishu.call("GET", f"reserves/{reserve_id}")
    answer = get(status=500, code=121001, msg="internal error")
    expect_equal((answer.status, answer.json["code"], answer.json["msg"]), (500, 121001, "internal error"), "an error")
    expect_equal(answer.json["error"]["log_id"], answer.headers["x-tt-logid"], "log id")
    answer = get(status=503, body="<html>busy</html>", content_type="text/html")
    expect_equal((answer.status, answer.body, answer.headers["content-type"]), (503, b"<html>busy</html>", "text/html"), "5xx without JSON")
    answer = get(status=502)
    expect_equal((answer.status, answer.body), (502, b""), "nothing in it")
    answer = get(status=302, headers={"Location": "https://nowhere.invalid/"})
    expect_equal((answer.status, answer.headers["location"]), (302, "https://nowhere.invalid/"), "a redirection")
    answer = get(json={"code": "0", "data": []})
    expect_equal((answer.status, answer.json), (200, {"code": "0", "data": []}), "any JSON")
    answer = get(code=0)
    expect_equal((answer.status, answer.json), (200, {"code": 0, "msg": "success"}), "a success without data")
    start = time.monotonic()
    expect_equal(get(status=500, code=121001, ms=200).code, 121001, "a late one")
    expect(elapsed_since(start) >= 0.2, "late")


@simulated()
def what_http_says_of_it_is_wrong(feishu):
    reserve_id = feishu.reserve_id()
    whole = feishu.call("GET", f"reserves/{reserve_id}").body
    feishu.fault(api="get", kind="type", content_type="text/html")
    answer = feishu.call("GET", f"reserves/{reserve_id}")
    expect_equal((answer.headers["content-type"], answer.body), ("text/html", whole), "another type")
    feishu.fault(api="get", kind="type")
    expect("content-type" not in feishu.call("GET", f"reserves/{reserve_id}").headers, "no type")
    for by in (-5, 5):
        feishu.fault(api="get", kind="length", by=by)
        connection = ask(feishu, f"reserves/{reserve_id}")
        data = b""
        while not data.endswith(whole):
            piece = connection.recv(65536)
            expect(piece, f"all of the body comes: {data!r}")
            data += piece
        expect_equal(split(data)[2], len(whole) + by, "Content-Length")
        expect_equal(data.lower().count(b"content-length:"), 1, "which is told once")
        connection.close()


@simulated()
def its_text_is_wrong(feishu):
    reserve_id = feishu.reserve_id()
    whole = feishu.call("GET", f"reserves/{reserve_id}")
    feishu.fault(api="get", kind="garble")
    answer = feishu.call("GET", f"reserves/{reserve_id}")
    expect_equal((answer.status, answer.json, answer.body), (200, None, whole.body[:len(whole.body) // 2]), "half of the JSON")
    feishu.fault(api="get", kind="garble", body="{'code': 0}")
    expect_equal(feishu.call("GET", f"reserves/{reserve_id}").body, b"{'code': 0}", "other text")
    feishu.fault(api="get", kind="large")
    answer = feishu.call("GET", f"reserves/{reserve_id}")
    expect(len(answer.body) > 9 * 1024 * 1024, "more than 9 MiB")
    expect_equal(answer.data, whole.data, "the rest is true")
    feishu.fault(api="get", kind="deep")
    answer = feishu.call("GET", f"reserves/{reserve_id}")
    expect(answer.body.startswith(b'{"padding":' + b"[" * 20000 + b"]" * 20000 + b',"code":0'), "nested")
    feishu.fault(api="get", kind="garbage")
    data, reset = read_until_closed(ask(feishu, f"reserves/{reserve_id}"))
    expect(data and not data.startswith(b"HTTP") and not reset, f"no HTTP: {data!r}")


@simulated()
def what_was_acted_on_can_be_lost(feishu):
    body = {"end_time": str(feishu.now() + 60), "owner_id": "ou_a", "meeting_settings": {"topic": "lost"}}

    def count():
        return len(feishu.control("state")["reservations"])
    for kind in ("reset", "close", "garbage", "answer"):
        before = count()
        for acted in (False, True):
            feishu.fault(api="apply", kind=kind, status=502, acted=acted)
            data, _ = read_until_closed(ask(feishu, "reserves/apply", None, "POST", body)) if kind != "answer" else \
                (feishu.call("POST", "reserves/apply", body).body, False)
            expect(b"success" not in data, "no word of it")
            expect_equal(count(), before + acted, f"{kind}, acted {acted}")
    before = count()
    feishu.fault(api="apply", kind="never", acted=True)
    silent = ask(feishu, "reserves/apply", None, "POST", body)
    settle(feishu, 9, "apply")
    expect_equal(count(), before + 1, "never, acted")
    silent.close()
    for kind in ("delay", "dribble", "cut", "type", "length", "garble"):
        before = count()
        feishu.fault(api="apply", kind=kind, bytes=100000, by=-1)
        ask(feishu, "reserves/apply", None, "POST", body).close()
        wait_until(lambda: count() == before + 1, f"{kind} acts")
    before = count()
    feishu.fault(api="apply", kind="delay", acted=False)
    expect_equal(feishu.call("POST", "reserves/apply", body).code, 121001, "a delay that did not act")
    expect_equal(count(), before, "a delay that did not act")


@simulated()
def faults_are_chosen(feishu):
    feishu.control("app", {"app_id": "cli_b", "app_secret": "b"})
    other = feishu.token("cli_b", "b")
    failed = {"kind": "answer", "status": 500, "code": 121001}

    def codes(*paths, token=None):
        return [feishu.call("GET", path, token=token).code for path in paths]
    get, active, detail = "reserves/1", "reserves/1/get_active_meeting", "meetings/1"
    feishu.fault(api="get", skip=1, count=2, **failed)
    expect_equal(codes(get, active, get, detail, get, get), [121004, 121004, 121001, 121004, 121001, 121004], "skip and count")
    feishu.fault(api="any", count=3, **failed)
    expect_equal(codes(get, active, detail, get), [121001, 121001, 121001, 121004], "any")
    feishu.fault(app="cli_b", count=1, **failed)
    expect_equal(codes(get) + codes(get, token=other), [121004, 121001], "of an app")
    feishu.fault(api="token", count=1, **failed)
    expect_equal([feishu.ask_token().code, feishu.ask_token().code], [121001, 0], "token requests")
    feishu.fault(api="unknown", count=1, **failed)
    expect_equal(feishu.request("GET", "/nowhere").code, 121001, "unknown paths")
    left = feishu.fault(api="get", count=1000, **failed)
    expect_equal([(f["api"], f["kind"], f["count"]) for f in left], [("get", "answer", 1000)], "faults that are left")
    feishu.fault(api="active", count=1, kind="answer", status=429, code=99991400)
    expect_equal(codes(get, active), [121001, 99991400], "two faults")
    expect_equal(feishu.fault(clear=True), [], "cleared")
    expect_equal(codes(get), [121004], "cleared")


@simulated()
def connections_fail_as_they_are_made(feishu):
    feishu.token()

    def connect(**fault):
        feishu.fault(api="connect", **fault)
        connection = feishu.socket()
        connection.sendall(feishu.bytes_of("GET", VC + "reserves/1", None, feishu.token()))
        return connection
    for kind, expected in (("reset", (b"", True)), ("close", (b"", None))):
        data, reset = read_until_closed_early(connect, kind)
        expect_equal(data, b"", kind)
        expect(expected[1] is None or reset, kind)
    data, _ = read_until_closed_early(connect, "garbage")
    expect(data == b"" or not data.startswith(b"HTTP"), "garbage")
    silent = connect(kind="never")
    feishu.control("state")
    expect_equal(select.select([silent], [], [], 0)[0], [], "silence")
    expect_equal(feishu.records("get"), [], "nothing was read")
    silent.close()
    start = time.monotonic()
    late = connect(kind="delay", ms=200)
    expect_equal(read_answer(late).code, 121004, "late")
    expect(elapsed_since(start) >= 0.2, "late")
    late.close()


def read_until_closed_early(connect, kind):
    """The end may come before the request was written."""
    try:
        return read_until_closed(connect(kind=kind))
    except (ConnectionResetError, BrokenPipeError):
        return b"", True


# TLS

class Certificate:
    def __init__(self, days=1):
        self.directory = tempfile.mkdtemp(prefix="meetingd-test-")
        self.cert = os.path.join(self.directory, "cert.pem")
        self.key = os.path.join(self.directory, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", self.key, "-out", self.cert, "-days", str(days), "-subj", "/CN=127.0.0.1",
                        "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)

    def remove(self):
        shutil.rmtree(self.directory)


def it_speaks_tls():
    certificate = Certificate()
    try:
        feishu = Feishu("--tls-cert", certificate.cert, "--tls-key", certificate.key)
        expect(feishu.sim.url.startswith("https://127.0.0.1:"), feishu.sim.url)
        context = ssl.create_default_context(cafile=certificate.cert)

        def connect():
            connection = context.wrap_socket(feishu.socket(), server_hostname="127.0.0.1", suppress_ragged_eofs=False)
            connection.settimeout(LIMIT)
            return connection
        reserve_id = feishu.reserve_id(topic="站会")
        trusted = connect()
        expect_equal(read_answer(ask(feishu, f"reserves/{reserve_id}", trusted)).code, 0, "an answer")
        feishu.fault(api="get", kind="large")
        expect(len(read_answer(ask(feishu, f"reserves/{reserve_id}", trusted)).body) > 9 * 1024 * 1024, "a large one")
        feishu.fault(api="get", kind="dribble", bytes=50)
        expect_equal(read_answer(ask(feishu, f"reserves/{reserve_id}", trusted)).code, 0, "one in pieces")
        # Below TLS the end is what it is without it.
        for kind, wanted in (("reset", True), ("cut", False), ("close", False), ("garbage", False)):
            feishu.fault(api="get", kind=kind)
            connection = ask(feishu, f"reserves/{reserve_id}", connect())
            raw = socket.socket(fileno=os.dup(connection.fileno()))
            raw.settimeout(LIMIT)
            expect_equal(read_until_closed(raw)[1], wanted, f"{kind}: RST")
            raw.close()
            connection.close()
        feishu.fault(api="get", kind="cut")
        try:
            connection = ask(feishu, f"reserves/{reserve_id}", connect())
            while connection.recv(65536):
                pass
            raise AssertionError("a cut that looks like an end")
        except ssl.SSLEOFError:
            pass
        try:
            ssl.create_default_context().wrap_socket(feishu.socket(), server_hostname="127.0.0.1")
            raise AssertionError("a certificate of nobody's is trusted")
        except ssl.SSLError:
            pass
        plain = feishu.socket()
        plain.sendall(feishu.bytes_of("GET", "/", None))
        expect(not read_until_closed(plain)[0].startswith(b"HTTP"), "plain HTTP is not spoken")
        feishu.fault(api="connect", kind="garbage")
        try:
            connect()
            raise AssertionError("a handshake with garbage")
        except (ssl.SSLError, ConnectionResetError):
            pass
        trusted.close()
        feishu.end()
    finally:
        certificate.remove()


# What clients throw at it

@simulated()
def garbage_is_survived(feishu):
    dice = random.Random(7)
    feishu.token()
    pieces = [b"", b"\0", b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01",
              b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
              b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
              b"GET /%00%ff%zz?%=&&=a HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /_sim/requests?api HTTP/1.1\r\nHost: x\r\n\r\n",
              b"POST /_sim/set HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n\0\0\0\0",
              b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20000 + b"\r\n",
              b"POST " + TOKEN.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n[]GET / HTTP"]
    pieces += [dice.randbytes(dice.randrange(1, 3000)) for _ in range(50)]
    good = feishu.bytes_of("POST", TOKEN, {"app_id": APP_ID, "app_secret": SECRET})
    for _ in range(50):
        changed = bytearray(good)
        for _ in range(dice.randrange(1, 6)):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
        pieces.append(bytes(changed[:dice.randrange(1, len(changed) + 1)]))
    for piece in pieces:
        connection = feishu.socket()
        try:
            connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
            read_until_closed(connection)
        except OSError:
            pass  # it may end before all was sent
        connection.close()
    feishu.refused(404, 121004, "GET", "reserves/1")
    wait_until(lambda: feishu.control("state")["connections"] == 2, "all gone but the kept one and the one that asks")


@simulated()
def clients_that_break_off_are_survived(feishu):
    feishu.token()
    request = feishu.bytes_of("POST", TOKEN, {"app_id": APP_ID, "app_secret": SECRET})
    for length in range(1, len(request), 9):
        for reset in (False, True):
            connection = feishu.socket()
            connection.sendall(request[:length])
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
    for kind in ("delay", "dribble", "never", "reset", "cut", "large"):
        feishu.fault(api="get", kind=kind, ms=1, count=2)
        for reset in (False, True):
            connection = ask(feishu, "reserves/1")
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
    settle(feishu, 12)
    feishu.refused(404, 121004, "GET", "reserves/1")
    wait_until(lambda: feishu.control("state")["connections"] == 2, "all gone but the kept one and the one that asks")


@simulated()
def large_and_deep_bodies_are_refused(feishu):
    answer = feishu.request("POST", VC + "reserves/apply", b"x" * (5 * 1024 * 1024), feishu.token())
    expect_equal(answer.status, 413, "too large")
    deep = '{"meeting_settings":' + "[" * 100000 + "]" * 100000 + "}"
    feishu.refused(400, 99992402, "POST", "reserves/apply", deep)
    feishu.refused(400, 99992402, "POST", "reserves/apply", "x" * (3 * 1024 * 1024))
    feishu.refused(400, 99992402, "POST", "reserves/apply", b'{"meeting_settings":{"topic":"\xff\xfe"}}')
    answer = feishu.request("POST", TOKEN, json.dumps({"app_id": APP_ID, "app_secret": SECRET}), headers={"Expect": "100-continue"})
    expect_equal(answer.code, 0, "with Expect: 100-continue")


@simulated("--set", "rate_per_second=0")
def requests_may_come_in_any_pieces(feishu):
    request = feishu.bytes_of("GET", VC + "reserves/1", None, feishu.token())
    slow = feishu.socket()
    for place in range(len(request)):
        slow.sendall(request[place:place + 1])
    expect_equal(read_answer(slow).code, 121004, "byte by byte")
    slow.sendall(request * 20)
    slow.shutdown(socket.SHUT_WR)
    data, reset = read_until_closed(slow)
    expect_equal((data.count(b"HTTP/1.1 404"), data.count(b"121004,"), reset), (20, 20, False), "twenty at once, and FIN behind them")


@simulated("--set", "rate_per_second=0", "--set", "rate_per_minute=0")
def many_connections_are_served(feishu):
    request = feishu.bytes_of("GET", VC + "reserves/1", None, feishu.token())
    connections = [feishu.socket() for _ in range(50 if VALGRIND else 300)]
    rounds = 5
    for _ in range(rounds):
        for connection in connections:
            connection.sendall(request)
        for connection in connections:
            expect_equal(read_answer(connection).code, 121004, "answer")
    expect_equal(feishu.control("state")["counts"]["get"], rounds * len(connections), "counted")
    for connection in connections:
        connection.close()


TESTS = [
    an_answer_comes_late,
    an_answer_never_comes,
    a_connection_is_reset,
    a_connection_is_closed,
    an_answer_dribbles,
    another_answer_takes_its_place,
    what_http_says_of_it_is_wrong,
    its_text_is_wrong,
    what_was_acted_on_can_be_lost,
    faults_are_chosen,
    connections_fail_as_they_are_made,
    it_speaks_tls,
    garbage_is_survived,
    clients_that_break_off_are_survived,
    large_and_deep_bodies_are_refused,
    requests_may_come_in_any_pieces,
    many_connections_are_served,
]

if __name__ == "__main__":
    main(TESTS)
