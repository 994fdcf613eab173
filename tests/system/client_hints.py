"""What meetingctl says to somebody who mistook a name, a number, or a command: what was meant, or where to look."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import BUILD, LIMIT, expect, expect_equal, main  # noqa: E402
from screen import Screen  # noqa: E402
from client_script import (BY_HAND, ENDED, EVENTS, MEETING, NOW, REVIEW, STANDUP, STATUS, Refuse, command, ctl, encode, environment,  # noqa: E402
                           event, has, has_not, house, local, watching)


def a_name_that_is_not_there_is_answered_with_the_nearest():
    with house() as script:
        for arguments in (["show", "早会"], ["participants", "站"], ["list", "站会议"]):
            has(ctl(script, *arguments, code=1)[1], f"there is no '{arguments[1]}'\n", "Did you mean 站会?")
        has(ctl(script, "show", "volcano", code=1)[1], "See all names: meetingctl list --all")


def a_misspelt_name_is_not_said_to_have_had_nobody():
    nothing = {"GetAttendance": {"rows": []}, "ListMeetings": {"meetings": []},
               "ListReservations": lambda parameters: {"reservations": [] if "since" in parameters else [STANDUP, REVIEW]}}
    with house(**nothing) as script:
        for name, hint in (("reviwe", "Did you mean review?"), ("volcano", "See all names")):
            for arguments, wanted in ((["attendance", name], ""), (["history", name], ""),
                                      (["--json", "attendance", name], '{"rows":[]}\n'),
                                      (["--json", "history", name], '{"reservations":[],"meetings":[]}\n'),
                                      (["--csv", "--no-legend", "attendance", name], "")):
                output, errors = ctl(script, *arguments, code=1)
                expect_equal(output, wanted, f"stdout of {arguments}")
                has(errors, f"there is no '{name}'\n", hint)
        has(ctl(script, "attendance", "reviwe@20201124T030000Z", code=1)[1], "meetingctl list review --all")
        asked = len(script.parameters("GetReservation"))
        for command in (["attendance"], ["history"]):
            ctl(script, *command)
        expect_equal(len(script.parameters("GetReservation")), asked, "nobody was named")
        has(ctl(script, "attendance", "review")[0], "Nobody was there since")
        has(ctl(script, "history", "review")[0], "Nothing since")


def an_occurrence_that_is_not_there_is_answered_with_where_they_are():
    with house() as script:
        has(ctl(script, "show", "站会@20200101T000000Z", code=1)[1], "meetingctl list 站会 --all")
        has(ctl(script, "show", "reviwe@x", code=1)[1], "meetingctl list review --all")
        script.answers["ListReservations"] = {"reservations": [{**REVIEW, "name": "front desk"}]}
        has(ctl(script, "show", "front desk@x", code=1)[1], "meetingctl list 'front desk' --all")
        has(ctl(script, "show", "volcano@x", code=1)[1], "See all names: meetingctl list --all")


def digits_that_are_no_reserve_id_are_looked_up():
    with house() as script:
        has(ctl(script, "show", STANDUP["meeting_no"], code=1)[1], "That is the meeting number of 站会")
        has(ctl(script, "show", "42", code=1)[1], "not on record here", "meetingctl get 42")


def a_meeting_and_an_uncertain_one_that_are_not_there_are_told_in_words():
    def refuse(parameters):
        raise Refuse("NotFound", what=parameters.get("occurrence", "a meeting in progress"))
    with house(FetchActiveMeeting=refuse, ResolveReservation=refuse) as script:
        errors = ctl(script, "active", STANDUP["reserve_id"], code=1)[1]
        expect_equal(errors, f"meetingctl: no meeting is in progress under {STANDUP['reserve_id']}\n", "active")
        errors = ctl(script, "resolve", "站会@x", "--drop", code=1)[1]
        has(errors, "there is no '站会@x' to settle", "meetingctl list --state uncertain")


def a_hook_that_is_not_there_is_answered_with_the_nearest():
    def refuse(parameters):
        raise Refuse("NotFound", what=f"hook {parameters['name']}")
    hooks = [{"name": name, "on": ["meeting_started"], "reservation": [], "timeout": 10000, "running": False, "waiting": 0,
              "runs": 0, "failures": 0, "dropped": 0} for name in ("door light", "灯")]
    with house(TestHook=refuse, ListHooks={"hooks": hooks}) as script:
        has(ctl(script, "hook", "test", "door-light", code=1)[1], "there is no hook 'door-light'\n", "Did you mean door light?")
        has(ctl(script, "hook", "test", "volcano", code=1)[1], "See all of them: meetingctl hook list")
        has(ctl(script, "--json", "hook", "test", "volcano", code=1)[1], "there is no hook")


def a_meeting_that_has_not_come_is_told_with_when_it_was_to():
    def none(_):
        raise Refuse("NotFound", what="x")
    reservation = {**REVIEW, "reserve_id": "7"}
    with house(GetMeeting=none, GetReservation=lambda _: {"reservation": reservation}) as script:
        has(ctl(script, "participants", "review", code=1)[1], "no meeting has been seen under review@", "starts in 2h")
        reservation["start_time"] = STANDUP["start_time"]
        has(ctl(script, "participants", "review", code=1)[1], "started 10min ago")


def an_option_of_another_command_is_told_with_whose_it_is():
    with house() as script:
        has(ctl(script, "list", "--active", code=2)[1], "--active is no option of list, but of meetings\n")
        has(ctl(script, "list", "--topic", "x", code=2)[1], "--topic is no option of list, but of reserve and update\n")
        errors = ctl(script, "check", "--json", code=2)[1]
        has(errors, "--json is no option of check\n")


def what_is_no_socket_is_told():
    path = os.path.join(BUILD, "meetingctl")
    errors = ctl(path, "list", code=3)[1]
    has(errors, f"{path} is no socket", "--socket")
    has_not(errors, "nobody listens")
    has(ctl("", "list", code=2)[1], "--socket: the path is empty")
    # What is not the daemon's is not to be taken away.
    done = subprocess.run(command(path, "doctor", "--offline"), capture_output=True, text=True, timeout=LIMIT, env=environment(),
                          check=False)
    has(done.stdout, f"{path} is no socket", "--socket")
    has_not(done.stdout, "Take it away")


def a_sign_asks_for_what_the_daemon_has_ready():
    """One plan's list is read from the store, for each sign and each second anew, and fails with it."""
    def listed(parameters):
        if parameters:
            raise Refuse("Unavailable", reason="the store cannot be read")
        return [{"reservations": [REVIEW, BY_HAND]}, {"reservations": [STANDUP]}]
    with house(ListReservations=listed, Monitor=encode(parameters=EVENTS[0], continues=True)) as script:
        board = Screen(["--socket", script.path, "board", "站会"])
        try:
            board.wait("ON NOW", "每日站会", "2 in the room", without=["NO NEWS", "NEXT"])
            expect_equal(board.end("q"), 0, f"exit code ({board.errors()})")
        finally:
            board.close()


def how_long_a_meeting_was_is_told_once_it_is_known():
    ended = {**ENDED, "end_time": None}
    events = [event("snapshot", reservations=[STANDUP], meetings=[]), event("meeting_ended", meeting=ended),
              event("meeting_changed", meeting=ended), event("meeting_changed", meeting=ENDED)]
    with watching(events) as script:
        lines = ctl(script, "watch", code=1)[0].splitlines()
        has(lines[1], "meeting ended, at most 3 at a time")
        expect_equal(len(lines), 3, f"a line for what is new: {lines}")
        has(lines[2], "meeting lasted 1h, at most 3 at a time")


def what_changed_is_told_without_knowing_how_it_was():
    """As after a resume: there is no snapshot, and the meeting has not been heard of before."""
    def changed(*changes):
        return event("meeting_changed", meeting=MEETING, changes=list(changes))
    events = [changed({"field": "topic", "before": "早会", "after": "每日站会"}, {"field": "status", "before": "1", "after": "2"},
                      {"field": "host_user", "after": "ou_a"}, {"field": "use_recording", "before": "true", "after": "false"}),
              changed({"field": "url", "before": "https://a", "after": "https://b"}, {"field": "host_user", "before": "ou_a"},
                      {"field": "is_host", "participant": {"id": "ou_a", "user_type": 1}, "before": "false", "after": "true"})]
    with watching(events) as script:
        lines = ctl(script, "watch", code=1)[0].splitlines()
        expect_equal([line.split("  ", 2)[2] for line in lines], [
            "meeting changed: topic is now 每日站会, live, host is now ou_a, recording no longer used, 2 in the room"], "lines")


def a_reservation_that_looks_as_before_has_no_line_of_its_own():
    events = [event("snapshot", reservations=[STANDUP], meetings=[]), event("reservation_updated", reservation=STANDUP),
              event("reservation_updated", reservation={**STANDUP, "expire_status": 2}),
              event("reservation_updated", reservation={**STANDUP, "state": "reserved"}),
              event("reservation_updated", reservation=STANDUP)]
    with watching(events) as script:
        lines = ctl(script, "watch", code=1)[0].splitlines()
        expect_equal([line.split("updated: ")[1].split(",")[0] for line in lines[1:]], ["live", "reserved", "live"], "lines")
    with watching(events) as script:
        expect_equal(len(ctl(script, "--json", "watch", code=1)[0].splitlines()), 5, "a program gets them all")


def attendance_shows_when_each_came_and_went():
    row = {"meeting_id": "7", "name": "review", "id": "ou_a", "user_type": 1, "first_join_time": NOW - 86400 * 3,
           "final_leave_time": NOW - 86400 * 3 + 1800, "in_meeting_duration": 1800, "share": 0.5,
           "stays": [{"joined": NOW - 86400 * 3, "left": NOW - 86400 * 3 + 1800}]}
    with house(GetAttendance={"rows": [row]}) as script:
        line = ctl(script, "attendance", "--no-legend")[0].split("  ")
        at = [cell.strip() for cell in line if cell.strip()]
        expect_equal(at[3:6], [local(NOW - 86400 * 3), local(NOW - 86400 * 3 + 1800), "30min"], "came, went, for")


def a_check_whose_words_do_not_arrive_has_failed():
    with house() as script:
        path = os.path.join(script.directory, "meetingd.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write("[app]\napp_id = cli_9f5343c580712544\nowner_id = ou_a\n")
        check = " ".join(command("x", "check", path))
        for where, words in (("/dev/full", "No space left on device"), ("&-", "Bad file descriptor")):
            done = subprocess.run(["sh", "-c", f"{check} >{where}"], capture_output=True, text=True, timeout=LIMIT,
                                  env=environment(), check=False)
            expect_equal(done.returncode, 1, f"exit code ({done.stderr})")
            has(done.stderr, f"meetingd: standard output: {words}")


def counts_of_one_are_one():
    app = {**STATUS["apps"][0], "calls": 1, "month_used": 1, "month_limit": None}
    with house(GetStatus={"status": {**STATUS, "apps": [app]}}) as script:
        output = ctl(script, "status")[0]
        has(output, "; 1 call, 0 waiting", "Month: 1 call used")
    app = {"app": "default", "app_id": "cli_1", "base_url": "x", "month": "2026-11", "started_at": NOW - 1, "ends_at": NOW + 9000,
           "used": 1, "forecast": 7, "expected": 7, "stretch_now": 1.0, "stretch_rest": 1.0, "spent": False, "by_api": {}}
    with house(GetQuota={"quota": {"apps": [app], "plans": []}}, Plan={"actions": []}) as script:
        has(ctl(script, "quota")[0], "2026-11: 1 call\n")
        has(ctl(script, "plan")[0], "of which 1 is made")


def the_help_has_its_columns():
    lines = ctl("x", "--help")[0].splitlines()
    expect(max(map(len, lines)) <= 80, f"80 columns: {lines}")
    column = next(line for line in lines if line.startswith("  list ")).index("when, state")
    for word in ("until a meeting", "settle an"):
        expect_equal(next(line for line in lines if word in line).index(word), column, word)


main([
    a_name_that_is_not_there_is_answered_with_the_nearest,
    a_misspelt_name_is_not_said_to_have_had_nobody,
    an_occurrence_that_is_not_there_is_answered_with_where_they_are,
    digits_that_are_no_reserve_id_are_looked_up,
    a_meeting_and_an_uncertain_one_that_are_not_there_are_told_in_words,
    a_hook_that_is_not_there_is_answered_with_the_nearest,
    a_meeting_that_has_not_come_is_told_with_when_it_was_to,
    an_option_of_another_command_is_told_with_whose_it_is,
    what_is_no_socket_is_told,
    a_sign_asks_for_what_the_daemon_has_ready,
    how_long_a_meeting_was_is_told_once_it_is_known,
    what_changed_is_told_without_knowing_how_it_was,
    a_reservation_that_looks_as_before_has_no_line_of_its_own,
    attendance_shows_when_each_came_and_went,
    a_check_whose_words_do_not_arrive_has_failed,
    counts_of_one_are_one,
    the_help_has_its_columns,
])
