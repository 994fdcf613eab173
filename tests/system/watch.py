"""meetingctl watch and wait beside the real daemon: through its stops, its crashes and its restarts."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import BUILD, VALGRIND, Process, Skip, expect_equal, local, main, wait_until  # noqa: E402

# Each start of the daemon takes seconds under valgrind, and the memory is the same each time.
ROUNDS = 1 if VALGRIND else 3

PLAN = f"""
[reservation standup]
topic = Standup
start = {local(-60)}
duration = 30min
password = 971024
"""


def meetingctl(house, *arguments):
    return Process([os.path.join(BUILD, "meetingctl"), "--socket", house.socket, *arguments],
                   {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"})


def events_of(process):
    return [json.loads(line)["event"] for line in list(process.output) if line.endswith("\n")]


def wait_for_event(process, kind, person=None):
    def look():
        return [e for e in events_of(process) if e["kind"] == kind and person in (None, (e.get("participant") or {}).get("id"))]
    return wait_until(look, f"{kind} {person or ''} in {process.text()[-2000:]}")[-1]


def begin(house):
    house.configure(PLAN)
    house.start()
    house.reserve_id = house.wait_for_state("reserved", name="standup")["reserve_id"]


def join(house, person):
    house.simulator.meeting(action="join", reserve_id=house.reserve_id, id=person)


def replay(house, since, until):
    """All changes of these numbers, as a watcher is told of them that comes only now."""
    watcher = house.varlink()
    watcher.send("io.meetingd.Monitor", {"since_sequence": since}, more=True)
    events = []
    while not events or events[-1]["sequence"] < until:
        events.append(watcher.receive()["parameters"]["event"])
    watcher.close()
    return events


def a_watch_goes_through_a_restart_without_gap_or_repetition(house):
    begin(house)
    watch, of_another = meetingctl(house, "watch", "--json"), meetingctl(house, "watch", "nobody", "--json")
    wait_for_event(of_another, "snapshot")
    first = wait_for_event(watch, "snapshot")
    house.simulator.meeting(action="start", reserve_id=house.reserve_id, host="ou_host")
    for round in range(ROUNDS):
        join(house, f"ou_{round}")
        wait_for_event(watch, "participant_joined", f"ou_{round}")
        house.stop()
        # Somebody comes while it is away.
        join(house, f"ou_away{round}")
        house.start()
        wait_for_event(watch, "participant_joined", f"ou_away{round}")
    told = events_of(watch)
    expect_equal([event["kind"] for event in told].count("snapshot"), 1, "snapshots")
    # Numbers are given one after the other, also by a daemon that was started again.
    expect_equal([event["sequence"] for event in told],
                 list(range(first["sequence"], first["sequence"] + len(told))), "numbers")
    last = told[-1]["sequence"]
    expect_equal(replay(house, first["sequence"], last), told[1:len(told)], "what is told again")
    expect_equal([event["kind"] for event in events_of(of_another)], ["snapshot"], "of another plan")
    for process in (watch, of_another):
        expect_equal(process.end(signal.SIGINT), -signal.SIGINT, "interrupted")
    # A word for each time that something had been heard in between.
    expect_equal([line.endswith("waiting for the daemon to come back\n") for line in watch.errors], ROUNDS * [True], f"{watch.errors}")
    expect_equal([line.endswith("waiting for the daemon to come back\n") for line in of_another.errors], [False, True],
                 f"{of_another.errors}")
    house.stop()


def of_a_crash_a_watch_says_that_something_may_be_missing(house):
    if VALGRIND:
        raise Skip("valgrind looks at the memory of a process that is about to be killed")
    begin(house)
    watch = meetingctl(house, "watch", "--json")
    wait_for_event(watch, "snapshot")
    house.simulator.meeting(action="start", reserve_id=house.reserve_id, host="ou_host")
    runs = []
    for round in range(ROUNDS):
        join(house, f"ou_{round}")
        wait_for_event(watch, "participant_joined", f"ou_{round}")
        told = len(events_of(watch))
        join(house, f"ou_killed{round}")
        house.daemon.end(signal.SIGKILL)
        runs.append(told)
        house.start()
        wait_until(lambda: [e["kind"] for e in events_of(watch)].count("snapshot") == round + 2, "a fresh snapshot")
        # As a snapshot or as a change: it is told.
        wait_until(lambda: f'"ou_killed{round}"' in "".join(watch.output), "who came meanwhile")
    told = events_of(watch)
    numbers = [event["sequence"] for event in told if event["kind"] != "snapshot"]
    expect_equal(numbers, sorted(set(numbers)), "numbers grow, and none is given twice")
    # Another thread reads what it says.
    wait_until(lambda: "".join(watch.errors).count("changes may be missing") >= ROUNDS, "a word for each crash")
    last_snapshot = max(i for i, event in enumerate(told) if event["kind"] == "snapshot")
    number = told[last_snapshot]["sequence"]
    if told[-1]["sequence"] > number:
        expect_equal(replay(house, number, told[-1]["sequence"]), told[last_snapshot + 1:], "what is told again")
    for lost in range(ROUNDS):
        client = house.varlink()
        client.send("io.meetingd.Monitor", {"since_sequence": told[runs[lost] - 1]["sequence"]}, more=True)
        expect_equal(client.receive().get("error"), "io.meetingd.Overrun", "of before a crash")
        client.close()
    expect_equal(watch.end(signal.SIGINT), -signal.SIGINT, "interrupted")
    expect_equal("".join(watch.errors).count("changes may be missing"), ROUNDS, "how often it said so")
    house.stop()


def a_watch_ends_with_its_reader(house):
    begin(house)
    # The daemon says nothing more, and the watch must see by itself that nobody reads.
    script = f"{BUILD}/meetingctl --socket {house.socket} watch | head -n 1"
    pipe = Process(["bash", "-c", f"set -o pipefail; {script}"])
    expect_equal(pipe.process.wait(60), 0, "exit code")
    pipe.end()
    expect_equal((len(pipe.output), pipe.errors), (1, []), "output")
    house.stop()


def wait_returns_when_it_is_so(house):
    begin(house)
    code, _, errors = house.ctl("wait", "standup", "--started", "--timeout", "100ms")
    expect_equal((code, errors), (5, "meetingctl: standup: waited 100ms in vain\n"), "out of time")
    waits = {what: meetingctl(house, "wait", "standup", *what.split(), "--timeout", "10min")
             for what in ("--started", "--participants 2", "--ended")}

    def expect_waiting(*which):
        running = [what for what, process in waits.items() if process.running()]
        expect_equal(running, list(which), "which still wait")

    def expect_done(what):
        expect_equal(waits[what].process.wait(60), 0, f"exit code of {what}")
        waits[what].end()
        expect_equal(waits[what].output, [], "output")
    # Each has asked and been answered.
    wait_until(lambda: house.call("GetStatus")["status"]["socket"]["connections"] >= 7, "all to wait")
    expect_waiting("--started", "--participants 2", "--ended")
    house.simulator.meeting(action="start", reserve_id=house.reserve_id, host="ou_host")
    join(house, "ou_host")
    expect_done("--started")
    expect_waiting("--participants 2", "--ended")
    # They outlive the daemon.
    house.stop()
    house.start()
    join(house, "ou_second")
    expect_done("--participants 2")
    expect_waiting("--ended")
    house.simulator.meeting(action="end", reserve_id=house.reserve_id)
    expect_done("--ended")
    expect_equal(house.ctl("wait", "standup", "--ended"), (0, "", ""), "it has ended already")
    code, _, errors = house.ctl("wait", "standup", "--started", "--timeout", "0")
    expect_equal((code, errors), (5, "meetingctl: standup: it is not so now\n"), "none is in progress")
    expect_equal(house.ctl("wait", "stand-up", "--started")[0], 1, "nobody knows the name")
    house.stop()


if __name__ == "__main__":
    main([a_watch_goes_through_a_restart_without_gap_or_repetition,
          of_a_crash_a_watch_says_that_something_may_be_missing,
          a_watch_ends_with_its_reader,
          wait_returns_when_it_is_so])
