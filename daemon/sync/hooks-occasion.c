#include "sync/hooks-occasion.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "model/occurrence.h"

/* Of a made-up reservation. */
#define SLOT_S INT64_C(1800)

#define PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* What a program is told of the machine: nothing else of the daemon's own environment, which names sockets
 * and credentials. */
static const char *const inherited[] = {"LANG", "LC_ALL", "TZ", "HOME", "USER", "LOGNAME", "TMPDIR"};

static void add_variable(struct string_list *environment, const char *name, const char *value)
{
    CLEANUP_FREE char *text = xasprintf("%s=%s", name, value != NULL ? value : "");

    string_list_add(environment, text);
}

static void fill_environment(struct occasion *occasion, const struct event *event)
{
    struct string_list *environment = &occasion->environment;
    const struct meeting *meeting = event->meeting;
    char in_meeting[24] = "";

    if (meeting != NULL && meeting->in_meeting != UNKNOWN)
        snprintf(in_meeting, sizeof(in_meeting), "%" PRId64, meeting->in_meeting);
    add_variable(environment, "PATH", PATH);
    for (size_t i = 0; i < ELEMENTS(inherited); i++) {
        if (getenv(inherited[i]) != NULL)
            add_variable(environment, inherited[i], getenv(inherited[i]));
    }
    add_variable(environment, "MEETINGD_KIND", event_kind_name(event->kind));
    add_variable(environment, "MEETINGD_NAME", occasion->reservation);
    add_variable(environment, "MEETINGD_OCCURRENCE", occasion->occurrence);
    add_variable(environment, "MEETINGD_RESERVE_ID", occasion->reserve_id);
    add_variable(environment, "MEETINGD_MEETING_ID", occasion->meeting_id);
    add_variable(environment, "MEETINGD_PARTICIPANT_ID",
                 event->participant != NULL ? event->participant->id : NULL);
    add_variable(environment, "MEETINGD_IN_MEETING", in_meeting);
}

struct occasion *occasion_new(const struct event *event, hooks_event_text *text, void *data)
{
    struct occasion *occasion = xalloc(sizeof(*occasion));
    const struct reservation *reservation = event->reservation;
    const struct meeting *meeting = event->meeting;
    struct buffer input = BUFFER_EMPTY;

    occasion->references = 1;
    occasion->kind = event->kind;
    if (reservation != NULL) {
        occasion->reservation = xstrdup(reservation->name);
        occasion->occurrence = xstrdup(reservation->occurrence);
        occasion->reserve_id = xstrdup(reservation->reserve_id);
        occasion->app = xstrdup(reservation->app);
    }
    if (meeting != NULL) {
        /* A meeting that goes on while its reservation serves the next occurrence is the earlier one's. */
        if (meeting->occurrence != NULL)
            str_set(&occasion->occurrence, meeting->occurrence);
        occasion->meeting_id = xstrdup(meeting->id);
    }
    fill_environment(occasion, event);
    text(data, event, &input);
    buffer_append_char(&input, '\n');
    occasion->length = input.length;
    occasion->input = buffer_take(&input);
    return occasion;
}

static bool is_about_a_meeting(enum event_kind kind)
{
    switch (kind) {
    case EVENT_MEETING_STARTED:
    case EVENT_MEETING_CHANGED:
    case EVENT_MEETING_ENDED:
    case EVENT_PARTICIPANT_JOINED:
    case EVENT_PARTICIPANT_LEFT:
    case EVENT_HOST_MISSING:
        return true;
    default:
        return false;
    }
}

struct occasion *occasion_made_up(const struct hook *hook, const struct clock *clock, hooks_event_text *text,
                                  void *data)
{
    int64_t now_s = clock_wall_seconds(clock);
    const char *name = hook->reservations.count > 0 ? hook->reservations.items[0] : "test";
    bool of_participant =
        hook->on.first == EVENT_PARTICIPANT_JOINED || hook->on.first == EVENT_PARTICIPANT_LEFT;
    struct reservation *reservation = reservation_new("test");
    struct meeting *meeting = meeting_new("test");
    struct participant *participant = meeting_add_participant(meeting);
    struct event event = {
        .time = clock_wall_ms(clock),
        .kind = hook->on.first,
        .reservation = hook->on.first != EVENT_CONFIGURATION_RELOADED ? reservation : NULL,
        .meeting = is_about_a_meeting(hook->on.first) ? meeting : NULL,
        .participant = of_participant ? participant : NULL,
    };
    struct occasion *occasion;

    reservation->name = xstrdup(name);
    reservation->start_time = hook->on.first == EVENT_NO_SHOW ? now_s - SLOT_S : now_s;
    reservation->end_time = reservation->start_time + SLOT_S;
    reservation->occurrence = occurrence_name(name, reservation->start_time);
    reservation->reserve_id = xstrdup("test");
    reservation->meeting_settings.topic = xstrdup("A test of a hook: nothing has happened");
    meeting->reservation = xstrdup("test");
    meeting->name = xstrdup(name);
    meeting->occurrence = xstrdup(reservation->occurrence);
    meeting->reserve_id = xstrdup("test");
    meeting->topic = xstrdup(reservation->meeting_settings.topic);
    meeting->start_time = now_s;
    meeting->status = hook->on.first == EVENT_MEETING_ENDED ? MEETING_ENDED : MEETING_IN_PROGRESS;
    meeting->participants_known = true;
    meeting->observed_at = event.time;
    participant->id = xstrdup("test");
    participant->user_type = USER_TYPE_LARK;
    participant->first_join_time = now_s;
    participant->status = hook->on.first == EVENT_MEETING_ENDED || hook->on.first == EVENT_PARTICIPANT_LEFT
                              ? PARTICIPANT_LEFT
                              : PARTICIPANT_IN_MEETING;
    meeting_count(meeting);
    occasion = occasion_new(&event, text, data);
    reservation_free(reservation);
    meeting_free(meeting);
    return occasion;
}

struct occasion *occasion_ref(struct occasion *occasion)
{
    occasion->references++;
    return occasion;
}

struct occasion *occasion_unref(struct occasion *occasion)
{
    if (occasion == NULL || --occasion->references > 0)
        return NULL;
    free(occasion->input);
    string_list_fini(&occasion->environment);
    free(occasion->reservation);
    free(occasion->occurrence);
    free(occasion->reserve_id);
    free(occasion->meeting_id);
    free(occasion->app);
    free(occasion);
    return NULL;
}

struct log_subject occasion_subject(const struct occasion *occasion, const char *hook)
{
    return (struct log_subject){
        .hook = hook,
        .reservation = occasion->reservation,
        .occurrence = occasion->occurrence,
        .reserve_id = occasion->reserve_id,
        .meeting_id = occasion->meeting_id,
        .app = occasion->app,
    };
}
