/* The server: accepts, keeps the limits, and ends. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base.h"
#include "base/log.h"
#include "varlink/call.h"
#include "varlink/connection.h"
#include "varlink/dispatch.h"
#include "varlink/listening.h"
#include "varlink/peer.h"
#include "varlink/service.h"
#include "varlink/users.h"
#include "varlink/varlink.h"

/* The defaults of the limits. */
#define CONNECTIONS_MAX          4096
#define CONNECTIONS_PER_USER_MAX 1024
#define MESSAGE_MAX              ((size_t)64 * 1024)
#define QUEUE_MAX                ((size_t)1024 * 1024)
#define UNFINISHED_MS            (10 * MS_PER_SECOND)

/* Descriptors that all other parts may need, where the process's limit is lower than that of connections. */
#define DESCRIPTORS_OF_OTHERS ((rlim_t)128)

/* Clients that are accepted before others have their turn. */
#define ACCEPT_BATCH 16

/* How soon accept() is tried again where it failed for want of descriptors or memory. */
#define ACCEPT_AGAIN_MS MS_PER_SECOND

/* A limit that is reached again and again is told of this often. */
#define SAY_AGAIN_MS (10 * MS_PER_MINUTE)

struct client {
    struct client *next, **link;
    struct varlink_server *server;
    struct connection *connection;
    struct user *user;
};

struct varlink_server {
    struct varlink_options options;
    uv_loop_t *loop;
    struct turns turns;
    struct connection_host host;
    struct service service;
    struct listening listening;
    uv_poll_t listener;
    bool listener_open; /* its handle, until it has closed */
    bool accepting;
    struct timer again;
    int64_t full_said_ms, user_full_said_ms, starved_said_ms; /* boot time; 0: never */
    struct client *clients;
    struct user *users;
    struct varlink_server_counts counts;
    bool closing, turns_closing;
    struct timer flush_end;
    void (*closed)(void *data);
    void *closed_data;
};

/* ---- requests */

static int on_received(struct connection *connection, const char *message, size_t length)
{
    struct client *client = connection_data(connection);
    struct varlink_server *server = client->server;
    struct request request;
    int result = request_init(&request, message, length);

    if (result < 0)
        return result;
    server->counts.requests++;
    dispatch_call(&server->service, call_begin(connection, &request, &server->counts.errors));
    return 0;
}

static void on_drained(struct connection *connection)
{
    call_drained(connection_call(connection));
}

static void on_lost(struct connection *connection)
{
    call_lost(connection_call(connection));
}

/* ---- connections */

/* Whether a limit that was reached should be told of: at first, and now and then. */
static bool should_say(const struct varlink_server *server, int64_t *said_ms)
{
    int64_t now_ms = clock_boot_ms(timers_clock(server->host.timers));

    if (*said_ms != 0 && now_ms - *said_ms < SAY_AGAIN_MS)
        return false;
    *said_ms = now_ms;
    return true;
}

static void on_listener(uv_poll_t *poll, int status, int events);

static void pause_accepting(struct varlink_server *server)
{
    server->accepting = false;
    uv_poll_stop(&server->listener);
}

static void resume_accepting(struct varlink_server *server)
{
    timer_stop(&server->again);
    if (server->accepting || server->listening.fd < 0)
        return;
    server->accepting = true;
    uv_poll_start(&server->listener, UV_READABLE, on_listener);
}

static void on_again(struct timer *timer)
{
    resume_accepting(timer->data);
}

static void admit(struct varlink_server *server, int fd)
{
    struct client *client = xalloc(sizeof(*client));
    struct peer peer;
    int result = peer_init(&peer, fd);

    client->server = server;
    client->user = user_enter(&server->users, peer.known.uid);
    if (result == 0 && client->user->connections > server->options.connections_per_user_max) {
        /* Who it is shows only now; to leave it waiting would keep all others out. */
        result = -EUSERS;
        if (should_say(server, &server->user_full_said_ms))
            log_warning(NULL,
                        "user %lu has %zu connections, the most that one user may have; more are closed",
                        (unsigned long)peer.known.uid, server->options.connections_per_user_max);
    }
    if (result == 0)
        result = connection_new(&client->connection, &server->host, fd, &peer, &client->user->queued, client);
    peer_fini(&peer);
    if (result < 0) {
        log_debug(NULL, "a connection is refused: %s", strerror(-result));
        server->counts.refused++;
        user_leave(client->user);
        free(client);
        close(fd);
        return;
    }
    client->next = server->clients;
    client->link = &server->clients;
    if (client->next != NULL)
        client->next->link = &client->next;
    server->clients = client;
    server->counts.connections++;
    server->counts.accepted++;
}

/* accept() failed. The client still waits, and the listener stays readable: asked at once, it would fail
 * again and again. */
static void accept_later(struct varlink_server *server, int failure)
{
    pause_accepting(server);
    timer_start_in(&server->again, ACCEPT_AGAIN_MS);
    if (should_say(server, &server->starved_said_ms))
        log_error(
            NULL,
            "cannot accept a client: %s. It is tried again each second; %zu connections are open. Where "
            "descriptors are short, raise LimitNOFILE=",
            strerror(failure), server->counts.connections);
}

static void on_listener(uv_poll_t *poll, int status, int events)
{
    struct varlink_server *server = CONTAINER_OF(poll, struct varlink_server, listener);

    (void)status;
    (void)events;
    for (int accepted = 0; accepted < ACCEPT_BATCH && server->accepting; accepted++) {
        int fd;

        if (server->counts.connections >= server->options.connections_max) {
            /* The rest waits in the kernel's queue, and costs nothing, until somebody leaves. */
            pause_accepting(server);
            if (should_say(server, &server->full_said_ms))
                log_warning(NULL, "%zu connections are open, the most there may be; others wait",
                            server->counts.connections);
            return;
        }
        fd = accept4(server->listening.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            admit(server, fd);
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR && errno != ECONNABORTED)
            accept_later(server, errno);
    }
}

static void finish_close(struct varlink_server *server);

static void on_connection_closed(struct connection *connection)
{
    struct client *client = connection_data(connection);
    struct varlink_server *server = client->server;

    *client->link = client->next;
    if (client->next != NULL)
        client->next->link = client->link;
    user_leave(client->user);
    free(client);
    server->counts.connections--;
    resume_accepting(server);
    finish_close(server);
}

/* ---- life */

/* Connections that leave descriptors for the others. */
static size_t default_connections_max(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= CONNECTIONS_MAX + DESCRIPTORS_OF_OTHERS)
        return CONNECTIONS_MAX;
    return limit.rlim_cur > 2 * DESCRIPTORS_OF_OTHERS ? (size_t)limit.rlim_cur - DESCRIPTORS_OF_OTHERS
                                                      : (size_t)limit.rlim_cur / 2;
}

static void set_limits(struct varlink_options *options)
{
    if (options->connections_max == 0)
        options->connections_max = default_connections_max();
    if (options->connections_per_user_max == 0) {
        /* One user never takes all of them. */
        options->connections_per_user_max = options->connections_max - options->connections_max / 4;
        if (options->connections_per_user_max > CONNECTIONS_PER_USER_MAX)
            options->connections_per_user_max = CONNECTIONS_PER_USER_MAX;
    }
    if (options->message_max == 0)
        options->message_max = MESSAGE_MAX;
    if (options->queue_max == 0)
        options->queue_max = QUEUE_MAX;
    if (options->unfinished_ms == 0)
        options->unfinished_ms = UNFINISHED_MS;
}

static void on_flush_end(struct timer *timer);

int varlink_server_new(struct varlink_server **ret, uv_loop_t *loop, struct timers *timers,
                       const struct varlink_options *options, struct error *error)
{
    struct varlink_server *server = xalloc(sizeof(*server));

    (void)error;
    server->options = *options;
    set_limits(&server->options);
    server->loop = loop;
    server->service.options = &server->options;
    turns_init(&server->turns, loop);
    server->host = (struct connection_host){
        .loop = loop,
        .timers = timers,
        .turns = &server->turns,
        .message_max = server->options.message_max,
        .queue_max = server->options.queue_max,
        .unfinished_ms = server->options.unfinished_ms,
        .received = on_received,
        .drained = on_drained,
        .lost = on_lost,
        .closed = on_connection_closed,
    };
    listening_init(&server->listening);
    timer_init(&server->again, timers, on_again, server);
    timer_init(&server->flush_end, timers, on_flush_end, server);
    *ret = server;
    return 0;
}

/* Begins to accept at a socket that was opened; it is closed where that fails. */
static int begin_accepting(struct varlink_server *server, struct error *error)
{
    int result = uv_poll_init(server->loop, &server->listener, server->listening.fd);

    if (result < 0)
        return error_set(error, result, "cannot watch the socket: %s", strerror(-result));
    server->listener_open = true;
    resume_accepting(server);
    return 0;
}

int varlink_server_listen(struct varlink_server *server, const char *path, struct error *error)
{
    int result = listening_open(&server->listening, path, error);

    if (result == 0) {
        result = begin_accepting(server, error);
        if (result < 0)
            listening_fini(&server->listening);
    }
    return result;
}

int varlink_server_listen_fd(struct varlink_server *server, int fd, struct error *error)
{
    int result = listening_adopt(&server->listening, fd, error);

    if (result == 0) {
        result = begin_accepting(server, error);
        if (result < 0)
            listening_init(&server->listening);
    }
    return result;
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct varlink_server *server = CONTAINER_OF(handle, struct varlink_server, listener);

    server->listener_open = false;
    finish_close(server);
}

void varlink_server_stop(struct varlink_server *server)
{
    if (server->listening.fd < 0)
        return;
    timer_stop(&server->again);
    server->accepting = false;
    uv_close((uv_handle_t *)&server->listener, on_listener_closed);
    listening_stop(&server->listening);
}

static void on_flush_end(struct timer *timer)
{
    struct varlink_server *server = timer->data;

    for (struct client *client = server->clients; client != NULL; client = client->next)
        connection_abort(client->connection);
}

void varlink_server_close(struct varlink_server *server, int64_t flush_ms, void (*closed)(void *data),
                          void *data)
{
    server->closing = true;
    server->closed = closed;
    server->closed_data = data;
    varlink_server_stop(server);
    for (struct client *client = server->clients; client != NULL; client = client->next)
        connection_drain(client->connection);
    if (flush_ms > 0)
        timer_start_in(&server->flush_end, flush_ms);
    else
        on_flush_end(&server->flush_end);
    finish_close(server);
}

static void on_turns_closed(struct turns *turns)
{
    struct varlink_server *server = CONTAINER_OF(turns, struct varlink_server, turns);
    void (*closed)(void *data) = server->closed;
    void *data = server->closed_data;

    listening_fini(&server->listening);
    free(server);
    closed(data);
}

/* The end, once nothing of the server is left on the loop but what makes the end come from there. */
static void finish_close(struct varlink_server *server)
{
    if (!server->closing || server->turns_closing || server->listener_open || server->clients != NULL)
        return;
    server->turns_closing = true;
    timer_stop(&server->flush_end);
    turns_close(&server->turns, on_turns_closed);
}

void varlink_server_counts(const struct varlink_server *server, struct varlink_server_counts *ret)
{
    *ret = server->counts;
}
