/* engine/absence: when a host is missing, and to what nobody came. */
#include "lib/test.h"

#include "base/base.h"
#include "engine/absence.h"

#define S MS_PER_SECOND
#define M MS_PER_MINUTE

/* ---- a host */

/* A meeting with one in the room, who may be its host. */
static struct meeting *make_meeting(const char *id, bool host_is_in)
{
    struct meeting *meeting = meeting_new(id);
    struct participant *guest = meeting_add_participant(meeting), *host;

    meeting->status = MEETING_IN_PROGRESS;
    meeting->participants_known = true;
    guest->id = xstrdup("ou_guest");
    guest->status = PARTICIPANT_IN_MEETING;
    host = meeting_add_participant(meeting);
    host->id = xstrdup("ou_host");
    host->is_host = FLAG_YES;
    host->status = host_is_in ? PARTICIPANT_IN_MEETING : PARTICIPANT_LEFT;
    return meeting;
}

static bool look(struct host_watch *watch, const char *id, bool host_is_in, int64_t now_ms)
{
    struct meeting *meeting = make_meeting(id, host_is_in);
    bool told = host_watch_look(watch, meeting, now_ms);

    meeting_free(meeting);
    return told;
}

/* Looks every ten seconds; returns how often it is told, and when last. */
static int looks(struct host_watch *watch, bool host_is_in, int64_t from_ms, int64_t until_ms,
                 int64_t *ret_last)
{
    int told = 0;

    for (int64_t now_ms = from_ms; now_ms <= until_ms; now_ms += 10 * S) {
        if (look(watch, "71", host_is_in, now_ms)) {
            told++;
            *ret_last = now_ms;
        }
    }
    return told;
}

static void a_host_who_is_missing_is_told_once_a_stretch(void **state)
{
    struct host_watch watch = {0};
    int64_t at = 0;

    (void)state;
    assert_int_equal(looks(&watch, false, 0, 30 * M, &at), 1);
    assert_int_equal(at, 5 * M);
    /* The host comes, goes, and is missed again. */
    assert_int_equal(looks(&watch, true, 30 * M, 31 * M, &at), 0);
    assert_int_equal(looks(&watch, false, 31 * M + 10 * S, 60 * M, &at), 1);
    assert_int_equal(at, 36 * M + 10 * S);
    host_watch_fini(&watch);
}

static void a_short_time_without_a_host_is_none(void **state)
{
    struct host_watch watch = {0};
    int64_t at = 0;

    (void)state;
    for (int64_t from = 0; from < 60 * M; from += 5 * M) {
        assert_int_equal(looks(&watch, false, from, from + 5 * M - 10 * S, &at), 0);
        assert_false(look(&watch, "71", true, from + 5 * M - 5 * S));
    }
    host_watch_fini(&watch);
}

static void a_host_is_known_by_the_flag_or_by_the_meeting(void **state)
{
    struct host_watch watch = {0};
    struct meeting *meeting = make_meeting("71", false);

    (void)state;
    meeting->host_user_id = xstrdup("ou_guest");
    meeting->host_user_type = UNKNOWN;
    for (int64_t now_ms = 0; now_ms < 10 * M; now_ms += 10 * S)
        assert_false(host_watch_look(&watch, meeting, now_ms));
    /* The same id of another kind is somebody else. */
    meeting->host_user_type = 2;
    assert_false(host_watch_look(&watch, meeting, 10 * M));
    for (int64_t now_ms = 10 * M + 10 * S; now_ms < 15 * M; now_ms += 10 * S)
        assert_false(host_watch_look(&watch, meeting, now_ms));
    assert_true(host_watch_look(&watch, meeting, 15 * M));
    meeting_free(meeting);
    host_watch_fini(&watch);
}

static void what_is_not_seen_is_not_told(void **state)
{
    struct host_watch watch = {0};
    struct meeting *meeting = make_meeting("71", false);

    (void)state;
    /* Without the list nobody can tell. */
    meeting->participants_known = false;
    for (int64_t now_ms = 0; now_ms < 10 * M; now_ms += 10 * S)
        assert_false(host_watch_look(&watch, meeting, now_ms));
    meeting->participants_known = true;
    /* Nor while it rings. */
    meeting->status = MEETING_CALLING;
    for (int64_t now_ms = 10 * M; now_ms < 20 * M; now_ms += 10 * S)
        assert_false(host_watch_look(&watch, meeting, now_ms));
    meeting_free(meeting);
    /* In a time without looks a host may have come and gone. */
    assert_false(look(&watch, "71", false, 20 * M));
    assert_false(look(&watch, "71", false, 26 * M));
    assert_false(look(&watch, "71", false, 30 * M));
    assert_true(look(&watch, "71", false, 31 * M));
    assert_false(look(&watch, "71", false, 60 * M));
    assert_false(look(&watch, "71", false, 64 * M));
    assert_false(look(&watch, "71", false, 68 * M));
    /* Another meeting begins anew. */
    assert_false(look(&watch, "72", false, 68 * M + S));
    assert_false(look(&watch, "72", false, 72 * M));
    assert_true(look(&watch, "72", false, 73 * M + S));
    host_watch_fini(&watch);
}

/* Looks at the meeting for ten minutes, and returns how often it is told. */
static int told_in_ten_minutes(const struct meeting *meeting)
{
    struct host_watch watch = {0};
    int told = 0;

    for (int64_t now_ms = 0; now_ms < 10 * M; now_ms += 10 * S)
        told += host_watch_look(&watch, meeting, now_ms);
    host_watch_fini(&watch);
    return told;
}

static void in_an_empty_room_nobody_misses_a_host(void **state)
{
    struct host_watch watch = {0};
    struct meeting *empty = make_meeting("71", false), *unlisted = meeting_new("71");

    (void)state;
    empty->participants[0].status = PARTICIPANT_LEFT;
    assert_int_equal(told_in_ten_minutes(empty), 0);
    unlisted->status = MEETING_IN_PROGRESS;
    unlisted->participants_known = true;
    unlisted->host_user_id = xstrdup("ou_host");
    assert_int_equal(told_in_ten_minutes(unlisted), 0);
    /* The five minutes are those of the people who came back. */
    assert_false(look(&watch, "71", false, 0));
    assert_false(host_watch_look(&watch, empty, 4 * M));
    assert_false(look(&watch, "71", false, 5 * M));
    assert_false(look(&watch, "71", false, 9 * M));
    assert_true(look(&watch, "71", false, 10 * M));
    meeting_free(empty);
    meeting_free(unlisted);
    host_watch_fini(&watch);
}

static void where_nothing_is_told_of_a_host_none_is_missing(void **state)
{
    struct meeting *meeting = make_meeting("71", false);

    (void)state;
    meeting->participants[1].is_host = FLAG_UNSET;
    assert_int_equal(told_in_ten_minutes(meeting), 0);
    meeting->participants[0].is_host = FLAG_NO;
    assert_int_equal(told_in_ten_minutes(meeting), 1);
    meeting->participants[0].is_host = FLAG_UNSET;
    meeting->host_user_id = xstrdup("ou_host");
    assert_int_equal(told_in_ten_minutes(meeting), 1);
    meeting_free(meeting);
}

static void the_end_of_an_earlier_meeting_changes_nothing(void **state)
{
    struct host_watch watch = {0};
    struct meeting *earlier = make_meeting("70", false);

    (void)state;
    earlier->status = MEETING_ENDED;
    assert_false(look(&watch, "71", false, 0));
    assert_false(look(&watch, "71", false, 3 * M));
    assert_false(host_watch_look(&watch, earlier, 4 * M));
    assert_true(look(&watch, "71", false, 5 * M));
    meeting_free(earlier);
    host_watch_fini(&watch);
}

/* ---- nobody */

#define START 10000
#define END   (START + 1800)
#define OVER  (END + 3600)

static struct reservation *make_reservation(void)
{
    struct reservation *reservation = reservation_new("p@1");

    reservation->start_time = START;
    reservation->end_time = END;
    reservation->reserve_id = xstrdup("77");
    reservation->state = RESERVATION_RESERVED;
    return reservation;
}

static void nobody_came_where_the_list_of_all_of_it_has_none(void **state)
{
    static const struct {
        int64_t from, until, told;
        bool nobody;
    } cases[] = {
        {0, OVER, UNKNOWN, true},          {START, OVER + 99999, UNKNOWN, true},
        {0, OVER, OVER - 1, true},         {0, OVER - 1, UNKNOWN, false}, /* somebody may still come */
        {START + 1, OVER, UNKNOWN, false},                                /* not all of it is known */
        {0, OVER + 1, OVER, false},                                       /* settled before */
    };
    struct reservation *reservation = make_reservation();
    struct slot_watch watch;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        const struct absence_known known = {cases[i].from, cases[i].until, cases[i].told};

        slot_watch_init(&watch);
        if (absence_by_history(&watch, reservation, &known) != cases[i].nobody)
            fail_msg("case %zu", i);
    }
    /* Its number is somebody else's once it expires. */
    reservation->expire_time = END + 600;
    slot_watch_init(&watch);
    assert_false(absence_by_history(&watch, reservation, &(struct absence_known){0, END + 599, UNKNOWN}));
    assert_true(absence_by_history(&watch, reservation, &(struct absence_known){0, END + 600, UNKNOWN}));
    reservation_free(reservation);
}

/* Whichever of the two tells first; the next slot is another one. */
static void a_slot_is_told_once(void **state)
{
    const struct absence_known known = {0, OVER, UNKNOWN};
    struct reservation *reservation = make_reservation();
    struct slot_watch watch;

    (void)state;
    for (int by_looks = 0; by_looks < 2; by_looks++) {
        slot_watch_init(&watch);
        watch.watched = END;
        for (int round = 0; round < 2; round++) {
            if (by_looks)
                assert_int_equal(absence_by_looks(&watch, reservation), round == 0);
            assert_int_equal(absence_by_history(&watch, reservation, &known), !by_looks && round == 0);
            assert_false(absence_by_looks(&watch, reservation));
        }
        watch.told = START;
        assert_true(absence_by_history(&watch, reservation, &known));
    }
    reservation_free(reservation);
}

static void what_was_not_made_or_had_a_meeting_is_no_such_case(void **state)
{
    struct reservation *reservation = make_reservation();

    (void)state;
    for (enum reservation_state s = 0; s < RESERVATION_STATES; s++) {
        reservation->state = s;
        assert_int_equal(absence_is_unattended(reservation),
                         s == RESERVATION_RESERVED || s == RESERVATION_EXPIRED);
    }
    reservation->state = RESERVATION_EXPIRED;
    string_list_add(&reservation->meetings, "71");
    assert_false(absence_is_unattended(reservation));
    string_list_fini(&reservation->meetings);
    reservation->end_time = UNKNOWN;
    assert_false(absence_is_unattended(reservation));
    reservation_free(reservation);
}

static void looks_tell_where_they_have_no_gap(void **state)
{
    struct reservation *reservation = make_reservation();
    struct slot_watch watch;

    (void)state;
    for (int gap = 0; gap < 3; gap++) {
        slot_watch_init(&watch);
        for (int64_t now_s = START - 60; now_s < END + 300; now_s += 60) {
            /* From the start on; none; in the middle. */
            if ((gap == 0 && now_s <= START) || (gap == 2 && now_s > START + 600 && now_s < START + 800))
                continue;
            slot_watch_look(&watch, reservation, now_s * S);
            if (now_s < END)
                assert_false(absence_by_looks(&watch, reservation));
        }
        assert_int_equal(absence_by_looks(&watch, reservation), gap == 1);
        slot_watch_look(&watch, reservation, (END + 310) * S);
        assert_false(absence_by_looks(&watch, reservation)); /* once */
    }
    reservation_free(reservation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_who_is_missing_is_told_once_a_stretch),
        cmocka_unit_test(a_short_time_without_a_host_is_none),
        cmocka_unit_test(a_host_is_known_by_the_flag_or_by_the_meeting),
        cmocka_unit_test(what_is_not_seen_is_not_told),
        cmocka_unit_test(in_an_empty_room_nobody_misses_a_host),
        cmocka_unit_test(where_nothing_is_told_of_a_host_none_is_missing),
        cmocka_unit_test(the_end_of_an_earlier_meeting_changes_nothing),
        cmocka_unit_test(nobody_came_where_the_list_of_all_of_it_has_none),
        cmocka_unit_test(a_slot_is_told_once),
        cmocka_unit_test(what_was_not_made_or_had_a_meeting_is_no_such_case),
        cmocka_unit_test(looks_tell_where_they_have_no_gap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
