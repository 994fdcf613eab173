#include "text.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/str.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define ELLIPSIS    "…"

void text_set_locale(void)
{
    if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

unsigned text_character(const char *text, size_t *ret_size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    unsigned value = bytes[0];
    size_t size = value < 0x80 ? 1 : value < 0xe0 ? 2 : value < 0xf0 ? 3 : 4;

    if (size > 1)
        value &= 0x7fU >> size;
    for (size_t i = 1; i < size; i++)
        value = value << 6 | (bytes[i] & 0x3fU);
    *ret_size = size;
    return value;
}

static size_t width_of(unsigned character)
{
    int width = wcwidth((wchar_t)character);

    return width > 0 ? (size_t)width : 0;
}

/* Marks that change the direction of what follows, or are not seen at all. */
static bool is_treacherous(unsigned c)
{
    return c == 0xad || c == 0x61c || c == 0x180e || c == 0x200e || c == 0x200f ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

static bool is_blank(unsigned c)
{
    return (c >= '\t' && c <= '\r') || c == ' ' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

bool text_is_harmless(unsigned character)
{
    return !is_treacherous(character) && wcwidth((wchar_t)character) >= 0;
}

static void append_clean(struct buffer *out, const char *character, size_t size, unsigned value)
{
    if (is_blank(value))
        buffer_append_char(out, ' ');
    else if (text_is_harmless(value))
        buffer_append(out, character, size);
    else
        buffer_append_text(out, REPLACEMENT);
}

char *text_clean(const char *text, size_t length)
{
    struct buffer out = BUFFER_EMPTY;
    size_t at = 0;

    while (at < length) {
        size_t valid = at + utf8_valid_length(text + at, length - at), size;

        for (; at < valid; at += size) {
            unsigned value = text_character(text + at, &size);

            append_clean(&out, text + at, size, value);
        }
        if (at < length) {
            buffer_append_text(&out, REPLACEMENT);
            at++;
        }
    }
    return buffer_take(&out);
}

static bool needs_no_quotes(char c)
{
    return (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z') || (c != '\0' && strchr("@%+=:,./_-", c) != NULL);
}

char *text_quoted(const char *text)
{
    struct buffer out = BUFFER_EMPTY;
    const char *c = text;

    while (needs_no_quotes(*c))
        c++;
    if (*c == '\0' && c > text)
        return xstrdup(text);
    buffer_append_char(&out, '\'');
    for (c = text; *c != '\0'; c++) {
        if (*c == '\'')
            buffer_append_text(&out, "'\\''");
        else
            buffer_append_char(&out, *c);
    }
    buffer_append_char(&out, '\'');
    return buffer_take(&out);
}

#define JOINER        0x200dU /* makes one picture of two */
#define ICON_SELECTOR 0xfe0fU /* asks for the picture, which is wide */

/* Whether a selector makes a picture of it: digits and marks of keycaps, the signs of trade, and symbols. */
static bool may_be_icon(unsigned c)
{
    return (c >= '0' && c <= '9') || c == '#' || c == '*' || c == 0xa9 || c == 0xae || c >= 0x203c;
}

static bool is_skin_tone(unsigned c)
{
    return c >= 0x1f3fb && c <= 0x1f3ff;
}

/* Two of them are a flag. */
static bool is_flag_letter(unsigned c)
{
    return c >= 0x1f1e6 && c <= 0x1f1ff;
}

/* What is seen as one character at the start of `text`, which is not empty: with its combining characters,
 * and for pictures with what is joined to them. Returns its bytes. */
static size_t cluster(const char *text, size_t *ret_width)
{
    size_t at, width, size;
    unsigned base = text_character(text, &at), previous = base;
    bool flag = is_flag_letter(base);

    width = width_of(base);
    while (text[at] != '\0') {
        unsigned next = text_character(text + at, &size);

        if ((next == ICON_SELECTOR && may_be_icon(previous) && width == 1) || (flag && is_flag_letter(next)))
            width = 2;
        else if (width_of(next) > 0 && !(previous == JOINER && may_be_icon(next) && may_be_icon(base)) &&
                 !(is_skin_tone(next) && may_be_icon(base)))
            break;
        flag = false;
        previous = next;
        at += size;
    }
    *ret_width = width;
    return at;
}

size_t text_width(const char *text)
{
    size_t width = 0, one;

    while (*text != '\0') {
        text += cluster(text, &one);
        width += one;
    }
    return width;
}

/* The bytes at the start of `text` that have at most `width` columns; what is seen as one is not cut. */
static size_t bytes_within(const char *text, size_t width)
{
    size_t at = 0, used = 0, one;

    while (text[at] != '\0') {
        size_t size = cluster(text + at, &one);

        used += one;
        if (used > width)
            break;
        at += size;
    }
    return at;
}

char *text_cut(const char *text, size_t width)
{
    struct buffer out = BUFFER_EMPTY;

    if (text_width(text) <= width)
        return xstrdup(text);
    if (width == 0)
        return xstrdup("");
    buffer_append(&out, text, bytes_within(text, width - 1));
    buffer_append_text(&out, ELLIPSIS);
    return buffer_take(&out);
}

/* The bytes of the next line: whole words within `width`; at least one word. */
static size_t line_length(const char *text, size_t width)
{
    size_t all = bytes_within(text, width), end = all;

    if (text[all] == '\0' || text[all] == ' ')
        return all;
    while (end > 0 && text[end] != ' ')
        end--;
    return end > 0 ? end : strcspn(text, " ");
}

/* Chinese has no blanks: a word without any that is not ASCII may be broken anywhere. */
static bool may_break_anywhere(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x80)
            return false;
    }
    return length > 0;
}

void text_wrap(struct buffer *out, const char *text, size_t indent, size_t width)
{
    size_t room = width > indent ? width - indent : 0;

    if (room < 16) {
        buffer_append_text(out, text);
        return;
    }
    for (;;) {
        size_t length = line_length(text, room), within = bytes_within(text, room);

        if (length > within && may_break_anywhere(text, within))
            length = within;
        buffer_append(out, text, length);
        text += length;
        text += strspn(text, " ");
        if (*text == '\0')
            return;
        buffer_printf(out, "\n%*s", (int)indent, "");
    }
}
