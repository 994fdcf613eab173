/* What the configuration asks for: apps, the polling intervals, and the plans. Values only; config makes
 * them. */
#ifndef MEETINGD_MODEL_PLAN_H
#define MEETINGD_MODEL_PLAN_H

#include "model/model.h"
#include "model/schedule.h"
#include "model/settings.h"

/* One Feishu or Lark app in one tenant ([app], [app NAME]). */
struct app {
    char *name;     /* "default" for [app] */
    char *base_url; /* without a slash at its end, e.g. "https://open.feishu.cn" */
    char *app_id;
    char *app_secret; /* secret; NULL: there is none (a note, where the configuration is only checked) */
    char *owner_id;   /* for plans that have none; NULL: none */
    enum user_id_type user_id_type;
    char *ca_file; /* NULL: none */
    int64_t timeout_ms;
    int64_t rate_per_minute;
    int64_t rate_per_second;
    int64_t monthly_calls; /* of the whole tenant; 0: no limit */
    int64_t monthly_share; /* that this app may use of them, per cent */
    char *month_timezone;  /* IANA name; NULL: UTC */
};

/* [poll]: how often a reservation is looked at, by phase. */
struct poll_settings {
    int64_t live_ms;
    int64_t starting_ms;
    int64_t early_ms; /* how long before its start an occurrence counts as starting */
    int64_t overdue_ms;
    int64_t cooling_ms;
    int64_t idle_ms; /* 0: not at all */
    bool participants;
};

/* Whether each occurrence has a reservation, number and link of its own, or all have one. */
enum plan_link { PLAN_LINK_OCCURRENCE, PLAN_LINK_STANDING };

/* What becomes of the reservations to come when the plan goes. */
enum on_remove { ON_REMOVE_DELETE, ON_REMOVE_KEEP };

/* A day or a time at which the rule does not hold. */
struct exdate {
    struct local_time time;
    bool whole_day;
};

/* [reservation NAME]. */
struct plan {
    char *name;
    char *app;
    char *reserve_id; /* adopted: made elsewhere; NULL: ours to make */
    char *owner_id;   /* with the app's already filled in */
    char *timezone;   /* with the daemon's already filled in; IANA name */
    bool has_start;
    struct local_time start;
    int64_t duration_s; /* UNKNOWN without a start */
    char *rrule;        /* RFC 5545; NULL: once */
    struct exdate *exdates;
    size_t exdate_count;
    int64_t
        last_end_time; /* end of the last occurrence, Unix seconds; UNKNOWN: none, or it goes on for ever */
    enum plan_link link;
    enum on_remove on_remove;
    int64_t create_ahead_ms;
    int64_t expire_after_ms;
    struct meeting_settings meeting_settings;
    char *file; /* where it stands in the configuration */
    unsigned line;
};

struct plan_list {
    struct plan **items;
    size_t count;
};

/* What to do about an apply whose answer never came. */
enum on_uncertain { ON_UNCERTAIN_RETRY, ON_UNCERTAIN_HOLD };

struct app *app_free(struct app *app);

/* A plan without anything but its name. */
struct plan *plan_new(const char *name);
struct plan *plan_free(struct plan *plan);

/* A plan of the same name, app and timetable, without what is asked of the meeting. */
struct plan *plan_copy_timetable(const struct plan *plan);

/* The list owns the plan from then on. */
void plan_list_take(struct plan_list *list, struct plan *plan);
void plan_list_fini(struct plan_list *list);

#endif
