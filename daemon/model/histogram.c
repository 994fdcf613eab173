#include "model/histogram.h"

/* Feishu answers within some 50 to 300 ms; a call is given up after its time-out, which is 10 s by default.
 */
const int64_t histogram_bounds_ms[HISTOGRAM_BOUNDS] = {25, 50, 100, 250, 500, 1000, 2500, 5000, 10000};

void histogram_add(struct histogram *histogram, int64_t time_ms)
{
    int class = 0;

    if (time_ms < 0)
        time_ms = 0;
    while (class < HISTOGRAM_BOUNDS && time_ms > histogram_bounds_ms[class])
        class ++;
    histogram->classes[class]++;
    histogram->sum_ms += time_ms;
}
