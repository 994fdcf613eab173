/* What the reconciler does at Feishu, or would do next. */
#ifndef MEETINGD_ENGINE_ACTION_H
#define MEETINGD_ENGINE_ACTION_H

#include <stddef.h>
#include <stdint.h>

enum action_kind {
    ACTION_CREATE, /* apply */
    ACTION_UPDATE, /* what the file says now differs from what was applied */
    ACTION_RENEW,  /* a standing reservation gets a later expiry */
    ACTION_EXTEND, /* a meeting goes on, and its reservation would expire */
    ACTION_DELETE,
    ACTION_KINDS
};

struct action {
    enum action_kind kind;
    char *name;       /* the plan's; NULL: made by hand */
    char *occurrence; /* NULL: none */
    char *reserve_id; /* NULL: not made yet */
    int64_t at;       /* Unix seconds at which it is done; now or earlier: as soon as the limits let it */
    int calls;        /* API calls that it costs when all goes well */
    char *reason;     /* for a person */
};

/* All zero is the empty list. */
struct action_list {
    struct action *items;
    size_t count;
};

/* "create", "update", "renew", "extend", "delete". */
const char *action_kind_name(enum action_kind kind);

/* A new action at the end, all zero but for its kind; valid until the next one is added. */
struct action *action_list_add(struct action_list *list, enum action_kind kind);

/* By time, then by occurrence. */
void action_list_sort(struct action_list *list);
void action_list_fini(struct action_list *list);

#endif
