#include "CStoreClients.h"

#include <errno.h>
#include <mongoc/mongoc.h>
#include <stdlib.h>

struct mongodb_client {
    mongoc_client_t *client;
    mongoc_collection_t *collection;
};

int mongodb_client_open(const char *url, const char *database, const char *collection, mongodb_client **result) {
    mongoc_init();
    mongodb_client *client = calloc(1, sizeof *client);
    if (client == NULL) return ENOMEM;
    client->client = mongoc_client_new(url);
    if (client->client == NULL) {
        free(client);
        return EINVAL;
    }
    client->collection = mongoc_client_get_collection(client->client, database, collection);
    *result = client;
    return 0;
}

void mongodb_client_close(mongodb_client *client) {
    mongoc_collection_destroy(client->collection);
    mongoc_client_destroy(client->client);
    free(client);
}

int mongodb_client_find(mongodb_client *client, const char *identifier, size_t size, int64_t times) {
    bson_t *filter = BCON_NEW("_id", BCON_UTF8(identifier));
    bson_t *options = BCON_NEW("limit", BCON_INT64(1), "singleBatch", BCON_BOOL(true));
    int status = 0;
    for (int64_t turn = 0; status == 0 && turn < times; turn++) {
        mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(client->collection, filter, options, NULL);
        const bson_t *document;
        if (!mongoc_cursor_next(cursor, &document)) {
            status = ENOENT;
        } else if (document->len < size) {
            status = EIO;
        }
        mongoc_cursor_destroy(cursor);
    }
    bson_destroy(options);
    bson_destroy(filter);
    return status;
}
