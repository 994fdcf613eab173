#include "model/reservation.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

static const char *const state_names[RESERVATION_STATES] = {
    [RESERVATION_PLANNED] = "planned",     [RESERVATION_RESERVING] = "reserving",
    [RESERVATION_UNCERTAIN] = "uncertain", [RESERVATION_RESERVED] = "reserved",
    [RESERVATION_LIVE] = "live",           [RESERVATION_ENDED] = "ended",
    [RESERVATION_EXPIRED] = "expired",     [RESERVATION_FAILED] = "failed",
    [RESERVATION_DELETED] = "deleted",
};

const char *reservation_state_name(enum reservation_state state)
{
    return state_names[state];
}

int reservation_state_from_name(const char *name)
{
    for (int state = 0; state < RESERVATION_STATES; state++) {
        if (strcmp(state_names[state], name) == 0)
            return state;
    }
    return -1;
}

bool reservation_is_made(const struct reservation *reservation)
{
    return reservation->state == RESERVATION_RESERVED || reservation->state == RESERVATION_LIVE ||
           reservation->state == RESERVATION_ENDED;
}

bool reservation_in_force(const struct reservation *reservation, int64_t now_s)
{
    switch (reservation->state) {
    case RESERVATION_PLANNED:
    case RESERVATION_EXPIRED:
    case RESERVATION_FAILED:
    case RESERVATION_DELETED:
        return false;
    case RESERVATION_LIVE:
        return true;
    default:
        return reservation->expire_time == UNKNOWN || now_s < reservation->expire_time;
    }
}

struct reservation *reservation_new(const char *key)
{
    struct reservation *reservation = xalloc(sizeof(*reservation));

    reservation->key = xstrdup(key);
    reservation->start_time = UNKNOWN;
    reservation->end_time = UNKNOWN;
    reservation->attempted_at = UNKNOWN;
    reservation->expire_time = UNKNOWN;
    reservation->applied_expiry = UNKNOWN;
    reservation->expire_status = UNKNOWN;
    reservation->observed_at = UNKNOWN;
    return reservation;
}

struct reservation *reservation_free(struct reservation *reservation)
{
    if (reservation == NULL)
        return NULL;
    free(reservation->key);
    free(reservation->uid);
    free(reservation->name);
    free(reservation->occurrence);
    free(reservation->app);
    free(reservation->date);
    free(reservation->owner_id);
    meeting_settings_fini(&reservation->meeting_settings);
    secret_free(reservation->applied);
    problem_fini(&reservation->problem);
    free(reservation->reserve_id);
    free(reservation->meeting_no);
    free(reservation->url);
    free(reservation->app_link);
    free(reservation->live_link);
    secret_free(reservation->password);
    free(reservation->reserve_user_id);
    string_list_fini(&reservation->invalid_host_id_list);
    string_list_fini(&reservation->meetings);
    free(reservation);
    return NULL;
}

struct reservation *reservation_copy(const struct reservation *from)
{
    struct reservation *to = xalloc(sizeof(*to));

    *to = *from;
    to->key = xstrdup(from->key);
    to->uid = xstrdup(from->uid);
    to->name = xstrdup(from->name);
    to->occurrence = xstrdup(from->occurrence);
    to->app = xstrdup(from->app);
    to->date = xstrdup(from->date);
    to->applied = xstrdup(from->applied);
    to->owner_id = xstrdup(from->owner_id);
    meeting_settings_copy(&to->meeting_settings, &from->meeting_settings);
    problem_copy(&to->problem, &from->problem);
    to->reserve_id = xstrdup(from->reserve_id);
    to->meeting_no = xstrdup(from->meeting_no);
    to->url = xstrdup(from->url);
    to->app_link = xstrdup(from->app_link);
    to->live_link = xstrdup(from->live_link);
    to->password = xstrdup(from->password);
    to->reserve_user_id = xstrdup(from->reserve_user_id);
    string_list_copy(&to->invalid_host_id_list, &from->invalid_host_id_list);
    string_list_copy(&to->meetings, &from->meetings);
    return to;
}

void reservation_set_problem(struct reservation *reservation, int64_t code, const char *message,
                             const char *log_id, int64_t at, int64_t retry_at)
{
    problem_fini(&reservation->problem);
    if (message == NULL)
        return;
    reservation->problem = (struct problem){
        .code = code,
        .message = xstrdup(message),
        .log_id = xstrdup(log_id),
        .at = at,
        .retry_at = retry_at,
    };
}
