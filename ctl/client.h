/*
 * The connection to the daemon: Varlink's framing, with a bound on everything. What is at the socket is not
 * trusted: it may be silent, slow, endless or nonsense, and whoever waits is told so.
 */
#ifndef MEETINGCTL_CLIENT_H
#define MEETINGCTL_CLIENT_H

#include "reply.h"

#define CLIENT_DEFAULT_SOCKET "/run/meetingd/io.meetingd"

/* The largest reply; the daemon itself sends no more than a few MB at once. */
#define CLIENT_REPLY_MAX ((size_t)16 * 1024 * 1024)

struct client;

/* Connects. Errors: -ENOENT, -ECONNREFUSED, -EACCES and others of connect(2), with a text that says what to
 * do. */
int client_new(struct client **ret, const char *path, int64_t timeout_ms, struct error *error);
struct client *client_free(struct client *client);

/* Sends a call of `method` (with its interface). `take_parameters` may be NULL. */
int client_send(struct client *client, const char *method, struct json_object *take_parameters, bool more,
                struct error *error);

/* Waits for the next reply, as long as the time-out says. Errors: -ETIMEDOUT; -ECONNRESET where the daemon
 * has closed; -EBADMSG for what is no reply; -EMSGSIZE for one that is too large. */
int client_receive(struct client *client, struct reply *ret, struct error *error);

/* For whoever waits for more than the next reply: the descriptor, which can be read when something comes; */
int client_descriptor(const struct client *client);

/* whether some of the reply has come already, and client_receive() is the next thing to do; */
bool client_has_begun(const struct client *client);

/* and what has come, without waiting: 1 with a reply that has come, 0 as long as there is no whole one.
 * Errors as client_receive(). */
int client_take(struct client *client, struct reply *ret, struct error *error);

/* How long one reply may take, and the error of one that took longer, -ETIMEDOUT. */
int64_t client_timeout_ms(const struct client *client);
int client_timed_out(const struct client *client, struct error *error);

#endif
