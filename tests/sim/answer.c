#include "sim/answer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base.h"
#include "base/str.h"
#include "sim/member.h"

#define JSON_TYPE "application/json; charset=utf-8"

static void make_log_id(char ret[LOG_ID_SIZE], const struct moment *moment, struct dice *dice)
{
    char time[MOMENT_DIGITS_SIZE];

    moment_digits(moment, time);
    memcpy(ret, time, MOMENT_DIGITS_SIZE - 1);
    dice_word(dice, DICE_HEX, LOG_ID_SIZE - MOMENT_DIGITS_SIZE, ret + MOMENT_DIGITS_SIZE - 1);
}

void answer_init(struct answer *answer, const struct moment *moment, struct dice *dice)
{
    *answer = (struct answer){.status = 200, .told_length = -1};
    make_log_id(answer->log_id, moment, dice);
}

static void clear(struct answer *answer)
{
    json_object_put(answer->root);
    free(answer->text);
    free(answer->content_type);
    answer->root = NULL;
    answer->text = NULL;
    answer->length = 0;
    answer->content_type = NULL;
}

void answer_fini(struct answer *answer)
{
    clear(answer);
    for (size_t i = 0; i < answer->headers_count; i++) {
        free(answer->headers[i].name);
        free(answer->headers[i].value);
    }
    answer->headers_count = 0;
}

void answer_json(struct answer *answer, int status, int64_t code, struct json_object *take_root)
{
    clear(answer);
    answer->status = status;
    answer->code = code;
    answer->root = take_root;
    answer->content_type = xstrdup(JSON_TYPE);
}

void answer_data(struct answer *answer, struct json_object *take_data)
{
    struct json_object *root = json_object_new_object();

    put_int(root, "code", 0);
    put_text(root, "msg", "success");
    if (take_data != NULL)
        put(root, "data", take_data);
    answer_json(answer, 200, 0, root);
}

void answer_error(struct answer *answer, int status, int64_t code, const char *format, ...)
{
    struct json_object *root = json_object_new_object(), *error = json_object_new_object();
    char *message, *troubleshooter;
    va_list arguments;

    va_start(arguments, format);
    message = xvasprintf(format, arguments);
    va_end(arguments);
    troubleshooter = xasprintf("排查建议查看(Troubleshooting suggestions): "
                               "https://open.feishu.cn/search?from=openapi&log_id=%s&code=%" PRId64,
                               answer->log_id, code);
    put_int(root, "code", code);
    put_text(root, "msg", message);
    put_text(error, "message", message);
    put_text(error, "log_id", answer->log_id);
    put_text(error, "troubleshooter", troubleshooter);
    put(root, "error", error);
    answer_json(answer, status, code, root);
    free(message);
    free(troubleshooter);
}

struct json_object *answer_error_object(struct answer *answer)
{
    return member(answer->root, "error");
}

void answer_text(struct answer *answer, int status, const char *content_type, char *take_text, size_t length)
{
    clear(answer);
    answer->status = status;
    answer->code = -1;
    answer->text = take_text;
    answer->length = length;
    answer->content_type = xstrdup(content_type);
}

void answer_header(struct answer *answer, const char *name, const char *value)
{
    for (size_t i = 0; i < answer->headers_count; i++) {
        if (strcasecmp(answer->headers[i].name, name) == 0) {
            str_set(&answer->headers[i].value, value);
            return;
        }
    }
    if (answer->headers_count == ANSWER_HEADERS_MAX)
        return;
    answer->headers[answer->headers_count++] =
        (struct answer_header){.name = xstrdup(name), .value = xstrdup(value)};
}

void answer_finish(struct answer *answer)
{
    size_t length;
    const char *text;

    if (answer->root == NULL)
        return;
    text = json_write(answer->root, &length);
    answer->text = xstrndup(text, length);
    answer->length = length;
    json_object_put(answer->root);
    answer->root = NULL;
}
