#include "config/config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "base/buffer.h"
#include "config/load.h"

/* Far more than any configuration; something that never ends has to end somewhere. */
#define FILE_MAX ((size_t)64 << 20)

#define CHUNK 65536

static int read_fd(int fd, struct buffer *data)
{
    struct stat info;

    /* At once, so that growing leaves no copies of passwords behind. */
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && (uint64_t)info.st_size <= FILE_MAX)
        buffer_reserve(data, (size_t)info.st_size + CHUNK);
    for (;;) {
        ssize_t n;

        buffer_reserve(data, CHUNK);
        n = read(fd, data->data + data->length, CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : 0;
        data->length += (size_t)n;
        if (data->length > FILE_MAX)
            return -EFBIG;
    }
}

static const char *mend_of(int error, bool drop_in)
{
    switch (error) {
    case -ENOENT:
        return drop_in ? "remove the link, or write the file that it names"
                       : "write the file, or name another one with --config";
    case -EACCES:
    case -EPERM:
        return "let the daemon's user read it";
    case -EISDIR:
        return "write the path of a file";
    default:
        return "write it anew";
    }
}

static void load_file(struct load *load, const char *path, bool drop_in)
{
    struct report_source *source = load_add_source(load, path);
    struct buffer data = BUFFER_EMPTY;
    int fd = open(path, O_RDONLY | O_CLOEXEC), r;

    if (fd >= 0) {
        r = read_fd(fd, &data);
        close(fd);
    } else {
        r = -errno;
    }
    if (r == 0)
        load_text(load, source, data.data, data.length);
    else
        report_add(&load->report, CONFIG_MISTAKE, source, 0, NULL, NULL, "the file cannot be read: %s: %s",
                   strerror(-r), mend_of(r, drop_in));
    if (data.data != NULL)
        explicit_bzero(data.data, data.capacity);
    buffer_fini(&data);
}

static int is_drop_in(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return entry->d_name[0] != '.' && length > strlen(".conf") &&
           strcmp(entry->d_name + length - strlen(".conf"), ".conf") == 0;
}

/* By bytes: the order is the same in every locale. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void load_drop_ins(struct load *load, const char *directory)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, is_drop_in, compare_names);

    if (count < 0 && errno != ENOENT) {
        int r = -errno;

        report_add(&load->report, CONFIG_MISTAKE, load_add_source(load, directory), 0, NULL, NULL,
                   "the directory cannot be read: %s: %s", strerror(-r),
                   r == -ENOTDIR ? "make it a directory, or remove it" : "let the daemon's user read it");
    }
    for (int i = 0; i < count; i++) {
        CLEANUP_FREE char *path = xasprintf("%s/%s", directory, entries[i]->d_name);

        load_file(load, path, true);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

int config_load(const char *path, struct config **ret, struct config_report *report)
{
    CLEANUP_FREE char *directory = xasprintf("%s.d", path);
    struct load load;

    load_init(&load);
    load_file(&load, path, false);
    load_drop_ins(&load, directory);
    return load_finish(&load, ret, report);
}

struct config *config_free(struct config *config)
{
    if (config == NULL)
        return NULL;
    free(config->socket);
    free(config->state);
    free(config->timezone);
    string_list_fini(&config->operators);
    for (size_t i = 0; i < config->app_count; i++)
        app_free(config->apps[i]);
    free(config->apps);
    plan_list_fini(&config->plans);
    hook_list_fini(&config->hooks);
    free(config);
    return NULL;
}

struct app *config_find_app(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->app_count; i++) {
        if (str_equal(config->apps[i]->name, name))
            return config->apps[i];
    }
    return NULL;
}

char *config_secret_problem(const struct app *app)
{
    bool is_default = strcmp(app->name, "default") == 0;

    if (app->app_secret != NULL)
        return NULL;
    return xasprintf("app %s has no secret: set app_secret_file, or the systemd credential app_secret%s%s",
                     app->name, is_default ? "" : ".", is_default ? "" : app->name);
}
