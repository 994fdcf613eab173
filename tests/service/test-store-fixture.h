/* What the tests of the store share: a loop and a store in a directory of their own, records with every
 * member set, and comparisons of every member. */
#ifndef MEETINGD_TESTS_STORE_FIXTURE_H
#define MEETINGD_TESTS_STORE_FIXTURE_H

#include "lib/test.h"

#include "store/store.h"

struct fixture {
    uv_loop_t loop;
    char *directory;
    char *path; /* of the database */
    struct store *store;
    uint64_t turned_after; /* fixture_turn()'s: how many jobs had been carried out at its last idle turn */

    /* What note() was told. */
    unsigned answers;
    int result;
    struct error error;
};

/* What store_load() gave. */
struct loaded {
    struct reservation **reservations;
    size_t reservation_count;
    struct meeting **meetings;
    size_t meeting_count;
};

/* For cmocka: a fixture with a loop and a directory, no store yet. */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* Opens the store, and fails the test where that fails. */
void fixture_open(struct fixture *fixture);

/* Expects that the store does not open: with this result, and this in the text. */
void fixture_expect_refusal(struct fixture *fixture, int result, const char *text);

/* Closes it and waits until it is closed. */
void fixture_close(struct fixture *fixture);

/* A store_cb for which `data` is the fixture. */
void fixture_note(void *data, int result, const struct error *error);

/* Waits for the store's next answers; fails the test where none can come any more. */
void fixture_turn(struct fixture *fixture);

/* Runs the loop until note() was told `answers` times in all. */
void fixture_wait(struct fixture *fixture, unsigned answers);

/* Puts and waits for the answer, which is returned. */
int fixture_put(struct fixture *fixture, const struct reservation *reservation);
int fixture_put_meeting(struct fixture *fixture, const struct meeting *meeting);

void fixture_load(struct fixture *fixture, struct loaded *ret);
void loaded_fini(struct loaded *loaded);

/* For store_load(): each counts what it is given, in the size_t that `data` is. */
void count_reservation(void *data, struct reservation *take);
void count_meeting(void *data, struct meeting *take);

/* SQL by a connection of its own, for what a store would not do by itself. */
void fixture_execute(const struct fixture *fixture, const char *sql);
int64_t fixture_query(const struct fixture *fixture, const char *sql);

/* Every member set, to values that follow from `seed` and are all different. */
struct reservation *make_reservation(unsigned seed);
struct meeting *make_meeting(unsigned seed);

void assert_same_reservation(const struct reservation *a, const struct reservation *b);
void assert_same_meeting(const struct meeting *a, const struct meeting *b);

#endif
