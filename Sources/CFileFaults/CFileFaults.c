#define _GNU_SOURCE
#include "CFileFaults.h"

#if defined(__linux__)

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// The functions below take the place of those of the C library in the program that links this library. They call the
// real ones, unless a fault is due for a file below a watched directory.

#define PLAN_COUNT 64
#define LOG_COUNT 4096

struct plan {
    int is_used;
    char directory[4096];
    size_t length;
    uint32_t calls;
    int action;
    int error;
    uint64_t first, last, count;
    unsigned char log[LOG_COUNT];
};

static struct plan plans[PLAN_COUNT];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int plan_count;

int cff_is_available(void) { return 1; }

int cff_begin(const char *directory, uint32_t calls, int action, int error, uint64_t first, uint64_t last) {
    int handle = -1;
    pthread_mutex_lock(&mutex);
    for (int index = 0; index < PLAN_COUNT && handle < 0; index++) {
        struct plan *plan = &plans[index];
        if (plan->is_used || strlen(directory) >= sizeof plan->directory) continue;
        strcpy(plan->directory, directory);
        plan->length = strlen(directory);
        plan->calls = calls;
        plan->action = action;
        plan->error = error;
        plan->first = first;
        plan->last = last;
        plan->count = 0;
        plan->is_used = 1;
        handle = index;
        atomic_fetch_add(&plan_count, 1);
    }
    pthread_mutex_unlock(&mutex);
    return handle;
}

uint64_t cff_end(int handle) {
    pthread_mutex_lock(&mutex);
    uint64_t count = plans[handle].count;
    plans[handle].is_used = 0;
    atomic_fetch_sub(&plan_count, 1);
    pthread_mutex_unlock(&mutex);
    return count;
}

uint64_t cff_count(int handle) {
    pthread_mutex_lock(&mutex);
    uint64_t count = plans[handle].count;
    pthread_mutex_unlock(&mutex);
    return count;
}

int cff_call_at(int handle, uint64_t index) {
    pthread_mutex_lock(&mutex);
    int call = index < plans[handle].count && index < LOG_COUNT ? plans[handle].log[index] : -1;
    pthread_mutex_unlock(&mutex);
    return call;
}

// The path of a descriptor and a name, as far as it fits.
static void find_path(int directory, const char *name, char *path, size_t size) {
    path[0] = '\0';
    if (name != NULL && name[0] == '/') {
        snprintf(path, size, "%s", name);
        return;
    }
    char link[64];
    if (directory == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
    else snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
    ssize_t length = readlink(link, path, size - 1);
    if (length < 0) length = 0;
    path[length] = '\0';
    if (name != NULL && (size_t)length + 1 < size) snprintf(path + length, size - (size_t)length, "/%s", name);
}

// Counts a call and returns what is to be done: 0 for nothing special, the negative error number, or 1 to shorten it.
static int consider(enum cff_call call, int directory, const char *name) {
    if (atomic_load_explicit(&plan_count, memory_order_relaxed) == 0) return 0;
    const int saved = errno;
    char path[4352];
    find_path(directory, name, path, sizeof path);
    int result = 0;
    pthread_mutex_lock(&mutex);
    for (int index = 0; index < PLAN_COUNT; index++) {
        struct plan *plan = &plans[index];
        if (!plan->is_used || (plan->calls >> call & 1) == 0) continue;
        if (strncmp(path, plan->directory, plan->length) != 0) continue;
        const char next = path[plan->length];
        if (next != '/' && next != '\0' && next != ' ') continue;
        if (plan->count < LOG_COUNT) plan->log[plan->count] = (unsigned char)call;
        plan->count++;
        if (plan->count < plan->first || plan->count > plan->last) continue;
        if (plan->action == CFF_FAIL) result = -plan->error;
        if (plan->action == CFF_SHORTEN) result = 1;
        if (plan->action == CFF_KILL) kill(getpid(), SIGKILL);
    }
    pthread_mutex_unlock(&mutex);
    errno = saved;
    return result;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (real == NULL) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define FAIL_IF_DUE(call, directory, name) \
    do { \
        int due = consider(call, directory, name); \
        if (due < 0) { errno = -due; return -1; } \
    } while (0)

static size_t shortened(size_t count) { return count > 1 ? count / 2 : count; }

int openat(int directory, const char *path, int flags, ...) {
    REAL(openat);
    va_list list;
    va_start(list, flags);
    unsigned mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(list, unsigned) : 0;
    va_end(list);
    FAIL_IF_DUE(CFF_OPEN, directory, path);
    return real(directory, path, flags, mode);
}

int open(const char *path, int flags, ...) {
    REAL(open);
    va_list list;
    va_start(list, flags);
    unsigned mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(list, unsigned) : 0;
    va_end(list);
    FAIL_IF_DUE(CFF_OPEN, AT_FDCWD, path);
    return real(path, flags, mode);
}

long syscall(long number, ...) {
    REAL(syscall);
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (int index = 0; index < 6; index++) arguments[index] = va_arg(list, long);
    va_end(list);
#if defined(SYS_openat2)
    if (number == SYS_openat2) FAIL_IF_DUE(CFF_OPEN, (int)arguments[0], (const char *)arguments[1]);
#endif
    return real(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

int close(int file) {
    REAL(close);
    int due = consider(CFF_CLOSE, file, NULL);
    int result = real(file);
    if (due >= 0) return result;
    errno = -due;
    return -1;
}

int fstat(int file, struct stat *info) {
    REAL(fstat);
    FAIL_IF_DUE(CFF_STATUS, file, NULL);
    return real(file, info);
}

int fstatat(int directory, const char *path, struct stat *info, int flags) {
    REAL(fstatat);
    FAIL_IF_DUE(CFF_STATUS, directory, path);
    return real(directory, path, info, flags);
}

ssize_t read(int file, void *buffer, size_t count) {
    REAL(read);
    int due = consider(CFF_READ, file, NULL);
    if (due < 0) { errno = -due; return -1; }
    return real(file, buffer, due ? shortened(count) : count);
}

ssize_t pread(int file, void *buffer, size_t count, off_t offset) {
    REAL(pread);
    int due = consider(CFF_READ, file, NULL);
    if (due < 0) { errno = -due; return -1; }
    return real(file, buffer, due ? shortened(count) : count, offset);
}

ssize_t write(int file, const void *bytes, size_t count) {
    REAL(write);
    int due = consider(CFF_WRITE, file, NULL);
    if (due < 0) { errno = -due; return -1; }
    return real(file, bytes, due ? shortened(count) : count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    REAL(pwrite);
    int due = consider(CFF_WRITE, file, NULL);
    if (due < 0) { errno = -due; return -1; }
    return real(file, bytes, due ? shortened(count) : count, offset);
}

int fsync(int file) {
    REAL(fsync);
    FAIL_IF_DUE(CFF_SYNC, file, NULL);
    return real(file);
}

int fdatasync(int file) {
    REAL(fdatasync);
    FAIL_IF_DUE(CFF_SYNC, file, NULL);
    return real(file);
}

int flock(int file, int operation) {
    REAL(flock);
    FAIL_IF_DUE(CFF_LOCK, file, NULL);
    return real(file, operation);
}

int fcntl(int file, int command, ...) {
    REAL(fcntl);
    va_list list;
    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    if (command == F_OFD_SETLK || command == F_OFD_SETLKW || command == F_SETLK || command == F_SETLKW) {
        FAIL_IF_DUE(CFF_LOCK, file, NULL);
    }
    return real(file, command, argument);
}

int fchmod(int file, mode_t mode) {
    REAL(fchmod);
    FAIL_IF_DUE(CFF_PERMISSIONS, file, NULL);
    return real(file, mode);
}

int mkdirat(int directory, const char *path, mode_t mode) {
    REAL(mkdirat);
    FAIL_IF_DUE(CFF_MAKE_DIRECTORY, directory, path);
    return real(directory, path, mode);
}

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    FAIL_IF_DUE(CFF_MAKE_DIRECTORY, AT_FDCWD, path);
    return real(path, mode);
}

int renameat(int from_directory, const char *from, int to_directory, const char *to) {
    REAL(renameat);
    FAIL_IF_DUE(CFF_RENAME, to_directory, to);
    return real(from_directory, from, to_directory, to);
}

int rename(const char *from, const char *to) {
    REAL(rename);
    FAIL_IF_DUE(CFF_RENAME, AT_FDCWD, to);
    return real(from, to);
}

int unlinkat(int directory, const char *path, int flags) {
    REAL(unlinkat);
    FAIL_IF_DUE(CFF_REMOVE, directory, path);
    return real(directory, path, flags);
}

int unlink(const char *path) {
    REAL(unlink);
    FAIL_IF_DUE(CFF_REMOVE, AT_FDCWD, path);
    return real(path);
}

int rmdir(const char *path) {
    REAL(rmdir);
    FAIL_IF_DUE(CFF_REMOVE, AT_FDCWD, path);
    return real(path);
}

int faccessat(int directory, const char *path, int mode, int flags) {
    REAL(faccessat);
    FAIL_IF_DUE(CFF_ACCESS, directory, path);
    return real(directory, path, mode, flags);
}

struct dirent *readdir(DIR *stream) {
    REAL(readdir);
    int due = consider(CFF_READ_DIRECTORY, dirfd(stream), NULL);
    if (due < 0) { errno = -due; return NULL; }
    return real(stream);
}

#else

int cff_is_available(void) { return 0; }
int cff_begin(const char *directory, uint32_t calls, int action, int error, uint64_t first, uint64_t last) {
    (void)directory, (void)calls, (void)action, (void)error, (void)first, (void)last;
    return -1;
}
uint64_t cff_end(int handle) { (void)handle; return 0; }
uint64_t cff_count(int handle) { (void)handle; return 0; }
int cff_call_at(int handle, uint64_t index) { (void)handle, (void)index; return -1; }

#endif
