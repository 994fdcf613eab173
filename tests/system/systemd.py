"""The Debian package under a real systemd: installed, started, reloaded, killed, hung, activated, upgraded, purged.

Not one of `make check`: test.sh runs it once, where the machine can. Exit code 77, with the reason, where it cannot.
"""
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from container import Container, image, needs, run_all_or_none  # noqa: E402
from meeting_house import (APP_ID, OWNER, SECRET, SOURCE, Failure, Simulator, Skip, Varlink, expect,  # noqa: E402
                           expect_equal, no_secrets, wait_until)

UNIT = "meetingd.service"
HOST = "feishu.test"

# Nobody waits here for what the unit would wait for, nor are so many starts in so short a time a sign of anything.
HASTE = "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestartSec=100ms\n"

CONFIGURATION = """
[daemon]
timezone = UTC
{daemon}
[app]
base_url = https://{host}:{port}
app_id = {app_id}
owner_id = {owner}
ca_file = /etc/meetingd/ca.pem
monthly_calls = 50000
{plans}
"""
PLAN = """
[reservation {name}]
topic = {topic}
start = {start}
duration = 45min
"""

# Prints what the sandbox let it do; perl is in every Debian.
PROBE = """#!/bin/sh
try() {
    name=$1
    shift
    if "$@" >/dev/null 2>&1; then echo "$name: yes"; else echo "$name: no"; fi
}
family() { perl -e 'socket(my $s, $ARGV[0], $ARGV[1], 0) or exit 1' "$1" "$2"; }
write() { echo x >"$1"; }
set_uid() { cp /bin/true /var/lib/meetingd/t && chmod 4755 /var/lib/meetingd/t; }
umask 022
try "write its state" write /var/lib/meetingd/probe
try "write /etc/meetingd" write /etc/meetingd/probe
# Its user would be let in there.
for place in /etc /usr /srv /home; do
    try "write $place" write "$place/open/probe"
done
try "write what the hook may" write /srv/hook/probe
try "read the secret's file" cat /etc/meetingd/app_secret
try "see other processes" test -e /proc/1
try "AF_UNIX" family 1 1
try "AF_INET" family 2 2
try "AF_INET6" family 10 2
try "AF_NETLINK" family 16 3
try "AF_PACKET" family 17 3
try "AF_VSOCK" family 40 1
try "look up a name" getent ahosts HOST
try "make a set-uid program" set_uid
try "make a namespace" unshare --user true
try "mount" mount -t tmpfs none /tmp
try "change an owner" chown 0 /var/lib/meetingd/probe
sed -n -e 's/^NoNewPrivs:\\t/NoNewPrivs: /p' -e 's/^Cap\\(Prm\\|Eff\\|Bnd\\|Amb\\):\\t/Cap\\1: /p' \\
    -e 's/^Seccomp:\\t/Seccomp: /p' /proc/self/status
echo "cores: $(ulimit -c)"
echo "files: $(ulimit -n)"
rm -f /var/lib/meetingd/probe /var/lib/meetingd/t
""".replace("HOST", HOST)

SEEN_IN_THE_SANDBOX = {
    "write its state": "yes", "write /etc/meetingd": "no", "write /etc": "no", "write /usr": "no", "write /srv": "no", "write /home": "no",
    "write what the hook may": "yes", "read the secret's file": "no", "see other processes": "no",
    "AF_UNIX": "yes", "AF_INET": "yes", "AF_INET6": "yes", "AF_NETLINK": "no", "AF_PACKET": "no", "AF_VSOCK": "no",
    "look up a name": "yes", "make a set-uid program": "no", "make a namespace": "no", "mount": "no",
    "change an owner": "no", "NoNewPrivs": "1", "CapPrm": "0" * 16, "CapEff": "0" * 16, "CapBnd": "0" * 16,
    "CapAmb": "0" * 16, "Seccomp": "2", "cores": "0", "files": "8192",
}

# The drop-in that meetingd(8) shows for hooks.
HOOKS = "[Service]\nExecPaths=/usr/bin /bin /usr/local/bin/probe\nReadWritePaths=/srv/hook\n"
PROBE_RUNS = "[Service]\nType=oneshot\nExecStart=\nExecStart=/usr/local/bin/probe\nRestart=no\n"


def build_package(directory):
    """What dpkg-buildpackage makes of this tree."""
    needs("dpkg-buildpackage", "dpkg-dev")
    needs("dh", "debhelper")
    source = os.path.join(directory, "meetingd")
    os.mkdir(source)
    files = subprocess.run(["tar", "-C", SOURCE, "--exclude-vcs", "--exclude=./build", "--exclude=./build-*",
                            "--exclude=./autom4te.cache", "--exclude=./meetingd-*", "-cf", "-", "."],
                           stdout=subprocess.PIPE, timeout=60, check=True).stdout
    subprocess.run(["tar", "-C", source, "-xf", "-"], input=files, timeout=60, check=True)
    # Where ccache is, it knows most of it already.
    environment = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    environment.update(DEB_BUILD_OPTIONS=f"nocheck noautodbgsym parallel={os.cpu_count()}", CCACHE_BASEDIR=source,
                       CCACHE_NOHASHDIR="1", PATH="/usr/lib/ccache:" + os.environ["PATH"])
    said, code = run_all_or_none(["dpkg-buildpackage", "-us", "-uc"], 600, cwd=source, env=environment)
    expect_equal(code, 0, f"dpkg-buildpackage: {said[-5000:]}")
    return glob.glob(os.path.join(directory, "*.deb"))[0]


def next_version(package, directory):
    """The same package with a higher version."""
    tree = os.path.join(directory, "next")
    subprocess.run(["dpkg-deb", "-R", package, tree], timeout=60, check=True)
    control = os.path.join(tree, "DEBIAN/control")
    with open(control, encoding="utf-8") as file:
        text = re.sub(r"(?m)^(Version: .*)$", r"\1+next", file.read())
    with open(control, "w", encoding="utf-8") as file:
        file.write(text)
    made = os.path.join(directory, "meetingd-next.deb")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", tree, made], timeout=60, check=True,
                   stdout=subprocess.DEVNULL)
    return made


class NameServer:
    """Answers for one host name, over UDP, in the network that the process is in."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        self.asked = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        name = b"".join(bytes([len(part)]) + part.encode() for part in HOST.split(".")) + b"\0"
        while True:
            query, peer = self.socket.recvfrom(512)
            question = query[12:query.index(b"\0", 12) + 5]
            known = question.startswith(name)
            # Type A; there is no other address.
            answers = known and question[-4:-2] == b"\0\1"
            self.asked += known
            reply = (query[:2] + (b"\x81\x80" if known else b"\x81\x83") + b"\0\1" + (b"\0\1" if answers else b"\0\0") +
                     b"\0\0\0\0" + question)
            if answers:
                reply += b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton("127.0.0.1")
            self.socket.sendto(reply, peer)


class Estate:
    """The container, the package, the simulator, and what the steps hand on to each other."""

    def __init__(self, directory):
        self.directory = directory
        self.container = self.simulator = None
        self.start = time.strftime("%Y-%m-%d %H:%M", time.gmtime(time.time() + 3600))
        self.reserve_id = None

    def set_up(self):
        self.package = build_package(self.directory)
        self.container = Container(self.root)
        self.container.wait_until_booted()
        self.container.enter_network()
        self.names = NameServer()
        key, certificate = (os.path.join(self.directory, name) for name in ("key.pem", "ca.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", key,
                        "-out", certificate], timeout=60, check=True, stderr=subprocess.DEVNULL)
        self.simulator = Simulator("--tls-cert", certificate, "--tls-key", key)
        with open(certificate, encoding="utf-8") as file:
            self.certificate = file.read()

    def tear_down(self):
        if self.simulator:
            self.simulator.end(signal.SIGKILL)
        if self.container:
            self.container.end()

    def configure(self, plans=("review",), topic="Weekly review", name="meetingd", daemon=""):
        text = CONFIGURATION.format(host=HOST, port=self.simulator.port, app_id=APP_ID, owner=OWNER, daemon=daemon,
                                    plans="".join(PLAN.format(name=plan, topic=topic, start=self.start) for plan in plans))
        self.container.write(f"/etc/meetingd/{name}.conf", text)

    def main_pid(self, unit=UNIT):
        return int(self.container.property("MainPID", unit))

    def daemon(self, number):
        """Sends a signal to the daemon."""
        self.container.run("sh", "-c", f"kill -{number} {self.main_pid()}")

    def reservation(self, name="review", socket_path="/run/meetingd/io.meetingd"):
        client = Varlink(self.container.path(socket_path))
        try:
            return client.ask("GetReservation", {"name": name}).get("parameters", {}).get("reservation")
        finally:
            client.close()

    def wait_for_reservation(self, name="review", **where):
        def reserved():
            found = self.reservation(name, **where)
            return found if found and found["state"] == "reserved" else None
        return wait_until(reserved, f"the reservation of {name}")

    def is_the_same_as_before(self):
        expect_equal(self.wait_for_reservation()["reserve_id"], self.reserve_id, "the reservation, from the store")
        expect_equal(len(self.simulator.requests("apply")), self.applies, "applies that Feishu saw")

    def restarted(self, before):
        def again():
            return self.container.property("ActiveState", UNIT) == "active" and self.main_pid() not in (0, before)
        wait_until(again, "the daemon's return")

    def socket_is_right(self, path="/run/meetingd/io.meetingd"):
        expect_equal(self.container.run("stat", "-c", "%U %G %a", path).stdout.strip(), "meetingd meetingd 660", "socket")


def lintian_is_content(estate):
    needs("lintian", "lintian")
    changes = glob.glob(os.path.join(estate.directory, "*.changes"))[0]
    done = subprocess.run(["lintian", "--fail-on", "error,warning", "--allow-root", changes], capture_output=True,
                          text=True, timeout=300, check=False)
    expect_equal((done.returncode, done.stdout), (0, ""), "lintian")


def it_installs_and_starts_nothing(estate):
    container = estate.container
    shutil.copy(estate.package, container.path("/root/meetingd.deb"))
    container.run("dpkg", "-i", "/root/meetingd.deb")
    for unit in ("meetingd.service", "meetingd.socket"):
        expect_equal(container.run("systemctl", "is-enabled", unit, check=False).stdout.strip(), "disabled", unit)
        expect_equal(container.property("ActiveState", unit), "inactive", unit)
    container.run("getent", "passwd", "meetingd")
    container.run("getent", "group", "meetingd", "meetingd-admin")
    verified = container.run("systemd-analyze", "verify", "--man=no", UNIT, "meetingd.socket", "meetingd@b.service")
    expect_equal(verified.stderr.replace("\n", ""), "", "what systemd-analyze says of the units")


def its_own_smoke_test_passes(estate):
    """The package's autopkgtest: no secret no start (243), start, answer, reload, refuse, stop."""
    shutil.copy(os.path.join(SOURCE, "debian/tests/smoke"), estate.container.path("/root/smoke"))
    estate.container.run("sh", "-c", "AUTOPKGTEST_TMP=/root /root/smoke")


def it_starts_and_reserves(estate):
    """Enabled and started; the secret is a credential, the server a name to look up, behind TLS."""
    container = estate.container
    container.write("/etc/resolv.conf", "nameserver 127.0.0.1\n")
    container.write("/etc/meetingd/ca.pem", estate.certificate)
    container.write("/etc/meetingd/app_secret", SECRET + "\n", 0o600)
    container.drop_in(UNIT, "haste", HASTE)
    estate.configure()
    container.run("systemctl", "enable", "--now", "meetingd")
    estate.reserve_id = estate.wait_for_reservation()["reserve_id"]
    estate.applies = len(estate.simulator.requests("apply"))
    expect_equal(estate.applies, 1, "applies that Feishu saw")
    expect(estate.names.asked > 0, "the name was looked up")
    estate.socket_is_right()
    expect_equal(container.run("stat", "-c", "%U %a", "/var/lib/meetingd").stdout.strip(), "meetingd 700", "state")
    wait_until(lambda: container.property("StatusText", UNIT), "the status line")


def the_group_reads_and_operators_change(estate):
    """The sandbox leaves the daemon its view of who is at the socket."""
    container = estate.container
    container.run("systemd-sysusers", "--inline", "u ann -", "u ben -", "u eve -", "m ann meetingd", "m ben meetingd",
                  "m ben meetingd-admin")

    def as_user(user, *command):
        return container.run("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *command, check=False)
    expect_equal(as_user("ann", "meetingctl", "list").returncode, 0, "ann, of the group, lists")
    refused = as_user("ann", "meetingctl", "reload")
    expect(refused.returncode == 1, f"ann, no operator, reloads: {refused}")
    expect_equal(as_user("ben", "meetingctl", "reload").returncode, 0, "ben, an operator, reloads")
    expect_equal(as_user("eve", "meetingctl", "list").returncode, 3, "eve, a stranger, lists")


def it_reloads(estate):
    estate.configure(plans=("review", "board"))
    estate.container.run("systemctl", "reload", "meetingd")
    expect(estate.reservation("board"), "the new plan is there when the reload is over")
    pid = estate.main_pid()
    estate.configure(plans=("review", "board"), daemon="nonsense = 1")
    expect(estate.container.run("systemctl", "reload", "meetingd", check=False).returncode != 0, "a bad file is refused")
    expect_equal(estate.container.property("ActiveState", UNIT), "active", "the unit after it")
    expect("nonsense" in estate.container.run("journalctl", "-u", "meetingd").stdout, "the mistake is in the journal")
    estate.configure()
    estate.container.run("systemctl", "reload", "meetingd")
    expect_equal(estate.main_pid(), pid, "the process through it all")
    estate.applies = len(estate.simulator.requests("apply"))


def it_survives_kill_9(estate):
    before = estate.main_pid()
    estate.daemon("KILL")
    estate.restarted(before)
    estate.is_the_same_as_before()


def a_wrong_file_is_not_tried_again(estate):
    estate.configure(daemon="nonsense = 1")
    expect(estate.container.run("systemctl", "restart", "meetingd", check=False).returncode != 0, "it does not start")
    expect_equal(estate.container.property("ActiveState", UNIT), "failed", "the unit")
    expect_equal(estate.container.property("ExecMainStatus", UNIT), "4", "its exit status")
    estate.configure()
    estate.container.run("systemctl", "start", "meetingd")


def the_secret_may_be_encrypted(estate):
    container = estate.container
    container.run("systemd-creds", "encrypt", "--with-key=host", "--name=app_secret", "-", "/etc/meetingd/app_secret.cred",
                  input=SECRET + "\n")
    os.rename(container.path("/etc/meetingd/app_secret"), container.path("/root/app_secret"))
    container.drop_in(UNIT, "encrypted",
                      "[Service]\nLoadCredential=\nLoadCredentialEncrypted=app_secret:/etc/meetingd/app_secret.cred\n")
    tokens = len(estate.simulator.requests("token"))
    container.run("systemctl", "restart", "meetingd")
    wait_until(lambda: len(estate.simulator.requests("token")) > tokens, "a request for a token")
    expect_equal(estate.simulator.requests("token")[-1]["code"], 0, "Feishu's answer to the secret")
    os.rename(container.path("/root/app_secret"), container.path("/etc/meetingd/app_secret"))
    container.drop_in(UNIT, "encrypted", None)
    container.run("systemctl", "restart", "meetingd")
    estate.is_the_same_as_before()


def a_hang_is_ended_by_the_watchdog(estate):
    container = estate.container
    container.drop_in(UNIT, "watchdog", "[Service]\nWatchdogSec=4s\n")
    container.run("systemctl", "restart", "meetingd")
    before = estate.main_pid()
    fed = container.property("WatchdogTimestampMonotonic", UNIT)
    wait_until(lambda: container.property("WatchdogTimestampMonotonic", UNIT) != fed, "the watchdog's food")
    expect_equal(estate.main_pid(), before, "the process, which feeds its watchdog")
    estate.daemon("STOP")
    estate.restarted(before)
    expect("Watchdog timeout" in container.run("journalctl", "-u", "meetingd").stdout, "the journal tells why")
    container.drop_in(UNIT, "watchdog", None)
    container.run("systemctl", "restart", "meetingd")
    estate.is_the_same_as_before()


def the_sandbox_holds(estate):
    """What a program that the daemon starts can do, by the unit's own settings."""
    container = estate.container
    container.run("systemctl", "stop", "meetingd")
    container.write("/usr/local/bin/probe", PROBE, 0o755)
    places = ["/etc/open", "/usr/open", "/srv/open", "/home/open", "/srv/hook"]
    container.run("mkdir", *places)
    container.run("chown", "meetingd", *places)
    container.drop_in(UNIT, "probe", PROBE_RUNS)
    expect(container.run("systemctl", "start", "meetingd", check=False).returncode != 0, "it ran without a drop-in")
    expect_equal(container.property("ExecMainStatus", UNIT), "203", "its exit status (EXEC)")
    container.drop_in(UNIT, "hooks", HOOKS)
    container.run("systemctl", "start", "meetingd")
    said = container.run("journalctl", "-u", "meetingd", "-o", "cat", "-t", "probe").stdout
    seen = dict(line.split(": ", 1) for line in said.splitlines())
    others = {key: seen.get(key) for key, wanted in SEEN_IN_THE_SANDBOX.items() if seen.get(key) != wanted}
    expect_equal(others, {}, "what it could or could not do against expectation")
    container.drop_in(UNIT, "probe", None)
    container.drop_in(UNIT, "hooks", None)
    container.run("rm", "-r", *places)


def a_hook_runs_where_a_drop_in_lets_it(estate):
    """meetingd(8)'s drop-in, and a script as the README has one."""
    container = estate.container
    container.write("/usr/local/bin/door", "#!/bin/sh\necho \"the light for $MEETINGD_NAME\"\ncat >/srv/door/seen\n", 0o755)
    container.write("/etc/meetingd/meetingd.conf.d/door.conf",
                    "[hook door]\non = meeting_started\nexec = /usr/local/bin/door\n")
    container.run("mkdir", "/srv/door")
    container.run("chown", "meetingd", "/srv/door")
    container.run("systemctl", "restart", "meetingd")
    refused = container.run("meetingctl", "hook", "test", "door", check=False)
    expect(refused.returncode == 1 and "door" in refused.stderr, f"a hook without a drop-in: {refused}")
    container.drop_in(UNIT, "door", "[Service]\nExecPaths=/usr/local/bin/door /bin /usr/bin\nReadWritePaths=/srv/door\n")
    container.run("systemctl", "restart", "meetingd")
    tested = container.run("meetingctl", "hook", "test", "door")
    expect("the light for test" in tested.stdout, f"what it wrote: {tested}")
    with open(container.path("/srv/door/seen"), encoding="utf-8") as file:
        expect_equal(json.load(file)["kind"], "meeting_started", "the event that it got")
    expect("the light for test" in container.run("journalctl", "HOOK=door", "-o", "cat").stdout, "HOOK= in the journal")
    container.drop_in(UNIT, "door", None)
    container.run("rm", "-r", "/etc/meetingd/meetingd.conf.d/door.conf", "/srv/door", "/usr/local/bin/door")
    container.run("systemctl", "restart", "meetingd")
    estate.is_the_same_as_before()


def the_journal_tells_the_story(estate):
    """Of one plan by its name, with fields; and of what went wrong, with a page of the catalogue."""
    story = [json.loads(line) for line in
             estate.container.run("journalctl", "-o", "json", "RESERVATION=review").stdout.splitlines()]
    reserved = [entry for entry in story if ": reserved, meeting number" in entry["MESSAGE"]]
    told = [(entry["MESSAGE"], entry.get("RESERVE_ID")) for entry in story]
    expect(reserved and reserved[0].get("RESERVE_ID") == estate.reserve_id, f"how it was reserved: {told}")
    expect(reserved[0]["PRIORITY"] == "5" and reserved[0]["OCCURRENCE"].startswith("review@"), f"its fields: {reserved[0]}")
    expect_equal(len({(entry["MESSAGE"], entry["__MONOTONIC_TIMESTAMP"]) for entry in story}), len(story), "said once")
    explained = estate.container.run("journalctl", "-x", "-u", "meetingd").stdout
    expect("Subject: The configuration was refused" in explained and "meetingctl check" in explained, "the page")


def the_socket_activates_it(estate):
    container = estate.container
    container.run("systemctl", "start", "meetingd.socket")
    estate.socket_is_right()
    inode = os.stat(container.path("/run/meetingd/io.meetingd")).st_ino
    expect_equal(container.property("ActiveState", UNIT), "inactive", "the daemon before anybody asks")
    for _ in range(2):
        estate.wait_for_reservation()
        expect_equal(container.property("ActiveState", UNIT), "active", "the daemon after it")
        # A client that comes meanwhile waits.
        container.run("systemctl", "restart", "meetingd")
        estate.is_the_same_as_before()
        container.run("systemctl", "stop", "meetingd")
        expect_equal(os.stat(container.path("/run/meetingd/io.meetingd")).st_ino, inode, "the socket after a stop")
    container.run("systemctl", "stop", "meetingd.socket")
    expect(not os.path.lexists(container.path("/run/meetingd/io.meetingd")), "the socket is gone with its unit")
    container.run("systemctl", "start", "meetingd")
    estate.socket_is_right()


def further_instances_have_their_own(estate):
    container = estate.container
    estate.configure(name="b", plans=("b",), daemon="socket = /run/meetingd/b/io.meetingd\n"
                                                    "state = /var/lib/meetingd/b/meetingd.db")
    container.write("/etc/meetingd/b.app_secret", SECRET + "\n", 0o600)
    container.run("systemctl", "enable", "--now", "meetingd@b")
    estate.wait_for_reservation("b", socket_path="/run/meetingd/b/io.meetingd")
    estate.socket_is_right("/run/meetingd/b/io.meetingd")
    container.run("systemctl", "reload", "meetingd@b")
    expect(not estate.reservation("b"), "the first knows nothing of it")
    estate.applies = len(estate.simulator.requests("apply"))


def an_upgrade_keeps_the_state_and_restarts(estate):
    container = estate.container
    shutil.copy(next_version(estate.package, estate.directory), container.path("/root/next.deb"))
    before = [estate.main_pid(), estate.main_pid("meetingd@b")]
    container.run("dpkg", "-i", "/root/next.deb")
    after = [estate.main_pid(), estate.main_pid("meetingd@b")]
    expect(0 not in after and not set(before) & set(after), f"both daemons are new: {before}, {after}")
    estate.is_the_same_as_before()
    expect_equal(container.run("systemctl", "is-enabled", "meetingd").stdout.strip(), "enabled", "the unit")


def it_stops_in_order(estate):
    container = estate.container
    # "timeout" where systemd had to kill it. With no apply under way it may take 5 seconds.
    container.drop_in(UNIT, "stop", "[Service]\nTimeoutStopSec=5s\n")
    container.run("systemctl", "stop", "meetingd")
    expect_equal(container.property("Result", UNIT), "success", "the unit's result")
    expect_equal(container.property("ExecMainStatus", UNIT), "0", "its exit status")
    expect_equal(os.listdir(container.path("/run/meetingd")), ["b"], "what it left in /run/meetingd")


def no_secret_is_in_the_journal(estate):
    no_secrets(estate.container.run("journalctl", "-o", "verbose").stdout)


def a_purge_leaves_nothing(estate):
    container = estate.container
    container.run("systemctl", "start", "meetingd")
    container.run("dpkg", "-r", "meetingd")
    for unit in (UNIT, "meetingd@b.service"):
        expect_equal(container.property("MainPID", unit), "0", f"{unit} after the removal")
    expect(os.path.exists(container.path("/var/lib/meetingd/meetingd.db")), "a removal keeps the state")
    container.run("dpkg", "-P", "meetingd")
    # What this test put there itself: drop-ins and the probe.
    shutil.rmtree(container.path(f"/etc/systemd/system/{UNIT}.d"))
    elsewhere = ["(", "-path", "/proc", "-o", "-path", "/sys", "-o", "-path", "/root", ")", "-prune"]
    left = container.run("find", "/", *elsewhere, "-o", "(", "-user", "meetingd", "-o", "-group", "meetingd", "-o", "-name",
                         "*meetingd*", ")", "-print").stdout
    expect_equal(left.split(), [], "files left")


STEPS = [lintian_is_content, it_installs_and_starts_nothing, its_own_smoke_test_passes, it_starts_and_reserves,
         the_group_reads_and_operators_change, it_reloads, it_survives_kill_9, a_wrong_file_is_not_tried_again,
         the_secret_may_be_encrypted, a_hook_runs_where_a_drop_in_lets_it, the_journal_tells_the_story, the_sandbox_holds, the_socket_activates_it, further_instances_have_their_own,
         an_upgrade_keeps_the_state_and_restarts, a_hang_is_ended_by_the_watchdog, it_stops_in_order,
         no_secret_is_in_the_journal, a_purge_leaves_nothing]


def run(estate):
    """Returns how many steps failed."""
    failed = 0
    for number, step in enumerate(STEPS, 1):
        began = time.monotonic()
        try:
            step(estate)
            print(f"ok {number} - {step.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
        except Skip as reason:
            print(f"ok {number} - {step.__name__} # SKIP {reason}", flush=True)
        except Exception:  # a step that cannot go on has failed, whatever it was
            failed += 1
            print(f"not ok {number} - {step.__name__}")
            journal = estate.container.run("journalctl", "-n", "40", check=False).stdout
            for line in [*traceback.format_exc().splitlines(), *journal.splitlines()]:
                print("#", line)
            sys.stdout.flush()
    return failed


def main():
    # An interrupted test cleans up like one that has ended.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    directory = tempfile.mkdtemp(prefix="meetingd-systemd-")
    estate = Estate(directory)
    began = time.monotonic()
    try:
        if os.geteuid() != 0:
            raise Skip("only root can boot a container")
        needs("systemd-nspawn", "systemd-container")
        needs("nsenter", "util-linux")
        estate.root, which = image()
        print(f"# image: {which} ({time.monotonic() - began:.1f} s)", flush=True)
        estate.set_up()
        print(f"# package built, container booted ({time.monotonic() - began:.1f} s)", flush=True)
        sys.exit(1 if run(estate) else 0)
    except Skip as reason:
        print(f"SKIP: {reason}")
        sys.exit(77)
    except (Failure, subprocess.SubprocessError, OSError):
        print("not ok 0 - set up")
        for line in traceback.format_exc().splitlines():
            print("#", line)
        sys.exit(1)
    finally:
        # A second signal has nothing left to hurry.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        estate.tear_down()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
