#include "interface/health.h"

#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "interface/parts.h"

/* Adds a sentence, with "; " before all but the first. */
static void say(struct health *health, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Ends a text that did not fit by "…", after a whole character. */
static void cut(char *text, size_t size)
{
    static const char more[] = "…";

    if (strlen(text) < size - 1)
        return;
    text[utf8_valid_length(text, size - sizeof(more))] = '\0';
    memcpy(text + strlen(text), more, sizeof(more));
}

static void say(struct health *health, const char *format, ...)
{
    size_t length = strlen(health->text);
    va_list arguments;

    length +=
        (size_t)snprintf(health->text + length, sizeof(health->text) - length, "%s", length > 0 ? "; " : "");
    if (length >= sizeof(health->text))
        return;
    va_start(arguments, format);
    vsnprintf(health->text + length, sizeof(health->text) - length, format, arguments);
    va_end(arguments);
    cut(health->text, sizeof(health->text));
}

static void look_at_store(const struct interface_options *parts, struct health *health)
{
    struct store_health store;

    store_health(parts->store, &store);
    health->store_busy = store.waiting > 0;
    if (store.failing) {
        health->healthy = false;
        say(health, "%s", store.error);
    }
    if (store.busy_ms >= STORE_SLOW_MS) {
        int64_t told_ms = STORE_SLOW_MS;

        /* A text that changes with each second would be news each second. */
        while (told_ms * 2 <= store.busy_ms)
            told_ms *= 2;
        health->healthy = false;
        say(health, "the store %s has been at one write for more than %lld s: its disk is slow or hangs",
            parts->state_path, (long long)(told_ms / MS_PER_SECOND));
    }
}

static void look_at_configuration(const struct interface_options *parts, struct health *health)
{
    const struct reload_result *reload = parts->configuration->last_reload;

    if (reload == NULL || reload->problems.count == 0)
        return;
    health->healthy = false;
    say(health, "the configuration was not reloaded, and the one before is in force: %s",
        reload->problems.items[0]);
    if (reload->problems.count > 1)
        say(health, "%zu more mistake%s: see meetingctl status", reload->problems.count - 1,
            reload->problems.count == 2 ? "" : "s");
}

static void look_at_apps(const struct interface_options *parts, struct health *health)
{
    for (size_t i = 0; i < parts->app_count; i++) {
        struct calls_status status;

        calls_status(parts->calls, i, &status);
        if (status.month_spent) {
            health->healthy = false;
            say(health, "app %s: this month's calls are spent, and nothing is looked at until it turns",
                parts->apps[i]->name);
        }
        if (!status.failing)
            continue;
        health->healthy = false;
        say(health, "app %s: %s", parts->apps[i]->name, status.message);
    }
}

static void count_reservations(const struct interface_options *parts, struct health *health)
{
    struct reservation *const *reservations;
    const char *first = "", *problem = "";
    int64_t now_s = clock_wall_seconds(timers_clock(parts->timers));

    for (size_t i = 0, count = cache_reservations(parts->cache, &reservations); i < count; i++) {
        health->reservations[reservations[i]->state]++;
        if (reservations[i]->problem.message == NULL || !interface_is_current(reservations[i], now_s))
            continue; /* what is long over asks nothing of anyone */
        if (health->problems++ == 0) {
            first = reservations[i]->key;
            problem = reservations[i]->problem.message;
        }
    }
    if (health->problems == 0)
        return;
    health->healthy = false;
    if (strstr(health->text, problem) != NULL)
        say(health, "%lld reservation%s for that", (long long)health->problems,
            health->problems == 1 ? " waits" : "s wait");
    else if (health->problems == 1)
        say(health, "%s: %s", first, problem);
    else
        say(health, "%lld reservations have problems (%s: %s)", (long long)health->problems, first, problem);
}

static void count_meetings(const struct interface_options *parts, struct health *health)
{
    struct meeting *const *meetings;

    for (size_t i = 0, count = cache_meetings(parts->cache, &meetings); i < count; i++) {
        if (meetings[i]->status == MEETING_ENDED)
            continue;
        health->live++;
        if (meetings[i]->in_meeting != UNKNOWN)
            health->participants += meetings[i]->in_meeting;
    }
}

void health_read(const struct interface_options *parts, struct health *ret)
{
    int64_t standing;

    *ret = (struct health){.healthy = true};
    look_at_store(parts, ret);
    look_at_configuration(parts, ret);
    look_at_apps(parts, ret);
    count_reservations(parts, ret);
    count_meetings(parts, ret);
    standing = ret->reservations[RESERVATION_RESERVED] + ret->reservations[RESERVATION_LIVE];
    if (ret->healthy && ret->live > 0)
        say(ret, "%lld reserved, %lld live with %lld in the room", (long long)standing, (long long)ret->live,
            (long long)ret->participants);
    else if (ret->healthy)
        say(ret, "%lld reserved, %lld planned, no meeting in progress", (long long)standing,
            (long long)ret->reservations[RESERVATION_PLANNED]);
}
