#include "sim/tokens.h"

#include <stdlib.h>

#include <json-c/linkhash.h>

#include "base/base.h"
#include "sim/member.h"

#define TENANT_LETTERS 40
#define JWT_LETTERS    1200

static const char *const kind_names[] = {"tenant", "app", "user"};

void tokens_init(struct tokens *tokens)
{
    *tokens = (struct tokens){.by_text = lh_kchar_table_new(64, NULL)};
}

void tokens_fini(struct tokens *tokens)
{
    lh_table_free(tokens->by_text);
    while (tokens->newest != NULL) {
        struct token *gone = tokens->newest;

        tokens->newest = gone->next;
        string_list_fini(&gone->scopes);
        free(gone->text);
        free(gone);
    }
}

static struct token *add(struct tokens *tokens, struct app *app, enum token_kind kind, const char *prefix,
                         size_t letters, int64_t expires_ms, struct dice *dice)
{
    struct token *token = xalloc(sizeof(*token));
    char word[JWT_LETTERS + 1];

    dice_word(dice, DICE_LETTERS, letters, word);
    token->text = xasprintf("%s%s", prefix, word);
    token->number = ++tokens->issued;
    token->kind = kind;
    token->app = app;
    token->expires_ms = expires_ms;
    token->next = tokens->newest;
    tokens->newest = token;
    lh_table_insert(tokens->by_text, token->text, token);
    return token;
}

struct token *tokens_issue(struct tokens *tokens, struct app *app, enum token_kind kind,
                           const struct switches *switches, int64_t now_ms, struct dice *dice)
{
    const int64_t again_ms = switches->token_reuse_s * MS_PER_SECOND;
    struct token *token = tokens->newest;

    while (token != NULL && (token->app != app || token->kind != kind))
        token = token->next;
    if (token != NULL && token->expires_ms - now_ms >= again_ms &&
        (!token->revoked || switches->revoked_token == 1))
        return token;
    return add(tokens, app, kind, kind == TOKEN_TENANT ? "t-" : "a-", TENANT_LETTERS,
               now_ms + switches->token_life_s * MS_PER_SECOND, dice);
}

struct token *tokens_issue_user(struct tokens *tokens, struct app *app, struct user *user, bool jwt,
                                int64_t expires_ms, struct dice *dice)
{
    struct token *token = add(tokens, app, TOKEN_USER, jwt ? "eyJ" : "u-", jwt ? JWT_LETTERS : TENANT_LETTERS,
                              expires_ms, dice);

    token->user = user;
    string_list_copy(&token->scopes, &app->scopes);
    return token;
}

struct token *tokens_find(const struct tokens *tokens, const char *text)
{
    void *token = NULL;

    return lh_table_lookup_ex(tokens->by_text, text, &token) ? token : NULL;
}

int64_t tokens_revoke(struct tokens *tokens, const char *app_id, int64_t number)
{
    int64_t count = 0;

    for (struct token *token = tokens->newest; token != NULL; token = token->next) {
        if (token->revoked || (app_id != NULL && !str_equal(token->app->app_id, app_id)) ||
            (number != 0 && token->number != number))
            continue;
        token->revoked = true;
        count++;
    }
    return count;
}

struct json_object *tokens_json(const struct tokens *tokens)
{
    struct json_object *array = json_object_new_array();

    for (const struct token *token = tokens->newest; token != NULL; token = token->next) {
        struct json_object *object = json_object_new_object();

        put_int(object, "number", token->number);
        put_text(object, "kind", kind_names[token->kind]);
        put_text(object, "app", token->app->app_id);
        put_text(object, "user", token->user != NULL ? token->user->ids[ID_OPEN] : NULL);
        put_int(object, "expires_ms", token->expires_ms);
        put_bool(object, "revoked", token->revoked);
        json_object_array_add(array, object);
    }
    return array;
}
