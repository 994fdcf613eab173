/* Inside the driver: one reservation that it looks after. */
#ifndef MEETINGD_SYNC_ENTRY_H
#define MEETINGD_SYNC_ENTRY_H

#include "sync/driver.h"

#define SECOND_MAY_EXIST                                                                                     \
    "an earlier apply of this reservation was never answered: a second one may exist at Feishu; delete it "  \
    "there if so"

struct driver {
    struct driver_options options;
    const struct clock *clock;
    struct entry **entries;
    size_t count;
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
    enum phase phase;        /* in which the budget counts it */
    int64_t looked_at;       /* Unix ms of the last look, good or not; UNKNOWN: none */
    int failures;            /* looks in a row without an answer */
    int64_t settled_at;   /* Unix ms at which a get last told that the reservation exists; UNKNOWN: never */
    bool repeating;       /* the apply under way repeats one whose outcome is not known */
    bool repeated_before; /* and it was repeated once already, before that */
    /* Of an operator who waits for this reservation to be made (operation.h); NULL: nobody does. */
    struct operation *operation;
    struct call *apply; /* waits in its place for the intent to be written */

    /* history.c */
    struct timer history_timer;
    int64_t history_due;   /* Unix seconds, of that timer; UNKNOWN: it does not run */
    int64_t history_until; /* Unix seconds up to which all meetings are known; UNKNOWN: nothing was asked */
    int64_t history_window_start, history_window_end; /* of the question under way */
    int64_t history_retry_ms;                         /* Unix ms; UNKNOWN: nothing went wrong */
    int history_failures, history_pages;
    int64_t history_wanted_s;   /* Unix seconds at which something may have been missed; UNKNOWN: nothing */
    bool history_busy;          /* a call is under way */
    bool history_listed;        /* all meetings of the window are in `to_read`, or known */
    struct string_list to_read; /* meetings whose last figures are to be read */
};

/* driver.c */

/* A new entry, which takes the record. */
struct entry *driver_add_entry(struct driver *driver, struct reservation *take);

/* Drops an entry whose reservation was never made, from the cache and the store too. */
void driver_forget(struct driver *driver, struct entry *entry);

/* Asks the reconciler about an entry and does what it says. */
void entry_decide(struct entry *entry);

/* Stores the record, then shows it, and tells `kind` (none where it is EVENT_KINDS). */
void entry_save(struct entry *entry, enum event_kind kind);

/* The same, and then answers an operator; `operation` is used up. */
void entry_save_for(struct entry *entry, enum event_kind kind, struct operation *operation);

/* Shows the record as it is now, without storing it: one that is only planned. */
void entry_show(struct entry *entry);

/* Tells the listeners of a change. */
void entry_announce(struct entry *entry, enum event_kind kind, const struct meeting *meeting,
                    const struct participant *participant);

struct log_subject entry_subject(const struct entry *entry, const struct feishu_result *result);

/* reserve.c */

/* Takes over what Feishu told of a reservation at `now_ms`; what it did not tell stays. */
void reservation_take_answer(struct reservation *record, const struct feishu_reserve *reserve,
                             int64_t now_ms);

/* Ends a problem; but that a second reservation may exist stays one. */
void entry_clear_problem(struct entry *entry);

/* Makes a problem of the hosts that Feishu did not take, or ends that problem. */
void entry_note_hosts(struct entry *entry);

/* What becomes of an uncertain reservation, or what an operator can do: the end of a problem's text. The
 * caller frees it. */
char *entry_way_out(const struct entry *entry);

/* Waits for its turn, writes the intent, and applies. */
void entry_reserve(struct entry *entry);

/* Feishu does not know the reservation (any more): it is deleted. */
void entry_gone(struct entry *entry, const struct feishu_result *result);

/* Calls get, to learn what an adopted reservation is or whether one still exists. */
void entry_fetch(struct entry *entry);

/* Sees whether Feishu answers, by a harmless call. */
void entry_probe(struct entry *entry);

/* observe.c */

/* It is not looked at any more: its place in the budget is free. Before an entry is freed. */
void entry_unfollow(struct entry *entry);

/* Sets the timer of the next look, by the poller. */
void entry_schedule_look(struct entry *entry);

/* What an answer of get_active_meeting, good or bad, tells of an entry. */
void entry_observe(struct entry *entry, const struct feishu_result *result, struct meeting *take_meeting);

/* Takes over what Feishu told of a meeting afterwards. */
void entry_take_history(struct entry *entry, struct meeting *take);

/* That timer's callback: asks get_active_meeting. */
void entry_look(struct timer *timer);

#endif
