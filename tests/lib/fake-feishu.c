#include "lib/fake-feishu.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

/* What each API says when all is well. */
static const char *const good[FEISHU_APIS] = {
    [FEISHU_TOKEN] = "{\"code\":0,\"msg\":\"ok\",\"tenant_access_token\":\"t-made-up\",\"expire\":7200}",
    [FEISHU_APPLY] =
        "{\"code\":0,\"data\":{\"reserve\":{\"id\":\"6900000000000000001\",\"meeting_no\":\"112000358\"}}}",
    [FEISHU_UPDATE] = "{\"code\":0,\"msg\":\"success\",\"data\":{\"reserve\":{}}}",
    [FEISHU_DELETE] = "{\"code\":0,\"msg\":\"success\",\"data\":{}}",
    [FEISHU_GET] = "{\"code\":0,\"msg\":\"success\",\"data\":{\"reserve\":{\"id\":\"6900000000000000001\"}}}",
    [FEISHU_GET_ACTIVE_MEETING] = "{\"code\":0,\"msg\":\"success\",\"data\":{}}",
    [FEISHU_GET_MEETING] = "{\"code\":0,\"msg\":\"success\",\"data\":{}}",
    [FEISHU_LIST_BY_NO] = "{\"code\":0,\"data\":{\"has_more\":false,\"meeting_briefs\":[]}}",
};

static enum feishu_api api_of(const struct fake_request *request)
{
    if (strstr(request->target, "tenant_access_token") != NULL)
        return FEISHU_TOKEN;
    if (strstr(request->target, "get_active_meeting") != NULL)
        return FEISHU_GET_ACTIVE_MEETING;
    if (strstr(request->target, "/list_by_no") != NULL)
        return FEISHU_LIST_BY_NO;
    if (strstr(request->target, "/meetings/") != NULL)
        return FEISHU_GET_MEETING;
    if (strcmp(request->method, "POST") == 0)
        return FEISHU_APPLY;
    if (strcmp(request->method, "PUT") == 0)
        return FEISHU_UPDATE;
    return strcmp(request->method, "DELETE") == 0 ? FEISHU_DELETE : FEISHU_GET;
}

static void serve(void *data, const struct fake_request *request)
{
    struct fake_feishu *fake = data;
    enum feishu_api api = api_of(request);
    const struct fake_feishu_script *script = fake->has_once[api] ? &fake->once[api] : &fake->scripts[api];

    fake->has_once[api] = false;
    fake->counts[api]++;
    fake->last_on[api] = request->connection;
    buffer_clear(&fake->last_body[api]);
    buffer_append_text(&fake->last_body[api], request->body);
    if (api != FEISHU_TOKEN)
        buffer_printf(&fake->order, "%s\n", request->target);
    fake->held += script->manner == FAKE_FEISHU_HOLDS;
    if (script->manner == FAKE_FEISHU_RESETS)
        fake_http_reset(request->connection);
    else if (script->manner == FAKE_FEISHU_ANSWERS)
        fake_http_answer(request->connection, script->status != 0 ? script->status : 200, script->headers,
                         script->body != NULL ? script->body : good[api]);
}

struct fake_feishu *fake_feishu_new(uv_loop_t *loop)
{
    struct fake_feishu *fake = xalloc(sizeof(*fake));

    fake->http = fake_http_new(loop, serve, fake);
    return fake;
}

void fake_feishu_free(struct fake_feishu *fake)
{
    fake_http_close(fake->http);
    buffer_fini(&fake->order);
    for (int api = 0; api < FEISHU_APIS; api++)
        buffer_fini(&fake->last_body[api]);
    free(fake);
}

void fake_feishu_script(struct fake_feishu *fake, enum feishu_api api, struct fake_feishu_script script)
{
    fake->scripts[api] = script;
}

void fake_feishu_script_once(struct fake_feishu *fake, enum feishu_api api, struct fake_feishu_script script)
{
    fake->once[api] = script;
    fake->has_once[api] = true;
}
