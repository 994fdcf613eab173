/* Secrets that a person types. */
#ifndef MEETINGCTL_SECRET_H
#define MEETINGCTL_SECRET_H

#include "base/error.h"

/* Reads a line from standard input, without echo and after `prompt` where that is a terminal. The caller ends
 * the text with secret_free(). */
int secret_read(const char *prompt, char **ret, struct error *error);

#endif
