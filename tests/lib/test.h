/* What every test includes: cmocka with the headers it needs, and a fixture for the loop. */
#ifndef MEETINGD_TESTS_TEST_H
#define MEETINGD_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <uv.h>

/* Runs the loop until `*done`, and fails the test when the loop has nothing left to wait for before. */
static inline void test_run_until(uv_loop_t *loop, const bool *done)
{
    while (!*done) {
        if (uv_run(loop, UV_RUN_ONCE) == 0 && !*done)
            fail_msg("the loop ran dry before what the test waits for");
    }
}

static inline void test_report_handle(uv_handle_t *handle, void *data)
{
    (void)data;
    print_error("a %s handle was left open\n", uv_handle_type_name(uv_handle_get_type(handle)));
}

/* The end of every loop in a test: what is closing closes, and a handle that was left behind fails the test.
 */
static inline void test_loop_end(uv_loop_t *loop)
{
    int busy;

    /* Closing handles need a few turns; a forgotten one would need for ever. */
    for (int turn = 0; turn < 1000 && uv_run(loop, UV_RUN_NOWAIT) != 0; turn++)
        usleep(1000);
    busy = uv_loop_close(loop);
    if (busy != 0)
        uv_walk(loop, test_report_handle, NULL);
    assert_int_equal(busy, 0);
}

/* A directory of the test's own, in the build tree; the caller frees the name. */
static inline char *test_make_directory(void)
{
    char *path = strdup("test-XXXXXX");

    assert_non_null(path);
    assert_non_null(mkdtemp(path));
    return path;
}

#endif
