#include "client.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/span.h"

/* Read at a time. */
#define PIECE ((size_t)64 * 1024)

struct client {
    int fd;
    int64_t timeout_ms;
    struct buffer in;
    size_t searched; /* of `in`: there is no NUL before */
};

static int describe_refusal(const char *path, int code, struct error *error)
{
    const struct group *group;
    struct stat info;

    switch (code) {
    case ECONNREFUSED:
        if (stat(path, &info) == 0 && !S_ISSOCK(info.st_mode))
            return error_set(error, -code,
                             "%s is no socket\nThe daemon's own is " CLIENT_DEFAULT_SOCKET
                             " unless meetingd.conf says otherwise: see --socket",
                             path);
        /* fall through */
    case ENOENT:
        return error_set(error, -code,
                         "no daemon at %s%s\nIs meetingd running? See: systemctl status meetingd", path,
                         code == ENOENT ? "" : " (a socket is there, but nobody listens)");
    case EACCES:
    case EPERM:
        group = stat(path, &info) == 0 ? getgrgid(info.st_gid) : NULL;
        if (group != NULL && group->gr_gid != 0)
            return error_set(
                error, -code,
                "permission denied at %s\nThe socket is for members of the group %s: see usermod(8), -aG",
                path, group->gr_name);
        return error_set(error, -code,
                         "permission denied at %s\nThe socket is for members of the daemon's own group",
                         path);
    case EAGAIN:
        return error_set(error, -ETIMEDOUT,
                         "the daemon at %s takes no connection\nSee how it is: systemctl status meetingd",
                         path);
    default:
        return error_set(error, -code, "%s: %s\nThat is no daemon's socket: see --socket", path,
                         strerror(code));
    }
}

int client_new(struct client **ret, const char *path, int64_t timeout_ms, struct error *error)
{
    struct timeval limit = {timeout_ms / MS_PER_SECOND, timeout_ms % MS_PER_SECOND * 1000};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct client *client;
    int fd;

    if (*path == '\0' || strlen(path) >= sizeof(address.sun_path))
        return error_set(error, -EINVAL, "%s: a socket's path has 1 to %zu bytes", path,
                         sizeof(address.sun_path) - 1);
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_set(error, -errno, "socket: %s", strerror(errno));
    /* Connecting waits where the daemon's queue is full, as when it was stopped. */
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
        int code = errno;

        close(fd);
        return describe_refusal(path, code, error);
    }
    client = xalloc(sizeof(*client));
    client->fd = fd;
    client->timeout_ms = timeout_ms;
    *ret = client;
    return 0;
}

struct client *client_free(struct client *client)
{
    if (client == NULL)
        return NULL;
    close(client->fd);
    if (client->in.data != NULL)
        explicit_bzero(client->in.data, client->in.length);
    buffer_fini(&client->in);
    free(client);
    return NULL;
}

static int closed(struct error *error)
{
    return error_set(error, -ECONNRESET, "the daemon closed the connection");
}

int client_timed_out(const struct client *client, struct error *error)
{
    char span[SPAN_TEXT_SIZE];

    return error_set(error, -ETIMEDOUT, "the daemon did not answer within %s",
                     span_format(client->timeout_ms, span));
}

int client_send(struct client *client, const char *method, struct json_object *take_parameters, bool more,
                struct error *error)
{
    struct json_object *call = json_object_new_object();
    const char *text;
    size_t length, at = 0;
    int result = 0;

    json_object_object_add(call, "method", json_object_new_string(method));
    if (take_parameters != NULL)
        json_object_object_add(call, "parameters", take_parameters);
    if (more)
        json_object_object_add(call, "more", json_object_new_boolean(true));
    text = json_object_to_json_string_length(call, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
                                             &length);
    length++; /* the NUL ends the message */
    while (result == 0 && at < length) {
        ssize_t sent = send(client->fd, text + at, length - at, MSG_NOSIGNAL);

        if (sent >= 0)
            at += (size_t)sent;
        else if (errno == EAGAIN)
            result = client_timed_out(client, error); /* SO_SNDTIMEO */
        else if (errno != EINTR)
            result = closed(error);
    }
    json_object_put(call);
    return result;
}

int client_descriptor(const struct client *client)
{
    return client->fd;
}

int64_t client_timeout_ms(const struct client *client)
{
    return client->timeout_ms;
}

bool client_has_begun(const struct client *client)
{
    return client->in.length > 0;
}

/* Whether a whole message is there. */
static bool has_message(struct client *client)
{
    if (client->in.length > client->searched &&
        memchr(client->in.data + client->searched, '\0', client->in.length - client->searched) != NULL)
        return true;
    client->searched = client->in.length;
    return false;
}

static int take_message(struct client *client, struct reply *ret, struct error *error)
{
    size_t length = strlen(client->in.data);
    char *text = xstrndup(client->in.data, length);

    buffer_consume(&client->in, length + 1);
    client->searched = 0;
    return reply_read(ret, text, length, error);
}

/* Waits until something can be read, or until `deadline` (boot time). */
static int wait_readable(const struct client *client, int64_t deadline, struct error *error)
{
    struct pollfd fds = {.fd = client->fd, .events = POLLIN};

    for (;;) {
        int64_t left = deadline - clock_boot_ms(clock_system());
        int count;

        if (left <= 0)
            return client_timed_out(client, error);
        count = poll(&fds, 1, left > MS_PER_HOUR ? (int)MS_PER_HOUR : (int)left);
        if (count < 0 && errno != EINTR)
            return error_set(error, -errno, "poll: %s", strerror(errno));
        if (count > 0)
            return 0;
    }
}

static int read_piece(struct client *client, struct error *error)
{
    ssize_t got;

    if (client->in.length > CLIENT_REPLY_MAX)
        return error_set(error, -EMSGSIZE, "the answer is larger than %zu MiB",
                         CLIENT_REPLY_MAX / 1024 / 1024);
    buffer_reserve(&client->in, PIECE);
    got = recv(client->fd, client->in.data + client->in.length, PIECE, MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (got < 0)
        return closed(error);
    if (got == 0 && client->in.length > 0)
        return error_set(error, -ECONNRESET, "the daemon closed the connection in the middle of its answer");
    if (got == 0)
        return closed(error);
    client->in.length += (size_t)got;
    client->in.data[client->in.length] = '\0';
    return 0;
}

int client_receive(struct client *client, struct reply *ret, struct error *error)
{
    int64_t deadline = clock_boot_ms(clock_system()) + client->timeout_ms;

    while (!has_message(client)) {
        int result = wait_readable(client, deadline, error);

        if (result == 0)
            result = read_piece(client, error);
        if (result < 0)
            return result;
    }
    return take_message(client, ret, error);
}

int client_take(struct client *client, struct reply *ret, struct error *error)
{
    struct pollfd readable = {.fd = client->fd, .events = POLLIN};
    int result;

    while (!has_message(client)) {
        if (poll(&readable, 1, 0) <= 0)
            return 0;
        result = read_piece(client, error);
        if (result < 0)
            return result;
    }
    result = take_message(client, ret, error);
    return result < 0 ? result : 1;
}
