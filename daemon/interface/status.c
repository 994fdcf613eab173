/* How the daemon and its parts are: gathered for GetStatus and GetMetrics, and GetStatus itself. */
#include <unistd.h>

#include <stdlib.h>

#include "base/base.h"
#include "interface/parts.h"

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
static void describe_app(const struct interface *interface, size_t index, struct interface_status *status)
{
    const struct app *app = interface->options.apps[index];
    const struct feishu *client = interface->options.clients[index];
    struct calls_status *calls = &status->calls[index];
    struct spending_view *spent = &status->spent[index];
    struct wire_api *apis = &status->apis[index * FEISHU_APIS];

    calls_status(interface->options.calls, index, calls);
    spending_view(interface->options.spending, index, spent);
    status->apps[index] = (struct wire_app){
        .name = app->name,
        .base_url = app->base_url,
        .token = token_text(client),
        .token_expires_at = feishu_token_expires_at(client),
        .rate_per_minute = app->rate_per_minute,
        .rate_per_second = app->rate_per_second,
        .calls = (int64_t)calls->sent,
        .waiting = (int64_t)calls->waiting,
        .under_way = (int64_t)calls->under_way,
        .paused_until = calls->paused_until == UNKNOWN ? UNKNOWN : calls->paused_until / MS_PER_SECOND,
        .last_success_at = calls->good_answer_at == UNKNOWN ? UNKNOWN : calls->good_answer_at / MS_PER_SECOND,
        .month_used = spent->month.used,
        .month_limit = spent->month.limit,
        .month_forecast = spent->forecast,
        .clock_known = calls->clock_known,
        .clock_ahead = (calls->clock_ahead_ms + (calls->clock_ahead_ms < 0 ? -500 : 500)) / MS_PER_SECOND,
        .apis = apis,
        .api_count = describe_apis(interface, index, apis),
    };
    if (calls->failing)
        status->apps[index].last_error = (struct problem){
            .code = calls->code,
            .message = calls->message,
            .log_id = calls->log_id[0] != '\0' ? calls->log_id : NULL,
            .at = calls->failed_at / MS_PER_SECOND,
        };
}

void interface_status_read(const struct interface *interface, struct interface_status *ret)
{
    const struct interface_options *parts = &interface->options;
    const struct reload_result *reload = parts->configuration->last_reload;
    struct varlink_server_counts *socket = &ret->socket;
    struct store_health *store = &ret->store;
    struct health *health = &ret->health;
    struct meeting *const *meetings;

    ret->calls = xcalloc(parts->app_count, sizeof(*ret->calls));
    ret->spent = xcalloc(parts->app_count, sizeof(*ret->spent));
    ret->apps = xcalloc(parts->app_count, sizeof(*ret->apps));
    ret->apis = xcalloc(parts->app_count * FEISHU_APIS, sizeof(*ret->apis));
    health_read(parts, health);
    store_health(parts->store, store);
    varlink_server_counts(interface->server, socket);
    for (size_t i = 0; i < parts->app_count; i++)
        describe_app(interface, i, ret);
    ret->told = (struct wire_status){
        .version = PACKAGE_VERSION,
        .pid = getpid(),
        .started_at = interface->started_at,
        .uptime = (clock_boot_ms(interface->clock) - interface->started_boot_ms) / MS_PER_SECOND,
        .healthy = health->healthy,
        .health = health->text,
        .sequence = (int64_t)cache_sequence(parts->cache),
        .apps = ret->apps,
        .app_count = parts->app_count,
        .plans = (int64_t)parts->configuration->plans->count,
        .meetings = (int64_t)cache_meetings(parts->cache, &meetings),
        .live = health->live,
        .participants = health->participants,
        .problems = health->problems,
        .store = {.path = parts->state_path,
                  .failing = store->failing,
                  .error = store->failing ? store->error : NULL,
                  .written = (int64_t)store->written,
                  .failed = (int64_t)store->failed,
                  .waiting = (int64_t)store->waiting,
                  .slowest_ms = store->slowest_ms,
                  .busy_ms = store->busy_ms},
        .socket = {.connections = (int64_t)socket->connections,
                   .accepted = (int64_t)socket->accepted,
                   .refused = (int64_t)socket->refused,
                   .requests = (int64_t)socket->requests},
        .configuration = parts->configuration->path,
        .loaded_at = parts->configuration->loaded_at,
    };
    if (reload != NULL) {
        ret->told.last_reload.at = reload->at;
        ret->told.last_reload.problems = &reload->problems;
        ret->told.last_reload.restart = &reload->restart;
    }
    for (int state = 0; state < RESERVATION_STATES; state++)
        ret->told.reservations[state] = health->reservations[state];
}

void interface_status_fini(struct interface_status *status)
{
    free(status->apis);
    free(status->apps);
    free(status->spent);
    free(status->calls);
}

void status_get(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    struct buffer text = BUFFER_EMPTY;
    struct interface_status status;

    interface_status_read(interface, &status);
    status.told.operator= access_is_operator(interface->access, varlink_call_peer(call));
    buffer_append_text(&text, "{\"status\":");
    wire_status(&text, &status.told);
    buffer_append_char(&text, '}');
    varlink_call_reply(call, text.data);
    buffer_fini(&text);
    interface_status_fini(&status);
}
