/*
 * Fuzz target: a configuration of one file, or of two where a line "%%" stands between them. By hand, in the
 * top directory:
 *
 *   clang -g -O1 -D_GNU_SOURCE -Idaemon -Itests -fsanitize=fuzzer,address,undefined -o fuzz-config \
 *       tests/fuzz/fuzz-config.c daemon/base/?*.c daemon/model/?*.c daemon/config/?*.c \
 *       -luv -lical -lsystemd -lm
 *   ./fuzz-config -max_len=4096 -dict=tests/fuzz/config.dict NEW-INPUTS tests/fuzz/corpus/config
 */
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "config/config.h"
#include "config/load.h"
#include "lib/fuzz.h"
#include "model/occurrence.h"

#define BETWEEN "\n%%\n"

/* assert() would go with NDEBUG. */
static void must(bool condition)
{
    if (!condition)
        abort();
}

static void check_text(const char *text)
{
    size_t length = strlen(text);

    must(utf8_valid_length(text, length) == length);
    for (const char *c = text; *c != '\0'; c++)
        must((unsigned char)*c >= ' ' && *c != 0x7f);
}

static void check_report(const struct config_report *report)
{
    size_t mistakes = 0;

    for (size_t i = 0; i < report->count; i++) {
        const struct config_problem *problem = &report->problems[i];
        CLEANUP_FREE char *text = config_problem_text(problem);

        check_text(text);
        mistakes += problem->severity == CONFIG_MISTAKE;
        if (i > 0) {
            int order = strcmp(report->problems[i - 1].file, problem->file);

            must(order < 0 || (order == 0 && report->problems[i - 1].line <= problem->line));
        }
    }
    must(mistakes == report->mistakes);
}

/* It can be worked out, and begins with the start unless that is left out. */
static void check_timetable(const struct plan *plan)
{
    struct occurrence_list list = {0};
    int64_t start;

    must(local_time_to_unix(&plan->start, plan->timezone, &start) == 0 && plan->duration_s > 0);
    must(plan_occurrences(plan, INT64_MIN, INT64_MAX, 1, &list, NULL) == 0 && list.count == 1);
    must(list.items[0].start_time == start || (plan->exdate_count > 0 && list.items[0].start_time > start));
    must(plan->last_end_time == UNKNOWN || plan->last_end_time >= list.items[0].end_time);
    occurrence_list_fini(&list);
}

/* What the rest of the daemon relies on. */
static void check_plan(const struct config *config, const struct plan *plan)
{
    const struct meeting_settings *settings = &plan->meeting_settings;

    must(utf8_characters(plan->name) <= 64 && strchr(plan->name, '@') == NULL);
    must(plan->name[strspn(plan->name, "0123456789")] != '\0');
    must(config_find_app(config, plan->app) != NULL);
    must(timezone_known(plan->timezone));
    must(plan->reserve_id != NULL || (plan->has_start && plan->owner_id != NULL));
    if (plan->has_start)
        check_timetable(plan);
    else
        must(plan->duration_s == UNKNOWN);
    must(settings->assign_host_list.count <= ASSIGN_HOSTS_MAX);
    must((settings->meeting_initial_type == MEETING_INITIAL_TYPE_CALL) == (settings->callee != NULL));
    if (settings->callee != NULL)
        must(settings->callee->main_address != NULL && settings->auto_record != FLAG_YES);
    if (settings->password != NULL && settings->password[0] != '\0')
        must(strlen(settings->password) >= PASSWORD_MIN && strlen(settings->password) <= PASSWORD_MAX);
}

static void check_config(const struct config *config)
{
    must(config->socket != NULL && config->state != NULL && config->timezone != NULL);
    for (size_t i = 0; i < config->app_count; i++) {
        const struct app *app = config->apps[i];

        must(app->name != NULL && app->base_url != NULL && app->app_id != NULL);
        must(app->timeout_ms > 0 && app->rate_per_minute > 0 && app->rate_per_second > 0);
        must(config_find_app(config, app->name) == app);
    }
    for (size_t i = 0; i < config->plans.count; i++) {
        check_plan(config, config->plans.items[i]);
        for (size_t j = 0; j < i; j++)
            must(strcmp(config->plans.items[j]->name, config->plans.items[i]->name) != 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size > 0 ? (const char *)data : "";
    const char *second = memmem(text, size, BETWEEN, strlen(BETWEEN));
    size_t first_length = second != NULL ? (size_t)(second - text) : size;
    struct config *config = NULL;
    struct config_report report;
    struct load load;
    int result;

    unsetenv("CREDENTIALS_DIRECTORY");
    load_init(&load);
    load_text(&load, load_add_source(&load, "a.conf"), text, first_length);
    if (second != NULL)
        load_text(&load, load_add_source(&load, "b.conf"), second + strlen(BETWEEN),
                  size - first_length - strlen(BETWEEN));
    result = load_finish(&load, &config, &report);
    must((result == 0) == (config != NULL) && (result == 0) == (report.mistakes == 0));
    check_report(&report);
    if (config != NULL)
        check_config(config);
    config_free(config);
    config_report_fini(&report);
    return 0;
}
