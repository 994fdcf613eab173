/* store: the past is read in slices, in order, by the indexes, and beside what is written. */
#include "service/test-store-fixture.h"

#include <errno.h>
#include <stdatomic.h>

#include <sqlite3.h>

#include "base/base.h"
#include "store/past-read.h"

/* ---- a disk that cannot be read */

static atomic_bool reading_fails;

int __real_sqlite3_step(sqlite3_stmt *statement);
int __wrap_sqlite3_step(sqlite3_stmt *statement);

int __wrap_sqlite3_step(sqlite3_stmt *statement)
{
    if (atomic_load(&reading_fails) && sqlite3_db_readonly(sqlite3_db_handle(statement), "main") == 1)
        return SQLITE_IOERR_READ;
    return __real_sqlite3_step(statement);
}

/* ---- asking */

struct asked {
    bool done;
    int result;
    struct error error;
    struct past_answer answer;
};

static void note_answer(void *data, int result, const struct error *error, struct past_answer *answer)
{
    struct asked *asked = data;

    assert_false(asked->done);
    assert_int_equal(error != NULL, result != 0);
    asked->done = true;
    asked->result = result;
    if (error != NULL)
        asked->error = *error;
    if (result != 0)
        assert_int_equal(answer->count, 0);
    asked->answer = *answer;
    *answer = (struct past_answer){NULL};
}

static void ask(struct fixture *fixture, const struct past_question *question, struct asked *ret)
{
    *ret = (struct asked){false};
    store_ask(fixture->store, question, note_answer, ret);
    assert_false(ret->done);
    test_run_until(&fixture->loop, &ret->done);
}

static void ask_well(struct fixture *fixture, const struct past_question *question, struct asked *ret)
{
    ask(fixture, question, ret);
    if (ret->result != 0)
        fail_msg("%s", ret->error.text);
}

/* ---- lists */

static int64_t maybe(int64_t value)
{
    return random() % 4 == 0 ? UNKNOWN : value;
}

static struct meeting *random_meeting(int number)
{
    CLEANUP_FREE char *id = xasprintf("%ld%03d", 100 + random() % 900, number);
    struct meeting *meeting = meeting_new(id);
    int64_t start = 1000000000 + random() % 20 * 86400;

    meeting->name = random() % 3 == 0 ? xstrdup("b") : random() % 2 == 0 ? xstrdup("a") : NULL;
    meeting->create_time = maybe(start - 60);
    meeting->start_time = maybe(start);
    meeting->end_time = maybe(start + random() % 86400);
    meeting->status = MEETING_ENDED;
    return meeting;
}

static struct reservation *random_reservation(int number)
{
    CLEANUP_FREE char *key = xasprintf("%ld@%03d", random() % 10, number);
    struct reservation *reservation = reservation_new(key);
    int64_t start = 1000000000 + random() % 20 * 86400;

    reservation->name = random() % 3 == 0 ? xstrdup("b") : random() % 2 == 0 ? xstrdup("a") : NULL;
    reservation->start_time = maybe(start);
    reservation->end_time = maybe(start + random() % 86400);
    reservation->expire_time = maybe(start + INT64_C(2) * 86400);
    reservation->attempted_at = maybe((start - 3600) * MS_PER_SECOND);
    reservation->state = RESERVATION_ENDED;
    return reservation;
}

static int by_start(const void *a, const void *b)
{
    const struct reservation *x = *(struct reservation *const *)a, *y = *(struct reservation *const *)b;

    if (x->start_time != y->start_time)
        return (uint64_t)x->start_time < (uint64_t)y->start_time ? -1 : 1;
    return strcmp(x->key, y->key);
}

static int newest_first(const void *a, const void *b)
{
    const struct meeting *x = *(struct meeting *const *)a, *y = *(struct meeting *const *)b;

    if (x->start_time != y->start_time)
        return x->start_time > y->start_time ? -1 : 1;
    return strcmp(y->id, x->id);
}

/* The whole list by slices; the next one that is expected is in `expected`, NULL where it is not in it. */
static void walk(struct fixture *fixture, struct past_question *question, const char *const *expected,
                 size_t count)
{
    CLEANUP_FREE char *after = NULL;
    size_t at = 0;
    bool complete = false;

    question->after = NULL;
    while (!complete) {
        struct asked asked;

        ask_well(fixture, question, &asked);
        for (size_t i = 0; i < asked.answer.count; i++, at++) {
            const char *got = question->kind == PAST_MEETINGS ? asked.answer.meetings[i]->id
                                                              : asked.answer.reservations[i]->key;

            assert_true(at < count);
            assert_string_equal(got, expected[at]);
            question->after_start = question->kind == PAST_MEETINGS
                                        ? asked.answer.meetings[i]->start_time
                                        : asked.answer.reservations[i]->start_time;
            str_set(&after, got);
        }
        question->after = after;
        complete = asked.answer.complete;
        past_answer_fini(&asked.answer);
    }
    assert_int_equal(at, count);
}

#define MANY 150

static struct past_question random_list(enum past_kind kind)
{
    return (struct past_question){
        .kind = kind,
        .text = random() % 2 == 0 ? "a" : NULL,
        .since = maybe(1000000000 + random() % 20 * 86400),
        .until = random() % 8 == 0 ? INT64_MAX : maybe(1000000000 + random() % 20 * 86400),
        .most = 1 + (size_t)random() % 60,
    };
}

static void meetings_come_in_order_whatever_the_slices(void **state)
{
    struct fixture *fixture = *state;
    struct meeting *all[MANY];

    srandom(1);
    fixture_open(fixture);
    for (int i = 0; i < MANY; i++) {
        all[i] = random_meeting(i);
        store_put_meeting(fixture->store, all[i], fixture_note, fixture);
    }
    fixture_wait(fixture, MANY);
    qsort(all, MANY, sizeof(all[0]), newest_first);
    for (int round = 0; round < 60; round++) {
        struct past_question question = random_list(PAST_MEETINGS);
        const char *expected[MANY];
        size_t count = 0;

        for (int i = 0; i < MANY; i++) {
            if ((question.text == NULL || str_equal(question.text, all[i]->name)) &&
                past_in_time(past_meeting_begin(all[i]), past_meeting_end(all[i]), question.since,
                             question.until))
                expected[count++] = all[i]->id;
        }
        walk(fixture, &question, expected, count);
    }
    for (int i = 0; i < MANY; i++)
        meeting_free(all[i]);
}

static void reservations_come_in_order_whatever_the_slices(void **state)
{
    struct fixture *fixture = *state;
    struct reservation *all[MANY];

    srandom(2);
    fixture_open(fixture);
    for (int i = 0; i < MANY; i++) {
        all[i] = random_reservation(i);
        store_put_reservation(fixture->store, all[i], fixture_note, fixture);
    }
    fixture_wait(fixture, MANY);
    qsort(all, MANY, sizeof(all[0]), by_start);
    for (int round = 0; round < 60; round++) {
        struct past_question question = random_list(PAST_RESERVATIONS);
        const char *expected[MANY];
        size_t count = 0;

        for (int i = 0; i < MANY; i++) {
            if ((question.text == NULL || str_equal(question.text, all[i]->name)) &&
                past_in_time(past_reservation_begin(all[i]), past_reservation_end(all[i]), question.since,
                             question.until))
                expected[count++] = all[i]->key;
        }
        walk(fixture, &question, expected, count);
    }
    for (int i = 0; i < MANY; i++)
        reservation_free(all[i]);
}

static void a_slice_with_attendance_is_bounded_by_people(void **state)
{
    struct fixture *fixture = *state;
    struct past_question question = {.kind = PAST_MEETINGS,
                                     .with = MEETING_WITH_ATTENDANCE,
                                     .since = UNKNOWN,
                                     .until = UNKNOWN,
                                     .most = 100};
    struct asked asked;

    fixture_open(fixture);
    for (int i = 0; i < 4; i++) {
        struct meeting *meeting = random_meeting(i);

        for (int j = 0; j < 300; j++)
            attendance_add(&meeting->attendance)->user_type = 1;
        assert_int_equal(fixture_put_meeting(fixture, meeting), 0);
        meeting_free(meeting);
    }
    ask_well(fixture, &question, &asked);
    assert_int_equal(asked.answer.count, 2);
    assert_false(asked.answer.complete);
    assert_int_equal(asked.answer.meetings[1]->attendance.count, 300);
    assert_int_equal(asked.answer.meetings[1]->participants_count, 0);
    past_answer_fini(&asked.answer);
}

/* ---- single ones */

static void one_is_found_by_each_of_its_names(void **state)
{
    struct fixture *fixture = *state;
    struct reservation *reservation = make_reservation(1), *later = reservation_new("later");
    struct meeting *meeting = make_meeting(2), *newest = make_meeting(3);
    struct asked asked;

    str_set(&later->name, reservation->name);
    later->start_time = reservation->start_time + 1;
    str_set(&meeting->reservation, reservation->key);
    str_set(&meeting->reserve_id, reservation->reserve_id);
    str_set(&newest->reservation, reservation->key);
    str_set(&newest->reserve_id, reservation->reserve_id);
    newest->start_time = meeting->start_time + 1;
    fixture_open(fixture);
    assert_int_equal(fixture_put(fixture, reservation), 0);
    assert_int_equal(fixture_put(fixture, later), 0);
    assert_int_equal(fixture_put_meeting(fixture, newest), 0);
    assert_int_equal(fixture_put_meeting(fixture, meeting), 0);
    {
        const struct {
            struct past_question question;
            const void *is;
        } cases[] = {
            {{.kind = PAST_RESERVATION_OF_OCCURRENCE, .text = reservation->occurrence}, reservation},
            {{.kind = PAST_RESERVATION_OF_OCCURRENCE, .text = reservation->key}, reservation},
            {{.kind = PAST_RESERVATION_OF_RESERVE_ID, .text = reservation->reserve_id}, reservation},
            {{.kind = PAST_RESERVATION_OF_NAME, .text = reservation->name}, later},
            {{.kind = PAST_RESERVATION_OF_NAME, .text = "nobody"}, NULL},
            {{.kind = PAST_MEETING_OF_ID, .text = meeting->id, .with = MEETING_WHOLE}, meeting},
            {{.kind = PAST_MEETING_OF_RESERVE_ID, .text = newest->reserve_id, .with = MEETING_WHOLE}, newest},
            {{.kind = PAST_MEETING_OF_ID, .text = "1"}, NULL},
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
            ask_well(fixture, &cases[i].question, &asked);
            assert_true(asked.answer.complete);
            assert_int_equal(asked.answer.count, cases[i].is != NULL);
            if (cases[i].is != NULL && asked.answer.meetings != NULL)
                assert_same_meeting(asked.answer.meetings[0], cases[i].is);
            else if (cases[i].is != NULL)
                assert_same_reservation(asked.answer.reservations[0], cases[i].is);
            past_answer_fini(&asked.answer);
        }
    }
    reservation_free(reservation);
    reservation_free(later);
    meeting_free(meeting);
    meeting_free(newest);
}

/* ---- indexes */

/* Every list is walked along an index that has its order, every single one looked up. */
static void nothing_is_searched_for_row_by_row(void **state)
{
    struct fixture *fixture = *state;
    sqlite3 *handle;

    fixture_open(fixture);
    assert_int_equal(sqlite3_open(fixture->path, &handle), SQLITE_OK);
    for (int i = 0; i < 2 * PAST_KINDS; i++) {
        CLEANUP_FREE char *sql = past_sql((enum past_kind)(i / 2), i % 2 == 0);
        CLEANUP_FREE char *explain = xasprintf("EXPLAIN QUERY PLAN %s", sql);
        sqlite3_stmt *statement;
        int steps = 0;

        assert_int_equal(sqlite3_prepare_v2(handle, explain, -1, &statement, NULL), SQLITE_OK);
        while (sqlite3_step(statement) == SQLITE_ROW) {
            const char *step = (const char *)sqlite3_column_text(statement, 3);

            steps++;
            if (strncmp(step, "SCAN", 4) == 0 ||
                (i / 2 < PAST_RESERVATION_OF_NAME && strstr(step, "B-TREE") != NULL))
                fail_msg("%s\n%s", step, sql);
        }
        assert_true(steps > 0);
        sqlite3_finalize(statement);
    }
    sqlite3_close(handle);
}

/* ---- beside what else goes on */

static const struct past_question every_meeting = {
    .kind = PAST_MEETINGS, .with = MEETING_WHOLE, .since = UNKNOWN, .until = UNKNOWN, .most = 100};

static void what_was_answered_is_seen_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct asked asked;

    fixture_open(fixture);
    for (unsigned i = 0; i < 5; i++) {
        struct meeting *meeting = make_meeting(i);

        assert_int_equal(fixture_put_meeting(fixture, meeting), 0);
        ask_well(fixture, &every_meeting, &asked);
        assert_int_equal(asked.answer.count, i + 1);
        past_answer_fini(&asked.answer);
        meeting_free(meeting);
    }
}

static void reading_and_writing_do_not_wait_for_each_other(void **state)
{
    struct fixture *fixture = *state;
    struct asked asked[50];

    fixture_open(fixture);
    for (unsigned i = 0; i < ELEMENTS(asked); i++) {
        struct meeting *meeting = make_meeting(i);

        asked[i] = (struct asked){false};
        store_ask(fixture->store, &every_meeting, note_answer, &asked[i]);
        store_put_meeting(fixture->store, meeting, fixture_note, fixture);
        meeting_free(meeting);
    }
    for (unsigned i = 0; i < ELEMENTS(asked); i++) {
        test_run_until(&fixture->loop, &asked[i].done);
        assert_int_equal(asked[i].result, 0);
        past_answer_fini(&asked[i].answer);
    }
    fixture_wait(fixture, ELEMENTS(asked));
    /* No slice holds the log back: all of it can be written into the file. */
    fixture_execute(fixture, "PRAGMA wal_checkpoint(TRUNCATE)");
    assert_int_equal(fixture_query(fixture, "PRAGMA wal_checkpoint(PASSIVE)"), 0);
    assert_int_equal(fixture_query(fixture, "SELECT count(*) FROM meetings"), ELEMENTS(asked));
}

static void a_question_is_given_up(void **state)
{
    struct fixture *fixture = *state;
    struct asked given_up[2] = {{false}}, asked = {false};
    struct store_read *reads[2];

    fixture_open(fixture);
    for (int i = 0; i < 2; i++)
        reads[i] = store_ask(fixture->store, &every_meeting, note_answer, &given_up[i]);
    store_ask(fixture->store, &every_meeting, note_answer, &asked);
    store_cancel(fixture->store, reads[0]);
    store_cancel(fixture->store, reads[1]);
    test_run_until(&fixture->loop, &asked.done);
    assert_false(given_up[0].done || given_up[1].done);
    past_answer_fini(&asked.answer);
}

static void note_closed(void *data)
{
    *(bool *)data = true;
}

static void closing_answers_what_is_asked(void **state)
{
    struct fixture *fixture = *state;
    struct asked asked[20], late = {false};
    struct store *store;
    bool closed = false;

    for (int warm = 0; warm < 2; warm++) {
        closed = false;
        late = (struct asked){false};
        fixture_open(fixture);
        store = fixture->store;
        if (warm == 1) {
            ask_well(fixture, &every_meeting, &asked[0]);
            past_answer_fini(&asked[0].answer);
        }
        for (size_t i = 0; i < ELEMENTS(asked); i++) {
            asked[i] = (struct asked){false};
            store_ask(store, &every_meeting, note_answer, &asked[i]);
        }
        store_close(store, note_closed, &closed);
        store_ask(store, &every_meeting, note_answer, &late);
        test_run_until(&fixture->loop, &closed);
        for (size_t i = 0; i < ELEMENTS(asked); i++) {
            assert_true(asked[i].done);
            assert_true(asked[i].result == 0 || asked[i].result == -ECANCELED);
            past_answer_fini(&asked[i].answer);
        }
        assert_true(late.done);
        assert_int_equal(late.result, -ECANCELED);
        fixture->store = NULL;
    }
    /* The last connection has put the log away. */
    {
        CLEANUP_FREE char *log = xasprintf("%s-wal", fixture->path);

        assert_int_equal(access(log, F_OK), -1);
    }
}

static void a_disk_that_cannot_be_read_is_told_and_heals(void **state)
{
    struct fixture *fixture = *state;
    struct meeting *meeting = make_meeting(1);
    struct asked asked;

    fixture_open(fixture);
    assert_int_equal(fixture_put_meeting(fixture, meeting), 0);
    atomic_store(&reading_fails, true);
    for (int i = 0; i < 2; i++) {
        ask(fixture, &every_meeting, &asked);
        assert_int_equal(asked.result, -EIO);
        assert_non_null(strstr(asked.error.text, "cannot read"));
        assert_non_null(strstr(asked.error.text, "check the disk"));
    }
    /* Writing goes on. */
    assert_int_equal(fixture_put_meeting(fixture, meeting), 0);
    atomic_store(&reading_fails, false);
    ask_well(fixture, &every_meeting, &asked);
    assert_int_equal(asked.answer.count, 1);
    assert_same_meeting(asked.answer.meetings[0], meeting);
    past_answer_fini(&asked.answer);
    meeting_free(meeting);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(meetings_come_in_order_whatever_the_slices),
        TEST(reservations_come_in_order_whatever_the_slices),
        TEST(a_slice_with_attendance_is_bounded_by_people),
        TEST(one_is_found_by_each_of_its_names),
        TEST(nothing_is_searched_for_row_by_row),
        TEST(what_was_answered_is_seen_at_once),
        TEST(reading_and_writing_do_not_wait_for_each_other),
        TEST(a_question_is_given_up),
        TEST(closing_answers_what_is_asked),
        TEST(a_disk_that_cannot_be_read_is_told_and_heals),
    };

    return cmocka_run_group_tests_name("store: the past", tests, NULL, NULL);
}
