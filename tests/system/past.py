"""What has been: told from the store by the real daemon and the real client, long after the plan has gone."""
import csv
import datetime
import io
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
import past_store  # noqa: E402
from meeting_house import BUILD, INTERFACES, LIMIT, VALGRIND, expect, expect_equal, main, wait_until  # noqa: E402

DAY = past_store.DAY
# Half an hour ago something was over; all of it before the daemon's own memory reaches back, but for a day.
NOW = int(time.time()) - 1800


# With ten, all of it is more than waits in the daemon and the socket.
PEOPLE = 3 if VALGRIND else 10


def make_store(house):
    """Nobody looks at this daemon's memory: there is another one for that."""
    house.start(wrapper=["env"])
    house.stop()


def prepare(house, days=250, people=PEOPLE, daemon=""):
    """A daemon over a store with a plan that nobody has any more."""
    house.configure("", daemon=daemon)
    make_store(house)
    past_store.fill(house.path("meetingd.db"), days, ["old"], people, NOW)
    house.start()


def slices(client, method, member, parameters):
    client.send("io.meetingd." + method, parameters, more=True)
    found = []
    while True:
        answer = client.receive()
        expect("error" not in answer, str(answer))
        found.append(answer["parameters"][member])
        if not answer.get("continues"):
            return found


def lists_come_from_the_store_in_slices(house):
    prepare(house)
    client = house.varlink()
    meetings = slices(client, "ListMeetings", "meetings", {"name": "old"})
    expect_equal([len(part) for part in meetings], [100, 100, 50], "slices")
    starts = [one["start_time"] for part in meetings for one in part]
    expect_equal(starts, sorted(set(starts), reverse=True), "the newest first, none twice")
    expect("participants" not in meetings[0][0], "participants are left out")
    expect_equal(meetings[2][49]["attendees"], PEOPLE, "the figures of who was there are not")
    week = {"name": "old", "since": NOW - 7 * DAY, "until": NOW - 2 * DAY}
    expect_equal(len(house.call("ListMeetings", week)["meetings"]), 6, "of some days, both ends in it")
    reservations = slices(client, "ListReservations", "reservations", {"since": 0})
    starts = [one["start_time"] for part in reservations for one in part]
    expect_equal(len(starts), 250, "reservations")
    expect_equal(starts, sorted(set(starts)), "by start, none twice")
    expect(len(house.call("ListReservations")["reservations"]) <= 2, "without arguments: what is current")
    # It goes on when we do.
    client.send("io.meetingd.GetAttendance", {}, more=True)
    other = house.varlink()
    for _ in range(PEOPLE):  # slices take turns
        expect_equal(len(other.call("GetAttendance", week)["rows"]), 6 * PEOPLE, "another one's question meanwhile")
    rows, continues = [], True
    while continues:
        answer = client.receive()
        rows += answer["parameters"]["rows"]
        continues = answer.get("continues")
    expect_equal(len(rows), 250 * PEOPLE, "all rows")
    expect_equal(len({(row["meeting_id"], row["id"]) for row in rows}), 250 * PEOPLE, "none twice")
    # Whoever goes in the middle takes their question along.
    client.send("io.meetingd.GetAttendance", {}, more=True)
    client.receive()
    client.close()
    first = meetings[-1][-1]
    expect_equal(house.reservation(reserve_id=first["reserve_id"])["name"], "old", "by reserve_id")
    expect_equal(house.reservation(occurrence=first["occurrence"])["reserve_id"], first["reserve_id"], "by occurrence")
    meeting = other.call("GetMeeting", {"meeting_id": first["id"]})["meeting"]
    expect_equal((len(meeting["participants"]), len(meeting["attendance"])), (PEOPLE, PEOPLE), "with who was there")
    expect_equal(other.call("GetMeeting", {"reserve_id": first["reserve_id"]})["meeting"], meeting, "by reserve_id")
    expect_equal(len(other.call("GetAttendance", {"meeting_id": first["id"]})["rows"]), PEOPLE, "of one meeting")
    for method, which in (("GetReservation", {"name": "never"}), ("GetMeeting", {"meeting_id": "1"}),
                          ("GetReservation", {"name": "new", "occurrence": first["occurrence"]}),
                          ("GetAttendance", {"meeting_id": "1"})):
        expect_equal(other.ask(method, which).get("error"), "io.meetingd.NotFound", method)
    expect_equal(other.call("GetAttendance", {"name": "never"})["rows"], [], "a name that nobody had")
    house.stop()


# Of the interface's Attendance.
FIELDS = list(INTERFACES[1].types["Attendance"].fields)


def moment(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()) if text else None


def plain(text):
    """What a cell says, without the apostrophe that keeps it from being a formula."""
    return text[1:] if text[:1] == "'" and text[1:2] in "=+-@" else text


def hold_against(row, cells):
    """A row of the CSV says what the daemon does."""
    for field in ("meeting_id", "name", "occurrence", "id"):
        expect_equal(plain(cells[field]), row.get(field, ""), field)
    for field in ("first_join_time", "final_leave_time"):
        expect_equal(moment(cells[field]), row.get(field), field)
    for field in ("in_meeting_duration", "difference", "devices"):
        expect_equal(cells[field], str(row.get(field, "")), field)
    for field in ("is_host", "is_cohost", "is_external"):
        expect_equal(cells[field], {True: "yes", False: "no", None: ""}[row.get(field)], field)
    expect_equal(cells["user_type"], "lark", "user_type")
    expect_equal(float(cells["share"]), row["share"], "share")
    stays = [tuple(moment(end) if end != ".." else None for end in stay.split("/")) for stay in cells["stays"].split()]
    expect_equal(stays, [(stay["joined"], stay.get("left")) for stay in row["stays"]], "stays")
    expect_equal(cells["roles"], "", "roles")


def the_client_tells_who_was_there(house):
    prepare(house, days=12, people=3)
    database = past_store.connect(house.path("meetingd.db"))
    formulas = ["=1+1", "+49 30", "-7", "@sum", "a,b", 'say "hi"', "two\nlines", "张三"]
    odd = time.strftime("odd@%Y%m%dT%H%M%SZ", time.gmtime(NOW - 3 * DAY))
    past_store.add_reservations(database, [(odd, "odd", NOW - 3 * DAY, NOW - 3 * DAY + 600, "1", "ended")])
    past_store.add_meetings(database, [(100, "9000000000000000001", odd, "1", "odd", NOW - 3 * DAY, NOW - 3 * DAY + 600, 8)])
    past_store.add_attendance(database, [(100, at, text, NOW - 3 * DAY, NOW - 3 * DAY + 600)
                                         for at, text in enumerate(formulas)])
    database.commit()
    database.close()
    for zone in ("UTC", "Asia/Shanghai"):
        for subject in ((), ("old",), ("old", "--since", "-30d"), ("odd",), (odd,), ("9000000000000000001",)):
            code, text, errors = house.ctl("attendance", *subject, "--json")
            expect_equal((code, errors), (0, ""), "attendance --json")
            rows = json.loads(text)["rows"]
            code, text, errors = house.ctl("attendance", *subject, "--csv", env={"TZ": zone})
            expect_equal((code, errors), (0, ""), "attendance --csv")
            lines = list(csv.DictReader(io.StringIO(text, newline="")))
            expect_equal(sorted(lines[0]), sorted(FIELDS), "the fields")
            expect_equal(len(lines), len(rows), "lines")
            for row, cells in zip(rows, lines):
                if "\n" in row["id"]:
                    cells["id"] = row["id"]  # control characters do not reach a terminal
                hold_against(row, cells)
        expect_equal(len(rows), len(formulas), "rows of a meeting")
    cells = [line["id"] for line in lines]
    expect_equal(cells[:4], ["'" + text for text in formulas[:4]], "no formula")
    # They stay for 3600, 3569 and 3538 seconds of an hour.
    for share, count in (("100%", 7), ("99%", 14), ("98.5", 14), ("0%", 21)):
        code, text, _ = house.ctl("attendance", "old", "--min-share", share, "--no-legend")
        expect_equal((code, len(text.splitlines())), (0, count), share)
        code, text, _ = house.ctl("attendance", "old", "--min-share", share, "--json")
        expect_equal((code, len(json.loads(text)["rows"])), (0, count), f"{share} as JSON")
    expect_equal(house.ctl("attendance", "old@monday")[0], 2, "an occurrence is written otherwise")
    other = odd[:-3] + ("01Z" if odd[-3:] == "00Z" else "00Z")
    expect_equal(house.ctl("attendance", other, "--csv", "--no-legend")[:2], (0, ""), "of another one")
    code, text, _ = house.ctl("attendance", "old", "--since", "-3d", "--until", "-2d")
    expect("3 attendances in 1 meeting since" in text or "6 attendances in 2 meetings since" in text, text)
    code, text, _ = house.ctl("attendance", "old", "--since", "-300d", "--until", "-200d")
    expect_equal((code, text.strip()[:18]), (0, "Nobody was there s"), "a plan of before, with nobody in it")
    code, text, errors = house.ctl("attendance", "nobody")
    expect_equal((code, text), (1, ""), "a name that nobody had")
    expect("there is no 'nobody'" in errors, errors)
    for arguments in (("--csv", "--json"), ("--min-share", "101%"), ("--min-share", "x"), ("--since", "never"),
                      ("--since", "today", "--until", "yesterday")):
        expect_equal(house.ctl("attendance", *arguments)[0], 2, str(arguments))
    code, text, _ = house.ctl("history", "old", "--since", "-30d", "--no-legend")
    when = [line[:16] for line in text.splitlines()]
    expect_equal((code, len(when)), (0, 12), "history")
    expect_equal(when, sorted(when, reverse=True), "the newest first")
    expect("ou_host" in text and "1h" in text, text)
    answer = json.loads(house.ctl("history", "--since", "-30d", "--json")[1])
    expect_equal((len(answer["reservations"]), len(answer["meetings"])), (13, 13), "history --json")
    # Of a pipe that nobody reads to the end.
    done = subprocess.run(f"{BUILD}/meetingctl --socket {house.socket} attendance --since 0 --csv | head -2", shell=True,
                          capture_output=True, text=True, timeout=LIMIT, check=False)
    expect_equal((len(done.stdout.splitlines()), done.stderr), (2, ""), "head")
    house.stop()


ADOPTED = """
[reservation wall]
reserve_id = 6911188411932033028
"""


def memory_and_store_are_one_list(house):
    """What goes on now, and what the store has of the same plan."""
    house.simulator.control("POST", "/_sim/reserve", {"id": "6911188411932033028", "meeting_no": "112000358",
                                                      "topic": "Board", "end_time": int(time.time()) + DAY})
    house.configure(ADOPTED)
    house.start(wrapper=["env"])
    house.wait_for_state("reserved", name="wall")
    house.stop()
    database = past_store.connect(house.path("meetingd.db"))
    # The daemon has one of them in memory at its start, as it is the reservation's; the other is the store's alone.
    past_store.add_reservations(database, [("gone", "before", NOW - 2 * DAY, NOW - 2 * DAY + 600, "1", "deleted"),
                                           ("gone#2", "before", NOW - DAY, NOW - DAY + 600, "2", "deleted")])
    past_store.add_meetings(database, [
        (100, "9000000000000000001", "wall", "6911188411932033028", "wall", NOW - 3 * DAY, NOW - 3 * DAY + 600, 1),
        (101, "9000000000000000002", "gone", "1", "wall", NOW - 2 * DAY, NOW - 2 * DAY + 600, 1)])
    database.commit()
    database.close()
    house.start()
    meeting = house.simulator.meeting(action="start", reserve_id="6911188411932033028", host="ou_ann")
    house.simulator.meeting(action="join", meeting_id=meeting["id"], id="ou_bo")
    house.wait_for_state("live", name="wall")
    wait_until(lambda: any(row["id"] == "ou_bo" for row in house.call("GetAttendance", {"name": "wall"})["rows"]),
               "somebody who is in the room")
    listed = [one["id"] for one in house.call("ListMeetings", {"name": "wall"})["meetings"]]
    expect_equal(listed, [meeting["id"], "9000000000000000002", "9000000000000000001"], "one list")
    recent = [one["id"] for one in house.call("ListMeetings", {"since": NOW + 1})["meetings"]]
    expect_equal(recent, [meeting["id"]], "what goes on is in the time")
    past = [one["id"] for one in house.call("ListMeetings", {"name": "wall", "active": False})["meetings"]]
    expect_equal(past, listed[1:], "what is over")
    house.stop()


def one_meeting_may_be_too_much_for_one_message(house):
    house.configure("")
    make_store(house)
    database = past_store.connect(house.path("meetingd.db"))
    start = NOW - 2 * DAY
    past_store.add_reservations(database, [("full", "full", start, start + 9000, "1", "ended"),
                                           ("full#2", "full", start + DAY, start + DAY + 600, "2", "ended")])
    past_store.add_meetings(database, [(1, "1", "full", "1", "full", start, start + 9000, 150)])
    past_store.add_attendance(database, [(1, person, f"ou_{person}", start, start + 1) for person in range(150)])
    database.execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)"
                     " INSERT INTO stays SELECT 1, position, i, ?1 + i * 9, ?1 + i * 9 + 1, ?1 + i * 9 + 2, ?1 + i * 9 + 3"
                     " FROM attendees, n", (start,))
    database.commit()
    database.close()
    house.start()
    expect_equal(house.varlink().ask("GetAttendance", {"meeting_id": "1"}).get("error"),
                 "org.varlink.service.ExpectedMore", "in one message")
    rows = slices(house.varlink(), "GetAttendance", "rows", {"meeting_id": "1"})
    expect_equal([len(part) for part in rows], [100, 50], "in several")
    house.stop()


TESTS = [
    lists_come_from_the_store_in_slices,
    the_client_tells_who_was_there,
    memory_and_store_are_one_list,
    *([] if VALGRIND else [one_meeting_may_be_too_much_for_one_message]),
]

if __name__ == "__main__":
    main(TESTS)
