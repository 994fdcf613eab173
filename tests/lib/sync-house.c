#include "lib/sync-house.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/buffer.h"
#include "sync/entry.h"

int sync_house_set_up(void **state)
{
    struct sync_house *house = xalloc(sizeof(*house));

    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(uv_loop_init(&house->loop), 0);
    fake_clock_init(&house->clock, HOUSE_NOW_S * MS_PER_SECOND);
    assert_int_equal(timers_new(&house->timers, NULL, &house->clock.clock, NULL), 0);
    house->time = (struct test_time){.loop = &house->loop, .timers = house->timers, .clock = &house->clock};
    house->feishu = fake_feishu_new(&house->loop);
    house->directory = test_make_directory();
    house->path = xasprintf("%s/meetingd.db", house->directory);
    house->app = (struct app){
        .name = (char *)"default",
        .base_url = (char *)fake_http_url(house->feishu->http),
        .app_id = (char *)"cli_made_up",
        .app_secret = (char *)"made-up-secret",
        .owner_id = (char *)"ou_owner",
        .timeout_ms = 10000,
        .rate_per_minute = 60000,
        .rate_per_second = 1000,
    };
    house->apps[0] = &house->app;
    house->poll = (struct poll_settings){
        .live_ms = 10 * MS_PER_SECOND,
        .starting_ms = 10 * MS_PER_SECOND,
        .early_ms = 10 * MS_PER_MINUTE,
        .overdue_ms = 30 * MS_PER_SECOND,
        .cooling_ms = 2 * MS_PER_MINUTE,
        .idle_ms = 5 * MS_PER_MINUTE,
        .participants = true,
    };
    *state = house;
    return 0;
}

struct plan *sync_house_plan(struct sync_house *house, const char *name, int64_t in_s)
{
    struct plan *plan = plan_new(name);

    plan->app = xstrdup("default");
    plan->timezone = xstrdup("UTC");
    plan->owner_id = xstrdup("ou_owner");
    plan->has_start = true;
    assert_int_equal(local_time_from_unix(HOUSE_NOW_S + in_s, "UTC", &plan->start), 0);
    plan->duration_s = 1800;
    plan->create_ahead_ms = MS_PER_DAY;
    plan->expire_after_ms = MS_PER_HOUR;
    plan->meeting_settings.topic = xstrdup("每日站会");
    plan_list_take(&house->plans, plan);
    return plan;
}

static void note_event(struct cache_listener *listener, const struct event *event)
{
    struct sync_house *house = CONTAINER_OF(listener, struct sync_house, listener);

    buffer_printf(&house->events, "%s %s\n", event_kind_name(event->kind),
                  event->participant != NULL   ? event->participant->id
                  : event->meeting != NULL     ? event->meeting->id
                  : event->reservation != NULL ? event->reservation->key
                                               : "-");
}

static void restore_reservation(void *data, struct reservation *take)
{
    driver_restore_reservation(((struct sync_house *)data)->driver, take);
}

static void restore_meeting(void *data, struct meeting *take)
{
    driver_restore_meeting(((struct sync_house *)data)->driver, take);
}

static int64_t fake_clock_seconds(const struct sync_house *house)
{
    return clock_wall_seconds(&house->clock.clock);
}

static bool calls_are_settled(void *data)
{
    const struct sync_house *house = data;
    struct calls_status status;

    if (house->driver->planning)
        return false;
    calls_status(house->calls, 0, &status);
    return status.under_way <= house->feishu->held;
}

static void note_written_down(void *data, int result, const struct error *error)
{
    (void)result;
    (void)error;
    ((struct sync_house *)data)->written_down = true;
}

static bool is_written_down(void *data)
{
    return ((struct sync_house *)data)->written_down;
}

static uint64_t jobs_of_store(const struct sync_house *house)
{
    struct store_health health;

    store_health(house->store, &health);
    return health.written + health.failed + health.waiting;
}

/* Answers beget writes, and written intents beget calls: until a write that means nothing was the only one.
 */
static void settle(void *data)
{
    struct sync_house *house = data;
    uint64_t jobs;

    do {
        test_turn_until(&house->time, calls_are_settled, house);
        jobs = jobs_of_store(house);
        house->written_down = false;
        store_drop_reservation(house->store, "none of this name", note_written_down, house);
        test_turn_until(&house->time, is_written_down, house);
    } while (jobs_of_store(house) != jobs + 1 || !calls_are_settled(house));
}

void sync_house_start(struct sync_house *house)
{
    assert_int_equal(http_new(&house->http, &house->loop, house->timers, NULL), 0);
    assert_int_equal(feishu_new(&house->client, house->http, &house->clock.clock, &house->app, NULL), 0);
    house->calls = calls_new(house->timers, house->apps, &house->client, 1);
    assert_int_equal(store_open(&house->store, &house->loop, house->path, NULL), 0);
    house->cache = cache_new(&house->clock.clock, store_next_sequence(house->store));
    house->driver = driver_new(&(struct driver_options){
        .loop = &house->loop,
        .timers = house->timers,
        .store = house->store,
        .calls = house->calls,
        .cache = house->cache,
        .plans = &house->plans,
        .poll = &house->poll,
        .on_uncertain = house->on_uncertain,
    });
    house->listener = (struct cache_listener){.changed = note_event};
    cache_listen(house->cache, &house->listener);
    assert_int_equal(store_load(house->store, fake_clock_seconds(house) - 86400, restore_reservation,
                                restore_meeting, house, NULL),
                     0);
    driver_start(house->driver);
    house->time.settle = settle;
    house->time.data = house;
    house->running = true;
}

static bool nothing_is_planned(void *data)
{
    return !((struct sync_house *)data)->driver->planning;
}

static void step_done(void *data)
{
    ((struct sync_house *)data)->step_done = true;
}

static bool is_step_done(void *data)
{
    return ((struct sync_house *)data)->step_done;
}

static void wait_for_step(struct sync_house *house)
{
    test_turn_until(&house->time, is_step_done, house);
    house->step_done = false;
}

void sync_house_stop(struct sync_house *house)
{
    house->time.settle = NULL;
    driver_stop(house->driver);
    test_turn_until(&house->time, nothing_is_planned, house);
    calls_stop(house->calls, step_done, house);
    wait_for_step(house);
    http_close(house->http, step_done, house);
    wait_for_step(house);
    store_close(house->store, step_done, house);
    wait_for_step(house);
    driver_free(house->driver);
    calls_free(house->calls);
    feishu_free(house->client);
    cache_free(house->cache);
    house->running = false;
}

static void remove_directory(const char *path)
{
    CLEANUP_FREE char *command = xasprintf("rm -rf '%s'", path);

    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a name of our own making */
}

int sync_house_tear_down(void **state)
{
    struct sync_house *house = *state;

    if (house->running)
        sync_house_stop(house);
    timers_close(house->timers, NULL, NULL);
    fake_feishu_free(house->feishu);
    test_loop_end(&house->loop);
    plan_list_fini(&house->plans);
    remove_directory(house->directory);
    free(house->directory);
    free(house->path);
    buffer_fini(&house->events);
    free(house);
    return 0;
}

struct passing {
    const struct fake_clock *clock;
    int64_t until_ms;
};

static bool has_passed(void *data)
{
    const struct passing *passing = data;

    return passing->clock->boot_ms >= passing->until_ms;
}

void sync_house_pass(struct sync_house *house, int64_t ms)
{
    struct passing passing = {&house->clock, house->clock.boot_ms + ms};

    test_pass_until(&house->time, ms, ms + 1, has_passed, &passing);
}

struct waiting {
    const struct sync_house *house;
    const char *key;
    enum reservation_state state;
};

static bool is_in_state(void *data)
{
    const struct waiting *waiting = data;
    const struct reservation *shown = cache_reservation(waiting->house->cache, waiting->key);

    return shown != NULL && shown->state == waiting->state;
}

void sync_house_wait_for(struct sync_house *house, const char *key, enum reservation_state state,
                         int64_t most_ms)
{
    struct waiting waiting = {house, key, state};

    test_pass_until(&house->time, MS_PER_SECOND, most_ms, is_in_state, &waiting);
}

const struct reservation *sync_house_shown(const struct sync_house *house, const char *key)
{
    const struct reservation *shown = cache_reservation(house->cache, key);

    assert_non_null(shown);
    return shown;
}

size_t sync_house_count(const struct sync_house *house, enum feishu_api api)
{
    return house->feishu->counts[api];
}

struct load {
    bool done;
    int result;
    struct buffer *actions;
    struct error *error;
};

static void on_planned(void *data, int result, const struct action_list *actions, const struct error *error)
{
    struct load *load = data;

    load->done = true;
    load->result = result;
    if (error != NULL && load->error != NULL)
        *load->error = *error;
    for (size_t i = 0; load->actions != NULL && i < actions->count; i++)
        buffer_printf(load->actions, "%s %s\n", action_kind_name(actions->items[i].kind),
                      actions->items[i].occurrence != NULL ? actions->items[i].occurrence : "-");
}

static bool is_loaded(void *data)
{
    return ((struct load *)data)->done;
}

int sync_house_load(struct sync_house *house, bool force, struct buffer *actions, struct error *error)
{
    struct load load = {.actions = actions, .error = error};

    if (actions != NULL)
        buffer_clear(actions);
    driver_set_plans(house->driver, &house->plans, force, on_planned, &load);
    test_turn_until(&house->time, is_loaded, &load);
    return load.result;
}

struct plan *sync_house_remove_plan(struct sync_house *house, const char *name)
{
    for (size_t i = 0; i < house->plans.count; i++) {
        struct plan *plan = house->plans.items[i];

        if (!str_equal(plan->name, name))
            continue;
        house->plans.items[i] = house->plans.items[--house->plans.count];
        return plan;
    }
    fail_msg("no plan is called %s", name);
    return NULL;
}
