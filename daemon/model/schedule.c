#include "model/schedule.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libical/ical.h>

#include "base/base.h"
#include "model/day.h"
#include "model/schedule-lock.h"

#define SECONDS_PER_DAY INT64_C(86400)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void schedule_lock(void)
{
    pthread_mutex_lock(&lock);
}

void schedule_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

/* Reads exactly `digits` digits. */
static int read_number(const char **text, int digits, int *ret)
{
    int value = 0;

    for (int i = 0; i < digits; i++) {
        if (!isdigit((unsigned char)**text))
            return -EINVAL;
        value = value * 10 + (**text - '0');
        (*text)++;
    }
    *ret = value;
    return 0;
}

static int read_char(const char **text, char expected)
{
    if (**text != expected)
        return -EINVAL;
    (*text)++;
    return 0;
}

static bool in_calendar(const struct local_time *time)
{
    return time->year >= 1970 && time->month >= 1 && time->month <= 12 && time->day >= 1 &&
           time->day <= day_count_of_month(time->year, time->month) && time->hour <= 23 &&
           time->minute <= 59 && time->second <= 59;
}

int local_time_parse(const char *text, struct local_time *ret)
{
    struct local_time time = {0};

    if (read_number(&text, 4, &time.year) < 0 || read_char(&text, '-') < 0 ||
        read_number(&text, 2, &time.month) < 0 || read_char(&text, '-') < 0 ||
        read_number(&text, 2, &time.day) < 0 || read_char(&text, ' ') < 0 ||
        read_number(&text, 2, &time.hour) < 0 || read_char(&text, ':') < 0 ||
        read_number(&text, 2, &time.minute) < 0)
        return -EINVAL;
    if (*text != '\0' &&
        (read_char(&text, ':') < 0 || read_number(&text, 2, &time.second) < 0 || *text != '\0'))
        return -EINVAL;
    if (!in_calendar(&time))
        return -EINVAL;
    *ret = time;
    return 0;
}

char *local_time_format(const struct local_time *time, char text[LOCAL_TIME_SIZE])
{
    int length = snprintf(text, LOCAL_TIME_SIZE, "%04d-%02d-%02d %02d:%02d", time->year % 10000,
                          time->month % 100, time->day % 100, time->hour % 100, time->minute % 100);

    if (time->second != 0)
        snprintf(text + length, LOCAL_TIME_SIZE - (size_t)length, ":%02d", time->second % 100);
    return text;
}

int local_time_compare(const struct local_time *a, const struct local_time *b)
{
    const int left[] = {a->year, a->month, a->day, a->hour, a->minute, a->second};
    const int right[] = {b->year, b->month, b->day, b->hour, b->minute, b->second};

    for (size_t i = 0; i < ELEMENTS(left); i++) {
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    }
    return 0;
}

/* NULL for an unknown zone; the zone belongs to libical. The lock is held. */
static icaltimezone *find_timezone(const char *name)
{
    if (strcmp(name, "UTC") == 0 || strcmp(name, "Etc/UTC") == 0)
        return icaltimezone_get_utc_timezone();
    return icaltimezone_get_builtin_timezone(name);
}

bool timezone_known(const char *name)
{
    bool known;

    if (name[0] == '\0' || name[0] == '/')
        return false;
    schedule_lock();
    known = find_timezone(name) != NULL;
    schedule_unlock();
    return known;
}

/* The first line of /etc/timezone, where /etc/localtime is a copy that does not say whose; false without one.
 */
static bool read_timezone_file(char *name, size_t size)
{
    FILE *file = fopen("/etc/timezone", "re");
    bool found = file != NULL && fgets(name, (int)size, file) != NULL;

    if (file != NULL)
        fclose(file);
    if (found)
        name[strcspn(name, " \t\r\n")] = '\0';
    return found;
}

char *timezone_system(void)
{
    char target[PATH_MAX];
    ssize_t length = readlink("/etc/localtime", target, sizeof(target) - 1);
    const char *name = NULL;

    if (length > 0) {
        target[length] = '\0';
        name = strstr(target, "/zoneinfo/");
    }
    if (name != NULL && timezone_known(name + strlen("/zoneinfo/")))
        return xstrdup(name + strlen("/zoneinfo/"));
    if (read_timezone_file(target, sizeof(target)) && timezone_known(target))
        return xstrdup(target);
    return xstrdup("UTC");
}

int64_t local_time_as_utc(const struct local_time *local)
{
    int64_t minutes = local->hour * INT64_C(60) + local->minute;

    return day_number(local->year, local->month, local->day) * SECONDS_PER_DAY + minutes * 60 + local->second;
}

/* The lock is held. */
static int64_t offset_at(icaltimezone *zone, int64_t time)
{
    struct icaltimetype utc = icaltime_from_timet_with_zone((time_t)time, 0, icaltimezone_get_utc_timezone());
    int is_daylight;

    return icaltimezone_get_utc_offset_of_utc_time(zone, &utc, &is_daylight);
}

/* As local_time_to_unix(), for a zone that is known. The lock is held. */
static int to_unix(icaltimezone *zone, int64_t naive, int64_t *ret_time)
{
    /* The offsets a day to either side are all that can apply; the larger one gives the earlier instant. */
    int64_t early = offset_at(zone, naive - SECONDS_PER_DAY), late = offset_at(zone, naive + SECONDS_PER_DAY);

    if (late > early) {
        int64_t swap = early;

        early = late;
        late = swap;
    }
    if (offset_at(zone, naive - early) == early)
        *ret_time = naive - early;
    else if (offset_at(zone, naive - late) == late)
        *ret_time = naive - late;
    else
        return -ENOENT;
    return 0;
}

int local_time_to_unix(const struct local_time *local, const char *timezone, int64_t *ret_time)
{
    icaltimezone *zone;
    int r = -EINVAL;

    schedule_lock();
    zone = find_timezone(timezone);
    if (zone != NULL)
        r = to_unix(zone, local_time_as_utc(local), ret_time);
    schedule_unlock();
    return r;
}

int local_time_from_unix(int64_t time, const char *timezone, struct local_time *ret)
{
    icaltimezone *zone;
    struct tm parts;
    time_t shifted;

    schedule_lock();
    zone = find_timezone(timezone);
    shifted = zone != NULL ? (time_t)(time + offset_at(zone, time)) : 0;
    schedule_unlock();
    if (zone == NULL)
        return -EINVAL;
    gmtime_r(&shifted, &parts);
    *ret = (struct local_time){parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                               parts.tm_hour,        parts.tm_min,     parts.tm_sec};
    return 0;
}
