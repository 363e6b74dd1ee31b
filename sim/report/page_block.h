/* Data for a page: zlib streams, which a browser inflates, written in base64 (RFC 4648). */
#ifndef REPORT_PAGE_BLOCK_H
#define REPORT_PAGE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/text_out.h"

/* A data element of the page. */
struct page_block {
    char id[32];
    uint8_t *data; /* deflated */
    size_t bytes;
};

/* NULL; or the package that this build lacks, so that it cannot make a page. */
const char *page_block_missing(void);

/* Deflate data into a block; the caller frees it. Ends the program if there is no memory. */
void page_block_make(struct page_block *block, const void *data, size_t bytes);
void page_block_free(struct page_block *block);

/* The bytes of the element in the page. */
size_t page_block_size(const struct page_block *block);

/* Write the element. */
void page_block_put(const struct page_block *block, const struct text_out *out);

#endif
