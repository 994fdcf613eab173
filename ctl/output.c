#include "output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const styles[] = {
    [STYLE_PLAIN] = "",           [STYLE_HEADING] = "\033[1m", [STYLE_GOOD] = "\033[32m",
    [STYLE_WARNING] = "\033[33m", [STYLE_BAD] = "\033[1;31m",  [STYLE_FAINT] = "\033[2m",
};

#define STYLE_END "\033[0m"

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : NULL;
}

/* COLUMNS is the width wherever it is set; else a terminal has its own, and a pipe or file has none. */
static size_t find_width(bool terminal)
{
    const char *columns = variable("COLUMNS");
    struct winsize size;
    char *end;

    if (columns != NULL) {
        long width = strtol(columns, &end, 10);

        if (*end == '\0' && width > 0 && width < 100000)
            return (size_t)width;
    }
    if (!terminal)
        return 0;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static bool is_dumb(void)
{
    const char *term = variable("TERM");

    return term == NULL || strcmp(term, "dumb") == 0;
}

void output_init(struct output *output)
{
    buffer_init(&output->text);
    output->terminal = isatty(STDOUT_FILENO) == 1;
    output->width = find_width(output->terminal);
    output->screen = output->terminal && !is_dumb();
    output->colour = output->screen && variable("NO_COLOR") == NULL;
    output->pager = output->screen;
}

void output_fini(struct output *output)
{
    if (output->text.data != NULL)
        explicit_bzero(output->text.data, output->text.length);
    buffer_fini(&output->text);
}

void output_styled(struct output *output, enum style style, const char *text)
{
    bool coloured = output->colour && style != STYLE_PLAIN && *text != '\0';

    if (coloured)
        buffer_append_text(&output->text, styles[style]);
    buffer_append_text(&output->text, text);
    if (coloured)
        buffer_append_text(&output->text, STYLE_END);
}

bool output_write(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, data, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            if (errno == EPIPE)
                errno = 0;
            return false;
        }
        data += written;
        length -= (size_t)written;
    }
    return true;
}

bool output_flush(struct output *output)
{
    bool good = output_write(STDOUT_FILENO, output->text.data, output->text.length);

    if (output->text.data != NULL)
        explicit_bzero(output->text.data, output->text.length);
    buffer_clear(&output->text);
    return good;
}

bool output_push(struct output *output)
{
    struct pollfd ready = {.fd = STDOUT_FILENO, .events = POLLOUT};
    size_t done = 0;
    bool good = true;

    /* A pipe that is ready takes as much as this at once. */
    while (good && done < output->text.length && poll(&ready, 1, 0) > 0) {
        size_t left = output->text.length - done, length = left < PIPE_BUF ? left : PIPE_BUF;

        good = output_write(STDOUT_FILENO, output->text.data + done, length);
        if (good)
            done += length;
    }
    buffer_consume(&output->text, done);
    return good;
}

/* The child becomes the pager; 127 tells that there is none. */
static void become_pager(const char *command)
{
    signal(SIGPIPE, SIG_DFL);
    /* As systemctl has it: quit where all fits on one screen, show colours, and leave the screen as it is. */
    setenv("LESS", "FRSXMK", 0);
    setenv("LESSCHARSET", "utf-8", 0);
    if (command != NULL)
        execlp("sh", "sh", "-c", command, (char *)NULL);
    else
        execlp("less", "less", (char *)NULL);
    if (command == NULL)
        execlp("more", "more", (char *)NULL);
    _exit(127);
}

/* Returns false where there is no pager and nothing was shown. */
static bool page(const struct output *output)
{
    const char *command = getenv("PAGER");
    int ends[2], status;
    pid_t child;

    if (command != NULL && (*command == '\0' || strcmp(command, "cat") == 0))
        return false;
    if (pipe(ends) < 0)
        return false;
    child = fork();
    if (child == 0) {
        dup2(ends[0], STDIN_FILENO);
        close(ends[0]);
        close(ends[1]);
        become_pager(command);
    }
    close(ends[0]);
    if (child > 0) {
        /* Ctrl-C is for the pager, and whoever leaves it early has read enough. */
        signal(SIGPIPE, SIG_IGN);
        signal(SIGINT, SIG_IGN);
        output_write(ends[1], output->text.data, output->text.length);
    }
    close(ends[1]);
    if (child < 0)
        return false;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return true;
    }
    signal(SIGINT, SIG_DFL);
    return !WIFEXITED(status) || (WEXITSTATUS(status) != 127 && WEXITSTATUS(status) != 126);
}

bool output_show(struct output *output)
{
    if (output->pager && output->text.length > 0 && page(output)) {
        explicit_bzero(output->text.data, output->text.length);
        buffer_clear(&output->text);
        return true;
    }
    return output_flush(output);
}
