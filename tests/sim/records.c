#include "sim/records.h"

#include <stdlib.h>

#include "base/base.h"
#include "base/str.h"
#include "sim/member.h"

void records_init(struct records *records, size_t capacity)
{
    *records = (struct records){.capacity = capacity};
    if (capacity > 0)
        records->ring = xcalloc(capacity, sizeof(*records->ring));
}

void records_clear(struct records *records)
{
    for (size_t i = 0; i < records->capacity; i++) {
        json_object_put(records->ring[i]);
        records->ring[i] = NULL;
    }
    records->count = 0;
    records->next = 0;
}

void records_fini(struct records *records)
{
    records_clear(records);
    free(records->ring);
}

void records_add(struct records *records, struct json_object *take_record)
{
    records->total++;
    put_int(take_record, "number", records->total);
    if (records->capacity == 0) {
        json_object_put(take_record);
        return;
    }
    json_object_put(records->ring[records->next]);
    records->ring[records->next] = take_record;
    records->next = (records->next + 1) % records->capacity;
    if (records->count < records->capacity)
        records->count++;
}

struct json_object *records_json(const struct records *records, const char *api)
{
    struct json_object *array = json_object_new_array();
    size_t first = records->count < records->capacity ? 0 : records->next;

    for (size_t i = 0; i < records->count; i++) {
        struct json_object *record = records->ring[(first + i) % records->capacity];

        if (api == NULL || str_equal(member_text(record, "api"), api))
            json_object_array_add(array, json_object_get(record));
    }
    return array;
}
