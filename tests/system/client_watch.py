"""meetingctl's watch and wait against a scripted daemon: each line, each end, and what is missing in between."""
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import LIMIT, expect, expect_equal, main  # noqa: E402
from client_script import (BY_HAND, BY_HAND_ID, EVENTS, MEETING, NOW, REVIEW, STANDUP, STANDUP_ID, Script, command, ctl,
                           encode, environment, event, has, has_not, house, local, watching, width)  # noqa: E402


def a_watch_writes_one_line_for_each_change():
    at = local(NOW, "%Y-%m-%d %H:%M:%S")
    with watching(EVENTS) as script:
        output, errors = ctl(script, "watch", "站会", code=1)
        expect_equal(output.splitlines(), [
            f"{at}  watching: 2 reservations, 1 live meeting",
            f"{at}  {BY_HAND_ID}  reservation created, number 337736499",
            f"{at}  review  reservation failed: {REVIEW['problem']['message']}",
            f"{at}  站会  reservation deleted",
            f"{at}  站会  meeting started, 2 in the room: 每日站会",
            f"{at}  站会  meeting changed: host is now ou_b, telephone used, 2 in the room",
            f"{at}  站会  omm_room (rooms) joined, 2 in the room",
            f"{at}  站会  ou_b left, 2 in the room",
            f"{at}  站会  meeting ended after 1h, at most 3 at a time: 每日站会",
            f"{at}  站会  volcano_erupted\ufffd[31m",
        ], "lines")
        has(errors, "the daemon closed the connection; waiting for the daemon to come back", "enough")
        expect_equal([call["parameters"] for call in script.calls],
                     [{"name": "站会"}, {"name": "站会", "since_sequence": 1}], "it goes on where it was")
        output, _ = ctl(script, "watch", code=1, env={"COLUMNS": "40"})
        expect(max(map(width, output.splitlines())) <= 40, f"within 40 columns: {output!r}")
        lines = ctl(script, "watch", "--json", code=1)[0].splitlines()
        expect_equal([json.loads(line) for line in lines], EVENTS, "one object a line")


def a_watch_is_flushed_line_by_line_and_ends_with_its_reader():
    with watching(EVENTS[:2], then=lambda connection: connection.recv(1)) as script:
        process = subprocess.Popen(command(script.path, "watch"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=environment())
        # Both lines are here while the daemon says no more.
        has(process.stdout.readline().decode(), "watching")
        has(process.stdout.readline().decode(), "created")
        expect(process.poll() is None, "it goes on")
        process.stdout.close()
        expect_equal(process.wait(LIMIT), 0, "exit code once nobody reads")
        expect_equal(process.stderr.read(), b"", "stderr")
        process.stderr.close()


def a_watch_waits_as_long_as_nothing_happens():
    def late(connection):
        # Longer than one answer may take.
        time.sleep(0.6)
        connection.sendall(encode(parameters=EVENTS[1], continues=True))
    with watching(EVENTS[:1], then=late) as script:
        has(ctl(script, "watch", code=1, env={"MEETINGCTL_TIMEOUT": "500ms"})[0], "created")


def a_watch_for_what_is_not_known_says_so():
    with watching([event("snapshot", reservations=[], meetings=[])]) as script:
        output, errors = ctl(script, "watch", "reveiw", code=1)
        has(output, "watching: 0 reservations")
        has(errors, "nothing is known of 'reveiw'")
        has_not(ctl(script, "watch", code=1)[1], "nothing is known")
        asked = len(script.calls)
        for name in (STANDUP_ID, "站会@20261124T010000Z"):
            has(ctl(script, "watch", name, code=2)[1], "no plan's name")
        expect_equal(len(script.calls), asked, "nothing wrong was sent")


def a_watch_goes_on_where_it_was_or_says_that_something_is_missing():
    """The daemon ends, comes back, ends, keeps nothing, and is too quick in between."""
    def numbered(kind, sequence, **more):
        return {"event": {**event(kind, **more)["event"], "sequence": sequence}}
    lives = [
        ({}, [numbered("snapshot", 4, reservations=[STANDUP], meetings=[]),
              numbered("reservation_created", 5, reservation=BY_HAND)], None),
        ({"since_sequence": 5}, [numbered("reservation_failed", 7, reservation=REVIEW)], "io.meetingd.Overrun"),
        ({"since_sequence": 7}, [numbered("heartbeat", 9)], None),
        ({"since_sequence": 9}, [], "io.meetingd.Overrun"),
        ({}, [numbered("snapshot", 20, reservations=[STANDUP, REVIEW], meetings=[])], None),
        ({"since_sequence": 20}, [], "org.varlink.service.PermissionDenied"),
    ]

    def raw(connection, call):
        while lives:
            wanted, events, error = lives.pop(0)
            expect_equal(call["parameters"], wanted, "where it goes on")
            for part in events:
                connection.sendall(encode(parameters=part, continues=True))
            if error is None:
                return
            connection.sendall(encode(error=error, parameters={}))
            # Whoever asks at once for a snapshot does so on the same connection.
            message = connection.recv(65536)
            if not message:
                return
            call = json.loads(message[:-1])
    with Script(raw=raw) as script:
        output, errors = ctl(script, "watch", code=1)
        expect_equal([line.split("  ", 1)[1].split(",")[0].split(":")[0] for line in output.splitlines()],
                     ["watching", f"{BY_HAND_ID}  reservation created", "review  reservation failed", "heartbeat",
                      "watching"], "lines")
        expect_equal(errors.count("waiting for the daemon to come back"), 3, "how often it said that it waits")
        expect_equal(errors.count("changes may be missing"), 1, "how often something was missing")
        expect_equal(lives, [], "what was not asked for")
    with watching([], then=lambda connection: connection.sendall(encode(parameters=EVENTS[0]))) as script:
        has(ctl(script, "watch", code=3)[1], "ended this watch")


def a_watch_without_a_daemon_waits_in_silence_and_ends_with_its_reader():
    with Script() as script:
        path = script.path
        script.raw = lambda connection, call: (os.unlink(path), connection.sendall(encode(parameters=EVENTS[0], continues=True)))
        process = subprocess.Popen(command(path, "watch"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=environment())
        has(process.stdout.readline().decode(), "watching")
        has(process.stderr.readline().decode(), "closed the connection; waiting for the daemon")
        process.stdout.close()
        expect_equal(process.wait(LIMIT), 0, "exit code once nobody reads")
        expect_equal(process.stderr.read(), b"", "further words")
        process.stderr.close()


# ---- wait

def wait_is_for_a_meeting_that_is_so_now_or_later():
    live, ended = {**MEETING, "in_meeting": 2}, {**MEETING, "status": 3, "in_meeting": 0}
    calling = {**MEETING, "status": 1}
    other_slot = {**STANDUP, "occurrence": "站会@20261125T010000Z", "meetings": []}
    over = {**STANDUP, "state": "ended", "end_time": NOW - 3 * 86400}

    def snapshot(*meetings, reservations=(STANDUP,)):
        return event("snapshot", reservations=list(reservations), meetings=list(meetings))
    cases = [
        # (condition, what the name means, events, which of them decides)
        (["--started"], STANDUP, [snapshot(live)], 0),
        (["--started"], STANDUP, [snapshot(ended), event("meeting_changed", meeting=calling),
                                  event("meeting_started", meeting=live)], 2),
        (["--participants", "2"], STANDUP, [snapshot(live)], 0),
        (["--participants", "3"], STANDUP, [snapshot(live), event("meeting_ended", meeting={**ended, "in_meeting": 5}),
                                            event("participant_joined", meeting={**live, "in_meeting": 3})], 2),
        (["--ended"], STANDUP, [snapshot(ended)], 0),
        (["--ended"], STANDUP, [snapshot(live, {**ended, "id": "7"}), event("participant_left", meeting=live),
                                event("meeting_ended", meeting=ended)], 2),
        # Not begun yet; what is found of yesterday's is none of this slot's.
        (["--ended"], other_slot, [snapshot(ended, reservations=[other_slot]),
                                   event("meeting_ended", meeting={**ended, "end_time": NOW - 86400}),
                                   event("meeting_ended", meeting={**ended, "occurrence": other_slot["occurrence"]})], 2),
        # Over for days, and in no snapshot.
        (["--ended"], over, [snapshot(reservations=[])], 0),
    ]
    for condition, reservation, events, decisive in cases:
        def raw(connection, call):
            if call["method"] == "io.meetingd.GetReservation":
                connection.sendall(encode(parameters={"reservation": reservation}))
                connection.recv(1)
                return
            expect_equal(call["parameters"], {"name": "站会"}, "of the plan alone")
            for part in events:
                connection.sendall(encode(parameters=part, continues=True))
            connection.recv(1)
        with Script(raw=raw) as script:
            expect_equal(ctl(script, "wait", "站会", *condition), ("", ""), f"silence of {condition}")
            expect_equal(json.loads(ctl(script, "wait", "站会", *condition, "--json", "--timeout", "1min")[0]), events[decisive],
                         f"what decides {condition}")
            # What comes before does not.
            events[decisive:] = []
            has(ctl(script, "wait", "站会", *condition, "--timeout", "300ms", code=5)[1], "站会: waited 300ms in vain")


def wait_says_what_is_wrong_at_once():
    with house() as script:
        has(ctl(script, "wait", "reveiw", "--started", code=1)[1], "there is no 'reveiw'", "Did you mean review?")
        for arguments, text in ((["站会"], "needs one of --started, --ended and --participants N"),
                                (["站会", "--started", "--ended"], "needs one of"), ([], "needs NAME"),
                                (["站会", "--participants", "0"], "no number from 1"),
                                (["站会", "--participants", "two"], "no number from 1"),
                                (["站会", "--started", "--timeout", "soon"], "no time span"),
                                ([STANDUP_ID, "--started"], "no plan's name"),
                                (["站会@20261124T010000Z", "--ended"], "no plan's name")):
            has(ctl(script, "wait", *arguments, code=2)[1], text)
    has(ctl("/nowhere/socket", "wait", "站会", "--started", code=3)[1], "no daemon")
    with Script(raw=lambda connection, call: connection.recv(1)) as script:
        has(ctl(script, "wait", "站会", "--started", "--timeout", "200ms", code=5)[1], "did not answer within 200ms")


# ---- the rest


TESTS = [
    a_watch_writes_one_line_for_each_change,
    a_watch_is_flushed_line_by_line_and_ends_with_its_reader,
    a_watch_waits_as_long_as_nothing_happens,
    a_watch_for_what_is_not_known_says_so,
    a_watch_goes_on_where_it_was_or_says_that_something_is_missing,
    a_watch_without_a_daemon_waits_in_silence_and_ends_with_its_reader,
    wait_is_for_a_meeting_that_is_so_now_or_later,
    wait_says_what_is_wrong_at_once,
]

if __name__ == "__main__":
    main(TESTS)
