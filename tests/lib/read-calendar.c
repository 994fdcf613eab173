/*
 * read-calendar: reads iCalendar from standard input with libical, as a calendar program would, and prints
 * what it understood as JSON: {"properties": {NAME: VALUE}, "events": [{NAME: VALUE}]}. Exit code 1 for what
 * is no calendar.
 */
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>
#include <libical/ical.h>

#include "base/buffer.h"

static const char *name_of(icalproperty *property)
{
    icalproperty_kind kind = icalproperty_isa(property);

    return kind == ICAL_X_PROPERTY ? icalproperty_get_x_name(property) : icalproperty_kind_to_string(kind);
}

/* The meaning of a value: texts without their escapes, times as Unix seconds. */
static struct json_object *meaning(icalproperty *property)
{
    icalvalue *value = icalproperty_get_value(property);

    switch (icalvalue_isa(value)) {
    case ICAL_TEXT_VALUE:
        return json_object_new_string(icalvalue_get_text(value));
    case ICAL_DATETIME_VALUE:
        return json_object_new_int64((int64_t)icaltime_as_timet_with_zone(icalvalue_get_datetime(value),
                                                                          icaltimezone_get_utc_timezone()));
    case ICAL_INTEGER_VALUE:
        return json_object_new_int(icalvalue_get_integer(value));
    default:
        return json_object_new_string(icalproperty_get_value_as_string(property));
    }
}

static struct json_object *properties_of(icalcomponent *component)
{
    struct json_object *object = json_object_new_object();

    for (icalproperty *property = icalcomponent_get_first_property(component, ICAL_ANY_PROPERTY);
         property != NULL; property = icalcomponent_get_next_property(component, ICAL_ANY_PROPERTY)) {
        if (json_object_object_get_ex(object, name_of(property), NULL)) {
            fprintf(stderr, "%s stands twice\n", name_of(property));
            exit(1);
        }
        json_object_object_add(object, name_of(property), meaning(property));
    }
    return object;
}

int main(void)
{
    struct json_object *root = json_object_new_object(), *events = json_object_new_array();
    struct buffer text = BUFFER_EMPTY;
    icalcomponent *calendar;
    char piece[4096];
    size_t length;

    while ((length = fread(piece, 1, sizeof(piece), stdin)) > 0)
        buffer_append(&text, piece, length);
    calendar = text.length > 0 ? icalparser_parse_string(text.data) : NULL;
    if (calendar == NULL || icalcomponent_isa(calendar) != ICAL_VCALENDAR_COMPONENT ||
        icalcomponent_count_errors(calendar) > 0) {
        fprintf(stderr, "no calendar: %s\n", calendar != NULL ? icalcomponent_as_ical_string(calendar) : "");
        return 1;
    }
    json_object_object_add(root, "properties", properties_of(calendar));
    for (icalcomponent *event = icalcomponent_get_first_component(calendar, ICAL_ANY_COMPONENT);
         event != NULL; event = icalcomponent_get_next_component(calendar, ICAL_ANY_COMPONENT))
        json_object_array_add(events, properties_of(event));
    json_object_object_add(root, "events", events);
    printf("%s\n", json_object_to_json_string_ext(root, JSON_C_TO_STRING_PLAIN));
    json_object_put(root);
    icalcomponent_free(calendar);
    buffer_fini(&text);
    return 0;
}
