/* Tokens for apps (feishu-api.md 3.1): failures are HTTP 200 with a code, and no data stands in the envelope.
 */
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "sim/call.h"
#include "sim/handlers.h"
#include "sim/member.h"

static void refuse(struct call *call, int64_t code, const char *message)
{
    struct json_object *root = json_object_new_object();

    put_int(root, "code", code);
    if (code == 10003)
        put(root, "data", json_object_new_object());
    put_text(root, "msg", message);
    answer_json(call->answer, 200, code, root);
}

static bool well_formed(const char *app_id)
{
    return app_id != NULL && strncmp(app_id, "cli_", 4) == 0 &&
           strspn(app_id + 4, "0123456789abcdefghijklmnopqrstuvwxyz") == strlen(app_id + 4) &&
           app_id[4] != '\0';
}

void handle_token(struct call *call)
{
    static const int64_t secret_codes[] = {10014, 10015, 99991543};
    struct sim *sim = call->sim;
    const char *app_id = member_text(call->body, "app_id"), *secret = member_text(call->body, "app_secret");
    const int64_t now_ms = moment_ms(&sim->moment);
    struct json_object *root;
    struct token *token;

    if (!well_formed(app_id) || secret == NULL || *secret == '\0') {
        refuse(call, 10003, "invalid param");
        return;
    }
    if (call->app == NULL) {
        refuse(call, 10014, "app id not exists");
        return;
    }
    if (!str_equal(call->app->secret, secret)) {
        refuse(call, secret_codes[sim->switches.secret_error], "app secret invalid");
        return;
    }
    if (call->app->state != APP_ENABLED) {
        refuse(call, 10014, "app is not usable");
        return;
    }
    root = json_object_new_object();
    put_int(root, "code", 0);
    put_text(root, "msg", "ok");
    token = tokens_issue(&sim->tokens, call->app, TOKEN_TENANT, &sim->switches, now_ms, &sim->dice);
    put_text(root, "tenant_access_token", token->text);
    if (call->route->api == API_APP_TOKEN) {
        token = tokens_issue(&sim->tokens, call->app, TOKEN_APP, &sim->switches, now_ms, &sim->dice);
        put_text(root, "app_access_token", token->text);
    }
    call->token = token;
    put_int(root, "expire", (token->expires_ms - now_ms) / MS_PER_SECOND);
    answer_json(call->answer, 200, 0, root);
}
