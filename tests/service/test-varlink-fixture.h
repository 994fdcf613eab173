/*
 * What the tests of varlink share: a server with an interface of its own, and clients by plain sockets, all
 * on the test's loop and thread. What a socket takes is at the other end at once, so a number of turns of the
 * loop shows for certain what comes and what does not.
 */
#ifndef MEETINGD_TESTS_VARLINK_FIXTURE_H
#define MEETINGD_TESTS_VARLINK_FIXTURE_H

#include "lib/test.h"

#include "base/base.h"
#include "base/buffer.h"
#include "lib/fake-clock.h"
#include "varlink/varlink.h"

#define HELD_MAX 64

/* What is said again and again. */
#define OK         "{\"parameters\":{}}"
#define ECHO_CALL  "{\"method\":\"io.test.Echo\"}"
#define ECHO_REPLY "{\"parameters\":{\"got\":[\"one\"]}}"
#define HOLD       "{\"method\":\"io.test.Hold\"}"
#define WATCH      "{\"method\":\"io.test.Watch\",\"more\":true}"

/* More than a socket holds. */
#define LARGE ((size_t)4 * 1024 * 1024)

/* A call that Hold or Watch keeps; the test answers it. */
struct held {
    struct fixture *fixture;
    struct varlink_call *call; /* NULL once it was answered or has ended */
};

struct fixture {
    uv_loop_t loop;
    struct fake_clock clock;
    struct timers *timers;
    struct varlink_server *server;
    char *directory, *path;
    bool permitted; /* whether Secret may be called */
    int asked;      /* how often `allowed` was asked */
    int privilege;  /* and with what */
    struct varlink_peer peer;
    size_t first_group_count;
    struct held held[HELD_MAX];
    size_t held_count;
    int handled; /* calls that came to a handler */
    int ended;
    bool closed;
    size_t descriptors;       /* that were open before */
    bool close_on_end;        /* a call that ends closes the server */
    int64_t close_in_handler; /* flush_ms of a close that CloseServer begins */
};

/* The interface io.test; its text is not read by anyone. */
extern const struct varlink_interface test_interface;

/* A server that does not listen yet. NULL: the default limits. */
void fixture_init(struct fixture *fixture, const struct varlink_options *limits);
/* And one that listens at fixture->path. */
void fixture_init_listening(struct fixture *fixture, const struct varlink_options *limits);
/* Closes the server, if that was not done, and checks that nothing was left. */
void fixture_fini(struct fixture *fixture);

/* The `closed` of varlink_server_close(), with the fixture as its data: once and never again. */
void fixture_closed(void *data);

/* Turns enough for all that can happen now. */
void turn(struct fixture *fixture);

/* Time goes by, and timers fire. */
void pass(struct fixture *fixture, int64_t ms);

/* A new client, accepted where the server accepts. */
int client_new(struct fixture *fixture);

/* Sends all of it, the loop turning where the socket is full; fails the test where it never becomes free. */
void client_send(struct fixture *fixture, int client, const void *data, size_t length);
/* A text and the NUL. */
void client_say(struct fixture *fixture, int client, const char *text);

/* The next message; the caller frees it. Fails the test where none comes. */
char *client_hear(struct fixture *fixture, int client);
void client_expect(struct fixture *fixture, int client, const char *text);
void client_ask(struct fixture *fixture, int client, const char *text, const char *answer);
/* Nothing comes, and the connection stays. */
void client_expect_silence(struct fixture *fixture, int client);
/* The server has closed the connection, and sent nothing before. Closes the client. */
void client_expect_end(struct fixture *fixture, int client);

/* Asks for `count` answers with `size` bytes each, and hears them. */
void ask_many(struct fixture *fixture, int client, int count, size_t size);
void hear_many(struct fixture *fixture, int client, int count, size_t size);

/* A loop that has nothing to do must sleep: a descriptor that is ready and not served would wake it again and
 * again. */
void expect_idle(struct fixture *fixture);

size_t connections(const struct fixture *fixture);

#endif
