/* Inside varlink: from a request to its handler. */
#ifndef MEETINGD_VARLINK_DISPATCH_H
#define MEETINGD_VARLINK_DISPATCH_H

#include "varlink/call.h"
#include "varlink/service.h"

/* Finds the method, asks whether the caller may, checks the parameters and hands the call on; or answers it.
 * The call may be gone afterwards. */
void dispatch_call(struct service *service, struct varlink_call *call);

#endif
