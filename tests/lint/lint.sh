#!/bin/sh
# lint.sh format|tidy|deep|cppcheck: one of the checks on the sources' text; prints what is wrong and exits with 1.
set -eu
cd "$(dirname "$0")/../.."

sources=$(find daemon ctl tests -name '*.[ch]' | sort)
units=$(find daemon ctl tests -name '*.c' | sort)
[ "$(echo "$units" | wc -l)" -gt 30 ] || {
    echo "lint.sh finds no sources" >&2
    exit 1
}

case "$1" in
format)
    # shellcheck disable=SC2086 # names without blanks
    clang-format --dry-run -Werror $sources
    ;;
tidy | deep)
    # clang's analyzer follows calls ten times as long for what it is after; `deep` does, by hand.
    depth=
    [ "$1" = deep ] || depth="-Xclang -analyzer-config -Xclang mode=shallow"
    flags="-std=gnu11 -D_GNU_SOURCE -DPACKAGE_VERSION=\"0\" -DPACKAGE_URL=\"x\" -DSYSCONFDIR=\"/etc\" -DSBINDIR=\"/usr/sbin\"
        -Idaemon -Itests -I. $(pkg-config --cflags libuv libcurl json-c libsystemd sqlite3 libical cmocka libmicrohttpd) $depth"
    # shellcheck disable=SC2086
    # One file a process: clang-tidy 14 sees a va_list of the last file as not begun.
    echo $units | tr ' ' '\n' | xargs -P "$(nproc)" -n 1 sh -c '
        flags=$1
        shift
        clang-tidy --quiet "$@" -- $flags 2>/dev/null' tidy "$flags" >build/tidy.out || {
        cat build/tidy.out
        exit 1
    }
    ! grep -E 'warning:|error:' build/tidy.out
    ;;
cppcheck)
    # shellcheck disable=SC2086
    cppcheck --quiet --error-exitcode=1 --inline-suppr --enable=warning,performance,portability --std=c11 -D_GNU_SOURCE \
        -DPACKAGE_VERSION='"0"' -DPACKAGE_URL='"x"' -DSYSCONFDIR='"/etc"' -DSBINDIR='"/usr/sbin"' \
        -Idaemon -Itests -I. -j "$(nproc)" --suppress=missingIncludeSystem $units
    ;;
*)
    echo "usage: lint.sh format|tidy|deep|cppcheck" >&2
    exit 2
    ;;
esac
