/*
 * prepared: answers that were made into text, for as long as they hold: until the cache changes, the clock
 * comes to where time alone would change the text (something turns stale), or the clock is set back: only
 * answers that show nothing but what is in the cache, as it is by the clock, can be kept here. A
 * question is the message that asks, so that the same bytes get the same answer without a look at what they
 * mean; whether somebody may ask is not decided here. Bounded in number and in size; wiped when it goes.
 */
#ifndef MEETINGD_INTERFACE_PREPARED_H
#define MEETINGD_INTERFACE_PREPARED_H

#include <stdint.h>

#include "base/clock.h"
#include "base/str.h"
#include "sync/cache.h"
#include "wire/wire.h"

struct prepared;

/* Both are borrowed for its life. */
struct prepared *prepared_new(const struct cache *cache, const struct clock *clock);

/* NULL is fine; returns NULL. */
struct prepared *prepared_free(struct prepared *prepared);

/* The texts of the answer to a question, in order, for who may see so much; NULL where none holds. Borrowed
 * until the next of these calls. */
const struct string_list *prepared_find(struct prepared *prepared, const char *question,
                                        enum wire_secrets secrets);

/* Keeps an answer that was made between `from_ms`, when its making began, and now. `until_ms` is the first
 * moment (Unix ms) at which the clock alone makes it wrong; INT64_MAX: it never does. Returns it as
 * prepared_find() does, and `texts` are empty then; or NULL where it is too large to keep, and `texts` are
 * untouched. */
const struct string_list *prepared_keep(struct prepared *prepared, const char *question,
                                        enum wire_secrets secrets, struct string_list *texts, int64_t from_ms,
                                        int64_t until_ms);

/* Frees texts that may have a password in them. */
void prepared_wipe(struct string_list *texts);

#endif
