#!/bin/sh
# All tests, from a fresh checkout on Debian 12: installs what is missing, builds in build/, runs everything, and ends with
# a line "N passed, N failed". Exit code 0 when nothing failed.
#
# The same tests run three times: as they are, in a build from the release archive (make distcheck); under
# AddressSanitizer and UndefinedBehaviorSanitizer; and under valgrind. Beside that run the linters; and where root runs
# this and the machine can, the Debian package is built, and tested under a real systemd in a container.
set -eu
cd "$(dirname "$0")"
. tests/lib/setup.sh

passed=0
failed=0

# Tests wait more than they compute.
jobs=$(($(nproc) * 2))

# count DIRECTORY: adds the results of a `make check` that ran there.
count() {
    results=$(find "$1/tests" -name '*.trs' -exec cat {} + | sed -n 's/^:test-result: //p')
    good=$(printf '%s\n' "$results" | grep -c '^PASS' || true)
    bad=$(printf '%s\n' "$results" | grep -cE '^(FAIL|ERROR|XPASS)' || true)
    find "$1/tests" -name '*.log' -exec grep -h '^ok .*# SKIP' {} + | sed 's/^ok [0-9]* - /    skipped: /' || true
    passed=$((passed + good))
    failed=$((failed + bad))
    echo "    $good passed, $bad failed"
    [ "$bad" -eq 0 ] || printf '%s\n' "$results" | grep -E '^(FAIL|ERROR|XPASS)' | sed 's/^/    /'
}

# check DIRECTORY MAKE-ARGUMENTS...: runs the tests of a build and counts them; what failed is shown.
check() {
    directory=$1
    shift
    find "$directory/tests" -name '*.trs' -delete
    make -C "$directory" -j"$jobs" -k check "$@" >"$directory/check.out" 2>&1 || true
    before=$failed
    if ! grep -q '^# TOTAL: [1-9]' "$directory/check.out"; then
        tail -n 40 "$directory/check.out"
        failed=$((failed + 1))
    fi
    count "$directory"
    [ "$failed" -eq "$before" ] || find "$directory/tests" -name '*.log' -exec grep -lE '^(not ok|ERROR)|Bail out' {} + |
        while read -r log; do
            echo "==== $log"
            tail -n 60 "$log"
        done
}

# release DIRECTORY: make distcheck, whose tests are counted by what it prints; what failed is shown.
release() {
    if make -C "$1" -j"$jobs" distcheck >"$1/distcheck.out" 2>&1; then
        good=$(sed -n 's/^# PASS: *//p' "$1/distcheck.out")
        sed -n 's/^SKIP: \(.*\)/    skipped: \1/p' "$1/distcheck.out"
        if [ "${good:-0}" -gt 0 ]; then
            echo "    $good passed, 0 failed"
            echo "    ok: make distcheck"
            passed=$((passed + good + 1))
            return
        fi
    fi
    bad=$(sed -n -e 's/^# FAIL: *//p' -e 's/^# ERROR: *//p' "$1/distcheck.out" | awk '{ sum += $1 } END { print sum + 0 }')
    [ "$bad" -gt 0 ] || bad=1
    echo "    FAILED: make distcheck"
    grep -E '^(FAIL|ERROR|XPASS)' "$1/distcheck.out" | sed 's/^/    /' || true
    find "$1" -path '*/_build/*' -name '*.log' -exec grep -lE '^(not ok|ERROR)|Bail out' {} + | while read -r log; do
        echo "==== $log"
        tail -n 60 "$log"
    done
    tail -n 40 "$1/distcheck.out"
    failed=$((failed + bad))
}

# lint_beside: the linters, with what the tests leave of the machine; each one's verdict is its last line.
lint_beside() {
    for check in format tidy cppcheck; do
        nice -n 10 tests/lint/lint.sh "$check" >"build/lint-$check.out" 2>&1 && echo clean >>"build/lint-$check.out" || true
    done
}

# lint_verdict CHECK
lint_verdict() {
    cat "build/lint-$1.out"
    [ "$(tail -n 1 "build/lint-$1.out")" = clean ]
}

# gate NAME COMMAND...: one check that passes or fails as a whole.
gate() {
    name=$1
    shift
    if "$@" >build/gate.out 2>&1; then
        echo "    ok: $name"
        passed=$((passed + 1))
    else
        echo "    FAILED: $name"
        tail -n 60 build/gate.out
        failed=$((failed + 1))
    fi
}

# in_systemd: the package's test, from the packages that it needs on.
in_systemd() {
    [ "$(id -u)" -ne 0 ] || install_packages "$container_packages" || true
    MEETINGD_SOURCE=$(pwd) MEETINGD_BUILD=$(pwd)/build exec python3 tests/system/systemd.py
}

# count_systemd: waits for it, and shows and counts its steps.
count_systemd() {
    code=0
    wait "$systemd" || code=$?
    sed 's/^/    /' build/systemd.out
    good=$(grep -c '^ok' build/systemd.out || true)
    bad=$(grep -c '^not ok' build/systemd.out || true)
    # 77: it cannot be made here. Any other end without a failed step is a failure of its own.
    case $code in 0 | 77) ;; *) [ "$bad" -gt 0 ] || bad=1 ;; esac
    passed=$((passed + good))
    failed=$((failed + bad))
}

install_packages "$build_packages $test_packages"
fetch_promtool build
PROMTOOL=$(pwd)/build/promtool
export PROMTOOL

echo "== The tests, in a build from the release archive"
build build --enable-werror
in_systemd >build/systemd.out 2>&1 &
systemd=$!
lint_beside &
lint=$!
trap 'kill "$systemd" "$lint" 2>/dev/null || true; wait "$systemd" || true' EXIT
trap 'exit 1' INT TERM
release build

echo "== The tests under AddressSanitizer and UndefinedBehaviorSanitizer"
build build/sanitize --enable-werror --enable-sanitize
check build/sanitize

echo "== The tests under valgrind"
check build \
    LOG_COMPILER="valgrind -q --leak-check=full --errors-for-leak-kinds=definite,indirect --error-exitcode=99" \
    MEETINGD_VALGRIND=1

echo "== Format and linters"
wait "$lint"
gate "format (clang-format)" lint_verdict format
gate "clang-tidy" lint_verdict tidy
gate "cppcheck" lint_verdict cppcheck

echo "== The Debian package under a real systemd"
count_systemd
trap - EXIT INT TERM

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
