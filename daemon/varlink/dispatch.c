#include "varlink/dispatch.h"

#include <string.h>

static const struct varlink_method *find_method(const struct varlink_interface *interface, const char *name)
{
    for (size_t i = 0; i < interface->method_count; i++) {
        if (strcmp(interface->methods[i].name, name) == 0)
            return &interface->methods[i];
    }
    return NULL;
}

static bool is_interface(const struct varlink_interface *interface, const char *name, size_t length)
{
    return strlen(interface->name) == length && memcmp(interface->name, name, length) == 0;
}

static bool may_call(const struct varlink_options *options, const struct varlink_call *call,
                     const struct varlink_method *method)
{
    return options->allowed(options->data, varlink_call_peer(call), method->privilege);
}

static void dispatch(struct service *service, struct varlink_call *call, struct json_object *full_name)
{
    const struct varlink_options *options = service->options;
    const char *name = request_string(full_name);
    const char *dot = name != NULL ? strrchr(name, '.') : NULL;
    const struct varlink_method *method = NULL;
    bool own = false;

    if (dot != NULL) {
        size_t length = (size_t)(dot - name);

        own = is_interface(options->interface, name, length);
        if (!own && !is_interface(&service_interface, name, length)) {
            call_refuse(call, "InterfaceNotFound", "interface",
                        json_object_new_string_len(name, (int)length));
            return;
        }
        method = find_method(own ? options->interface : &service_interface, dot + 1);
    }
    /* Whether somebody may comes before what he asks for. */
    if (method == NULL)
        call_refuse(call, "MethodNotFound", "method", json_object_get(full_name));
    else if (own && !may_call(options, call, method))
        call_refuse(call, "PermissionDenied", NULL, NULL);
    else if (call_request(call)->upgrade)
        varlink_call_invalid(call, "upgrade");
    else if (method->needs_more && !varlink_call_more(call))
        call_refuse(call, "ExpectedMore", NULL, NULL);
    else if (call_read_parameters(call, method, own ? options->data : service))
        method->handle(call, own ? options->data : service);
}

void dispatch_call(struct service *service, struct varlink_call *call)
{
    struct json_object *name;
    void *data;
    const struct varlink_method *known = call_method(call, &data);

    if (known != NULL) {
        /* The bytes are those of the call before; who may can have changed. */
        if (data != service && !may_call(service->options, call, known))
            call_refuse(call, "PermissionDenied", NULL, NULL);
        else
            known->handle(call, data);
        return;
    }
    /* The handler ends the call, and its request with it, while the name may still be used. */
    name = json_object_get(call_request(call)->method);
    dispatch(service, call, name);
    json_object_put(name);
}
