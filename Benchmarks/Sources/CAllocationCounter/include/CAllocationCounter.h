#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Whether heap allocations can be counted on this platform.
bool allocation_counter_available(void);

/// Begins to count the heap allocations of all threads, from zero.
void allocation_counter_start(void);

/// Ends counting.
///
/// Returns how many blocks were allocated, moved ones (realloc) included.
uint64_t allocation_counter_stop(void);
