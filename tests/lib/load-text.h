/* A configuration from texts in memory, and what is reported of it, for the tests of config. */
#ifndef MEETINGD_TESTS_LOAD_TEXT_H
#define MEETINGD_TESTS_LOAD_TEXT_H

#include "lib/test.h"

#include <errno.h>

#include "base/base.h"
#include "base/buffer.h"
#include "config/config.h"
#include "config/load.h"

/* An app and a plan that are good; a test goes on with line PLAN_LINES + 1. */
#define APP_TEXT   "[app]\napp_id = cli_a\nowner_id = ou_owner\n"
#define APP_LINES  3
#define PLAN_TEXT  APP_TEXT "[reservation p]\nstart = 2026-11-23 09:30\nduration = 30min\ntimezone = UTC\n"
#define PLAN_LINES 7

struct loaded {
    int result;
    struct config *config;
    size_t mistakes;
    char *problems; /* mistakes and warnings, each with a line feed; "" where there are none */
    char *notes;    /* likewise */
};

static inline void load_collect(struct loaded *loaded, struct config_report *report)
{
    struct buffer problems = BUFFER_EMPTY, notes = BUFFER_EMPTY;

    for (size_t i = 0; i < report->count; i++) {
        CLEANUP_FREE char *text = config_problem_text(&report->problems[i]);

        buffer_printf(report->problems[i].severity == CONFIG_NOTE ? &notes : &problems, "%s\n", text);
    }
    loaded->mistakes = report->mistakes;
    loaded->problems = buffer_take(&problems);
    loaded->notes = buffer_take(&notes);
    assert_int_equal(loaded->result, loaded->mistakes > 0 ? -EINVAL : 0);
    assert_int_equal(loaded->config != NULL, loaded->result == 0);
    config_report_fini(report);
}

/* The texts are files named a.conf, b.conf and so on, read in this order. */
static inline struct loaded load_bytes(const char *const *texts, const size_t *lengths, size_t count)
{
    struct loaded loaded = {0};
    struct config_report report;
    struct load load;

    load_init(&load);
    for (size_t i = 0; i < count; i++) {
        char name[] = "a.conf";

        name[0] = (char)('a' + i);
        load_text(&load, load_add_source(&load, name), texts[i], lengths[i]);
    }
    loaded.result = load_finish(&load, &loaded.config, &report);
    load_collect(&loaded, &report);
    return loaded;
}

static inline struct loaded load_one(const char *text)
{
    const size_t length = strlen(text);

    return load_bytes(&text, &length, 1);
}

static inline struct loaded load_two(const char *first, const char *second)
{
    return load_bytes((const char *const[]){first, second}, (const size_t[]){strlen(first), strlen(second)},
                      2);
}

static inline void loaded_fini(struct loaded *loaded)
{
    config_free(loaded->config);
    free(loaded->problems);
    free(loaded->notes);
}

/* Loads the text, in which nothing may be wrong. */
static inline struct config *load_good(const char *text)
{
    struct loaded loaded = load_one(text);

    assert_string_equal(loaded.problems, "");
    free(loaded.problems);
    free(loaded.notes);
    return loaded.config;
}

/* The text has these mistakes and warnings, in this order, and no others. */
static inline void expect_problems(const char *text, const char *problems)
{
    struct loaded loaded = load_one(text);

    assert_string_equal(loaded.problems, problems);
    loaded_fini(&loaded);
}

/* The text has one mistake or warning; it begins and ends like this. */
static inline void expect_problem(const char *text, const char *begin, const char *end)
{
    struct loaded loaded = load_one(text);
    size_t length = strlen(loaded.problems);

    if (length == 0 || strchr(loaded.problems, '\n') != loaded.problems + length - 1 ||
        strncmp(loaded.problems, begin, strlen(begin)) != 0 || length < strlen(begin) + strlen(end) + 1 ||
        strncmp(loaded.problems + length - 1 - strlen(end), end, strlen(end)) != 0)
        fail_msg("in\n%s\nthis is wrong:\n%s\nand not\n%s...%s", text, loaded.problems, begin, end);
    loaded_fini(&loaded);
}

#endif
