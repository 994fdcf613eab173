#include "model/backoff.h"

int64_t backoff_ms(int failures, int64_t first_ms, int64_t most_ms, uint32_t random)
{
    int64_t wait = first_ms;

    for (int i = 1; i < failures && wait < most_ms; i++)
        wait *= 2;
    if (wait > most_ms)
        wait = most_ms;
    return wait - (int64_t)((double)wait / 2 * ((double)random / UINT32_MAX));
}
