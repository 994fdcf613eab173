/* The calls that an app has made in a month, as they are counted and kept. */
#ifndef MEETINGD_MODEL_TALLY_H
#define MEETINGD_MODEL_TALLY_H

#include <stddef.h>
#include <stdint.h>

/* Of one API, for one reservation. */
struct tally_count {
    char *reservation; /* its key; "" for what belongs to none, such as tokens */
    char *name;        /* the plan's; NULL: none */
    char *api;
    int64_t calls;
};

struct tally {
    char *app_id;
    int64_t month; /* 202611 */
    /* So many calls may have been made: at least as many as were, whatever became of the process that made
     * them. */
    int64_t claimed;
    struct tally_count *counts;
    size_t count;
};

/* An app's month without any call. */
struct tally *tally_new(const char *app_id, int64_t month);
struct tally *tally_free(struct tally *tally);

/* A new count at the end; valid until the next one is added. `name` may be NULL. */
struct tally_count *tally_add(struct tally *tally, const char *reservation, const char *name, const char *api,
                              int64_t calls);

#endif
