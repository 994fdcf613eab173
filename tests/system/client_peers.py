"""meetingctl between a terminal or a pipe that does not behave, and a daemon that does not: every text, size and silence."""
import errno
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import BUILD, LIMIT, expect, expect_equal, main, wait_until  # noqa: E402
from client_script import (BY_HAND, EVENTS, MEETING, NOW, REVIEW, STANDUP, STATUS, Script, command, ctl, encode,
                           environment, has, has_not, house, list_reservations, local, watching, width)  # noqa: E402


# ---- the terminal and the pipe

def within(output, columns):
    wide = [line for line in output.splitlines() if width(line) > columns]
    expect(not wide, f"lines wider than {columns}: {wide}")


def sixty_columns_are_enough():
    with house() as script:
        for arguments in (["list"], ["meetings"], ["participants", "站会"], ["status"], []):
            for columns in (60, 80, 120):
                within(ctl(script, *arguments, env={"COLUMNS": str(columns)})[0], columns)
        output, _ = ctl(script, "list", env={"COLUMNS": "60"})
        has(output, "站会", local(NOW - 600), "live !", "337736498", "  2", "failed !", "log id 2026ABC")
        has_not(output, "https://")
        # The link is there as soon as all of it is.
        has(ctl(script, "list", env={"COLUMNS": "76"})[0], " vc.feishu.cn/j/337736498\n")
        output, _ = ctl(script, "participants", "站会", env={"COLUMNS": "60"})
        has(output, "ou_84aad35d084aa403a838cf73ee18467", "in", "2h 5min", local(NOW - 580, "%H:%M"))
        long = {**REVIEW, "name": "a plan whose name is very long indeed 站会", "problem": None}
        script.answers["ListReservations"] = {"reservations": [long]}
        output, _ = ctl(script, "list", env={"COLUMNS": "60"})
        within(output, 60)
        has(output, "a plan", "…", local(NOW + 9000))
        # A pipe has room for all, and a COLUMNS that is none is none.
        for columns in ("", "0", "-5", "wide", "99999999999999999999"):
            has(ctl(script, "list", env={"COLUMNS": columns})[0], long["name"], long["topic"])
        for columns in (1, 5, 20):
            within(ctl(script, "list", "--no-legend", env={"COLUMNS": str(columns)})[0], columns)


HARMFUL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\u2028\u2029]")


def text_from_feishu_cannot_play_with_the_terminal():
    evil = "每日\x1b[31m\x07\r\nforged\x9b0m\u202egpj.exe\u2066\u200e\x7f"
    reservation = {**STANDUP, "topic": evil, "name": evil, "occurrence": evil, "url": evil, "meeting_no": evil,
                   "state": evil, "invalid_host_id_list": [evil], "app": evil, "problem": {"message": evil, "at": NOW},
                   "meeting_settings": {"assign_host_list": [{"id": evil}]}}
    meeting = {**MEETING, "topic": evil, "id": evil, "phase": evil, "participants": [{"id": evil, "status": 2}]}
    status = {**STATUS, "health": evil, "healthy": False, "apps": [{**STATUS["apps"][0], "name": evil, "token": evil}]}
    answers = {"ListReservations": {"reservations": [reservation]}, "GetReservation": {"reservation": reservation},
               "ListMeetings": {"meetings": [meeting]}, "GetMeeting": {"meeting": meeting}, "GetStatus": {"status": status}}
    for form in (None, "ascii"):
        def encoded(answer, form=form):
            text = json.dumps({"parameters": answer}, ensure_ascii=form == "ascii")
            return text.encode() + b"\0"
        with house(**{method: encoded(answer) for method, answer in answers.items()}) as script:
            for arguments in ([], ["list"], ["show", "x"], ["meetings"], ["participants", "1"], ["status"]):
                output, _ = ctl(script, *arguments)
                found = HARMFUL.search(output)
                expect(not found, f"{found} in {arguments}: {output!r}")
                has(output, "\ufffd[31m")
    # Bytes that are no UTF-8.
    bad = b'{"parameters":{"reservation":{"topic":"a\xff\xc0\x80b","state":"live"}}}\0'
    with house(GetReservation=bad) as script:
        has(ctl(script, "show", "x")[0], "a\ufffd\ufffd\ufffdb")
        json.loads(ctl(script, "--json", "show", "x")[0])


class Terminal:
    """Runs meetingctl on a terminal of its own; what it shows is in `output`."""

    def __init__(self, script, *arguments, columns=80, stdin=False, **more):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.process = subprocess.Popen(command(script.path, *arguments), stdin=slave if stdin else subprocess.DEVNULL,
                                        stdout=slave, stderr=subprocess.PIPE, env=environment(**{"TERM": "xterm", **more}))
        self.slave = slave
        self.output = b""

    def end(self, code=0):
        os.close(self.slave)
        while True:
            try:
                ready, _, _ = select.select([self.master], [], [], LIMIT)
                expect(ready, f"the terminal is silent: {self.output!r}")
                data = os.read(self.master, 65536)
            except OSError as error:
                expect_equal(error.errno, errno.EIO, "the terminal's end")
                break
            if not data:
                break
            self.output += data
        errors = self.process.stderr.read().decode()
        self.process.stderr.close()
        expect_equal(self.process.wait(LIMIT), code, f"exit code ({self.output!r} {errors!r})")
        os.close(self.master)
        return self.output.decode().replace("\r\n", "\n"), errors


def colours_are_for_terminals():
    with house() as script:
        output, _ = Terminal(script, "list", PAGER="").end()
        has(output, "\033[1mNAME\033[0m", "\033[1;31mlive !\033[0m")
        within(re.sub("\033\\[[0-9;]*m", "", output), 80)
        for more in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            has_not(Terminal(script, "list", **{"PAGER": "", **more}).end()[0], "\033")
        has(Terminal(script, "list", PAGER="", NO_COLOR="").end()[0], "\033[1m")
        output, _ = Terminal(script, "list", "--no-pager", columns=50).end()
        within(re.sub("\033\\[[0-9;]*m", "", output), 50)
        # COLUMNS wins over the terminal's own.
        output, _ = Terminal(script, "list", "--no-pager", columns=50, COLUMNS="150").end()
        has(output, "https://vc.feishu.cn/j/337736498")
        # Days have names there, and in a pipe dates.
        expect(re.search(r"站会 +(today|yesterday) \d\d:\d\d +now", output), f"days: {output!r}")


def the_pager_is_for_terminals():
    with house() as script:
        output, _ = Terminal(script, "list", PAGER="sed s/^/paged:/").end()
        expect(output.startswith("paged:"), f"through the pager: {output!r}")
        for arguments in (["list", "--no-pager"], ["list", "--json"]):
            has_not(Terminal(script, *arguments, PAGER="sed s/^/paged:/").end()[0], "paged:")
        has_not(ctl(script, "list", env={"PAGER": "sed s/^/paged:/"})[0], "paged:")
        # A pager that is not there, and one that leaves early.
        output, _ = Terminal(script, "list", PAGER="/nonexistent/pager").end()
        has(output, "站会")
        many = {"reservations": [{**BY_HAND, "reserve_id": str(i)} for i in range(5000)]}
        script.answers["ListReservations"] = many
        output, errors = Terminal(script, "list", PAGER="head -n 1").end()
        expect_equal((output.count("\n"), errors), (1, ""), "the first line alone")


def json_on_a_terminal_is_harmless_and_the_same():
    topic = "x\u202e\x9b[31m每"
    with house(GetReservation={"reservation": {**STANDUP, "topic": topic}}) as script:
        output, _ = Terminal(script, "--json", "show", "x").end()
        expect(not HARMFUL.search(output), f"harmless: {output!r}")
        expect_equal(json.loads(output)["reservation"]["topic"], topic, "topic")


def a_password_is_typed_unseen():
    with house(Reserve={"reservation": BY_HAND}) as script:
        terminal = Terminal(script, "reserve", "--end-time", "+1h", "--password", "-", "--no-pager", stdin=True)
        prompt = b""
        while b"Password: " not in prompt:
            data = os.read(terminal.process.stderr.fileno(), 100)
            expect(data, f"no prompt: {prompt!r}")
            prompt += data
        os.write(terminal.master, b"971024\n")
        output, _ = terminal.end()
        has_not(output, "971024")
        expect_equal(script.parameters("Reserve")[0]["meeting_settings"], {"password": "971024"}, "password")
        # Interrupted, the terminal has its echo back.
        terminal = Terminal(script, "reserve", "--end-time", "+1h", "--password", "-", stdin=True)
        terminal.process.stderr.read(1)
        wait_until(lambda: not termios.tcgetattr(terminal.slave)[3] & termios.ECHO, "the echo to go")
        terminal.process.send_signal(signal.SIGTERM)
        expect_equal(terminal.process.wait(LIMIT), -signal.SIGTERM, "exit by the signal")
        expect(termios.tcgetattr(terminal.slave)[3] & termios.ECHO, "the echo is back")
        terminal.process.stderr.close()
        os.close(terminal.master)
        os.close(terminal.slave)


def readers_may_leave_and_disks_may_be_full():
    many = {"reservations": [{**BY_HAND, "reserve_id": str(i)} for i in range(5000)]}
    with house(ListReservations=many) as script:
        for arguments in (["list"], ["--json", "list"]):
            for ignore in (False, True):
                process = subprocess.Popen(command(script.path, *arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                           stderr=subprocess.PIPE, env=environment(), restore_signals=not ignore)
                process.stdout.read(1)
                process.stdout.close()
                code = process.wait(LIMIT)
                expect(code == 0 or (code == -signal.SIGPIPE and not ignore), f"exit code {code}")
                expect_equal(process.stderr.read(), b"", "stderr")
                process.stderr.close()
        with open("/dev/full", "wb") as full:
            done = subprocess.run(command(script.path, "list"), stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE,
                                  env=environment(), timeout=LIMIT, check=False)
        expect_equal(done.returncode, 1, "exit code")
        has(done.stderr.decode(), "standard output", "No space")


def a_closed_descriptor_is_not_taken_for_the_socket():
    """Started with standard streams closed, the socket would become one of them. (Not under valgrind, which needs its own.)"""
    with house() as script:
        client = [os.path.join(BUILD, "meetingctl"), "--socket", script.path, "list"]
        for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            done = subprocess.run(["sh", "-c", f'"$@" {closed}', "sh", *client], capture_output=True, timeout=LIMIT,
                                  env=environment(), check=False)
            expect_equal(done.returncode, 1 if ">&-" in closed.replace("2>&-", "") else 0, f"exit code with {closed}")
            if closed == ">&-":
                has(done.stderr.decode(), "standard output")
        expect(all(call["method"].startswith("io.meetingd.List") for call in script.calls), f"calls: {script.calls}")


# ---- no daemon, a broken one, a hostile one

def no_daemon_is_told_with_a_hint():
    directory = tempfile.mkdtemp(prefix="meetingctl-test-")
    path = os.path.join(directory, "s")
    try:
        for arguments in ([], ["list"], ["show", "x"], ["meetings"], ["participants", "x"], ["watch"], ["status"],
                          ["reserve", "--end-time", "+1h"], ["delete", "7"], ["complete", "names"]):
            output, errors = ctl(path, *arguments, code=3)
            has(errors, f"no daemon at {path}", "systemctl status meetingd")
            expect_equal(output, "", "stdout")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        has(ctl(path, "list", code=3)[1], "nobody listens", "systemctl status meetingd")
        listener.close()
        has(ctl("/" + "x" * 200, "list", code=3)[1], "107 bytes")
        has(ctl(directory, "list", code=3)[1], directory)
    finally:
        shutil.rmtree(directory)


def permission_denied_names_the_group():
    with house() as script:
        os.chmod(script.path, 0o660)
        os.chmod(script.directory, 0o755)
        if os.geteuid() != 0:
            os.chmod(script.path, 0)
            has(ctl(script, "list", code=3)[1], "permission denied", "group")
            return
        # Root may do everything; somebody else tries.
        client = os.path.join(script.directory, "meetingctl")
        shutil.copy(os.path.join(BUILD, "meetingctl"), client)
        def refused():
            done = subprocess.run([client, "--socket", script.path, "list"], capture_output=True, text=True, timeout=LIMIT,
                                  check=False, user=65534, group=65534, extra_groups=[], cwd="/", env=environment())
            expect_equal(done.returncode, 3, f"exit code ({done.stderr})")
            return done.stderr
        os.chown(script.path, 0, 1)
        has(refused(), "permission denied", "group daemon")
        # Nobody is told to join root's.
        os.chown(script.path, 0, 0)
        expect("group root" not in refused(), "root's group")


def a_daemon_that_breaks_off_is_told():
    whole = encode(parameters={"status": STATUS})
    for sent, wanted in ((b"", "closed the connection"), (whole[:-1], "in the middle of its answer"),
                         (whole[:100], "in the middle of its answer")):
        with Script(raw=lambda connection, call, sent=sent: connection.sendall(sent)) as script:
            has(ctl(script, "status", code=3)[1], wanted, "systemctl status meetingd")
            has_not(ctl(script, "get", "7", code=3)[1], "not known")
            # What may have been done is not known then.
            has(ctl(script, "delete", "7", code=3)[1], wanted, "Whether it was done is not known")
    # One that takes no second question.
    def one_answer(connection, _):
        connection.shutdown(socket.SHUT_RD)
        connection.sendall(encode(parameters=list_reservations({})))
    with Script(raw=one_answer) as script:
        has(ctl(script, "list", code=3)[1], "closed the connection")


def what_is_no_reply_is_told():
    for sent in (b"HTTP/1.1 400 Bad Request\r\n\r\n\0", b"\0", b"[]\0", b"7\0", b'{"parameters":[]}\0', b'{"error":7}\0',
                 b"\xff\xfe\0", b'{"parameters":{}} x\0', b"[" * 5000 + b"\0"):
        with Script(raw=lambda connection, call, sent=sent: connection.sendall(sent)) as script:
            for arguments in (["status"], ["list"], ["watch"], ["reserve", "--end-time", "+1h"]):
                has(ctl(script, *arguments, code=3)[1], "no Varlink reply", "not meetingd")


def answers_without_their_subject_are_told():
    answers = {method: {} for method in ("ListReservations", "GetReservation", "ListMeetings", "GetMeeting", "GetStatus",
                                         "Reserve", "UpdateReservation", "FetchReservation", "FetchActiveMeeting")}
    for wrong in ({}, {"reservation": 7, "reservations": {}, "meeting": [], "meetings": "x", "status": True}):
        with Script(**{method: wrong for method in answers}) as script:
            for arguments in (["list"], ["list", "1"], ["show", "x"], ["meetings"], ["participants", "1"], ["status"],
                              ["reserve", "--end-time", "+1h"], ["get", "7"], ["active", "7"]):
                has(ctl(script, *arguments, code=3)[1], "the answer has no")
            ctl(script, "participants", "x", code=1)
    # Times that no calendar has, and no difference.
    for start, end in ((-2**63, 2**63 - 1), (2**63 - 1, -2**63)):
        times = {"start_time": start, "end_time": end, "expire_time": end, "observed_at": start, "next_poll_at": end}
        with house(GetReservation={"reservation": {**STANDUP, **times}}, GetMeeting={"meeting": {**MEETING, **times}},
                   ListReservations={"reservations": [{**STANDUP, **times}]},
                   ListMeetings={"meetings": [{**MEETING, **times, "status": 3}, {**MEETING, **times}]}) as script:
            for arguments in (["list"], ["show", "x"], ["meetings"], ["participants", "1"]):
                has(ctl(script, *arguments)[0], "?")
    # Members of any type are no reason to fall over.
    for value in (7, "x", [], {}, None, True, -1, 2**63, 1e300, [[]], [None], {"a": {}}):
        odd = {field: value for field in [*STANDUP, *MEETING, *STATUS, *REVIEW, "live_link"]}
        with Script(**{"ListReservations": {"reservations": [odd, value]}, "GetReservation": {"reservation": odd},
                       "ListMeetings": {"meetings": [odd, value]}, "GetMeeting": {"meeting": odd},
                       "GetStatus": {"status": odd}}) as script:
            for arguments in ([], ["list"], ["show", "x"], ["meetings"], ["participants", "1"], ["status"]):
                ctl(script, *arguments)


def a_daemon_that_does_not_answer_is_not_waited_for():
    patience = {"MEETINGCTL_TIMEOUT": "300ms"}
    with Script(raw=lambda connection, call: connection.recv(1)) as script:
        for arguments in (["status"], ["list"], ["watch"], ["get", "7"]):
            has(ctl(script, *arguments, code=3, env=patience)[1], "did not answer within 300ms")

    def dribble(connection, _):
        while True:
            connection.sendall(b" ")
            time.sleep(0.01)
    with Script(raw=dribble) as script:
        has(ctl(script, "status", code=3, env=patience)[1], "did not answer within 300ms")

    # One that does not even read, and a question larger than what waits on its way.
    with Script() as script:
        script.serve = lambda connection: script.ending.wait(LIMIT)
        permission = "host user_id allow " + ",".join(["ou_84aad35d084aa403a838cf73ee18467"] * 3000)
        arguments = ["--action-permission", permission] * 6
        has(ctl(script, "reserve", "--end-time", "+1h", *arguments, code=3, env=patience)[1], "did not answer within 300ms",
            "Whether it was done is not known")

    def half(connection):
        connection.sendall(b'{"parameters":')
        connection.recv(1)
    with watching(EVENTS[:1], then=half) as script:
        has(ctl(script, "watch", code=1, env=patience)[1], "did not answer within 300ms")
    # Nobody accepts, and the queue is full.
    directory = tempfile.mkdtemp(prefix="meetingctl-test-")
    path = os.path.join(directory, "s")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(0)
    waiting = []
    try:
        while True:
            client = socket.socket(socket.AF_UNIX)
            waiting.append(client)
            client.setblocking(False)
            client.connect(path)
    except BlockingIOError:
        pass
    has(ctl(path, "status", code=3, env=patience)[1], "takes no connection")
    for client in [*waiting, listener]:
        client.close()
    shutil.rmtree(directory)


def nothing_is_endless():
    def flood(connection, _):
        while True:
            connection.sendall(b"x" * 65536)
    with Script(raw=flood) as script:
        for name in ("status", "list", "watch"):
            has(ctl(script, name, code=3, limit=10 * LIMIT)[1], "larger than 16 MiB")

    def slices(reservations):
        def send(connection, _):
            while True:
                connection.sendall(encode(parameters={"reservations": reservations}, continues=True))
        return send
    for reservations in ([], ["x" * 1024 * 1024]):
        with Script(raw=slices(reservations)) as script:
            has(ctl(script, "list", code=3, limit=10 * LIMIT)[1], "the list does not end")


TESTS = [
    sixty_columns_are_enough,
    text_from_feishu_cannot_play_with_the_terminal,
    colours_are_for_terminals,
    the_pager_is_for_terminals,
    json_on_a_terminal_is_harmless_and_the_same,
    a_password_is_typed_unseen,
    readers_may_leave_and_disks_may_be_full,
    a_closed_descriptor_is_not_taken_for_the_socket,
    no_daemon_is_told_with_a_hint,
    permission_denied_names_the_group,
    a_daemon_that_breaks_off_is_told,
    what_is_no_reply_is_told,
    answers_without_their_subject_are_told,
    a_daemon_that_does_not_answer_is_not_waited_for,
    nothing_is_endless,
]

if __name__ == "__main__":
    main(TESTS)
