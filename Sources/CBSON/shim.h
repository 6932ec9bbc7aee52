#ifndef CBSON_SHIM_H
#define CBSON_SHIM_H

#include <bson/bson.h>

/*
 * libbson needs bson_t and bson_iter_t aligned to 128 bytes, which Swift does not do for its values. Readers therefore get
 * one element at a time, copied out of an iterator that lives on the C stack, and writers get bson_t behind pointers only.
 */

/* The parts of a document's element. All pointers point into the bytes that were read. */
typedef struct {
    bson_type_t type;
    /* The offset of the element after this one. */
    uint32_t next;
    const uint8_t *key;
    uint32_t key_length;
    uint32_t length;
    /* Text, binary data, the pattern of a regular expression, an ObjectId, or a document or array with length and end. */
    const uint8_t *bytes;
    union {
        /* Integers, dates and booleans; for a timestamp, the seconds in the high half and the increment in the low half. */
        int64_t integer;
        double floating;
        bson_decimal128_t decimal;
        /* The options of a regular expression, the scope of code, or the ObjectId of a DBPointer. */
        struct {
            const uint8_t *bytes;
            uint32_t length;
        } more;
    };
} cbson_element;

/*
 * Reads the element at an offset of a document. The caller has checked that the document has at least five bytes and ends with
 * a zero, which libbson does not check. Returns false when there is no valid element.
 */
static __attribute__((noinline)) bool
cbson_read_element(const uint8_t *document, size_t length, uint32_t offset, cbson_element *element)
{
    bson_iter_t iterator;
    if (!bson_iter_init_from_data_at_offset(&iterator, document, length, offset, 0)) {
        return false;
    }
    element->type = bson_iter_type_unsafe(&iterator);
    element->next = iterator.next_off;
    element->key = (const uint8_t *) bson_iter_key_unsafe(&iterator);
    element->key_length = bson_iter_key_len(&iterator);
    element->bytes = NULL;
    element->length = 0;

    switch (element->type) {
    case BSON_TYPE_DOUBLE:
        element->floating = bson_iter_double(&iterator);
        break;
    case BSON_TYPE_UTF8:
        element->bytes = (const uint8_t *) bson_iter_utf8(&iterator, &element->length);
        break;
    case BSON_TYPE_DOCUMENT:
        bson_iter_document(&iterator, &element->length, &element->bytes);
        break;
    case BSON_TYPE_ARRAY:
        bson_iter_array(&iterator, &element->length, &element->bytes);
        break;
    case BSON_TYPE_BINARY:
        bson_iter_binary(&iterator, NULL, &element->length, &element->bytes);
        break;
    case BSON_TYPE_OID:
        element->bytes = bson_iter_oid(&iterator)->bytes;
        break;
    case BSON_TYPE_BOOL:
        element->integer = bson_iter_bool(&iterator);
        break;
    case BSON_TYPE_DATE_TIME:
        element->integer = bson_iter_date_time(&iterator);
        break;
    case BSON_TYPE_REGEX: {
        const char *options;
        element->bytes = (const uint8_t *) bson_iter_regex(&iterator, &options);
        element->length = (uint32_t) strlen((const char *) element->bytes);
        element->more.bytes = (const uint8_t *) options;
        element->more.length = (uint32_t) strlen(options);
        break;
    }
    case BSON_TYPE_DBPOINTER: {
        const char *collection;
        const bson_oid_t *object_id;
        bson_iter_dbpointer(&iterator, &element->length, &collection, &object_id);
        element->bytes = (const uint8_t *) collection;
        element->more.bytes = object_id->bytes;
        break;
    }
    case BSON_TYPE_CODE:
        element->bytes = (const uint8_t *) bson_iter_code(&iterator, &element->length);
        break;
    case BSON_TYPE_SYMBOL:
        element->bytes = (const uint8_t *) bson_iter_symbol(&iterator, &element->length);
        break;
    case BSON_TYPE_CODEWSCOPE:
        element->bytes = (const uint8_t *) bson_iter_codewscope(
            &iterator, &element->length, &element->more.length, &element->more.bytes);
        break;
    case BSON_TYPE_INT32:
        element->integer = bson_iter_int32(&iterator);
        break;
    case BSON_TYPE_INT64:
        element->integer = bson_iter_int64(&iterator);
        break;
    case BSON_TYPE_TIMESTAMP: {
        uint32_t seconds, increment;
        bson_iter_timestamp(&iterator, &seconds, &increment);
        element->integer = (int64_t) ((uint64_t) seconds << 32 | increment);
        break;
    }
    case BSON_TYPE_DECIMAL128:
        bson_iter_decimal128(&iterator, &element->decimal);
        break;
    default:
        break;
    }
    return true;
}

/* A bson_t that is being appended to. */
typedef struct cbson_document cbson_document;

/* The memory for a nested cbson_document. */
static inline size_t cbson_document_size(void) { return sizeof(bson_t); }
static inline size_t cbson_document_alignment(void) { return _Alignof(bson_t); }

static inline bson_t *cbson_unwrap(cbson_document *document) { return (bson_t *) document; }

static inline cbson_document *
cbson_new(size_t capacity)
{
    return (cbson_document *) bson_sized_new(capacity);
}

/* Destroys the document and returns its bytes, which are to be freed with bson_free. */
static inline uint8_t *
cbson_finish(cbson_document *document, uint32_t *length)
{
    return bson_destroy_with_steal(cbson_unwrap(document), true, length);
}

static inline void
cbson_destroy(cbson_document *document)
{
    bson_destroy(cbson_unwrap(document));
}

static inline bool
cbson_begin_document(cbson_document *parent, const char *key, int key_length, cbson_document *child)
{
    return bson_append_document_begin(cbson_unwrap(parent), key, key_length, cbson_unwrap(child));
}

static inline bool
cbson_end_document(cbson_document *parent, cbson_document *child)
{
    return bson_append_document_end(cbson_unwrap(parent), cbson_unwrap(child));
}

static inline bool
cbson_begin_array(cbson_document *parent, const char *key, int key_length, cbson_document *child)
{
    return bson_append_array_begin(cbson_unwrap(parent), key, key_length, cbson_unwrap(child));
}

static inline bool
cbson_end_array(cbson_document *parent, cbson_document *child)
{
    return bson_append_array_end(cbson_unwrap(parent), cbson_unwrap(child));
}

static inline bool
cbson_append_null(cbson_document *document, const char *key, int key_length)
{
    return bson_append_null(cbson_unwrap(document), key, key_length);
}

static inline bool
cbson_append_bool(cbson_document *document, const char *key, int key_length, bool value)
{
    return bson_append_bool(cbson_unwrap(document), key, key_length, value);
}

static inline bool
cbson_append_int32(cbson_document *document, const char *key, int key_length, int32_t value)
{
    return bson_append_int32(cbson_unwrap(document), key, key_length, value);
}

static inline bool
cbson_append_int64(cbson_document *document, const char *key, int key_length, int64_t value)
{
    return bson_append_int64(cbson_unwrap(document), key, key_length, value);
}

static inline bool
cbson_append_decimal(cbson_document *document, const char *key, int key_length, bson_decimal128_t value)
{
    return bson_append_decimal128(cbson_unwrap(document), key, key_length, &value);
}

static inline bool
cbson_append_double(cbson_document *document, const char *key, int key_length, double value)
{
    return bson_append_double(cbson_unwrap(document), key, key_length, value);
}

static inline bool
cbson_append_text(cbson_document *document, const char *key, int key_length, const char *text, int length)
{
    return bson_append_utf8(cbson_unwrap(document), key, key_length, text, length);
}

static inline bool
cbson_append_binary(cbson_document *document, const char *key, int key_length, const uint8_t *bytes, uint32_t length)
{
    return bson_append_binary(cbson_unwrap(document), key, key_length, BSON_SUBTYPE_BINARY, bytes, length);
}

static inline bool
cbson_append_date(cbson_document *document, const char *key, int key_length, int64_t milliseconds)
{
    return bson_append_date_time(cbson_unwrap(document), key, key_length, milliseconds);
}

#endif
