/* What Feishu's gateway looks at before a call reaches its service (feishu-api.md 3.3, 4). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "sim/call.h"
#include "sim/member.h"

#define EMPLOYEE_SCOPE "contact:user.employee_id:readonly"

#define MISSING_TOKEN "Missing access token for authorization. Please make a request with token attached."
#define INVALID_TOKEN "Invalid access token for authorization. Please make a request with token attached."

static const int token_statuses[] = {400, 401, 200};

static bool refuse_token(struct call *call, int64_t code, const char *message)
{
    answer_error(call->answer, token_statuses[call->sim->switches.token_status], code, "%s", message);
    return false;
}

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* A token that Feishu does not know, by what it looks like. */
static bool refuse_unknown(struct call *call, const char *text)
{
    if (begins(text, "t-"))
        return refuse_token(call, 99991663, INVALID_TOKEN);
    if (begins(text, "u-") || begins(text, "eyJ"))
        return refuse_token(call, 99991668, INVALID_TOKEN);
    if (begins(text, "a-"))
        return refuse_token(call, 99991664, "Invalid app access token");
    return refuse_token(call, 99991671, "Invalid access token format: it must begin with t- or u-");
}

static bool check_token(struct call *call)
{
    const char *text = call->request->authorization;
    const struct token *token = call->token;
    bool expired;

    if (text == NULL || !begins(text, "Bearer ") || text[strlen("Bearer ")] == '\0')
        return refuse_token(call, 99991661, MISSING_TOKEN);
    if (token == NULL || token->kind == TOKEN_APP || token->revoked)
        return refuse_unknown(call, text + strlen("Bearer "));
    expired = token->expires_ms <= moment_ms(&call->sim->moment);
    if (expired && (token->kind == TOKEN_USER || call->sim->switches.expired_code == 1))
        return refuse_token(call, 99991677,
                            "Authentication token expired. Please make a request with a new one.");
    if (expired)
        return refuse_token(call, 99991663, INVALID_TOKEN);
    return true;
}

static bool check_app(struct call *call)
{
    static const int ip_statuses[] = {400, 403};
    const struct app *app = call->app;

    if (app->state == APP_DISABLED) {
        answer_error(call->answer, 400, 99991662, "app is not in use");
        return false;
    }
    if (app->state == APP_UNAVAILABLE) {
        answer_error(call->answer, 400, 99991673, "app is unavailable");
        return false;
    }
    if (app->ip_allow.count > 0 && !string_list_has(&app->ip_allow, call->request->address)) {
        answer_error(call->answer, ip_statuses[call->sim->switches.ip_status], 99991401,
                     "ip %s is denied by app setting", call->request->address);
        return false;
    }
    return true;
}

static void refuse_scope(struct call *call, const char *scope)
{
    bool user = call->token->kind == TOKEN_USER;
    const char *host = call->sim->switches.region == 1 ? "open.larksuite.com" : "open.feishu.cn";
    struct json_object *violations = json_object_new_array(), *violation = json_object_new_object();
    struct json_object *helps = json_object_new_array(), *help = json_object_new_object();
    char *url = xasprintf("https://%s/app/%s/auth?q=%s&op_from=openapi&token_type=%s", host,
                          call->app->app_id, scope, user ? "user" : "tenant");

    if (user && string_list_has(&call->app->scopes, scope))
        answer_error(
            call->answer, 400, 99991679,
            "Unauthorized. You do not have permission to perform the requested operation on the resource. "
            "Please request user re-authorization with the scope [%s]",
            scope);
    else
        answer_error(call->answer, 400, 99991672,
                     "Access denied. One of the following scopes is required: [%s]. "
                     "应用尚未开通所需的应用身份权限:[%s],点击链接申请并开通任一权限即可:%s",
                     scope, scope, url);
    put_text(violation, "type", "action_privilege_required");
    put_text(violation, "subject", scope);
    json_object_array_add(violations, violation);
    put(answer_error_object(call->answer), "permission_violations", violations);
    put_text(help, "url", url);
    put_text(help, "description", "申请权限");
    json_object_array_add(helps, help);
    put(answer_error_object(call->answer), "helps", helps);
    free(url);
}

static bool has_scope(const struct call *call, const char *scope)
{
    return string_list_has(&call->app->scopes, scope) &&
           (call->token->kind != TOKEN_USER || string_list_has(&call->token->scopes, scope));
}

static bool check_scopes(struct call *call)
{
    const char *kind = member_text(call->request->query, "user_id_type");

    if (!has_scope(call, call->route->scope)) {
        refuse_scope(call, call->route->scope);
        return false;
    }
    if (str_equal(kind, "user_id") && call->sim->switches.user_id_scope == 0 &&
        !has_scope(call, EMPLOYEE_SCOPE)) {
        refuse_scope(call, EMPLOYEE_SCOPE);
        return false;
    }
    return true;
}

static struct rate_limits limits_of(const struct sim *sim, enum api api)
{
    const struct switches *switches = &sim->switches;
    struct rate_limits limits = {.sliding = switches->rate_window == 1};

    if (api == API_TOKEN || api == API_APP_TOKEN) {
        limits.per_minute = switches->rate_token_per_minute;
    } else if (api == API_LIST_BY_NO) {
        limits.per_minute = switches->rate_list_per_minute;
    } else {
        limits.per_minute = switches->rate_per_minute;
        limits.per_second = switches->rate_per_second;
    }
    return limits;
}

static bool check_rate(struct call *call)
{
    const struct switches *switches = &call->sim->switches;
    struct rate_limits limits = limits_of(call->sim, call->route->api);
    struct rate_refusal refusal = {0, 0};
    char number[24];

    if (rate_take(&call->app->rates[call->route->api], &limits, moment_ms(&call->sim->moment), &refusal))
        return true;
    answer_error(call->answer, switches->rate_status == 0 ? 429 : 400, 99991400,
                 "request trigger frequency limit");
    if (switches->rate_headers == 0) {
        snprintf(number, sizeof(number), "%" PRId64, refusal.limit);
        answer_header(call->answer, "x-ogw-ratelimit-limit", number);
        snprintf(number, sizeof(number), "%" PRId64, refusal.reset_s);
        answer_header(call->answer, "x-ogw-ratelimit-reset", number);
    }
    return false;
}

static bool check_quota(struct call *call)
{
    struct sim *sim = call->sim;

    if (call->route->scope == NULL && sim->switches.quota_tokens == 1)
        return true;
    if (quota_take(&sim->quota, call->app->tenant, moment_month(&sim->moment), sim->switches.quota))
        return true;
    answer_error(call->answer, 429, 99991403, "This month's API call quota has been exceeded");
    return false;
}

bool gateway_admit(struct call *call)
{
    bool needs_token = call->route->scope != NULL;

    if (needs_token && !(check_token(call) && check_app(call) && check_scopes(call)))
        return false;
    /* Who asks for a token is not known before its body is read: nobody's rate, nobody's quota. */
    if (call->app == NULL)
        return true;
    return check_rate(call) && check_quota(call);
}
