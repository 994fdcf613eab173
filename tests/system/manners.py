"""How the service behaves towards systemd, signals, and people who make mistakes."""
import os
import re
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import (BUILD, VALGRIND, Varlink, expect, expect_equal, local, main, no_secrets, wait_until)  # noqa: E402

PLAN = """
[reservation review]
topic = Weekly review
start = {start}
duration = 30min
"""


def ready_status_and_stopping_are_told(house):
    house.configure(PLAN.format(start=local(60)))
    house.start()
    house.wait_for_state("reserved", name="review")
    wait_until(lambda: any(x.startswith("STATUS=1 reserved") for x in house.notify.lines()), "STATUS with the reservation")
    house.stop()
    expect("STOPPING=1" in house.notify.lines(), "STOPPING")
    expect(not os.path.exists(house.socket), "the socket file goes")


def ready_comes_without_feishu(house):
    house.configure(PLAN.format(start=local(60)), url="http://127.0.0.1:1")
    house.start()
    status = wait_until(lambda: (lambda s: s if not s["healthy"] else None)(house.call("GetStatus")["status"]), "bad health")
    expect("127.0.0.1" in status["health"], f"the health line says where: {status['health']}")
    expect(status["apps"][0]["last_error"]["message"], "last error")
    house.wait_for_state("planned", name="review")  # surely not made; the store has it a moment after the health line
    house.stop()


def both_signals_stop_it(house):
    house.configure(PLAN.format(start=local(60)))
    for number in (signal.SIGTERM, signal.SIGINT):
        house.start()
        expect_equal(house.daemon.end(number), 0, "exit code")


def a_stop_with_an_apply_under_way_waits_for_its_answer(house):
    house.configure(PLAN.format(start=local(60)))
    house.simulator.fault(api="apply", kind="delay", ms=4000, count=1)
    house.start()
    wait_until(lambda: house.simulator.requests("apply"), "the apply at Feishu")
    expect_equal(house.reservation(name="review")["state"], "reserving", "state meanwhile")
    house.stop()
    house.start()
    expect_equal(house.reservation(name="review")["state"], "reserved", "state after the restart")
    expect_equal(len(house.simulator.requests("apply")), 1, "applies")
    house.stop()


def calls_without_answer_do_not_hold_up_a_stop(house):
    house.configure(PLAN.format(start=local(-60)))
    house.start()
    house.wait_for_state("reserved", name="review")
    house.simulator.fault(api="active", kind="never", count=1000)
    polls = len(house.simulator.requests("active"))
    wait_until(lambda: len(house.simulator.requests("active")) > polls, "a poll that hangs")
    house.stop()


def watchers_are_let_go_at_the_end(house):
    house.configure(PLAN.format(start=local(60)))
    house.start()
    watcher = house.varlink()
    watcher.send("io.meetingd.Monitor", {}, more=True)
    watcher.receive()
    house.stop()
    try:
        while True:
            watcher.receive()
    except EOFError:
        pass


def a_second_daemon_is_refused(house):
    house.configure(PLAN.format(start=local(60)))
    house.start()
    first = house.daemon
    second = house.start(wait=False)
    expect_equal(second.process.wait(60), 1, "exit code of the second")
    house.daemon = first
    house.call("GetStatus")
    house.stop()


def a_stale_socket_is_taken_over(house):
    house.configure(PLAN.format(start=local(60)))
    house.start()
    house.daemon.end(signal.SIGKILL)
    expect(os.path.exists(house.socket), "a killed daemon leaves its socket")
    house.start()
    house.call("GetStatus")
    house.stop()


def a_passed_socket_takes_the_place_of_ours(house):
    house.configure(PLAN.format(start=local(60)))
    path = house.path("passed")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(5)
    script = ("import os, sys\nfd = int(sys.argv[1])\nos.dup2(fd, 3)\nos.set_inheritable(3, True)\n"
              "os.environ['LISTEN_FDS'] = '1'\nos.environ['LISTEN_PID'] = str(os.getpid())\n"
              "os.execv(sys.argv[2], sys.argv[2:])\n")
    os.set_inheritable(listener.fileno(), True)
    from meeting_house import NotifySocket, Process
    house.notify = NotifySocket(house.path("notify"))
    process = subprocess.Popen([sys.executable, "-c", script, str(listener.fileno()), os.path.join(BUILD, "meetingd"),
                                "--config", house.path("meetingd.conf")], pass_fds=[listener.fileno()],
                               env={**os.environ, "NOTIFY_SOCKET": house.notify.path}, stderr=subprocess.PIPE)
    wait_until(lambda: "READY=1" in house.notify.lines() or process.poll() is not None, "READY=1")
    client = Varlink(path)
    client.call("GetStatus")
    client.close()
    process.send_signal(signal.SIGTERM)
    expect_equal(process.wait(60), 0, "exit code")
    process.stderr.close()
    expect(os.path.exists(path), "a passed socket is left alone")
    listener.close()


def mistakes_in_the_file_are_all_told(house):
    house.configure(PLAN.format(start="tomorrow") + "topci = x\n[reservation 板]\nduration = long\n")
    daemon = house.start(wait=False)
    expect_equal(daemon.process.wait(60), 4, "exit code")
    wait_until(lambda: "topci" in daemon.text() and "long" in daemon.text(), "both mistakes in the log")
    code, output, errors = house.ctl("check", house.path("meetingd.conf"))
    expect_equal(code, 4, "exit code of check")
    told = output + errors
    for part in ("meetingd.conf:", "[reservation review] start", "topic", "[reservation 板] duration"):
        expect(part in told, f"{part!r} in {told!r}")


def check_shows_what_comes_next_in_a_good_file(house):
    often = "[reservation 每日站会]\nstart = 2020-01-01 09:30\nduration = 1h\ntimezone = Asia/Shanghai\nrrule = FREQ=DAILY\n"
    start = local(60)
    path = house.configure(PLAN.format(start=start) + often, app="monthly_calls = 50000")
    code, output, errors = house.ctl("check", path, env={"LC_ALL": "C"})
    expect_equal((code, errors), (0, ""), "check")
    first, second, *month, last = output.splitlines()
    expect(re.fullmatch(f"review    [A-Z][a-z]{{2}} {start.removesuffix(':00')} [A-Za-z/]*UTC", first), first)
    expect(re.fullmatch("每日站会  " + ", ".join(["[A-Z][a-z]{2} [0-9]{4}-[0-9]{2}-[0-9]{2} 09:30"] * 3) + " Asia/Shanghai",
                        second), second)
    expect("good (1 app, 2 plans)" in last and "calls in the next 30 days" in "".join(month), output)


def check_is_quiet_about_a_good_file(house):
    intervals = {"live": "10s", "starting": "10s", "idle": "5min", "overdue": "30s", "cooling": "2min"}
    path = house.configure(PLAN.format(start=local(60)), poll=intervals)
    code, output, errors = house.ctl("check", path)
    expect_equal((code, errors), (0, ""), "check")
    expect("good" in output, output)
    expect("calls in the next 30 days" in output, output)


def check_warns_of_a_month_that_asks_for_too_much(house):
    path = house.configure(PLAN.format(start=local(60)))
    code, _, errors = house.ctl("check", path)
    expect_equal(code, 0, "check")
    expect("10000 calls a month" in errors and "monthly_calls" in errors, errors)
    code, output, errors = house.ctl("check", house.configure(PLAN.format(start=local(60)), app="monthly_calls = 10000"))
    expect_equal((code, errors), (0, ""), "check with monthly_calls")
    expect("its share is 8000 a month" in output, output)


def options_that_are_wrong_are_usage(house):
    for arguments in (["--wrong"], ["file"], ["--config"]):
        done = subprocess.run([os.path.join(BUILD, "meetingd"), *arguments], capture_output=True, text=True, timeout=60,
                              check=False)
        expect_equal(done.returncode, 2, f"exit code of {arguments}")
        expect("meetingd" in done.stderr, "a message")
    for argument in ("--help", "--version"):
        done = subprocess.run([os.path.join(BUILD, "meetingd"), argument], capture_output=True, text=True, timeout=60,
                              check=False)
        expect_equal((done.returncode, done.stderr), (0, ""), argument)


def nothing_secret_can_be_seen_from_outside(house):
    house.configure(PLAN.format(start=local(60)) + "password = 918273\n")
    house.start()
    house.wait_for_state("reserved", name="review")
    pid = house.daemon.process.pid
    with open(f"/proc/{pid}/limits", encoding="utf-8") as file:
        core = next(line for line in file if line.startswith("Max core file size"))
    expect_equal(core.split()[4:6], ["0", "0"], "no core dump, which would have secrets in it")
    with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
        no_secrets(file.read(), "918273")
    expect_equal(os.stat(house.path("meetingd.db")).st_mode & 0o777, 0o600, "mode of the store")
    expect_equal(os.stat(house.socket).st_mode & 0o777, 0o660, "mode of the socket")
    expect_equal(house.reservation(name="review").get("password"), "918273", "an operator sees the password")
    no_secrets(house.ctl("status")[1], "918273")
    house.stop()
    no_secrets(house.daemon.text(), "918273")


TESTS = [
    ready_status_and_stopping_are_told,
    ready_comes_without_feishu,
    both_signals_stop_it,
    a_stop_with_an_apply_under_way_waits_for_its_answer,
    calls_without_answer_do_not_hold_up_a_stop,
    watchers_are_let_go_at_the_end,
    a_second_daemon_is_refused,
    a_stale_socket_is_taken_over,
    a_passed_socket_takes_the_place_of_ours,
    mistakes_in_the_file_are_all_told,
    check_shows_what_comes_next_in_a_good_file,
    check_is_quiet_about_a_good_file,
    check_warns_of_a_month_that_asks_for_too_much,
    options_that_are_wrong_are_usage,
    nothing_secret_can_be_seen_from_outside,
]

if __name__ == "__main__":
    main(TESTS)
