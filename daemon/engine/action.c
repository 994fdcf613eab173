#include "engine/action.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

static const char *const names[ACTION_KINDS] = {
    [ACTION_CREATE] = "create", [ACTION_UPDATE] = "update", [ACTION_RENEW] = "renew",
    [ACTION_EXTEND] = "extend", [ACTION_DELETE] = "delete",
};

const char *action_kind_name(enum action_kind kind)
{
    return names[kind];
}

struct action *action_list_add(struct action_list *list, enum action_kind kind)
{
    struct action *action;

    /* Grows at each power of two. */
    if ((list->count & (list->count - 1)) == 0)
        list->items = xrealloc(list->items, list->count > 0 ? list->count * 2 : 1, sizeof(*list->items));
    action = &list->items[list->count++];
    *action = (struct action){.kind = kind};
    return action;
}

static int compare(const void *left, const void *right)
{
    const struct action *a = left, *b = right;

    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return strcmp(a->occurrence != NULL ? a->occurrence : "", b->occurrence != NULL ? b->occurrence : "");
}

void action_list_sort(struct action_list *list)
{
    if (list->count > 0)
        qsort(list->items, list->count, sizeof(*list->items), compare);
}

void action_list_fini(struct action_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].name);
        free(list->items[i].occurrence);
        free(list->items[i].reserve_id);
        free(list->items[i].reason);
    }
    free(list->items);
    *list = (struct action_list){NULL, 0};
}
