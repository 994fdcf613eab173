#include "ical.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_BYTES ((size_t)75)

/* The end of year 9999: the format has four digits. */
#define LATEST INT64_C(253402300799)

/* Up to `room` bytes of whole characters. */
static size_t whole_characters(const char *text, size_t length, size_t room)
{
    if (length <= room)
        return length;
    while (room > 0 && ((unsigned char)text[room] & 0xc0U) == 0x80)
        room--;
    return room;
}

static void append_folded(struct buffer *out, const char *line, size_t length)
{
    size_t room = LINE_MAX_BYTES;

    while (length > 0) {
        size_t part = whole_characters(line, length, room);

        buffer_append(out, line, part);
        buffer_append_text(out, "\r\n");
        line += part;
        length -= part;
        if (length > 0)
            buffer_append_char(out, ' ');
        room = LINE_MAX_BYTES - 1; /* the blank counts */
    }
}

void ical_line(struct buffer *out, const char *name, const char *value)
{
    CLEANUP(buffer_fini) struct buffer line = BUFFER_EMPTY;

    buffer_printf(&line, "%s:%s", name, value);
    append_folded(out, line.data, line.length);
}

static void append_escaped(struct buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '\n')
            buffer_append_text(out, "\\n");
        else if (c < ' ' || c == 0x7f)
            buffer_append_char(out, ' ');
        else if (c == '\\' || c == ';' || c == ',')
            buffer_printf(out, "\\%c", c);
        else
            buffer_append_char(out, *text);
    }
}

void ical_text(struct buffer *out, const char *name, const char *text)
{
    CLEANUP(buffer_fini) struct buffer escaped = BUFFER_EMPTY;

    append_escaped(&escaped, text);
    ical_line(out, name, escaped.data != NULL ? escaped.data : "");
}

bool ical_has_time(int64_t unix_s)
{
    return unix_s >= 0 && unix_s <= LATEST;
}

void ical_time(struct buffer *out, const char *name, int64_t unix_s)
{
    time_t moment = (time_t)unix_s;
    char text[sizeof("20261123T013000Z")];
    struct tm tm;

    gmtime_r(&moment, &tm);
    strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &tm);
    ical_line(out, name, text);
}

bool ical_is_uri(const char *text)
{
    size_t scheme = strcspn(text, ":");

    if (scheme == 0 || text[scheme] == '\0' || !isalpha((unsigned char)*text))
        return false;
    for (const char *c = text; *c != '\0'; c++) {
        bool in_scheme = (size_t)(c - text) < scheme;

        if (in_scheme ? !isalnum((unsigned char)*c) && strchr("+-.", *c) == NULL
                      : *c <= ' ' || *c >= 0x7f || strchr("\"<>\\^`{|}", *c) != NULL)
            return false;
    }
    return true;
}
