/* The table of io.meetingd's methods, and the interface's life. */
#include <stdlib.h>

#include "base/base.h"
#include "base/log.h"
#include "interface/parts.h"

/* How long a reader that is behind may take its last answers at the end. */
#define FLUSH_MS (2 * MS_PER_SECOND)

/* Bytes that may wait for a reader: room for a snapshot of thousands of reservations and what happens while
 * it is being read. Who watches is bounded more closely by monitor. */
#define QUEUE_MAX ((size_t)4 * 1024 * 1024)

/* Calls that may wait for Feishu or for the configuration at once; their callers may have gone meanwhile. */
#define IN_FLIGHT_MAX 256

static void watch(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    struct monitor_wishes wishes = {.since = UNKNOWN, .secrets = interface_secrets(interface, call)};

    varlink_call_string(call, "name", &wishes.name);
    if (varlink_call_int(call, "since_sequence", &wishes.since) && wishes.since < 0)
        varlink_call_invalid(call, "since_sequence");
    else if (varlink_call_int(call, "heartbeat", &wishes.heartbeat_s) &&
             (wishes.heartbeat_s < 1 || wishes.heartbeat_s > MONITOR_HEARTBEAT_MAX_S))
        varlink_call_invalid(call, "heartbeat");
    else
        monitor_watch(interface->monitor, call, &wishes);
}

static const struct varlink_parameter list_reservations_parameters[] = {
    {"name", VARLINK_STRING, false},
    {"state", VARLINK_STRINGS, false},
    {"since", VARLINK_INT, false},
    {"until", VARLINK_INT, false},
};

static const struct varlink_parameter get_reservation_parameters[] = {
    {"name", VARLINK_STRING, false},
    {"occurrence", VARLINK_STRING, false},
    {"reserve_id", VARLINK_STRING, false},
};

static const struct varlink_parameter list_meetings_parameters[] = {
    {"active", VARLINK_BOOL, false},
    {"name", VARLINK_STRING, false},
    {"since", VARLINK_INT, false},
    {"until", VARLINK_INT, false},
};

static const struct varlink_parameter get_meeting_parameters[] = {
    {"meeting_id", VARLINK_STRING, false},
    {"reserve_id", VARLINK_STRING, false},
};

static const struct varlink_parameter get_attendance_parameters[] = {
    {"meeting_id", VARLINK_STRING, false},
    {"name", VARLINK_STRING, false},
    {"since", VARLINK_INT, false},
    {"until", VARLINK_INT, false},
};

static const struct varlink_parameter monitor_parameters[] = {
    {"name", VARLINK_STRING, false},
    {"since_sequence", VARLINK_INT, false},
    {"heartbeat", VARLINK_INT, false},
};

static const struct varlink_parameter reserve_parameters[] = {
    {"app", VARLINK_STRING, false},
    {"owner_id", VARLINK_STRING, false},
    {"end_time", VARLINK_INT, true},
    {"meeting_settings", VARLINK_OBJECT, true},
};

static const struct varlink_parameter update_parameters[] = {
    {"reserve_id", VARLINK_STRING, true},
    {"end_time", VARLINK_INT, false},
    {"meeting_settings", VARLINK_OBJECT, false},
};

static const struct varlink_parameter reserve_id_parameters[] = {
    {"reserve_id", VARLINK_STRING, true},
};

static const struct varlink_parameter fetch_active_meeting_parameters[] = {
    {"reserve_id", VARLINK_STRING, true},
    {"with_participants", VARLINK_BOOL, false},
};

static const struct varlink_parameter resolve_parameters[] = {
    {"occurrence", VARLINK_STRING, true},
    {"reserve_id", VARLINK_STRING, false},
    {"retry", VARLINK_BOOL, false},
    {"drop", VARLINK_BOOL, false},
};

static const struct varlink_parameter reload_parameters[] = {
    {"force", VARLINK_BOOL, false},
};

static const struct varlink_parameter explain_parameters[] = {
    {"name", VARLINK_STRING, false},
    {"occurrence", VARLINK_STRING, false},
};

static const struct varlink_parameter get_metrics_parameters[] = {
    {"plans", VARLINK_BOOL, false},
};

static const struct varlink_parameter test_hook_parameters[] = {
    {"name", VARLINK_STRING, true},
};

#define PARAMETERS(array) .parameters = (array), .parameter_count = ELEMENTS(array)

static const struct varlink_method methods[] = {
    {.name = "GetStatus", .privilege = PRIVILEGE_READ, .handle = status_get},
    {.name = "ListReservations",
     PARAMETERS(list_reservations_parameters),
     .privilege = PRIVILEGE_READ,
     .handle = queries_list_reservations},
    {.name = "GetReservation",
     PARAMETERS(get_reservation_parameters),
     .privilege = PRIVILEGE_READ,
     .handle = queries_get_reservation},
    {.name = "ListMeetings",
     PARAMETERS(list_meetings_parameters),
     .privilege = PRIVILEGE_READ,
     .handle = queries_list_meetings},
    {.name = "GetMeeting",
     PARAMETERS(get_meeting_parameters),
     .privilege = PRIVILEGE_READ,
     .handle = queries_get_meeting},
    {.name = "GetAttendance",
     PARAMETERS(get_attendance_parameters),
     .privilege = PRIVILEGE_READ,
     .handle = past_get_attendance},
    {.name = "Monitor",
     PARAMETERS(monitor_parameters),
     .needs_more = true,
     .privilege = PRIVILEGE_READ,
     .handle = watch},
    {.name = "Plan", .privilege = PRIVILEGE_READ, .handle = configuration_plan},
    {.name = "Reload",
     PARAMETERS(reload_parameters),
     .privilege = PRIVILEGE_OPERATE,
     .handle = configuration_reload},
    {.name = "Explain",
     PARAMETERS(explain_parameters),
     .privilege = PRIVILEGE_READ,
     .handle = explain_handle},
    {.name = "GetQuota", .privilege = PRIVILEGE_READ, .handle = quota_handle},
    {.name = "GetMetrics",
     PARAMETERS(get_metrics_parameters),
     .privilege = PRIVILEGE_READ,
     .handle = metrics_get},
    {.name = "ListHooks", .privilege = PRIVILEGE_READ, .handle = hooks_handle_list},
    {.name = "TestHook",
     PARAMETERS(test_hook_parameters),
     .privilege = PRIVILEGE_OPERATE,
     .handle = hooks_handle_test},
    {.name = "Reserve",
     PARAMETERS(reserve_parameters),
     .privilege = PRIVILEGE_OPERATE,
     .handle = operate_handle_reserve},
    {.name = "UpdateReservation",
     PARAMETERS(update_parameters),
     .privilege = PRIVILEGE_OPERATE,
     .handle = operate_handle_update},
    {.name = "DeleteReservation",
     PARAMETERS(reserve_id_parameters),
     .privilege = PRIVILEGE_OPERATE,
     .handle = operate_handle_delete},
    {.name = "FetchReservation",
     PARAMETERS(reserve_id_parameters),
     .privilege = PRIVILEGE_OPERATE,
     .handle = operate_handle_fetch},
    {.name = "FetchActiveMeeting",
     PARAMETERS(fetch_active_meeting_parameters),
     .privilege = PRIVILEGE_OPERATE,
     .handle = operate_handle_fetch_active_meeting},
    {.name = "ResolveReservation",
     PARAMETERS(resolve_parameters),
     .privilege = PRIVILEGE_OPERATE,
     .handle = operate_handle_resolve},
};

static const struct varlink_interface io_meetingd = {
    .name = "io.meetingd",
    .description = interface_description,
    .methods = methods,
    .method_count = ELEMENTS(methods),
};

static bool allowed(void *data, const struct varlink_peer *peer, int privilege)
{
    const struct interface *interface = data;

    return access_allows(interface->access, peer, (enum privilege)privilege);
}

enum wire_secrets interface_secrets(const struct interface *interface, const struct varlink_call *call)
{
    return access_is_operator(interface->access, varlink_call_peer(call)) ? WIRE_WITH_PASSWORDS
                                                                          : WIRE_WITHOUT_PASSWORDS;
}

void interface_refuse(struct varlink_call *call, const char *error, const char *member, const char *value)
{
    struct buffer text = BUFFER_EMPTY;

    buffer_printf(&text, "{\"%s\":", member);
    wire_string(&text, value);
    buffer_append_char(&text, '}');
    varlink_call_error(call, error, text.data);
    buffer_fini(&text);
}

bool in_flight_begin(struct in_flight *in_flight, struct varlink_call *call)
{
    if (in_flight->count < IN_FLIGHT_MAX) {
        in_flight->count++;
        return true;
    }
    if (log_limit_is_news(&in_flight->reached_ms, in_flight->clock))
        log_warning(NULL, "%d operators' calls are in flight, the most there may be; more are refused",
                    IN_FLIGHT_MAX);
    interface_refuse(call, "io.meetingd.Unavailable", "reason",
                     "too many operators' calls are in flight; try again when some have been answered");
    return false;
}

void in_flight_end(struct in_flight *in_flight)
{
    if (--in_flight->count == 0 && in_flight->abandoned)
        free(in_flight);
}

static void in_flight_abandon(struct in_flight *in_flight)
{
    in_flight->abandoned = true;
    if (in_flight->count == 0)
        free(in_flight);
}

void interface_set_access(struct interface *interface, struct access *take)
{
    access_free(interface->access);
    interface->access = take;
    monitor_look_again(interface->monitor, interface);
}

static void interface_free(struct interface *interface)
{
    monitor_free(interface->monitor);
    prepared_free(interface->prepared);
    access_free(interface->access);
    in_flight_abandon(interface->in_flight);
    free(interface);
}

int interface_new(struct interface **ret, const struct interface_options *options, struct error *error)
{
    struct interface *interface = xalloc(sizeof(*interface));
    struct varlink_options server = {
        .vendor = "meetingd",
        .product = "meetingd",
        .version = PACKAGE_VERSION,
        .url = PACKAGE_URL,
        .interface = &io_meetingd,
        .data = interface,
        .allowed = allowed,
        .queue_max = QUEUE_MAX,
    };
    int result;

    interface->options = *options;
    interface->clock = timers_clock(options->timers);
    interface->started_at = clock_wall_seconds(interface->clock);
    interface->started_boot_ms = clock_boot_ms(interface->clock);
    interface->access = access_new(options->operators);
    interface->in_flight = xalloc(sizeof(*interface->in_flight));
    interface->in_flight->clock = interface->clock;
    interface->monitor = monitor_new(options->cache, options->timers, options->store);
    interface->prepared = prepared_new(options->cache, interface->clock);
    result = varlink_server_new(&interface->server, options->loop, options->timers, &server, error);
    if (result < 0) {
        interface_free(interface);
        return result;
    }
    *ret = interface;
    return 0;
}

int interface_listen(struct interface *interface, const char *path, struct error *error)
{
    return varlink_server_listen(interface->server, path, error);
}

int interface_listen_fd(struct interface *interface, int fd, struct error *error)
{
    return varlink_server_listen_fd(interface->server, fd, error);
}

void interface_stop(struct interface *interface)
{
    varlink_server_stop(interface->server);
}

static void on_server_closed(void *data)
{
    struct interface *interface = data;
    void (*closed)(void *data) = interface->closed;
    void *closed_data = interface->closed_data;

    interface_free(interface);
    closed(closed_data);
}

void interface_close(struct interface *interface, void (*closed)(void *data), void *data)
{
    interface->closed = closed;
    interface->closed_data = data;
    varlink_server_close(interface->server, FLUSH_MS, on_server_closed, interface);
}
