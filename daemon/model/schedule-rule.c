#include "model/schedule-rule.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base.h"
#include "base/str.h"
#include "model/day.h"

#define BLANKS " \t"

#define COUNT_MAX    999999
#define INTERVAL_MAX 9999

/* Weeks of a year, and weekdays of one name in a month, at the most. */
#define YEAR_WEEKS_MAX  53
#define MONTH_WEEKS_MAX 5

static const char *const day_names[] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};

/* What is shown of a text in a message. */
#define SHOWN_MAX 32

#define SHOWN_SIZE (SHOWN_MAX + sizeof("…"))

#define SHOW(text) show((text), (char[SHOWN_SIZE]){0})

static const char *show(const char *text, char shown[SHOWN_SIZE])
{
    size_t length = utf8_valid_length(text, strnlen(text, SHOWN_MAX));

    memcpy(shown, text, length);
    memcpy(shown + length, text[length] != '\0' ? "…" : "", text[length] != '\0' ? sizeof("…") : 1);
    return shown;
}

/* Cuts white space from both ends, in place. */
static char *trim(char *text)
{
    size_t length;

    text += strspn(text, BLANKS);
    for (length = strlen(text); length > 0 && strchr(BLANKS, text[length - 1]) != NULL; length--)
        text[length - 1] = '\0';
    return text;
}

/* A whole number with or without a sign; false for anything else, and for what is far too large. */
static bool read_number(const char *text, int *ret)
{
    const char *digits = text + (text[0] == '+' || text[0] == '-' ? 1 : 0);
    size_t length = strlen(digits);

    if (length == 0 || length > 6 || digits[strspn(digits, "0123456789")] != '\0')
        return false;
    *ret = (int)strtol(text, NULL, 10);
    return true;
}

/* One of the days' names; -1 for none. */
static int find_day(const char *name)
{
    for (int day = 0; day < (int)ELEMENTS(day_names); day++) {
        if (strcasecmp(day_names[day], name) == 0)
            return day;
    }
    return -1;
}

static int read_frequency(struct rule *rule, char *value, struct error *error)
{
    static const char *const names[] = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"};

    for (size_t i = 0; i < ELEMENTS(names); i++) {
        if (strcasecmp(names[i], value) == 0) {
            rule->frequency = (enum rule_frequency)i;
            return 0;
        }
    }
    return error_set(error, -EINVAL, "FREQ=%s is not supported: write DAILY, WEEKLY, MONTHLY or YEARLY",
                     SHOW(value));
}

static int read_positive(const char *name, const char *value, int most, int *ret, struct error *error)
{
    int number;

    if (!read_number(value, &number) || number < 1 || number > most)
        return error_set(error, -EINVAL, "%s=%s is no number from 1 to %d: write one", name, SHOW(value),
                         most);
    *ret = number;
    return 0;
}

static int read_interval(struct rule *rule, char *value, struct error *error)
{
    return read_positive("INTERVAL", value, INTERVAL_MAX, &rule->interval, error);
}

static int read_count(struct rule *rule, char *value, struct error *error)
{
    rule->end = RULE_COUNT;
    return read_positive("COUNT", value, COUNT_MAX, &rule->count, error);
}

/* "20261231", "20261231T235959" or "20261231T235959Z". */
static int read_until(struct rule *rule, char *value, struct error *error)
{
    static const char pattern[] = "ddddddddTddddddZ";
    struct local_time *until = &rule->until;
    char text[sizeof("2026-12-31 23:59:59")];
    size_t length = strlen(value);
    bool good = length == 8 || length == 15 || length == 16;

    for (size_t i = 0; good && i < length; i++)
        good = pattern[i] == 'd' ? isdigit((unsigned char)value[i])
                                 : toupper((unsigned char)value[i]) == pattern[i];
    if (good) {
        const char *time = length > 8 ? value + 9 : "235959";

        snprintf(text, sizeof(text), "%.4s-%.2s-%.2s %.2s:%.2s:%.2s", value, value + 4, value + 6, time,
                 time + 2, time + 4);
        good = local_time_parse(text, until) == 0;
    }
    rule->end = length == 16 ? RULE_UNTIL_UTC : RULE_UNTIL_LOCAL;
    return good ? 0
                : error_set(
                      error, -EINVAL,
                      "UNTIL=%s is no time of the calendar: write one such as 20261231, 20261231T093000 (by "
                      "the plan's clocks) or 20261231T013000Z (UTC)",
                      SHOW(value));
}

static int read_week_start(struct rule *rule, char *value, struct error *error)
{
    rule->week_start = find_day(value);
    if (rule->week_start >= 0)
        return 0;
    return error_set(error, -EINVAL, "WKST=%s is no day: write MO, TU, WE, TH, FR, SA or SU", SHOW(value));
}

static int read_months(struct rule *rule, char *value, struct error *error)
{
    for (char *item; (item = strsep(&value, ",")) != NULL;) {
        int month;

        item = trim(item);
        if (!read_number(item, &month) || month < 1 || month > 12)
            return error_set(error, -EINVAL, "BYMONTH: \"%s\" is no month: write numbers from 1 to 12",
                             SHOW(item));
        rule->months[month] = true;
    }
    return 0;
}

/* Numbers from 1 to `most` and from -1 to -`most`. */
static int read_numbers(const char *name, char *value, int most, int *numbers, size_t room, size_t *ret_count,
                        struct error *error)
{
    size_t count = 0;

    for (char *item; (item = strsep(&value, ",")) != NULL; count++) {
        item = trim(item);
        if (count == room)
            return error_set(error, -EINVAL, "%s has more than %zu numbers: write fewer", name, room);
        if (!read_number(item, &numbers[count]) || numbers[count] == 0 || abs(numbers[count]) > most)
            return error_set(
                error, -EINVAL,
                "%s: \"%s\" does not fit: write numbers from 1 to %d, or from -1 to -%d to count "
                "from the end",
                name, SHOW(item), most, most);
    }
    *ret_count = count;
    return 0;
}

static int read_month_days(struct rule *rule, char *value, struct error *error)
{
    return read_numbers("BYMONTHDAY", value, 31, rule->month_days, RULE_MONTH_DAYS_MAX,
                        &rule->month_day_count, error);
}

static int read_positions(struct rule *rule, char *value, struct error *error)
{
    return read_numbers("BYSETPOS", value, 366, rule->positions, RULE_POSITIONS_MAX, &rule->position_count,
                        error);
}

static int read_weekdays(struct rule *rule, char *value, struct error *error)
{
    for (char *item; (item = strsep(&value, ",")) != NULL;) {
        struct rule_weekday day = {0, 0};
        size_t length, same = 0;

        item = trim(item);
        length = strlen(item);
        day.weekday = length >= 2 ? find_day(item + length - 2) : -1;
        if (day.weekday >= 0 && length > 2) {
            CLEANUP_FREE char *number = xstrndup(item, length - 2);

            if (!read_number(number, &day.position) || day.position == 0)
                day.weekday = -1;
        }
        if (day.weekday < 0)
            return error_set(
                error, -EINVAL,
                "BYDAY: \"%s\" is no day: write MO, TU, WE, TH, FR, SA or SU, or with a number such "
                "as 1MO for the first or -1FR for the last of a month",
                SHOW(item));
        while (same < rule->weekday_count &&
               (rule->weekdays[same].weekday != day.weekday || rule->weekdays[same].position != day.position))
            same++;
        if (same == RULE_WEEKDAYS_MAX)
            return error_set(error, -EINVAL, "BYDAY has more than %d days: write fewer", RULE_WEEKDAYS_MAX);
        rule->weekdays[same] = day;
        if (same == rule->weekday_count)
            rule->weekday_count++;
    }
    return 0;
}

static const struct part {
    const char *name;
    int (*read)(struct rule *rule, char *value, struct error *error);
} parts[] = {
    {"FREQ", read_frequency}, {"INTERVAL", read_interval},  {"COUNT", read_count},
    {"UNTIL", read_until},    {"BYDAY", read_weekdays},     {"BYMONTHDAY", read_month_days},
    {"BYMONTH", read_months}, {"BYSETPOS", read_positions}, {"WKST", read_week_start},
};

/* Which parts a rule has, by their places in the table. */
enum { PART_FREQ, PART_COUNT = 2, PART_UNTIL, PART_BYDAY, PART_BYMONTHDAY, PART_BYMONTH, PART_BYSETPOS };

static int read_part(struct rule *rule, char *text, unsigned *seen, struct error *error)
{
    char *value = text, *name = trim(strsep(&value, "="));

    if (strncasecmp(name, "RRULE", strlen("RRULE")) == 0)
        return error_set(error, -EINVAL, "the rule alone belongs here: remove %s", "RRULE:");
    for (size_t i = 0; i < ELEMENTS(parts); i++) {
        if (strcasecmp(parts[i].name, name) != 0)
            continue;
        if (value == NULL || (value = trim(value))[0] == '\0')
            return error_set(error, -EINVAL, "%s has no value: write %s=…, or remove it", parts[i].name,
                             parts[i].name);
        if ((*seen & 1U << i) != 0)
            return error_set(error, -EINVAL, "%s stands twice: keep one of the two", parts[i].name);
        *seen |= 1U << i;
        return parts[i].read(rule, value, error);
    }
    if (name[0] == '\0')
        return error_set(
            error, -EINVAL,
            "a part of the rule is empty: write parts such as FREQ=DAILY, with one ; between two");
    return error_set(
        error, -EINVAL,
        "%s is not supported: a rule takes FREQ, INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY, BYMONTH, "
        "BYSETPOS and WKST; the hour is that of start",
        SHOW(name));
}

static bool has(unsigned seen, int part)
{
    return (seen & 1U << part) != 0;
}

static int check_weekdays(const struct rule *rule, bool in_month, struct error *error)
{
    for (size_t i = 0; i < rule->weekday_count; i++) {
        int position = abs(rule->weekdays[i].position), most = in_month ? MONTH_WEEKS_MAX : YEAR_WEEKS_MAX;
        const char *name = day_names[rule->weekdays[i].weekday];

        if (position == 0)
            continue;
        if (rule->frequency == RULE_DAILY || rule->frequency == RULE_WEEKLY)
            return error_set(
                error, -EINVAL,
                "BYDAY=%d%s counts within a month or a year: write %s alone, or FREQ=MONTHLY or YEARLY",
                rule->weekdays[i].position, name, name);
        if (position > most)
            return error_set(error, -EINVAL, "BYDAY=%d%s: no %s has so many: write a number up to %d",
                             rule->weekdays[i].position, name, in_month ? "month" : "year", most);
    }
    return 0;
}

static int check_month_days(const struct rule *rule, unsigned seen, struct error *error)
{
    if (rule->month_day_count == 0)
        return 0;
    if (rule->frequency == RULE_WEEKLY)
        return error_set(
            error, -EINVAL,
            "BYMONTHDAY does not go with FREQ=WEEKLY: write BYDAY in its place, or FREQ=MONTHLY");
    if (rule->frequency == RULE_YEARLY && !has(seen, PART_BYMONTH))
        return error_set(
            error, -EINVAL,
            "BYMONTHDAY goes with FREQ=YEARLY only beside BYMONTH: add it, or write FREQ=MONTHLY");
    for (size_t i = 0; i < rule->month_day_count; i++) {
        if (rule->frequency == RULE_DAILY && rule->month_days[i] < 0)
            return error_set(
                error, -EINVAL,
                "BYMONTHDAY=%d does not go with FREQ=DAILY: write FREQ=MONTHLY, or a number above 0",
                rule->month_days[i]);
    }
    return 0;
}

static int check_together(const struct rule *rule, unsigned seen, struct error *error)
{
    int r;

    if (!has(seen, PART_FREQ))
        return error_set(error, -EINVAL, "FREQ is missing: write FREQ=DAILY, WEEKLY, MONTHLY or YEARLY");
    if (has(seen, PART_COUNT) && has(seen, PART_UNTIL))
        return error_set(error, -EINVAL, "COUNT and UNTIL do not go together: keep one of the two");
    if (has(seen, PART_BYSETPOS) && !has(seen, PART_BYDAY) && !has(seen, PART_BYMONTHDAY) &&
        !has(seen, PART_BYMONTH))
        return error_set(
            error, -EINVAL,
            "BYSETPOS chooses among days that another part names: add BYDAY, BYMONTHDAY or BYMONTH");
    r = check_weekdays(rule, rule->frequency == RULE_MONTHLY || has(seen, PART_BYMONTH), error);
    return r < 0 ? r : check_month_days(rule, seen, error);
}

/* libical steps through a week in the order of BYDAY. */
static void sort_weekdays(struct rule *rule)
{
    for (size_t i = 1; i < rule->weekday_count; i++) {
        for (size_t j = i; j > 0 && (rule->weekdays[j - 1].weekday + 7 - rule->week_start) % 7 >
                                        (rule->weekdays[j].weekday + 7 - rule->week_start) % 7;
             j--) {
            struct rule_weekday swap = rule->weekdays[j];

            rule->weekdays[j] = rule->weekdays[j - 1];
            rule->weekdays[j - 1] = swap;
        }
    }
}

int rule_parse(const char *text, struct rule *ret, struct error *error)
{
    CLEANUP_FREE char *copy = xstrdup(text);
    struct rule rule = {.interval = 1, .week_start = 1};
    unsigned seen = 0;
    int r = 0;

    for (char *rest = copy, *part; r == 0 && (part = strsep(&rest, ";")) != NULL;)
        r = read_part(&rule, part, &seen, error);
    if (r == 0)
        r = check_together(&rule, seen, error);
    if (r < 0)
        return r;
    sort_weekdays(&rule);
    *ret = rule;
    return 0;
}

static bool has_months(const struct rule *rule)
{
    for (int month = 1; month <= 12; month++) {
        if (rule->months[month])
            return true;
    }
    return false;
}

void rule_complete(struct rule *rule, int first_day)
{
    int year, month, day;

    if (rule->weekday_count > 0 || rule->month_day_count > 0 || rule->frequency == RULE_DAILY)
        return;
    if (rule->frequency == RULE_WEEKLY) {
        rule->weekdays[rule->weekday_count++].weekday = day_weekday(first_day);
        return;
    }
    day_date(first_day, &year, &month, &day);
    rule->month_days[rule->month_day_count++] = day;
    if (rule->frequency == RULE_YEARLY && !has_months(rule))
        rule->months[month] = true;
}

static bool allows_month_day(const struct rule *rule, int day, int days_in_month)
{
    for (size_t i = 0; i < rule->month_day_count; i++) {
        if (rule->month_days[i] == day || rule->month_days[i] == day - days_in_month - 1)
            return true;
    }
    return rule->month_day_count == 0;
}

/* `place` counts from 0 in a span of `days`. */
static bool allows_weekday(const struct rule *rule, int weekday, int place, int days)
{
    for (size_t i = 0; i < rule->weekday_count; i++) {
        int position = rule->weekdays[i].position;

        if (rule->weekdays[i].weekday == weekday &&
            (position == 0 || position == place / 7 + 1 || position == -((days - 1 - place) / 7 + 1)))
            return true;
    }
    return rule->weekday_count == 0;
}

bool rule_allows(const struct rule *rule, int day)
{
    bool months = has_months(rule);
    int year, month, day_of_month, days, first, span;

    day_date(day, &year, &month, &day_of_month);
    days = day_count_of_month(year, month);
    if ((months && !rule->months[month]) || !allows_month_day(rule, day_of_month, days))
        return false;
    first = day - day_of_month + 1;
    span = days;
    if (rule->frequency == RULE_YEARLY && !months) {
        first = day_number(year, 1, 1);
        span = day_number(year + 1, 1, 1) - first;
    }
    return allows_weekday(rule, day_weekday(day), day - first, span);
}

int rule_period(const struct rule *rule, int day)
{
    int year, month, day_of_month;

    if (rule->frequency == RULE_DAILY)
        return day;
    if (rule->frequency == RULE_WEEKLY)
        return day - (day_weekday(day) + 7 - rule->week_start) % 7;
    day_date(day, &year, &month, &day_of_month);
    return day_number(year, rule->frequency == RULE_MONTHLY ? month : 1, 1);
}
