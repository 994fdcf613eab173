#include "model/event.h"

static const char *const names[EVENT_KINDS] = {
    [EVENT_RESERVATION_CREATED] = "reservation_created",
    [EVENT_RESERVATION_UPDATED] = "reservation_updated",
    [EVENT_RESERVATION_DELETED] = "reservation_deleted",
    [EVENT_RESERVATION_UNCERTAIN] = "reservation_uncertain",
    [EVENT_RESERVATION_FAILED] = "reservation_failed",
    [EVENT_RESERVATION_EXPIRED] = "reservation_expired",
    [EVENT_MEETING_STARTED] = "meeting_started",
    [EVENT_MEETING_CHANGED] = "meeting_changed",
    [EVENT_MEETING_ENDED] = "meeting_ended",
    [EVENT_PARTICIPANT_JOINED] = "participant_joined",
    [EVENT_PARTICIPANT_LEFT] = "participant_left",
    [EVENT_CONFIGURATION_RELOADED] = "configuration_reloaded",
    [EVENT_HOST_MISSING] = "host_missing",
    [EVENT_NO_SHOW] = "no_show",
};

const char *event_kind_name(enum event_kind kind)
{
    return names[kind];
}
