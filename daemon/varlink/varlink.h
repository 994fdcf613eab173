/*
 * varlink: a Varlink server on a Unix socket (varlink.org). framing cuts messages, outbox queues answers,
 * connection reads, sends and ends, request and parameters check what was said, call is a request while it is
 * worked on, dispatch finds its method, service answers org.varlink.service, listening and lock keep the
 * socket's file, server accepts and keeps the limits. It knows nothing of meetings.
 *
 * One request of a connection is worked on at a time, and reading stops meanwhile; answers go out in order. A
 * send never frees anything: a connection ends from the loop, and whoever has a call open on it is told.
 *
 * A client that stops sending (shutdown(SHUT_WR)) gets the answers to what it sent. Of one that goes away,
 * oneway calls are still worked on; any other open call ends, and what was sent after it is not begun. What
 * is no message, or too long, ends the connection without an answer.
 */
#ifndef MEETINGD_VARLINK_VARLINK_H
#define MEETINGD_VARLINK_VARLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <uv.h>

#include "base/error.h"
#include "base/timer.h"

struct varlink_server;
struct varlink_call;

/* Who is at the other end, asked once right after accept (SO_PEERCRED, SO_PEERGROUPS). */
struct varlink_peer {
    pid_t pid;
    uid_t uid;
    gid_t gid;
    const gid_t *groups;
    size_t group_count;
};

enum varlink_type { VARLINK_BOOL, VARLINK_INT, VARLINK_STRING, VARLINK_STRINGS, VARLINK_OBJECT };

struct varlink_parameter {
    const char *name;
    enum varlink_type type;
    bool required;
};

struct varlink_method {
    const char *name; /* without the interface's */
    const struct varlink_parameter *parameters;
    size_t parameter_count;
    bool needs_more; /* without `more`: ExpectedMore */
    int privilege;   /* handed to the server's `allowed` */
    /* Answers now or later, by one of the functions below; until the last answer the call stays valid. */
    void (*handle)(struct varlink_call *call, void *data);
};

struct varlink_interface {
    const char *name;
    const char *description; /* the interface definition's text */
    const struct varlink_method *methods;
    size_t method_count;
};

struct varlink_options {
    const char *vendor, *product, *version, *url; /* what GetInfo answers */
    const struct varlink_interface *interface;
    void *data; /* handed to the handlers and to `allowed` */
    /* The one place where access is decided; false is answered with PermissionDenied. */
    bool (*allowed)(void *data, const struct varlink_peer *peer, int privilege);
    /* 0: the defaults, which server.c names. At the first of these the rest waits in the kernel's queue;
     * beyond the second a user's connections are closed at once. The defaults keep within RLIMIT_NOFILE. */
    size_t connections_max, connections_per_user_max;
    size_t message_max; /* bytes of one request */
    /* Bytes waiting for a reader that does not read. What a handler answers before it returns is taken whole,
     * and so is a last answer; an answer with more to come that finds more than this ends the connection. All
     * of one user's connections together have 64 times as much. */
    size_t queue_max;
    /* For a message that was begun and not ended, and for a reader that takes nothing. */
    int64_t unfinished_ms;
};

/* Everything in `options` but the limits is borrowed for the server's life. End it with
 * varlink_server_close(). */
int varlink_server_new(struct varlink_server **ret, uv_loop_t *loop, struct timers *timers,
                       const struct varlink_options *options, struct error *error);

/* Binds and listens. Beside the socket a lock file (PATH.lock) keeps a second daemon out (-EADDRINUSE); a
 * socket file that nobody answers is taken over, and any other file left alone (-EEXIST). A path that is too
 * long is refused (-ENAMETOOLONG). The file's mode is 0660, whatever the umask. */
int varlink_server_listen(struct varlink_server *server, const char *path, struct error *error);

/* Listens on a descriptor that was passed in (socket activation), which is the server's from then on; the
 * file is left alone at the end. -EINVAL where it is no listening Unix stream socket. */
int varlink_server_listen_fd(struct varlink_server *server, int fd, struct error *error);

/* Stops accepting: the socket's file goes. Connections and calls go on; the lock stays until the end. */
void varlink_server_stop(struct varlink_server *server);

/* Stops, sends what is queued for at most `flush_ms`, closes all connections (open calls get their `ended` at
 * the loop's next turn) and frees; `closed(data)` comes from the loop, once. No other request is begun. */
void varlink_server_close(struct varlink_server *server, int64_t flush_ms, void (*closed)(void *data),
                          void *data);

struct varlink_server_counts {
    size_t connections;
    uint64_t accepted;
    uint64_t refused;  /* over its user's limit, or of a peer that cannot be told */
    uint64_t requests; /* that could be read */
    uint64_t errors;   /* that were the answer */
};
void varlink_server_counts(const struct varlink_server *server, struct varlink_server_counts *ret);

/* Parameters of a call. By the time a handler runs each is of its declared type, required ones are there, and
 * unknown ones were refused; null is the same as absent. Each returns whether the parameter is there, and
 * writes `ret` only then. Borrowed until the call ends. */
bool varlink_call_string(const struct varlink_call *call, const char *name, const char **ret);
bool varlink_call_int(const struct varlink_call *call, const char *name, int64_t *ret);
bool varlink_call_bool(const struct varlink_call *call, const char *name, bool *ret);
size_t varlink_call_strings(const struct varlink_call *call, const char *name, const char *const **ret);
/* An object as JSON text; its numbers are in range. */
bool varlink_call_object(const struct varlink_call *call, const char *name, const char **ret);

/* Whether the caller takes several answers. One who takes none (`oneway`) does not. */
bool varlink_call_more(const struct varlink_call *call);
const struct varlink_peer *varlink_call_peer(const struct varlink_call *call);

/* For handlers that answer later: a place for their own data, and `ended(call, data)`, which comes from the
 * loop when the connection goes before the last answer; the call is gone after it. */
void varlink_call_on_end(struct varlink_call *call, void (*ended)(struct varlink_call *call, void *data),
                         void *data);

/* Bytes that wait on this call's connection because the reader is slow. */
size_t varlink_call_queued(const struct varlink_call *call);

/* Calls `drained(call, data)` once, from the loop, when the reader has taken all that waits on this call's
 * connection; `data` is that of varlink_call_on_end(). */
void varlink_call_on_drained(struct varlink_call *call,
                             void (*drained)(struct varlink_call *call, void *data));

/* The last answer; `parameters` is the text of a JSON object. The call is gone when these return, and so is a
 * pointer to it. With `oneway` nothing is sent. */
void varlink_call_reply(struct varlink_call *call, const char *parameters);
void varlink_call_error(struct varlink_call *call, const char *error, const char *parameters);
/* org.varlink.service.InvalidParameter. */
void varlink_call_invalid(struct varlink_call *call, const char *parameter);

/* An answer with more to come (`continues`). Only where varlink_call_more(). */
void varlink_call_continue(struct varlink_call *call, const char *parameters);

#endif
