/*
 * Faults that were asked for: which requests they hit, and what becomes of those. What the kinds do stands in
 * README.
 */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/error.h"
#include "sim/answer.h"
#include "sim/relay.h"

enum fault_kind {
    FAULT_DELAY,   /* the answer comes later */
    FAULT_NEVER,   /* no answer, the connection stays */
    FAULT_RESET,   /* RST, perhaps behind a part of the answer */
    FAULT_CLOSE,   /* FIN without an answer */
    FAULT_CUT,     /* a part of the answer and FIN */
    FAULT_DRIBBLE, /* the answer in small pieces */
    FAULT_ANSWER,  /* another answer */
    FAULT_TYPE,    /* another Content-Type */
    FAULT_LENGTH,  /* another Content-Length */
    FAULT_GARBLE,  /* invalid JSON */
    FAULT_LARGE,   /* megabytes of it */
    FAULT_DEEP,    /* nested a thousandfold */
    FAULT_GARBAGE, /* bytes that are no HTTP */
    FAULT_KINDS
};

struct fault {
    char *api; /* "any", an API's name, "connect" */
    char *app; /* NULL: any */
    enum fault_kind kind;
    int64_t skip;
    int64_t count;
    struct json_object *parameters;
    struct fault *next;
};

struct faults {
    struct fault *first;
};

void faults_fini(struct faults *faults);
void faults_clear(struct faults *faults);

/* {api, kind, app, skip, count, ...}. */
int faults_add(struct faults *faults, struct json_object *object, struct error *error);

/* The first fault that hits such a request, counted; NULL: none. `app` may be NULL. The caller puts the
 * parameters that it gets. */
struct json_object *faults_take(struct faults *faults, const char *api, const char *app);

enum fault_kind fault_kind(struct json_object *parameters);

/* Whether the request is carried out all the same. */
bool fault_acts(struct json_object *parameters);

/* Makes of the true answer what the fault makes of it, and says how the bytes go out. */
void fault_deform(struct json_object *parameters, struct answer *answer, struct hold *ret_hold);

/* How a connection is treated that was just accepted. */
void fault_connect(struct json_object *parameters, struct hold *ret_hold);

/* The faults that are still to come. The caller puts it. */
struct json_object *faults_json(const struct faults *faults);

#endif
