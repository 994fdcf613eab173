"""A Debian that systemd boots in a container, for tests of the installed package: its image, and what is done in it.

The image is made once, from the mirror that the machine's own apt uses, and kept in the user's cache. A container is booted
from it with an overlay in memory, a network of its own and no name on the host: nothing of it is left when it has ended.
"""
import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time

from meeting_house import Failure, Skip, expect, wait_until

# What the package needs, with an init; the simulator runs on the host's libraries.
PACKAGES = ["systemd-sysv", "ca-certificates", "tzdata", "libcurl4", "libical3", "libjson-c5", "libsqlite3-0", "libuv1"]
NEEDED_BYTES = 400 << 20
DAYS_KEPT = 30
MAKING_LIMIT = 300

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1


def needs(program, package):
    if not shutil.which(program):
        raise Skip(f"{program} is not here: install the Debian package {package}")


def run_all_or_none(command, limit, **options):
    """Runs a program that starts others; where we are interrupted, or it takes too long, none of them goes on."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.PIPE, text=True,
                               start_new_session=True, **options)
    try:
        return process.communicate(timeout=limit)[0], process.returncode
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise


def cache():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    path = os.path.join(base, "meetingd-tests")
    os.makedirs(path, exist_ok=True)
    return path


def sources():
    """This machine's own Debian archives, as lines of a sources.list."""
    with open("/etc/os-release", encoding="utf-8") as file:
        release = dict(line.rstrip().split("=", 1) for line in file if "=" in line)
    if release.get("ID") != "debian":
        raise Skip("this is no Debian")
    codename = release.get("VERSION_CODENAME", "")
    targets = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(SIGNED_BY)",
                              "Created-By: Packages"], capture_output=True, text=True, timeout=60, check=False).stdout
    lines = []
    for target in dict.fromkeys(targets.splitlines()):
        uri, suite, component, key = target.split("|")
        if suite in (codename, codename + "-updates", codename + "-security") and component == "main":
            lines.append(f"deb {f'[signed-by={key}] ' if key.startswith('/') else ''}{uri} {suite} {component}")
    if not lines:
        raise Skip(f"apt has no archive of {codename} configured")
    return codename, lines


def apt_settings():
    """How this machine's apt reaches its archives."""
    dump = subprocess.run(["apt-config", "dump", "--format", '%f "%v";%n', "Acquire"], capture_output=True, text=True,
                          timeout=60, check=False).stdout
    return [line for line in dump.splitlines()
            if line.startswith(("Acquire::http::", "Acquire::https::", "Acquire::Check-", "Acquire::Retries "))]


def make_image(target, codename, lines):
    needs("mmdebstrap", "mmdebstrap")
    if shutil.disk_usage(os.path.dirname(target)).free < NEEDED_BYTES:
        raise Skip(f"less than {NEEDED_BYTES >> 20} MiB are free in {os.path.dirname(target)}")
    part = tempfile.mkdtemp(prefix="part-", dir=os.path.dirname(target))
    try:
        archives = os.path.join(part, "sources.list")
        with open(archives, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        # What it mounts is nobody else's, and nothing to walk into when the directory is removed.
        said, code = run_all_or_none(
            ["unshare", "--mount", "--propagation", "private",
             "mmdebstrap", "--mode=root", "--variant=essential", "--format=directory",
             *(f"--aptopt={setting}" for setting in apt_settings()),
             *(f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in ("doc", "locale", "man")),
             "--include=" + ",".join(PACKAGES), codename, os.path.join(part, "image"), archives], MAKING_LIMIT)
        if code != 0:
            raise Skip(f"no image can be made from this machine's mirror: {' '.join(said.split())[-600:]}")
        # A package's files are all wanted, now that it is ours.
        for name in os.listdir(os.path.join(part, "image/etc/dpkg/dpkg.cfg.d")):
            os.unlink(os.path.join(part, "image/etc/dpkg/dpkg.cfg.d", name))
        os.rename(os.path.join(part, "image"), target)
    except subprocess.TimeoutExpired:
        raise Skip(f"this machine's mirror is too slow to make an image from: more than {MAKING_LIMIT} s") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def image():
    """The directory with the image, one from the cache or a new one, and which it is. Old ones go once there is a new one."""
    codename, lines = sources()
    key = hashlib.sha256("\n".join([*lines, *PACKAGES]).encode()).hexdigest()[:12]
    prefix = f"{codename}-{key}-"
    today = time.strftime("%Y%m%d", time.gmtime())
    oldest = time.strftime("%Y%m%d", time.gmtime(time.time() - DAYS_KEPT * 86400))
    folder = cache()
    with open(os.path.join(folder, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        there = sorted(name for name in os.listdir(folder) if name.startswith(prefix))
        if there and there[-1].removeprefix(prefix) >= oldest:
            return os.path.join(folder, there[-1]), "kept"
        target = os.path.join(folder, prefix + today)
        try:
            make_image(target, codename, lines)
        except Skip:
            if not there:
                raise
            return os.path.join(folder, there[-1]), "old, and no new one can be made"
        for name in os.listdir(folder):
            if name.startswith("part-") or (name != "lock" and name.rsplit("-", 1)[-1] < oldest):
                shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
        return target, "new"


def make_cgroups(name):
    """Control groups of the container's own, below ours in each tree that systemd uses: what it makes in there neither meets
    another container's nor stays behind."""
    made = []
    with open("/proc/self/cgroup", encoding="ascii") as file:
        for line in file:
            _, controllers, path = line.rstrip().split(":", 2)
            if controllers not in ("", "name=systemd"):
                continue
            top = "/sys/fs/cgroup/systemd" if controllers else "/sys/fs/cgroup/unified"
            if not os.path.isdir(top):
                top = "/sys/fs/cgroup"
            group = os.path.join(top, path.lstrip("/"), name)
            try:
                os.mkdir(group)
            except OSError as error:
                remove_cgroups(made)
                raise Skip(f"no control group can be made here: {error}") from None
            made.append(group)
    return made


def remove_cgroups(groups):
    def gone(group):
        try:
            for folder, _, _ in os.walk(group, topdown=False):
                os.rmdir(folder)
        except OSError:
            return False
        return True
    for group in groups:
        wait_until(lambda group=group: gone(group), f"the end of what runs in {group}")


def only_child(pid):
    """The container's first process, as the host numbers it."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            children = file.read().split()
        for child in children:
            with open(f"/proc/{child}/status", encoding="ascii") as file:
                numbers = next(line for line in file if line.startswith("NSpid:")).split()[1:]
            if len(numbers) > 1 and numbers[-1] == "1":
                return int(child)
    except OSError:
        pass  # It has just ended.
    return None


class Container:
    def __init__(self, root):
        name = f"meetingd-test-{os.getpid()}"
        self.console = tempfile.TemporaryFile()
        self.leader = None
        self.cgroups = make_cgroups(name)
        try:
            self.process = subprocess.Popen(
                ["systemd-nspawn", "--quiet", f"--directory={root}", "--volatile=overlay", "--boot", "--console=pipe",
                 f"--machine={name}", "--register=no", "--keep-unit", "--private-network",
                 "--link-journal=no", "--resolv-conf=off", "--timezone=off"],
                stdin=subprocess.DEVNULL, stdout=self.console, stderr=subprocess.STDOUT, start_new_session=True,
                preexec_fn=self.enter_cgroups)
        except (OSError, subprocess.SubprocessError) as error:
            remove_cgroups(self.cgroups)
            raise Skip(f"systemd-nspawn cannot be started here: {error}") from None

    def enter_cgroups(self):
        """Between fork and exec of systemd-nspawn."""
        # Were we killed, it would shut the container down.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        for group in self.cgroups:
            with open(os.path.join(group, "cgroup.procs"), "w", encoding="ascii") as file:
                file.write(str(os.getpid()))

    def wait_until_booted(self):
        """Nothing of ours is in there yet: where it does not boot, the machine is the reason."""
        def booted():
            if self.process.poll() is not None:
                return True
            self.leader = self.leader or only_child(self.process.pid)
            return self.leader and self.run("systemctl", "is-system-running", check=False).stdout.strip() in (
                "running", "degraded")
        try:
            wait_until(booted, "the container's boot")
        except Failure as failure:
            raise Skip(f"{failure}; its console: {self.console_text()}") from None
        if self.process.poll() is not None:
            raise Skip(f"systemd-nspawn cannot boot a container here: {self.console_text()}")

    def console_text(self):
        self.console.seek(0)
        return " ".join(self.console.read().decode(errors="replace").split())[-600:]

    def enter_network(self):
        """This process's sockets, and those of the programs that it starts, are in the container's network from now on."""
        with open(f"/proc/{self.leader}/ns/net", encoding="ascii") as network:
            if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), CLONE_NEWNET) != 0:
                raise Failure(f"setns: {os.strerror(ctypes.get_errno())}")

    def run(self, *command, check=True, input=None):
        done = subprocess.run(["nsenter", f"--target={self.leader}", "--all", "--", *command], capture_output=True,
                              text=True, input=input, timeout=120, check=False, env={
                                  "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC",
                                  "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0", "DEBIAN_FRONTEND": "noninteractive"})
        if check:
            expect(done.returncode == 0, f"{command}: {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done

    def property(self, name, unit):
        return self.run("systemctl", "show", "--value", "--property", name, unit).stdout.strip()

    def path(self, inside):
        return f"/proc/{self.leader}/root{inside}"

    def write(self, inside, text, mode=0o644):
        path = self.path(inside)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)

    def drop_in(self, unit, name, text):
        """Changes a unit, as `systemctl edit` would; None takes the change back."""
        path = f"/etc/systemd/system/{unit}.d/{name}.conf"
        if text is None:
            os.unlink(self.path(path))
        else:
            self.write(path, text)
        self.run("systemctl", "daemon-reload")

    def end(self):
        # The kernel ends what runs in it with its first process, and its mounts go with them.
        if self.process.poll() is None:
            if self.leader:
                os.kill(self.leader, signal.SIGKILL)
                try:
                    self.process.wait(10)
                except subprocess.TimeoutExpired:
                    pass
            self.process.kill()
        self.process.wait(60)
        self.console.close()
        remove_cgroups(self.cgroups)
