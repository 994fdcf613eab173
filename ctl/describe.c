#include "describe.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define LABEL_WIDTH 12

void describe_line(struct ctl *ctl, const char *label, enum style style, const char *format, ...)
{
    CLEANUP(buffer_fini) struct buffer wrapped = BUFFER_EMPTY;
    CLEANUP_FREE char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = xvasprintf(format, arguments);
    va_end(arguments);
    text_wrap(&wrapped, text, LABEL_WIDTH + 2, ctl->output.width);
    buffer_printf(&ctl->output.text, "%*s%s ", LABEL_WIDTH, label, *label != '\0' ? ":" : " ");
    output_styled(&ctl->output, style, wrapped.data);
    buffer_append_char(&ctl->output.text, '\n');
}

void describe_note(struct ctl *ctl, enum style style, const char *format, ...)
{
    CLEANUP(buffer_fini) struct buffer wrapped = BUFFER_EMPTY;
    CLEANUP_FREE char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = xvasprintf(format, arguments);
    va_end(arguments);
    text_wrap(&wrapped, text, 0, ctl->output.width);
    output_styled(&ctl->output, style, wrapped.data);
    buffer_append_char(&ctl->output.text, '\n');
}

void describe_heading(struct ctl *ctl, enum style style, const char *text)
{
    CLEANUP(buffer_fini) struct buffer wrapped = BUFFER_EMPTY;

    output_styled(&ctl->output, style, "●");
    text_wrap(&wrapped, text, 2, ctl->output.width);
    buffer_printf(&ctl->output.text, " %s\n", wrapped.data);
}

/* A line for a member that is text; none where it is absent. */
static void text_line(struct ctl *ctl, const char *label, struct json_object *object, const char *member)
{
    const char *text = member_text(object, member);

    if (text != NULL)
        describe_line(ctl, label, STYLE_PLAIN, "%s", *text != '\0' ? text : "none");
}

/* A line for an array of texts; none where it is absent or empty. */
static void texts_line(struct ctl *ctl, const char *label, enum style style, struct json_object *array)
{
    CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY;

    for (size_t i = 0; i < array_count(array); i++)
        buffer_printf(&text, "%s%s", i > 0 ? ", " : "",
                      item_text(array, i) != NULL ? item_text(array, i) : "?");
    if (text.length > 0)
        describe_line(ctl, label, style, "%s", text.data);
}

const char *describe_name(struct json_object *reservation)
{
    static const char *const members[] = {"occurrence", "name", "reserve_id", "topic"};

    for (size_t i = 0; i < ELEMENTS(members); i++) {
        const char *text = member_text(reservation, members[i]);

        if (text != NULL && *text != '\0')
            return text;
    }
    return "reservation";
}

static char *dash(char text[TIMES_TEXT_SIZE])
{
    snprintf(text, TIMES_TEXT_SIZE, "-");
    return text;
}

char *describe_age(const struct ctl *ctl, struct json_object *thing, char text[TIMES_TEXT_SIZE])
{
    int64_t observed_at;

    if (!member_int(thing, "observed_at", &observed_at))
        return dash(text);
    return times_age(&ctl->times, observed_at, text);
}

void describe_room_cell(struct table *table, struct json_object *meeting)
{
    bool stale = member_true(meeting, "stale");
    int64_t count;

    if (!member_int(meeting, "in_meeting", &count))
        table_cell(table, STYLE_PLAIN, NULL);
    else
        table_printf(table, stale ? STYLE_WARNING : STYLE_PLAIN, "%" PRId64 "%s", count,
                     stale ? " stale" : "");
}

enum style describe_state_style(const char *state)
{
    static const struct {
        const char *state;
        enum style style;
    } styles[] = {{"live", STYLE_GOOD},     {"uncertain", STYLE_BAD},  {"failed", STYLE_BAD},
                  {"ended", STYLE_FAINT},   {"expired", STYLE_FAINT},  {"deleted", STYLE_FAINT},
                  {"planned", STYLE_FAINT}, {"reserving", STYLE_FAINT}};

    for (size_t i = 0; i < ELEMENTS(styles) && state != NULL; i++) {
        if (strcmp(state, styles[i].state) == 0)
            return styles[i].style;
    }
    return STYLE_PLAIN;
}

const char *describe_meeting_state(struct json_object *meeting)
{
    static const char *const states[] = {"-", "calling", "live", "ended"};
    int64_t status;

    if (!member_int(meeting, "status", &status) || status < 0 || status >= (int64_t)ELEMENTS(states))
        return "-";
    return states[status];
}

static const char *const user_types[] = {NULL, "lark", "rooms", "doc", "neo", "neo_guest", "pstn", "sip"};

const char *describe_user_type(struct json_object *user, char text[USER_TYPE_SIZE])
{
    int64_t type;

    if (!member_int(user, "user_type", &type))
        return "-";
    if (type > 0 && type < (int64_t)ELEMENTS(user_types))
        return user_types[type];
    snprintf(text, USER_TYPE_SIZE, "%" PRId64, type);
    return text;
}

char *describe_length(const struct ctl *ctl, struct json_object *meeting, char text[TIMES_TEXT_SIZE])
{
    int64_t start, end;

    if (!member_int(meeting, "start_time", &start))
        return dash(text);
    if (strcmp(describe_meeting_state(meeting), "ended") != 0)
        end = ctl->times.now_ms / MS_PER_SECOND > start ? ctl->times.now_ms / MS_PER_SECOND : start;
    else if (!member_int(meeting, "end_time", &end))
        return dash(text);
    return times_between(start, end, text);
}

/* "2026-11-23 09:30 (in 2h)". The caller frees it. */
static char *moment(struct ctl *ctl, int64_t unix_s)
{
    char at[TIMES_TEXT_SIZE], relative[TIMES_TEXT_SIZE];

    return xasprintf("%s%s (%s)", times_format_day(&ctl->times, unix_s, false, at),
                     ctl->times.utc ? " UTC" : "", times_relative(&ctl->times, unix_s, relative));
}

static void moment_line(struct ctl *ctl, const char *label, struct json_object *object, const char *member)
{
    int64_t unix_s;

    if (member_int(object, member, &unix_s)) {
        CLEANUP_FREE char *text = moment(ctl, unix_s);

        describe_line(ctl, label, STYLE_PLAIN, "%s", text);
    }
}

static void slot_line(struct ctl *ctl, struct json_object *reservation)
{
    char end_text[TIMES_TEXT_SIZE], span[TIMES_TEXT_SIZE];
    int64_t start, end;

    if (!member_int(reservation, "start_time", &start))
        return;
    if (member_int(reservation, "end_time", &end)) {
        CLEANUP_FREE char *text = moment(ctl, start);

        times_format_until(&ctl->times, start, end, end_text);
        describe_line(ctl, "When", STYLE_PLAIN, "%s, for %s until %s", text, times_between(start, end, span),
                      end_text);
    } else {
        moment_line(ctl, "When", reservation, "start_time");
    }
}

/* "code 121003, log id 2026…, 5min ago, tried again in 10s": what the message does not say. The caller frees
 * it. */
static char *problem_details(struct ctl *ctl, struct json_object *problem)
{
    struct buffer text = BUFFER_EMPTY;
    const char *log_id = member_text(problem, "log_id");
    char relative[TIMES_TEXT_SIZE];
    int64_t value;

    if (member_int(problem, "code", &value))
        buffer_printf(&text, "code %" PRId64 ", ", value);
    if (log_id != NULL)
        buffer_printf(&text, "log id %s, ", log_id);
    if (member_int(problem, "at", &value))
        buffer_printf(&text, "%s, ", times_relative(&ctl->times, value, relative));
    if (member_int(problem, "retry_at", &value) && value > ctl->times.now_ms / MS_PER_SECOND)
        buffer_printf(&text, "tried again %s, ", times_relative(&ctl->times, value, relative));
    if (text.length > 2)
        text.data[text.length - 2] = '\0';
    return buffer_take(&text);
}

static void problem_lines(struct ctl *ctl, struct json_object *reservation)
{
    struct json_object *problem = member_object(reservation, "problem");
    const char *message = member_text(problem, "message");
    CLEANUP_FREE char *details = NULL;

    if (problem == NULL)
        return;
    details = problem_details(ctl, problem);
    describe_line(ctl, "Problem", STYLE_BAD, "%s", message != NULL ? message : "unknown");
    if (*details != '\0')
        describe_line(ctl, "", STYLE_PLAIN, "%s", details);
}

static const char *number_word(struct json_object *object, const char *member, const char *const *words,
                               size_t count)
{
    int64_t number;

    if (!member_int(object, member, &number))
        return NULL;
    return number > 0 && (size_t)number < count ? words[number] : "?";
}

static void permission_lines(struct ctl *ctl, struct json_object *settings)
{
    static const char *const permissions[] = {NULL, "host", "invite", "join"};
    static const char *const fields[] = {NULL, "user_id", "user_type", "tenant_id"};
    static const char *const modes[] = {NULL, "allow", "deny"};
    struct json_object *all = member_array(settings, "action_permissions");
    const char *label = "Permissions";

    for (size_t i = 0; i < array_count(all); i++) {
        struct json_object *entry = json_object_array_get_idx(all, i),
                           *checkers = member_array(entry, "permission_checkers");
        const char *permission = number_word(entry, "permission", permissions, ELEMENTS(permissions));

        for (size_t j = 0; j < array_count(checkers); j++) {
            struct json_object *checker = json_object_array_get_idx(checkers, j),
                               *list = member_array(checker, "check_list");
            const char *field = number_word(checker, "check_field", fields, ELEMENTS(fields)),
                       *mode = number_word(checker, "check_mode", modes, ELEMENTS(modes));
            CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY;

            buffer_printf(&text, "%s %s %s", permission != NULL ? permission : "?",
                          field != NULL ? field : "?", mode != NULL ? mode : "?");
            for (size_t k = 0; k < array_count(list); k++)
                buffer_printf(&text, "%s %s", k > 0 ? "," : "",
                              item_text(list, k) != NULL ? item_text(list, k) : "?");
            describe_line(ctl, label, STYLE_PLAIN, "%s", text.data);
            label = "";
        }
    }
}

static void settings_lines(struct ctl *ctl, struct json_object *settings)
{
    static const char *const types[] = {NULL, "group", "call"};
    struct json_object *hosts = member_array(settings, "assign_host_list"),
                       *callee = member_object(member_object(settings, "call_setting"), "callee"),
                       *info = member_object(callee, "pstn_sip_info");
    const char *type = number_word(settings, "meeting_initial_type", types, ELEMENTS(types)),
               *nickname = member_text(info, "nickname"), *address = member_text(info, "main_address");
    CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY;

    if (type != NULL)
        describe_line(ctl, "Type", STYLE_PLAIN, "%s", type);
    if (callee != NULL)
        describe_line(ctl, "Callee", STYLE_PLAIN, "%s %s", nickname != NULL ? nickname : "",
                      address != NULL ? address : "");
    for (size_t i = 0; i < array_count(hosts); i++) {
        const char *id = member_text(json_object_array_get_idx(hosts, i), "id");

        buffer_printf(&text, "%s%s", i > 0 ? ", " : "", id != NULL ? id : "?");
    }
    if (text.length > 0)
        describe_line(ctl, "Hosts", STYLE_PLAIN, "%s", text.data);
    permission_lines(ctl, settings);
    if (member_true(settings, "auto_record"))
        describe_line(ctl, "Recording", STYLE_PLAIN, "automatic");
    if (member_true(settings, "meeting_connect"))
        describe_line(ctl, "Connect", STYLE_PLAIN, "yes");
}

void describe_reservation(struct ctl *ctl, struct json_object *reservation)
{
    const char *state = member_text(reservation, "state"), *topic = member_text(reservation, "topic");
    enum style style = describe_state_style(state);
    CLEANUP_FREE char *heading =
        xasprintf("%s%s%s", describe_name(reservation), topic != NULL && *topic != '\0' ? " - " : "",
                  topic != NULL ? topic : "");
    bool stale = member_true(reservation, "stale");
    char age[TIMES_TEXT_SIZE];

    describe_heading(ctl, member_object(reservation, "problem") != NULL ? STYLE_BAD : style, heading);
    describe_line(ctl, "State", style, "%s", state != NULL ? state : "-");
    problem_lines(ctl, reservation);
    texts_line(ctl, "Not hosts", STYLE_BAD, member_array(reservation, "invalid_host_id_list"));
    slot_line(ctl, reservation);
    moment_line(ctl, "Expires", reservation, "expire_time");
    text_line(ctl, "Reserve ID", reservation, "reserve_id");
    text_line(ctl, "Number", reservation, "meeting_no");
    text_line(ctl, "Link", reservation, "url");
    text_line(ctl, "App link", reservation, "app_link");
    text_line(ctl, "Live link", reservation, "live_link");
    text_line(ctl, "Password", reservation, "password");
    settings_lines(ctl, member_object(reservation, "meeting_settings"));
    text_line(ctl, "App", reservation, "app");
    text_line(ctl, "Owner", reservation, "reserve_user_id");
    texts_line(ctl, "Meetings", STYLE_PLAIN, member_array(reservation, "meetings"));
    if (strcmp(describe_age(ctl, reservation, age), "-") != 0)
        describe_line(ctl, "Observed", stale ? STYLE_WARNING : STYLE_PLAIN, "%s ago%s", age,
                      stale ? ", which is stale" : "");
}

static void room_line(struct ctl *ctl, struct json_object *meeting)
{
    CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY;
    char time[TIMES_TEXT_SIZE];
    int64_t count, at;

    if (member_int(meeting, "in_meeting", &count))
        buffer_printf(&text, "%" PRId64, count);
    else
        buffer_append_text(&text, "not known");
    if (member_int(meeting, "peak", &count) || member_int(meeting, "participant_count", &count))
        buffer_printf(&text, ", at most %" PRId64 " at a time", count);
    if (member_int(meeting, "peak_at", &at))
        buffer_printf(&text, " (seen %s)", times_format_short(&ctl->times, at, time));
    if (member_int(meeting, "participant_count_accumulated", &count))
        buffer_printf(&text, ", %" PRId64 " in all", count);
    describe_line(ctl, "In the room", STYLE_PLAIN, "%s", text.data);
}

/* "17 seen: 14 lark, 2 rooms, 1 pstn; 3 of them external; 5h 3min together" */
static void attendance_line(struct ctl *ctl, struct json_object *meeting)
{
    CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY;
    struct json_object *types = member_object(meeting, "by_user_type");
    const char *separator = ": ";
    char span[TIMES_TEXT_SIZE], name[24];
    int64_t count;

    if (!member_int(meeting, "attendees", &count) || count == 0)
        return;
    buffer_printf(&text, "%" PRId64 " seen", count);
    for (size_t i = 1; i < ELEMENTS(user_types); i++) {
        snprintf(name, sizeof(name), "%zu", i);
        if (!member_int(types, name, &count))
            continue;
        buffer_printf(&text, "%s%" PRId64 " %s", separator, count, user_types[i]);
        separator = ", ";
    }
    if (member_int(types, "other", &count))
        buffer_printf(&text, "%s%" PRId64 " other", separator, count);
    if (member_int(meeting, "external", &count) && count > 0)
        buffer_printf(&text, "; %" PRId64 " of them external", count);
    if (member_int(meeting, "person_seconds", &count))
        buffer_printf(&text, "; %s together", times_span(count, span));
    describe_line(ctl, "Attendance", STYLE_PLAIN, "%s", text.data);
}

static const struct {
    const char *member, *words;
} abilities[] = {{"use_video", "video"},
                 {"use_audio", "audio"},
                 {"use_share_screen", "screen sharing"},
                 {"use_follow_screen", "Magic Share"},
                 {"use_recording", "recording"},
                 {"use_pstn", "telephone"}};

const char *describe_ability(const char *member)
{
    for (size_t i = 0; i < ELEMENTS(abilities); i++) {
        if (str_equal(abilities[i].member, member))
            return abilities[i].words;
    }
    return NULL;
}

static void ability_line(struct ctl *ctl, struct json_object *meeting)
{
    CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY;
    char time[TIMES_TEXT_SIZE];
    int64_t at;

    for (size_t i = 0; i < ELEMENTS(abilities); i++) {
        if (!member_true(member_object(meeting, "ability"), abilities[i].member))
            continue;
        buffer_printf(&text, "%s%s", text.length > 0 ? ", " : "", abilities[i].words);
        if (member_int(member_object(meeting, "ability_seen"), abilities[i].member, &at))
            buffer_printf(&text, " (seen %s)", times_format_short(&ctl->times, at, time));
    }
    if (text.length > 0)
        describe_line(ctl, "Used", STYLE_PLAIN, "%s", text.data);
}

static void observed_line(struct ctl *ctl, struct json_object *meeting)
{
    bool stale = member_true(meeting, "stale");
    const char *phase = member_text(meeting, "phase");
    CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY;
    char age[TIMES_TEXT_SIZE];
    int64_t at;

    if (!member_int(meeting, "observed_at", &at))
        return;
    buffer_printf(&text, "%s ago%s", times_age(&ctl->times, at, age), stale ? ", which is stale" : "");
    if (member_int(meeting, "next_poll_at", &at))
        buffer_printf(&text, "; next look %s%s%s%s", times_relative(&ctl->times, at / MS_PER_SECOND, age),
                      phase != NULL ? " (" : "", phase != NULL ? phase : "", phase != NULL ? ")" : "");
    describe_line(ctl, "Observed", stale ? STYLE_WARNING : STYLE_PLAIN, "%s", text.data);
}

void describe_meeting(struct ctl *ctl, struct json_object *meeting)
{
    const char *id = member_text(meeting, "id"), *state = describe_meeting_state(meeting),
               *topic = member_text(meeting, "topic");
    struct json_object *host = member_object(meeting, "host_user");
    CLEANUP_FREE char *heading =
        xasprintf("meeting %s%s%s", id != NULL ? id : "?", topic != NULL && *topic != '\0' ? " - " : "",
                  topic != NULL ? topic : "");
    char length[TIMES_TEXT_SIZE];

    describe_heading(ctl, describe_state_style(state), heading);
    describe_line(ctl, "State", describe_state_style(state), "%s", state);
    moment_line(ctl, "Began", meeting, "start_time");
    if (strcmp(state, "ended") == 0)
        moment_line(ctl, "Ended", meeting, "end_time");
    if (strcmp(describe_length(ctl, meeting, length), "-") != 0)
        describe_line(ctl, strcmp(state, "ended") == 0 ? "Lasted" : "Going for", STYLE_PLAIN, "%s", length);
    text_line(ctl, "Number", meeting, "meeting_no");
    text_line(ctl, "Host", host, "id");
    room_line(ctl, meeting);
    attendance_line(ctl, meeting);
    ability_line(ctl, meeting);
    observed_line(ctl, meeting);
}
