#!/usr/bin/env python3
"""What is left of a secret in the daemon's memory once it is done with."""
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import BUILD, SECRET, VALGRIND, NotifySocket, Skip, expect, expect_equal, main, wait_until  # noqa: E402

FIRST, SECOND = "917364582", "528194637"

# How a row of the store looks in SQLite's memory: behind the password comes the state. And a change that is kept for watchers.
ROW, CHANGE = (b"reserving", b"reserved"), b'"password":"'


def look(pid, secret):
    """What stands before and behind each place of the heap where the secret is. The stack is left out: what is written over
    there, and when, is the compiler's choice."""
    found, secret = [], secret.encode()
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            place, access, *_, name = line.split()
            if "rw" not in access or name in ("[stack]", "[vvar]"):
                continue
            start, end = (int(x, 16) for x in place.split("-"))
            memory.seek(start)
            data = memory.read(end - start)
            at = data.find(secret)
            while at >= 0:
                found.append((data[max(0, at - 64):at], data[at + len(secret):at + len(secret) + 32]))
                at = data.find(secret, at + 1)
    return found


def outside_the_store(pid, secret):
    return [x for x in look(pid, secret) if not x[1].startswith(ROW) and not x[0].endswith(CHANGE)]


def begin(house, **more):
    with open(os.path.join(BUILD, "meetingd"), "rb") as file:
        if VALGRIND or b"__asan_init" in file.read():
            raise Skip("what is freed here is kept to find mistakes")
    house.configure("")
    house.start(**more)
    try:
        look(house.daemon.process.pid, SECRET)
    except PermissionError:
        raise Skip("the memory of another process may not be read here") from None
    return house.daemon.process.pid, house.varlink()


def wait_for_none(pid, secret, leftovers):
    """It is done with soon after the answer has gone."""
    expect(wait_until(lambda: leftovers(pid, secret) == [], f"{leftovers(pid, secret)} go"), "nothing is left")


def nothing_is_left_of_what_was_refused(house):
    pid, client = begin(house)
    watcher = house.varlink()
    watcher.send("io.meetingd.Monitor", more=True)
    watcher.receive()
    settings = {"topic": "A topic that takes some room", "password": FIRST, "meeting_connect": True}
    refused = client.ask("UpdateReservation", {"reserve_id": "1", "meeting_settings": settings})
    expect_equal(refused["error"], "org.varlink.service.InvalidParameter", "refused by the daemon")
    wait_for_none(pid, FIRST, look)
    house.simulator.fault(api="apply", kind="answer", status=400, code=121003, msg="param error")
    refused = client.ask("Reserve", {"end_time": int(time.time()) + 7200,
                                     "meeting_settings": {"topic": "review", "password": SECOND}})
    expect_equal(refused["error"], "io.meetingd.FeishuError", "refused by Feishu")
    wait_for_none(pid, SECOND, outside_the_store)
    expect(not [x for x in look(pid, SECOND) if x[0].endswith(CHANGE)], "it is in no change, as it never came to be")
    expect_equal(len(look(pid, SECRET)), 1, "places where the app's secret is, that was sent for a token")
    client.close()
    watcher.close()
    house.stop()


def what_was_replaced_is_in_kept_changes_alone(house):
    pid, client = begin(house)
    made = client.call("Reserve", {"end_time": int(time.time()) + 7200,
                                   "meeting_settings": {"topic": "review", "password": FIRST}})["reservation"]
    which = {"reserve_id": made["reserve_id"]}
    for _ in range(2):
        expect_equal(client.call("GetReservation", which)["reservation"]["password"], FIRST, "an operator sees it")
    expect(outside_the_store(pid, FIRST), "it can be found where it is")
    client.call("UpdateReservation", {**which, "meeting_settings": {"password": SECOND}})
    expect_equal(client.call("GetReservation", which)["reservation"]["password"], SECOND, "the other one")
    wait_for_none(pid, FIRST, outside_the_store)
    client.close()
    house.stop()


def not_even_its_own_user_looks_into_it(house):
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        raise Skip("only root becomes somebody else, by setpriv(1)")
    house.configure("")
    os.chmod(house.directory, 0o755)
    for path in (house.directory, house.path("secret")):
        os.chown(path, 65534, 65534)
    house.notify = NotifySocket(house.path("notify"))
    os.chmod(house.path("notify"), 0o666)
    somebody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    for needed in (("-x", os.path.join(BUILD, "meetingd")), ("-w", house.directory)):
        if subprocess.run([*somebody, "test", *needed], check=False).returncode != 0:
            raise Skip(f"others do not reach {needed[1]}")
    pid, client = begin(house, wrapper=somebody)
    expect_equal(os.stat(f"/proc/{pid}/mem").st_uid, 0, "whose its memory is, as it cannot be dumped")
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        expect(any(line.split()[:2] == ["Uid:", "65534"] for line in file), "it runs as somebody else")
    client.close()
    house.stop()


if __name__ == "__main__":
    main([nothing_is_left_of_what_was_refused, what_was_replaced_is_in_kept_changes_alone, not_even_its_own_user_looks_into_it])
