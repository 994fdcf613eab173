/* The daemon: owns every part, starts them in order, and stops them in the reverse one. */
#ifndef MEETINGD_DAEMON_H
#define MEETINGD_DAEMON_H

#include "base/error.h"
#include "config/config.h"

/* Runs until SIGTERM or SIGINT and returns the exit code: 0 stopped, 1 failed (the reason is logged). The
 * configuration, read from `path`, is taken; it is read from there again on SIGHUP, or when an operator asks.
 * Signals must be blocked; they are unblocked once they have handlers. */
int daemon_run(struct config *take_config, const char *path);

#endif
