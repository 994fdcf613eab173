/*
 * Preloaded into the daemon by the system tests: counts the calls that change what is on the disk or
 * what Feishu knows, and lets something happen at one of them, CRASH_AT, counted from 1:
 *
 *     CRASH_HOW=kill    SIGKILL, with half of the bytes on the disk where it is a write
 *     CRASH_HOW=term    SIGTERM, and the call goes on
 *     CRASH_HOW=full    this write and all after it fail: no space left
 *     CRASH_HOW=hold    this sync and all after it wait while there is a file CRASH_HOLD
 *
 * Counted are writes and syncs of files and sends before they happen, and what is received when it is there.
 * CRASH_COUNTER is a file of four bytes that has the count while the daemon runs.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static unsigned *counter;
static unsigned crash_at;
static char crash_how;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("CRASH_COUNTER"), *at = getenv("CRASH_AT"), *how = getenv("CRASH_HOW");
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *map =
        fd >= 0 ? mmap(NULL, sizeof(*counter), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;

    if (map == MAP_FAILED)
        abort();
    counter = map;
    crash_at = at != NULL ? (unsigned)strtoul(at, NULL, 10) : 0;
    crash_how = how != NULL ? how[0] : 'n';
}

/* dlsym() gives an object pointer; both are of one size where there is dlsym(). */
static void next_function(const char *name, void *ret)
{
    void *found = dlsym(RTLD_NEXT, name);

    memcpy(ret, &found, sizeof(found));
}

/* Counts a call; whether it has to fail. */
static int passes(int is_write)
{
    unsigned count = __atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST);

    if (crash_how == 'h')
        return 0;
    if (crash_how == 'f')
        return crash_at > 0 && count >= crash_at && is_write;
    if (count == crash_at)
        kill(getpid(), crash_how == 't' ? SIGTERM : SIGKILL);
    return 0;
}

static int writes_half(void)
{
    return crash_how == 'k' && __atomic_load_n(counter, __ATOMIC_SEQ_CST) + 1 == crash_at;
}

static int no_space(void)
{
    errno = ENOSPC;
    return -1;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset)
{
    ssize_t (*next)(int, const void *, size_t, off64_t);

    next_function("pwrite64", &next);
    if (writes_half())
        (void)!next(fd, data, length / 2, offset);
    return passes(1) ? no_space() : next(fd, data, length, offset);
}

static void hold(void)
{
    const char *path = getenv("CRASH_HOLD");
    const struct timespec moment = {.tv_nsec = 10L * 1000 * 1000};

    if (crash_how != 'h' || path == NULL || __atomic_load_n(counter, __ATOMIC_SEQ_CST) < crash_at)
        return;
    while (access(path, F_OK) == 0)
        nanosleep(&moment, NULL);
}

int fdatasync(int fd)
{
    int (*next)(int);

    hold();
    next_function("fdatasync", &next);
    return passes(1) ? no_space() : next(fd);
}

int fsync(int fd)
{
    int (*next)(int);

    hold();
    next_function("fsync", &next);
    return passes(1) ? no_space() : next(fd);
}

int ftruncate64(int fd, off64_t length)
{
    int (*next)(int, off64_t);

    next_function("ftruncate64", &next);
    return passes(1) ? no_space() : next(fd, length);
}

ssize_t send(int fd, const void *data, size_t length, int flags)
{
    ssize_t (*next)(int, const void *, size_t, int);

    next_function("send", &next);
    (void)passes(0);
    return next(fd, data, length, flags);
}

ssize_t recv(int fd, void *data, size_t length, int flags)
{
    ssize_t (*next)(int, void *, size_t, int);
    ssize_t got;

    next_function("recv", &next);
    got = next(fd, data, length, flags);
    if (got > 0)
        (void)passes(0);
    return got;
}
