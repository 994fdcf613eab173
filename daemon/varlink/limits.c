#include "varlink/limits.h"

#include "base/base.h"

/* After so long without it, it is news again. */
#define FORGOTTEN_AFTER_MS (10 * MS_PER_MINUTE)

bool limits_reached(struct limits *limits, enum limit limit)
{
    int64_t now_ms = clock_boot_ms(limits->clock), last_ms = limits->reached_ms[limit];

    limits->reached_ms[limit] = now_ms;
    return last_ms == 0 || now_ms - last_ms >= FORGOTTEN_AFTER_MS;
}
