/* The room sign that `board` shows: what of a plan stands on a screen of a certain size. It is read by
 * whoever passes, so a password is never on it. */
#ifndef MEETINGCTL_SIGN_H
#define MEETINGCTL_SIGN_H

#include "output.h"
#include "reply.h"
#include "times.h"

struct sign {
    const char *name;
    struct json_object *current; /* the reservation whose slot or meeting goes on; NULL: none */
    struct json_object *next;    /* the one after it; NULL: none */
    struct json_object *meeting; /* of the current one, with participants; NULL: none goes on */
    int64_t away_since;          /* Unix seconds since when the daemon does not answer; 0: it does */
};

/* Of a plan's reservations, which are borrowed: which goes on at `now_s`, and which comes next. */
void sign_choose(struct sign *sign, const struct list *reservations, int64_t now_s);

/* Appends what makes the screen show the sign, in whatever size: what matters less leaves first. */
void sign_draw(struct output *output, const struct times *times, const struct sign *sign, size_t rows,
               size_t columns);

#endif
