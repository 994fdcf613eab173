"""The simulator: tokens, the gateway, limits, control. What it answers is what Feishu's documents say, and where they
are silent, what its switches say."""
import email.utils
import json
import os
import re
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import BUILD, SOURCE, Failure, Simulator, main, no_secrets, wait_until  # noqa: E402
from sim_client import (APP_ID, DAY, OWNER, SECRET, TOKEN, VC, Feishu, expect, expect_equal, simulated)  # noqa: E402

RESERVE = "6911188411932033028"


def it_ends_in_order():
    for number in (signal.SIGTERM, signal.SIGINT):
        feishu = Feishu()
        feishu.ask_token()
        waiting = feishu.socket()
        waiting.sendall(b"GET / HTTP/1.1\r\n")
        feishu.ask_token()
        expect_equal(feishu.sim.end(number), 0, "exit code with connections open")
        waiting.close()


def mistakes_on_the_command_line_are_told():
    def run(*arguments):
        done = subprocess.run([os.path.join(BUILD, "tests/sim/feishu-sim"), *arguments], capture_output=True, text=True,
                              timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr
    for wrong in (["--wrong"], ["more"], ["--port"], ["--port", "x"], ["--port", "65536"], ["--set", "x"],
                  ["--set", "no_such=1"], ["--set", "quota=x"], ["--tls-cert", "/etc/passwd"], ["--seed", "-1"]):
        code, _, errors = run(*wrong)
        expect_equal(code, 2, f"exit code of {wrong}")
        expect("usage:" in errors, "usage")
    expect_equal(run("--help")[::2], (0, ""), "--help")
    taken = Simulator()
    for wrong in (["--port", str(taken.port)], ["--scenario", "/nowhere"], ["--scenario", "/etc/passwd"],
                  ["--tls-cert", "/etc/passwd", "--tls-key", "/etc/passwd"],
                  ["--tls-cert", "/nowhere", "--tls-key", "/nowhere"]):
        code, output, errors = run(*wrong)
        expect_equal((code, output), (1, ""), f"exit code of {wrong}")
        expect(errors.startswith("feishu-sim: "), f"a reason: {errors!r}")
    expect_equal(taken.end(), 0, "exit code")


def the_same_seed_gives_the_same_answers():
    tokens = []
    for seed in ("7", "7", "8"):
        feishu = Feishu("--seed", seed)
        tokens.append(feishu.token())
        feishu.end()
    expect(tokens[0] == tokens[1] != tokens[2], "tokens by seed")


# Tokens, 3.1

@simulated()
def tokens_keep_the_half_hour_rule(feishu):
    feishu.clock(freeze=True)
    first = feishu.ask_token()
    expect_equal(set(first.json), {"code", "msg", "tenant_access_token", "expire"}, "members of the answer")
    expect_equal((first.status, first.json["msg"], first.json["expire"]), (200, "ok", 7200), "the answer")
    token = first.json["tenant_access_token"]
    expect(re.fullmatch(r"t-\w{40}", token), f"looks of {token}")
    feishu.clock(advance_s=5400)
    again = feishu.ask_token().json
    expect_equal((again["tenant_access_token"], again["expire"]), (token, 1800), "with half an hour left")
    feishu.clock(advance_s=1)
    later = feishu.ask_token().json
    expect(later["tenant_access_token"] != token, "with less than half an hour left it is a new one")
    expect_equal(later["expire"], 7200, "life of the new one")
    feishu.refused(404, 121004, "GET", "reserves/1", token=token)
    feishu.clock(advance_s=1798)
    feishu.refused(404, 121004, "GET", "reserves/1", token=token)
    feishu.clock(advance_s=1)
    feishu.refused(400, 99991663, "GET", "reserves/1", token=token)
    feishu.refused(404, 121004, "GET", "reserves/1", token=later["tenant_access_token"])
    feishu.set(token_life_s=100, token_reuse_s=10)
    feishu.clock(advance_s=7200)
    expect_equal(feishu.ask_token().json["expire"], 100, "life by switch")
    slash = feishu.request("POST", TOKEN + "/", {"app_id": APP_ID, "app_secret": SECRET})
    expect_equal(slash.code, 0, "a slash at the end")


@simulated()
def token_requests_fail_with_http_200(feishu):
    def ask(body):
        return feishu.request("POST", TOKEN, body)
    for body in ("", "{", "[]", {}, {"app_id": APP_ID}, {"app_id": "x", "app_secret": SECRET},
                 {"app_id": "", "app_secret": SECRET}, {"app_id": APP_ID, "app_secret": ""}, {"app_id": 5, "app_secret": "x"}):
        answer = ask(body)
        expect_equal((answer.status, answer.json), (200, {"code": 10003, "data": {}, "msg": "invalid param"}), f"{body}")
    unknown = ask({"app_id": "cli_0000000000000000", "app_secret": "x"})
    expect_equal((unknown.status, unknown.json), (200, {"code": 10014, "msg": "app id not exists"}), "unknown app")
    for choice, code in (("10014", 10014), ("10015", 10015), ("99991543", 99991543)):
        feishu.set(secret_error=choice)
        wrong = ask({"app_id": APP_ID, "app_secret": "wrong"})
        expect_equal((wrong.status, wrong.json), (200, {"code": code, "msg": "app secret invalid"}), "wrong secret")
    feishu.control("app", {"app_id": APP_ID, "state": "disabled"})
    expect_equal(ask({"app_id": APP_ID, "app_secret": SECRET}).code, 10014, "an app that is switched off")


@simulated()
def app_tokens_open_nothing_here(feishu):
    answer = feishu.request("POST", "/open-apis/auth/v3/app_access_token/internal", {"app_id": APP_ID, "app_secret": SECRET})
    expect_equal(set(answer.json), {"code", "msg", "app_access_token", "tenant_access_token", "expire"}, "members")
    feishu.refused(400, 99991664, "GET", "reserves/1", token=answer.json["app_access_token"])
    feishu.refused(404, 121004, "GET", "reserves/1", token=answer.json["tenant_access_token"])


# What the gateway checks, 3.3

@simulated()
def bad_tokens_have_their_codes(feishu):
    def get(authorization):
        return feishu.request("GET", VC + "reserves/1", headers={"Authorization": authorization} if authorization else {})
    for status_choice, status in (("400", 400), ("401", 401), ("200", 200)):
        feishu.set(token_status=status_choice)
        for authorization, code in ((None, 99991661), ("Basic eDp5", 99991661), ("Bearer ", 99991661), ("Bearer", 99991661),
                                    ("Bearer t-nobody", 99991663), ("Bearer u-nobody", 99991668),
                                    ("Bearer eyJnobody", 99991668), ("Bearer a-nobody", 99991664),
                                    ("Bearer nobody", 99991671)):
            answer = get(authorization)
            expect_equal((answer.status, answer.code), (status, code), f"{authorization}: {answer}")
    expect("Missing access token for authorization" in get(None).json["msg"], "msg")
    expect("Invalid access token for authorization" in get("Bearer t-nobody").json["msg"], "msg")


@simulated()
def tokens_expire(feishu):
    feishu.clock(freeze=True)
    tenant = feishu.token()
    user = feishu.control("user_token", {"user": "ou_ann", "expires_in": 100})["access_token"]
    expect(user.startswith("eyJ") and len(user) > 1000, "a newer user token")
    old = feishu.control("user_token", {"user": "ou_ann", "expires_in": 100, "jwt": False})["access_token"]
    expect(old.startswith("u-"), "an older user token")
    for token in (user, old):
        feishu.refused(404, 121004, "GET", "reserves/1", token=token)
    feishu.clock(advance_s=100)
    for token in (user, old):
        feishu.refused(400, 99991677, "GET", "reserves/1", token=token)
    feishu.clock(advance_s=7100)
    feishu.refused(400, 99991663, "GET", "reserves/1", token=tenant)
    feishu.set(expired_code="99991677", token_status="401")
    feishu.refused(401, 99991677, "GET", "reserves/1", token=tenant)


@simulated()
def tokens_can_be_revoked(feishu):
    first = feishu.ask_token().json["tenant_access_token"]
    expect_equal(feishu.control("revoke", {}), {"revoked": 1}, "revoked")
    feishu.refused(400, 99991663, "GET", "reserves/1", token=first)
    second = feishu.ask_token().json["tenant_access_token"]
    expect(first != second, "a new one follows")
    user = feishu.control("user_token", {"user": "ou_ann"})
    expect_equal(feishu.control("revoke", {"number": user["number"]}), {"revoked": 1}, "revoked by number")
    feishu.refused(400, 99991668, "GET", "reserves/1", token=user["access_token"])
    feishu.refused(404, 121004, "GET", "reserves/1", token=second)
    expect_equal(feishu.control("revoke", {"app_id": "cli_other"}), {"revoked": 0}, "another app's")
    feishu.set(revoked_token="same")
    feishu.control("revoke", {"app_id": APP_ID})
    expect_equal(feishu.ask_token().json["tenant_access_token"], second, "the same one is handed out again")


@simulated()
def who_comes_before_what(feishu):
    """Path, token, app, address, scope, rate, quota, parameters, in this order."""
    bad = {"end_time": 5}
    feishu.set(rate_per_minute=0, rate_per_second=0)
    token = feishu.token()

    def seen():
        return feishu.request("POST", VC + "reserves/apply?user_id_type=wrong", bad, token).code
    feishu.set(quota=1)
    feishu.control("app", {"scopes": [], "ip_allow": ["10.0.0.1"], "state": "unavailable"})
    codes = [feishu.request("POST", VC + "reserves/wrong", bad, "t-wrong").code,
             feishu.request("POST", VC + "reserves/apply", bad, "t-wrong").code, seen()]
    feishu.control("app", {"state": "disabled"})
    codes.append(seen())
    feishu.control("app", {"state": "enabled"})
    codes.append(seen())
    feishu.control("app", {"ip_allow": ["10.0.0.1", "127.0.0.1"]})
    codes.append(seen())
    feishu.control("app", {"scopes": ["vc:reserve"]})
    codes.append(seen())
    feishu.clock(freeze=True)
    feishu.set(rate_per_minute=1)
    feishu.set(quota=0)
    codes.append(seen())
    feishu.set(quota=1)
    codes.append(seen())
    expect_equal(codes, [None, 99991663, 99991673, 99991662, 99991401, 99991672, 99991403, 99992402, 99991400], "codes in order")


@simulated()
def rights_are_checked(feishu):
    feishu.control("app", {"scopes": ["vc:reserve:readonly"]})
    feishu.refused(404, 121004, "GET", "reserves/1")
    answer = feishu.refused(400, 99991672, "DELETE", "reserves/1")
    expect_equal(answer.json["error"]["permission_violations"],
                 [{"type": "action_privilege_required", "subject": "vc:reserve"}], "permission_violations")
    expect("One of the following scopes is required: [vc:reserve]" in answer.json["msg"], answer.json["msg"])
    expect(f"/app/{APP_ID}/auth?q=vc:reserve&op_from=openapi&token_type=tenant" in answer.json["msg"], "the console's link")
    expect("url" in answer.json["error"]["helps"][0], "helps")
    for path in ("meetings/1", "meetings/list_by_no"):
        answer = feishu.refused(400, 99991672, "GET", path)
        expect("vc:meeting:readonly" in answer.json["msg"], path)
    feishu.refused(400, 99991672, "GET", "reserves/1?user_id_type=user_id")
    feishu.set(user_id_scope="empty")
    feishu.refused(404, 121004, "GET", "reserves/1?user_id_type=user_id")
    user = feishu.control("user_token", {"user": "ou_ann", "scopes": ["vc:meeting:readonly"]})["access_token"]
    feishu.refused(400, 99991679, "GET", "reserves/1", token=user)
    feishu.refused(400, 99991672, "GET", "meetings/1", token=user)
    feishu.control("app", {"ip_allow": ["10.0.0.1"]})
    answer = feishu.refused(400, 99991401, "GET", "reserves/1")
    expect_equal(answer.json["msg"], "ip 127.0.0.1 is denied by app setting", "msg")
    feishu.set(ip_status="403")
    feishu.refused(403, 99991401, "GET", "reserves/1")


@simulated()
def unknown_paths_are_plain_text(feishu):
    for method, path in (("GET", "/"), ("GET", "/open-apis/vc/v1/reserves"), ("PATCH", VC + "reserves/1"),
                         ("GET", VC + "reserves/1/more"), ("GET", VC + "reserves/"), ("POST", VC + "reserves/1/get_active_meeting"),
                         ("GET", TOKEN), ("DELETE", VC + "meetings/1"), ("OPTIONS", VC + "reserves/apply")):
        answer = feishu.request(method, path, token=feishu.token())
        expect_equal((answer.status, answer.body), (404, b"404 page not found"), f"{method} {path}")
        expect_equal(answer.headers["content-type"], "text/plain; charset=utf-8", "type")
        expect("x-tt-logid" in answer.headers, "log id")
    expect_equal([r["api"] for r in feishu.records("unknown")], ["unknown"] * 9, "records")


@simulated()
def every_answer_has_its_log_id_and_date(feishu):
    feishu.clock(set_s=1795449601)
    seen = set()
    for answer in (feishu.ask_token(), feishu.call("GET", "reserves/1"), feishu.request("GET", "/nowhere"),
                   feishu.request("GET", VC + "reserves/1")):
        log_id = answer.headers["x-tt-logid"]
        expect(re.fullmatch(r"20261124000\d{3}[0-9A-F]{18}", log_id), f"log id {log_id}: Feishu's time and 18 digits")
        expect_equal(answer.headers["x-request-id"], log_id, "X-Request-Id")
        date = email.utils.parsedate_to_datetime(answer.headers["date"]).timestamp()
        expect(1795449601 <= date < 1795449601 + 900, f"Date {answer.headers['date']}")
        if answer.json and "error" in answer.json:
            error = answer.json["error"]
            expect_equal(error["log_id"], log_id, "error.log_id")
            expect_equal(error["message"], answer.json["msg"], "error.message")
            expect(log_id in error["troubleshooter"] and str(answer.code) in error["troubleshooter"], "troubleshooter")
        seen.add(log_id)
    expect_equal(len(seen), 4, "log ids")


# Rates and the quota, 4

def burst(feishu, count, path="reserves/1", token=None):
    answers = [feishu.call("GET", path, token=token) for _ in range(count)]
    return [a.code for a in answers], answers[-1]


@simulated()
def fixed_windows_are_strict(feishu):
    feishu.clock(freeze=True, set_s=1795449600)
    codes, last = burst(feishu, 51)
    expect_equal(codes, [121004] * 50 + [99991400], "50 a second")
    expect_equal((last.status, last.headers["x-ogw-ratelimit-limit"], last.headers["x-ogw-ratelimit-reset"]), (429, "50", "1"), "headers")
    expect_equal(last.json["msg"], "request trigger frequency limit", "msg")
    expect("retry-after" not in last.headers, "no Retry-After")
    feishu.clock(advance_s=1)
    expect_equal(burst(feishu, 1)[0], [121004], "the next second")
    feishu.set(rate_per_second=0)
    codes, last = burst(feishu, 950)
    expect_equal((codes.count(121004), codes.count(99991400)), (949, 1), "1000 a minute, refused ones not counted")
    expect_equal((last.headers["x-ogw-ratelimit-limit"], last.headers["x-ogw-ratelimit-reset"]), ("1000", "59"), "headers")
    feishu.refused(404, 121004, "GET", "reserves/1/get_active_meeting")
    feishu.control("app", {"app_id": "cli_b", "app_secret": "b"})
    expect_equal(burst(feishu, 1, token=feishu.token("cli_b", "b"))[0], [121004], "each app has its own")
    feishu.clock(advance_s=58)
    expect_equal(burst(feishu, 1)[0], [99991400], "the same minute")
    feishu.set(rate_status="400", rate_headers="no")
    answer = burst(feishu, 1)[1]
    expect_equal((answer.status, "x-ogw-ratelimit-reset" in answer.headers), (400, False), "by switch")
    feishu.clock(advance_s=1)
    expect_equal(burst(feishu, 1)[0], [121004], "the next minute")


@simulated("--set", "rate_window=sliding", "--set", "rate_per_minute=3", "--set", "rate_per_second=2")
def sliding_windows_are_strict(feishu):
    feishu.clock(freeze=True, set_s=1795449659)
    expect_equal(burst(feishu, 3)[0], [121004, 121004, 99991400], "2 a second")
    feishu.clock(advance_s=0.5)
    expect_equal(burst(feishu, 1)[0], [99991400], "half a second later")
    feishu.clock(advance_s=0.5)
    codes, last = burst(feishu, 2)
    expect_equal(codes, [121004, 99991400], "a second later: 3 a minute, though the clock's minute is another")
    expect_equal((last.headers["x-ogw-ratelimit-limit"], last.headers["x-ogw-ratelimit-reset"]), ("3", "59"), "headers")
    feishu.clock(advance_s=58)
    expect_equal(burst(feishu, 1)[0], [99991400], "before the minute is over")
    feishu.clock(advance_s=1)
    expect_equal(burst(feishu, 3)[0], [121004, 121004, 99991400], "after it")


@simulated()
def lists_and_tokens_have_their_own_rates(feishu):
    feishu.clock(freeze=True)
    path = "meetings/list_by_no?meeting_no=100000000&start_time=1&end_time=2"
    codes, last = burst(feishu, 101, path)
    expect_equal(codes, [0] * 100 + [99991400], "100 a minute")
    expect_equal(last.headers["x-ogw-ratelimit-limit"], "100", "limit")
    feishu.set(rate_token_per_minute=3)
    expect_equal([feishu.ask_token().code for _ in range(4)], [0, 0, 0, 99991400], "token requests")


@simulated()
def a_tenants_apps_share_one_quota(feishu):
    feishu.clock(freeze=True, set_s=1795449600)
    feishu.control("app", {"app_id": "cli_b", "app_secret": "b"})
    feishu.control("app", {"app_id": "cli_c", "app_secret": "c", "tenant": "elsewhere"})
    feishu.set(quota=6)
    mine, neighbour, stranger = feishu.token(), feishu.token("cli_b", "b"), feishu.token("cli_c", "c")
    codes = [feishu.call("GET", "reserves/1", token=t).code for t in (mine, neighbour, mine, neighbour, mine, neighbour)]
    expect_equal(codes, [121004] * 4 + [99991403] * 2, "six calls, two of them for tokens")
    expect_equal(feishu.call("GET", "reserves/1", token=mine).status, 429, "status")
    expect("x-ogw-ratelimit-reset" not in feishu.call("GET", "reserves/1", token=mine).headers, "no reset is told")
    expect_equal(feishu.ask_token().code, 99991403, "token requests too")
    expect_equal(feishu.call("GET", "reserves/1", token=stranger).code, 121004, "another tenant's")
    expect_equal(feishu.control("state")["quota"], {"2ca1d211f64f6438": 6, "elsewhere": 2}, "calls")
    feishu.set(quota_tokens="no")
    expect_equal(feishu.ask_token().code, 0, "token requests by switch")
    # The month is Feishu's, eight hours ahead: 30 November 16:00 UTC.
    feishu.set(token_life_s=30 * DAY)
    feishu.clock(set_s=1796054399)
    token = feishu.ask_token().json["tenant_access_token"]
    expect_equal(feishu.call("GET", "reserves/1", token=token).code, 99991403, "the last second of November")
    feishu.clock(advance_s=1)
    expect_equal(feishu.call("GET", "reserves/1", token=token).code, 121004, "the first of December")


# Records, control, scenario

@simulated("--records", "3")
def records_tell_all_but_secrets(feishu):
    feishu.token()
    feishu.call("POST", "reserves/apply?user_id_type=open_id", {"meeting_settings": {"topic": "站会"}})
    feishu.request("GET", "/nowhere?a=1&b=%E7%AB%99", headers={"X-Test": "1"})
    token, apply, unknown = feishu.records()
    expect_equal([r["api"] for r in (token, apply, unknown)], ["token", "apply", "unknown"], "order")
    expect_equal((token["body"], token["token"], token["app"]), ({"app_id": APP_ID, "app_secret": "***"}, 1, APP_ID), "token request")
    expect_equal((apply["method"], apply["path"], apply["query"], apply["token"], apply["app"], apply["status"], apply["code"]),
                 ("POST", VC + "reserves/apply", {"user_id_type": "open_id"}, 1, APP_ID, 400, 121003), "apply")
    expect_equal(apply["body"], {"meeting_settings": {"topic": "站会"}}, "body")
    expect("\\u7ad9" in apply["body_text"], "the body as it came")
    expect_equal(apply["headers"]["Content-Type"], "application/json; charset=utf-8", "headers")
    expect("Authorization" not in apply["headers"], "no token")
    expect_equal((unknown["query"], unknown["uri"], unknown["headers"]["X-Test"]),
                 ({"a": "1", "b": "站"}, "/nowhere?a=1&b=%E7%AB%99", "1"), "unknown path")
    expect_equal((unknown["token"], unknown.get("app"), unknown["status"]), (None, None, 404), "by nobody")
    expect(apply["connection"] == unknown["connection"] and apply["number"] == 2 and apply["time_ms"] > 0, "the rest")
    no_secrets(repr(feishu.records()))
    no_secrets(repr(feishu.control("state")))
    feishu.call("GET", "reserves/1")
    expect_equal([r["api"] for r in feishu.records()], ["apply", "unknown", "get"], "the newest three")
    expect_equal(feishu.sim.control("GET", "/_sim/requests")["total"], 4, "total")
    expect_equal(feishu.control("state")["counts"]["get"], 1, "counts")
    feishu.control("forget", {})
    expect_equal(feishu.records(), [], "forgotten")


def each_switch_is_a_switch():
    with open(os.path.join(SOURCE, "tests/sim/README"), encoding="utf-8") as file:
        readme = file.read().split("\nSwitches\n")[1].split("\nControl\n")[0]
    feishu = Feishu("--set", "no_active=empty", "--set", "quota=7")
    switches = feishu.control("state")["switches"]
    expect_equal((switches["no_active"], switches["quota"]), ("empty", 7), "--set")
    for name, value in switches.items():
        expect(f"\n    {name} " in readme, f"{name} is in README")
        if isinstance(value, int):
            expect_equal(feishu.set(**{name: 5})[name], 5, name)
            expect_equal(refused(feishu, "set", {name: "many"}), True, f"{name} is a number")
            continue
        line = re.search(rf"\n    {name} +(\S+)", readme).group(1)
        for choice in line.split("|"):
            expect_equal(feishu.set(**{name: choice})[name], choice, name)
        expect_equal(refused(feishu, "set", {name: "neither"}), True, f"{name} has choices")
    expect_equal(set(re.findall(r"\n    (\w+) +\S+\|", readme)) - set(switches), set(), "switches that are none")
    before = feishu.control("state")["switches"]
    expect(refused(feishu, "set", {"quota": 1, "no_such": 1}), "no such switch")
    expect_equal(feishu.control("state")["switches"], before, "nothing is set where one is wrong")
    feishu.end()


def refused(feishu, verb, body):
    try:
        feishu.control(verb, body)
        return False
    except Failure as failure:
        return ": 400 " in str(failure)


@simulated()
def mistakes_in_control_calls_are_told(feishu):
    reserve_id = feishu.control("reserve", {"id": RESERVE, "topic": "board", "meeting_no": "123456789"})["id"]
    expect_equal(reserve_id, RESERVE, "id")
    for verb, body in (("reserve", {"id": RESERVE}), ("reserve", {"meeting_no": "1"}), ("meeting", {"action": "start", "reserve_id": "1"}),
                       ("meeting", {"action": "end", "topic": "board"}), ("meeting", {"action": "start", "topic": "board", "status": 3}),
                       ("fault", {}), ("fault", {"kind": "flood"}), ("app", {"state": "odd"}), ("user", {}),
                       ("user", {"open_id": "ou_x", "standing": "odd"}), ("user_token", {}), ("user_token", {"user": "u", "app_id": "x"}),
                       ("nothing", {})):
        expect(refused(feishu, verb, body), f"{verb} {body}")
    feishu.meeting("start", topic="board")
    for body in ({"action": "start", "topic": "board"}, {"action": "fly", "topic": "board"}, {"action": "join", "topic": "board"},
                 {"action": "join", "topic": "board", "id": "ou_x", "status": 5}, {"action": "host", "topic": "board"},
                 {"action": "cohost", "topic": "board"}):
        expect(refused(feishu, "meeting", body), f"{body}")
    for method, path, body in (("POST", "/_sim/set", "{"), ("POST", "/_sim/set", "[]"), ("GET", "/_sim/nothing", None)):
        expect(feishu.request(method, path, body).status in (400, 404), path)
    meeting = feishu.meeting("host", topic="board", id="ou_new")
    expect_equal(meeting["host_user"]["id"], "ou_new", "host")
    meeting = feishu.meeting("cohost", meeting_id=meeting["id"], id="ou_co")
    expect_equal(meeting["participants"][0]["is_cohost"], True, "cohost")


def a_scenario_waits_for_its_reservation():
    feishu = Feishu(scenario=os.path.join(SOURCE, "tests/sim/demo.json"))
    state = feishu.control("state")
    expect_equal([r["id"] for r in state["reservations"]], [RESERVE], "the adopted reservation")
    events = state["waiting"]
    expect(events > 10, "events")
    expect_equal(state["meetings"], [], "nothing happens without the reservation")
    feishu.reserve_id(topic="Weekly review")
    feishu.sim.control("GET", "/_sim/state")
    meeting = wait_until(lambda: feishu.control("state")["meetings"], "the meeting")[0]
    expect_equal((meeting["topic"], meeting["host_user"]["id"]), ("Weekly review", OWNER), "the meeting")
    expect(feishu.control("state")["waiting"] < events, "events are used up")
    feishu.end()


def a_scenario_has_all_that_control_calls_have():
    scenario = {
        "set": {"quota": 1000}, "apps": [{"app_id": "cli_b", "app_secret": "b"}], "users": [{"open_id": "ou_1", "union_id": "on_2"}],
        "reservations": [{"id": "77", "topic": "there"}],
        "events": [{"topic": "there", "action": "start"}, {"reserve_id": "77", "action": "join", "id": "ou_1"},
                   {"topic": "later", "after": 0, "action": "start"}, {"topic": "later", "action": "join", "id": "ou_1"},
                   {"topic": "later", "action": "end"}, {"at": 0, "do": "fault", "api": "get", "kind": "delay"}],
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(scenario, file)
        file.flush()
        feishu = Feishu(scenario=file.name)
    wait_until(lambda: feishu.control("state")["waiting"] == 3, "what needs no other reservation")
    state = feishu.control("state")
    expect_equal((state["switches"]["quota"], len(state["apps"]), state["faults"][0]["kind"]), (1000, 2, "delay"), "the start")
    expect_equal([(m["reserve_id"], m["status"], len(m["participants"])) for m in state["meetings"]], [("77", 2, 1)], "the first")
    reserve_id = feishu.reserve_id(topic="later")
    wait_until(lambda: feishu.control("state")["waiting"] == 0, "the rest")
    feishu.reserve_id(topic="later")
    feishu.control("state")
    meetings = feishu.control("state")["meetings"][1:]
    expect_equal([(m["reserve_id"], m["status"], len(m["participants"])) for m in meetings], [(reserve_id, 3, 1)], "once, in order")
    feishu.end()


TESTS = [
    it_ends_in_order,
    mistakes_on_the_command_line_are_told,
    the_same_seed_gives_the_same_answers,
    tokens_keep_the_half_hour_rule,
    token_requests_fail_with_http_200,
    app_tokens_open_nothing_here,
    bad_tokens_have_their_codes,
    tokens_expire,
    tokens_can_be_revoked,
    who_comes_before_what,
    rights_are_checked,
    unknown_paths_are_plain_text,
    every_answer_has_its_log_id_and_date,
    fixed_windows_are_strict,
    sliding_windows_are_strict,
    lists_and_tokens_have_their_own_rates,
    a_tenants_apps_share_one_quota,
    records_tell_all_but_secrets,
    each_switch_is_a_switch,
    mistakes_in_control_calls_are_told,
    a_scenario_waits_for_its_reservation,
    a_scenario_has_all_that_control_calls_have,
]

if __name__ == "__main__":
    main(TESTS)
