#!/usr/bin/env python3
"""How the daemon does with a long past: 20 plans that met daily, by default 20,000 meetings with 50 people each.

    MEETINGD_BUILD=build MEETINGD_SOURCE=. tests/bench/history.py [DAYS [PEOPLE]] [--prune]

It fills a store (which takes a while), starts the real daemon on it, and times questions through the real socket; with
--prune also what is removed where half of that is to be kept, which begins two minutes after the start.
"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
import past_store  # noqa: E402
from meeting_house import House  # noqa: E402

DAY = past_store.DAY
PLANS = [f"plan{number:02}" for number in range(20)]


def memory(house):
    with open(f"/proc/{house.daemon.process.pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmRSS"))


def timed(house, what, method, member, parameters, rounds=50):
    client = house.varlink()
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        count = len(client.call(method, parameters)[member])
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    print(f"{what}: {count} of them in {took[rounds // 2]:.1f} ms (median), {took[-1]:.1f} ms (longest)")
    client.close()


def stream(house):
    """Everything, while somebody else asks short questions."""
    client, other = house.varlink(), house.varlink()
    began, count, continues, most = time.perf_counter(), 0, True, 0
    longest = 0.0
    client.send("io.meetingd.GetAttendance", {}, more=True)
    while continues:
        # Not held against the interface's text here: that takes longer than the daemon does.
        while b"\0" not in client.buffer:
            client.buffer += client.socket.recv(1 << 20)
        text, client.buffer = client.buffer.split(b"\0", 1)
        count += text.count(b'"meeting_id"')
        continues = text.endswith(b'"continues":true}')
        if count % 50000 < 100:
            asked = time.perf_counter()
            other.call("ListMeetings", {"active": True})
            longest = max(longest, (time.perf_counter() - asked) * 1000)
            most = max(most, memory(house))
    took = time.perf_counter() - began
    print(f"all attendance: {count} rows in {took:.1f} s, at most {most} MB; others waited for {longest:.1f} ms at most")


def prune(house, meetings):
    """Half of it goes."""
    database = past_store.connect(house.path("meetingd.db"))
    before = house.call("GetStatus")["status"]["store"]["written"]
    began = None
    left = meetings
    # Some days are over only in the course of this one.
    while left > meetings * 0.51:
        time.sleep(1)
        left = database.execute("SELECT count(*) FROM meetings").fetchone()[0]
        if began is None and left < meetings:
            began, removed = time.perf_counter(), meetings - left
    now = house.call("GetStatus")["status"]["store"]
    print(f"{meetings - left - removed} meetings removed in {time.perf_counter() - began:.0f} s, in {now['written'] - before} "
          f"parts; the longest write took {now['slowest_ms']} ms")
    database.close()


def main():
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    days, people = (numbers + [1000, 50][len(numbers):])[:2]
    house = House(simulator=False)
    try:
        house.configure("", daemon=f"history = {days // 2 if '--prune' in sys.argv else 10 * days + 365}d")
        house.start()
        house.stop()
        path = house.path("meetingd.db")
        now = int(time.time())
        began = time.perf_counter()
        meetings = past_store.fill(path, days, PLANS, people, now - 2 * DAY)
        print(f"{meetings} meetings, {meetings * people} attendances, filled in {time.perf_counter() - began:.0f} s: "
              f"{os.path.getsize(path) / 1e6:.0f} MB")
        began = time.perf_counter()
        house.start()
        print(f"the daemon is ready in {time.perf_counter() - began:.2f} s, with {memory(house)} MB")
        week = {"since": now - days // 2 * DAY, "until": now - (days // 2 - 7) * DAY}
        timed(house, "GetAttendance of a plan's week", "GetAttendance", "rows", {"name": PLANS[7], **week})
        timed(house, "ListMeetings of a week", "ListMeetings", "meetings", week)
        timed(house, "ListReservations of a week", "ListReservations", "reservations", week)
        timed(house, "ListMeetings of a plan's week", "ListMeetings", "meetings", {"name": PLANS[7], **week})
        stream(house)
        if "--prune" in sys.argv:
            prune(house, meetings)
        house.stop()
        print(f"in the end: {os.path.getsize(path) / 1e6:.0f} MB")
    finally:
        house.close()


main()
