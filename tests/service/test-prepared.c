/* interface/prepared: an answer from prepared text is, byte for byte, the one that would be made now. */
#include "lib/test.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/base.h"
#include "base/buffer.h"
#include "interface/interface.h"
#include "interface/prepared.h"
#include "lib/fake-clock.h"
#include "store/store.h"

#define NOW_MS INT64_C(1795397400000)

struct fixture {
    uv_loop_t loop;
    struct fake_clock clock;
    struct timers *timers;
    struct cache *cache;
    struct store *store; /* empty: what is not in the cache is looked for there */
    struct interface *interface;
    char *directory;
    int client;
    bool closed;
};

static int set_up(void **state)
{
    struct fixture *fixture = xalloc(sizeof(*fixture));
    struct string_list nobody = {NULL, 0};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    CLEANUP_FREE char *path = NULL;
    struct error error;

    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    fake_clock_init(&fixture->clock, NOW_MS);
    assert_int_equal(timers_new(&fixture->timers, NULL, &fixture->clock.clock, NULL), 0);
    fixture->cache = cache_new(&fixture->clock.clock, 1);
    fixture->directory = test_make_directory();
    path = xasprintf("%s/store", fixture->directory);
    assert_int_equal(store_open(&fixture->store, &fixture->loop, path, &error), 0);
    assert_int_equal(interface_new(&fixture->interface,
                                   &(struct interface_options){.loop = &fixture->loop,
                                                               .timers = fixture->timers,
                                                               .cache = fixture->cache,
                                                               .store = fixture->store,
                                                               .operators = &nobody},
                                   &error),
                     0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", fixture->directory);
    assert_int_equal(interface_listen(fixture->interface, address.sun_path, &error), 0);
    fixture->client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fixture->client, (const struct sockaddr *)&address, sizeof(address)), 0);
    *state = fixture;
    return 0;
}

static void on_closed(void *data)
{
    *(bool *)data = true;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_FREE char *path = xasprintf("%s/store", fixture->directory);
    bool store_closed = false;

    close(fixture->client);
    interface_close(fixture->interface, on_closed, &fixture->closed);
    test_run_until(&fixture->loop, &fixture->closed);
    store_close(fixture->store, on_closed, &store_closed);
    test_run_until(&fixture->loop, &store_closed);
    assert_int_equal(unlink(path), 0);
    test_loop_end(&fixture->loop);
    cache_free(fixture->cache);
    timers_close(fixture->timers, NULL, NULL);
    assert_int_equal(rmdir(fixture->directory), 0);
    free(fixture->directory);
    free(fixture);
    return 0;
}

/* Whether what was prepared may be the answer. A member that means nothing makes the message one for which
 * nothing is. */
enum which { PREPARED, FRESH };

/* Nothing takes so long. */
#define LIMIT_MS 60000

/* Asks and hears all answers, one behind the other. */
static char *ask(struct fixture *fixture, const char *method, const char *parameters, enum which which)
{
    CLEANUP_FREE char *call = xasprintf("{\"method\":\"io.meetingd.%s\",\"parameters\":%s,\"more\":true%s}",
                                        method, parameters, which == FRESH ? ",\"odd\":1" : "");
    struct buffer heard = BUFFER_EMPTY;
    size_t begun = 0;

    assert_int_equal(send(fixture->client, call, strlen(call) + 1, 0), strlen(call) + 1);
    for (;;) {
        struct pollfd coming[] = {{.fd = fixture->client, .events = POLLIN},
                                  {.fd = uv_backend_fd(&fixture->loop), .events = POLLIN}};
        ssize_t got;

        /* What the loop waits for, it says while it runs. */
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        buffer_reserve(&heard, 65536);
        got = recv(fixture->client, heard.data + heard.length, 65536, MSG_DONTWAIT);
        if (got > 0)
            heard.length += (size_t)got;
        heard.data[heard.length] = '\0';
        while (heard.length > begun && memchr(heard.data + begun, '\0', heard.length - begun) != NULL) {
            size_t end = begun + strlen(heard.data + begun);
            bool last = strstr(heard.data + begun, "\"continues\":true") == NULL;

            heard.data[end] = '\n';
            begun = end + 1;
            if (last)
                return buffer_take(&heard);
        }
        if (uv_backend_timeout(&fixture->loop) != 0 && poll(coming, ELEMENTS(coming), LIMIT_MS) == 0)
            break;
    }
    fail_msg("no answer to %s", call);
    return NULL;
}

/* ---- a cache that changes */

static int64_t some(int64_t below)
{
    return random() % below;
}

static void put_reservation(struct fixture *fixture, int which)
{
    CLEANUP_FREE char *key = xasprintf("plan%d", which);
    struct reservation *reservation = reservation_new(key);
    int64_t now_s = fixture->clock.wall_ms / MS_PER_SECOND;

    reservation->name = xstrdup(key);
    reservation->reserve_id = xasprintf("69%d", which);
    reservation->password = xstrdup("971024");
    reservation->state = (enum reservation_state)some(RESERVATION_STATES);
    reservation->start_time = some(5) > 0 ? now_s - some(90000) : UNKNOWN;
    reservation->end_time =
        reservation->start_time != UNKNOWN ? reservation->start_time + some(5000) : UNKNOWN;
    reservation->observed_at = some(5) > 0 ? fixture->clock.wall_ms - some(100000) : UNKNOWN;
    cache_put_reservation(fixture->cache, reservation);
}

static void put_meeting(struct fixture *fixture, int which)
{
    CLEANUP_FREE char *id = xasprintf("70%d", which);
    struct meeting *meeting = meeting_new(id);

    meeting->reservation = xasprintf("plan%d", which);
    meeting->name = xstrdup(meeting->reservation);
    meeting->reserve_id = xasprintf("69%d", which);
    meeting->password = xstrdup("971024");
    meeting->status = some(2) ? MEETING_IN_PROGRESS : MEETING_ENDED;
    meeting->start_time = fixture->clock.wall_ms / MS_PER_SECOND - some(5000);
    meeting->observed_at = some(5) > 0 ? fixture->clock.wall_ms - some(100000) : UNKNOWN;
    meeting->participants_known = true;
    for (int64_t i = some(4); i > 0; i--)
        meeting_add_participant(meeting)->id = xstrdup("ou_somebody");
    meeting_count(meeting);
    cache_put_meeting(fixture->cache, meeting);
}

static void change(struct fixture *fixture)
{
    int which = (int)some(8);
    CLEANUP_FREE char *key = xasprintf("plan%d", which);
    struct following following = {.phase = (enum phase)some(PHASES),
                                  .interval_ms = some(30000),
                                  .last_poll_at = fixture->clock.wall_ms,
                                  .next_poll_at = fixture->clock.wall_ms + some(30000)};

    switch (some(20)) {
    case 0:
        put_reservation(fixture, which);
        break;
    case 1:
        put_meeting(fixture, which);
        break;
    case 2:
        cache_set_following(fixture->cache, key, &following);
        break;
    case 3:
        cache_reservation_observed(fixture->cache, key, fixture->clock.wall_ms);
        break;
    case 4:
        if (some(5) == 0)
            cache_drop_reservation(fixture->cache, key);
        break;
    case 5:
        if (some(5) == 0)
            cache_forget_meetings(fixture->cache, key);
        break;
    case 6:
        fixture->clock.wall_ms -= some(20000);
        break;
    case 7:
        fixture->clock.wall_ms += some(MS_PER_HOUR);
        break;
    default:
        fixture->clock.wall_ms += some(10000);
        break;
    }
}

static void a_prepared_answer_is_the_one_of_now(void **state)
{
    static const struct {
        const char *method, *parameters;
    } questions[] = {
        {"ListReservations", "{}"},
        {"ListReservations", "{\"name\":\"plan1\"}"},
        {"ListMeetings", "{}"},
        {"ListMeetings", "{\"active\":true}"},
        {"GetMeeting", "{\"meeting_id\":\"701\"}"},
        {"GetMeeting", "{\"reserve_id\":\"692\"}"},
        {"GetMeeting", "{\"meeting_id\":\"none\"}"},
        {"ListReservations", "{\"state\":[\"live\",\"wrong\"]}"},
    };
    struct fixture *fixture = *state;

    srandom(7);
    for (int step = 0; step < 250; step++) {
        change(fixture);
        for (size_t i = 0; i < 2; i++) {
            size_t which = (size_t)some(ELEMENTS(questions));
            const char *method = questions[which].method, *parameters = questions[which].parameters;
            CLEANUP_FREE char *prepared = ask(fixture, method, parameters, PREPARED);
            CLEANUP_FREE char *fresh = ask(fixture, method, parameters, FRESH);

            assert_string_equal(prepared, fresh);
        }
    }
}

/* The moment itself, and the one before it. */
static void the_clock_turns_a_prepared_answer(void **state)
{
    /* Forward, and set back at the end. */
    static const int64_t moments[] = {0, 49999, 50000, 50001, 59999, 60000, 60001, 50001, 50000, 0};
    const struct following following = {.phase = PHASE_LIVE, .interval_ms = 10000};
    struct fixture *fixture = *state;
    struct reservation *reservation = reservation_new("plan1");
    struct meeting *meeting = meeting_new("701");

    reservation->state = RESERVATION_ENDED;
    reservation->start_time = NOW_MS / MS_PER_SECOND - INT64_C(24) * 3600 - 10;
    reservation->end_time = NOW_MS / MS_PER_SECOND - INT64_C(24) * 3600 + 60;
    cache_put_reservation(fixture->cache, reservation);
    cache_set_following(fixture->cache, "plan1", &following);
    meeting->reservation = xstrdup("plan1");
    meeting->status = MEETING_IN_PROGRESS;
    meeting->observed_at = NOW_MS;
    cache_put_meeting(fixture->cache, meeting);
    for (size_t i = 0; i < ELEMENTS(moments); i++) {
        CLEANUP_FREE char *shown = NULL, *list = NULL;

        fixture->clock.wall_ms = NOW_MS + moments[i];
        shown = ask(fixture, "GetMeeting", "{\"meeting_id\":\"701\"}", PREPARED);
        list = ask(fixture, "ListReservations", "{}", PREPARED);
        assert_non_null(strstr(shown, moments[i] > 50000 ? "\"stale\":true" : "\"stale\":false"));
        assert_int_equal(strstr(list, "plan1") != NULL, moments[i] < 60000);
    }
}

/* They are in use at all: what changes behind the cache's back does not show. */
static void what_was_prepared_is_used(void **state)
{
    struct fixture *fixture = *state;
    struct reservation *const *all;
    CLEANUP_FREE char *before = NULL, *again = NULL, *fresh = NULL;

    for (int i = 0; i < 250; i++) {
        put_reservation(fixture, i);
        assert_int_equal(cache_reservations(fixture->cache, &all), i + 1);
        all[i]->end_time = UNKNOWN;
        all[i]->state = RESERVATION_RESERVED;
    }
    before = ask(fixture, "ListReservations", "{}", PREPARED);
    str_set(&all[0]->name, "another");
    again = ask(fixture, "ListReservations", "{}", PREPARED);
    fresh = ask(fixture, "ListReservations", "{}", FRESH);
    assert_string_equal(before, again);
    assert_string_not_equal(before, fresh);
    assert_non_null(strstr(fresh, "another"));
}

/* ---- on its own */

static const char *find(struct prepared *prepared, const char *question, enum wire_secrets secrets)
{
    const struct string_list *texts = prepared_find(prepared, question, secrets);

    return texts != NULL ? texts->items[0] : NULL;
}

static bool keep(struct prepared *prepared, const char *question, enum wire_secrets secrets, size_t size)
{
    struct string_list texts = {NULL, 0};
    CLEANUP_FREE char *text = xasprintf("%0*d", (int)size, 1);
    bool kept;

    string_list_add(&texts, text);
    kept = prepared_keep(prepared, question, secrets, &texts, NOW_MS, INT64_MAX) != NULL;
    assert_int_equal(texts.count, kept ? 0 : 1);
    prepared_wipe(&texts);
    return kept;
}

static void who_may_not_see_it_is_not_shown_it(void **state)
{
    struct fixture *fixture = *state;
    struct prepared *prepared = prepared_new(fixture->cache, &fixture->clock.clock);

    assert_true(keep(prepared, "question", WIRE_WITH_PASSWORDS, 10));
    assert_null(find(prepared, "question", WIRE_WITHOUT_PASSWORDS));
    assert_true(keep(prepared, "question", WIRE_WITHOUT_PASSWORDS, 5));
    assert_string_equal(find(prepared, "question", WIRE_WITHOUT_PASSWORDS), "00001");
    assert_string_equal(find(prepared, "question", WIRE_WITH_PASSWORDS), "0000000001");
    assert_null(find(prepared, "another", WIRE_WITH_PASSWORDS));
    prepared_free(prepared);
}

static void what_is_kept_is_bounded(void **state)
{
    struct fixture *fixture = *state;
    struct prepared *prepared = prepared_new(fixture->cache, &fixture->clock.clock);
    int kept = 0;

    assert_false(keep(prepared, "large", WIRE_WITH_PASSWORDS, 2097152));
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 1000; i++) {
            CLEANUP_FREE char *question = xasprintf("question %d", i);

            assert_true(keep(prepared, question, WIRE_WITH_PASSWORDS, round == 0 ? 5 : 100000));
            assert_non_null(find(prepared, question, WIRE_WITH_PASSWORDS));
        }
        kept = 0;
        for (int i = 0; i < 1000; i++) {
            CLEANUP_FREE char *question = xasprintf("question %d", i);

            kept += find(prepared, question, WIRE_WITH_PASSWORDS) != NULL;
        }
        assert_in_range(kept, 1, round == 0 ? 256 : 83);
    }
    cache_set_following(fixture->cache, "any", &(struct following){.phase = PHASE_IDLE});
    assert_null(find(prepared, "question 999", WIRE_WITH_PASSWORDS));
    prepared_free(prepared);
    prepared_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_prepared_answer_is_the_one_of_now, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_clock_turns_a_prepared_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_prepared_is_used, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_may_not_see_it_is_not_shown_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_kept_is_bounded, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("prepared", tests, NULL, NULL);
}
