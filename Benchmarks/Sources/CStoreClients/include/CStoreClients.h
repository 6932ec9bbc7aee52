#pragma once

#include <stddef.h>
#include <stdint.h>

// Reads of stored bytes with the fewest calls of the stores' C libraries. All functions return 0, or a number of the
// library's or of errno.h; EIO when the bytes don't have the expected size.

/// A database with a prepared statement, which one thread uses at a time.
typedef struct sqlite_client sqlite_client;

/// Opens the database of an SQLiteBackend for reading.
int sqlite_client_open(const char *path, sqlite_client **client);
void sqlite_client_close(sqlite_client *client);

/// Reads the bytes of the entry with a key a number of times into a buffer of their size.
int sqlite_client_read(
    sqlite_client *client, const void *key, size_t key_size, void *buffer, size_t size, int64_t times);

/// A connection to a Redis server, which one thread uses at a time.
typedef struct redis_client redis_client;

int redis_client_open(const char *host, int port, redis_client **client);
void redis_client_close(redis_client *client);

/// Stores bytes as a string.
int redis_client_set(redis_client *client, const char *key, const void *bytes, size_t size);

/// Reads a string a number of times.
int redis_client_get(redis_client *client, const char *key, size_t size, int64_t times);

/// A connection to a MongoDB server, which one thread uses at a time.
typedef struct mongodb_client mongodb_client;

int mongodb_client_open(const char *url, const char *database, const char *collection, mongodb_client **client);
void mongodb_client_close(mongodb_client *client);

/// Finds the document with an identifier a number of times. It has at least `size` bytes.
int mongodb_client_find(mongodb_client *client, const char *identifier, size_t size, int64_t times);
