/* What answers each call, once the gateway let it in and its parameters have the right types. */
#ifndef SIM_HANDLERS_H
#define SIM_HANDLERS_H

struct call;

/* token-calls.c */
void handle_token(struct call *call);

/* reserve-calls.c */
void handle_apply(struct call *call);
void handle_update(struct call *call);
void handle_delete(struct call *call);
void handle_get(struct call *call);

/* meeting-calls.c */
void handle_active(struct call *call);
void handle_meeting(struct call *call);
void handle_list_by_no(struct call *call);

#endif
