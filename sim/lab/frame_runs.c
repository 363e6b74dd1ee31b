#include "lab/frame_runs.h"

#include <stdlib.h>
#include <string.h>

#include "trace/memory.h"

#define NUMBER_BYTES_MAX 10u /* of 64 bits in LEB128 */

void byte_list_put(struct byte_list *list, uint64_t number)
{
    list->data = memory_reach(list->data, &list->room, list->count + NUMBER_BYTES_MAX, 1);
    for (; number >= 0x80u; number >>= 7)
        list->data[list->count++] = (uint8_t)(number | 0x80u);
    list->data[list->count++] = (uint8_t)number;
}

void byte_list_free(struct byte_list *list)
{
    free(list->data);
    *list = (struct byte_list){NULL, 0, 0};
}

/* ---- numbers of one width, in bytes ---- */

static inline uint32_t change_at(const void *now, const void *last, uint32_t frame, uint32_t width)
{
    if (width == 1)
        return ((const uint8_t *)now)[frame] ^ (uint32_t)((const uint8_t *)last)[frame];
    return ((const uint32_t *)now)[frame] ^ ((const uint32_t *)last)[frame];
}

static inline uint64_t changes_at(const void *now, const void *last, size_t byte)
{
    uint64_t of_now;
    uint64_t of_last;

    memcpy(&of_now, (const uint8_t *)now + byte, sizeof of_now);
    memcpy(&of_last, (const uint8_t *)last + byte, sizeof of_last);
    return of_now ^ of_last;
}

#define STRIDE_FRAMES 64u

/* Skips frames that have not changed, many at a time. */
static inline uint32_t skip_same(const void *now, const void *last, uint32_t frame, uint32_t frames,
                                 uint32_t width)
{
    while (frames - frame >= STRIDE_FRAMES &&
           memcmp((const uint8_t *)now + (size_t)frame * width,
                  (const uint8_t *)last + (size_t)frame * width, STRIDE_FRAMES * width) == 0)
        frame += STRIDE_FRAMES;
    return frame;
}

/* Returns the first frame from `frame` on whose change differs; most do not change, and most runs
   are long. */
static inline uint32_t run_end(const void *now, const void *last, uint32_t frame, uint32_t frames,
                               uint32_t change, uint32_t width)
{
    uint64_t changes =
        width == 1 ? change * UINT64_C(0x0101010101010101) : change * UINT64_C(0x0000000100000001);
    uint32_t step = 8u / width;

    if (change == 0)
        frame = skip_same(now, last, frame, frames, width);
    while (frames - frame >= step && changes_at(now, last, (size_t)frame * width) == changes)
        frame += step;
    while (frame < frames && change_at(now, last, frame, width) == change)
        frame++;
    return frame;
}

static inline void put_runs(struct byte_list *list, const void *now, void *last, uint32_t frames,
                            uint32_t width)
{
    uint32_t end = 0; /* of the run before */
    uint32_t frame = run_end(now, last, 0, frames, 0, width);

    while (frame < frames) {
        uint32_t change = change_at(now, last, frame, width);
        uint32_t start = frame;
        frame = run_end(now, last, start + 1u, frames, change, width);
        byte_list_put(list, start - end);
        byte_list_put(list, frame - start);
        byte_list_put(list, change);
        memcpy((uint8_t *)last + (size_t)start * width,
               (const uint8_t *)now + (size_t)start * width, (size_t)(frame - start) * width);
        end = frame;
        frame = run_end(now, last, frame, frames, 0, width);
    }
}

void frame_runs_put_u8(struct byte_list *list, const uint8_t now[], uint8_t last[], uint32_t frames)
{
    put_runs(list, now, last, frames, 1);
}

void frame_runs_put_u32(struct byte_list *list, const uint32_t now[], uint32_t last[],
                        uint32_t frames)
{
    put_runs(list, now, last, frames, 4);
}
