/* What concerns several keys, or several sections. */
#ifndef MEETINGD_CONFIG_CHECK_H
#define MEETINGD_CONFIG_CHECK_H

#include "config/draft.h"

/* Reports what does not fit together, reads the apps' secrets, and fills in what one section takes from
 * another. `daemon` is the draft of [daemon]. */
void check_drafts(const struct drafts *drafts, struct draft *daemon, struct report *report);

#endif
