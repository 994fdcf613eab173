#!/usr/bin/env python3
"""Every message id has a page in the journal's catalogue, and is used; every command that a page names is one of ours."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.environ.get("MEETINGD_SOURCE", ".")
CATALOG = os.path.join(SOURCE, "systemd/meetingd.catalog")
FIELDS = ("Subject", "Defined-By", "Support", "Documentation")


def read(*path):
    with open(os.path.join(SOURCE, *path), encoding="utf-8") as file:
        return file.read()


def pages(text):
    """id to page."""
    parts = re.split(r"^-- ([0-9a-f]{32})$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def sources():
    for folder, _, names in os.walk(os.path.join(SOURCE, "daemon")):
        for name in names:
            if name.endswith(".c"):
                yield read(os.path.relpath(os.path.join(folder, name), SOURCE))


def check():
    ids = dict(re.findall(r'^#define (MESSAGE_\w+)\s+"([0-9a-f]{32})"$', read("daemon/base/message-id.h"), re.MULTILINE))
    found, code = pages(read("systemd/meetingd.catalog")), "".join(sources())
    commands = re.findall(r'^\s*\{"(\w+)",', read("ctl/commands.c"), re.MULTILINE)
    logged = set(re.findall(r'add_field\(&fields, "(\w+)"', read("daemon/base/log.c")))
    if len(ids) < 10 or len(commands) < 10 or "RESERVATION" not in logged:
        yield "what is read is not what was expected"
    for name, number in ids.items():
        if number not in found:
            yield f"{name} has no page"
        if not re.search(rf"\b{name}\b", code):
            yield f"{name} is used nowhere"
    for number, page in found.items():
        head, _, text = page.strip().partition("\n\n")
        if number not in ids.values():
            yield f"the page {number} belongs to no id"
        if [line.split(":")[0] for line in head.splitlines()] != list(FIELDS) or not text:
            yield f"the page {number} lacks one of {FIELDS}, or a text"
        for command in re.findall(r"meetingctl (\w+)", text):
            if command not in commands:
                yield f"the page {number} names meetingctl {command}, which there is not"
        for field in re.findall(r"@(\w+)@", page):
            if field not in logged:
                yield f"the page {number} names the field {field}, which no message has"


def compile_it():
    """As journalctl reads it; None where there is none."""
    if shutil.which("journalctl") is None:
        return None
    root = tempfile.mkdtemp(prefix="meetingd-catalog-")
    try:
        folder = os.path.join(root, "usr/lib/systemd/catalog")
        os.makedirs(folder)
        os.makedirs(os.path.join(root, "var/lib/systemd/catalog"))
        shutil.copy(CATALOG, folder)
        done = subprocess.run(["journalctl", "--update-catalog", f"--root={root}"], capture_output=True, text=True, check=False)
        database = os.path.join(root, "var/lib/systemd/catalog/database")
        return done.returncode == 0 and not done.stderr and os.path.getsize(database) > 1000, done.stderr
    finally:
        shutil.rmtree(root)


def main():
    mistakes = list(check())
    compiled = compile_it()
    print("1..2")
    print("ok 1 - each id has a page" if not mistakes else "not ok 1 - each id has a page")
    for mistake in mistakes:
        print(f"# {mistake}")
    if compiled is None:
        print("ok 2 - journalctl takes the catalogue # SKIP there is no journalctl here")
        return 1 if mistakes else 0
    print("ok 2 - journalctl takes the catalogue" if compiled[0] else f"not ok 2 - journalctl takes the catalogue\n# {compiled[1]}")
    return 1 if mistakes or not compiled[0] else 0


if __name__ == "__main__":
    sys.exit(main())
