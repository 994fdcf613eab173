/*
 * operate: the API's five operations, now, for an operator who waits. They go through the same gate, and what
 * they make or change is recorded and followed like the rest. A reservation made by hand has its intent on
 * the disk like any other; where its apply is not answered, it stays uncertain until an operator settles it,
 * which is the sixth thing that can be done here.
 */
#ifndef MEETINGD_SYNC_OPERATE_H
#define MEETINGD_SYNC_OPERATE_H

#include "feishu/api.h"
#include "sync/driver.h"

/* How an operation ended. What it points to is borrowed for the time of the call. */
struct operated {
    const struct feishu_result *result;    /* NULL: nothing was sent */
    const char *reason;                    /* why nothing was sent; NULL otherwise */
    const struct reservation *reservation; /* as it stands now; NULL where there is none */
    const struct meeting *meeting;         /* FetchActiveMeeting: NULL where none is in progress */
};

/* Comes once, from the loop. */
typedef void operate_cb(void *data, const struct operated *operated);

/* Where calls to Feishu are held back for long, each comes back as FEISHU_CANCELLED: nobody would be there
 * any more when it was carried out.
 *
 * apply. `app` NULL is the first one; `owner_id` NULL the app's own. -ENOENT where there is no such app. */
int operate_reserve(struct driver *driver, const char *app, const char *owner_id, int64_t end_time,
                    const struct meeting_settings *settings, operate_cb *callback, void *data);

/* update; `end_time` UNKNOWN and `settings` NULL are left as they are. */
int operate_update(struct driver *driver, const char *reserve_id, int64_t end_time,
                   const struct meeting_settings *settings, operate_cb *callback, void *data);

int operate_delete(struct driver *driver, const char *reserve_id, operate_cb *callback, void *data);
int operate_fetch(struct driver *driver, const char *reserve_id, operate_cb *callback, void *data);
int operate_fetch_active_meeting(struct driver *driver, const char *reserve_id, bool with_participants,
                                 operate_cb *callback, void *data);

/* How an operator settles a reservation of which nobody knows whether it was made. */
enum settlement {
    SETTLE_AS,    /* it was made, and this is its reserve_id: Feishu must know it, and nobody else have it */
    SETTLE_RETRY, /* it is asked for once more, whatever became of the first time */
    SETTLE_DROP,  /* it is given up, and not asked for again */
};

/* `occurrence` is that of the reservation, or the word that stands for it where it has none; `reserve_id` is
 * for SETTLE_AS. -ENOENT where there is none; -EBUSY where it is not uncertain, -EEXIST where another
 * reservation has the reserve_id. */
int operate_resolve(struct driver *driver, const char *occurrence, enum settlement settlement,
                    const char *reserve_id, operate_cb *callback, void *data);

#endif
