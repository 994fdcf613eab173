/* The keys of [hook NAME]: events, and a command line as systemd splits ExecStart. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/buffer.h"
#include "base/str.h"
#include "config/report.h"
#include "config/values.h"
#include "model/hook.h"

#define BLANKS " \t"

#define SHOW(text) report_show((text), (char[REPORT_SHOWN_SIZE]){0})

/* Far more than a command line of a person's; each of them goes to the kernel at once. */
#define ARGUMENTS_MAX 256

int value_events(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    struct hook_events *events = field;
    const char *names[EVENT_KINDS];
    char *item;
    int r = 0;

    (void)rule;
    for (enum event_kind kind = 0; kind < EVENT_KINDS; kind++)
        names[kind] = event_kind_name(kind);
    while (r == 0 && (item = value_next_item(&text)) != NULL) {
        enum event_kind kind = 0;

        while (kind < EVENT_KINDS && strcmp(names[kind], item) != 0)
            kind++;
        if (kind < EVENT_KINDS) {
            if (events->kinds == 0)
                events->first = kind;
            events->kinds |= UINT32_C(1) << kind;
        } else {
            const char *nearest = str_nearest(item, names, EVENT_KINDS);

            r = error_set(error, -EINVAL, "\"%s\" is no event: %s%s%s", SHOW(item),
                          nearest != NULL ? "did you mean " : "write one such as meeting_started",
                          nearest != NULL ? nearest : "; meetingd.conf(5) lists them",
                          nearest != NULL ? "?" : "");
        }
        free(item);
    }
    return r;
}

void value_clear_events(void *field)
{
    *(struct hook_events *)field = (struct hook_events){0};
}

int value_names(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    char *item;

    (void)rule;
    (void)error;
    while ((item = value_next_item(&text)) != NULL) {
        string_list_add(field, item);
        free(item);
    }
    return 0;
}

/* ---- exec */

static void append_utf8(struct buffer *out, unsigned code)
{
    if (code < 0x80) {
        buffer_append_char(out, (char)code);
    } else if (code < 0x800) {
        buffer_append_char(out, (char)(0xc0 | code >> 6));
        buffer_append_char(out, (char)(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
        buffer_append_char(out, (char)(0xe0 | code >> 12));
        buffer_append_char(out, (char)(0x80 | (code >> 6 & 0x3f)));
        buffer_append_char(out, (char)(0x80 | (code & 0x3f)));
    } else {
        buffer_append_char(out, (char)(0xf0 | code >> 18));
        buffer_append_char(out, (char)(0x80 | (code >> 12 & 0x3f)));
        buffer_append_char(out, (char)(0x80 | (code >> 6 & 0x3f)));
        buffer_append_char(out, (char)(0x80 | (code & 0x3f)));
    }
}

/* `count` digits of a base, as many as there have to be; false: they are not there, or mean no character. */
static bool read_code(const char *digits, size_t count, int base, bool is_unicode, struct buffer *out)
{
    const char *valid = base == 8 ? "01234567" : "0123456789abcdefABCDEF";
    CLEANUP_FREE char *number = NULL;
    unsigned long code;

    if (strspn(digits, valid) < count)
        return false;
    number = xstrndup(digits, count);
    code = strtoul(number, NULL, base);
    /* No argument can hold a NUL. */
    if (code == 0 || (is_unicode ? code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) : code > 0xff))
        return false;
    if (is_unicode)
        append_utf8(out, (unsigned)code);
    else
        buffer_append_char(out, (char)code);
    return true;
}

/* What stands behind a backslash; returns its length, 0: no escape. */
static size_t read_escape(const char *text, struct buffer *out)
{
    static const char letters[] = "abfnrtvs\\\"';", meanings[] = "\a\b\f\n\r\t\v \\\"';";
    const char *letter = *text != '\0' ? strchr(letters, *text) : NULL;

    if (letter != NULL) {
        buffer_append_char(out, meanings[letter - letters]);
        return 1;
    }
    switch (*text) {
    case 'x':
        return read_code(text + 1, 2, 16, false, out) ? 3 : 0;
    case 'u':
        return read_code(text + 1, 4, 16, true, out) ? 5 : 0;
    case 'U':
        return read_code(text + 1, 8, 16, true, out) ? 9 : 0;
    default:
        return read_code(text, 3, 8, false, out) ? 3 : 0;
    }
}

/* One argument, up to a blank outside quotes. Returns 1, 0 at the end of the text, or -EINVAL. */
static int next_argument(const char **text, struct buffer *out, struct error *error)
{
    const char *at = *text + strspn(*text, BLANKS);
    char quote = '\0';

    if (*at == '\0')
        return 0;
    for (; *at != '\0' && (quote != '\0' || strchr(BLANKS, *at) == NULL); at++) {
        if (*at == '\\') {
            size_t length = read_escape(at + 1, out);

            if (length == 0)
                return error_set(error, -EINVAL,
                                 "\"\\%.*s\" begins no escape that is known: write \\\\ for a backslash",
                                 (unsigned char)at[1] < 0x80 ? 1 : 0, at + 1);
            at += length;
        } else if (*at == quote) {
            quote = '\0';
        } else if (quote == '\0' && (*at == '"' || *at == '\'')) {
            quote = *at;
        } else {
            buffer_append_char(out, *at);
        }
    }
    if (quote != '\0')
        return error_set(error, -EINVAL, "the quote %c is not closed: write another one, or \\%c for itself",
                         quote, quote);
    *text = at;
    return 1;
}

static int check_program(const char *program, struct error *error)
{
    if (program[0] == '/' && program[strlen(program) - 1] != '/')
        return 0;
    return error_set(error, -EINVAL,
                     "\"%s\" is not the absolute path of a program: write one such as "
                     "/usr/local/bin/door-light",
                     SHOW(program));
}

int value_exec(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    struct string_list arguments = {NULL, 0};
    int r;

    (void)rule;
    do {
        struct buffer argument = BUFFER_EMPTY;

        r = next_argument(&text, &argument, error);
        buffer_append_text(&argument, "");
        if (r > 0 && arguments.count == 0 && check_program(argument.data, error) < 0)
            r = -EINVAL;
        if (r > 0)
            string_list_add(&arguments, argument.data);
        buffer_fini(&argument);
    } while (r > 0 && arguments.count <= ARGUMENTS_MAX);
    if (r > 0)
        r = error_set(error, -EINVAL, "these are more than %d arguments: write a script", ARGUMENTS_MAX);
    else if (r == 0 && arguments.count == 0)
        r = error_set(error, -EINVAL,
                      "the value is empty: write the program's absolute path, and its arguments");
    if (r < 0) {
        string_list_fini(&arguments);
        return r;
    }
    string_list_fini(field);
    *(struct string_list *)field = arguments;
    return 0;
}
