/* store: every member of a record comes back as it was. */
#include "service/test-store-fixture.h"

#include "base/base.h"
#include "store/tables.h"

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
    attendee_add_stay(attendance_add(&meeting->attendance))->joined = 1;
    assert_int_equal(fixture_put(fixture, reservation), 0);
    assert_int_equal(fixture_put_meeting(fixture, meeting), 0);
    assert_all_null(fixture, "reservations", &reservation_columns);
    assert_all_null(fixture, "meetings", &meeting_columns);
    assert_int_equal(fixture_query(fixture, "SELECT count(*) FROM participants WHERE id IS NULL"), 1);
    assert_all_null(fixture, "participants", &participant_columns);
    assert_int_equal(fixture_query(fixture, "SELECT count(*) FROM attendees WHERE id IS NULL"), 1);
    assert_int_equal(fixture_query(fixture, "SELECT devices FROM attendees"), 0);
    assert_int_equal(fixture_query(fixture, "SELECT \"left\" IS NULL FROM stays"), 1);
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
    bool attendee[sizeof(struct attendee) / sizeof(uint64_t)] = {false};
    bool stay[sizeof(struct stay) / sizeof(uint64_t)] = {false};
    bool stretch[sizeof(struct role_stretch) / sizeof(uint64_t)] = {false};
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
    MARK(meeting, struct meeting, participants_room);
    MARK(meeting, struct meeting, attendance.attendees);
    MARK(meeting, struct meeting, attendance.count);
    assert_all_marked(meeting, sizeof(struct meeting), "meeting");
    mark(attendee, &attendee_columns);
    MARK(attendee, struct attendee, stays);
    MARK(attendee, struct attendee, stay_count);
    MARK(attendee, struct attendee, roles);
    MARK(attendee, struct attendee, role_count);
    assert_all_marked(attendee, sizeof(struct attendee), "attendee");
    mark(stay, &stay_columns);
    assert_all_marked(stay, sizeof(struct stay), "stay");
    mark(stretch, &role_columns);
    assert_all_marked(stretch, sizeof(struct role_stretch), "role_stretch");
    mark(participant, &participant_columns);
    assert_all_marked(participant, sizeof(struct participant), "participant");
    mark(callee, &callee_columns);
    assert_all_marked(callee, sizeof(struct callee), "callee");
    mark(checker, &checker_columns);
    MARK(checker, struct permission_checker, check_list);
    assert_all_marked(checker, sizeof(struct permission_checker), "permission_checker");
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
    };

    return cmocka_run_group_tests_name("store: records", tests, NULL, NULL);
}
