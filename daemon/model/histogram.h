/* How long things took, counted in classes (Prometheus calls them buckets). */
#ifndef MEETINGD_MODEL_HISTOGRAM_H
#define MEETINGD_MODEL_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BOUNDS 9

/* The longest time of each class but the last, in milliseconds, ascending. */
extern const int64_t histogram_bounds_ms[HISTOGRAM_BOUNDS];

/* All zero: nothing counted yet. */
struct histogram {
    uint64_t classes[HISTOGRAM_BOUNDS + 1]; /* the last one has no bound */
    int64_t sum_ms;
};

/* Counts one more; less than no time counts as none. */
void histogram_add(struct histogram *histogram, int64_t time_ms);

#endif
