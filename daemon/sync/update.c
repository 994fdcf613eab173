/* Changing and deleting what exists. Both may be repeated freely: no intent is written before. */
#include <stdlib.h>

#include "base/base.h"
#include "base/log.h"
#include "model/setting.h"
#include "sync/entry.h"

/* An update under way. */
struct change {
    struct decision decision;
    char *wish; /* secret; what the plan says as a whole; NULL: its settings are not touched */
    struct meeting_settings sent; /* what of them was sent */
    unsigned left_over;
};

struct change *change_free(struct change *change)
{
    if (change == NULL)
        return NULL;
    secret_free(change->wish);
    meeting_settings_fini(&change->sent);
    free(change);
    return NULL;
}

bool driver_app_replaces(const struct driver *driver, const char *app)
{
    return app != NULL && string_list_has(&driver->replacing, app);
}

/* ---- what went wrong */

/* It is tried again; said once. */
static void try_later(struct entry *entry, const struct feishu_result *result, const char *what)
{
    struct reservation *record = entry->record;
    struct log_subject subject = entry_subject(entry, result);
    int64_t now_ms = clock_wall_ms(entry->driver->clock), retry_ms;
    CLEANUP_FREE char *text = xasprintf("%s: %s", what, result->message);

    record->attempts++;
    retry_ms = reconciler_retry_ms(record, result->retry_after_ms, arc4random(), now_ms);
    entry_set_problem(entry, result, text, (retry_ms + MS_PER_SECOND - 1) / MS_PER_SECOND);
    if (record->attempts == 1)
        log_warning(&subject, "%s: %s; it is tried again", record->key, text);
    entry_save(entry, EVENT_RESERVATION_UPDATED);
}

/* Feishu will not change its mind; the file, or an operator, has to. */
static void give_up(struct entry *entry, const struct feishu_result *result, const char *what)
{
    struct reservation *record = entry->record;
    struct log_subject subject = entry_subject(entry, result);
    CLEANUP_FREE char *text = xasprintf("%s: %s", what, result->message);

    entry->refused = true;
    record->unverified = false;
    entry_set_problem(entry, result, text, 0);
    log_error(&subject, "%s: %s", record->key, text);
    entry_save(entry, EVENT_RESERVATION_UPDATED);
}

/* ---- updates */

/* What the reservation has after it, besides what the answer says. */
static void take_sent(struct entry *entry, struct change *change)
{
    struct reservation *record = entry->record;
    struct meeting_settings merged;

    meeting_settings_merge(&record->meeting_settings, &change->sent, &merged);
    meeting_settings_fini(&record->meeting_settings);
    record->meeting_settings = merged;
    if (change->wish != NULL) {
        secret_free(record->applied);
        record->applied = change->wish;
        change->wish = NULL;
        record->left_over = (int)change->left_over;
    }
    if (change->decision.end_time != UNKNOWN) {
        record->expire_time = change->decision.end_time;
        record->applied_expiry = change->decision.applied_expiry;
    }
    if (change->sent.topic != NULL)
        record->revision++;
}

static void tell_updated(struct entry *entry, const struct change *change)
{
    struct log_subject subject = entry_subject(entry, NULL);
    unsigned set = settings_set(&change->sent);
    CLEANUP_FREE char *names = settings_names(set);

    if (set == 0 && change->decision.end_time == UNKNOWN)
        log_warning(&subject, "%s: %s", entry->record->key,
                    entry->record->problem.message != NULL ? entry->record->problem.message : "updated");
    else if (change->decision.kind == ACTION_EXTEND)
        log_notice(&subject, "%s: its meeting goes on: the reservation was extended", entry->record->key);
    else if (change->decision.kind == ACTION_RENEW)
        log_info(&subject, "%s: the reservation was renewed", entry->record->key);
    else
        log_notice(&subject, "%s: updated: %s%s%s", entry->record->key, names,
                   set != 0 && change->decision.end_time != UNKNOWN ? ", " : "",
                   change->decision.end_time != UNKNOWN ? "end_time" : "");
}

/* Whether an update may have taken away settings that it did not carry. */
static bool may_have_replaced(const struct entry *entry, const struct change *change)
{
    unsigned sent = settings_set(&change->sent);

    return sent != 0 && !driver_app_replaces(entry->driver, entry->record->app) &&
           (settings_set(&entry->record->meeting_settings) & SETTINGS_CHANGEABLE & ~sent) != 0;
}

static void told_updated(struct entry *entry, struct change *change, const struct feishu_reserve *reserve)
{
    struct reservation *record = entry->record;
    bool hosts = change->sent.assign_host_list_set;

    take_sent(entry, change);
    if (hosts)
        string_list_fini(&record->invalid_host_id_list);
    if (reserve != NULL)
        reservation_take_answer(record, reserve, clock_wall_ms(entry->driver->clock));
    record->attempts = 0;
    entry_clear_problem(entry);
    if (hosts)
        entry_note_hosts(entry);
    record->unverified = may_have_replaced(entry, change);
    tell_updated(entry, change);
    entry_save(entry, EVENT_RESERVATION_UPDATED);
}

static void on_updated(void *data, const struct feishu_result *result, const struct feishu_reserve *reserve,
                       struct meeting *take_meeting)
{
    struct entry *entry = data;
    struct change *change = entry->change;
    bool extends = change->decision.kind == ACTION_EXTEND;

    meeting_free(take_meeting);
    entry->busy = false;
    entry->change = NULL;
    if (entry_release(entry)) {
        change_free(change);
        return;
    }
    if (result->outcome == FEISHU_OK)
        told_updated(entry, change, reserve);
    else if (result->outcome == FEISHU_NOT_FOUND)
        entry_gone(entry, result);
    else if (result->outcome == FEISHU_PERMANENT && !extends)
        give_up(entry, result, "Feishu refuses what the file says now");
    else if (result->outcome != FEISHU_CANCELLED)
        try_later(entry, result, extends ? "not extended yet" : "not updated yet");
    change_free(change);
    entry_schedule_look(entry);
    entry_decide(entry);
}

/* Sends the settings in the decision as `wish` has them; `whole` is what counts as applied then. */
static bool send_update(struct entry *entry, const struct decision *decision,
                        const struct meeting_settings *wish, const struct meeting_settings *whole)
{
    struct reservation *record = entry->record;
    struct change *change = xalloc(sizeof(*change));
    unsigned cannot = settings_left_over(wish, &record->meeting_settings) & decision->settings;
    struct call_request request = {
        .app = record->app,
        .api = FEISHU_UPDATE,
        .class = CALL_CLASS_CHANGE,
        .reserve_id = record->reserve_id,
        .about = record,
        .end_time = decision->end_time,
        .due = record->start_time != UNKNOWN ? record->start_time : 0,
    };

    change->decision = *decision;
    settings_pick(wish, decision->settings & ~cannot, &change->sent);
    if (settings_set(&change->sent) != 0 && driver_app_replaces(entry->driver, record->app)) {
        struct meeting_settings all;

        meeting_settings_merge(&record->meeting_settings, &change->sent, &all);
        meeting_settings_fini(&change->sent);
        settings_pick(&all, settings_set(&all) & ~SETTING_BIT(SETTING_MEETING_CONNECT), &change->sent);
        meeting_settings_fini(&all);
    }
    if (decision->settings != 0 && whole != NULL) {
        change->wish = settings_text(whole);
        change->left_over = ((unsigned)record->left_over & ~settings_set(whole)) | cannot;
    }
    if (settings_set(&change->sent) == 0 && decision->end_time == UNKNOWN) {
        told_updated(entry, change, NULL); /* only what Feishu cannot be told */
        change_free(change);
        return true;
    }
    if (settings_set(&change->sent) != 0)
        request.settings = &change->sent;
    entry->change = change;
    entry->busy = calls_submit(entry->driver->options.calls, &request, on_updated, entry) != NULL;
    if (!entry->busy)
        entry->change = change_free(change); /* the app of an old record may have left the configuration */
    return false;
}

bool entry_update(struct entry *entry, const struct decision *decision)
{
    const struct meeting_settings *wish =
        entry->plan != NULL ? &entry->plan->meeting_settings : &entry->record->meeting_settings;

    return send_update(entry, decision, wish, entry->plan != NULL ? wish : NULL);
}

void entry_verify(struct entry *entry, const struct feishu_reserve *reserve)
{
    struct driver *driver = entry->driver;
    struct reservation *record = entry->record;
    struct log_subject subject = entry_subject(entry, NULL);
    struct decision decision = {.step = STEP_UPDATE, .end_time = UNKNOWN, .kind = ACTION_UPDATE};
    struct meeting_settings told;

    meeting_settings_copy(&told, &reserve->meeting_settings);
    secret_free(told.password);
    told.password = xstrdup(reserve->password);
    if (reserve->meeting_settings_known)
        decision.settings = settings_gone(&record->meeting_settings, &told);
    if (record->invalid_host_id_list.count > 0)
        decision.settings &= ~SETTING_BIT(SETTING_ASSIGN_HOST_LIST);
    meeting_settings_fini(&told);
    if (decision.settings == 0) {
        record->unverified = false;
        entry_save(entry, EVENT_RESERVATION_UPDATED);
        return;
    }
    if (!driver_app_replaces(driver, record->app)) {
        log_notice(
            &subject,
            "app %s: Feishu replaces all settings by those that an update carries: from now on updates "
            "carry all of them",
            record->app);
        string_list_add(&driver->replacing, record->app);
    }
    record->replaces = true;
    entry_save(entry, EVENT_KINDS);
    send_update(entry, &decision, &record->meeting_settings, NULL);
}

/* ---- deletion */

static void told_deleted(struct entry *entry)
{
    struct reservation *record = entry->record;
    struct log_subject subject = entry_subject(entry, NULL);

    record->state = RESERVATION_DELETED;
    record->revision++;
    record->end = RESERVATION_END_FILE;
    record->attempts = 0;
    entry_clear_problem(entry);
    log_notice(&subject, "%s: deleted", record->key);
    entry_save(entry, EVENT_RESERVATION_DELETED);
}

static void on_deleted(void *data, const struct feishu_result *result, const struct feishu_reserve *reserve,
                       struct meeting *take_meeting)
{
    struct entry *entry = data;

    (void)reserve;
    meeting_free(take_meeting);
    entry->busy = false;
    if (entry_release(entry))
        return;
    if (result->outcome == FEISHU_OK || result->outcome == FEISHU_NOT_FOUND)
        told_deleted(entry);
    else if (result->outcome == FEISHU_PERMANENT)
        give_up(entry, result, "Feishu refuses to delete it");
    else if (result->outcome != FEISHU_CANCELLED)
        try_later(entry, result, "not deleted yet");
    entry_schedule_look(entry);
    entry_decide(entry);
}

/* Its turn has come: somebody may want it again. */
static bool is_still_unwanted(void *data, struct call *call)
{
    struct entry *entry = data;

    if (entry->record->unwanted && !entry->forgotten &&
        cache_active_meeting(entry->driver->options.cache, entry->record->key) == NULL) {
        calls_go(call, UNKNOWN);
        return true;
    }
    entry->busy = false;
    if (!entry_release(entry))
        timer_start_in(&entry->decide_timer, 0);
    return false;
}

void entry_delete(struct entry *entry)
{
    struct call_request request = {
        .app = entry->record->app,
        .api = FEISHU_DELETE,
        .class = CALL_CLASS_CHANGE,
        .reserve_id = entry->record->reserve_id,
        .about = entry->record,
        .turn = is_still_unwanted,
        .due = entry->record->start_time != UNKNOWN ? entry->record->start_time : 0,
    };

    entry->busy = true; /* its turn may come at once */
    if (calls_submit(entry->driver->options.calls, &request, on_deleted, entry) == NULL)
        entry->busy = false;
}
