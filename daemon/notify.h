/* What systemd is told (sd_notify(3)), and the listening socket that it may pass. Without systemd all of it
 * does nothing. */
#ifndef MEETINGD_NOTIFY_H
#define MEETINGD_NOTIFY_H

#include <stdint.h>

#include "base/error.h"

/* The listening Unix socket that was passed in, -1 where none was, or a negative errno value (below -1) with
 * its text where what was passed is none. */
int notify_passed_socket(struct error *error);

/* The socket answers; or a reload has ended, well or not. */
void notify_ready(void);

/* The configuration is read again; ends with notify_ready(). */
void notify_reloading(void);

/* One line that says how things are, shown by `systemctl status`. */
void notify_status(const char *text);

void notify_stopping(void);

/* How often systemd wants to hear that the daemon is alive, at least (milliseconds); 0: not at all. */
int64_t notify_watchdog_ms(void);

/* The daemon is alive. */
void notify_alive(void);

#endif
