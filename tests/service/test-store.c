/* store: order, answers, figures and files. */
#include "service/test-store-fixture.h"

#include <sys/stat.h>

#include "base/base.h"

/* ---- order, replacing, dropping */

static void records_keep_their_order(void **state)
{
    struct fixture *fixture = *state;
    static const char *const keys[] = {"c", "a", "b", "a", "c", "d"}, *const expected[] = {"c", "b", "d",
                                                                                           "a"};
    struct loaded loaded;

    fixture_open(fixture);
    for (size_t i = 0; i < ELEMENTS(keys); i++) {
        struct reservation *reservation = reservation_new(keys[i]);
        struct meeting *meeting = meeting_new(keys[i]);

        reservation->attempts = (int)i;
        meeting->peak = (int64_t)i;
        store_put_reservation(fixture->store, reservation, NULL, NULL);
        store_put_meeting(fixture->store, meeting, NULL, NULL);
        reservation_free(reservation);
        meeting_free(meeting);
    }
    /* One that comes again after it was dropped is new. */
    store_drop_reservation(fixture->store, "a", NULL, NULL);
    store_drop_reservation(fixture->store, "never there", NULL, NULL);
    store_put_reservation(fixture->store, &(struct reservation){.key = (char[]){"a"}, .attempts = 9},
                          fixture_note, fixture);
    fixture_wait(fixture, 1);
    fixture_load(fixture, &loaded);
    assert_int_equal(loaded.reservation_count, ELEMENTS(expected));
    for (size_t i = 0; i < ELEMENTS(expected); i++)
        assert_string_equal(loaded.reservations[i]->key, expected[i]);
    assert_int_equal(loaded.reservations[0]->attempts, 4);
    assert_int_equal(loaded.reservations[3]->attempts, 9);
    assert_int_equal(loaded.meeting_count, 4);
    assert_string_equal(loaded.meetings[0]->id, "c");
    assert_string_equal(loaded.meetings[1]->id, "a");
    assert_int_equal(loaded.meetings[1]->peak, 3);
    loaded_fini(&loaded);
}

static void put_ended(struct fixture *fixture, const char *id, const char *reservation, int64_t end)
{
    struct meeting *meeting = meeting_new(id);

    str_set(&meeting->reservation, reservation);
    meeting->start_time = end - 60;
    meeting->end_time = end;
    meeting->status = MEETING_ENDED;
    store_put_meeting(fixture->store, meeting, fixture_note, fixture);
    meeting_free(meeting);
}

static void take_id(void *data, struct meeting *take)
{
    string_list_add(data, take->id);
    meeting_free(take);
}

static void take_key(void *data, struct reservation *take)
{
    string_list_add(data, take->key);
    reservation_free(take);
}

static void what_was_over_is_read_of_each_reservations_last_meeting_only(void **state)
{
    static const char *const expected[] = {"room", "cellar", "2", "4", "5", "7"};
    struct fixture *fixture = *state;
    struct string_list loaded = {NULL, 0};
    struct meeting *live = meeting_new("5");

    fixture_open(fixture);
    store_put_reservation(fixture->store, &(struct reservation){.key = (char[]){"room"}}, NULL, NULL);
    store_put_reservation(fixture->store, &(struct reservation){.key = (char[]){"cellar"}}, NULL, NULL);
    put_ended(fixture, "1", "room", 100);
    put_ended(fixture, "2", "cellar", 200); /* its last */
    put_ended(fixture, "3", "cellar", 100);
    put_ended(fixture, "4", "room", 1000); /* lately */
    str_set(&live->reservation, "room");
    live->status = MEETING_IN_PROGRESS;
    live->start_time = 50;
    store_put_meeting(fixture->store, live, fixture_note, fixture);
    put_ended(fixture, "6", NULL, 100);
    put_ended(fixture, "7", "room", 1001);
    fixture_wait(fixture, 7);
    fixture_close(fixture);
    fixture_open(fixture);
    assert_int_equal(store_load(fixture->store, 1000, take_key, take_id, &loaded, NULL), 0);
    assert_int_equal(loaded.count, ELEMENTS(expected));
    for (size_t i = 0; i < ELEMENTS(expected); i++)
        assert_string_equal(loaded.items[i], expected[i]);
    assert_true(store_has_meeting(fixture->store, "1"));
    assert_false(store_has_meeting(fixture->store, "8"));
    assert_true(store_has_reservation(fixture->store, "room"));
    store_drop_reservation(fixture->store, "room", NULL, NULL);
    assert_false(store_has_reservation(fixture->store, "room"));
    string_list_fini(&loaded);
    meeting_free(live);
    fixture_close(fixture);
}

static void a_drop_leaves_nothing_behind(void **state)
{
    struct fixture *fixture = *state;
    struct reservation *reservation = make_reservation(1);

    fixture_open(fixture);
    assert_int_equal(fixture_put(fixture, reservation), 0);
    assert_true(fixture_query(fixture, "SELECT count(*) FROM check_lists") > 0);
    store_drop_reservation(fixture->store, reservation->key, fixture_note, fixture);
    fixture_wait(fixture, 2);
    assert_int_equal(fixture->result, 0);
    assert_int_equal(fixture_query(fixture, "SELECT (SELECT count(*) FROM reservations)"
                                            " + (SELECT count(*) FROM reservation_lists)"
                                            " + (SELECT count(*) FROM permission_checkers)"
                                            " + (SELECT count(*) FROM check_lists)"
                                            " + (SELECT count(*) FROM callees)"),
                     0);
    reservation_free(reservation);
}

/* What was there is gone from the file's bytes too, once the log is written back. */
static void a_replaced_password_is_not_left_in_the_file(void **state)
{
    static const char old[] = "hunter2-the-old-one", new[] = "a-new-one";
    struct fixture *fixture = *state;
    struct reservation *before = make_reservation(1), *after = reservation_new(before->key);
    struct stat status;
    FILE *file;
    char *bytes;

    fixture_open(fixture);
    str_set(&before->meeting_settings.password,
            old); /* in the middle of the row, which a shorter one frees */
    assert_int_equal(fixture_put(fixture, before), 0);
    fixture_close(fixture);
    fixture_open(fixture);
    str_set(&after->meeting_settings.password, new);
    assert_int_equal(fixture_put(fixture, after), 0);
    fixture_close(fixture);
    file = fopen(fixture->path, "re");
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &status), 0);
    bytes = xalloc((size_t)status.st_size);
    assert_int_equal(fread(bytes, 1, (size_t)status.st_size, file), status.st_size);
    assert_null(memmem(bytes, (size_t)status.st_size, old, strlen(old)));
    assert_non_null(memmem(bytes, (size_t)status.st_size, new, strlen(new)));
    fclose(file);
    free(bytes);
    reservation_free(before);
    reservation_free(after);
}

/* ---- answers */

struct order {
    struct fixture *fixture;
    unsigned expected;
    bool inside; /* a call that queues */
    unsigned again;
};

struct expected_answer {
    struct order *order;
    unsigned number;
};

static void check_order(void *data, int result, const struct error *error)
{
    const struct expected_answer *answer = data;

    assert_false(answer->order->inside);
    assert_int_equal(answer->number, answer->order->expected++);
    assert_int_equal(result, 0);
    assert_null(error);
}

static void answers_come_in_order_and_from_the_loop(void **state)
{
    struct fixture *fixture = *state;
    struct order order = {.fixture = fixture};
    struct expected_answer answers[400];

    fixture_open(fixture);
    for (unsigned i = 0; i < ELEMENTS(answers); i++) {
        struct reservation *reservation = reservation_new("key");
        struct meeting *meeting = meeting_new("id");

        answers[i] = (struct expected_answer){&order, i};
        order.inside = true;
        switch (i % 4) {
        case 0:
            store_put_reservation(fixture->store, reservation, check_order, &answers[i]);
            break;
        case 1:
            store_put_meeting(fixture->store, meeting, check_order, &answers[i]);
            break;
        case 2:
            store_drop_reservation(fixture->store, "key", check_order, &answers[i]);
            break;
        default:
            store_claim_sequences(fixture->store, i, check_order, &answers[i]);
        }
        order.inside = false;
        if (i % 7 == 0)
            uv_run(&fixture->loop, UV_RUN_NOWAIT);
        reservation_free(reservation);
        meeting_free(meeting);
    }
    while (order.expected < ELEMENTS(answers))
        fixture_turn(fixture);
    fixture_close(fixture);
    assert_int_equal(order.expected, ELEMENTS(answers));
}

static void put_once_more(void *data, int result, const struct error *error)
{
    struct order *order = data;
    struct reservation *reservation = reservation_new("key");

    assert_int_equal(result, 0);
    assert_null(error);
    assert_false(order->inside);
    order->inside = true;
    if (order->again-- > 0)
        store_put_reservation(order->fixture->store, reservation, put_once_more, order);
    order->inside = false;
    reservation_free(reservation);
}

static void an_answer_may_queue_more(void **state)
{
    struct fixture *fixture = *state;
    struct order order = {.fixture = fixture, .again = 10};

    fixture_open(fixture);
    put_once_more(&order, 0, NULL);
    while (order.again <= 10)
        fixture_turn(fixture);
}

static void count_any(void *data, int result, const struct error *error)
{
    unsigned *answers = data;

    assert_int_equal(error != NULL, result != 0);
    (*answers)++;
}

struct late {
    struct fixture *fixture;
    unsigned answers;
};

static void queue_late(void *data, int result, const struct error *error)
{
    struct late *late = data;
    struct reservation *reservation = reservation_new("late");

    (void)result;
    (void)error;
    store_put_reservation(late->fixture->store, reservation, count_any, &late->answers);
    reservation_free(reservation);
}

/* What is queued is carried out; what its answers queue is answered, one way or the other. */
static void a_close_carries_out_what_is_queued(void **state)
{
    struct fixture *fixture = *state;
    struct late late = {.fixture = fixture};
    struct loaded loaded;

    fixture_open(fixture);
    for (int i = 0; i < 100; i++) {
        CLEANUP_FREE char *key = xasprintf("%d", i);
        struct reservation *reservation = reservation_new(key);

        store_put_reservation(fixture->store, reservation, i % 10 == 0 ? queue_late : NULL, &late);
        reservation_free(reservation);
    }
    fixture_close(fixture);
    assert_int_equal(late.answers, 10);
    fixture_open(fixture);
    fixture_load(fixture, &loaded);
    assert_true(loaded.reservation_count == 100 || loaded.reservation_count == 101);
    loaded_fini(&loaded);
}

/* store_load() hands over records to code that writes. */
static void write_while_loading(void *data, struct reservation *take)
{
    struct fixture *fixture = data;

    take->state = RESERVATION_UNCERTAIN;
    store_put_reservation(fixture->store, take, fixture_note, fixture);
    reservation_free(take);
}

static void drop_meeting(void *data, struct meeting *take)
{
    (void)data;
    meeting_free(take);
}

static void a_load_may_write(void **state)
{
    struct fixture *fixture = *state;
    struct loaded loaded;

    fixture_open(fixture);
    for (unsigned i = 0; i < 300; i++) {
        struct reservation *reservation = make_reservation(i);

        store_put_reservation(fixture->store, reservation, NULL, NULL);
        reservation_free(reservation);
    }
    /* What was queued before is loaded too. */
    assert_int_equal(store_load(fixture->store, 0, write_while_loading, drop_meeting, fixture, NULL), 0);
    fixture_wait(fixture, 300);
    fixture_load(fixture, &loaded);
    assert_int_equal(loaded.reservation_count, 300);
    for (size_t i = 0; i < loaded.reservation_count; i++)
        assert_int_equal(loaded.reservations[i]->state, RESERVATION_UNCERTAIN);
    loaded_fini(&loaded);
}

/* ---- batches and figures */

static void figures_are_kept(void **state)
{
    struct fixture *fixture = *state;
    struct store_health before, after;
    struct loaded loaded;

    fixture_open(fixture);
    store_health(fixture->store, &before);
    assert_int_equal(before.written + before.commits + before.failed + before.waiting, 0);
    assert_false(before.failing);
    for (unsigned i = 0; i < 1000; i++) {
        struct reservation *reservation = make_reservation(i);

        store_put_reservation(fixture->store, reservation, fixture_note, fixture);
        reservation_free(reservation);
    }
    fixture_wait(fixture, 1000);
    assert_int_equal(fixture->result, 0);
    store_health(fixture->store, &after);
    assert_int_equal(after.written, 1000);
    assert_int_equal(after.waiting, 0);
    assert_int_equal(after.failed, 0);
    assert_true(after.commits >= 1);
    fixture_load(fixture, &loaded);
    assert_int_equal(loaded.reservation_count, 1000);
    for (unsigned i = 0; i < 1000; i++) {
        struct reservation *reservation = make_reservation(i);

        assert_same_reservation(loaded.reservations[i], reservation);
        reservation_free(reservation);
    }
    loaded_fini(&loaded);
}

static void sequences_are_never_used_twice(void **state)
{
    struct fixture *fixture = *state;
    static const uint64_t claims[] = {1001, 500, 2001, 0};
    static const uint64_t expected[] = {1001, 1001, 2001, 2001};

    fixture_open(fixture);
    assert_int_equal(store_next_sequence(fixture->store), 1);
    for (size_t i = 0; i < ELEMENTS(claims); i++) {
        store_claim_sequences(fixture->store, claims[i], fixture_note, fixture);
        fixture_wait(fixture, fixture->answers + 1);
        assert_int_equal(fixture->result, 0);
        fixture_close(fixture);
        fixture_open(fixture);
        assert_int_equal(store_next_sequence(fixture->store), expected[i]);
    }
}

static mode_t mode_of(const struct fixture *fixture, const char *ending)
{
    CLEANUP_FREE char *path = xasprintf("%s%s", fixture->path, ending);
    struct stat status;

    assert_int_equal(stat(path, &status), 0);
    return status.st_mode & 07777;
}

static void the_files_are_for_their_owner_alone(void **state)
{
    struct fixture *fixture = *state;
    struct reservation *reservation = reservation_new("key");
    mode_t mask = umask(0);

    fixture_open(fixture);
    assert_int_equal(fixture_put(fixture, reservation), 0);
    assert_int_equal(mode_of(fixture, ""), 0600);
    assert_int_equal(mode_of(fixture, "-wal"), 0600);
    assert_int_equal(mode_of(fixture, "-shm"), 0600);
    fixture_close(fixture);
    /* A database that was copied here with another mode. */
    assert_int_equal(chmod(fixture->path, 0644), 0);
    fixture_open(fixture);
    assert_int_equal(fixture_put(fixture, reservation), 0);
    assert_int_equal(mode_of(fixture, ""), 0600);
    assert_int_equal(mode_of(fixture, "-wal"), 0600);
    umask(mask);
    reservation_free(reservation);
}

/* Everything is in one file when the store is closed. */
static void a_close_writes_the_log_back(void **state)
{
    struct fixture *fixture = *state;
    struct reservation *reservation = reservation_new("key");
    CLEANUP_FREE char *log = xasprintf("%s-wal", fixture->path);

    fixture_open(fixture);
    assert_int_equal(fixture_put(fixture, reservation), 0);
    assert_int_equal(access(log, F_OK), 0);
    fixture_close(fixture);
    assert_int_equal(access(log, F_OK), -1);
    reservation_free(reservation);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(records_keep_their_order),
        TEST(what_was_over_is_read_of_each_reservations_last_meeting_only),
        TEST(a_drop_leaves_nothing_behind),
        TEST(a_replaced_password_is_not_left_in_the_file),
        TEST(answers_come_in_order_and_from_the_loop),
        TEST(an_answer_may_queue_more),
        TEST(a_close_carries_out_what_is_queued),
        TEST(a_load_may_write),
        TEST(figures_are_kept),
        TEST(sequences_are_never_used_twice),
        TEST(the_files_are_for_their_owner_alone),
        TEST(a_close_writes_the_log_back),
    };

    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
