#include "varlink/limits.h"

#include "base/log.h"

bool limits_reached(struct limits *limits, enum limit limit)
{
    return log_limit_is_news(&limits->reached_ms[limit], limits->clock);
}
