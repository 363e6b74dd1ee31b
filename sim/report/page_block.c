#include "report/page_block.h"

#include <stdlib.h>
#include <string.h>

#include "trace/memory.h"

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

#define BEFORE_ID   "<script type=\"application/octet-stream\" id=\""
#define BEFORE_DATA "\">"
#define AFTER       "</script>\n"

#ifdef HAVE_ZLIB
const char *page_block_missing(void)
{
    return NULL;
}

void page_block_make(struct page_block *block, const void *data, size_t bytes)
{
    uLongf size = compressBound(bytes);

    block->data = memory_resize(NULL, size, 1);
    if (compress2(block->data, &size, data, bytes, Z_DEFAULT_COMPRESSION) != Z_OK)
        memory_exhausted("zlib");
    block->bytes = size;
    block->data = memory_resize(block->data, size, 1);
}
#else
const char *page_block_missing(void)
{
    return "this mmsim was built without zlib (Debian: zlib1g-dev), which packs the data of a page";
}

void page_block_make(struct page_block *block, const void *data, size_t bytes)
{
    (void)data;
    (void)bytes;
    block->data = NULL;
    block->bytes = 0;
}
#endif

void page_block_free(struct page_block *block)
{
    free(block->data);
    *block = (struct page_block){.data = NULL};
}

size_t page_block_size(const struct page_block *block)
{
    return sizeof BEFORE_ID + strlen(block->id) + sizeof BEFORE_DATA +
           (block->bytes + 2u) / 3u * 4u + sizeof AFTER - 3u;
}

/* The base64 of 1 to 3 bytes. */
static void put_group(char to[4], const uint8_t *from, size_t bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = (uint32_t)from[0] << 16 | (uint32_t)(bytes > 1 ? from[1] : 0) << 8 |
                    (bytes > 2 ? from[2] : 0);

    to[0] = digits[bits >> 18];
    to[1] = digits[bits >> 12 & 63u];
    to[2] = bytes > 1 ? digits[bits >> 6 & 63u] : '=';
    to[3] = bytes > 2 ? digits[bits & 63u] : '=';
}

static void put_base64(const struct text_out *out, const uint8_t *data, size_t bytes)
{
    char part[4096];
    size_t used = 0;

    for (size_t i = 0; i < bytes; i += 3) {
        put_group(&part[used], &data[i], bytes - i);
        used += 4;
        if (used == sizeof part || i + 3 >= bytes) {
            out->put(out->context, part, used);
            used = 0;
        }
    }
}

void page_block_put(const struct page_block *block, const struct text_out *out)
{
    text_put(out, BEFORE_ID);
    text_put(out, block->id);
    text_put(out, BEFORE_DATA);
    put_base64(out, block->data, block->bytes);
    text_put(out, AFTER);
}
