#include "model/phase.h"

static const char *const names[PHASES] = {
    [PHASE_IDLE] = "idle",       [PHASE_STARTING] = "starting", [PHASE_LIVE] = "live",
    [PHASE_OVERDUE] = "overdue", [PHASE_COOLING] = "cooling",   [PHASE_DONE] = "done",
};

const char *phase_name(enum phase phase)
{
    return names[phase];
}
