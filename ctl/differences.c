#include "differences.h"

#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "describe.h"

static void append(struct buffer *text, size_t start, const char *words)
{
    if (text->length > start)
        buffer_append_text(text, ", ");
    buffer_append_text(text, words);
}

static void append_host(struct buffer *text, size_t start, struct json_object *before,
                        struct json_object *after)
{
    const char *host = member_text(member_object(after, "host_user"), "id");

    if (host == NULL || str_equal(host, member_text(member_object(before, "host_user"), "id")))
        return;
    append(text, start, "host is now ");
    buffer_append_text(text, host);
}

static void append_abilities(struct buffer *text, size_t start, struct json_object *before,
                             struct json_object *after)
{
    const char *name;

    for (size_t i = 0; (name = describe_ability(i)) != NULL; i++) {
        bool was = describe_uses(before, i), is = describe_uses(after, i);

        if (was == is)
            continue;
        append(text, start, name);
        buffer_append_text(text, is ? " used" : " no longer used");
    }
}

bool differences_append(struct buffer *text, struct json_object *before, struct json_object *after)
{
    size_t start = text->length;

    if (!str_equal(describe_meeting_state(before), describe_meeting_state(after)))
        append(text, start, describe_meeting_state(after));
    append_host(text, start, before, after);
    append_abilities(text, start, before, after);
    if (!str_equal(member_text(before, "topic"), member_text(after, "topic")) &&
        member_text(after, "topic") != NULL) {
        append(text, start, "topic is now ");
        buffer_append_text(text, member_text(after, "topic"));
    }
    return text->length > start;
}
