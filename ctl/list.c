/* list, and no command at all. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "table.h"
#include "text.h"

/* Reservations that were over longer ago are shown only where they are asked for. */
#define LATELY_S (INT64_C(24) * 3600)

/* The link is what people come for: it stays as long as it can be whole, at last without its https://. Where
 * it cannot, the number does instead. */
static const struct table_column columns[] = {
    {.title = "NAME", .minimum = 8, .yields = 6},
    {.title = "WHEN", .briefs = 5, .leaves = 10},
    {.title = "DUE", .leaves = 3},
    {.title = "STATE"},
    {.title = "NUMBER", .leaves = 7, .returns = 9},
    {.title = "IN ROOM", .right = true, .leaves = 8, .returns = 9},
    {.title = "AGE", .leaves = 2, .right = true},
    {.title = "TOPIC", .minimum = 8, .leaves = 1},
    {.title = "LINK", .briefs = 4, .leaves = 9},
};

/* What the answers to all names hold. */
struct answers {
    struct list *lists;
    size_t count;
    int code; /* EXIT_REFUSED where a name is not known */
};

static int add_one(struct ctl *ctl, const char *which, struct list *ret)
{
    struct reply reply;
    struct error error;
    int code = ctl_ask(ctl, "GetReservation", ctl_which(which), &reply);

    if (code != 0)
        return code;
    if (reply.error != NULL)
        code = refusal_report(ctl, &reply, which);
    else if (list_add_object(ret, &reply, "reservation", &error) < 0)
        code = ctl_lost(ctl, &error);
    reply_fini(&reply);
    return code;
}

/* The parameters of ListReservations. `name` may be NULL. */
static struct json_object *filter(const struct ctl *ctl, const char *name, bool has_since, int64_t since)
{
    const struct string_list *states = &ctl->options->states;
    struct json_object *parameters = json_object_new_object();

    if (name != NULL)
        json_object_object_add(parameters, "name", json_object_new_string(name));
    if (states->count > 0) {
        struct json_object *array = json_object_new_array();

        for (size_t i = 0; i < states->count; i++)
            json_object_array_add(array, json_object_new_string(states->items[i]));
        json_object_object_add(parameters, "state", array);
    }
    if (has_since)
        json_object_object_add(parameters, "since", json_object_new_int64(since));
    return parameters;
}

/* Not over, or over lately; else, where there are none, whatever there is. */
static int add_named(struct ctl *ctl, const char *name, struct list *ret)
{
    bool lately = !ctl->options->all && ctl->options->states.count == 0;
    int64_t since = ctl->times.now_ms / MS_PER_SECOND - LATELY_S;
    int code = ctl_list(ctl, "ListReservations", "reservations", filter(ctl, name, lately, since), ret);

    if (code == 0 && lately && list_count(ret) == 0) {
        list_fini(ret);
        code = ctl_list(ctl, "ListReservations", "reservations", filter(ctl, name, false, 0), ret);
    }
    if (code == 0 && list_count(ret) == 0 && ctl->options->states.count == 0) {
        /* An empty list tells nobody that the name was misspelt; this does. */
        code = add_one(ctl, name, ret);
        if (code != 0)
            list_fini(ret);
    }
    return code;
}

static int ask(struct ctl *ctl, struct answers *answers)
{
    const struct options *options = ctl->options;

    if (options->argument_count == 0) {
        answers->lists = xcalloc(1, sizeof(*answers->lists));
        /* The daemon's own choice is what is current; any `since` is all. */
        answers->code = ctl_list(ctl, "ListReservations", "reservations", filter(ctl, NULL, options->all, 0),
                                 &answers->lists[0]);
        answers->count = answers->code == 0;
        return answers->code;
    }
    answers->lists = xcalloc(options->argument_count, sizeof(*answers->lists));
    for (size_t i = 0; i < options->argument_count; i++) {
        const char *which = options->arguments[i];
        struct list *list = &answers->lists[answers->count];
        bool one = ctl_is_id(which) || strchr(which, '@') != NULL;
        int code;

        if (one) {
            list_init(list);
            code = add_one(ctl, which, list);
            if (code != 0)
                list_fini(list);
        } else {
            code = add_named(ctl, which, list);
        }
        if (code == 0)
            answers->count++;
        else
            answers->code = code;
        if (code == EXIT_NO_DAEMON)
            return code;
    }
    return 0;
}

static void answers_fini(struct answers *answers)
{
    for (size_t i = 0; i < answers->count; i++)
        list_fini(&answers->lists[i]);
    free(answers->lists);
}

/* The active meeting of a reservation. */
static struct json_object *meeting_of(const struct list *meetings, struct json_object *reservation)
{
    const char *reserve_id = member_text(reservation, "reserve_id"),
               *state = member_text(reservation, "state");

    if (reserve_id == NULL || !str_equal(state, "live"))
        return NULL;
    for (size_t i = 0; i < list_count(meetings); i++) {
        if (str_equal(member_text(list_item(meetings, i), "reserve_id"), reserve_id))
            return list_item(meetings, i);
    }
    return NULL;
}

static bool has_problem(struct json_object *reservation)
{
    return member_object(reservation, "problem") != NULL ||
           array_count(member_array(reservation, "invalid_host_id_list")) > 0;
}

static void time_cells(const struct ctl *ctl, struct table *table, struct json_object *reservation)
{
    int64_t now_s = ctl->times.now_ms / MS_PER_SECOND, start, end = 0;
    char text[TIMES_TEXT_SIZE];

    if (!member_int(reservation, "start_time", &start)) {
        table_cell(table, STYLE_PLAIN, NULL);
        table_cell(table, STYLE_PLAIN, NULL);
        return;
    }
    table_cell(table, STYLE_PLAIN, times_format_day(&ctl->times, start, false, text));
    table_brief(table, times_format_day(&ctl->times, start, true, text));
    if (start <= now_s && member_int(reservation, "end_time", &end) && now_s < end)
        table_cell(table, STYLE_PLAIN, "now");
    else
        table_cell(table, STYLE_PLAIN, times_relative(&ctl->times, end > 0 ? end : start, text));
}

static void link_cell(struct table *table, const char *url)
{
    static const char scheme[] = "https://";

    table_cell(table, STYLE_PLAIN, url);
    if (url != NULL && strncmp(url, scheme, strlen(scheme)) == 0)
        table_brief(table, url + strlen(scheme));
}

static void add_row(const struct ctl *ctl, struct table *table, struct json_object *reservation,
                    const struct list *meetings)
{
    struct json_object *meeting = meeting_of(meetings, reservation);
    const char *name = member_text(reservation, "name"), *state = member_text(reservation, "state");
    bool problem = has_problem(reservation), stale;
    char age[TIMES_TEXT_SIZE];

    table_cell(table, STYLE_PLAIN, name != NULL ? name : describe_name(reservation));
    time_cells(ctl, table, reservation);
    table_printf(table, problem ? STYLE_BAD : describe_state_style(state), "%s%s",
                 state != NULL ? state : "-", problem ? " !" : "");
    table_cell(table, STYLE_PLAIN, member_text(reservation, "meeting_no"));
    describe_room_cell(table, meeting);
    /* A meeting's figures say so beside themselves. */
    stale = member_true(meeting != NULL ? meeting : reservation, "stale");
    table_printf(table, stale ? STYLE_WARNING : STYLE_PLAIN, "%s%s",
                 describe_age(ctl, meeting != NULL ? meeting : reservation, age),
                 stale && meeting == NULL ? " stale" : "");
    table_cell(table, STYLE_PLAIN, member_text(reservation, "topic"));
    link_cell(table, member_text(reservation, "url"));
}

/* Below the table, since a sentence does not fit into it: what is marked with '!' there. */
static void add_problems(struct ctl *ctl, struct json_object *reservation)
{
    struct json_object *problem = member_object(reservation, "problem"),
                       *hosts = member_array(reservation, "invalid_host_id_list");
    const char *message = member_text(problem, "message");
    CLEANUP(buffer_fini) struct buffer ids = BUFFER_EMPTY;

    if (problem != NULL)
        describe_note(ctl, STYLE_BAD, "! %s: %s", describe_name(reservation),
                      message != NULL ? message : "a problem");
    for (size_t i = 0; i < array_count(hosts); i++)
        buffer_printf(&ids, "%s%s", i > 0 ? ", " : "",
                      item_text(hosts, i) != NULL ? item_text(hosts, i) : "?");
    if (ids.length > 0)
        describe_note(ctl, STYLE_BAD, "! %s: Feishu did not take these hosts: %s", describe_name(reservation),
                      ids.data);
}

/* The column that says so may have had to go. */
static void add_stale(struct ctl *ctl, const struct answers *answers)
{
    int64_t oldest = INT64_MAX, at;
    size_t count = 0;
    char age[TIMES_TEXT_SIZE];

    for (size_t i = 0; i < answers->count; i++) {
        for (size_t j = 0; j < list_count(&answers->lists[i]); j++) {
            struct json_object *reservation = list_item(&answers->lists[i], j);

            if (!member_true(reservation, "stale") || !member_int(reservation, "observed_at", &at))
                continue;
            count++;
            oldest = at < oldest ? at : oldest;
        }
    }
    if (count > 0)
        describe_note(ctl, STYLE_WARNING, "%zu of these %s stale: what is known is up to %s old.", count,
                      count == 1 ? "is" : "are", times_age(&ctl->times, oldest, age));
}

static void add_legend(struct ctl *ctl, const struct answers *answers)
{
    size_t count = 0, live = 0;

    for (size_t i = 0; i < answers->count; i++) {
        for (size_t j = 0; j < list_count(&answers->lists[i]); j++) {
            struct json_object *reservation = list_item(&answers->lists[i], j);

            count++;
            live += str_equal(member_text(reservation, "state"), "live");
            add_problems(ctl, reservation);
        }
    }
    add_stale(ctl, answers);
    if (count == 0)
        describe_note(
            ctl, STYLE_PLAIN, "No reservations%s.",
            ctl->options->all || ctl->options->states.count > 0 ? "" : " now (all: meetingctl list --all)");
    else
        describe_note(ctl, STYLE_PLAIN, "%zu reservation%s, %zu live%s.", count, count == 1 ? "" : "s", live,
                      ctl->times.utc ? "; times are UTC" : "");
}

static void write_table(struct ctl *ctl, const struct answers *answers, const struct list *meetings)
{
    struct table *table = table_new(columns, ELEMENTS(columns));
    bool legend = !ctl->options->no_legend, any = false;

    for (size_t i = 0; i < answers->count; i++) {
        for (size_t j = 0; j < list_count(&answers->lists[i]); j++) {
            add_row(ctl, table, list_item(&answers->lists[i], j), meetings);
            any = true;
        }
    }
    if (any)
        table_write(table, &ctl->output, legend);
    table_free(table);
    if (any && legend)
        buffer_append_char(&ctl->output.text, '\n');
    if (legend)
        add_legend(ctl, answers);
}

/* Who is in stands with the meetings; a list without it is still a list. */
static int write_answers(struct ctl *ctl, const struct answers *answers)
{
    struct json_object *parameters = json_object_new_object();
    struct list meetings;
    int code;

    json_object_object_add(parameters, "active", json_object_new_boolean(true));
    code = ctl_list(ctl, "ListMeetings", "meetings", parameters, &meetings);
    if (code != 0)
        return code;
    write_table(ctl, answers, &meetings);
    list_fini(&meetings);
    return 0;
}

int command_list(struct ctl *ctl)
{
    struct answers answers = {NULL, 0, 0};
    int code = ask(ctl, &answers);

    if (code == 0 && (answers.count > 0 || answers.code == 0)) {
        if (ctl->options->json)
            ctl_write_json_lists(ctl, "reservations", answers.lists, answers.count);
        else
            code = write_answers(ctl, &answers);
    }
    answers_fini(&answers);
    return code != 0 ? code : answers.code;
}

int command_overview(struct ctl *ctl)
{
    if (!ctl->options->json) {
        struct json_object *status;
        const char *health;
        struct reply reply;
        int code = ctl_call(ctl, "GetStatus", NULL, &reply);

        if (code != 0)
            return code;
        status = member_object(reply.parameters, "status");
        health = member_text(status, "health");
        if (status != NULL && !member_true(status, "healthy")) {
            describe_heading(ctl, STYLE_BAD,
                             health != NULL ? health : "something is wrong: see meetingctl status");
            buffer_append_char(&ctl->output.text, '\n');
        }
        reply_fini(&reply);
    }
    return command_list(ctl);
}
