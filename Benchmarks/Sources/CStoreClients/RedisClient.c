#include "CStoreClients.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <string.h>

// The type of the interface is only a name for hiredis's.
static redisContext *context(redis_client *client) { return (redisContext *)client; }

int redis_client_open(const char *host, int port, redis_client **client) {
    redisContext *made = redisConnect(host, port);
    if (made == NULL) return ENOMEM;
    if (made->err != 0) {
        redisFree(made);
        return ECONNREFUSED;
    }
    *client = (redis_client *)made;
    return 0;
}

void redis_client_close(redis_client *client) { redisFree(context(client)); }

int redis_client_set(redis_client *client, const char *key, const void *bytes, size_t size) {
    redisReply *reply = redisCommand(context(client), "SET %s %b", key, bytes, size);
    if (reply == NULL) return ECONNRESET;
    int status = reply->type == REDIS_REPLY_STATUS ? 0 : EIO;
    freeReplyObject(reply);
    return status;
}

int redis_client_get(redis_client *client, const char *key, size_t size, int64_t times) {
    for (int64_t turn = 0; turn < times; turn++) {
        redisReply *reply = redisCommand(context(client), "GET %s", key);
        if (reply == NULL) return ECONNRESET;
        int status = reply->type == REDIS_REPLY_STRING && (size_t)reply->len == size ? 0 : EIO;
        freeReplyObject(reply);
        if (status != 0) return status;
    }
    return 0;
}
