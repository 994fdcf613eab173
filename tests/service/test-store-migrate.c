/* store: a database of an earlier version becomes one of this version, with all that is in it. */
#include "service/test-store-fixture.h"

#include "base/base.h"
#include "store/schema.h"

/* What the third version made, word for word. */
static const char third_version[] =
    "CREATE TABLE reservations ( place INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT,"
    " occurrence TEXT, app TEXT, adopted INTEGER NOT NULL, owner_id TEXT, start_time INTEGER,"
    " end_time INTEGER, meeting_settings_topic TEXT, meeting_settings_action_permissions_set"
    " INTEGER NOT NULL, meeting_settings_meeting_initial_type INTEGER NOT NULL,"
    " meeting_settings_meeting_connect INTEGER, meeting_settings_auto_record INTEGER,"
    " meeting_settings_assign_host_list_set INTEGER NOT NULL, meeting_settings_password TEXT,"
    " state TEXT NOT NULL, problem_code INTEGER, problem_message TEXT, problem_log_id TEXT,"
    " problem_at INTEGER, problem_retry_at INTEGER, attempted_at INTEGER, attempts INTEGER NOT"
    " NULL, repeated INTEGER NOT NULL, reserve_id TEXT, meeting_no TEXT, url TEXT, app_link TEXT,"
    " live_link TEXT, password TEXT, expire_time INTEGER, reserve_user_id TEXT, expire_status"
    " INTEGER, observed_at INTEGER, uid TEXT, date TEXT, standing INTEGER NOT NULL DEFAULT 0,"
    " passed INTEGER NOT NULL DEFAULT 0, kept INTEGER NOT NULL DEFAULT 0, unwanted INTEGER NOT"
    " NULL DEFAULT 0, applied TEXT, applied_expiry INTEGER, unverified INTEGER NOT NULL DEFAULT"
    " 0, ended_by INTEGER NOT NULL DEFAULT 0, left_over INTEGER NOT NULL DEFAULT 0, revision"
    " INTEGER NOT NULL DEFAULT 0, replaces INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE TABLE reservation_lists ( reservation INTEGER NOT NULL REFERENCES reservations"
    " (place) ON DELETE CASCADE, list TEXT NOT NULL, position INTEGER NOT NULL, item TEXT NOT"
    " NULL, PRIMARY KEY (reservation, list, position)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE permission_checkers ( reservation INTEGER NOT NULL REFERENCES reservations"
    " (place) ON DELETE CASCADE, position INTEGER NOT NULL, permission INTEGER NOT NULL,"
    " check_field INTEGER NOT NULL, check_mode INTEGER NOT NULL, PRIMARY KEY (reservation,"
    " position)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE check_lists ( reservation INTEGER NOT NULL, checker INTEGER NOT NULL, position"
    " INTEGER NOT NULL, item TEXT NOT NULL, PRIMARY KEY (reservation, checker, position), FOREIGN"
    " KEY (reservation, checker) REFERENCES permission_checkers (reservation, position)  ON"
    " DELETE CASCADE) STRICT, WITHOUT ROWID;"
    "CREATE TABLE callees ( reservation INTEGER PRIMARY KEY REFERENCES reservations (place) ON"
    " DELETE CASCADE, id TEXT, user_type INTEGER NOT NULL, nickname TEXT, main_address TEXT)"
    " STRICT;"
    "CREATE TABLE meetings ( place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, app TEXT,"
    " reservation TEXT, reserve_id TEXT, name TEXT, occurrence TEXT, topic TEXT, url TEXT,"
    " meeting_no TEXT, password TEXT, create_time INTEGER, start_time INTEGER, end_time INTEGER,"
    " host_user_id TEXT, host_user_type INTEGER, meeting_connect INTEGER, status INTEGER,"
    " participant_count INTEGER, participant_count_accumulated INTEGER, participants_known"
    " INTEGER NOT NULL, use_video INTEGER, use_audio INTEGER, use_share_screen INTEGER,"
    " use_follow_screen INTEGER, use_recording INTEGER, use_pstn INTEGER, in_meeting INTEGER,"
    " peak INTEGER, observed_at INTEGER) STRICT;"
    "CREATE TABLE participants ( meeting INTEGER NOT NULL REFERENCES meetings (place) ON DELETE"
    " CASCADE, position INTEGER NOT NULL, id TEXT, user_type INTEGER, first_join_time INTEGER,"
    " final_leave_time INTEGER, in_meeting_duration INTEGER, is_host INTEGER, is_cohost INTEGER,"
    " is_external INTEGER, status INTEGER, PRIMARY KEY (meeting, position)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE sequences ( one INTEGER PRIMARY KEY CHECK (one = 1), below INTEGER NOT NULL)"
    " STRICT;"
    "CREATE INDEX reservations_by_time ON reservations (end_time);"
    "CREATE TABLE histories ( reservation TEXT PRIMARY KEY REFERENCES reservations (key) ON"
    " DELETE CASCADE ON UPDATE CASCADE, complete_until INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE call_claims ( app_id TEXT NOT NULL, month INTEGER NOT NULL, claimed INTEGER NOT"
    " NULL, PRIMARY KEY (app_id, month)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE call_counts ( app_id TEXT NOT NULL, month INTEGER NOT NULL, reservation TEXT"
    " NOT NULL, api TEXT NOT NULL, name TEXT, calls INTEGER NOT NULL, PRIMARY KEY (app_id, month,"
    " reservation, api)) STRICT, WITHOUT ROWID;";

static const char contents[] =
    "INSERT INTO sequences VALUES (1, 4711);"
    "INSERT INTO reservations (place, key, uid, name, occurrence, app, adopted, start_time, end_time,"
    " meeting_settings_topic, meeting_settings_action_permissions_set,"
    " meeting_settings_meeting_initial_type, meeting_settings_assign_host_list_set,"
    " meeting_settings_password, state, attempts, repeated, reserve_id, meeting_no, password, expire_time,"
    " observed_at, date, revision) VALUES"
    " (7, '站会@20261123T013000Z', 'uid', '站会', '站会@20261123T013000Z', 'default', 0, 1795397400, "
    "1795399200,"
    " '每日站会', 1, 1, 1, '971024', 'ended', 0, 0, '6911188411932033028', '112000358', '971024', 1795402800,"
    " 1795399300123, '2026-11-23', 3),"
    " (8, '@hand', NULL, NULL, NULL, 'default', 0, NULL, NULL, NULL, 0, 0, 0, NULL, 'uncertain', 0, 1, NULL,"
    " NULL, NULL, NULL, NULL, NULL, 0);"
    "INSERT INTO reservation_lists VALUES (7, 'assign_host_list', 0, 'ou_a'), (7, 'meetings', 0, '7001'),"
    " (7, 'meetings', 1, '7002');"
    "INSERT INTO permission_checkers VALUES (7, 0, 1, 1, 1);"
    "INSERT INTO check_lists VALUES (7, 0, 0, 'ou_a'), (7, 0, 1, 'ou_b');"
    "INSERT INTO callees VALUES (8, NULL, 6, 'dodo', '+86-02187654321');"
    "INSERT INTO meetings (place, id, app, reservation, reserve_id, name, occurrence, topic, create_time,"
    " start_time, end_time, status, participants_known, peak, observed_at) VALUES"
    " (1, '7001', 'default', '站会@20261123T013000Z', '6911188411932033028', '站会', '站会@20261123T013000Z',"
    " '每日站会', 1795397300, 1795397400, 1795398000, 3, 1, 2, 1795398010000),"
    " (2, '7002', 'default', '站会@20261123T013000Z', '6911188411932033028', '站会', '站会@20261123T013000Z',"
    " '每日站会', 1795398500, NULL, NULL, 3, 0, NULL, 1795398600000);"
    "INSERT INTO participants VALUES (1, 0, 'ou_a', 1, 1795397400, 1795398000, 600, 1, 0, 0, 4),"
    " (1, 1, NULL, 6, 1795397500, NULL, NULL, NULL, NULL, 1, NULL);"
    "INSERT INTO histories VALUES ('站会@20261123T013000Z', 1795399999);"
    "INSERT INTO call_claims VALUES ('cli_a', 202611, 500);"
    "INSERT INTO call_counts VALUES ('cli_a', 202611, '站会@20261123T013000Z', 'apply', '站会', 3);";

static void make_third_version(const struct fixture *fixture)
{
    CLEANUP_FREE char *sql = xasprintf("PRAGMA journal_mode = WAL; PRAGMA application_id = %d;"
                                       "PRAGMA user_version = 3; %s %s",
                                       SCHEMA_APPLICATION_ID, third_version, contents);

    fixture_execute(fixture, sql);
}

static void expect_records(struct fixture *fixture)
{
    const struct reservation *reservation;
    const struct meeting *meeting;
    struct tally *const *tallies;
    struct loaded loaded;

    fixture_load(fixture, &loaded);
    assert_int_equal(loaded.reservation_count, 2);
    assert_int_equal(loaded.meeting_count, 2);
    reservation = loaded.reservations[0];
    assert_string_equal(reservation->key, "站会@20261123T013000Z");
    assert_string_equal(reservation->meeting_settings.topic, "每日站会");
    assert_string_equal(reservation->meeting_settings.password, "971024");
    assert_string_equal(reservation->meeting_settings.assign_host_list.items[0], "ou_a");
    assert_int_equal(reservation->meeting_settings.action_permissions[0].checkers[0].check_list.count, 2);
    assert_int_equal(reservation->state, RESERVATION_ENDED);
    assert_int_equal(reservation->observed_at, INT64_C(1795399300123));
    assert_int_equal(reservation->meetings.count, 2);
    assert_int_equal(reservation->revision, 3);
    assert_int_equal(loaded.reservations[1]->state, RESERVATION_UNCERTAIN);
    assert_true(loaded.reservations[1]->repeated);
    assert_string_equal(loaded.reservations[1]->meeting_settings.callee->main_address, "+86-02187654321");
    meeting = loaded.meetings[0];
    assert_int_equal(meeting->participants_count, 2);
    assert_null(meeting->participants[1].id);
    assert_int_equal(meeting->participants[0].in_meeting_duration, 600);
    assert_int_equal(meeting->peak, 2);
    /* Nobody had kept a ledger. */
    assert_int_equal(meeting->attendance.count, 0);
    assert_int_equal(meeting->attendance.looked_at, UNKNOWN);
    assert_int_equal(loaded.meetings[1]->start_time, UNKNOWN);
    loaded_fini(&loaded);
    assert_int_equal(store_next_sequence(fixture->store), 4711);
    assert_int_equal(store_history(fixture->store, "站会@20261123T013000Z"), 1795399999);
    assert_int_equal(store_tallies(fixture->store, &tallies), 1);
    assert_int_equal(tallies[0]->claimed, 500);
}

struct asked {
    bool done;
    size_t count;
};

static void note_answer(void *data, int result, const struct error *error, struct past_answer *answer)
{
    struct asked *asked = data;

    assert_int_equal(result, 0);
    assert_null(error);
    asked->done = true;
    asked->count = answer->count;
}

static size_t ask(struct fixture *fixture, enum past_kind kind, const char *name)
{
    struct past_question question = {
        .kind = kind, .text = name, .with = MEETING_WHOLE, .since = UNKNOWN, .until = UNKNOWN, .most = 100};
    struct asked asked = {false, 0};

    store_ask(fixture->store, &question, note_answer, &asked);
    test_run_until(&fixture->loop, &asked.done);
    return asked.count;
}

static void everything_is_there(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_FREE char *version =
        xasprintf("SELECT user_version = %d FROM pragma_user_version", SCHEMA_VERSION);

    make_third_version(fixture);
    for (int run = 0; run < 2; run++) {
        fixture_open(fixture);
        assert_int_equal(fixture_query(fixture, version), 1);
        expect_records(fixture);
        assert_int_equal(ask(fixture, PAST_RESERVATIONS, NULL), 2);
        assert_int_equal(ask(fixture, PAST_MEETINGS, NULL), 2);
        assert_int_equal(ask(fixture, PAST_MEETINGS, "站会"), 2);
        assert_int_equal(ask(fixture, PAST_RESERVATION_OF_RESERVE_ID, "6911188411932033028"), 1);
        assert_int_equal(ask(fixture, PAST_MEETING_OF_RESERVE_ID, "6911188411932033028"), 1);
        fixture_close(fixture);
    }
    assert_int_equal(fixture_query(fixture, "SELECT count(*) FROM call_counts"), 1);
    assert_int_equal(fixture_query(fixture, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_int_equal(fixture_query(fixture, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
}

/* Else the same question could be fast in one store and slow in another. */
static void the_tables_are_those_of_a_new_one(void **state)
{
    struct fixture *fixture = *state;
    char *good = fixture->path;
    CLEANUP_FREE char *fresh = xasprintf("%s/fresh.db", fixture->directory);
    CLEANUP_FREE char *compare = xasprintf(
        "ATTACH '%s' AS fresh;"
        "CREATE TEMP TABLE difference AS SELECT name, sql FROM"
        " (SELECT name, sql FROM main.sqlite_schema EXCEPT SELECT name, sql FROM fresh.sqlite_schema)"
        " UNION ALL SELECT name, sql FROM"
        " (SELECT name, sql FROM fresh.sqlite_schema EXCEPT SELECT name, sql FROM main.sqlite_schema);"
        "CREATE TEMP TABLE none (name CHECK (name IS NULL));"
        "INSERT INTO none SELECT name FROM difference",
        fresh);

    make_third_version(fixture);
    fixture_open(fixture);
    fixture_close(fixture);
    fixture->path = fresh;
    fixture_open(fixture);
    fixture_close(fixture);
    fixture->path = good;
    fixture_execute(fixture, compare);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(everything_is_there),
        TEST(the_tables_are_those_of_a_new_one),
    };

    return cmocka_run_group_tests_name("store: migration", tests, NULL, NULL);
}
