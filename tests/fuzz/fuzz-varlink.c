/*
 * Fuzz target: what a client sends, cut into messages, and what is read out of each. However the bytes come,
 * the messages are the same. By hand, in the top directory:
 *
 *   clang -g -O1 -D_GNU_SOURCE -Idaemon -Itests -fsanitize=fuzzer,address,undefined -o fuzz-varlink \
 *       tests/fuzz/fuzz-varlink.c daemon/base/?*.c daemon/varlink/{framing,request,parameters}.c \
 *       -luv -ljson-c -lsystemd -lm
 *   ./fuzz-varlink -max_len=1024 NEW-INPUTS tests/fuzz/corpus/varlink
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "lib/fuzz.h"
#include "varlink/framing.h"
#include "varlink/parameters.h"
#include "varlink/request.h"

#define MESSAGE_MAX 200

/* assert() would go with NDEBUG. */
static void must(bool condition)
{
    if (!condition)
        abort();
}

static const struct varlink_parameter declared[] = {
    {"bool", VARLINK_BOOL, false},       {"int", VARLINK_INT, false},       {"string", VARLINK_STRING, false},
    {"strings", VARLINK_STRINGS, false}, {"object", VARLINK_OBJECT, false},
};

static const struct varlink_method method = {
    .name = "Fuzz", .parameters = declared, .parameter_count = ELEMENTS(declared)};

static void check_parameters(struct json_object *object)
{
    struct parameters parameters;
    const struct parameter_value *value;
    const char *wrong = NULL;

    if (parameters_init(&parameters, &method, object, &wrong) < 0) {
        must(wrong != NULL);
        return;
    }
    value = parameters_find(&parameters, "string", VARLINK_STRING);
    if (value != NULL)
        must(request_string(value->json) != NULL);
    value = parameters_find(&parameters, "strings", VARLINK_STRINGS);
    for (size_t i = 0; value != NULL && i < json_object_array_length(value->json); i++)
        must(utf8_valid_length(value->strings[i], strlen(value->strings[i])) == strlen(value->strings[i]));
    parameters_fini(&parameters);
}

static bool check_message(const char *text, size_t length)
{
    struct request request;

    must(strlen(text) == length && length <= MESSAGE_MAX);
    if (request_init(&request, text, length) < 0)
        return false;
    must(utf8_valid_length(text, length) == length);
    must(json_object_is_type(request.method, json_type_string));
    must(request.parameters == NULL || json_object_is_type(request.parameters, json_type_object));
    check_parameters(request.parameters);
    request_fini(&request);
    return true;
}

/* What came to be read: how many messages and requests, and how it ended. */
struct outcome {
    size_t messages, requests, bytes;
    bool too_long;
};

static struct outcome read_in_pieces(const uint8_t *data, size_t size, size_t piece)
{
    struct outcome outcome = {.messages = 0};
    struct framing framing;
    size_t taken = 0;

    framing_init(&framing, MESSAGE_MAX);
    while (taken < size && !outcome.too_long) {
        size_t room, length;
        char *to = framing_room(&framing, &room);
        const char *text;
        int result;

        must(room > 0);
        room = room < piece ? room : piece;
        room = room < size - taken ? room : size - taken;
        memcpy(to, data + taken, room);
        framing_add(&framing, room);
        taken += room;
        while ((result = framing_next(&framing, &text, &length)) > 0) {
            must(memcmp(text, data + outcome.bytes, length + 1) == 0);
            outcome.messages++;
            outcome.requests += check_message(text, length);
            outcome.bytes += length + 1;
            must(framing_has_more(&framing) == (taken > outcome.bytes));
            framing_drop(&framing);
            must(framing_has_part(&framing) == (taken > outcome.bytes));
        }
        must(result == 0 || result == -EMSGSIZE);
        outcome.too_long = result != 0;
    }
    framing_fini(&framing);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole = read_in_pieces(data, size, SIZE_MAX), bytes = read_in_pieces(data, size, 1),
                   pieces = read_in_pieces(data, size, 7);

    must(whole.messages == bytes.messages && whole.requests == bytes.requests &&
         whole.too_long == bytes.too_long);
    must(whole.messages == pieces.messages && whole.requests == pieces.requests &&
         whole.too_long == pieces.too_long);
    return 0;
}
