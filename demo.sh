#!/bin/sh
# A demonstration in about half a minute: a simulated Feishu, the daemon, and its client. Installs what is missing on Debian
# 12, builds in build/, shows, and ends by itself.
set -eu
cd "$(dirname "$0")"
. tests/lib/setup.sh

install_packages "$build_packages"
echo "Building …"
build build

directory=$(mktemp -d)
simulator=
daemon=
watcher=

clean_up() {
    for process in $watcher $daemon $simulator; do
        kill "$process" 2>/dev/null || true
    done
    wait
    rm -rf "$directory"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$(printf '\033[1;36m')
    plain=$(printf '\033[0m')
else
    bold= plain=
fi

say() {
    printf '\n%s%s%s\n' "$bold" "$1" "$plain"
}

# show COMMAND...: a meetingctl command as a person would type it, and what it prints.
show() {
    say "\$ meetingctl $*"
    build/meetingctl --socket "$directory/io.meetingd" --no-pager "$@"
}

# wait_for FILE PATTERN: until a line of the file has the pattern.
wait_for() {
    tries=0
    until grep -q "$2" "$1"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 300 ]; then
            echo "demo.sh: waited in vain for '$2'" >&2
            cat "$1" >&2
            exit 1
        fi
        sleep 0.1
    done
}

build/tests/sim/feishu-sim --set url_digits=meeting_no --scenario tests/sim/demo.json >"$directory/simulator" 2>&1 &
simulator=$!
wait_for "$directory/simulator" "listening on"
url=$(sed -n 's/.*listening on //p' "$directory/simulator")

cat >"$directory/meetingd.conf" <<END
[daemon]
socket = $directory/io.meetingd
state = $directory/meetingd.db
timezone = UTC

[app]
# The simulator; a real one has region = feishu.
base_url = $url
app_id = cli_9f5343c580712544
app_secret_file = $directory/app_secret
owner_id = ou_84aad35d084aa403a838cf73ee18467

[poll]
live = 500ms
starting = 500ms
idle = 2s

[reservation 站会]
topic = 每日站会
start = $(TZ=UTC date -d '+2 hours' '+%Y-%m-%d %H:%M')
duration = 30min
rrule = FREQ=DAILY
password = 971024

[reservation review]
topic = Weekly review
start = $(TZ=UTC date '+%Y-%m-%d %H:%M:%S')
duration = 45min

# Made elsewhere: followed, never written.
[reservation board]
reserve_id = 6911188411932033028

# A program of yours that is run when something happens.
[hook door-light]
on = meeting_started, meeting_ended
reservation = review
exec = /bin/sh "$directory/door-light"
END
(umask 077 && echo sim-secret >"$directory/app_secret")
cat >"$directory/door-light" <<'END'
case $MEETINGD_KIND in
meeting_started) echo "$MEETINGD_NAME: the light at the door is red" ;;
*) echo "$MEETINGD_NAME: the light at the door is green" ;;
esac | tee -a "$(dirname "$0")/light"
END
: >"$directory/light"

say "The file:"
sed -n '/^\[reservation/,$p' "$directory/meetingd.conf"

show check "$directory/meetingd.conf"

build/meetingd --config "$directory/meetingd.conf" >"$directory/log" 2>&1 &
daemon=$!
wait_for "$directory/log" "answering on"
wait_for "$directory/log" "review@.*: reserved"
wait_for "$directory/log" "站会@.*: reserved"

show list

say "站会 gets another topic; the file is read again:"
sed -i 's/^topic = 每日站会$/topic = 每日站会, 3F/' "$directory/meetingd.conf"
show reload
wait_for "$directory/log" "站会@.*: updated: topic"
show plan

say "\$ meetingctl watch"
build/meetingctl --socket "$directory/io.meetingd" watch >"$directory/watch" &
watcher=$!
tail -n +1 -f --pid=$watcher "$directory/watch" &

wait_for "$directory/watch" "joined"
wait_for "$directory/light" "red"
cat "$directory/light"
show wait review --participants 5 --timeout 20s
say "… so five are in by now:"
show participants review
show meetings --active
say "\$ meetingctl metrics | grep participants"
build/meetingctl --socket "$directory/io.meetingd" metrics | grep "^meetingd.*participants"
wait_for "$directory/log" "meeting .* has ended"
wait_for "$directory/watch" "ended"
wait_for "$directory/light" "green"
kill "$watcher"
wait "$watcher" 2>/dev/null || true
watcher=

tail -n 1 "$directory/light"
show hook
show hook test door-light

show list
show show review
show status
show doctor --offline

say "Stopping the daemon in order:"
kill "$daemon"
wait "$daemon"
daemon=
tail -n 1 "$directory/log"
kill "$simulator"
wait "$simulator"
simulator=
echo "That was meetingd."
