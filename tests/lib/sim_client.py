"""A client of the simulator's that sees each byte: for the tests of the simulator itself."""
import json
import socket
import time

from meeting_house import APP_ID, LIMIT, OWNER, SECRET, Failure, Simulator, expect, expect_equal

VC = "/open-apis/vc/v1/"
TOKEN = "/open-apis/auth/v3/tenant_access_token/internal"
DAY = 86400


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body
        try:
            self.json = json.loads(body)
        except (ValueError, RecursionError):
            self.json = None
        self.code = self.json.get("code") if isinstance(self.json, dict) else None
        self.data = self.json.get("data") if isinstance(self.json, dict) else None

    def __repr__(self):
        return f"HTTP {self.status} {self.body[:400]!r}"


class Feishu:
    """The simulator, and a kept connection to it."""

    def __init__(self, *options, scenario=None):
        self.sim = Simulator(*options, scenario=scenario)
        self.connection = self.sim.connect()
        self.tokens = {}

    def request(self, method, path, body=None, token=None, headers=None):
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json; charset=utf-8")
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        return Answer(answer.status, answer.getheaders(), answer.read())

    def ask_token(self, app_id=APP_ID, secret=SECRET):
        return self.request("POST", TOKEN, {"app_id": app_id, "app_secret": secret})

    def token(self, app_id=APP_ID, secret=SECRET):
        """A token asked for once."""
        if app_id not in self.tokens:
            answer = self.ask_token(app_id, secret)
            expect_equal(answer.code, 0, f"code of the token request: {answer}")
            self.tokens[app_id] = answer.json["tenant_access_token"]
        return self.tokens[app_id]

    def call(self, method, path, body=None, token=None):
        """A call of the vc API."""
        return self.request(method, VC + path, body, token or self.token())

    def good(self, method, path, body=None, token=None):
        """The data of a call that must go well."""
        answer = self.call(method, path, body, token)
        expect_equal((answer.status, answer.code), (200, 0), f"{method} {path}: {answer}")
        return answer.data

    def refused(self, status, code, method, path, body=None, token=None):
        answer = self.call(method, path, body, token)
        expect_equal((answer.status, answer.code), (status, code), f"{method} {path}: {answer}")
        return answer

    def now(self):
        return self.control("state")["time_ms"] // 1000

    def apply(self, query="", token=None, end_time=None, owner_id=OWNER, **settings):
        """Makes a reservation; the data of the answer."""
        end_time = end_time if end_time is not None else str(self.now() + 3600)
        return self.good("POST", "reserves/apply" + query,
                         {"end_time": end_time, "owner_id": owner_id, "meeting_settings": settings}, token)

    def reserve_id(self, **settings):
        return self.apply(**settings)["reserve"]["id"]

    def control(self, verb, body=None):
        return self.sim.control("POST" if body is not None else "GET", "/_sim/" + verb, body)

    def set(self, **switches):
        return self.control("set", switches)

    def fault(self, **body):
        return self.control("fault", body)

    def clock(self, **body):
        return self.control("clock", body)

    def meeting(self, action, **body):
        return self.control("meeting", {"action": action, **body})

    def records(self, api=None):
        return self.sim.requests(api)

    def bytes_of(self, method, path, body=None, token=None):
        """A request as it goes over the wire."""
        text = json.dumps(body).encode() if body is not None else b""
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(text)}"]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + text

    def socket(self):
        connection = socket.create_connection(("127.0.0.1", self.sim.port), LIMIT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def end(self):
        self.connection.close()
        code = self.sim.end()
        expect_equal((code, "".join(self.sim.errors)), (0, ""), "end of the simulator")


def read_until_closed(connection):
    """All bytes until FIN, and whether RST came instead."""
    data = b""
    try:
        while True:
            piece = connection.recv(65536)
            if not piece:
                return data, False
            data += piece
    except ConnectionResetError:
        return data, True


def read_answer(connection):
    """One whole answer of a connection that stays open."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            raise Failure(f"closed within the headers: {data!r}")
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    lines = head.decode().split("\r\n")
    headers = [line.split(": ", 1) for line in lines[1:]]
    length = int(next(value for name, value in headers if name.lower() == "content-length"))
    while len(body) < length:
        piece = connection.recv(65536)
        if not piece:
            raise Failure(f"closed within the body: {data!r}")
        body += piece
    return Answer(int(lines[0].split()[1]), headers, body)


def simulated(*options):
    """A test on a simulator of its own, which has to end well, with nothing on stderr."""
    def decorate(test):
        def run():
            feishu = Feishu(*options)
            try:
                test(feishu)
                feishu.end()
            finally:
                if feishu.sim.running():
                    feishu.sim.process.kill()
                    feishu.sim.process.wait()
        run.__name__ = test.__name__
        return run
    return decorate


def elapsed_since(start):
    return time.monotonic() - start


__all__ = ["APP_ID", "Answer", "DAY", "Feishu", "LIMIT", "OWNER", "SECRET", "TOKEN", "VC", "elapsed_since", "expect",
           "expect_equal", "read_answer", "read_until_closed", "simulated"]
