"""The room sign on a real terminal, with the real daemon and the simulator behind it."""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import VALGRIND, expect, expect_equal, local, main, no_secrets, wait_until  # noqa: E402
from screen import Screen  # noqa: E402

PASSWORD = "971024"


def plans():
    return f"""
[reservation 站会]
topic = 每日站会
start = {local(-60)}
duration = 30min
password = {PASSWORD}
[reservation 晚会]
topic = 晚会
start = {local(7230)}
duration = 30min
create_ahead = 24h
"""


def is_stopped(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        return file.read().rsplit(")", 1)[1].split()[0] in "Tt"


def a_sign_follows_its_meeting(house):
    house.configure(plans())
    house.start()
    reserve_id = house.wait_for_state("reserved", name="站会")["reserve_id"]
    board = Screen(["--socket", house.socket, "board", "站会"])
    try:
        text = board.wait("NOBODY IN", "每日站会", "https://", "Number ", "q quits")
        expect(board.alternate and not board.cursor and not board.wraps, "a screen of its own")
        house.simulator.meeting(action="start", reserve_id=reserve_id, host="ou_a")
        for person in ("ou_a", "ou_b"):
            house.simulator.meeting(action="join", reserve_id=reserve_id, id=person, user_type=1)
        board.wait("ON NOW", "2 in the room", "ou_a", "ou_b", "As of")
        house.simulator.meeting(action="leave", reserve_id=reserve_id, id="ou_a", user_type=1)
        board.wait("1 in the room", without=["ou_a"])
        # Small ones show what matters, large ones all; nothing is ever too long (the screen would say so).
        for rows, columns in ((5, 20), (1, 8), (3, 200), (24, 80)):
            board.resize(rows, columns)
            text = board.wait("ON NOW"[:columns], *(["1 in the room", "每日站会"] if rows >= 5 else []))
            expect(len(text.splitlines()) <= rows, text)
        # Ctrl-Z gives the screen back for as long as somebody does something else.
        board.key("\x1a")
        wait_until(lambda: board.read(0.05) is None or not board.alternate, "the screen back")
        # The signal to go on must not come before it has stopped.
        wait_until(lambda: is_stopped(board.process.pid), "the stop")
        board.process.send_signal(signal.SIGCONT)
        board.wait("1 in the room")
        expect(board.alternate, "the screen again")
        # The daemon goes and comes: what was known stays, and says so.
        house.daemon.end(signal.SIGKILL)
        board.wait("NO NEWS since", "meetingd is away", "每日站会")
        house.start()
        board.wait("1 in the room", without=["NO NEWS"])
        expect_equal(board.end("q"), 0, f"exit code ({board.errors()})")
        no_secrets(board.raw.decode(errors="replace"), PASSWORD)
    finally:
        board.close()
    house.stop()


def the_screen_is_given_back_or_never_taken(house):
    house.configure(plans())
    house.start()
    house.wait_for_state("reserved", name="站会")
    for how in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, "\x03")[3 if VALGRIND else 0:]:
        board = Screen(["--socket", house.socket, "board", "晚会"])
        try:
            board.wait("NEXT", "晚会", "in 2h")
            expect_equal(board.end(how), 0, f"exit code after {how!r} ({board.errors()})")
        finally:
            board.close()
    # What cannot be shown is said at once.
    code, output, errors = house.ctl("board", "站会")
    expect_equal((code, output), (2, ""), "no terminal")
    expect("board fills a terminal's screen, and standard output is none" in errors and "--json watch" in errors, errors)
    cases = ((["站"], {}, 1, "there is no '站'"), (["站会"], {"TERM": "dumb"}, 2, "$TERM"), (["123"], {}, 2, "no plan's name"),
             ([], {}, 2, "board needs NAME"))
    for arguments, env, code, wanted in cases[:1] if VALGRIND else cases:
        board = Screen(["--socket", house.socket, "board", *arguments], env=env)
        try:
            expect_equal(board.end(), code, f"exit code of {arguments}")
            expect(wanted in board.errors() or wanted in board.text(), f"{arguments}: {board.errors()}")
            expect(b"\033[?1049h" not in board.raw, "the screen was taken")
        finally:
            board.close()
    house.stop()
    board = Screen(["--socket", house.socket, "board", "站会"])
    try:
        expect_equal(board.end(), 3, "exit code without a daemon")
    finally:
        board.close()


main([a_sign_follows_its_meeting, the_screen_is_given_back_or_never_taken])
