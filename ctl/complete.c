/* complete: what the shell's completion asks for, one a line. */
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

struct source {
    const char *what;
    const char *method, *object, *list; /* the list is the reply's, or that of an object in it */
    const char *members[3];             /* the texts of an item that are candidates */
};

static const struct source sources[] = {
    {"names", "ListReservations", NULL, "reservations", {"name", "occurrence", "reserve_id"}},
    {"plans", "ListReservations", NULL, "reservations", {"name"}},
    {"occurrences", "ListReservations", NULL, "reservations", {"name", "occurrence"}},
    {"reservations", "ListReservations", NULL, "reservations", {"reserve_id"}},
    {"owners", "ListReservations", NULL, "reservations", {"reserve_user_id"}},
    {"meetings", "ListMeetings", NULL, "meetings", {"name", "id"}},
    {"apps", "GetStatus", "status", "apps", {"name"}},
    {"hooks", "ListHooks", NULL, "hooks", {"name"}},
};

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, each once: many occurrences have one name. */
static void write_items(struct ctl *ctl, const struct source *source, struct json_object *items)
{
    CLEANUP_FREE const char **texts = xcalloc(array_count(items) * ELEMENTS(source->members), sizeof(*texts));
    size_t count = 0;

    for (size_t i = 0; i < array_count(items); i++) {
        for (size_t j = 0; j < ELEMENTS(source->members) && source->members[j] != NULL; j++) {
            const char *text = member_text(json_object_array_get_idx(items, i), source->members[j]);

            if (text != NULL && *text != '\0')
                texts[count++] = text;
        }
    }
    qsort(texts, count, sizeof(*texts), compare);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(texts[i], texts[i - 1]) != 0)
            buffer_printf(&ctl->output.text, "%s\n", texts[i]);
    }
}

static int complete_from_object(struct ctl *ctl, const struct source *source)
{
    struct reply reply;
    int code = ctl_call(ctl, source->method, NULL, &reply);

    if (code != 0)
        return code;
    write_items(ctl, source, member_array(member_object(reply.parameters, source->object), source->list));
    reply_fini(&reply);
    return EXIT_DONE;
}

int command_complete(struct ctl *ctl)
{
    for (size_t i = 0; i < ELEMENTS(sources); i++) {
        struct list list;
        int code;

        if (strcmp(ctl->options->arguments[0], sources[i].what) != 0)
            continue;
        if (sources[i].object != NULL)
            return complete_from_object(ctl, &sources[i]);
        code = ctl_list(ctl, sources[i].method, sources[i].list, NULL, &list);
        if (code != 0)
            return code;
        write_items(ctl, &sources[i], list.items);
        list_fini(&list);
        return EXIT_DONE;
    }
    complain("complete: write names, plans, occurrences, reservations, meetings, apps, owners or hooks");
    return EXIT_USAGE;
}
