/* The simulator's time: the machine's, moved by what the control calls say. */
#ifndef SIM_MOMENT_H
#define SIM_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct moment {
    int64_t shift_ms;
    int64_t frozen_ms; /* it stands still here; 0: it runs */
};

/* Moves it, running or not. */
void moment_move(struct moment *moment, int64_t by_ms);

/* Stops it, or lets it run on from where it is. */
void moment_freeze(struct moment *moment, bool freeze);

int64_t moment_ms(const struct moment *moment);
int64_t moment_s(const struct moment *moment);

#define HTTP_DATE_SIZE 32

/* For the Date header. */
void moment_http_date(const struct moment *moment, char ret[HTTP_DATE_SIZE]);

/* The year and month in Feishu's time zone (UTC+8) as one number. */
int moment_month(const struct moment *moment);

#define MOMENT_DIGITS_SIZE 15

/* The local time as 14 digits, as log ids begin. */
void moment_digits(const struct moment *moment, char ret[MOMENT_DIGITS_SIZE]);

#endif
