#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A text that did not fit ends in an ellipsis, and never in half a UTF-8 character. */
static void mark_as_cut(struct error *error)
{
    size_t end = sizeof(error->text) - sizeof("…");

    while (end > 0 && ((unsigned char)error->text[end] & 0xc0) == 0x80)
        end--;
    memcpy(error->text + end, "…", sizeof("…"));
}

int error_set(struct error *error, int code, const char *format, ...)
{
    va_list arguments;
    int length;

    if (error == NULL)
        return code;
    error->code = code;
    va_start(arguments, format);
    length = vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof(error->text))
        mark_as_cut(error);
    return code;
}

int error_prefix(struct error *error, int code, const char *format, ...)
{
    char old[sizeof(error->text)];
    va_list arguments;
    int length, more;

    if (error == NULL)
        return code;
    memcpy(old, error->text, sizeof(old));
    va_start(arguments, format);
    length = vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    if (length >= 0 && length < (int)sizeof(error->text)) {
        more = snprintf(error->text + length, sizeof(error->text) - (size_t)length, ": %s", old);
        length += more;
    }
    if (length >= (int)sizeof(error->text))
        mark_as_cut(error);
    return error->code;
}
