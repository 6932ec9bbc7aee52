#pragma once

#include <stddef.h>
#include <stdint.h>

/// The least that reading a file whole takes: open, fstat, read, close, as often as asked.
///
/// `buffer` holds the file's content afterwards. Returns 0, or the error number of the call that failed, or EIO when the
/// file doesn't fit into the buffer or a read comes back short.
int read_file(const char *path, void *buffer, size_t capacity, int64_t times);

/// The least that replacing a file whole takes: create a temporary, write, close, rename, as often as asked.
///
/// Returns 0, or the error number of the call that failed, or EIO when a write comes back short.
int replace_file(const char *path, const char *temporary, const void *bytes, size_t count, int64_t times);

/// The same for files that are not there yet: each time one more, named by its number, in one folder.
int create_files(const char *folder, int64_t first, const void *bytes, size_t count, int64_t times);
