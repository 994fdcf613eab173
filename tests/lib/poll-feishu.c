#include "lib/poll-feishu.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "engine/forecast.h"

#define PER_MINUTE 1000
#define PER_SECOND 50

#define TOKEN_LIFE_MS (7020 * MS_PER_SECOND)

#define WAY_LEAST_MS 40
#define WAY_MORE_MS  20

/* The moments of the last requests of one API. */
struct window {
    int64_t moments[PER_MINUTE];
    uint64_t count;
};

struct poll_feishu {
    struct timers *timers;
    const struct app *app;
    struct poll_feishu_world world;
    void (*counted)(void *data, enum feishu_api api, void *call_data);
    void *counted_data;
    int64_t token_ends_ms;
    struct window windows[FEISHU_APIS];
    int64_t month;
    int64_t month_ends_at;
    struct poll_feishu_counts counts;
    uint32_t random;
};

struct feishu_call {
    struct poll_feishu *model;
    struct timer timer;
    enum feishu_api api;
    char *reserve_id;
    int64_t end_time;
    bool arrived;
    struct meeting *meeting;
    char *made;
    feishu_reserve_cb *reserve_callback;
    feishu_meeting_cb *meeting_callback;
    void *data;
};

static struct poll_feishu *model_of(struct feishu *client)
{
    return (struct poll_feishu *)(void *)client;
}

struct feishu *poll_feishu_client(struct poll_feishu *model)
{
    return (struct feishu *)(void *)model;
}

struct poll_feishu *poll_feishu_new(struct timers *timers, const struct app *app,
                                    const struct poll_feishu_world *world)
{
    struct poll_feishu *model = xalloc(sizeof(*model));

    model->timers = timers;
    model->app = app;
    model->world = *world;
    model->random = 1;
    return model;
}

void poll_feishu_free(struct poll_feishu *model)
{
    free(model);
}

void poll_feishu_counts(const struct poll_feishu *model, struct poll_feishu_counts *ret)
{
    *ret = model->counts;
}

/* ---- what Feishu sees */

static void count_month(struct poll_feishu *model)
{
    int64_t now_s = clock_wall_seconds(timers_clock(model->timers));

    if (now_s >= model->month_ends_at) {
        model->month = month_of(now_s, "Asia/Shanghai");
        model->month_ends_at = month_start_s(month_after(model->month), "Asia/Shanghai");
        model->counts.month = 0;
    }
    model->counts.month++;
    if (model->counts.month > model->counts.month_most)
        model->counts.month_most = model->counts.month;
}

/* Whether the request is one too many for the last `ms`: the one `most` before it is not older. */
static bool exceeds(const struct window *window, uint64_t most, int64_t ms, int64_t now_ms)
{
    return window->count >= most && now_ms - window->moments[(window->count - most) % PER_MINUTE] < ms;
}

static void count_request(struct poll_feishu *model, enum feishu_api api)
{
    struct window *window = &model->windows[api];
    int64_t now_ms = clock_boot_ms(timers_clock(model->timers));
    int64_t peak_ms =
        (clock_wall_ms(timers_clock(model->timers)) + 15 * MS_PER_SECOND) % (30 * MS_PER_MINUTE);

    model->counts.requests++;
    if (api == FEISHU_GET_ACTIVE_MEETING) {
        model->counts.polls++;
        model->counts.peak += peak_ms < 30 * MS_PER_SECOND;
    }
    count_month(model);
    if (api == FEISHU_TOKEN)
        return;
    if (exceeds(window, PER_MINUTE, MS_PER_MINUTE, now_ms) ||
        exceeds(window, PER_SECOND, MS_PER_SECOND, now_ms))
        model->counts.violations++;
    window->moments[window->count++ % PER_MINUTE] = now_ms;
}

/* ---- the client's functions */

static int64_t way_ms(struct poll_feishu *model)
{
    model->random = model->random * 1664525 + 1013904223;
    return WAY_LEAST_MS + (model->random >> 16) % WAY_MORE_MS;
}

static void finish(struct feishu_call *call, enum feishu_outcome outcome)
{
    struct feishu_result result = {
        .api = call->api,
        .outcome = outcome,
        .surely_not_done = outcome == FEISHU_CANCELLED,
        .retry_after_ms = UNKNOWN,
        .server_time = UNKNOWN,
    };
    struct feishu_reserve reserve = {.id = call->made, .end_time = call->end_time, .expire_status = UNKNOWN};

    timer_stop(&call->timer);
    if (call->meeting_callback != NULL)
        call->meeting_callback(call->data, &result, call->meeting);
    else
        call->reserve_callback(call->data, &result, call->made != NULL ? &reserve : NULL);
    free(call->made);
    free(call->reserve_id);
    free(call);
}

static void on_way(struct timer *timer)
{
    struct feishu_call *call = timer->data;
    struct poll_feishu *model = call->model;

    if (call->arrived) {
        finish(call, FEISHU_OK);
        return;
    }
    call->arrived = true;
    count_request(model, call->api);
    if (call->api == FEISHU_GET_ACTIVE_MEETING)
        call->meeting = model->world.active(model->world.data, call->reserve_id);
    else if (call->api == FEISHU_APPLY)
        call->made = model->world.applied(model->world.data, call->end_time);
    timer_start_in(timer, way_ms(model));
}

static struct feishu_call *begin(struct feishu *client, enum feishu_api api, const char *reserve_id,
                                 void *data)
{
    struct poll_feishu *model = model_of(client);
    struct feishu_call *call = xalloc(sizeof(*call));
    int64_t now_ms = clock_boot_ms(timers_clock(model->timers));

    call->model = model;
    call->api = api;
    call->reserve_id = xstrdup(reserve_id);
    call->end_time = UNKNOWN;
    call->data = data;
    if (now_ms >= model->token_ends_ms) {
        model->token_ends_ms = now_ms + TOKEN_LIFE_MS;
        model->counted(model->counted_data, FEISHU_TOKEN, NULL);
        count_request(model, FEISHU_TOKEN);
    }
    if (api != FEISHU_TOKEN)
        model->counted(model->counted_data, api, data);
    timer_init(&call->timer, model->timers, on_way, call);
    timer_start_in(&call->timer, way_ms(model));
    return call;
}

static struct feishu_call *begin_reserve(struct feishu *client, enum feishu_api api, const char *reserve_id,
                                         feishu_reserve_cb *callback, void *data)
{
    struct feishu_call *call = begin(client, api, reserve_id, data);

    call->reserve_callback = callback;
    return call;
}

void feishu_on_request(struct feishu *feishu,
                       void (*counted)(void *data, enum feishu_api api, void *call_data), void *data)
{
    model_of(feishu)->counted = counted;
    model_of(feishu)->counted_data = data;
}

/* Nobody counts answers here. */
void feishu_on_answer(struct feishu *feishu, void (*answered)(void *data, const struct feishu_result *result),
                      void *data)
{
    (void)feishu;
    (void)answered;
    (void)data;
}

struct feishu_call *feishu_apply(struct feishu *feishu, int64_t end_time, const char *owner_id,
                                 const struct meeting_settings *settings, feishu_reserve_cb *callback,
                                 void *data)
{
    struct feishu_call *call = begin_reserve(feishu, FEISHU_APPLY, NULL, callback, data);

    (void)owner_id;
    (void)settings;
    call->end_time = end_time;
    return call;
}

struct feishu_call *feishu_update(struct feishu *feishu, const char *reserve_id, int64_t end_time,
                                  const struct meeting_settings *settings, feishu_reserve_cb *callback,
                                  void *data)
{
    (void)end_time;
    (void)settings;
    return begin_reserve(feishu, FEISHU_UPDATE, reserve_id, callback, data);
}

struct feishu_call *feishu_delete(struct feishu *feishu, const char *reserve_id, feishu_reserve_cb *callback,
                                  void *data)
{
    return begin_reserve(feishu, FEISHU_DELETE, reserve_id, callback, data);
}

struct feishu_call *feishu_get(struct feishu *feishu, const char *reserve_id, feishu_reserve_cb *callback,
                               void *data)
{
    return begin_reserve(feishu, FEISHU_GET, reserve_id, callback, data);
}

struct feishu_call *feishu_get_active_meeting(struct feishu *feishu, const char *reserve_id,
                                              bool with_participants, feishu_meeting_cb *callback, void *data)
{
    struct feishu_call *call = begin(feishu, FEISHU_GET_ACTIVE_MEETING, reserve_id, data);

    (void)with_participants;
    call->meeting_callback = callback;
    return call;
}

struct feishu_call *feishu_get_meeting(struct feishu *feishu, const char *meeting_id, bool with_participants,
                                       feishu_meeting_cb *callback, void *data)
{
    struct feishu_call *call = begin(feishu, FEISHU_GET_MEETING, meeting_id, data);

    (void)with_participants;
    call->meeting_callback = callback;
    return call;
}

/* Nobody asks it here. */
struct feishu_call *feishu_list_by_no(struct feishu *feishu, const char *meeting_no, int64_t start_time,
                                      int64_t end_time, const char *page_token, feishu_list_cb *callback,
                                      void *data)
{
    (void)feishu;
    (void)meeting_no;
    (void)start_time;
    (void)end_time;
    (void)page_token;
    (void)callback;
    (void)data;
    abort();
}

struct feishu_call *feishu_probe(struct feishu *feishu, feishu_reserve_cb *callback, void *data)
{
    return begin_reserve(feishu, FEISHU_TOKEN, NULL, callback, data);
}

void feishu_call_cancel(struct feishu_call *call)
{
    (void)call; /* those under way come to their ends soon enough */
}

void feishu_stop(struct feishu *feishu)
{
    (void)feishu;
}

const char *feishu_api_name(enum feishu_api api)
{
    static const char *const names[FEISHU_APIS] = {
        "token", "apply", "update", "delete", "get", "get_active_meeting", "get_meeting", "list_by_no"};

    return names[api];
}
