/*
 * A transport on a loop of its own against a scripted peer: what the tests of feishu/http share.
 */
#ifndef MEETINGD_TESTS_HTTP_FIXTURE_H
#define MEETINGD_TESTS_HTTP_FIXTURE_H

#include "base/buffer.h"
#include "base/timer.h"
#include "feishu/http.h"
#include "lib/fake-http.h"

/* Long enough never to be reached by what is meant to go well. */
#define LONG_MS 60000

/* A label of 64 characters: the resolver refuses it without asking anybody. */
#define NO_NAME "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid"

enum script {
    ANSWER,
    ANSWER_AND_END, /* closes afterwards without having said so */
    ANSWER_IN_BYTES,
    ONCE_THEN_END, /* a connection's first request is answered, its second closes it */
    END,
    RESET,
    STALL,
    STALL_IN_HEADERS,
    STALL_IN_BODY,
    CUT_BODY,
    TOO_LARGE_TOLD,
    TOO_LARGE_UNTOLD,
    TOO_MANY_HEADERS,
    ENDLESS_HEADER,
    GARBAGE,
    HEADERS,
    STRANGE_HEADERS,
    REDIRECT,
};

struct outcome {
    int calls;
    int result;
    int status;
    bool done;
    bool sent;
    char reason[400];
    char *body;
    char log_id[64];
    char content_type[64];
    int64_t ratelimit_reset_s;
    int64_t server_time;
};

struct fixture {
    uv_loop_t loop;
    struct timers *timers;
    struct http *http;
    struct fake_http *fake;
    enum script script;
    struct buffer seen; /* heads and bodies of all requests */
    bool http_closed;
    struct http_call *cancel_on_request; /* cancelled from the peer's side of the loop */
    bool close_on_request;
};

/* The setup of each test, and its teardown: it closes the transport, after which no handle may be left. */
int http_fixture_start(void **state);
int http_fixture_end(void **state);

/* For http_close(). */
void http_note_closed(void *data);

/* The callback of a call whose data is a struct outcome. */
void http_note(void *data, const struct http_answer *answer);

/* Starts a GET of the peer. */
struct http_call *http_get(struct fixture *fixture, int64_t timeout_ms, bool fresh, struct outcome *outcome);

/* Starts one with the peer so scripted, and waits for its end. */
void http_run(struct fixture *fixture, enum script script, int64_t timeout_ms, bool fresh,
              struct outcome *outcome);

/* The same with a POST of any URL, on a fresh connection. */
void http_run_url(struct fixture *fixture, const char *url, int64_t timeout_ms, struct outcome *outcome);

void outcome_fini(struct outcome *outcome);

#endif
