/* sync/cache: what is put in is found, changes are numbered and told in order. */
#include "lib/test.h"

#include "base/base.h"
#include "base/buffer.h"
#include "lib/fake-clock.h"
#include "sync/cache.h"

static struct reservation *reservation_of(const char *key, const char *reserve_id)
{
    struct reservation *reservation = reservation_new(key);

    reservation->reserve_id = xstrdup(reserve_id);
    reservation->occurrence = xstrdup(key);
    return reservation;
}

static struct meeting *meeting_of(const char *id, const char *key, int64_t status)
{
    struct meeting *meeting = meeting_new(id);

    meeting->reservation = xstrdup(key);
    meeting->status = status;
    return meeting;
}

static void things_are_found(void **state)
{
    struct fake_clock fake;
    struct cache *cache;
    struct reservation *const *all;
    char key[16], id[16];

    (void)state;
    fake_clock_init(&fake, 1000);
    cache = cache_new(&fake.clock, 1);
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof(key), "plan%d", i);
        snprintf(id, sizeof(id), "69%d", i);
        cache_put_reservation(cache, reservation_of(key, id));
    }
    assert_int_equal(cache_reservations(cache, &all), 1000);
    for (int i = 0; i < 1000; i += 2) {
        snprintf(key, sizeof(key), "plan%d", i);
        cache_drop_reservation(cache, key);
    }
    cache_drop_reservation(cache, "plan0");
    assert_int_equal(cache_reservations(cache, &all), 500);
    for (int i = 0; i < 1000; i++) {
        const struct reservation *found;

        snprintf(key, sizeof(key), "plan%d", i);
        found = cache_reservation(cache, key);
        assert_int_equal(found != NULL, i % 2);
        if (found != NULL)
            assert_string_equal(found->key, key);
    }
    cache_put_reservation(cache, reservation_of("plan1", "new"));
    assert_int_equal(cache_reservations(cache, &all), 500);
    assert_string_equal(cache_reservation_by_id(cache, "new")->key, "plan1");
    assert_null(cache_reservation_by_id(cache, "691"));
    assert_null(cache_reservation(cache, NULL));
    cache_free(cache);
}

static void the_meeting_in_progress_is_known(void **state)
{
    struct fake_clock fake;
    struct cache *cache;
    struct following following = {.phase = PHASE_LIVE, .interval_ms = 10, .next_poll_at = 5};

    (void)state;
    fake_clock_init(&fake, 1000);
    cache = cache_new(&fake.clock, 1);
    cache_put_reservation(cache, reservation_of("a", "1"));
    assert_null(cache_active_meeting(cache, "a"));
    cache_put_meeting(cache, meeting_of("m1", "a", MEETING_IN_PROGRESS));
    assert_string_equal(cache_active_meeting(cache, "a")->id, "m1");
    cache_put_reservation(cache, reservation_of("a", "1"));
    assert_string_equal(cache_active_meeting(cache, "a")->id, "m1");
    cache_put_meeting(cache, meeting_of("m0", "a", MEETING_ENDED));
    assert_string_equal(cache_active_meeting(cache, "a")->id, "m1");
    cache_put_meeting(cache, meeting_of("m1", "a", MEETING_ENDED));
    assert_null(cache_active_meeting(cache, "a"));
    cache_set_following(cache, "a", &following);
    assert_int_equal(cache_following(cache, "a").next_poll_at, 5);
    assert_int_equal(cache_following(cache, "b").phase, PHASE_DONE);
    cache_free(cache);
}

struct hearer {
    struct cache_listener listener;
    uint64_t last;
    int count;
    bool once;
};

static void hear(struct cache_listener *listener, const struct event *event)
{
    struct hearer *hearer = CONTAINER_OF(listener, struct hearer, listener);

    assert_true(event->sequence > hearer->last);
    hearer->last = event->sequence;
    hearer->count++;
    if (hearer->once)
        cache_unlisten(listener);
}

static void changes_are_told_in_order(void **state)
{
    struct fake_clock fake;
    struct cache *cache;
    struct hearer all = {.listener = {.changed = hear}}, once = {.listener = {.changed = hear}, .once = true};

    (void)state;
    fake_clock_init(&fake, 1000);
    cache = cache_new(&fake.clock, 41);
    assert_int_equal(cache_sequence(cache), 40);
    cache_listen(cache, &once.listener);
    cache_listen(cache, &all.listener);
    for (int i = 0; i < 3; i++)
        cache_announce(cache, &(struct event){.kind = EVENT_RESERVATION_UPDATED});
    assert_int_equal(once.count, 1);
    assert_int_equal(all.count, 3);
    assert_int_equal(all.last, 43);
    assert_int_equal(cache_sequence(cache), 43);
    cache_unlisten(&all.listener);
    cache_unlisten(&all.listener);
    cache_announce(cache, &(struct event){.kind = EVENT_RESERVATION_UPDATED});
    assert_int_equal(all.count, 3);
    cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(things_are_found),
        cmocka_unit_test(the_meeting_in_progress_is_known),
        cmocka_unit_test(changes_are_told_in_order),
    };

    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
