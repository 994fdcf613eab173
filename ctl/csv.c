#include "csv.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

/* The next cell begins. */
static void begin(struct buffer *out)
{
    if (out->length > 0 && out->data[out->length - 1] != '\n')
        buffer_append_char(out, ',');
}

/* What a spreadsheet takes for the beginning of a formula. */
static bool is_formula(const char *text)
{
    return *text != '\0' && strchr("=+-@\t\r", *text) != NULL;
}

void csv_text(struct buffer *out, const char *text)
{
    bool formula, quoted;

    begin(out);
    if (text == NULL)
        text = "";
    formula = is_formula(text);
    quoted = *text == '\0' || formula || text[strcspn(text, ",\"\r\n ")] != '\0';
    if (quoted)
        buffer_append_char(out, '"');
    if (formula)
        buffer_append_char(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            buffer_append_char(out, '"');
        buffer_append_char(out, *text);
    }
    if (quoted)
        buffer_append_char(out, '"');
}

void csv_int(struct buffer *out, int64_t value)
{
    begin(out);
    buffer_printf(out, "%" PRId64, value);
}

void csv_empty(struct buffer *out)
{
    csv_text(out, NULL);
}

void csv_end_line(struct buffer *out)
{
    buffer_append_char(out, '\n');
}

char *csv_time(const struct times *times, int64_t unix_s, char text[TIMES_TEXT_SIZE])
{
    time_t moment = (time_t)unix_s;
    struct tm tm;
    size_t length;

    *text = '\0';
    if (unix_s < 0 || (times->utc ? gmtime_r(&moment, &tm) : localtime_r(&moment, &tm)) == NULL)
        return text;
    length = strftime(text, TIMES_TEXT_SIZE, times->utc ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%dT%H:%M:%S%z", &tm);
    /* +0800 is +08:00 in ISO 8601's extended form. */
    if (!times->utc && length > 2 && length + 1 < TIMES_TEXT_SIZE) {
        memmove(text + length - 1, text + length - 2, 3);
        text[length - 2] = ':';
    }
    return text;
}
