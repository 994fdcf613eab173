/*
 * Calls, from their start to their callback.
 *
 * What the lanes (http-lane.c) bring to an end is called back as soon as libcurl has worked. Whatever ends a
 * call early (cancelling, the deadline, a failure inside libcurl, the end of all) takes it from its lane and
 * marks it; the next turn of the loop calls back. So a callback never comes from inside http_start(),
 * http_cancel() or libcurl, and each comes once.
 */
#include "feishu/http.h"

#include <errno.h>
#include <stdlib.h>

#include "base/base.h"
#include "base/log.h"
#include "feishu/http-call.h"
#include "feishu/http-lane.h"

/* libcurl has forgotten to ask for a wake-up before; this often it is woken anyway while calls are under way.
 */
#define KICK_MS 1000

/* What asks for a fresh connection has a lane of its own. Such a connection speaks HTTP/1.1, and beside it
 * libcurl (7.88) takes the host for one that has no HTTP/2: calls on the same lane that could share a
 * connection would open one each. */
enum { SHARED, FRESH, LANES };

struct call_list {
    struct http_call *first, *last;
};

struct http {
    struct timers *timers;
    struct lane lanes[LANES];
    struct timer kick;
    struct timer turn; /* calls that ended while libcurl was not at work are owed an answer */
    struct call_list running;
    struct call_list ended;
    uint64_t opened;
    /* The last call that left on the shared lane was not answered in time. The other end of a connection that
     * many calls share can be dead while its host still acknowledges everything; libcurl would use it for
     * ever. */
    bool timed_out;
    bool closing;
    void (*closed)(void *data);
    void *closed_data;
};

static void list_add(struct call_list *list, struct http_call *call)
{
    call->next = NULL;
    call->previous = list->last;
    if (list->last != NULL)
        list->last->next = call;
    else
        list->first = call;
    list->last = call;
}

static void list_remove(struct call_list *list, struct http_call *call)
{
    if (call->previous != NULL)
        call->previous->next = call->next;
    else
        list->first = call->next;
    if (call->next != NULL)
        call->next->previous = call->previous;
    else
        list->last = call->previous;
}

/* The call's result stands; it is called back at the next chance. */
static void mark_ended(struct http_call *call)
{
    struct http *http = call->http;

    call->ended = true;
    timer_stop(&call->deadline);
    list_remove(&http->running, call);
    list_add(&http->ended, call);
    timer_start_in(&http->turn, 0);
}

/* Never from inside one of libcurl's callbacks. */
static void detach(struct http_call *call)
{
    if (call->lane != NULL)
        lane_remove(call->lane, call->easy);
    call->lane = NULL;
}

/* Detached at once: what has not left by now does not leave any more. */
static void end_call(struct http_call *call, int result, const char *reason)
{
    if (call->ended)
        return;
    http_call_fail(call, result, reason);
    detach(call);
    mark_ended(call);
}

static void note_time_out(struct http *http, const struct http_call *call)
{
    /* Says nothing about connections that are kept. */
    if (call->fresh_connection)
        return;
    if (call->result == 0)
        http->timed_out = false;
    else if (call->result == -ETIMEDOUT && http_call_may_have_left(call))
        http->timed_out = true;
}

/* Calls back all that have ended by now; what ends meanwhile has its own turn. */
static void deliver(struct http *http)
{
    struct call_list ended = http->ended;

    http->ended = (struct call_list){NULL, NULL};
    while (ended.first != NULL) {
        struct http_call *call = ended.first;

        list_remove(&ended, call);
        detach(call);
        note_time_out(http, call);
        http_call_report(call);
        http_call_free(call);
    }
}

static void on_done(void *owner, CURL *easy, CURLcode code)
{
    struct http_call *call = NULL;

    (void)owner;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call);
    if (call->ended)
        return;
    http_call_conclude(call, code);
    mark_ended(call);
}

static void on_broke(void *owner, struct lane *lane, CURLMcode code)
{
    struct http *http = owner;
    struct http_call *next;

    log_error(NULL, "libcurl failed (%s): requests to Feishu under way are given up",
              curl_multi_strerror(code));
    for (struct http_call *call = http->ended.first; call != NULL; call = call->next) {
        if (call->lane == lane)
            detach(call);
    }
    for (struct http_call *call = http->running.first; call != NULL; call = next) {
        next = call->next;
        if (call->lane == lane)
            end_call(call, -EIO, "libcurl failed: the request was given up");
    }
}

static void on_acted(void *owner)
{
    deliver(owner);
}

static void on_kick(struct timer *timer)
{
    struct http *http = timer->data;

    if (http->running.first == NULL)
        return;
    timer_start_in(&http->kick, KICK_MS);
    for (int lane = 0; lane < LANES; lane++)
        lane_kick(&http->lanes[lane]);
}

static void on_deadline(struct timer *timer)
{
    end_call(timer->data, -ETIMEDOUT, NULL);
}

static void http_free(struct http *http)
{
    timer_stop(&http->kick);
    timer_stop(&http->turn);
    free(http);
    curl_global_cleanup();
}

/* When every call is called back, and the last connection closed as well. */
static void on_closed(void *owner)
{
    struct http *http = owner;
    void (*closed)(void *data) = http->closed;
    void *data = http->closed_data;

    if (http->running.first != NULL || http->ended.first != NULL)
        return;
    for (int lane = 0; lane < LANES; lane++) {
        if (!lane_is_closed(&http->lanes[lane]))
            return;
    }
    http_free(http);
    if (closed != NULL)
        closed(data);
}

static void on_turn(struct timer *timer)
{
    struct http *http = timer->data;

    deliver(http);
    if (!http->closing || http->running.first != NULL || http->ended.first != NULL)
        return;
    for (int lane = 0; lane < LANES; lane++)
        lane_close(&http->lanes[lane]);
    on_closed(http);
}

int http_new(struct http **ret, uv_loop_t *loop, struct timers *timers, struct error *error)
{
    static const struct lane_events events = {on_done, on_broke, on_acted, on_closed};
    struct http *http;
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);

    if (code != CURLE_OK)
        return error_set(error, -EIO, "cannot start libcurl: %s", curl_easy_strerror(code));
    http = xalloc(sizeof(*http));
    http->timers = timers;
    timer_init(&http->kick, timers, on_kick, http);
    timer_init(&http->turn, timers, on_turn, http);
    for (int lane = 0; lane < LANES; lane++) {
        if (lane_init(&http->lanes[lane], loop, timers, &events, http) == 0)
            continue;
        while (lane > 0)
            lane_close(&http->lanes[--lane]);
        http_free(http);
        return error_set(error, -ENOMEM, "cannot start libcurl: out of memory");
    }
    *ret = http;
    return 0;
}

void http_close(struct http *http, void (*closed)(void *data), void *data)
{
    http->closing = true;
    http->closed = closed;
    http->closed_data = data;
    while (http->running.first != NULL)
        end_call(http->running.first, -ECANCELED, "meetingd is stopping");
    timer_start_in(&http->turn, 0);
}

struct http_call *http_start(struct http *http, const struct http_request *request, http_cb *callback,
                             void *data)
{
    struct http_call *call = http_call_new(request, http->timed_out, &http->opened, callback, data);
    struct lane *lane;
    CURLMcode code;

    call->http = http;
    timer_init(&call->deadline, http->timers, on_deadline, call);
    list_add(&http->running, call);
    if (call->result != 0) {
        mark_ended(call);
        return call;
    }
    if (http->closing) {
        end_call(call, -ECANCELED, "meetingd is stopping");
        return call;
    }
    lane = &http->lanes[call->fresh_connection ? FRESH : SHARED];
    code = lane_add(lane, call->easy);
    if (code != CURLM_OK) {
        end_call(call, -EIO, curl_multi_strerror(code));
        return call;
    }
    call->lane = lane;
    /* Counts the time that the machine is suspended, and the wait for a connection; libcurl counts neither.
     */
    timer_start_in(&call->deadline, call->timeout_ms);
    if (!timer_running(&http->kick))
        timer_start_in(&http->kick, KICK_MS);
    return call;
}

void http_cancel(struct http_call *call)
{
    if (call->ended)
        http_call_fail(call, -ECANCELED, "cancelled");
    else
        end_call(call, -ECANCELED, "cancelled");
}

struct timers *http_timers(const struct http *http)
{
    return http->timers;
}

uint64_t http_connections_opened(const struct http *http)
{
    return http->opened;
}
