/* The simulator (tests/sim) as a process of a test's, and its control calls, which block. */
#ifndef MEETINGD_TESTS_SIM_PROCESS_H
#define MEETINGD_TESTS_SIM_PROCESS_H

#include <sys/types.h>

struct sim_process {
    pid_t pid;
    char *url;
    int socket; /* of the control calls */
};

/* Starts it, with further arguments (NULL ends them); fails the test where that fails. */
void sim_start(struct sim_process *sim, const char *const *arguments);
void sim_stop(struct sim_process *sim);

/* POST /_sim/CALL; fails the test where the simulator refuses. */
void sim_control(struct sim_process *sim, const char *call, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
