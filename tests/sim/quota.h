/* The calls that a tenant may make in a calendar month, all its apps together (feishu-api.md 4). */
#ifndef SIM_QUOTA_H
#define SIM_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

struct tenant_quota;

struct quota {
    struct tenant_quota *tenants;
};

void quota_fini(struct quota *quota);

/* Counts a call of the tenant in `month`; false, and not counted, where `limit` (0: none) is reached. */
bool quota_take(struct quota *quota, const char *tenant, int month, int64_t limit);

/* {tenant: calls of the last month it called in}. The caller puts it. */
struct json_object *quota_json(const struct quota *quota);

#endif
