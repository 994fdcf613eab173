/* The sections as they come together from all files: values, and where each of them stands. */
#ifndef MEETINGD_CONFIG_DRAFT_H
#define MEETINGD_CONFIG_DRAFT_H

#include <stdbool.h>
#include <stddef.h>

#include "config/keys.h"
#include "config/reader.h"
#include "config/report.h"

/* Where a key was written last. */
struct setting {
    const struct report_source *source; /* NULL: nowhere */
    unsigned line;
    bool invalid;  /* reported: the value means nothing */
    bool mistyped; /* an unknown key was reported that may be this one */
};

/* More than the keys of any section. */
#define SETTINGS_MAX 24

struct draft {
    enum section_kind kind;
    char *name;                                       /* of the app, plan or hook */
    char *title;                                      /* what stands between the brackets */
    const struct report_source *source, *last_source; /* the first and the last file that has it */
    unsigned line, last_line;
    bool unsure;     /* the name was reported: another section may be this one */
    bool incomplete; /* something of it was reported and is not here: nothing can be said to be missing */
    bool used;       /* by a plan */
    struct setting settings[SETTINGS_MAX];
    void *values; /* as section_new() made them */
};

/* Every section, in the order of the files. All zero is empty. */
struct drafts {
    struct draft **items;
    size_t count;
    void *tree; /* by kind and name */
};

/* A new one with the defaults. `indexed`: drafts_find() finds it, and there must be none yet of that name. */
struct draft *drafts_add(struct drafts *drafts, enum section_kind kind, const char *name, const char *title,
                         const struct report_source *source, unsigned line, bool indexed);

struct draft *drafts_find(const struct drafts *drafts, enum section_kind kind, const char *name);

void drafts_fini(struct drafts *drafts);

/* Takes one key of the file `source`, or reports what is wrong with it. */
void draft_set(struct draft *draft, const struct reader_key *written, const struct report_source *source,
               struct report *report);

/* Whether the key is written; whether its value, or its default, can be worked with; whether it is surely not
 * there. */
bool draft_has(const struct draft *draft, enum key_id id);
bool draft_good(const struct draft *draft, enum key_id id);
bool draft_misses(const struct draft *draft, enum key_id id);

/* Whether it is an [app] that nothing was written into and no plan asks for, as the shipped file has it. */
bool draft_is_placeholder(const struct draft *draft);

/* Reports something at the place of the key, or of the section where the key is not written. */
void draft_report(const struct draft *draft, struct report *report, enum config_severity severity,
                  enum key_id id, const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
