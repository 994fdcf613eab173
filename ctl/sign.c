#include "sign.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "text.h"

#define IN_MEETING 2

/* From so much on there is room for the large digits. */
#define DIGIT_ROWS     5
#define DIGITS_COLUMNS 44
#define ROWS_ROOMY     18

/* What keeps its place longest has the highest rank. */
enum rank { RANK_BLANK, RANK_PERSON, RANK_DIGITS, RANK_FOOT, RANK_HEAD, RANK_NEXT, RANK_NUMBER, RANK_LINK };
enum { RANK_ROOM = RANK_LINK + 1, RANK_TOPIC, RANK_STATE, RANK_BANNER };

struct line {
    enum style style;
    int rank;
    bool inverse;
    bool as_is; /* holds what the terminal obeys, and fits */
    char *text;
};

struct screen {
    const struct times *times;
    size_t rows, columns;
    struct line *lines;
    size_t count;
};

static bool is_state(struct json_object *reservation, const char *state)
{
    return str_equal(member_text(reservation, "state"), state);
}

void sign_choose(struct sign *sign, const struct list *reservations, int64_t now_s)
{
    int64_t next_start = INT64_MAX, start, end;

    sign->current = NULL;
    sign->next = NULL;
    for (size_t i = 0; i < list_count(reservations); i++) {
        struct json_object *reservation = list_item(reservations, i);
        bool timed = member_int(reservation, "start_time", &start);
        bool goes_on = timed && start <= now_s && member_int(reservation, "end_time", &end) && now_s < end;

        if (is_state(reservation, "deleted"))
            continue;
        if (is_state(reservation, "live") ||
            (sign->current == NULL && (goes_on || (!timed && !is_state(reservation, "expired")))))
            sign->current = reservation;
        if (timed && start > now_s && start < next_start) {
            next_start = start;
            sign->next = reservation;
        }
    }
}

static void add_line(struct screen *screen, int rank, enum style style, bool inverse, char *take_text)
{
    screen->lines = xrealloc(screen->lines, screen->count + 1, sizeof(*screen->lines));
    screen->lines[screen->count++] =
        (struct line){.style = style, .rank = rank, .inverse = inverse, .text = take_text};
}

static void add(struct screen *screen, int rank, enum style style, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void add(struct screen *screen, int rank, enum style style, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_line(screen, rank, style, false, xvasprintf(format, arguments));
    va_end(arguments);
}

static void add_blank(struct screen *screen)
{
    add_line(screen, RANK_BLANK, STYLE_PLAIN, false, xstrdup(""));
}

static void add_head(struct screen *screen, const struct sign *sign)
{
    char now[TIMES_TEXT_SIZE];
    const char *clock = times_format(screen->times, screen->times->now_ms / MS_PER_SECOND, false, now);
    size_t name = text_width(sign->name), right = strlen(clock);

    if (name + 2 + right <= screen->columns)
        add(screen, RANK_HEAD, STYLE_HEADING, "%s%*s", sign->name, (int)(screen->columns - name), clock);
    else
        add(screen, RANK_HEAD, STYLE_HEADING, "%s", sign->name);
}

static void add_banner(struct screen *screen, enum style style, char *take_text)
{
    add_line(screen, RANK_BANNER, style, true, take_text);
}

/* The thing whose figures are the news. */
static struct json_object *news_of(const struct sign *sign)
{
    if (sign->meeting != NULL)
        return sign->meeting;
    return sign->current != NULL ? sign->current : sign->next;
}

static void add_banners(struct screen *screen, const struct sign *sign)
{
    char text[TIMES_TEXT_SIZE];
    int64_t at;

    if (sign->away_since != 0)
        add_banner(screen, STYLE_BAD,
                   xasprintf(" NO NEWS since %s: meetingd is away ",
                             times_format_short(screen->times, sign->away_since, text)));
    else if (member_true(news_of(sign), "stale") && member_int(news_of(sign), "observed_at", &at))
        add_banner(screen, STYLE_WARNING,
                   xasprintf(" STALE: this is %s old ", times_age(screen->times, at, text)));
}

/* One row of the digits and the colon, a bit a dot; each dot is two columns of an inverse blank, which has
 * the same width in every terminal. */
static char *digit_row(const char *clock, int row)
{
    static const unsigned char digits[11][DIGIT_ROWS] = {
        {7, 5, 5, 5, 7}, {2, 6, 2, 2, 7}, {7, 1, 7, 4, 7}, {7, 1, 7, 1, 7}, {5, 5, 7, 1, 1}, {7, 4, 7, 1, 7},
        {7, 4, 7, 5, 7}, {7, 1, 1, 2, 2}, {7, 5, 7, 5, 7}, {7, 5, 7, 1, 7}, {0, 2, 0, 2, 0},
    };
    struct buffer text = BUFFER_EMPTY;

    buffer_append_text(&text, "  ");
    for (; *clock != '\0'; clock++) {
        unsigned dots = digits[*clock == ':' ? 10 : *clock - '0'][row];

        for (unsigned bit = 4; bit != 0; bit >>= 1)
            buffer_append_text(&text, (dots & bit) != 0 ? "\033[7m  \033[27m" : "  ");
        buffer_append_text(&text, "  ");
    }
    return buffer_take(&text);
}

/* The moment that whoever stands before the sign wants to know, in letters that are read from afar. */
static void add_digits(struct screen *screen, int64_t unix_s)
{
    char moment[TIMES_TEXT_SIZE];
    size_t length = strlen(times_format(screen->times, unix_s, false, moment));

    if (screen->rows < ROWS_ROOMY || screen->columns < DIGITS_COLUMNS || length < 6)
        return;
    add_blank(screen);
    for (int row = 0; row < DIGIT_ROWS; row++) {
        add_line(screen, RANK_DIGITS, STYLE_PLAIN, false, digit_row(moment + length - 5, row));
        screen->lines[screen->count - 1].as_is = true;
    }
    add_blank(screen);
}

static void add_topic(struct screen *screen, struct json_object *reservation, struct json_object *meeting)
{
    const char *topic = member_text(meeting, "topic");

    if (topic == NULL || *topic == '\0')
        topic = member_text(reservation, "topic");
    if (topic != NULL && *topic != '\0')
        add(screen, RANK_TOPIC, STYLE_HEADING, "%s", topic);
}

/* "until 10:00 (in 18min)", "until 10:00, 5min over"; "" without an end. The caller frees it. */
static char *until(const struct screen *screen, struct json_object *reservation)
{
    char at[TIMES_TEXT_SIZE], span[TIMES_TEXT_SIZE];
    int64_t now_s = screen->times->now_ms / MS_PER_SECOND, end;

    if (!member_int(reservation, "end_time", &end))
        return xstrdup("");
    times_format_short(screen->times, end, at);
    if (end > now_s)
        return xasprintf(", until %s (%s)", at, times_relative(screen->times, end, span));
    return xasprintf(", until %s: %s over", at, times_between(end, now_s, span));
}

static void add_current(struct screen *screen, const struct sign *sign)
{
    CLEANUP_FREE char *end = until(screen, sign->current);
    int64_t at;

    if (sign->meeting != NULL)
        add(screen, RANK_STATE, STYLE_GOOD, "ON NOW%s", end);
    else if (is_state(sign->current, "failed") || is_state(sign->current, "uncertain"))
        add(screen, RANK_STATE, STYLE_BAD, "NOT RESERVED%s", end);
    else if (*end != '\0')
        add(screen, RANK_STATE, STYLE_WARNING, "NOBODY IN%s", end);
    else
        add(screen, RANK_STATE, STYLE_PLAIN, "NOBODY IN");
    add_topic(screen, sign->current, sign->meeting);
    if (member_int(sign->current, "end_time", &at))
        add_digits(screen, at);
}

static void add_free(struct screen *screen, const struct sign *sign)
{
    char at[TIMES_TEXT_SIZE], span[TIMES_TEXT_SIZE];
    int64_t start;

    if (sign->next == NULL) {
        add(screen, RANK_STATE, STYLE_PLAIN, "NOTHING PLANNED");
        return;
    }
    member_int(sign->next, "start_time", &start);
    add(screen, RANK_STATE, STYLE_GOOD, "NEXT %s (%s)", times_format_day(screen->times, start, false, at),
        times_relative(screen->times, start, span));
    add_topic(screen, sign->next, NULL);
    add_digits(screen, start);
}

static bool is_in(struct json_object *participant)
{
    int64_t status;

    return member_int(participant, "status", &status) && status == IN_MEETING;
}

static void add_people(struct screen *screen, struct json_object *meeting)
{
    struct json_object *participants = member_array(meeting, "participants");
    int64_t now_s = screen->times->now_ms / MS_PER_SECOND, count, start;
    char span[TIMES_TEXT_SIZE];

    if (meeting == NULL)
        return;
    if (!member_int(meeting, "in_meeting", &count))
        add(screen, RANK_ROOM, STYLE_PLAIN, "Who is in is not known");
    else if (!member_int(meeting, "start_time", &start))
        add(screen, RANK_ROOM, STYLE_PLAIN, "%" PRId64 " in the room", count);
    else if (start > now_s - 60)
        add(screen, RANK_ROOM, STYLE_PLAIN, "%" PRId64 " in the room, just begun", count);
    else
        add(screen, RANK_ROOM, STYLE_PLAIN, "%" PRId64 " in the room, on for %s", count,
            times_between(start, now_s, span));
    for (size_t i = 0; i < array_count(participants); i++) {
        struct json_object *person = json_object_array_get_idx(participants, i);
        const char *id = member_text(person, "id");

        if (is_in(person))
            add(screen, RANK_PERSON, STYLE_PLAIN, "  %s%s", id != NULL ? id : "somebody",
                member_true(person, "is_host") ? " (host)" : "");
    }
}

static void add_link(struct screen *screen, struct json_object *reservation)
{
    const char *number = member_text(reservation, "meeting_no"), *url = member_text(reservation, "url");

    if (number != NULL)
        add(screen, RANK_NUMBER, STYLE_PLAIN, "Number %s", number);
    if (url != NULL)
        add(screen, RANK_LINK, STYLE_PLAIN, "%s", url);
}

static void add_next(struct screen *screen, struct json_object *next)
{
    const char *topic = member_text(next, "topic");
    char at[TIMES_TEXT_SIZE], span[TIMES_TEXT_SIZE];
    int64_t start;

    if (!member_int(next, "start_time", &start))
        return;
    add_blank(screen);
    add(screen, RANK_NEXT, STYLE_PLAIN, "Next %s (%s)%s%s", times_format_day(screen->times, start, false, at),
        times_relative(screen->times, start, span), topic != NULL ? ": " : "", topic != NULL ? topic : "");
}

/* How old the news is; whole minutes, since nobody draws the sign anew each second. */
static void add_foot(struct screen *screen, const struct sign *sign)
{
    char at[TIMES_TEXT_SIZE], now[TIMES_TEXT_SIZE], age[TIMES_TEXT_SIZE];
    static const size_t date = sizeof("2026-11-23 ") - 1;
    int64_t observed_ms;

    if (!member_int(news_of(sign), "observed_at", &observed_ms)) {
        add(screen, RANK_FOOT, STYLE_FAINT, "q quits");
        return;
    }
    times_format(screen->times, observed_ms / MS_PER_SECOND, true, at);
    times_format(screen->times, screen->times->now_ms / MS_PER_SECOND, true, now);
    if (observed_ms > screen->times->now_ms - MS_PER_MINUTE)
        add(screen, RANK_FOOT, STYLE_FAINT, "As of %s   q quits",
            at + (strncmp(at, now, date) == 0 ? date : 0));
    else
        add(screen, RANK_FOOT, STYLE_FAINT, "As of %s, %s ago   q quits",
            at + (strncmp(at, now, date) == 0 ? date : 0), times_age(screen->times, observed_ms, age));
}

static void remove_line(struct screen *screen, size_t index)
{
    free(screen->lines[index].text);
    screen->count--;
    memmove(&screen->lines[index], &screen->lines[index + 1],
            (screen->count - index) * sizeof(screen->lines[0]));
}

static size_t count_rank(const struct screen *screen, int rank)
{
    size_t count = 0;

    for (size_t i = 0; i < screen->count; i++)
        count += screen->lines[i].rank == rank;
    return count;
}

/* The last one of the lowest rank; all of the digits at once, since half of them are none. */
static void remove_least(struct screen *screen)
{
    size_t least = 0;
    int rank;

    for (size_t i = 0; i < screen->count; i++) {
        if (screen->lines[i].rank <= screen->lines[least].rank)
            least = i;
    }
    rank = screen->lines[least].rank;
    remove_line(screen, least);
    for (size_t i = screen->count; i-- > 0 && rank == RANK_DIGITS;) {
        if (screen->lines[i].rank == rank)
            remove_line(screen, i);
    }
}

/* People whom there is no room for are counted on the last of their lines. */
static void fit(struct screen *screen)
{
    size_t people = count_rank(screen, RANK_PERSON), left;

    while (screen->count > screen->rows)
        remove_least(screen);
    left = count_rank(screen, RANK_PERSON);
    if (left == people || left == 0)
        return;
    for (size_t i = screen->count; i-- > 0;) {
        if (screen->lines[i].rank != RANK_PERSON)
            continue;
        free(screen->lines[i].text);
        screen->lines[i].text = xasprintf("  and %zu more", people - left + 1);
        return;
    }
}

static void write_line(struct output *output, const struct line *line, size_t columns)
{
    CLEANUP_FREE char *cut = line->as_is ? xstrdup(line->text) : text_cut(line->text, columns);

    if (line->inverse)
        buffer_append_text(&output->text, "\033[7m");
    output_styled(output, line->style, cut);
    if (line->inverse)
        buffer_append_text(&output->text, "\033[0m");
    buffer_append_text(&output->text, "\033[K"); /* to the end of the line */
}

void sign_draw(struct output *output, const struct times *times, const struct sign *sign, size_t rows,
               size_t columns)
{
    struct screen screen = {.times = times, .rows = rows > 0 ? rows : 1, .columns = columns};

    add_head(&screen, sign);
    add_banners(&screen, sign);
    add_blank(&screen);
    if (sign->current != NULL)
        add_current(&screen, sign);
    else
        add_free(&screen, sign);
    add_link(&screen, sign->current != NULL ? sign->current : sign->next);
    add_people(&screen, sign->meeting);
    if (sign->current != NULL)
        add_next(&screen, sign->next);
    add_blank(&screen);
    add_foot(&screen, sign);
    fit(&screen);
    /* Drawn over what stands there, so that nothing flickers. */
    buffer_append_text(&output->text, "\033[H");
    for (size_t i = 0; i < screen.count; i++) {
        if (i > 0)
            buffer_append_text(&output->text, "\r\n");
        write_line(output, &screen.lines[i], screen.columns);
        free(screen.lines[i].text);
    }
    free(screen.lines);
    buffer_append_text(&output->text, "\033[J"); /* to the end of the screen */
}
