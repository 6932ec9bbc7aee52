#ifndef CFILEFAULTS_H
#define CFILEFAULTS_H

#include <stddef.h>
#include <stdint.h>

// System calls on files, as this library sees them before the C library does.
enum cff_call {
    CFF_OPEN, CFF_CLOSE, CFF_STATUS, CFF_READ, CFF_WRITE, CFF_SYNC, CFF_LOCK, CFF_PERMISSIONS, CFF_MAKE_DIRECTORY,
    CFF_RENAME, CFF_REMOVE, CFF_ACCESS, CFF_READ_DIRECTORY, CFF_CALL_COUNT
};

enum cff_action {
    CFF_RECORD_ONLY,
    // The call is not made, and fails with an error number. A descriptor is closed all the same.
    CFF_FAIL,
    // A call that reads or writes gets half of its bytes.
    CFF_SHORTEN,
    // The process is killed before the call.
    CFF_KILL
};

// Whether calls can be intercepted on this system.
int cff_is_available(void);

// Watches calls on files below a directory. `calls` is a set of bits, `first` and `last` the numbers (from 1) of the calls
// that the action applies to. Returns a handle, or -1 when there are too many.
int cff_begin(const char *directory, uint32_t calls, int action, int error, uint64_t first, uint64_t last);

// Ends watching. Returns the number of calls.
uint64_t cff_end(int handle);

// The number of calls so far, and the kind of one of them; -1 beyond the last one that is remembered.
uint64_t cff_count(int handle);
int cff_call_at(int handle, uint64_t index);

#endif
