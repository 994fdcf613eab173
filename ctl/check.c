/* check: meetingd looks for the mistakes itself; it is the one that knows. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "ctl.h"

/* The meetingd beside this program, as in a build tree; NULL where there is none. The caller frees it. */
static char *meetingd_beside(void)
{
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash, *path;

    if (length <= 0)
        return NULL;
    self[length] = '\0';
    slash = strrchr(self, '/');
    if (slash == NULL)
        return NULL;
    *slash = '\0';
    path = xasprintf("%s/meetingd", self);
    if (access(path, X_OK) == 0)
        return path;
    free(path);
    return NULL;
}

char *check_meetingd(void)
{
    char *meetingd = meetingd_beside();

    return meetingd != NULL ? meetingd : xstrdup(SBINDIR "/meetingd");
}

int command_check(struct ctl *ctl)
{
    char *meetingd = check_meetingd(), check[] = "--check", config[] = "--config", name[] = "meetingd";
    char *arguments[] = {name, check, NULL, NULL, NULL};

    if (ctl->options->argument_count > 0) {
        arguments[2] = config;
        arguments[3] = ctl->options->arguments[0];
    }
    execv(meetingd, arguments);
    complain("%s cannot be run: %s", meetingd, strerror(errno));
    complain_more("It is the daemon that looks for the mistakes: is it installed?");
    free(meetingd);
    return EXIT_REFUSED;
}
