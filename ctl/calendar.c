/*
 * calendar: reservations as iCalendar, since Feishu puts them in no calendar. Written by hand: libical brings
 * ICU with it, and every other command would begin later for that. The tests read the output with libical.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "ical.h"

/* Subscribers show what the file has and forget the rest: last month's meetings stay to be seen. */
#define PAST_S (INT64_C(30) * 24 * 3600)

/* How often subscribers should look, under the names that one or the other knows. */
#define REFRESH "PT15M"

static const char *status_of(const char *state)
{
    if (str_equal(state, "deleted"))
        return "CANCELLED";
    if (str_equal(state, "uncertain") || str_equal(state, "reserving") || str_equal(state, "failed"))
        return "TENTATIVE";
    return "CONFIRMED";
}

/* Only what exists at Feishu, or did until it was cancelled, and has a time. */
static bool is_event(struct json_object *reservation)
{
    bool deleted = str_equal(member_text(reservation, "state"), "deleted");
    int64_t start, end;

    return member_text(reservation, "reserve_id") != NULL &&
           (!deleted || member_text(reservation, "uid") != NULL) &&
           member_int(reservation, "start_time", &start) && member_int(reservation, "end_time", &end) &&
           ical_has_time(start) && ical_has_time(end) && start < end;
}

/* Whether `next` takes the place of `known`, which has the same uid: an occurrence that was reserved anew. */
static bool supersedes(struct json_object *next, struct json_object *known)
{
    bool next_deleted = str_equal(member_text(next, "state"), "deleted"),
         known_deleted = str_equal(member_text(known, "state"), "deleted");
    int64_t next_revision = 0, known_revision = 0;

    if (next_deleted != known_deleted)
        return known_deleted;
    member_int(next, "revision", &next_revision);
    member_int(known, "revision", &known_revision);
    return next_revision > known_revision;
}

/* The events by uid, in the order in which they came; each uid once, as the format wants it. The caller puts
 * it. */
static struct json_object *collect_events(const struct list *reservations)
{
    struct json_object *events = json_object_new_object();

    for (size_t i = 0; i < list_count(reservations); i++) {
        struct json_object *reservation = list_item(reservations, i), *known = NULL;
        const char *uid = member_text(reservation, "uid");

        if (!is_event(reservation))
            continue;
        if (uid == NULL)
            uid = member_text(reservation, "reserve_id");
        if (!json_object_object_get_ex(events, uid, &known) || supersedes(reservation, known))
            json_object_object_add(events, uid, json_object_get(reservation));
    }
    return events;
}

static void write_summary(struct buffer *out, struct json_object *reservation)
{
    const char *topic = member_text(reservation, "topic"), *name = member_text(reservation, "name");

    if (topic == NULL || *topic == '\0')
        topic = name != NULL ? name : "Meeting";
    ical_text(out, "SUMMARY", topic);
}

/* The link stands where one or the other calendar looks for it, and in words beside the number. */
static void write_link(struct buffer *out, struct json_object *reservation)
{
    const char *url = member_text(reservation, "url"), *number = member_text(reservation, "meeting_no");
    CLEANUP(buffer_fini) struct buffer words = BUFFER_EMPTY;

    if (url != NULL)
        buffer_printf(&words, "Link: %s", url);
    if (number != NULL)
        buffer_printf(&words, "%sMeeting number: %s", words.length > 0 ? "\n" : "", number);
    if (words.length > 0)
        ical_text(out, "DESCRIPTION", words.data);
    if (url != NULL) {
        ical_text(out, "LOCATION", url);
        if (ical_is_uri(url)) {
            ical_line(out, "URL", url);
            ical_line(out, "CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO", url);
        }
    }
}

static void write_event(struct buffer *out, const char *uid, struct json_object *reservation)
{
    CLEANUP_FREE char *global_uid = xasprintf("%s@meetingd", uid);
    int64_t start = 0, end = 0, observed_at = 0, revision;

    member_int(reservation, "start_time", &start);
    member_int(reservation, "end_time", &end);
    ical_line(out, "BEGIN", "VEVENT");
    ical_text(out, "UID", global_uid);
    if (member_int(reservation, "revision", &revision)) {
        char text[24];

        snprintf(text, sizeof(text), "%" PRId64, revision);
        ical_line(out, "SEQUENCE", text);
    }
    /* Not of now: as long as nothing changes, neither does the file. */
    member_int(reservation, "observed_at", &observed_at);
    if (!ical_has_time(observed_at / MS_PER_SECOND))
        observed_at = 0;
    ical_time(out, "DTSTAMP", observed_at / MS_PER_SECOND);
    if (observed_at > 0)
        ical_time(out, "LAST-MODIFIED", observed_at / MS_PER_SECOND);
    ical_time(out, "DTSTART", start);
    ical_time(out, "DTEND", end);
    ical_line(out, "STATUS", status_of(member_text(reservation, "state")));
    write_summary(out, reservation);
    write_link(out, reservation);
    ical_line(out, "END", "VEVENT");
}

static void write_calendar(struct buffer *out, struct json_object *events)
{
    ical_line(out, "BEGIN", "VCALENDAR");
    ical_line(out, "VERSION", "2.0");
    ical_line(out, "PRODID", "-//meetingd//meetingctl " PACKAGE_VERSION "//EN");
    ical_line(out, "METHOD", "PUBLISH");
    ical_line(out, "NAME", "meetingd");
    ical_line(out, "X-WR-CALNAME", "meetingd");
    ical_line(out, "REFRESH-INTERVAL;VALUE=DURATION", REFRESH);
    ical_line(out, "X-PUBLISHED-TTL", REFRESH);
    json_object_object_foreach(events, uid, reservation)
    {
        write_event(out, uid, reservation);
    }
    ical_line(out, "END", "VCALENDAR");
}

int command_calendar(struct ctl *ctl)
{
    struct json_object *parameters = json_object_new_object(), *events;
    struct list reservations;
    int code;

    /* Whoever looks at it on a terminal wants neither ends of lines made visible nor stops. */
    ctl->output.pager = false;
    json_object_object_add(parameters, "since",
                           json_object_new_int64(ctl->times.now_ms / MS_PER_SECOND - PAST_S));
    code = ctl_list(ctl, "ListReservations", "reservations", parameters, &reservations);
    if (code != 0)
        return code;
    events = collect_events(&reservations);
    write_calendar(&ctl->output.text, events);
    json_object_put(events);
    list_fini(&reservations);
    return EXIT_DONE;
}
