#include "sim/validate.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "sim/call.h"
#include "sim/member.h"

static const char *const type_names[] = {"string",         "int", "bool", "object", "list of strings",
                                         "list of objects"};

/* What is found while a call's parameters are looked through. */
struct findings {
    struct json_object *violations;
    bool unknown; /* a field that no table has */
};

static void add_violation(struct findings *findings, const char *field, struct json_object *value,
                          const char *description)
{
    struct json_object *violation = json_object_new_object();

    put_text(violation, "field", field);
    put_text(violation, "value", value != NULL ? json_object_get_string(value) : "");
    put_text(violation, "description", description);
    json_object_array_add(findings->violations, violation);
}

static bool is_list_of(struct json_object *value, enum json_type type)
{
    if (!json_object_is_type(value, json_type_array))
        return false;
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        if (!json_object_is_type(json_object_array_get_idx(value, i), type))
            return false;
    }
    return true;
}

static bool has_type(struct json_object *value, enum field_type type)
{
    switch (type) {
    case FIELD_STRING:
        return json_object_is_type(value, json_type_string);
    case FIELD_INT:
        return json_object_is_type(value, json_type_int);
    case FIELD_BOOL:
        return json_object_is_type(value, json_type_boolean);
    case FIELD_OBJECT:
        return json_object_is_type(value, json_type_object);
    case FIELD_STRINGS:
        return is_list_of(value, json_type_string);
    case FIELD_OBJECTS:
        return is_list_of(value, json_type_object);
    }
    return false;
}

static const struct field *field_named(const struct field *fields, const char *name)
{
    for (; fields->name != NULL; fields++) {
        if (strcmp(fields->name, name) == 0)
            return fields;
    }
    return NULL;
}

static void look_through(struct findings *findings, const struct field *fields, struct json_object *object,
                         const char *path);

static void look_at(struct findings *findings, const struct field *field, struct json_object *value,
                    const char *path)
{
    if (value == NULL) {
        if (field->required)
            add_violation(findings, path, NULL, "field is required");
        return;
    }
    if (!has_type(value, field->type)) {
        char *description = xasprintf("field type is not %s", type_names[field->type]);

        add_violation(findings, path, value, description);
        free(description);
        return;
    }
    if (field->type == FIELD_OBJECT)
        look_through(findings, field->members, value, path);
    for (size_t i = 0; field->type == FIELD_OBJECTS && i < json_object_array_length(value); i++) {
        char *inner = xasprintf("%s[%zu]", path, i);

        look_through(findings, field->members, json_object_array_get_idx(value, i), inner);
        free(inner);
    }
}

static void look_through(struct findings *findings, const struct field *fields, struct json_object *object,
                         const char *path)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        char *inner = xasprintf("%s%s%s", path, *path != '\0' ? "." : "", field->name);

        look_at(findings, field, member(object, field->name), inner);
        free(inner);
    }
    json_object_object_foreach(object, name, value)
    {
        (void)value;
        if (field_named(fields, name) == NULL)
            findings->unknown = true;
    }
}

static bool is_choice(const char *choices, const char *text)
{
    size_t length = strlen(text);

    for (const char *at = choices; at != NULL; at = strchr(at, '|')) {
        at += *at == '|';
        if (length > 0 && strncmp(at, text, length) == 0 && (at[length] == '|' || at[length] == '\0'))
            return true;
    }
    return false;
}

static const char *query_mistake(const struct field *field, const char *text)
{
    if (field->type == FIELD_BOOL && !is_choice("true|false|1|0", text))
        return "field type is not bool";
    if (field->type == FIELD_INT && digits(text) < 0)
        return "field type is not int";
    if (field->maximum > 0 && digits(text) > field->maximum)
        return "the value is over the maximum";
    if (field->choices != NULL && !is_choice(field->choices, text))
        return "the value is none of the options";
    return NULL;
}

static void look_at_query(struct findings *findings, struct call *call)
{
    for (const struct field *field = call->route->query; field != NULL && field->name != NULL; field++) {
        const char *text = member_text(call->request->query, field->name), *mistake = NULL;

        if (text == NULL && field->required)
            mistake = "field is required";
        else if (text != NULL)
            mistake = query_mistake(field, text);
        if (mistake != NULL)
            add_violation(findings, field->name, member(call->request->query, field->name), mistake);
    }
}

static void look_at_body(struct findings *findings, struct call *call)
{
    if (call->route->body == NULL)
        return;
    if (call->request->length == 0)
        call->body = json_object_new_object();
    else
        call->body = json_read(call->request->body, call->request->length);
    if (json_object_is_type(call->body, json_type_object))
        look_through(findings, call->route->body, call->body, "");
    else
        add_violation(findings, "body", NULL, "the body is not a JSON object");
}

static void answer_violations(struct call *call, struct json_object *take_violations)
{
    answer_error(call->answer, 400, 99992402, "field validation failed");
    put(answer_error_object(call->answer), "field_violations", take_violations);
}

bool validate(struct call *call)
{
    struct findings findings = {.violations = json_object_new_array()};
    const char *kind = member_text(call->request->query, "user_id_type");

    look_at_query(&findings, call);
    look_at_body(&findings, call);
    if (json_object_array_length(findings.violations) > 0) {
        answer_violations(call, findings.violations);
        return false;
    }
    json_object_put(findings.violations);
    if (findings.unknown && call->sim->switches.unknown_fields == 1) {
        answer_error(call->answer, 400, 121003, "param error");
        return false;
    }
    call->id_kind = kind != NULL && call->route->query != NULL ? (enum id_kind)id_kind_parse(kind) : ID_OPEN;
    return true;
}

void answer_param_error(struct call *call, const char *field, const char *description)
{
    struct findings findings = {NULL, false};

    if (call->sim->switches.param_error == 0) {
        answer_error(call->answer, 400, 121003, "param error");
        return;
    }
    findings.violations = json_object_new_array();
    add_violation(&findings, field, NULL, description);
    answer_violations(call, findings.violations);
}
