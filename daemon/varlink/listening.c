#include "varlink/listening.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/base.h"
#include "base/log.h"
#include "varlink/lock.h"

/* Clients that wait to be accepted; the kernel's own limit (net.core.somaxconn) is less on old ones. */
#define BACKLOG 4096

#define SOCKET_MODE 0660

void listening_init(struct listening *listening)
{
    *listening = (struct listening){.fd = -1, .lock_fd = -1};
}

static int set_address(struct sockaddr_un *address, const char *path, struct error *error)
{
    size_t length = strlen(path);

    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (length == 0)
        return error_set(error, -EINVAL, "the socket's path is empty");
    if (length >= sizeof(address->sun_path))
        return error_set(error, -ENAMETOOLONG,
                         "the socket's path is too long, %zu bytes where %zu are possible: %s", length,
                         sizeof(address->sun_path) - 1, path);
    memcpy(address->sun_path, path, length);
    return 0;
}

/* 0 where nobody answers, and nobody ever will, at a socket file. */
static int check_nobody_answers(const struct sockaddr_un *address, struct error *error)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), failure;

    if (fd < 0)
        return error_set(error, -errno, "cannot make a socket: %s", strerror(errno));
    failure = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? errno : 0;
    close(fd);
    if (failure == ECONNREFUSED || failure == ENOENT)
        return 0;
    /* EAGAIN: it is too busy to take us. */
    if (failure == 0 || failure == EAGAIN)
        return error_set(error, -EADDRINUSE, "another program answers at the socket %s. Stop it first",
                         address->sun_path);
    return error_set(error, -failure, "cannot find out whether another program uses the socket %s: %s",
                     address->sun_path, strerror(failure));
}

/* Makes way for our socket file. */
static int clear_path(const struct sockaddr_un *address, struct error *error)
{
    const char *path = address->sun_path;
    struct stat found;
    int result;

    if (lstat(path, &found) < 0)
        return errno == ENOENT ? 0
                               : error_set(error, -errno, "cannot look at the socket's path %s: %s", path,
                                           strerror(errno));
    if (!S_ISSOCK(found.st_mode))
        return error_set(error, -EEXIST,
                         "%s is there and is no socket; it is left alone. Remove it, or choose another path",
                         path);
    result = check_nobody_answers(address, error);
    if (result < 0)
        return result;
    log_info(NULL, "the socket %s was left behind by a program that has ended; it is taken over", path);
    if (unlink(path) < 0 && errno != ENOENT)
        return error_set(error, -errno, "cannot remove the old socket %s: %s", path, strerror(errno));
    return 0;
}

static int bind_and_listen(struct listening *listening, const struct sockaddr_un *address,
                           struct error *error)
{
    const char *path = address->sun_path;
    struct stat made;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), result;

    if (fd < 0)
        return error_set(error, -errno, "cannot make a socket: %s", strerror(errno));
    /* The file gets the socket's own mode, less the umask: never more than it shall have, and without a
     * change of the umask, which other threads' files would see. Listening begins only when the mode is
     * right. */
    if (fchmod(fd, SOCKET_MODE) < 0 || bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0) {
        result = error_set(error, -errno, "cannot make the socket %s: %s", path, strerror(errno));
        close(fd);
        return result;
    }
    if (chmod(path, SOCKET_MODE) < 0 || lstat(path, &made) < 0 || listen(fd, BACKLOG) < 0) {
        result = error_set(error, -errno, "cannot listen at the socket %s: %s", path, strerror(errno));
        unlink(path);
        close(fd);
        return result;
    }
    listening->fd = fd;
    listening->device = made.st_dev;
    listening->inode = made.st_ino;
    return 0;
}

int listening_open(struct listening *listening, const char *path, struct error *error)
{
    struct sockaddr_un address;
    int result = set_address(&address, path, error), lock_fd;

    if (result < 0)
        return result;
    lock_fd = lock_take(path, error);
    if (lock_fd < 0)
        return lock_fd;
    result = clear_path(&address, error);
    if (result == 0)
        result = bind_and_listen(listening, &address, error);
    if (result < 0) {
        lock_release(lock_fd, path);
        return result;
    }
    listening->lock_fd = lock_fd;
    listening->path = xstrdup(path);
    return 0;
}

static int socket_option(int fd, int option)
{
    int value = -1;
    socklen_t size = sizeof(value);

    return getsockopt(fd, SOL_SOCKET, option, &value, &size) < 0 ? -1 : value;
}

int listening_adopt(struct listening *listening, int fd, struct error *error)
{
    int flags = fcntl(fd, F_GETFL);

    if (socket_option(fd, SO_DOMAIN) != AF_UNIX || socket_option(fd, SO_TYPE) != SOCK_STREAM ||
        socket_option(fd, SO_ACCEPTCONN) != 1)
        return error_set(error, -EINVAL,
                         "the descriptor %d that was passed in is no listening Unix stream socket "
                         "(ListenStream= with a path)",
                         fd);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return error_set(error, -errno, "cannot set up the socket that was passed in: %s", strerror(errno));
    listening->fd = fd;
    return 0;
}

void listening_stop(struct listening *listening)
{
    struct stat found;

    if (listening->fd < 0)
        return;
    /* Somebody may have put another file in its place. */
    if (listening->path != NULL && lstat(listening->path, &found) == 0 && found.st_dev == listening->device &&
        found.st_ino == listening->inode)
        unlink(listening->path);
    close(listening->fd);
    listening->fd = -1;
}

void listening_fini(struct listening *listening)
{
    listening_stop(listening);
    if (listening->lock_fd >= 0)
        lock_release(listening->lock_fd, listening->path);
    free(listening->path);
    listening_init(listening);
}
