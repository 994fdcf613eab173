#include "base/span.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

static const struct {
    const char *name;
    double ms;
} units[] = {
    {"seconds", 1e3},  {"second", 1e3},     {"sec", 1e3},       {"s", 1e3},          {"minutes", 6e4},
    {"minute", 6e4},   {"min", 6e4},        {"m", 6e4},         {"hours", 36e5},     {"hour", 36e5},
    {"hr", 36e5},      {"h", 36e5},         {"days", 864e5},    {"day", 864e5},      {"d", 864e5},
    {"weeks", 6048e5}, {"week", 6048e5},    {"w", 6048e5},      {"months", 26298e5}, {"month", 26298e5},
    {"M", 26298e5},    {"years", 315576e5}, {"year", 315576e5}, {"y", 315576e5},     {"msec", 1.0},
    {"ms", 1.0},       {"usec", 1e-3},      {"us", 1e-3},       {"", 1e3},
};

static double unit_of(const char *name, size_t length)
{
    for (size_t i = 0; i < ELEMENTS(units); i++) {
        if (strlen(units[i].name) == length && memcmp(units[i].name, name, length) == 0)
            return units[i].ms;
    }
    return -1;
}

int span_parse(const char *text, int64_t *ret_ms)
{
    double total = 0;
    bool any = false;

    for (;;) {
        const char *name;
        double number, unit;
        size_t digits;
        char *end;

        text += strspn(text, " \t");
        if (*text == '\0')
            break;
        /* Only plain decimal numbers: strtod() alone would take "inf", hexadecimal and signs. */
        digits = strspn(text, "0123456789.");
        if (!isdigit((unsigned char)text[0]) || digits > 18)
            return -EINVAL;
        number = strtod(text, &end);
        if (end != text + digits)
            return -EINVAL;
        name = end + strspn(end, " \t");
        digits = 0;
        while (isalpha((unsigned char)name[digits]))
            digits++;
        unit = unit_of(name, digits);
        if (unit < 0)
            return -EINVAL;
        total += number * unit;
        text = name + digits;
        any = true;
    }
    if (!any)
        return -EINVAL;
    if (total > (double)SPAN_MAX_MS)
        return -ERANGE;
    *ret_ms = (int64_t)floor(total + 1e-6);
    return 0;
}

char *span_format(int64_t span_ms, char text[SPAN_TEXT_SIZE])
{
    static const struct {
        const char *name;
        int64_t ms;
    } shown[] = {
        {"d", MS_PER_DAY}, {"h", MS_PER_HOUR}, {"min", MS_PER_MINUTE}, {"s", MS_PER_SECOND}, {"ms", 1}};
    size_t length = 0;
    int parts = 0;

    snprintf(text, SPAN_TEXT_SIZE, "0");
    for (size_t i = 0; i < ELEMENTS(shown) && parts < 2; i++) {
        int64_t count = span_ms / shown[i].ms;

        if (count == 0)
            continue;
        length += (size_t)snprintf(text + length, SPAN_TEXT_SIZE - length, "%s%" PRId64 "%s",
                                   parts > 0 ? " " : "", count, shown[i].name);
        span_ms -= count * shown[i].ms;
        parts++;
    }
    return text;
}
