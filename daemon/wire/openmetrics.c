#include "wire/openmetrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "model/model.h"

/* Seconds with as many digits as needed: 0.025, 10. */
#define SECONDS_SIZE 32

static const struct {
    const char *name, *suffix;
} types[] = {
    [OPENMETRICS_GAUGE] = {"gauge", ""},
    [OPENMETRICS_COUNTER] = {"counter", "_total"},
    [OPENMETRICS_HISTOGRAM] = {"histogram", ""},
    [OPENMETRICS_INFO] = {"info", "_info"},
};

static void append_escaped(struct buffer *text, const char *value)
{
    while (*value != '\0') {
        size_t plain = strcspn(value, "\\\"\n");

        buffer_append(text, value, plain);
        value += plain;
        if (*value == '\0')
            break;
        buffer_append_char(text, '\\');
        buffer_append_char(text, *value == '\n' ? 'n' : *value);
        value++;
    }
}

void openmetrics_begin(struct openmetrics *out, enum openmetrics_type type, const char *name,
                       const char *unit, const char *help)
{
    out->name = name;
    out->type = type;
    buffer_printf(out->text, "# TYPE %s %s\n", name, types[type].name);
    if (unit != NULL)
        buffer_printf(out->text, "# UNIT %s %s\n", name, unit);
    buffer_printf(out->text, "# HELP %s ", name);
    append_escaped(out->text, help);
    buffer_append_char(out->text, '\n');
}

/* Name and labels; `bound` NULL: no label `le`. */
static void begin_sample(struct openmetrics *out, const char *suffix, const char *const *labels,
                         const char *bound)
{
    const char *before = "{";

    buffer_append_text(out->text, out->name);
    buffer_append_text(out->text, suffix);
    for (; labels != NULL && *labels != NULL; labels += 2) {
        buffer_append_text(out->text, before);
        buffer_append_text(out->text, labels[0]);
        buffer_append_text(out->text, "=\"");
        append_escaped(out->text, labels[1]);
        buffer_append_char(out->text, '"');
        before = ",";
    }
    if (bound != NULL) {
        buffer_printf(out->text, "%sle=\"%s\"", before, bound);
        before = ",";
    }
    buffer_append_text(out->text, *before == ',' ? "} " : " ");
}

static const char *seconds(int64_t ms, char *text)
{
    int length = snprintf(text, SECONDS_SIZE, "%s%" PRId64 ".%03" PRId64, ms < 0 ? "-" : "",
                          (ms < 0 ? -ms : ms) / MS_PER_SECOND, (ms < 0 ? -ms : ms) % MS_PER_SECOND);

    while (text[length - 1] == '0')
        text[--length] = '\0';
    if (text[length - 1] == '.')
        text[length - 1] = '\0';
    return text;
}

void openmetrics_int(struct openmetrics *out, int64_t value, const char *const *labels)
{
    if (value == UNKNOWN)
        return;
    begin_sample(out, types[out->type].suffix, labels, NULL);
    buffer_printf(out->text, "%" PRId64 "\n", value);
}

void openmetrics_ms(struct openmetrics *out, int64_t value_ms, const char *const *labels)
{
    char text[SECONDS_SIZE];

    if (value_ms == UNKNOWN)
        return;
    begin_sample(out, types[out->type].suffix, labels, NULL);
    buffer_printf(out->text, "%s\n", seconds(value_ms, text));
}

void openmetrics_double(struct openmetrics *out, double value, const char *const *labels)
{
    begin_sample(out, types[out->type].suffix, labels, NULL);
    buffer_printf(out->text, "%.2f\n", value);
}

void openmetrics_histogram(struct openmetrics *out, const struct histogram *histogram,
                           const char *const *labels)
{
    uint64_t count = 0;
    char text[SECONDS_SIZE];

    for (int class = 0; class <= HISTOGRAM_BOUNDS; class ++) {
        count += histogram->classes[class];
        begin_sample(out, "_bucket", labels,
                     class < HISTOGRAM_BOUNDS ? seconds(histogram_bounds_ms[class], text) : "+Inf");
        buffer_printf(out->text, "%" PRIu64 "\n", count);
    }
    begin_sample(out, "_sum", labels, NULL);
    buffer_printf(out->text, "%s\n", seconds(histogram->sum_ms, text));
    begin_sample(out, "_count", labels, NULL);
    buffer_printf(out->text, "%" PRIu64 "\n", count);
}

void openmetrics_end(struct openmetrics *out)
{
    buffer_append_text(out->text, "# EOF\n");
}
