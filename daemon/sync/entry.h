/* Inside the driver: one reservation that it looks after. */
#ifndef MEETINGD_SYNC_ENTRY_H
#define MEETINGD_SYNC_ENTRY_H

#include "engine/absence.h"
#include "engine/reconciler.h"
#include "sync/driver.h"
#include "sync/timetable.h"

#define SECOND_MAY_EXIST                                                                                     \
    "an earlier apply of this reservation was never answered: a second one may exist at Feishu; delete it "  \
    "there if so"

/* New plans on their way in. */
struct loading {
    struct timetable timetable;
    bool force;
    driver_planned_cb *callback;
    void *data;
};

struct driver {
    struct driver_options options;
    const struct clock *clock;
    struct entry **entries;
    size_t count;
    struct timetable timetable;
    struct timer view_timer;  /* until the first view is too short */
    struct outlooks outlooks; /* under way on another thread */
    bool planning;            /* they are */
    bool held;                /* the file would delete too much, and nobody has said force yet */
    struct loading *loading;  /* NULL: none; waits until others have ended */
    struct string_list
        replacing;              /* apps whose Feishu replaces all settings by those that an update carries */
    uint64_t sequences_claimed; /* numbers below this are ours to hand out */
    bool stopping;
    int64_t started_s;              /* Unix seconds */
    struct string_list history_off; /* apps that may not read the history */
};

struct entry {
    struct driver *driver;
    const struct plan *plan;    /* NULL: gone, or made by hand */
    struct reservation *record; /* the newest state; the cache has it once the store has */
    struct timer decide_timer;
    struct timer poll_timer;
    struct timer save_timer; /* a write that failed is tried again */
    bool busy;               /* a wait for the turn, an intent, an apply, a get or a probe is under way */
    bool looking;            /* a get_active_meeting is under way */
    int saving;              /* writes under way */
    bool forgotten;          /* gone for everyone; freed when nothing is under way any more */
    enum phase phase;        /* in which the budget counts it */
    int64_t looked_at;       /* Unix ms of the last look, good or not; UNKNOWN: none */
    int failures;            /* looks in a row without an answer */
    int64_t settled_at;   /* Unix ms at which a get last told that the reservation exists; UNKNOWN: never */
    bool repeating;       /* the apply under way repeats one whose outcome is not known */
    bool repeated_before; /* and it was repeated once already, before that */
    bool refused;         /* Feishu has refused for good what the file asks for now */
    const struct plan *superseded_by; /* the plan that wants another one in its place; NULL: none does */
    struct change *change;            /* the update under way; NULL: none is */
    /* Of an operator who waits for this reservation to be made (operation.h); NULL: nobody does. */
    struct operation *operation;
    struct call *apply; /* waits in its place for the intent to be written */
    char *asked;        /* secret; settings_text() of what the apply under way asks for, */
    char *asked_owner;  /* for whom, */
    char *asked_app;    /* and by which app */

    /* history.c */
    struct timer history_timer;
    int64_t history_due;   /* Unix seconds, of that timer; UNKNOWN: it does not run */
    int64_t history_until; /* Unix seconds up to which was asked; UNKNOWN: nothing was */
    int64_t history_from;  /* since which all meetings up to then are known; UNKNOWN: nobody can tell */
    int64_t history_window_start, history_window_end; /* of the question under way */
    int64_t history_retry_ms;                         /* Unix ms; UNKNOWN: nothing went wrong */
    int history_failures, history_pages;
    int64_t history_wanted_s;   /* Unix seconds at which something may have been missed; UNKNOWN: nothing */
    bool history_busy;          /* a call is under way */
    bool history_listed;        /* all meetings of the window are in `to_read`, or known */
    bool history_certain;       /* Feishu has told all of them, */
    bool history_missed;        /* but one could not be read, or goes on */
    struct string_list to_read; /* meetings whose last figures are to be read */

    /* absence.c */
    struct host_watch host_watch;
    struct slot_watch slot_watch;
    int64_t absent_at; /* Unix seconds at which it can be settled whether somebody came to the last occurrence
                          that was left; UNKNOWN: somebody did */
};

/* entry.c */

/* `wished`, or that with a number behind it, where another reservation has it, known now or only in the
 * store: one that was made before with another app, owner or reserve_id. The caller frees it. */
char *driver_unique_key(const struct driver *driver, const char *wished);

/* A new entry, which takes the record. */
struct entry *driver_add_entry(struct driver *driver, struct reservation *take);

/* Drops an entry whose reservation was never made, or is only followed, from the cache and the store too. */
void driver_forget(struct driver *driver, struct entry *entry);

/* Drops an entry that has long been over from the cache, but not from the store. */
void driver_retire(struct driver *driver, struct entry *entry);

/* To be asked at the end of each callback: frees an entry that was forgotten, once nothing of it is under
 * way; true: it is forgotten, and nothing more is done about it. */
bool entry_release(struct entry *entry);

/* At the driver's end. */
void entry_free(struct entry *entry);

/* Stores the record, then shows it, and tells `kind` (none where it is EVENT_KINDS). */
void entry_save(struct entry *entry, enum event_kind kind);

/* The same, and then answers an operator; `operation` is used up. */
void entry_save_for(struct entry *entry, enum event_kind kind, struct operation *operation);

/* Shows the record as it is now, without storing it: one that is only planned. */
void entry_show(struct entry *entry);

/* Tells the listeners of a change of the reservation, or of what `about` has beside it. */
void entry_announce(struct entry *entry, const struct event *about);

/* Feishu's, for their support; NULL where there is none. */
const char *entry_log_id(const struct feishu_result *result);

struct log_subject entry_subject(const struct entry *entry, const struct feishu_result *result);

/* Claims more sequence numbers where they run short. */
void driver_claim_sequences(struct driver *driver);

/* driver.c */

/* An intent without an answer, from before the start. */
void entry_become_uncertain(struct entry *entry);

/* Asks the reconciler about an entry and does what it says. */
void entry_decide(struct entry *entry);

/* What the reconciler needs to know beside the record. */
struct reconciler_view entry_view(const struct entry *entry);

/* plans.c, on pass.h */

/* The plan's occurrences are worked out, and matched with what is on record; blocks. */
void driver_begin_plans(struct driver *driver);

/* Works out again what is due, on another thread; nothing where that is under way. */
void driver_work_out_plans(struct driver *driver);

/* The record of a plan has ended in a way that asks for another one: looks for it. */
void driver_reconsider(struct driver *driver, const struct plan *plan);

/* single.c */

/* A single reservation goes on to its plan's next occurrence. */
void entry_advance(struct entry *entry);

/* A single reservation that could not be made in time for the occurrence at which it stands waits for the
 * next one, and the one that has passed is recorded as failed. False: there is no next one. */
bool entry_skip(struct entry *entry, const char *problem);

/* The occurrence after the one at which a single reservation stands; NULL: none. */
const struct occurrence *entry_next_occurrence(const struct entry *entry);

/* Whether its plan still has something to come for it. */
bool entry_is_needed(const struct entry *entry);

/* Of a single reservation the entry of the occurrence that was current at a time (Unix seconds), as far as
 * that is on record; else the entry itself. */
struct entry *entry_at(struct entry *entry, int64_t time);

/* Shows the further occurrences of a single reservation. */
void entry_show_rows(struct entry *entry);

/* reserve.c */

/* Takes over what Feishu told of a reservation at `now_ms`; what it did not tell stays. */
void reservation_take_answer(struct reservation *record, const struct feishu_reserve *reserve,
                             int64_t now_ms);

/* Ends a problem; but that a second reservation may exist stays one, as does what the file cannot undo. */
void entry_clear_problem(struct entry *entry);

/* Makes what Feishu answered the problem, and keeps that a second reservation may exist. `retry_at`: Unix
 * seconds; 0: it is not tried again. */
void entry_set_problem(struct entry *entry, const struct feishu_result *result, const char *message,
                       int64_t retry_at);

/* Makes a problem of the hosts that Feishu did not take, or ends that problem. */
void entry_note_hosts(struct entry *entry);

/* What becomes of an uncertain reservation, or what an operator can do: the end of a problem's text. The
 * caller frees it. */
char *entry_way_out(const struct entry *entry);

/* Whether an uncertain one is repeated by itself depends on its plan and the configuration: what its problem
 * says of that is made true again. */
void entry_renew_way_out(struct entry *entry);

/* Waits for its turn, writes the intent, and applies. */
void entry_reserve(struct entry *entry);

/* Sees whether Feishu answers, by a harmless call. */
void entry_probe(struct entry *entry);

/* find.c */

/* Feishu does not know the reservation (any more): it is deleted. */
void entry_gone(struct entry *entry, const struct feishu_result *result);

/* Calls get, to learn what an adopted reservation is or whether one still exists. */
void entry_fetch(struct entry *entry);

/* update.c */

struct change *change_free(struct change *change);

/* Whether an update of this app has to carry all settings. */
bool driver_app_replaces(const struct driver *driver, const char *app);

/* Sends what the decision says. Returns true where nothing had to be sent. */
bool entry_update(struct entry *entry, const struct decision *decision);

/* Compares what get says with what should be there after an update with a part of the settings, and sends all
 * of them where the rest has gone. */
void entry_verify(struct entry *entry, const struct feishu_reserve *reserve);

/* Deletes it at Feishu. */
void entry_delete(struct entry *entry);

/* observe.c */

/* It is not looked at any more: its place in the budget is free. Before an entry is freed. */
void entry_unfollow(struct entry *entry);

/* Sets the timer of the next look, by the poller. */
void entry_schedule_look(struct entry *entry);

/* What an answer of get_active_meeting, good or bad, tells of an entry. */
void entry_observe(struct entry *entry, const struct feishu_result *result, struct meeting *take_meeting);

/* Asks get_active_meeting; nothing where that is under way. */
void entry_look_now(struct entry *entry, enum call_class class);

/* Takes over what Feishu told of a meeting afterwards. */
void entry_take_history(struct entry *entry, struct meeting *take);

/* The callback of the timer of the next look. */
void entry_look(struct timer *timer);

#endif
