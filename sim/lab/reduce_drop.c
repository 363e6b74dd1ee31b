/* ddmin (A. Zeller and R. Hildebrandt, 2002), of which only the complements are tried: to leave out
 * one of ever smaller chunks. */
#include "lab/reduce_parts.h"

static uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Leave out all chunks of so many that can be. */
static void drop_chunks(struct reducer *reducer, enum reduce_change_kind kind, uint32_t chunk)
{
    uint32_t at = 0;

    for (uint32_t end; at < (end = reduce_droppable(&reducer->now, kind));) {
        struct reduce_change changes[TRIALS_AT_ONCE];
        uint32_t count = 0;
        for (uint32_t from = at; from < end && count < TRIALS_AT_ONCE; count++) {
            changes[count] = (struct reduce_change){
                .kind = kind, .from = from, .to = from + min_u32(chunk, end - from)};
            from = changes[count].to;
        }
        uint32_t kept = reduce_take_first(reducer, changes, count);
        at = kept < count ? changes[kept].from : changes[count - 1u].to;
    }
}

void reduce_drop(struct reducer *reducer, enum reduce_change_kind kind)
{
    for (uint32_t chunk = reduce_droppable(&reducer->now, kind); chunk > 0; chunk /= 2u)
        drop_chunks(reducer, kind, chunk);
}
