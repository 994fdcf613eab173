/* Reservations as answers show them (feishu-api.md 1.3, 1.4, 1.6). */
#ifndef SIM_RESERVE_VIEW_H
#define SIM_RESERVE_VIEW_H

#include <stdbool.h>

#include "sim/call.h"

enum view { VIEW_APPLY, VIEW_UPDATE, VIEW_GET };

/* {"reserve":{...},"reserve_correction_check_info":{...}}; `invalid_hosts` NULL: not told. The caller puts
 * it. */
struct json_object *reserve_view_data(struct call *call, const struct reserve *reserve, enum view view,
                                      struct json_object *invalid_hosts);

/* All that is known, for whoever looks from outside. The caller puts it. */
struct json_object *reserve_view_state(struct sim *sim, const struct reserve *reserve);

/* https://vc.feishu.cn/j/... */
void put_meeting_url(struct json_object *object, const struct sim *sim, const struct reserve *reserve);

/* The reservation of the call's path; NULL: it is answered that there is none, or none of the caller's. */
struct reserve *own_reserve(struct call *call);

/* Whether a reservation is the caller's own, by the switch `ownership`. */
bool is_own(const struct call *call, const struct reserve *reserve);

/* What follows from the time: where expiry ends meetings, it does. */
void reserve_settle(struct sim *sim, struct reserve *reserve);

#endif
