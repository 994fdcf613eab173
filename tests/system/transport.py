"""The road to Feishu: TLS and who is trusted, HTTP/2, connections used again, proxies."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import (House, Process, Simulator, expect, expect_equal, local, main, no_secrets, wait_until)  # noqa: E402

PLAN = """
[reservation review]
topic = Weekly review
start = {start}
duration = 30min
"""


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=60, check=False)
    expect_equal(done.returncode, 0, f"openssl {arguments}: {done.stderr}")


def certificate(house, name, days="2"):
    """A certificate for a host name, signed by the house's own authority."""
    ca, ca_key = house.path("ca.pem"), house.path("ca.key")
    if not os.path.exists(ca):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=Test authority", "-keyout", ca_key, "-out", ca)
    key, request, made = (house.path(f"{name}.{end}") for end in ("key", "csr", "pem"))
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", key, "-out", request)
    extensions = house.write("extensions", f"subjectAltName=DNS:{name}\n")
    openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", days,
            "-extfile", extensions, "-out", made)
    return made, key


def with_tls(house, name="localhost"):
    made, key = certificate(house, name)
    house.simulator = Simulator("--tls-cert", made, "--tls-key", key)
    return f"https://localhost:{house.simulator.port}"


def bare_house(test):
    """The test gets a house whose simulator it starts itself."""
    def run():
        house = House(simulator=False)
        try:
            test(house)
        finally:
            for line in (house.daemon.text().splitlines()[-20:] if house.daemon else []):
                print("#  |", line)
            house.close()
    run.__name__ = test.__name__
    return run


def authority(house):
    return f"ca_file = {house.path('ca.pem')}"


@bare_house
def an_authority_of_ones_own_is_trusted(house):
    url = with_tls(house)
    house.configure(PLAN.format(start=local(-60)), url=url, app=authority(house))
    house.start()
    house.wait_for_state("reserved", name="review")
    wait_until(lambda: len(house.simulator.requests("active")) >= 20, "twenty polls")
    polls = {r["connection"] for r in house.simulator.requests("active")}
    applies = {r["connection"] for r in house.simulator.requests("apply")}
    expect_equal(len(polls), 1, "connections of the polls")
    expect(not applies & polls, "an apply goes on a connection of its own")
    house.stop()


def refused(house, url, *words, **more):
    house.configure(PLAN.format(start=local(-60)), url=url, **more)
    house.start()
    status = wait_until(lambda: (lambda s: None if s["healthy"] else s)(house.call("GetStatus")["status"]), "bad health")
    for word in words:
        expect(word in status["health"], f"{word!r} in {status['health']!r}")
    house.wait_for_state("planned", name="review")
    expect_equal(house.simulator.requests(), [], "requests that got through")
    house.stop()


@bare_house
def a_certificate_of_nobodys_is_told(house):
    refused(house, with_tls(house), "certificate", "localhost", "ca_file")


@bare_house
def a_certificate_for_another_host_is_told(house):
    refused(house, with_tls(house, "elsewhere.example"), "certificate", "localhost", app=authority(house))


@bare_house
def tls_where_there_is_none_is_told(house):
    house.simulator = Simulator()
    refused(house, f"https://localhost:{house.simulator.port}", "localhost")


@bare_house
def http2_is_used_and_one_connection_lasts(house):
    """nghttpx speaks HTTP/2 in front of the simulator, and notes each request with its connection."""
    nghttpx = shutil.which("nghttpx", path=os.environ["PATH"] + ":/usr/sbin")
    expect(nghttpx, "nghttpx is missing: install the Debian package nghttp2-proxy")
    made, key = certificate(house, "localhost")
    house.simulator = Simulator("--set", "rate_per_minute=0", "--set", "rate_per_second=0")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = house.path("access.log")
    front = Process([nghttpx, f"--frontend=127.0.0.1,{port}", f"--backend=127.0.0.1,{house.simulator.port}",
                     "--workers=1", "--conf=/dev/null", f"--accesslog-file={log}", f"--errorlog-file={house.path('errors')}",
                     "--accesslog-format=$remote_port $alpn $method $path", key, made])
    try:
        plans = "".join(f"[reservation plan {i}]\ntopic = {i}\nstart = {local(-60)}\nduration = 30min\n" for i in range(40))
        house.configure(plans, url=f"https://localhost:{port}", poll={"starting": "100ms"},
                        app=authority(house) + "\nrate_per_minute = 30000\nrate_per_second = 500")
        house.start()
        wait_until(lambda: len(house.simulator.requests("active")) >= 1000, "a thousand polls")
        house.stop()
    finally:
        front.end(signal.SIGTERM)
    with open(log, encoding="utf-8") as file:
        lines = [re.fullmatch(r"(\d+) (\S+) (\S+) (\S+)", line.strip()).groups() for line in file]
    expect_equal({alpn for _, alpn, _, path in lines if not path.split("?")[0].endswith("/apply")}, {"h2"}, "protocols")
    polls = {connection for connection, _, _, path in lines if "get_active_meeting" in path}
    applies = [connection for connection, _, method, path in lines if path.split("?")[0].endswith("/apply")]
    expect_equal(len(polls), 1, "connections of a thousand polls")
    expect_equal((len(applies), len(set(applies))), (40, 40), "each apply on a fresh connection")
    expect(not polls & set(applies), "which no poll uses")


class Proxy:
    """Takes CONNECT, and notes for whom."""

    def __init__(self):
        self.asked = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(1)
        target = head.split()[1].decode()
        self.asked.append((head.split()[0].decode(), target))
        server = socket.create_connection(("127.0.0.1", int(target.rsplit(":", 1)[1])))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=self.pump, args=(client, server), daemon=True).start()
        self.pump(server, client)

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


@bare_house
def a_proxy_of_the_environment_is_used(house):
    url = with_tls(house)
    proxy = Proxy()
    house.configure(PLAN.format(start=local(-60)), url=url, app=authority(house))
    nothing = {"http_proxy": "", "no_proxy": "", "NO_PROXY": "", "all_proxy": "", "ALL_PROXY": "", "HTTPS_PROXY": ""}
    house.start(env={**nothing, "https_proxy": f"http://127.0.0.1:{proxy.port}"})
    house.wait_for_state("reserved", name="review")
    house.stop()
    expect_equal(set(proxy.asked), {("CONNECT", f"localhost:{house.simulator.port}")}, "what the proxy was asked")
    asked = len(proxy.asked)
    house.start(env={**nothing, "https_proxy": f"http://127.0.0.1:{proxy.port}", "no_proxy": "localhost"})
    polls = len(house.simulator.requests("active"))
    wait_until(lambda: len(house.simulator.requests("active")) > polls, "polls")
    house.stop()
    expect_equal(len(proxy.asked), asked, "no_proxy is honoured")
    proxy.listener.close()
    no_secrets("".join(daemon.text() for daemon in house.daemons))


@bare_house
def a_proxy_that_is_not_there_is_told(house):
    url = with_tls(house)
    house.configure(PLAN.format(start=local(-60)), url=url, app=authority(house))
    house.start(env={"https_proxy": "http://user:hunter2@127.0.0.1:1", "no_proxy": "", "NO_PROXY": ""})
    status = wait_until(lambda: (lambda s: None if s["healthy"] else s)(house.call("GetStatus")["status"]), "bad health")
    expect("the proxy 127.0.0.1:1 (https_proxy)" in status["health"], f"where it failed: {status['health']}")
    house.stop()
    expect("hunter2" not in status["health"] + "".join(daemon.text() for daemon in house.daemons), "the proxy's password is told")


TESTS = [
    an_authority_of_ones_own_is_trusted,
    a_certificate_of_nobodys_is_told,
    a_certificate_for_another_host_is_told,
    tls_where_there_is_none_is_told,
    http2_is_used_and_one_connection_lasts,
    a_proxy_of_the_environment_is_used,
    a_proxy_that_is_not_there_is_told,
]

if __name__ == "__main__":
    main(TESTS)
