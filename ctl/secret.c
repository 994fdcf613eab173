#include "secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/base.h"

#define SECRET_MAX 256

/* Byte by byte: nothing of a secret is left in a buffer of stdio's, and nothing behind the line is taken.
 * Returns the length without the line's end, or a negative errno value. */
static int read_line(char line[SECRET_MAX])
{
    int length = 0;

    for (;;) {
        char c;
        ssize_t got = read(STDIN_FILENO, &c, 1);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
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

int secret_read(const char *prompt, char **ret, struct error *error)
{
    struct termios with_echo, without;
    bool terminal = tcgetattr(STDIN_FILENO, &with_echo) == 0;
    char line[SECRET_MAX];
    int length;

    if (terminal) {
        fputs(prompt, stderr);
        without = with_echo;
        without.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &without);
    }
    length = read_line(line);
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &with_echo);
        fputc('\n', stderr);
    }
    if (length == -EMSGSIZE)
        error_set(error, length, "the line on standard input is too long");
    else if (length < 0)
        error_set(error, length, "standard input cannot be read: %s", strerror(-length));
    else
        *ret = xstrdup(line);
    explicit_bzero(line, sizeof(line));
    return length < 0 ? length : 0;
}
