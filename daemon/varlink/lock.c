#include "varlink/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"

/* Whoever had the lock may have removed the file between our open() and our flock(): then we hold a file that
 * nobody else will ever find. */
static bool is_still(int fd, const char *name)
{
    struct stat held, found;

    return fstat(fd, &held) == 0 && stat(name, &found) == 0 && held.st_dev == found.st_dev &&
           held.st_ino == found.st_ino;
}

int lock_take(const char *path, struct error *error)
{
    CLEANUP_FREE char *name = xasprintf("%s.lock", path);

    for (;;) {
        int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        int result = fd < 0 ? -errno : 0;

        if (fd < 0)
            return error_set(error, result, "cannot open the lock file %s: %s", name, strerror(-result));
        if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
            result = errno == EWOULDBLOCK ? -EADDRINUSE : -errno;
            close(fd);
            return result == -EADDRINUSE
                       ? error_set(error, result,
                                   "another daemon is at the socket %s: it holds %s. Stop it first", path,
                                   name)
                       : error_set(error, result, "cannot lock %s: %s", name, strerror(-result));
        }
        if (is_still(fd, name))
            return fd;
        close(fd);
    }
}

void lock_release(int fd, const char *path)
{
    CLEANUP_FREE char *name = xasprintf("%s.lock", path);

    unlink(name);
    close(fd);
}
