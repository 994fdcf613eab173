#include "config/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "config/config.h"
#include "model/hook.h"

/* Feishu's own limits are 1000 and 50 (feishu-api.md 1.1) and may be raised for a tenant; more than this is a
 * slip of the finger. */
#define RATE_MAX 1000000

/* A thousand a minute, all month long, of each API. */
#define CALLS_MAX INT64_C(1000000000)

/* Shorter intervals would spend the limits for nothing. */
#define INTERVAL_MIN_MS 100

/* What is at hand in the daemon's memory stays in the store, too. */
#define HISTORY_MIN_MS (7 * MS_PER_DAY)

static const struct value_word regions[] = {{"feishu", REGION_FEISHU}, {"lark", REGION_LARK}, {NULL, 0}};

static const struct value_word events[] = {{"off", 0}, {NULL, 0}};

static const struct value_word on_uncertains[] = {
    {"retry", ON_UNCERTAIN_RETRY}, {"hold", ON_UNCERTAIN_HOLD}, {NULL, 0}};

static const struct value_word links[] = {
    {"occurrence", PLAN_LINK_OCCURRENCE}, {"standing", PLAN_LINK_STANDING}, {NULL, 0}};

static const struct value_word on_removes[] = {
    {"delete", ON_REMOVE_DELETE}, {"keep", ON_REMOVE_KEEP}, {NULL, 0}};

static const struct value_word initial_types[] = {
    {"group", MEETING_INITIAL_TYPE_GROUP}, {"call", MEETING_INITIAL_TYPE_CALL}, {NULL, 0}};

static const struct value_word user_types[] = {{"lark", USER_TYPE_LARK},
                                               {"rooms", USER_TYPE_ROOMS},
                                               {"doc", USER_TYPE_DOC},
                                               {"neo", USER_TYPE_NEO},
                                               {"neo_guest", USER_TYPE_NEO_GUEST},
                                               {"pstn", USER_TYPE_PSTN},
                                               {"sip", USER_TYPE_SIP},
                                               {NULL, 0}};

#define DAEMON(member)  .section = SECTION_DAEMON, .field = offsetof(struct config, member)
#define APP(member)     .section = SECTION_APP, .field = offsetof(struct app_values, member)
#define POLL(member)    .section = SECTION_POLL, .field = offsetof(struct poll_settings, member)
#define PLAN(member)    .section = SECTION_RESERVATION, .field = offsetof(struct plan_values, member)
#define HOOK(member)    .section = SECTION_HOOK, .field = offsetof(struct hook, member)
#define SETTING(member) PLAN(plan.meeting_settings.member)

/* clang-format off */
const struct key key_table[KEYS] = {
    [KEY_SOCKET] = {DAEMON(socket), .name = "socket", .read = value_socket_path,
        .text = "/run/meetingd/io.meetingd",
        .explanation = "Where clients connect. A listening socket passed by systemd takes its place."},
    [KEY_STATE] = {DAEMON(state), .name = "state", .read = value_path,
        .text = "/var/lib/meetingd/meetingd.db",
        .explanation = "The SQLite database with what was reserved and seen."},
    [KEY_DAEMON_TIMEZONE] = {DAEMON(timezone), .name = "timezone", .read = value_timezone,
        .text = "Asia/Shanghai", .use = KEY_EXAMPLE,
        .explanation = "The time zone of plans that name none. Default: the system's."},
    [KEY_LOG_LEVEL] = {DAEMON(log_level), .name = "log_level", .read = value_log_level,
        .text = "info",
        .explanation = "What is logged: error, warning, notice, info or debug."},
    [KEY_HISTORY] = {DAEMON(history_ms), .name = "history", .read = value_span,
        .rule.minimum = HISTORY_MIN_MS, .text = "365d",
        .explanation = "How long ended reservations, meetings and attendance are kept."},
    [KEY_OPERATORS] = {DAEMON(operators), .name = "operators", .read = value_operators,
        .clear = value_clear_list, .text = "root, @meetingd-admin",
        .explanation = "Users and @groups that may change things and see passwords."},
    [KEY_ON_UNCERTAIN] = {DAEMON(on_uncertain), .name = "on_uncertain", .read = value_word,
        .rule.words = on_uncertains, .text = "retry",
        .explanation = "After a reservation whose answer never came: retry once, or hold for an operator."},

    [KEY_REGION] = {APP(region), .name = "region", .read = value_word,
        .rule.words = regions, .text = "feishu",
        .explanation = "feishu (open.feishu.cn) or lark (open.larksuite.com)."},
    [KEY_BASE_URL] = {APP(app.base_url), .name = "base_url", .read = value_url,
        .text = "https://open.feishu.cn", .use = KEY_EXAMPLE,
        .explanation = "Takes the place of region; http:// only for loopback addresses."},
    [KEY_APP_ID] = {APP(app.app_id), .name = "app_id", .read = value_id,
        .text = "cli_9f5343c580712544", .use = KEY_EXAMPLE,
        .explanation = "The app's id, from the developer console. Has to be written."},
    [KEY_APP_SECRET_FILE] = {APP(app_secret_file), .name = "app_secret_file", .read = value_secret_path,
        .text = "/etc/meetingd/app_secret", .use = KEY_EXAMPLE,
        .explanation = "The file with its secret. Default: the systemd credential app_secret "
                       "(app_secret.NAME for [app NAME])."},
    [KEY_APP_OWNER_ID] = {APP(app.owner_id), .name = "owner_id", .read = value_id,
        .text = "ou_84aad35d084aa403a838cf73ee18467", .use = KEY_EXAMPLE,
        .explanation = "Who owns the reservations of plans that name no owner_id of their own."},
    [KEY_USER_ID_TYPE] = {APP(app.user_id_type), .name = "user_id_type", .read = value_id_type,
        .text = "open_id",
        .explanation = "The kind of user ids here and in what is read: open_id, union_id or user_id."},
    [KEY_CA_FILE] = {APP(app.ca_file), .name = "ca_file", .read = value_ca_file,
        .text = "",
        .explanation = "A file with CA certificates to trust beside the system's."},
    [KEY_TIMEOUT] = {APP(app.timeout_ms), .name = "timeout", .read = value_span,
        .rule = {.minimum = INTERVAL_MIN_MS, .maximum = MS_PER_HOUR}, .text = "10s",
        .explanation = "The most that one API call may take, connecting included."},
    [KEY_RATE_PER_MINUTE] = {APP(app.rate_per_minute), .name = "rate_per_minute", .read = value_integer,
        .rule = {.minimum = 1, .maximum = RATE_MAX}, .text = "1000",
        .explanation = "Calls of each API a minute; Feishu's own limit is 1000."},
    [KEY_RATE_PER_SECOND] = {APP(app.rate_per_second), .name = "rate_per_second", .read = value_integer,
        .rule = {.minimum = 1, .maximum = RATE_MAX}, .text = "50",
        .explanation = "Calls of each API a second; Feishu's own limit is 50."},
    [KEY_MONTHLY_CALLS] = {APP(app.monthly_calls), .name = "monthly_calls", .read = value_integer,
        .rule = {.minimum = 0, .maximum = CALLS_MAX}, .text = "0",
        .explanation = "The calls a month that the whole tenant may make; 0: no limit."},
    [KEY_MONTHLY_SHARE] = {APP(app.monthly_share), .name = "monthly_share", .read = value_percent,
        .rule = {.minimum = 1, .maximum = 100}, .text = "80%",
        .explanation = "This app's share of them; those of a tenant's apps are 100% at most together."},
    [KEY_MONTH_TIMEZONE] = {APP(app.month_timezone), .name = "month_timezone", .read = value_timezone,
        .text = "Asia/Shanghai",
        .explanation = "The time zone in which the month turns."},
    [KEY_EVENTS] = {APP(events), .name = "events", .read = value_word, .rule.words = events, .text = "off",
        .explanation = "What Feishu tells by itself; this version has off alone, and looks."},

    [KEY_LIVE] = {POLL(live_ms), .name = "live", .read = value_span,
        .rule.minimum = INTERVAL_MIN_MS, .text = "10s",
        .explanation = "While a meeting goes on."},
    [KEY_STARTING] = {POLL(starting_ms), .name = "starting", .read = value_span,
        .rule.minimum = INTERVAL_MIN_MS, .text = "10s",
        .explanation = "From early before an occurrence's start until its meeting is seen or the "
                       "occurrence is over."},
    [KEY_EARLY] = {POLL(early_ms), .name = "early", .read = value_span,
        .text = "10min",
        .explanation = "How long before its start an occurrence counts as starting."},
    [KEY_OVERDUE] = {POLL(overdue_ms), .name = "overdue", .read = value_span,
        .rule.minimum = INTERVAL_MIN_MS, .text = "30s",
        .explanation = "When the occurrence's end has passed and its meeting goes on."},
    [KEY_COOLING] = {POLL(cooling_ms), .name = "cooling", .read = value_span,
        .rule.minimum = INTERVAL_MIN_MS, .text = "2min",
        .explanation = "When the slot is over and its meeting has ended: people may come back."},
    [KEY_IDLE] = {POLL(idle_ms), .name = "idle", .read = value_span,
        .rule = {.minimum = INTERVAL_MIN_MS, .zero = true}, .text = "5min",
        .explanation = "Any other reservation that has not expired; 0: not at all."},
    [KEY_PARTICIPANTS] = {POLL(participants), .name = "participants", .read = value_bool,
        .text = "yes",
        .explanation = "Whether to ask for the list of participants."},

    [KEY_APP] = {PLAN(plan.app), .name = "app", .read = value_name,
        .text = "default", .use = KEY_FOR_ALL_PLANS,
        .explanation = "The app that reserves it: NAME of [app NAME]; [app] is called default."},
    [KEY_TOPIC] = {SETTING(topic), .name = "topic", .read = value_text,
        .text = "每日站会", .use = KEY_EXAMPLE,
        .explanation = "The meeting's title."},
    [KEY_START] = {PLAN(plan.start), .name = "start", .read = value_time,
        .text = "2026-11-23 09:30", .use = KEY_EXAMPLE | KEY_FOR_ALL_PLANS,
        .explanation = "When the meeting begins, the first time, by the clocks of the plan's time zone. "
                       "Has to be written."},
    [KEY_DURATION] = {PLAN(duration_ms), .name = "duration", .read = value_span,
        .rule.minimum = MS_PER_SECOND, .text = "30min", .use = KEY_EXAMPLE | KEY_FOR_ALL_PLANS,
        .explanation = "How long the meeting is meant to be. Has to be written."},
    [KEY_TIMEZONE] = {PLAN(plan.timezone), .name = "timezone", .read = value_timezone,
        .text = "Asia/Shanghai", .use = KEY_EXAMPLE | KEY_FOR_ALL_PLANS,
        .explanation = "The time zone of start. Default: that of [daemon]."},
    [KEY_RRULE] = {PLAN(plan.rrule), .name = "rrule", .read = value_rrule,
        .text = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", .use = KEY_EXAMPLE | KEY_FOR_ALL_PLANS,
        .explanation = "When it is repeated, as RFC 5545 writes it: FREQ from DAILY to YEARLY. Absent: once."},
    [KEY_EXDATE] = {PLAN(plan), .name = "exdate", .read = value_exdates,
        .clear = value_clear_exdates, .text = "2026-12-25 09:30", .use = KEY_EXAMPLE | KEY_FOR_ALL_PLANS,
        .explanation = "An occurrence, or a whole day such as 2026-12-25, that is left out; can be repeated."},
    [KEY_CREATE_AHEAD] = {PLAN(plan.create_ahead_ms), .name = "create_ahead", .read = value_span,
        .text = "24h",
        .explanation = "How long before an occurrence its reservation is made."},
    [KEY_EXPIRE_AFTER] = {PLAN(plan.expire_after_ms), .name = "expire_after", .read = value_span,
        .text = "1h",
        .explanation = "How long after the end the reservation expires."},
    [KEY_LINK] = {PLAN(plan.link), .name = "link", .read = value_word,
        .rule.words = links, .text = "occurrence",
        .explanation = "occurrence: a new reservation, number and link for each; standing: one for all of them."},
    [KEY_ON_REMOVE] = {PLAN(plan.on_remove), .name = "on_remove", .read = value_word,
        .rule.words = on_removes, .text = "delete",
        .explanation = "What becomes of reservations to come when the plan is taken out: delete or keep."},
    [KEY_OWNER_ID] = {PLAN(plan.owner_id), .name = "owner_id", .read = value_id,
        .text = "ou_84aad35d084aa403a838cf73ee18467", .use = KEY_EXAMPLE,
        .explanation = "Who owns the reservation. Default: the app's."},
    [KEY_MEETING_INITIAL_TYPE] = {SETTING(meeting_initial_type), .name = "meeting_initial_type", .read = value_number,
        .rule.words = initial_types, .text = "group", .use = KEY_EXAMPLE,
        .explanation = "group (1) or call (2)."},
    [KEY_AUTO_RECORD] = {SETTING(auto_record), .name = "auto_record", .read = value_flag,
        .text = "no", .use = KEY_EXAMPLE,
        .explanation = "Whether the meeting is recorded from its start; never with call."},
    [KEY_MEETING_CONNECT] = {SETTING(meeting_connect), .name = "meeting_connect", .read = value_flag,
        .text = "no", .use = KEY_EXAMPLE,
        .explanation = "Whether other vendors' systems may join; cannot be changed once it is reserved."},
    [KEY_PASSWORD] = {SETTING(password), .name = "password", .read = value_password,
        .text = "971024", .use = KEY_EXAMPLE,
        .explanation = "Absent: as the owner's own setting says; empty: none; else 4 to 9 digits."},
    [KEY_ASSIGN_HOST_LIST] = {SETTING(assign_host_list), .name = "assign_host_list", .read = value_ids,
        .clear = value_clear_list, .text = "ou_a, ou_b", .use = KEY_EXAMPLE,
        .explanation = "Who may become host besides the owner; at most 10."},
    [KEY_ACTION_PERMISSION] = {PLAN(plan.meeting_settings), .name = "action_permission",
        .read = value_action_permission, .clear = value_clear_action_permissions,
        .text = "host user_id allow ou_a, ou_b", .use = KEY_EXAMPLE,
        .explanation = "PERMISSION (host, invite, join) FIELD (user_id, user_type, tenant_id) MODE "
                       "(allow, deny) LIST; can be repeated.",
        .more_examples = "invite user_type allow lark, rooms\njoin tenant_id deny 2ca1d211f64f6438\n"},
    [KEY_RESERVE_ID] = {PLAN(plan.reserve_id), .name = "reserve_id", .read = value_digits,
        .text = "6911188411932033028", .use = KEY_EXAMPLE | KEY_FOR_ALL_PLANS | KEY_FOR_ADOPTED,
        .explanation = "The reservation's id. Beside it go only app, start, duration, timezone, rrule and exdate."},
    [KEY_CALLEE_ID] = {PLAN(callee.id), .name = "callee_id", .read = value_id,
        .text = "ou_3ec3f6a28a0d08c45d895276e8e5e19b", .use = KEY_EXAMPLE | KEY_FOR_CALLS,
        .explanation = "The id of who is called."},
    [KEY_CALLEE_USER_TYPE] = {PLAN(callee.user_type), .name = "callee_user_type", .read = value_callee_type,
        .rule.words = user_types, .text = "pstn", .use = KEY_FOR_CALLS,
        .explanation = "pstn (6), a telephone: all that Feishu supports as yet."},
    [KEY_CALLEE_NICKNAME] = {PLAN(callee.nickname), .name = "callee_nickname", .read = value_text,
        .text = "dodo", .use = KEY_EXAMPLE | KEY_FOR_CALLS,
        .explanation = "The name that is shown for them."},
    [KEY_CALLEE_MAIN_ADDRESS] = {PLAN(callee.main_address), .name = "callee_main_address", .read = value_phone,
        .text = "+86-02187654321", .use = KEY_EXAMPLE | KEY_FOR_CALLS,
        .explanation = "The telephone number: +PREFIX-NUMBER with the area code. A call needs it."},

    [KEY_HOOK_ON] = {HOOK(on), .name = "on", .read = value_events,
        .clear = value_clear_events, .text = "meeting_started, meeting_ended", .use = KEY_EXAMPLE,
        .explanation = "The events that it is run at. Has to be written."},
    [KEY_HOOK_RESERVATION] = {HOOK(reservations), .name = "reservation", .read = value_names,
        .clear = value_clear_list, .text = "standup", .use = KEY_EXAMPLE,
        .explanation = "Only at events of these plans. Default: every plan."},
    [KEY_HOOK_EXEC] = {HOOK(exec), .name = "exec", .read = value_exec,
        .text = "/usr/local/bin/door-light --room 3", .use = KEY_EXAMPLE,
        .explanation = "The program and its arguments, quoted as in ExecStart= of systemd; no shell. Has to be written."},
    [KEY_HOOK_TIMEOUT] = {HOOK(timeout_ms), .name = "timeout", .read = value_span,
        .rule = {.minimum = INTERVAL_MIN_MS, .maximum = MS_PER_DAY}, .text = "10s",
        .explanation = "How long it may run; then it is ended."},
};
/* clang-format on */

_Static_assert(offsetof(struct app_values, app) == 0 && offsetof(struct plan_values, plan) == 0,
               "what is handed on has to own its memory");

const struct section section_table[SECTION_KINDS] = {
    [SECTION_DAEMON] = {"daemon", false, KEY_SOCKET, sizeof(struct config),
                        KEY_ON_UNCERTAIN - KEY_SOCKET + 1},
    [SECTION_APP] = {"app", true, KEY_REGION, sizeof(struct app_values), KEY_EVENTS - KEY_REGION + 1},
    [SECTION_POLL] = {"poll", false, KEY_LIVE, sizeof(struct poll_settings), KEY_PARTICIPANTS - KEY_LIVE + 1},
    [SECTION_RESERVATION] = {"reservation", true, KEY_APP, sizeof(struct plan_values),
                             KEY_CALLEE_MAIN_ADDRESS - KEY_APP + 1},
    [SECTION_HOOK] = {"hook", true, KEY_HOOK_ON, sizeof(struct hook), KEY_HOOK_TIMEOUT - KEY_HOOK_ON + 1},
};

const char *section_name_hint(enum section_kind kind)
{
    return kind == SECTION_RESERVATION || kind == SECTION_HOOK ? " NAME" : "";
}

const struct key *key_find(enum section_kind section, const char *name)
{
    const struct key *first = &key_table[section_table[section].first_key];

    for (size_t i = 0; i < section_table[section].key_count; i++) {
        if (strcmp(first[i].name, name) == 0)
            return &first[i];
    }
    return NULL;
}

const struct key *key_nearest(enum section_kind section, const char *name)
{
    const struct key *first = &key_table[section_table[section].first_key];
    const char *names[KEYS] = {NULL}, *nearest;

    for (size_t i = 0; i < section_table[section].key_count; i++)
        names[i] = first[i].name;
    nearest = str_nearest(name, names, section_table[section].key_count);
    return nearest != NULL ? key_find(section, nearest) : NULL;
}

enum section_kind section_find(const char *word)
{
    enum section_kind kind = SECTION_DAEMON;

    while (kind < SECTION_KINDS && strcmp(section_table[kind].name, word) != 0)
        kind++;
    return kind;
}

enum section_kind section_nearest(const char *word)
{
    const char *names[SECTION_KINDS], *nearest;

    for (size_t i = 0; i < SECTION_KINDS; i++)
        names[i] = section_table[i].name;
    nearest = str_nearest(word, names, SECTION_KINDS);
    return nearest != NULL ? section_find(nearest) : SECTION_KINDS;
}

/* What somebody may look for, and what there is in its place. */
static const struct {
    const char *section;
    const char *key; /* NULL: the whole section */
    const char *text;
} elsewhere[] = {
    {"app", "app_secret",
     "no secret stands in this file: write the name of one that holds it, as app_secret_file"},
};

static const char *known_elsewhere(const char *section, const char *key)
{
    for (size_t i = 0; i < ELEMENTS(elsewhere); i++) {
        if (strcmp(elsewhere[i].section, section) == 0 && str_equal(elsewhere[i].key, key))
            return elsewhere[i].text;
    }
    return NULL;
}

char *key_unknown_text(enum section_kind section, const char *name)
{
    const struct section *here = &section_table[section];
    const char *text = known_elsewhere(here->name, name);
    const struct key *nearest;

    if (text != NULL)
        return xstrdup(text);
    for (enum section_kind other = SECTION_DAEMON; other < SECTION_KINDS; other++) {
        if (key_find(other, name) != NULL)
            return xasprintf("[%s] has no such key: move it to [%s%s]", here->name, section_table[other].name,
                             section_name_hint(other));
    }
    nearest = key_nearest(section, name);
    if (nearest != NULL)
        return xasprintf("the key is not known: did you mean %s?", nearest->name);
    return xasprintf("the key is not known: meetingd.conf(5) lists the keys of [%s]", here->name);
}

char *section_unknown_text(const char *word)
{
    const char *text = known_elsewhere(word, NULL);
    enum section_kind nearest = section_nearest(word);

    if (text != NULL)
        return xstrdup(text);
    if (nearest < SECTION_KINDS)
        return xasprintf("the section is not known: did you mean [%s%s]?", section_table[nearest].name,
                         section_name_hint(nearest));
    return xstrdup("the section is not known: there are [daemon], [app], [app NAME], [poll], "
                   "[reservation NAME] and [hook NAME]");
}

static void apply_default(const struct key *key, void *values)
{
    struct error error;

    if ((key->use & KEY_EXAMPLE) != 0)
        return;
    /* A default that is no good is a mistake of this table; the tests read them all. */
    if (key->read(key->text, &key->rule, (char *)values + key->field, &error) < 0)
        abort();
}

void *section_new(enum section_kind kind)
{
    const struct section *section = &section_table[kind];
    void *values = xalloc(section->size);

    for (size_t i = 0; i < section->key_count; i++)
        apply_default(&key_table[section->first_key + i], values);
    if (kind == SECTION_RESERVATION)
        ((struct plan_values *)values)->plan.duration_s = UNKNOWN;
    return values;
}

void *section_free(enum section_kind kind, void *values)
{
    if (values == NULL)
        return NULL;
    switch (kind) {
    case SECTION_DAEMON:
        return config_free(values);
    case SECTION_APP: {
        struct app_values *app = values;

        free(app->app_secret_file);
        app_free(&app->app);
        return NULL;
    }
    case SECTION_RESERVATION: {
        struct plan_values *plan = values;

        free(plan->callee.id);
        free(plan->callee.nickname);
        free(plan->callee.main_address);
        plan_free(&plan->plan);
        return NULL;
    }
    case SECTION_HOOK:
        return hook_free(values);
    case SECTION_POLL:
    case SECTION_KINDS:
        break;
    }
    free(values);
    return NULL;
}
