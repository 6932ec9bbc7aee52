#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Whether heap allocations can be counted on this platform.
bool allocation_counter_available(void);

/// Starts counting the heap allocations of all threads from zero.
void allocation_counter_start(void);

/// Stops counting.
///
/// Returns the number of allocated blocks, including those that realloc moved.
uint64_t allocation_counter_stop(void);
