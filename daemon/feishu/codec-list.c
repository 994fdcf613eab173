/* The meetings of one number, as list_by_no answers them (feishu-api.md 6). */
#include "feishu/codec.h"

#include <errno.h>

#include "base/base.h"
#include "feishu/codec-field.h"

int codec_meeting_list(const struct codec_answer *answer, struct string_list *ids, char **ret_page_token,
                       struct error *error)
{
    struct json_object *briefs = field(answer->data, "meeting_briefs");

    if (briefs != NULL && !json_object_is_type(briefs, json_type_array))
        return error_set(error, -EBADMSG, "the answer's meeting_briefs is no array");
    for (size_t i = 0; briefs != NULL && i < json_object_array_length(briefs); i++) {
        CLEANUP_FREE char *id = field_record_id(json_object_array_get_idx(briefs, i), "id");

        if (id != NULL)
            string_list_add(ids, id);
    }
    *ret_page_token =
        field_flag(answer->data, "has_more") == FLAG_YES ? field_id(answer->data, "page_token") : NULL;
    return 0;
}
