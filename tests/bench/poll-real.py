"""The real daemon at full load against the simulator's strict windows, by the real clock.

    MEETINGD_BUILD=build python3 tests/bench/poll-real.py [MINUTES] [MEETINGS]

So many meetings that the configured intervals ask for more than Feishu lets through. Prints how near to the allowed rate the
looks came, and how many calls the simulator refused for it; windows are sliding, the strictest there are. Exit code: 1 where
there was one, or less than 98 % were used.
"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import House, local, wait_until  # noqa: E402

PER_MINUTE = 1000


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    meetings = int(sys.argv[2]) if len(sys.argv) > 2 else 250
    house = House("--set", "rate_window=sliding", "--records", "200000")
    start = local(30)
    plans = "".join(f"[reservation plan-{number}]\nstart = {start}\nduration = 2h\n" for number in range(meetings))
    house.configure(plans, daemon="", poll={"live": "10s", "starting": "10s"})
    try:
        house.start()

        def count(api):
            return house.simulator.control("GET", "/_sim/state")["counts"][api]

        wait_until(lambda: count("apply") >= meetings, "the reservations", limit=120)
        wait_until(lambda: count("active") >= 2 * meetings, "the first looks", limit=120)
        before, began = count("active"), time.monotonic()
        time.sleep(minutes * 60)
        after, took = count("active"), time.monotonic() - began
        refused = [one for one in house.simulator.requests() if one["code"] == 99991400]
        share = 100 * (after - before) / took * 60 / PER_MINUTE
        print(f"{meetings} meetings, {took / 60:.1f} minutes: {after - before} looks, {share:.2f} % of the allowed rate; "
              f"{len(refused)} calls refused for the rate")
        return 1 if refused or share < 98 else 0
    finally:
        house.stop()
        house.close()


if __name__ == "__main__":
    sys.exit(main())
