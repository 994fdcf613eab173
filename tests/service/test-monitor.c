/* monitor: whoever comes back goes on where it was; a slow reader costs nobody anything and misses nothing.
 */
#include "test-varlink-fixture.h"

#include "interface/monitor.h"
#include "store/store.h"
#include "sync/cache.h"

/* What a socket and a watcher's queue take together is surely less. */
#define FLOOD 45
#define LONG  40000

struct house {
    struct fixture fixture; /* the socket; io.test.Watch brings a call, which the test hands to the monitor */
    char *directory, *path;
    struct store *store;
    struct cache *cache;
    struct monitor *monitor;
    struct varlink_call *call; /* of the last watcher */
    bool done;
};

static void note_done(void *data, int result, const struct error *error)
{
    (void)result;
    (void)error;
    ((struct house *)data)->done = true;
}

/* All that was asked of the store has been done, and all that came of it. */
static void settle(struct house *house)
{
    for (int i = 0; i < 3; i++) {
        house->done = false;
        store_drop_reservation(house->store, "none of this name", note_done, house);
        test_run_until(&house->fixture.loop, &house->done);
        turn(&house->fixture);
    }
}

static void open_store(struct house *house)
{
    assert_int_equal(store_open(&house->store, &house->fixture.loop, house->path, NULL), 0);
    house->cache = cache_new(&house->fixture.clock.clock, store_next_sequence(house->store));
    house->monitor = monitor_new(house->cache, house->fixture.timers, house->store);
    store_claim_sequences(house->store, cache_sequence(house->cache) + 1000, NULL, NULL);
}

static void note_closed(void *data)
{
    ((struct house *)data)->done = true;
}

static void close_store(struct house *house, bool in_order)
{
    if (in_order)
        store_settle_sequences(house->store, cache_sequence(house->cache) + 1);
    monitor_free(house->monitor);
    house->done = false;
    store_close(house->store, note_closed, house);
    test_run_until(&house->fixture.loop, &house->done);
    cache_free(house->cache);
}

static void house_init(struct house *house)
{
    *house = (struct house){.directory = test_make_directory()};
    house->path = xasprintf("%s/meetingd.db", house->directory);
    fixture_init_listening(&house->fixture, NULL);
    open_store(house);
}

/* The watchers have gone by then. */
static void house_fini(struct house *house)
{
    turn(&house->fixture);
    close_store(house, true);
    fixture_fini(&house->fixture);
    assert_int_equal(unlink(house->path), 0);
    assert_int_equal(rmdir(house->directory), 0);
    free(house->directory);
    free(house->path);
}

/* ---- changes */

static void put(struct house *house, const char *name, const char *topic, const char *password)
{
    CLEANUP_FREE char *key = xasprintf("%s@20261124T010000Z", name);
    struct reservation *reservation = reservation_new(key);

    reservation->name = xstrdup(name);
    reservation->app = xstrdup("default");
    reservation->meeting_settings.topic = xstrdup(topic);
    reservation->password = xstrdup(password);
    cache_put_reservation(house->cache, reservation);
}

static void change(struct house *house, const char *name, enum event_kind kind)
{
    CLEANUP_FREE char *key = xasprintf("%s@20261124T010000Z", name);

    cache_announce(house->cache,
                   &(struct event){.kind = kind, .reservation = cache_reservation(house->cache, key)});
}

/* ---- watchers */

static const struct monitor_wishes all = {.since = UNKNOWN, .secrets = WIRE_WITH_PASSWORDS};

static struct monitor_wishes since(uint64_t sequence)
{
    struct monitor_wishes wishes = all;

    wishes.since = (int64_t)sequence;
    return wishes;
}

static int watch(struct house *house, struct monitor_wishes wishes)
{
    struct fixture *fixture = &house->fixture;
    int client = client_new(fixture);

    client_say(fixture, client, WATCH);
    turn(fixture);
    house->call = fixture->held[--fixture->held_count].call;
    monitor_watch(house->monitor, house->call, &wishes);
    fixture->held[fixture->held_count].call = NULL;
    return client;
}

static void go(struct house *house, int client)
{
    close(client);
    turn(&house->fixture);
    settle(house);
}

static uint64_t number_of(const char *text)
{
    static const char member[] = "\"sequence\":";
    const char *sequence = strstr(text, member);

    if (sequence == NULL || strstr(text, "\"continues\":true") == NULL)
        fail_msg("this is no event: %.300s", text);
    return sequence != NULL ? strtoull(sequence + strlen(member), NULL, 10) : 0;
}

/* The next event is of a kind; returns its number. */
static uint64_t expect_event(struct house *house, int client, const char *kind, char **ret_text)
{
    CLEANUP_FREE char *text = client_hear(&house->fixture, client),
                      *wanted = xasprintf("\"kind\":\"%s\"", kind);

    if (strstr(text, wanted) == NULL)
        fail_msg("wanted %s, got %.300s", kind, text);
    if (ret_text != NULL)
        *ret_text = xstrdup(text);
    return number_of(text);
}

static void expect_changes(struct house *house, int client, uint64_t first, uint64_t last)
{
    for (uint64_t sequence = first; sequence <= last; sequence++)
        assert_int_equal(expect_event(house, client, "reservation_updated", NULL), sequence);
}

static void expect_overrun(struct house *house, int client)
{
    client_expect(&house->fixture, client, "{\"error\":\"io.meetingd.Overrun\",\"parameters\":{}}");
}

/* ---- what the store is asked for */

static int readings;

void __real_store_read_changes(struct store *store, struct store_reading *reading, store_cb *callback,
                               void *data);
void __wrap_store_read_changes(struct store *store, struct store_reading *reading, store_cb *callback,
                               void *data);

void __wrap_store_read_changes(struct store *store, struct store_reading *reading, store_cb *callback,
                               void *data)
{
    readings++;
    __real_store_read_changes(store, reading, callback, data);
}

/* ---- the tests */

static void who_comes_back_goes_on_where_it_was(void **state)
{
    struct house house;
    int live, back;

    (void)state;
    house_init(&house);
    put(&house, "a", "topic", NULL);
    live = watch(&house, all);
    assert_int_equal(expect_event(&house, live, "snapshot", NULL), 0);
    for (int i = 0; i < 5; i++)
        change(&house, "a", EVENT_RESERVATION_UPDATED);
    expect_changes(&house, live, 1, 5);
    for (uint64_t sequence = 0; sequence <= 5; sequence++) {
        back = watch(&house, since(sequence));
        settle(&house);
        expect_changes(&house, back, sequence + 1, 5);
        client_expect_silence(&house.fixture, back);
        go(&house, back);
    }
    /* What happens while the store reads comes once, and in its place. */
    back = watch(&house, since(3));
    change(&house, "a", EVENT_RESERVATION_UPDATED);
    settle(&house);
    change(&house, "a", EVENT_RESERVATION_UPDATED);
    expect_changes(&house, back, 4, 7);
    expect_changes(&house, live, 6, 7);
    client_expect_silence(&house.fixture, back);
    go(&house, back);
    go(&house, live);
    house_fini(&house);
}

static void numbers_and_changes_survive_a_stop(void **state)
{
    struct house house;
    int client;

    (void)state;
    house_init(&house);
    put(&house, "a", "topic", NULL);
    for (int i = 0; i < 4; i++)
        change(&house, "a", EVENT_RESERVATION_UPDATED);
    close_store(&house, true);
    open_store(&house);
    put(&house, "a", "topic", NULL);
    assert_int_equal(cache_sequence(house.cache), 4);
    client = watch(&house, since(2));
    change(&house, "a", EVENT_RESERVATION_UPDATED);
    settle(&house);
    expect_changes(&house, client, 3, 5);
    go(&house, client);
    house_fini(&house);
}

static void of_before_a_crash_nobody_says_that_nothing_is_missing(void **state)
{
    struct house house;
    uint64_t newest;
    int client;

    (void)state;
    house_init(&house);
    put(&house, "a", "topic", NULL);
    for (int i = 0; i < 4; i++)
        change(&house, "a", EVENT_RESERVATION_UPDATED);
    settle(&house);
    close_store(&house, false);
    open_store(&house);
    put(&house, "a", "topic", NULL);
    newest = cache_sequence(house.cache);
    assert_true(newest > 4);
    for (uint64_t sequence = 0; sequence <= 6; sequence++) {
        client = watch(&house, since(sequence));
        settle(&house);
        expect_overrun(&house, client);
        go(&house, client);
    }
    client = watch(&house, all);
    assert_int_equal(expect_event(&house, client, "snapshot", NULL), newest);
    go(&house, client);
    client = watch(&house, since(newest));
    change(&house, "a", EVENT_RESERVATION_UPDATED);
    expect_changes(&house, client, newest + 1, newest + 1);
    go(&house, client);
    client = watch(&house, since(newest));
    settle(&house);
    expect_changes(&house, client, newest + 1, newest + 1);
    go(&house, client);
    /* And so after the next stop. */
    close_store(&house, true);
    open_store(&house);
    client = watch(&house, since(newest));
    settle(&house);
    expect_changes(&house, client, newest + 1, newest + 1);
    go(&house, client);
    client = watch(&house, since(4));
    settle(&house);
    expect_overrun(&house, client);
    go(&house, client);
    house_fini(&house);
}

static void numbers_out_of_reach_are_an_overrun(void **state)
{
    struct house house;
    int client;

    (void)state;
    house_init(&house);
    put(&house, "a", "topic", NULL);
    client = watch(&house, since(1));
    expect_overrun(&house, client);
    go(&house, client);
    change(&house, "a", EVENT_RESERVATION_UPDATED);
    change(&house, "a", EVENT_RESERVATION_UPDATED);
    client = watch(&house, since(3));
    expect_overrun(&house, client);
    /* The connection is good for another question. */
    client_ask(&house.fixture, client, ECHO_CALL, ECHO_REPLY);
    go(&house, client);
    /* Eight days later the first ones are not kept any more. */
    fake_clock_pass(&house.fixture.clock, 8 * MS_PER_DAY);
    change(&house, "a", EVENT_RESERVATION_UPDATED);
    client = watch(&house, since(1));
    settle(&house);
    expect_overrun(&house, client);
    go(&house, client);
    client = watch(&house, since(2));
    settle(&house);
    expect_changes(&house, client, 3, 3);
    go(&house, client);
    house_fini(&house);
}

static void one_plan_and_passwords_are_for_whom_they_are_for(void **state)
{
    struct house house;
    struct monitor_wishes wishes = since(0);
    int client;

    (void)state;
    house_init(&house);
    put(&house, "a", "topic", "971024");
    put(&house, "b", "topic", NULL);
    change(&house, "a", EVENT_RESERVATION_UPDATED);
    change(&house, "b", EVENT_RESERVATION_UPDATED);
    cache_announce(house.cache, &(struct event){.kind = EVENT_CONFIGURATION_RELOADED});
    change(&house, "a", EVENT_RESERVATION_UPDATED);
    wishes.name = "a";
    for (int secrets = WIRE_WITHOUT_PASSWORDS; secrets <= WIRE_WITH_PASSWORDS; secrets++) {
        static const uint64_t numbers[] = {1, 4, 5 /* live */};

        wishes.secrets = (enum wire_secrets)secrets;
        wishes.since = 0;
        client = watch(&house, wishes);
        settle(&house);
        if (secrets == WIRE_WITHOUT_PASSWORDS)
            change(&house, "a", EVENT_RESERVATION_UPDATED);
        else
            settle(&house);
        for (size_t i = 0; i < ELEMENTS(numbers); i++) {
            CLEANUP_FREE char *text = NULL;

            assert_int_equal(expect_event(&house, client, "reservation_updated", &text), numbers[i]);
            assert_int_equal(strstr(text, "971024") != NULL, secrets == WIRE_WITH_PASSWORDS);
        }
        client_expect_silence(&house.fixture, client);
        go(&house, client);
    }
    house_fini(&house);
}

static void a_heart_beats_where_it_was_asked_for(void **state)
{
    struct house house;
    struct monitor_wishes wishes = all;
    int quiet, client;

    (void)state;
    house_init(&house);
    put(&house, "a", "topic", NULL);
    put(&house, "b", "topic", NULL);
    quiet = watch(&house, all);
    assert_int_equal(expect_event(&house, quiet, "snapshot", NULL), 0);
    assert_int_equal(timers_next_in(house.fixture.timers), -1);
    wishes.heartbeat_s = 30;
    wishes.name = "b";
    client = watch(&house, wishes);
    expect_event(&house, client, "snapshot", NULL);
    change(&house, "a", EVENT_RESERVATION_UPDATED);
    pass(&house.fixture, 29999);
    client_expect_silence(&house.fixture, client);
    pass(&house.fixture, 1);
    assert_int_equal(expect_event(&house, client, "heartbeat", NULL), 1);
    pass(&house.fixture, 30000);
    assert_int_equal(expect_event(&house, client, "heartbeat", NULL), 1);
    expect_changes(&house, quiet, 1, 1);
    client_expect_silence(&house.fixture, quiet);
    go(&house, client);
    assert_int_equal(timers_next_in(house.fixture.timers), -1);
    go(&house, quiet);
    house_fini(&house);
}

/* Numbers grow, what is left out is an update that a later one makes out of date, and the last is there. */
static size_t hear_the_flood(struct house *house, int client, uint64_t before, uint64_t last)
{
    size_t left_out = 0;

    while (before < last) {
        CLEANUP_FREE char *text = client_hear(&house->fixture, client);
        uint64_t sequence = number_of(text);

        assert_true(sequence > before);
        for (uint64_t number = before + 1; number < sequence; number++, left_out++)
            assert_true(number % 3 != 0); /* a failure, see flood() */
        before = sequence;
        settle(house);
    }
    return left_out;
}

static void flood(struct house *house)
{
    CLEANUP_FREE char *topic = xasprintf("%0*d", LONG, 0);

    put(house, "a", topic, NULL);
    for (int i = 1; i <= FLOOD; i++)
        change(house, "a", i % 3 == 0 ? EVENT_RESERVATION_FAILED : EVENT_RESERVATION_UPDATED);
}

static void a_slow_reader_catches_up(void **state)
{
    struct house house;
    int slow, quick;

    (void)state;
    house_init(&house);
    slow = watch(&house, since(0));
    quick = watch(&house, since(0));
    flood(&house);
    settle(&house);
    /* Whoever reads gets all that it had no time for. */
    hear_the_flood(&house, quick, 0, FLOOD);
    client_expect_silence(&house.fixture, quick);
    assert_true(hear_the_flood(&house, slow, 0, FLOOD) > 0);
    client_expect_silence(&house.fixture, slow);
    /* And both are up to date. */
    change(&house, "a", EVENT_RESERVATION_UPDATED);
    expect_changes(&house, slow, FLOOD + 1, FLOOD + 1);
    expect_changes(&house, quick, FLOOD + 1, FLOOD + 1);
    assert_int_equal(timers_next_in(house.fixture.timers), -1);
    go(&house, slow);
    go(&house, quick);
    house_fini(&house);
}

/* Who comes back after a long time is not slow for that, as long as it reads. */
static void nothing_is_left_out_for_one_that_comes_back(void **state)
{
    struct house house;
    int client;

    (void)state;
    house_init(&house);
    put(&house, "a", "topic", NULL);
    for (int i = 0; i < 300; i++)
        change(&house, "a", EVENT_RESERVATION_UPDATED);
    client = watch(&house, since(0));
    for (uint64_t sequence = 1; sequence <= 300; sequence++) {
        if (sequence % 100 == 1)
            settle(&house);
        expect_changes(&house, client, sequence, sequence);
    }
    client_expect_silence(&house.fixture, client);
    go(&house, client);
    flood(&house);
    client = watch(&house, since(300));
    settle(&house);
    assert_int_equal(hear_the_flood(&house, client, 300, 300 + FLOOD), 0);
    go(&house, client);
    house_fini(&house);
}

static void one_that_stalls_is_let_go(void **state)
{
    struct house house;
    int stalled, gone;
    uint64_t sequence = 0;

    (void)state;
    house_init(&house);
    gone = watch(&house, since(0));
    stalled = watch(&house, since(0));
    flood(&house);
    settle(&house);
    assert_in_range(varlink_call_queued(house.call), 1, 256 * 1024 + 2 * LONG + 4096);
    close(gone);
    pass(&house.fixture, 4999);
    pass(&house.fixture, 1);
    settle(&house);
    for (;;) {
        CLEANUP_FREE char *text = client_hear(&house.fixture, stalled);

        if (strstr(text, "io.meetingd.Overrun") != NULL)
            break;
        assert_int_equal(number_of(text), ++sequence);
    }
    assert_in_range(sequence, 5, FLOOD - 1);
    go(&house, stalled);
    /* It can go on from there. */
    stalled = watch(&house, since(sequence));
    settle(&house);
    hear_the_flood(&house, stalled, sequence, FLOOD);
    go(&house, stalled);
    house_fini(&house);
}

/* The store answers one that has gone. */
static void one_that_goes_while_it_catches_up_is_forgotten(void **state)
{
    struct house house;
    int client;

    (void)state;
    house_init(&house);
    put(&house, "a", "topic", NULL);
    change(&house, "a", EVENT_RESERVATION_UPDATED);
    client = watch(&house, since(0));
    close(client);
    turn(&house.fixture);
    settle(&house);
    client = watch(&house, since(0));
    settle(&house);
    expect_changes(&house, client, 1, 1);
    go(&house, client);
    house_fini(&house);
}

static void of_many_that_come_back_each_has_its_turn(void **state)
{
    struct house house;
    int clients[40];

    (void)state;
    house_init(&house);
    put(&house, "a", "topic", NULL);
    for (int i = 0; i < 3; i++)
        change(&house, "a", EVENT_RESERVATION_UPDATED);
    readings = 0;
    for (size_t i = 0; i < ELEMENTS(clients); i++) {
        clients[i] = client_new(&house.fixture);
        client_say(&house.fixture, clients[i], WATCH);
    }
    turn(&house.fixture);
    while (house.fixture.held_count > 0) {
        struct held *held = &house.fixture.held[--house.fixture.held_count];
        struct monitor_wishes wishes = since(0);

        monitor_watch(house.monitor, held->call, &wishes);
        held->call = NULL;
    }
    assert_int_equal(readings, 16); /* none of them can have ended */
    /* Some go while they wait, or are read for. */
    for (size_t i = 0; i < ELEMENTS(clients); i += 3)
        close(clients[i]);
    turn(&house.fixture);
    settle(&house);
    settle(&house);
    change(&house, "a", EVENT_RESERVATION_UPDATED);
    for (size_t i = 0; i < ELEMENTS(clients); i++) {
        if (i % 3 == 0)
            continue;
        expect_changes(&house, clients[i], 1, 4);
        close(clients[i]);
    }
    house_fini(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_comes_back_goes_on_where_it_was),
        cmocka_unit_test(numbers_and_changes_survive_a_stop),
        cmocka_unit_test(of_before_a_crash_nobody_says_that_nothing_is_missing),
        cmocka_unit_test(numbers_out_of_reach_are_an_overrun),
        cmocka_unit_test(one_plan_and_passwords_are_for_whom_they_are_for),
        cmocka_unit_test(a_heart_beats_where_it_was_asked_for),
        cmocka_unit_test(a_slow_reader_catches_up),
        cmocka_unit_test(nothing_is_left_out_for_one_that_comes_back),
        cmocka_unit_test(one_that_stalls_is_let_go),
        cmocka_unit_test(one_that_goes_while_it_catches_up_is_forgotten),
        cmocka_unit_test(of_many_that_come_back_each_has_its_turn),
    };

    return cmocka_run_group_tests_name("monitor", tests, NULL, NULL);
}
