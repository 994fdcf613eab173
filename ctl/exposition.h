/* OpenMetrics 1.0 text as Prometheus's older text format 0.0.4, which node_exporter's textfile collector
 * reads. */
#ifndef MEETINGCTL_EXPOSITION_H
#define MEETINGCTL_EXPOSITION_H

#include "base/buffer.h"

/* Appends `openmetrics` in the older format. -EBADMSG where it is cut: it does not end in # EOF. */
int exposition_append(struct buffer *out, const char *openmetrics);

#endif
