/* Inside sync: what an operator has asked for and waits for. operate.c has the API's five operations,
 * resolve.c the settling of what is uncertain. */
#ifndef MEETINGD_SYNC_OPERATION_H
#define MEETINGD_SYNC_OPERATION_H

#include "sync/entry.h"
#include "sync/operate.h"

struct operation {
    struct driver *driver;
    char *key;        /* of the reservation it is about, where that is known */
    char *reserve_id; /* of the one that an uncertain reservation is said to be */
    struct meeting_settings settings;
    int64_t end_time;
    bool observe;  /* what get_active_meeting tells is an observation like any other */
    bool answered; /* `result` is Feishu's */
    struct feishu_result result;
    struct meeting *meeting; /* what was asked for; NULL: none */
    operate_cb *callback;
    void *data;
};

/* For the reservation of `entry`, or for none that is known where it is NULL. */
struct operation *operation_new(struct driver *driver, const struct entry *entry, operate_cb *callback,
                                void *data);

/* Without a word to anyone. */
void operation_free(struct operation *operation);

/* Its reservation, where it is (still) on record. */
struct entry *operation_entry(const struct operation *operation);

/* Keeps Feishu's answer. */
void operation_keep(struct operation *operation, const struct feishu_result *result);

/* What it has brought about is in the store: whoever waits is told. Uses the operation up. */
void operation_is_saved(struct operation *operation);

/* Tells that nothing was sent, and why. Uses the operation up. */
void operation_was_not_sent(struct operation *operation, const char *reason);

/* Sends a call about a reserve_id through the gate, to the app of its record, or the first one. -ENOENT where
 * that app is not there any more; the operation is gone then. */
int operation_submit(struct operation *operation, struct call_request *request, call_cb *callback);

/* The entry with this reserve_id; NULL where there is none. */
struct entry *driver_find_by_id(const struct driver *driver, const char *reserve_id);

#endif
