/* One call of Feishu's API while it is worked on. */
#ifndef SIM_CALL_H
#define SIM_CALL_H

#include "sim/sim.h"

struct call;

enum field_type { FIELD_STRING, FIELD_INT, FIELD_BOOL, FIELD_OBJECT, FIELD_STRINGS, FIELD_OBJECTS };

/* A member of a body or a query, as the documents' tables have them. The end of a list has no name. */
struct field {
    const char *name;
    enum field_type type;
    bool required;
    const struct field *members; /* of an object, or of a list's objects */
    const char *choices;         /* the only values, "a|b|c"; NULL: any */
    int64_t maximum;             /* of an int; 0: any */
};

struct route {
    enum api api;
    const char *name;
    const char *method;
    const char *path;  /* a segment ":id" is any */
    const char *scope; /* NULL: reached without a token */
    const struct field *query;
    const struct field *body; /* NULL: none is read */
    void (*handle)(struct call *call);
};

struct call {
    struct sim *sim;
    const struct request *request;
    const struct route *route;
    char *id; /* from the path; NULL: none */
    struct json_object *body;
    struct token *token; /* NULL: none, or unknown */
    struct app *app;     /* NULL: not known who calls */
    enum id_kind id_kind;
    int64_t now_s;
    struct answer *answer;
};

/* NULL: no such path and method. The caller frees the id. */
const struct route *route_find(const char *method, const char *path, char **ret_id);

const char *route_name(enum api api);

/* Whether the call may be handled; else it is answered. Feishu's order: who calls, from where, with which
 * rights, how often; then what (validate.h). */
bool gateway_admit(struct call *call);

#endif
