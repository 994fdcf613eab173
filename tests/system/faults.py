"""Each way in which Feishu, or the road to it, can fail: status says what is wrong, and all is well when the fault is gone."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import APP_ID, expect, expect_equal, local, main, no_secrets, wait_until  # noqa: E402

PLAN = """
[reservation review]
topic = Weekly review
start = {start}
duration = 30min
"""

# What fails -> a word that the health line then has.
POLLS = [
    ({"kind": "never"}, "get_active_meeting"),
    ({"kind": "reset"}, "127.0.0.1"),
    ({"kind": "reset", "part": True}, "127.0.0.1"),
    ({"kind": "close"}, "127.0.0.1"),
    ({"kind": "cut"}, "get_active_meeting"),
    ({"kind": "length", "by": 10}, "get_active_meeting"),
    ({"kind": "garble"}, "get_active_meeting"),
    ({"kind": "large"}, "get_active_meeting"),
    ({"kind": "deep"}, "get_active_meeting"),
    ({"kind": "garbage"}, "get_active_meeting"),
    ({"kind": "answer", "status": 500, "code": 121001, "msg": "internal error"}, "121001"),
    ({"kind": "answer", "status": 503, "body": "no healthy upstream", "content_type": "text/plain"}, "503"),
    ({"kind": "answer", "status": 200, "body": "[]", "content_type": "application/json"}, "JSON"),
    ({"kind": "answer", "status": 200, "json": {"code": "none", "msg": 5}}, "get_active_meeting"),
    ({"kind": "answer", "status": 200, "json": {"code": 0, "data": {"meeting": "x"}}}, "get_active_meeting"),
    ({"kind": "answer", "status": 429, "code": 99991400, "msg": "request trigger frequency limit",
      "headers": {"x-ogw-ratelimit-reset": "1", "x-ogw-ratelimit-limit": "50"}}, "99991400"),
    ({"kind": "answer", "status": 400, "code": 99991400, "msg": "request trigger frequency limit"}, "99991400"),
    ({"kind": "answer", "status": 400, "code": 99991672, "msg": "Access denied. One of the following scopes is required: "
      "[vc:reserve:readonly]"}, "vc:reserve:readonly"),
    ({"kind": "answer", "status": 403, "code": 121005, "msg": "no permission"}, "121005"),
    ({"kind": "answer", "status": 400, "code": 99991401, "msg": "ip 1.2.3.4 is denied by app setting"}, "99991401"),
]


def health(house):
    return house.call("GetStatus")["status"]


def sick(house, word, what):
    """Waits until status says what is wrong; the word is in what a person reads."""
    wait_until(lambda: (lambda s: not s["healthy"] and word in s["health"])(health(house)), f"{word!r} in the health: {what}")
    code, output, errors = house.ctl("status", env={"COLUMNS": "1000"})
    expect_equal(code, 0, errors)
    expect(word in output, f"{word!r} in {output}")


def well(house, what):
    wait_until(lambda: health(house)["healthy"], f"good health after {what}")


def polls_that_fail_are_told_and_heal(house):
    house.configure(PLAN.format(start=local(-60)), app="timeout = 1s")
    house.start()
    house.wait_for_state("reserved", name="review")
    for fault, word in POLLS:
        house.simulator.fault(api="active", count=1000000, **fault)
        sick(house, word, fault)
        house.simulator.fault(clear=True)
        well(house, fault)
    expect_equal(house.reservation(name="review")["state"], "reserved", "state")
    expect_equal(len(house.simulator.requests("apply")), 1, "applies")
    house.stop()
    no_secrets(house.daemon.text())


def answers_that_are_slow_or_in_pieces_are_answers(house):
    house.configure(PLAN.format(start=local(-60)), app="timeout = 20s")
    house.start()
    reserve_id = house.wait_for_state("reserved", name="review")["reserve_id"]
    house.simulator.fault(api="active", count=3, kind="delay", ms=300)
    house.simulator.fault(api="active", count=3, kind="dribble", bytes=7)
    house.simulator.meeting(action="start", reserve_id=reserve_id, host="ou_host")
    house.wait_for_state("live", name="review")
    wait_until(lambda: not house.simulator.control("GET", "/_sim/state")["faults"], "all six")
    expect(health(house)["healthy"], "health")
    house.stop()


def connections_that_fail_are_told_and_heal(house):
    house.configure(PLAN.format(start=local(-60)), app="timeout = 1s")
    house.simulator.control("GET", "/_sim/state")
    for kind in ("never", "reset", "close", "garbage"):
        # From the very start, so that no connection is there to be used again.
        house.simulator.fault(api="connect", count=1000000, kind=kind)
        house.start()
        sick(house, "token: ", kind)
        house.simulator.fault(clear=True)
        house.wait_for_state("reserved", name="review")
        well(house, kind)
        house.stop()
    expect_equal(len(house.simulator.requests("apply")), 1, "applies")


def token_requests_that_fail_are_told_and_heal(house):
    house.configure(PLAN.format(start=local(-60)), app="timeout = 1s")
    for fault, word in (({"kind": "never"}, "token"), ({"kind": "answer", "status": 200, "code": 10014,
                                                        "msg": "app secret invalid"}, "10014"),
                        ({"kind": "answer", "status": 200, "code": 10003, "msg": "invalid param"}, "10003"),
                        ({"kind": "answer", "status": 500, "body": "x", "content_type": "text/plain"}, "500"),
                        ({"kind": "answer", "status": 200, "json": {"code": 0, "msg": "ok"}}, "token")):
        house.simulator.fault(api="token", count=1000000, **fault)
        house.start()
        sick(house, word, fault)
        house.simulator.fault(clear=True)
        house.wait_for_state("reserved", name="review")
        well(house, fault)
        house.stop()
        house.simulator.control("POST", "/_sim/revoke", {})
    expect_equal(len(house.simulator.requests("apply")), 1, "applies")
    no_secrets("".join(daemon.text() for daemon in house.daemons))


def a_token_that_is_always_refused_is_no_loop(house):
    house.configure(PLAN.format(start=local(-60)))
    house.start()
    house.wait_for_state("reserved", name="review")
    house.simulator.fault(api="active", count=1000000, kind="answer", status=400, code=99991663,
                          msg="Invalid access token for authorization.")
    sick(house, "refused the token", "refused tokens")
    refused = [r for r in house.simulator.requests("active") if r["code"] == 99991663]
    # Each attempt is at most one request and one replay, and attempts grow rare.
    expect(len(refused) <= 6, f"{len(refused)} requests with a refused token")
    house.simulator.fault(clear=True)
    well(house, "refused tokens")
    house.stop()


def an_app_without_rights_says_which(house):
    house.simulator.control("POST", "/_sim/app", {"app_id": APP_ID, "scopes": []})
    house.configure(PLAN.format(start=local(-60)))
    house.start()
    sick(house, "vc:reserve", "scopes")
    house.simulator.control("POST", "/_sim/app", {"app_id": APP_ID, "scopes": ["vc:reserve", "vc:reserve:readonly"]})
    house.wait_for_state("reserved", name="review")
    well(house, "scopes")
    house.stop()


def a_quota_that_is_used_up_stops_the_asking(house):
    house.configure(PLAN.format(start=local(-60)))
    house.start()
    house.wait_for_state("reserved", name="review")
    house.simulator.set(quota=1)
    sick(house, "99991403", "quota")
    status = health(house)
    expect(status["apps"][0]["paused_until"], "it says until when")
    asked = len(house.simulator.requests())
    house.call("ListReservations")
    wait_until(lambda: health(house)["uptime"] > status["uptime"] + 1, "two seconds in which it could have asked")
    expect_equal(len(house.simulator.requests()), asked, "requests after the quota was gone")
    expect_equal(house.reservation(name="review")["state"], "reserved", "what is known is served")
    house.stop()


def the_limits_of_the_rate_are_kept(house):
    """A strict Feishu sees no call too many, although far more are wanted."""
    house.simulator.set(rate_per_second=20, rate_per_minute=600, rate_window="sliding")
    plans = "".join(f"[reservation plan {i}]\ntopic = {i}\nstart = {local(-60)}\nduration = 30min\n" for i in range(30))
    house.configure(plans, app="rate_per_second = 20\nrate_per_minute = 600")
    house.start()
    for i in range(30):
        house.wait_for_state("reserved", name=f"plan {i}")
    wait_until(lambda: len(house.simulator.requests("active")) >= 60, "sixty polls")
    expect_equal([r for r in house.simulator.requests() if r["code"] == 99991400], [], "calls over the limit")
    house.stop()


TESTS = [
    polls_that_fail_are_told_and_heal,
    answers_that_are_slow_or_in_pieces_are_answers,
    connections_that_fail_are_told_and_heal,
    token_requests_that_fail_are_told_and_heal,
    a_token_that_is_always_refused_is_no_loop,
    an_app_without_rights_says_which,
    a_quota_that_is_used_up_stops_the_asking,
    the_limits_of_the_rate_are_kept,
]

if __name__ == "__main__":
    main(TESTS)
