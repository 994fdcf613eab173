/*
 * JSON to the model and back (feishu-api.md 1). The only place of the room that knows json-c.
 *
 * Reading is generous where Feishu is loose (numbers as strings, missing, null, fields it does not know) and
 * strict where a mistake would cost: text that is not whole, valid JSON, or an envelope of another shape, is
 * an error and never an empty answer. A single field of a wrong type counts as not told.
 */
#ifndef MEETINGD_FEISHU_CODEC_H
#define MEETINGD_FEISHU_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "feishu/api.h"
#include "model/meeting.h"
#include "model/settings.h"

struct json_object;

/* The bodies of requests. What is not set is left out; the keys stand in a fixed order. The caller frees them
 * with secret_free(). */
char *codec_token_request(const char *app_id, const char *app_secret);
char *codec_apply_request(int64_t end_time, const char *owner_id, const struct meeting_settings *settings);
/* `end_time` UNKNOWN and `settings` NULL, or without anything that can be updated, are left out. */
char *codec_update_request(int64_t end_time, const struct meeting_settings *settings);

/* An answer's envelope {code, msg, data, error}. */
struct codec_answer {
    struct json_object *root;
    struct json_object *data; /* in `root`; NULL: absent or null */
    bool code_told;
    int64_t code;
    char *msg; /* Feishu's, not cleaned; NULL: none */
    /* Of error: */
    char *log_id;              /* NULL: none */
    struct string_list scopes; /* what permission_violations names */
    struct string_list fields; /* what field_violations names, with their descriptions */
};

/* `body` has a NUL behind its `length` bytes. -EBADMSG where the text is not one JSON object, its code is no
 * number, or its data beside code 0 is no object; the answer is then not written. */
int codec_answer_parse(const char *body, size_t length, struct codec_answer *ret, struct error *error);

/* Overwrites what was in it: tokens and passwords. */
void codec_answer_fini(struct codec_answer *answer);

/* The tenant token (feishu-api.md 3.1), under the names of either endpoint, and its life in seconds, UNKNOWN
 * if that was not told. The caller frees the token with secret_free(). */
int codec_token(const struct codec_answer *answer, char **ret_token, int64_t *ret_expire_s,
                struct error *error);

/* data.reserve of apply, update and get; members that are not told are NULL or UNKNOWN. -ENOENT without a
 * data.reserve, -EBADMSG where it is no object. */
int codec_reserve(const struct codec_answer *answer, struct feishu_reserve *ret, struct error *error);
void codec_reserve_fini(struct feishu_reserve *reserve);

/* data.meeting of get_active_meeting, with fields inside it or beside it; NULL: there is none now
 * (feishu-api.md 1.7). Participants are read only where they were asked for. */
int codec_meeting(const struct codec_answer *answer, bool with_participants, struct meeting **ret,
                  struct error *error);

/* The ids of list_by_no's meeting_briefs, added to the list, and what asks for the page after this one (NULL:
 * there is none); the caller frees it. */
int codec_meeting_list(const struct codec_answer *answer, struct string_list *ids, char **ret_page_token,
                       struct error *error);

#endif
