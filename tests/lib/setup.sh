# Sourced by demo.sh and test.sh: the packages that are missing, and a build out of tree.

# Debian packages that the programs are built from; the second list is what only the tests need.
build_packages="autoconf automake gcc libc6-dev make pkg-config libuv1-dev libcurl4-openssl-dev libjson-c-dev
    libsystemd-dev libsqlite3-dev libical-dev libcmocka-dev libmicrohttpd-dev python3 tzdata ca-certificates"
test_packages="nghttp2-proxy clang-format clang-tidy cppcheck valgrind openssl man-db python3-dateutil
    python3-prometheus-client xz-utils less file zsh"
# What the test in real systemd needs besides; only root can use it.
container_packages="systemd-container mmdebstrap debhelper lintian"

# install_packages LIST: installs those of the list that are missing; touches the network for nothing else.
install_packages() {
    missing=
    for package in $1; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif command -v sudo >/dev/null; then
        as_root=sudo
    else
        echo "These Debian packages are missing, and neither root nor sudo is at hand to install them:$missing" >&2
        return 1
    fi
    echo "Installing:$missing"
    # A package list that is there may be enough, and is asked first.
    # shellcheck disable=SC2086 # the lists are words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null 2>&1 || {
        $as_root apt-get update -q >/dev/null
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null
    }
}

# fetch_promtool DIRECTORY: puts promtool there, out of Debian's package prometheus, which is not installed: it would start a
# server. Where it cannot be had, the tests that need it are skipped and say so.
fetch_promtool() {
    [ ! -x "$1/promtool" ] || return 0
    rm -rf "$1/promtool.tmp"
    mkdir -p "$1/promtool.tmp"
    # As root apt warns that it cannot become another user here.
    (cd "$1/promtool.tmp" && apt-get download -q prometheus >/dev/null 2>&1 &&
        dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool) &&
        mv "$1/promtool.tmp/usr/bin/promtool" "$1/promtool" || echo "No promtool: Debian's package prometheus cannot be had" >&2
    rm -rf "$1/promtool.tmp"
}

# build DIRECTORY CONFIGURE-OPTIONS...: configures where that is needed, and makes what changed.
build() {
    directory=$1
    shift
    if [ ! -x configure ] || [ configure -ot configure.ac ] || [ ! -f Makefile.in ] || [ Makefile.in -ot Makefile.am ]; then
        autoreconf -fi >build.log 2>&1 || {
            cat build.log >&2
            rm -f build.log
            return 1
        }
        rm -f build.log
    fi
    mkdir -p "$directory"
    source=$(pwd)
    if [ ! -f "$directory/Makefile" ]; then
        (cd "$directory" && "$source/configure" "$@" >configure.out 2>&1) || {
            tail -n 20 "$directory/configure.out" >&2
            return 1
        }
    fi
    make -C "$directory" -j"$(nproc)" >"$directory/make.out" 2>&1 || {
        tail -n 40 "$directory/make.out" >&2
        return 1
    }
}
