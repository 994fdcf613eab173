"""What is written about the programs, against the programs: manual pages, examples, and the README in both languages."""
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import LIMIT, SOURCE, Skip, expect, expect_equal, local, main  # noqa: E402
from varlink_idl import parse  # noqa: E402


def read(path):
    with open(os.path.join(SOURCE, path), encoding="utf-8") as file:
        return file.read()


def plain(roff):
    """The text of a page, as far as these tests need it."""
    text = re.sub(r"\\f[BIRP]", "", roff).replace("\\-", "-").replace("\\(aq", "'").replace("\\(dq", '"').replace("\\e", "\\")
    return text


def interface():
    return parse(read("daemon/interface/io.meetingd.varlink"))


def the_manual_knows_the_whole_interface():
    page, known = plain(read("man/io.meetingd.7")), interface()
    for method in known.methods:
        expect(re.search(rf'^\.BR {method} "\(', page, re.M), f"io.meetingd(7) does not describe {method}")
        expect(f"ask {method}" in page or method == "Monitor", f"io.meetingd(7) has no example of {method}")
        for name in known.methods[method].parameters.fields:
            found = re.search(rf'^\.BR {method} "\((.*?)\)', page, re.M).group(1)
            expect(name in re.split(r"[?, ]+", found), f"io.meetingd(7): {method} does not name {name}")
    for error in known.errors:
        expect(f".BR io.meetingd.{error} " in page, f"io.meetingd(7) does not describe the error {error}")


def the_manual_knows_each_command_and_option(house):
    page = plain(read("man/meetingctl.1"))
    usage = house.ctl("--help")[1]
    commands = re.findall(r"^  ([a-z]+) ", usage.split("Options:")[0], re.M)
    expect(len(commands) > 18, f"commands: {commands}")
    for name in commands:
        expect(re.search(rf'^\.(BI|BR|B) "?{name}\b', page, re.M), f"meetingctl(1) does not describe {name}")
    for option in set(re.findall(r"--[a-z-]+", usage)):
        expect(option in page, f"meetingctl(1) does not describe {option}")


def the_pages_are_well_formed():
    if shutil.which("man") is None:
        raise Skip("man is not installed (Debian package man-db)")
    for name in sorted(os.listdir(os.path.join(SOURCE, "man"))):
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", os.path.join(SOURCE, "man", name)],
                              capture_output=True, text=True, timeout=LIMIT, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
        expect_equal((done.returncode, done.stderr), (0, ""), name)


def the_examples_work(house):
    """Each call of the manual is one that the daemon takes, and its Python is a program."""
    house.configure(f"[reservation standup]\nstart = {local(7200)}\nduration = 30min\ncreate_ahead = 24h\n")
    house.start()
    house.wait_for_state("reserved", name="standup")
    page, known = plain(read("man/io.meetingd.7")), interface()
    examples = re.findall(r"^[$#] ask (\w+)(?: '(.*)')?$", page, re.M)
    expect(len(examples) > 14, f"examples: {examples}")
    for method, parameters in examples:
        if method not in known.methods:
            continue
        client = house.varlink()
        reply = client.ask(method, json.loads(parameters or "{}"))
        client.close()
        expect(not reply.get("error", "").startswith("org.varlink.service."), f"{method}: {reply}")
    code = re.search(r"^\.EX\n(import json.*?)^\.EE", page, re.M | re.S).group(1)
    done = subprocess.run([sys.executable, "-c", code.replace("/run/meetingd/io.meetingd", house.socket)], capture_output=True,
                          text=True, timeout=LIMIT, check=False)
    expect_equal(done.returncode, 0, f"Python ({done.stderr})")
    expect(done.stdout.startswith("reserved https://"), done.stdout)
    house.stop()


def commands_of(text):
    """What is to be typed, without what is said about it."""
    lines = re.findall(r"^    ([$#] (?:meetingctl|systemctl|varlinkctl).*|\.\.?/\w.*|\w+ = .*|--with.*|--[de]\w+-\w+.*)$", text, re.M)
    return [re.split(r" {3,}|  #", line)[0] for line in lines]


def both_readmes_say_the_same():
    english, chinese = read("README"), read("README.zh-CN")
    expect_equal(len(re.findall(r"^=+$", chinese, re.M)), len(re.findall(r"^=+$", english, re.M)), "sections")
    expect_equal(commands_of(chinese), commands_of(english), "commands")
    for words in (r"\b[a-z]+_[a-z_]+\b", r"\bvc:[a-z:]+\b", r"\b[a-z.]+\(\d\)"):
        expect_equal(sorted(set(re.findall(words, chinese, re.A))), sorted(set(re.findall(words, english, re.A))), f"words such as {words}")
    wide = [line for line in chinese.splitlines() if len(line.encode("gb18030")) > 140]
    expect_equal(wide, [], "lines that are too wide")


main([the_manual_knows_the_whole_interface, the_manual_knows_each_command_and_option, the_pages_are_well_formed,
      the_examples_work, both_readmes_say_the_same])
