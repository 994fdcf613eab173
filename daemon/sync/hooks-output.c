#include "sync/hooks-output.h"

#include <string.h>

#include "base/str.h"

static void append_clean(struct buffer *out, const char *text, size_t length)
{
    size_t at = 0;

    while (at < length) {
        size_t valid = utf8_valid_length(text + at, length - at), control = 0;

        if (valid == 0) {
            buffer_append_char(out, '?');
            at++;
            continue;
        }
        control = utf8_control_length(text + at);
        if (control > 0) {
            buffer_append_char(out, text[at] == '\t' ? ' ' : '?');
            at += control;
            continue;
        }
        /* On to the next control character, or what is no UTF-8. */
        for (valid += at; at < valid && utf8_control_length(text + at) == 0; at++)
            buffer_append_char(out, text[at]);
    }
}

static void tell(struct hooks_output *output, void (*told)(void *data, const char *line), void *data)
{
    struct buffer clean = BUFFER_EMPTY;

    if (output->line.length > 0 && output->line.data[output->line.length - 1] == '\r')
        output->line.length--;
    if (output->line.length > 0 && output->lines <= HOOKS_OUTPUT_LINES) {
        append_clean(&clean, output->line.data, output->line.length);
        buffer_append_text(&clean, output->too_long ? "…" : "");
        told(data, output->lines < HOOKS_OUTPUT_LINES ? clean.data : "(what it writes further is dropped)");
        output->lines++;
        buffer_fini(&clean);
    }
    buffer_clear(&output->line);
    output->too_long = false;
}

static void add(struct hooks_output *output, const char *bytes, size_t length)
{
    size_t room = HOOKS_OUTPUT_BYTES - output->line.length;

    if (output->too_long || output->lines > HOOKS_OUTPUT_LINES)
        return;
    if (length > room) {
        /* No character is cut in two where that can be helped. */
        while (room > 0 && ((unsigned char)bytes[room] & 0xc0) == 0x80)
            room--;
        length = room;
        output->too_long = true;
    }
    if (length > 0)
        buffer_append(&output->line, bytes, length);
}

void hooks_output_add(struct hooks_output *output, const char *bytes, size_t length,
                      void (*told)(void *data, const char *line), void *data)
{
    while (length > 0) {
        const char *end = memchr(bytes, '\n', length);
        size_t part = end != NULL ? (size_t)(end - bytes) : length;

        add(output, bytes, part);
        if (end == NULL)
            return;
        tell(output, told, data);
        bytes += part + 1;
        length -= part + 1;
    }
}

void hooks_output_end(struct hooks_output *output, void (*told)(void *data, const char *line), void *data)
{
    tell(output, told, data);
    buffer_fini(&output->line);
}
