#include "notify.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <systemd/sd-daemon.h>

int notify_passed_socket(struct error *error)
{
    int count = sd_listen_fds(1);

    if (count < 0)
        return error_set(error, count, "cannot read the sockets that systemd passed: %s", strerror(-count));
    if (count == 0)
        return -1;
    if (count > 1)
        return error_set(error, -EINVAL,
                         "systemd passed %d sockets, but one is all that is used: check meetingd.socket",
                         count);
    if (sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, NULL, 0) <= 0)
        return error_set(
            error, -EINVAL,
            "the socket that systemd passed is no listening Unix stream socket: check meetingd.socket");
    return SD_LISTEN_FDS_START;
}

void notify_ready(void)
{
    sd_notify(0, "READY=1");
}

void notify_reloading(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
               (uint64_t)now.tv_sec * UINT64_C(1000000) + (uint64_t)now.tv_nsec / UINT64_C(1000));
}

void notify_status(const char *text)
{
    sd_notifyf(0, "STATUS=%s", text);
}

void notify_stopping(void)
{
    sd_notify(0, "STOPPING=1\nSTATUS=Stopping");
}

int64_t notify_watchdog_ms(void)
{
    uint64_t interval_us;

    /* The variables are for this process, not for those that it starts. */
    if (sd_watchdog_enabled(1, &interval_us) <= 0)
        return 0;
    return (int64_t)(interval_us / 1000);
}

void notify_alive(void)
{
    sd_notify(0, "WATCHDOG=1");
}
