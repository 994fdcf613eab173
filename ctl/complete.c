/* complete: what the shell's completion asks for, one a line. */
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

struct source {
    const char *what;
    const char *method, *list;
    const char *members[3]; /* the texts of an item that are candidates */
};

static const struct source sources[] = {
    {"names", "ListReservations", "reservations", {"name", "occurrence", "reserve_id"}},
    {"reservations", "ListReservations", "reservations", {"reserve_id"}},
    {"meetings", "ListMeetings", "meetings", {"name", "id"}},
    {"hooks", "ListHooks", "hooks", {"name"}},
};

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, each once: many occurrences have one name. */
static void write_source(struct ctl *ctl, const struct source *source, const struct list *list)
{
    CLEANUP_FREE const char **texts = xcalloc(list_count(list) * ELEMENTS(source->members), sizeof(*texts));
    size_t count = 0;

    for (size_t i = 0; i < list_count(list); i++) {
        for (size_t j = 0; j < ELEMENTS(source->members) && source->members[j] != NULL; j++) {
            const char *text = member_text(list_item(list, i), source->members[j]);

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

int command_complete(struct ctl *ctl)
{
    for (size_t i = 0; i < ELEMENTS(sources); i++) {
        struct list list;
        int code;

        if (strcmp(ctl->options->arguments[0], sources[i].what) != 0)
            continue;
        code = ctl_list(ctl, sources[i].method, sources[i].list, NULL, &list);
        if (code != 0)
            return code;
        write_source(ctl, &sources[i], &list);
        list_fini(&list);
        return EXIT_DONE;
    }
    complain("complete: write names, reservations, meetings or hooks");
    return EXIT_USAGE;
}
