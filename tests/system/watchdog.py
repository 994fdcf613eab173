#!/usr/bin/env python3
"""systemd's watchdog is fed while the daemon is alive; a disk that hangs makes it say so, and is no reason to end it."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import BUILD, expect, local, main, wait_until  # noqa: E402

SHIM = os.path.join(BUILD, "tests/lib/crash-shim.so")
PLAN = """
[reservation review]
topic = Weekly review
start = {start}
duration = 30min
"""


def feeds(house):
    return house.notify.lines().count("WATCHDOG=1")


def without_a_watchdog_nothing_is_fed(house):
    house.configure(PLAN.format(start=local(60)))
    house.start()
    wait_until(lambda: any(x.startswith("STATUS=1 reserved") for x in house.notify.lines()), "the reservation")
    house.stop()
    expect(feeds(house) == 0, "no WATCHDOG=1 where nobody asked")


def it_is_fed_without_feishu(house):
    house.configure(PLAN.format(start=local(60)), url="http://127.0.0.1:1")
    house.start(env={"WATCHDOG_USEC": "300000"})
    wait_until(lambda: feeds(house) > 3, "WATCHDOG=1 again and again")
    house.stop()


def another_process_watchdog_is_not_ours(house):
    house.configure(PLAN.format(start=local(60)))
    house.start(env={"WATCHDOG_USEC": "300000", "WATCHDOG_PID": "1"})
    wait_until(lambda: any(x.startswith("STATUS=1 reserved") for x in house.notify.lines()), "the reservation")
    house.stop()
    expect(feeds(house) == 0, "no WATCHDOG=1 for another process")


def a_disk_that_hangs_is_slow_and_not_dead(house):
    house.configure(PLAN.format(start=local(60)))
    hold = house.path("hold")
    house.start(env={
        "WATCHDOG_USEC": "300000", "LD_PRELOAD": SHIM, "CRASH_COUNTER": house.write("counter", "\0\0\0\0"),
        "CRASH_HOW": "hold", "CRASH_AT": "1", "CRASH_HOLD": hold,
        "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"})
    wait_until(lambda: any(x.startswith("STATUS=1 reserved") for x in house.notify.lines()), "the reservation")
    house.write("hold", "")
    house.configure(PLAN.format(start=local(60)) + PLAN.format(start=local(60)).replace("review", "retro"))
    house.call("Reload")  # another plan brings work for the store
    told = wait_until(lambda: [x for x in house.notify.lines() if "its disk is slow or hangs" in x], "STATUS of a slow store")
    expect(house.path("meetingd.db") in told[0], f"the store is named: {told[0]}")
    expect(not house.call("GetStatus")["status"]["healthy"], "not healthy meanwhile")
    expect(house.call("GetStatus")["status"]["store"]["busy_ms"] >= 5000, "busy_ms")
    before = feeds(house)
    wait_until(lambda: feeds(house) > before + 3, "WATCHDOG=1 all the same")
    os.unlink(hold)
    wait_until(lambda: any(x.startswith("STATUS=2 reserved") for x in house.notify.lines()), "STATUS when it is good again")
    wait_until(lambda: "its disk is slow" in house.daemon.text(), "the log's word")
    house.stop()


TESTS = [
    without_a_watchdog_nothing_is_fed,
    it_is_fed_without_feishu,
    another_process_watchdog_is_not_ours,
    a_disk_that_hangs_is_slow_and_not_dead,
]

if __name__ == "__main__":
    main(TESTS)
