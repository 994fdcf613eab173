"""What the tests of meetingctl share: a daemon that is a script, what it answers, and meetingctl run against it.

The daemon is a script since the client is what is tested; client.py holds what it answers against the interface's own text.
"""
import contextlib
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import BUILD, LIMIT, VALGRIND, expect, expect_equal  # noqa: E402

# Words such as "in 2h" are true for half an hour: what the answers say is far from where they change.
NOW = int(time.time())
STANDUP_ID, BY_HAND_ID, MEETING_ID = "6911188411932033028", "6911188411932033029", "6911188411934433028"

STANDUP = {
    "name": "站会", "occurrence": "站会@20261124T010000Z", "app": "default", "state": "live", "topic": "每日站会",
    "start_time": NOW - 600, "end_time": NOW + 1200, "expire_time": NOW + 4800, "reserve_id": STANDUP_ID,
    "meeting_no": "337736498", "url": "https://vc.feishu.cn/j/337736498", "app_link": "https://applink.feishu.cn/x",
    "password": "971024", "reserve_user_id": "ou_owner", "expire_status": 1, "meetings": [MEETING_ID],
    "meeting_settings": {
        "topic": "每日站会", "meeting_initial_type": 1, "auto_record": True, "password": "971024",
        "assign_host_list": [{"user_type": 1, "id": "ou_a"}, {"user_type": 1, "id": "ou_gone"}],
        "action_permissions": [{"permission": 1, "permission_checkers": [
            {"check_field": 1, "check_mode": 1, "check_list": ["ou_a", "ou_b"]}]}]},
    "invalid_host_id_list": ["ou_gone"], "observed_at": NOW * 1000 - 7000,
}
REVIEW = {
    "name": "review", "occurrence": "review@20261124T030000Z", "app": "default", "state": "failed",
    "topic": "Weekly review of everything that goes on in the house", "start_time": NOW + 9000, "end_time": NOW + 10800,
    "meeting_settings": {}, "meetings": [], "invalid_host_id_list": [],
    "problem": {"code": 121003, "message": "apply: HTTP 400, code 121003 (param error), log id 2026ABC: check owner_id",
                "log_id": "2026ABC", "at": NOW - 60, "retry_at": None},
}
BY_HAND = {
    "app": "default", "state": "reserved", "topic": "Front desk", "expire_time": NOW + 4800, "reserve_id": BY_HAND_ID,
    "meeting_no": "337736499", "url": "https://vc.feishu.cn/j/337736499", "meetings": [], "invalid_host_id_list": [],
    "meeting_settings": {"meeting_initial_type": 2, "call_setting": {"callee": {
        "user_type": 6, "pstn_sip_info": {"nickname": "dodo", "main_address": "+86-02187654321"}}}},
}
MEETING = {
    "id": MEETING_ID, "app": "default", "name": "站会", "occurrence": "站会@20261124T010000Z", "reserve_id": STANDUP_ID,
    "topic": "每日站会", "meeting_no": "337736498", "password": "971024", "start_time": NOW - 580,
    "host_user": {"id": "ou_a", "user_type": 1}, "status": 2, "participant_count": 3, "participant_count_accumulated": 4,
    "in_meeting": 2, "peak": 3, "ability": {"use_video": True, "use_share_screen": True, "use_pstn": False},
    "observed_at": NOW * 1000 - 7000, "stale": False, "phase": "live", "next_poll_at": NOW * 1000 + 60000,
    "participants": [
        {"id": "ou_b", "user_type": 1, "first_join_time": NOW - 400, "final_leave_time": NOW - 100,
         "in_meeting_duration": 300, "status": 4},
        {"id": "omm_room", "user_type": 2, "first_join_time": NOW - 380, "in_meeting_duration": 360, "is_external": True,
         "is_cohost": True, "status": 2},
        {"id": "ou_84aad35d084aa403a838cf73ee18467", "user_type": 1, "first_join_time": NOW - 580,
         "in_meeting_duration": 7500, "is_host": True, "status": 2},
        {"id": "+8602187654321", "user_type": 6, "status": 3},
    ],
}
ENDED = {**MEETING, "id": "6911188411934433000", "status": 3, "start_time": NOW - 90000, "end_time": NOW - 86400,
         "in_meeting": 0, "phase": "done", "next_poll_at": None}
STATUS = {
    "version": "0.1.0", "pid": 4711, "started_at": NOW - 7200, "uptime": 7200, "healthy": True,
    "health": "2 reserved, 1 live with 2 in the room", "sequence": 17, "configuration": "/etc/meetingd/meetingd.conf",
    "loaded_at": NOW - 7200, "operator": True,
    "apps": [{"name": "default", "base_url": "https://open.feishu.cn", "token": "valid", "token_expires_at": NOW + 3000, "rate_per_minute": 1000,
              "rate_per_second": 50,
              "calls": 123, "waiting": 0, "under_way": 1, "paused_until": NOW + 42, "last_success_at": NOW - 5,
              "month_used": 4711, "month_limit": 8000, "month_forecast": 7950,
              "last_error": {"message": "get_active_meeting: no answer", "log_id": "2026XYZ", "at": NOW - 100},
              "clock_ahead": -1, "apis": [{"api": "get", "answered_at": NOW - 5}]}],
    "counts": {"plans": 2, "reservations": {"live": 1, "reserved": 1, "failed": 1, "planned": 0}, "meetings": 2, "live": 1,
               "participants": 2, "problems": 1},
    "store": {"path": "/var/lib/meetingd/meetingd.db", "failing": False, "written": 12, "failed": 0, "waiting": 0,
              "slowest_ms": 4, "busy_ms": 0},
    "socket": {"connections": 1, "accepted": 3, "refused": 0, "requests": 7},
}


ACTIONS = [
    {"action": "create", "name": "站会", "occurrence": "站会@20261125T010000Z", "at": NOW - 5, "calls": 1,
     "reason": "it is new in the file"},
    {"action": "update", "name": "review", "occurrence": "review@20261124T030000Z", "reserve_id": STANDUP_ID, "at": NOW + 9000,
     "calls": 2, "reason": "the topic changed"},
    {"action": "delete", "reserve_id": BY_HAND_ID, "at": NOW + 9000, "calls": 1, "reason": "\x1b[31mthe plan is gone"},
]


class Refuse(Exception):
    """The script answers with this error."""

    def __init__(self, name, **parameters):
        super().__init__(name)
        self.name, self.parameters = name if "." in name else "io.meetingd." + name, parameters


def encode(**reply):
    return json.dumps(reply, ensure_ascii=False).encode() + b"\0"


class Script:
    """A Varlink server. An answer is a dictionary, a list of slices, raw bytes, or a function of the parameters; a `raw`
    function takes the connection over instead."""

    def __init__(self, raw=None, **answers):
        self.directory = tempfile.mkdtemp(prefix="meetingctl-test-")
        self.path = os.path.join(self.directory, "io.meetingd")
        self.raw, self.answers, self.calls = raw, answers, []
        self.ending = threading.Event()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(16)
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ending.set()
        # The thread must be out of accept() before the descriptor's number can be another script's.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(LIMIT)
        self.listener.close()
        shutil.rmtree(self.directory)

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with contextlib.suppress(OSError), connection:
            buffer = b""
            while not self.ending.is_set():
                data = connection.recv(65536)
                if not data:
                    return
                buffer += data
                while b"\0" in buffer:
                    message, buffer = buffer.split(b"\0", 1)
                    call = json.loads(message)
                    self.calls.append(call)
                    if self.raw:
                        self.raw(connection, call)
                        return
                    self.answer(connection, call)

    def answer(self, connection, call):
        method = call["method"].rsplit(".", 1)[1]
        answer = self.answers.get(method)
        try:
            if answer is None:
                raise Refuse("org.varlink.service.MethodNotFound", method=call["method"])
            if callable(answer):
                answer = answer(call.get("parameters", {}))
            if isinstance(answer, bytes):
                connection.sendall(answer)
                return
            slices = answer if isinstance(answer, list) else [answer]
            for number, part in enumerate(slices, 1):
                reply = {"parameters": part}
                if number < len(slices):
                    reply["continues"] = True
                connection.sendall(encode(**reply))
        except Refuse as error:
            connection.sendall(encode(error=error.name, parameters=error.parameters))

    def parameters(self, method):
        """Of the calls of a method."""
        return [call.get("parameters", {}) for call in self.calls if call["method"] == "io.meetingd." + method]


def find(parameters):
    for reservation in (STANDUP, REVIEW, BY_HAND):
        if all(reservation.get(member) == value for member, value in parameters.items()):
            return {"reservation": reservation}
    raise Refuse("NotFound", what=next(iter(parameters.values())))


def list_reservations(parameters):
    name, states = parameters.get("name"), parameters.get("state")
    return {"reservations": [r for r in (STANDUP, REVIEW, BY_HAND)
                             if name in (None, r.get("name")) and (states is None or r["state"] in states)]}


def find_meeting(parameters):
    for member, value in parameters.items():
        if MEETING["id" if member == "meeting_id" else member] != value:
            raise Refuse("NotFound", what=value)
    return {"meeting": MEETING}


def list_meetings(parameters):
    listed = [{k: v for k, v in m.items() if k != "participants"} for m in (MEETING, ENDED)]
    return {"meetings": [m for m in listed if not parameters.get("active") or m["status"] != 3]}


def house(**answers):
    """A daemon with two plans and a reservation by hand."""
    return Script(**{"ListReservations": list_reservations, "GetReservation": find, "ListMeetings": list_meetings,
                     "GetMeeting": find_meeting, "GetStatus": {"status": STATUS}, **answers})


def environment(**more):
    kept = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR", "PAGER", "LESS", "LANG", "LC_ALL",
                                                             "LC_CTYPE", "MEETINGCTL_TIMEOUT")}
    return {**kept, "TZ": "UTC", **more}


# Under valgrind one run in so many is looked at: there are hundreds, and each takes a second then.
SAMPLE = 3
runs = itertools.count()


def command(path, *arguments):
    valgrind = ["valgrind", "-q", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect", "--error-exitcode=99"]
    return [*(valgrind if VALGRIND and next(runs) % SAMPLE == 0 else []), os.path.join(BUILD, "meetingctl"), "--socket", path, *arguments]


def ctl(script, *arguments, code=0, limit=LIMIT, input=None, env=None, **options):
    """Runs meetingctl and checks its exit code; returns (stdout, stderr)."""
    path = script.path if isinstance(script, Script) else script
    done = subprocess.run(command(path, *arguments), capture_output=True, timeout=limit, check=False,
                          env=environment(**(env or {})),
                          **({"input": input.encode()} if input is not None else {"stdin": subprocess.DEVNULL}), **options)
    output, errors = done.stdout.decode(), done.stderr.decode()
    expect_equal(done.returncode, code, f"exit code of {arguments} ({output!r}, {errors!r})")
    if code == 0:
        expect_equal(errors, "", f"stderr of {arguments}")
    else:
        expect(errors.startswith("meetingctl: "), f"a message: {errors!r}")
    return output, errors


def width(text):
    """Columns on a terminal."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def column_of(line, word, start=0):
    """The column at which a word begins."""
    return width(line[:line.index(word, start)])


def has(text, *parts):
    for part in parts:
        expect(part in text, f"{part!r} in {text!r}")


def has_not(text, *parts):
    for part in parts:
        expect(part not in text, f"{part!r} not in {text!r}")


def local(seconds, form="%Y-%m-%d %H:%M"):
    return time.strftime(form, time.gmtime(seconds))


def event(kind, **more):
    return {"event": {"sequence": 1, "time": NOW * 1000, "kind": kind, **more}}


CHANGED = {**MEETING, "host_user": {"id": "ou_b", "user_type": 1}, "ability": {**MEETING["ability"], "use_pstn": True}}
CHANGES = [{"field": "host_user", "before": "ou_a", "after": "ou_b"}, {"field": "use_pstn", "before": "false", "after": "true"},
           {"field": "use_audio", "after": "false"}]
EVENTS = [
    event("snapshot", reservations=[STANDUP, REVIEW], meetings=[MEETING, ENDED]),
    event("reservation_created", reservation=BY_HAND),
    event("reservation_failed", reservation=REVIEW),
    event("reservation_deleted", reservation=STANDUP),
    event("meeting_started", reservation=STANDUP, meeting=MEETING),
    event("meeting_changed", meeting=CHANGED, changes=CHANGES),
    event("meeting_changed", meeting={**CHANGED, "in_meeting": 3, "participant_count": 3}, changes=[
        {"field": "participant_count", "before": "2", "after": "3"},
        {"field": "status", "participant": {"id": "ou_b", "user_type": 1}, "after": "2"}]),
    event("participant_joined", reservation=STANDUP, meeting=MEETING, participant=MEETING["participants"][1]),
    event("participant_left", meeting=MEETING, participant=MEETING["participants"][0]),
    event("meeting_ended", reservation=STANDUP, meeting=ENDED),
    event("volcano_erupted\x1b[31m", reservation=STANDUP),
]


def watching(events, then=lambda connection: None):
    """A daemon that tells these, and refuses who comes back: so the watch ends, with code 1."""
    def raw(connection, call):
        expect(call["more"], "more")
        if "since_sequence" in call["parameters"]:
            connection.sendall(encode(error="io.meetingd.Unavailable", parameters={"reason": "enough"}))
            return
        for part in events:
            connection.sendall(encode(parameters=part, continues=True))
        then(connection)
    return Script(raw=raw)
