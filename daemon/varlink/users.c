#include "varlink/users.h"

#include <stdlib.h>

#include "base/base.h"

struct user *user_enter(struct user **list, uid_t uid)
{
    struct user *user = *list;

    while (user != NULL && user->uid != uid)
        user = user->next;
    if (user == NULL) {
        user = xalloc(sizeof(*user));
        user->uid = uid;
        user->next = *list;
        user->link = list;
        if (user->next != NULL)
            user->next->link = &user->next;
        *list = user;
    }
    user->connections++;
    return user;
}

void user_leave(struct user *user)
{
    if (--user->connections > 0)
        return;
    *user->link = user->next;
    if (user->next != NULL)
        user->next->link = user->link;
    free(user);
}
