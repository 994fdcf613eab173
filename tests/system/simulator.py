"""The simulator itself: what it answers must be what Feishu's documents say."""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import Simulator, expect_equal, main  # noqa: E402


def it_ends_in_order():
    for number in (signal.SIGTERM, signal.SIGINT):
        simulator = Simulator()
        expect_equal(simulator.end(number), 0, "exit code")


TESTS = [it_ends_in_order]

if __name__ == "__main__":
    main(TESTS)
