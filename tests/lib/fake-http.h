/*
 * A scripted HTTP/1.1 peer on a loopback port, on the test's own loop: it reads whole requests and hands each
 * to the test, which answers it, or closes, resets, cuts, stalls.
 */
#ifndef MEETINGD_TESTS_FAKE_HTTP_H
#define MEETINGD_TESTS_FAKE_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include <uv.h>

struct fake_http;
struct fake_connection;

struct fake_request {
    struct fake_connection *connection;
    unsigned connection_number; /* from 1 */
    unsigned number;            /* of the request on its connection, from 1 */
    const char *method;
    const char *target;
    const char *head; /* the request line and the headers */
    const char *body; /* "" without one */
};

typedef void fake_http_serve(void *data, const struct fake_request *request);

/* Listens; every request goes to `serve`. */
struct fake_http *fake_http_new(uv_loop_t *loop, fake_http_serve *serve, void *data);

/* Closes everything; what it needs of the loop comes with test_loop_end(). */
void fake_http_close(struct fake_http *fake);

/* "http://127.0.0.1:PORT"; lives as long as the peer. */
const char *fake_http_url(const struct fake_http *fake);

unsigned fake_http_port(const struct fake_http *fake);

/* How many connections were accepted, and how many whole requests came, so far. */
unsigned fake_http_connections(const struct fake_http *fake);
unsigned fake_http_requests(const struct fake_http *fake);

/* Answers with a status, further headers (each ended by CRLF; may be NULL) and a body. */
void fake_http_answer(struct fake_connection *connection, int status, const char *headers, const char *body);

/* Sends bytes as they are. */
void fake_http_send(struct fake_connection *connection, const void *data, size_t length);

/* Ends the connection after what was sent. */
void fake_http_end(struct fake_connection *connection);

/* Breaks it at once, with a reset. */
void fake_http_reset(struct fake_connection *connection);

/* The header's value, or NULL; valid until the next call. */
const char *fake_http_header(const struct fake_request *request, const char *name);

#endif
