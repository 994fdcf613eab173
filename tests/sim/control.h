/* The calls under /_sim/: they look at the simulator, and change it. README lists them. */
#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

#include "sim/sim.h"

/* Answers a request whose path begins with /_sim/. */
void control_answer(struct sim *sim, const struct request *request, struct answer *answer);

/* Does what POST /_sim/VERB with this body does. On success `ret` is what it answers; the caller puts it. */
int control_do(struct sim *sim, const char *verb, struct json_object *body, struct json_object **ret,
               struct error *error);

/* control-meeting.c: POST /_sim/meeting. */
int control_meeting(struct sim *sim, struct json_object *body, struct json_object **ret, struct error *error);

/* The reservation that a body means by reserve_id or topic; NULL: none that is there. */
struct reserve *control_reserve(const struct sim *sim, struct json_object *body);

#endif
