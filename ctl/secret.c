#include "secret.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/base.h"

#define SECRET_MAX 256

/* Waits for input, or for a signal that will end (or stop) the program once it is let through; -EINTR then.
 */
static int wait_for_input(int signals)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = signals, .events = POLLIN}};

    while (poll(fds, ELEMENTS(fds), -1) < 0) {
        if (errno != EINTR)
            return -errno;
    }
    return fds[1].revents != 0 ? -EINTR : 0;
}

/* Byte by byte: nothing of a secret is left in a buffer of stdio's, and nothing behind the line is taken.
 * Returns the length without the line's end, or a negative errno value. */
static int read_line(int signals, char line[SECRET_MAX])
{
    int length = 0;

    for (;;) {
        char c = 0;
        int result = wait_for_input(signals);
        ssize_t got = result == 0 ? read(STDIN_FILENO, &c, 1) : result;

        if (result < 0)
            return result;
        if (got < 0)
            return -errno;
        if (got == 0 && length == 0)
            return -ENODATA;
        if (got == 0 || c == '\n')
            break;
        if (length == SECRET_MAX - 1)
            return -EMSGSIZE;
        line[length++] = c;
    }
    if (length > 0 && line[length - 1] == '\r')
        length--;
    line[length] = '\0';
    return length;
}

/* The terminal gets its echo back before a signal does what it does. */
static int read_unseen(const char *prompt, const struct termios *with_echo, char line[SECRET_MAX])
{
    struct termios without = *with_echo;
    sigset_t mask, old;
    int signals, length;

    sigemptyset(&mask);
    sigaddset(&mask, SIGINT);
    sigaddset(&mask, SIGQUIT);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGHUP);
    sigaddset(&mask, SIGTSTP);
    sigprocmask(SIG_BLOCK, &mask, &old);
    signals = signalfd(-1, &mask, SFD_CLOEXEC);
    without.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &without);
    fputs(prompt, stderr);
    length = read_line(signals, line);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, with_echo);
    fputc('\n', stderr);
    if (signals >= 0)
        close(signals);
    sigprocmask(SIG_SETMASK, &old, NULL);
    return length;
}

int secret_read(const char *prompt, char **ret, struct error *error)
{
    struct termios with_echo;
    char line[SECRET_MAX] = "";
    int length;

    if (tcgetattr(STDIN_FILENO, &with_echo) == 0)
        length = read_unseen(prompt, &with_echo, line);
    else
        length = read_line(-1, line);
    if (length == -EMSGSIZE)
        error_set(error, length, "the line on standard input is too long");
    else if (length == -ENODATA)
        /* Whoever was to write it has failed: that is no wish for a meeting without one. */
        error_set(error, length, "standard input ended before a line came; an empty line means none");
    else if (length < 0)
        error_set(error, length, "standard input cannot be read: %s", strerror(-length));
    else
        *ret = xstrdup(line);
    explicit_bzero(line, sizeof(line));
    return length < 0 ? length : 0;
}
