"""Hooks: programs that the real daemon runs when something happens at the simulator, and when an operator asks."""
import json
import os
import resource
import sys

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import VALGRIND, expect, expect_equal, local, main, no_secrets, wait_until  # noqa: E402

PASSWORD = "918273"
DESCRIPTORS = 250

# A run is a directory's worth of lines in one file, which is there as a whole or not at all.
SCRIPT = """#!/bin/sh
umask 022
{ tr '\\0' '\\n' </proc/$$/environ; tr '\\0' ' ' </proc/$$/cmdline; echo; ls /proc/$$/fd; cat; } >"$1/part"
mv "$1/part" "$1/$MEETINGD_KIND"
echo "ran for $MEETINGD_KIND"
printf 'red \\033[31m\\n'
"""


def set_up(house, hooks):
    script = house.write("hook.sh", SCRIPT, 0o755)
    os.mkdir(house.path("ran"))
    house.configure(f"""
[reservation 站会]
topic = 每日站会
start = {local(30)}
duration = 30min
password = {PASSWORD}

{hooks.format(script=script, ran=house.path("ran"))}
""", daemon="operators = root")
    # The daemon raises its limit to the hard one.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, hard))
    house.start()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def ran(house, kind):
    path = house.path("ran/" + kind)
    wait_until(lambda: os.path.exists(path), f"the hook's run for {kind}")
    with open(path, encoding="utf-8") as file:
        return file.read()


def a_program_is_run_when_a_meeting_starts_and_ends(house):
    set_up(house, """
[hook door light]
on = meeting_started, meeting_ended
reservation = 站会
exec = {script} "{ran}"

[hook other]
on = meeting_started
exec = /bin/sh -c 'echo over there; exit 3'
""")
    made = house.wait_for_state("reserved", name="站会")
    house.simulator.meeting(action="start", reserve_id=made["reserve_id"], host="ou_ann")
    started = ran(house, "meeting_started")
    house.simulator.meeting(action="end", reserve_id=made["reserve_id"])
    ended = ran(house, "meeting_ended")
    for text, kind in ((started, "meeting_started"), (ended, "meeting_ended")):
        event = json.loads(text.splitlines()[-1])
        expect_equal((event["kind"], event["reservation"]["name"], event["meeting"]["reserve_id"]),
                     (kind, "站会", made["reserve_id"]), "the event")
        expect(event["sequence"] > 0, "its sequence")
        for line in (f"MEETINGD_KIND={kind}", "MEETINGD_NAME=站会", f"MEETINGD_OCCURRENCE={made['occurrence']}",
                     f"MEETINGD_RESERVE_ID={made['reserve_id']}", f"MEETINGD_MEETING_ID={event['meeting']['id']}"):
            expect(line in text.splitlines(), f"{line} in {text}")
        no_secrets(text, PASSWORD)
        expect("NOTIFY_SOCKET" not in text, "the daemon's environment")
        # Three, that of the shell's redirection and its own script.
        expect(len([line for line in text.splitlines() if line.isdigit()]) <= 5, f"descriptors: {text}")
    wait_until(lambda: "hook door light: ran for meeting_ended" in house.daemon.text(), "its output in the log")
    wait_until(lambda: "warning: hook other: failed with exit code 3" in house.daemon.text(), "the failure in the log")
    expect("hook other: over there" in house.daemon.text(), "what the other one wrote")
    expect("\033" not in house.daemon.text(), "no control character reaches the log")
    no_secrets(house.daemon.text(), PASSWORD)
    shown = json.loads(house.ctl("--json", "hook")[1])["hooks"]
    expect_equal([(hook["name"], hook["on"], hook["failures"]) for hook in shown],
                 [("door light", ["meeting_started", "meeting_ended"], 0), ("other", ["meeting_started"], 1)], "hooks")
    house.stop()


def an_operator_tries_a_hook(house):
    set_up(house, """
[hook door light]
on = meeting_ended, meeting_started
exec = {script} {ran}

[hook wrong]
on = no_show
exec = /bin/sh -c 'echo why not; ulimit -n; exit 7'

[hook gone]
on = no_show
exec = /nowhere/at-all
""")
    code, output, errors = house.ctl("hook", "test", "door light")
    expect_equal((code, errors), (0, ""), "a test that goes well")
    expect_equal(output, "ran for meeting_ended\nred ?[31m\nHook door light ended well.\n", "what is shown")
    event = json.loads(ran(house, "meeting_ended").splitlines()[-1])
    expect_equal((event["sequence"], event["meeting"]["id"], event["reservation"]["reserve_id"]), (0, "test", "test"),
                 "the event is marked")
    code, output, errors = house.ctl("hook", "test", "wrong")
    expect_equal((code, output.splitlines()[0]), (1, "why not"), "one that fails")
    if not VALGRIND:  # which does as if
        expect_equal(output.splitlines()[1], str(DESCRIPTORS), "the limit of descriptors, which is not the daemon's raised one")
    expect("hook wrong: failed with exit code 7" in errors, errors)
    code, output, errors = house.ctl("--json", "hook", "test", "gone")
    expect_equal(code, 1, "one that is not there")
    expect("cannot be started" in json.loads(output)["problem"] and "exit_code" not in json.loads(output), output)
    code, _, errors = house.ctl("hook", "test", "door")
    expect_equal(code, 1, "no such hook")
    expect("there is no hook 'door'" in errors, errors)
    for arguments in (["test"], ["try", "x"], ["list", "x"]):
        expect_equal(house.ctl("hook", *arguments)[0], 2, f"usage: {arguments}")
    expect_equal(house.ctl("complete", "hooks")[1], "door light\ngone\nwrong\n", "completion")
    code, output, _ = house.ctl("hook")
    expect(code == 0 and "door light" in output and "hook gone cannot be started" in output, output)
    # The section goes, and one that runs does not keep the daemon from its stop.
    text = open(house.path("meetingd.conf"), encoding="utf-8").read()
    os.mkfifo(house.path("fifo"))
    house.write("meetingd.conf", text[:text.index("[hook")] + f"""
[hook slow]
on = no_show
timeout = 1h
exec = /bin/sh -c "echo begun >{house.path('begun')}; read -r x <{house.path('fifo')}"
""")
    expect_equal(house.ctl("reload")[0], 0, "reload")
    expect_equal(house.ctl("complete", "hooks")[1], "slow\n", "after the reload")
    client = house.varlink()
    client.send("io.meetingd.TestHook", {"name": "slow"})
    wait_until(lambda: os.path.exists(house.path("begun")), "the slow one")
    house.stop()
    expect("hook slow: was ended, as meetingd stops" in house.daemon.text(), "it was ended")
    client.close()


TESTS = [
    a_program_is_run_when_a_meeting_starts_and_ends,
    an_operator_tries_a_hook,
]

if __name__ == "__main__":
    main(TESTS)
