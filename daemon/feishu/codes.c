/*
 * Feishu's codes, in one table; the number in front is the section of feishu-api.md. Codes decide, and not
 * the HTTP status: a bad token is a 400, a refused secret a 200, and 403 and 404 come from the business layer
 * as well (3.3).
 *
 * A code is a refusal: what it answers was surely not carried out. The one exception is 121001, where the
 * server itself failed half-way, as far as anybody can tell; and an answer without a code says nothing.
 *
 * What an administrator mends for the whole app at once (scopes, the allow-list, an app that is switched off)
 * is FEISHU_PERMISSION, so that nothing has to be repeated by hand afterwards. FEISHU_NOT_FOUND is 121004
 * alone: a reservation is believed to be gone on that word only.
 */
#include "feishu/codes.h"

#include "base/base.h"

#define CREDENTIALS  "check app_id, app_secret and region: an app of Feishu is none of Lark's"
#define SWITCHED_ON  "have the app enabled, and its version published, by the tenant's administrator"
#define TOKEN_ANEW   "a token was asked for anew; if this goes on, check the app's credentials"
#define OWNER        "check owner_id and the other user ids: of this tenant, and of the kind user_id_type says"
#define SCOPE        "give the app this scope in the developer console, and publish a version"
#define UNKNOWN_API  "Feishu does not know this API: check base_url"
#define OVER_RATE    "over the rate limit: meetingd waits"
#define INTERNAL     "an internal error of Feishu's"
#define FEISHUS_PAGE "see Feishu's page on this code"

static const struct code codes[] = {
    /* The reserve family. */
    {/* 1.8 */ 121001, FEISHU_TRANSIENT, LEAVES_OPEN, INTERNAL},
    {/* 1.8 */ 121002, FEISHU_PERMANENT, REFUSES,
     "Feishu does not support this: check the meeting's settings"},
    {/* 1.8 */ 121003, FEISHU_PERMANENT, REFUSES,
     "check owner_id, end_time (at most 30 days ahead), password (4 to 9 digits) and the ids"},
    {/* 1.8 */ 121004, FEISHU_NOT_FOUND, REFUSES, "Feishu has no such reservation, or no meeting under it"},
    {/* 1.8 */ 121005, FEISHU_PERMISSION, REFUSES,
     "the reservation belongs to another app or user, or the owner may not do this"},
    {/* 1.8 */ 123002, FEISHU_PERMANENT, REFUSES, "a one-to-one call cannot be recorded: remove auto_record"},
    {/* 1.8 */ 123003, FEISHU_PERMANENT, REFUSES, "at most 10 users in assign_host_list"},
    {/* 1.8 */ 123004, FEISHU_PERMANENT, REFUSES,
     "check the ids in assign_host_list: users of the same tenant"},
    {/* 1.8 */ 121006, FEISHU_TRANSIENT, REFUSES, "something else changed it at the same time"},

    /* Ids and fields that the gateway refuses. */
    {/* 1.8 */ 99992351, FEISHU_PERMANENT, REFUSES, OWNER},
    {/* 1.8 */ 99992352, FEISHU_PERMANENT, REFUSES, OWNER},
    {/* 1.8 */ 99992353, FEISHU_PERMANENT, REFUSES, OWNER},
    {/* 1.8 */ 99992359, FEISHU_PERMANENT, REFUSES, OWNER},
    {/* 1.8 */ 99992360, FEISHU_PERMANENT, REFUSES, OWNER},
    {/* 1.8 */ 99992361, FEISHU_PERMANENT, REFUSES,
     "an open_id belongs to one app: take the id that this app sees"},
    {/* 1.8 */ 99992363, FEISHU_PERMANENT, REFUSES, OWNER},
    {/* 1.8 */ 99992364, FEISHU_PERMANENT, REFUSES, OWNER},
    {/* 1.8 */ 99992381, FEISHU_PERMANENT, REFUSES, OWNER},
    {/* 1.8 */ 99992402, FEISHU_PERMANENT, REFUSES,
     "a field is missing or has a value that Feishu does not take"},

    /* The token endpoint, which answers them with HTTP 200. */
    {/* 3.1 */ 10003, FEISHU_BAD_TOKEN, REFUSES, CREDENTIALS},
    {/* 3.1 */ 10012, FEISHU_BAD_TOKEN, REFUSES, CREDENTIALS},
    {/* 3.1 */ 10013, FEISHU_BAD_TOKEN, REFUSES, CREDENTIALS},
    {/* 3.1 */ 10014, FEISHU_BAD_TOKEN, REFUSES, CREDENTIALS},
    {/* 3.1 */ 10015, FEISHU_BAD_TOKEN, REFUSES, CREDENTIALS},
    {/* 3.1 */ 2200, FEISHU_TRANSIENT, REFUSES, INTERNAL},

    /* Tokens. A header that did not arrive does not arrive with another token in it either. A tenant token
     * that looks like a user's (a JWT) is refused with the user's codes. */
    {/* 3.3 */ 99991661, FEISHU_BAD_TOKEN, REFUSES,
     "the Authorization header did not arrive: does a proxy drop it?"},
    {/* 3.3 */ 99991663, FEISHU_BAD_TOKEN, REFUSES_TOKEN, TOKEN_ANEW},
    {/* 3.3 */ 99991664, FEISHU_BAD_TOKEN, REFUSES_TOKEN, TOKEN_ANEW},
    {/* 3.3 */ 99991665, FEISHU_BAD_TOKEN, REFUSES_TOKEN, TOKEN_ANEW},
    {/* 3.3 */ 99991668, FEISHU_BAD_TOKEN, REFUSES_TOKEN, TOKEN_ANEW},
    {/* 3.3 */ 99991671, FEISHU_BAD_TOKEN, REFUSES_TOKEN, TOKEN_ANEW},
    {/* 3.3 */ 99991677, FEISHU_BAD_TOKEN, REFUSES_TOKEN, TOKEN_ANEW},
    {/* 3.3 */ 99991543, FEISHU_BAD_TOKEN, REFUSES, CREDENTIALS},

    /* Rights. */
    {/* 3.3 */ 99991401, FEISHU_PERMISSION, REFUSES, "add this machine's address to the app's IP allow-list"},
    {/* 3.3 */ 99991662, FEISHU_PERMISSION, REFUSES, SWITCHED_ON},
    {/* 3.3 */ 99991672, FEISHU_PERMISSION, REFUSES, SCOPE},
    {/* 3.3 */ 99991673, FEISHU_PERMISSION, REFUSES, SWITCHED_ON},
    {/* 3.3 */ 99991674, FEISHU_PERMISSION, REFUSES, "the app's kind of user is not allowed to do this"},
    {/* 3.3 */ 99991675, FEISHU_PERMANENT, REFUSES, OWNER},
    {/* 3.3 */ 99991676, FEISHU_PERMISSION, REFUSES, SCOPE},
    {/* 3.3 */ 99991679, FEISHU_PERMISSION, REFUSES, SCOPE},

    /* Unknown paths and methods, as Feishu's pages have them; what comes in fact is text (codes_without). */
    {/* 3.3 */ 99991201, FEISHU_PERMANENT, REFUSES, UNKNOWN_API},
    {/* 3.3 */ 99991301, FEISHU_PERMANENT, REFUSES, UNKNOWN_API},

    /* Limits; the first comes with HTTP 429 and 400. */
    {/* 4 */ 99991400, FEISHU_RATE, REFUSES, OVER_RATE},
    {/* 4 */ 99991403, FEISHU_QUOTA, REFUSES,
     "the tenant's calls of this month are used up: nothing is asked until the month turns"},
};

/* Codes that nobody wrote down, by HTTP status. */
static const struct code unknown_failure = {0, FEISHU_TRANSIENT, REFUSES, "Feishu failed: " FEISHUS_PAGE};
static const struct code unknown_refusal = {0, FEISHU_PERMANENT, REFUSES, FEISHUS_PAGE};
static const struct code unknown_passing = {0, FEISHU_TRANSIENT, REFUSES, FEISHUS_PAGE};
static const struct code unknown_token = {0, FEISHU_BAD_TOKEN, REFUSES_TOKEN, TOKEN_ANEW};
static const struct code unknown_right = {0, FEISHU_PERMISSION, REFUSES,
                                          "the app may not do this: check its scopes"};

/* Answers without a code. A 429 is a refusal all the same: it stands for 99991400. */
static const struct code bare_rate = {0, FEISHU_RATE, REFUSES, OVER_RATE};
static const struct code bare_failure = {0, FEISHU_TRANSIENT, LEAVES_OPEN,
                                         "Feishu, or something on the way to it, failed"};
static const struct code bare_answer = {0, FEISHU_TRANSIENT, LEAVES_OPEN,
                                        "this is not Feishu's API: check base_url, and proxies on the way"};

_Static_assert(ELEMENTS(codes) == CODES_KNOWN, "the table has another length");

int64_t codes_known(size_t index)
{
    return codes[index].code;
}

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

bool feishu_lacks_scope(const struct feishu_result *result)
{
    return result->code == 99991672 || result->code == 99991676 || result->code == 99991679;
}

const struct code *codes_without(int http_status)
{
    if (http_status == 429)
        return &bare_rate;
    return http_status >= 500 ? &bare_failure : &bare_answer;
}
