/*
 * Inside varlink: one client's connection. It reads, hands on one message at a time, sends what is answered,
 * and notices when the client goes, stalls or sends what is no message.
 *
 * The descriptor is under uv_poll: a stream of libuv's shows neither that a client went away while nothing is
 * read from it, nor how much of a long message has moved.
 *
 * What the functions below are called from may be deep inside a handler: they never close anything. The end
 * is decided there and carried out from the loop.
 */
#ifndef MEETINGD_VARLINK_CONNECTION_H
#define MEETINGD_VARLINK_CONNECTION_H

#include "varlink/outbox.h"
#include "varlink/peer.h"
#include "varlink/turns.h"
#include "varlink/varlink.h"

struct connection;

/* What all connections of a server have in common. */
struct connection_host {
    uv_loop_t *loop;
    struct timers *timers;
    struct turns *turns;
    size_t message_max, queue_max;
    int64_t unfinished_ms;

    /* One message, a string. Begin a call with connection_begin(), or return a negative errno value for what
     * cannot be read: the connection ends. No other message comes until connection_done(). */
    int (*received)(struct connection *connection, const char *message, size_t length);
    /* Nothing waits for the reader, and a call that was begun has not been done. */
    void (*drained)(struct connection *connection);
    /* The connection ends and the call that was begun has not been done. */
    void (*lost)(struct connection *connection);
    /* The last word; the connection is freed after it. */
    void (*closed)(struct connection *connection);
};

/* Takes over `fd` on success. `take_peer` is the peer, whose groups the connection frees. `queued` counts
 * what waits on all connections that share it. */
int connection_new(struct connection **ret, const struct connection_host *host, int fd,
                   struct peer *take_peer, size_t *queued, void *data);

void *connection_data(const struct connection *connection);
const struct varlink_peer *connection_peer(const struct connection *connection);
size_t connection_queued(const struct connection *connection);

/* A call begins. `owed`: the client waits for an answer; when it goes, there is nobody left to answer. */
void connection_begin(struct connection *connection, void *call, bool owed);
/* The call that was begun and not done, or NULL. */
void *connection_call(const struct connection *connection);
void connection_done(struct connection *connection);

/* Sends one message, which is copied. `last`: it ends the call. Others are no longer taken where too much
 * waits: the connection ends then. */
void connection_send(struct connection *connection, const struct outbox_part *parts, size_t count, bool last);

/* Ends the connection when what is queued has gone. No other message is handed on; an open call is lost. */
void connection_drain(struct connection *connection);

/* Ends the connection. */
void connection_abort(struct connection *connection);

#endif
