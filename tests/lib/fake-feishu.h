/*
 * A scripted Feishu on the test's own loop: it hands out a token, counts what is asked, and answers each API
 * as it was told to. For the real behaviour of the service there is tests/sim.
 */
#ifndef MEETINGD_TESTS_FAKE_FEISHU_H
#define MEETINGD_TESTS_FAKE_FEISHU_H

#include "base/buffer.h"
#include "feishu/api.h"
#include "lib/fake-http.h"

enum fake_feishu_manner {
    FAKE_FEISHU_ANSWERS,
    FAKE_FEISHU_HOLDS,  /* never answers */
    FAKE_FEISHU_RESETS, /* breaks the connection instead of answering */
};

/* Texts are borrowed. */
struct fake_feishu_script {
    enum fake_feishu_manner manner;
    int status;          /* 0: 200 */
    const char *headers; /* each ended by CRLF; may be NULL */
    const char *body;    /* NULL: the ordinary good answer of that API */
};

struct fake_feishu {
    struct fake_http *http;
    struct fake_feishu_script scripts[FEISHU_APIS];
    struct fake_feishu_script once[FEISHU_APIS]; /* for the next request alone */
    bool has_once[FEISHU_APIS];
    size_t counts[FEISHU_APIS];
    size_t held;                          /* requests that get no answer */
    struct buffer order;                  /* the targets of all requests but the token's, a line each */
    struct buffer last_body[FEISHU_APIS]; /* each a string */
    struct fake_connection *last_on[FEISHU_APIS]; /* the connection of the last request */
};

struct fake_feishu *fake_feishu_new(uv_loop_t *loop);

/* As fake_http_close(). */
void fake_feishu_free(struct fake_feishu *fake);

/* How an API answers from now on, or the next time alone. */
void fake_feishu_script(struct fake_feishu *fake, enum feishu_api api, struct fake_feishu_script script);
void fake_feishu_script_once(struct fake_feishu *fake, enum feishu_api api, struct fake_feishu_script script);

#endif
