"""Meetings that nobody saw: found afterwards at the simulator, by the real daemon."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import expect, expect_equal, main, wait_until  # noqa: E402

# Its name's look into the history comes within a second or two.
ADOPTED = """
[reservation wall]
reserve_id = 6911188411932033028
"""


def adopt(house):
    house.simulator.control("POST", "/_sim/reserve", {
        "id": "6911188411932033028", "meeting_no": "112000358", "topic": "Board", "end_time": int(time.time()) + 86400})


def hold(house):
    """A meeting that has been, with somebody in it."""
    meeting = house.simulator.meeting(action="start", reserve_id="6911188411932033028", host="ou_ann")
    for person in ("ou_ann", "ou_bo"):
        house.simulator.meeting(action="join", meeting_id=meeting["id"], id=person)
    house.simulator.meeting(action="end", meeting_id=meeting["id"])
    return meeting["id"]


def a_meeting_held_while_the_daemon_was_away_is_found(house):
    adopt(house)
    held = hold(house)
    house.configure(ADOPTED, poll={"idle": "1h"})
    house.start()
    wait_until(lambda: any(one["id"] == held for one in house.call("ListMeetings")["meetings"]), "the meeting")
    found = house.call("GetMeeting", {"meeting_id": held})["meeting"]
    expect_equal((found["status"], found["name"], found["in_meeting"]), (3, "wall", 0), "the meeting")
    expect_equal(sorted(one["id"] for one in found["participants"]), ["ou_ann", "ou_bo"], "who was there")
    expect(found["end_time"] > 0 and found["ability"] is not None, str(found))
    wait_until(lambda: house.reservation(name="wall")["meetings"] == [held], "the meeting under its reservation")
    expect_equal(len(house.simulator.requests("list_by_no")), 1, "lists")
    expect_equal(len(house.simulator.requests("meeting")), 1, "details")


def the_last_figures_of_a_meeting_are_read(house):
    adopt(house)
    house.configure(ADOPTED)
    house.start()
    house.wait_for_state("reserved", name="wall")
    meeting = house.simulator.meeting(action="start", reserve_id="6911188411932033028", host="ou_ann")
    house.wait_for_state("live", name="wall")
    house.simulator.meeting(action="end", meeting_id=meeting["id"])
    wait_until(lambda: house.call("GetMeeting", {"meeting_id": meeting["id"]})["meeting"].get("end_time"), "its end")
    expect_equal(len(house.simulator.requests("meeting")), 1, "details")


def without_the_scope_it_is_told_once(house):
    adopt(house)
    house.simulator.control("POST", "/_sim/app", {
        "app_id": "cli_9f5343c580712544", "scopes": ["vc:reserve", "vc:reserve:readonly"]})
    meeting = house.simulator.meeting(action="start", reserve_id="6911188411932033028", host="ou_ann")
    house.configure(ADOPTED)
    house.start()
    house.wait_for_state("live", name="wall")
    house.simulator.meeting(action="end", meeting_id=meeting["id"])
    house.wait_for_state("reserved", name="wall")
    wait_until(lambda: "vc:meeting:readonly" in house.daemon.text(), "the log")
    looks = len(house.simulator.requests("active"))
    wait_until(lambda: len(house.simulator.requests("active")) > looks + 5, "more looks")
    asked = len(house.simulator.requests("meeting")) + len(house.simulator.requests("list_by_no"))
    # Two may have been on their way before the first was answered.
    expect(1 <= asked <= 2, f"{asked} questions")
    expect_equal(house.daemon.text().count("cannot be found afterwards"), 1, "lines of the log")
    expect(house.call("GetStatus")["status"]["healthy"], "the daemon is well")


TESTS = [
    a_meeting_held_while_the_daemon_was_away_is_found,
    the_last_figures_of_a_meeting_are_read,
    without_the_scope_it_is_told_once,
]

if __name__ == "__main__":
    main(TESTS)
