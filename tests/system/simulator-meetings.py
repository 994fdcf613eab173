"""The simulator: meetings."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import main  # noqa: E402
from sim_client import DAY, OWNER, expect, expect_equal, simulated  # noqa: E402


# Meetings, 1.7 and 6

@simulated()
def no_meeting_has_many_forms(feishu):
    reserve_id = feishu.reserve_id(topic="x")
    path = f"reserves/{reserve_id}/get_active_meeting"
    feishu.refused(404, 121004, "GET", path)
    feishu.set(no_active="status3")
    feishu.refused(404, 121004, "GET", path)
    meeting_id = feishu.meeting("start", reserve_id=reserve_id)["id"]
    for form in ("404", "empty", "null", "absent", "empty_id", "status3"):
        feishu.set(no_active=form)
        expect_equal(feishu.good("GET", path)["meeting"]["id"], meeting_id, "while it runs")
    feishu.meeting("end", reserve_id=reserve_id)
    answers = {}
    for form in ("404", "empty", "null", "absent", "empty_id", "status3"):
        feishu.set(no_active=form)
        answer = feishu.call("GET", path)
        answers[form] = (answer.status, answer.code, "data" in answer.json, answer.data)
    ended = answers.pop("status3")[3]["meeting"]
    expect_equal((ended["id"], ended["status"]), (meeting_id, 3), "the last one, ended")
    expect_equal(answers, {"404": (404, 121004, False, None), "empty": (200, 0, True, {}), "null": (200, 0, True, {"meeting": None}),
                           "absent": (200, 0, False, None), "empty_id": (200, 0, True, {"meeting": {"id": ""}})}, "forms")


def fill(feishu, **settings):
    """A meeting whose clock stands: a host, a guest who left, a room, one who is ringing."""
    feishu.clock(freeze=True)
    reserve_id = feishu.reserve_id(**settings)
    feishu.meeting("start", reserve_id=reserve_id, host="ou_host")
    feishu.meeting("join", reserve_id=reserve_id, id="ou_host")
    feishu.clock(advance_s=10)
    feishu.meeting("join", reserve_id=reserve_id, id="ou_guest", is_external=True, is_cohost=True)
    feishu.meeting("join", reserve_id=reserve_id, id="omm_room", user_type=2)
    feishu.meeting("join", reserve_id=reserve_id, id="+86-13800000000", user_type=6, status=3)
    feishu.clock(advance_s=20)
    feishu.meeting("leave", reserve_id=reserve_id, id="ou_guest")
    feishu.meeting("ability", reserve_id=reserve_id, use_video=True, use_pstn=True)
    feishu.clock(advance_s=5)
    return reserve_id


@simulated()
def a_running_meeting_is_told_as_documented(feishu):
    reserve_id = fill(feishu, topic="站会", password="1234")
    start = feishu.now() - 35
    path = f"reserves/{reserve_id}/get_active_meeting"
    meeting = feishu.good("GET", path)["meeting"]
    reserve = feishu.good("GET", f"reserves/{reserve_id}")["reserve"]
    expect("participants" not in meeting, "participants only where they are asked for")
    expect("participants" not in feishu.good("GET", path + "?with_participants=false")["meeting"], "the same")
    feishu.refused(400, 99992402, "GET", path + "?with_participants=maybe")
    meeting = feishu.good("GET", path + "?with_participants=true")["meeting"]
    people = meeting.pop("participants")
    expect(re.fullmatch(r"\d{19}", meeting["id"]) and meeting["id"] != reserve_id, "id")
    expect_equal(meeting, {
        "id": meeting["id"], "topic": "站会", "url": reserve["url"], "meeting_no": reserve["meeting_no"], "password": "1234",
        "create_time": str(start), "start_time": str(start), "end_time": "0", "host_user": {"id": "ou_host", "user_type": 1},
        "meeting_connect": False, "status": 2, "participant_count": "3", "participant_count_accumulated": "3",
        "ability": {"use_video": True, "use_audio": False, "use_share_screen": False, "use_follow_screen": False,
                    "use_recording": False, "use_pstn": True}}, "meeting")

    def person(name, joined, left, duration, user_type, status, **marks):
        return {"id": name, "first_join_time": str(joined), "final_leave_time": str(left), "in_meeting_duration": str(duration),
                "user_type": user_type, "is_host": False, "is_cohost": False, "is_external": False, "status": status, **marks}
    expect_equal(people, [person("ou_host", start, 0, 35, 1, 2, is_host=True),
                          person("ou_guest", start + 10, start + 30, 20, 1, 4, is_cohost=True, is_external=True),
                          person("omm_room", start + 10, 0, 25, 2, 2), person("+86-13800000000", 0, 0, 0, 6, 3)], "participants")
    feishu.meeting("join", reserve_id=reserve_id, id="ou_guest")
    feishu.clock(advance_s=7)
    people = feishu.good("GET", path + "?with_participants=1")["meeting"]["participants"]
    expect_equal(people[1]["in_meeting_duration"], "27", "stays add up")
    expect_equal(people[1]["first_join_time"], str(start + 10), "first_join_time stays")
    feishu.meeting("leave", reserve_id=reserve_id, id="ou_guest")
    feishu.clock(advance_s=7)
    people = feishu.good("GET", path + "?with_participants=1")["meeting"]["participants"]
    expect_equal((people[1]["in_meeting_duration"], people[1]["final_leave_time"]), ("27", str(start + 42)), "both stays")


@simulated()
def counts_are_peak_and_accumulated(feishu):
    reserve_id = feishu.reserve_id()
    feishu.meeting("start", reserve_id=reserve_id)
    for action, who in (("join", "ou_a"), ("join", "ou_b"), ("leave", "ou_a"), ("join", "ou_c"), ("leave", "ou_b"), ("join", "ou_a"),
                        ("join", "ou_a"), ("leave", "ou_c"), ("leave", "ou_c")):
        state = feishu.meeting(action, reserve_id=reserve_id, id=who)
    expect_equal((state["participant_count"], state["participant_count_accumulated"]), ("2", "3"), "peak, people")
    feishu.set(accumulated="joins")
    meeting = feishu.good("GET", f"reserves/{reserve_id}/get_active_meeting")["meeting"]
    expect_equal((meeting["participant_count"], meeting["participant_count_accumulated"]), ("2", "4"), "peak, joins")


@simulated()
def somebody_comes_with_two_devices(feishu):
    feishu.clock(freeze=True)
    reserve_id = feishu.reserve_id()
    path = f"reserves/{reserve_id}/get_active_meeting?with_participants=true"
    for rows, left, wanted in (("one", "listed", [(2, 30)]), ("each", "listed", [(4, 20), (2, 20)]), ("each", "gone", [(2, 20)])):
        feishu.set(device_rows=rows, left_rows=left)
        feishu.meeting("start", reserve_id=reserve_id)
        feishu.meeting("join", reserve_id=reserve_id, id="ou_a", device=1)
        feishu.clock(advance_s=10)
        feishu.meeting("join", reserve_id=reserve_id, id="ou_a", device=2)
        feishu.clock(advance_s=10)
        feishu.meeting("leave", reserve_id=reserve_id, id="ou_a", device=1)
        feishu.clock(advance_s=10)
        meeting = feishu.good("GET", path)["meeting"]
        expect_equal([(p["status"], int(p["in_meeting_duration"])) for p in meeting["participants"]], wanted, f"rows {rows}, {left}")
        expect_equal(meeting["participant_count_accumulated"], "1", "one person")
        feishu.meeting("leave", reserve_id=reserve_id, id="ou_a", device=2)
        meeting = feishu.good("GET", path)["meeting"]
        expect(all(p["status"] == 4 for p in meeting["participants"]), "gone with the last device")
        feishu.meeting("end", reserve_id=reserve_id)


@simulated()
def the_shapes_of_a_meeting(feishu):
    reserve_id = fill(feishu)
    path = f"reserves/{reserve_id}/get_active_meeting?with_participants=true"
    inside = feishu.good("GET", path)["meeting"]
    outer = ("status", "participant_count", "participant_count_accumulated", "participants", "ability")
    feishu.set(active_shape="beside")
    data = feishu.good("GET", path)
    expect_equal({name: data[name] for name in outer}, {name: inside[name] for name in outer}, "beside")
    expect_equal(data["meeting"], {k: v for k, v in inside.items() if k not in outer}, "inside")
    feishu.set(active_shape="page")
    answer = feishu.call("GET", path)
    expect_equal(answer.json, None, "the page's sample is no JSON")
    expect_equal(answer.body.count(b",}"), 1, "a comma too many")
    feishu.set(active_shape="inside", active_ability="never")
    expect("ability" not in feishu.good("GET", path)["meeting"], "no ability")


@simulated()
def times_and_numbers_follow_the_switches(feishu):
    reserve_id = fill(feishu)
    path = f"reserves/{reserve_id}/get_active_meeting?with_participants=true"
    expiry = feishu.good("GET", f"reserves/{reserve_id}")["reserve"]["end_time"]

    def look(**switches):
        feishu.set(**switches)
        return feishu.good("GET", path)["meeting"]
    expect("end_time" not in look(end_time_running="absent"), "absent")
    expect_equal(look(end_time_running="expiry")["end_time"], expiry, "expiry")
    people = look(final_leave_running="absent")["participants"]
    expect_equal(["final_leave_time" in p for p in people], [False, True, False, False], "absent while in")
    host = look(final_leave_running="join")["participants"][0]
    expect_equal(host["final_leave_time"], host["first_join_time"], "as in the samples")
    ints = look(numbers="ints")
    for name in ("create_time", "start_time", "end_time", "participant_count", "participant_count_accumulated", "status"):
        expect(isinstance(ints[name], int), f"{name} is an int")
    for name in ("first_join_time", "in_meeting_duration", "user_type", "status"):
        expect(isinstance(ints["participants"][0][name], int), f"{name} is an int")
    mixed = look(numbers="mixed")
    expect_equal((mixed["participant_count"], mixed["status"], mixed["start_time"]), (3, "2", str(ints["start_time"])), "mixed")


@simulated()
def rooms_and_phones_have_no_user_id(feishu):
    reserve_id = fill(feishu)

    def people(path, kind):
        return [p["id"] for p in feishu.good("GET", f"{path}?with_participants=true&user_id_type={kind}")["meeting"]["participants"]]
    meeting_id = feishu.control("state")["meetings"][0]["id"]
    for path in (f"reserves/{reserve_id}/get_active_meeting", f"meetings/{meeting_id}"):
        expect_equal(people(path, "union_id"), ["on_host", "on_guest", "omm_room", "+86-13800000000"], "union_id")
        expect_equal(people(path, "user_id"), ["host", "guest"], "user_id")
    feishu.set(user_id_lists="all")
    expect_equal(people(path, "user_id"), ["host", "guest", "omm_room", "+86-13800000000"], "user_id by switch")


@simulated()
def one_reservation_sees_several_meetings(feishu):
    feishu.clock(freeze=True)
    reserve_id = feishu.reserve_id(topic="x")
    path = f"reserves/{reserve_id}/get_active_meeting"
    seen, numbers = [], set()
    for _ in range(3):
        feishu.meeting("start", reserve_id=reserve_id, status=1)
        expect_equal(feishu.good("GET", path)["meeting"]["status"], 1, "calling")
        feishu.meeting("answered", reserve_id=reserve_id)
        feishu.meeting("join", reserve_id=reserve_id, id="ou_a")
        meeting = feishu.good("GET", path)["meeting"]
        expect_equal(meeting["status"], 2, "in progress")
        seen.append(meeting["id"])
        numbers.add(meeting["meeting_no"])
        feishu.clock(advance_s=60)
        feishu.meeting("end", reserve_id=reserve_id)
        feishu.clock(advance_s=60)
    expect_equal((len(set(seen)), len(numbers)), (3, 1), "ids, numbers")
    now = feishu.now()
    for place, meeting_id in enumerate(seen):
        meeting = feishu.good("GET", f"meetings/{meeting_id}?with_participants=true")["meeting"]
        expect_equal((meeting["status"], meeting["end_time"]), (3, str(now - 60 - 120 * (2 - place))), "how it ended")
        expect_equal([p["status"] for p in meeting["participants"]], [4], "everybody left")
        expect_equal(meeting["participants"][0]["in_meeting_duration"], "60", "duration")
        expect("ability" not in meeting, "no ability unless it is asked for")
        expect("ability" in feishu.good("GET", f"meetings/{meeting_id}?with_meeting_ability=true")["meeting"], "ability")
    user = feishu.control("user_token", {"user": OWNER})["access_token"]
    meeting = feishu.good("GET", f"meetings/{seen[0]}?with_meeting_ability=true", token=user)["meeting"]
    expect("ability" not in meeting, "abilities are for tenant tokens")
    feishu.refused(404, 121004, "GET", "meetings/1")
    feishu.set(ownership="app", token_life_s=100 * DAY)
    feishu.clock(advance_s=90 * DAY - 60)
    token = feishu.ask_token().json["tenant_access_token"]
    feishu.refused(404, 121004, "GET", f"meetings/{seen[0]}", token=token)
    feishu.refused(404, 121004, "GET", f"meetings/{seen[2]}", token=token)
    feishu.clock(advance_s=-1)
    feishu.good("GET", f"meetings/{seen[2]}", token=token)


@simulated()
def meetings_are_listed_by_number(feishu):
    feishu.clock(freeze=True)
    feishu.set(rate_list_per_minute=0)
    reserve_id = feishu.reserve_id(topic="每日")
    begin = feishu.now()
    ids = []
    for _ in range(5):
        ids.append(feishu.meeting("start", reserve_id=reserve_id)["id"])
        feishu.clock(advance_s=100)
        feishu.meeting("end", reserve_id=reserve_id)
        feishu.clock(advance_s=100)
    reserve = feishu.good("GET", f"reserves/{reserve_id}")["reserve"]
    number = reserve["meeting_no"]

    def listed(start, end, more=""):
        return feishu.good("GET", f"meetings/list_by_no?meeting_no={number}&start_time={start}&end_time={end}{more}")
    data = listed(begin, begin + 1000)
    expect_equal((data["has_more"], data["page_token"]), (False, ""), "one page")
    expect_equal(data["meeting_briefs"], [{"id": i, "topic": "每日", "url": reserve["url"], "meeting_no": number} for i in ids], "all")
    expect_equal([b["id"] for b in listed(begin + 150, begin + 450)["meeting_briefs"]], ids[1:3], "those that touch the time")
    found, token, pages = [], "", 0
    while True:
        data = listed(begin, begin + 1000, f"&page_size=2&page_token={token}")
        found += [b["id"] for b in data["meeting_briefs"]]
        pages += 1
        token = data["page_token"]
        if not data["has_more"]:
            break
    expect_equal((found, pages, token), (ids, 3, ""), "pages")
    base = f"meetings/list_by_no?meeting_no={number}&start_time={begin}"
    for path, code in ((f"meetings/list_by_no?start_time=1&end_time=2", 99992402), (base, 99992402), (base + "&end_time=x", 99992402),
                       (f"{base}&end_time={begin + 10}&page_size=51", 99992402), (f"{base}&end_time={begin + 10}&page_size=0", 121003),
                       (f"{base}&end_time={begin + 90 * DAY + 1}", 121003), (f"{base}&end_time={begin - 1}", 121003),
                       (f"{base}&end_time={begin + 10}&page_token=x", 121003),
                       (f"meetings/list_by_no?meeting_no=12345&start_time=1&end_time=2", 121003)):
        feishu.refused(400, code, "GET", path)
    other = feishu.good("GET", f"meetings/list_by_no?meeting_no=100000000&start_time={begin}&end_time={begin}")
    expect_equal(other["meeting_briefs"], [], "a number without meetings")
    feishu.control("app", {"app_id": "cli_b", "app_secret": "b"})
    data = feishu.good("GET", f"{base}&end_time={begin + 1000}", token=feishu.token("cli_b", "b"))
    expect_equal(data["meeting_briefs"], [], "another app's")


TESTS = [
    no_meeting_has_many_forms,
    a_running_meeting_is_told_as_documented,
    counts_are_peak_and_accumulated,
    somebody_comes_with_two_devices,
    the_shapes_of_a_meeting,
    times_and_numbers_follow_the_switches,
    rooms_and_phones_have_no_user_id,
    one_reservation_sees_several_meetings,
    meetings_are_listed_by_number,
]

if __name__ == "__main__":
    main(TESTS)
