"""What an edit of the file does at Feishu, and nothing else: the real daemon, reloaded by meetingctl, against the simulator
that records each request."""
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import BUILD, LIMIT, expect, expect_equal, main, wait_until  # noqa: E402

HOUR, DAY = 3600, 86400
# Tomorrow at 10:00: within create_ahead, and nothing begins meanwhile.
START = (int(time.time()) // DAY + 1) * DAY + 10 * HOUR
WRITES = ("apply", "update", "delete")


def section(name, start=START, **keys):
    keys = {"topic": name, "duration": "30min", "create_ahead": "3d", **keys}
    if start:
        keys["start"] = time.strftime("%Y-%m-%d %H:%M", time.gmtime(start))
    return f"\n[reservation {name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())


def write(house, *sections):
    house.configure("".join(sections), poll={"idle": "0"})


def is_quiet(house):
    """Nothing is due, nothing is on its way, and what came of it is stored and shown."""
    if any(action["at"] < time.time() + 60 for action in house.call("Plan")["actions"]):
        return False
    status = house.call("GetStatus")["status"]
    return status["store"]["waiting"] == 0 and all(app["waiting"] == app["under_way"] == 0 for app in status["apps"])


def writes(house):
    """What was written to Feishu since the last time, by API."""
    # What is stored when it is asked for is shown when it is asked for again.
    wait_until(lambda: is_quiet(house) and is_quiet(house), "quiet")
    requests = {api: house.simulator.requests(api) for api in WRITES}
    house.simulator.control("POST", "/_sim/forget", {})
    return {api: found for api, found in requests.items() if found}


def begin(house, *sections):
    write(house, *sections)
    house.start()
    return writes(house)


def reload(house, *sections, force=False, code=0):
    """Writes the file anew and has it read; (what was written to Feishu, what meetingctl said)."""
    write(house, *sections)
    done = house.ctl("reload", *(["--force"] if force else []))
    expect_equal(done[0], code, f"exit code of reload: {done}")
    return writes(house), done[2] if code else done[1]


def id_of(request):
    return request["path"].rsplit("/", 1)[1].split("?")[0]


def only_update(made, reserve_id, body):
    """One PUT with this body, and nothing else."""
    expect_equal(list(made), ["update"], f"only an update: {made}")
    expect_equal([(id_of(request), request["body"]) for request in made["update"]], [(reserve_id, body)], "the update")


def at_feishu(house):
    """What Feishu has, by id."""
    return {r["id"]: r for r in house.simulator.control("GET", "/_sim/state")["reservations"] if not r["deleted"]}


def calendar(house):
    """What libical reads in `meetingctl calendar`."""
    done = house.ctl("calendar")
    expect_equal((done[0], done[2]), (0, ""), "the end of calendar")
    read = subprocess.run([os.path.join(BUILD, "tests/lib/read-calendar")], input=done[1], capture_output=True, text=True,
                          timeout=LIMIT, check=False)
    expect_equal((read.returncode, read.stderr), (0, ""), "libical's judgement")
    return json.loads(read.stdout)["events"]


def steady(reservation):
    """What does not change by being looked at."""
    return {key: value for key, value in reservation.items() if key not in ("observed_at", "next_poll_at", "stale", "phase")}


# ---- updates

def an_edited_topic_is_one_put_of_the_topic(house):
    begin(house, section("a", auto_record="yes", password="971024"), section("b"))
    before, other = house.reservation(name="a"), steady(house.reservation(name="b"))
    made, said = reload(house, section("a", topic="新的题目", auto_record="yes", password="971024"), section("b"))
    only_update(made, before["reserve_id"], {"meeting_settings": {"topic": "新的题目"}})
    for word in ("update", "a@", "topic"):
        expect(word in said, f"{word!r} in {said!r}")
    after = house.reservation(name="a")
    expect_equal((after["topic"], after["reserve_id"], after["meeting_no"], after["url"], after["state"]),
                 ("新的题目", before["reserve_id"], before["meeting_no"], before["url"], "reserved"), "what is shown")
    expect_equal(steady(house.reservation(name="b")), other, "the other plan's")
    made, said = reload(house, section("a", topic="新的题目", auto_record="yes", password="971024"), section("b"))
    expect_equal(made, {}, "the same file")
    expect("Nothing" in said, f"nothing is to be done: {said!r}")


def what_feishu_forgets_in_an_update_is_sent_again(house):
    """Feishu's pages disagree on whether settings that are not in an update stay."""
    house.simulator.set(update="replace")
    begin(house, section("a", auto_record="yes", assign_host_list="ou_a"))
    reserve_id = house.reservation(name="a")["reserve_id"]

    def has_all(topic):
        settings = at_feishu(house)[reserve_id]["meeting_settings"]
        return settings.get("topic") == topic and settings.get("auto_record") is True and settings.get("assign_host_list")
    write(house, section("a", topic="one", auto_record="yes", assign_host_list="ou_a"))
    expect_equal(house.ctl("reload")[0], 0, "reload")
    wait_until(lambda: has_all("one"), "all settings at Feishu")
    made = writes(house)
    expect_equal(list(made), ["update"], "only updates")
    expect_equal(len(made["update"]), 2, "the topic, then all")
    # It is remembered, over a restart too.
    house.stop()
    write(house, section("a", topic="two", auto_record="yes", assign_host_list="ou_a"))
    house.start()
    made = writes(house)
    expect(has_all("two"), f"all at once: {made}")
    expect_equal([len(made[api]) for api in made], [1], "one update")


def a_moved_time_keeps_the_number(house):
    begin(house, section("a"), section("daily", rrule="FREQ=DAILY;COUNT=2"))
    before = house.reservation(name="a")
    days = house.call("ListReservations", {"name": "daily"})["reservations"]
    made, _ = reload(house, section("a", START + 90 * 60), section("daily", rrule="FREQ=DAILY;COUNT=2"))
    only_update(made, before["reserve_id"], {"end_time": str(START + 3 * HOUR)})
    after = house.reservation(name="a")
    expect_equal((after["start_time"], after["end_time"], after["expire_time"], after["meeting_no"]),
                 (START + 90 * 60, START + 2 * HOUR, START + 3 * HOUR, before["meeting_no"]), "what is shown")
    expect_equal(after["occurrence"], time.strftime("a@%Y%m%dT%H%M%SZ", time.gmtime(START + 90 * 60)), "occurrence")
    # A one-off may go to another day; of a rule each day keeps its own.
    made, _ = reload(house, section("a", START + DAY), section("daily", START + HOUR, rrule="FREQ=DAILY;COUNT=2"))
    expect_equal(sorted((id_of(request), request["body"]) for request in made.pop("update")),
                 sorted([(before["reserve_id"], {"end_time": str(START + DAY + 90 * 60)})] +
                        [(day["reserve_id"], {"end_time": str(day["end_time"] + 2 * HOUR)}) for day in days]), "updates")
    expect_equal(made, {}, "nothing else")


def a_key_that_is_gone_goes_back_to_neutral(house):
    begin(house, section("a", auto_record="yes", password="971024", assign_host_list="ou_a"))
    reserve_id = house.reservation(name="a")["reserve_id"]
    made, _ = reload(house, section("a", password="971024"))
    only_update(made, reserve_id, {"meeting_settings": {"auto_record": False, "assign_host_list": []}})
    made, _ = reload(house, section("a"))
    expect_equal(made, {}, "a password cannot be taken back")
    expect("password" in house.reservation(name="a")["problem"]["message"], f"it is told: {house.reservation(name='a')}")


def an_edit_meets_a_create_on_its_way(house):
    write(house, section("a"))
    house.simulator.fault(api="apply", kind="delay", ms=700)
    house.start()
    wait_until(lambda: house.reservation(name="a")["state"] == "reserving", "the apply on its way")
    made, _ = reload(house, section("a", topic="later"))
    expect_equal([len(made[api]) for api in ("apply", "update")], [1, 1], f"one each: {made}")
    expect_equal(made["update"][0]["body"], {"meeting_settings": {"topic": "later"}}, "the update")
    expect_equal([r["meeting_settings"]["topic"] for r in at_feishu(house).values()], ["later"], "at Feishu")


def what_was_edited_meanwhile_is_done_at_the_start(house):
    begin(house, section("a"), section("b"), section("c"))
    ids = {name: house.reservation(name=name)["reserve_id"] for name in "abc"}
    house.stop()
    write(house, section("a", topic="edited"), section("c"), section("d"))
    house.start()
    made = writes(house)
    expect_equal([(id_of(request), request["body"]) for request in made["update"]],
                 [(ids["a"], {"meeting_settings": {"topic": "edited"}})], "update")
    expect_equal([id_of(request) for request in made["delete"]], [ids["b"]], "delete")
    expect_equal([request["body"]["meeting_settings"]["topic"] for request in made["apply"]], ["d"], "apply")


# ---- another one, or none

def another_owner_is_another_reservation(house):
    begin(house, section("a"))
    before = house.reservation(name="a")
    made, said = reload(house, section("a", owner_id="ou_b"))
    expect_equal([request["body"]["owner_id"] for request in made.pop("apply")], ["ou_b"], "apply")
    expect_equal([id_of(request) for request in made.pop("delete")], [before["reserve_id"]], "delete")
    expect_equal(made, {}, "nothing else")
    for word in ("create", "delete"):
        expect(word in said, f"{word!r} in {said!r}")
    after = house.reservation(name="a")
    expect(after["state"] == "reserved" and after["meeting_no"] != before["meeting_no"], f"a new number: {after}")
    expect_equal([r["reserve_user_id"] for r in at_feishu(house).values()], ["ou_b"], "at Feishu")


def a_renamed_section_keeps_its_reservations(house):
    begin(house, section("a"), section("daily", rrule="FREQ=DAILY;COUNT=2"), section("other"))
    before = house.call("ListReservations")["reservations"]
    made, _ = reload(house, section("甲", topic="a"), section("每天", topic="daily", rrule="FREQ=DAILY;COUNT=2"), section("other"))
    expect_equal(made, {}, "writes")
    after = house.call("ListReservations")["reservations"]
    expect_equal({r["reserve_id"] for r in after}, {r["reserve_id"] for r in before}, "ids")
    expect_equal(sorted((r["name"], r["occurrence"].split("@")[0]) for r in after),
                 sorted([("甲", "甲"), ("每天", "每天"), ("每天", "每天"), ("other", "other")]), "names")


def what_is_taken_out_is_deleted_or_kept(house):
    begin(house, section("a"), section("b", on_remove="keep"), section("c"))
    ids = {name: house.reservation(name=name)["reserve_id"] for name in "abc"}
    made, said = reload(house, section("c"))
    expect_equal([id_of(request) for request in made.pop("delete")], [ids["a"]], "delete")
    expect_equal(made, {}, "nothing else")
    expect("delete" in said, f"it is said: {said!r}")
    expect_equal(house.reservation(reserve_id=ids["a"])["state"], "deleted", "a")
    expect_equal(house.reservation(reserve_id=ids["b"])["state"], "reserved", "b")
    expect_equal(set(at_feishu(house)), {ids["b"], ids["c"]}, "at Feishu")


def one_that_is_gone_already_is_deleted(house):
    begin(house, section("a"), section("b"))
    reserve_id = house.reservation(name="a")["reserve_id"]
    house.simulator.fault(api="delete", kind="answer", status=404, code=121004, msg="reserve not exist")
    made, _ = reload(house, section("b"))
    expect_equal([id_of(request) for request in made["delete"]], [reserve_id], "delete, once")
    found = house.reservation(reserve_id=reserve_id)
    expect_equal((found["state"], found.get("problem")), ("deleted", None), "state and problem")


def a_meeting_is_not_cut_off(house):
    begin(house, section("a"), section("b"))
    reserve_id = house.reservation(name="a")["reserve_id"]
    house.simulator.meeting(action="start", reserve_id=reserve_id)
    write(house, section("b"))
    expect_equal(house.ctl("reload")[0], 0, "reload")
    wait_until(lambda: house.reservation(reserve_id=reserve_id)["state"] == "live", "the meeting was seen")
    expect_equal(house.simulator.requests("delete"), [], "deletes")
    house.simulator.meeting(action="end", reserve_id=reserve_id)
    wait_until(lambda: house.reservation(reserve_id=reserve_id)["state"] == "deleted", "deleted after it")


def two_plans_with_one_topic_are_two(house):
    begin(house, section("a", topic="same"), section("b", topic="same"))
    a, b = house.reservation(name="a"), house.reservation(name="b")
    expect(a["reserve_id"] != b["reserve_id"] and a["meeting_no"] != b["meeting_no"], f"two: {a}, {b}")
    made, _ = reload(house, section("a", topic="same", auto_record="yes"), section("b", topic="same"))
    only_update(made, a["reserve_id"], {"meeting_settings": {"auto_record": True}})
    # Neither is taken for the other's new name.
    made, _ = reload(house, section("b", topic="same"))
    expect_equal([id_of(request) for request in made.pop("delete")], [a["reserve_id"]], "delete")
    expect_equal(made, {}, "nothing else")
    expect_equal(house.reservation(name="b")["reserve_id"], b["reserve_id"], "b")


def a_file_that_lost_most_of_it_is_refused(house):
    names = [f"p{i}" for i in range(12)]
    begin(house, *map(section, names))
    made, said = reload(house, section("p0"), code=1)
    expect_equal(made, {}, "writes")
    expect("--force" in said and "11" in said, f"what to do: {said!r}")
    expect_equal(len(at_feishu(house)), 12, "at Feishu")
    expect_equal(house.reservation(name="p7")["state"], "reserved", "state")
    made, _ = reload(house, section("p0"), force=True)
    expect_equal((list(made), len(made["delete"])), (["delete"], 11), "deletes")
    expect_equal(len(at_feishu(house)), 1, "at Feishu")


def an_adopted_one_is_never_written(house):
    elsewhere = house.simulator.control("POST", "/_sim/reserve", {"topic": "board"})["id"]

    def adopted(**keys):
        return "\n[reservation board]\n" + "".join(f"{key} = {value}\n" for key, value in {"reserve_id": elsewhere, **keys}.items())
    expect_equal(begin(house, adopted(), section("a"))["apply"][0]["body"]["meeting_settings"]["topic"], "a", "only the plan's")
    start = time.strftime("%Y-%m-%d %H:%M", time.gmtime(START))
    for sections in ([adopted(start=start, duration="1h"), section("a")], [section("a")], [adopted(), section("a")]):
        made, _ = reload(house, *sections)
        expect_equal(made, {}, f"writes for {sections}")
    expect_equal(house.reservation(reserve_id=elsewhere)["name"], "board", "it is followed again")
    expect_equal(house.ctl("calendar")[0], 0, "calendar")


# ---- standing

def a_standing_plan_has_one_number(house):
    made = begin(house, section("room", rrule="FREQ=DAILY", link="standing"), section("few", rrule="FREQ=DAILY;COUNT=3", link="standing"))
    expect_equal(len(made["apply"]), 2, "one apply for each plan")
    ends = {request["body"]["meeting_settings"]["topic"]: int(request["body"]["end_time"]) for request in made["apply"]}
    now = time.time()
    expect(now + 30 * DAY - 2 * HOUR < ends["room"] <= now + 30 * DAY - HOUR + 60, f"as late as Feishu takes: {ends['room'] - now}")
    expect_equal(ends["few"], START + 2 * DAY + 90 * 60, "the last occurrence's")

    def rows(start=START):
        """create_ahead says how far they are shown; each time it is the next slot that comes first."""
        found = house.call("ListReservations", {"name": "room"})["reservations"]
        expect_equal({r["reserve_id"] for r in found}, {house.reservation(name="room")["reserve_id"]}, "one id")
        expect_equal({r["meeting_no"] for r in found}, {house.reservation(name="room")["meeting_no"]}, "one number")
        return [r["start_time"] for r in found] == [start + day * DAY for day in range(len(found))] and len(found) > 1
    wait_until(rows, "a row for each occurrence")
    expect_equal(len(at_feishu(house)), 2, "at Feishu")
    renewals = [action for action in house.call("Plan")["actions"] if action["action"] == "renew"]
    expect_equal([action["name"] for action in renewals], ["room"], "what is renewed")
    expect(now + 14 * DAY < renewals[0]["at"] < now + 16 * DAY, f"in time: {renewals}")
    # Of another time, the same one.
    made, _ = reload(house, section("room", START + HOUR, rrule="FREQ=DAILY", link="standing"),
                     section("few", rrule="FREQ=DAILY;COUNT=3", link="standing"))
    expect_equal(made, {}, "writes")
    wait_until(lambda: rows(START + HOUR), "its time")
    # A file that says the same, and a restart, change nothing about it.
    expect_equal(reload(house, section("room", START + HOUR, rrule="FREQ=DAILY", link="standing"),
                        section("few", rrule="FREQ=DAILY;COUNT=3", link="standing"))[0], {}, "writes")
    wait_until(lambda: rows(START + HOUR), "the same rows", 5)
    house.stop()
    house.start()
    wait_until(lambda: rows(START + HOUR), "the same rows", 5)
    expect_equal(writes(house), {}, "writes")
    uids = [event["UID"] for event in calendar(house) if event["SUMMARY"] == "room"]
    expect(len(uids) > 1 and len(set(uids)) == len(uids), f"an event for each: {uids}")


# ---- what people see

def the_plan_looks_ahead(house):
    later = START + 10 * DAY
    begin(house, section("a"), section("站会", later, create_ahead="1d"))
    code, said, _ = house.ctl("plan", env={"COLUMNS": "80"})
    lines = said.splitlines()
    expect_equal((code, lines[2:3]), (0, [""]), f"one line of one action: {said!r}")
    for word in (time.strftime("%Y-%m-%d %H:%M", time.gmtime(later - DAY)), "create", "站会@"):
        expect(word in lines[1], f"{word!r} in {lines[1]!r}")
    expect("1 action, 1 API call; 0 calls in the next 24h." in lines[3], f"the sum: {lines[3]!r}")
    expect("calls this month" in said and "monthly_calls" in said, f"the month: {said!r}")
    reload(house, section("a"))
    expect("Nothing to do" in house.ctl("plan")[1], "nothing")


def the_calendar_follows(house):
    begin(house, section("a", topic="每日, 站会", password="971024"), section("b"))
    house.stop()
    house.start()
    first = {event["SUMMARY"]: event for event in calendar(house)}
    expect_equal(set(first), {"每日, 站会", "b"}, "events")
    a, shown = first["每日, 站会"], house.reservation(name="a")
    expect_equal((a["DTSTART"], a["DTEND"], a["URL"], a["STATUS"]), (START, START + 30 * 60, shown["url"], "CONFIRMED"), "a")
    expect(shown["meeting_no"] in a["DESCRIPTION"] and "971024" not in str(first), "the number, and no password")
    expect_equal(calendar(house), list(first.values()), "the same again")
    reload(house, section("a", START + HOUR, topic="moved"), section("b"))
    moved = next(event for event in calendar(house) if event["SUMMARY"] == "moved")
    expect_equal((moved["UID"], moved["DTSTART"], moved["URL"]), (a["UID"], START + HOUR, a["URL"]), "the same event")
    expect(moved["SEQUENCE"] > a["SEQUENCE"], f"sequence: {a['SEQUENCE']}, {moved['SEQUENCE']}")
    # Another reservation in its place is the same event still; what was deleted is called off.
    reload(house, section("a", START + HOUR, topic="moved", owner_id="ou_b"))

    def events():
        found = {event["UID"]: event for event in calendar(house)}
        called_off = found[first["b"]["UID"]]["STATUS"] == "CANCELLED"
        return found if called_off and found[a["UID"]]["URL"] != a["URL"] else None
    found = wait_until(events, "another link, and what was deleted is called off")
    expect_equal(len(found), 2, "events")
    anew, gone = found[a["UID"]], found[first["b"]["UID"]]
    expect_equal((anew["SUMMARY"], anew["STATUS"], anew["DTSTART"]), ("moved", "CONFIRMED", START + HOUR), "the same event")
    for event, before in ((anew, moved), (gone, first["b"])):
        expect(event["SEQUENCE"] > before["SEQUENCE"], f"sequence: {before}, {event}")


TESTS = [
    an_edited_topic_is_one_put_of_the_topic,
    what_feishu_forgets_in_an_update_is_sent_again,
    a_moved_time_keeps_the_number,
    a_key_that_is_gone_goes_back_to_neutral,
    an_edit_meets_a_create_on_its_way,
    what_was_edited_meanwhile_is_done_at_the_start,
    another_owner_is_another_reservation,
    a_renamed_section_keeps_its_reservations,
    what_is_taken_out_is_deleted_or_kept,
    one_that_is_gone_already_is_deleted,
    a_meeting_is_not_cut_off,
    two_plans_with_one_topic_are_two,
    a_file_that_lost_most_of_it_is_refused,
    an_adopted_one_is_never_written,
    a_standing_plan_has_one_number,
    the_plan_looks_ahead,
    the_calendar_follows,
]

if __name__ == "__main__":
    main(TESTS)
