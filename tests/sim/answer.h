/* An answer on its way out: Feishu's envelope, or plain text. */
#ifndef SIM_ANSWER_H
#define SIM_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "sim/dice.h"
#include "sim/moment.h"

#define LOG_ID_SIZE        33
#define ANSWER_HEADERS_MAX 16

struct answer_header {
    char *name;
    char *value;
};

struct answer {
    int status;
    int64_t code;
    char log_id[LOG_ID_SIZE];
    struct json_object *root; /* the envelope; NULL: `text` is what goes out */
    char *text;
    size_t length;
    char *content_type;
    struct answer_header headers[ANSWER_HEADERS_MAX];
    size_t headers_count;
    int64_t told_length; /* what Content-Length says; -1: the truth */
};

/* An answer of HTTP 200 without content, and with a log id of its own: 14 digits of local time and 18 of
 * hexadecimal. */
void answer_init(struct answer *answer, const struct moment *moment, struct dice *dice);
void answer_fini(struct answer *answer);

/* {"code":0,"msg":"success","data":DATA}; `data` is taken, NULL: no member of that name. */
void answer_data(struct answer *answer, struct json_object *take_data);

/* An envelope of any shape; `root` is taken. `code` is for the record. */
void answer_json(struct answer *answer, int status, int64_t code, struct json_object *take_root);

/* {"code":CODE,"msg":...,"error":{"message","log_id","troubleshooter"}}. */
void answer_error(struct answer *answer, int status, int64_t code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The member "error" of an answer_error(), to add to it. */
struct json_object *answer_error_object(struct answer *answer);

/* Text that is no JSON; it is taken. `content_type` NULL: none is told. */
void answer_text(struct answer *answer, int status, const char *content_type, char *take_text, size_t length);

/* Adds a header, or replaces it. */
void answer_header(struct answer *answer, const char *name, const char *value);

/* Turns the envelope into text; nothing can be added to it afterwards. */
void answer_finish(struct answer *answer);

#endif
