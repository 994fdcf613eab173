"""How calls are spent: the month's quota, and why a meeting is looked at as it is."""
import os
import re
import signal
import sys

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import expect, expect_equal, local, main, wait_until  # noqa: E402

PLAN = """
[reservation standup]
topic = Standup
start = {start}
duration = 30min
"""
USUAL = {"live": "10s", "starting": "10s", "idle": "5min", "overdue": "30s", "cooling": "2min"}


def quota(house):
    return house.call("GetQuota")["quota"]


def counted_at_feishu(house):
    quotas = house.simulator.control("GET", "/_sim/state")["quota"]
    return sum(quotas.values())


def every_call_is_counted_and_outlives_restarts(house):
    house.configure(PLAN.format(start=local(60)), app="monthly_calls = 10000")
    house.start()
    house.wait_for_state("reserved", name="standup")
    wait_until(lambda: quota(house)["apps"][0]["by_api"].get("get_active_meeting", 0) >= 5, "looks")
    by_api = quota(house)["apps"][0]["by_api"]
    expect_equal((by_api["token"], by_api["apply"]), (1, 1), "token and apply")
    house.stop()
    before = counted_at_feishu(house)
    house.start()
    app = quota(house)["apps"][0]
    expect(app["used"] >= before, f"{app} after an orderly end, and {before} at Feishu")
    # Each that is counted arrives, and no other is.
    wait_until(lambda: counted_at_feishu(house) >= app["used"], f"as many calls at Feishu: {app}")
    wait_until(lambda: quota(house)["apps"][0]["by_api"]["get_active_meeting"] >= 10, "more looks")
    house.daemon.end(signal.SIGKILL)
    house.daemon = None
    before = counted_at_feishu(house)
    house.start()
    app = quota(house)["apps"][0]
    # A block of 20, and what a call that is under way may need.
    expect(before <= app["used"] <= before + 60, f"{app}, and {before} at Feishu, after kill -9")
    plan = quota(house)["plans"][0]
    expect_equal((plan["name"], plan["app"]), ("standup", "default"), "plan")
    expect(0 < plan["used"] <= app["used"] and plan["forecast"] > plan["used"], str(plan))


def a_small_month_stretches_and_is_never_overspent(house):
    house.configure(PLAN.format(start=local(60)), app="monthly_calls = 60\nmonthly_share = 100%")
    house.start()
    house.wait_for_state("reserved", name="standup")
    wait_until(lambda: quota(house)["apps"][0]["stretch_now"] > 1, "a stretch")
    code, output, _ = house.ctl("quota")
    expect_equal(code, 0, "quota")
    expect("Limit: 60, 100% of the tenant's 60" in re.sub(r" +", " ", output) and "Stretched" in output, output)
    expect("standup" in output and "apply 1" in output, output)
    code, output, _ = house.ctl("explain", "standup")
    expect_equal(code, 0, "explain")
    expect("stretched" in output and "meetingctl quota" in output, output)
    expect(counted_at_feishu(house) <= 60, "overspent")


def what_feishu_says_of_the_month_is_told(house):
    house.configure(PLAN.format(start=local(60)))
    house.start()
    house.wait_for_state("reserved", name="standup")
    house.simulator.set(quota=1)
    wait_until(lambda: house.call("GetStatus")["status"]["apps"][0].get("paused_until"), "a pause")
    polls = len(house.simulator.requests("active"))
    held = house.call("Explain", {"name": "standup"})["explanation"]["held_back"]
    expect("99991403" in held, held)
    code, output, _ = house.ctl("explain", "standup")
    expect("Held back" in output, output)
    expect_equal(len(house.simulator.requests("active")), polls, "calls while the month is used up")


def explain_tells_phase_interval_and_calls(house):
    house.configure(PLAN.format(start=local(60)), poll=USUAL)
    house.start()
    made = house.wait_for_state("reserved", name="standup")
    explained = house.call("Explain", {"occurrence": made["occurrence"]})["explanation"]
    expect_equal((explained["phase"], explained["state"]), ("starting", "reserved"), "phase and state")
    expect_equal((explained["configured_interval"], explained["interval"], explained["stretch"]), (10000, 10000, 1),
                 "interval")
    expect("its slot is about to begin; [poll] starting = 10s" == explained["reason"], explained["reason"])
    expect(explained["calls"] >= 1 and explained["next_poll_at"] > 0, str(explained))
    expect("held_back" not in explained, str(explained))
    code, output, _ = house.ctl("explain", "standup")
    expect_equal(code, 0, "explain")
    for word in ("starting", "Interval", "10s", "Next look", "spent on it"):
        expect(word in output, output)
    code, _, errors = house.ctl("explain", "standpu")
    expect_equal(code, 1, "explain of what is not there")
    expect("standup" in errors, errors)
    code, _, errors = house.ctl("explain", "6911188411932033028")
    expect_equal(code, 2, "explain of an id")


TESTS = [
    every_call_is_counted_and_outlives_restarts,
    a_small_month_stretches_and_is_never_overspent,
    what_feishu_says_of_the_month_is_told,
    explain_tells_phase_interval_and_calls,
]

if __name__ == "__main__":
    main(TESTS)
