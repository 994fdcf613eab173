/* What the plans and hooks come to, for whoever checks a configuration. */
#include <stdlib.h>
#include <wchar.h>

#include "base/base.h"
#include "base/buffer.h"
#include "config/config.h"
#include "model/day.h"
#include "model/event.h"
#include "model/occurrence.h"

/* How many occurrences of a plan are shown. */
#define SHOWN 3

/* A name that is longer makes its own line longer, not all others. */
#define NAME_COLUMNS_MAX 32

/* The columns of a text on a terminal, as far as the locale knows. */
static int columns_of(const char *text)
{
    mbstate_t state = {0};
    int columns = 0;

    while (*text != '\0') {
        wchar_t character = L'?';
        size_t length = mbrtowc(&character, text, MB_CUR_MAX, &state);
        int width = wcwidth(character);

        columns += width >= 0 ? width : 1;
        text += length > 0 && length <= MB_CUR_MAX ? length : 1;
    }
    return columns;
}

static void add_time(struct buffer *out, int64_t time, const char *timezone)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    char text[LOCAL_TIME_SIZE];
    struct local_time local;

    if (local_time_from_unix(time, timezone, &local) == 0)
        buffer_printf(out, "%s %s", days[day_weekday(day_number(local.year, local.month, local.day))],
                      local_time_format(&local, text));
}

static void add_occurrences(struct buffer *out, const struct plan *plan, const struct occurrence_list *list)
{
    char text[LOCAL_TIME_SIZE];

    for (size_t i = 0; i < list->count; i++) {
        buffer_append_text(out, i > 0 ? ", " : "");
        add_time(out, list->items[i].start_time, plan->timezone);
    }
    if (list->count == 0) {
        buffer_append_text(out, "over");
        if (plan->last_end_time != UNKNOWN) {
            buffer_append_text(out, " since ");
            add_time(out, plan->last_end_time, plan->timezone);
        }
    }
    buffer_printf(out, " %s", plan->timezone);
    for (size_t i = 0; i < list->skipped_count; i++)
        buffer_printf(out, "%s%s%s", i > 0 ? ", " : " (clocks are put forward over ",
                      local_time_format(&list->skipped[i], text), i + 1 == list->skipped_count ? ")" : "");
}

static void add_plan(struct buffer *out, const struct plan *plan, int columns, int64_t now_s)
{
    struct occurrence_list list = {0};
    int padding = columns - columns_of(plan->name);
    struct error error;

    buffer_printf(out, "%s%*s  ", plan->name, padding > 0 ? padding : 0, "");
    if (!plan->has_start)
        buffer_append_text(out, "no timetable");
    else if (plan_occurrences(plan, now_s, INT64_MAX, SHOWN, &list, &error) < 0)
        buffer_append_text(out, error.text);
    else
        add_occurrences(out, plan, &list);
    buffer_append_char(out, '\n');
    occurrence_list_fini(&list);
}

static void add_hook(struct buffer *out, const struct hook *hook)
{
    const char *comma = "";

    buffer_printf(out, "hook %s: ", hook->name);
    for (enum event_kind kind = 0; kind < EVENT_KINDS; kind++) {
        if ((hook->on.kinds & UINT32_C(1) << kind) == 0)
            continue;
        buffer_printf(out, "%s%s", comma, event_kind_name(kind));
        comma = ", ";
    }
    for (size_t i = 0; i < hook->reservations.count; i++)
        buffer_printf(out, "%s%s", i > 0 ? ", " : " of ", hook->reservations.items[i]);
    buffer_printf(out, " runs %s\n", hook->exec.items[0]);
}

char *config_preview(const struct config *config, int64_t now_s)
{
    struct buffer out = BUFFER_EMPTY;
    int columns = 0;

    for (size_t i = 0; i < config->plans.count; i++) {
        int own = columns_of(config->plans.items[i]->name);

        if (own > columns && own <= NAME_COLUMNS_MAX)
            columns = own;
    }
    for (size_t i = 0; i < config->plans.count; i++)
        add_plan(&out, config->plans.items[i], columns, now_s);
    for (size_t i = 0; i < config->hooks.count; i++)
        add_hook(&out, config->hooks.items[i]);
    return buffer_take(&out);
}
