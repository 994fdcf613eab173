/* Inside varlink: a request while it is worked on. varlink.h has the rest of its functions. */
#ifndef MEETINGD_VARLINK_CALL_H
#define MEETINGD_VARLINK_CALL_H

#include "varlink/connection.h"
#include "varlink/parameters.h"
#include "varlink/request.h"
#include "varlink/varlink.h"

/* What the calls of one connection share. */
struct caller {
    struct connection *connection;
    /* The last call, for one whose message has the same bytes; NULL: none. */
    struct varlink_call *last;
    uint64_t *errors; /* counts the errors that are answered */
};

/* Begins a call. `text` is its message, a string that stays until dispatch_call() has returned. 0 or as
 * request_init(). */
int call_begin(struct varlink_call **ret, struct caller *caller, const char *text, size_t length);

const struct request *call_request(const struct varlink_call *call);

/* The method whose parameters were read, and what its handler is given; NULL where that is still to be done.
 */
const struct varlink_method *call_method(const struct varlink_call *call, void **ret_data);

/* Reads the parameters; where they are wrong the call is answered, and false returned. */
bool call_read_parameters(struct varlink_call *call, const struct varlink_method *method, void *data);

/* The caller has gone, and so has its open call. */
void caller_fini(struct caller *caller);

/* The reader has taken all that waited. The call may end by this. */
void call_drained(struct varlink_call *call);

/* Ends the call because its connection went. */
void call_lost(struct varlink_call *call);

/* org.varlink.service.NAME, with one member where `member` is not NULL; `take_value` becomes its value. */
void call_refuse(struct varlink_call *call, const char *name, const char *member,
                 struct json_object *take_value);

#endif
