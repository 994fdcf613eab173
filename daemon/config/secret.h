/* Where an app's secret comes from: a file that the configuration names, or a credential of systemd's. */
#ifndef MEETINGD_CONFIG_SECRET_H
#define MEETINGD_CONFIG_SECRET_H

#include "config/draft.h"

/* Reads the secret into the app's values, or reports why there is none. */
void secret_load(struct draft *app, struct report *report);

#endif
