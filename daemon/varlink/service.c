#include "varlink/service.h"

#include <string.h>

#include <json-c/json.h>

#include "base/base.h"
#include "varlink/call.h"

static const char description[] =
    "# What every Varlink service answers: who it is, and what it speaks.\n"
    "interface org.varlink.service\n"
    "\n"
    "# The service and the names of its interfaces.\n"
    "method GetInfo() -> (vendor: string, product: string, version: string, url: string, "
    "interfaces: []string)\n"
    "\n"
    "# The definition of one of them, as text.\n"
    "method GetInterfaceDescription(interface: string) -> (description: string)\n"
    "\n"
    "# The service does not have this interface.\n"
    "error InterfaceNotFound (interface: string)\n"
    "\n"
    "# The interface does not have this method; its name is given as it was sent.\n"
    "error MethodNotFound (method: string)\n"
    "\n"
    "# The interface has this method, and the service does without.\n"
    "error MethodNotImplemented (method: string)\n"
    "\n"
    "# This parameter is missing, not known, of the wrong type or out of range.\n"
    "error InvalidParameter (parameter: string)\n"
    "\n"
    "# The caller may not do this.\n"
    "error PermissionDenied ()\n"
    "\n"
    "# The method has many answers: the call must say `more`.\n"
    "error ExpectedMore ()\n";

static void reply(struct varlink_call *call, struct json_object *take_parameters)
{
    varlink_call_reply(call, json_object_to_json_string_ext(
                                 take_parameters, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(take_parameters);
}

static void get_info(struct varlink_call *call, void *data)
{
    const struct varlink_options *options = ((struct service *)data)->options;
    struct json_object *info = json_object_new_object(), *interfaces = json_object_new_array();

    json_object_object_add(info, "vendor", json_object_new_string(options->vendor));
    json_object_object_add(info, "product", json_object_new_string(options->product));
    json_object_object_add(info, "version", json_object_new_string(options->version));
    json_object_object_add(info, "url", json_object_new_string(options->url));
    json_object_array_add(interfaces, json_object_new_string(options->interface->name));
    json_object_array_add(interfaces, json_object_new_string(service_interface.name));
    json_object_object_add(info, "interfaces", interfaces);
    reply(call, info);
}

static void get_interface_description(struct varlink_call *call, void *data)
{
    const struct varlink_options *options = ((struct service *)data)->options;
    const struct varlink_interface *interface = NULL;
    struct json_object *parameters;
    const char *name = "";

    varlink_call_string(call, "interface", &name);
    if (strcmp(name, options->interface->name) == 0)
        interface = options->interface;
    else if (strcmp(name, service_interface.name) == 0)
        interface = &service_interface;
    if (interface == NULL) {
        call_refuse(call, "InterfaceNotFound", "interface", json_object_new_string(name));
        return;
    }
    parameters = json_object_new_object();
    json_object_object_add(parameters, "description", json_object_new_string(interface->description));
    reply(call, parameters);
}

static const struct varlink_parameter get_interface_description_parameters[] = {
    {"interface", VARLINK_STRING, true},
};

static const struct varlink_method methods[] = {
    {.name = "GetInfo", .handle = get_info},
    {.name = "GetInterfaceDescription",
     .parameters = get_interface_description_parameters,
     .parameter_count = ELEMENTS(get_interface_description_parameters),
     .handle = get_interface_description},
};

const struct varlink_interface service_interface = {
    .name = "org.varlink.service",
    .description = description,
    .methods = methods,
    .method_count = ELEMENTS(methods),
};
