#include "bench/socket-load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"

void give_up(const char *what)
{
    fprintf(stderr, "socket-load: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

struct message read_message(const char *path)
{
    FILE *file = fopen(path, "re");
    struct message message = {.data = xcalloc(1, 65536)};

    if (file == NULL)
        give_up(path);
    message.length = fread(message.data, 1, 65536, file);
    fclose(file);
    return message;
}

int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        give_up(path);
    return fd;
}

void send_message(int fd, const struct message *message)
{
    if (send(fd, message->data, message->length, MSG_NOSIGNAL) != (ssize_t)message->length)
        give_up("send");
}

size_t receive(int fd)
{
    static char room[256 * 1024];
    ssize_t got = recv(fd, room, sizeof(room), 0);
    size_t ends = 0;

    if (got <= 0)
        give_up("the server has closed a connection");
    for (const char *c = room, *end = room + got; (c = memchr(c, '\0', (size_t)(end - c))) != NULL; c++)
        ends++;
    return ends;
}

int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void times_add(struct times *times, int64_t ns)
{
    if (times->count == times->room) {
        times->room = times->room > 0 ? times->room * 2 : 1024;
        times->items_ns = xrealloc(times->items_ns, times->room, sizeof(*times->items_ns));
    }
    times->items_ns[times->count++] = ns;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

void times_tell(struct times *times, const char *name)
{
    static const struct {
        const char *name;
        size_t percent;
    } shares[] = {{"p50", 50}, {"p99", 99}, {"max", 100}};

    if (times->count > 0)
        qsort(times->items_ns, times->count, sizeof(*times->items_ns), compare);
    for (size_t i = 0; i < ELEMENTS(shares) && times->count > 0; i++) {
        size_t place = (times->count - 1) * shares[i].percent / 100;

        printf("%s_%s %.2f\n", name, shares[i].name, (double)times->items_ns[place] / 1000);
    }
    free(times->items_ns);
}

int64_t cpu_ns(const char *pid)
{
    CLEANUP_FREE char *path = xasprintf("/proc/%s/schedstat", pid);
    FILE *file = fopen(path, "re");
    char text[100] = "";

    if (file == NULL || fgets(text, sizeof(text), file) == NULL)
        give_up(path);
    fclose(file);
    return strtoll(text, NULL, 10);
}

void tell_cpu(const char *pid, int64_t before_ns, size_t answers)
{
    printf("us_cpu %.3f\n", (double)(cpu_ns(pid) - before_ns) / 1000 / (double)answers);
}

struct asking {
    int fd;
    int64_t asked_ns;
};

void load_ask(const char *pid, const char *path, const struct message *request, int connections,
              int64_t duration_ms)
{
    struct asking *all = xcalloc((size_t)connections, sizeof(*all));
    struct epoll_event events[256];
    int poll = epoll_create1(EPOLL_CLOEXEC);
    struct times times = {.count = 0};
    int64_t begun_ns, end_ns, cpu_before_ns;

    for (int i = 0; i < connections; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};

        all[i].fd = connect_to(path);
        if (epoll_ctl(poll, EPOLL_CTL_ADD, all[i].fd, &event) < 0)
            give_up("epoll");
    }
    cpu_before_ns = cpu_ns(pid);
    begun_ns = now_ns();
    end_ns = begun_ns + duration_ms * 1000000;
    for (int i = 0; i < connections; i++) {
        all[i].asked_ns = now_ns();
        send_message(all[i].fd, request);
    }
    while (now_ns() < end_ns) {
        int count = epoll_wait(poll, events, ELEMENTS(events), 1000);

        for (int i = 0; i < count; i++) {
            struct asking *asking = events[i].data.ptr;

            if (receive(asking->fd) == 0)
                continue;
            times_add(&times, now_ns() - asking->asked_ns);
            asking->asked_ns = now_ns();
            send_message(asking->fd, request);
        }
    }
    printf("rate %.0f\n", (double)times.count * 1e9 / (double)(now_ns() - begun_ns));
    tell_cpu(pid, cpu_before_ns, times.count);
    times_tell(&times, "us");
    for (int i = 0; i < connections; i++)
        close(all[i].fd);
    close(poll);
    free(all);
}

static int number(const char *text)
{
    return (int)strtol(text, NULL, 10);
}

static void raise_descriptors(void)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    raise_descriptors();
    if (argc == 7 && strcmp(argv[1], "ask") == 0) {
        struct message request = read_message(argv[4]);

        load_ask(argv[2], argv[3], &request, number(argv[5]), number(argv[6]));
        free(request.data);
    } else if (argc == 10 && strcmp(argv[1], "fan") == 0) {
        struct message watch = read_message(argv[4]), trigger = read_message(argv[6]);

        load_fan(argv[2], argv[3], &watch, argv[5], &trigger, number(argv[7]), number(argv[8]),
                 number(argv[9]));
        free(watch.data);
        free(trigger.data);
    } else if (argc > 3 && strcmp(argv[1], "spawn") == 0) {
        load_spawn(number(argv[2]), argv + 3);
    } else {
        fputs("socket-load ask PID SOCKET REQUEST-FILE CONNECTIONS MILLISECONDS\n"
              "socket-load fan PID SOCKET WATCH-FILE TRIGGER-SOCKET TRIGGER-FILE WATCHERS STALLED ROUNDS\n"
              "socket-load spawn ROUNDS COMMAND...\n",
              stderr);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
