#include "raw.h"

#include <string.h>

#include "base/str.h"
#include "text.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_space(struct raw text, size_t at)
{
    while (at < text.length && is_space(text.data[at]))
        at++;
    return at;
}

/* The place behind the string that begins at `at`, or 0. */
static size_t skip_string(struct raw text, size_t at)
{
    for (at++; at < text.length; at++) {
        if (text.data[at] == '\\')
            at++;
        else if (text.data[at] == '"')
            return at + 1;
    }
    return 0;
}

/* The place behind the value that begins at `at`, or 0. */
static size_t skip_value(struct raw text, size_t at)
{
    size_t depth = 0, start = at;

    while (at < text.length) {
        char c = text.data[at];

        if (c == '"') {
            at = skip_string(text, at);
            if (at == 0)
                return 0;
        } else if (c == '\'') {
            return 0;
        } else if (c == '{' || c == '[') {
            depth++;
            at++;
        } else if (depth > 0) {
            if (c == '}' || c == ']')
                depth--;
            at++;
        } else if (c == ',' || c == '}' || c == ']' || is_space(c)) {
            break;
        } else {
            at++;
            continue; /* a number or a word goes on */
        }
        if (depth == 0)
            break;
    }
    return depth == 0 && at > start ? at : 0;
}

bool raw_member(struct raw object, const char *name, struct raw *ret)
{
    size_t at = skip_space(object, 0), name_length = strlen(name);
    bool found = false;

    if (at >= object.length || object.data[at] != '{')
        return false;
    for (;;) {
        size_t key = skip_space(object, at + 1), end, value;

        if (key >= object.length || object.data[key] != '"' || (end = skip_string(object, key)) == 0)
            return found;
        value = skip_space(object, end);
        if (value >= object.length || object.data[value] != ':')
            return false;
        value = skip_space(object, value + 1);
        at = skip_value(object, value);
        if (at == 0)
            return false;
        if (end - key - 2 == name_length && memcmp(object.data + key + 1, name, name_length) == 0) {
            *ret = (struct raw){object.data + value, at - value};
            found = true;
        }
        at = skip_space(object, at);
        if (at >= object.length || object.data[at] != ',')
            return found;
    }
}

struct raw raw_inside(struct raw array)
{
    size_t start = skip_space(array, 1), end = array.length - 1;

    while (end > start && is_space(array.data[end - 1]))
        end--;
    return (struct raw){array.data + start, end > start ? end - start : 0};
}

/* As \uXXXX, in two where it is beyond the first plane. */
static void append_escape(struct buffer *out, unsigned value)
{
    if (value < 0x10000) {
        buffer_printf(out, "\\u%04x", value);
    } else {
        value -= 0x10000;
        buffer_printf(out, "\\u%04x\\u%04x", 0xd800 + (value >> 10), 0xdc00 + (value & 0x3ff));
    }
}

void raw_append(struct buffer *out, struct raw text, bool careful)
{
    bool in_string = false;
    size_t at = 0;

    while (at < text.length) {
        size_t valid = at + utf8_valid_length(text.data + at, text.length - at), size;

        for (; at < valid; at += size) {
            unsigned value = text_character(text.data + at, &size);

            if (value == '\\' && at + 1 < valid && text.data[at + 1] >= ' ' && text.data[at + 1] < 0x7f)
                size = 2; /* an escape is kept as it is, \" among them */
            else if (value == '"')
                in_string = !in_string;
            if (!in_string && value < ' ')
                buffer_append_char(out, ' ');
            else if (value < ' ' || (careful && !text_is_harmless(value)))
                append_escape(out, value);
            else
                buffer_append(out, text.data + at, size);
        }
        if (at < text.length) {
            buffer_append_text(out, "\xef\xbf\xbd");
            at++;
        }
    }
}
