/*
 * Two apps' clients on one loop and one transport, against a scripted peer: what the tests of the API share.
 */
#ifndef MEETINGD_TESTS_API_FIXTURE_H
#define MEETINGD_TESTS_API_FIXTURE_H

#include "base/buffer.h"
#include "base/timer.h"
#include "feishu/api.h"
#include "feishu/http.h"
#include "lib/fake-clock.h"
#include "lib/fake-http.h"

#define TOKEN_PATH "/open-apis/auth/v3/tenant_access_token/internal"
#define RESERVES   "/open-apis/vc/v1/reserves"
#define ID         "6911188411932033028"
#define LONG_MS    60000
#define NO_MEETING "{\"code\":0,\"msg\":\"success\",\"data\":{}}"
#define RESERVE                                                                                              \
    "{\"code\":0,\"msg\":\"success\",\"data\":{\"reserve\":{\"id\":\"" ID "\",\"meeting_no\":\"112000358\"}" \
    "}}"
#define BAD_TOKEN                                                                                            \
    "{\"code\":99991663,\"msg\":\"Invalid access token for authorization. Please make a request with token " \
    "attached.\"}"

enum end_of_answer { WHOLE, CUT, END, RESET, STALL, TOO_LARGE };

/* What the peer does with one request of an operation. */
struct step {
    int status; /* 0: the table is over; the step before it goes on */
    enum end_of_answer end;
    const char *body; /* NULL: a reservation that repeats the request's id */
};

struct client {
    struct app app;
    struct feishu *feishu;
    unsigned counted[FEISHU_APIS];
};

struct fixture {
    uv_loop_t loop;
    struct timers *timers;
    struct http *http;
    struct fake_http *fake;
    struct fake_clock clock;
    struct client clients[2];
    bool http_closed;

    const struct step *steps; /* the next one's */
    unsigned operations;      /* requests other than for tokens */
    unsigned tokens;          /* requests for tokens */
    const char *token_body;   /* NULL: a token that names the app and counts */
    bool same_token;          /* the count stands still */
    bool hold_tokens;
    struct fake_connection *held[4];
    size_t held_count;
    bool refuse_first; /* a token that ends in 1 is refused */
    struct feishu_call *cancel_on_request;
    struct buffer lines; /* of operations: method, target, authorization, content type, body */
    unsigned last_connection;
};

struct outcome {
    int calls;
    bool done;
    bool has_reserve;
    struct feishu_result result;
    char *reserve_id;
    char *meeting_no;
    struct meeting *meeting;
};

/* The setup and teardown of each test. */
int api_fixture_start(void **state);
int api_fixture_end(void **state);

/* Starts an operation with ID and the same settings each time; FEISHU_TOKEN is a probe. */
struct feishu_call *api_begin(struct client *client, enum feishu_api api, struct outcome *outcome);

/* Starts one with the first client and waits for its end, with the script as it is, and with a script of one
 * step. */
void api_run(struct fixture *fixture, enum feishu_api api, struct outcome *outcome);
void api_run_one(struct fixture *fixture, enum feishu_api api, const struct step *step,
                 struct outcome *outcome);

/* Answers the requests for tokens that were held, and holds no more. */
void api_let_tokens_go(struct fixture *fixture);

void outcome_fini(struct outcome *outcome);
void outcome_note_reserve(void *data, const struct feishu_result *result,
                          const struct feishu_reserve *reserve);
void outcome_note_meeting(void *data, const struct feishu_result *result, struct meeting *take_meeting);
void outcome_note_list(void *data, const struct feishu_result *result, const struct string_list *ids,
                       const char *page_token);
void api_note_http_closed(void *data);

#endif
