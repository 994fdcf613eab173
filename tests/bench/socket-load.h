/*
 * socket-load: the client's side of the socket's benchmark, one program for all servers. A request is bytes
 * from a file; an answer ends with a NUL, as Varlink's do, and what a server sends behind it (redis's line
 * end) comes with it. Times are told in microseconds, a line of "NAME VALUE" each.
 */
#ifndef MEETINGD_TESTS_SOCKET_LOAD_H
#define MEETINGD_TESTS_SOCKET_LOAD_H

#include <stddef.h>
#include <stdint.h>

struct message {
    char *data;
    size_t length;
};

/* Each of these ends the process where something goes wrong, and says what. */
void give_up(const char *what) __attribute__((noreturn));
struct message read_message(const char *path);
int connect_to(const char *path);
void send_message(int fd, const struct message *message);
/* Reads what there is, waiting for it; the number of NULs in it. */
size_t receive(int fd);

int64_t now_ns(void);

/* What the server's main thread has run. `pid` is a number as text. */
int64_t cpu_ns(const char *pid);
/* Prints us_cpu, for each of so many answers. */
void tell_cpu(const char *pid, int64_t before_ns, size_t answers);

struct times {
    int64_t *items_ns;
    size_t count, room;
};

void times_add(struct times *times, int64_t ns);
/* Sorts them and prints NAME_p50, NAME_p99 and NAME_max. */
void times_tell(struct times *times, const char *name);

/* Asks again and again on several connections, one request of each in flight, for so long. */
void load_ask(const char *pid, const char *path, const struct message *request, int connections,
              int64_t duration_ms);

/* Sends the trigger, and measures how long it takes until all who watch have the message that it brings; as
 * often as said. `stalled` more watch and never read. */
void load_fan(const char *pid, const char *path, const struct message *watch, const char *trigger_path,
              const struct message *trigger, int watchers, int stalled, int rounds);

/* Runs a command again and again, its output thrown away. */
void load_spawn(int rounds, char **command);

#endif
