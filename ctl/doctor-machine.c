/* doctor: the configuration, the secret, the clock, the unit and the disk, as this machine tells of them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "doctor.h"
#include "text.h"

#define CONFIGURATION SYSCONFDIR "/meetingd/meetingd.conf"
#define CREDENTIAL    SYSCONFDIR "/meetingd/app_secret"
#define STATE         "/var/lib/meetingd/meetingd.db"

#define MIB             ((uint64_t)1024 * 1024)
#define DISK_LEAST_MIB  ((uint64_t)10)
#define DISK_ENOUGH_MIB ((uint64_t)100)
#define INODES_ENOUGH   1000

/* The line that begins at `text`, without its end. The caller frees it. */
static char *line_at(const char *text)
{
    return xstrndup(text, strcspn(text, "\n"));
}

static const char *next_line(const char *text)
{
    text += strcspn(text, "\n");
    return *text != '\0' ? text + 1 : text;
}

/* The first line that holds `part`, and how many do. The caller frees it; NULL: none. */
static char *find_line(const char *text, const char *part, size_t *ret_count)
{
    char *found = NULL;

    *ret_count = 0;
    for (; *text != '\0'; text = next_line(text)) {
        char *line = line_at(text);

        if (strstr(line, part) != NULL && ++*ret_count == 1)
            found = line;
        else
            free(line);
    }
    return found;
}

static char *last_line(const char *text)
{
    const char *last = text;

    for (; *text != '\0'; text = next_line(text))
        last = text;
    return line_at(last);
}

/* Warnings and notes are told beside the mistakes. The caller frees it. */
static char *first_mistake(const char *text)
{
    for (; *text != '\0'; text = next_line(text)) {
        char *line = line_at(text);

        if (strstr(line, ": warning: ") == NULL && strstr(line, ": note: ") == NULL)
            return line;
        free(line);
    }
    return xstrdup("");
}

/* The secret that systemd hands over. Where another file is named, the configuration's check looks at it. */
static void look_at_secret(struct doctor *doctor, bool is_credential)
{
    struct stat info;

    if (!is_credential)
        doctor_find(doctor, "secret", VERDICT_OK, NULL,
                    "from app_secret_file, which was looked at with the configuration");
    else if (stat(CREDENTIAL, &info) < 0 && errno == EACCES)
        doctor_find(doctor, "secret", VERDICT_OK, NULL, "%s is not for you to see, as it should be",
                    CREDENTIAL);
    else if (stat(CREDENTIAL, &info) < 0)
        doctor_find(doctor, "secret", VERDICT_WARN,
                    "Put the app's secret into it: install -m 600 /dev/stdin " CREDENTIAL
                    "; or name another file by app_secret_file.",
                    "%s: %s, and the unit does not start without it", CREDENTIAL, strerror(errno));
    else if ((info.st_mode & (S_IRWXO | S_IRWXG)) != 0)
        doctor_find(doctor, "secret", VERDICT_FAIL, "Run \"chmod 600 " CREDENTIAL "\".",
                    "%s can be read by others (mode %04o)", CREDENTIAL, (unsigned)(info.st_mode & 07777));
    else
        doctor_find(doctor, "secret", VERDICT_OK, NULL, "%s, for its owner alone", CREDENTIAL);
}

void doctor_configuration(struct doctor *doctor)
{
    const char *known = member_text(doctor->status, "configuration");
    CLEANUP_FREE char *path = xstrdup(known != NULL ? known : CONFIGURATION), *word = text_quoted(path);
    char check[] = "--check", config[] = "--config";
    CLEANUP_FREE char *meetingd = check_meetingd(), *first = NULL, *last = NULL, *note = NULL, *mend = NULL;
    CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY;
    char *const arguments[] = {meetingd, check, config, path, NULL};
    size_t warnings, notes;
    int code;

    if (access(path, R_OK) < 0 && errno == EACCES) {
        doctor_find(doctor, "configuration", VERDICT_WARN, "Run meetingctl doctor as root.",
                    "%s is not for you to read", path);
        return;
    }
    if (access(path, F_OK) < 0 && errno == ENOENT) {
        doctor_find(doctor, "configuration", VERDICT_FAIL,
                    "Write it: meetingd.conf(5) has an example. One that is elsewhere: meetingctl check FILE",
                    "there is no %s", path);
        return;
    }
    buffer_append_text(&text, "");
    code = doctor_run(arguments, &text);
    last = last_line(text.data);
    mend = xasprintf("See all of it: meetingctl check %s", word);
    if (code == 0) {
        first = find_line(text.data, ": warning: ", &warnings);
        note = find_line(text.data, "systemd credential", &notes);
        if (warnings == 0)
            doctor_find(doctor, "configuration", VERDICT_OK, NULL, "%s", last);
        else
            doctor_find(doctor, "configuration", VERDICT_WARN, mend, "%s%s", first,
                        warnings > 1 ? " (and more)" : "");
        look_at_secret(doctor, note != NULL);
    } else if (code == 4) {
        first = first_mistake(text.data);
        doctor_find(doctor, "configuration", VERDICT_FAIL, mend, "%s", first);
    } else {
        doctor_find(doctor, "configuration", VERDICT_FAIL, "Is meetingd installed as a whole?",
                    "%s cannot look at it (%s)", meetingd, code == 127 ? "it does not run" : last);
    }
}

void doctor_clock_here(struct doctor *doctor)
{
    struct timex clock = {.modes = 0};
    int state = adjtimex(&clock);

    if (state < 0)
        doctor_find(doctor, "clock", VERDICT_WARN, NULL, "the system does not tell how its clock is: %s",
                    strerror(errno));
    else if (state == TIME_ERROR || (clock.status & STA_UNSYNC) != 0)
        doctor_find(doctor, "clock", VERDICT_WARN,
                    "Run a time service, such as systemd-timesyncd or chrony; in a container, on its host.",
                    "nothing keeps this machine's clock right, as far as the kernel knows");
    else
        doctor_find(doctor, "clock", VERDICT_OK, NULL, "the kernel says that it is kept right");
}

/* A property of `systemctl show`. The caller frees it. */
static char *property(const char *text, const char *name)
{
    CLEANUP_FREE char *lead = xasprintf("%s=", name);
    size_t count;
    char *line = find_line(text, lead, &count), *value;

    value = xstrdup(line != NULL && strncmp(line, lead, strlen(lead)) == 0 ? line + strlen(lead) : "");
    free(line);
    return value;
}

void doctor_unit(struct doctor *doctor)
{
    char systemctl[] = "systemctl", show[] = "show", unit[] = "meetingd.service";
    char properties[] = "--property=LoadState,ActiveState,UnitFileState,NeedDaemonReload";
    char *const arguments[] = {systemctl, show, unit, properties, NULL};
    CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY;
    CLEANUP_FREE char *load = NULL, *active = NULL, *enabled = NULL, *outdated = NULL;

    if (access("/run/systemd/system", F_OK) < 0) {
        doctor_find(doctor, "unit", VERDICT_OK, NULL,
                    "systemd does not run here: there is no unit to look at");
        return;
    }
    buffer_append_text(&text, "");
    if (doctor_run(arguments, &text) != 0) {
        doctor_find(doctor, "unit", VERDICT_WARN, NULL, "systemctl does not tell of it: %s", text.data);
        return;
    }
    load = property(text.data, "LoadState");
    active = property(text.data, "ActiveState");
    enabled = property(text.data, "UnitFileState");
    outdated = property(text.data, "NeedDaemonReload");
    if (strcmp(load, "loaded") != 0)
        doctor_find(doctor, "unit", VERDICT_WARN,
                    "Install it (see README), and run \"systemctl daemon-reload\".",
                    "systemd has no unit meetingd.service (%s)", load);
    else if (strcmp(active, "failed") == 0)
        doctor_find(doctor, "unit", VERDICT_FAIL, "See why: journalctl -u meetingd",
                    "meetingd.service failed");
    else if (strcmp(active, "active") != 0 && strcmp(active, "reloading") != 0)
        doctor_find(doctor, "unit", VERDICT_FAIL, "Run \"systemctl start meetingd\".",
                    "meetingd.service is %s", active);
    else if (strcmp(outdated, "yes") == 0)
        doctor_find(doctor, "unit", VERDICT_WARN, "Run \"systemctl daemon-reload\", then restart meetingd.",
                    "meetingd.service has changed on the disk");
    else if (strcmp(enabled, "disabled") == 0)
        doctor_find(doctor, "unit", VERDICT_WARN, "Run \"systemctl enable meetingd\".",
                    "meetingd.service runs, but does not start with the machine");
    else
        doctor_find(doctor, "unit", VERDICT_OK, NULL, "meetingd.service is %s, %s", active, enabled);
}

/* The file system of a path of which not all need be there, or be open to everybody. */
static int find_space(char *path, struct statvfs *ret)
{
    while (statvfs(path, ret) < 0) {
        char *slash = strrchr(path, '/');

        if ((errno != ENOENT && errno != EACCES) || slash == NULL)
            return -errno;
        slash[slash == path ? 1 : 0] = '\0';
    }
    return 0;
}

void doctor_disk(struct doctor *doctor)
{
    const char *state = member_text(member_object(doctor->status, "store"), "path");
    CLEANUP_FREE char *path = xstrdup(state != NULL ? state : STATE);
    struct statvfs space;
    uint64_t left_mib;
    int result = find_space(path, &space);

    if (result < 0) {
        doctor_find(doctor, "disk", VERDICT_WARN, NULL, "%s: %s", path, strerror(-result));
        return;
    }
    left_mib = (uint64_t)space.f_bavail * space.f_frsize / MIB;
    if ((space.f_flag & ST_RDONLY) != 0)
        doctor_find(doctor, "disk", VERDICT_FAIL, "Mount it for writing.",
                    "the file system of %s cannot be written", path);
    else if (left_mib < DISK_ENOUGH_MIB)
        doctor_find(doctor, "disk", left_mib < DISK_LEAST_MIB ? VERDICT_FAIL : VERDICT_WARN,
                    "Make room: what cannot be written down is not reserved.",
                    "%" PRIu64 " MiB are left for %s", left_mib, state != NULL ? state : STATE);
    else if (space.f_files > 0 && space.f_favail < INODES_ENOUGH)
        doctor_find(doctor, "disk", VERDICT_WARN, "Remove files.", "hardly a file more fits beside %s",
                    state != NULL ? state : STATE);
    else
        doctor_find(doctor, "disk", VERDICT_OK, NULL, "%" PRIu64 " MiB are left for %s", left_mib,
                    state != NULL ? state : STATE);
}
