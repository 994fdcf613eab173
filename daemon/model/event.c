#include "model/event.h"

#include <stdlib.h>

#include "base/base.h"

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

const char *event_plan_name(const struct event *event)
{
    if (event->reservation != NULL)
        return event->reservation->name;
    return event->meeting != NULL ? event->meeting->name : NULL;
}

struct event_change *event_changes_add(struct event_changes *changes, const char *field)
{
    struct event_change *change;

    if ((changes->count & (changes->count - 1)) == 0)
        changes->items =
            xrealloc(changes->items, changes->count > 0 ? changes->count * 2 : 1, sizeof(*change));
    change = &changes->items[changes->count++];
    *change = (struct event_change){.field = field, .user_type = UNKNOWN};
    return change;
}

void event_changes_fini(struct event_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        free(changes->items[i].id);
        free(changes->items[i].before);
        free(changes->items[i].after);
    }
    free(changes->items);
    *changes = (struct event_changes){0};
}
