#ifndef CMONGOC_SHIM_H
#define CMONGOC_SHIM_H

#include <mongoc/mongoc.h>

/*
 * libbson needs bson_t and bson_iter_t aligned to 128 bytes, which Swift does not do for its values. They therefore live on
 * the C stack only: commands and replies cross as bytes.
 */

/*
 * Runs a command, which must be a valid document. Sets the reply, which is to be freed with bson_free, even if the command
 * fails. Returns false and sets the error when the server can't be asked, or answers that the command failed.
 */
static __attribute__((noinline)) bool
cmongoc_run(
    mongoc_client_t *client,
    const char *database,
    bool writes,
    const uint8_t *command,
    size_t length,
    uint8_t **reply,
    uint32_t *reply_length,
    bson_error_t *error)
{
    bson_t request, answer;
    *reply = NULL;
    *reply_length = 0;
    if (!bson_init_static(&request, command, length)) {
        bson_set_error(error, MONGOC_ERROR_BSON, MONGOC_ERROR_BSON_INVALID, "the command is too long");
        return false;
    }
    bool succeeded = writes
        ? mongoc_client_write_command_with_opts(client, database, &request, NULL, &answer, error)
        : mongoc_client_read_command_with_opts(client, database, &request, NULL, NULL, &answer, error);
    *reply = bson_destroy_with_steal(&answer, true, reply_length);
    return succeeded;
}

/* The parts of a document's element. Offsets are those in the document. */
typedef struct {
    bson_type_t type;
    /* The offset of the element after this one. */
    uint32_t next;
    uint32_t key;
    uint32_t key_length;
    /* Where the text, the binary data, or the nested document or array begins. */
    uint32_t start;
    uint32_t length;
    /* An integer, a date, the byte of a boolean, or the subtype of binary data. */
    int64_t integer;
} cmongoc_element;

/* Reads the element at an offset of a document. Returns false when there is no valid element. */
static __attribute__((noinline)) bool
cmongoc_read_element(const uint8_t *document, size_t length, uint32_t offset, cmongoc_element *element)
{
    bson_iter_t iterator;
    if (!bson_iter_init_from_data_at_offset(&iterator, document, length, offset, 0)) {
        return false;
    }
    const uint8_t *bytes = NULL;
    element->type = bson_iter_type_unsafe(&iterator);
    element->next = iterator.next_off;
    element->key = iterator.key;
    element->key_length = bson_iter_key_len(&iterator);
    element->length = 0;
    element->integer = 0;

    switch (element->type) {
    case BSON_TYPE_UTF8:
        bytes = (const uint8_t *) bson_iter_utf8(&iterator, &element->length);
        break;
    case BSON_TYPE_DOCUMENT:
        bson_iter_document(&iterator, &element->length, &bytes);
        break;
    case BSON_TYPE_ARRAY:
        bson_iter_array(&iterator, &element->length, &bytes);
        break;
    case BSON_TYPE_BINARY: {
        bson_subtype_t subtype;
        bson_iter_binary(&iterator, &subtype, &element->length, &bytes);
        element->integer = subtype;
        break;
    }
    case BSON_TYPE_BOOL:
        element->integer = document[iterator.d1];
        break;
    case BSON_TYPE_DATE_TIME:
        element->integer = bson_iter_date_time(&iterator);
        break;
    case BSON_TYPE_INT32:
        element->integer = bson_iter_int32(&iterator);
        break;
    case BSON_TYPE_INT64:
        element->integer = bson_iter_int64(&iterator);
        break;
    default:
        break;
    }
    element->start = bytes == NULL ? 0 : (uint32_t) (bytes - document);
    return true;
}

#endif
