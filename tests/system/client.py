"""meetingctl against a scripted daemon: the commands, their errors, and what is wrong usage."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import BUILD, LIMIT, SOURCE, expect, expect_equal, main  # noqa: E402
from client_script import (ACTIONS, BY_HAND, BY_HAND_ID, ENDED, MEETING, MEETING_ID, NOW, REVIEW, STANDUP, STANDUP_ID,
                           STATUS, Refuse, column_of, ctl, environment, find_meeting, has, has_not, house, list_meetings,
                           local, width)  # noqa: E402


# ---- the script itself

def types_of_the_interface():
    """Type name -> {field: nullable}, from the interface's text."""
    with open(os.path.join(SOURCE, "daemon/interface/io.meetingd.varlink"), encoding="utf-8") as file:
        text = re.sub(r"#.*", "", file.read())
    types = {}
    for name, body in re.findall(r"\btype (\w+) \(((?:[^()]|\([^()]*\))*)\)", text):
        fields = re.findall(r"(\w+): (\??)((?:\[[^\]]*\])?(?:\w+|\([^)]*\)))", body)
        types[name] = {field: (bool(nullable), of) for field, nullable, of in fields}
    return types


def hold_against(types, name, value, place):
    if name not in types:
        return
    for field, (nullable, of) in types[name].items():
        if not nullable:
            expect(value.get(field) is not None, f"{place}.{field} is missing")
        inner = re.sub(r"^\[[^\]]*\]", "", of)
        if isinstance(value.get(field), dict) and inner in types:
            hold_against(types, inner, value[field], f"{place}.{field}")
        for item in value.get(field) if isinstance(value.get(field), list) else []:
            if isinstance(item, dict):
                hold_against(types, inner, item, f"{place}.{field}[]")
    for field in value:
        expect(field in types[name], f"{place}.{field} is no field of {name}")


def what_the_script_answers_is_what_the_interface_says():
    types = types_of_the_interface()
    expect(len(types) > 12 and "state" in types["Reservation"], f"types: {sorted(types)}")
    for reservation in (STANDUP, REVIEW, BY_HAND):
        hold_against(types, "Reservation", reservation, "Reservation")
    for meeting in (MEETING, ENDED):
        hold_against(types, "Meeting", meeting, "Meeting")
    hold_against(types, "Status", STATUS, "Status")
    for action in ACTIONS:
        hold_against(types, "Action", action, "Action")


# ---- the commands

def the_list_shows_when_state_number_room_and_link():
    with house() as script:
        output, _ = ctl(script, "list")
        lines = output.splitlines()
        expect_equal(lines[0].split()[:5], ["NAME", "WHEN", "DUE", "STATE", "NUMBER"], "titles")
        has(lines[1], "站会", local(NOW - 600), "now", "live !", "337736498", "每日站会", "https://vc.feishu.cn/j/337736498")
        has(lines[2], "review", local(NOW + 9000), "in 2h", "failed !")
        has(lines[3], BY_HAND_ID, "reserved", "337736499", "Front desk")
        has(output, "! review@20261124T030000Z: apply: HTTP 400, code 121003 (param error), log id 2026ABC",
            "! 站会@20261124T010000Z: Feishu did not take these hosts: ou_gone", "3 reservations, 1 live.")
        room = [c for c in lines[1].split("  ") if c.strip() == "2"]
        expect(room, f"two are in the room: {lines[1]!r}")
        has_not(output, "971024", "\033")
        expect(all(c["more"] for c in script.calls), "lists are asked for in slices")


def tables_align_in_any_locale():
    """Columns begin where their titles do, whatever the width of the characters, and whatever is installed."""
    with house() as script:
        for locale in ("C.UTF-8", "C", "POSIX", "zh_CN.GB18030", "zh_CN.UTF-8", "nonsense"):
            lines = ctl(script, "list", env={"LC_ALL": locale})[0].splitlines()
            wanted = [column_of(lines[0], title) for title in ("WHEN", "TOPIC")]
            for line, when, topic in ((lines[1], local(NOW - 600), "每日"), (lines[2], local(NOW + 9000), "Weekly"),
                                      (lines[3], "-", "Front")):
                expect_equal([column_of(line, when, 3), column_of(line, topic, 3)], wanted, f"columns under {locale}")


def the_list_takes_names_states_and_ids():
    with house() as script:
        output, _ = ctl(script, "--no-legend", "list", "review", BY_HAND_ID, "站会@20261124T010000Z")
        expect_equal([line.split()[0] for line in output.splitlines()], ["review", BY_HAND_ID, "站会"], "rows")
        expect_equal(script.parameters("GetReservation"),
                     [{"reserve_id": BY_HAND_ID}, {"occurrence": "站会@20261124T010000Z"}], "which")
        asked = script.parameters("ListReservations")[0]
        expect(asked["name"] == "review" and NOW - 86500 < asked["since"] < NOW, f"lately: {asked}")
        script.calls.clear()
        ctl(script, "list", "--state", "failed,live")
        ctl(script, "list", "--all")
        ctl(script, "list", "review", "--all")
        ctl(script, "list")
        expect_equal(script.parameters("ListReservations"),
                     [{"state": ["failed", "live"]}, {"since": 0}, {"name": "review"}, {}], "filters")
        # One name is wrong: the others are shown all the same.
        output, errors = ctl(script, "list", "reveiw", "review", code=1)
        has(errors, "there is no 'reveiw'", "Did you mean review?")
        has(output, "review", "1 reservation, 0 live.")


def a_plan_that_is_over_is_listed_by_its_name():
    def over(parameters):
        return {"reservations": [] if "since" in parameters else [REVIEW]}
    with house(ListReservations=over) as script:
        has(ctl(script, "list", "review")[0], "review")
        expect_equal(len(script.parameters("ListReservations")), 2, "questions")


def an_empty_list_says_so():
    with house(ListReservations={"reservations": []}, ListMeetings={"meetings": []}) as script:
        has(ctl(script, "list")[0], "No reservations now")
        has(ctl(script, "list", "--all")[0], "No reservations.")
        expect_equal(ctl(script, "list", "--no-legend")[0], "", "nothing at all")
        has(ctl(script, "meetings")[0], "No meetings.")
        has(ctl(script, "meetings", "--active")[0], "No meeting is in progress.")
        expect_equal(ctl(script, "list", "--json")[0], '{"reservations":[]}\n', "JSON")


def lists_come_in_slices():
    many = [{**BY_HAND, "name": f"plan{i}", "reserve_id": str(7000 + i)} for i in range(250)]
    slices = [{"reservations": many[i:i + 100]} for i in range(0, 250, 100)]
    with house(ListReservations=lambda _: slices) as script:
        output, _ = ctl(script, "list", "--no-legend")
        expect_equal([line.split()[0] for line in output.splitlines()], [f"plan{i}" for i in range(250)], "rows")
        expect_equal(json.loads(ctl(script, "list", "--json")[0]), {"reservations": many}, "JSON of all slices")


def no_command_is_the_list_with_a_line_on_the_health():
    with house() as script:
        output, _ = ctl(script)
        expect(output.startswith("NAME"), f"nothing is wrong: {output!r}")
    bad = {**STATUS, "healthy": False, "health": "the store cannot be written: disk full"}
    with house(GetStatus={"status": bad}) as script:
        lines = ctl(script)[0].splitlines()
        expect_equal(lines[0], "● the store cannot be written: disk full", "health line")
        has(lines[2], "NAME")
        expect_equal(json.loads(ctl(script, "--json")[0])["reservations"][0]["name"], "站会", "JSON is the list alone")


def show_tells_everything():
    with house() as script:
        output, _ = ctl(script, "show", "站会")
        has(output, "站会@20261124T010000Z - 每日站会", "State: live", "for 30min until", "Expires:", "Reserve ID: " + STANDUP_ID,
            "Number: 337736498", "Link: https://vc.feishu.cn/j/337736498", "App link:", "Password: 971024",
            "Hosts: ou_a, ou_gone", "Not hosts: ou_gone", "Permissions: host user_id allow ou_a, ou_b",
            "Recording: automatic", "Owner: ou_owner", "Observed: ", "meeting " + MEETING_ID, "Host: ou_a",
            "In the room: 2, at most 3 at a time, 4 in all", "Used: video, screen sharing", "next look in", "omm_room")
        expect_equal(script.parameters("GetReservation"), [{"name": "站会"}], "by name")
        output, _ = ctl(script, "show", "review@20261124T030000Z")
        has(output, "State: failed", "Problem: apply: HTTP 400", "code 121003", "log id 2026ABC", "min ago")
        has_not(output, "Password", "meeting 69")
        output, _ = ctl(script, "show", BY_HAND_ID)
        has(output, "Front desk", "Type: call", "Callee: dodo +86-02187654321")
        has(ctl(script, "show", "站会", "--utc")[0], local(NOW - 600) + " UTC")
        output, errors = ctl(script, "show", "站", code=1)
        has(errors, "there is no '站'")
        has(ctl(script, "show", "reviw", code=1)[1], "Did you mean review?")


def participants_are_shown_with_those_in_the_room_first():
    with house() as script:
        for which in ("站会", "站会@20261124T010000Z", MEETING_ID, STANDUP_ID):
            output, _ = ctl(script, "participants", which)
            rows = [line.split() for line in output.splitlines()[1:5]]
            expect_equal([row[0] for row in rows], ["ou_84aad35d084aa403a838cf73ee18467", "omm_room", "ou_b",
                                                     "+8602187654321"], "order")
            expect_equal([row[2] for row in rows], ["in", "in", "left", "ringing"], "status")
            has(output, "2h 5min", "host", "cohost, external", "rooms", "pstn", "每日站会: live for", "2 in the room", "as of")
        # By the attendance: since when they are in or gone this time, how long in all, and who is being called.
        attended = {**MEETING, "attendance": [
            {"meeting_id": MEETING_ID, "id": "ou_b", "user_type": 1, "in_meeting_duration": 200, "devices": 0, "is_host": True,
             "stays": [{"joined": NOW - 400, "left": NOW - 300}, {"joined": NOW - 250, "left": NOW - 150}],
             "roles": [{"role": "host", "since": NOW - 400, "until": NOW - 150}]},
            {"meeting_id": MEETING_ID, "id": "ou_c", "user_type": 1, "in_meeting_duration": 3660, "devices": 2, "is_host": True,
             "is_cohost": True, "stays": [{"joined": NOW - 500, "left": NOW - 400}, {"joined": NOW - 120}],
             "roles": [{"role": "host", "since": NOW - 500, "until": NOW - 400}, {"role": "cohost", "since": NOW - 120}]}],
            "attendees": 2, "by_user_type": {"1": 2}, "external": 1, "person_seconds": 3860, "peak_at": NOW - 300,
            "ability_seen": {"use_video": NOW - 200}}
        script.answers["GetMeeting"] = {"meeting": attended}
        output, _ = ctl(script, "participants", MEETING_ID)
        has(output, f"{local(NOW - 120)[-5:]}  1h 1min  was host, cohost, 2 devices", f"{local(NOW - 150)[-5:]}     3min  host")
        expect_equal([line.split()[:3] for line in output.splitlines()[1:4]],
                     [["ou_c", "lark", "in"], ["ou_b", "lark", "left"], ["+8602187654321", "pstn", "ringing"]], "attendance")
        output, _ = ctl(script, "show", "站会")
        has(output, "at a time (seen ", f"{local(NOW - 300)[-5:]})", "Attendance: 2 seen: 2 lark; 1 of them external; 1h 4min together",
            "video (seen ", "was host")
        with_stale = {**MEETING, "stale": True}
        del with_stale["participants"]
        script.answers["GetMeeting"] = {"meeting": with_stale}
        has(ctl(script, "participants", MEETING_ID)[0], "which is stale", "not known")
        errors = ctl(script, "participants", "review", code=1)[1]
        has(errors, "no meeting has been seen under review@20261124T030000Z (failed, starts in 2h")
        script.answers["GetMeeting"] = find_meeting
        has(ctl(script, "participants", BY_HAND_ID, code=1)[1], f"there is no '{BY_HAND_ID}'")


def meetings_are_shown_with_their_age():
    with house() as script:
        output, _ = ctl(script, "meetings")
        lines = output.splitlines()
        has(lines[1], "站会", local(NOW - 580), "live", MEETING_ID, "每日站会")
        has(lines[2], "ended", "1h", "6911188411934433000")
        has(output, "2 meetings.")
        has_not(output, "stale", "971024")
        output, _ = ctl(script, "meetings", "--active")
        expect_equal(script.parameters("ListMeetings")[-1], {"active": True}, "filter")
        has(output, "1 meeting.")
        script.answers["ListMeetings"] = {"meetings": [{**MEETING, "stale": True}]}
        has(ctl(script, "meetings")[0], "2 stale")
        has(ctl(script, "list")[0], "2 stale")
        script.answers["ListMeetings"] = {"meetings": []}
        script.answers["ListReservations"] = {"reservations": [{**STANDUP, "stale": True}]}
        has(ctl(script, "list")[0], "s stale", "1 of these is stale: what is known is up to ")
        has(ctl(script, "list", env={"COLUMNS": "60"})[0], "1 of these is stale")
        script.answers["GetReservation"] = {"reservation": {**STANDUP, "stale": True}}
        has(ctl(script, "show", "站会")[0], "s ago, which is stale")


def status_tells_how_the_parts_are():
    with house() as script:
        output, _ = ctl(script, "status")
        has(output, "● meetingd 0.1.0: 2 reserved, 1 live with 2 in the room", "Up: for 2h", "pid 4711",
            "/etc/meetingd/meetingd.conf", "1 live, 1 reserved, 1 failed", "2 known, 1 live, 2 in the room",
            "/var/lib/meetingd/meetingd.db", "App: default at https://open.feishu.cn", "token valid until", "123 calls",
            "Paused: goes on in", "Last error: get_active_meeting: no answer (log id 2026XYZ)")
        script.answers["GetStatus"] = {"status": {**STATUS, "store": {**STATUS["store"], "failing": True, "error": "full"}}}
        has(ctl(script, "status")[0], "cannot be written: full")


def check_is_meetingds_own():
    """A stand-in beside a copy of the client, since the real one may not be built."""
    directory = tempfile.mkdtemp(prefix="meetingctl-test-")
    try:
        shutil.copy(os.path.join(BUILD, "meetingctl"), directory)
        client, daemon = os.path.join(directory, "meetingctl"), os.path.join(directory, "meetingd")
        with open(daemon, "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\necho "$@"\nexit 4\n')
        os.chmod(daemon, 0o755)
        for arguments, wanted in (([], "--check"), (["/x y.conf"], "--check --config /x y.conf")):
            done = subprocess.run([client, "check", *arguments], capture_output=True, text=True, timeout=LIMIT, check=False)
            expect_equal((done.returncode, done.stdout, done.stderr), (4, wanted + "\n", ""), f"check {arguments}")
        os.unlink(daemon)
        done = subprocess.run([client, "check"], capture_output=True, text=True, timeout=LIMIT, check=False,
                              env=environment(PATH="/nonexistent"))
        if done.returncode == 1:
            has(done.stderr, "sbin/meetingd cannot be run")
        else:  # a meetingd is installed where this build would install it
            expect(done.returncode in (0, 4), f"exit code {done.returncode}")
    finally:
        shutil.rmtree(directory)


# ---- operators

def reserve_sends_what_was_asked_for():
    with house(Reserve={"reservation": BY_HAND}) as script:
        output, _ = ctl(script, "reserve", "--topic", "每日站会", "--end-time", "+2h", "--app", "b", "--owner-id", "ou_b",
                        "--meeting-initial-type", "group", "--auto-record", "no", "--password", "-",
                        "--assign-host-list", "ou_a", "--action-permission", "join user_type allow lark, rooms",
                        input="0971\n")
        has(output, "Front desk", BY_HAND_ID, "Number: 337736499")
        asked = script.parameters("Reserve")[0]
        expect(NOW + 7200 <= asked["end_time"] <= time.time() + 7200, "end_time")
        expect_equal((asked["app"], asked["owner_id"]), ("b", "ou_b"), "app and owner")
        expect_equal(asked["meeting_settings"], {
            "topic": "每日站会", "meeting_initial_type": 1, "auto_record": False, "password": "0971",
            "assign_host_list": [{"user_type": 1, "id": "ou_a"}],
            "action_permissions": [{"permission": 3, "permission_checkers": [
                {"check_field": 2, "check_mode": 1, "check_list": ["1", "2"]}]}]}, "settings")
        ctl(script, "reserve", "--end-time", "+2h")
        expect_equal(script.parameters("Reserve")[1]["meeting_settings"], {}, "no settings")
        asked = len(script.calls)
        has(ctl(script, "reserve", "--end-time", "+2h", "--password", "-", input="", code=2)[1], "ended before a line came")
        expect_equal(len(script.calls), asked, "no room without a password where one was meant")
        errors = ctl(script, "reserve", "--end-time", "+2h", "--password", "-", input="97 1024", code=2)[1]
        has_not(errors, "1024")
        has(errors, "4 to 9 digits")
        expect_equal(len(script.parameters("Reserve")), 2, "nothing wrong was sent")


def the_other_operations_take_a_reserve_id():
    with house(UpdateReservation={"reservation": STANDUP}, DeleteReservation={"reservation": None},
               FetchReservation={"reservation": STANDUP}, FetchActiveMeeting={"meeting": MEETING}) as script:
        has(ctl(script, "update", STANDUP_ID, "--topic", "x", "--end-time", str(NOW + 3600))[0], "站会@")
        expect_equal(script.parameters("UpdateReservation"),
                     [{"reserve_id": STANDUP_ID, "end_time": NOW + 3600, "meeting_settings": {"topic": "x"}}], "update")
        has(ctl(script, "delete", STANDUP_ID)[0], f"Reservation {STANDUP_ID}: deleted.")
        expect_equal(script.parameters("DeleteReservation"), [{"reserve_id": STANDUP_ID}], "delete")
        has(ctl(script, "get", STANDUP_ID)[0], "Password: 971024")
        output, _ = ctl(script, "active", STANDUP_ID)
        has(output, "meeting " + MEETING_ID, "In the room: 2")
        has_not(output, "omm_room")
        has(ctl(script, "active", STANDUP_ID, "--with-participants")[0], "omm_room")
        expect_equal(script.parameters("FetchActiveMeeting"),
                     [{"reserve_id": STANDUP_ID}, {"reserve_id": STANDUP_ID, "with_participants": True}], "active")
        expect_equal(ctl(script, "delete", STANDUP_ID, "--json")[0], '{"reservation": null}\n', "JSON")
        asked = len(script.calls)
        for name in ("update", "delete", "get", "active"):
            more = ["--topic", "x"] if name == "update" else []
            has(ctl(script, name, "站会", *more, code=2)[1], "no reserve_id")
        expect_equal(len(script.calls), asked, "nothing wrong was sent")


def each_error_is_told_with_what_to_do():
    cases = [
        (Refuse("NotFound", what="a meeting in progress"), [f"no meeting is in progress under {STANDUP_ID}"]),
        (Refuse("FeishuError", code=121005, message="get: HTTP 403: belongs to another app", log_id="2026LOG"),
         ["Feishu refused: get: HTTP 403: belongs to another app", "121005", "2026LOG"]),
        (Refuse("FeishuError", code=0, message="get: nobody answers", log_id=None), ["nobody answers"]),
        (Refuse("Uncertain", occurrence="@20261124T010000Z-1"),
         ["nobody knows", "@20261124T010000Z-1", "meetingctl resolve @20261124T010000Z-1 --as RESERVE_ID"]),
        (Refuse("Unavailable", reason="the daemon is stopping"), ["cannot do this now: the daemon is stopping"]),
        (Refuse("Overrun"), ["begin again"]),
        (Refuse("Brandnew"), ["Brandnew"]),
        (Refuse("org.varlink.service.PermissionDenied"), ["active is for operators", "meetingd.conf"]),
        (Refuse("org.varlink.service.InvalidParameter", parameter="app"), ["does not take this app"]),
        (Refuse("org.varlink.service.MethodNotFound", method="x"), ["does not know this command", "restart it"]),
        (Refuse("com.example.Odd\x1b[31m"), ["com.example.Odd\ufffd[31m"]),
        (Refuse("FeishuError"), ["Feishu gave no good answer: unknown"]),
    ]
    for error, wanted in cases:
        def refuse(_, error=error):
            raise error
        with house(FetchActiveMeeting=refuse) as script:
            output, errors = ctl(script, "active", STANDUP_ID, code=1)
            expect_equal(output, "", "stdout")
            has(errors, *wanted)
            # --json is for answers; an error is one all the same.
            ctl(script, "--json", "active", STANDUP_ID, code=1)


def an_error_in_a_list_is_told():
    def refuse(_):
        raise Refuse("Unavailable", reason="starting")
    for method, name in (("ListReservations", "list"), ("ListMeetings", "meetings"), ("ListMeetings", "list"),
                         ("GetStatus", "status")):
        with house(**{method: refuse}) as script:
            has(ctl(script, name, code=1)[1], "starting")


# ---- JSON

def reload_tells_what_is_done_and_what_waits():
    answer = {"actions": ACTIONS, "restart": ["[daemon] socket", "[app sales] (new: its plans wait)"]}
    with house(Reload=answer) as script:
        output, _ = ctl(script, "reload")
        lines = output.splitlines()
        expect_equal([line.split()[0] for line in lines[:2]], ["WHEN", "now"], "titles, and what is due")
        has(lines[1], "create", "站会@20261125T010000Z", " 1 ", "it is new in the file")
        has(lines[2], local(NOW + 9000), "in 2h", "update", "review@20261124T030000Z", " 2 ", "the topic changed")
        has(lines[3], "delete", BY_HAND_ID, "\ufffd[31mthe plan is gone")
        expect_equal(lines[4:], ["", "Configuration reloaded. 3 changes at Feishu, 4 calls.",
                                 "! only after a restart of meetingd: [daemon] socket",
                                 "! only after a restart of meetingd: [app sales] (new: its plans wait)"], "below")
        narrow = ctl(script, "reload", env={"COLUMNS": "60"})[0]
        expect(max(map(width, narrow.splitlines())) <= 60, f"all fits: {narrow}")
        expect_equal(json.loads(ctl(script, "--json", "reload", "--force")[0]), answer, "json")
        expect_equal(script.parameters("Reload"), [{}, {}, {"force": True}], "what was asked")
        has_not(ctl(script, "--no-legend", "reload")[0], "WHEN", "3 changes")
    with house(Reload={"actions": [], "restart": []}) as script:
        expect_equal(ctl(script, "reload")[0], "Configuration reloaded. Nothing is to be done at Feishu.\n", "nothing to do")
        has(ctl(script, "status", "--force", code=2)[1], "--force is no option of status")


def mistakes_of_a_reload_are_all_told():
    problems = [f"/etc/meetingd/meetingd.conf:{n}: [reservation p] topci: did you mean topic?" for n in range(1, 200)]

    def reload(_):
        raise Refuse("ConfigInvalid", problems=problems + ["\x1b[31m"])
    status = {**STATUS, "last_reload": {"at": NOW - 3600, "problems": problems[:2], "restart": ["[app] timeout"]}}
    with house(Reload=reload, GetStatus={"status": status}) as script:
        output, errors = ctl(script, "reload", code=1)
        expect_equal(output, "", "stdout")
        expect_equal(errors.splitlines()[1:], [f"  {problem}" for problem in problems] + ["  \ufffd[31m"], "one line each")
        has(ctl(script, "status")[0], "refused 1h ago", problems[0], problems[1], "needed for [app] timeout")


def json_is_what_the_daemon_said_byte_for_byte():
    text = ('{ "reservation" : {"reserve_id":"6911188411932033028", "big": 123456789012345678901234567890,\n'
            ' "float":1.50e+3, "esc":"\\u6bcf\\/\\"}", "raw":"每日\u202e", "nul":null, "twice":1, "twice":2, "l":[1 , 2] } }')
    with house(GetReservation=b'{"parameters": ' + text.encode() + b'}\0') as script:
        expect_equal(ctl(script, "--json", "show", "x")[0], text.replace("\n", " ") + "\n", "JSON")
    with house() as script:
        expect_equal(json.loads(ctl(script, "--json", "participants", "站会")[0]), {"meeting": MEETING}, "participants")
        expect_equal(json.loads(ctl(script, "--json", "status")[0]), {"status": STATUS}, "status")
        expect_equal(json.loads(ctl(script, "--json", "show", STANDUP_ID)[0]), {"reservation": STANDUP}, "show")
        expect_equal(json.loads(ctl(script, "--json", "list", "review", BY_HAND_ID)[0]),
                     {"reservations": [REVIEW, BY_HAND]}, "list")
        expect_equal(json.loads(ctl(script, "--json", "meetings")[0]), list_meetings({}), "meetings")


# ---- watch

def wrong_usage_is_told_and_asks_nobody():
    with house() as script:
        for arguments, wanted in ((["lst"], "did you mean list?"), (["--frob"], "no option --frob"), (["show"], "show needs"),
                                  (["list", "--state", "lve"], "did you mean live?"), (["watch", "a", "b"], "'b'"),
                                  (["reserve"], "--end-time"), (["complete", "x"], "complete"),
                                  (["show", "\x1b[31m", "x"], "'x'"), (["\x1b[31m"], "'\ufffd[31m'")):
            output, errors = ctl(script, *arguments, code=2)
            has(errors, wanted)
            expect_equal(output, "", "stdout")
        expect_equal(script.calls, [], "calls")
        has(ctl(script, "--help")[0], "Usage: meetingctl", "participants", "Exit codes")
        has(ctl(script, "--version")[0], "meetingctl 0.")


TESTS = [
    what_the_script_answers_is_what_the_interface_says,
    the_list_shows_when_state_number_room_and_link,
    tables_align_in_any_locale,
    the_list_takes_names_states_and_ids,
    a_plan_that_is_over_is_listed_by_its_name,
    an_empty_list_says_so,
    lists_come_in_slices,
    no_command_is_the_list_with_a_line_on_the_health,
    show_tells_everything,
    participants_are_shown_with_those_in_the_room_first,
    meetings_are_shown_with_their_age,
    status_tells_how_the_parts_are,
    check_is_meetingds_own,
    reserve_sends_what_was_asked_for,
    the_other_operations_take_a_reserve_id,
    each_error_is_told_with_what_to_do,
    an_error_in_a_list_is_told,
    reload_tells_what_is_done_and_what_waits,
    mistakes_of_a_reload_are_all_told,
    json_is_what_the_daemon_said_byte_for_byte,
    wrong_usage_is_told_and_asks_nobody,
]

if __name__ == "__main__":
    main(TESTS)
