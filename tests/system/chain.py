"""The whole chain on the real binaries: file, daemon, simulator, socket, client."""
import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import (OWNER, Varlink, expect, expect_equal, local, main, no_secrets, wait_until)  # noqa: E402

STANDUP = """
[reservation 站会]
topic = 每日站会
start = {start}
duration = 30min
expire_after = 1h
password = 971024
"""


def a_due_plan_is_applied_once_with_exactly_its_fields(house):
    start = local(60)
    house.configure(STANDUP.format(start=start))
    house.start()
    made = house.wait_for_state("reserved", name="站会")
    applies = house.simulator.requests("apply")
    expect_equal(len(applies), 1, "applies")
    body = applies[0]["body"]
    expect_equal(set(body), {"end_time", "owner_id", "meeting_settings"}, "fields of the request")
    expect_equal(body["owner_id"], OWNER, "owner_id")
    expect_equal(body["end_time"], str(made["end_time"] + 3600), "end_time")
    expect_equal(body["meeting_settings"], {"topic": "每日站会", "password": "971024"}, "meeting_settings")
    expect_equal(applies[0]["query"], {"user_id_type": "open_id"}, "query")
    expect_equal(made["expire_time"], made["end_time"] + 3600, "expire_time")
    expect(made["reserve_id"] and made["meeting_no"] and made["url"], "ids of the reservation")
    expect_equal(made["end_time"] - made["start_time"], 1800, "length of the slot")
    house.stop()
    no_secrets(house.daemon.text(), "971024")


EVERY_KEY = """
[reservation group]
topic = 周会
start = {start}
duration = 1h
timezone = Asia/Shanghai
expire_after = 2h
owner_id = on_other
meeting_initial_type = group
auto_record = yes
meeting_connect = yes
password = 0042
assign_host_list = on_a, on_b
action_permission = host user_id allow on_a
action_permission = host user_type deny pstn, sip
action_permission = join tenant_id deny 2ca1d211f64f6438

[reservation call]
topic = Front desk
start = {start}
duration = 10min
timezone = Asia/Shanghai
owner_id = on_other
meeting_initial_type = call
callee_id = on_c
callee_user_type = pstn
callee_nickname = dodo
callee_main_address = +86-02187654321

[reservation bare]
owner_id = on_other
start = {start}
duration = 10min
timezone = Asia/Shanghai
password =
"""


def every_key_of_the_file_goes_out(house):
    start = time.time() + 60
    local_start = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(start + 8 * 3600))
    house.configure(EVERY_KEY.format(start=local_start), app="user_id_type = union_id", poll={"participants": "no"})
    house.start()
    made = {name: house.wait_for_state("reserved", name=name) for name in ("group", "call", "bare")}
    bodies = {request["body"]["end_time"]: request for request in house.simulator.requests("apply")}
    expect_equal({request["query"]["user_id_type"] for request in house.simulator.requests("apply")}, {"union_id"}, "query")
    group = bodies[str(made["group"]["end_time"] + 7200)]["body"]
    expect_equal(group, {
        "end_time": str(int(start) + 3600 + 7200), "owner_id": "on_other",
        "meeting_settings": {
            "topic": "周会", "meeting_initial_type": 1, "auto_record": True, "meeting_connect": True, "password": "0042",
            "assign_host_list": [{"user_type": 1, "id": "on_a"}, {"user_type": 1, "id": "on_b"}],
            "action_permissions": [
                {"permission": 1, "permission_checkers": [
                    {"check_field": 1, "check_mode": 1, "check_list": ["on_a"]},
                    {"check_field": 2, "check_mode": 2, "check_list": ["6", "7"]}]},
                {"permission": 3, "permission_checkers": [
                    {"check_field": 3, "check_mode": 2, "check_list": ["2ca1d211f64f6438"]}]}]}}, "group")
    settings = [r["body"]["meeting_settings"] for r in house.simulator.requests("apply")]
    expect({"topic": "Front desk", "meeting_initial_type": 2, "call_setting": {"callee": {
        "id": "on_c", "user_type": 6, "pstn_sip_info": {"nickname": "dodo", "main_address": "+86-02187654321"}}}} in settings,
        f"call: {settings}")
    expect({"password": ""} in settings, f"what is not written is not sent, and an empty password is: {settings}")
    # participants = no
    house.simulator.meeting(action="start", reserve_id=made["group"]["reserve_id"], host="ou_host")
    house.wait_for_state("live", name="group")
    expect_equal({r["query"].get("with_participants", "false") for r in house.simulator.requests("active")}, {"false"}, "polls")
    meeting = house.call("GetMeeting", {"reserve_id": made["group"]["reserve_id"]})["meeting"]
    expect_equal((meeting.get("in_meeting"), meeting.get("participants")), (None, None), "what was not asked for is not known")
    house.stop()
    no_secrets(house.daemon.text(), "0042")


def a_meeting_arrives_unchanged(house):
    house.configure(STANDUP.format(start=local(-60)))
    house.start()
    reserve_id = house.wait_for_state("reserved", name="站会")["reserve_id"]
    sim = house.simulator
    sim.meeting(action="start", reserve_id=reserve_id, host="ou_host")
    sim.meeting(action="join", reserve_id=reserve_id, id="ou_host", user_type=1)
    sim.meeting(action="join", reserve_id=reserve_id, id="ou_guest", user_type=1, is_external=True)
    sim.meeting(action="join", reserve_id=reserve_id, id="omm_room", user_type=2)
    sim.meeting(action="leave", reserve_id=reserve_id, id="ou_guest")
    sim.meeting(action="ability", reserve_id=reserve_id, use_share_screen=True, use_video=True)

    def seen():
        meetings = house.call("ListMeetings", {"active": True})["meetings"]
        return meetings and meetings[0].get("in_meeting") == 2 and meetings[0]["ability"].get("use_share_screen") and meetings[0]
    listed = wait_until(seen, "the meeting with two in the room")
    code, output, errors = house.ctl("--json", "participants", "站会")
    expect_equal(code, 0, f"meetingctl: {errors}")
    shown = json.loads(output)["meeting"]
    truth = [m for m in sim.control("GET", "/_sim/state")["meetings"] if m["reserve_id"] == reserve_id][0]
    expect_equal(shown["id"], truth["id"], "meeting id")
    expect_equal(shown["status"], 2, "status")
    expect_equal(shown["host_user"], {"id": "ou_host", "user_type": 1}, "host")
    expect_equal(shown["participant_count"], 3, "participant_count is the peak")
    expect_equal(shown["in_meeting"], 2, "in_meeting")
    expect_equal(shown["peak"], 3, "peak")
    people = {p["id"]: p for p in shown["participants"]}
    expect_equal(set(people), {"ou_host", "ou_guest", "omm_room"}, "participants")
    expect_equal([people[i]["status"] for i in ("ou_host", "ou_guest", "omm_room")], [2, 4, 2], "statuses")
    expect(people["ou_host"]["is_host"] and people["ou_guest"]["is_external"], "marks")
    expect_equal(people["omm_room"]["user_type"], 2, "user_type")
    expect_equal({k for k, v in shown["ability"].items() if v}, {"use_share_screen", "use_video"}, "abilities")
    expect_equal(listed["phase"], "live", "phase")
    expect(not listed["stale"], "fresh figures are not stale")
    sim.meeting(action="end", reserve_id=reserve_id)
    ended = house.wait_for_state("reserved", name="站会")
    expect_equal(ended["meetings"], [truth["id"]], "meetings of the reservation")
    last = house.call("GetMeeting", {"reserve_id": reserve_id})["meeting"]
    expect_equal((last["id"], last["status"]), (truth["id"], 3), "the meeting that ended")
    house.stop()


def each_form_of_no_meeting_is_taken(house):
    house.configure(STANDUP.format(start=local(-60)))
    house.start()
    reserve_id = house.wait_for_state("reserved", name="站会")["reserve_id"]
    for form in ("404", "empty", "null", "absent", "empty_id", "status3"):
        house.simulator.set(no_active=form)
        house.simulator.meeting(action="start", reserve_id=reserve_id, host="ou_host")
        house.wait_for_state("live", name="站会")
        house.simulator.meeting(action="end", reserve_id=reserve_id)
        house.wait_for_state("reserved", name="站会")
    expect_equal(len(house.reservation(name="站会")["meetings"]), 6, "meetings one after another")
    house.stop()


def both_shapes_of_get_active_meeting_are_taken(house):
    house.configure(STANDUP.format(start=local(-60)))
    house.simulator.set(active_shape="beside")
    house.start()
    reserve_id = house.wait_for_state("reserved", name="站会")["reserve_id"]
    house.simulator.meeting(action="start", reserve_id=reserve_id, host="ou_host")
    house.simulator.meeting(action="join", reserve_id=reserve_id, id="ou_host", user_type=1)
    wait_until(lambda: house.call("GetStatus")["status"]["counts"]["participants"] == 1, "one in the room")
    house.stop()


def killed_and_restarted_it_does_not_reserve_again(house):
    house.configure(STANDUP.format(start=local(60)))
    house.start()
    first = house.wait_for_state("reserved", name="站会")
    house.simulator.meeting(action="start", reserve_id=first["reserve_id"], host="ou_host")
    house.wait_for_state("live", name="站会")
    meeting = house.call("GetMeeting", {"reserve_id": first["reserve_id"]})["meeting"]
    # What a look tells is shown before the store has it.
    wait_until(lambda: house.call("GetStatus")["status"]["store"]["waiting"] == 0, "all that was seen in the store")
    house.daemon.end(signal.SIGKILL)
    # Feishu is away when it comes back: the last known meeting is served at once, with its age.
    house.simulator.fault(api="any", kind="reset", count=100000)
    house.start()
    again = house.call("GetMeeting", {"reserve_id": first["reserve_id"]})["meeting"]
    expect_equal((again["id"], again["observed_at"] >= meeting["observed_at"]), (meeting["id"], True), "last known meeting")
    expect_equal(house.reservation(name="站会")["reserve_id"], first["reserve_id"], "reserve_id")
    house.simulator.fault(clear=True)
    wait_until(lambda: house.call("GetMeeting", {"reserve_id": first["reserve_id"]})["meeting"]["observed_at"]
               > again["observed_at"], "a fresh look")
    expect_equal(len(house.simulator.requests("apply")), 1, "applies")
    house.stop()


def an_apply_without_an_answer_is_uncertain_and_repeated_once(house):
    house.configure(STANDUP.format(start=local(60)))
    house.simulator.fault(api="apply", kind="reset", acted=True, count=1)
    house.start()
    made = house.wait_for_state("reserved", name="站会")
    expect_equal(len(house.simulator.requests("apply")), 2, "applies")
    expect("second" in made["problem"]["message"], f"the problem tells of a second one: {made['problem']}")
    expect_equal(len(house.simulator.control("GET", "/_sim/state")["reservations"]), 2, "what Feishu has")
    house.stop()


def held_it_stays_uncertain_across_a_restart(house):
    house.configure(STANDUP.format(start=local(60)), daemon="on_uncertain = hold")
    house.simulator.fault(api="apply", kind="reset", acted=True, count=1)
    house.start()
    house.wait_for_state("uncertain", name="站会")
    house.stop()
    house.start()
    expect_equal(house.reservation(name="站会")["state"], "uncertain", "state")
    wait_until(lambda: house.call("GetStatus")["status"]["uptime"] >= 2, "two seconds in which it could have repeated")
    expect_equal(len(house.simulator.requests("apply")), 1, "applies")
    expect(not house.call("GetStatus")["status"]["healthy"], "an uncertain reservation wants attention")
    house.stop()


def killed_while_the_answer_is_on_its_way_it_is_uncertain(house):
    house.configure(STANDUP.format(start=local(60)), daemon="on_uncertain = hold")
    house.simulator.fault(api="apply", kind="never", acted=True, count=1)
    house.start()
    wait_until(lambda: house.simulator.requests("apply"), "the apply at Feishu")
    house.daemon.end(signal.SIGKILL)
    house.start()
    found = house.wait_for_state("uncertain", name="站会")
    expect("nobody knows" in found["problem"]["message"], "the problem says so")
    expect_equal(len(house.simulator.requests("apply")), 1, "applies")
    house.stop()


def a_refused_apply_is_told_and_not_repeated(house):
    house.configure(STANDUP.format(start=local(60)))
    house.simulator.fault(api="apply", kind="answer", status=400, code=121003, msg="param error", count=1000)
    house.start()
    failed = house.wait_for_state("failed", name="站会")
    expect_equal(failed["problem"]["code"], 121003, "code")
    expect(failed["problem"].get("log_id"), "log id")
    expect_equal(len(house.simulator.requests("apply")), 1, "applies")
    house.stop()


def a_revoked_token_is_renewed_once(house):
    house.configure(STANDUP.format(start=local(-60)))
    house.start()
    house.wait_for_state("reserved", name="站会")
    before = len(house.simulator.requests("token"))
    house.simulator.control("POST", "/_sim/revoke", {})
    polled = len(house.simulator.requests("active"))
    wait_until(lambda: len(house.simulator.requests("active")) > polled + 5, "polls after the token died")
    expect_equal(len(house.simulator.requests("token")), before + 1, "token requests")
    expect(house.call("GetStatus")["status"]["healthy"], "all is well again")
    house.stop()


def an_adopted_reservation_is_followed_and_never_written(house):
    made = house.simulator.control("POST", "/_sim/reserve", {"id": "6911188411932033028", "topic": "Board room"})
    reserve_id = made.get("id") or made["reserve"]["id"]
    house.configure(f"[reservation board]\nreserve_id = {reserve_id}\n")
    house.start()
    wait_until(lambda: house.reservation(name="board").get("meeting_no"), "what get tells")
    expect_equal(house.reservation(name="board")["topic"], "Board room", "topic")
    house.simulator.meeting(action="start", reserve_id=reserve_id, host="ou_host")
    house.wait_for_state("live", name="board")
    writes = [r for r in house.simulator.requests() if r["api"] in ("apply", "update", "delete")]
    expect_equal(writes, [], "writes")
    house.stop()


def watchers_get_a_snapshot_and_then_each_change(house):
    house.configure(STANDUP.format(start=local(-60)))
    house.start()
    reserve_id = house.wait_for_state("reserved", name="站会")["reserve_id"]
    watcher = house.varlink()
    watcher.send("io.meetingd.Monitor", {"name": "站会"}, more=True)
    first = watcher.receive()
    expect(first["continues"], "more to come")
    expect_equal(first["parameters"]["event"]["kind"], "snapshot", "kind")
    expect_equal(len(first["parameters"]["event"]["reservations"]), 1, "reservations of the snapshot")
    house.simulator.meeting(action="start", reserve_id=reserve_id, host="ou_host")
    house.simulator.meeting(action="join", reserve_id=reserve_id, id="ou_a", user_type=1)
    kinds, sequence = [], first["parameters"]["event"]["sequence"]

    def next_event():
        nonlocal sequence
        event = watcher.receive()["parameters"]["event"]
        expect(event["sequence"] > sequence, "sequences grow")
        sequence = event["sequence"]
        kinds.append(event["kind"])
        if event["kind"] in ("meeting_started", "meeting_ended"):
            goes_on, reservation = event["kind"] == "meeting_started", event["reservation"]
            expect_equal((reservation["state"], reservation["phase"] == "live", event["meeting"]["phase"] == "live"),
                         ("live" if goes_on else "reserved", goes_on, goes_on), f"how things are after {event['kind']}")
            expect_equal(reservation["meetings"], [event["meeting"]["id"]], "its meetings")
        return event
    while "participant_joined" not in kinds:
        event = next_event()
    expect_equal(event["participant"]["id"], "ou_a", "who joined")
    row = event["attendance"]
    expect_equal((row["meeting_id"], row["id"], row["devices"], len(row["stays"])), (event["meeting"]["id"], "ou_a", 1, 1), "row")
    expect_equal(row["stays"][0]["joined"], event["participant"]["first_join_time"], "Feishu's time")
    house.simulator.meeting(action="host", reserve_id=reserve_id, id="ou_a")
    while kinds[-1] != "meeting_changed" or not any(change["field"] == "host_user" for change in event["changes"]):
        event = next_event()
    changes = {(change["field"], change.get("participant", {}).get("id")): change for change in event["changes"]}
    expect_equal((changes["host_user", None]["before"], changes["host_user", None]["after"]), ("ou_host", "ou_a"), "host_user")
    expect_equal((changes["is_host", "ou_a"]["before"], changes["is_host", "ou_a"]["after"]), ("false", "true"), "is_host")
    meeting = house.call("GetMeeting", {"reserve_id": reserve_id})["meeting"]
    expect_equal([(row["id"], row["roles"][0]["role"]) for row in meeting["attendance"]], [("ou_a", "host")], "attendance")
    expect_equal((meeting["attendees"], meeting["by_user_type"]), (1, {"1": 1}), "attendees")
    house.simulator.meeting(action="end", reserve_id=reserve_id)
    while "meeting_ended" not in kinds:
        next_event()
    expect(kinds.index("meeting_started") < kinds.index("participant_joined") < kinds.index("meeting_ended"), f"order: {kinds}")
    house.stop()
    house.start()
    expect(house.call("GetStatus")["status"]["sequence"] >= sequence, "sequences grow across a restart")
    house.stop()


def two_apps_have_two_tokens(house):
    house.simulator.control("POST", "/_sim/app", {"app_id": "cli_b0b0b0b0b0b0b0b0", "app_secret": "sim-secret-b"})
    house.write("secret-b", "sim-secret-b\n", 0o600)
    house.configure(STANDUP.format(start=local(60)) + f"""
[app b]
base_url = {house.simulator.url}
app_id = cli_b0b0b0b0b0b0b0b0
app_secret_file = {house.path("secret-b")}
owner_id = ou_b

[reservation other]
app = b
topic = other
start = {local(60)}
duration = 10min
""")
    house.start()
    house.wait_for_state("reserved", name="站会")
    house.wait_for_state("reserved", name="other")
    expect_equal({r["app"] for r in house.simulator.requests("apply")}, {"cli_9f5343c580712544", "cli_b0b0b0b0b0b0b0b0"}, "apps")
    house.stop()


def a_disk_that_is_full_stops_what_cannot_be_written_down(house):
    """No request leaves whose intent could not be written."""
    house.configure(STANDUP.format(start=local(60)))
    house.start(wrapper=["sh", "-c", "ulimit -f 0; trap '' XFSZ; exec \"$@\"", "sh"], wait=False)
    code = house.daemon.process.wait(60)
    expect_equal(code, 1, "exit code where the store cannot even be made")
    expect_equal(house.simulator.requests("apply"), [], "applies")


TESTS = [
    a_due_plan_is_applied_once_with_exactly_its_fields,
    every_key_of_the_file_goes_out,
    a_meeting_arrives_unchanged,
    each_form_of_no_meeting_is_taken,
    both_shapes_of_get_active_meeting_are_taken,
    killed_and_restarted_it_does_not_reserve_again,
    an_apply_without_an_answer_is_uncertain_and_repeated_once,
    held_it_stays_uncertain_across_a_restart,
    killed_while_the_answer_is_on_its_way_it_is_uncertain,
    a_refused_apply_is_told_and_not_repeated,
    a_revoked_token_is_renewed_once,
    an_adopted_reservation_is_followed_and_never_written,
    watchers_get_a_snapshot_and_then_each_change,
    two_apps_have_two_tokens,
    a_disk_that_is_full_stops_what_cannot_be_written_down,
]

if __name__ == "__main__":
    main(TESTS)
