#include "CSystemCalls.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

int read_file(const char *path, void *buffer, size_t capacity, int64_t times) {
    for (int64_t turn = 0; turn < times; turn++) {
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0) return errno;
        struct stat status;
        if (fstat(file, &status) != 0) return errno;
        if ((size_t)status.st_size > capacity) return EIO;
        ssize_t got = read(file, buffer, (size_t)status.st_size);
        if (got < 0) return errno;
        if (got != status.st_size) return EIO;
        if (close(file) != 0) return errno;
    }
    return 0;
}

static int put_file(const char *path, const char *temporary, const void *bytes, size_t count) {
    int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return errno;
    ssize_t written = write(file, bytes, count);
    if (written < 0) return errno;
    if ((size_t)written != count) return EIO;
    if (close(file) != 0) return errno;
    return rename(temporary, path) == 0 ? 0 : errno;
}

int replace_file(const char *path, const char *temporary, const void *bytes, size_t count, int64_t times) {
    for (int64_t turn = 0; turn < times; turn++) {
        int error = put_file(path, temporary, bytes, count);
        if (error != 0) return error;
    }
    return 0;
}

int create_files(const char *folder, int64_t first, const void *bytes, size_t count, int64_t times) {
    for (int64_t number = first; number < first + times; number++) {
        char path[4096];
        char temporary[4096];
        int length = snprintf(path, sizeof path, "%s/%" PRId64, folder, number);
        int temporary_length = snprintf(temporary, sizeof temporary, "%s/tmp", folder);
        if (length < 0 || length >= (int)sizeof path || temporary_length < 0) return ENAMETOOLONG;
        int error = put_file(path, temporary, bytes, count);
        if (error != 0) return error;
    }
    return 0;
}

int read_heads(const char *folder) {
    char *roots[] = {(char *)folder, NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOSTAT | FTS_NOCHDIR, NULL);
    if (tree == NULL) return errno;
    int error = 0;
    FTSENT *entry;
    while (error == 0 && (entry = fts_read(tree)) != NULL) {
        if (entry->fts_info != FTS_F && entry->fts_info != FTS_NSOK) continue;
        char head[4096];
        int file = open(entry->fts_path, O_RDONLY | O_CLOEXEC);
        if (file < 0 || read(file, head, sizeof head) < 0 || close(file) != 0) error = errno;
    }
    fts_close(tree);
    return error;
}

int64_t peak_memory_kib(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) return -1;
#ifdef __APPLE__
    return usage.ru_maxrss / 1024;
#else
    return usage.ru_maxrss;
#endif
}
