#include "sim/faults.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/buffer.h"
#include "base/str.h"
#include "sim/member.h"

#define LARGE_BYTES (INT64_C(9) * 1024 * 1024)
#define LARGE_MAX   (INT64_C(64) * 1024 * 1024)
#define DEEP_LEVELS 20000
#define DEEP_MAX    (INT64_C(1024) * 1024)

static const char *const kind_names[FAULT_KINDS] = {
    [FAULT_DELAY] = "delay",     [FAULT_NEVER] = "never", [FAULT_RESET] = "reset",
    [FAULT_CLOSE] = "close",     [FAULT_CUT] = "cut",     [FAULT_DRIBBLE] = "dribble",
    [FAULT_ANSWER] = "answer",   [FAULT_TYPE] = "type",   [FAULT_LENGTH] = "length",
    [FAULT_GARBLE] = "garble",   [FAULT_LARGE] = "large", [FAULT_DEEP] = "deep",
    [FAULT_GARBAGE] = "garbage",
};

static struct fault *fault_free(struct fault *fault)
{
    json_object_put(fault->parameters);
    free(fault->api);
    free(fault->app);
    free(fault);
    return NULL;
}

void faults_clear(struct faults *faults)
{
    while (faults->first != NULL) {
        struct fault *gone = faults->first;

        faults->first = gone->next;
        fault_free(gone);
    }
}

void faults_fini(struct faults *faults)
{
    faults_clear(faults);
}

static int find_kind(const char *name)
{
    for (int kind = 0; kind < FAULT_KINDS; kind++) {
        if (str_equal(kind_names[kind], name))
            return kind;
    }
    return -1;
}

int faults_add(struct faults *faults, struct json_object *object, struct error *error)
{
    int kind = find_kind(member_text(object, "kind"));
    const char *api = member_text(object, "api");
    struct fault **last = &faults->first, *fault;

    if (kind < 0)
        return error_set(error, -EINVAL, "kind: no such fault");
    fault = xalloc(sizeof(*fault));
    fault->api = xstrdup(api != NULL ? api : "any");
    fault->app = xstrdup(member_text(object, "app"));
    fault->kind = (enum fault_kind)kind;
    fault->skip = member_int(object, "skip", 0);
    fault->count = member_int(object, "count", 1);
    fault->parameters = json_object_get(object);
    while (*last != NULL)
        last = &(*last)->next;
    *last = fault;
    return 0;
}

static bool hits(const struct fault *fault, const char *api, const char *app)
{
    if (fault->app != NULL && !str_equal(fault->app, app))
        return false;
    if (strcmp(fault->api, "any") == 0)
        return strcmp(api, "connect") != 0;
    return strcmp(fault->api, api) == 0;
}

struct json_object *faults_take(struct faults *faults, const char *api, const char *app)
{
    for (struct fault **place = &faults->first; *place != NULL; place = &(*place)->next) {
        struct fault *fault = *place;
        struct json_object *parameters;

        if (!hits(fault, api, app))
            continue;
        if (fault->skip > 0) {
            fault->skip--;
            continue;
        }
        parameters = json_object_get(fault->parameters);
        if (--fault->count <= 0) {
            *place = fault->next;
            fault_free(fault);
        }
        return parameters;
    }
    return NULL;
}

enum fault_kind fault_kind(struct json_object *parameters)
{
    return (enum fault_kind)find_kind(member_text(parameters, "kind"));
}

bool fault_acts(struct json_object *parameters)
{
    enum fault_kind kind = fault_kind(parameters);
    bool loses_the_answer = kind == FAULT_NEVER || kind == FAULT_RESET || kind == FAULT_CLOSE ||
                            kind == FAULT_ANSWER || kind == FAULT_GARBAGE;

    return member_bool(parameters, "acted", !loses_the_answer);
}

/* What goes out instead: {status, code, msg}, or {status, body, content_type}; headers in both. */
static void answer_instead(struct json_object *parameters, struct answer *answer)
{
    int status = (int)member_int(parameters, "status", 200);
    const char *body = member_text(parameters, "body"), *msg = member_text(parameters, "msg");
    const char *type = member_text(parameters, "content_type");
    struct json_object *headers = member_typed(parameters, "headers", json_type_object);
    struct json_object *code = member(parameters, "code"), *whole = member(parameters, "json");

    if (whole != NULL)
        answer_json(answer, status, member_int(whole, "code", -1), json_object_get(whole));
    else if (code != NULL && member_int(parameters, "code", 0) == 0)
        answer_data(answer, NULL);
    else if (code != NULL)
        answer_error(answer, status, member_int(parameters, "code", 0), "%s", msg != NULL ? msg : "failed");
    else
        answer_text(answer, status, type != NULL ? type : "text/plain; charset=utf-8",
                    xstrdup(body != NULL ? body : ""), body != NULL ? strlen(body) : 0);
    answer->status = status;
    if (headers == NULL)
        return;
    json_object_object_foreach(headers, name, value)
    {
        answer_header(answer, name, json_object_get_string(value));
    }
}

/* A member in front of the others that nobody asked for; the rest stays true. */
static void put_in_front(struct answer *answer, struct buffer *value)
{
    struct buffer text = BUFFER_EMPTY;
    size_t rest = answer->length > 0 && answer->text[0] == '{' ? 1 : 0;

    buffer_append_text(&text, "{\"padding\":");
    buffer_append(&text, value->data, value->length);
    buffer_append_text(&text, ",");
    buffer_append(&text, answer->text + rest, answer->length - rest);
    buffer_fini(value);
    free(answer->text);
    answer->length = text.length;
    answer->text = buffer_take(&text);
}

static size_t bounded(int64_t wanted, int64_t maximum)
{
    if (wanted < 0)
        return 0;
    return (size_t)(wanted < maximum ? wanted : maximum);
}

static void make_large(struct json_object *parameters, struct answer *answer)
{
    size_t bytes = bounded(member_int(parameters, "bytes", LARGE_BYTES), LARGE_MAX);
    struct buffer text = BUFFER_EMPTY;

    buffer_reserve(&text, bytes + 2);
    buffer_append_char(&text, '"');
    memset(text.data + 1, 'x', bytes);
    text.length += bytes;
    buffer_append_char(&text, '"');
    put_in_front(answer, &text);
}

static void make_deep(struct json_object *parameters, struct answer *answer)
{
    size_t levels = bounded(member_int(parameters, "levels", DEEP_LEVELS), DEEP_MAX);
    struct buffer text = BUFFER_EMPTY;

    buffer_reserve(&text, 2 * levels);
    memset(text.data, '[', levels);
    memset(text.data + levels, ']', levels);
    text.length = 2 * levels;
    text.data[text.length] = '\0';
    put_in_front(answer, &text);
}

/* Half of the JSON, or the text that was given. */
static void garble(struct json_object *parameters, struct answer *answer)
{
    const char *body = member_text(parameters, "body");

    if (body != NULL) {
        free(answer->text);
        answer->text = xstrdup(body);
        answer->length = strlen(body);
    } else {
        answer->length /= 2;
    }
}

void fault_deform(struct json_object *parameters, struct answer *answer, struct hold *ret_hold)
{
    struct hold hold = {.ms = member_int(parameters, "ms", 0),
                        .bytes = bounded(member_int(parameters, "bytes", 1), LARGE_MAX)};

    if (hold.bytes == 0)
        hold.bytes = 1;
    if (fault_kind(parameters) == FAULT_ANSWER)
        answer_instead(parameters, answer);
    answer_finish(answer);
    switch (fault_kind(parameters)) {
    case FAULT_DELAY:
        hold.kind = HOLD_DELAY;
        break;
    case FAULT_NEVER:
        hold.kind = HOLD_NEVER;
        break;
    case FAULT_RESET:
        hold.kind = HOLD_RESET;
        hold.part = member_bool(parameters, "part", false);
        break;
    case FAULT_CLOSE:
        hold.kind = HOLD_CLOSE;
        break;
    case FAULT_CUT:
        hold.kind = HOLD_CLOSE;
        hold.part = true;
        break;
    case FAULT_DRIBBLE:
        hold.kind = HOLD_DRIBBLE;
        break;
    case FAULT_GARBAGE:
        hold.kind = HOLD_GARBAGE;
        break;
    case FAULT_ANSWER:
        /* A late answer of one's own, where it is asked for. */
        hold.kind = hold.ms > 0 ? HOLD_DELAY : HOLD_NOTHING;
        break;
    case FAULT_TYPE:
        str_set(&answer->content_type, member_text(parameters, "content_type"));
        break;
    case FAULT_LENGTH:
        answer->told_length = (int64_t)answer->length + member_int(parameters, "by", 10);
        if (answer->told_length < 0)
            answer->told_length = 0;
        break;
    case FAULT_GARBLE:
        garble(parameters, answer);
        break;
    case FAULT_LARGE:
        make_large(parameters, answer);
        break;
    case FAULT_DEEP:
        make_deep(parameters, answer);
        break;
    case FAULT_KINDS:
        break;
    }
    /* Half of the body, unless told otherwise. */
    hold.drop =
        bounded(member_int(parameters, "drop", (int64_t)(answer->length - answer->length / 2)), LARGE_MAX);
    *ret_hold = hold;
}

void fault_connect(struct json_object *parameters, struct hold *ret_hold)
{
    struct hold hold = {.ms = member_int(parameters, "ms", 0)};

    switch (fault_kind(parameters)) {
    case FAULT_DELAY:
        hold.kind = HOLD_DELAY;
        break;
    case FAULT_NEVER:
        hold.kind = HOLD_NEVER;
        break;
    case FAULT_RESET:
        hold.kind = HOLD_RESET;
        break;
    case FAULT_GARBAGE:
        hold.kind = HOLD_GARBAGE;
        break;
    default:
        hold.kind = HOLD_CLOSE;
        break;
    }
    *ret_hold = hold;
}

struct json_object *faults_json(const struct faults *faults)
{
    struct json_object *array = json_object_new_array();

    for (const struct fault *fault = faults->first; fault != NULL; fault = fault->next) {
        struct json_object *object = json_object_new_object();

        put_text(object, "api", fault->api);
        put_text(object, "app", fault->app);
        put_text(object, "kind", kind_names[fault->kind]);
        put_int(object, "skip", fault->skip);
        put_int(object, "count", fault->count);
        json_object_array_add(array, object);
    }
    return array;
}
