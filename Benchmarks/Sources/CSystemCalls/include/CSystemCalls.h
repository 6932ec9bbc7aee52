#pragma once

#include <stddef.h>
#include <stdint.h>

/// Reads a whole file a number of times with the fewest system calls: open, fstat, read, close.
///
/// `buffer` holds the file's content afterwards. Returns 0, or the error number of the call that failed, or EIO when the
/// file doesn't fit into the buffer or a read is short.
int read_file(const char *path, void *buffer, size_t capacity, int64_t times);

/// Replaces a whole file a number of times with the fewest system calls: create a temporary file, write, close, rename.
///
/// Returns 0, or the error number of the call that failed, or EIO when a write is short.
int replace_file(const char *path, const char *temporary, const void *bytes, size_t count, int64_t times);

/// Creates files in one folder like `replace_file`, each named by its number.
int create_files(const char *folder, int64_t first, const void *bytes, size_t count, int64_t times);

/// Reads the first 4 KB of each file in a folder and the folders in it: open, read, close.
///
/// Returns 0, or the error number of the call that failed.
int read_heads(const char *folder);

/// The largest resident memory of this process so far in KiB, or -1 if it is not known.
int64_t peak_memory_kib(void);
