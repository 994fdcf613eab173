/* Reservations, meetings and the sequence numbers as rows: statements made ready once, values bound to them.
 */
#ifndef MEETINGD_STORE_RECORDS_H
#define MEETINGD_STORE_RECORDS_H

#include <stdint.h>

#include "model/meeting.h"
#include "model/reservation.h"
#include "store/database.h"

struct records;

/* `database` is borrowed and outlives the records. */
int records_new(struct records **ret, const struct database *database, struct error *error);
struct records *records_free(struct records *records);

/* What follows is called inside a transaction, which the caller rolls back where one of it fails. */

int records_put_reservation(struct records *records, const struct reservation *reservation,
                            struct error *error);
int records_drop_reservation(struct records *records, const char *key, struct error *error);
int records_put_meeting(struct records *records, const struct meeting *meeting, struct error *error);
int records_claim_sequences(struct records *records, uint64_t below, struct error *error);
int records_read_sequences(struct records *records, uint64_t *ret_below, struct error *error);

/* Leaves out what was over before `since` (Unix seconds). The sink owns what it gets. Where reading fails in
 * the middle, it has got what came before. */
int records_read_reservations(struct records *records, int64_t since,
                              void (*sink)(void *data, struct reservation *take), void *data,
                              struct error *error);
int records_read_meetings(struct records *records, int64_t since,
                          void (*sink)(void *data, struct meeting *take), void *data, struct error *error);

#endif
