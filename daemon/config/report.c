#include "config/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/buffer.h"
#include "base/log.h"

/* Longer than any key that there is, shorter than Feishu's secrets. */
#define KEY_SHOWN_MAX 30

/* Replaces what a terminal would obey. */
static void mask_controls(char *text)
{
    for (; *text != '\0'; text++)
        memset(text, '?', utf8_control_length(text));
}

const char *report_show(const char *text, char shown[REPORT_SHOWN_SIZE])
{
    size_t length = strnlen(text, REPORT_SHOWN_MAX + 1);

    if (length > REPORT_SHOWN_MAX) {
        length = REPORT_SHOWN_MAX;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
            length--;
        memcpy(shown + length, "…", sizeof("…"));
    } else {
        shown[length] = '\0';
    }
    memcpy(shown, text, length);
    return shown;
}

/* Whether this can be meant as a key. What cannot is not shown: in "password 971024 =" the secret stands
 * where a key should. */
static bool is_plausible_key(const char *key)
{
    return strnlen(key, KEY_SHOWN_MAX + 1) <= KEY_SHOWN_MAX && !(key[0] >= '0' && key[0] <= '9') &&
           strpbrk(key, " \t:") == NULL;
}

void report_add(struct report *report, enum config_severity severity, const struct report_source *source,
                unsigned line, const char *section, const char *key, const char *format, ...)
{
    struct buffer text = BUFFER_EMPTY;
    char shown[REPORT_SHOWN_SIZE];
    struct report_entry *entry;
    va_list arguments;
    char *message;

    report->last = source;
    if (severity == CONFIG_MISTAKE)
        report->mistakes++;
    if (report->count == REPORT_MAX) {
        report->dropped++;
        return;
    }
    va_start(arguments, format);
    message = xvasprintf(format, arguments);
    va_end(arguments);
    if (key != NULL && !is_plausible_key(key))
        key = NULL;
    if (section != NULL)
        buffer_printf(&text, "[%s]%s", report_show(section, shown), key != NULL ? " " : ": ");
    if (key != NULL)
        buffer_printf(&text, "%s: ", report_show(key, shown));
    buffer_append_text(&text, message);
    free(message);
    mask_controls(text.data);

    /* Grows at each power of two. */
    if ((report->count & (report->count - 1)) == 0)
        report->entries =
            xrealloc(report->entries, report->count > 0 ? report->count * 2 : 1, sizeof(*report->entries));
    entry = &report->entries[report->count];
    *entry = (struct report_entry){
        {severity, xstrdup(source->path), line, buffer_take(&text)}, source->order, report->count};
    report->count++;
}

static int compare(const void *left, const void *right)
{
    const struct report_entry *a = left, *b = right;

    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    if (a->problem.line != b->problem.line)
        return a->problem.line < b->problem.line ? -1 : 1;
    return a->added < b->added ? -1 : 1;
}

void report_finish(struct report *report, struct config_report *ret)
{
    *ret = (struct config_report){.mistakes = report->mistakes};
    if (report->count > 0) {
        qsort(report->entries, report->count, sizeof(*report->entries), compare);
        ret->problems = xcalloc(report->count + 1, sizeof(*ret->problems));
    }
    for (; ret->count < report->count; ret->count++)
        ret->problems[ret->count] = report->entries[ret->count].problem;
    if (report->dropped > 0)
        ret->problems[ret->count++] =
            (struct config_problem){CONFIG_NOTE, xstrdup(report->last->path), 0,
                                    xasprintf("%zu more are not listed: mend these first", report->dropped)};
    free(report->entries);
    *report = (struct report){0};
}

void config_report_fini(struct config_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        free(report->problems[i].file);
        free(report->problems[i].text);
    }
    free(report->problems);
    *report = (struct config_report){NULL, 0, 0};
}

char *config_problem_text(const struct config_problem *problem)
{
    static const char *const severities[] = {
        [CONFIG_MISTAKE] = "", [CONFIG_WARNING] = "warning: ", [CONFIG_NOTE] = "note: "};
    const char *severity = severities[problem->severity];

    if (problem->line == 0)
        return xasprintf("%s: %s%s", problem->file, severity, problem->text);
    return xasprintf("%s:%u: %s%s", problem->file, problem->line, severity, problem->text);
}

void config_report_log(const struct config_report *report)
{
    static const enum log_level levels[] = {
        [CONFIG_MISTAKE] = LOG_LEVEL_ERROR,
        [CONFIG_WARNING] = LOG_LEVEL_WARNING,
        [CONFIG_NOTE] = LOG_LEVEL_INFO,
    };

    for (size_t i = 0; i < report->count; i++) {
        CLEANUP_FREE char *text = config_problem_text(&report->problems[i]);

        log_write(levels[report->problems[i].severity], NULL, "%s", text);
    }
}
