"""meetingctl doctor against the real daemon and the simulator, whole and with each fault that it knows."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from client_script import STATUS, Script, command, environment  # noqa: E402
from meeting_house import APP_ID, LIMIT, VALGRIND, Skip, expect, expect_equal, local, main, no_secrets, wait_until  # noqa: E402

SCOPES = ["vc:reserve", "vc:reserve:readonly", "vc:meeting:readonly"]
PLAN = f"""
[reservation standup]
start = {local(7200)}
duration = 30min
create_ahead = 24h
"""


def unit(house, load, active, enabled, outdated):
    """A systemctl that says this of every unit."""
    return house.write("systemctl", f"""#!/bin/sh
echo "LoadState={load}"; echo "ActiveState={active}"; echo "UnitFileState={enabled}"; echo "NeedDaemonReload={outdated}"
""", 0o755)


def ask(house, *more, code=0):
    """check -> its findings"""
    # This machine's own unit, if it has one, is none of the tests' business.
    path = os.path.dirname(unit(house, "loaded", "active", "enabled", "no"))
    got, output, errors = house.ctl("doctor", "--json", *more, env={"PATH": f"{path}:{os.environ['PATH']}"})
    expect_equal((got, errors), (code, ""), f"exit code ({output})")
    no_secrets(output)
    found = {}
    for finding in json.loads(output):
        expect_equal(sorted(finding), ["check", "mend", "message", "result"], "members")
        expect(finding["result"] in ("ok", "warn", "fail"), finding)
        expect(finding["result"] != "fail" or finding["mend"], f"no mend: {finding}")
        found.setdefault(finding["check"], []).append(finding)
    return found


def check(found, name, result, *texts):
    for finding in found.get(name, []):
        if finding["result"] == result and all(text in f"{finding['message']} {finding['mend']}" for text in texts):
            return
    raise AssertionError(f"no {name} {result} {texts} in {json.dumps(found, ensure_ascii=False)}")


def count(house):
    return len(house.simulator.requests())


def all_is_well_and_calls_are_few(house):
    house.configure("")
    house.start()
    # A new daemon without plans: --offline asks nobody,
    found = ask(house, "--offline")
    check(found, "token", "warn", "none was asked for")
    check(found, "scope", "ok", "vc:reserve is not known")
    expect_equal(count(house), 0, "calls of --offline")
    # an operator's costs two calls, and a token,
    found = ask(house)
    check(found, "probe", "ok", "2 calls")
    expect_equal(count(house), 3, "calls of the first")
    check(found, "scope", "ok", "has vc:reserve")
    check(found, "scope", "ok", "has vc:reserve:readonly")
    check(found, "token", "ok", "takes its app_id and secret")
    check(found, "clock", "ok", "same as Feishu's")
    check(found, "configuration", "ok", "good (1 app, 0 plans)")
    for name in ("daemon", "store", "socket", "secret", "access", "feishu", "quota"):
        check(found, name, "ok")
    # and what is known once is not asked for again.
    found = ask(house)
    expect("probe" not in found, f"probe: {found}")
    expect_equal(count(house), 3, "calls of the second")
    expect_equal(house.call("ListReservations", {"since": 0})["reservations"], [], "nothing was made")
    # The same for people: a line for each, and the sum.
    code, output, _ = house.ctl("doctor")
    expect_equal(code, 0, "exit code")
    lines = output.splitlines()
    expect(any(line.startswith("ok    clock          the same") for line in lines) and ", 0 wrong." in lines[-1], output)
    expect("wrong" not in house.ctl("doctor", "--no-legend")[1], "legend")
    expect_equal(house.ctl("doctor", "x")[0], 2, "usage")
    house.stop()


def a_missing_scope_is_named_and_a_wrong_clock_measured(house):
    house.simulator.control("POST", "/_sim/app", {"app_id": APP_ID, "scopes": SCOPES[1:]})
    house.configure("")
    house.start()
    found = ask(house, code=1)
    check(found, "scope", "fail", "lacks vc:reserve, which", "Give the app", "publish a version", "update, code 99991672")
    check(found, "scope", "ok", "has vc:reserve:readonly")
    house.simulator.control("POST", "/_sim/app", {"app_id": APP_ID, "scopes": SCOPES})
    house.ctl("update", "1", "--end-time", "+1h")
    check(ask(house), "scope", "ok", "has vc:reserve")
    # The clock, by the date of Feishu's answers.
    for advance, result, words in ((30, "warn", "behind Feishu's"), (300, "fail", "behind Feishu's"),
                                   (-7530, "fail", "ahead of Feishu's"))[2 if VALGRIND else 0:]:
        house.simulator.control("POST", "/_sim/clock", {"advance_s": advance})
        house.ctl("get", "1")
        check(ask(house, code=1 if result == "fail" else 0), "clock", result, words, "time service")
    house.stop()


def a_wrong_secret_and_no_feishu_are_told_apart(house):
    house.configure(PLAN)
    house.write("secret", "wrong-secret\n", 0o600)
    house.start()
    wait_until(lambda: house.call("GetStatus")["status"]["apps"][0]["token"] == "refused", "the refusal")
    found = ask(house, "--offline", code=1)
    check(found, "token", "fail", "10014", "restart meetingd after a new secret")
    # It answers, after all; and an operator's doctor says no more of it.
    check(found, "feishu", "ok", "answers")
    found = ask(house, code=1)
    check(found, "feishu", "ok", "answers")
    expect(all(finding["result"] == "warn" for finding in found.get("probe", [])), f"probe: {found}")
    house.stop()
    house.write("secret", "sim-secret\n", 0o600)
    house.configure(PLAN, url="http://127.0.0.1:1")
    house.start()
    wait_until(lambda: house.call("GetStatus")["status"]["apps"][0].get("last_error"), "the failure")
    check(ask(house, "--offline", code=1), "feishu", "fail", "cannot connect to 127.0.0.1")
    found = ask(house, code=1)
    expect_equal(len(found.get("probe", [])), 1, "what is not reached is not tried twice")
    check(found, "token", "warn", "there is none yet")
    house.stop()


def without_a_daemon_the_rest_is_looked_at(house):
    house.configure(PLAN)
    found = ask(house, code=1)
    check(found, "daemon", "fail", "no daemon at", "systemctl status meetingd")
    for name in ("configuration", "disk", "clock", "unit"):
        expect(name in found, f"{name}: {found}")
    expect_equal(count(house), 0, "calls")
    # A file with a mistake, and a socket that everybody may use.
    house.start()
    house.configure(PLAN + "speling = 1\n")
    os.chmod(house.socket, 0o666)
    house.ctl("reload")
    found = ask(house, "--offline", code=1)
    check(found, "configuration", "fail", "speling", "meetingctl check")
    check(found, "reload", "fail", "speling")
    check(found, "socket", "warn", "open to everyone (mode 0666)")
    house.stop()


def the_unit_is_looked_at_where_systemd_runs(house):
    """In a file system of its own, in which systemd seems to run."""
    program = [*command(house.socket, "doctor", "--offline", "--no-legend")]
    if subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/run"], capture_output=True, check=False).returncode != 0:
        raise Skip("no right to mount a file system of one's own")
    for state, wanted in ((("loaded", "active", "enabled", "no"), "ok    unit           meetingd.service is active, enabled"),
                          (("loaded", "failed", "enabled", "no"), "fail  unit           meetingd.service failed"),
                          (("loaded", "inactive", "disabled", "no"), "fail  unit           meetingd.service is inactive"),
                          (("loaded", "active", "disabled", "no"), "does not start with the machine"),
                          (("not-found", "inactive", "", "no"), "warn  unit           systemd has no unit meetingd.service"),
                          (("loaded", "active", "enabled", "yes"), "has changed on the disk"))[1 if VALGRIND else 0:2 if VALGRIND else 6]:
        path = os.path.dirname(unit(house, *state))
        done = subprocess.run(["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /run && mkdir -p /run/systemd/system && "$@"', "sh",
                               *program], capture_output=True, text=True, timeout=LIMIT, check=False,
                              env=environment(PATH=f"{path}:{os.environ['PATH']}"))
        expect(wanted in done.stdout, f"{state}: {done}")


def a_status_of_any_kind_is_looked_at():
    """From a daemon that is a script: numbers, types and texts as they may never come."""
    app = STATUS["apps"][0]
    odd = [{**STATUS, "version": "99\x1b[31m", "operator": False}, {**STATUS, "apps": [{**app, "base_url": "https://x\x1b[31m"}]},
           *({field: value for field in STATUS} for value in (7, "x", [], {}, None, [7], -2**63)),
           *({**STATUS, "apps": [{field: value for field in app}]} for value in (7, "x", [], None, [7], -2**63, 2**63 - 1)),
           {**STATUS, "apps": [{**app, "month_limit": 100, "month_used": 95, "last_error": None}]},
           {**STATUS, "apps": [{**app, "month_limit": 100, "month_used": 100, "last_error": None}]}]
    with Script() as script:
        for status in odd[::6] + odd[-1:] if VALGRIND else odd:
            script.answers["GetStatus"] = {"status": status}
            done = subprocess.run(command(script.path, "doctor", "--offline", "--json"), capture_output=True, text=True,
                                  timeout=LIMIT, env=environment(), check=False)
            expect(done.returncode in (0, 1) and done.stderr == "", f"{status}: {done}")
            expect("\x1b" not in done.stdout and "\\u001b" not in done.stdout, f"control characters: {done.stdout}")
            found = json.loads(done.stdout)
            expect(all(sorted(f) == ["check", "mend", "message", "result"] for f in found), f"findings: {found}")
        expect(any(f["check"] == "quota" and f["result"] == "fail" and "are spent" in f["message"] for f in found), f"{found}")


main([all_is_well_and_calls_are_few, a_missing_scope_is_named_and_a_wrong_clock_measured,
      a_wrong_secret_and_no_feishu_are_told_apart, a_status_of_any_kind_is_looked_at,
      the_unit_is_looked_at_where_systemd_runs, without_a_daemon_the_rest_is_looked_at])
