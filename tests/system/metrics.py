"""The daemon's figures: OpenMetrics that a strict parser takes, a file for node_exporter, and what is made of them."""
import json
import os
import re
import resource
import shutil
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import (BUILD, SOURCE, VALGRIND, Skip, expect, expect_equal, local, main, no_secrets,  # noqa: E402
                           wait_until)

# Where Debian has it for its own Python, whichever one runs this.
sys.path.append("/usr/lib/python3/dist-packages")
try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
except ImportError:
    text_string_to_metric_families = None

PROMTOOL = shutil.which(os.environ.get("PROMTOOL") or "promtool")
PLAN = """
[reservation {name}]
topic = A secret topic
password = 971024
start = {start}
duration = 30min
"""
USUAL = {"live": "10s", "starting": "10s", "idle": "5min", "overdue": "30s", "cooling": "2min"}
NAME = '站会 "a\\b"'
DASHBOARD = os.path.join(SOURCE, "conf/grafana-dashboard.json")
RULES = os.path.join(SOURCE, "conf/prometheus-alerts.yml")


def figures(house, **parameters):
    """{(name, labels): value} of all samples, and the families."""
    text = house.call("GetMetrics", parameters)["openmetrics"]
    no_secrets(text, "topic", "971024")
    if text_string_to_metric_families is None:
        raise Skip("python3-prometheus-client is not installed")
    families = list(text_string_to_metric_families(text))
    samples = [sample for family in families for sample in family.samples]
    found = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}
    expect_equal(len(found), len(samples), "samples that are there once")
    return found, families


def expressions():
    """What the dashboard and the rules ask Prometheus for."""
    with open(DASHBOARD, encoding="utf-8") as file:
        dashboard = json.load(file)
    with open(RULES, encoding="utf-8") as file:
        rules = file.read()
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    expect(len(asked) > 20, f"expressions of the dashboard: {asked}")
    return asked, rules


def names_exist(families):
    suffixes = {"counter": ["_total"], "info": ["_info"], "histogram": ["_bucket", "_sum", "_count"]}
    known = {family.name + suffix for family in families for suffix in suffixes.get(family.type, [""])}
    states = {value for family in families for sample in family.samples for value in sample.labels.values()}
    asked, rules = expressions()
    for text in (*asked, *re.findall(r"expr: (?:>-\n\s+)?(.*(?:\n {10,}.*)*)", rules)):
        for name in re.findall(r"\bmeetingd_\w+", text):
            expect(name in known, f"{name} is no figure of GetMetrics, but asked for in: {text}")
        for value in re.findall(r'\b(?:state|class|phase|api)=~?"([^"]*)"', text):
            for one in value.split("|"):
                expect(one in states, f"no label has the value {one}, which is asked for in: {text}")


def figures_are_what_is_known(house):
    house.configure(PLAN.format(name=NAME, start=local(60)) + PLAN.format(name="later", start=local(900000)),
                    app="monthly_calls = 10000")
    house.start()
    reserve_id = house.wait_for_state("reserved", name=NAME)["reserve_id"]
    house.simulator.meeting(action="start", reserve_id=reserve_id, host="ou_host")
    for member in ("ou_host", "ou_guest"):
        house.simulator.meeting(action="join", reserve_id=reserve_id, id=member, user_type=1)
    wait_until(lambda: house.call("GetStatus")["status"]["counts"]["participants"] == 2, "two in the room")
    house.wait_for_state("live", name=NAME)  # which may come after the room's count
    found, families = figures(house)

    def get(name, **labels):
        return found.get(("meetingd_" + name, frozenset(labels.items())))
    status, quota = house.call("GetStatus")["status"], house.call("GetQuota")["quota"]["apps"][0]
    expect_equal((get("meetings_live"), get("participants"), get("plan_in_meeting", plan=NAME)), (1, 2, 2), "who is in")
    expect_equal((get("plan_state", plan=NAME, state="live"), get("plan_in_meeting", plan="later")), (1, 0), "plans")
    expect_equal((get("reservations", state="live"), get("reservations", state="failed")), (1, 0), "reservations")
    expect_equal((get("followed", phase="live"), get("followed_stale", phase="live")), (1, 0), "followed")
    expect(0 <= get("poll_age_seconds", phase="live") < 60 and get("poll_age_seconds", phase="cooling") is None, str(found))
    expect_equal(get("api_calls_total", app="default", api="apply", code="0"), 1, "applies")
    expect_equal(get("api_call_duration_seconds_count", app="default", api="token"), 1, "tokens that took their time")
    expect_equal(get("api_call_duration_seconds_bucket", app="default", api="token", le="+Inf"), 1, "the same")
    # A look may leave in between.
    expect(0 <= quota["used"] - get("month_calls_used", app="default") < 20, f"{found} and {quota}")
    expect_equal((get("month_calls_limit", app="default"), get("poll_stretch_ratio", app="default", **{"class": "now"})),
                 (quota["limit"], quota["stretch_now"]), "the month")
    app = status["apps"][0]
    expect_equal((get("token_state", app="default", state="valid"), get("token_expiry_timestamp_seconds", app="default")),
                 (1, app["token_expires_at"]), "token")
    expect_equal(get("token_asked_timestamp_seconds", app="default"), app["token_expires_at"] - 7200, "token's age")
    expect_equal((get("start_timestamp_seconds"), get("plans")), (status["started_at"], 2), "the daemon")
    expect_equal((get("reload_success"), get("reload_timestamp_seconds"), get("store_failing")), (1, None, 0), "health")
    expect_equal(get("build_info", version=status["version"]), 1, "version")
    for family in families:
        expect(family.documentation and family.name.startswith("meetingd_"), f"{family}")
        expect("seconds" not in family.name or family.unit == "seconds", f"{family} has no unit")
    names_exist(families)
    fewer, _ = figures(house, plans=False)
    expect(not [name for name, labels in fewer if "plan" in dict(labels)], "no series for plans")
    expect_equal({key[0] for key in found if not key[0].startswith("meetingd_plan")} - {name for name, _ in fewer}, set(),
                 "all others are there")


def failures_are_counted_and_scrapes_ask_nobody(house):
    house.configure(PLAN.format(name="hung", start=local(60)), daemon="on_uncertain = hold", poll=USUAL)
    house.simulator.fault(api="apply", kind="reset", count=1)
    house.start()
    house.wait_for_state("uncertain", name="hung")
    found, _ = figures(house)

    def get(name, **labels):
        return found.get(("meetingd_" + name, frozenset(labels.items())))
    expect_equal(get("api_calls_total", app="default", api="apply", code="none"), 1, "applies without an answer")
    expect_equal(get("api_calls_total", app="default", api="apply", code="0"), 0, "those with a good one")
    expect_equal(get("api_call_duration_seconds_count", app="default", api="apply"), 0, "no answer took no time")
    expect_equal((get("reservations", state="uncertain"), get("problems"), get("healthy")), (1, 1, 0), "health")
    expect_equal((get("app_failing", app="default"), get("reload_success")), (1, 1), "the app")
    requests = len(house.simulator.requests())
    for _ in range(20):
        figures(house)
    expect_equal(len(house.simulator.requests()), requests, "requests after twenty scrapes")
    house.write("meetingd.conf", "[daemon\n")
    house.ctl("reload")
    found, _ = figures(house)
    expect_equal(get("reload_success"), 0, "a reload that was refused")
    house.stop()


def files(house):
    return sorted(name for name in os.listdir(house.path("textfile")))


def a_file_is_there_as_a_whole_or_not_at_all(house):
    house.configure(PLAN.format(name=NAME, start=local(900000)), poll=USUAL)
    house.start()
    os.mkdir(house.path("textfile"))
    path = house.path("textfile/meetingd.prom")
    code, output, errors = house.ctl("metrics", "--write", path)
    expect_equal((code, output, errors, files(house)), (0, "", "", ["meetingd.prom"]), "write")
    expect_equal(stat.S_IMODE(os.stat(path).st_mode), 0o644, "mode")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    expect("# EOF" not in text and "# UNIT" not in text, text)
    expect("\n# TYPE meetingd_socket_requests_total counter\n# HELP meetingd_socket_requests_total Req" in text, text)
    expect("# TYPE meetingd_build_info gauge\n" in text and '{plan="站会 \\"a\\\\b\\""} 0\n' in text, text)
    code, output, errors = house.ctl("metrics", "--no-plans")
    expect_equal((code, errors, output.splitlines()[-1]), (0, "", "# EOF"), "metrics")
    expect("plan=" not in output, output)
    expect_equal(list(json.loads(house.ctl("--json", "metrics")[1])), ["openmetrics"], "--json")

    # The disk is full: the one before stays as it is.
    command = [os.path.join(BUILD, "meetingctl"), "--socket", house.socket, "metrics", "--write", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, restore_signals=False,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)))
    expect_equal((done.returncode, done.stdout), (1, ""), f"a file that cannot be written: {done}")
    expect(path in done.stderr and "File too large" in done.stderr, done.stderr)
    with open(path, encoding="utf-8") as file:
        expect_equal(file.read(), text, "the file from before")
    os.mkfifo(house.path("textfile/fifo"))
    for target, words in (("missing/x.prom", "Its directory has to exist"), ("textfile", "no regular file"),
                          ("textfile/fifo", "no regular file"), ("textfile/meetingd.prom/x", "Not a directory")):
        code, output, errors = house.ctl("metrics", "--write", house.path(target))
        expect_equal((code, output), (1, ""), f"{target}: {errors}")
        expect(words in errors and house.path(target) in errors, errors)
    expect_equal(files(house), ["fifo", "meetingd.prom"], "nothing is left behind")
    expect_equal(house.ctl("metrics", "--write", path, "--json")[0], 2, "both ways at once")
    expect_equal(house.ctl("list", "--write", path)[0], 2, "another command")
    house.stop()
    expect_equal(house.ctl("metrics", "--write", path)[0], 3, "no daemon")
    with open(path, encoding="utf-8") as file:
        expect_equal(file.read(), text, "the file without a daemon")


def check(*arguments, text=None):
    done = subprocess.run([PROMTOOL, "check", *arguments], capture_output=True, text=True, input=text, check=False)
    expect_equal((done.returncode, done.stderr), (0, ""), f"promtool check {arguments}: {done.stdout}")


def promtool_finds_nothing_wrong(house):
    if VALGRIND or not PROMTOOL:
        raise Skip("promtool runs here, and nothing of ours" if VALGRIND else "there is no promtool (Debian: prometheus)")
    house.configure(PLAN.format(name=NAME, start=local(60)), app="monthly_calls = 10000")
    house.start()
    house.wait_for_state("reserved", name=NAME)
    path = house.path("meetingd.prom")
    expect_equal(house.ctl("metrics", "--write", path)[0], 0, "write")
    with open(path, encoding="utf-8") as file:
        check("metrics", text=file.read())
    check("rules", RULES)
    # The dashboard's expressions, as if they were rules.
    asked, _ = expressions()
    rules = [{"record": f"panel:{number}", "expr": text.replace("$__rate_interval", "5m")} for number, text in enumerate(asked)]
    check("rules", house.write("panels.yml", json.dumps({"groups": [{"name": "panels", "rules": rules}]})))


TESTS = [
    figures_are_what_is_known,
    failures_are_counted_and_scrapes_ask_nobody,
    a_file_is_there_as_a_whole_or_not_at_all,
    promtool_finds_nothing_wrong,
]

if __name__ == "__main__":
    main(TESTS)
