/* store: what is put comes back, in order; answers come in order, from the loop; and what a batch is. */
#include "service/test-store-fixture.h"

#include <sys/stat.h>

#include "base/base.h"
#include "store/tables.h"

/* ---- every member comes back */

/* Puts, closes, opens and loads. */
static void assert_comes_back(struct fixture *fixture, const struct reservation *reservation)
{
    struct loaded loaded;

    fixture_open(fixture);
    assert_int_equal(fixture_put(fixture, reservation), 0);
    fixture_close(fixture);
    fixture_open(fixture);
    fixture_load(fixture, &loaded);
    assert_int_equal(loaded.reservation_count, 1);
    assert_same_reservation(loaded.reservations[0], reservation);
    loaded_fini(&loaded);
    fixture_close(fixture);
}

static void every_member_of_a_reservation_comes_back(void **state)
{
    /* All flags, states and booleans; each replaces the one before under one key. */
    for (unsigned seed = 0; seed < 2 * RESERVATION_STATES; seed++) {
        struct reservation *reservation = make_reservation(seed);

        str_set(&reservation->key, "key");
        assert_comes_back(*state, reservation);
        reservation_free(reservation);
    }
}

static void what_is_unknown_stays_unknown(void **state)
{
    struct reservation *full = make_reservation(1), *empty = reservation_new("key");

    /* Alone, and where it replaces what was known. */
    assert_comes_back(*state, empty);
    str_set(&full->key, "key");
    assert_comes_back(*state, full);
    assert_comes_back(*state, empty);
    reservation_free(full);
    reservation_free(empty);
}

/* For whoever asks in SQL. */
static void assert_all_null(const struct fixture *fixture, const char *table, const struct columns *columns)
{
    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = &columns->items[i];
        CLEANUP_FREE char *sql =
            xasprintf("SELECT count(*) FROM %s WHERE %s IS NOT NULL", table, column->name);
        bool may_be_unknown =
            column->type == COLUMN_TEXT || column->type == COLUMN_INTEGER || column->type == COLUMN_FLAG;

        /* The key; and a problem's numbers are 0 without one. */
        if (i > 0 && may_be_unknown && strncmp(column->name, "problem_", 8) != 0 &&
            fixture_query(fixture, sql) != 0)
            fail_msg("%s.%s is not NULL", table, column->name);
    }
}

static void what_is_unknown_is_null(void **state)
{
    struct fixture *fixture = *state;
    struct reservation *reservation = reservation_new("key");
    struct meeting *meeting = meeting_new("id");

    fixture_open(fixture);
    (void)meeting_add_participant(meeting);
    assert_int_equal(fixture_put(fixture, reservation), 0);
    assert_int_equal(fixture_put_meeting(fixture, meeting), 0);
    assert_all_null(fixture, "reservations", &reservation_columns);
    assert_all_null(fixture, "meetings", &meeting_columns);
    assert_int_equal(fixture_query(fixture, "SELECT count(*) FROM participants WHERE id IS NULL"), 1);
    assert_all_null(fixture, "participants", &participant_columns);
    reservation_free(reservation);
    meeting_free(meeting);
}

static void empty_is_not_unknown(void **state)
{
    struct reservation *reservation = reservation_new("key");
    struct meeting_settings *settings = &reservation->meeting_settings;

    for (size_t i = 0; i < reservation_columns.count; i++) {
        void *member = (char *)reservation + reservation_columns.items[i].offset;

        if (reservation_columns.items[i].type == COLUMN_TEXT)
            str_set(member, "");
        else if (reservation_columns.items[i].type == COLUMN_INTEGER)
            *(int64_t *)member = 0;
    }
    settings->action_permissions_set = true;
    settings->assign_host_list_set = true;
    settings->callee = xalloc(sizeof(*settings->callee));
    string_list_add(&reservation->meetings, "");
    assert_comes_back(*state, reservation);
    settings->callee->id = xstrdup("");
    settings->callee->nickname = xstrdup("");
    settings->callee->main_address = xstrdup("");
    (void)meeting_settings_add_checker(settings, PERMISSION_HOST, 0, 0);
    assert_comes_back(*state, reservation);
    reservation_free(reservation);
}

static void numbers_keep_all_digits(void **state)
{
    static const int64_t numbers[] = {INT64_MIN, -2, 1, INT64_C(9007199254740993), INT64_MAX};

    for (size_t i = 0; i < ELEMENTS(numbers); i++) {
        struct reservation *reservation = reservation_new("key");

        for (size_t j = 0; j < reservation_columns.count; j++) {
            if (reservation_columns.items[j].type == COLUMN_INTEGER)
                *(int64_t *)(void *)((char *)reservation + reservation_columns.items[j].offset) = numbers[i];
        }
        reservation->attempts = numbers[i] < 0 ? INT32_MIN : INT32_MAX;
        assert_comes_back(*state, reservation);
        reservation_free(reservation);
    }
}

static void passwords_of_settings_have_three_states(void **state)
{
    static const char *const passwords[] = {NULL, "", "0000", "971024"};

    for (size_t i = 0; i < ELEMENTS(passwords); i++) {
        struct reservation *reservation = reservation_new("key");

        str_set(&reservation->meeting_settings.password, passwords[i]);
        assert_comes_back(*state, reservation);
        reservation_free(reservation);
    }
}

static void assert_meeting_comes_back(struct fixture *fixture, const struct meeting *meeting)
{
    struct loaded loaded;

    fixture_open(fixture);
    assert_int_equal(fixture_put_meeting(fixture, meeting), 0);
    fixture_close(fixture);
    fixture_open(fixture);
    fixture_load(fixture, &loaded);
    assert_int_equal(loaded.meeting_count, 1);
    assert_same_meeting(loaded.meetings[0], meeting);
    loaded_fini(&loaded);
    fixture_close(fixture);
}

static void every_member_of_a_meeting_comes_back(void **state)
{
    struct meeting *empty = meeting_new("id");

    for (unsigned seed = 0; seed < 6; seed++) {
        struct meeting *meeting = make_meeting(seed);

        str_set(&meeting->id, "id");
        assert_meeting_comes_back(*state, meeting);
        meeting_free(meeting);
    }
    /* Replaces what was known. */
    assert_meeting_comes_back(*state, empty);
    (void)meeting_add_participant(empty);
    empty->participants_known = true;
    assert_meeting_comes_back(*state, empty);
    str_set(&empty->password, "");
    str_set(&empty->participants[0].id, "");
    empty->in_meeting = 0;
    assert_meeting_comes_back(*state, empty);
    meeting_free(empty);
}

/* Marks the words that the columns fill. */
static void mark(bool *words, const struct columns *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        words[columns->items[i].offset / sizeof(uint64_t)] = true;
}

static void mark_member(bool *words, size_t offset, size_t size)
{
    for (size_t at = offset; at < offset + size; at += sizeof(uint64_t))
        words[at / sizeof(uint64_t)] = true;
}

#define MARK(words, structure, member)                                                                       \
    mark_member(words, offsetof(structure, member), sizeof(((structure *)0)->member))

static void assert_all_marked(const bool *words, size_t size, const char *name)
{
    for (size_t i = 0; i < size / sizeof(uint64_t); i++) {
        if (!words[i])
            fail_msg("the member at offset %zu of struct %s is not stored", i * sizeof(uint64_t), name);
    }
}

/* The round trips above can only compare what they know of; this one notices a new member. */
static void no_member_is_forgotten(void **state)
{
    bool reservation[sizeof(struct reservation) / sizeof(uint64_t)] = {false};
    bool meeting[sizeof(struct meeting) / sizeof(uint64_t)] = {false};
    bool participant[sizeof(struct participant) / sizeof(uint64_t)] = {false};
    bool callee[sizeof(struct callee) / sizeof(uint64_t)] = {false};
    bool checker[sizeof(struct permission_checker) / sizeof(uint64_t)] = {false};

    (void)state;
    mark(reservation, &reservation_columns);
    for (size_t i = 0; i < RESERVATION_LISTS; i++)
        mark_member(reservation, reservation_lists[i].offset, sizeof(struct string_list));
    MARK(reservation, struct reservation, meeting_settings.action_permissions);
    MARK(reservation, struct reservation, meeting_settings.action_permission_count);
    MARK(reservation, struct reservation, meeting_settings.callee);
    assert_all_marked(reservation, sizeof(struct reservation), "reservation");
    mark(meeting, &meeting_columns);
    MARK(meeting, struct meeting, participants);
    MARK(meeting, struct meeting, participants_count);
    assert_all_marked(meeting, sizeof(struct meeting), "meeting");
    mark(participant, &participant_columns);
    assert_all_marked(participant, sizeof(struct participant), "participant");
    mark(callee, &callee_columns);
    assert_all_marked(callee, sizeof(struct callee), "callee");
    mark(checker, &checker_columns);
    MARK(checker, struct permission_checker, check_list);
    assert_all_marked(checker, sizeof(struct permission_checker), "permission_checker");
}

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
    struct fixture *fixture = *state;
    struct reservation *reservation = reservation_new("key");
    struct stat status;
    FILE *file;
    char *bytes;

    fixture_open(fixture);
    str_set(&reservation->password, "hunter2-the-old-one");
    assert_int_equal(fixture_put(fixture, reservation), 0);
    fixture_close(fixture);
    fixture_open(fixture);
    str_set(&reservation->password, "a-new-one");
    assert_int_equal(fixture_put(fixture, reservation), 0);
    fixture_close(fixture);
    file = fopen(fixture->path, "re");
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &status), 0);
    bytes = xalloc((size_t)status.st_size);
    assert_int_equal(fread(bytes, 1, (size_t)status.st_size, file), status.st_size);
    assert_null(memmem(bytes, (size_t)status.st_size, "hunter2-the-old-one", 19));
    assert_non_null(memmem(bytes, (size_t)status.st_size, "a-new-one", 9));
    fclose(file);
    free(bytes);
    reservation_free(reservation);
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
    assert_int_equal(store_load(fixture->store, write_while_loading, drop_meeting, fixture, NULL), 0);
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
        TEST(every_member_of_a_reservation_comes_back),
        TEST(what_is_unknown_stays_unknown),
        TEST(what_is_unknown_is_null),
        TEST(empty_is_not_unknown),
        TEST(numbers_keep_all_digits),
        TEST(passwords_of_settings_have_three_states),
        TEST(every_member_of_a_meeting_comes_back),
        TEST(no_member_is_forgotten),
        TEST(records_keep_their_order),
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
