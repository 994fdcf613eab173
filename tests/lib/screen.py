"""A terminal for tests: a pty, and what stands on its screen."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
import unicodedata

from meeting_house import BUILD, LIMIT, VALGRIND, Failure, expect

SEQUENCE = re.compile(r"\033\[([?0-9;]*)([A-Za-z])")


def width(character):
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Screen:
    """meetingctl on a terminal of so many rows and columns. It knows the sequences that meetingctl writes, and no others."""

    def __init__(self, arguments, rows=24, columns=80, env=None):
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(self.master)
        self.raw, self.left, self.alternate, self.cursor, self.wraps = b"", b"", False, True, True
        self.rows, self.columns = rows, columns
        self.clear()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        command = [os.path.join(BUILD, "meetingctl"), *arguments]
        if VALGRIND:
            command = ["valgrind", "-q", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect",
                       "--error-exitcode=99", *command]
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=subprocess.PIPE, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
                                        env={**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8", "TERM": "xterm", "PAGER": "cat",
                                             **(env or {})})
        os.close(slave)

    def clear(self):
        self.lines = [[" "] * self.columns for _ in range(self.rows)]
        self.row = self.column = 0

    def resize(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.clear()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            expect(self.row + 1 < self.rows or not self.alternate, "the screen scrolls")
            self.row = min(self.row + 1, self.rows - 1)
        else:
            columns = width(character)
            expect(self.column + columns <= self.columns or not self.alternate, f"a line is too long: {self.text()}")
            if self.column < self.columns:
                self.lines[self.row][self.column:self.column + columns] = [character] + [""] * (columns - 1)
            self.column += columns

    def obey(self, parameters, letter):
        if letter == "H":
            self.row = self.column = 0
        elif letter == "K":
            self.lines[self.row][self.column:] = [" "] * (self.columns - self.column)
        elif letter == "J":
            self.obey("", "K")
            for row in range(self.row + 1, self.rows):
                self.lines[row] = [" "] * self.columns
        elif letter in "hl" and parameters == "?1049":
            self.alternate = letter == "h"
            self.clear()
        elif letter in "hl" and parameters == "?25":
            self.cursor = letter == "h"
        elif letter in "hl" and parameters == "?7":
            self.wraps = letter == "h"
        else:
            expect(letter == "m", f"an unknown sequence: {parameters}{letter}")

    def feed(self, data):
        self.raw += data
        data = self.left + data
        text = data.decode(errors="ignore")
        # A character or a sequence may be cut in two.
        cut = re.search(r"\033(\[[?0-9;]*)?$", text)
        text = text[:cut.start()] if cut else text
        self.left = data[len(text.encode()):]
        at = 0
        while at < len(text):
            if text[at] == "\033":
                found = SEQUENCE.match(text, at)
                expect(found, f"no sequence: {text[at:at + 10]!r}")
                self.obey(*found.groups())
                at = found.end()
            else:
                self.put(text[at])
                at += 1

    def read(self, limit):
        """Takes what comes; False where nothing does."""
        if not select.select([self.master], [], [], limit)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:  # the other end is closed
            return False
        self.feed(data)
        return bool(data)

    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.lines)

    def wait(self, *wanted, without=()):
        """Until all of this stands on the screen."""
        end = time.monotonic() + LIMIT
        while not all(x in self.text() for x in wanted) or any(x in self.text() for x in without):
            self.read(0.2)
            if time.monotonic() > end or (self.process.poll() is not None and not self.read(0)):
                raise Failure(f"waited in vain for {wanted} without {without}:\n{self.text()}\n{self.errors()}")
        return self.text()

    def key(self, text):
        os.write(self.master, text.encode())

    def errors(self):
        return self.process.stderr.read().decode() if self.process.poll() is not None else "(it runs)"

    def end(self, how=None):
        """By a key or a signal; returns the exit code, with everything read and the terminal as it was."""
        if isinstance(how, str):
            self.key(how)
        elif how is not None:
            self.process.send_signal(how)
        end = time.monotonic() + LIMIT
        while self.process.poll() is None:
            self.read(0.05)
            expect(time.monotonic() < end, "it does not end")
        while self.read(0):
            pass
        expect(not self.alternate and self.cursor and self.wraps, "the screen was not given back")
        expect(termios.tcgetattr(self.master)[3] == self.before[3], "the keys were not given back")
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(LIMIT)
        self.process.stderr.close()
        os.close(self.master)
