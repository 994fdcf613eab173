#include "config/secret.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "base/error.h"

/* Feishu's have 32 characters. */
#define SECRET_MAX 1024

static ssize_t read_all(int fd, char *data, size_t size)
{
    size_t length = 0;

    while (length < size) {
        ssize_t n = read(fd, data + length, size - length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        length += (size_t)n;
    }
    return (ssize_t)length;
}

/* Takes the secret out of what was read. No message shows any of it. */
static int parse_secret(char *data, size_t length, const char *path, char **ret, struct error *error)
{
    if (length > SECRET_MAX)
        return error_set(error, -EINVAL, "%s is longer than any app secret: put the secret alone into it",
                         path);
    while (length > 0 && isspace((unsigned char)data[length - 1]))
        length--;
    if (length == 0)
        return error_set(error, -EINVAL, "%s is empty: put the app secret into it", path);
    for (size_t i = 0; i < length; i++) {
        if (!isgraph((unsigned char)data[i]))
            return error_set(error, -EINVAL,
                             "%s holds more than one word, or no text: put the app secret alone into it",
                             path);
    }
    *ret = xstrndup(data, length);
    return 0;
}

/* `guarded`: whoever made the file answers for who can read it. */
static int read_secret(const char *path, bool guarded, char **ret, struct error *error)
{
    char data[SECRET_MAX + 1];
    struct stat info;
    ssize_t length;
    int fd, r;

    /* Not to wait for a writer where the path is a pipe's. */
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        const char *mend = errno == ENOENT ? "put the app secret into it" : "let the daemon's user read it";

        r = -errno;
        return error_set(error, r, "%s cannot be read: %s: %s", path, strerror(errno), mend);
    }
    if (fstat(fd, &info) < 0) {
        r = error_set(error, -errno, "%s cannot be read: %s", path, strerror(errno));
    } else if (!S_ISREG(info.st_mode)) {
        r = error_set(error, -EINVAL, "%s is no file: write the path of one that holds the app secret", path);
    } else if (!guarded && (info.st_mode & S_IRWXO) != 0) {
        r = error_set(error, -EPERM, "%s is open to everyone (mode %04o): run \"chmod o= %s\"", path,
                      (unsigned)(info.st_mode & 07777), path);
    } else {
        length = read_all(fd, data, sizeof(data));
        if (length < 0)
            r = error_set(error, (int)length, "%s cannot be read: %s", path, strerror(-(int)length));
        else
            r = parse_secret(data, (size_t)length, path, ret, error);
        explicit_bzero(data, sizeof(data));
    }
    close(fd);
    return r;
}

void secret_load(struct draft *app, struct report *report)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    struct app_values *values = app->values;
    CLEANUP_FREE char *credential = NULL, *path = NULL;
    struct error error;
    int r;

    if (!draft_good(app, KEY_APP_SECRET_FILE))
        return;
    if (values->app_secret_file != NULL) {
        r = read_secret(values->app_secret_file, false, &values->app.app_secret, &error);
        /* Whoever only checks need not be the daemon's user; the daemon does not start without the secret. */
        if (r < 0)
            draft_report(app, report, r == -EACCES ? CONFIG_WARNING : CONFIG_MISTAKE, KEY_APP_SECRET_FILE,
                         "%s", error.text);
        return;
    }
    if (!draft_misses(app, KEY_APP_SECRET_FILE))
        return;

    credential =
        strcmp(app->name, "default") == 0 ? xstrdup("app_secret") : xasprintf("app_secret.%s", app->name);
    if (directory == NULL || directory[0] == '\0') {
        draft_report(app, report, CONFIG_NOTE, KEY_APP_SECRET_FILE,
                     "the secret comes from the systemd credential %s, which is not there outside systemd",
                     credential);
        return;
    }
    path = xasprintf("%s/%s", directory, credential);
    /* The directory is closed to everyone else; the mode of the file in it is systemd's own affair. */
    r = read_secret(path, true, &values->app.app_secret, &error);
    if (r == -ENOENT)
        draft_report(app, report, CONFIG_MISTAKE, KEY_APP_SECRET_FILE,
                     "there is no systemd credential %s: add LoadCredential=%s:FILE to the unit, or write "
                     "app_secret_file here",
                     credential, credential);
    else if (r < 0)
        draft_report(app, report, CONFIG_MISTAKE, KEY_APP_SECRET_FILE, "%s", error.text);
}
