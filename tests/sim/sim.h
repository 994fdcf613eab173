/*
 * sim: a server that behaves as Feishu does towards the reserve family of calls and those beside it.
 *
 * relay (the port) < server (HTTP) < sim (one request: record, fault, gateway, handler) < gateway (what is
 * checked before a handler is reached) < reserve-calls and meeting-calls (the handlers) < reserves and
 * meetings (what Feishu keeps). control and scenario change it all from outside. `struct sim` owns every
 * part.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <uv.h>

#include "base/timer.h"
#include "sim/answer.h"
#include "sim/apps.h"
#include "sim/dice.h"
#include "sim/faults.h"
#include "sim/meetings.h"
#include "sim/moment.h"
#include "sim/quota.h"
#include "sim/records.h"
#include "sim/relay.h"
#include "sim/reserves.h"
#include "sim/switches.h"
#include "sim/tokens.h"
#include "sim/users.h"

struct scenario;

struct sim {
    struct timers *timers;
    struct moment moment;
    struct dice dice;
    struct switches switches;
    struct apps apps;
    struct tokens tokens;
    struct users users;
    struct quota quota;
    struct reserves reserves;
    struct meetings meetings;
    struct faults faults;
    struct records records;
    struct scenario *scenario;     /* NULL: none */
    const struct relays *relays;   /* the server's; NULL: it is not up */
    int64_t counts[API_COUNT + 1]; /* requests by API; the last: of none */
};

/* A request as it came in. */
struct request {
    const char *method;
    const char *path;
    const char *uri;             /* path and query, as sent */
    struct json_object *query;   /* {name: text} */
    struct json_object *headers; /* {name: text} */
    const char *authorization;   /* NULL: none */
    const char *address;         /* the client's */
    const char *body;
    size_t length;
    int64_t connection;
};

void sim_init(struct sim *sim, struct timers *timers, uint64_t seed, size_t records);
void sim_fini(struct sim *sim);

/* Answers: the control calls, or Feishu's. `ret_hold` says how the answer goes out. */
void sim_answer(struct sim *sim, const struct request *request, struct answer *ret_answer,
                struct hold *ret_hold);

/* What is to be done to a connection that came. */
struct hold sim_connecting(struct sim *sim);

#endif
