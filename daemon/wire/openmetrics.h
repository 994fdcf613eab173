/* Figures as OpenMetrics 1.0 text: families one after the other, each with its samples behind it. */
#ifndef MEETINGD_WIRE_OPENMETRICS_H
#define MEETINGD_WIRE_OPENMETRICS_H

#include <stdint.h>

#include "base/buffer.h"
#include "model/histogram.h"

enum openmetrics_type {
    OPENMETRICS_GAUGE,
    OPENMETRICS_COUNTER, /* its samples end in _total */
    OPENMETRICS_HISTOGRAM,
    OPENMETRICS_INFO, /* its samples end in _info */
};

struct openmetrics {
    struct buffer *text; /* borrowed */
    const char *name;    /* of the family that is being written; borrowed */
    enum openmetrics_type type;
};

/* Begins a family. `name` is without the ending of its samples; `unit` is how it ends, or NULL. */
void openmetrics_begin(struct openmetrics *out, enum openmetrics_type type, const char *name,
                       const char *unit, const char *help);

/* A sample's labels: names and values in turn. */
#define LABELS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Each adds a sample to the family. `labels` is LABELS() or NULL; values are escaped. UNKNOWN adds nothing.
 */
void openmetrics_int(struct openmetrics *out, int64_t value, const char *const *labels);
/* Milliseconds, told as seconds. */
void openmetrics_ms(struct openmetrics *out, int64_t value_ms, const char *const *labels);
/* A finite number, told with two digits. */
void openmetrics_double(struct openmetrics *out, double value, const char *const *labels);
/* All samples of a histogram. */
void openmetrics_histogram(struct openmetrics *out, const struct histogram *histogram,
                           const char *const *labels);

/* Ends the text. */
void openmetrics_end(struct openmetrics *out);

#endif
