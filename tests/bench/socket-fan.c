/* socket-load: one change to many who watch, and commands from start to end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "bench/socket-load.h"

/* Until nothing has come for so long, what comes belongs to the beginning of a watch. */
#define QUIET_MS 100

/* So long a change may take. */
#define PATIENCE_MS 10000

/* Reads until all but the stalled have another message, or all is quiet. */
static void hear(int poll_fd, int wanted, int timeout_ms)
{
    struct epoll_event events[256];

    while (wanted > 0) {
        int count = epoll_wait(poll_fd, events, ELEMENTS(events), timeout_ms);

        if (count == 0 && timeout_ms == PATIENCE_MS) {
            errno = ETIMEDOUT;
            give_up("a change has not reached everyone");
        }
        if (count <= 0)
            return;
        for (int i = 0; i < count; i++)
            wanted -= receive(events[i].data.fd) > 0 ? 1 : 0;
    }
}

static bool is_readable(int fd)
{
    struct pollfd state = {.fd = fd, .events = POLLIN};

    return poll(&state, 1, 0) > 0;
}

void load_fan(const char *pid, const char *path, const struct message *watch, const char *trigger_path,
              const struct message *trigger, int watchers, int stalled, int rounds)
{
    int poll_fd = epoll_create1(EPOLL_CLOEXEC), trigger_fd = connect_to(trigger_path);
    int *fds = xcalloc((size_t)watchers + (size_t)stalled, sizeof(*fds));
    struct times times = {.count = 0};
    int64_t cpu_before_ns;

    for (int i = 0; i < watchers + stalled; i++) {
        struct epoll_event event = {.events = EPOLLIN};

        fds[i] = event.data.fd = connect_to(path);
        send_message(fds[i], watch);
        if (i < watchers && epoll_ctl(poll_fd, EPOLL_CTL_ADD, fds[i], &event) < 0)
            give_up("epoll");
    }
    hear(poll_fd, INT32_MAX, QUIET_MS);
    cpu_before_ns = cpu_ns(pid);
    for (int round = 0; round < rounds; round++) {
        int64_t begun_ns = now_ns();

        send_message(trigger_fd, trigger);
        hear(poll_fd, watchers, PATIENCE_MS);
        times_add(&times, now_ns() - begun_ns);
        while (is_readable(trigger_fd))
            receive(trigger_fd); /* redis says how many it told */
    }
    tell_cpu(pid, cpu_before_ns, times.count);
    times_tell(&times, "us");
    for (int i = 0; i < watchers + stalled; i++)
        close(fds[i]);
    close(trigger_fd);
    close(poll_fd);
    free(fds);
}

void load_spawn(int rounds, char **command)
{
    posix_spawn_file_actions_t actions;
    struct times times = {.count = 0};

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    for (int round = 0; round < rounds; round++) {
        int64_t begun_ns = now_ns();
        int status;
        pid_t pid;

        errno = posix_spawnp(&pid, command[0], &actions, NULL, command, environ);
        if (errno != 0 || waitpid(pid, &status, 0) < 0)
            give_up(command[0]);
        times_add(&times, now_ns() - begun_ns);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            errno = ECANCELED;
            give_up(command[0]);
        }
    }
    times_tell(&times, "us");
    posix_spawn_file_actions_destroy(&actions);
}
