#ifndef CFILESYSTEM_H
#define CFILESYSTEM_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

// Every function returns zero or more, or the negative error number. Swift then needs neither `errno`, which other code
// may change in between, nor variadic functions, nor a case for each C library.

// Nanoseconds of a monotonic clock; in steps of some milliseconds, if such a clock takes less time to read.
static inline uint64_t cfs_monotonic_nanoseconds(void) {
#if defined(__linux__)
    const clockid_t clock = CLOCK_MONOTONIC_COARSE;
#else
    const clockid_t clock = CLOCK_MONOTONIC;
#endif
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) return 0;
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct cfs_status {
    uint64_t device;
    uint64_t inode;
    int64_t byte_count;
    // What the file takes on the disk.
    int64_t allocated_byte_count;
    int64_t accessed_seconds;
    int64_t modified_seconds;
    int64_t changed_seconds;
    int32_t accessed_nanoseconds;
    int32_t modified_nanoseconds;
    int32_t changed_nanoseconds;
    uint32_t owner;
    uint32_t permissions;
    int is_regular;
    int is_directory;
};

static inline void cfs_fill_status(struct cfs_status *status, const struct stat *info) {
    status->device = (uint64_t)info->st_dev;
    status->inode = (uint64_t)info->st_ino;
    status->byte_count = info->st_size;
    status->allocated_byte_count = (int64_t)info->st_blocks * 512;
#if defined(__APPLE__)
    const struct timespec accessed = info->st_atimespec;
    const struct timespec modified = info->st_mtimespec;
    const struct timespec changed = info->st_ctimespec;
#else
    const struct timespec accessed = info->st_atim;
    const struct timespec modified = info->st_mtim;
    const struct timespec changed = info->st_ctim;
#endif
    status->accessed_seconds = accessed.tv_sec;
    status->accessed_nanoseconds = (int32_t)accessed.tv_nsec;
    status->modified_seconds = modified.tv_sec;
    status->modified_nanoseconds = (int32_t)modified.tv_nsec;
    status->changed_seconds = changed.tv_sec;
    status->changed_nanoseconds = (int32_t)changed.tv_nsec;
    status->owner = info->st_uid;
    status->permissions = info->st_mode & 07777;
    status->is_regular = S_ISREG(info->st_mode);
    status->is_directory = S_ISDIR(info->st_mode);
}

static inline int cfs_status(int file, struct cfs_status *status) {
    struct stat info;
    if (fstat(file, &info) != 0) return -errno;
    cfs_fill_status(status, &info);
    return 0;
}

static inline int cfs_status_at(int directory, const char *name, int follows_links, struct cfs_status *status) {
    struct stat info;
    if (fstatat(directory, name, &info, follows_links ? 0 : AT_SYMLINK_NOFOLLOW) != 0) return -errno;
    cfs_fill_status(status, &info);
    return 0;
}

// A flag for opening a file whose reading doesn't change its time of access. It has no effect on the files of other users.
#if defined(O_NOATIME)
static const int CFS_LEAVE_ACCESS_TIME = O_NOATIME;
#elif defined(__linux__)
static const int CFS_LEAVE_ACCESS_TIME = 01000000;
#else
static const int CFS_LEAVE_ACCESS_TIME = 0;
#endif

static inline int cfs_open(int directory, const char *path, int flags, unsigned permissions) {
    int file;
    do {
        file = openat(directory, path, flags | O_CLOEXEC | O_NOCTTY, (mode_t)permissions);
    } while (file < 0 && errno == EINTR);
    if (file < 0 && errno == EPERM && (flags & CFS_LEAVE_ACCESS_TIME) != 0) {
        return cfs_open(directory, path, flags & ~CFS_LEAVE_ACCESS_TIME, permissions);
    }
    return file < 0 ? -errno : file;
}

// Opens a path of several components, none of which may be a symbolic link. ENOSYS or EPERM (some sandboxes) when the
// system can't do that in one call. The paths have no `..`, so without links they can't leave the directory.
static inline int cfs_open_without_links(int directory, const char *path, int flags) {
#if defined(__linux__) && defined(SYS_openat2)
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
    how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    long file;
    do {
        file = syscall(SYS_openat2, directory, path, &how, sizeof how);
    } while (file < 0 && errno == EINTR);
    if (file < 0 && errno == EPERM && (flags & CFS_LEAVE_ACCESS_TIME) != 0) {
        return cfs_open_without_links(directory, path, flags & ~CFS_LEAVE_ACCESS_TIME);
    }
    return file < 0 ? -errno : (int)file;
#elif defined(O_NOFOLLOW_ANY)
    return cfs_open(directory, path, flags | O_NOFOLLOW_ANY, 0);
#else
    return -ENOSYS;
#endif
}

// Opens such a path with one call for each component, for systems that can't do it in one.
static inline int cfs_open_by_components(int directory, const char *path, int flags) {
    int parent = directory;
    for (;;) {
        const char *slash = strchr(path, '/');
        char name[256];
        if (slash != NULL && (size_t)(slash - path) < sizeof name) {
            memcpy(name, path, (size_t)(slash - path));
            name[slash - path] = '\0';
        }
        int next = slash == NULL ? cfs_open(parent, path, flags | O_NOFOLLOW, 0)
            : (size_t)(slash - path) < sizeof name ? cfs_open(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
            : -ENAMETOOLONG;
        if (parent != directory) close(parent);
        if (next < 0 || slash == NULL) return next;
        parent = next;
        path = slash + 1;
    }
}

// Never retries: after an interruption the descriptor is closed, and a second call could close one that was reused.
static inline int cfs_close(int file) {
    return close(file) == 0 || errno == EINTR ? 0 : -errno;
}

static inline int64_t cfs_read(int file, void *buffer, size_t count) {
    size_t done = 0;
    while (done < count) {
        ssize_t got = read(file, (char *)buffer + done, count - done);
        if (got == 0) break;
        if (got > 0) done += (size_t)got;
        else if (errno != EINTR) return -errno;
    }
    return (int64_t)done;
}

static inline int cfs_write(int file, const void *bytes, size_t count) {
    size_t done = 0;
    while (done < count) {
        ssize_t put = write(file, (const char *)bytes + done, count - done);
        if (put > 0) done += (size_t)put;
        else if (put == 0) return -EIO;
        else if (errno != EINTR) return -errno;
    }
    return 0;
}

static inline int64_t cfs_read_at(int file, void *buffer, size_t count, int64_t offset) {
    size_t done = 0;
    while (done < count) {
        ssize_t got = pread(file, (char *)buffer + done, count - done, (off_t)(offset + (int64_t)done));
        if (got == 0) break;
        if (got > 0) done += (size_t)got;
        else if (errno != EINTR) return -errno;
    }
    return (int64_t)done;
}

static inline int cfs_write_at(int file, const void *bytes, size_t count, int64_t offset) {
    size_t done = 0;
    while (done < count) {
        ssize_t put = pwrite(file, (const char *)bytes + done, count - done, (off_t)(offset + (int64_t)done));
        if (put > 0) done += (size_t)put;
        else if (put == 0) return -EIO;
        else if (errno != EINTR) return -errno;
    }
    return 0;
}

static inline int cfs_synchronize(int file) {
#if defined(__APPLE__)
    if (fcntl(file, F_FULLFSYNC) == 0) return 0;
#endif
    int result;
    do {
        result = fsync(file);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : -errno;
}

// Takes the lock without waiting; EWOULDBLOCK when another process holds it. It is released when its holder ends.
static inline int cfs_try_lock(int file) {
    int result;
    do {
        result = flock(file, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : -errno;
}

// Locks or unlocks one byte of a file, which needn't have that byte, for this open file description; EAGAIN when another
// one has locked it. The kernel unlocks it when the last descriptor of the description is closed, so also when its process
// dies. It doesn't interact with `cfs_try_lock`. The offset must not be negative.
#if defined(F_OFD_SETLK)
enum { CFS_SET_LOCK = F_OFD_SETLK, CFS_GET_LOCK = F_OFD_GETLK };
#elif defined(__linux__)
enum { CFS_SET_LOCK = 37, CFS_GET_LOCK = 36 };
#elif defined(__APPLE__)
enum { CFS_SET_LOCK = 90, CFS_GET_LOCK = 92 };
#else
enum { CFS_SET_LOCK = -1, CFS_GET_LOCK = -1 };
#endif

static inline struct flock cfs_byte_lock(int64_t offset, short type) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = (off_t)offset;
    lock.l_len = 1;
    return lock;
}

static inline int cfs_set_byte_lock(int file, int64_t offset, short type) {
    if (CFS_SET_LOCK < 0) return -ENOSYS;
    struct flock lock = cfs_byte_lock(offset, type);
    int result;
    do {
        result = fcntl(file, CFS_SET_LOCK, &lock);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno == EACCES ? -EAGAIN : -errno;
}

static inline int cfs_try_lock_byte(int file, int64_t offset) {
    return cfs_set_byte_lock(file, offset, F_WRLCK);
}

static inline int cfs_unlock_byte(int file, int64_t offset) {
    return cfs_set_byte_lock(file, offset, F_UNLCK);
}

// Returns 1 if another open file description has locked the byte, 0 if none has.
static inline int cfs_is_byte_locked(int file, int64_t offset) {
    if (CFS_GET_LOCK < 0) return -ENOSYS;
    struct flock lock = cfs_byte_lock(offset, F_WRLCK);
    if (fcntl(file, CFS_GET_LOCK, &lock) != 0) return -errno;
    return lock.l_type == F_UNLCK ? 0 : 1;
}

static inline int cfs_set_permissions(int file, unsigned permissions) {
    return fchmod(file, (mode_t)permissions) == 0 ? 0 : -errno;
}

// Sets the time of the last access, and leaves that of the last change of the content.
static inline int cfs_set_access_time(int file, int64_t seconds, int32_t nanoseconds) {
    struct timespec times[2];
    times[0].tv_sec = (time_t)seconds;
    times[0].tv_nsec = nanoseconds;
    times[1].tv_sec = 0;
    times[1].tv_nsec = UTIME_OMIT;
    return futimens(file, times) == 0 ? 0 : -errno;
}

static inline int cfs_make_directory(int directory, const char *name, unsigned permissions) {
    return mkdirat(directory, name, (mode_t)permissions) == 0 ? 0 : -errno;
}

static inline int cfs_rename(int from_directory, const char *from, int to_directory, const char *to) {
    return renameat(from_directory, from, to_directory, to) == 0 ? 0 : -errno;
}

static inline int cfs_remove_file(int directory, const char *name) {
    return unlinkat(directory, name, 0) == 0 ? 0 : -errno;
}

static inline int cfs_remove_directory(int directory, const char *name) {
    return unlinkat(directory, name, AT_REMOVEDIR) == 0 ? 0 : -errno;
}

static inline int cfs_check_writable(int directory) {
    return faccessat(directory, ".", R_OK | W_OK | X_OK, AT_EACCESS) == 0 ? 0 : -errno;
}

static inline int cfs_open_stream(int directory, DIR **stream) {
    *stream = fdopendir(directory);
    return *stream == NULL ? -errno : 0;
}

// Returns 1 with a name, 0 at the end. `.` and `..` are left out. The name is valid until the next call. The type is one of
// the DT_ constants, DT_UNKNOWN if the file system doesn't tell.
static inline int cfs_next_name(DIR *stream, const char **name, unsigned char *type) {
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(stream);
        if (entry == NULL) return errno == 0 ? 0 : -errno;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        *name = entry->d_name;
        *type = entry->d_type;
        return 1;
    }
}

#endif
