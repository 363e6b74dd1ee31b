#include <mm/frames_stack.h>
#include <mm/machine.h>

#include "seal.h"

/* Values of a link that name no frame: they are above every frame number. */
#define LINK_END     0xfffffffdu /* the frame is free, and the last of its list */
#define LINK_USED    0xfffffffeu
#define LINK_FOREIGN 0xffffffffu /* never added: a hole, or a reserved or metadata frame */

static uint32_t *link_of(const struct frames_stack *stack, uint32_t frame)
{
    return (uint32_t *)machine_pointer(stack->links) + (frame - stack->first);
}

static bool link_is_free(uint32_t link)
{
    return link <= LINK_END;
}

static uint32_t stack_seal(const struct frames_stack *stack)
{
    return seal_words(stack, 3u * sizeof(uint32_t));
}

/* HARDEN_FULL: panics unless the links are where they were, and `frame`, to which a list leads, is
   free, or is LINK_END. */
static void stack_guard(const struct frames_stack *stack, uint32_t frame, const char *function)
{
    if (MM_HARDENING < HARDEN_FULL)
        return;
    if (stack->seal != stack_seal(stack))
        machine_panic(function, "the bounds of the links are smashed", stack->links.value);
    if (frame != LINK_END &&
        (frame < stack->first || frame >= stack->end || !link_is_free(*link_of(stack, frame))))
        machine_panic(function, "a list leads to what is no free frame", frame);
}

uint32_t frames_stack_bytes(pfn_t first, pfn_t end)
{
    return (end.value - first.value) * (uint32_t)sizeof(uint32_t);
}

void frames_stack_init(struct frames_stack *stack, vaddr_t links, pfn_t first, pfn_t end)
{
    *stack = (struct frames_stack){.links = links, .first = first.value, .end = end.value};
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++)
        stack->top[zone] = LINK_END;
    for (uint32_t frame = first.value; frame < end.value; frame++)
        *link_of(stack, frame) = LINK_FOREIGN;
    if (MM_HARDENING >= HARDEN_FULL)
        stack->seal = stack_seal(stack);
}

void frames_stack_add(struct frames_stack *stack, pfn_t start, pfn_t end)
{
    enum zone zone = zone_of(start);

    MM_ASSERT(stack->first <= start.value && start.value < end.value && end.value <= stack->end);
    for (uint32_t frame = start.value; frame < end.value; frame++)
        *link_of(stack, frame) = frame + 1u;
    *link_of(stack, end.value - 1u) = stack->top[zone];
    stack->top[zone] = start.value;
    stack->free[zone] += end.value - start.value;
    stack->added += end.value - start.value;
}

pfn_t frames_stack_alloc(struct frames_stack *stack, enum zone zone)
{
    uint32_t frame = stack->top[zone];

    stack_guard(stack, frame, __func__);
    if (frame == LINK_END)
        return PFN_NONE;
    uint32_t *link = link_of(stack, frame);
    stack_guard(stack, *link, __func__);
    stack->top[zone] = *link;
    *link = LINK_USED;
    stack->free[zone]--;
    return pfn(frame);
}

void frames_stack_free(struct frames_stack *stack, pfn_t frame)
{
    stack_guard(stack, stack->top[zone_of(frame)], __func__);
    if (frame.value < stack->first || frame.value >= stack->end)
        machine_panic(__func__, "frame was never ours", frame.value);
    uint32_t *link = link_of(stack, frame.value);
    if (*link == LINK_FOREIGN)
        machine_panic(__func__, "frame was never ours", frame.value);
    if (*link != LINK_USED)
        machine_panic(__func__, "frame is free already", frame.value);
    enum zone zone = zone_of(frame);
    *link = stack->top[zone];
    stack->top[zone] = frame.value;
    stack->free[zone]++;
}

uint32_t frames_stack_free_to(const struct frames_stack *stack, enum zone zone)
{
    uint32_t frames = 0;

    for (uint32_t z = 0; z <= zone; z++)
        frames += stack->free[z];
    return frames;
}

void frames_stack_free_blocks(const struct frames_stack *stack, struct free_blocks *blocks)
{
    uint32_t start = stack->first;

    for (uint32_t frame = start; frame < stack->end; frame++) {
        if (link_is_free(*link_of(stack, frame)))
            continue;
        if (start < frame)
            free_blocks_add_range(blocks, pfn(start), pfn(frame));
        start = frame + 1u;
    }
    if (start < stack->end)
        free_blocks_add_range(blocks, pfn(start), pfn(stack->end));
}

static const char *check_list(const struct frames_stack *stack, enum zone zone)
{
    uint32_t length = 0;

    for (uint32_t frame = stack->top[zone]; frame != LINK_END; frame = *link_of(stack, frame)) {
        if (frame < stack->first || frame >= stack->end)
            return "frames_stack: a link names a frame outside of the stack";
        if (!link_is_free(*link_of(stack, frame)))
            return "frames_stack: a used frame is on a list";
        if (zone_of(pfn(frame)) != zone)
            return "frames_stack: a frame is on another zone's list";
        if (++length > stack->free[zone])
            return "frames_stack: a list is longer than its count, or has a cycle";
    }
    return length == stack->free[zone] ? NULL : "frames_stack: a list is shorter than its count";
}

const char *frames_stack_check(const struct frames_stack *stack)
{
    uint32_t free_links = 0;
    uint32_t used_links = 0;

    if (MM_HARDENING >= HARDEN_FULL && stack->seal != stack_seal(stack))
        return "frames_stack: the seal disagrees with the address of the links";
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
        const char *broken = check_list(stack, (enum zone)zone);
        if (broken != NULL)
            return broken;
    }
    for (uint32_t frame = stack->first; frame < stack->end; frame++) {
        free_links += link_is_free(*link_of(stack, frame));
        used_links += *link_of(stack, frame) == LINK_USED;
    }
    if (free_links != frames_stack_free_to(stack, ZONE_HIGH))
        return "frames_stack: a frame is marked as free, but is on no list";
    return free_links + used_links == stack->added
               ? NULL
               : "frames_stack: the frames that were added are not those that are free or used";
}
