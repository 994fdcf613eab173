#include "feishu/result.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/buffer.h"
#include "feishu/codes.h"
#include "model/model.h"

/* Of Feishu's msg and of the names in it, so that the advice behind them has room. */
#define MSG_SIZE   100
#define NAMES_SIZE 120

/* A window is a second or a minute long; a header that says more is not believed. */
#define RETRY_AFTER_MAX_MS MS_PER_HOUR

#define BLOT "***"

char *clean_line(char *to, size_t size, const char *from)
{
    size_t length = strlen(from), valid = utf8_valid_length(from, length), used = 0;
    bool cut = valid < length || length >= size;
    size_t room = size - (cut ? sizeof("…") : 1);

    while (used < valid) {
        size_t character = 1;

        while (used + character < valid && ((unsigned char)from[used + character] & 0xc0) == 0x80)
            character++;
        if (used + character > room)
            break;
        memcpy(to + used, from + used, character);
        memset(to + used, ' ', utf8_control_length(from + used));
        used += character;
    }
    memcpy(to + used, cut ? "…" : "", cut ? sizeof("…") : 1);
    return to;
}

/* A meeting's password is a few digits, which stand in many a log id by chance. */
static bool repeats_secret(const char *text, const char *const *secrets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (secrets[i] != NULL && strlen(secrets[i]) > PASSWORD_MAX && strstr(text, secrets[i]) != NULL)
            return true;
    }
    return false;
}

/* Only what a log id is made of; whatever else comes is none. */
static void set_log_id(struct feishu_result *result, const char *log_id, const char *const *secrets,
                       size_t count)
{
    size_t length = strspn(log_id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.");

    if (length < sizeof(result->log_id) && log_id[length] == '\0' && !repeats_secret(log_id, secrets, count))
        memcpy(result->log_id, log_id, length + 1);
}

void result_init(struct feishu_result *result, enum feishu_api api, enum feishu_outcome outcome)
{
    *result = (struct feishu_result){
        .api = api,
        .outcome = outcome,
        .surely_not_done = outcome != FEISHU_OK,
        .retry_after_ms = UNKNOWN,
        .server_time = UNKNOWN,
        .latency_ms = UNKNOWN,
    };
}

/* "API: HTTP 400, code 121003 (param error), log id 2026…: what to do"; the parts that are not known are left
 * out. */
static void write_message(struct feishu_result *result, const char *msg, const char *advice)
{
    struct buffer text = BUFFER_EMPTY;
    char line[MSG_SIZE];

    buffer_printf(&text, "%s: HTTP %d", feishu_api_name(result->api), result->http_status);
    if (result->code != 0)
        buffer_printf(&text, ", code %" PRId64, result->code);
    if (msg != NULL && *msg != '\0')
        buffer_printf(&text, " (%s)", clean_line(line, sizeof(line), msg));
    if (result->log_id[0] != '\0')
        buffer_printf(&text, ", log id %s", result->log_id);
    if (*advice != '\0')
        buffer_printf(&text, ": %s", advice);
    clean_line(result->message, sizeof(result->message), text.data);
    buffer_fini(&text);
}

void result_refuse(struct feishu_result *result, enum feishu_outcome outcome, const char *why)
{
    char line[sizeof(result->message)];

    result->outcome = outcome;
    result->surely_not_done = true;
    snprintf(line, sizeof(line), "%s: %s", feishu_api_name(result->api), why);
    clean_line(result->message, sizeof(result->message), line);
}

void result_unreadable(struct feishu_result *result, const char *why)
{
    result->outcome = FEISHU_TRANSIENT;
    result->surely_not_done = false;
    write_message(result, NULL, why);
}

/* Text of Feishu's without the secrets that we sent. The caller frees it. */
static char *blot_out(const char *text, const char *const *secrets, size_t count)
{
    char *clean = xstrdup(text);

    for (size_t i = 0; i < count; i++) {
        size_t length = secrets[i] != NULL ? strlen(secrets[i]) : 0;
        struct buffer buffer = BUFFER_EMPTY;
        char *rest = clean, *found;

        if (length == 0)
            continue;
        while ((found = strstr(rest, secrets[i])) != NULL) {
            buffer_append(&buffer, rest, (size_t)(found - rest));
            buffer_append_text(&buffer, BLOT);
            rest = found + length;
        }
        buffer_append_text(&buffer, rest);
        secret_free(clean);
        clean = buffer_take(&buffer);
    }
    return clean;
}

/* What Feishu names beside its code: the scopes that are missing, the fields that it does not like. The
 * caller frees it; NULL: nothing. */
static char *names_of(const struct code *code, const struct codec_answer *answer)
{
    const struct string_list *names = answer->scopes.count > 0 ? &answer->scopes : &answer->fields;
    struct buffer text = BUFFER_EMPTY;
    const char *from, *to;

    for (size_t i = 0; i < names->count && text.length < NAMES_SIZE; i++)
        buffer_printf(&text, "%s%s", i > 0 ? ", " : "", names->items[i]);
    if (names->count > 0)
        return buffer_take(&text);
    /* "… One of the following scopes is required: [a, b]…" */
    from = code->outcome == FEISHU_PERMISSION && answer->msg != NULL ? strchr(answer->msg, '[') : NULL;
    to = from != NULL ? strchr(from, ']') : NULL;
    return to != NULL ? xstrndup(from + 1, (size_t)(to - from) - 1) : NULL;
}

/* The advice of a code, with the names. The caller frees it. */
static char *advice_of(const struct code *code, const struct codec_answer *answer, const char *const *secrets,
                       size_t count)
{
    CLEANUP_FREE char *names = names_of(code, answer), *blotted = NULL;
    char line[NAMES_SIZE];

    if (names == NULL)
        return xstrdup(code->advice);
    blotted = blot_out(names, secrets, count);
    return xasprintf("%s (%s)", code->advice, clean_line(line, sizeof(line), blotted));
}

static void judge_failure(struct feishu_result *result, const struct http_answer *http)
{
    result->surely_not_done = !http->sent;
    switch (http->result) {
    case -ECANCELED:
        result->outcome = FEISHU_CANCELLED;
        break;
    case -EINVAL: /* no such request can be made */
        result->outcome = FEISHU_PERMANENT;
        break;
    default:
        result->outcome = FEISHU_TRANSIENT;
        break;
    }
    if (http->status != 0) {
        write_message(result, NULL, http->reason);
    } else {
        char line[sizeof(result->message)];

        snprintf(line, sizeof(line), "%s: %s", feishu_api_name(result->api), http->reason);
        clean_line(result->message, sizeof(result->message), line);
    }
}

/* An answer that is not Feishu's envelope. */
static void judge_foreign(struct feishu_result *result, const struct http_answer *http, const char *why)
{
    const struct code *code = codes_without(http->status);
    CLEANUP_FREE char *advice = NULL;
    char type[40];

    result->outcome = code->outcome;
    result->surely_not_done = code->effect != LEAVES_OPEN;
    if (*http->content_type != '\0')
        advice =
            xasprintf("%s (%s): %s", why, clean_line(type, sizeof(type), http->content_type), code->advice);
    else
        advice = xasprintf("%s: %s", why, code->advice);
    write_message(result, NULL, advice);
}

bool result_read(struct feishu_result *result, enum feishu_api api, const struct http_answer *http,
                 const char *const *secrets, size_t secret_count, struct codec_answer *answer)
{
    const struct code *code;
    CLEANUP_FREE char *msg = NULL, *advice = NULL;
    struct error error;

    *answer = (struct codec_answer){.root = NULL};
    result_init(result, api, FEISHU_OK);
    result->http_status = http->status;
    result->server_time = http->server_time;
    set_log_id(result, http->log_id, secrets, secret_count);
    if (http->ratelimit_reset_s != UNKNOWN) {
        int64_t wait_ms = http->ratelimit_reset_s * MS_PER_SECOND;

        result->retry_after_ms = wait_ms < RETRY_AFTER_MAX_MS ? wait_ms : RETRY_AFTER_MAX_MS;
    }
    if (http->result != 0) {
        judge_failure(result, http);
        return false;
    }
    if (codec_answer_parse(http->body, http->length, answer, &error) < 0) {
        judge_foreign(result, http, error.text);
        return false;
    }
    if (result->log_id[0] == '\0' && answer->log_id != NULL)
        set_log_id(result, answer->log_id, secrets, secret_count);
    result->code = answer->code;
    if (answer->code == 0) {
        bool good = http->status / 100 == 2;

        /* The resource's own page shows an answer without a code, and OAuth's token has none. */
        if (!good || (!answer->code_told && answer->data == NULL && api != FEISHU_TOKEN))
            judge_foreign(result, http,
                          answer->code_told ? "code 0 with an HTTP status that is none of success"
                                            : "the answer has no code");
        return false;
    }
    code = codes_find(answer->code, http->status);
    result->outcome = code->outcome;
    result->surely_not_done = code->effect != LEAVES_OPEN;
    msg = answer->msg != NULL ? blot_out(answer->msg, secrets, secret_count) : NULL;
    advice = advice_of(code, answer, secrets, secret_count);
    write_message(result, msg, advice);
    return code->effect == REFUSES_TOKEN;
}
