#include "times.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base.h"
#include "base/span.h"

#define MINUTE INT64_C(60)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* The end of year 9999: what is later is no time that anybody means, but milliseconds perhaps. */
#define LATEST INT64_C(253402300799)

static char *put(const char *word, char text[TIMES_TEXT_SIZE])
{
    snprintf(text, TIMES_TEXT_SIZE, "%s", word);
    return text;
}

static bool break_down(const struct times *times, int64_t unix_s, struct tm *ret)
{
    time_t moment = (time_t)unix_s;

    if (unix_s < 0 || unix_s > LATEST)
        return false;
    return (times->utc ? gmtime_r(&moment, ret) : localtime_r(&moment, ret)) != NULL;
}

/* A time of the calendar; -EINVAL for one that it has not: 30 February, or an hour over which clocks are put
 * forward. */
static int from_calendar(const struct times *times, const struct tm *calendar, int64_t *ret)
{
    struct tm tm = *calendar;
    time_t moment;

    tm.tm_isdst = -1;
    moment = times->utc ? timegm(&tm) : mktime(&tm);
    if (tm.tm_year != calendar->tm_year || tm.tm_mon != calendar->tm_mon || tm.tm_mday != calendar->tm_mday ||
        tm.tm_hour != calendar->tm_hour || tm.tm_min != calendar->tm_min || tm.tm_sec != calendar->tm_sec)
        return -EINVAL;
    *ret = (int64_t)moment;
    return 0;
}

static int parse_day(const struct times *times, int days, int64_t *ret)
{
    struct tm tm, noon;
    time_t moment;

    if (!break_down(times, times->now_ms / MS_PER_SECOND, &tm))
        return -EINVAL;
    noon =
        (struct tm){.tm_year = tm.tm_year, .tm_mon = tm.tm_mon, .tm_mday = tm.tm_mday + days, .tm_isdst = -1};
    moment = times->utc ? timegm(&noon) : mktime(&noon);
    *ret = (int64_t)moment;
    return 0;
}

static int parse_distance(const struct times *times, const char *text, int64_t *ret)
{
    int64_t span_ms, now_s = times->now_ms / MS_PER_SECOND;

    if (span_parse(text + 1, &span_ms) < 0)
        return -EINVAL;
    *ret = *text == '+' ? now_s + span_ms / MS_PER_SECOND : now_s - span_ms / MS_PER_SECOND;
    return *ret >= 0 && *ret <= LATEST ? 0 : -EINVAL;
}

/* Reads `digits` digits. */
static bool read_digits(const char **text, int digits, int *ret)
{
    *ret = 0;
    for (int i = 0; i < digits; i++, (*text)++) {
        if (!isdigit((unsigned char)**text))
            return false;
        *ret = *ret * 10 + (**text - '0');
    }
    return true;
}

static bool read_mark(const char **text, char mark)
{
    if (**text != mark)
        return false;
    (*text)++;
    return true;
}

static int parse_calendar(const struct times *times, const char *text, int64_t *ret)
{
    struct tm tm = {.tm_isdst = -1};

    if (!read_digits(&text, 4, &tm.tm_year) || !read_mark(&text, '-') || !read_digits(&text, 2, &tm.tm_mon) ||
        !read_mark(&text, '-') || !read_digits(&text, 2, &tm.tm_mday))
        return -EINVAL;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    if (*text != '\0') {
        if ((!read_mark(&text, ' ') && !read_mark(&text, 'T')) || !read_digits(&text, 2, &tm.tm_hour) ||
            !read_mark(&text, ':') || !read_digits(&text, 2, &tm.tm_min))
            return -EINVAL;
        if (*text != '\0' && (!read_mark(&text, ':') || !read_digits(&text, 2, &tm.tm_sec) || *text != '\0'))
            return -EINVAL;
    }
    return from_calendar(times, &tm, ret);
}

static int parse_unix(const char *text, int64_t *ret)
{
    errno = 0;
    *ret = strtoll(text, NULL, 10);
    return errno == 0 && *ret <= LATEST ? 0 : -EINVAL;
}

int times_parse(const struct times *times, const char *text, int64_t *ret, struct error *error)
{
    static const struct {
        const char *word;
        int days;
    } words[] = {{"today", 0}, {"yesterday", -1}, {"tomorrow", 1}};
    int64_t value = times->now_ms / MS_PER_SECOND;
    int result = -EINVAL;

    for (size_t i = 0; i < ELEMENTS(words); i++) {
        if (strcmp(text, words[i].word) == 0)
            result = parse_day(times, words[i].days, &value);
    }
    if (strcmp(text, "now") == 0)
        result = 0;
    else if (*text == '+' || *text == '-')
        result = parse_distance(times, text, &value);
    else if (*text != '\0' && text[strspn(text, "0123456789")] == '\0')
        result = parse_unix(text, &value);
    else if (isdigit((unsigned char)*text))
        result = parse_calendar(times, text, &value);
    if (result < 0)
        return error_set(
            error, -EINVAL,
            "'%s' is no time: write Unix seconds, \"2026-11-23 09:30\", +2h, -7d, today, yesterday or "
            "tomorrow",
            text);
    *ret = value;
    return 0;
}

char *times_format(const struct times *times, int64_t unix_s, bool seconds, char text[TIMES_TEXT_SIZE])
{
    struct tm tm;

    if (!break_down(times, unix_s, &tm) ||
        strftime(text, TIMES_TEXT_SIZE, seconds ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%d %H:%M", &tm) == 0)
        put("?", text);
    return text;
}

/* "09:30" for a time of the day of `other`, else as times_format(). */
static char *format_beside(const struct times *times, int64_t unix_s, int64_t other,
                           char text[TIMES_TEXT_SIZE])
{
    struct tm tm, beside;

    if (!break_down(times, unix_s, &tm) || !break_down(times, other, &beside) ||
        tm.tm_year != beside.tm_year || tm.tm_yday != beside.tm_yday ||
        strftime(text, TIMES_TEXT_SIZE, "%H:%M", &tm) == 0)
        return times_format(times, unix_s, false, text);
    return text;
}

char *times_format_short(const struct times *times, int64_t unix_s, char text[TIMES_TEXT_SIZE])
{
    return format_beside(times, unix_s, times->now_ms / MS_PER_SECOND, text);
}

char *times_format_until(const struct times *times, int64_t from, int64_t to, char text[TIMES_TEXT_SIZE])
{
    return times->words ? format_beside(times, to, from, text) : times_format(times, to, false, text);
}

/* The calendar's days since 1970, whatever the clocks do. */
static int64_t day_number(const struct tm *calendar)
{
    struct tm midnight = {
        .tm_year = calendar->tm_year, .tm_mon = calendar->tm_mon, .tm_mday = calendar->tm_mday};

    return (int64_t)timegm(&midnight) / DAY;
}

char *times_format_day(const struct times *times, int64_t unix_s, bool brief, char text[TIMES_TEXT_SIZE])
{
    static const char *const near[] = {"yesterday", "today", "tomorrow"};
    struct tm tm, now;
    int64_t days;

    if (!times->words || !break_down(times, unix_s, &tm) ||
        !break_down(times, times->now_ms / MS_PER_SECOND, &now))
        return times_format(times, unix_s, false, text);
    days = day_number(&tm) - day_number(&now);
    if (days >= -1 && days <= 1 && !(brief && days != 0))
        snprintf(text, TIMES_TEXT_SIZE, "%s %02d:%02d", near[days + 1], tm.tm_hour, tm.tm_min);
    else if (brief && days > 0 && days < 7)
        strftime(text, TIMES_TEXT_SIZE, "%a %H:%M", &tm);
    else if (tm.tm_year != now.tm_year && (days < -90 || days > 90))
        strftime(text, TIMES_TEXT_SIZE, brief ? "%Y-%m-%d" : "%Y-%m-%d %H:%M", &tm);
    else
        strftime(text, TIMES_TEXT_SIZE, brief ? "%d %b %H:%M" : "%a %d %b %H:%M", &tm);
    return text;
}

char *times_span(int64_t span_s, char text[TIMES_TEXT_SIZE])
{
    if (span_s < 0)
        span_s = 0;
    if (span_s < MINUTE)
        snprintf(text, TIMES_TEXT_SIZE, "%" PRId64 "s", span_s);
    else if (span_s < HOUR)
        snprintf(text, TIMES_TEXT_SIZE, "%" PRId64 "min", span_s / MINUTE);
    else if (span_s < DAY && span_s % HOUR >= MINUTE)
        snprintf(text, TIMES_TEXT_SIZE, "%" PRId64 "h %" PRId64 "min", span_s / HOUR, span_s % HOUR / MINUTE);
    else if (span_s < DAY)
        snprintf(text, TIMES_TEXT_SIZE, "%" PRId64 "h", span_s / HOUR);
    else if (span_s < 10 * DAY && span_s % DAY >= HOUR)
        snprintf(text, TIMES_TEXT_SIZE, "%" PRId64 "d %" PRId64 "h", span_s / DAY, span_s % DAY / HOUR);
    else
        snprintf(text, TIMES_TEXT_SIZE, "%" PRId64 "d", span_s / DAY);
    return text;
}

char *times_between(int64_t from, int64_t to, char text[TIMES_TEXT_SIZE])
{
    if (from < 0 || to < from || to > LATEST)
        return put("?", text);
    return times_span(to - from, text);
}

char *times_relative(const struct times *times, int64_t unix_s, char text[TIMES_TEXT_SIZE])
{
    int64_t now_s = times->now_ms / MS_PER_SECOND;
    char span[TIMES_TEXT_SIZE];

    if (unix_s < 0 || unix_s > LATEST)
        put("?", text);
    else if (unix_s > now_s)
        snprintf(text, TIMES_TEXT_SIZE, "in %.40s", times_span(unix_s - now_s, span));
    else if (unix_s < now_s)
        snprintf(text, TIMES_TEXT_SIZE, "%.40s ago", times_span(now_s - unix_s, span));
    else
        put("now", text);
    return text;
}

char *times_age(const struct times *times, int64_t unix_ms, char text[TIMES_TEXT_SIZE])
{
    if (unix_ms < 0 || unix_ms / MS_PER_SECOND > LATEST)
        return put("?", text);
    /* The daemon's clock is ours, but its figures may be a moment younger than our `now`. */
    return times_span((times->now_ms - unix_ms) / MS_PER_SECOND, text);
}
