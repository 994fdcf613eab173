/* HTTP and TLS by libmicrohttpd, driven by the loop through its epoll descriptor; connections come from the
 * relay. */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include <uv.h>

#include "base/error.h"
#include "sim/relay.h"
#include "sim/sim.h"

struct server;

struct server_options {
    int port;       /* 0: any */
    char *tls_cert; /* PEM text; NULL: plain HTTP */
    char *tls_key;
};

int server_new(struct server **ret, uv_loop_t *loop, struct sim *sim, const struct server_options *options,
               struct error *error);

int server_port(const struct server *server);

/* Ends all connections at once, and frees. `sim` is not used any more afterwards. */
void server_close(struct server *server);

#endif
