"""Whatever ends the daemon, and whenever: no reservation is lost, and none is blindly made twice.

A shim (tests/lib/crash-shim.c) counts the daemon's writes, syncs, sends and what it receives, and ends it at one of
them. Each instant from the start to the stored answer has its turn, in a directory and under a plan of its own.
"""
import concurrent.futures
import itertools
import mmap
import os
import signal
import sys
import threading

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import (BUILD, LIMIT, SECRET, VALGRIND, Failure, House, Simulator, expect,  # noqa: E402
                           expect_equal, local, main, wait_until)

SHIM = os.path.join(BUILD, "tests/lib/crash-shim.so")
AT_ONCE = 12  # most of them wait
# Of the instants, how many apart those are that have their turn. What valgrind looks for is at each start and stop.
STEP = 197 if VALGRIND else 1
MAY_EXIST = "a second one may exist"

PLAN = """
[reservation {name}]
topic = {name}
start = {start}
duration = 30min
"""


def is_settled(found):
    """Nothing goes on with it by itself any more."""
    return found["state"] == "reserved" or (found["state"] == "uncertain" and
                                            "by itself" not in found["problem"]["message"])


class Feishu:
    """One simulator for all attempts; each is an app, and has a plan with a topic, of its own."""

    def __init__(self):
        self.simulator = Simulator()
        self.lock = threading.Lock()
        self.apps = itertools.count(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.simulator.end(signal.SIGKILL)

    def ask(self, what):
        with self.lock:
            return what(self.simulator)

    def new_app(self):
        app_id = f"cli_{next(self.apps):016x}"
        self.ask(lambda sim: sim.control("POST", "/_sim/app", {
            "app_id": app_id, "app_secret": SECRET, "scopes": ["vc:reserve", "vc:reserve:readonly"]}))
        return app_id

    def made(self, topic):
        """The ids of the reservations with this topic."""
        state = self.ask(lambda sim: sim.control("GET", "/_sim/state"))
        return [r["id"] for r in state["reservations"] if r["meeting_settings"].get("topic") == topic]

    def applies(self, topic):
        asked = self.ask(lambda sim: sim.requests("apply"))
        return len([r for r in asked if r["body"]["meeting_settings"]["topic"] == topic])


class Attempt:
    """A daemon with one plan, that is ended again and again."""

    def __init__(self, feishu, name, on_uncertain, app=""):
        self.feishu = feishu
        self.name = name
        self.house = House(simulator=False)
        # Far from its start nothing looks at it: the same calls each time.
        self.house.configure(PLAN.format(name=name, start=local(7200)), daemon=f"on_uncertain = {on_uncertain}",
                             app=app, poll={"idle": "0"}, url=feishu.simulator.url)
        self.app_id = feishu.new_app()
        os.mkdir(self.house.path("meetingd.conf.d"))
        self.house.write("meetingd.conf.d/app.conf", f"[app]\napp_id = {self.app_id}\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.house.close()

    def lose(self, **fault):
        """The answer of the next apply, which is carried out, does not come as it should."""
        self.feishu.ask(lambda sim: sim.fault(api="apply", app=self.app_id, acted=True, **fault))

    def state(self):
        """The reservation, or None where the daemon does not answer."""
        try:
            return self.house.reservation(name=self.name)
        except (OSError, EOFError, Failure):
            return None

    def run_into(self, how, at):
        """Starts the daemon with an end in store; back when it has come, or when all has been done without it.
        Returns the number of calls that were counted."""
        path = self.house.write("counter", "\0\0\0\0")
        daemon = self.house.start(wait=False, env={
            "LD_PRELOAD": SHIM, "CRASH_COUNTER": path, "CRASH_HOW": how, "CRASH_AT": str(at),
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"})
        with open(path, "r+b") as file, mmap.mmap(file.fileno(), 4) as counter:
            def over():
                if not daemon.running():
                    return True
                if how == "term" and at and int.from_bytes(counter, sys.byteorder) >= at:
                    return False  # it is on its way out
                found = self.state()
                return found and (is_settled(found) or (found["state"] == "planned" and found.get("problem")))
            wait_until(over, f"the end of {self.name}")
            return int.from_bytes(counter, sys.byteorder)

    def end(self):
        return self.house.daemon.end(signal.SIGKILL)

    def settle(self):
        """Starts it as it should be; the reservation when nothing goes on with it any more."""
        self.house.start()

        def look():
            found = self.state()
            return found if found and is_settled(found) else None
        return wait_until(look, f"{self.name} settled")

    def judge(self, found, most):
        """What holds however it came about. Returns how it ended."""
        made, applies = self.feishu.made(self.name), self.feishu.applies(self.name)
        what = f"{self.name}: {found}, made {made}, asked {applies} times"
        expect(len(made) <= most and applies <= most, f"too many: {what}")
        if found["state"] == "uncertain":
            expect(found["problem"]["message"], f"the problem is told: {what}")
        else:
            expect(found["reserve_id"] in made, f"the one that was made: {what}")
            if len(made) > 1 or applies > 1:
                expect(MAY_EXIST in found["problem"]["message"], f"a second one is told of: {what}")
        if len(made) > 1:
            expect(MAY_EXIST in found["problem"]["message"], f"a second one is told of: {what}")
        return found["state"], len(made), applies


def instants(feishu):
    """How many calls it takes until the answer is in the store."""
    with Attempt(feishu, "count", "hold") as attempt:
        count = attempt.run_into("none", 0)
        expect_equal(attempt.state()["state"], "reserved", "the plan that nobody disturbs")
        attempt.house.stop()
    expect(count > 20, f"{count} instants")
    return count


def at_each(turn, numbers):
    """Has a turn at each instant, some at once; the set of how they ended."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return set(pool.map(turn, numbers))


def only(endings, *allowed):
    """None but these; and where every instant has its turn, some of both kinds, or the test has met nothing."""
    expect(endings <= set(allowed), f"the endings: {endings}")
    if STEP == 1:
        expect_equal({state for state, _, _ in endings}, {"reserved", "uncertain"}, "states at the end")


def killed_at_any_instant():
    with Feishu() as feishu:
        def turn(at):
            with Attempt(feishu, f"kill-{at}", "hold") as attempt:
                attempt.run_into("kill", at)
                attempt.end()
                ending = attempt.judge(attempt.settle(), 1)
                attempt.house.stop()
                return ending
        count = instants(feishu)
        endings = at_each(turn, range(1, count + 1, STEP))
        print(f"# {count} instants: {sorted(endings)}")
        # Before the intent or after the answer; between the intent and the request; between that and the answer.
        only(endings, ("reserved", 1, 1), ("uncertain", 0, 0), ("uncertain", 1, 1))


def killed_again_in_the_repeat():
    """What was made without a word is repeated once, whenever the daemon is killed in that."""
    with Feishu() as feishu:
        def leave_open(attempt):
            attempt.lose(kind="never")
            attempt.house.start()
            wait_until(lambda: feishu.applies(attempt.name) == 1, "the apply")
            attempt.end()

        def turn(at):
            with Attempt(feishu, f"again-{at}", "retry") as attempt:
                leave_open(attempt)
                for _ in range(2):
                    attempt.run_into("kill", at)
                    attempt.end()
                ending = attempt.judge(attempt.settle(), 2)
                attempt.house.stop()
                return ending
        with Attempt(feishu, "repeat", "retry") as attempt:
            leave_open(attempt)
            count = attempt.run_into("none", 0)
            attempt.end()
        endings = at_each(turn, range(1, count + 1, STEP))
        print(f"# {count} instants: {sorted(endings)}")
        # Between the intent and the request of the repeat; between that and the answer; elsewhere.
        only(endings, ("uncertain", 1, 1), ("uncertain", 2, 2), ("reserved", 2, 2))


def told_to_stop_at_any_instant():
    """A stop in order leaves nothing open: an apply that has left comes to its end, one that has not does not leave."""
    with Feishu() as feishu:
        def turn(at):
            with Attempt(feishu, f"term-{at}", "hold") as attempt:
                # It may have got by with fewer calls this time. Before the loop runs the signal may simply end it.
                code = attempt.end() if attempt.run_into("term", at) < at else attempt.house.daemon.process.wait(LIMIT)
                expect(code in (0, -signal.SIGTERM, -signal.SIGKILL), f"exit code {code}: {attempt.house.daemon.text()[-2000:]}")
                ending = attempt.judge(attempt.settle(), 1)
                attempt.house.stop()
                return ending
        count = instants(feishu)
        expect_equal(at_each(turn, range(1, count + 1, STEP)), {("reserved", 1, 1)}, "the endings")


def a_disk_that_fills_at_any_instant():
    """Then it is killed too."""
    with Feishu() as feishu:
        def turn(at):
            with Attempt(feishu, f"full-{at}", "hold") as attempt:
                attempt.run_into("full", at)
                # Without room for the intent nothing leaves.
                shown = attempt.state()
                if shown is not None and shown["state"] == "planned":
                    expect_equal(feishu.applies(attempt.name), 0, "applies")
                    expect("make room on" in shown["problem"]["message"], f"the problem: {shown}")
                code = attempt.end()
                expect(code in (1, -signal.SIGKILL), f"exit code {code}: {attempt.house.daemon.text()[-2000:]}")
                ending = attempt.judge(attempt.settle(), 1)
                attempt.house.stop()
                return ending
        count = instants(feishu)
        endings = at_each(turn, range(1, count + 1, STEP))
        print(f"# {sorted(endings)}")
        # No room for the intent, or it is there though its sync failed; none for the answer, which was shown.
        only(endings, ("reserved", 1, 1), ("uncertain", 0, 0), ("uncertain", 1, 1))


# Answers of an apply that was carried out, as they do not come.
LOST = [
    {"kind": "never"},
    {"kind": "reset"},
    {"kind": "reset", "part": True},
    {"kind": "close"},
    {"kind": "cut"},
    {"kind": "length", "by": 10},
    {"kind": "garble"},
    {"kind": "garbage"},
    {"kind": "answer", "status": 500, "code": 121001, "msg": "internal error"},
    {"kind": "answer", "status": 502, "body": "bad gateway", "content_type": "text/plain"},
    {"kind": "answer", "status": 200, "json": {"code": 0, "data": {}}},
]


def answers_that_are_lost():
    with Feishu() as feishu:
        def turn(number, on_uncertain):
            with Attempt(feishu, f"lost-{number}-{on_uncertain}", on_uncertain, app="timeout = 1s") as attempt:
                attempt.lose(**LOST[number])
                found = attempt.settle()
                expect_equal(attempt.judge(found, 1 if on_uncertain == "hold" else 2),
                             ("uncertain", 1, 1) if on_uncertain == "hold" else ("reserved", 2, 2), LOST[number])
                attempt.house.stop()
                # And so it stays.
                expect_equal(attempt.judge(attempt.settle(), 2)[0], found["state"], "state after a restart")
                attempt.house.stop()
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for done in [pool.submit(turn, number, mode) for number in range(len(LOST)) for mode in ("hold", "retry")]:
                done.result()


TESTS = [
    killed_at_any_instant,
    killed_again_in_the_repeat,
    told_to_stop_at_any_instant,
    a_disk_that_fills_at_any_instant,
    answers_that_are_lost,
]

if __name__ == "__main__":
    main(TESTS)
