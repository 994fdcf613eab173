/* What concerns a hook and the rest of the configuration. */
#ifndef MEETINGD_CONFIG_CHECK_HOOK_H
#define MEETINGD_CONFIG_CHECK_HOOK_H

#include "config/draft.h"

/* Reports what is wrong with each [hook NAME]. */
void check_hooks(const struct drafts *drafts, struct report *report);

#endif
