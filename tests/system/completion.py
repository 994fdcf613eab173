"""Completion in the shells: what `meetingctl complete` knows, and what bash and zsh make of it."""
import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios

sys.path.insert(0, os.path.join(os.environ.get("MEETINGD_SOURCE", "."), "tests/lib"))
from meeting_house import BUILD, LIMIT, SOURCE, Skip, expect, expect_equal, main  # noqa: E402
from client_script import (BY_HAND, BY_HAND_ID, MEETING_ID, REVIEW, STANDUP, STANDUP_ID, ctl, environment, has, has_not,
                           house)  # noqa: E402


def completion_knows_the_names_and_ids():
    with house() as script:
        expect_equal(ctl(script, "complete", "names")[0].splitlines(),
                     [STANDUP_ID, BY_HAND_ID, "review", "review@20261124T030000Z", "站会", "站会@20261124T010000Z"], "names")
        expect_equal(ctl(script, "complete", "reservations")[0].split(), [STANDUP_ID, BY_HAND_ID], "ids")
        expect_equal(ctl(script, "complete", "plans")[0].split(), ["review", "站会"], "plans")
        expect_equal(ctl(script, "complete", "apps")[0].split(), ["default"], "apps")
        expect_equal(ctl(script, "complete", "owners")[0].split(), ["ou_owner"], "owners")
        # Both meetings have one name.
        expect_equal(ctl(script, "complete", "meetings")[0].split(), ["6911188411934433000", MEETING_ID, "站会"], "meetings")


def bash_completes(script, *words):
    """What bash would offer for the last of the words, which are as they are typed."""
    code = """
        compopt() { :; }
        . "$1"
        shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE=$* COMP_POINT=$((${#COMP_LINE}))
        _meetingctl meetingctl
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(["bash", "-c", code, "bash", os.path.join(SOURCE, "ctl/completion/meetingctl.bash"),
                           "meetingctl", "--socket", script.path, *words], capture_output=True, text=True, timeout=LIMIT,
                          env=environment(PATH=BUILD + ":" + os.environ["PATH"], LC_ALL="C.UTF-8"), check=False)
    expect_equal((done.returncode, done.stderr), (0, ""), f"completion of {words!r}")
    return [line for line in done.stdout.split("\n") if line]


def the_shell_completes_commands_options_and_names():
    blanks = {**BY_HAND, "name": "a name with blanks"}
    with house(ListReservations=lambda _: {"reservations": [STANDUP, REVIEW, BY_HAND, blanks]}) as script:
        expect_equal(bash_completes(script, "sh"), ["show"], "command")
        expect_equal(bash_completes(script, "show", "re"), ["review", "review@20261124T030000Z"], "names")
        expect_equal(bash_completes(script, "show", "review@2"), ["20261124T030000Z"], "behind a break of readline's")
        expect_equal(bash_completes(script, "show", "a\\ name"), ["a\\ name\\ with\\ blanks"], "quoted")
        expect_equal(bash_completes(script, "get", "69"), [STANDUP_ID, BY_HAND_ID], "ids")
        expect_equal(bash_completes(script, "participants", "69"), ["6911188411934433000", MEETING_ID], "meetings")
        expect_equal(bash_completes(script, "list", "--st"), ["--state"], "option")
        expect_equal(bash_completes(script, "list", "--state", "l"), ["live"], "value")
        has(bash_completes(script, "reserve", "--"), "--topic", "--end-time", "--password", "--app")
        has_not(bash_completes(script, "show", "--"), "--topic")
        expect_equal(bash_completes(script, "reload", "--f"), ["--force"], "of reload")
        expect_equal(bash_completes(script, "status", ""), [], "nothing")
        expect_equal(bash_completes(script, "board", "rev"), ["review"], "plans")
        expect_equal(bash_completes(script, "reserve", "--app", ""), ["default"], "apps")
        expect_equal(bash_completes(script, "reserve", "--owner-id", "ou_"), ["ou_owner"], "owners")
        expect_equal(bash_completes(script, "history", "--since", "y"), ["yesterday"], "times")
        expect_equal(bash_completes(script, "doctor", "--off"), ["--offline"], "of doctor")
    # Without a daemon there is nothing to offer, and no noise.
    expect_equal(bash_completes(script, "show", ""), [], "names without a daemon")


class Zsh:
    """A zsh on a terminal in which ^T completes and shows what became of the line, and ^X what could become of it."""

    def __init__(self, script):
        self.script = script
        self.directory = tempfile.mkdtemp(prefix="meetingctl-test-")
        self.master, slave = pty.openpty()
        # Room for the longest list: zsh asks where there is none.
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 200, 0, 0))
        self.process = subprocess.Popen(["zsh", "-f", "-i"], stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                        env=environment(PATH=BUILD + ":" + os.environ["PATH"], LC_ALL="C.UTF-8", TERM="dumb",
                                                        HOME=self.directory, ZDOTDIR=self.directory))
        os.close(slave)
        self.text = ""
        self.write(f"""
            PS1= PS2= ; unsetopt beep zle_bracketed_paste 2>/dev/null
            fpath=({SOURCE}/ctl/completion $fpath); autoload -U compinit; compinit -u -D
            completed() {{ zle complete-word; print -r -- "<<$BUFFER>>"; BUFFER= }}; zle -N completed; bindkey '^T' completed
            listed() {{ zle list-choices; zle -R; BUFFER= ; print -r -- '<<listed''>>' }}; zle -N listed; bindkey '^X' listed
            print -r -- '<<ready''>>'
""")
        self.until("<<ready>>")

    def write(self, text):
        os.write(self.master, text.encode())

    def until(self, mark):
        """What zsh wrote before the mark, which is a regular expression's."""
        while not re.search(mark, self.text, re.DOTALL):
            expect(select.select([self.master], [], [], LIMIT)[0], f"zsh does not come to {mark}: {self.text[-2000:]!r}")
            self.text += os.read(self.master, 65536).decode(errors="replace")
        found = re.search(mark, self.text, re.DOTALL)
        before, self.text = self.text[:found.start()], self.text[found.end():]
        return before, found

    def completes(self, line):
        """What becomes of `meetingctl --socket … LINE`, without what was before."""
        lead = f"meetingctl --socket {self.script.path} "
        self.write(lead + line + "\x14")
        _, found = self.until(r"<<(meetingctl .*?)>>")
        return found.group(1).replace("\r\n", "").removeprefix(lead)

    def lists(self, line):
        self.write(f"meetingctl --socket {self.script.path} {line}\x18")
        return self.until("<<listed>>")[0]

    def close(self):
        self.process.kill()
        self.process.wait(LIMIT)
        os.close(self.master)
        shutil.rmtree(self.directory)


def zsh_completes_too():
    if shutil.which("zsh") is None:
        raise Skip("zsh is not installed (Debian package zsh)")
    owned = {**BY_HAND, "reserve_user_id": "ou_owner", "name": "a name with blanks"}
    with house(ListReservations=lambda _: {"reservations": [STANDUP, REVIEW, owned]}) as script:
        zsh = Zsh(script)
        try:
            for line, wanted in (("sh", "show "), ("doc", "doctor "), ("show rev", "show review"), ("board re", "board review "),
                                 ("board 站", "board 站会 "), ("get 69", "get 691118841193203302"),
                                 ("show a\\ na", "show a\\ name\\ with\\ blanks "), ("list --state=l", "list --state=live,"),
                                 ("list --al", "list --all "), ("doctor --off", "doctor --offline "), ("show --all", "show --all"),
                                 ("attendance --min", "attendance --min-share="), ("reserve --app=de", "reserve --app=default "),
                                 ("reserve --owner-id=", "reserve --owner-id=ou_owner "), ("explain review@", "explain review@20261124T030000Z "),
                                 ("--json par", "--json participants "), ("wait review --st", "wait review --started ")):
                expect_equal(zsh.completes(line), wanted, line)
            has(zsh.lists(""), "list", "show", "meetings", "board", "doctor", "quota", "explain", "resolve")
            has(zsh.lists("list --"), "--state", "--all", "--json", "--socket")
            has_not(zsh.lists("show --"), "--state", "--topic")
        finally:
            zsh.close()


def each_command_can_be_completed():
    """Both shells offer what meetingctl knows; what they offer beyond that is not known yet."""
    output, _ = ctl("/nowhere", "--help")
    known = re.findall(r"^  ([a-z]+) ", output.split("Options:")[0], re.M)
    expect(len(known) > 18, f"commands: {known}")
    for name in ("meetingctl.bash", "_meetingctl"):
        with open(os.path.join(SOURCE, "ctl/completion", name), encoding="utf-8") as file:
            text = file.read()
        has(text, *known)
        has(text, *(option for option in re.findall(r"--[a-z-]+", output) if option not in ("--help", "--version")))


main([completion_knows_the_names_and_ids, the_shell_completes_commands_options_and_names, zsh_completes_too,
      each_command_can_be_completed])
