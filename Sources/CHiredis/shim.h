#ifndef CHIREDIS_SHIM_H
#define CHIREDIS_SHIM_H

#include <hiredis/hiredis.h>

#ifdef __linux__
#include <poll.h>
#include <signal.h>
#include <time.h>

/* The C library declares it only with _GNU_SOURCE, which Swift does not define. */
int ppoll(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
#endif

#endif
