/* [hook NAME]: a program that is started when something happens. Values only; config makes them. */
#ifndef MEETINGD_MODEL_HOOK_H
#define MEETINGD_MODEL_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "model/event.h"

/* What a hook waits for. All zero: nothing. */
struct hook_events {
    uint32_t kinds;        /* a bit for each enum event_kind */
    enum event_kind first; /* the one that was named first, where there is any */
};

_Static_assert(EVENT_KINDS <= 32, "there are more kinds of events than bits");

struct hook {
    char *name;
    struct hook_events on;
    struct string_list reservations; /* plans' names; empty: every event */
    struct string_list exec;         /* the program's absolute path, and its arguments */
    int64_t timeout_ms;
};

struct hook_list {
    struct hook **items;
    size_t count;
};

/* NULL is fine; returns NULL. */
struct hook *hook_free(struct hook *hook);
struct hook *hook_copy(const struct hook *hook);

/* Whether it is to be run for a kind of event about a plan's reservation; NULL: about none that has a plan.
 */
bool hook_wants(const struct hook *hook, enum event_kind kind, const char *reservation);

/* The list owns the hook from then on. */
void hook_list_take(struct hook_list *list, struct hook *hook);
const struct hook *hook_list_find(const struct hook_list *list, const char *name);
void hook_list_fini(struct hook_list *list);

#endif
