/* Inside varlink: org.varlink.service, the interface that every service has. */
#ifndef MEETINGD_VARLINK_SERVICE_H
#define MEETINGD_VARLINK_SERVICE_H

#include "varlink/varlink.h"

/* Its handlers' `data`. */
struct service {
    const struct varlink_options *options;
};

extern const struct varlink_interface service_interface;

#endif
