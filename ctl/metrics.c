/* metrics: the daemon's figures, to be read, or as a file for node_exporter's textfile collector. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "ctl.h"
#include "exposition.h"
#include "text.h"

/* Any user's node_exporter may read it, whatever our umask is. */
#define FILE_MODE 0644

/* A device or a pipe must not be replaced by a file. */
static bool may_be_replaced(const char *path)
{
    struct stat found;

    return stat(path, &found) < 0 || S_ISREG(found.st_mode);
}

/* Whoever reads `path` finds the old text or the new one, whole. The new one is written beside it, under a
 * name that no collector takes for one of its own (*.prom). */
static int replace_file(const char *path, const struct buffer *text)
{
    CLEANUP_FREE char *beside = xasprintf("%s.XXXXXX", path);
    int fd = mkstemp(beside), result;

    if (fd < 0)
        return -errno;
    result = output_write(fd, text->data, text->length) ? 0 : -errno;
    if (result == 0 && (fchmod(fd, FILE_MODE) < 0 || fsync(fd) < 0))
        result = -errno;
    if (close(fd) < 0 && result == 0)
        result = -errno;
    if (result == 0 && rename(beside, path) < 0)
        result = -errno;
    if (result < 0)
        unlink(beside);
    return result;
}

static int write_file(const char *path, const char *openmetrics, struct ctl *ctl)
{
    CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY;
    int result;

    if (exposition_append(&text, openmetrics) < 0) {
        struct error error;

        error_set(&error, -EBADMSG, "the figures in the answer are cut");
        return ctl_lost(ctl, &error);
    }
    if (!may_be_replaced(path)) {
        complain("%s: not written: it is no regular file", path);
        return EXIT_REFUSED;
    }
    result = replace_file(path, &text);
    if (result == 0)
        return EXIT_DONE;
    complain("%s: not written: %s", path, strerror(-result));
    if (result == -ENOENT)
        complain_more("Its directory has to exist; it is the one of node_exporter's "
                      "--collector.textfile.directory");
    else if (result == -EACCES)
        complain_more("A new file is written beside it: its directory has to be writable");
    return EXIT_REFUSED;
}

/* Line by line; on a terminal with nothing in it that the terminal might obey. */
static void print(struct ctl *ctl, const char *openmetrics)
{
    if (!ctl->output.terminal) {
        buffer_append_text(&ctl->output.text, openmetrics);
        return;
    }
    while (*openmetrics != '\0') {
        size_t length = strcspn(openmetrics, "\n");
        CLEANUP_FREE char *line = text_clean(openmetrics, length);

        buffer_printf(&ctl->output.text, "%s\n", line);
        openmetrics += length + (openmetrics[length] == '\n');
    }
}

int command_metrics(struct ctl *ctl)
{
    struct json_object *parameters = json_object_new_object();
    CLEANUP_FREE char *openmetrics = NULL;
    struct reply reply;
    int code;

    if (ctl->options->no_plans)
        json_object_object_add(parameters, "plans", json_object_new_boolean(false));
    code = ctl_call(ctl, "GetMetrics", parameters, &reply);
    if (code != 0)
        return code;
    openmetrics = reply_text(&reply, "openmetrics");
    if (openmetrics == NULL)
        code = ctl_no_member(ctl, "openmetrics");
    else if (ctl->options->json)
        ctl_write_json(ctl, &reply);
    else if (ctl->options->write != NULL)
        code = write_file(ctl->options->write, openmetrics, ctl);
    else
        print(ctl, openmetrics);
    reply_fini(&reply);
    return code;
}
