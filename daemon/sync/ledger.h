/*
 * ledger: counts every call that leaves, month by month, and knows how many more may (feishu-api.md 4: a
 * tenant's calls a month are limited). The gate asks before it sends and counts what it sends.
 *
 * What may be spent is claimed in the store ahead, in blocks, and used up only once the claim is on the disk:
 * a process that ends without a word has spent at most what it had claimed, and the next one starts from
 * there. Where the disk fails nothing is spent beyond the claim.
 *
 * Each app has its own share of its tenant's month, and the shares of one tenant are 100 % at most, so that
 * apps need not know of each other. Sections with the same app_id have one account.
 */
#ifndef MEETINGD_SYNC_LEDGER_H
#define MEETINGD_SYNC_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/timer.h"
#include "feishu/api.h"
#include "model/plan.h"
#include "store/store.h"

struct ledger;

/* All are borrowed; `store` NULL: claims are good at once, and nothing is remembered. */
struct ledger *ledger_new(struct timers *timers, struct store *store, struct app *const *apps, size_t count);

/* When the store has called everything back. NULL is fine; returns NULL. */
struct ledger *ledger_free(struct ledger *ledger);

/* `room(data)` comes whenever calls that had to wait for the store may be tried again. */
void ledger_on_room(struct ledger *ledger, void (*room)(void *data), void *data);

enum ledger_answer {
    LEDGER_YES,
    LEDGER_WAITS, /* for the store; ledger_on_room() tells when to ask again */
    LEDGER_SPENT, /* until the month turns */
};

/* Whether one more call may leave while `under_way` are; each counts as four, for the tokens and the repeat
 * that it may need. `change`: one for which calls are kept. `app` is the place among the apps. */
enum ledger_answer ledger_ask(struct ledger *ledger, size_t app, size_t under_way, bool change);

/* A request leaves. `reservation` is a key, and `name` its plan's; both may be NULL. */
void ledger_count(struct ledger *ledger, size_t app, enum feishu_api api, const char *reservation,
                  const char *name);

/* So many calls are kept for changes. */
void ledger_keep(struct ledger *ledger, size_t app, int64_t calls);

/* Puts on disk what was spent exactly: the end of a run. */
void ledger_settle(struct ledger *ledger);

struct ledger_month {
    int64_t month;      /* 202611 */
    int64_t started_at; /* Unix seconds */
    int64_t ends_at;
    int64_t limit; /* what this app may use; UNKNOWN: no limit */
    int64_t used;  /* at most; more than was counted where a process ended without a word */
    int64_t kept;
};

void ledger_month(struct ledger *ledger, size_t app, struct ledger_month *ret);

/* Calls for one reservation, this month's and those of the month before. */
int64_t ledger_calls(struct ledger *ledger, size_t app, const char *reservation);

/* Calls `each` for every kind of call that was counted this month: for a plan (NULL: none) by an API. */
void ledger_each(struct ledger *ledger, size_t app,
                 void (*each)(void *data, const char *name, enum feishu_api api, int64_t calls), void *data);

#endif
