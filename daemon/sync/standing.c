#include "sync/standing.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/log.h"
#include "base/message-id.h"
#include "engine/forecast.h"
#include "model/backoff.h"

/* After so many failures in a row an app is tried with one call at a time. */
#define FAILING_FROM     3
#define PAUSE_FIRST_MS   (1 * MS_PER_SECOND)
#define PAUSE_MOST_MS    (60 * MS_PER_SECOND)
#define REFUSED_FIRST_MS (5 * MS_PER_SECOND)
#define REFUSED_MOST_MS  (10 * MS_PER_MINUTE)

/* An API over its rate: the least, and for how long where the answer does not say. */
#define RATE_LEAST_MS (1 * MS_PER_SECOND)
#define RATE_FIRST_MS (2 * MS_PER_SECOND)
#define RATE_MOST_MS  (60 * MS_PER_SECOND)

/* From so much on an answer tells less of Feishu's clock than what is known already. */
#define CLOCK_LATENCY_MS (2 * MS_PER_SECOND)

/* After the month has turned. */
#define MONTH_LATER_LEAST_MS (5 * MS_PER_SECOND)
#define MONTH_LATER_MORE_MS  (55 * MS_PER_SECOND)

void standing_init(struct standing *standing, const struct app *app, const struct clock *clock,
                   struct limiter *limiters)
{
    *standing = (struct standing){
        .app = app,
        .clock = clock,
        .limiters = limiters,
        .paused_until = UNKNOWN,
        .good_answer_at = UNKNOWN,
    };
    for (int api = 0; api < FEISHU_APIS; api++)
        standing->apis[api].answered_at = UNKNOWN;
}

static void pause_app(struct standing *standing, int64_t pause_ms)
{
    /* A month that is used up is not over because something else failed meanwhile. */
    if (standing->month_used_up && clock_boot_ms(standing->clock) + pause_ms < standing->paused_ms)
        return;
    standing->paused_ms = clock_boot_ms(standing->clock) + pause_ms;
    standing->paused_until = clock_wall_ms(standing->clock) + pause_ms;
}

/* How long a month that is used up rests: until the next one, and somewhat longer, as many wait for that. In
 * its first day it may still be the old one for Feishu, by its clock or its time zone: then an hour. */
static int64_t rest_of_month_ms(const struct standing *standing)
{
    int64_t now_ms = clock_wall_ms(standing->clock);
    const char *timezone = standing->app->month_timezone;
    int64_t month = month_of(now_ms / MS_PER_SECOND, timezone);

    if (now_ms - month_start_s(month, timezone) * MS_PER_SECOND < MS_PER_DAY)
        return MS_PER_HOUR;
    return month_start_s(month_after(month), timezone) * MS_PER_SECOND - now_ms + MONTH_LATER_LEAST_MS +
           (int64_t)(arc4random() % MONTH_LATER_MORE_MS);
}

static void rest_for_month(struct standing *standing)
{
    standing->month_used_up = false;
    pause_app(standing, rest_of_month_ms(standing));
    standing->month_used_up = true;
}

static struct log_subject about(const struct standing *standing, const struct feishu_result *result)
{
    return (struct log_subject){
        .app = standing->app->name,
        .feishu_code = result->code,
        .feishu_log_id = result->log_id[0] != '\0' ? result->log_id : NULL,
    };
}

static void note_failure(struct standing *standing, const struct feishu_result *result)
{
    standing->failing = true;
    standing->last_failure = *result;
    standing->failed_at = clock_wall_ms(standing->clock);
}

static void note_good_answer(struct standing *standing)
{
    struct log_subject subject = {.app = standing->app->name};
    bool recovered = standing->failures > 0;

    standing->failing = false;
    standing->failures = 0;
    standing->paused_ms = 0;
    standing->paused_until = UNKNOWN;
    standing->good_answer_at = clock_wall_ms(standing->clock);
    standing->month_used_up = false;
    if (!recovered)
        return;
    log_notice(&subject, "app %s: Feishu answers again", standing->app->name);
}

/* Feishu does not answer, or refuses our credentials: every call would fail the same way. */
static void note_app_failure(struct standing *standing, const struct feishu_result *result, int from,
                             int64_t first_ms, int64_t most_ms)
{
    struct log_subject subject = about(standing, result);
    uint32_t random = (uint32_t)arc4random();

    note_failure(standing, result);
    standing->failures++;
    if (standing->failures < from)
        return;
    pause_app(standing, backoff_ms(standing->failures - from + 1, first_ms, most_ms, random));
    subject.message_id =
        result->outcome == FEISHU_BAD_TOKEN ? MESSAGE_APP_REFUSED : MESSAGE_FEISHU_UNAVAILABLE;
    if (standing->failures == from)
        log_warning(&subject, "app %s: Feishu cannot be used, calls are held back until it answers: %s",
                    standing->app->name, result->message);
}

static void note_rate(struct standing *standing, const struct feishu_result *result)
{
    struct log_subject subject = about(standing, result);
    int64_t pause_ms = result->retry_after_ms;

    subject.message_id = MESSAGE_RATE_LIMITED;
    note_failure(standing, result);
    standing->limited[result->api]++;
    if (pause_ms == UNKNOWN)
        pause_ms =
            backoff_ms(standing->limited[result->api], RATE_FIRST_MS, RATE_MOST_MS, (uint32_t)arc4random());
    if (pause_ms < RATE_LEAST_MS)
        pause_ms = RATE_LEAST_MS;
    /* Without a token nothing can be asked. */
    if (result->api == FEISHU_TOKEN)
        pause_app(standing, pause_ms);
    limiter_pause(&standing->limiters[result->api], pause_ms, clock_boot_ms(standing->clock));
    if (standing->limited[result->api] == 1)
        log_warning(&subject, "app %s: %s is over Feishu's rate limit and rests for %lld s",
                    standing->app->name, feishu_api_name(result->api), (long long)((pause_ms + 999) / 1000));
}

static void note_quota(struct standing *standing, const struct feishu_result *result)
{
    struct log_subject subject = about(standing, result);
    bool first = !standing->month_used_up;

    subject.message_id = MESSAGE_QUOTA_SPENT;
    note_failure(standing, result);
    rest_for_month(standing);
    if (first)
        log_error(&subject,
                  "app %s: the tenant's monthly quota of API calls is used up; nothing is asked until the "
                  "month turns",
                  standing->app->name);
}

/* The date is cut to whole seconds. An answer that took long says little of when it was written. */
static void note_clock(struct standing *standing, const struct feishu_result *result)
{
    if (result->server_time == UNKNOWN || (standing->clock_known && result->latency_ms > CLOCK_LATENCY_MS))
        return;
    standing->clock_known = true;
    standing->clock_ahead_ms = clock_wall_ms(standing->clock) - result->latency_ms / 2 -
                               (result->server_time * MS_PER_SECOND + MS_PER_SECOND / 2);
}

/* Feishu looks at the scope before it looks at anything that the call is about. */
static void note_scope(struct standing *standing, const struct feishu_result *result)
{
    struct api_standing *api = &standing->apis[result->api];

    if (feishu_lacks_scope(result)) {
        api->refused = true;
        api->refused_at = clock_wall_seconds(standing->clock);
        api->code = result->code;
        memcpy(api->message, result->message, sizeof(api->message));
        memcpy(api->log_id, result->log_id, sizeof(api->log_id));
    } else if (result->outcome == FEISHU_OK || result->outcome == FEISHU_NOT_FOUND ||
               result->outcome == FEISHU_PERMANENT) {
        api->refused = false;
        api->answered_at = clock_wall_seconds(standing->clock);
    }
}

void standing_note(struct standing *standing, const struct feishu_result *result)
{
    note_clock(standing, result);
    note_scope(standing, result);
    if (result->outcome != FEISHU_RATE)
        standing->limited[result->api] = 0;
    switch (result->outcome) {
    case FEISHU_CANCELLED:
        break;
    case FEISHU_TRANSIENT:
        note_app_failure(standing, result, FAILING_FROM, PAUSE_FIRST_MS, PAUSE_MOST_MS);
        break;
    case FEISHU_BAD_TOKEN:
        note_app_failure(standing, result, 1, REFUSED_FIRST_MS, REFUSED_MOST_MS);
        break;
    case FEISHU_RATE:
        note_rate(standing, result);
        break;
    case FEISHU_QUOTA:
        note_quota(standing, result);
        break;
    case FEISHU_OK:
    case FEISHU_NOT_FOUND:
    case FEISHU_PERMANENT:
    case FEISHU_PERMISSION:
        note_good_answer(standing);
        break;
    }
}

bool standing_fails(const struct standing *standing)
{
    return standing->failures >= FAILING_FROM;
}

void standing_clock_jumped(struct standing *standing)
{
    int64_t now_ms = clock_wall_ms(standing->clock), boot_ms = clock_boot_ms(standing->clock);

    standing->clock_known = false;
    if (standing->good_answer_at > now_ms)
        standing->good_answer_at = UNKNOWN;
    if (standing->failed_at > now_ms)
        standing->failed_at = now_ms;
    if (standing->month_used_up)
        rest_for_month(standing);
    else if (standing->paused_ms > boot_ms)
        standing->paused_until = now_ms + standing->paused_ms - boot_ms;
}
