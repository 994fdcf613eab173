#include "model/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

static const char *const user_id_type_names[USER_ID_TYPES] = {"open_id", "union_id", "user_id"};

const char *user_id_type_name(enum user_id_type type)
{
    return user_id_type_names[type];
}

int user_id_type_from_name(const char *name)
{
    for (int type = 0; type < USER_ID_TYPES; type++) {
        if (strcmp(user_id_type_names[type], name) == 0)
            return type;
    }
    return -1;
}

void problem_copy(struct problem *to, const struct problem *from)
{
    *to = *from;
    to->message = xstrdup(from->message);
    to->log_id = xstrdup(from->log_id);
}

void problem_fini(struct problem *problem)
{
    free(problem->message);
    free(problem->log_id);
    *problem = (struct problem){0};
}
