#include "sync/ledger.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "engine/forecast.h"

/* A call may need a token, find it refused, need another, and be repeated. */
#define CALL_COSTS_MOST 4

/* Of a limited month a crash costs at most a block: one part in so many of it, but not too few. */
#define BLOCKS_A_MONTH  400
#define BLOCK_LEAST     20
#define BLOCK_MOST      1000
#define BLOCK_UNLIMITED 256

#define CLAIM_AGAIN_MS (5 * MS_PER_SECOND)

struct count {
    char *reservation;
    char *name;
    enum feishu_api api;
    int64_t calls;
    struct count *next;       /* of the month */
    struct count *next_dirty; /* not written yet */
    bool dirty;
};

struct month {
    struct month *next;
    struct account *account;
    int64_t number;
    int64_t started_at, ends_at;
    int64_t used;
    int64_t claimed; /* and on the disk */
    bool claiming;
    void *tree;
    struct count *counts, *dirty;
};

struct account {
    struct ledger *ledger;
    const struct app *app;
    int64_t limit; /* UNKNOWN: none */
    int64_t block;
    int64_t kept;
    struct month *months; /* the one that was counted into last is the first */
};

struct ledger {
    const struct clock *clock;
    struct store *store;
    struct account *accounts;
    size_t *account_of; /* of each app */
    size_t count;
    struct timer retry;
    void (*room)(void *data);
    void *room_data;
};

static int compare_counts(const void *a, const void *b)
{
    const struct count *x = a, *y = b;

    if (x->api != y->api)
        return x->api < y->api ? -1 : 1;
    return strcmp(x->reservation, y->reservation);
}

static struct count *find_count(struct month *month, enum feishu_api api, const char *reservation,
                                const char *name)
{
    struct count wanted = {.reservation = (char *)reservation, .api = api};
    void *const *found = tfind(&wanted, &month->tree, compare_counts);
    struct count *count;

    if (found != NULL)
        return *found;
    count = xalloc(sizeof(*count));
    count->reservation = xstrdup(reservation);
    count->name = xstrdup(name);
    count->api = api;
    count->next = month->counts;
    month->counts = count;
    if (tsearch(count, &month->tree, compare_counts) == NULL)
        abort();
    return count;
}

static void mark(struct month *month, struct count *count)
{
    if (count->dirty)
        return;
    count->dirty = true;
    count->next_dirty = month->dirty;
    month->dirty = count;
}

static struct month *month_add(struct account *account, int64_t number)
{
    struct month *month = xalloc(sizeof(*month));

    month->account = account;
    month->number = number;
    month->started_at = month_start_s(number, account->app->month_timezone);
    month->ends_at = month_start_s(month_after(number), account->app->month_timezone);
    month->next = account->months;
    account->months = month;
    return month;
}

/* The month that it is now, first in the list from then on. */
static struct month *month_now(struct account *account)
{
    int64_t now_s = clock_wall_seconds(account->ledger->clock), number;
    struct month **link = &account->months, *month = account->months;

    if (month != NULL && now_s >= month->started_at && now_s < month->ends_at)
        return month;
    number = month_of(now_s, account->app->month_timezone);
    while (*link != NULL && (*link)->number != number)
        link = &(*link)->next;
    month = *link;
    if (month == NULL)
        return month_add(account, number);
    *link = month->next;
    month->next = account->months;
    account->months = month;
    return month;
}

static struct account *account_of(const struct ledger *ledger, size_t app)
{
    return &ledger->accounts[ledger->account_of[app]];
}

/* ---- what the store knows */

static enum feishu_api api_from_name(const char *name)
{
    enum feishu_api api = 0;

    while (api < FEISHU_APIS && strcmp(feishu_api_name(api), name) != 0)
        api++;
    return api;
}

static void take_over(struct account *account, const struct tally *tally)
{
    struct month *month = month_add(account, tally->month);

    month->used = month->claimed = tally->claimed;
    for (size_t i = 0; i < tally->count; i++) {
        const struct tally_count *count = &tally->counts[i];
        enum feishu_api api = api_from_name(count->api);

        if (api < FEISHU_APIS)
            find_count(month, api, count->reservation, count->name)->calls = count->calls;
    }
}

static void restore(struct account *account)
{
    struct tally *const *tallies;
    size_t count = account->ledger->store != NULL ? store_tallies(account->ledger->store, &tallies) : 0;

    for (size_t i = 0; i < count; i++) {
        if (str_equal(tallies[i]->app_id, account->app->app_id))
            take_over(account, tallies[i]);
    }
}

/* ---- claims */

static struct tally *tally_of(struct month *month, int64_t claimed)
{
    struct tally *tally = tally_new(month->account->app->app_id, month->number);

    tally->claimed = claimed;
    for (struct count *count = month->dirty; count != NULL; count = count->next_dirty) {
        tally_add(tally, count->reservation, count->name, feishu_api_name(count->api), count->calls);
        count->dirty = false;
    }
    month->dirty = NULL;
    return tally;
}

struct claim {
    struct month *month;
    int64_t claimed;
};

static void on_claimed(void *data, int result, const struct error *error)
{
    struct claim *claim = data;
    struct month *month = claim->month;
    struct ledger *ledger = month->account->ledger;

    (void)error; /* the store has said why */
    if (result == 0) {
        month->claiming = false;
        month->claimed = claim->claimed;
        if (ledger->room != NULL)
            ledger->room(ledger->room_data);
    } else {
        for (struct count *count = month->counts; count != NULL; count = count->next)
            mark(month, count);
        /* Not as fast as the calls come. */
        timer_start_in(&ledger->retry, CLAIM_AGAIN_MS);
    }
    free(claim);
}

static void on_retry(struct timer *timer)
{
    struct ledger *ledger = timer->data;

    for (size_t i = 0; i < ledger->count; i++) {
        for (struct month *month = ledger->accounts[i].months; month != NULL; month = month->next)
            month->claiming = false;
    }
    if (ledger->room != NULL)
        ledger->room(ledger->room_data);
}

static void claim(struct month *month, int64_t claimed)
{
    struct store *store = month->account->ledger->store;
    struct claim *under_way;

    if (store == NULL) {
        month->claimed = claimed;
        return;
    }
    if (month->claiming)
        return;
    month->claiming = true;
    under_way = xalloc(sizeof(*under_way));
    *under_way = (struct claim){month, claimed};
    store_put_tally(store, tally_of(month, claimed), on_claimed, under_way);
}

enum ledger_answer ledger_ask(struct ledger *ledger, size_t app, size_t under_way, bool change)
{
    struct account *account = account_of(ledger, app);
    struct month *month = month_now(account);
    int64_t needed = month->used + CALL_COSTS_MOST * ((int64_t)under_way + 1), limit = account->limit;
    int64_t wanted = needed + account->block;

    if (limit != UNKNOWN && needed > limit - (change ? 0 : account->kept))
        return LEDGER_SPENT;
    if (limit != UNKNOWN && wanted > limit)
        wanted = limit;
    if (needed + account->block / 2 > month->claimed && month->claimed < wanted)
        claim(month, wanted);
    return limit != UNKNOWN && needed > month->claimed ? LEDGER_WAITS : LEDGER_YES;
}

void ledger_count(struct ledger *ledger, size_t app, enum feishu_api api, const char *reservation,
                  const char *name)
{
    struct month *month = month_now(account_of(ledger, app));
    struct count *count = find_count(month, api, reservation != NULL ? reservation : "", name);

    month->used++;
    count->calls++;
    mark(month, count);
}

void ledger_keep(struct ledger *ledger, size_t app, int64_t calls)
{
    account_of(ledger, app)->kept = calls;
}

void ledger_settle(struct ledger *ledger)
{
    if (ledger->store == NULL)
        return;
    timer_stop(&ledger->retry);
    for (size_t i = 0; i < ledger->count; i++) {
        struct month *month = ledger->accounts[i].months;

        if (month != NULL && (month->used > 0 || month->claimed > 0))
            store_settle_tally(ledger->store, tally_of(month, month->used), NULL, NULL);
    }
}

/* ---- what to show */

void ledger_month(struct ledger *ledger, size_t app, struct ledger_month *ret)
{
    struct account *account = account_of(ledger, app);
    const struct month *month = month_now(account);

    *ret = (struct ledger_month){
        .month = month->number,
        .started_at = month->started_at,
        .ends_at = month->ends_at,
        .limit = account->limit,
        .used = month->used,
        .kept = account->kept,
    };
}

int64_t ledger_calls(struct ledger *ledger, size_t app, const char *reservation)
{
    struct month *month = month_now(account_of(ledger, app));
    int64_t calls = 0;

    for (; month != NULL; month = month->next) {
        for (enum feishu_api api = 0; api < FEISHU_APIS; api++) {
            struct count wanted = {.reservation = (char *)reservation, .api = api};
            void *const *found = tfind(&wanted, &month->tree, compare_counts);

            calls += found != NULL ? ((const struct count *)*found)->calls : 0;
        }
    }
    return calls;
}

void ledger_each(struct ledger *ledger, size_t app,
                 void (*each)(void *data, const char *name, enum feishu_api api, int64_t calls), void *data)
{
    const struct month *month = month_now(account_of(ledger, app));

    for (const struct count *count = month->counts; count != NULL; count = count->next)
        each(data, count->name, count->api, count->calls);
}

/* ---- life */

static void account_init(struct account *account, struct ledger *ledger, const struct app *app)
{
    *account = (struct account){.ledger = ledger, .app = app, .limit = UNKNOWN, .block = BLOCK_UNLIMITED};
    if (app->monthly_calls > 0) {
        account->limit = app->monthly_calls * app->monthly_share / 100;
        account->block = account->limit / BLOCKS_A_MONTH;
        if (account->block < BLOCK_LEAST)
            account->block = BLOCK_LEAST;
        if (account->block > BLOCK_MOST)
            account->block = BLOCK_MOST;
    }
    restore(account);
}

struct ledger *ledger_new(struct timers *timers, struct store *store, struct app *const *apps, size_t count)
{
    struct ledger *ledger = xalloc(sizeof(*ledger));

    ledger->clock = timers_clock(timers);
    ledger->store = store;
    ledger->accounts = xcalloc(count, sizeof(*ledger->accounts));
    ledger->account_of = xcalloc(count, sizeof(*ledger->account_of));
    timer_init(&ledger->retry, timers, on_retry, ledger);
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;

        while (at < ledger->count && !str_equal(ledger->accounts[at].app->app_id, apps[i]->app_id))
            at++;
        if (at == ledger->count)
            account_init(&ledger->accounts[ledger->count++], ledger, apps[i]);
        ledger->account_of[i] = at;
    }
    return ledger;
}

static void keep_tree_item(void *item)
{
    (void)item;
}

static void month_free(struct month *month)
{
    struct count *count;

    tdestroy(month->tree, keep_tree_item);
    while ((count = month->counts) != NULL) {
        month->counts = count->next;
        free(count->reservation);
        free(count->name);
        free(count);
    }
    free(month);
}

struct ledger *ledger_free(struct ledger *ledger)
{
    if (ledger == NULL)
        return NULL;
    timer_stop(&ledger->retry);
    for (size_t i = 0; i < ledger->count; i++) {
        struct month *month;

        while ((month = ledger->accounts[i].months) != NULL) {
            ledger->accounts[i].months = month->next;
            month_free(month);
        }
    }
    free(ledger->accounts);
    free(ledger->account_of);
    free(ledger);
    return NULL;
}

void ledger_on_room(struct ledger *ledger, void (*room)(void *data), void *data)
{
    ledger->room = room;
    ledger->room_data = data;
}
