/* What the commands share: asking, collecting, complaining. */
#include "ctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "text.h"

/* The daemon answers from its memory; what it has to ask Feishu for takes that call's time-out, and its turn
 * before. */
#define ANSWER_MS  (20 * MS_PER_SECOND)
#define OPERATE_MS (120 * MS_PER_SECOND)

/* Of all slices of a list together. */
#define LIST_MAX ((size_t)32 * 1024 * 1024)

static void write_line(const char *lead, const char *format, va_list arguments)
{
    CLEANUP_FREE char *text = xvasprintf(format, arguments), *clean = NULL;

    clean = text_clean(text, strlen(text));
    fprintf(stderr, "%s%s\n", lead, clean);
}

void complain(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_line("meetingctl: ", format, arguments);
    va_end(arguments);
}

void complain_more(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_line("  ", format, arguments);
    va_end(arguments);
}

/* The first line is the error, a second one the hint. */
int ctl_no_daemon(const struct error *error)
{
    size_t first = strcspn(error->text, "\n");

    complain("%.*s", (int)first, error->text);
    if (error->text[first] != '\0')
        complain_more("%s", error->text + first + 1);
    complain_more("What may be wrong: meetingctl doctor");
    return EXIT_NO_DAEMON;
}

int ctl_lost(const struct ctl *ctl, const struct error *error)
{
    complain("%s: %s", ctl->options->socket, error->text);
    if (error->code == -EBADMSG || error->code == -EMSGSIZE)
        complain_more("Whatever listens there is not meetingd, or another version of it");
    else
        complain_more("See how it is: systemctl status meetingd");
    if (ctl->options->command->reach == CHANGES_FEISHU)
        complain_more("Whether it was done is not known. See: meetingctl list");
    return EXIT_NO_DAEMON;
}

int ctl_no_member(const struct ctl *ctl, const char *member)
{
    struct error error;

    error_set(&error, -EBADMSG, "the answer has no %s", member);
    return ctl_lost(ctl, &error);
}

int ctl_connect(const struct ctl *ctl, struct client **ret, struct error *error)
{
    int64_t timeout_ms = ctl->options->command->reach == ASKS_DAEMON ? ANSWER_MS : OPERATE_MS;

    if (ctl->patience_ms > 0)
        timeout_ms = ctl->patience_ms;
    if (ctl->options->timeout_ms > 0)
        timeout_ms = ctl->options->timeout_ms;
    return client_new(ret, ctl->options->socket, timeout_ms, error);
}

int ctl_send(struct ctl *ctl, const char *method, struct json_object *take_parameters, bool more)
{
    CLEANUP_FREE char *name = xasprintf("io.meetingd.%s", method);
    struct error error;

    if (ctl->client == NULL && ctl_connect(ctl, &ctl->client, &error) < 0) {
        json_object_put(take_parameters);
        return ctl_no_daemon(&error);
    }
    if (client_send(ctl->client, name, take_parameters, more, &error) < 0)
        return ctl_lost(ctl, &error);
    return 0;
}

int ctl_ask(struct ctl *ctl, const char *method, struct json_object *take_parameters, struct reply *ret)
{
    struct error error;
    int code = ctl_send(ctl, method, take_parameters, false);

    if (code != 0)
        return code;
    if (client_receive(ctl->client, ret, &error) < 0)
        return ctl_lost(ctl, &error);
    return 0;
}

int ctl_call(struct ctl *ctl, const char *method, struct json_object *take_parameters, struct reply *ret)
{
    int code = ctl_ask(ctl, method, take_parameters, ret);

    if (code == 0 && ret->error != NULL) {
        code = refusal_report(ctl, ret, NULL);
        reply_fini(ret);
    }
    return code;
}

static int never_ends(const struct ctl *ctl)
{
    struct error error;

    error_set(&error, -EMSGSIZE, "the list does not end");
    return ctl_lost(ctl, &error);
}

/* Adds a slice to a list. Returns an exit code. */
static int add_slice(struct ctl *ctl, const struct reply *reply, const char *member, struct list *list)
{
    size_t before = list_count(list);
    struct error error;

    if (reply->error != NULL)
        return refusal_report(ctl, reply, NULL);
    if (list_add(list, reply, member, &error) < 0)
        return ctl_lost(ctl, &error);
    if (list->text.length > LIST_MAX || (reply->continues && list_count(list) == before))
        return never_ends(ctl);
    return 0;
}

/* Each reply of a list as it comes. Returns an exit code. */
static int each_reply(struct ctl *ctl, const char *method, struct json_object *take_parameters,
                      int (*each)(struct ctl *ctl, const struct reply *reply, void *data), void *data)
{
    int code = ctl_send(ctl, method, take_parameters, true);
    bool continues = true;

    while (code == 0 && continues) {
        struct reply reply;
        struct error error;

        if (client_receive(ctl->client, &reply, &error) < 0)
            return ctl_lost(ctl, &error);
        continues = reply.continues;
        code = each(ctl, &reply, data);
        reply_fini(&reply);
    }
    return code;
}

struct collecting {
    const char *member;
    struct list list;
};

static int collect(struct ctl *ctl, const struct reply *reply, void *data)
{
    struct collecting *collecting = data;

    return add_slice(ctl, reply, collecting->member, &collecting->list);
}

struct streaming {
    const char *member;
    int (*each)(struct ctl *ctl, const struct list *slice, void *data);
    void *data;
};

static int hand_on(struct ctl *ctl, const struct reply *reply, void *data)
{
    const struct streaming *streaming = data;
    struct list slice;
    int code;

    list_init(&slice);
    code = add_slice(ctl, reply, streaming->member, &slice);
    if (code == 0)
        code = streaming->each(ctl, &slice, streaming->data);
    list_fini(&slice);
    return code;
}

int ctl_each(struct ctl *ctl, const char *method, const char *member, struct json_object *take_parameters,
             int (*each)(struct ctl *ctl, const struct list *slice, void *data), void *data)
{
    struct streaming streaming = {member, each, data};

    return each_reply(ctl, method, take_parameters, hand_on, &streaming);
}

int ctl_list(struct ctl *ctl, const char *method, const char *member, struct json_object *take_parameters,
             struct list *ret)
{
    struct collecting collecting = {.member = member};
    struct list list;
    int code;

    list_init(&collecting.list);
    code = each_reply(ctl, method, take_parameters, collect, &collecting);
    list = collecting.list;
    if (code == 0)
        *ret = list;
    else
        list_fini(&list);
    return code;
}

int ctl_push(struct ctl *ctl)
{
    if (ctl->output.terminal || output_push(&ctl->output))
        return 0;
    if (errno != 0)
        complain("standard output: %s", strerror(errno));
    return errno != 0 ? EXIT_REFUSED : NOBODY_READS;
}

static int push_json(struct ctl *ctl, const struct list *slice, void *data)
{
    bool *any = data;

    if (slice->text.length == 0)
        return 0;
    buffer_append_text(&ctl->output.text, *any ? "," : "");
    list_append_text(&ctl->output.text, slice, ctl->output.terminal);
    *any = true;
    return ctl_push(ctl);
}

int ctl_stream_json(struct ctl *ctl, const char *method, const char *member,
                    struct json_object *take_parameters, bool *ret_any)
{
    bool any = false;
    int code;

    buffer_printf(&ctl->output.text, "\"%s\":[", member);
    code = ctl_each(ctl, method, member, take_parameters, push_json, &any);
    buffer_append_char(&ctl->output.text, ']');
    *ret_any = *ret_any || any;
    return code;
}

void ctl_write_json(struct ctl *ctl, const struct reply *reply)
{
    reply_append_parameters(&ctl->output.text, reply, ctl->output.terminal);
    buffer_append_char(&ctl->output.text, '\n');
}

void ctl_write_json_lists(struct ctl *ctl, const char *member, const struct list *lists, size_t count)
{
    struct buffer *out = &ctl->output.text;
    const char *comma = "";

    buffer_printf(out, "{\"%s\":[", member);
    for (size_t i = 0; i < count; i++) {
        if (lists[i].text.length == 0)
            continue;
        buffer_append_text(out, comma);
        list_append_text(out, &lists[i], ctl->output.terminal);
        comma = ",";
    }
    buffer_append_text(out, "]}\n");
}

bool ctl_is_id(const char *argument)
{
    return *argument != '\0' && argument[strspn(argument, "0123456789")] == '\0';
}

struct json_object *ctl_which(const char *argument)
{
    struct json_object *parameters = json_object_new_object();
    const char *member = strchr(argument, '@') != NULL ? "occurrence"
                         : ctl_is_id(argument)         ? "reserve_id"
                                                       : "name";

    json_object_object_add(parameters, member, json_object_new_string(argument));
    return parameters;
}

int ctl_check_name(struct ctl *ctl, const char *name, const char *subject)
{
    struct reply reply;
    int code = ctl_ask(ctl, "GetReservation", ctl_which(name), &reply);

    if (code != 0)
        return code;
    if (reply.error != NULL)
        code = refusal_report(ctl, &reply, subject);
    reply_fini(&reply);
    return code;
}
