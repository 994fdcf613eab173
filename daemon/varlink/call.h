/* Inside varlink: a request while it is worked on. varlink.h has the rest of its functions. */
#ifndef MEETINGD_VARLINK_CALL_H
#define MEETINGD_VARLINK_CALL_H

#include "varlink/connection.h"
#include "varlink/parameters.h"
#include "varlink/request.h"
#include "varlink/varlink.h"

/* Begins a call on a connection. The request is the call's from now on. `errors` counts the errors that are
 * answered. */
struct varlink_call *call_begin(struct connection *connection, struct request *take_request,
                                uint64_t *errors);

const struct request *call_request(const struct varlink_call *call);

/* Reads the parameters; where they are wrong the call is answered, and false returned. */
bool call_read_parameters(struct varlink_call *call, const struct varlink_method *method);

/* The reader has taken all that waited. The call may end by this. */
void call_drained(struct varlink_call *call);

/* Ends the call because its connection went. */
void call_lost(struct varlink_call *call);

/* org.varlink.service.NAME, with one member where `member` is not NULL; `take_value` becomes its value. */
void call_refuse(struct varlink_call *call, const char *name, const char *member,
                 struct json_object *take_value);

#endif
