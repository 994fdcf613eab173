#include "sim/reserve-view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"
#include "sim/member.h"
#include "sim/wishes.h"

static const char *domain(const struct sim *sim)
{
    return sim->switches.region == 1 ? "larksuite.com" : "feishu.cn";
}

static void put_number(struct json_object *object, const char *name, int64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, number);
    put_text(object, name, text);
}

void put_meeting_url(struct json_object *object, const struct sim *sim, const struct reserve *reserve)
{
    char *url = xasprintf("https://vc.%s/j/%s", domain(sim),
                          sim->switches.url_digits == 1 ? reserve->meeting_no : reserve->url_no);

    put_text(object, "url", url);
    free(url);
}

static void put_links(struct json_object *object, const struct sim *sim, const struct reserve *reserve,
                      bool app_link)
{
    char *link = xasprintf("https://applink.%s/client/videochat/open?source=openplatform&action=join&idtype="
                           "reservationid&id=%s&preview={?}&mic={?}&speaker={?}&camera={?}",
                           domain(sim), sim->switches.app_link_id == 1 ? reserve->id : "{?}");
    char *live = xasprintf("https://meetings.%s/s/%s", domain(sim), reserve->live_word);

    put_meeting_url(object, sim, reserve);
    if (app_link)
        put_text(object, "app_link", link);
    put_text(object, "live_link", live);
    free(link);
    free(live);
}

static int64_t expire_status(const struct sim *sim, const struct reserve *reserve)
{
    if (sim->switches.expire_status == 1)
        return 0;
    return reserve->end_time > moment_s(&sim->moment) ? 1 : 2;
}

static struct json_object *reserve_json(struct sim *sim, const struct reserve *reserve, enum view view,
                                        enum id_kind kind)
{
    struct json_object *object = json_object_new_object();

    put_text(object, "id", reserve->id);
    put_text(object, "meeting_no", reserve->meeting_no);
    if (sim->switches.password_shown == 0)
        put_text(object, "password", reserve->password != NULL ? reserve->password : "");
    put_links(object, sim, reserve, view != VIEW_UPDATE);
    put_number(object, "end_time", reserve->end_time);
    if (view != VIEW_APPLY)
        put_int(object, "expire_status", expire_status(sim, reserve));
    if (view == VIEW_GET) {
        put_text(object, "reserve_user_id", reserve->owner->ids[kind]);
        put(object, "meeting_settings", wishes_convert(&sim->users, reserve->settings, ID_OPEN, kind));
    }
    return object;
}

struct json_object *reserve_view_data(struct call *call, const struct reserve *reserve, enum view view,
                                      struct json_object *invalid_hosts)
{
    struct json_object *data = json_object_new_object(), *check;

    put(data, "reserve", reserve_json(call->sim, reserve, view, call->id_kind));
    if (invalid_hosts != NULL) {
        check = json_object_new_object();
        put(check, "invalid_host_id_list", json_object_get(invalid_hosts));
        put(data, "reserve_correction_check_info", check);
    }
    return data;
}

struct json_object *reserve_view_state(struct sim *sim, const struct reserve *reserve)
{
    struct json_object *object = reserve_json(sim, reserve, VIEW_GET, ID_OPEN);

    put_text(object, "app", reserve->app_id);
    put_text(object, "tenant", reserve->tenant);
    put_bool(object, "deleted", reserve->deleted);
    put_bool(object, "by_user", reserve->by_user);
    put_text(object, "running_meeting", reserve->running != NULL ? reserve->running->id : NULL);
    return object;
}
