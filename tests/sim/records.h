/* What came in and what was answered, the newest so many of it. Without secrets and tokens. */
#ifndef SIM_RECORDS_H
#define SIM_RECORDS_H

#include <stdint.h>

#include <json-c/json.h>

struct records {
    struct json_object **ring;
    size_t capacity;
    size_t count;
    size_t next;
    int64_t total;
};

void records_init(struct records *records, size_t capacity);
void records_fini(struct records *records);

/* Keeps the record (taken), and forgets the oldest where there is no room. */
void records_add(struct records *records, struct json_object *take_record);

void records_clear(struct records *records);

/* Those of one API (NULL: all), oldest first. The caller puts it. */
struct json_object *records_json(const struct records *records, const char *api);

#endif
