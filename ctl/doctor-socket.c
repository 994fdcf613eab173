/* doctor: the socket, who may use it, and what the daemon behind it says. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "client.h"
#include "doctor.h"

/* No reservation has this id: Feishu's have 19 digits. It refuses the call for its scope before it looks for
 * the reservation, so that nothing is changed, whatever it answers. */
#define NO_RESERVATION "1"

#define CHECK "socket"

static void look_at_file(struct doctor *doctor, const char *path)
{
    struct stat info;
    const struct passwd *user;
    const struct group *group;

    if (stat(path, &info) < 0)
        return; /* whoever connects is told why */
    user = getpwuid(info.st_uid);
    group = getgrgid(info.st_gid);
    if (!S_ISSOCK(info.st_mode))
        doctor_find(doctor, CHECK, VERDICT_FAIL,
                    strcmp(path, CLIENT_DEFAULT_SOCKET) == 0
                        ? "Take it away, and restart meetingd."
                        : "Name the daemon's socket by --socket, or leave it to " CLIENT_DEFAULT_SOCKET ".",
                    "%s is no socket", path);
    else if ((info.st_mode & S_IRWXO) != 0)
        doctor_find(doctor, CHECK, VERDICT_WARN,
                    "Restart meetingd, which makes it 0660; where systemd makes it, set SocketMode=0660.",
                    "%s is open to everyone (mode %04o): they see who is in which meeting", path,
                    (unsigned)(info.st_mode & 07777));
    else
        doctor_find(doctor, CHECK, VERDICT_OK, NULL, "%s, mode %04o, of %s and the group %s", path,
                    (unsigned)(info.st_mode & 07777), user != NULL ? user->pw_name : "an unknown user",
                    group != NULL ? group->gr_name : "without a name");
}

/* The first line is the error, a second one the hint. */
static void cannot_ask(struct doctor *doctor, const struct error *error)
{
    size_t first = strcspn(error->text, "\n");

    doctor_find(doctor, "daemon", VERDICT_FAIL,
                error->text[first] != '\0' ? error->text + first + 1
                                           : "See how it is: systemctl status meetingd",
                "%.*s", (int)first, error->text);
}

static int call(struct ctl *ctl, const char *method, struct json_object *take_parameters, struct reply *ret,
                struct error *error)
{
    int result = client_send(ctl->client, method, take_parameters, false, error);

    return result < 0 ? result : client_receive(ctl->client, ret, error);
}

/* Asks how the daemon is; what it said before is replaced. */
static void ask_status(struct doctor *doctor)
{
    struct reply reply;
    struct error error;

    if (call(doctor->ctl, "io.meetingd.GetStatus", NULL, &reply, &error) < 0) {
        cannot_ask(doctor, &error);
        return;
    }
    if (member_object(reply.parameters, "status") == NULL) {
        doctor_find(doctor, "daemon", VERDICT_FAIL, "Whatever listens there, it is not this meetingd.",
                    "no status in the answer%s%s", reply.error != NULL ? ": " : "",
                    reply.error != NULL ? reply.error : "");
        reply_fini(&reply);
        return;
    }
    if (doctor->status != NULL)
        reply_fini(&doctor->reply);
    doctor->reply = reply;
    doctor->status = member_object(reply.parameters, "status");
}

static bool was_asked(struct json_object *app, const char *const *names, size_t count)
{
    struct json_object *apis = member_array(app, "apis");

    for (size_t i = 0; i < array_count(apis); i++) {
        for (size_t j = 0; j < count; j++) {
            if (str_equal(member_text(json_object_array_get_idx(apis, i), "api"), names[j]))
                return true;
        }
    }
    return false;
}

/* One call to Feishu. Returns 1 once it was made, 0 where calls are held back, -1 where the daemon is gone.
 */
static int probe(struct doctor *doctor, const char *method, struct json_object *take_parameters)
{
    struct reply reply;
    struct error error;
    bool held_back;

    if (call(doctor->ctl, method, take_parameters, &reply, &error) < 0) {
        cannot_ask(doctor, &error);
        return -1;
    }
    held_back = str_equal(reply.error, "io.meetingd.Unavailable");
    if (held_back)
        doctor_find(doctor, "probe", VERDICT_WARN, NULL, "Feishu could not be asked: %s",
                    member_text(reply.parameters, "reason") != NULL ? member_text(reply.parameters, "reason")
                                                                    : "unknown");
    reply_fini(&reply);
    return held_back ? 0 : 1;
}

static struct json_object *first_app(const struct doctor *doctor)
{
    struct json_object *apps = member_array(doctor->status, "apps");

    return array_count(apps) > 0 ? json_object_array_get_idx(apps, 0) : NULL;
}

/* The daemon's own calls tell of most scopes; only what it has not needed yet is tried. The operators' calls
 * are the first app's. */
static void probe_scopes(struct doctor *doctor)
{
    static const char *const reads[] = {"get", "get_active_meeting"}, *const writes[] = {"apply", "update",
                                                                                         "delete"};
    struct json_object *app = first_app(doctor), *parameters;
    bool reads_known = was_asked(app, reads, ELEMENTS(reads)),
         writes_known = was_asked(app, writes, ELEMENTS(writes));
    int result = 1, calls = 0;

    if (reads_known && writes_known)
        return;
    if (!member_true(doctor->status, "operator")) {
        doctor_find(doctor, "probe", VERDICT_OK, NULL,
                    "Feishu is not asked: calls are for operators (the rest is from the daemon's own ones)");
        return;
    }
    if (!reads_known) {
        parameters = json_object_new_object();
        json_object_object_add(parameters, "reserve_id", json_object_new_string(NO_RESERVATION));
        result = probe(doctor, "io.meetingd.FetchReservation", parameters);
        calls += result > 0;
    }
    if (!writes_known && result > 0) {
        parameters = json_object_new_object();
        json_object_object_add(parameters, "reserve_id", json_object_new_string(NO_RESERVATION));
        json_object_object_add(
            parameters, "end_time",
            json_object_new_int64(doctor->ctl->times.now_ms / MS_PER_SECOND + INT64_C(3600)));
        result = probe(doctor, "io.meetingd.UpdateReservation", parameters);
        calls += result > 0;
    }
    if (result >= 0)
        ask_status(doctor);
    /* Where there was no token, nothing but that was asked for. */
    if (calls > 0 && !str_equal(member_text(first_app(doctor), "token"), "refused"))
        doctor_find(doctor, "probe", VERDICT_OK, NULL,
                    "Feishu was asked about a reservation that does not exist: %d call%s of this month's",
                    calls, calls == 1 ? "" : "s");
}

void doctor_socket(struct doctor *doctor, bool asks_feishu)
{
    struct ctl *ctl = doctor->ctl;
    const char *path = ctl->options->socket;
    int64_t timeout_ms = ctl->options->timeout_ms > 0 ? ctl->options->timeout_ms : MS_PER_MINUTE;
    struct error error;

    look_at_file(doctor, path);
    if (client_new(&ctl->client, path, timeout_ms, &error) < 0) {
        cannot_ask(doctor, &error);
        return;
    }
    ask_status(doctor);
    if (doctor->status == NULL)
        return;
    if (member_true(doctor->status, "operator"))
        doctor_find(doctor, "access", VERDICT_OK, NULL, "you may look, and change things");
    else
        doctor_find(doctor, "access", VERDICT_OK, NULL,
                    "you may look; what changes things, and passwords, are for operators");
    if (asks_feishu)
        probe_scopes(doctor);
}
