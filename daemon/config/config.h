/*
 * config: the INI files become typed settings. reader splits text into sections and keys, keys is the one
 * table that drives parsing, checking, defaults and the shipped sample, load puts files together and checks
 * what concerns several keys. Every mistake is reported with its file and line, not only the first.
 */
#ifndef MEETINGD_CONFIG_CONFIG_H
#define MEETINGD_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "base/str.h"
#include "model/hook.h"
#include "model/plan.h"

struct config {
    /* [daemon] */
    char *socket;
    char *state;
    char *timezone;
    enum log_level log_level;
    int64_t history_ms;
    struct string_list operators; /* users and @groups, as written */
    enum on_uncertain on_uncertain;

    struct app **apps;
    size_t app_count;
    struct poll_settings poll;
    struct plan_list plans; /* in the order of the files */
    struct hook_list hooks; /* likewise */
};

enum config_severity { CONFIG_MISTAKE, CONFIG_WARNING, CONFIG_NOTE };

/* "FILE:LINE: [section] key: what is wrong and what would be right", in `text` without the severity. */
struct config_problem {
    enum config_severity severity;
    char *file;
    unsigned line; /* 0: the file as a whole */
    char *text;    /* "[section] key: what is wrong and what would be right" */
};

struct config_report {
    struct config_problem *problems;
    size_t count;
    size_t mistakes; /* can be more than the list holds; it says so at its end then */
};

/* Reads `path` and then `path`.d/ *.conf in lexical order. The report is filled in any case (sorted by file
 * as read, and line). Returns 0 with a configuration, or -EINVAL without one where there was a mistake. A
 * credential that is missing is a mistake when systemd started us (CREDENTIALS_DIRECTORY is set), else a
 * note. */
int config_load(const char *path, struct config **ret, struct config_report *report);

struct config *config_free(struct config *config);

void config_report_fini(struct config_report *report);

/* Writes each of them to the log, as an error, a warning or a mere information. */
void config_report_log(const struct config_report *report);

/* "FILE:LINE: TEXT", "FILE:LINE: warning: TEXT" or "FILE:LINE: note: TEXT"; the caller frees it. */
char *config_problem_text(const struct config_problem *problem);

/* The commented sample that `conf/meetingd.conf` is: every key with its default and one line of explanation.
 * The caller frees it. */
char *config_sample(void);

/* One line for each plan: its name and the next three occurrences at `now_s` (Unix seconds), by the clocks of
 * its time zone; then one for each hook: what it is run at, and its program. Columns are right where the
 * locale knows the names' characters. The caller frees it. */
char *config_preview(const struct config *config, int64_t now_s);

struct app *config_find_app(const struct config *config, const char *name);

/* What is wrong with an app that cannot log in for want of its secret, which the daemon's own user must be
 * able to read; NULL: nothing. The caller frees it. */
char *config_secret_problem(const struct app *app);

#endif
