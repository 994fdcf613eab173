"""make install: what goes where, inside the prefix and nowhere else, with and without DESTDIR."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import BUILD, VALGRIND, Skip, expect, expect_equal, main  # noqa: E402

WANTED = {
    "bin/meetingctl",
    "sbin/meetingd",
    "etc/meetingd/meetingd.conf",
    "lib/systemd/system/meetingd.service",
    "lib/systemd/catalog/meetingd.catalog",
    "lib/systemd/system/meetingd@.service",
    "lib/systemd/system/meetingd.socket",
    "lib/sysusers.d/meetingd.conf",
    "lib/tmpfiles.d/meetingd.conf",
    "share/man/man8/meetingd.8",
    "share/man/man5/meetingd.conf.5",
    "share/man/man7/io.meetingd.7",
    "share/doc/meetingd/README",
    "share/doc/meetingd/README.zh-CN",
    "share/doc/meetingd/NEWS",
    "share/man/man1/meetingctl.1",
    "share/bash-completion/completions/meetingctl",
    "share/zsh/site-functions/_meetingctl",
    "share/doc/meetingd/examples/grafana-dashboard.json",
    "share/doc/meetingd/examples/prometheus-alerts.yml",
}


# What systemd's own scale makes of the units' sandbox (0: closed, 10: open); redis-server's has 1.2 in Debian 12.
EXPOSURE_MOST = 1.2


def make(*arguments):
    if VALGRIND:
        raise Skip("make runs here, and nothing of ours that valgrind could look into")
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "DESTDIR")}
    done = subprocess.run(["make", "-C", BUILD, *arguments], capture_output=True, text=True, timeout=300,
                          env=environment, check=False)
    expect_equal(done.returncode, 0, f"make {arguments}: {done.stdout[-2000:]}{done.stderr[-2000:]}")


def files(top):
    return {os.path.relpath(os.path.join(folder, name), top) for folder, _, names in os.walk(top) for name in names}


def prefix_of_the_build():
    with open(os.path.join(BUILD, "Makefile"), encoding="utf-8") as file:
        return next(line.split("=", 1)[1].strip() for line in file if line.startswith("prefix ="))


def an_install_goes_into_the_prefix_and_comes_out_again():
    directory = tempfile.mkdtemp(prefix="meetingd-install-")
    try:
        make("install", f"prefix={directory}")
        expect_equal(files(directory), WANTED, "installed files")
        with open(os.path.join(directory, "lib/systemd/system/meetingd.service"), encoding="utf-8") as file:
            unit = file.read()
        for name in ("meetingd.service", "meetingd@.service", "meetingd.socket"):
            with open(os.path.join(directory, "lib/systemd/system", name), encoding="utf-8") as file:
                expect(not re.search("@[a-z]+@", file.read()), f"{name} has no place left to fill in")
        expect(f"\nExecReload=+{prefix_of_the_build()}/bin/meetingctl reload\n" in unit, f"the unit reloads: {unit}")
        make("uninstall", f"prefix={directory}")
        expect_equal(files(directory), set(), "files left after uninstall")
    finally:
        shutil.rmtree(directory)


def destdir_goes_in_front():
    directory = tempfile.mkdtemp(prefix="meetingd-install-")
    try:
        make("install", f"DESTDIR={directory}")
        inside = os.path.join(directory, prefix_of_the_build().lstrip("/"))
        expect_equal(files(inside), WANTED, "installed files")
        expect_equal(files(directory), files(inside) and {os.path.relpath(os.path.join(inside, f), directory) for f in WANTED},
                     "nothing beside them")
    finally:
        shutil.rmtree(directory)


def a_configuration_that_is_there_is_kept():
    directory = tempfile.mkdtemp(prefix="meetingd-install-")
    try:
        path = os.path.join(directory, "etc/meetingd/meetingd.conf")
        os.makedirs(os.path.dirname(path))
        with open(path, "w", encoding="utf-8") as file:
            file.write("# mine\n")
        make("install", f"prefix={directory}")
        with open(path, encoding="utf-8") as file:
            expect_equal(file.read(), "# mine\n", "the configuration")
        make("uninstall", f"prefix={directory}")
        expect(os.path.exists(path), "uninstall leaves a changed configuration")
    finally:
        shutil.rmtree(directory)


def the_units_are_closed():
    if not shutil.which("systemd-analyze"):
        raise Skip("systemd-analyze, which measures it, is not here")
    for name in ("meetingd.service", "meetingd@.service"):
        make(f"systemd/{name}")
        done = subprocess.run(["systemd-analyze", "security", "--no-pager", "--offline=true",
                               os.path.join(BUILD, "systemd", name)],
                              capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
        found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
        expect(found, f"no measure: {done.stdout[-500:]}{done.stderr}")
        expect(float(found.group(1)) <= EXPOSURE_MOST, f"{name} is open: {found.group(0)}")
        # It says so of every line that it does not understand.
        expect_equal(done.stderr, "", f"what systemd-analyze says of {name}")


if __name__ == "__main__":
    main([the_units_are_closed,
          an_install_goes_into_the_prefix_and_comes_out_again, destdir_goes_in_front,
          a_configuration_that_is_there_is_kept])
