"""Recurrence rules against python3-dateutil: thousands of random rules, in zones whose clocks do odd things.

dateutil is asked in local time, without COUNT and UNTIL; what those, the exdates and the zone's clocks make of its times is
worked out here once more, by zoneinfo. The seed is fixed; MEETINGD_SEED takes another one.
"""
import os
import random
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

try:
    from dateutil import rrule
except ImportError:
    print("1..0 # SKIP python3-dateutil is not installed")
    sys.exit(0)

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import BUILD, VALGRIND, expect, expect_equal, main  # noqa: E402

SEED = int(os.environ.get("MEETINGD_SEED", "1"))
RULES = 300 if VALGRIND else int(os.environ.get("MEETINGD_RULES", "2000"))

# Zone -> times around which its clocks are put forward or back.
ZONES = {
    "UTC": ["2026-01-15 09:30", "2028-02-29 00:00"],
    "Asia/Shanghai": ["2026-11-23 09:30", "2000-02-28 23:30:15"],
    "America/New_York": ["2026-03-08 02:30", "2026-11-01 01:30", "2007-03-11 02:00"],
    "Europe/Berlin": ["2026-03-29 02:30", "2026-10-25 02:30", "1996-10-27 02:00"],
    "Europe/Dublin": ["2026-03-29 01:30", "2026-10-25 01:00"],
    "Australia/Lord_Howe": ["2026-04-05 01:45", "2026-10-04 02:15"],
    "America/Sao_Paulo": ["2017-10-15 00:30", "2018-02-17 23:30", "2018-11-04 00:00", "2019-02-16 23:45"],
    "Pacific/Apia": ["2011-12-30 09:30", "2011-12-30 00:00", "2011-12-31 23:30", "2011-09-24 03:30"],
    "Africa/Casablanca": ["2026-02-15 02:30", "2026-03-22 02:15"],
    "America/Santiago": ["2026-04-04 23:30", "2026-09-06 00:30"],
    "Africa/Cairo": ["2026-04-24 00:30", "2026-10-29 23:30"],
}
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
FREQUENCIES = {"DAILY": rrule.DAILY, "WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY, "YEARLY": rrule.YEARLY}


class Rule:
    """One rule, as text and as arguments for dateutil."""

    def __init__(self, dice):
        self.frequency = dice.choice(["DAILY", *FREQUENCIES])
        self.interval = dice.choice([1, 1, 1, 1, 2, 3, 4, 12])
        self.parts = {}
        getattr(self, self.frequency.lower())(dice)
        # dateutil searches up to the year 9999 for what never comes: not much further than the days that surely are there.
        most = {"DAILY": 1, "WEEKLY": len(self.parts.get("BYDAY", [1])), "MONTHLY": 2, "YEARLY": 4}[self.frequency]
        if self.parts and dice.random() < 0.3:
            self.parts["BYSETPOS"] = sorted({1, *(dice.choice([-1, 1]) * dice.randint(1, most) for _ in range(2))})
            if dice.random() < 0.6:
                self.parts["BYSETPOS"].remove(dice.choice(self.parts["BYSETPOS"]))
            if not self.parts["BYSETPOS"]:
                self.parts["BYSETPOS"] = [-1]
        self.week_start = dice.choice(["MO", "MO", "SU", "WE"])

    def maybe(self, dice, share, part, values):
        if dice.random() < share:
            count = dice.choice([1, 1, 2, 3, 5])
            values = list(values)
            self.parts[part] = dice.sample(values, min(count, len(values)))

    def daily(self, dice):
        self.maybe(dice, 0.3, "BYDAY", DAYS)
        self.maybe(dice, 0.2, "BYMONTH", range(1, 13))
        self.maybe(dice, 0.2, "BYMONTHDAY", range(1, 32))

    def days_of_month(self, dice):
        """Some; with BYDAY so many that both may be met."""
        if dice.random() < 0.4:
            days = [*range(1, 32), *range(-31, 0)]
            if "BYDAY" in self.parts:
                self.parts["BYMONTHDAY"] = dice.sample(range(1, 32), 12) + dice.sample(range(-31, 0), 12)
            else:
                self.parts["BYMONTHDAY"] = dice.sample(days, dice.choice([1, 1, 2, 3, 8]))

    def weekly(self, dice):
        self.maybe(dice, 0.8, "BYDAY", DAYS)
        self.maybe(dice, 0.2, "BYMONTH", range(1, 13))

    def monthly(self, dice):
        # Never both kinds: dateutil takes the days that are in both then, RFC 5545 those that are in one.
        self.maybe(dice, 0.3, "BYDAY", DAYS)
        self.maybe(dice, 0.3, "BYDAY", [f"{n}{day}" for n in (1, 2, 3, 4, 5, -1, -2, -5) for day in DAYS])
        self.days_of_month(dice)
        self.maybe(dice, 0.2, "BYMONTH", range(1, 13))

    def yearly(self, dice):
        self.maybe(dice, 0.5, "BYMONTH", range(1, 13))
        month = "BYMONTH" in self.parts
        most = 5 if month else 53
        numbers = [n for n in range(-most, most + 1) if n]
        self.maybe(dice, 0.3, "BYDAY", DAYS)
        self.maybe(dice, 0.3, "BYDAY", [f"{n}{day}" for n in numbers for day in DAYS])
        if month:
            self.days_of_month(dice)

    def text(self):
        parts = [f"FREQ={self.frequency}"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        parts += [f"{name}={','.join(map(str, values))}" for name, values in self.parts.items()]
        if self.week_start != "MO":
            parts.append(f"WKST={self.week_start}")
        return ";".join(parts)

    def period(self, day):
        if self.frequency == "WEEKLY":
            return day - timedelta(days=(day.weekday() - DAYS.index(self.week_start)) % 7)
        return day

    def times(self, start, end):
        """dateutil's times from `start` on. In weeks, it lets BYSETPOS choose from what is left of the first one; RFC 5545
        knows whole weeks only."""
        def weekday(text):
            day = getattr(rrule, text[-2:])
            return day(int(text[:-2])) if len(text) > 2 else day
        first = start
        more = {}
        if "BYDAY" in self.parts:
            more["byweekday"] = [weekday(text) for text in self.parts["BYDAY"]]
        elif self.frequency == "WEEKLY":
            more["byweekday"] = [start.weekday()]
        for part, name in (("BYMONTH", "bymonth"), ("BYMONTHDAY", "bymonthday"), ("BYSETPOS", "bysetpos")):
            if part in self.parts:
                more[name] = self.parts[part]
        if "BYSETPOS" in self.parts:
            first = self.period(start)
        for time in rrule.rrule(FREQUENCIES[self.frequency], dtstart=first, interval=self.interval, until=end,
                                wkst=getattr(rrule, self.week_start), **more):
            if time >= start:
                yield time


def unix(time, zone):
    """None for a time that the zone skips, the first of two."""
    seconds = int(time.replace(tzinfo=zone, fold=0).timestamp())
    return seconds if datetime.fromtimestamp(seconds, zone).replace(tzinfo=None) == time else None


def show(time):
    return time.strftime("%Y-%m-%d %H:%M:%S" if time.second else "%Y-%m-%d %H:%M")


class Plan:
    def __init__(self, dice):
        self.name = dice.choice(list(ZONES))
        self.zone = ZoneInfo(self.name)
        self.rule = Rule(dice)
        self.duration = dice.choice([60, 1800, 7200, 86400])
        around = datetime.fromisoformat(dice.choice(ZONES[self.name]))
        back = dice.choice([0, 1, 2, 3, 5, 20, 60] if dice.random() < 0.99 else [9000])
        start = around - timedelta(days=back)
        if dice.random() < 0.2:
            start += timedelta(minutes=dice.choice([-60, -15, 15, 60, 420]))
        self.start = next((time for time in self.rule.times(start, start + timedelta(days=800))
                           if unix(time, self.zone) is not None), None)
        if self.start is None:
            return
        self.middle = max(around, self.start)
        self.from_ = int(self.middle.replace(tzinfo=timezone.utc).timestamp()) + dice.randint(-20, 8) * 86400 // 4
        self.until = self.from_ + dice.choice([0, 3600, 86400, 10 * 86400, 10 * 86400, 60 * 86400])
        self.most = dice.choice([1, 3, 1000, 1000])
        self.end_with(dice)
        self.exclude(dice)

    def end_with(self, dice):
        """Adds COUNT or UNTIL."""
        self.count, self.last, self.last_unix, self.end = None, None, None, ""
        kind = dice.choice(["", "", "COUNT", "DATE", "LOCAL", "UTC"])
        late = self.middle + timedelta(days=dice.choice([0, 1, 3, 30, 200]), seconds=dice.choice([-1, 0, 0, 1, 3600]))
        late = max(late, self.start)
        if kind == "COUNT":
            self.count = dice.choice([1, 2, 5, 30, 100])
            self.end = f";COUNT={self.count}"
        elif kind == "DATE":
            self.last = datetime.combine(late.date(), datetime.max.time())
            self.end = late.strftime(";UNTIL=%Y%m%d")
        elif kind == "LOCAL":
            self.last = late
            self.end = late.strftime(";UNTIL=%Y%m%dT%H%M%S")
        elif kind == "UTC":
            self.last_unix = int(late.replace(tzinfo=self.zone).timestamp()) + dice.choice([-3600, 0, 0, 3600])
            self.last_unix = max(self.last_unix, unix(self.start, self.zone))
            self.end = datetime.fromtimestamp(self.last_unix, timezone.utc).strftime(";UNTIL=%Y%m%dT%H%M%SZ")

    def exclude(self, dice):
        self.exdays, self.extimes = [], []
        if dice.random() < 0.3:
            for _ in range(dice.randint(1, 4)):
                time = self.middle + timedelta(days=dice.randint(-3, 10))
                (self.exdays if dice.random() < 0.5 else self.extimes).append(time)

    def times(self):
        """(local time, Unix time or None) of each time that the rule gives, exdates taken away: up to the rule's end, or as
        far as they are asked for. None where that is too far away to ask dateutil for it."""
        found, counted = [], 0
        far = datetime.fromtimestamp(self.until, timezone.utc).replace(tzinfo=None) + timedelta(days=2)
        excluded = {day.date() for day in self.exdays}
        for time in self.rule.times(self.start, far + timedelta(days=1500)):
            seconds = unix(time, self.zone)
            if self.last and time > self.last or self.last_unix is not None and seconds is not None and seconds > self.last_unix:
                return found
            if self.count is not None:
                if counted == self.count:
                    return found
                counted += seconds is not None
            if time.date() not in excluded and time not in self.extimes:
                found.append((time, seconds))
                if not self.end and time > far and seconds is not None:
                    return found
        latest = (far + timedelta(days=1490))
        return found if self.last and self.last < latest or self.last_unix and self.last_unix < latest.timestamp() else None

    def expected(self):
        """What the tool has to print; None where that is not known."""
        found = self.times()
        if found is None:
            return None
        real = [seconds for _, seconds in found if seconds is not None]
        last_end = (real[-1] + self.duration if real else 0) if self.end else -1
        shown = []
        for seconds in real:
            if len(shown) == self.most:
                break
            if seconds + self.duration > self.from_:
                shown.append(seconds)
                if seconds >= self.until:
                    break
        return last_end, shown, self.skipped(found, shown)

    def skipped(self, found, shown):
        """The skipped times in view, up to the last that is shown."""
        first, last = (datetime.fromtimestamp(time, self.zone).replace(tzinfo=None)
                       for time in (self.from_ - self.duration, self.until))
        times = []
        for time, seconds in found:
            if seconds is None and first < time < last:
                times.append(show(time))
            if shown and seconds == shown[-1] and (len(shown) == self.most or seconds >= self.until):
                break
        return times

    def line(self):
        exdates = [day.strftime("%Y-%m-%d") for day in self.exdays] + [show(time) for time in self.extimes]
        return "\t".join([show(self.start), self.name, str(self.duration), self.rule.text() + self.end, ",".join(exdates),
                          str(self.from_), str(self.until), str(self.most)])


def ask(lines, env=None):
    """The tool's answers."""
    command = [os.path.join(BUILD, "tests/lib/occurrences")]
    if VALGRIND:
        command = ["valgrind", "-q", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect", "--error-exitcode=99",
                   *command]
    done = subprocess.run(command, input="".join(line + "\n" for line in lines), capture_output=True, text=True, check=False,
                          env={**os.environ, **(env or {})})
    expect_equal((done.returncode, done.stderr), (0, ""), "the tool's end")
    return done.stdout.splitlines()


def read(answer):
    if answer.startswith("error"):
        return answer
    last_end, starts, skipped = answer.split("\t")
    return int(last_end), [int(x) for x in starts.split(",") if x], [x for x in skipped.split(",") if x]


def random_rules_are_dateutils():
    dice = random.Random(SEED)
    plans = []
    while len(plans) < RULES:
        plan = Plan(dice)
        expected = plan.expected() if plan.start is not None else None
        if expected is not None:
            plans.append((plan, expected))
    skips = sum(bool(expected[2]) for _, expected in plans)
    empty = sum(not expected[1] for _, expected in plans)
    print(f"# seed {SEED}: {len(plans)} rules, {skips} with skipped times, {empty} without an occurrence in view")
    wrong = [f"{plan.line()!r}\n  gives    {answer!r}\n  and not  {expected}"
             for (plan, expected), answer in zip(plans, ask([plan.line() for plan, _ in plans]), strict=True)
             if read(answer) != expected]
    expect(not wrong, f"{len(wrong)} of {len(plans)} differ:\n" + "\n".join(wrong[:8]))
    expect(skips > RULES // 100 and empty < RULES // 2, "the rules do not try what they should")


if __name__ == "__main__":
    main([random_rules_are_dateutils])
