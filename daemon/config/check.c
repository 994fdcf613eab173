#include "config/check.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/accounts.h"
#include "base/base.h"
#include "base/span.h"
#include "config/check-hook.h"
#include "config/check-month.h"
#include "config/check-schedule.h"
#include "config/config.h"
#include "config/secret.h"

/* A reservation's end_time is at most this far away when it is made (feishu-api.md 1.2). */
#define EXPIRY_MAX_MS (30 * MS_PER_DAY)

/* Calls of each API (feishu-api.md 1.1). */
#define FEISHU_RATE_PER_MINUTE 1000
#define FEISHU_RATE_PER_SECOND 50

/* Apps among which a mistyped name is looked for: a machine has a handful, and each plan may ask. */
#define SUGGESTED_FROM 64

struct check {
    const struct drafts *drafts;
    struct report *report;
    const char *timezone; /* of plans that name none; NULL: a mistake, already reported */
    const char *app_names[SUGGESTED_FROM];
    size_t app_count; /* of those */
    bool missing_app_reported;
    void *adopted; /* tree of adopted plans, by reserve_id */
};

#define MISTAKE(draft, id, ...) draft_report((draft), check->report, CONFIG_MISTAKE, (id), __VA_ARGS__)
#define WARNING(draft, id, ...) draft_report((draft), check->report, CONFIG_WARNING, (id), __VA_ARGS__)

static void check_operators(struct check *check, struct draft *draft)
{
    const struct config *config = draft->values;

    if (!draft_has(draft, KEY_OPERATORS) || !draft_good(draft, KEY_OPERATORS))
        return;
    for (size_t i = 0; i < config->operators.count; i++) {
        const char *name = config->operators.items[i];
        uid_t user;
        gid_t group;

        if (name[0] == '@' ? !accounts_find_group(name + 1, &group) : !accounts_find_user(name, &user))
            WARNING(draft, KEY_OPERATORS, "there is no %s %s on this machine",
                    name[0] == '@' ? "group" : "user", name);
    }
}

static void check_daemon(struct check *check, struct draft *draft)
{
    struct config *config = draft->values;

    check_operators(check, draft);
    if (!draft_good(draft, KEY_DAEMON_TIMEZONE))
        return;
    if (config->timezone == NULL)
        config->timezone = timezone_system();
    check->timezone = config->timezone;
}

static void check_rate(struct check *check, const struct draft *draft, enum key_id id, int64_t rate,
                       int64_t feishu)
{
    if (rate > feishu)
        WARNING(draft, id, "Feishu's own limit is %" PRId64 ", and it refuses more where that was not raised",
                feishu);
}

static void check_app(struct check *check, struct draft *draft)
{
    struct app_values *values = draft->values;

    if (draft_is_placeholder(draft))
        return;
    if (draft_misses(draft, KEY_APP_ID))
        MISTAKE(draft, KEY_APP_ID, "the key is missing: write the app's id, such as cli_9f5343c580712544");
    if (values->app.base_url == NULL)
        values->app.base_url =
            xstrdup(values->region == REGION_LARK ? "https://open.larksuite.com" : "https://open.feishu.cn");
    if (values->app.user_id_type == USER_ID_TYPE_USER_ID)
        WARNING(draft, KEY_USER_ID_TYPE,
                "Feishu leaves rooms, telephones and SIP devices out of the lists then: open_id keeps them");
    check_rate(check, draft, KEY_RATE_PER_MINUTE, values->app.rate_per_minute, FEISHU_RATE_PER_MINUTE);
    check_rate(check, draft, KEY_RATE_PER_SECOND, values->app.rate_per_second, FEISHU_RATE_PER_SECOND);
    secret_load(draft, check->report);
}

static void report_missing_app(struct check *check, const struct draft *plan, const char *name)
{
    const char *nearest = str_nearest(name, check->app_names, check->app_count);

    if (draft_has(plan, KEY_APP)) {
        char shown[REPORT_SHOWN_SIZE];

        MISTAKE(plan, KEY_APP, "there is no [app %s]: %s%s%s", report_show(name, shown),
                nearest != NULL ? "did you mean " : "add that section, or write another app's name",
                nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
    } else if (check->app_count > 0) {
        MISTAKE(plan, KEY_APP, "no app is called default: write the app's name here, or add [app]");
    } else if (!check->missing_app_reported) {
        MISTAKE(plan, KEY_APP, "there is no app to reserve with: add [app] with its app_id");
        check->missing_app_reported = true;
    }
}

/* The plan's app, NULL where that was reported. */
static struct draft *find_app(struct check *check, const struct draft *draft)
{
    const struct plan_values *values = draft->values;
    struct draft *app;

    if (!draft_good(draft, KEY_APP))
        return NULL;
    app = drafts_find(check->drafts, SECTION_APP, values->plan.app);
    if (app == NULL)
        report_missing_app(check, draft, values->plan.app);
    else
        app->used = true;
    return app;
}

static void check_owner(struct check *check, struct draft *draft, struct draft *app_draft)
{
    const struct app_values *app = app_draft->values;
    struct plan_values *values = draft->values;

    if (values->plan.owner_id == NULL && app->app.owner_id != NULL)
        values->plan.owner_id = xstrdup(app->app.owner_id);
    if (!draft_has(draft, KEY_RESERVE_ID) && draft_misses(draft, KEY_OWNER_ID) &&
        draft_misses(app_draft, KEY_APP_OWNER_ID))
        MISTAKE(draft, KEY_OWNER_ID,
                "the reservation would have no owner, and Feishu asks for one: write owner_id here, or in "
                "[%s] for "
                "all its plans",
                app_draft->title);
}

static void check_times(struct check *check, struct draft *draft)
{
    struct plan_values *values = draft->values;
    struct plan *plan = &values->plan;
    bool adopted = draft_has(draft, KEY_RESERVE_ID);
    bool timed =
        draft_has(draft, KEY_DURATION) || draft_has(draft, KEY_RRULE) || draft_has(draft, KEY_EXDATE);
    int64_t unused;

    if (plan->timezone == NULL && draft_good(draft, KEY_TIMEZONE))
        plan->timezone = xstrdup(check->timezone);
    if (draft_misses(draft, KEY_START) && (!adopted || timed))
        MISTAKE(draft, KEY_START,
                "the key is missing: write when the meeting begins, such as 2026-11-23 09:30");
    if (draft_misses(draft, KEY_DURATION) && (!adopted || draft_has(draft, KEY_START)))
        MISTAKE(draft, KEY_DURATION,
                "the key is missing: write how long the meeting is meant to be, such as 30min");
    plan->has_start = draft_has(draft, KEY_START);
    if (plan->has_start)
        plan->duration_s = values->duration_ms / MS_PER_SECOND;
    if (!plan->has_start || !draft_good(draft, KEY_START) || plan->timezone == NULL)
        return;
    if (local_time_to_unix(&plan->start, plan->timezone, &unused) == -ENOENT)
        MISTAKE(draft, KEY_START,
                "this time is skipped in %s, where clocks are put forward over it: write an earlier or a "
                "later one",
                plan->timezone);
    else if (draft_has(draft, KEY_DURATION) && draft_good(draft, KEY_DURATION) &&
             draft_good(draft, KEY_RRULE) && draft_good(draft, KEY_EXDATE))
        check_schedule(draft, check->report);
}

/* Feishu takes no end_time that is further away than 30 days when the reservation is made. */
static void check_reach(struct check *check, const struct draft *draft)
{
    const struct plan_values *values = draft->values;
    const struct plan *plan = &values->plan;
    int64_t total = plan->create_ahead_ms + values->duration_ms + plan->expire_after_ms;
    enum key_id longest = KEY_DURATION;
    char text[SPAN_TEXT_SIZE];

    if (draft_has(draft, KEY_RESERVE_ID) || total <= EXPIRY_MAX_MS || !draft_good(draft, KEY_CREATE_AHEAD) ||
        !draft_good(draft, KEY_DURATION) || !draft_good(draft, KEY_EXPIRE_AFTER))
        return;
    if (plan->create_ahead_ms >= values->duration_ms && plan->create_ahead_ms >= plan->expire_after_ms)
        longest = KEY_CREATE_AHEAD;
    else if (plan->expire_after_ms >= values->duration_ms)
        longest = KEY_EXPIRE_AFTER;
    MISTAKE(
        draft, longest,
        "create_ahead, duration and expire_after are %s together, and Feishu keeps a reservation for 30d at "
        "most: write a shorter time",
        span_format(total, text));
}

static void check_call(struct check *check, struct draft *draft)
{
    struct plan_values *values = draft->values;
    struct meeting_settings *settings = &values->plan.meeting_settings;
    bool call = settings->meeting_initial_type == MEETING_INITIAL_TYPE_CALL;

    if (!draft_good(draft, KEY_MEETING_INITIAL_TYPE))
        return;
    for (enum key_id id = KEY_APP; id <= KEY_CALLEE_MAIN_ADDRESS; id++) {
        if (!call && (key_table[id].use & KEY_FOR_CALLS) != 0 && draft_has(draft, id))
            MISTAKE(draft, id,
                    "only a call has a callee: write meeting_initial_type = call, or remove the line");
    }
    if (!call)
        return;
    if (draft_misses(draft, KEY_CALLEE_MAIN_ADDRESS))
        MISTAKE(draft, KEY_CALLEE_MAIN_ADDRESS,
                "the key is missing: write the telephone number to call, such as +86-02187654321");
    if (settings->auto_record == FLAG_YES)
        MISTAKE(draft, KEY_AUTO_RECORD, "Feishu records no calls: write no, or meeting_initial_type = group");
    if (draft_has(draft, KEY_CALLEE_MAIN_ADDRESS) && draft_good(draft, KEY_CALLEE_MAIN_ADDRESS) &&
        strncmp(values->callee.main_address, "+86-", strlen("+86-")) != 0)
        WARNING(draft, KEY_CALLEE_MAIN_ADDRESS,
                "Feishu calls numbers of mainland China only, which begin with +86-");
    settings->callee = xalloc(sizeof(*settings->callee));
    *settings->callee = values->callee;
    values->callee = (struct callee){0};
}

static void check_settings(struct check *check, struct draft *draft)
{
    struct plan_values *values = draft->values;
    struct meeting_settings *settings = &values->plan.meeting_settings;

    settings->assign_host_list_set = draft_has(draft, KEY_ASSIGN_HOST_LIST);
    settings->action_permissions_set = draft_has(draft, KEY_ACTION_PERMISSION);
    if (settings->assign_host_list.count > ASSIGN_HOSTS_MAX)
        MISTAKE(draft, KEY_ASSIGN_HOST_LIST, "these are %zu hosts, and Feishu takes at most %d: remove some",
                settings->assign_host_list.count, ASSIGN_HOSTS_MAX);
    check_call(check, draft);
}

static int compare_adopted(const void *left, const void *right)
{
    const struct plan_values *a = ((const struct draft *)left)->values,
                             *b = ((const struct draft *)right)->values;

    return strcmp(a->plan.reserve_id, b->plan.reserve_id);
}

static void check_adopted(struct check *check, struct draft *draft)
{
    struct draft *const *other;

    for (enum key_id id = KEY_APP; id <= KEY_CALLEE_MAIN_ADDRESS; id++) {
        if (draft_has(draft, id) && (key_table[id].use & KEY_FOR_ALL_PLANS) == 0)
            MISTAKE(draft, id,
                    "a plan with reserve_id follows a reservation that is made elsewhere and takes only app, "
                    "start, duration, timezone, rrule and exdate beside it: remove the line, or reserve_id");
    }
    if (!draft_good(draft, KEY_RESERVE_ID))
        return;
    other = tsearch(draft, &check->adopted, compare_adopted);
    if (other == NULL)
        abort(); /* out of memory */
    /* A section that stands twice was reported as such. */
    if (strcmp((*other)->name, draft->name) != 0)
        MISTAKE(draft, KEY_RESERVE_ID, "[%s] follows this reservation already: keep one of the two",
                (*other)->title);
}

static void check_plan(struct check *check, struct draft *draft)
{
    struct draft *app = find_app(check, draft);

    if (app != NULL)
        check_owner(check, draft, app);
    check_times(check, draft);
    check_reach(check, draft);
    if (draft_has(draft, KEY_RESERVE_ID))
        check_adopted(check, draft);
    else
        check_settings(check, draft);
}

static void keep(void *node)
{
    (void)node;
}

void check_drafts(const struct drafts *drafts, struct draft *daemon, struct report *report)
{
    struct check check = {.drafts = drafts, .report = report};

    check_daemon(&check, daemon);
    for (size_t i = 0; i < drafts->count && check.app_count < SUGGESTED_FROM; i++) {
        if (drafts->items[i]->kind == SECTION_APP)
            check.app_names[check.app_count++] = drafts->items[i]->name;
    }
    for (size_t i = 0; i < drafts->count; i++) {
        if (drafts->items[i]->kind == SECTION_RESERVATION)
            check_plan(&check, drafts->items[i]);
    }
    for (size_t i = 0; i < drafts->count; i++) {
        if (drafts->items[i]->kind == SECTION_APP)
            check_app(&check, drafts->items[i]);
    }
    check_hooks(drafts, report);
    check_months(drafts, report);
    tdestroy(check.adopted, keep);
}
