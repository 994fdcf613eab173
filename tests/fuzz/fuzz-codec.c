/* What Feishu, or whoever stands in its place, may answer: the envelope, a token, a reservation and a meeting
 * are read from the same text. What was read must hold what codec.h and result.h promise. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "feishu/codec.h"
#include "feishu/result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool good)
{
    if (!good)
        abort();
}

static void require_id(const char *id)
{
    require(id == NULL || *id != '\0');
}

static void check_token(const struct codec_answer *answer)
{
    struct error error;
    char *token = NULL;
    int64_t expire_s;

    if (codec_token(answer, &token, &expire_s, &error) == 0) {
        require(token != NULL && *token != '\0' && strpbrk(token, " \r\n\t") == NULL);
        require(expire_s >= UNKNOWN);
    }
    secret_free(token);
}

/* Settings that were read are sent as they are, and come back the same. */
static void check_settings(const struct meeting_settings *settings)
{
    char *body = codec_apply_request(UNKNOWN, NULL, settings);
    CLEANUP_FREE char *text = xasprintf("{\"code\":0,\"data\":{\"reserve\":%s}}", body);
    struct feishu_reserve again;
    struct codec_answer answer;
    struct error error;

    require(codec_answer_parse(text, strlen(text), &answer, &error) == 0);
    require(codec_reserve(&answer, &again, &error) == 0);
    require(meeting_settings_equal(settings, &again.meeting_settings));
    codec_reserve_fini(&again);
    codec_answer_fini(&answer);
    secret_free(body);
}

static void check_reserve(const struct codec_answer *answer)
{
    struct feishu_reserve reserve;
    struct error error;

    if (codec_reserve(answer, &reserve, &error) != 0)
        return;
    require_id(reserve.id);
    require_id(reserve.meeting_no);
    require_id(reserve.reserve_user_id);
    require(reserve.end_time == UNKNOWN || reserve.end_time > 0);
    require(reserve.expire_status >= UNKNOWN);
    for (size_t i = 0; i < reserve.invalid_host_id_list.count; i++)
        require_id(reserve.invalid_host_id_list.items[i]);
    if (reserve.meeting_settings_known)
        check_settings(&reserve.meeting_settings);
    codec_reserve_fini(&reserve);
}

static void check_meeting(const struct codec_answer *answer, bool with_participants)
{
    struct meeting *meeting = NULL;
    struct error error;

    if (codec_meeting(answer, with_participants, &meeting, &error) != 0 || meeting == NULL)
        return;
    require(meeting->id != NULL && *meeting->id != '\0' && strcmp(meeting->id, "0") != 0);
    require(with_participants || !meeting->participants_known);
    require(meeting->participants_known || meeting->in_meeting == UNKNOWN);
    require(meeting->in_meeting <= (int64_t)meeting->participants_count);
    require(meeting->end_time == UNKNOWN || meeting->status == MEETING_ENDED);
    require(meeting->start_time == UNKNOWN || meeting->start_time > 0);
    meeting_free(meeting);
}

/* The message is one line of UTF-8, whatever was said. */
static void check_result(const char *body, size_t length, int status)
{
    const struct http_answer http = {.reason = "",
                                     .sent = true,
                                     .status = status,
                                     .body = body,
                                     .length = length,
                                     .content_type = "application/json",
                                     .log_id = "",
                                     .ratelimit_reset_s = UNKNOWN,
                                     .server_time = UNKNOWN};
    static const char *const secrets[] = {"s3cr3t-of-the-app"};
    struct feishu_result result;
    struct codec_answer answer;

    result_read(&result, FEISHU_GET, &http, secrets, 1, &answer);
    codec_answer_fini(&answer);
    require((result.outcome == FEISHU_OK) == (result.message[0] == '\0'));
    require(strstr(result.message, "s3cr3t-of-the-app") == NULL);
    require(utf8_valid_length(result.message, strlen(result.message)) == strlen(result.message));
    for (const char *at = result.message; *at != '\0'; at++)
        require((unsigned char)*at >= 0x20 && *at != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_FREE char *body = xalloc(size + 1); /* without a byte to spare, so that a step too far is seen */
    struct codec_answer answer;
    struct error error;

    if (size > 0)
        memcpy(body, data, size);
    check_result(body, size, 200);
    check_result(body, size, 400);
    if (codec_answer_parse(body, size, &answer, &error) < 0)
        return 0;
    check_token(&answer);
    check_reserve(&answer);
    check_meeting(&answer, true);
    check_meeting(&answer, false);
    codec_answer_fini(&answer);
    return 0;
}
