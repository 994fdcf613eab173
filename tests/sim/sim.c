#include "sim/sim.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "sim/call.h"
#include "sim/control.h"
#include "sim/member.h"
#include "sim/scenario.h"
#include "sim/validate.h"

void sim_init(struct sim *sim, struct timers *timers, uint64_t seed, size_t records)
{
    *sim = (struct sim){.timers = timers};
    dice_init(&sim->dice, seed);
    switches_init(&sim->switches);
    apps_init(&sim->apps);
    tokens_init(&sim->tokens);
    reserves_init(&sim->reserves);
    meetings_init(&sim->meetings);
    records_init(&sim->records, records);
}

void sim_fini(struct sim *sim)
{
    scenario_free(sim->scenario);
    records_fini(&sim->records);
    faults_fini(&sim->faults);
    meetings_fini(&sim->meetings);
    reserves_fini(&sim->reserves);
    quota_fini(&sim->quota);
    tokens_fini(&sim->tokens);
    users_fini(&sim->users);
    apps_fini(&sim->apps);
}

struct hold sim_connecting(struct sim *sim)
{
    struct json_object *fault = faults_take(&sim->faults, "connect", NULL);
    struct hold hold = {.kind = HOLD_NOTHING};

    if (fault != NULL)
        fault_connect(fault, &hold);
    json_object_put(fault);
    return hold;
}

/* Who calls, as far as it can be known before anything is checked. */
static void find_caller(struct call *call)
{
    const char *authorization = call->request->authorization;

    if (call->route->scope != NULL) {
        if (authorization != NULL && strncmp(authorization, "Bearer ", 7) == 0)
            call->token = tokens_find(&call->sim->tokens, authorization + 7);
        call->app = call->token != NULL ? call->token->app : NULL;
        return;
    }
    call->body = json_read(call->request->body, call->request->length);
    call->app = apps_find(&call->sim->apps, member_text(call->body, "app_id"));
}

static void carry_out(struct call *call)
{
    if (!gateway_admit(call))
        return;
    if (call->route->scope == NULL || validate(call))
        call->route->handle(call);
    if (call->route->api == API_APPLY && call->answer->code == 0)
        scenario_reserved(call->sim->scenario);
}

/* A body as a record keeps it: without an app's secret. */
static void put_body(struct json_object *record, const struct call *call)
{
    const struct request *request = call->request;
    struct json_object *body = json_read(request->body, request->length);

    if (member(body, "app_secret") != NULL)
        put_text(body, "app_secret", "***");
    else if (request->length > 0)
        put(record, "body_text", json_object_new_string_len(request->body, (int)request->length));
    put(record, "body", body);
}

static void record(struct call *call, const char *api, struct json_object *fault)
{
    const struct request *request = call->request;
    struct json_object *object;

    if (call->sim->records.capacity == 0)
        return;
    object = json_object_new_object();
    put_text(object, "api", api);
    put_text(object, "method", request->method);
    put_text(object, "path", request->path);
    put_text(object, "uri", request->uri);
    put(object, "query", json_object_get(request->query));
    put(object, "headers", json_object_get(request->headers));
    put_body(object, call);
    put_text(object, "app", call->app != NULL ? call->app->app_id : NULL);
    put(object, "token", call->token != NULL ? json_object_new_int64(call->token->number) : NULL);
    put_int(object, "time_ms", moment_ms(&call->sim->moment));
    put_int(object, "status", call->answer->status);
    put_int(object, "code", call->answer->code);
    put_text(object, "log_id", call->answer->log_id);
    put_int(object, "connection", request->connection);
    put_text(object, "fault", member_text(fault, "kind"));
    if (fault != NULL)
        put_bool(object, "acted", fault_acts(fault));
    records_add(&call->sim->records, object);
}

/* One call of Feishu's: a fault may be in its way, before it is carried out or behind it. */
static void answer_call(struct call *call, struct hold *ret_hold)
{
    struct json_object *fault;

    find_caller(call);
    fault = faults_take(&call->sim->faults, call->route->name, call->app != NULL ? call->app->app_id : NULL);
    if (fault == NULL || fault_acts(fault))
        carry_out(call);
    else
        answer_error(call->answer, 500, 121001, "internal error");
    if (fault != NULL)
        fault_deform(fault, call->answer, ret_hold);
    call->sim->counts[call->route->api]++;
    record(call, call->route->name, fault);
    json_object_put(fault);
}

/* The live gateway's answer, whatever its documents say. */
static void answer_unknown(struct call *call, struct hold *ret_hold)
{
    static const char text[] = "404 page not found";
    struct json_object *fault = faults_take(&call->sim->faults, "unknown", NULL);

    answer_text(call->answer, 404, "text/plain; charset=utf-8", xstrdup(text), sizeof(text) - 1);
    if (fault != NULL)
        fault_deform(fault, call->answer, ret_hold);
    call->sim->counts[API_COUNT]++;
    record(call, "unknown", fault);
    json_object_put(fault);
}

void sim_answer(struct sim *sim, const struct request *request, struct answer *ret_answer,
                struct hold *ret_hold)
{
    struct call call = {.sim = sim, .request = request, .answer = ret_answer};
    char date[HTTP_DATE_SIZE];

    *ret_hold = (struct hold){.kind = HOLD_NOTHING};
    answer_init(ret_answer, &sim->moment, &sim->dice);
    moment_http_date(&sim->moment, date);
    answer_header(ret_answer, "Date", date);
    if (strncmp(request->path, "/_sim/", strlen("/_sim/")) == 0) {
        control_answer(sim, request, ret_answer);
        answer_finish(ret_answer);
        return;
    }
    answer_header(ret_answer, "X-Tt-Logid", ret_answer->log_id);
    answer_header(ret_answer, "X-Request-Id", ret_answer->log_id);
    call.now_s = moment_s(&sim->moment);
    call.route = route_find(request->method, request->path, &call.id);
    if (call.route != NULL)
        answer_call(&call, ret_hold);
    else
        answer_unknown(&call, ret_hold);
    answer_finish(ret_answer);
    json_object_put(call.body);
    free(call.id);
}
