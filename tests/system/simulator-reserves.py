"""The simulator: reservations."""
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import main  # noqa: E402
from sim_client import DAY, OWNER, expect, expect_equal, simulated  # noqa: E402

PERMISSION = {"permission": 1, "permission_checkers": [{"check_field": 1, "check_mode": 1, "check_list": ["ou_ann"]}]}
CALL = {"meeting_initial_type": 2,
        "call_setting": {"callee": {"user_type": 6, "pstn_sip_info": {"nickname": "dodo",
                                                                      "main_address": "+86-02187654321"}}}}


# apply, 1.2 and 1.3

@simulated()
def apply_answers_as_documented(feishu):
    end_time = str(feishu.now() + 3600)
    settings = {"topic": "每日站会", "action_permissions": [PERMISSION], "meeting_initial_type": 1, "meeting_connect": True,
                "auto_record": True, "assign_host_list": [{"user_type": 1, "id": "ou_ann"}], "password": "971024"}
    data = feishu.apply(end_time=end_time, **settings)
    expect_equal(set(data), {"reserve", "reserve_correction_check_info"}, "members of data")
    reserve = data["reserve"]
    expect_equal(set(reserve), {"id", "meeting_no", "password", "url", "app_link", "live_link", "end_time"}, "of reserve")
    expect(re.fullmatch(r"\d{19}", reserve["id"]), f"id {reserve['id']}")
    expect(re.fullmatch(r"[1-9]\d{8}", reserve["meeting_no"]), "meeting_no")
    expect(re.fullmatch(r"https://vc\.feishu\.cn/j/\d{9}", reserve["url"]), "url")
    expect(reserve["meeting_no"] not in reserve["url"], "the link's digits are its own")
    expect_equal(reserve["app_link"], "https://applink.feishu.cn/client/videochat/open?source=openplatform&action=join"
                 "&idtype=reservationid&id={?}&preview={?}&mic={?}&speaker={?}&camera={?}", "app_link")
    expect(re.fullmatch(r"https://meetings\.feishu\.cn/s/\w{13}", reserve["live_link"]), "live_link")
    expect_equal((reserve["end_time"], reserve["password"]), (end_time, "971024"), "what was asked for")
    expect_equal(data["reserve_correction_check_info"], {"invalid_host_id_list": []}, "hosts")
    got = feishu.good("GET", f"reserves/{reserve['id']}")["reserve"]
    expect_equal(got, {**reserve, "expire_status": 1, "reserve_user_id": OWNER,
                       "meeting_settings": {k: v for k, v in settings.items() if k != "password"}}, "get")
    feishu.set(region="lark", app_link_id="filled", url_digits="meeting_no", password_shown="no", expire_status="zero")
    got = feishu.good("GET", f"reserves/{reserve['id']}")["reserve"]
    expect_equal(got["url"], f"https://vc.larksuite.com/j/{reserve['meeting_no']}", "url of Lark")
    expect(got["app_link"].startswith("https://applink.larksuite.com/") and f"&id={reserve['id']}&" in got["app_link"], "link")
    expect(got["live_link"].startswith("https://meetings.larksuite.com/"), "live_link of Lark")
    expect("password" not in got, "no password shown")
    expect_equal(got["expire_status"], 0, "expire_status of the samples")


@simulated()
def apply_refuses_what_it_must(feishu):
    feishu.set(rate_per_second=0)
    now = feishu.now()
    good = {"end_time": str(now + 3600), "owner_id": OWNER, "meeting_settings": {}}

    def with_settings(**settings):
        return {**good, "meeting_settings": settings}

    def permission(**changes):
        return with_settings(action_permissions=[{**PERMISSION, **changes}])

    def checker(**changes):
        return permission(permission_checkers=[{**PERMISSION["permission_checkers"][0], **changes}])

    def callee(user_type=6, address="+86-02187654321"):
        return with_settings(meeting_initial_type=2, call_setting={
            "callee": {"user_type": user_type, "pstn_sip_info": {"main_address": address}}})
    hosts = [{"user_type": 1, "id": f"ou_{i}"} for i in range(11)]
    table = [
        # The gateway: types and what is required.
        ("no JSON", "{", 99992402, "body"), ("a list", [], 99992402, "body"), ("more behind it", "{} {}", 99992402, "body"),
        ("more behind a NUL", json.dumps(good) + "\0{}", 99992402, "body"),
        ("no body", None, 99992402, "meeting_settings"), ("no settings", {**good, "meeting_settings": None}, 99992402, "meeting_settings"),
        ("end_time a number", {**good, "end_time": now + 3600}, 99992402, "end_time"),
        ("owner_id a number", {**good, "owner_id": 5}, 99992402, "owner_id"),
        ("settings a text", {**good, "meeting_settings": "x"}, 99992402, "meeting_settings"),
        ("topic a number", with_settings(topic=5), 99992402, "meeting_settings.topic"),
        ("auto_record a text", with_settings(auto_record="true"), 99992402, "meeting_settings.auto_record"),
        ("meeting_connect an int", with_settings(meeting_connect=1), 99992402, "meeting_settings.meeting_connect"),
        ("type a text", with_settings(meeting_initial_type="1"), 99992402, "meeting_settings.meeting_initial_type"),
        ("password a number", with_settings(password=971024), 99992402, "meeting_settings.password"),
        ("hosts an object", with_settings(assign_host_list={}), 99992402, "meeting_settings.assign_host_list"),
        ("hosts of texts", with_settings(assign_host_list=["ou_a"]), 99992402, "meeting_settings.assign_host_list"),
        ("host's id a number", with_settings(assign_host_list=[{"id": 1}]), 99992402, "meeting_settings.assign_host_list[0].id"),
        ("no permission", with_settings(action_permissions=[{"permission_checkers": []}]), 99992402,
         "meeting_settings.action_permissions[0].permission"),
        ("no checkers", with_settings(action_permissions=[{"permission": 1}]), 99992402,
         "meeting_settings.action_permissions[0].permission_checkers"),
        *[(f"no {name}", permission(permission_checkers=[{k: v for k, v in PERMISSION["permission_checkers"][0].items() if k != name}]),
           99992402, f"meeting_settings.action_permissions[0].permission_checkers[0].{name}")
          for name in ("check_field", "check_mode", "check_list")],
        ("a checker's list of numbers", checker(check_list=[1]), 99992402,
         "meeting_settings.action_permissions[0].permission_checkers[0].check_list"),
        ("no callee", with_settings(call_setting={}), 99992402, "meeting_settings.call_setting.callee"),
        ("callee's kind missing", with_settings(call_setting={"callee": {}}), 99992402,
         "meeting_settings.call_setting.callee.user_type"),
        ("no address", with_settings(call_setting={"callee": {"user_type": 6, "pstn_sip_info": {}}}), 99992402,
         "meeting_settings.call_setting.callee.pstn_sip_info.main_address"),
        # The service: values.
        ("no end_time", {k: v for k, v in good.items() if k != "end_time"}, 121003, "end_time"),
        ("end_time no number", {**good, "end_time": "soon"}, 121003, "end_time"),
        ("end_time empty", {**good, "end_time": ""}, 121003, "end_time"),
        ("end_time past", {**good, "end_time": str(now - 1)}, 121003, "end_time"),
        ("end_time over 30 days", {**good, "end_time": str(now + 30 * DAY + 3600)}, 121003, "end_time"),
        ("no owner", {k: v for k, v in good.items() if k != "owner_id"}, 121003, "owner_id"),
        ("owner malformed", {**good, "owner_id": "nobody"}, 121003, "owner_id"),
        ("owner of another kind", {**good, "owner_id": "on_owner"}, 121003, "owner_id"),
        ("password of 3", with_settings(password="123"), 121003, "meeting_settings.password"),
        ("password of 10", with_settings(password="1234567890"), 121003, "meeting_settings.password"),
        ("password of letters", with_settings(password="abcd"), 121003, "meeting_settings.password"),
        ("type 3", with_settings(meeting_initial_type=3), 121003, "meeting_settings.meeting_initial_type"),
        ("permission 4", permission(permission=4), 121003, "meeting_settings.action_permissions"),
        ("check_field 0", checker(check_field=0), 121003, "meeting_settings.action_permissions"),
        ("check_mode 3", checker(check_mode=3), 121003, "meeting_settings.action_permissions"),
        ("user type 3 in a check", checker(check_field=2, check_list=["3"]), 121003, "meeting_settings.action_permissions"),
        ("call without callee", with_settings(meeting_initial_type=2), 121003, "meeting_settings.call_setting"),
        ("callee abroad", callee(address="+49-30123456"), 121003,
         "meeting_settings.call_setting.callee.pstn_sip_info.main_address"),
        ("call recorded", with_settings(**CALL, auto_record=True), 123002, None),
        ("11 hosts", with_settings(assign_host_list=hosts), 123003, None),
        ("callee in Lark", callee(user_type=1), 121002, None), ("callee SIP", callee(user_type=7), 121002, None),
    ]
    for name, body, code, field in table:
        answer = feishu.call("POST", "reserves/apply", body)
        expect_equal((answer.status, answer.code), (400, code), f"{name}: {answer}")
        if code == 99992402:
            expect_equal([v["field"] for v in answer.json["error"]["field_violations"]], [field], name)
    feishu.set(param_error="99992402")
    for name, body, code, field in table:
        if code == 121003:
            answer = feishu.call("POST", "reserves/apply", body)
            expect_equal((answer.status, answer.code), (400, 99992402), f"{name} by switch: {answer}")
            expect_equal([v["field"] for v in answer.json["error"]["field_violations"]], [field], name)
    feishu.set(callee_error="121003", param_error="121003")
    feishu.refused(400, 121003, "POST", "reserves/apply", callee(user_type=1))
    feishu.refused(400, 99992402, "POST", "reserves/apply?user_id_type=email", good)
    expect_equal(feishu.control("state")["reservations"], [], "reservations")
    # And what looks odd but is right.
    for body in (with_settings(password=""), with_settings(password="1234"), with_settings(password="123456789"),
                 with_settings(**CALL), {**with_settings(**CALL), "end_time": None}, with_settings(assign_host_list=hosts[:10]),
                 with_settings(action_permissions=[]), {**good, "invitees": ["ou_a"]}, checker(check_field=3, check_list=["x"]),
                 {**good, "end_time": str(now + 30 * DAY)}):
        feishu.good("POST", "reserves/apply", body)
    feishu.set(unknown_fields="121003", past_end_time="accepted")
    feishu.refused(400, 121003, "POST", "reserves/apply", {**good, "invitees": []})
    feishu.good("POST", "reserves/apply", {**good, "end_time": str(now - 1)})


@simulated()
def passwords_that_were_not_asked_for(feishu):
    expect_equal(feishu.apply()["reserve"]["password"], "", "none")
    feishu.set(default_password="random")
    expect(re.fullmatch(r"\d{6}", feishu.apply()["reserve"]["password"]), "random")
    expect_equal(feishu.apply(password="")["reserve"]["password"], "", "empty: none")


@simulated()
def hosts_that_are_not_usable_are_told(feishu):
    feishu.control("user", {"open_id": "ou_foreign", "standing": "other_tenant"})
    hosts = [{"user_type": 1, "id": i} for i in ("ou_ann", "nobody", "on_ann", "ou_foreign")] + [{"user_type": 2, "id": "ou_bob"}]
    data = feishu.apply(assign_host_list=hosts)
    expect_equal(data["reserve_correction_check_info"]["invalid_host_id_list"], ["nobody", "on_ann", "ou_foreign", "ou_bob"], "hosts")
    got = feishu.good("GET", f"reserves/{data['reserve']['id']}")["reserve"]
    expect_equal(got["meeting_settings"]["assign_host_list"], hosts[:1], "hosts that are left")
    feishu.set(host_error="123004")
    body = {"end_time": str(feishu.now() + 60), "owner_id": OWNER, "meeting_settings": {"assign_host_list": hosts}}
    feishu.refused(400, 123004, "POST", "reserves/apply", body)
    feishu.refused(400, 123004, "PUT", f"reserves/{data['reserve']['id']}", {"meeting_settings": body["meeting_settings"]})
    feishu.set(host_error="list", users="declared")
    feishu.control("user", {"open_id": OWNER})
    data = feishu.apply(assign_host_list=hosts[:1])
    expect_equal(data["reserve_correction_check_info"]["invalid_host_id_list"], ["ou_ann"], "nobody declared her")


@simulated()
def owners_that_are_none_have_codes_by_switch(feishu):
    feishu.control("user", {"open_id": "ou_app", "standing": "other_app"})
    feishu.control("user", {"open_id": "ou_far", "union_id": "on_far", "user_id": "far", "standing": "other_tenant"})
    feishu.control("user", {"open_id": "ou_gone", "standing": "absent"})

    def code(owner_id, kind):
        body = {"end_time": str(feishu.now() + 60), "owner_id": owner_id, "meeting_settings": {}}
        answer = feishu.call("POST", f"reserves/apply?user_id_type={kind}", body)
        return answer.status, answer.code
    cases = [("ou_app", "open_id", 99992361), ("ou_far", "open_id", 99992352), ("on_far", "union_id", 99992381),
             ("far", "user_id", 99992364), ("ou_gone", "open_id", 99992351), ("nobody", "open_id", 99992351),
             ("nobody", "union_id", 99992363), ("ou_x", "user_id", 99992359)]
    for owner_id, kind, gateway in cases:
        for choice, expected in (("121003", (400, 121003)), ("gateway", (400, gateway)), ("121005", (403, 121005))):
            feishu.set(owner_error=choice)
            expect_equal(code(owner_id, kind), expected, f"{owner_id} as {kind}, {choice}")


@simulated()
def with_a_users_token_the_user_is_the_owner(feishu):
    ann = feishu.control("user_token", {"user": "ou_ann"})["access_token"]
    bob = feishu.control("user_token", {"user": "ou_bob"})["access_token"]
    reserve_id = feishu.apply(token=ann, owner_id="ou_bob")["reserve"]["id"]
    expect_equal(feishu.good("GET", f"reserves/{reserve_id}", token=ann)["reserve"]["reserve_user_id"], "ou_ann", "owner")
    feishu.refused(403, 121005, "GET", f"reserves/{reserve_id}", token=bob)
    feishu.good("GET", f"reserves/{reserve_id}")
    own = feishu.good("POST", "reserves/apply", {"end_time": str(feishu.now() + 60), "meeting_settings": {}}, bob)
    feishu.good("DELETE", f"reserves/{own['reserve']['id']}", token=bob)


@simulated()
def ids_come_in_the_kind_that_was_asked_for(feishu):
    feishu.control("user", {"open_id": "ou_1", "union_id": "on_2", "user_id": "王小明"})
    callee = {"callee": {**CALL["call_setting"]["callee"], "id": "on_2"}}
    permissions = [{"permission": 1, "permission_checkers": [
        {"check_field": 1, "check_mode": 1, "check_list": ["on_2", "on_ann"]},
        {"check_field": 3, "check_mode": 2, "check_list": ["on_2"]}]}]
    data = feishu.apply("?user_id_type=union_id", owner_id="on_2", assign_host_list=[{"user_type": 1, "id": "on_2"}],
                        action_permissions=permissions, **{**CALL, "call_setting": callee})
    for kind, (own, ann) in {"open_id": ("ou_1", "ou_ann"), "union_id": ("on_2", "on_ann"), "user_id": ("王小明", "ann")}.items():
        reserve = feishu.good("GET", f"reserves/{data['reserve']['id']}?user_id_type={kind}")["reserve"]
        settings = reserve["meeting_settings"]
        expect_equal((reserve["reserve_user_id"], settings["assign_host_list"][0]["id"], settings["call_setting"]["callee"]["id"],
                      [c["check_list"] for c in settings["action_permissions"][0]["permission_checkers"]]),
                     (own, own, own, [[own, ann], ["on_2"]]), kind)


# update, delete, get, 1.4 to 1.6

@simulated()
def updates_follow_the_switches(feishu):
    before = {"topic": "one", "auto_record": True, "meeting_connect": True, "action_permissions": [PERMISSION], "password": "1234"}

    def updated(**settings):
        reserve_id = feishu.apply(**before)["reserve"]["id"]
        answer = feishu.good("PUT", f"reserves/{reserve_id}", {"meeting_settings": settings})
        expect_equal(set(answer["reserve"]), {"id", "meeting_no", "password", "url", "live_link", "end_time", "expire_status"},
                     "members: no app_link")
        got = feishu.good("GET", f"reserves/{reserve_id}")["reserve"]
        return {**got["meeting_settings"], "password": got["password"]}
    expect_equal(updated(topic="two"), {**before, "topic": "two"}, "merged")
    expect_equal(updated(topic="", action_permissions=[], password=""), {**before, "topic": "", "action_permissions": [], "password": ""},
                 "empty is stored")
    expect_equal(updated(meeting_connect=False), before, "meeting_connect stays")
    expect_equal(updated(password="987654"), {**before, "password": "987654"}, "password")
    feishu.set(update_empty="ignored")
    expect_equal(updated(topic="", action_permissions=[], password=""), before, "empty is ignored")
    feishu.set(update="replace", update_empty="stored")
    expect_equal(updated(topic="two"), {"topic": "two", "meeting_connect": True, "password": ""}, "replaced")
    feishu.set(update="merge", update_connect="121002")
    reserve_id = feishu.reserve_id(**before)
    feishu.refused(400, 121002, "PUT", f"reserves/{reserve_id}", {"meeting_settings": {"meeting_connect": False}})


@simulated()
def update_refuses_what_it_must(feishu):
    now = feishu.now()
    reserve_id = feishu.reserve_id(topic="x")
    for body, code in (({"end_time": 5}, 99992402), ({"meeting_settings": []}, 99992402), ({"end_time": str(now - 1)}, 121003),
                       ({"end_time": str(now + 31 * DAY)}, 121003), ({"meeting_settings": {"password": "1"}}, 121003),
                       ({"meeting_settings": {"assign_host_list": [{"id": "ou_a"}] * 11}}, 123003),
                       ({"meeting_settings": {"meeting_initial_type": 2, "auto_record": True}}, 123002)):
        feishu.refused(400, code, "PUT", f"reserves/{reserve_id}", body)
    call_id = feishu.reserve_id(**CALL)
    feishu.refused(400, 123002, "PUT", f"reserves/{call_id}", {"meeting_settings": {"auto_record": True}})
    expect_equal(feishu.good("PUT", f"reserves/{reserve_id}", {})["reserve"]["id"], reserve_id, "nothing to change")
    renewed = feishu.good("PUT", f"reserves/{reserve_id}", {"end_time": str(now + 30 * DAY)})["reserve"]
    expect_equal(renewed["end_time"], str(now + 30 * DAY), "renewed")


@simulated()
def what_is_deleted_is_gone(feishu):
    reserve_id = feishu.reserve_id()
    expect_equal(feishu.good("DELETE", f"reserves/{reserve_id}"), {}, "data")
    for method, path, body in (("GET", "", None), ("PUT", "", {}), ("DELETE", "", None), ("GET", "/get_active_meeting", None)):
        feishu.refused(404, 121004, method, f"reserves/{reserve_id}{path}", body)
        feishu.refused(404, 121004, method, f"reserves/77{path}", body)
    running = feishu.reserve_id()
    meeting = feishu.meeting("start", reserve_id=running)
    feishu.good("DELETE", f"reserves/{running}")
    expect_equal(feishu.good("GET", f"meetings/{meeting['id']}")["meeting"]["status"], 2, "its meeting goes on")
    feishu.set(delete_ends_meeting="yes")
    running = feishu.reserve_id()
    meeting = feishu.meeting("start", reserve_id=running)
    feishu.good("DELETE", f"reserves/{running}")
    expect_equal(feishu.good("GET", f"meetings/{meeting['id']}")["meeting"]["status"], 3, "its meeting has ended")


@simulated()
def others_reservations_are_refused(feishu):
    feishu.control("app", {"app_id": "cli_b", "app_secret": "b"})
    feishu.control("app", {"app_id": "cli_c", "app_secret": "c", "tenant": "elsewhere"})
    reserve_id = feishu.reserve_id()
    meeting_id = feishu.meeting("start", reserve_id=reserve_id)["id"]
    neighbour, stranger = feishu.token("cli_b", "b"), feishu.token("cli_c", "c")
    paths = [("GET", f"reserves/{reserve_id}"), ("PUT", f"reserves/{reserve_id}"), ("DELETE", f"reserves/{reserve_id}"),
             ("GET", f"reserves/{reserve_id}/get_active_meeting"), ("GET", f"meetings/{meeting_id}")]
    for token in (neighbour, stranger):
        for method, path in paths:
            feishu.refused(403, 121005, method, path, {} if method == "PUT" else None, token)
    feishu.set(ownership="tenant")
    feishu.good("GET", f"reserves/{reserve_id}", token=neighbour)
    feishu.refused(403, 121005, "GET", f"reserves/{reserve_id}", token=stranger)
    feishu.set(ownership="any")
    feishu.good("GET", f"reserves/{reserve_id}", token=stranger)
    feishu.good("GET", f"meetings/{meeting_id}", token=stranger)


@simulated()
def reservations_expire(feishu):
    feishu.clock(freeze=True)
    now = feishu.now()
    made = feishu.apply(end_time=str(now + 100))["reserve"]
    meeting_id = feishu.meeting("start", reserve_id=made["id"])["id"]
    feishu.clock(advance_s=99)
    expect_equal(feishu.good("GET", f"reserves/{made['id']}")["reserve"]["expire_status"], 1, "not yet")
    feishu.clock(advance_s=1)
    expect_equal(feishu.good("GET", f"reserves/{made['id']}")["reserve"]["expire_status"], 2, "expired")
    expect_equal(feishu.good("GET", f"reserves/{made['id']}/get_active_meeting")["meeting"]["id"], meeting_id, "its meeting goes on")
    body = {"end_time": str(now + 200)}
    feishu.set(expired_renew="refused")
    feishu.refused(404, 121004, "PUT", f"reserves/{made['id']}", body)
    feishu.set(expired_renew="keep")
    renewed = feishu.good("PUT", f"reserves/{made['id']}", body)["reserve"]
    expect_equal((renewed["meeting_no"], renewed["expire_status"]), (made["meeting_no"], 1), "renewed")
    feishu.clock(advance_s=100)
    feishu.set(expired_renew="new_number")
    renewed = feishu.good("PUT", f"reserves/{made['id']}", {"end_time": str(now + 300)})["reserve"]
    expect(renewed["meeting_no"] != made["meeting_no"], "renewed with another number")
    feishu.set(expiry_ends_meeting="yes")
    feishu.clock(advance_s=150)
    feishu.refused(404, 121004, "GET", f"reserves/{made['id']}/get_active_meeting")
    ended = feishu.good("GET", f"meetings/{meeting_id}")["meeting"]
    expect_equal((ended["status"], ended["end_time"]), (3, str(now + 300)), "ended at the expiry")


TESTS = [
    apply_answers_as_documented,
    apply_refuses_what_it_must,
    passwords_that_were_not_asked_for,
    hosts_that_are_not_usable_are_told,
    owners_that_are_none_have_codes_by_switch,
    with_a_users_token_the_user_is_the_owner,
    ids_come_in_the_kind_that_was_asked_for,
    updates_follow_the_switches,
    update_refuses_what_it_must,
    what_is_deleted_is_gone,
    others_reservations_are_refused,
    reservations_expire,
]

if __name__ == "__main__":
    main(TESTS)
