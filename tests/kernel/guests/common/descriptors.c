#include "descriptors.h"

#define VECTORS 256

enum { KERNEL_CODE = 1, KERNEL_DATA, USER_CODE, USER_DATA, TSS, PERCPU, SEGMENTS };

/* Access bytes (Intel SDM vol. 3A, 3.4.5): present, ring, type. */
#define ACCESS_CODE       0x9a
#define ACCESS_DATA       0x92
#define ACCESS_TSS        0x89
#define ACCESS_RING_3     0x60
#define GRANULARITY_FLAT  0xcf /* in pages, 32 bits; limit bits 19-16 all ones */
#define GRANULARITY_BYTES 0x40 /* in bytes, 32 bits */
#define GATE_INTERRUPT    0x8e /* present, ring 0, 32 bits; interrupts are off in the handler */

struct segment_descriptor {
    uint16_t limit_low;
    uint16_t base_low;
    uint8_t base_middle;
    uint8_t access;
    uint8_t granularity;
    uint8_t base_high;
};
_Static_assert(sizeof(struct segment_descriptor) == 8,
               "the processor reads a structure of this size");

struct gate_descriptor {
    uint16_t offset_low;
    uint16_t selector;
    uint8_t zero;
    uint8_t access;
    uint16_t offset_high;
};
_Static_assert(sizeof(struct gate_descriptor) == 8, "the processor reads a structure of this size");

struct task_state {
    uint32_t link;
    uint32_t esp0; /* the stack of ring 0 */
    uint32_t ss0;
    uint32_t unused[22];
    uint16_t trap;
    uint16_t io_map; /* beyond the limit: ring 3 has no ports */
};
_Static_assert(sizeof(struct task_state) == 104, "the processor reads a structure of this size");

struct table_pointer {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

static struct segment_descriptor gdt[SEGMENTS];
static struct gate_descriptor idt[VECTORS];
static struct task_state tss;

extern const uint32_t vectors[VECTORS]; /* vectors.S */

static struct segment_descriptor segment(uint32_t base, uint32_t limit, uint8_t access,
                                         uint8_t granularity)
{
    return (struct segment_descriptor){
        .limit_low = (uint16_t)limit,
        .base_low = (uint16_t)base,
        .base_middle = (uint8_t)(base >> 16),
        .access = access,
        .granularity = granularity,
        .base_high = (uint8_t)(base >> 24),
    };
}

static void load_segments(void)
{
    struct table_pointer pointer = {sizeof gdt - 1, (uint32_t)gdt};

    __asm__ volatile("lgdt %0\n\t"
                     "ljmp %1, $1f\n"
                     "1:\n\t"
                     "movw %w2, %%ds\n\t"
                     "movw %w2, %%es\n\t"
                     "movw %w2, %%fs\n\t"
                     "movw %w2, %%ss\n\t"
                     "movw %w3, %%gs\n\t"
                     "ltr %w4"
                     :
                     : "m"(pointer), "i"(SEL_KERNEL_CODE), "r"(SEL_KERNEL_DATA), "r"(SEL_PERCPU),
                       "r"(SEL_TSS)
                     : "memory");
}

static void load_vectors(void)
{
    struct table_pointer pointer = {sizeof idt - 1, (uint32_t)idt};

    __asm__ volatile("lidt %0" : : "m"(pointer) : "memory");
}

void descriptors_init(void)
{
    gdt[KERNEL_CODE] = segment(0, 0xffff, ACCESS_CODE, GRANULARITY_FLAT);
    gdt[KERNEL_DATA] = segment(0, 0xffff, ACCESS_DATA, GRANULARITY_FLAT);
    gdt[USER_CODE] = segment(0, 0xffff, ACCESS_CODE | ACCESS_RING_3, GRANULARITY_FLAT);
    gdt[USER_DATA] = segment(0, 0xffff, ACCESS_DATA | ACCESS_RING_3, GRANULARITY_FLAT);
    gdt[TSS] = segment((uint32_t)&tss, sizeof tss - 1, ACCESS_TSS, 0);
    gdt[PERCPU] = segment(0, 0xffff, ACCESS_DATA, GRANULARITY_FLAT);
    tss.ss0 = SEL_KERNEL_DATA;
    tss.io_map = sizeof tss;
    for (unsigned i = 0; i < VECTORS; i++)
        idt[i] = (struct gate_descriptor){
            .offset_low = (uint16_t)vectors[i],
            .selector = SEL_KERNEL_CODE,
            .access = GATE_INTERRUPT,
            .offset_high = (uint16_t)(vectors[i] >> 16),
        };
    load_segments();
    load_vectors();
}

void descriptors_allow_user(unsigned vector)
{
    idt[vector].access = GATE_INTERRUPT | ACCESS_RING_3;
}

void descriptors_set_kernel_stack(uint32_t top)
{
    tss.esp0 = top;
}

void descriptors_set_percpu(uint32_t base, uint32_t size_bytes)
{
    gdt[PERCPU] = segment(base, size_bytes - 1, ACCESS_DATA, GRANULARITY_BYTES);
}
