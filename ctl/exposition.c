#include "exposition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"

/* How the older format names a type, and the family by it: it wants the name of the samples. */
static const struct {
    const char *type, *older, *suffix;
} types[] = {
    {"counter", "counter", "_total"},
    {"info", "gauge", "_info"},
    {"unknown", "untyped", ""},
};

/* The family that is being read. */
struct family {
    char *name;
    const char *suffix; /* of its samples */
};

/* "NAME TYPE". */
static void append_type(struct buffer *out, const char *rest, struct family *family)
{
    size_t length = strcspn(rest, " ");
    const char *type = rest[length] == ' ' ? rest + length + 1 : "";

    free(family->name);
    family->name = xstrndup(rest, length);
    family->suffix = "";
    for (size_t i = 0; i < ELEMENTS(types); i++) {
        if (strcmp(types[i].type, type) == 0) {
            family->suffix = types[i].suffix;
            type = types[i].older;
            break;
        }
    }
    buffer_printf(out, "# TYPE %s%s %s\n", family->name, family->suffix, type);
}

/* "NAME TEXT"; in the older format a quotation mark of the text is written as it is. */
static void append_help(struct buffer *out, const char *rest, const struct family *family)
{
    size_t length = strcspn(rest, " ");
    CLEANUP_FREE char *name = xstrndup(rest, length);

    buffer_printf(out, "# HELP %s%s", name, str_equal(name, family->name) ? family->suffix : "");
    for (rest += length; *rest != '\0'; rest++) {
        if (rest[0] == '\\' && rest[1] == '"')
            continue;
        buffer_append_char(out, *rest);
        if (rest[0] == '\\' && rest[1] == '\\')
            buffer_append_char(out, *++rest);
    }
    buffer_append_char(out, '\n');
}

static const char *after(const char *line, const char *start)
{
    size_t length = strlen(start);

    return strncmp(line, start, length) == 0 ? line + length : NULL;
}

int exposition_append(struct buffer *out, const char *openmetrics)
{
    struct family family = {.name = NULL, .suffix = ""};
    bool ended = false;

    while (*openmetrics != '\0' && !ended) {
        size_t length = strcspn(openmetrics, "\n");
        CLEANUP_FREE char *line = xstrndup(openmetrics, length);
        const char *rest;

        if (strcmp(line, "# EOF") == 0)
            ended = true;
        else if ((rest = after(line, "# TYPE ")) != NULL)
            append_type(out, rest, &family);
        else if ((rest = after(line, "# HELP ")) != NULL)
            append_help(out, rest, &family);
        else if (after(line, "# UNIT ") == NULL)
            buffer_printf(out, "%s\n", line);
        openmetrics += length + (openmetrics[length] == '\n');
    }
    free(family.name);
    return ended && *openmetrics == '\0' ? 0 : -EBADMSG;
}
