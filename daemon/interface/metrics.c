/*
 * GetMetrics: the daemon's figures as OpenMetrics text. Everything is at hand already: a scrape asks nobody
 * and changes nothing. Labels have few values: apps, APIs, codes that are known, states and phases; plans,
 * as far as metrics-plans.c lets them, and never a topic or an id of Feishu's.
 */
#include "base/base.h"
#include "engine/poller.h"
#include "interface/parts.h"

/* What is written, and where. */
struct scrape {
    const struct interface *interface;
    const struct interface_options *parts;
    struct interface_status status;
    struct openmetrics out;
};

/* A family with one sample. */
static void single(struct scrape *scrape, enum openmetrics_type type, const char *name, const char *help,
                   int64_t value)
{
    openmetrics_begin(&scrape->out, type, name, NULL, help);
    openmetrics_int(&scrape->out, value, NULL);
}

/* The same of a time in Unix seconds. */
static void single_time(struct scrape *scrape, const char *name, const char *help, int64_t value_s)
{
    openmetrics_begin(&scrape->out, OPENMETRICS_GAUGE, name, "seconds", help);
    openmetrics_int(&scrape->out, value_s, NULL);
}

static void write_daemon(struct scrape *scrape)
{
    const struct wire_status *told = &scrape->status.told;
    const struct reload_result *reload = scrape->parts->configuration->last_reload;

    openmetrics_begin(&scrape->out, OPENMETRICS_INFO, "meetingd_build", NULL, "Which meetingd this is.");
    openmetrics_int(&scrape->out, 1, LABELS("version", told->version));
    openmetrics_begin(&scrape->out, OPENMETRICS_GAUGE, "meetingd_figures_timestamp_seconds", "seconds",
                      "When these figures were taken.");
    openmetrics_ms(&scrape->out, clock_wall_ms(scrape->interface->clock), NULL);
    single_time(scrape, "meetingd_start_timestamp_seconds", "When the daemon started.", told->started_at);
    single(scrape, OPENMETRICS_GAUGE, "meetingd_healthy",
           "1 where nothing wants attention; else meetingctl status says what does.", told->healthy);
    single(scrape, OPENMETRICS_GAUGE, "meetingd_event_sequence", "The number of the newest change.",
           told->sequence);
    single(scrape, OPENMETRICS_GAUGE, "meetingd_plans", "Plans in the configuration.", told->plans);
    single_time(scrape, "meetingd_configuration_loaded_timestamp_seconds",
                "When the configuration that is in force was read.", told->loaded_at);
    single_time(scrape, "meetingd_reload_timestamp_seconds",
                "When the configuration was last read again; absent where it never was.",
                reload != NULL ? reload->at : UNKNOWN);
    single(scrape, OPENMETRICS_GAUGE, "meetingd_reload_success",
           "0 where the configuration that was last read had mistakes, and the one before is in force.",
           reload == NULL || reload->problems.count == 0);
}

/* ---- the apps */

/* Writes a family of one sample for each app. */
static void each_app(struct scrape *scrape, const char *name, const char *unit, const char *help,
                     int64_t (*value)(const struct scrape *scrape, size_t app))
{
    openmetrics_begin(&scrape->out, OPENMETRICS_GAUGE, name, unit, help);
    for (size_t app = 0; app < scrape->parts->app_count; app++)
        openmetrics_int(&scrape->out, value(scrape, app), LABELS("app", scrape->parts->apps[app]->name));
}

static int64_t failing(const struct scrape *scrape, size_t app)
{
    return scrape->status.calls[app].failing;
}

static int64_t last_success(const struct scrape *scrape, size_t app)
{
    return scrape->status.apps[app].last_success_at;
}

static int64_t token_asked(const struct scrape *scrape, size_t app)
{
    return feishu_token_asked_at(scrape->parts->clients[app]);
}

static int64_t token_expires(const struct scrape *scrape, size_t app)
{
    return scrape->status.apps[app].token_expires_at;
}

static int64_t waiting(const struct scrape *scrape, size_t app)
{
    return scrape->status.apps[app].waiting;
}

static int64_t under_way(const struct scrape *scrape, size_t app)
{
    return scrape->status.apps[app].under_way;
}

static int64_t month_limit(const struct scrape *scrape, size_t app)
{
    return scrape->status.spent[app].month.limit;
}

static int64_t month_used(const struct scrape *scrape, size_t app)
{
    return scrape->status.spent[app].month.used;
}

static int64_t month_kept(const struct scrape *scrape, size_t app)
{
    return month_limit(scrape, app) != UNKNOWN ? scrape->status.spent[app].month.kept : UNKNOWN;
}

static int64_t month_forecast(const struct scrape *scrape, size_t app)
{
    return scrape->status.spent[app].forecast;
}

static int64_t month_expected(const struct scrape *scrape, size_t app)
{
    return scrape->status.spent[app].expected;
}

static int64_t month_spent(const struct scrape *scrape, size_t app)
{
    return scrape->status.calls[app].month_spent;
}

static int64_t month_ends(const struct scrape *scrape, size_t app)
{
    return scrape->status.spent[app].month.ends_at;
}

static void write_token(struct scrape *scrape)
{
    static const char *const states[] = {"valid", "none", "refused"};

    openmetrics_begin(&scrape->out, OPENMETRICS_GAUGE, "meetingd_token_state", NULL,
                      "1 for the state of the app's token.");
    for (size_t app = 0; app < scrape->parts->app_count; app++) {
        for (size_t i = 0; i < ELEMENTS(states); i++)
            openmetrics_int(&scrape->out, str_equal(states[i], scrape->status.apps[app].token),
                            LABELS("app", scrape->parts->apps[app]->name, "state", states[i]));
    }
    each_app(scrape, "meetingd_token_asked_timestamp_seconds", "seconds",
             "When the app's token was asked for.", token_asked);
    each_app(scrape, "meetingd_token_expiry_timestamp_seconds", "seconds", "When the app's token expires.",
             token_expires);
}

static void write_month(struct scrape *scrape)
{
    each_app(scrape, "meetingd_month_calls_limit", NULL,
             "Calls that the app may make this calendar month; absent without a limit.", month_limit);
    each_app(scrape, "meetingd_month_calls_used", NULL, "Calls of this month so far.", month_used);
    each_app(scrape, "meetingd_month_calls_kept", NULL,
             "Calls of this month that are kept for creating and changing reservations.", month_kept);
    each_app(scrape, "meetingd_month_calls_forecast", NULL,
             "Calls of this month, used and to come, at the configured intervals.", month_forecast);
    each_app(scrape, "meetingd_month_calls_expected", NULL,
             "Calls of this month, used and to come, at the stretched intervals.", month_expected);
    each_app(scrape, "meetingd_month_spent", NULL, "1 where polling has stopped until the month turns.",
             month_spent);
    each_app(scrape, "meetingd_month_end_timestamp_seconds", "seconds", "When the month turns.", month_ends);
    openmetrics_begin(&scrape->out, OPENMETRICS_GAUGE, "meetingd_poll_stretch_ratio", "ratio",
                      "The factor by which polling intervals are stretched: `now` for meetings that go on or "
                      "are about to start, `rest` for all else.");
    for (size_t app = 0; app < scrape->parts->app_count; app++) {
        const struct spending_view *spent = &scrape->status.spent[app];

        openmetrics_double(&scrape->out, spent->stretch[POLL_CLASS_NOW],
                           LABELS("app", scrape->parts->apps[app]->name, "class", "now"));
        openmetrics_double(&scrape->out, spent->stretch[POLL_CLASS_REST],
                           LABELS("app", scrape->parts->apps[app]->name, "class", "rest"));
    }
}

/* ---- the calls to Feishu */

/* Good answers are told from the start, so that the first bad one is seen against something; others once
 * there was one. */
static void write_answers(struct scrape *scrape)
{
    openmetrics_begin(
        &scrape->out, OPENMETRICS_COUNTER, "meetingd_api_calls", NULL,
        "Requests to Feishu that have ended, by API and Feishu's code: 0 is good, none no answer, "
        "other an answer that is not Feishu's or has an unknown code.");
    for (size_t app = 0; app < scrape->parts->app_count; app++) {
        const struct answers *answers = calls_answers(scrape->parts->calls, app);

        for (enum feishu_api api = 0; api < FEISHU_APIS; api++) {
            for (size_t answer = 0; answer < ANSWERS; answer++) {
                char code[ANSWER_TEXT_SIZE];

                if (answer == ANSWER_GOOD || answers->counts[api][answer] > 0)
                    openmetrics_int(&scrape->out, (int64_t)answers->counts[api][answer],
                                    LABELS("app", scrape->parts->apps[app]->name, "api", feishu_api_name(api),
                                           "code", answer_text(answer, code)));
            }
        }
    }
    openmetrics_begin(&scrape->out, OPENMETRICS_HISTOGRAM, "meetingd_api_call_duration_seconds", "seconds",
                      "How long Feishu's answers took, by API; requests without an answer are not in it.");
    for (size_t app = 0; app < scrape->parts->app_count; app++) {
        const struct answers *answers = calls_answers(scrape->parts->calls, app);

        for (enum feishu_api api = 0; api < FEISHU_APIS; api++)
            openmetrics_histogram(&scrape->out, &answers->latency[api],
                                  LABELS("app", scrape->parts->apps[app]->name, "api", feishu_api_name(api)));
    }
}

static void write_calls(struct scrape *scrape)
{
    write_answers(scrape);
    each_app(scrape, "meetingd_api_calls_waiting", NULL, "Calls that wait for their turn.", waiting);
    each_app(scrape, "meetingd_api_calls_under_way", NULL, "Calls that are not answered yet.", under_way);
    openmetrics_begin(&scrape->out, OPENMETRICS_GAUGE, "meetingd_api_pause_seconds", "seconds",
                      "For how long Feishu's limits or failures still hold back the calls of an API.");
    for (size_t app = 0; app < scrape->parts->app_count; app++) {
        for (enum feishu_api api = 0; api < FEISHU_APIS; api++)
            openmetrics_ms(&scrape->out, calls_pause_ms(scrape->parts->calls, app, api),
                           LABELS("app", scrape->parts->apps[app]->name, "api", feishu_api_name(api)));
    }
    each_app(scrape, "meetingd_app_failing", NULL, "1 from a failed call until the next good answer.",
             failing);
    each_app(scrape, "meetingd_app_last_success_timestamp_seconds", "seconds",
             "When Feishu last gave a good answer; absent before the first.", last_success);
}

/* ---- reservations and meetings */

/* Of the reservations in one phase. */
struct followed {
    int64_t count, stale;
    int64_t oldest_ms; /* Unix ms of the oldest last look; UNKNOWN: there was none */
};

static void read_followed(const struct scrape *scrape, struct followed *ret)
{
    const struct following *followings = cache_followings(scrape->parts->cache);
    int64_t now_ms = clock_wall_ms(scrape->interface->clock);
    struct reservation *const *reservations;
    size_t count = cache_reservations(scrape->parts->cache, &reservations);

    for (enum phase phase = 0; phase < PHASES; phase++)
        ret[phase] = (struct followed){.oldest_ms = UNKNOWN};
    for (size_t i = 0; i < count; i++) {
        struct followed *followed = &ret[followings[i].phase];
        int64_t last_ms = followings[i].last_poll_at;

        followed->count++;
        followed->stale += poller_reservation_stale(reservations[i], &followings[i], now_ms);
        if (last_ms != UNKNOWN && (followed->oldest_ms == UNKNOWN || last_ms < followed->oldest_ms))
            followed->oldest_ms = last_ms;
    }
}

static void write_followed(struct scrape *scrape)
{
    int64_t now_ms = clock_wall_ms(scrape->interface->clock);
    struct followed followed[PHASES];

    read_followed(scrape, followed);
    openmetrics_begin(&scrape->out, OPENMETRICS_GAUGE, "meetingd_followed", NULL,
                      "Reservations that are looked at, by phase.");
    for (enum phase phase = 0; phase < PHASE_DONE; phase++)
        openmetrics_int(&scrape->out, followed[phase].count, LABELS("phase", phase_name(phase)));
    openmetrics_begin(&scrape->out, OPENMETRICS_GAUGE, "meetingd_followed_stale", NULL,
                      "Of these, those of which what is known is older than it should be.");
    for (enum phase phase = 0; phase < PHASE_DONE; phase++)
        openmetrics_int(&scrape->out, followed[phase].stale, LABELS("phase", phase_name(phase)));
    openmetrics_begin(&scrape->out, OPENMETRICS_GAUGE, "meetingd_poll_age_seconds", "seconds",
                      "The age of the oldest last good look of a phase; absent where there was none.");
    for (enum phase phase = 0; phase < PHASE_DONE; phase++) {
        if (followed[phase].oldest_ms == UNKNOWN)
            continue;
        /* After the clock was set back a look may seem to be of a time to come. */
        openmetrics_ms(&scrape->out,
                       followed[phase].oldest_ms < now_ms ? now_ms - followed[phase].oldest_ms : 0,
                       LABELS("phase", phase_name(phase)));
    }
}

static void write_meetings(struct scrape *scrape)
{
    const struct wire_status *told = &scrape->status.told;

    openmetrics_begin(&scrape->out, OPENMETRICS_GAUGE, "meetingd_reservations", NULL,
                      "Reservations that are known, by state.");
    for (int state = 0; state < RESERVATION_STATES; state++)
        openmetrics_int(&scrape->out, told->reservations[state],
                        LABELS("state", reservation_state_name((enum reservation_state)state)));
    single(scrape, OPENMETRICS_GAUGE, "meetingd_problems", "Reservations for which something is wrong.",
           told->problems);
    write_followed(scrape);
    single(scrape, OPENMETRICS_GAUGE, "meetingd_meetings", "Meetings that are known, ended ones included.",
           told->meetings);
    single(scrape, OPENMETRICS_GAUGE, "meetingd_meetings_live", "Meetings in progress.", told->live);
    single(scrape, OPENMETRICS_GAUGE, "meetingd_participants", "Participants in them now, as far as known.",
           told->participants);
}

/* ---- the daemon's own parts */

static void write_parts(struct scrape *scrape)
{
    const struct store_health *store = &scrape->status.store;
    const struct varlink_server_counts *socket = &scrape->status.socket;

    single(scrape, OPENMETRICS_GAUGE, "meetingd_store_failing", "1 where the last write failed.",
           store->failing);
    single(scrape, OPENMETRICS_COUNTER, "meetingd_store_writes", "Writes that are on the disk.",
           (int64_t)store->written);
    single(scrape, OPENMETRICS_COUNTER, "meetingd_store_commits", "Commits that they took.",
           (int64_t)store->commits);
    single(scrape, OPENMETRICS_COUNTER, "meetingd_store_failures", "Writes that failed.",
           (int64_t)store->failed);
    single(scrape, OPENMETRICS_GAUGE, "meetingd_store_waiting", "Writes that wait or are under way.",
           (int64_t)store->waiting);
    openmetrics_begin(&scrape->out, OPENMETRICS_GAUGE, "meetingd_store_slowest_commit_seconds", "seconds",
                      "The slowest commit since the start.");
    openmetrics_ms(&scrape->out, store->slowest_ms, NULL);
    single(scrape, OPENMETRICS_GAUGE, "meetingd_socket_connections", "Connections that are open.",
           (int64_t)socket->connections);
    single(scrape, OPENMETRICS_COUNTER, "meetingd_socket_accepted", "Connections that were accepted.",
           (int64_t)socket->accepted);
    single(scrape, OPENMETRICS_COUNTER, "meetingd_socket_refused",
           "Connections that were refused: too many of one user, or nobody could tell whose.",
           (int64_t)socket->refused);
    single(scrape, OPENMETRICS_COUNTER, "meetingd_socket_requests", "Requests on the socket.",
           (int64_t)socket->requests);
    single(scrape, OPENMETRICS_COUNTER, "meetingd_socket_errors",
           "Requests that were answered with an error.", (int64_t)socket->errors);
}

void metrics_get(struct varlink_call *call, void *data)
{
    struct buffer text = BUFFER_EMPTY, reply = BUFFER_EMPTY;
    struct scrape scrape = {.interface = data, .out = {.text = &text}};
    bool plans = true;

    varlink_call_bool(call, "plans", &plans);
    scrape.parts = &scrape.interface->options;
    interface_status_read(scrape.interface, &scrape.status);
    write_daemon(&scrape);
    write_calls(&scrape);
    write_token(&scrape);
    write_month(&scrape);
    write_meetings(&scrape);
    if (plans)
        metrics_write_plans(scrape.interface, &scrape.out);
    write_parts(&scrape);
    openmetrics_end(&scrape.out);
    buffer_append_text(&reply, "{\"openmetrics\":");
    wire_string(&reply, text.data);
    buffer_append_char(&reply, '}');
    varlink_call_reply(call, reply.data);
    buffer_fini(&reply);
    buffer_fini(&text);
    interface_status_fini(&scrape.status);
}
