/* Apps: their secrets, tenants, scopes, allow-lists, and what they have used of each API's rate. */
#ifndef SIM_APPS_H
#define SIM_APPS_H

#include <json-c/json.h>

#include "base/error.h"
#include "base/str.h"
#include "sim/rate.h"

enum api {
    API_TOKEN,
    API_APP_TOKEN,
    API_APPLY,
    API_UPDATE,
    API_DELETE,
    API_GET,
    API_ACTIVE,
    API_MEETING,
    API_LIST_BY_NO,
    API_COUNT
};

enum app_state { APP_ENABLED, APP_DISABLED, APP_UNAVAILABLE };

struct app {
    char *app_id;
    char *secret;
    char *tenant;
    struct string_list scopes;
    struct string_list ip_allow; /* empty: anybody */
    enum app_state state;
    struct rate rates[API_COUNT];
    struct app *next;
};

struct apps {
    struct app *first;
};

#define DEFAULT_APP    "cli_9f5343c580712544"
#define DEFAULT_SECRET "sim-secret"
#define DEFAULT_TENANT "2ca1d211f64f6438"

/* With the one that the documents' samples use. */
void apps_init(struct apps *apps);
void apps_fini(struct apps *apps);

/* NULL: no such app. */
struct app *apps_find(const struct apps *apps, const char *app_id);

/* {app_id, app_secret, tenant, scopes: [], ip_allow: [], state: enabled|disabled|unavailable}: adds an app,
 * or changes what is told of one that is there. */
int apps_set(struct apps *apps, struct json_object *object, struct error *error);

/* The caller puts it. Without the secrets. */
struct json_object *apps_json(const struct apps *apps);

#endif
