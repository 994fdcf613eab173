/* The envelope of every answer, and the token's, which has its members at the top. */
#include "feishu/codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "feishu/codec-field.h"

#define DEPTH_MAX 32

/* What json-c may be made to allocate by an answer of HTTP_ANSWER_MAX bytes: an empty array or object costs
 * it some hundred bytes, a number some fifty. A meeting of 10,000 people has some 10,000 of the first and
 * 100,000 of the second. */
#define CONTAINERS_MAX 100000
#define VALUES_MAX     1000000

#define TOKEN_MAX 8192 /* bytes; those of 2026 are JWTs of up to 4 KB */

/* Counts brackets and commas, inside strings too: too many are hostile in any case. */
static bool is_affordable(const char *body, size_t length)
{
    size_t containers = 0, values = 0;

    for (size_t i = 0; i < length; i++) {
        if (body[i] == '{' || body[i] == '[')
            containers++;
        else if (body[i] == ',')
            values++;
    }
    return containers <= CONTAINERS_MAX && values <= VALUES_MAX;
}

/* The strict mode of json-c is off: the resource's own sample has a comma before a closing brace, and so may
 * an answer. */
static struct json_object *parse(const char *body, size_t length, struct error *error)
{
    struct json_tokener *tokener;
    struct json_object *root;
    enum json_tokener_error failure;
    size_t end;

    /* json-c's own check (JSON_TOKENER_VALIDATE_UTF8) lets surrogates and overlong forms through. */
    if (utf8_valid_length(body, length) != length) {
        error_set(error, -EBADMSG, "the answer is not UTF-8 text");
        return NULL;
    }
    if (!is_affordable(body, length)) {
        error_set(error, -EBADMSG, "the answer has too many parts");
        return NULL;
    }
    tokener = json_tokener_new_ex(DEPTH_MAX);
    if (tokener == NULL)
        abort(); /* out of memory, as in xalloc() */
    root = json_tokener_parse_ex(tokener, body, (int)length);
    failure = json_tokener_get_error(tokener);
    end = json_tokener_get_parse_end(tokener);
    json_tokener_free(tokener);
    if (failure == json_tokener_error_depth) {
        error_set(error, -EBADMSG, "the answer is nested too deep");
    } else if (failure != json_tokener_success || !json_object_is_type(root, json_type_object)) {
        error_set(error, -EBADMSG, "the answer is not a JSON object");
    } else {
        end += strspn(body + (end < length ? end : length), " \t\r\n");
        if (end >= length)
            return root;
        error_set(error, -EBADMSG, "the answer goes on behind its JSON object");
    }
    wipe_strings(root);
    json_object_put(root);
    return NULL;
}

static void read_error(struct json_object *root, struct codec_answer *answer)
{
    struct json_object *error = field(root, "error");
    struct json_object *scopes = field_of_type(error, "permission_violations", json_type_array);
    struct json_object *fields = field_of_type(error, "field_violations", json_type_array);
    const char *log_id = field_text(error, "log_id");

    if (log_id == NULL)
        log_id = field_text(error, "logid");
    answer->log_id = xstrdup(log_id);
    for (size_t i = 0; scopes != NULL && i < json_object_array_length(scopes); i++) {
        struct json_object *item = json_object_array_get_idx(scopes, i);
        const char *subject = field_text(item, "subject");

        if (subject == NULL)
            subject = field_text(item, "scope");
        if (subject != NULL)
            string_list_add(&answer->scopes, subject);
    }
    for (size_t i = 0; fields != NULL && i < json_object_array_length(fields); i++) {
        struct json_object *item = json_object_array_get_idx(fields, i);
        const char *name = field_text(item, "field"), *description = field_text(item, "description");

        if (name != NULL) {
            CLEANUP_FREE char *text = xasprintf("%s%s%s", name, description != NULL ? ": " : "",
                                                description != NULL ? description : "");

            string_list_add(&answer->fields, text);
        }
    }
}

int codec_answer_parse(const char *body, size_t length, struct codec_answer *ret, struct error *error)
{
    struct codec_answer answer = {.root = parse(body, length, error)};
    struct json_object *code = field(answer.root, "code"), *data = field(answer.root, "data");

    if (answer.root == NULL)
        return -EBADMSG;
    answer.code_told = code != NULL;
    if (code != NULL && !json_number(code, &answer.code)) {
        codec_answer_fini(&answer);
        return error_set(error, -EBADMSG, "the answer's code is not a number");
    }
    if (data != NULL && !json_object_is_type(data, json_type_object)) {
        if (answer.code == 0) {
            codec_answer_fini(&answer);
            return error_set(error, -EBADMSG, "the answer's data is not an object");
        }
        data = NULL; /* a refusal is one, whatever stands beside its code */
    }
    answer.data = data;
    answer.msg = xstrdup(field_text(answer.root, "msg"));
    read_error(answer.root, &answer);
    *ret = answer;
    return 0;
}

void codec_answer_fini(struct codec_answer *answer)
{
    wipe_strings(answer->root);
    json_object_put(answer->root);
    secret_free(answer->msg);
    free(answer->log_id);
    string_list_fini(&answer->scopes);
    string_list_fini(&answer->fields);
    *answer = (struct codec_answer){.root = NULL};
}

/* The token goes into a header: nothing that could end one. */
static bool is_token(const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    }
    return length > 0 && length <= TOKEN_MAX;
}

int codec_token(const struct codec_answer *answer, char **ret_token, int64_t *ret_expire_s,
                struct error *error)
{
    const char *token = field_text(answer->root, "tenant_access_token");
    const char *life = "expire";

    /* The endpoint of 2026 has OAuth's names for the same. */
    if (token == NULL) {
        token = field_text(answer->root, "access_token");
        life = "expires_in";
    }
    if (token == NULL || !is_token(token))
        return error_set(error, -EBADMSG, "the answer has no usable tenant_access_token");
    *ret_token = xstrdup(token);
    *ret_expire_s = field_count(answer->root, life, TIME_MAX_S);
    return 0;
}
