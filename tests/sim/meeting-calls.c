/* The calls about meetings (feishu-api.md 1.7, 6). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/buffer.h"
#include "base/str.h"
#include "sim/call.h"
#include "sim/handlers.h"
#include "sim/meeting-view.h"
#include "sim/member.h"
#include "sim/reserve-view.h"
#include "sim/validate.h"

#define KEPT_S (INT64_C(90) * 24 * 3600)

static bool query_flag(const struct call *call, const char *name)
{
    const char *text = member_text(call->request->query, name);

    return str_equal(text, "true") || str_equal(text, "1");
}

/* The members that the resource page has beside `meeting`. */
static const char *const beside[] = {"status", "participant_count", "participant_count_accumulated",
                                     "participants", "ability"};

static struct json_object *move_beside(struct json_object *meeting)
{
    struct json_object *data = json_object_new_object();

    put(data, "meeting", meeting);
    for (size_t i = 0; i < ELEMENTS(beside); i++) {
        struct json_object *value = member(meeting, beside[i]);

        if (value == NULL)
            continue;
        put(data, beside[i], json_object_get(value));
        json_object_object_del(meeting, beside[i]);
    }
    return data;
}

/* The resource page's own sample, a comma behind the meeting's last member: no JSON. */
static void answer_as_page(struct call *call, struct json_object *take_data)
{
    struct json_object *meeting = member(take_data, "meeting");
    struct buffer text = BUFFER_EMPTY;
    size_t length;
    const char *inner = json_write(meeting, &length);

    buffer_append_text(&text, "{\"code\":0,\"msg\":\"success\",\"data\":{\"meeting\":");
    buffer_append(&text, inner, length - 1);
    buffer_append_text(&text, ",}");
    json_object_object_foreach(take_data, name, value)
    {
        if (value != meeting)
            buffer_printf(&text, ",\"%s\":%s", name, json_write(value, NULL));
    }
    buffer_append_text(&text, "}}");
    json_object_put(take_data);
    length = text.length;
    answer_text(call->answer, 200, "application/json; charset=utf-8", buffer_take(&text), length);
    call->answer->code = 0;
}

static void answer_meeting(struct call *call, const struct meeting *meeting, const struct meeting_view *view,
                           int shape)
{
    struct json_object *object = meeting_view(call->sim, meeting, view), *data;

    if (shape == SHAPE_INSIDE) {
        data = json_object_new_object();
        put(data, "meeting", object);
        answer_data(call->answer, data);
        return;
    }
    data = move_beside(object);
    if (shape == SHAPE_BESIDE)
        answer_data(call->answer, data);
    else
        answer_as_page(call, data);
}

static struct json_object *empty_id_data(void)
{
    struct json_object *data = json_object_new_object(), *meeting = json_object_new_object();

    put_text(meeting, "id", "");
    put(data, "meeting", meeting);
    return data;
}

static void answer_no_active(struct call *call, const struct reserve *reserve,
                             const struct meeting_view *view)
{
    struct json_object *data;

    switch (call->sim->switches.no_active) {
    case NO_ACTIVE_EMPTY:
        answer_data(call->answer, json_object_new_object());
        return;
    case NO_ACTIVE_NULL:
        data = json_object_new_object();
        put(data, "meeting", NULL);
        answer_data(call->answer, data);
        return;
    case NO_ACTIVE_ABSENT:
        answer_data(call->answer, NULL);
        return;
    case NO_ACTIVE_EMPTY_ID:
        answer_data(call->answer, empty_id_data());
        return;
    case NO_ACTIVE_STATUS3:
        if (reserve->last == NULL)
            break;
        answer_meeting(call, reserve->last, view, call->sim->switches.active_shape);
        return;
    default:
        break;
    }
    answer_error(call->answer, 404, 121004, "data not exist");
}

void handle_active(struct call *call)
{
    const struct reserve *reserve = own_reserve(call);
    struct meeting_view view = {.id_kind = call->id_kind,
                                .participants = query_flag(call, "with_participants"),
                                .ability = call->sim->switches.active_ability == 0};

    if (reserve == NULL)
        return;
    if (reserve->running != NULL)
        answer_meeting(call, reserve->running, &view, call->sim->switches.active_shape);
    else
        answer_no_active(call, reserve, &view);
}

static bool is_kept(const struct call *call, const struct meeting *meeting)
{
    return meeting->status != MEETING_OVER || meeting->end_s > call->now_s - KEPT_S;
}

void handle_meeting(struct call *call)
{
    const struct meeting *meeting = meetings_find(&call->sim->meetings, call->id);
    struct meeting_view view = {.id_kind = call->id_kind,
                                .participants = query_flag(call, "with_participants"),
                                /* For tenant tokens alone. */
                                .ability = query_flag(call, "with_meeting_ability") &&
                                           call->token->kind == TOKEN_TENANT};

    if (meeting == NULL || !is_kept(call, meeting)) {
        answer_error(call->answer, 404, 121004, "data not exist");
        return;
    }
    if (!is_own(call, meeting->reserve)) {
        answer_error(call->answer, 403, 121005, "no permission");
        return;
    }
    reserve_settle(call->sim, meeting->reserve);
    answer_meeting(call, meeting, &view, SHAPE_INSIDE);
}

/* What list_by_no was asked for. */
struct listing {
    const char *meeting_no;
    int64_t start_time;
    int64_t end_time;
    int64_t page_size;
    int64_t skip;
};

/* False: answered. A page's token is the number of those before it. */
static bool read_listing(struct call *call, struct listing *listing)
{
    struct json_object *query = call->request->query;
    const char *page_size = member_text(query, "page_size"), *page_token = member_text(query, "page_token");

    *listing = (struct listing){
        .meeting_no = member_text(query, "meeting_no"),
        .start_time = digits(member_text(query, "start_time")),
        .end_time = digits(member_text(query, "end_time")),
        .page_size = page_size != NULL ? digits(page_size) : 20,
        .skip = page_token != NULL && *page_token != '\0' ? digits(page_token) : 0,
    };
    if (strlen(listing->meeting_no) == 9 && digits(listing->meeting_no) >= 0 &&
        listing->end_time >= listing->start_time && listing->end_time - listing->start_time <= KEPT_S &&
        listing->page_size > 0 && listing->skip >= 0)
        return true;
    answer_error(call->answer, 400, 121003, "param error");
    return false;
}

static bool is_listed(const struct call *call, const struct listing *listing, const struct meeting *meeting)
{
    int64_t end_s = meeting->status == MEETING_OVER ? meeting->end_s : call->now_s;

    return strcmp(meeting->meeting_no, listing->meeting_no) == 0 && is_own(call, meeting->reserve) &&
           is_kept(call, meeting) && meeting->start_s <= listing->end_time && end_s >= listing->start_time;
}

static struct json_object *brief(struct sim *sim, const struct meeting *meeting)
{
    struct json_object *object = json_object_new_object();

    put_text(object, "id", meeting->id);
    put_text(object, "topic", meeting->topic != NULL ? meeting->topic : "");
    put_meeting_url(object, sim, meeting->reserve);
    put_text(object, "meeting_no", meeting->meeting_no);
    return object;
}

void handle_list_by_no(struct call *call)
{
    struct json_object *data, *briefs;
    struct listing listing;
    int64_t place = 0;
    char token[24] = "";

    if (!read_listing(call, &listing))
        return;
    briefs = json_object_new_array();
    for (const struct meeting *meeting = call->sim->meetings.first; meeting != NULL;
         meeting = meeting->next) {
        if (!is_listed(call, &listing, meeting))
            continue;
        if (place >= listing.skip && place < listing.skip + listing.page_size)
            json_object_array_add(briefs, brief(call->sim, meeting));
        place++;
    }
    data = json_object_new_object();
    put_bool(data, "has_more", place > listing.skip + listing.page_size);
    if (place > listing.skip + listing.page_size)
        snprintf(token, sizeof(token), "%" PRId64, listing.skip + listing.page_size);
    put_text(data, "page_token", token);
    put(data, "meeting_briefs", briefs);
    answer_data(call->answer, data);
}
