#include "sim/quota.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "sim/member.h"

struct tenant_quota {
    char *tenant;
    int month;
    int64_t used;
    struct tenant_quota *next;
};

void quota_fini(struct quota *quota)
{
    while (quota->tenants != NULL) {
        struct tenant_quota *gone = quota->tenants;

        quota->tenants = gone->next;
        free(gone->tenant);
        free(gone);
    }
}

static struct tenant_quota *find(struct quota *quota, const char *tenant)
{
    struct tenant_quota *found = quota->tenants;

    while (found != NULL && strcmp(found->tenant, tenant) != 0)
        found = found->next;
    if (found == NULL) {
        found = xalloc(sizeof(*found));
        found->tenant = xstrdup(tenant);
        found->next = quota->tenants;
        quota->tenants = found;
    }
    return found;
}

bool quota_take(struct quota *quota, const char *tenant, int month, int64_t limit)
{
    struct tenant_quota *found = find(quota, tenant);

    if (found->month != month) {
        found->month = month;
        found->used = 0;
    }
    if (limit > 0 && found->used >= limit)
        return false;
    found->used++;
    return true;
}

struct json_object *quota_json(const struct quota *quota)
{
    struct json_object *object = json_object_new_object();

    for (const struct tenant_quota *tenant = quota->tenants; tenant != NULL; tenant = tenant->next)
        put_int(object, tenant->tenant, tenant->used);
    return object;
}
