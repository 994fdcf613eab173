#include "service/test-store-fixture.h"

#include <dirent.h>

#include <sqlite3.h>

#include "base/base.h"

int fixture_set_up(void **state)
{
    struct fixture *fixture = xalloc(sizeof(*fixture));

    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    fixture->directory = test_make_directory();
    fixture->path = xasprintf("%s/meetingd.db", fixture->directory);
    *state = fixture;
    return 0;
}

static void remove_directory(const char *path)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;

    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.')
            assert_int_equal(unlinkat(dirfd(directory), entry->d_name, 0), 0);
    }
    closedir(directory);
    assert_int_equal(rmdir(path), 0);
}

int fixture_tear_down(void **state)
{
    struct fixture *fixture = *state;

    if (fixture->store != NULL)
        fixture_close(fixture);
    test_loop_end(&fixture->loop);
    remove_directory(fixture->directory);
    free(fixture->directory);
    free(fixture->path);
    free(fixture);
    return 0;
}

void fixture_open(struct fixture *fixture)
{
    struct error error;

    fixture->turned_after = 0;
    if (store_open(&fixture->store, &fixture->loop, fixture->path, &error) < 0)
        fail_msg("the store does not open: %s", error.text);
}

void fixture_expect_refusal(struct fixture *fixture, int result, const char *text)
{
    struct store *store = NULL;
    struct error error = {0};

    assert_int_equal(store_open(&store, &fixture->loop, fixture->path, &error), result);
    assert_int_equal(error.code, result);
    assert_null(store);
    if (strstr(error.text, text) == NULL || strstr(error.text, fixture->path) == NULL)
        fail_msg("the text says neither \"%s\" nor which file: %s", text, error.text);
}

static void note_closed(void *data)
{
    *(bool *)data = true;
}

void fixture_close(struct fixture *fixture)
{
    bool closed = false;

    store_close(fixture->store, note_closed, &closed);
    assert_false(closed);
    test_run_until(&fixture->loop, &closed);
    fixture->store = NULL;
}

void fixture_note(void *data, int result, const struct error *error)
{
    struct fixture *fixture = data;

    fixture->answers++;
    fixture->result = result;
    assert_int_equal(error != NULL, result != 0);
    if (error != NULL) {
        fixture->error = *error;
        assert_int_equal(error->code, result);
    }
}

void fixture_turn(struct fixture *fixture)
{
    struct store_health health;

    store_health(fixture->store, &health);
    if (health.waiting > 0) {
        uv_run(&fixture->loop, UV_RUN_ONCE);
        return;
    }
    /* All that was queued has been carried out: its answers come at the loop's next turn, or never. */
    if (fixture->turned_after == health.written + health.failed)
        fail_msg("an answer has not come");
    fixture->turned_after = health.written + health.failed;
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

void fixture_wait(struct fixture *fixture, unsigned answers)
{
    while (fixture->answers < answers)
        fixture_turn(fixture);
    assert_int_equal(fixture->answers, answers);
}

int fixture_put(struct fixture *fixture, const struct reservation *reservation)
{
    store_put_reservation(fixture->store, reservation, fixture_note, fixture);
    fixture_wait(fixture, fixture->answers + 1);
    return fixture->result;
}

int fixture_put_meeting(struct fixture *fixture, const struct meeting *meeting)
{
    store_put_meeting(fixture->store, meeting, fixture_note, fixture);
    fixture_wait(fixture, fixture->answers + 1);
    return fixture->result;
}

static void take_reservation(void *data, struct reservation *take)
{
    struct loaded *loaded = data;

    assert_int_equal(loaded->meeting_count, 0);
    loaded->reservations = xrealloc(loaded->reservations, loaded->reservation_count + 1, sizeof(take));
    loaded->reservations[loaded->reservation_count++] = take;
}

static void take_meeting(void *data, struct meeting *take)
{
    struct loaded *loaded = data;

    loaded->meetings = xrealloc(loaded->meetings, loaded->meeting_count + 1, sizeof(take));
    loaded->meetings[loaded->meeting_count++] = take;
}

void fixture_load(struct fixture *fixture, struct loaded *ret)
{
    struct error error;

    *ret = (struct loaded){0};
    if (store_load(fixture->store, 0, take_reservation, take_meeting, ret, &error) < 0)
        fail_msg("the store does not load: %s", error.text);
}

void loaded_fini(struct loaded *loaded)
{
    for (size_t i = 0; i < loaded->reservation_count; i++)
        reservation_free(loaded->reservations[i]);
    for (size_t i = 0; i < loaded->meeting_count; i++)
        meeting_free(loaded->meetings[i]);
    free(loaded->reservations);
    free(loaded->meetings);
    *loaded = (struct loaded){0};
}

void fixture_execute(const struct fixture *fixture, const char *sql)
{
    sqlite3 *handle;
    char *message = NULL;

    assert_int_equal(sqlite3_open(fixture->path, &handle), SQLITE_OK);
    if (sqlite3_exec(handle, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

int64_t fixture_query(const struct fixture *fixture, const char *sql)
{
    sqlite3 *handle;
    sqlite3_stmt *statement;
    int64_t value;

    assert_int_equal(sqlite3_open(fixture->path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
    return value;
}

/* ---- records */

/* Hands out values that are all different. */
struct values {
    unsigned seed;
    unsigned next;
};

static char *text(struct values *values)
{
    return xasprintf("文 %u/%u \"'%%\n", values->seed, values->next++);
}

static int64_t number(struct values *values)
{
    return INT64_C(7072374382340243459) + (int64_t)values->seed * 1000 + values->next++;
}

static int small(struct values *values)
{
    return (int)(values->seed * 1000 + values->next++);
}

static enum flag flag(struct values *values)
{
    return (enum flag)((values->seed + values->next++) % 3);
}

static void list(struct values *values, struct string_list *ret, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP_FREE char *item = text(values);

        string_list_add(ret, item);
    }
}

static void make_settings(struct values *values, struct meeting_settings *settings)
{
    /* Two of one permission around one of another: they are grouped, in the order of their first. */
    static const int permissions[] = {PERMISSION_JOIN, PERMISSION_HOST, PERMISSION_JOIN, PERMISSION_INVITE};

    settings->topic = text(values);
    for (size_t i = 0; i < ELEMENTS(permissions); i++)
        list(
            values,
            &meeting_settings_add_checker(settings, permissions[i], small(values), small(values))->check_list,
            i);
    settings->meeting_initial_type = MEETING_INITIAL_TYPE_CALL;
    settings->meeting_connect = flag(values);
    settings->auto_record = flag(values);
    settings->assign_host_list_set = true;
    list(values, &settings->assign_host_list, 3);
    settings->password = text(values);
    settings->callee = xalloc(sizeof(*settings->callee));
    settings->callee->id = text(values);
    settings->callee->user_type = USER_TYPE_PSTN;
    settings->callee->nickname = text(values);
    settings->callee->main_address = text(values);
}

struct reservation *make_reservation(unsigned seed)
{
    struct values values = {.seed = seed};
    CLEANUP_FREE char *key = xasprintf("预定 %u@20261123T013000Z", seed);
    struct reservation *reservation = reservation_new(key);

    reservation->name = text(&values);
    reservation->occurrence = text(&values);
    reservation->app = text(&values);
    reservation->adopted = seed % 2 == 0;
    reservation->owner_id = text(&values);
    reservation->start_time = number(&values);
    reservation->end_time = number(&values);
    make_settings(&values, &reservation->meeting_settings);
    reservation->state = (enum reservation_state)(seed % RESERVATION_STATES);
    reservation->problem.code = number(&values);
    reservation->problem.message = text(&values);
    reservation->problem.log_id = text(&values);
    reservation->problem.at = number(&values);
    reservation->problem.retry_at = number(&values);
    reservation->attempted_at = number(&values);
    reservation->attempts = small(&values);
    reservation->repeated = seed % 2 != 0;
    reservation->reserve_id = text(&values);
    reservation->meeting_no = text(&values);
    reservation->url = text(&values);
    reservation->app_link = text(&values);
    reservation->live_link = text(&values);
    reservation->password = text(&values);
    reservation->expire_time = number(&values);
    reservation->reserve_user_id = text(&values);
    reservation->expire_status = number(&values);
    list(&values, &reservation->invalid_host_id_list, 2);
    list(&values, &reservation->meetings, 12); /* more than 9: by number, not by text */
    reservation->observed_at = number(&values);
    return reservation;
}

static void make_participant(struct values *values, struct participant *participant)
{
    participant->id = text(values);
    participant->user_type = number(values);
    participant->first_join_time = number(values);
    participant->final_leave_time = number(values);
    participant->in_meeting_duration = number(values);
    participant->is_host = flag(values);
    participant->is_cohost = flag(values);
    participant->is_external = flag(values);
    participant->status = number(values);
}

static void make_attendee(struct values *values, struct attendee *attendee)
{
    attendee->id = text(values);
    attendee->user_type = number(values);
    attendee->is_host = flag(values);
    attendee->is_cohost = flag(values);
    attendee->is_external = flag(values);
    attendee->first_join_time = number(values);
    attendee->final_leave_time = number(values);
    attendee->in_meeting_duration = number(values);
    attendee->devices = number(values);
    attendee->observed_at = number(values);
    for (int i = 0; i < 12; i++) {
        struct stay *stay = attendee_add_stay(attendee);
        struct role_stretch *stretch = attendee_add_role(attendee, i % 2 == 0 ? ROLE_HOST : ROLE_COHOST);

        stay->joined_after = number(values);
        stay->joined = number(values);
        stay->left = number(values);
        stay->left_before = number(values);
        stretch->since = number(values);
        stretch->until = number(values);
    }
}

static void make_attendance(struct values *values, struct attendance *attendance)
{
    attendance->looked_at = number(values);
    attendance->peak_at = number(values);
    attendance->seen.use_video = number(values);
    attendance->seen.use_audio = number(values);
    attendance->seen.use_share_screen = number(values);
    attendance->seen.use_follow_screen = number(values);
    attendance->seen.use_recording = number(values);
    attendance->seen.use_pstn = number(values);
    attendance->durations_run = flag(values);
    for (int i = 0; i < 12; i++)
        make_attendee(values, attendance_add(attendance));
}

struct meeting *make_meeting(unsigned seed)
{
    struct values values = {.seed = seed};
    CLEANUP_FREE char *id = xasprintf("70723743823402434%u", seed);
    struct meeting *meeting = meeting_new(id);

    meeting->app = text(&values);
    meeting->reservation = text(&values);
    meeting->reserve_id = text(&values);
    meeting->name = text(&values);
    meeting->occurrence = text(&values);
    meeting->topic = text(&values);
    meeting->url = text(&values);
    meeting->meeting_no = text(&values);
    meeting->password = text(&values);
    meeting->create_time = number(&values);
    meeting->start_time = number(&values);
    meeting->end_time = number(&values);
    meeting->host_user_id = text(&values);
    meeting->host_user_type = number(&values);
    meeting->meeting_connect = flag(&values);
    meeting->status = number(&values);
    meeting->participant_count = number(&values);
    meeting->participant_count_accumulated = number(&values);
    meeting->participants_known = seed % 2 == 0;
    for (int i = 0; i < 12; i++)
        make_participant(&values, meeting_add_participant(meeting));
    meeting->ability.use_video = flag(&values);
    meeting->ability.use_audio = flag(&values);
    meeting->ability.use_share_screen = flag(&values);
    meeting->ability.use_follow_screen = flag(&values);
    meeting->ability.use_recording = flag(&values);
    meeting->ability.use_pstn = flag(&values);
    meeting->in_meeting = number(&values);
    meeting->peak = number(&values);
    meeting->observed_at = number(&values);
    make_attendance(&values, &meeting->attendance);
    return meeting;
}

#define ASSERT_SAME_TEXT(member)                                                                             \
    do {                                                                                                     \
        if (!str_equal(a->member, b->member))                                                                \
            fail_msg("%s: %s%s, %s%s", #member, a->member != NULL ? "=" : "",                                \
                     a->member ? a->member : "NULL", b->member != NULL ? "=" : "",                           \
                     b->member ? b->member : "NULL");                                                        \
    } while (0)

#define ASSERT_SAME(member)                                                                                  \
    do {                                                                                                     \
        if (a->member != b->member)                                                                          \
            fail_msg("%s: %lld, %lld", #member, (long long)a->member, (long long)b->member);                 \
    } while (0)

#define ASSERT_SAME_LIST(member)                                                                             \
    do {                                                                                                     \
        if (!string_list_equal(&a->member, &b->member))                                                      \
            fail_msg("%s differs: %zu, %zu items", #member, a->member.count, b->member.count);               \
    } while (0)

void assert_same_reservation(const struct reservation *a, const struct reservation *b)
{
    ASSERT_SAME_TEXT(key);
    ASSERT_SAME_TEXT(name);
    ASSERT_SAME_TEXT(occurrence);
    ASSERT_SAME_TEXT(app);
    ASSERT_SAME(adopted);
    ASSERT_SAME_TEXT(owner_id);
    ASSERT_SAME(start_time);
    ASSERT_SAME(end_time);
    assert_true(meeting_settings_equal(&a->meeting_settings, &b->meeting_settings));
    ASSERT_SAME(state);
    ASSERT_SAME(problem.code);
    ASSERT_SAME_TEXT(problem.message);
    ASSERT_SAME_TEXT(problem.log_id);
    ASSERT_SAME(problem.at);
    ASSERT_SAME(problem.retry_at);
    ASSERT_SAME(attempted_at);
    ASSERT_SAME(attempts);
    ASSERT_SAME(repeated);
    ASSERT_SAME_TEXT(reserve_id);
    ASSERT_SAME_TEXT(meeting_no);
    ASSERT_SAME_TEXT(url);
    ASSERT_SAME_TEXT(app_link);
    ASSERT_SAME_TEXT(live_link);
    ASSERT_SAME_TEXT(password);
    ASSERT_SAME(expire_time);
    ASSERT_SAME_TEXT(reserve_user_id);
    ASSERT_SAME(expire_status);
    ASSERT_SAME_LIST(invalid_host_id_list);
    ASSERT_SAME_LIST(meetings);
    ASSERT_SAME(observed_at);
}

static void assert_same_participant(const struct participant *a, const struct participant *b)
{
    ASSERT_SAME_TEXT(id);
    ASSERT_SAME(user_type);
    ASSERT_SAME(first_join_time);
    ASSERT_SAME(final_leave_time);
    ASSERT_SAME(in_meeting_duration);
    ASSERT_SAME(is_host);
    ASSERT_SAME(is_cohost);
    ASSERT_SAME(is_external);
    ASSERT_SAME(status);
}

static void assert_same_stay(const struct stay *a, const struct stay *b)
{
    ASSERT_SAME(joined_after);
    ASSERT_SAME(joined);
    ASSERT_SAME(left);
    ASSERT_SAME(left_before);
}

static void assert_same_stretch(const struct role_stretch *a, const struct role_stretch *b)
{
    ASSERT_SAME(role);
    ASSERT_SAME(since);
    ASSERT_SAME(until);
}

static void assert_same_attendee(const struct attendee *a, const struct attendee *b)
{
    ASSERT_SAME_TEXT(id);
    ASSERT_SAME(user_type);
    ASSERT_SAME(is_host);
    ASSERT_SAME(is_cohost);
    ASSERT_SAME(is_external);
    ASSERT_SAME(first_join_time);
    ASSERT_SAME(final_leave_time);
    ASSERT_SAME(in_meeting_duration);
    ASSERT_SAME(devices);
    ASSERT_SAME(observed_at);
    ASSERT_SAME(stay_count);
    for (size_t i = 0; i < a->stay_count; i++)
        assert_same_stay(&a->stays[i], &b->stays[i]);
    ASSERT_SAME(role_count);
    for (size_t i = 0; i < a->role_count; i++)
        assert_same_stretch(&a->roles[i], &b->roles[i]);
}

static void assert_same_attendance(const struct attendance *a, const struct attendance *b)
{
    ASSERT_SAME(looked_at);
    ASSERT_SAME(peak_at);
    ASSERT_SAME(seen.use_video);
    ASSERT_SAME(seen.use_audio);
    ASSERT_SAME(seen.use_share_screen);
    ASSERT_SAME(seen.use_follow_screen);
    ASSERT_SAME(seen.use_recording);
    ASSERT_SAME(seen.use_pstn);
    ASSERT_SAME(durations_run);
    ASSERT_SAME(count);
    for (size_t i = 0; i < a->count; i++)
        assert_same_attendee(&a->attendees[i], &b->attendees[i]);
}

void assert_same_meeting(const struct meeting *a, const struct meeting *b)
{
    ASSERT_SAME_TEXT(id);
    ASSERT_SAME_TEXT(app);
    ASSERT_SAME_TEXT(reservation);
    ASSERT_SAME_TEXT(reserve_id);
    ASSERT_SAME_TEXT(name);
    ASSERT_SAME_TEXT(occurrence);
    ASSERT_SAME_TEXT(topic);
    ASSERT_SAME_TEXT(url);
    ASSERT_SAME_TEXT(meeting_no);
    ASSERT_SAME_TEXT(password);
    ASSERT_SAME(create_time);
    ASSERT_SAME(start_time);
    ASSERT_SAME(end_time);
    ASSERT_SAME_TEXT(host_user_id);
    ASSERT_SAME(host_user_type);
    ASSERT_SAME(meeting_connect);
    ASSERT_SAME(status);
    ASSERT_SAME(participant_count);
    ASSERT_SAME(participant_count_accumulated);
    ASSERT_SAME(participants_known);
    ASSERT_SAME(participants_count);
    for (size_t i = 0; i < a->participants_count; i++)
        assert_same_participant(&a->participants[i], &b->participants[i]);
    ASSERT_SAME(ability.use_video);
    ASSERT_SAME(ability.use_audio);
    ASSERT_SAME(ability.use_share_screen);
    ASSERT_SAME(ability.use_follow_screen);
    ASSERT_SAME(ability.use_recording);
    ASSERT_SAME(ability.use_pstn);
    ASSERT_SAME(in_meeting);
    ASSERT_SAME(peak);
    ASSERT_SAME(observed_at);
    assert_same_attendance(&a->attendance, &b->attendance);
}

void count_reservation(void *data, struct reservation *take)
{
    (*(size_t *)data)++;
    reservation_free(take);
}

void count_meeting(void *data, struct meeting *take)
{
    (*(size_t *)data)++;
    meeting_free(take);
}
