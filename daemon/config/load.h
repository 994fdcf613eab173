/* Texts come together as one configuration. config_load() feeds it with files. */
#ifndef MEETINGD_CONFIG_LOAD_H
#define MEETINGD_CONFIG_LOAD_H

#include <stddef.h>

#include "config/config.h"
#include "config/draft.h"
#include "config/report.h"

struct load {
    struct report report;
    struct report_source **sources;
    size_t source_count;
    struct drafts drafts;
    struct draft *daemon, *poll; /* always there, for their defaults */
};

void load_init(struct load *load);

/* The next file; what it says goes before what earlier ones said. */
struct report_source *load_add_source(struct load *load, const char *path);

/* Takes what stands in the file; `data` is not needed afterwards. */
void load_text(struct load *load, const struct report_source *source, const char *data, size_t length);

/* Checks everything and ends the load. Returns as config_load(). */
int load_finish(struct load *load, struct config **ret, struct config_report *report);

#endif
