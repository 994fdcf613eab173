/*
 * One app's token on a loop of its own against a scripted peer, on a clock that the test moves: what the
 * tests of feishu/token share.
 */
#ifndef MEETINGD_TESTS_TOKEN_FIXTURE_H
#define MEETINGD_TESTS_TOKEN_FIXTURE_H

#include "base/buffer.h"
#include "base/timer.h"
#include "feishu/token.h"
#include "lib/fake-clock.h"
#include "lib/fake-http.h"

#define APP_SECRET "s3cr3t-of-the-app"
#define TOKEN_PATH "/open-apis/auth/v3/tenant_access_token/internal"
#define START_MS   (INT64_C(1795397400) * 1000)

struct fixture {
    uv_loop_t loop;
    struct timers *timers;
    struct http *http;
    struct fake_http *fake;
    struct fake_clock clock;
    struct app app;
    struct token *token;
    bool http_closed;
    unsigned counted;

    /* What the peer answers: `body`, or a token with this text and life. */
    int status;
    const char *body;
    const char *text;
    int expire_s;
    bool hold; /* keeps the answer back until it is let go */
    struct fake_connection *held;
    struct buffer seen;
};

struct waiter {
    struct token_wait wait;
    bool done;
    int calls;
    char *text;
    struct feishu_result result;
    struct waiter *cancels; /* another one, when this one is called back */
};

/* The setup and teardown of each test. */
int token_fixture_start(void **state);
int token_fixture_end(void **state);

/* Gives the answer that was held, and holds no more. */
void token_let_go(struct fixture *fixture);

/* Runs the loop until so many requests have come, and until this token has. */
void token_run_until_requests(struct fixture *fixture, unsigned count);
void token_run_until(struct fixture *fixture, const char *text);

/* Waits for a token. */
void waiter_begin(struct fixture *fixture, struct waiter *waiter);

/* The same, and checks which one comes; NULL: none. */
void waiter_expect(struct fixture *fixture, struct waiter *waiter, const char *text);

void waiter_fini(struct waiter *waiter);

#endif
