/* Meetings as answers show them (feishu-api.md 1.7). */
#ifndef SIM_MEETING_VIEW_H
#define SIM_MEETING_VIEW_H

#include "sim/sim.h"

struct meeting_view {
    enum id_kind id_kind;
    bool participants;
    bool ability;
};

/* data.meeting, everything inside it. The caller puts it. */
struct json_object *meeting_view(struct sim *sim, const struct meeting *meeting,
                                 const struct meeting_view *view);

/* All that is known, for whoever looks from outside. The caller puts it. */
struct json_object *meeting_view_state(struct sim *sim, const struct meeting *meeting);

#endif
