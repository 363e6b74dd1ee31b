/* Takes the page of `mmsim report` apart. */
#ifndef SUPPORT_PAGE_ELEMENTS_H
#define SUPPORT_PAGE_ELEMENTS_H

#include <stddef.h>
#include <stdint.h>

/* Returns the text of the script element with this id, which the caller frees. NULL: there is none.
 * Fails the test if there are two. */
char *page_element(const char *page, const char *id);

/* Returns the data behind the element with this id, inflated, and one zero byte more; the caller
 * frees it. NULL: there is no such element. Fails the test if its text is not the base64 of one
 * zlib stream. Without zlib, the test is skipped. */
uint8_t *page_data(const char *page, const char *id, size_t *bytes);

#endif
