#include "CStoreClients.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct sqlite_client {
    sqlite3 *database;
    sqlite3_stmt *statement;
};

int sqlite_client_open(const char *path, sqlite_client **result) {
    sqlite_client *client = calloc(1, sizeof *client);
    if (client == NULL) return ENOMEM;
    // Like the connections of the backend, so that no mutex of SQLite is taken.
    int status = sqlite3_open_v2(path, &client->database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (status == SQLITE_OK) {
        status = sqlite3_prepare_v3(
            client->database,
            "SELECT bytes FROM entries JOIN pieces ON id = number << 24 WHERE key = ? AND setAside = 0", -1,
            SQLITE_PREPARE_PERSISTENT, &client->statement, NULL);
    }
    if (status != SQLITE_OK) {
        sqlite_client_close(client);
        return status;
    }
    *result = client;
    return 0;
}

void sqlite_client_close(sqlite_client *client) {
    sqlite3_finalize(client->statement);
    sqlite3_close(client->database);
    free(client);
}

int sqlite_client_read(
    sqlite_client *client, const void *key, size_t key_size, void *buffer, size_t size, int64_t times) {
    sqlite3_stmt *statement = client->statement;
    for (int64_t turn = 0; turn < times; turn++) {
        int status = sqlite3_bind_blob(statement, 1, key, (int)key_size, SQLITE_STATIC);
        if (status != SQLITE_OK) return status;
        status = sqlite3_step(statement);
        if (status != SQLITE_ROW) return status == SQLITE_DONE ? ENOENT : status;
        if ((size_t)sqlite3_column_bytes(statement, 0) != size) return EIO;
        memcpy(buffer, sqlite3_column_blob(statement, 0), size);
        status = sqlite3_reset(statement);
        if (status != SQLITE_OK) return status;
    }
    return 0;
}
