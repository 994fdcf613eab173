#include "model/hook.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

struct hook *hook_free(struct hook *hook)
{
    if (hook == NULL)
        return NULL;
    free(hook->name);
    string_list_fini(&hook->reservations);
    string_list_fini(&hook->exec);
    free(hook);
    return NULL;
}

struct hook *hook_copy(const struct hook *hook)
{
    struct hook *copy = xalloc(sizeof(*copy));

    copy->name = xstrdup(hook->name);
    copy->on = hook->on;
    string_list_copy(&copy->reservations, &hook->reservations);
    string_list_copy(&copy->exec, &hook->exec);
    copy->timeout_ms = hook->timeout_ms;
    return copy;
}

bool hook_wants(const struct hook *hook, enum event_kind kind, const char *reservation)
{
    if ((hook->on.kinds & UINT32_C(1) << kind) == 0)
        return false;
    return hook->reservations.count == 0 ||
           (reservation != NULL && string_list_has(&hook->reservations, reservation));
}

void hook_list_take(struct hook_list *list, struct hook *hook)
{
    /* Grows at each power of two. */
    if ((list->count & (list->count - 1)) == 0)
        list->items = xrealloc(list->items, list->count > 0 ? list->count * 2 : 1, sizeof(struct hook *));
    list->items[list->count++] = hook;
}

const struct hook *hook_list_find(const struct hook_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i]->name, name) == 0)
            return list->items[i];
    }
    return NULL;
}

void hook_list_fini(struct hook_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        hook_free(list->items[i]);
    free(list->items);
    *list = (struct hook_list){NULL, 0};
}
