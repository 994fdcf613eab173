"""Hundreds of kill -9 at random instants, while the file is edited and Feishu stumbles: no reservation is lost, and none is
made twice without a word.

MEETINGD_KILLS is how many there are of each kind (260), MEETINGD_SEED repeats the same edits, faults and delays. crash.py
has each instant of one reservation's life in turn; here a house full of them meets what nobody has thought of.
"""
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import BUILD, LIMIT, OWNER, VALGRIND, Failure, House, Skip, expect, main, wait_until  # noqa: E402

SEED = int(os.environ.get("MEETINGD_SEED", "20261124"))
MAY_EXIST = "a second one may exist"
HOUR, DAY = 3600, 86400
MANY = 50  # plans, from which on some go


def is_sanitized():
    with open(os.path.join(BUILD, "meetingd"), "rb") as file:
        return b"__asan_init" in file.read()


# The sanitizers make each start three times as long, and change nothing about what the disk has.
KILLS = int(os.environ.get("MEETINGD_KILLS", "40" if is_sanitized() else "260"))


class Plan:
    """A section of the file. Its topic begins with a word that never changes, by which Feishu's are told apart."""

    KINDS = {"once": ("", 1), "daily": ("rrule = FREQ=DAILY;COUNT=3\n", 3),
             "standing": ("rrule = FREQ=DAILY;COUNT=3\nlink = standing\n", 1)}

    def __init__(self, number, dice, midnight):
        self.dice, self.midnight = dice, midnight
        self.word = f"plan{number}"
        self.names = [self.word]  # the newest last
        self.edition = 0
        self.start = self.any_time()
        self.owner = OWNER
        self.text_of_kind, self.occurrences = self.KINDS[dice.choice(("once", "once", "daily", "standing"))]

    def any_time(self):
        return self.midnight + self.dice.randrange(6 * 60, 20 * 60) * 60

    @property
    def topic(self):
        return f"{self.word} {self.edition}"

    def text(self):
        start = time.strftime("%Y-%m-%d %H:%M", time.gmtime(self.start))
        return (f"\n[reservation {self.names[-1]}]\ntopic = {self.topic}\nstart = {start}\nduration = 30min\n"
                f"create_ahead = 5d\nowner_id = {self.owner}\n{self.text_of_kind}")

    def edit(self):
        kind = self.dice.choice(("topic", "topic", "time", "time", "name", "owner"))
        if kind == "topic":
            self.edition += 1
        elif kind == "time":
            self.start = self.any_time()
        elif kind == "name":
            self.names.append(f"{self.word}-{len(self.names)}")
        else:
            self.owner = f"ou_owner{self.dice.randrange(1000)}"


# What may become of an answer; where `acted` is not told, the simulator's README tells whether the call is carried out.
FAULTS = [
    {"kind": "never", "acted": True}, {"kind": "never"}, {"kind": "reset", "acted": True}, {"kind": "reset"},
    {"kind": "reset", "part": True, "acted": True}, {"kind": "close", "acted": True}, {"kind": "cut"}, {"kind": "garble"},
    {"kind": "answer", "status": 500, "code": 121001, "msg": "internal error", "acted": True},
    {"kind": "answer", "status": 500, "code": 121001, "msg": "internal error"},
    {"kind": "answer", "status": 502, "body": "bad gateway", "content_type": "text/plain", "acted": True},
]


class Ordeal:
    """One daemon's life of many ends."""

    def __init__(self, house, on_uncertain):
        self.house, self.on_uncertain = house, on_uncertain
        self.dice = random.Random(f"{SEED} {on_uncertain}")
        # Nothing begins meanwhile, and all of it is due.
        self.midnight = (int(time.time()) // DAY + 1) * DAY
        self.plans, self.gone, self.made = [], [], 0
        self.kills = self.starts = self.before_ready = 0
        os.mkdir(house.path("meetingd.conf.d"))
        # As fast as it goes: a kill shall meet a request.
        house.write("meetingd.conf.d/fast.conf", "[daemon]\nlog_level = warning\n"
                    "[app]\ntimeout = 300ms\nrate_per_minute = 60000\nrate_per_second = 1000\n")

    # ---- between two lives

    def edit(self):
        for _ in range(self.dice.choice((0, 1, 1, 2, 3))):
            self.made += 1
            self.plans.append(Plan(self.made, self.dice, self.midnight))
        for plan in self.dice.sample(self.plans, min(len(self.plans), self.dice.choice((0, 0, 1, 2)))):
            plan.edit()
        for _ in range(self.dice.choice((0, 1, 2, 3)) if len(self.plans) > MANY else 0):
            self.gone.append(self.plans.pop(self.dice.randrange(len(self.plans))))
        self.house.configure("".join(plan.text() for plan in self.plans), daemon=f"on_uncertain = {self.on_uncertain}",
                             poll={"idle": "0"})

    def stumble(self):
        self.house.simulator.fault(clear=True)
        for _ in range(self.dice.randrange(4)):
            fault = self.dice.choice(FAULTS) if self.dice.random() < 0.4 else {"kind": "delay", "ms": self.dice.randrange(1, 80)}
            api = self.dice.choice(("apply", "apply", "update", "delete", "get"))
            self.house.simulator.fault(api=api, skip=self.dice.randrange(3), count=self.dice.randrange(1, 3), **fault)

    def start(self):
        # What the earlier ones said tells nobody anything.
        del self.house.daemons[:-2]
        self.starts += 1
        return self.house.start(wait=False)

    def live(self):
        """From the start to a kill."""
        early = self.dice.random() < 0.25
        delay_s = self.dice.uniform(0, 0.02) if early else self.dice.uniform(0, self.dice.choice((0.02, 0.06, 0.15)))
        if self.on_uncertain == "retry" and self.kills % 40 == 39:
            early, delay_s = False, self.dice.uniform(1, 2.5)  # long enough for an apply to be repeated
        daemon = self.start()
        if not early:
            wait_for_ready(self.house)
        time.sleep(delay_s)
        expect(daemon.running(), f"it ended by itself: {daemon.text()[-3000:]}")
        self.before_ready += "READY=1" not in self.house.notify.lines()
        daemon.end(signal.SIGKILL)
        self.kills += 1

    # ---- the end

    def records(self):
        return self.house.call("ListReservations", {"since": 0})["reservations"]

    def settle(self):
        self.house.simulator.fault(clear=True)
        self.start()
        wait_for_ready(self.house)

        restless = []

        def look():
            records = self.records()
            restless[:] = [record for record in records if not is_settled(record)]
            # What another one is to replace waits for that one, and an operator for neither.
            held = {record["name"] for record in records if record["state"] == "uncertain"}
            restless.extend(action for action in self.house.call("Plan")["actions"]
                            if action["at"] < time.time() + HOUR and (action["action"] != "delete" or action["name"] not in held))
            status = self.house.call("GetStatus")["status"]
            restless.extend(app for app in status["apps"] if app["waiting"] or app["under_way"])
            if status["store"]["waiting"]:
                restless.append(status["store"])
            return not restless
        try:
            # What is stored when it is asked for is shown when it is asked for again.
            wait_until(lambda: look() and look(), "everything settled")
            return self.records()
        except Failure as failure:
            raise Failure(f"{failure}: {len(restless)} such as {restless[:3]}") from None

    def judge(self, records):
        standing = {r["id"]: r for r in self.house.simulator.control("GET", "/_sim/state")["reservations"] if not r["deleted"]}
        lost, silent, wrong = [], [], []
        for plan in self.plans + self.gone:
            own = [record for record in records if record["name"] in plan.names]
            current = [record for record in own if record["name"] == plan.names[-1] and plan not in self.gone]
            good = {record["reserve_id"] for record in current
                    if record["state"] == "reserved" and record.get("reserve_id") in standing}
            there = {reserve_id for reserve_id, r in standing.items() if word_of(r) == plan.word}
            wanted = 0 if plan in self.gone else plan.occurrences
            if len(good) > wanted or len(there - good) > sum(map(doubts, own)):
                silent.append((plan.text(), there, own))
            if len(good) + sum(record["state"] == "uncertain" for record in current) < wanted:
                lost.append((plan.text(), there, own))
            # Nothing is due any more.
            wrong += [record for record in own if record["state"] == "uncertain" and "by itself" in problem_of(record)]
            for record in current if not any(record["state"] == "uncertain" for record in current) else []:
                made = standing.get(record.get("reserve_id"))
                if made and not is_as_planned(made, record, plan):
                    wrong.append((plan.text(), made, record))
        uncertain = sum(record["state"] == "uncertain" for record in records)
        twice = sum(record["state"] != "uncertain" and doubts(record) for record in records)
        calls = {api: len(self.house.simulator.requests(api)) for api in ("apply", "update", "delete")}
        print(f"# on_uncertain = {self.on_uncertain}, seed {SEED}: {self.kills} kills ({self.before_ready} before READY), "
              f"{self.starts} starts, {len(self.plans)} plans, {len(self.gone)} gone; {calls}; {len(standing)} reservations; "
              f"{uncertain} uncertain, {twice} said to exist twice perhaps, lost {len(lost)}, twice without a word {len(silent)}, "
              f"not as planned {len(wrong)}", flush=True)
        if lost or silent or wrong:
            raise Failure(f"lost: {lost[:3]}; twice without a word: {silent[:3]}; not as planned: {wrong[:3]}")


def wait_for_ready(house):
    """As House.start() does, without its pauses."""
    end = time.monotonic() + LIMIT
    while "READY=1" not in house.notify.lines() and house.daemon.running():
        expect(time.monotonic() < end, "READY=1 in time")
        time.sleep(0.001)


def word_of(made):
    return made["meeting_settings"]["topic"].split()[0]


def is_as_planned(made, record, plan):
    """What Feishu has, and what is shown, is what the file says."""
    expiry_is_right = "standing" in plan.text_of_kind or int(made["end_time"]) == record["end_time"] + HOUR
    return (made["meeting_settings"]["topic"] == record["topic"] == plan.topic and made["reserve_user_id"] == plan.owner and
            expiry_is_right and record["start_time"] % DAY == plan.start % DAY)


def is_settled(record):
    """As far as it shows; what goes on with an uncertain one by itself stands in the plan."""
    return record["state"] in ("reserved", "uncertain", "deleted")


def problem_of(record):
    return (record.get("problem") or {"message": ""})["message"]


def doubts(record):
    """How many reservations a record owns up to that it has no id of; of a standing one the first occurrence does."""
    return (record["state"] == "uncertain" and problem_of(record) != "") + (MAY_EXIST in problem_of(record))


def killed_at_random_instants(house, on_uncertain):
    if VALGRIND:
        raise Skip("valgrind looks at the memory of a process that is about to be killed; crash.py runs under it")
    ordeal = Ordeal(house, on_uncertain)
    while ordeal.kills < KILLS:
        ordeal.edit()
        ordeal.stumble()
        ordeal.live()
    ordeal.judge(ordeal.settle())
    house.stop()


def killed_and_repeating(house):
    killed_at_random_instants(house, "retry")


def killed_and_holding(house):
    killed_at_random_instants(house, "hold")


TESTS = [killed_and_repeating, killed_and_holding]
for test in TESTS:
    test.options = ("--set", "rate_per_minute=0", "--set", "rate_per_second=0", "--records", "100000")

if __name__ == "__main__":
    main(TESTS)
