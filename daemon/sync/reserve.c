/* Making reservations: intent, apply, answer. */
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/log.h"
#include "base/message-id.h"
#include "engine/expiry.h"
#include "model/setting.h"
#include "sync/operation.h"

/* Feishu did not answer a probe: the next one. */
#define PROBE_AGAIN_MS (5 * MS_PER_SECOND)

static int64_t now_s(const struct entry *entry)
{
    return clock_wall_seconds(entry->driver->clock);
}

void reservation_take_answer(struct reservation *record, const struct feishu_reserve *reserve, int64_t now_ms)
{
    if (reserve->id != NULL && !record->adopted)
        str_set(&record->reserve_id, reserve->id);
    if (reserve->meeting_no != NULL)
        str_set(&record->meeting_no, reserve->meeting_no);
    if (reserve->url != NULL)
        str_set(&record->url, reserve->url);
    if (reserve->app_link != NULL)
        str_set(&record->app_link, reserve->app_link);
    if (reserve->live_link != NULL)
        str_set(&record->live_link, reserve->live_link);
    if (reserve->reserve_user_id != NULL)
        str_set(&record->reserve_user_id, reserve->reserve_user_id);
    if (reserve->password != NULL) {
        secret_free(record->password);
        record->password = xstrdup(reserve->password);
    }
    if (reserve->end_time != UNKNOWN)
        record->expire_time = reserve->end_time;
    if (reserve->expire_status != UNKNOWN)
        record->expire_status = reserve->expire_status;
    if (record->adopted && reserve->meeting_settings_known) {
        meeting_settings_fini(&record->meeting_settings);
        meeting_settings_copy(&record->meeting_settings, &reserve->meeting_settings);
    }
    if (reserve->invalid_host_id_list.count > 0) {
        string_list_fini(&record->invalid_host_id_list);
        string_list_copy(&record->invalid_host_id_list, &reserve->invalid_host_id_list);
    }
    record->observed_at = now_ms;
}

/* Stores what an apply has come to; an operator who waits for it is answered then. */
static void save_outcome(struct entry *entry, enum event_kind kind)
{
    struct operation *operation = entry->operation;

    entry->operation = NULL;
    entry_save_for(entry, kind, operation);
}

/* What an operator asked for, did not get, and is told of at once, is not kept, unless an earlier apply of it
 * may have been carried out. Returns whether the entry is gone. */
static bool drop_refused(struct entry *entry, const char *reason)
{
    struct operation *operation = entry->operation;

    if (operation == NULL || entry->repeating)
        return false;
    entry->operation = NULL;
    if (reason != NULL)
        operation_was_not_sent(operation, reason);
    else
        operation_is_saved(operation);
    driver_forget(entry->driver, entry);
    return true;
}

void entry_clear_problem(struct entry *entry)
{
    struct reservation *record = entry->record;

    if (record->repeated) {
        reservation_set_problem(record, 0, SECOND_MAY_EXIST, NULL, now_s(entry), 0);
    } else if (record->left_over != 0) {
        CLEANUP_FREE char *names = settings_names((unsigned)record->left_over);
        CLEANUP_FREE char *text = xasprintf("the file does not set %s any more, and Feishu, which cannot be "
                                            "told to forget it, keeps what it had: write another value",
                                            names);

        reservation_set_problem(record, 0, text, NULL, now_s(entry), 0);
    } else {
        reservation_set_problem(record, 0, NULL, NULL, 0, 0);
    }
}

void entry_set_problem(struct entry *entry, const struct feishu_result *result, const char *message,
                       int64_t retry_at)
{
    struct reservation *record = entry->record;
    CLEANUP_FREE char *text = xasprintf("%s%s", message, record->repeated ? "; and " SECOND_MAY_EXIST : "");

    reservation_set_problem(record, result->code, text, entry_log_id(result), now_s(entry), retry_at);
}

void entry_note_hosts(struct entry *entry)
{
    struct reservation *record = entry->record;
    struct log_subject subject = entry_subject(entry, NULL);
    CLEANUP_FREE char *text = NULL;

    if (record->repeated)
        return; /* that a second reservation may exist is the greater trouble */
    if (record->invalid_host_id_list.count == 0) {
        if (record->problem.code == 0)
            entry_clear_problem(entry);
        return;
    }
    text = xasprintf("Feishu did not take %zu of the hosts (first: %s): check assign_host_list",
                     record->invalid_host_id_list.count, record->invalid_host_id_list.items[0]);
    reservation_set_problem(record, 0, text, NULL, now_s(entry), 0);
    log_warning(&subject, "%s: %s", record->key, text);
}

/* What has waited for this one to take its place may be deleted now. */
static void wake_superseded(const struct entry *entry)
{
    struct driver *driver = entry->driver;

    for (size_t i = 0; entry->plan != NULL && i < driver->count; i++) {
        if (driver->entries[i]->superseded_by == entry->plan && driver->entries[i] != entry)
            timer_start_in(&driver->entries[i]->decide_timer, 0);
    }
}

static void told_made(struct entry *entry)
{
    struct reservation *record = entry->record;
    struct log_subject subject = entry_subject(entry, NULL);

    record->state = RESERVATION_RESERVED;
    record->attempts = 0;
    record->end = RESERVATION_END_NONE;
    entry->looked_at = clock_wall_ms(entry->driver->clock); /* nobody can be in it yet */
    entry_clear_problem(entry);
    if (record->repeated)
        log_warning(&subject, "%s: %s", record->key, SECOND_MAY_EXIST);
    entry_note_hosts(entry);
    log_notice(&subject, "%s: reserved, meeting number %s", record->key,
               record->meeting_no != NULL ? record->meeting_no : "not told");
    save_outcome(entry, EVENT_RESERVATION_CREATED);
    wake_superseded(entry);
}

/* The one repeat of an unanswered apply was refused for good. The first may have been carried out all the
 * same: it stays uncertain, and marked as repeated, so that nothing tries again. */
static void told_repeat_refused(struct entry *entry, const struct feishu_result *result)
{
    struct log_subject subject = entry_subject(entry, result);
    CLEANUP_FREE char *way_out = entry_way_out(entry);
    CLEANUP_FREE char *text = xasprintf(
        "an earlier apply was never answered, and its repeat was refused (%s): nobody knows whether "
        "the first one made the reservation%s",
        result->message, way_out);

    entry->record->state = RESERVATION_UNCERTAIN;
    reservation_set_problem(entry->record, result->code, text, entry_log_id(result), now_s(entry), 0);
    subject.message_id = MESSAGE_RESERVATION_UNCERTAIN;
    log_error(&subject, "%s: uncertain: %s", entry->record->key, text);
    save_outcome(entry, EVENT_RESERVATION_UNCERTAIN);
}

/* Not made, and Feishu will not change its mind. */
static void told_refused(struct entry *entry, const struct feishu_result *result)
{
    struct log_subject subject = entry_subject(entry, result);

    if (entry->repeating) {
        told_repeat_refused(entry, result);
        return;
    }
    entry->record->state = RESERVATION_FAILED;
    reservation_set_problem(entry->record, result->code, result->message, entry_log_id(result), now_s(entry),
                            0);
    if (subject.message_id == NULL)
        subject.message_id = MESSAGE_RESERVATION_FAILED;
    log_error(&subject, "%s: cannot be reserved: %s", entry->record->key, result->message);
    entry_save(entry, EVENT_RESERVATION_FAILED);
}

/* Not made, but it may be later. */
static void told_not_yet(struct entry *entry, const struct feishu_result *result)
{
    struct reservation *record = entry->record;
    struct log_subject subject = entry_subject(entry, result);
    int64_t now_ms = clock_wall_ms(entry->driver->clock);
    int64_t retry_ms;

    record->state = RESERVATION_PLANNED;
    if (result->outcome != FEISHU_CANCELLED) {
        record->attempts++;
        retry_ms = reconciler_retry_ms(record, result->retry_after_ms, arc4random(), now_ms);
        reservation_set_problem(record, result->code, result->message, entry_log_id(result),
                                now_ms / MS_PER_SECOND, (retry_ms + MS_PER_SECOND - 1) / MS_PER_SECOND);
        if (record->attempts == 1)
            log_warning(&subject, "%s: not reserved yet, will be tried again: %s", record->key,
                        result->message);
    }
    entry_save(entry, EVENT_RESERVATION_UPDATED);
}

/* Whether an uncertain one is repeated without an operator. */
static bool repeats_by_itself(const struct entry *entry)
{
    return entry->plan != NULL && entry->driver->options.on_uncertain == ON_UNCERTAIN_RETRY &&
           !entry->record->repeated;
}

/* The repeat of an unanswered apply surely did not happen: all is as it was before it. */
static void take_repeat_back(struct entry *entry)
{
    entry->record->state = RESERVATION_UNCERTAIN;
    entry->record->repeated = entry->repeated_before;
}

/* Why it did not, and what comes now. */
static void note_no_repeat(struct entry *entry, int64_t code, const char *why, const char *log_id,
                           int64_t retry_after_ms)
{
    struct reservation *record = entry->record;
    int64_t now_ms = clock_wall_ms(entry->driver->clock), retry_ms = 0;
    CLEANUP_FREE char *way_out = entry_way_out(entry);
    CLEANUP_FREE char *text =
        xasprintf("an earlier apply was never answered, and nobody knows whether it made the reservation%s; "
                  "%s was not carried out (%s)%s",
                  record->repeated ? ", or its repeat a second one" : "",
                  record->repeated ? "another one" : "a second one", why, way_out);

    record->attempts++;
    if (repeats_by_itself(entry))
        retry_ms = reconciler_retry_ms(record, retry_after_ms, arc4random(), now_ms);
    reservation_set_problem(record, code, text, log_id, now_ms / MS_PER_SECOND,
                            (retry_ms + MS_PER_SECOND - 1) / MS_PER_SECOND);
}

static void told_no_repeat(struct entry *entry, const struct feishu_result *result)
{
    take_repeat_back(entry);
    if (result->outcome != FEISHU_CANCELLED)
        note_no_repeat(entry, result->code, result->message, entry_log_id(result), result->retry_after_ms);
    save_outcome(entry, EVENT_RESERVATION_UPDATED);
}

#define BY_ITSELF "; it is asked for once more by itself"
#define BY_HAND   "; settle it by meetingctl resolve "

char *entry_way_out(const struct entry *entry)
{
    if (repeats_by_itself(entry))
        return xstrdup(BY_ITSELF);
    return xasprintf(BY_HAND "'%s'", entry->record->key);
}

void entry_renew_way_out(struct entry *entry)
{
    struct reservation *record = entry->record;
    const char *message = record->problem.message, *tail;
    CLEANUP_FREE char *way_out = NULL, *text = NULL;

    if (record->state != RESERVATION_UNCERTAIN || message == NULL)
        return;
    tail = strstr(message, BY_ITSELF);
    if (tail == NULL)
        tail = strstr(message, BY_HAND);
    way_out = entry_way_out(entry);
    if (tail == NULL || strcmp(tail, way_out) == 0)
        return;
    text = xasprintf("%.*s%s", (int)(tail - message), message, way_out);
    str_set(&record->problem.message, text);
    entry_save(entry, EVENT_RESERVATION_UPDATED);
}

static void told_nothing(struct entry *entry, const struct feishu_result *result)
{
    struct reservation *record = entry->record;
    struct log_subject subject = entry_subject(entry, result);
    CLEANUP_FREE char *way_out = entry_way_out(entry);
    CLEANUP_FREE char *text =
        xasprintf("%s: nobody knows whether the reservation was made%s%s", result->message,
                  record->repeated ? ", and a second one may exist too" : "", way_out);

    record->state = RESERVATION_UNCERTAIN;
    reservation_set_problem(record, result->code, text, entry_log_id(result), now_s(entry), 0);
    subject.message_id = MESSAGE_RESERVATION_UNCERTAIN;
    log_warning(&subject, "%s: uncertain: %s", record->key, text);
    save_outcome(entry, EVENT_RESERVATION_UNCERTAIN);
}

static void on_applied(void *data, const struct feishu_result *result, const struct feishu_reserve *reserve,
                       struct meeting *take_meeting)
{
    struct entry *entry = data;

    meeting_free(take_meeting);
    entry->busy = false;
    entry->asked = secret_free(entry->asked);
    if (entry_release(entry))
        return;
    if (entry->operation != NULL)
        operation_keep(entry->operation, result);
    if (result->outcome == FEISHU_OK && reserve != NULL && reserve->id != NULL) {
        reservation_take_answer(entry->record, reserve, clock_wall_ms(entry->driver->clock));
        told_made(entry);
    } else if (!result->surely_not_done) {
        told_nothing(entry, result);
    } else if (drop_refused(entry, NULL)) {
        return;
    } else if (result->outcome == FEISHU_PERMANENT || result->outcome == FEISHU_NOT_FOUND) {
        told_refused(entry, result);
    } else if (entry->repeating) {
        told_no_repeat(entry, result);
    } else {
        told_not_yet(entry, result);
    }
    entry_schedule_look(entry);
    entry_decide(entry);
}

/* Nothing was sent: back to what it was. */
static void was_not_sent(struct entry *entry, const char *why, bool try_again)
{
    struct reservation *record = entry->record;

    entry->busy = false;
    if (entry->repeating)
        take_repeat_back(entry);
    else
        record->state = RESERVATION_PLANNED;
    if (drop_refused(entry, why))
        return;
    if (entry->operation != NULL)
        operation_was_not_sent(entry->operation, why);
    entry->operation = NULL;
    if (try_again && entry->repeating) {
        note_no_repeat(entry, 0, why, NULL, UNKNOWN);
    } else if (try_again) {
        record->attempts++;
        reservation_set_problem(
            record, 0, why, NULL, now_s(entry),
            reconciler_retry_ms(record, UNKNOWN, arc4random(), clock_wall_ms(entry->driver->clock)) /
                    MS_PER_SECOND +
                1);
    }
    /* Written too: the disk may say by now that it is being made. */
    entry_save(entry, EVENT_KINDS);
    if (try_again)
        entry_decide(entry);
}

/* The intent is on the disk, or is not: then nothing leaves. */
static void on_intent_written(void *data, int result, const struct error *error)
{
    struct entry *entry = data;
    struct call *apply = entry->apply;

    entry->apply = NULL;
    entry->saving--;
    if (result == 0 && !entry->driver->stopping) {
        calls_go(apply, entry->record->expire_time);
        entry_show(entry);
        return;
    }
    if (result < 0)
        was_not_sent(entry, error->text, true);
    else
        was_not_sent(entry, "the daemon is stopping", false);
    calls_withdraw(apply);
}

/* While the call waited for its turn, its slot has passed, its plan has gone, or says something else. */
static bool is_outdated(const struct entry *entry)
{
    const struct reservation *record = entry->record;

    if (entry->forgotten)
        return true;
    if (entry->operation != NULL || record->name == NULL)
        return false;
    return entry->plan == NULL || now_s(entry) >= record->end_time ||
           settings_differing(entry->asked, &record->meeting_settings) != 0 ||
           !str_equal(entry->asked_owner, record->owner_id) || !str_equal(entry->asked_app, record->app);
}

/* The request may leave: not before the intent is on the disk. An intent is not written any earlier, so that
 * the end of a daemon that could not ask Feishu for hours leaves nothing open. */
static bool on_turn(void *data, struct call *call)
{
    struct entry *entry = data;
    struct reservation *record = entry->record;

    if (is_outdated(entry)) {
        entry->busy = false;
        if (!entry_release(entry))
            timer_start_in(&entry->decide_timer, 0);
        return false;
    }
    entry->apply = call;
    record->repeated = entry->repeating;
    record->state = RESERVATION_RESERVING;
    record->attempted_at = clock_wall_ms(entry->driver->clock);
    if (entry->plan != NULL) {
        record->expire_time = expiry_at_creation(entry->plan, record, now_s(entry));
        secret_free(record->applied);
        record->applied = settings_text(&record->meeting_settings);
        record->applied_expiry = record->standing
                                     ? record->expire_time
                                     : record->end_time + entry->plan->expire_after_ms / MS_PER_SECOND;
    }
    entry->saving++;
    store_put_reservation(entry->driver->options.store, record, on_intent_written, entry);
    return true;
}

void entry_reserve(struct entry *entry)
{
    const struct reservation *record = entry->record;
    struct call_request request = {
        .app = record->app,
        .api = FEISHU_APPLY,
        .class = CALL_CLASS_CHANGE,
        .end_time = record->expire_time,
        .owner_id = record->owner_id,
        .settings = &record->meeting_settings,
        .impatient = entry->operation != NULL,
        .due = record->start_time != UNKNOWN ? record->start_time : 0,
        .about = record,
        .turn = on_turn,
    };

    entry->busy = true; /* its turn may come at once */
    entry->repeating = record->state == RESERVATION_UNCERTAIN;
    entry->repeated_before = record->repeated;
    secret_free(entry->asked);
    entry->asked = settings_text(&record->meeting_settings);
    str_set(&entry->asked_owner, record->owner_id);
    str_set(&entry->asked_app, record->app);
    if (calls_submit(entry->driver->options.calls, &request, on_applied, entry) == NULL)
        entry->busy = false; /* the app of an old record may have left the configuration */
}

static void on_probed(void *data, const struct feishu_result *result, const struct feishu_reserve *reserve,
                      struct meeting *take_meeting)
{
    struct entry *entry = data;

    (void)reserve;
    meeting_free(take_meeting);
    entry->busy = false;
    if (entry_release(entry))
        return;
    if (result->outcome == FEISHU_OK)
        entry_decide(entry);
    else if (!entry->driver->stopping)
        timer_start_in(&entry->decide_timer, PROBE_AGAIN_MS);
}

void entry_probe(struct entry *entry)
{
    struct call_request request = {
        .app = entry->record->app, .api = FEISHU_TOKEN, .class = CALL_CLASS_CHANGE};

    entry->busy = calls_submit(entry->driver->options.calls, &request, on_probed, entry) != NULL;
}
