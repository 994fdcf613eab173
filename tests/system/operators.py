"""The five operations of Feishu's API by hand, and the settling of what is uncertain: meetingctl, daemon, simulator."""
import json
import os
import select
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import (APP_ID, OWNER, Failure, Skip, expect, expect_equal, local, main, no_secrets, wait_until)  # noqa: E402

EVERY_SETTING = [
    "--topic", "周会 & more", "--meeting-initial-type", "group", "--auto-record", "yes", "--meeting-connect", "no",
    "--password", "-", "--assign-host-list", "ou_a, ou_b",
    "--action-permission", "host user_id allow ou_a, ou_b", "--action-permission", "host user_type deny pstn",
    "--action-permission", "join tenant_id deny 2ca1d211f64f6438",
]


def ask(house, *arguments, **more):
    """meetingctl --json; the reply's parameters."""
    code, output, errors = house.ctl("--json", *arguments, **more)
    expect_equal(code, 0, f"meetingctl {arguments}: {errors}")
    return json.loads(output)


def last_body(house, api):
    return house.simulator.requests(api)[-1]["body"]


def begin(house, plans="", **more):
    house.configure(plans, **more)
    house.start()


def reserve(house, *settings, **more):
    return ask(house, "reserve", "--end-time", "+2h", *settings, **more)["reservation"]


def every_setting_goes_out_as_it_was_given(house):
    begin(house)
    end_time = int(time.time()) + 7200
    made = ask(house, "reserve", "--end-time", str(end_time), *EVERY_SETTING, input="971024\n")["reservation"]
    request = house.simulator.requests("apply")[-1]
    expect_equal(request["query"], {"user_id_type": "open_id"}, "query")
    expect_equal(request["body"], {
        "end_time": str(end_time), "owner_id": OWNER,
        "meeting_settings": {
            "topic": "周会 & more", "meeting_initial_type": 1, "auto_record": True, "meeting_connect": False,
            "password": "971024",
            "assign_host_list": [{"user_type": 1, "id": "ou_a"}, {"user_type": 1, "id": "ou_b"}],
            "action_permissions": [
                {"permission": 1, "permission_checkers": [
                    {"check_field": 1, "check_mode": 1, "check_list": ["ou_a", "ou_b"]},
                    {"check_field": 2, "check_mode": 2, "check_list": ["6"]}]},
                {"permission": 3, "permission_checkers": [
                    {"check_field": 3, "check_mode": 2, "check_list": ["2ca1d211f64f6438"]}]}]}}, "body")
    expect_equal((made["state"], made.get("name"), made["expire_time"]), ("reserved", None, end_time), "the reservation")
    expect_equal(made["password"], "971024", "an operator sees the password")
    house.stop()
    no_secrets(house.daemon.text(), "971024")


def a_call_goes_out_with_its_callee(house):
    begin(house)
    reserve(house, "--meeting-initial-type", "call", "--callee-user-type", "pstn", "--callee-id", "ou_c",
            "--callee-nickname", "dodo", "--callee-main-address", "+86-02187654321")
    expect_equal(last_body(house, "apply")["meeting_settings"],
                 {"meeting_initial_type": 2, "call_setting": {"callee": {
                     "id": "ou_c", "user_type": 6,
                     "pstn_sip_info": {"nickname": "dodo", "main_address": "+86-02187654321"}}}}, "settings")
    reserve(house, "--meeting-initial-type", "call", "--callee-main-address", "+86-13800000000")
    expect_equal(last_body(house, "apply")["meeting_settings"]["call_setting"]["callee"],
                 {"user_type": 6, "pstn_sip_info": {"main_address": "+86-13800000000"}}, "a callee with its number alone")
    code, _, errors = house.ctl("update", "6911188411932033028", "--callee-nickname", "x")
    expect_equal(code, 2, "a callee is changed as a whole")
    expect("--callee-main-address" in errors, errors)
    house.stop()


def nothing_is_begun_that_would_wait_for_long(house):
    begin(house)
    made = reserve(house)
    house.simulator.fault(api="any", kind="answer", status=429, code=99991403, msg="quota", count=1)
    expect_equal(house.ctl("get", made["reserve_id"])[0], 1, "the quota is gone")
    asked = len([r for r in house.simulator.requests() if r["api"] != "active"])
    for arguments in (["reserve", "--end-time", "+2h"], ["get", made["reserve_id"]], ["delete", made["reserve_id"]]):
        code, _, errors = house.ctl(*arguments)
        expect_equal(code, 1, f"{arguments}")
        expect("held back" in errors and "status" in errors, errors)
    expect_equal(len([r for r in house.simulator.requests() if r["api"] != "active"]), asked, "what was asked meanwhile")
    expect_equal(len(house.call("ListReservations")["reservations"]), 1, "no intent is left behind")
    house.stop()


def what_feishu_did_not_say_is_no_refusal_of_its(house):
    begin(house)
    house.simulator.fault(api="get", kind="reset", count=1000)  # a read is repeated where its connection was an old one
    reply = house.varlink().ask("FetchReservation", {"reserve_id": "6911188411932033028"})
    expect_equal(reply["error"], "io.meetingd.Unavailable", "error")
    reply = house.varlink().ask("FetchReservation", {"reserve_id": ""})
    expect_equal((reply["error"], reply["parameters"]), ("org.varlink.service.InvalidParameter", {"parameter": "reserve_id"}),
                 "no id")
    house.stop()


def what_is_made_by_hand_is_followed_and_remembered(house):
    begin(house)
    made = reserve(house, "--topic", "By hand")
    sim = house.simulator
    sim.meeting(action="start", reserve_id=made["reserve_id"], host="ou_host")
    sim.meeting(action="join", reserve_id=made["reserve_id"], id="ou_host", user_type=1)
    house.wait_for_state("live", reserve_id=made["reserve_id"])
    house.stop()
    house.start()
    again = house.reservation(reserve_id=made["reserve_id"])
    expect_equal((again["topic"], len(again["meetings"])), ("By hand", 1), "after a restart")
    expect_equal(len(sim.requests("apply")), 1, "applies")
    code, output, _ = house.ctl("list")
    expect(code == 0 and "By hand" in output, f"list shows it: {output}")
    house.stop()


def update_changes_what_is_given_and_nothing_else(house):
    begin(house)
    made = reserve(house, "--topic", "Before", "--auto-record", "yes")
    changed = ask(house, "update", made["reserve_id"], "--topic", "After", "--assign-host-list", "")["reservation"]
    request = house.simulator.requests("update")[-1]
    expect_equal(request["method"], "PUT", "method")
    expect_equal(request["body"], {"meeting_settings": {"topic": "After", "assign_host_list": []}}, "body")
    expect_equal((changed["topic"], changed["meeting_settings"]["auto_record"]), ("After", True), "settings")
    end_time = int(time.time()) + 10000
    changed = ask(house, "update", made["reserve_id"], "--end-time", str(end_time))["reservation"]
    expect_equal(last_body(house, "update"), {"end_time": str(end_time)}, "body")
    expect_equal(changed["expire_time"], end_time, "expire_time")
    code, _, errors = house.ctl("update", made["reserve_id"], "--meeting-connect", "yes")
    expect_equal(code, 2, f"meeting_connect cannot be updated: {errors}")
    expect_equal(len(house.simulator.requests("update")), 2, "updates")
    house.stop()


def hosts_that_are_not_taken_are_shown_until_they_are_mended(house):
    begin(house)
    house.simulator.control("POST", "/_sim/user", {"open_id": "ou_gone", "standing": "absent"})
    made = reserve(house, "--assign-host-list", "ou_a, ou_gone")
    expect_equal(made["invalid_host_id_list"], ["ou_gone"], "invalid_host_id_list")
    expect("ou_gone" in made["problem"]["message"], "problem")
    expect("ou_gone" in house.ctl("show", made["reserve_id"])[1], "show tells")
    expect(not house.call("GetStatus")["status"]["healthy"], "health")
    mended = ask(house, "update", made["reserve_id"], "--assign-host-list", "ou_a")["reservation"]
    expect_equal((mended["invalid_host_id_list"], mended.get("problem")), ([], None), "after the update")
    house.stop()


def get_and_active_ask_feishu_now(house):
    begin(house, poll={"idle": 0})
    sim = house.simulator
    made = reserve(house)
    code, _, errors = house.ctl("active", made["reserve_id"])
    expect_equal(code, 1, "no meeting yet")
    expect("no meeting is in progress" in errors, errors)
    sim.meeting(action="start", reserve_id=made["reserve_id"], host="ou_host")
    sim.meeting(action="join", reserve_id=made["reserve_id"], id="ou_host", user_type=1)
    asked = len(sim.requests("active"))
    meeting = ask(house, "active", made["reserve_id"])["meeting"]
    expect_equal(sim.requests("active")[asked]["query"], {"user_id_type": "open_id", "with_participants": "false"}, "query")
    expect_equal(meeting["status"], 2, "status")
    meeting = ask(house, "active", made["reserve_id"], "--with-participants")["meeting"]
    expect_equal(sim.requests("active")[-1]["query"], {"user_id_type": "open_id", "with_participants": "true"}, "query")
    expect_equal([p["id"] for p in meeting["participants"]], ["ou_host"], "participants")
    expect_equal(house.reservation(reserve_id=made["reserve_id"])["state"], "live", "what was seen is recorded")
    got = ask(house, "get", made["reserve_id"])["reservation"]
    expect_equal(got["reserve_user_id"], OWNER, "reserve_user_id")
    # One that was made elsewhere, and is on no record.
    other = sim.control("POST", "/_sim/reserve", {"topic": "Elsewhere"})
    other_id = other.get("id") or other["reserve"]["id"]
    expect_equal(ask(house, "get", other_id)["reservation"]["topic"], "Elsewhere", "topic")
    house.stop()


def delete_is_recorded(house):
    begin(house)
    made = reserve(house, "--topic", "Short-lived")
    gone = ask(house, "delete", made["reserve_id"])["reservation"]
    expect_equal(gone["state"], "deleted", "state")
    expect_equal(house.simulator.requests("delete")[-1]["query"], {}, "query")
    code, _, errors = house.ctl("delete", made["reserve_id"])
    expect_equal(code, 1, "once is enough")
    expect("121004" in errors, errors)
    house.stop()


def a_refusal_reaches_the_terminal(house):
    begin(house)
    house.simulator.fault(api="apply", kind="answer", status=400, code=121003, msg="param error")
    code, output, errors = house.ctl("reserve", "--end-time", "+2h")
    expect_equal((code, output), (1, ""), "refused")
    request = house.simulator.requests("apply")[-1]
    for part in ("121003", "param error", request["log_id"], "check"):
        expect(part in errors, f"{part!r} in {errors!r}")
    expect_equal(house.call("ListReservations")["reservations"], [], "what was surely not made is not kept")
    house.simulator.control("POST", "/_sim/app", {"app_id": APP_ID, "scopes": ["vc:reserve:readonly"]})
    code, _, errors = house.ctl("reserve", "--end-time", "+2h")
    expect_equal(code, 1, "no scope")
    expect("99991672" in errors and "vc:reserve" in errors, f"the scope that is missing: {errors}")
    house.stop()


def settle(house, topic):
    """An uncertain reservation by hand; its name, and the id under which Feishu has it."""
    house.simulator.fault(api="apply", kind="reset", acted=True)
    code, _, errors = house.ctl("reserve", "--end-time", "+2h", "--topic", topic)
    expect_equal(code, 1, "uncertain")
    expect("nobody knows" in errors and "resolve" in errors, errors)
    occurrence = next(word for word in errors.split() if word.startswith("@")).rstrip(",;.")
    state = house.simulator.control("GET", "/_sim/state")["reservations"]
    made = [r for r in state if r["meeting_settings"].get("topic") == topic]
    expect_equal(len(made), 1, f"what Feishu has: {state}")
    return occurrence, made[0]["id"]


def an_uncertain_one_is_settled_by_its_reserve_id(house):
    begin(house)
    occurrence, reserve_id = settle(house, "Lost")
    expect_equal(house.reservation(occurrence=occurrence)["state"], "uncertain", "it is found by the word it got")
    expect("Lost" in house.ctl("show", occurrence)[1], "show")
    code, _, errors = house.ctl("resolve", occurrence, "--as", "6911188411932033999")
    expect_equal(code, 1, "an id that Feishu does not know")
    expect("121004" in errors, errors)
    other = reserve(house)["reserve_id"]
    code, _, errors = house.ctl("resolve", occurrence, "--as", other)
    expect_equal(code, 1, "somebody else's")
    found = ask(house, "resolve", occurrence, "--as", reserve_id)["reservation"]
    expect_equal((found["state"], found["reserve_id"], found.get("problem")), ("reserved", reserve_id, None), "settled")
    code, _, errors = house.ctl("resolve", occurrence, "--drop")
    expect_equal(code, 1, "not uncertain any more")
    expect("not uncertain" in errors, errors)
    house.simulator.meeting(action="start", reserve_id=reserve_id, host="ou_host")
    house.wait_for_state("live", reserve_id=reserve_id)
    expect_equal(len(house.simulator.requests("apply")), 2, "applies")
    house.stop()


def or_by_another_try_or_given_up(house):
    begin(house)
    occurrence, _ = settle(house, "Again")
    found = ask(house, "resolve", occurrence, "--retry")["reservation"]
    expect_equal(found["state"], "reserved", "state")
    expect("second" in found["problem"]["message"], "it says that two may exist")
    occurrence, _ = settle(house, "Given up")
    found = ask(house, "resolve", occurrence, "--drop")["reservation"]
    expect_equal(found["state"], "deleted", "state")
    expect_equal(len(house.simulator.requests("apply")), 3, "applies")
    for arguments in ([occurrence], [occurrence, "--drop", "--retry"], ["--drop"]):
        expect_equal(house.ctl("resolve", *arguments)[0], 2, f"usage: {arguments}")
    code, _, errors = house.ctl("resolve", "nobody@20261123T013000Z", "--drop")
    expect_equal(code, 1, "no such thing")
    house.stop()


def a_held_plan_is_settled_like_any_other(house):
    house.simulator.fault(api="apply", kind="reset", acted=True)
    begin(house, f"[reservation 站会]\ntopic = 每日站会\nstart = {local(60)}\nduration = 30min\n",
          daemon="on_uncertain = hold")
    held = house.wait_for_state("uncertain", name="站会")
    reserve_id = house.simulator.control("GET", "/_sim/state")["reservations"][0]["id"]
    ask(house, "resolve", held["occurrence"], "--as", reserve_id)
    expect_equal(house.reservation(name="站会")["state"], "reserved", "state")
    expect_equal(len(house.simulator.requests("apply")), 1, "applies")
    house.stop()


def what_an_operator_left_behind_is_told_to_nobody_and_kept(house):
    """A client that goes away does not stop what it asked for."""
    begin(house)
    house.simulator.fault(api="apply", kind="delay", ms=300)
    client = house.varlink()
    client.send("io.meetingd.Reserve", {"end_time": int(time.time()) + 7200, "meeting_settings": {"topic": "Left"}})
    wait_until(lambda: house.simulator.requests("apply"), "the apply")
    client.close()
    wait_until(lambda: [r for r in house.call("ListReservations")["reservations"] if r["state"] == "reserved"], "reserved")
    house.stop()


def others_may_look_but_not_touch(house):
    if os.geteuid() != 0:
        raise Skip("only root can become somebody else")
    begin(house)
    made = reserve(house, "--password", "-", input="918273\n")
    os.chmod(house.directory, 0o755)
    os.chmod(house.socket, 0o666)
    script = ("import json, os, socket, sys\n"
              "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
              "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(sys.argv[2].encode() + b'\\0')\n"
              "b = b''\n"
              "while b'\\0' not in b:\n"
              "    b += s.recv(65536) or sys.exit('closed')\n"
              "print(b.split(b'\\0')[0].decode())\n")

    def as_nobody(method, **parameters):
        done = subprocess.run([sys.executable, "-c", script, house.socket,
                               json.dumps({"method": "io.meetingd." + method, "parameters": parameters})],
                              capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise Failure(done.stderr)
        return json.loads(done.stdout)

    seen = as_nobody("GetReservation", reserve_id=made["reserve_id"])["parameters"]["reservation"]
    expect_equal(seen["reserve_id"], made["reserve_id"], "reading")
    expect(not seen.get("password") and "918273" not in json.dumps(seen), "passwords are for operators")
    expect("actions" in as_nobody("Plan")["parameters"], "what is planned may be read")
    # The first look finds no meeting, and a get settles what that means.
    wait_until(lambda: house.simulator.requests("get"), "the first look")
    before = len(house.simulator.requests())
    for method, parameters in (
            ("Reserve", {"end_time": 1, "meeting_settings": {}}),
            ("UpdateReservation", {"reserve_id": made["reserve_id"], "end_time": 1}),
            ("DeleteReservation", {"reserve_id": made["reserve_id"]}),
            ("FetchReservation", {"reserve_id": made["reserve_id"]}),
            ("FetchActiveMeeting", {"reserve_id": made["reserve_id"]}),
            ("ResolveReservation", {"occurrence": "x", "drop": True}),
            ("TestHook", {"name": "x"}),
            ("Reload", {"force": True})):
        expect_equal(as_nobody(method, **parameters).get("error"), "org.varlink.service.PermissionDenied", method)
    expect_equal([r for r in house.simulator.requests()[before:] if r["api"] not in ("active", "list_by_no")], [], "what reached Feishu")
    house.stop()


def only_so_many_wait_for_feishu(house):
    begin(house, app="rate_per_second = 1000\nrate_per_minute = 100000")
    house.simulator.fault(api="get", kind="never", count=1000)
    clients = [house.varlink() for _ in range(300)]
    for client in clients:
        client.send("io.meetingd.FetchReservation", {"reserve_id": "6911188411932033028"})
    answered = wait_until(lambda: len(ready := select.select(clients, [], [], 1)[0]) >= 44 and ready, "who comes too late")
    expect_equal(len(answered), 44, "refused")
    for client in answered:
        reply = client.receive()
        expect_equal(reply["error"], "io.meetingd.Unavailable", "error")
        expect("in flight" in reply["parameters"]["reason"], str(reply))
    house.call("GetStatus")
    expect_equal(house.daemon.text().count("the most there may be"), 1, "told once")
    for client in clients:
        client.close()
    house.stop()


TESTS = [
    every_setting_goes_out_as_it_was_given,
    a_call_goes_out_with_its_callee,
    nothing_is_begun_that_would_wait_for_long,
    what_feishu_did_not_say_is_no_refusal_of_its,
    what_is_made_by_hand_is_followed_and_remembered,
    update_changes_what_is_given_and_nothing_else,
    hosts_that_are_not_taken_are_shown_until_they_are_mended,
    get_and_active_ask_feishu_now,
    delete_is_recorded,
    a_refusal_reaches_the_terminal,
    an_uncertain_one_is_settled_by_its_reserve_id,
    or_by_another_try_or_given_up,
    a_held_plan_is_settled_like_any_other,
    what_an_operator_left_behind_is_told_to_nobody_and_kept,
    others_may_look_but_not_touch,
    only_so_many_wait_for_feishu,
]

if __name__ == "__main__":
    main(TESTS)
