#include "model/schedule-walk.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <libical/ical.h>

#include "base/base.h"
#include "model/day.h"
#include "model/schedule-lock.h"

/* After 400 years the calendar, and so what a rule allows, repeats itself. */
#define CYCLE_DAYS 146097

/* How long all steps of a walk may take together, and how often that is looked at. */
#define TIME_MAX_MS   1000
#define STEPS_A_CHECK 64

/* Days of the longest period that BYSETPOS chooses from. */
#define PERIOD_DAYS_MAX 366

struct rule_walk {
    struct rule rule;
    icalrecur_iterator *iterator; /* NULL: not begun */
    bool empty;                   /* there is no day at all */
    int first_day;
    int first; /* earlier days do not count */
    int64_t began_ms;
    unsigned steps;
    bool ended; /* there are no more days */

    /* With BYSETPOS: the chosen days of one period, and the first of the next one. */
    int days[PERIOD_DAYS_MAX];
    size_t day_count, day_at;
    bool has_pending;
    int pending;
};

static int64_t thread_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / 1000000;
}

static struct icaltimetype ical_day(int number)
{
    struct icaltimetype day = icaltime_null_time();

    day_date(number, &day.year, &day.month, &day.day);
    day.is_date = 1;
    return day;
}

/* libical's own way of writing "the second Monday": 8 * 2 + 2. */
static short ical_weekday(const struct rule_weekday *day)
{
    int weekday = day->weekday + 1;

    return (short)(day->position < 0 ? -(weekday - 8 * day->position) : weekday + 8 * day->position);
}

/* The last day that can be of interest, in whichever zone UNTIL is meant: BYSETPOS has to see whole periods.
 */
static int last_day(const struct rule *rule)
{
    int most = day_number(YEAR_MAX, 12, 31), until;

    if (rule->end != RULE_UNTIL_LOCAL && rule->end != RULE_UNTIL_UTC)
        return most;
    until = day_number(rule->until.year, rule->until.month, rule->until.day) + 1;
    if (rule->position_count > 0)
        until += PERIOD_DAYS_MAX;
    return until < most ? until : most;
}

/* Where libical is to begin, to have the whole of the period that the day lies in. In a week this is the
 * first day that BYDAY names: libical goes back to it by itself, and so across WKST into the week before. */
static struct icaltimetype ical_begin(const struct rule *rule, int day)
{
    int begin = rule_period(rule, day);

    if (rule->frequency == RULE_WEEKLY)
        begin += (rule->weekdays[0].weekday + 7 - rule->week_start) % 7;
    return ical_day(begin);
}

/* BYSETPOS is not handed on: libical ignores it in weeks and days, counts a day twice that BYMONTHDAY names
 * from both ends, and searches up to the year 20000 for a place that there is not. */
static struct icalrecurrencetype ical_rule(const struct rule *rule)
{
    static const icalrecurrencetype_frequency frequencies[] = {
        [RULE_DAILY] = ICAL_DAILY_RECURRENCE,
        [RULE_WEEKLY] = ICAL_WEEKLY_RECURRENCE,
        [RULE_MONTHLY] = ICAL_MONTHLY_RECURRENCE,
        [RULE_YEARLY] = ICAL_YEARLY_RECURRENCE,
    };
    struct icalrecurrencetype ical;
    size_t months = 0;

    icalrecurrencetype_clear(&ical); /* the lists end with what it fills them with */
    ical.freq = frequencies[rule->frequency];
    ical.interval = (short)rule->interval;
    ical.week_start = (icalrecurrencetype_weekday)(rule->week_start + 1);
    ical.until = ical_day(last_day(rule));
    for (short month = 1; month <= 12; month++) {
        if (rule->months[month])
            ical.by_month[months++] = month;
    }
    for (size_t i = 0; i < rule->month_day_count; i++)
        ical.by_month_day[i] = (short)rule->month_days[i];
    for (size_t i = 0; i < rule->weekday_count; i++)
        ical.by_day[i] = ical_weekday(&rule->weekdays[i]);
    return ical;
}

/* Whether BYSETPOS chooses something from so many days. */
static bool chooses(const struct rule *rule, int count)
{
    for (size_t i = 0; i < rule->position_count; i++) {
        if (abs(rule->positions[i]) <= count)
            return true;
    }
    return rule->position_count == 0 && count > 0;
}

/* Whether there is a day at all; libical would search for one up to the year 20000. Mostly the first period
 * has one. */
static bool can_happen(const struct rule *rule, int first_day)
{
    int first = rule_period(rule, first_day), count = 0;

    for (int day = first; day < first + CYCLE_DAYS; day++) {
        count += rule_allows(rule, day);
        if (rule_period(rule, day + 1) == rule_period(rule, day))
            continue;
        if (chooses(rule, count))
            return true;
        count = 0;
    }
    return false;
}

struct rule_walk *rule_walk_new(const struct rule *rule, int first_day)
{
    struct rule_walk *walk = xalloc(sizeof(*walk));

    walk->rule = *rule;
    walk->first_day = walk->first = first_day;
    walk->began_ms = thread_ms();
    rule_complete(&walk->rule, first_day);
    walk->ended = walk->empty = !can_happen(&walk->rule, first_day);
    return walk;
}

struct rule_walk *rule_walk_free(struct rule_walk *walk)
{
    if (walk == NULL)
        return NULL;
    if (walk->iterator != NULL)
        icalrecur_iterator_free(walk->iterator);
    free(walk);
    return NULL;
}

/* libical's steps begin anew at the next one: set_start() leaves the place in the week from before. */
void rule_walk_seek(struct rule_walk *walk, int day)
{
    if (walk->iterator != NULL)
        icalrecur_iterator_free(walk->iterator);
    walk->iterator = NULL;
    walk->first = day > walk->first_day ? day : walk->first_day;
    walk->ended = walk->empty;
    walk->day_count = walk->day_at = 0;
    walk->has_pending = false;
}

/* False where libical has no days from there on. */
static bool begin(struct rule_walk *walk)
{
    schedule_lock();
    walk->iterator = icalrecur_iterator_new(ical_rule(&walk->rule), ical_begin(&walk->rule, walk->first_day));
    schedule_unlock();
    if (walk->iterator == NULL)
        return false;
    return walk->first == walk->first_day ||
           icalrecur_iterator_set_start(walk->iterator, ical_begin(&walk->rule, walk->first)) != 0;
}

static int check_time(struct rule_walk *walk, struct error *error)
{
    if (walk->steps++ % STEPS_A_CHECK != 0 || thread_ms() - walk->began_ms <= TIME_MAX_MS)
        return 0;
    return error_set(error, -ETIMEDOUT,
                     "the rule takes longer than %d s to work out: write a simpler one, or a later start",
                     TIME_MAX_MS / 1000);
}

/* The next of libical's days: 1, 0 at the end, or -ETIMEDOUT. */
static int step(struct rule_walk *walk, int *ret_day, struct error *error)
{
    struct icaltimetype next;
    int r;

    if (!walk->ended && walk->iterator == NULL)
        walk->ended = !begin(walk);
    if (walk->ended)
        return 0;
    r = check_time(walk, error);
    if (r < 0)
        return r;
    next = icalrecur_iterator_next(walk->iterator);
    if (icaltime_is_null_time(next)) {
        walk->ended = true;
        return 0;
    }
    *ret_day = day_number(next.year, next.month, next.day);
    return 1;
}

static bool is_chosen(const struct rule *rule, size_t at, size_t count)
{
    for (size_t i = 0; i < rule->position_count; i++) {
        if (rule->positions[i] == (int)at + 1 || rule->positions[i] == (int)at - (int)count)
            return true;
    }
    return false;
}

/* Fills `days` from the next period in which BYSETPOS finds some: 1, 0 at the end, or -ETIMEDOUT. */
static int choose(struct rule_walk *walk, struct error *error)
{
    walk->day_at = 0;
    walk->day_count = 0;
    while (walk->day_count == 0) {
        size_t count = 0, chosen = 0;
        int day, r = 1;

        if (!walk->has_pending)
            r = step(walk, &walk->pending, error);
        if (r <= 0)
            return r;
        walk->days[count++] = walk->pending;
        walk->has_pending = false;
        while ((r = step(walk, &day, error)) > 0 &&
               rule_period(&walk->rule, day) == rule_period(&walk->rule, walk->days[0]) &&
               count < PERIOD_DAYS_MAX)
            walk->days[count++] = day;
        if (r < 0)
            return r;
        if (r > 0) {
            walk->pending = day;
            walk->has_pending = true;
        }
        for (size_t i = 0; i < count; i++) {
            if (is_chosen(&walk->rule, i, count))
                walk->days[chosen++] = walk->days[i];
        }
        walk->day_count = chosen;
    }
    return 1;
}

int rule_walk_next(struct rule_walk *walk, int *ret_day, struct error *error)
{
    int day = 0, r;

    do {
        if (walk->rule.position_count == 0) {
            r = step(walk, &day, error);
        } else {
            r = walk->day_at < walk->day_count ? 1 : choose(walk, error);
            if (r > 0)
                day = walk->days[walk->day_at++];
        }
    } while (r > 0 && day < walk->first);
    if (r > 0)
        *ret_day = day;
    return r;
}
