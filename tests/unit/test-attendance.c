/* engine/attendance: what successive looks at a list make of each who was in it. */
#include "lib/test.h"

#include <inttypes.h>

#include "base/base.h"
#include "base/buffer.h"
#include "base/str.h"
#include "engine/attendance.h"

#define START INT64_C(1795397400) /* times below are seconds from here */

/* A meeting that is looked at again and again. */
struct room {
    struct meeting *meeting;
};

static struct meeting *next_meeting(struct room *room, int64_t second, int64_t status)
{
    struct meeting *meeting = meeting_new("6911188411934433028");

    meeting->start_time = START;
    meeting->status = status;
    meeting->observed_at = (START + second) * MS_PER_SECOND;
    if (room->meeting != NULL)
        attendance_copy(&meeting->attendance, &room->meeting->attendance);
    meeting_free(room->meeting);
    room->meeting = meeting;
    return meeting;
}

static int64_t number_of(const char *word, int64_t zero)
{
    return strcmp(word, "-") != 0 ? zero + strtol(word, NULL, 10) : UNKNOWN;
}

/* "ID STATUS FIRST LAST DURATION [H|N] [T…]": "-" is what Feishu does not tell, "?" an id that is none; H:
 * host, N: not; T: the type of user. */
static void add_row(struct meeting *meeting, const char *text)
{
    struct participant *participant = meeting_add_participant(meeting);
    char id[16], status[16], first[16], last[16], duration[16];
    const char *type = strchr(text, 'T');

    assert_int_equal(sscanf(text, "%15s %15s %15s %15s %15s", id, status, first, last, duration), 5);
    participant->id = strcmp(id, "?") != 0 ? xstrdup(id) : NULL;
    participant->user_type = type != NULL ? strtol(type + 1, NULL, 10) : 1;
    participant->status = strtol(status, NULL, 10);
    participant->first_join_time = number_of(first, START);
    participant->final_leave_time = number_of(last, START);
    participant->in_meeting_duration = number_of(duration, 0);
    if (strchr(text, 'H') != NULL || strchr(text, 'N') != NULL)
        participant->is_host = flag_of(strchr(text, 'H') != NULL);
}

static void add_rows(struct meeting *meeting, const char *rows)
{
    CLEANUP_FREE char *copy = xstrdup(rows);
    char *rest = copy, *row;

    meeting->participants_known = true;
    while ((row = strsep(&rest, ";")) != NULL && *row != '\0')
        add_row(meeting, row);
}

/* What Feishu lists at a second while the meeting goes on, */
static void look(struct room *room, int64_t second, const char *rows)
{
    add_rows(next_meeting(room, second, MEETING_IN_PROGRESS), rows);
    attendance_look(room->meeting);
}

/* and when it has ended. */
static void ended(struct room *room, int64_t second, int64_t end, const char *rows)
{
    add_rows(next_meeting(room, second, MEETING_ENDED), rows);
    room->meeting->end_time = START + end;
    attendance_look(room->meeting);
}

static void append_bounds(struct buffer *text, int64_t low, int64_t high)
{
    if (low == high)
        buffer_printf(text, "%" PRId64, high - START);
    else if (low == UNKNOWN)
        buffer_printf(text, "?<%" PRId64, high - START);
    else
        buffer_printf(text, "%" PRId64 "<%" PRId64, low - START, high - START);
}

/* "a 0<10-20<30 40-, b …": came after 0 and was seen at 10, seen until 20 and gone by 30, and in again from
 * 40 sharp. */
static void expect(const struct room *room, const char *expected)
{
    CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY;

    buffer_append_text(&text, "");
    for (size_t i = 0; i < room->meeting->attendance.count; i++) {
        const struct attendee *attendee = &room->meeting->attendance.attendees[i];

        buffer_printf(&text, "%s%s", i > 0 ? ", " : "", attendee->id != NULL ? attendee->id : "?");
        for (size_t j = 0; j < attendee->stay_count; j++) {
            const struct stay *stay = &attendee->stays[j];

            buffer_append_char(&text, ' ');
            append_bounds(&text, stay->joined_after, stay->joined);
            buffer_append_char(&text, '-');
            if (stay->left != UNKNOWN)
                append_bounds(&text, stay->left, stay->left_before);
        }
    }
    assert_string_equal(text.data, expected);
}

static struct attendee_time time_in(const struct room *room, size_t place, int64_t second)
{
    return attendee_time(&room->meeting->attendance.attendees[place], START, START + second);
}

static void empty(struct room *room)
{
    meeting_free(room->meeting);
    room->meeting = NULL;
}

static void looks_alone_give_bounds(void **state)
{
    struct room room = {0};

    (void)state;
    look(&room, 10, "a 2 - - -");
    expect(&room, "a ?<10-");
    look(&room, 20, "a 2 - - -; b 2 - - -");
    expect(&room, "a ?<10-, b 10<20-");
    look(&room, 30, "a 4 - - -; b 2 - - -");
    look(&room, 40, "a 2 - - -");
    expect(&room, "a ?<10-20<30 30<40-, b 10<20-30<40");
    assert_int_equal(time_in(&room, 0, 50).sure, 20);
    assert_int_equal(time_in(&room, 0, 50).duration, 20);
    assert_int_equal(time_in(&room, 0, 50).possible, 50);
    assert_int_equal(time_in(&room, 0, 50).difference, UNKNOWN);
    look(&room, 50, "");
    expect(&room, "a ?<10-20<30 30<40-40<50, b 10<20-30<40");
    empty(&room);
}

static void feishus_times_are_exact(void **state)
{
    struct room room = {0};

    (void)state;
    look(&room, 10, "a 2 3 - 7");
    look(&room, 20, "a 2 3 - 17; b 2 12 - 8");
    look(&room, 30, "a 4 3 26 23; b 2 12 - 18; c 4 21 28 7");
    expect(&room, "a 3-26, b 12-, c 21-28");
    assert_int_equal(time_in(&room, 0, 30).difference, UNKNOWN);
    assert_int_equal(time_in(&room, 1, 35).duration, 23);
    /* What was not told at first. */
    look(&room, 40, "d 2 - - -; b 2 12 - 28");
    look(&room, 50, "d 2 34 - -; b 2 12 - 38");
    look(&room, 60, "d 4 34 - -; b 2 12 - 48");
    look(&room, 70, "d 4 34 55 -; b 2 12 - 58");
    expect(&room, "a 3-26, b 12-, c 21-28, d 34-55");
    empty(&room);
}

static void who_returns_between_two_looks_is_found_out(void **state)
{
    struct room room = {0};

    (void)state;
    /* In at 0; out from 22 to 40. */
    look(&room, 20, "a 2 0 - 20");
    look(&room, 60, "a 2 0 - 42");
    expect(&room, "a 0-20<47 33<60-");
    /* Seconds lost on the way are no absence. */
    look(&room, 80, "a 2 0 - 59");
    expect(&room, "a 0-20<47 33<60-");
    /* Out from 81 to 95, gone at 98. */
    look(&room, 120, "a 4 0 98 66");
    expect(&room, "a 0-20<47 33<60-80<92 86<98-98");
    /* A visit that no look found. */
    look(&room, 160, "a 4 0 150 76");
    expect(&room, "a 0-20<47 33<60-80<92 86<98-98 135<150-150");
    empty(&room);
    /* Before the first look. */
    look(&room, 600, "a 2 10 - 100; b 4 10 500 100; c 4 10 500 490; d 2 20 - 580");
    expect(&room, "a 10-10<115 495<600-, b 10-10<115 395<500-500, c 10-500, d 20-");
    assert_int_equal(time_in(&room, 1, 600).difference, 100);
    assert_int_equal(time_in(&room, 1, 600).in_room, 100);
    empty(&room);
}

static void who_left_may_not_be_listed(void **state)
{
    struct room room = {0};

    (void)state;
    look(&room, 20, "r 2 0 - 20");
    look(&room, 60, "r 2 0 - 60");
    /* a was in from 22 to 40, and is again. b was in all the time, and the list came late. Of c nobody knows.
     */
    look(&room, 80, "r 2 0 - 80; a 2 22 - 30; b 2 50 - 30; c 2 50 - -");
    expect(&room, "r 0-, a 22-22<57 60<80-, b 50-, c 50-50<60 60<80-");
    empty(&room);
}

static void an_unseen_interval_is_a_bound(void **state)
{
    struct room room = {0};

    (void)state;
    look(&room, 10, "a 2 - - -; b 2 5 - 5");
    /* An hour later: the daemon was away, or the list was not asked for. */
    look(&room, 3610, "c 2 - - -; b 2 5 - 3605");
    expect(&room, "a ?<10-10<3610, b 5-, c 10<3610-");
    next_meeting(&room, 3620, MEETING_IN_PROGRESS);
    attendance_look(room.meeting);
    expect(&room, "a ?<10-10<3610, b 5-, c 10<3610-");
    look(&room, 3630, "");
    expect(&room, "a ?<10-10<3610, b 5-3610<3630, c 10<3610-3610<3630");
    empty(&room);
}

static void two_devices_are_one_attendee(void **state)
{
    struct room room = {0};

    (void)state;
    look(&room, 10, "a 2 5 - 5; a 2 8 - 2; a 2 9 - 1 N T2");
    assert_int_equal(room.meeting->attendance.count, 2);
    assert_int_equal(room.meeting->attendance.attendees[0].devices, 2);
    look(&room, 20, "a 4 5 12 7; a 2 8 - 12");
    assert_int_equal(room.meeting->attendance.attendees[0].devices, 1);
    assert_int_equal(time_in(&room, 0, 20).duration, 15);
    look(&room, 30, "a 4 5 12 7; a 4 8 25 17");
    expect(&room, "a 5-25, a 9-10<20");
    assert_int_equal(time_in(&room, 0, 30).duration, 20);
    assert_int_equal(time_in(&room, 0, 30).difference, UNKNOWN);
    /* One after the other, as the history has it. */
    ended(&room, 600, 590, "b 4 100 200 100; b 4 300 400 100");
    expect(&room, "a 5-25, a 9-10<20, b 100-100<305 195<400-400");
    assert_int_equal(time_in(&room, 2, 600).duration, 200);
    empty(&room);
}

static void phones_without_an_id_are_told_apart(void **state)
{
    struct room room = {0};

    (void)state;
    look(&room, 10, "? 2 5 - 5 N T6; ? 2 5 - 5 N T6; ? 2 7 - 3 N T6");
    look(&room, 20, "? 2 7 - 13 N T6; ? 2 5 - 15 N T6");
    expect(&room, "? 5-, ? 5-10<20, ? 7-");
    empty(&room);
}

static void who_is_only_called_is_not_there(void **state)
{
    struct room room = {0};

    (void)state;
    look(&room, 10, "a 3 - - 0; b 1 - - -; c 4 - - 0");
    expect(&room, "");
    look(&room, 20, "a 2 15 - 5");
    look(&room, 30, "a 3 15 25 10");
    expect(&room, "a 15-25");
    empty(&room);
}

static void the_end_is_a_bound(void **state)
{
    struct room room = {0};

    (void)state;
    look(&room, 10, "a 2 5 - 5; b 2 5 - 5; c 2 5 - 5");
    look(&room, 20, "a 2 5 - 15; b 2 5 - 15; c 2 5 - 15");
    next_meeting(&room, 40, MEETING_ENDED);
    attendance_end(room.meeting);
    expect(&room, "a 5-20<40, b 5-20<40, c 5-20<40");
    /* The detail, later: c was out from 21 to 29. */
    ended(&room, 100, 32, "a 4 5 32 27; b 4 5 - 27; c 4 5 31 18");
    expect(&room, "a 5-32, b 5-20<32, c 5-20<28 23<31-31");
    /* It goes on after all, under its id. */
    look(&room, 140, "a 2 5 - 37");
    expect(&room, "a 5-32 125<140-, b 5-20<32, c 5-20<28 23<31-31");
    empty(&room);
}

static void without_a_list_nobody_knows(void **state)
{
    struct room room = {0};

    (void)state;
    next_meeting(&room, 10, MEETING_IN_PROGRESS);
    attendance_look(room.meeting);
    next_meeting(&room, 20, MEETING_ENDED);
    attendance_look(room.meeting);
    attendance_end(room.meeting);
    assert_int_equal(room.meeting->attendance.looked_at, UNKNOWN);
    empty(&room);
}

static void a_meeting_never_seen_live_has_its_history(void **state)
{
    struct room room = {0};

    (void)state;
    ended(&room, 9000, 3600,
          "a 4 0 3600 3600; b 4 60 1800 600; c 4 60 - 600; d 4 - 3000 600; e 4 - - 600; f 4 - 3000 -; g 4 60 "
          "- -; h 2 60 - 3540");
    expect(&room, "a 0-3600, b 60-60<665 1195<1800-1800, c 60-60<665, d 2395<3000-3000, e, f ?<3000-3000, g "
                  "60-60<3600, "
                  "h 60-3600");
    assert_int_equal(time_in(&room, 4, 3600).in_room, 600);
    empty(&room);
}

static void nonsense_breaks_nothing(void **state)
{
    struct room room = {0};

    (void)state;
    look(&room, 100, "a 2 5000 - 999999; b 2 -5000 - 5; c 4 50 20 5; d 4 50 5000 50");
    expect(&room, "a ?<100-, b ?<100-, c 50-50<60, d 50-100");
    look(&room, 110, "a 2 0 - 0; b 2 -5000 - 3; c 4 50 5000 5; d 4 50 0 60");
    expect(&room, "a 0-, b ?<100-, c 50-50<60, d 50-100");
    assert_int_equal(time_in(&room, 0, 110).difference, -110);
    /* Larger than the meeting: shown, and not believed. */
    look(&room, 120, "a 2 0 - 999999");
    assert_int_equal(time_in(&room, 0, 120).duration, 999999);
    assert_int_equal(time_in(&room, 0, 120).difference, 999999 - 120);
    assert_int_equal(time_in(&room, 0, 120).in_room, 120);
    /* A leave from before they were last seen in. */
    look(&room, 122, "a 4 0 60 122; b 2 - - -");
    expect(&room, "a 0-120<122, b ?<100-110<120 120<122-, c 50-50<60, d 50-100");
    /* An older answer that comes late, or a clock that was put back. */
    look(&room, 50, "b 2 - - -");
    expect(&room, "a 0-120<122, b ?<100-110<120 120<122-, c 50-50<60, d 50-100");
    empty(&room);
}

/* Where the durations do not run with the clock, their growth is not taken for absence. */
static void durations_that_stand_still_prove_nothing(void **state)
{
    struct room room = {0};

    (void)state;
    /* Counted when people leave. */
    look(&room, 10, "a 2 10 - 0");
    look(&room, 100, "a 2 10 - 0");
    look(&room, 200, "a 4 10 150 140");
    expect(&room, "a 10-150");
    empty(&room);
    /* By the minute. */
    look(&room, 10, "a 2 10 - 0");
    for (int second = 20; second <= 600; second += 10) {
        char row[64];

        snprintf(row, sizeof(row), "a 2 10 - %d", (second - 10) / 60 * 60);
        look(&room, second, row);
    }
    expect(&room, "a 10-");
    assert_int_equal(room.meeting->attendance.durations_run, FLAG_NO);
    empty(&room);
}

static void clocks_may_differ_by_seconds(void **state)
{
    struct room room = {0};

    (void)state;
    look(&room, 10, "a 2 12 - 0");
    look(&room, 20, "a 2 12 - 8; b 2 8 - 12");
    look(&room, 30, "a 4 12 33 21; b 4 8 17 9");
    expect(&room, "a 10-30, b 8-17");
    empty(&room);
}

static void roles_are_seen_from_look_to_look(void **state)
{
    struct room room = {0};
    const struct attendee *attendees;

    (void)state;
    look(&room, 10, "a 2 5 - 5 H; b 2 5 - 5 N");
    look(&room, 20, "a 2 5 - 15 H; b 2 5 - 15 N");
    look(&room, 30, "a 2 5 - 25 N; b 2 5 - 25 H");
    look(&room, 40, "a 2 5 - 35 H; b 4 5 35 30 H");
    attendees = room.meeting->attendance.attendees;
    assert_int_equal(attendees[0].role_count, 2);
    assert_int_equal(attendees[0].roles[0].role, ROLE_HOST);
    assert_int_equal(attendees[0].roles[0].since, START + 10);
    assert_int_equal(attendees[0].roles[0].until, START + 20);
    assert_int_equal(attendees[0].roles[1].since, START + 40);
    assert_int_equal(attendees[0].roles[1].until, UNKNOWN);
    assert_int_equal(attendees[1].role_count, 1);
    assert_int_equal(attendees[1].roles[0].until, START + 30);
    assert_int_equal(attendees[1].is_host, FLAG_YES);
    assert_int_equal(attendees[1].is_cohost, FLAG_UNSET);
    empty(&room);
}

static void abilities_are_seen_once(void **state)
{
    struct room room = {0};

    (void)state;
    next_meeting(&room, 10, MEETING_IN_PROGRESS)->ability.use_video = FLAG_NO;
    attendance_look(room.meeting);
    next_meeting(&room, 20, MEETING_IN_PROGRESS)->ability.use_video = FLAG_YES;
    attendance_look(room.meeting);
    next_meeting(&room, 30, MEETING_IN_PROGRESS)->ability.use_video = FLAG_YES;
    attendance_look(room.meeting);
    next_meeting(&room, 40, MEETING_ENDED)->ability.use_pstn = FLAG_YES;
    attendance_look(room.meeting);
    assert_int_equal(room.meeting->attendance.seen.use_video, START + 20);
    assert_int_equal(room.meeting->attendance.seen.use_pstn, UNKNOWN);
    empty(&room);
}

static void everything_is_bounded(void **state)
{
    struct room room = {0};

    (void)state;
    for (int i = 0; i < 2 * STAYS_MAX + 100; i++)
        look(&room, INT64_C(10) * i, i % 2 == 0 ? "a 2 - - - H" : "a 4 - - - N");
    assert_int_equal(room.meeting->attendance.attendees[0].stay_count, STAYS_MAX);
    assert_int_equal(room.meeting->attendance.attendees[0].role_count, STAYS_MAX);
    assert_false(attendee_is_in(&room.meeting->attendance.attendees[0]));
    while (room.meeting->attendance.count < ATTENDEES_MAX - 1)
        attendance_add(&room.meeting->attendance)->id = xstrdup("x");
    look(&room, 99999, "b 2 - - -; c 2 - - -; a 2 - - -; d 2 - - -");
    assert_int_equal(room.meeting->attendance.count, ATTENDEES_MAX);
    assert_string_equal(room.meeting->attendance.attendees[ATTENDEES_MAX - 1].id, "b");
    assert_true(attendee_is_in(&room.meeting->attendance.attendees[0]));
    empty(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_alone_give_bounds),
        cmocka_unit_test(feishus_times_are_exact),
        cmocka_unit_test(who_returns_between_two_looks_is_found_out),
        cmocka_unit_test(who_left_may_not_be_listed),
        cmocka_unit_test(an_unseen_interval_is_a_bound),
        cmocka_unit_test(two_devices_are_one_attendee),
        cmocka_unit_test(phones_without_an_id_are_told_apart),
        cmocka_unit_test(who_is_only_called_is_not_there),
        cmocka_unit_test(the_end_is_a_bound),
        cmocka_unit_test(without_a_list_nobody_knows),
        cmocka_unit_test(a_meeting_never_seen_live_has_its_history),
        cmocka_unit_test(nonsense_breaks_nothing),
        cmocka_unit_test(durations_that_stand_still_prove_nothing),
        cmocka_unit_test(clocks_may_differ_by_seconds),
        cmocka_unit_test(roles_are_seen_from_look_to_look),
        cmocka_unit_test(abilities_are_seen_once),
        cmocka_unit_test(everything_is_bounded),
    };

    return cmocka_run_group_tests_name("attendance", tests, NULL, NULL);
}
