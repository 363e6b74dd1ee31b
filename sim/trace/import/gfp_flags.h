/* The flags of a request for pages or an object: "GFP_KERNEL|__GFP_ZERO" or "0xdc0". */
#ifndef TRACE_GFP_FLAGS_H
#define TRACE_GFP_FLAGS_H

#include "kmem_fields.h"
#include "replay/event.h"

#define GFP_MEMO_TEXTS 64u
#define GFP_MEMO_BYTES 120u

/* What texts met before say: a log has few different ones. A zeroed one knows none. */
struct gfp_memo {
    struct gfp_text {
        char text[GFP_MEMO_BYTES];
        uint32_t bytes; /* 0: none */
        enum page_class page_class;
    } texts[GFP_MEMO_TEXTS];
};

/* Where the memory may lie: user where high or movable memory will do, dma, else low. */
enum page_class gfp_page_class(struct gfp_memo *memo, struct word flags);

#endif
