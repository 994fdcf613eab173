/* The months of a tenant's apps. */
#ifndef MEETINGD_CONFIG_CHECK_MONTH_H
#define MEETINGD_CONFIG_CHECK_MONTH_H

#include "config/draft.h"

/* Reports apps of one tenant whose shares of its month are more than there is. Which apps are of one tenant
 * no key says: those are taken to be that ask the same Feishu and have the same monthly_calls. After the apps
 * have been checked each by itself. */
void check_months(const struct drafts *drafts, struct report *report);

#endif
