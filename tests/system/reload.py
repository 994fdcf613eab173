"""Reload: by SIGHUP and by an operator; good files and bad ones; what systemd is told; what takes effect and what waits."""
import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import (SECRET, Skip, Varlink, expect, expect_equal, local, main, no_secrets, wait_until)  # noqa: E402

PLAN = """
[reservation review]
topic = Weekly review
start = {start}
duration = 30min
password = 918273
"""
MISTAKES = """
[reservation review]
topci = Weekly review
start = tomorrow
duration = 30min
[reservation 板]
duration = long
"""


def plan():
    return PLAN.format(start=local(3600))


def begin(house, *arguments, **more):
    house.configure(*(arguments or (plan(),)), **more)
    house.start()
    house.notify.messages.clear()


def runs_told(house):
    """The messages to systemd about reloads, in order."""
    return [m.splitlines()[0] for m in list(house.notify.messages) if m.startswith(("RELOADING=1", "READY=1", "STOPPING=1"))]


def hang_up(house):
    """SIGHUP, and waits until systemd knows that this reload has ended."""
    told = len(runs_told(house))
    house.daemon.process.send_signal(signal.SIGHUP)
    wait_until(lambda: runs_told(house)[told:] == ["RELOADING=1", "READY=1"], "RELOADING, then READY")


def status(house):
    return house.call("GetStatus")["status"]


def client_as_nobody(house):
    """Somebody who is no operator; who one is, is asked when the connection is made."""
    if os.geteuid() != 0:
        raise Skip("only root can become somebody else")
    os.chmod(house.directory, 0o755)
    os.chmod(house.socket, 0o666)
    os.seteuid(65534)
    try:
        return Varlink(house.socket)
    finally:
        os.seteuid(0)


class Held:
    """A configuration that is not read to its end until the test says so: a drop-in that is a pipe."""

    def __init__(self, house):
        os.makedirs(house.path("meetingd.conf.d"), exist_ok=True)
        self.path = house.path("meetingd.conf.d/held.conf")
        os.mkfifo(self.path)

    def go(self, text="", last=False):
        """Waits for the reader, and gives it a text."""
        with open(self.path, "w", encoding="utf-8") as pipe:
            if last:
                os.unlink(self.path)
            pipe.write(text)


def a_hangup_reloads_and_systemd_is_told(house):
    begin(house)
    watcher = house.varlink()
    watcher.send("io.meetingd.Monitor", more=True)
    of_a_plan = house.varlink()
    of_a_plan.send("io.meetingd.Monitor", {"name": "review"}, more=True)
    expect_equal(of_a_plan.receive()["parameters"]["event"]["kind"], "snapshot", "first event")
    before = time.monotonic_ns() // 1000
    hang_up(house)
    told = next(m for m in house.notify.messages if m.startswith("RELOADING=1")).splitlines()
    expect(told[1].startswith("MONOTONIC_USEC="), told)
    expect(before <= int(told[1].split("=")[1]) <= time.monotonic_ns() // 1000, f"the time of {told}")
    last = status(house)["last_reload"]
    expect_equal((last["problems"], last["restart"]), ([], []), "last_reload")
    expect(abs(last["at"] - time.time()) < 60, "when it was")
    while watcher.receive()["parameters"]["event"]["kind"] != "configuration_reloaded":
        pass
    # Who watches a plan is told of that plan alone: the next that comes is about it.
    made = house.wait_for_state("reserved", name="review")
    house.call("UpdateReservation", {"reserve_id": made["reserve_id"], "end_time": int(time.time()) + 7200})
    kinds = []
    while "reservation_updated" not in kinds:
        kinds.append(of_a_plan.receive()["parameters"]["event"]["kind"])
    expect("configuration_reloaded" not in kinds, f"the events of a plan: {kinds}")
    house.stop()


def mistakes_are_all_told_and_change_nothing(house):
    begin(house)
    house.wait_for_state("reserved", name="review")
    loaded_at = status(house)["loaded_at"]
    house.configure(MISTAKES)
    hang_up(house)
    parts = ("[reservation review] topci", "[reservation review] start", "[reservation 板] duration", "meetingd.conf:")
    log = house.daemon.text()
    for part in parts:
        expect(part in log, f"{part!r} in the log: {log[-2000:]}")
    seen = status(house)
    expect(not seen["healthy"] and "was not reloaded" in seen["health"], seen["health"])
    expect_equal(seen["loaded_at"], loaded_at, "loaded_at")
    expect_equal(house.reservation(name="review")["state"], "reserved", "the reservation")
    expect(any(x.startswith("STATUS=") and "was not reloaded" in x for x in house.notify.lines()), "STATUS says it")
    reply = house.varlink().ask("Reload")
    expect_equal(reply["error"], "io.meetingd.ConfigInvalid", "error")
    problems = reply["parameters"]["problems"]
    for part in parts:
        expect(any(part in problem for problem in problems), f"{part!r} in {problems}")
    expect_equal(status(house)["last_reload"]["problems"], problems, "last_reload")
    code, output, errors = house.ctl("reload")
    expect_equal((code, output), (1, ""), "meetingctl reload")
    for problem in problems:
        expect(f"  {problem}\n" in errors, f"{problem!r} in {errors!r}")
    shown = house.ctl("status")[1]
    for problem in problems:
        expect(problem.split(": ")[1] in shown, f"status shows {problem!r}: {shown}")
    house.configure(plan())
    code, output, errors = house.ctl("reload")
    expect_equal((code, errors), (0, ""), f"a good file: {errors}")
    expect("Configuration reloaded." in output, output)
    expect(status(house)["healthy"], status(house)["health"])
    wait_until(lambda: "not reloaded" not in [x for x in house.notify.lines() if x.startswith("STATUS=")][-1], "STATUS is good again")
    house.stop()
    no_secrets(house.daemon.text(), "918273")


def a_secret_that_is_gone_is_a_mistake(house):
    begin(house)
    os.unlink(house.path("secret"))
    code, _, errors = house.ctl("reload")
    expect_equal(code, 1, "exit code")
    expect("app_secret_file" in errors, errors)
    house.call("GetStatus")
    house.stop()


def what_takes_effect(house):
    begin(house, plan(), daemon="", poll={"idle": "1h"})
    house.wait_for_state("reserved", name="review")
    nobody = client_as_nobody(house)
    nobody.send("io.meetingd.Monitor", more=True)
    expect("918273" not in json.dumps(nobody.receive()), "a watch without passwords")
    expect_equal(client_as_nobody(house).ask("Reload")["error"], "org.varlink.service.PermissionDenied", "nobody")
    polls = len(house.simulator.requests("active"))
    path = house.configure(plan(), daemon="operators = root, nobody\non_uncertain = hold", poll={"idle": "100ms"})
    with open(path, encoding="utf-8") as file:
        text = file.read()
    house.write("meetingd.conf", text.replace("log_level = debug", "log_level = error"))
    code, _, errors = house.ctl("reload")
    expect_equal((code, errors), (0, ""), "reload")
    wait_until(lambda: len(house.simulator.requests("active")) > polls + 3, "polls at the new interval")
    expect_equal(client_as_nobody(house).ask("Reload").get("error"), None, "nobody is an operator now")
    made = house.reservation(name="review")
    house.call("UpdateReservation", {"reserve_id": made["reserve_id"], "end_time": int(time.time()) + 7200})
    event = {}
    while event.get("kind") != "reservation_updated":
        event = nobody.receive()["parameters"]["event"]
    expect_equal(event["reservation"].get("password"), "918273", "the open watch shows passwords from now on")
    # And back: an operator no more.
    house.configure(plan(), daemon="operators = root", poll={"idle": "1h"})
    hang_up(house)
    house.call("UpdateReservation", {"reserve_id": made["reserve_id"], "end_time": int(time.time()) + 7300})
    event = {}
    while event.get("kind") != "reservation_updated":
        event = nobody.receive()["parameters"]["event"]
    expect(event["reservation"].get("password") is None, "the open watch shows none from now on")
    house.stop()
    expect_equal(house.daemon.text().count("configuration reloaded"), 1, "with log_level = error, two reloads are not told of")


def what_waits_for_a_restart_is_named(house):
    begin(house)
    house.wait_for_state("reserved", name="review")
    house.write("secret", "quite-another-secret\n", 0o600)
    house.write("more-secret", SECRET, 0o600)
    path = house.configure(plan() + f"""
[app sales]
app_id = cli_other
app_secret_file = {house.path("more-secret")}
owner_id = ou_b
[reservation pitch]
app = sales
start = {local(3600)}
duration = 30min
""", app="rate_per_minute = 7")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    house.write("meetingd.conf", text.replace(f"socket = {house.socket}", f"socket = {house.path('other')}"))
    names = ["[daemon] socket", "[app] app_secret_file", "[app] rate_per_minute", "[app sales] (new: its plans wait)"]
    code, output, errors = house.ctl("reload")
    expect_equal((code, errors), (0, ""), f"reload: {errors}")
    for name in names:
        expect(f"! only after a restart of meetingd: {name}\n" in output, f"{name!r} in {output!r}")
    expect_equal(status(house)["last_reload"]["restart"], names, "last_reload")
    expect(house.ctl("status")[1].count("[app sales]") == 1, "status shows it")
    told = [line for line in house.daemon.text().splitlines() if "restart" in line]
    expect_equal(len(told), 1, f"one line in the log: {told}")
    expect(all(name in told[0] for name in names), told[0])
    expect(not os.path.exists(house.path("other")), "the socket is where it was")
    made = house.reservation(name="review")
    house.call("FetchReservation", {"reserve_id": made["reserve_id"]})
    # The file is as it was again.
    house.write("secret", SECRET + "\n", 0o600)
    house.configure(plan())
    expect_equal(json.loads(house.ctl("--json", "reload")[1])["restart"], [], "nothing waits any more")
    house.stop()
    no_secrets(house.daemon.text() + output, "quite-another-secret")


def requests_that_come_meanwhile_share_the_next_run(house):
    begin(house)
    held = Held(house)
    first = house.varlink()
    first.send("io.meetingd.Reload")
    wait_until(lambda: runs_told(house) == ["RELOADING=1"], "the first run")
    others = [house.varlink() for _ in range(3)]
    for other in others:
        other.send("io.meetingd.Reload")
    vanishing = house.varlink()
    vanishing.send("io.meetingd.Reload")
    vanishing.close()
    wait_until(lambda: status(house)["socket"]["requests"] >= 5, "their requests")
    held.go("[daemon]\nnonsense = 1\n")
    expect_equal(first.receive()["error"], "io.meetingd.ConfigInvalid", "the first saw the file as it was then")
    held.go(last=True)
    for other in others:
        expect("error" not in other.receive(), "the others see what the file is later")
    expect_equal(runs_told(house), ["RELOADING=1", "READY=1"] * 2, "runs")
    house.stop()


def a_stop_in_the_middle_is_in_order(house):
    begin(house)
    held = Held(house)
    clients = [house.varlink() for _ in range(2)]
    clients[0].send("io.meetingd.Reload")
    wait_until(lambda: runs_told(house) == ["RELOADING=1"], "a run")
    clients[1].send("io.meetingd.Reload")
    house.daemon.process.send_signal(signal.SIGTERM)
    wait_until(lambda: "STOPPING=1" in runs_told(house), "STOPPING")
    house.daemon.process.send_signal(signal.SIGHUP)
    held.go(last=True)
    for client in clients:
        try:
            expect_equal(client.receive()["error"], "io.meetingd.Unavailable", "whoever waits is told")
        except EOFError:
            expect(client is clients[1], "the first was asking before the stop")  # the other may not have been read yet
    expect_equal(house.daemon.process.wait(60), 0, f"exit code: {house.daemon.text()[-2000:]}")
    expect_equal(runs_told(house), ["RELOADING=1", "STOPPING=1"], "what systemd was told")


TESTS = [
    a_hangup_reloads_and_systemd_is_told,
    mistakes_are_all_told_and_change_nothing,
    a_secret_that_is_gone_is_a_mistake,
    what_takes_effect,
    what_waits_for_a_restart_is_named,
    requests_that_come_meanwhile_share_the_next_run,
    a_stop_in_the_middle_is_in_order,
]

if __name__ == "__main__":
    main(TESTS)
