#include "sim/moment.h"

#include <time.h>

#include "base/base.h"

#define FEISHU_OFFSET_S (8 * 3600)

int64_t moment_ms(const struct moment *moment)
{
    if (moment->frozen_ms != 0)
        return moment->frozen_ms;
    return clock_wall_ms(clock_system()) + moment->shift_ms;
}

void moment_move(struct moment *moment, int64_t by_ms)
{
    moment->shift_ms += by_ms;
    if (moment->frozen_ms != 0)
        moment->frozen_ms += by_ms;
}

void moment_freeze(struct moment *moment, bool freeze)
{
    int64_t now_ms = moment_ms(moment);

    moment->frozen_ms = 0;
    if (freeze)
        moment->frozen_ms = now_ms;
    else
        moment->shift_ms += now_ms - moment_ms(moment);
}

int64_t moment_s(const struct moment *moment)
{
    return moment_ms(moment) / MS_PER_SECOND;
}

static struct tm broken_down(const struct moment *moment, int offset_s)
{
    time_t seconds = (time_t)(moment_s(moment) + offset_s);
    struct tm time = {0};

    gmtime_r(&seconds, &time);
    return time;
}

void moment_http_date(const struct moment *moment, char ret[HTTP_DATE_SIZE])
{
    struct tm time = broken_down(moment, 0);

    /* The program never calls setlocale(): the names are English. */
    ret[0] = '\0';
    strftime(ret, HTTP_DATE_SIZE, "%a, %d %b %Y %H:%M:%S GMT", &time);
}

int moment_month(const struct moment *moment)
{
    struct tm time = broken_down(moment, FEISHU_OFFSET_S);

    return (time.tm_year + 1900) * 12 + time.tm_mon;
}

void moment_digits(const struct moment *moment, char ret[MOMENT_DIGITS_SIZE])
{
    struct tm time = broken_down(moment, FEISHU_OFFSET_S);

    ret[0] = '\0';
    strftime(ret, MOMENT_DIGITS_SIZE, "%Y%m%d%H%M%S", &time);
}
