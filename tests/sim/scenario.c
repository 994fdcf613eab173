#include "sim/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/buffer.h"
#include "base/str.h"
#include "sim/control.h"
#include "sim/member.h"

#define FILE_MAX ((size_t)1024 * 1024)

struct happening {
    struct scenario *scenario;
    struct timer timer;
    const char *verb;
    struct json_object *body; /* the scenario's */
    int64_t at_ms;            /* since the start */
    int64_t after_ms;         /* since its reservation appeared; -1: not told */
    bool found;               /* its reservation is there, or it has none */
    bool over;
};

struct scenario {
    struct sim *sim;
    struct json_object *root;
    struct happening *events;
    size_t count;
    int64_t started_ms; /* boot time */
};

static bool has_reservation(struct json_object *body)
{
    return member(body, "reserve_id") != NULL ||
           (member(body, "topic") != NULL && member(body, "action") != NULL);
}

static void on_time(struct timer *timer)
{
    struct happening *event = timer->data;
    struct json_object *result = NULL;
    struct error error;

    event->over = true;
    if (control_do(event->scenario->sim, event->verb, event->body, &result, &error) < 0)
        fprintf(stderr, "feishu-sim: scenario: %s: %s\n", event->verb, error.text);
    json_object_put(result);
}

/* Sets the time of an event whose reservation is there. */
static void arm(struct happening *event)
{
    int64_t now_ms = clock_boot_ms(timers_clock(event->scenario->sim->timers)) - event->scenario->started_ms;

    event->found = true;
    timer_start_in(&event->timer, event->after_ms >= 0 ? event->after_ms : event->at_ms - now_ms);
}

void scenario_reserved(struct scenario *scenario)
{
    for (size_t i = 0; scenario != NULL && i < scenario->count; i++) {
        struct happening *event = &scenario->events[i];

        if (!event->found && control_reserve(scenario->sim, event->body) != NULL)
            arm(event);
    }
}

int64_t scenario_waiting(const struct scenario *scenario)
{
    int64_t count = 0;

    for (size_t i = 0; scenario != NULL && i < scenario->count; i++)
        count += !scenario->events[i].over;
    return count;
}

static int read_events(struct scenario *scenario, struct json_object *events, struct error *error)
{
    if (events == NULL)
        return 0;
    scenario->count = json_object_array_length(events);
    scenario->events = xcalloc(scenario->count > 0 ? scenario->count : 1, sizeof(*scenario->events));
    for (size_t i = 0; i < scenario->count; i++) {
        struct happening *event = &scenario->events[i];
        struct json_object *body = json_object_array_get_idx(events, i);
        const char *verb = member_text(body, "do");

        if (!json_object_is_type(body, json_type_object))
            return error_set(error, -EINVAL, "events: not a list of objects");
        event->scenario = scenario;
        event->body = body;
        event->verb = verb != NULL ? verb : "meeting";
        event->at_ms = member_seconds_ms(body, "at", 0);
        event->after_ms = member_seconds_ms(body, "after", -1);
        timer_init(&event->timer, scenario->sim->timers, on_time, event);
    }
    return 0;
}

static int do_each(struct sim *sim, const char *verb, struct json_object *bodies, struct error *error)
{
    for (size_t i = 0; bodies != NULL && i < json_object_array_length(bodies); i++) {
        struct json_object *result = NULL;
        int code = control_do(sim, verb, json_object_array_get_idx(bodies, i), &result, error);

        json_object_put(result);
        if (code < 0)
            return error_prefix(error, code, "%s", verb);
    }
    return 0;
}

static int begin(struct scenario *scenario, struct error *error)
{
    struct sim *sim = scenario->sim;
    struct json_object *set = member_typed(scenario->root, "set", json_type_object);
    int result = set != NULL ? switches_set(&sim->switches, set, error) : 0;

    if (result == 0)
        result = do_each(sim, "app", member_typed(scenario->root, "apps", json_type_array), error);
    if (result == 0)
        result = do_each(sim, "user", member_typed(scenario->root, "users", json_type_array), error);
    if (result == 0)
        result =
            do_each(sim, "reserve", member_typed(scenario->root, "reservations", json_type_array), error);
    if (result == 0)
        result = read_events(scenario, member_typed(scenario->root, "events", json_type_array), error);
    if (result < 0)
        return result;
    for (size_t i = 0; i < scenario->count; i++) {
        if (!has_reservation(scenario->events[i].body))
            arm(&scenario->events[i]);
    }
    scenario_reserved(scenario);
    return 0;
}

static int read_file(const char *path, struct buffer *text, struct error *error)
{
    FILE *file = fopen(path, "re");
    char piece[4096];
    size_t length;
    int result = 0;

    if (file == NULL)
        return error_set(error, -errno, "%s: %s", path, strerror(errno));
    while (text->length <= FILE_MAX && (length = fread(piece, 1, sizeof(piece), file)) > 0)
        buffer_append(text, piece, length);
    if (ferror(file) || text->length > FILE_MAX)
        result = error_set(error, -EIO, "%s: cannot be read, or is too large", path);
    fclose(file);
    return result;
}

int scenario_new(struct scenario **ret, struct sim *sim, const char *path, struct error *error)
{
    struct buffer text = BUFFER_EMPTY;
    struct scenario *scenario;
    int result = read_file(path, &text, error);

    if (result < 0) {
        buffer_fini(&text);
        return result;
    }
    scenario = xalloc(sizeof(*scenario));
    scenario->sim = sim;
    scenario->started_ms = clock_boot_ms(timers_clock(sim->timers));
    scenario->root = json_read(text.data, text.length);
    buffer_fini(&text);
    if (json_object_is_type(scenario->root, json_type_object))
        result = begin(scenario, error);
    else
        result = error_set(error, -EINVAL, "not a JSON object");
    if (result < 0) {
        scenario_free(scenario);
        return error_prefix(error, result, "%s", path);
    }
    *ret = scenario;
    return 0;
}

void scenario_free(struct scenario *scenario)
{
    if (scenario == NULL)
        return;
    for (size_t i = 0; i < scenario->count; i++) {
        if (scenario->events[i].scenario != NULL)
            timer_stop(&scenario->events[i].timer);
    }
    free(scenario->events);
    json_object_put(scenario->root);
    free(scenario);
}
