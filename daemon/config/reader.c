#include "config/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"

#define BOM "\xef\xbb\xbf"

/* What an indented line would continue. */
enum continues { NOTHING, A_VALUE, A_REPORTED_LINE };

struct reader {
    struct reader_text *result;
    const struct report_source *source;
    struct report *report;
    unsigned line;
    const char *bad; /* what is wrong with the line's characters and not reported yet; NULL: nothing */
    enum continues continues;
    char *value_end; /* of the last key's value, where its NUL stands */
};

static bool is_blank(char character)
{
    return character == ' ' || character == '\t';
}

/* But a tab. NUL is looked for elsewhere. */
static bool is_control(char character)
{
    return ((unsigned char)character < ' ' && character != '\t') || character == 0x7f;
}

static char *skip_blanks(char *text)
{
    while (is_blank(*text))
        text++;
    return text;
}

/* Ends the text between `start` and `end` before its trailing white space. Returns the new end. */
static char *cut_blanks(const char *start, char *end)
{
    while (end > start && is_blank(end[-1]))
        end--;
    *end = '\0';
    return end;
}

static struct reader_section *current_section(struct reader *reader)
{
    return &reader->result->sections[reader->result->section_count - 1];
}

static void add_section(struct reader *reader, const char *name, bool broken)
{
    struct reader_text *result = reader->result;

    /* Grows at each power of two, as the keys do. */
    if ((result->section_count & (result->section_count - 1)) == 0)
        result->sections =
            xrealloc(result->sections, result->section_count > 0 ? result->section_count * 2 : 1,
                     sizeof(*result->sections));
    result->sections[result->section_count++] =
        (struct reader_section){name, reader->line, broken, false, result->key_count, 0};
    reader->continues = NOTHING;
}

static void add_key(struct reader *reader, const char *name, char *value, char *value_end)
{
    struct reader_text *result = reader->result;

    if ((result->key_count & (result->key_count - 1)) == 0)
        result->keys =
            xrealloc(result->keys, result->key_count > 0 ? result->key_count * 2 : 1, sizeof(*result->keys));
    result->keys[result->key_count++] = (struct reader_key){name, value, reader->line, 0, false};
    current_section(reader)->count++;
    reader->value_end = value_end;
    reader->continues = A_VALUE;
}

/* Reports the line; characters that are none go before any other mistake. What stands in the line is not
 * shown: it might be a password. */
static void report_line(struct reader *reader, const char *key, const char *message)
{
    report_add(reader->report, CONFIG_MISTAKE, reader->source, reader->line, current_section(reader)->name,
               key, "%s", reader->bad != NULL ? reader->bad : message);
    reader->bad = NULL;
}

static void report_line_without_key(struct reader *reader, const char *message)
{
    report_line(reader, NULL, message);
    current_section(reader)->incomplete = true;
}

static void read_section(struct reader *reader, char *line, char *end)
{
    char *close = end - 1, *name = skip_blanks(line + 1);
    bool broken = false;

    if (*close == ']') {
        cut_blanks(name, close > name ? close : name);
    } else {
        close = strrchr(name, ']');
        if (close != NULL)
            cut_blanks(name, close);
        broken = true;
    }
    add_section(reader, name, broken || *name == '\0');
    if (close == NULL)
        report_line(reader, NULL, "the section's name does not end: write ] at the end of the line");
    else if (broken)
        report_line(reader, NULL, "more text follows the section's ]: a comment stands on a line of its own");
    else if (*name == '\0')
        report_line(reader, NULL, "the section has no name: write one between [ and ]");
}

static void read_key(struct reader *reader, char *line, char *end)
{
    char *equals = memchr(line, '=', (size_t)(end - line)), *value;

    if (equals == NULL) {
        report_line_without_key(reader,
                                "this line is no [section], no comment and has no =: write key = value");
        reader->continues = A_REPORTED_LINE;
        return;
    }
    if (cut_blanks(line, equals) == line) {
        report_line_without_key(reader, "no key stands before the =: write key = value");
        reader->continues = A_REPORTED_LINE;
        return;
    }
    value = skip_blanks(equals + 1);
    add_key(reader, line, value, end);
}

/* Whether the line begins as "key =" does. */
static bool looks_like_key(const char *line)
{
    size_t word = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");

    return word > 0 && line[word + strspn(line + word, " \t")] == '=';
}

/* Appends the line to the last value, with one space; there is room, for the value ended at least a line feed
 * and an indentation earlier. */
static void continue_value(struct reader *reader, const char *line, const char *end)
{
    struct reader_key *key = &reader->result->keys[reader->result->key_count - 1];
    size_t length = (size_t)(end - line);

    if (key->inner_line == 0 && looks_like_key(line))
        key->inner_line = reader->line;
    if (*key->value != '\0')
        *reader->value_end++ = ' ';
    memmove(reader->value_end, line, length);
    reader->value_end += length;
    *reader->value_end = '\0';
}

/* Replaces what is no text by '?' and says what it was; NULL where all is well. */
static const char *mend_characters(char *line, size_t length)
{
    const char *message = NULL;

    for (size_t at = utf8_valid_length(line, length); at < length;
         at += utf8_valid_length(line + at, length - at)) {
        if (message == NULL)
            message = line[at] == '\0' ? "the line holds a NUL byte: remove it"
                                       : "the line is not valid UTF-8: save the file in that encoding";
        line[at] = '?';
    }
    for (size_t at = 0; at < length; at++) {
        if (!is_control(line[at]))
            continue;
        /* Where lines end in CR alone, the first comment would swallow the whole file. */
        if (message == NULL)
            message = line[at] == '\r' ? "a carriage return stands inside the line: end lines with LF or CRLF"
                                       : "the line holds a control character: remove it";
        line[at] = '?';
    }
    return message;
}

/* Reads the line from `line` to `end`, where a NUL may be written. */
static void read_line(struct reader *reader, char *line, char *end)
{
    char *text;

    reader->bad = mend_characters(line, (size_t)(end - line));
    end = cut_blanks(line, end);
    text = skip_blanks(line);
    if (*text == '\0' || *text == '#' || *text == ';') {
        if (reader->bad != NULL)
            report_line(reader, NULL, NULL);
    } else if (text == line && *text == '[') {
        read_section(reader, text, end);
        if (reader->bad != NULL) {
            current_section(reader)->broken = true;
            report_line(reader, NULL, NULL);
        }
    } else {
        if (text == line)
            read_key(reader, text, end);
        else if (reader->continues == A_VALUE)
            continue_value(reader, text, end);
        else if (reader->continues == NOTHING)
            report_line_without_key(reader,
                                    "the line is indented, and there is no value above it to continue: "
                                    "remove the white space at its start");
        if (reader->bad != NULL && reader->continues == A_VALUE) {
            struct reader_key *key = &reader->result->keys[reader->result->key_count - 1];

            key->broken = true;
            report_line(reader, key->name, NULL);
        } else if (reader->bad != NULL) {
            report_line(reader, NULL, NULL);
        }
    }
}

void reader_read(struct reader_text *ret, const char *data, size_t length, const struct report_source *source,
                 struct report *report)
{
    struct reader reader = {.result = ret, .source = source, .report = report};
    char *line, *end;

    if (length >= strlen(BOM) && memcmp(data, BOM, strlen(BOM)) == 0) {
        data += strlen(BOM);
        length -= strlen(BOM);
    }
    /* Everything that is found is cut out of one copy. */
    *ret = (struct reader_text){.text = xstrndup(data, length), .length = length};
    add_section(&reader, NULL, false);
    end = ret->text + length;
    for (line = ret->text; line < end;) {
        char *line_end = memchr(line, '\n', (size_t)(end - line)), *next;

        next = line_end != NULL ? line_end + 1 : end;
        if (line_end == NULL)
            line_end = end;
        if (line_end > line && line_end[-1] == '\r')
            line_end--;
        reader.line++;
        read_line(&reader, line, line_end);
        line = next;
    }
}

void reader_fini(struct reader_text *text)
{
    if (text->text != NULL)
        explicit_bzero(text->text, text->length);
    free(text->text);
    free(text->sections);
    free(text->keys);
    *text = (struct reader_text){0};
}
