/*
 * The port, and the bytes between it and the HTTP server inside: each connection is a socket to the client
 * and one of a pair to the server. Here the bytes of an answer can be held back, cut, or ended by a real RST,
 * under TLS as well.
 */
#ifndef SIM_RELAY_H
#define SIM_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include <netinet/in.h>
#include <uv.h>

#include "base/error.h"
#include "base/timer.h"

struct relays;
struct relay;

enum hold_kind {
    HOLD_NOTHING, /* bytes go as they come */
    HOLD_DELAY,   /* all of it after `ms` */
    HOLD_NEVER,
    HOLD_RESET,   /* RST; `part` tells whether after a part of the answer */
    HOLD_CLOSE,   /* FIN; the same */
    HOLD_DRIBBLE, /* `bytes` every `ms` */
    HOLD_GARBAGE, /* bytes that are no HTTP, and FIN */
};

struct hold {
    enum hold_kind kind;
    int64_t ms;
    size_t bytes;
    bool part;
    size_t drop; /* with `part`: bytes at the answer's end that do not go out */
};

struct relays_callbacks {
    /* A connection came. `fd` is the server's end and becomes the callee's. Where 0 is returned, the relay
     * lives at least until relay_release(). */
    int (*accepted)(void *data, struct relay *relay, int fd, const struct sockaddr_in *address);
    /* What is to be done to the connection as a whole. */
    struct hold (*connecting)(void *data);
    void *data;
};

/* Listens on 127.0.0.1; `port` 0: any. */
int relays_new(struct relays **ret, uv_loop_t *loop, struct timers *timers, int port,
               const struct relays_callbacks *callbacks, struct error *error);

int relays_port(const struct relays *relays);

/* Connections that are open. */
size_t relays_count(const struct relays *relays);

/* Ends all connections and the port, and frees. */
void relays_close(struct relays *relays);

/* The connection's number, from 1. */
int64_t relay_number(const struct relay *relay);

/* The server is done with the connection. */
void relay_release(struct relay *relay);

/* From here on the server's bytes are held; what it sent before goes out first. A connection on which bytes
 * are held already stays as it is. */
void relay_hold(struct relay *relay, const struct hold *hold);

/* The server has sent the whole answer: what is held goes the way that was asked for. */
void relay_answered(struct relay *relay);

#endif
