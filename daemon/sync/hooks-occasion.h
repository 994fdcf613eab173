/* An event as programs get it, made once for all hooks that it runs. */
#ifndef MEETINGD_SYNC_HOOKS_OCCASION_H
#define MEETINGD_SYNC_HOOKS_OCCASION_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "model/hook.h"

struct occasion {
    int references;
    enum event_kind kind;
    char *input; /* the event's JSON and a line feed */
    size_t length;
    struct string_list environment;                                 /* NAME=VALUE */
    char *reservation, *occurrence, *reserve_id, *meeting_id, *app; /* for the log; NULL: none */
};

/* Appends an event's JSON, as somebody may see it who may see no passwords. */
typedef void hooks_event_text(void *data, const struct event *event, struct buffer *out);

/* With one reference, which is the caller's. */
struct occasion *occasion_new(const struct event *event, hooks_event_text *text, void *data);

/* For a test of a hook: the first kind of event that it waits for, sequence 0, about things that are called
 * "test". */
struct occasion *occasion_made_up(const struct hook *hook, const struct clock *clock, hooks_event_text *text,
                                  void *data);

struct occasion *occasion_ref(struct occasion *occasion);
/* NULL is fine; returns NULL. */
struct occasion *occasion_unref(struct occasion *occasion);

/* Borrows from both. */
struct log_subject occasion_subject(const struct occasion *occasion, const char *hook);

#endif
