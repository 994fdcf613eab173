/* Inside interface: what its files share. */
#ifndef MEETINGD_INTERFACE_PARTS_H
#define MEETINGD_INTERFACE_PARTS_H

#include "interface/health.h"
#include "interface/interface.h"
#include "interface/monitor.h"
#include "interface/prepared.h"
#include "wire/openmetrics.h"
#include "wire/status.h"
#include "wire/wire.h"

/* Calls that wait for Feishu or for the configuration. What they wait for can come after the interface has
 * gone. */
struct in_flight {
    size_t count;
    const struct clock *clock;
    int64_t reached_ms; /* when there were too many, last; boot time, 0: never */
    bool abandoned;     /* the interface has gone */
};

struct interface {
    struct interface_options options;
    const struct clock *clock;
    struct access *access;
    struct monitor *monitor;
    struct prepared *prepared;
    struct varlink_server *server;
    struct in_flight *in_flight;
    int64_t started_at; /* Unix seconds */
    int64_t started_boot_ms;
    void (*closed)(void *data);
    void *closed_data;
};

/* The text of the interface definition. */
extern const char interface_description[];

/* Answers with an error of io.meetingd that has one text. */
void interface_refuse(struct varlink_call *call, const char *error, const char *member, const char *value);

/* One more of them; false where there are too many, and the caller has been told. */
bool in_flight_begin(struct in_flight *in_flight, struct varlink_call *call);
/* What it waited for has come, whether or not the caller is still there. */
void in_flight_end(struct in_flight *in_flight);

/* What a peer may see. */
enum wire_secrets interface_secrets(const struct interface *interface, const struct varlink_call *call);

/* queries.c: the handlers. */
void queries_list_reservations(struct varlink_call *call, void *data);
void queries_get_reservation(struct varlink_call *call, void *data);
void queries_list_meetings(struct varlink_call *call, void *data);
void queries_get_meeting(struct varlink_call *call, void *data);

/* What a list was asked for; its texts are the call's. UNKNOWN, NULL, FLAG_UNSET: whatever. */
struct filter {
    const char *name;
    const char *const *states;
    size_t state_count;
    enum flag active; /* meetings: in progress */
    int64_t since, until;
};

/* queries.c: answers the call and returns false where it asks for what cannot be. */
bool interface_read_filter(struct varlink_call *call, struct filter *ret);

bool interface_wants_reservation(const struct filter *filter, const struct reservation *reservation);
bool interface_wants_meeting(const struct filter *filter, const struct meeting *meeting);

/* For qsort(): reservations by start, those without a timetable last; meetings the newest first, by when they
 * began. The store's lists are in the same orders. */
int interface_compare_reservations(const void *a, const void *b);
int interface_compare_meetings(const void *a, const void *b);

/* past.c: what is answered from the store, too. */
bool past_has_reservations(const struct filter *filter);
bool past_has_meetings(const struct filter *filter);
void past_list_reservations(const struct interface *interface, struct varlink_call *call,
                            const struct filter *filter);
void past_list_meetings(const struct interface *interface, struct varlink_call *call,
                        const struct filter *filter);

/* past.c: one that the cache does not have. */
void past_get_reservation(const struct interface *interface, struct varlink_call *call, const char *name,
                          const char *occurrence, const char *reserve_id);
void past_get_meeting(const struct interface *interface, struct varlink_call *call, const char *meeting_id,
                      const char *reserve_id);

/* past.c: the handler. */
void past_get_attendance(struct varlink_call *call, void *data);

/* operate.c: the handlers. */
void operate_handle_reserve(struct varlink_call *call, void *data);
void operate_handle_update(struct varlink_call *call, void *data);
void operate_handle_delete(struct varlink_call *call, void *data);
void operate_handle_fetch(struct varlink_call *call, void *data);
void operate_handle_fetch_active_meeting(struct varlink_call *call, void *data);
void operate_handle_resolve(struct varlink_call *call, void *data);

/* configuration.c: the handlers. */
void configuration_plan(struct varlink_call *call, void *data);
void configuration_reload(struct varlink_call *call, void *data);

/* hooks.c: the handlers. */
void hooks_handle_list(struct varlink_call *call, void *data);
void hooks_handle_test(struct varlink_call *call, void *data);

/* status.c: the handler. */
void status_get(struct varlink_call *call, void *data);

/* How the daemon and its parts are now. Texts in it are borrowed, from this struct too: until it ends, or the
 * loop turns. */
struct interface_status {
    struct wire_status told;
    struct health health;
    struct store_health store;
    struct varlink_server_counts socket;
    struct calls_status *calls; /* of each app, as the two below */
    struct spending_view *spent;
    struct wire_app *apps;
    struct wire_api *apis; /* FEISHU_APIS of each app */
};

void interface_status_read(const struct interface *interface, struct interface_status *ret);
void interface_status_fini(struct interface_status *status);

/* metrics.c: the handler. */
void metrics_get(struct varlink_call *call, void *data);

/* metrics-plans.c: the families with a series for each plan. */
void metrics_write_plans(const struct interface *interface, struct openmetrics *out);

/* explain.c: the handlers. */
void explain_handle(struct varlink_call *call, void *data);
void quota_handle(struct varlink_call *call, void *data);

/* How near an occurrence is to now: of a plan's, the least is the current one, else the next, else the last.
 */
int64_t interface_distance(const struct reservation *reservation, int64_t now_s);

/* The reservation that is meant: with a plan's name alone the current, next, else last one. NULL arguments
 * say nothing; NULL: there is none. */
const struct reservation *interface_find_reservation(const struct interface *interface, const char *name,
                                                     const char *occurrence, const char *reserve_id);

/* How a reservation is followed, with the phase that it is in now. */
struct following interface_following(const struct interface_options *parts, const struct clock *clock,
                                     const struct reservation *reservation);

/* A reservation with how it is followed, as of its last look. */
struct wire_followed interface_followed(const struct cache *cache, const struct clock *clock,
                                        const struct reservation *reservation);

/* A meeting with how it is followed. */
struct wire_meeting interface_meeting(const struct cache *cache, const struct clock *clock,
                                      const struct meeting *meeting);

/* Whether a reservation is shown where nobody asked for a certain one: not over, or over for less than a day.
 */
bool interface_is_current(const struct reservation *reservation, int64_t now_s);

#endif
