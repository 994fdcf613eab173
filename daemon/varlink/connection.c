#include "varlink/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base.h"
#include "base/log.h"
#include "varlink/framing.h"

/* Requests of one connection that are worked on before others have their turn. */
#define BATCH 32

/* A request is begun only where less than this waits to be sent: whoever sends requests and reads no answers
 * comes to stand here. */
#define BEGIN_BELOW ((size_t)64 * 1024)

/* What may wait on all connections that are counted together, in units of what may wait on one. */
#define QUEUES_TOGETHER 64

struct connection {
    const struct connection_host *host;
    void *data;
    struct peer peer;
    int fd;
    uv_poll_t poll;
    int watched; /* the events that the descriptor is watched for */
    int heard;   /* those that were heard of and wait for the connection's turn */
    struct framing framing;
    struct outbox outbox;
    struct timer unfinished, stalled;
    struct turn turn;
    void *call;
    bool owed;
    bool working;     /* inside work(): a handler may be running */
    bool half_closed; /* the client sends nothing after what is in the socket */
    bool input_ended; /* and that has been read */
    bool gone;        /* nobody reads any more */
    bool draining;
    bool doomed;
};

void *connection_data(const struct connection *connection)
{
    return connection->data;
}

const struct varlink_peer *connection_peer(const struct connection *connection)
{
    return &connection->peer.known;
}

size_t connection_queued(const struct connection *connection)
{
    return connection->outbox.size;
}

void *connection_call(const struct connection *connection)
{
    return connection->call;
}

/* Decides the end; the next turn carries it out. */
static void doom(struct connection *connection, const char *why)
{
    if (connection->doomed)
        return;
    log_debug(NULL, "the connection of process %ld (user %lu) ends: %s", (long)connection->peer.known.pid,
              (unsigned long)connection->peer.known.uid, why);
    connection->doomed = true;
    turn_wait(&connection->turn);
}

/* The same because of a limit, which people should hear of, if not each time. */
static void doom_by_limit(struct connection *connection, enum limit limit, const char *why)
{
    if (!connection->doomed && limits_reached(connection->host->limits, limit))
        log_warning(NULL,
                    "the connection of process %ld (user %lu) is closed: %s. Others that do the same are "
                    "closed without a word",
                    (long)connection->peer.known.pid, (unsigned long)connection->peer.known.uid, why);
    doom(connection, why);
}

static void flush(struct connection *connection)
{
    size_t moved;
    int result;

    if (connection->doomed || connection->outbox.size == 0)
        return;
    result = outbox_send(&connection->outbox, connection->fd, &moved);
    if (result < 0) {
        doom(connection, strerror(-result));
        return;
    }
    /* Only bytes that move give the reader more time. */
    if (connection->outbox.size == 0)
        timer_stop(&connection->stalled);
    else if (moved > 0 || !timer_running(&connection->stalled))
        timer_start_in(&connection->stalled, connection->host->unfinished_ms);
}

static bool may_begin(const struct connection *connection)
{
    return connection->call == NULL && !connection->doomed && !connection->draining &&
           connection->outbox.size < BEGIN_BELOW;
}

static void on_poll(uv_poll_t *poll, int status, int events);

/* Watches the descriptor for what is of use now, and for nothing that would only wake us again and again.
 *
 * While no input is wanted, the client's going must be seen all the same. Its shutdown(SHUT_WR) and its
 * close() show alike as UV_DISCONNECT, for as long as they last; so once that was seen, the descriptor is
 * watched for UV_PRIORITIZED, which does not come by itself, but brings the hang-up of both directions. */
static void watch(struct connection *connection)
{
    bool wants_input = may_begin(connection) && !connection->input_ended;
    int events = connection->outbox.size > 0 ? UV_WRITABLE : 0;

    if (wants_input)
        events |= UV_READABLE;
    else if (!connection->gone)
        events |= connection->half_closed ? UV_PRIORITIZED : UV_DISCONNECT;

    if (!wants_input || !framing_has_part(&connection->framing))
        timer_stop(&connection->unfinished);
    else if (!timer_running(&connection->unfinished))
        timer_start_in(&connection->unfinished, connection->host->unfinished_ms);

    if (events == connection->watched)
        return;
    connection->watched = events;
    if (events != 0)
        uv_poll_start(&connection->poll, events, on_poll);
    else
        uv_poll_stop(&connection->poll);
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = CONTAINER_OF(handle, struct connection, poll);

    connection->host->closed(connection);
    peer_fini(&connection->peer);
    free(connection);
}

static void lose_call(struct connection *connection)
{
    if (connection->call == NULL)
        return;
    connection->host->lost(connection);
    connection->call = NULL;
}

/* From the loop only. */
static void finish(struct connection *connection)
{
    connection->doomed = true;
    lose_call(connection);
    turn_cancel(&connection->turn);
    timer_stop(&connection->unfinished);
    timer_stop(&connection->stalled);
    framing_fini(&connection->framing);
    outbox_fini(&connection->outbox);
    uv_close((uv_handle_t *)&connection->poll, on_closed);
    close(connection->fd);
}

static void begin_calls(struct connection *connection)
{
    for (int begun = 0; begun < BATCH && may_begin(connection); begun++) {
        const char *message;
        size_t length;
        int result = framing_next(&connection->framing, &message, &length);

        if (result == 0)
            break;
        timer_stop(&connection->unfinished);
        if (result > 0) {
            result = connection->host->received(connection, message, length);
            framing_drop(&connection->framing);
        }
        if (result == -EMSGSIZE)
            doom_by_limit(connection, LIMIT_MESSAGE, "its message is too long");
        else if (result < 0)
            doom(connection, "its message cannot be read");
    }
}

/* Whether nothing is left to do. Input ends only where no whole message is left of it, and half a message is
 * nothing. */
static bool is_over(const struct connection *connection)
{
    if (connection->doomed)
        return true;
    return connection->call == NULL && connection->outbox.size == 0 &&
           (connection->draining || connection->input_ended);
}

/* Goes as far as it goes now. From the loop only. */
static void work(struct connection *connection)
{
    connection->working = true;
    if (connection->draining)
        lose_call(connection);
    begin_calls(connection);
    connection->working = false;
    flush(connection);
    if (connection->outbox.size == 0 && connection->call != NULL && !connection->doomed)
        connection->host->drained(connection);
    if (connection->gone && connection->call != NULL && connection->owed)
        doom(connection, "the client has gone");

    if (is_over(connection)) {
        finish(connection);
        return;
    }
    watch(connection);
    if (may_begin(connection) && framing_has_message(&connection->framing))
        turn_wait(&connection->turn);
}

static void receive(struct connection *connection)
{
    size_t size;
    char *room;
    ssize_t got;

    /* A turn may have taken the place of what we were woken for. */
    if (!may_begin(connection) || framing_has_message(&connection->framing))
        return;
    room = framing_room(&connection->framing, &size);
    got = recv(connection->fd, room, size, MSG_DONTWAIT);
    if (got > 0)
        framing_add(&connection->framing, (size_t)got);
    else if (got == 0)
        connection->half_closed = connection->input_ended = true;
    else if (errno != EAGAIN && errno != EINTR)
        doom(connection, strerror(errno));
}

/* Something has happened on a connection that is not read from. */
static void look_after(struct connection *connection)
{
    struct pollfd state = {.fd = connection->fd, .events = POLLRDHUP};

    if (poll(&state, 1, 0) < 0)
        return;
    if (state.revents & (POLLHUP | POLLERR))
        connection->gone = connection->half_closed = true;
    else if (state.revents & POLLRDHUP && !connection->half_closed)
        connection->half_closed = true;
    else
        doom(connection, "it sent urgent data");
}

static void on_turn(struct turn *turn)
{
    struct connection *connection = CONTAINER_OF(turn, struct connection, turn);
    int events = connection->heard;

    connection->heard = 0;
    if (events & UV_READABLE)
        receive(connection);
    if (events & (UV_DISCONNECT | UV_PRIORITIZED))
        look_after(connection);
    work(connection);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct connection *connection = CONTAINER_OF(poll, struct connection, poll);

    if (status < 0) {
        /* The client closed without having read everything. libuv has stopped watching; what the client had
         * sent is still there. */
        events = connection->watched;
        connection->watched = 0;
    }
    connection->heard |= events;
    if (turns_over(connection->host->turns))
        turn_wait(&connection->turn);
    else
        on_turn(&connection->turn);
}

static void on_unfinished(struct timer *timer)
{
    doom_by_limit(timer->data, LIMIT_UNFINISHED, "it did not end its message in time");
}

static void on_stalled(struct timer *timer)
{
    doom_by_limit(timer->data, LIMIT_STALLED, "it did not take its answers in time");
}

int connection_new(struct connection **ret, const struct connection_host *host, int fd,
                   struct peer *take_peer, size_t *queued, void *data)
{
    struct connection *connection = xalloc(sizeof(*connection));
    int result = uv_poll_init(host->loop, &connection->poll, fd);

    if (result < 0) {
        free(connection);
        return result;
    }
    connection->host = host;
    connection->data = data;
    connection->fd = fd;
    connection->peer = *take_peer;
    *take_peer = (struct peer){.groups = NULL};
    framing_init(&connection->framing, host->message_max);
    outbox_init(&connection->outbox, queued);
    timer_init(&connection->unfinished, host->timers, on_unfinished, connection);
    timer_init(&connection->stalled, host->timers, on_stalled, connection);
    turn_init(&connection->turn, host->turns, on_turn);
    watch(connection);
    *ret = connection;
    return 0;
}

void connection_begin(struct connection *connection, void *call, bool owed)
{
    connection->call = call;
    connection->owed = owed;
}

void connection_done(struct connection *connection)
{
    connection->call = NULL;
    /* Inside work() the loop there goes on with the next message. */
    if (!connection->working)
        turn_wait(&connection->turn);
}

void connection_send(struct connection *connection, const struct outbox_part *parts, size_t count, bool last)
{
    struct outbox *outbox = &connection->outbox;
    /* Answers to requests that came together go together; so do those to one. */
    bool together =
        connection->working && (!last || outbox->size > 0 || framing_has_more(&connection->framing));
    bool full = !connection->working && outbox->size > 0;
    size_t sent = 0;
    int result = 0;

    if (connection->doomed)
        return;
    /* What a handler answers while it runs is taken whole, as the reader has had no chance to read any of it;
     * and so is the last answer, as there will be no other before it has gone. */
    if (!last && !connection->working && outbox->size > connection->host->queue_max) {
        doom_by_limit(connection, LIMIT_QUEUE, "it reads too slowly");
        return;
    }
    if (outbox->size > 0 && *outbox->total > QUEUES_TOGETHER * connection->host->queue_max) {
        doom_by_limit(connection, LIMIT_USER_QUEUES, "its user's connections read too slowly");
        return;
    }
    if (!together && outbox->size == 0)
        result = outbox_send_at_once(parts, count, connection->fd, &sent);
    if (result < 0) {
        doom(connection, strerror(-result));
        return;
    }
    outbox_add(outbox, parts, count, sent);
    if (full)
        return; /* the socket was full, and is watched */
    if (together && outbox->size < BEGIN_BELOW)
        return; /* goes with the next ones, or when the handler is done */
    flush(connection);
    if (!connection->working && !connection->doomed)
        watch(connection);
}

void connection_drain(struct connection *connection)
{
    if (connection->doomed)
        return;
    connection->draining = true;
    turn_wait(&connection->turn);
}

void connection_abort(struct connection *connection)
{
    doom(connection, "the server stops");
}
