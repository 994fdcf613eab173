/* doctor: what the daemon tells of itself, and of each app's Feishu. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

/* Seconds by which clocks may differ. Feishu's own date is in whole seconds. */
#define CLOCK_GOOD_S 10
#define CLOCK_BAD_S  60

/* Feishu's basic plan, all apps of a tenant together. */
#define BASIC_CALLS 10000

static void look_at_version(struct doctor *doctor)
{
    const char *version = text_or(member_text(doctor->status, "version"), "unknown");

    if (strcmp(version, PACKAGE_VERSION) == 0)
        doctor_find(doctor, "daemon", VERDICT_OK, NULL, "meetingd %s answers, pid %" PRId64, version,
                    member_number(doctor->status, "pid"));
    else
        doctor_find(doctor, "daemon", VERDICT_WARN, "Restart meetingd after an upgrade.",
                    "meetingd %s answers, and this is meetingctl " PACKAGE_VERSION, version);
}

static void look_at_reload(struct doctor *doctor)
{
    struct json_object *reload = member_object(doctor->status, "last_reload"),
                       *problems = member_array(reload, "problems"),
                       *restart = member_array(reload, "restart");

    if (array_count(problems) > 0)
        doctor_find(doctor, "reload", VERDICT_FAIL,
                    "Mend the file, then run \"meetingctl reload\"; until then the configuration before it "
                    "is in force.",
                    "the last reload was refused: %s", text_or(item_text(problems, 0), "unknown"));
    else if (array_count(restart) > 0)
        doctor_find(doctor, "reload", VERDICT_WARN, "Run \"systemctl restart meetingd\".",
                    "%s has changed, and counts after a restart only",
                    text_or(item_text(restart, 0), "unknown"));
}

static void look_at_store(struct doctor *doctor)
{
    struct json_object *store = member_object(doctor->status, "store");

    if (member_true(store, "failing"))
        doctor_find(doctor, "store", VERDICT_FAIL,
                    "Mend the disk or its rights: until then nothing new is reserved.",
                    "%s cannot be written: %s", text_or(member_text(store, "path"), "unknown"),
                    text_or(member_text(store, "error"), "unknown"));
    else
        doctor_find(doctor, "store", VERDICT_OK, NULL, "%s is written; the slowest time took %" PRId64 " ms",
                    text_or(member_text(store, "path"), "unknown"), member_number(store, "slowest_ms"));
}

static void look_at_problems(struct doctor *doctor)
{
    int64_t problems = member_number(member_object(doctor->status, "counts"), "problems");

    if (problems > 0)
        doctor_find(doctor, "reservations", VERDICT_WARN, "See which: meetingctl list",
                    "%" PRId64 " of them %s a problem", problems, problems == 1 ? "has" : "have");
}

static void look_at_clock(struct doctor *doctor, struct json_object *apps)
{
    int64_t ahead = 0, away;
    bool known = false;

    for (size_t i = 0; i < array_count(apps) && !known; i++)
        known = member_int(json_object_array_get_idx(apps, i), "clock_ahead", &ahead);
    if (!known) {
        doctor_clock_here(doctor);
        return;
    }
    away = ahead >= 0 ? ahead : ahead > -INT64_MAX ? -ahead : INT64_MAX;
    if (away <= CLOCK_GOOD_S)
        doctor_find(doctor, "clock", VERDICT_OK, NULL, "the same as Feishu's, within %" PRId64 " s",
                    away + 1);
    else
        doctor_find(doctor, "clock", away <= CLOCK_BAD_S ? VERDICT_WARN : VERDICT_FAIL,
                    "Set it right, and run a time service, such as systemd-timesyncd or chrony: meetings are "
                    "reserved and looked for by this clock.",
                    "it is %" PRId64 " s %s Feishu's", away, ahead > 0 ? "ahead of" : "behind");
}

/* The way to Feishu: name, connection and TLS, as far as the last answer, or its absence, tells. */
static void look_at_way(struct doctor *doctor, struct json_object *app, const char *name)
{
    const char *url = text_or(member_text(app, "base_url"), "unknown");
    const char *error = member_text(member_object(app, "last_error"), "message");
    bool tls = strncmp(url, "https://", strlen("https://")) == 0;
    bool refused = strcmp(text_or(member_text(app, "token"), "unknown"), "refused") == 0;
    char ago[TIMES_TEXT_SIZE];
    int64_t at;

    if (error != NULL && (strstr(error, "certificate") != NULL || strstr(error, "TLS") != NULL)) {
        doctor_find(doctor, "tls", VERDICT_FAIL,
                    "Check this machine's clock, its CA certificates (ca-certificates) and ca_file.",
                    "app %s: %s", name, error);
        return;
    }
    if (error != NULL && !refused) {
        doctor_find(doctor, "feishu", VERDICT_FAIL,
                    "Check region or base_url, the network, and a proxy on the way (https_proxy).",
                    "app %s: %s", name, error);
        return;
    }
    if (refused) {
        /* A refusal is an answer; what to do about it is said of the token. */
        doctor_find(doctor, tls ? "tls" : "feishu", VERDICT_OK, NULL, "app %s: %s answers", name, url);
        return;
    }
    if (!member_int(app, "last_success_at", &at)) {
        doctor_find(doctor, "feishu", VERDICT_WARN,
                    doctor->ctl->options->offline || !member_true(doctor->status, "operator")
                        ? "An operator's \"meetingctl doctor\" asks it."
                        : "See what holds calls back: meetingctl status",
                    "app %s: %s has given no good answer yet", name, url);
        return;
    }
    times_relative(&doctor->ctl->times, at, ago);
    if (tls)
        doctor_find(doctor, "tls", VERDICT_OK, NULL, "app %s: %s answered %s; its certificate is good", name,
                    url, ago);
    else
        doctor_find(doctor, "feishu", VERDICT_OK, NULL,
                    "app %s: %s answered %s, without TLS: that is for tests", name, url, ago);
}

static void look_at_token(struct doctor *doctor, struct json_object *app, const char *name)
{
    const char *token = text_or(member_text(app, "token"), "unknown");

    if (strcmp(token, "valid") == 0)
        doctor_find(doctor, "token", VERDICT_OK, NULL, "app %s: Feishu takes its app_id and secret", name);
    else if (strcmp(token, "refused") == 0)
        doctor_find(
            doctor, "token", VERDICT_FAIL,
            "Compare app_id, the secret and region with the developer console; restart meetingd after a new "
            "secret.",
            "app %s: Feishu gives no token: %s", name,
            text_or(member_text(member_object(app, "last_error"), "message"), "unknown"));
    else
        doctor_find(doctor, "token", VERDICT_WARN, NULL, "app %s: %s", name,
                    member_object(app, "last_error") != NULL ? "there is none yet"
                                                             : "none was asked for yet");
}

struct scope {
    const char *name;
    const char *for_what;
    enum verdict without;
    const char *apis[4];
};

static void look_at_scope(struct doctor *doctor, struct json_object *app, const char *name,
                          const struct scope *scope)
{
    struct json_object *apis = member_array(app, "apis");
    CLEANUP_FREE char *mend =
        xasprintf("Give the app the scope %s in Feishu's developer console, and publish "
                  "a version.",
                  scope->name);
    bool known = false;

    for (size_t i = 0; i < array_count(apis); i++) {
        struct json_object *api = json_object_array_get_idx(apis, i),
                           *refused = member_object(api, "refused");

        for (size_t j = 0; j < ELEMENTS(scope->apis) && scope->apis[j] != NULL; j++) {
            if (!str_equal(member_text(api, "api"), scope->apis[j]))
                continue;
            known = true;
            if (refused != NULL) {
                doctor_find(doctor, "scope", scope->without, mend,
                            "app %s lacks %s, which it needs %s: %s, code %" PRId64 ", log id %s", name,
                            scope->name, scope->for_what, scope->apis[j], member_number(refused, "code"),
                            text_or(member_text(refused, "log_id"), "unknown"));
                return;
            }
        }
    }
    if (known)
        doctor_find(doctor, "scope", VERDICT_OK, NULL, "app %s has %s", name, scope->name);
    else
        doctor_find(doctor, "scope", VERDICT_OK, NULL,
                    "app %s: whether it has %s is not known: nothing has needed it since the start", name,
                    scope->name);
}

static void look_at_scopes(struct doctor *doctor, struct json_object *app, const char *name)
{
    static const struct scope scopes[] = {
        {"vc:reserve", "to make and change reservations", VERDICT_FAIL, {"apply", "update", "delete", NULL}},
        {"vc:reserve:readonly",
         "to look at reservations and their meetings",
         VERDICT_FAIL,
         {"get", "get_active_meeting", NULL, NULL}},
        {"vc:meeting:readonly",
         "to find meetings that nobody saw",
         VERDICT_WARN,
         {"get_meeting", "list_by_no", NULL, NULL}},
    };

    for (size_t i = 0; i < ELEMENTS(scopes); i++)
        look_at_scope(doctor, app, name, &scopes[i]);
}

static void look_at_month(struct doctor *doctor, struct json_object *app, const char *name)
{
    int64_t used = member_number(app, "month_used"), forecast = member_number(app, "month_forecast"), limit;

    if (!member_int(app, "month_limit", &limit)) {
        if (forecast > BASIC_CALLS)
            doctor_find(doctor, "quota", VERDICT_WARN, "Set monthly_calls to what your tenant has.",
                        "app %s: about %" PRId64 " calls this month, and Feishu's basic plan has %d", name,
                        forecast, BASIC_CALLS);
        else
            doctor_find(doctor, "quota", VERDICT_OK, NULL,
                        "app %s: %" PRId64 " calls this month, without a limit", name, used);
    } else if (used >= limit) {
        doctor_find(doctor, "quota", VERDICT_FAIL,
                    "Raise monthly_calls or monthly_share, or wait for the next month: meetingctl quota",
                    "app %s: all %" PRId64 " calls of this month are spent, and nothing is looked at", name,
                    limit);
    } else if (used > limit / 10 * 9 || forecast > limit) {
        doctor_find(doctor, "quota", VERDICT_WARN, "See what takes them: meetingctl quota",
                    "app %s: %" PRId64 " of this month's %" PRId64 " calls are spent, about %" PRId64
                    " are foreseen",
                    name, used, limit, forecast);
    } else {
        doctor_find(doctor, "quota", VERDICT_OK, NULL,
                    "app %s: %" PRId64 " of this month's %" PRId64 " calls", name, used, limit);
    }
}

void doctor_daemon(struct doctor *doctor)
{
    struct json_object *apps = member_array(doctor->status, "apps");

    look_at_version(doctor);
    look_at_reload(doctor);
    look_at_store(doctor);
    look_at_clock(doctor, apps);
    for (size_t i = 0; i < array_count(apps); i++) {
        struct json_object *app = json_object_array_get_idx(apps, i);
        const char *name = text_or(member_text(app, "name"), "unknown");

        look_at_way(doctor, app, name);
        look_at_token(doctor, app, name);
        look_at_scopes(doctor, app, name);
        look_at_month(doctor, app, name);
    }
    look_at_problems(doctor);
}
