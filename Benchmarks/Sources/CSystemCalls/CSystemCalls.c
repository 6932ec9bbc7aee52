#include "CSystemCalls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

int replace_file(const char *path, const char *temporary, const void *bytes, size_t count, int64_t times) {
    for (int64_t turn = 0; turn < times; turn++) {
        int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file < 0) return errno;
        ssize_t written = write(file, bytes, count);
        if (written < 0) return errno;
        if ((size_t)written != count) return EIO;
        if (close(file) != 0) return errno;
        if (rename(temporary, path) != 0) return errno;
    }
    return 0;
}
