/* The operators' methods: the five operations of the API, now. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "interface/parts.h"
#include "sync/operate.h"
#include "wire/read.h"

/* An operator who waits; `call` is NULL once the connection has gone: the operation goes on all the same. */
struct waiting {
    const struct interface *interface;
    struct in_flight *in_flight;
    struct varlink_call *call;
    bool wants_meeting;
};

static void on_gone(struct varlink_call *call, void *data)
{
    (void)call;
    ((struct waiting *)data)->call = NULL;
}

/* NULL where too many wait already, and the caller has been told. */
static struct waiting *wait_for(struct varlink_call *call, const struct interface *interface,
                                bool wants_meeting)
{
    struct waiting *waiting;

    if (!in_flight_begin(interface->in_flight, call))
        return NULL;
    waiting = xalloc(sizeof(*waiting));
    waiting->interface = interface;
    waiting->in_flight = interface->in_flight;
    waiting->call = call;
    waiting->wants_meeting = wants_meeting;
    varlink_call_on_end(call, on_gone, waiting);
    return waiting;
}

static void waiting_free(struct waiting *waiting)
{
    in_flight_end(waiting->in_flight);
    free(waiting);
}

static void refuse_by_feishu(struct varlink_call *call, const struct feishu_result *result)
{
    struct buffer text = BUFFER_EMPTY;

    buffer_printf(&text, "{\"code\":%lld,\"message\":", (long long)result->code);
    wire_string(&text, result->message);
    buffer_append_text(&text, ",\"log_id\":");
    wire_string(&text, result->log_id[0] != '\0' ? result->log_id : NULL);
    buffer_append_char(&text, '}');
    varlink_call_error(call, "io.meetingd.FeishuError", text.data);
    buffer_fini(&text);
}

static void answer(const struct waiting *waiting, const struct operated *operated)
{
    const struct interface *interface = waiting->interface;
    struct buffer text = BUFFER_EMPTY;

    if (waiting->wants_meeting) {
        struct wire_meeting meeting =
            interface_meeting(interface->options.cache, interface->clock, operated->meeting);

        buffer_append_text(&text, "{\"meeting\":");
        wire_meeting(&text, &meeting, WIRE_WITH_PARTICIPANTS, WIRE_WITH_PASSWORDS);
    } else if (operated->reservation != NULL) {
        buffer_append_text(&text, "{\"reservation\":");
        wire_reservation(&text, operated->reservation, WIRE_WITH_PASSWORDS);
    } else {
        buffer_append_text(&text, "{\"reservation\":null");
    }
    buffer_append_char(&text, '}');
    varlink_call_reply(waiting->call, text.data);
    explicit_bzero(text.data, text.length);
    buffer_fini(&text);
}

/* What Feishu's answer, if it is no good one, is to whoever asked. */
static void refuse_by_result(struct varlink_call *call, const struct operated *operated)
{
    const struct feishu_result *result = operated->result;

    if (result->api == FEISHU_APPLY && !result->surely_not_done)
        interface_refuse(call, "io.meetingd.Uncertain", "occurrence", operated->reservation->key);
    else if (result->code == 0)
        interface_refuse(call, "io.meetingd.Unavailable", "reason", result->message);
    else
        refuse_by_feishu(call, result);
}

static void on_operated(void *data, const struct operated *operated)
{
    struct waiting *waiting = data;

    if (waiting->call == NULL) {
        waiting_free(waiting);
        return;
    }
    if (operated->reason != NULL)
        interface_refuse(waiting->call, "io.meetingd.Unavailable", "reason", operated->reason);
    else if (operated->result != NULL && operated->result->outcome != FEISHU_OK)
        refuse_by_result(waiting->call, operated);
    else if (waiting->wants_meeting && operated->meeting == NULL)
        interface_refuse(waiting->call, "io.meetingd.NotFound", "what", "a meeting in progress");
    else
        answer(waiting, operated);
    waiting_free(waiting);
}

/* What could not even be begun. */
static void check_begun(struct waiting *waiting, int result)
{
    if (result == 0)
        return;
    varlink_call_invalid(waiting->call, "app");
    waiting_free(waiting);
}

/* The reserve_id of a call; false where it is none, and the caller has been told. */
static bool read_reserve_id(struct varlink_call *call, const char **ret)
{
    if (varlink_call_string(call, "reserve_id", ret) && (*ret)[0] != '\0')
        return true;
    varlink_call_invalid(call, "reserve_id");
    return false;
}

/* The settings of a call; false where they are wrong, and the caller has been told. */
static bool read_settings(struct varlink_call *call, bool *ret_given, struct meeting_settings *ret)
{
    const char *json, *wrong;

    meeting_settings_init(ret);
    *ret_given = varlink_call_object(call, "meeting_settings", &json);
    if (!*ret_given || wire_read_settings(json, ret, &wrong) == 0)
        return true;
    varlink_call_invalid(call, wrong);
    return false;
}

void operate_handle_reserve(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    const char *app = NULL, *owner_id = NULL;
    struct meeting_settings settings;
    struct waiting *waiting;
    int64_t end_time;
    bool given;

    varlink_call_string(call, "app", &app);
    varlink_call_string(call, "owner_id", &owner_id);
    if (!varlink_call_int(call, "end_time", &end_time) || !read_settings(call, &given, &settings))
        return;
    waiting = wait_for(call, interface, false);
    if (waiting != NULL)
        check_begun(waiting, operate_reserve(interface->options.driver, app, owner_id, end_time, &settings,
                                             on_operated, waiting));
    meeting_settings_fini(&settings);
}

void operate_handle_update(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    const char *reserve_id = NULL;
    struct meeting_settings settings;
    struct waiting *waiting;
    int64_t end_time = UNKNOWN;
    bool given;

    varlink_call_int(call, "end_time", &end_time);
    if (!read_reserve_id(call, &reserve_id) || !read_settings(call, &given, &settings))
        return;
    /* It cannot be updated: Feishu would ignore it (feishu-api.md 1.4). */
    if (settings.meeting_connect != FLAG_UNSET) {
        meeting_settings_fini(&settings);
        varlink_call_invalid(call, "meeting_connect");
        return;
    }
    waiting = wait_for(call, interface, false);
    if (waiting != NULL)
        check_begun(waiting, operate_update(interface->options.driver, reserve_id, end_time,
                                            given ? &settings : NULL, on_operated, waiting));
    meeting_settings_fini(&settings);
}

void operate_handle_delete(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    const char *reserve_id = NULL;
    struct waiting *waiting;

    if (!read_reserve_id(call, &reserve_id))
        return;
    waiting = wait_for(call, interface, false);
    if (waiting != NULL)
        check_begun(waiting, operate_delete(interface->options.driver, reserve_id, on_operated, waiting));
}

void operate_handle_fetch(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    const char *reserve_id = NULL;
    struct waiting *waiting;

    if (!read_reserve_id(call, &reserve_id))
        return;
    waiting = wait_for(call, interface, false);
    if (waiting != NULL)
        check_begun(waiting, operate_fetch(interface->options.driver, reserve_id, on_operated, waiting));
}

void operate_handle_fetch_active_meeting(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    const char *reserve_id = NULL;
    bool with_participants = false; /* Feishu's own default (feishu-api.md 1.7) */
    struct waiting *waiting;

    if (!read_reserve_id(call, &reserve_id))
        return;
    varlink_call_bool(call, "with_participants", &with_participants);
    waiting = wait_for(call, interface, true);
    if (waiting != NULL)
        check_begun(waiting, operate_fetch_active_meeting(interface->options.driver, reserve_id,
                                                          with_participants, on_operated, waiting));
}

/* By exactly one of the three; false where the caller has been told otherwise. */
static bool read_settlement(struct varlink_call *call, enum settlement *ret, const char **ret_reserve_id)
{
    bool retry = false, drop = false;

    *ret_reserve_id = NULL;
    varlink_call_string(call, "reserve_id", ret_reserve_id);
    varlink_call_bool(call, "retry", &retry);
    varlink_call_bool(call, "drop", &drop);
    if ((*ret_reserve_id != NULL) + retry + drop != 1) {
        varlink_call_invalid(call, *ret_reserve_id == NULL ? "reserve_id" : retry ? "retry" : "drop");
        return false;
    }
    *ret = retry ? SETTLE_RETRY : drop ? SETTLE_DROP : SETTLE_AS;
    return true;
}

void operate_handle_resolve(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    const char *occurrence = NULL, *reserve_id;
    enum settlement settlement;
    struct waiting *waiting;
    int result;

    varlink_call_string(call, "occurrence", &occurrence);
    if (!read_settlement(call, &settlement, &reserve_id))
        return;
    waiting = wait_for(call, interface, false);
    if (waiting == NULL)
        return;
    result =
        operate_resolve(interface->options.driver, occurrence, settlement, reserve_id, on_operated, waiting);
    if (result == 0)
        return;
    waiting_free(waiting);
    if (result == -EBUSY)
        interface_refuse(call, "io.meetingd.Unavailable", "reason",
                         "this reservation is not uncertain (any more)");
    else if (result == -EEXIST)
        varlink_call_invalid(call, "reserve_id");
    else
        interface_refuse(call, "io.meetingd.NotFound", "what", occurrence);
}
