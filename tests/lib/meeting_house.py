"""What the system tests share: the real binaries, the simulator, a Varlink client, and TAP.

Nothing here waits for time to pass: everything waits for something to happen, with a generous limit that fails the test.
"""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback

from varlink_idl import SERVICE, check_answer, parse

SOURCE = os.environ.get("MEETINGD_SOURCE", ".")
BUILD = os.environ.get("MEETINGD_BUILD", os.path.join(SOURCE, "build"))
VALGRIND = os.environ.get("MEETINGD_VALGRIND")

# Waiting for something that comes at once on an idle machine; generous, since a loaded one under valgrind is slow.
LIMIT = 60

with open(os.path.join(SOURCE, "daemon/interface/io.meetingd.varlink"), encoding="utf-8") as definition:
    INTERFACES = [SERVICE, parse(definition.read())]

SECRET = "sim-secret"
APP_ID = "cli_9f5343c580712544"
OWNER = "ou_84aad35d084aa403a838cf73ee18467"


# A shell that runs the tests in the background has it ignored, and so it would be by all that they start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Failure(Exception):
    """A test did not see what it expected."""


class Skip(Exception):
    """A test cannot be made here, and why."""


def expect(condition, message):
    if not condition:
        raise Failure(message)


def expect_equal(got, wanted, what="value"):
    if got != wanted:
        raise Failure(f"{what}: got {got!r}, wanted {wanted!r}")


def wait_until(condition, what, limit=LIMIT):
    """Asks again and again; returns the first true answer."""
    end = time.monotonic() + limit
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failure(f"waited {limit} s in vain for: {what}")
        time.sleep(0.02)


class Varlink:
    """A Varlink client on one connection. It holds every answer against the interface's text."""

    def __init__(self, path):
        self.methods = []  # of calls that are not answered yet
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(LIMIT)
        self.socket.connect(path)
        self.buffer = b""

    def send(self, method, parameters=None, **flags):
        message = {"method": method, "parameters": parameters or {}, **flags}
        self.methods.append(method)
        self.socket.sendall(json.dumps(message).encode() + b"\0")

    def receive(self):
        while b"\0" not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError("the daemon closed the connection")
            self.buffer += data
        text, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(text)
        check_answer(INTERFACES, self.methods[0], message)
        if not message.get("continues"):
            self.methods.pop(0)
        return message

    def call(self, method, parameters=None):
        """The reply's parameters; a Failure for an error."""
        reply = self.ask(method, parameters)
        if "error" in reply:
            raise Failure(f"{method}: {reply}")
        return reply["parameters"]

    def ask(self, method, parameters=None):
        self.send("io.meetingd." + method if "." not in method else method, parameters)
        return self.receive()

    def fileno(self):
        return self.socket.fileno()

    def close(self):
        self.socket.close()


class Process:
    """A program of ours; its output is kept."""

    def __init__(self, command, env=None):
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=env)
        self.output = []
        self.errors = []
        self.threads = [self.collect(self.process.stdout, self.output), self.collect(self.process.stderr, self.errors)]

    @staticmethod
    def collect(stream, lines):
        def read():
            for line in stream:
                lines.append(line.decode(errors="replace"))
        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        return thread

    def running(self):
        return self.process.poll() is None

    def end(self, number=signal.SIGTERM, limit=LIMIT):
        """Sends a signal and returns the exit code."""
        if self.running():
            self.process.send_signal(number)
        code = self.process.wait(limit)
        for thread in self.threads:
            thread.join(limit)
        return code

    def text(self):
        return "".join(self.output) + "".join(self.errors)


class Simulator(Process):
    def __init__(self, *options, scenario=None):
        command = [os.path.join(BUILD, "tests/sim/feishu-sim"), *options]
        if scenario:
            command += ["--scenario", scenario]
        # Its own tests look at its memory; the others at that of the daemon and the client.
        if VALGRIND and os.path.basename(sys.argv[0]).startswith("simulator"):
            command = ["valgrind", "-q", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect",
                       "--error-exitcode=99", *command]
        super().__init__(command)
        line = wait_until(lambda: next((x for x in self.output if "listening on" in x), None) or not self.running(),
                          "the simulator's port")
        expect(isinstance(line, str), f"the simulator did not start: {self.text()}")
        self.url = line.split()[-1]
        self.port = int(self.url.rsplit(":", 1)[1])
        self.kept = None

    def connect(self):
        """A connection of http.client; the certificate of a test is nobody's."""
        if self.url.startswith("https:"):
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=LIMIT,
                                               context=ssl._create_unverified_context())
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)

    def control(self, method, path, body=None):
        """A control call, on a connection that is kept: faults of new connections do not hit it."""
        if self.kept is None:
            self.kept = self.connect()
        self.kept.request(method, path, json.dumps(body) if body is not None else None,
                          {"Content-Type": "application/json"})
        answer = self.kept.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise Failure(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text) if text else None

    def requests(self, api=None):
        found = self.control("GET", "/_sim/requests" + (f"?api={api}" if api else ""))
        return found["requests"] if isinstance(found, dict) else found

    def meeting(self, **body):
        return self.control("POST", "/_sim/meeting", body)

    def fault(self, **body):
        return self.control("POST", "/_sim/fault", body)

    def set(self, **switches):
        return self.control("POST", "/_sim/set", switches)


class NotifySocket:
    """What systemd would hear."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.messages = []
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while True:
            message = self.socket.recv(65536)
            if not message:
                return
            self.messages.append(message.decode())

    def close(self):
        # The thread must be out of recv() before the descriptor's number can be another socket's.
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(LIMIT)
        self.socket.close()

    def lines(self):
        return [line for message in self.messages for line in message.splitlines()]


class House:
    """A directory with a configuration, a simulator, and the daemon."""

    def __init__(self, *sim_options, scenario=None, simulator=True):
        self.directory = tempfile.mkdtemp(prefix="meetingd-test-")
        self.socket = self.path("io.meetingd")
        self.simulator = Simulator(*sim_options, scenario=scenario) if simulator else None
        self.daemon = None
        self.daemons = []
        self.notify = None
        self.write("secret", SECRET + "\n", 0o600)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def configure(self, plans, daemon="", app="", poll=None, url=None):
        intervals = {"live": "100ms", "starting": "100ms", "idle": "200ms", "overdue": "100ms", "cooling": "200ms",
                     **(poll or {})}
        intervals = "\n".join(f"{key} = {value}" for key, value in intervals.items())
        url = url or (self.simulator.url if self.simulator else "http://127.0.0.1:1")
        return self.write("meetingd.conf", f"""
[daemon]
socket = {self.socket}
state = {self.path("meetingd.db")}
timezone = UTC
log_level = debug
{daemon}
[app]
base_url = {url}
app_id = {APP_ID}
app_secret_file = {self.path("secret")}
owner_id = {OWNER}
{app}
[poll]
{intervals}
{plans}
""")

    def start(self, wrapper=(), env=None, wait=True):
        """Starts the daemon and waits for READY=1, as systemd would."""
        if self.notify is None:
            self.notify = NotifySocket(self.path("notify"))
        self.notify.messages.clear()
        command = [*wrapper, os.path.join(BUILD, "meetingd"), "--config", self.path("meetingd.conf")]
        if VALGRIND and not wrapper:
            command = ["valgrind", "-q", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect",
                       "--error-exitcode=99", *command]
        environment = {**os.environ, "NOTIFY_SOCKET": self.notify.path, **(env or {})}
        environment.pop("CREDENTIALS_DIRECTORY", None)
        self.daemon = Process(command, environment)
        self.daemons.append(self.daemon)
        if wait:
            wait_until(lambda: "READY=1" in self.notify.lines() or not self.daemon.running(), "READY=1")
            expect(self.daemon.running(), f"the daemon ended: {self.daemon.text()}")
        return self.daemon

    def varlink(self):
        return Varlink(self.socket)

    def call(self, method, parameters=None):
        client = self.varlink()
        try:
            return client.call(method, parameters)
        finally:
            client.close()

    def reservation(self, **which):
        return self.call("GetReservation", which)["reservation"]

    def wait_for_state(self, state, **which):
        def look():
            client = self.varlink()
            reply = client.ask("GetReservation", which)
            client.close()
            found = reply.get("parameters", {}).get("reservation")
            return found if found and found["state"] == state else None
        return wait_until(look, f"{which} in state {state}")

    def ctl(self, *arguments, env=None, input=None):
        """Runs meetingctl; returns (exit code, stdout, stderr)."""
        done = subprocess.run([os.path.join(BUILD, "meetingctl"), "--socket", self.socket, *arguments],
                              capture_output=True, text=True, timeout=LIMIT, input=input,
                              env={**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8", **(env or {})}, check=False)
        return done.returncode, done.stdout, done.stderr

    def stop(self, expected=0):
        """Stops the daemon in order."""
        code = self.daemon.end()
        expect_equal(code, expected, f"exit code ({self.daemon.text()[-2000:]})")

    def close(self):
        for process in [*self.daemons, self.simulator]:
            if process and process.running():
                process.end(signal.SIGKILL)
        if self.notify:
            self.notify.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def local(offset_s=0):
    """A time from now as the configuration writes it (the tests' zone is UTC)."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + offset_s))


SECRETS = [SECRET, re.compile(r"\bt-[A-Za-z0-9]{8,}"), re.compile(r"Bearer\s+\S+")]


def no_secrets(text, *more):
    for secret in [*SECRETS, *more]:
        found = secret.search(text) if hasattr(secret, "search") else secret in text
        expect(not found, f"a secret shows in: {text[:400]!r}")


def main(tests):
    """Runs test functions, prints TAP. A test takes a fresh House if it has a parameter."""
    failed = 0
    only = sys.argv[1:]
    tests = [test for test in tests if not only or test.__name__ in only]
    # Under valgrind, where each start of a program takes seconds, a third is tried: the sanitizers see them all.
    if VALGRIND and not only:
        tests = tests[::3]
    print(f"1..{len(tests)}", flush=True)
    for number, test in enumerate(tests, 1):
        house = None
        try:
            if test.__code__.co_argcount:
                house = House(*getattr(test, "options", ()))
                test(house)
            else:
                test()
            verdict = "ok"
        except Skip as reason:
            verdict = f"ok {number} - {test.__name__} # SKIP {reason}"
        except Exception:  # a test that cannot go on has failed, whatever it was
            verdict = "not ok"
            failed += 1
            for line in traceback.format_exc().splitlines():
                print("#", line)
            if house:
                for process in [*house.daemons, house.simulator]:
                    for line in (process.text().splitlines()[-40:] if process else []):
                        print("#  |", line)
        finally:
            if house:
                house.close()
        print(verdict if "SKIP" in verdict else f"{verdict} {number} - {test.__name__}", flush=True)
    sys.exit(1 if failed else 0)
