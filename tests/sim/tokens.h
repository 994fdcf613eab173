/*
 * Tokens (feishu-api.md 3). A tenant token lives two hours; asked for again with half an hour or more left it
 * is the same one, with less a new one follows and the old one stays good until its own end. Each has a
 * number, so that records can tell of a token without telling it.
 */
#ifndef SIM_TOKENS_H
#define SIM_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "sim/apps.h"
#include "sim/dice.h"
#include "sim/switches.h"
#include "sim/users.h"

enum token_kind { TOKEN_TENANT, TOKEN_APP, TOKEN_USER };

struct token {
    char *text;
    int64_t number; /* from 1 */
    enum token_kind kind;
    struct app *app;
    struct user *user;         /* of a user token */
    struct string_list scopes; /* of a user token: what the user granted */
    int64_t expires_ms;
    bool revoked;
    struct token *next; /* older */
};

struct lh_table;

struct tokens {
    struct token *newest;
    struct lh_table *by_text;
    int64_t issued;
};

void tokens_init(struct tokens *tokens);
void tokens_fini(struct tokens *tokens);

/* The tenant or app token that the app gets now, by the rule above. */
struct token *tokens_issue(struct tokens *tokens, struct app *app, enum token_kind kind,
                           const struct switches *switches, int64_t now_ms, struct dice *dice);

/* A user's token; `jwt`: of the newer form, long and beginning with eyJ. */
struct token *tokens_issue_user(struct tokens *tokens, struct app *app, struct user *user, bool jwt,
                                int64_t expires_ms, struct dice *dice);

/* NULL: never issued. */
struct token *tokens_find(const struct tokens *tokens, const char *text);

/* Revokes the tokens of the app (NULL: of all) or the one with the number (0: all); returns how many. */
int64_t tokens_revoke(struct tokens *tokens, const char *app_id, int64_t number);

/* The caller puts it. Without the texts. */
struct json_object *tokens_json(const struct tokens *tokens);

#endif
