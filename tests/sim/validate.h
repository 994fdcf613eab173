/* Whether a query and a body have the fields and types of the documents' tables; what has not is answered by
 * the gateway, each field with its reason (99992402, feishu-api.md 1.8, 3.4). */
#ifndef SIM_VALIDATE_H
#define SIM_VALIDATE_H

#include <stdbool.h>

struct call;

/* False: it was answered. Reads the body and user_id_type into the call. */
bool validate(struct call *call);

/* A field's mistake as the handlers find it: 121003, or the gateway's answer, as the switch says. */
void answer_param_error(struct call *call, const char *field, const char *description);

#endif
