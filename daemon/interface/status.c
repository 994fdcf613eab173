/* GetStatus. */
#include <unistd.h>

#include <stdlib.h>

#include "base/base.h"
#include "interface/health.h"
#include "interface/parts.h"
#include "wire/status.h"

static const char *token_text(const struct feishu *client)
{
    switch (feishu_token_state(client)) {
    case FEISHU_TOKEN_VALID:
        return "valid";
    case FEISHU_TOKEN_REFUSED:
        return "refused";
    default:
        return "none";
    }
}

/* Those of an app's APIs that have been asked. Room for all is in `ret`. */
static size_t describe_apis(const struct interface *interface, size_t app, struct wire_api *ret)
{
    size_t count = 0;

    for (int api = 0; api < FEISHU_APIS; api++) {
        const struct api_standing *standing =
            calls_api_standing(interface->options.calls, app, (enum feishu_api)api);

        if (standing->answered_at == UNKNOWN && !standing->refused)
            continue;
        ret[count] = (struct wire_api){.api = feishu_api_name((enum feishu_api)api),
                                       .answered_at = standing->answered_at};
        if (standing->refused)
            ret[count].refused = (struct problem){
                .code = standing->code,
                .message = (char *)standing->message,
                .log_id = standing->log_id[0] != '\0' ? (char *)standing->log_id : NULL,
                .at = standing->refused_at,
            };
        count++;
    }
    return count;
}

/* The texts of an app's last error live in `calls`. */
static void describe_app(const struct interface *interface, size_t index, struct calls_status *calls,
                         struct wire_api *apis, struct wire_app *ret)
{
    const struct app *app = interface->options.apps[index];
    const struct feishu *client = interface->options.clients[index];
    struct spending_view spent;

    calls_status(interface->options.calls, index, calls);
    spending_view(interface->options.spending, index, &spent);
    *ret = (struct wire_app){
        .name = app->name,
        .base_url = app->base_url,
        .token = token_text(client),
        .token_expires_at = feishu_token_expires_at(client),
        .calls = (int64_t)calls->sent,
        .waiting = (int64_t)calls->waiting,
        .under_way = (int64_t)calls->under_way,
        .paused_until = calls->paused_until == UNKNOWN ? UNKNOWN : calls->paused_until / MS_PER_SECOND,
        .last_success_at = calls->good_answer_at == UNKNOWN ? UNKNOWN : calls->good_answer_at / MS_PER_SECOND,
        .month_used = spent.month.used,
        .month_limit = spent.month.limit,
        .month_forecast = spent.expected,
        .clock_known = calls->clock_known,
        .clock_ahead = (calls->clock_ahead_ms + (calls->clock_ahead_ms < 0 ? -500 : 500)) / MS_PER_SECOND,
        .apis = apis,
        .api_count = describe_apis(interface, index, apis),
    };
    if (calls->failing)
        ret->last_error = (struct problem){
            .code = calls->code,
            .message = calls->message,
            .log_id = calls->log_id[0] != '\0' ? calls->log_id : NULL,
            .at = calls->failed_at / MS_PER_SECOND,
        };
}

void status_get(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    const struct interface_options *parts = &interface->options;
    const struct reload_result *reload = parts->configuration->last_reload;
    struct calls_status *calls = xcalloc(parts->app_count, sizeof(*calls));
    struct wire_app *apps = xcalloc(parts->app_count, sizeof(*apps));
    struct wire_api *apis = xcalloc(parts->app_count * FEISHU_APIS, sizeof(*apis));
    struct varlink_server_counts socket;
    struct store_health store;
    struct meeting *const *meetings;
    struct health health;
    struct buffer text = BUFFER_EMPTY;
    struct wire_status status;

    health_read(parts, &health);
    store_health(parts->store, &store);
    varlink_server_counts(interface->server, &socket);
    for (size_t i = 0; i < parts->app_count; i++)
        describe_app(interface, i, &calls[i], &apis[i * FEISHU_APIS], &apps[i]);
    status = (struct wire_status){
        .version = PACKAGE_VERSION,
        .pid = getpid(),
        .started_at = interface->started_at,
        .uptime = (clock_boot_ms(interface->clock) - interface->started_boot_ms) / MS_PER_SECOND,
        .healthy = health.healthy,
        .health = health.text,
        .sequence = (int64_t)cache_sequence(parts->cache),
        .apps = apps,
        .app_count = parts->app_count,
        .plans = (int64_t)parts->configuration->plans->count,
        .meetings = (int64_t)cache_meetings(parts->cache, &meetings),
        .live = health.live,
        .participants = health.participants,
        .problems = health.problems,
        .store = {.path = parts->state_path,
                  .failing = store.failing,
                  .error = store.failing ? store.error : NULL,
                  .written = (int64_t)store.written,
                  .failed = (int64_t)store.failed,
                  .waiting = (int64_t)store.waiting,
                  .slowest_ms = store.slowest_ms},
        .socket = {.connections = (int64_t)socket.connections,
                   .accepted = (int64_t)socket.accepted,
                   .refused = (int64_t)socket.refused,
                   .requests = (int64_t)socket.requests},
        .configuration = parts->configuration->path,
        .loaded_at = parts->configuration->loaded_at,
        .operator= access_is_operator(interface->access, varlink_call_peer(call)),
    };
    if (reload != NULL) {
        status.last_reload.at = reload->at;
        status.last_reload.problems = &reload->problems;
        status.last_reload.restart = &reload->restart;
    }
    for (int state = 0; state < RESERVATION_STATES; state++)
        status.reservations[state] = health.reservations[state];
    buffer_append_text(&text, "{\"status\":");
    wire_status(&text, &status);
    buffer_append_char(&text, '}');
    varlink_call_reply(call, text.data);
    buffer_fini(&text);
    free(apis);
    free(apps);
    free(calls);
}
