/*
 * Feishu's codes, in one table. Codes decide, and not the HTTP status: a bad token is a 400, a refused secret
 * a 200, and 403 and 404 come from the business layer as well (feishu-api.md 3.3).
 *
 * surely_not_done is true for every refusal; it is false where the server itself failed half-way, as far as
 * anybody can tell.
 *
 * What an administrator mends for the whole app at once (scopes, the allow-list, an app that is switched off)
 * is FEISHU_PERMISSION, so that nothing has to be repeated by hand afterwards. FEISHU_NOT_FOUND is 121004
 * alone: a reservation is believed to be gone on that word only.
 */
#include "feishu/codes.h"

#include <stddef.h>

#include "base/base.h"

#define CREDENTIALS "check app_id, app_secret and region: an app of Feishu is none of Lark's"
#define SWITCHED_ON "have the app enabled, and its version published, by the tenant's administrator"
#define TOKEN_ANEW  "a token was asked for anew; if this goes on, check the app's credentials"
#define OWNER       "check owner_id and the other user ids: of this tenant, and of the kind user_id_type says"
#define SCOPE       "give the app this scope in the developer console, and publish a version"

static const struct code codes[] = {
    /* The reserve family, feishu-api.md 1.8. */
    {121001, FEISHU_TRANSIENT, false, false, "an internal error of Feishu's"},
    {121002, FEISHU_PERMANENT, true, false, "Feishu does not support this: check the meeting's settings"},
    {121003, FEISHU_PERMANENT, true, false,
     "check owner_id, end_time (at most 30 days ahead), password (4 to 9 digits) and the ids"},
    {121004, FEISHU_NOT_FOUND, true, false, "Feishu has no such reservation, or no meeting under it"},
    {121005, FEISHU_PERMISSION, true, false,
     "the reservation belongs to another app or user, or the owner may not do this"},
    {123002, FEISHU_PERMANENT, true, false, "a one-to-one call cannot be recorded: remove auto_record"},
    {123003, FEISHU_PERMANENT, true, false, "at most 10 users in assign_host_list"},
    {123004, FEISHU_PERMANENT, true, false, "check the ids in assign_host_list: users of the same tenant"},

    /* Codes of meetings that a reservation's calls may meet, 1.8. */
    {121006, FEISHU_TRANSIENT, true, false, "something else changed it at the same time"},

    /* Ids, from the gateway, 1.8. */
    {99992351, FEISHU_PERMANENT, true, false, OWNER},
    {99992352, FEISHU_PERMANENT, true, false, OWNER},
    {99992353, FEISHU_PERMANENT, true, false, OWNER},
    {99992359, FEISHU_PERMANENT, true, false, OWNER},
    {99992360, FEISHU_PERMANENT, true, false, OWNER},
    {99992361, FEISHU_PERMANENT, true, false,
     "an open_id belongs to one app: take the id that this app sees"},
    {99992363, FEISHU_PERMANENT, true, false, OWNER},
    {99992364, FEISHU_PERMANENT, true, false, OWNER},
    {99992381, FEISHU_PERMANENT, true, false, OWNER},
    {99992402, FEISHU_PERMANENT, true, false, "a field is missing or has a value that Feishu does not take"},

    /* The token endpoint, which answers them with HTTP 200, 3.1. */
    {10003, FEISHU_BAD_TOKEN, true, false, CREDENTIALS},
    {10012, FEISHU_BAD_TOKEN, true, false, CREDENTIALS},
    {10013, FEISHU_BAD_TOKEN, true, false, CREDENTIALS},
    {10014, FEISHU_BAD_TOKEN, true, false, CREDENTIALS},
    {10015, FEISHU_BAD_TOKEN, true, false, CREDENTIALS},
    {2200, FEISHU_TRANSIENT, false, false, "an internal error of Feishu's"},

    /* Tokens, 3.3. */
    {99991661, FEISHU_BAD_TOKEN, true, false,
     "the Authorization header did not arrive: does a proxy drop it?"},
    {99991663, FEISHU_BAD_TOKEN, true, true, TOKEN_ANEW},
    {99991664, FEISHU_BAD_TOKEN, true, true, TOKEN_ANEW},
    {99991665, FEISHU_BAD_TOKEN, true, true, TOKEN_ANEW},
    {99991668, FEISHU_BAD_TOKEN, true, true, TOKEN_ANEW},
    {99991671, FEISHU_BAD_TOKEN, true, true, TOKEN_ANEW},
    {99991677, FEISHU_BAD_TOKEN, true, true, TOKEN_ANEW},
    {99991543, FEISHU_BAD_TOKEN, true, false, CREDENTIALS},

    /* Rights, 3.3. */
    {99991401, FEISHU_PERMISSION, true, false, "add this machine's address to the app's IP allow-list"},
    {99991662, FEISHU_PERMISSION, true, false, SWITCHED_ON},
    {99991672, FEISHU_PERMISSION, true, false, SCOPE},
    {99991673, FEISHU_PERMISSION, true, false, SWITCHED_ON},
    {99991674, FEISHU_PERMISSION, true, false, "the app's kind of user is not allowed to do this"},
    {99991675, FEISHU_PERMANENT, true, false, OWNER},
    {99991676, FEISHU_PERMISSION, true, false, SCOPE},
    {99991679, FEISHU_PERMISSION, true, false, SCOPE},

    /* Unknown paths and methods as Feishu's pages have them, 3.3. */
    {99991201, FEISHU_PERMANENT, true, false, "Feishu does not know this API: check base_url"},
    {99991301, FEISHU_PERMANENT, true, false, "Feishu does not know this API: check base_url"},

    /* Limits, 4. */
    {99991400, FEISHU_RATE, true, false, "over the rate limit: meetingd waits"},
    {99991403, FEISHU_QUOTA, true, false, "the tenant's calls of this month are used up: see monthly_calls"},
};

/* Codes that nobody wrote down, by HTTP status. */
static const struct code unknown_failure = {0, FEISHU_TRANSIENT, false, false, "Feishu failed"};
static const struct code unknown_refusal = {0, FEISHU_PERMANENT, true, false,
                                            "see Feishu's page on this code"};
static const struct code unknown_passing = {0, FEISHU_TRANSIENT, true, false,
                                            "see Feishu's page on this code"};
static const struct code unknown_token = {0, FEISHU_BAD_TOKEN, true, false, CREDENTIALS};
static const struct code unknown_right = {0, FEISHU_PERMISSION, true, false,
                                          "the app may not do this: check its scopes"};

/* Answers without a code. */
static const struct code bare_rate = {0, FEISHU_RATE, true, false, "over the rate limit: meetingd waits"};
static const struct code bare_failure = {0, FEISHU_TRANSIENT, false, false,
                                         "Feishu, or something on the way to it, failed"};
static const struct code bare_answer = {0, FEISHU_TRANSIENT, false, false,
                                        "this is not Feishu's API: check base_url, and proxies on the way"};

const struct code *codes_find(int64_t code, int http_status)
{
    for (size_t i = 0; i < ELEMENTS(codes); i++) {
        if (codes[i].code == code)
            return &codes[i];
    }
    if (http_status >= 500)
        return &unknown_failure;
    if (http_status == 401)
        return &unknown_token;
    if (http_status == 403)
        return &unknown_right;
    if (http_status == 408 || http_status == 409 || http_status == 425 || http_status == 429)
        return &unknown_passing;
    if (http_status >= 400)
        return &unknown_refusal;
    /* A refusal with HTTP 200 says nothing about its kind: it may pass. */
    return &unknown_passing;
}

const struct code *codes_without(int http_status)
{
    if (http_status == 429)
        return &bare_rate;
    return http_status >= 500 ? &bare_failure : &bare_answer;
}
