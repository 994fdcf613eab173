"""meetingctl's look ahead, `plan`, and its `calendar`, which libical reads as a calendar program would."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import BUILD, INTERFACES, LIMIT, expect, expect_equal, main  # noqa: E402
from varlink_idl import check_answer  # noqa: E402
from client_script import (BY_HAND, NOW, REVIEW, STANDUP, STANDUP_ID, Refuse, column_of, command, ctl, environment, has, has_not,
                           house, local, width)  # noqa: E402

DAY = 86400


# ---- plan

ACTIONS = [
    {"action": "delete", "name": "old", "occurrence": None, "reserve_id": STANDUP_ID, "at": NOW - 5, "calls": 1,
     "reason": "no plan asks for it any more"},
    {"action": "create", "name": "站会", "occurrence": "站会@20261124T010000Z", "reserve_id": None, "at": NOW + 9000,
     "calls": 1, "reason": "its start comes within 24h"},
    {"action": "update", "name": "review", "occurrence": "review@20261124T030000Z", "reserve_id": STANDUP_ID,
     "at": NOW + 5 * DAY, "calls": 2, "reason": "topic\x1b[31m differs from the file's"},
]


def the_plan_says_when_what_which_and_why():
    with house(Plan={"actions": ACTIONS}) as script:
        output, _ = ctl(script, "plan")
        lines = output.splitlines()
        expect_equal(lines[0].split(), ["WHEN", "DUE", "ACTION", "WHICH", "CALLS", "REASON"], "titles")
        expect_equal(lines[1].split()[:5], ["now", "-", "delete", "old", "1"], "what is due goes now")
        has(lines[2], local(NOW + 9000), "in 2h", "create", "站会@20261124T010000Z", "its start comes within 24h")
        has(lines[3], local(NOW + 5 * DAY), "update", "review@20261124T030000Z", "topic\ufffd[31m differs")
        for line, which in ((lines[1], "old"), (lines[2], "站会"), (lines[3], "review@")):
            expect_equal(column_of(line, which), column_of(lines[0], "WHICH"), "the column under WHICH")
        expect_equal(lines[4:], ["", "3 actions, 4 API calls; 2 calls in the next 24h."], "the sum")
        has(ctl(script, "plan", "--utc")[0], "24h; times are UTC.")
        bare = ctl(script, "plan", "--no-legend")[0].splitlines()
        expect_equal([line.split()[-1] for line in bare], ["more", "24h", "file's"], "without a legend")
        narrow = ctl(script, "plan", env={"COLUMNS": "60"})[0]
        expect(max(map(width, narrow.splitlines())) <= 60, f"within 60 columns: {narrow!r}")
        has(narrow, local(NOW + 9000), "create", "站会@", "24h")
        expect_equal(json.loads(ctl(script, "plan", "--json")[0]), {"actions": ACTIONS}, "JSON")
        expect_equal(script.parameters("Plan")[0], {}, "parameters")


def the_month_is_foretold():
    app = {"app": "default", "used": 120, "forecast": 12345, "monthly_calls": 0}
    with house(Plan={"actions": []}, GetQuota={"quota": {"apps": [app], "plans": []}}) as script:
        output = ctl(script, "plan")[0]
        has(output, "App default: about 12345 calls this month, of which 120 are made")
        has(output, "10000 a month", "set monthly_calls")
        expect("month" not in ctl(script, "plan", "--no-legend")[0], "without a legend")
        app["monthly_calls"] = 50000
        expect("set monthly_calls" not in ctl(script, "plan")[0], "where it is set")


def a_plan_of_nothing_says_so():
    with house(Plan={"actions": []}) as script:
        expect_equal(ctl(script, "plan")[0], "Nothing to do: all is as the configuration says.\n", "in words")
        expect_equal(ctl(script, "plan", "--no-legend")[0], "", "without a legend")
        expect_equal(ctl(script, "plan", "--json")[0], '{"actions": []}\n', "JSON")
    with house(Plan={"actions": ACTIONS[1:2]}) as script:
        has(ctl(script, "plan")[0], "\n1 action, 1 API call; 1 call in the next 24h.\n")


def a_plan_that_does_not_come_is_told():
    def refuse(_):
        raise Refuse("Unavailable", reason="starting")
    with house() as script:
        has(ctl(script, "plan", code=1)[1], "does not know this command")
        script.answers["Plan"] = refuse
        has(ctl(script, "plan", code=1)[1], "starting")
        script.answers["Plan"] = {}
        has(ctl(script, "plan", code=3)[1], "the answer has no actions")
        has(ctl(script, "plan", "x", code=2)[1], "'x'")


# ---- calendar

NASTY = [
    "", "每日站会", "\U0001f389 party \U0001f469\U0001f3fd\u200d\U0001f680, at 5; bring \\n and \"cake\"",
    "会" * 300, "a" * 300, "\U0001f600" * 300, "\\" * 100, ",;" * 60, "BEGIN:VEVENT", "x:y=z;VALUE=\"q\"", "trailing \\",
    "blanks  within", *("b" * n + "每日站会" * 30 for n in range(60, 72)),
]
# What a terminal must not see does not get into a file either.
CLEANED = [("two\r\nEND:VCALENDAR\r\nlines", "two  END:VCALENDAR  lines"), ("bell\a, \x1b[31mred\x00", "bell\ufffd, \ufffd[31mred\ufffd"),
           ("\u202ebidi\u2028line", "\ufffdbidi line"), ("tab\tc1\u009b", "tab c1\ufffd")]


def event_of(number, **more):
    return {**STANDUP, "uid": f"站会 2026-11-24 {number}", "revision": number, "reserve_id": str(7000 + number),
            "occurrence": f"站会{number}@20261124T010000Z", "state": "reserved", **more}


def calendar(reservations, env=None):
    """What `calendar` prints: its bytes, and what libical makes of them."""
    with house(ListReservations={"reservations": reservations}) as script:
        done = subprocess.run(command(script.path, "calendar"), capture_output=True, timeout=LIMIT, check=False,
                              stdin=subprocess.DEVNULL, env=environment(**(env or {})))
        expect_equal((done.returncode, done.stderr), (0, b""), "the end of calendar")
        asked = script.parameters("ListReservations")
        expect(len(asked) == 1 and set(asked[0]) == {"since"} and NOW - 31 * DAY < asked[0]["since"] <= NOW - 29 * DAY,
               f"a month back: {asked}")
    read = subprocess.run([os.path.join(BUILD, "tests/lib/read-calendar")], input=done.stdout, capture_output=True, timeout=LIMIT,
                          check=False)
    expect_equal((read.returncode, read.stderr), (0, b""), f"libical's judgement of {done.stdout!r}")
    return done.stdout, json.loads(read.stdout)


def what_the_script_answers_is_what_the_interface_says():
    check_answer(INTERFACES, "io.meetingd.Plan", {"parameters": {"actions": ACTIONS}})
    check_answer(INTERFACES, "io.meetingd.ListReservations", {"parameters": {"reservations": [event_of(1)]}})


def the_calendar_has_what_a_subscriber_needs():
    text, read = calendar([event_of(3)])
    expect_equal(read["properties"], {
        "VERSION": "2.0", "PRODID": read["properties"]["PRODID"], "METHOD": "PUBLISH", "NAME": "meetingd",
        "X-WR-CALNAME": "meetingd", "REFRESH-INTERVAL": "PT15M", "X-PUBLISHED-TTL": "PT15M"}, "the calendar's own")
    has(read["properties"]["PRODID"], "-//meetingd//meetingctl ")
    expect_equal(read["events"], [{
        "UID": "站会 2026-11-24 3@meetingd", "SEQUENCE": 3, "DTSTAMP": NOW - 7, "LAST-MODIFIED": NOW - 7,
        "DTSTART": NOW - 600, "DTEND": NOW + 1200, "STATUS": "CONFIRMED", "SUMMARY": "每日站会",
        "DESCRIPTION": "Link: https://vc.feishu.cn/j/337736498\nMeeting number: 337736498",
        "LOCATION": "https://vc.feishu.cn/j/337736498", "URL": "https://vc.feishu.cn/j/337736498",
        "CONFERENCE": "https://vc.feishu.cn/j/337736498"}], "the event")
    has(text.decode(), local(NOW - 600, "DTSTART:%Y%m%dT%H%M%SZ\r\n"), local(NOW + 1200, "DTEND:%Y%m%dT%H%M%SZ\r\n"))
    has_not(text.decode(), "971024", "applink")


def topics_come_out_as_they_went_in():
    topics = NASTY + [topic for topic, _ in CLEANED]
    text, read = calendar([event_of(number, topic=topic) for number, topic in enumerate(topics)])
    wanted = ["站会", *NASTY[1:], *(cleaned for _, cleaned in CLEANED)]
    expect_equal(len(read["events"]), len(wanted), "events")
    for event, topic in zip(read["events"], wanted):
        expect_equal(event["SUMMARY"], topic, "SUMMARY")
    expect(text.endswith(b"\r\nEND:VCALENDAR\r\n"), "the end")
    lines = text.split(b"\r\n")
    expect_equal(lines.pop(), b"", "behind the last line")
    for line in lines:
        expect(0 < len(line) <= 75 and not any(byte < 32 or byte == 127 for byte in line), f"a line: {line!r}")
        line.decode()  # no character is torn
    expect_equal(lines.count(b"BEGIN:VEVENT"), len(topics), "events")


def the_same_state_gives_the_same_bytes():
    reservations = [event_of(number) for number in range(5)]
    first, _ = calendar(reservations, env={"TZ": "Asia/Shanghai", "LC_ALL": "C"})
    second, _ = calendar(reservations, env={"TZ": "America/New_York", "COLUMNS": "20"})
    expect_equal(first, second, "bytes")


def only_what_exists_and_has_a_time_is_an_event():
    without = {"reserve_id": None, "meeting_no": None, "url": None, "observed_at": None}
    _, read = calendar([
        REVIEW, BY_HAND, event_of(1, state="planned", **without), event_of(2, state="uncertain", **without), event_of(3, start_time=None),
        event_of(4, end_time=NOW - 600), event_of(5, start_time=NOW + 1200, end_time=NOW), event_of(6, end_time=10**15),
        event_of(7, state="deleted", uid=None), event_of(8, meeting_no=None, url=None, observed_at=None),
        event_of(9, url="javascript: alert(1)")])
    expect_equal([event["UID"].split()[-1] for event in read["events"]], ["8@meetingd", "9@meetingd"], "events")
    adopted, odd = read["events"]
    for member in ("URL", "LOCATION", "DESCRIPTION", "CONFERENCE", "LAST-MODIFIED"):
        expect(member not in adopted, f"{member} of one about which nothing is known yet: {adopted}")
    expect("URL" not in odd and odd["LOCATION"] == "javascript: alert(1)", f"no link: {odd}")
    expect_equal(calendar([])[1]["events"], [], "no events")


def an_event_says_whether_it_takes_place():
    states = {"reserved": "CONFIRMED", "live": "CONFIRMED", "ended": "CONFIRMED", "expired": "CONFIRMED",
              "uncertain": "TENTATIVE", "reserving": "TENTATIVE", "failed": "TENTATIVE", "deleted": "CANCELLED"}
    _, read = calendar([event_of(number, state=state) for number, state in enumerate(states)])
    expect_equal([event["STATUS"] for event in read["events"]], list(states.values()), "STATUS")


def an_occurrence_that_was_reserved_anew_is_one_event():
    old, new = event_of(1, state="deleted", revision=4), event_of(2, uid=event_of(1)["uid"], revision=2)
    for both in ([old, new], [new, old]):
        _, read = calendar(both)
        expect_equal([(event["STATUS"], event["SEQUENCE"]) for event in read["events"]], [("CONFIRMED", 2)], "the one that holds")
    later = {**new, "revision": 3}
    for both in ([new, later], [later, new]):
        expect_equal([event["SEQUENCE"] for event in calendar(both)[1]["events"]], [3], "the later one")
    old_daemon = [{k: v for k, v in event_of(n).items() if k not in ("uid", "revision")} for n in (1, 2)]
    _, read = calendar(old_daemon)
    expect_equal([(event["UID"], event.get("SEQUENCE")) for event in read["events"]],
                 [("7001@meetingd", None), ("7002@meetingd", None)], "without uid and revision")


def a_calendar_is_not_half_a_calendar():
    def refuse(_):
        raise Refuse("Unavailable", reason="starting")
    with house(ListReservations=refuse) as script:
        output, errors = ctl(script, "calendar", code=1)
        expect_equal(output, "", "stdout")
        has(errors, "starting")
        has(ctl(script, "calendar", "--json", code=2)[1], "--json")
    expect_equal(ctl("/nonexistent", "calendar", code=3)[0], "", "without a daemon")
    many = [{"reservations": [event_of(100 * s + n) for n in range(100)]} for s in range(3)]
    with house(ListReservations=many) as script:
        output = ctl(script, "calendar")[0]
        expect_equal(output.count("BEGIN:VEVENT"), 300, "of all slices")


TESTS = [
    what_the_script_answers_is_what_the_interface_says,
    the_plan_says_when_what_which_and_why,
    the_month_is_foretold,
    a_plan_of_nothing_says_so,
    a_plan_that_does_not_come_is_told,
    the_calendar_has_what_a_subscriber_needs,
    topics_come_out_as_they_went_in,
    the_same_state_gives_the_same_bytes,
    only_what_exists_and_has_a_time_is_an_event,
    an_event_says_whether_it_takes_place,
    an_occurrence_that_was_reserved_anew_is_one_event,
    a_calendar_is_not_half_a_calendar,
]

if __name__ == "__main__":
    main(TESTS)
