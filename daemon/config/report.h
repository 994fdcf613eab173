/* Collects the mistakes of a configuration while it is read, and puts them in order at the end. */
#ifndef MEETINGD_CONFIG_REPORT_H
#define MEETINGD_CONFIG_REPORT_H

#include "config/config.h"

/* A file of the configuration. */
struct report_source {
    char *path;
    size_t order; /* of reading, from 0 */
};

struct report_entry {
    struct config_problem problem;
    size_t order; /* of its file */
    size_t added; /* how many were added before it */
};

/* A file that is no configuration at all has millions of mistakes; so many are listed, the rest is counted.
 */
#define REPORT_MAX 100000

/* All zero: nothing to report. */
struct report {
    struct report_entry *entries;
    size_t count;
    size_t mistakes;                  /* among all that were added */
    size_t dropped;                   /* added, and not among the entries */
    const struct report_source *last; /* of what was added last */
};

/* What is shown of a text that someone else wrote: at most this many bytes, with an ellipsis and a NUL. */
#define REPORT_SHOWN_MAX  96
#define REPORT_SHOWN_SIZE (REPORT_SHOWN_MAX + sizeof("…"))

/* Copies `text` as it may stand in a message: cut where it is long. Returns `shown`. */
const char *report_show(const char *text, char shown[REPORT_SHOWN_SIZE]);

/* Adds "[section] key: MESSAGE"; `section` (its name without the brackets) and `key` may be NULL, line 0
 * means the file as a whole. Control characters become '?'. Nothing that can be secret (the value of a
 * password, a line that is not understood) may go into the message. */
void report_add(struct report *report, enum config_severity severity, const struct report_source *source,
                unsigned line, const char *section, const char *key, const char *format, ...)
    __attribute__((format(printf, 7, 8)));

/* Moves everything into `ret`, by file as read, then by line, then as it was added; the report is empty
 * afterwards. */
void report_finish(struct report *report, struct config_report *ret);

#endif
