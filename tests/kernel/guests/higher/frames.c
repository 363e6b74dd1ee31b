/* One bit for each frame: 1 is in use, or no memory at all. */
#include "higher.h"

#include "console.h"
#include "multiboot.h"
#include "string.h"

#define FRAMES_MAX 16384u /* 64 MiB: as much as the direct map has */
#define WORD_BITS  32u
#define ALL_USED   0xffffffffu
#define LOW_FRAMES 256u /* below 1 MiB: left to the BIOS */

static uint32_t bitmap[FRAMES_MAX / WORD_BITS];
static uint32_t free_count;

static bool is_used(uint32_t number)
{
    return bitmap[number / WORD_BITS] >> number % WORD_BITS & 1u;
}

static void set_used(uint32_t number)
{
    bitmap[number / WORD_BITS] |= 1u << number % WORD_BITS;
    free_count--;
}

static void set_free(uint32_t number)
{
    bitmap[number / WORD_BITS] &= ~(1u << number % WORD_BITS);
    free_count++;
}

/* Only frames that lie in the range as a whole. */
static void free_range(uint64_t base, uint64_t length)
{
    uint64_t first = (base + PAGE_SIZE - 1) / PAGE_SIZE;
    uint64_t end = (base + length) / PAGE_SIZE;

    for (uint64_t number = first; number < end && number < FRAMES_MAX; number++)
        if (number >= LOW_FRAMES && is_used((uint32_t)number))
            set_free((uint32_t)number);
}

static void reserve(uint32_t start, uint32_t end)
{
    for (uint32_t number = start / PAGE_SIZE; number * PAGE_SIZE < end; number++)
        if (!is_used(number))
            set_used(number);
}

void frames_init(void)
{
    memset(bitmap, ALL_USED & 0xff, sizeof bitmap);
    free_count = 0;
    for (unsigned i = 0; i < boot_info.ranges; i++)
        if (boot_info.range[i].type == MULTIBOOT_RAM)
            free_range(boot_info.range[i].base, boot_info.range[i].length);
    reserve(KERNEL_LOAD, direct_map_pa(kernel_end));
    reserve(boot_info.start, boot_info.end);
}

uint32_t frame_alloc(void)
{
    for (uint32_t word = 0; word < FRAMES_MAX / WORD_BITS; word++) {
        if (bitmap[word] == ALL_USED)
            continue;
        for (uint32_t number = word * WORD_BITS;; number++) {
            if (!is_used(number)) {
                set_used(number);
                return number * PAGE_SIZE;
            }
        }
    }
    return 0;
}

void frame_free(uint32_t frame)
{
    uint32_t number = frame / PAGE_SIZE;

    if (frame % PAGE_SIZE || number < LOW_FRAMES || number >= FRAMES_MAX)
        panic("frame_free: not a frame");
    if (!is_used(number))
        panic("frame_free: the frame is free");
    set_free(number);
}

uint32_t frame_free_count(void)
{
    return free_count;
}
