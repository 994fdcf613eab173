/*
 * Recurrence rules of RFC 5545, as far as plans take them: FREQ from DAILY to YEARLY with INTERVAL, COUNT,
 * UNTIL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS and WKST. What libical 3.0.16 has wrong is refused: numbers in
 * BYDAY but for MONTHLY and YEARLY, BYMONTHDAY below 0 in DAILY, BYMONTHDAY without BYMONTH in YEARLY.
 *
 * A rule gives days. Which hour it is, and in which zone, is not known here.
 */
#ifndef MEETINGD_MODEL_SCHEDULE_RULE_H
#define MEETINGD_MODEL_SCHEDULE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/schedule.h"

enum rule_frequency { RULE_DAILY, RULE_WEEKLY, RULE_MONTHLY, RULE_YEARLY };

enum rule_end { RULE_ENDLESS, RULE_COUNT, RULE_UNTIL_LOCAL, RULE_UNTIL_UTC };

/* As many as a month has days: libical has room for no more. */
#define RULE_MONTH_DAYS_MAX 31
#define RULE_WEEKDAYS_MAX   64
#define RULE_POSITIONS_MAX  64

struct rule_weekday {
    int weekday;  /* 0 Sunday */
    int position; /* the n-th of the month or year, below 0 from its end; 0: all */
};

struct rule {
    enum rule_frequency frequency;
    int interval;
    enum rule_end end;
    int count;
    struct local_time until; /* the last time that counts; a date's is the last second of it */
    int week_start;          /* 0 Sunday */
    bool months[13];         /* from 1; all false: any */
    int month_days[RULE_MONTH_DAYS_MAX];
    size_t month_day_count;
    struct rule_weekday weekdays[RULE_WEEKDAYS_MAX]; /* each once, in the week's order */
    size_t weekday_count;
    int positions[RULE_POSITIONS_MAX];
    size_t position_count;
};

/* Reads a rule such as "FREQ=WEEKLY;BYDAY=MO,WE"; upper and lower case are the same, and blanks may stand
 * around the signs. -EINVAL with what is wrong and what would be right. */
int rule_parse(const char *text, struct rule *ret, struct error *error);

/* Writes into the rule what it takes from its first day: a weekly one without BYDAY its weekday, and so on.
 */
void rule_complete(struct rule *rule, int first_day);

/* Whether a completed rule's BY… parts but BYSETPOS allow the day (see day.h). */
bool rule_allows(const struct rule *rule, int day);

/* The first day of the day's week, month or year, as far as the rule's FREQ goes: the days between which
 * BYSETPOS chooses. */
int rule_period(const struct rule *rule, int day);

#endif
