/* What the kernel remembers of its own life: a page of text. */
#include "recursive.h"

#include "console.h"
#include "string.h"

static size_t log_bytes;

void log_init(void)
{
    uint32_t frame = frame_alloc();

    if (!frame || !map_page(LOG_START, frame, PTE_WRITABLE))
        panic("log_init: no memory");
    memset((void *)LOG_START, 0, PAGE_SIZE);
}

/* Text that does not fit is dropped. The last byte stays 0. */
void log_write(const char *text)
{
    size_t n = strlen(text);

    if (n >= PAGE_SIZE - log_bytes)
        return;
    memcpy((char *)LOG_START + log_bytes, text, n);
    log_bytes += n;
}

const char *log_text(void)
{
    return (const char *)LOG_START;
}
