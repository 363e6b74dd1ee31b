#include "runner/stack_frame.h"

#include "runner/guest_memory.h"

#define ACCESS_BYTES_MAX 16u /* the most that guest_write() takes at once */

/* Returns the greatest offset of a stack. */
static uint32_t offset_mask(const struct segment *segment)
{
    return segment->rights & SEGMENT_BIG ? 0xffffffffu : 0xffffu;
}

/* Tells if a frame does not wrap. */
static bool is_contiguous(const struct segment *segment, uint32_t offset, uint32_t bytes)
{
    return offset <= offset_mask(segment) - (bytes - 1);
}

static uint32_t frame_offset(const struct stack *stack, uint32_t bytes)
{
    return (stack->esp - bytes) & offset_mask(&stack->segment);
}

bool stack_has_room(const struct stack *stack, uint32_t bytes, uint32_t word_bytes)
{
    const struct segment *segment = &stack->segment;
    uint32_t offset = frame_offset(stack, bytes);

    if (is_contiguous(segment, offset, bytes))
        return segment_holds(segment, offset, bytes);
    for (uint32_t at = 0; at < bytes; at += word_bytes)
        if (!segment_holds(segment, (offset + at) & offset_mask(segment), word_bytes))
            return false;
    return true;
}

/* ---- writing ---- */

static bool write_as(uint32_t ring, uint32_t linear, const void *value, uint32_t bytes)
{
    return ring == 3 ? guest_write(linear, value, bytes) : guest_system_write(linear, value, bytes);
}

/* Writes the words in the order of pushes, starting at the top of the frame. */
static bool write_words(const struct stack *stack, const unsigned char *frame, uint32_t bytes,
                        uint32_t word_bytes)
{
    uint32_t mask = offset_mask(&stack->segment);
    uint32_t offset = frame_offset(stack, bytes);
    bool passes = true;

    for (uint32_t at = bytes; passes && at != 0;) {
        at -= word_bytes;
        passes = write_as(stack->ring, stack->segment.base + ((offset + at) & mask), frame + at,
                          word_bytes);
    }
    return passes;
}

/* The frame lies in one page, so the second access succeeds if the first does. */
static bool write_in_page(uint32_t ring, uint32_t linear, const unsigned char *frame,
                          uint32_t bytes)
{
    uint32_t first_bytes = bytes < ACCESS_BYTES_MAX ? bytes : ACCESS_BYTES_MAX;

    return write_as(ring, linear, frame, first_bytes) &&
           (bytes == first_bytes ||
            write_as(ring, linear + first_bytes, frame + first_bytes, bytes - first_bytes));
}

bool stack_write(const struct stack *stack, const void *frame, uint32_t bytes, uint32_t word_bytes)
{
    uint32_t offset = frame_offset(stack, bytes);
    uint32_t linear = stack->segment.base + offset;

    if (!is_contiguous(&stack->segment, offset, bytes) ||
        (linear & PAGE_OFFSET_MASK) > PAGE_SIZE - bytes)
        return write_words(stack, frame, bytes, word_bytes);
    if (write_in_page(stack->ring, linear, frame, bytes))
        return true;
    /* The fault has to be that of the first push, so write the words one by one. */
    cpu.exception.pending = false;
    return write_words(stack, frame, bytes, word_bytes);
}

/* ---- reading ---- */

static bool read_part(uint32_t offset, void *part, uint32_t bytes)
{
    const struct segment *segment = &cpu.segment[SEG_SS];

    if (!segment_holds(segment, offset, bytes))
        return cpu_raise_error(VECTOR_SS, 0);
    return guest_read(segment->base + offset, part, bytes);
}

bool stack_read(uint32_t skipped, void *frame, uint32_t bytes, uint32_t word_bytes)
{
    const struct segment *segment = &cpu.segment[SEG_SS];
    uint32_t mask = offset_mask(segment);
    uint32_t offset = (cpu_general(ESP) + skipped) & mask;
    unsigned char *word = frame;

    if (is_contiguous(segment, offset, bytes))
        return read_part(offset, frame, bytes);
    for (uint32_t at = 0; at < bytes; at += word_bytes)
        if (!read_part((offset + at) & mask, word + at, word_bytes))
            return false;
    return true;
}

void stack_set_pointer(const struct segment *segment, uint32_t esp)
{
    uint32_t mask = offset_mask(segment);

    cpu_general_set(ESP, (cpu_general(ESP) & ~mask) | (esp & mask));
}
