#include "sandbox.h"
#include "string.h"
#include "trap.h"

/* Access bytes (Intel SDM vol. 3A, 3.4.5 and 3.5): present, ring, type. */
#define PRESENT 0x80
#define RING(n) ((n) << 5)

/* Code is accessed from the start, and so is the data that can be a stack: QEMU sets the bit only
   where a data segment is loaded by itself, and not with a transfer of control. */
#define TYPE_READ_ONLY    0x10
#define TYPE_DATA         0x12
#define TYPE_STACK        0x13
#define TYPE_DOWN         0x16
#define TYPE_EXECUTE_ONLY 0x19
#define TYPE_CODE         0x1b
#define TYPE_CONFORMING   0x1f
#define TYPE_TSS_16       0x01
#define TYPE_LDT          0x02
#define TYPE_TASK_GATE    0x05
#define TYPE_TSS          0x09
#define TYPE_CALL_GATE    0x0c
#define TYPE_INTERRUPT    0x0e
#define TYPE_TRAP         0x0f

#define FLAT_32  0xcf /* 4 GiB */
#define FLAT_16  0x8f /* 4 GiB, but the stack's pointer has 16 bits */
#define BYTES_32 0x40
#define BYTES_16 0x00

struct descriptor {
    uint16_t limit_low, base_low;
    uint8_t base_middle, access, granularity, base_high;
};
_Static_assert(sizeof(struct descriptor) == 8, "the processor reads a structure of this size");

#define SEGMENT(base, limit, access, granularity)                                                  \
    {                                                                                              \
        (uint16_t)(limit), (uint16_t)(base), (uint8_t)((base) >> 16), access, granularity,         \
            (uint8_t)((base) >> 24)                                                                \
    }
#define AT(selector) [(selector) / 8]

static struct descriptor gdt_at_first[GDT_ENTRIES] = {
    AT(SEL_KERNEL_CODE) = SEGMENT(0, 0xffff, PRESENT | TYPE_CODE, FLAT_32),
    AT(SEL_KERNEL_DATA) = SEGMENT(0, 0xffff, PRESENT | TYPE_STACK, FLAT_32),
    AT(SEL_USER_CODE) = SEGMENT(0, 0xffff, PRESENT | RING(3) | TYPE_CODE, FLAT_32),
    AT(SEL_USER_DATA) = SEGMENT(0, 0xffff, PRESENT | RING(3) | TYPE_STACK, FLAT_32),
    AT(SEL_CODE0) = SEGMENT(CODE_BASE, 0xffff, PRESENT | TYPE_CODE, FLAT_32),
    AT(SEL_CODE1) = SEGMENT(CODE_BASE, 0xffff, PRESENT | RING(1) | TYPE_CODE, FLAT_32),
    AT(SEL_CODE3) = SEGMENT(CODE_BASE, 0xffff, PRESENT | RING(3) | TYPE_CODE, FLAT_32),
    AT(SEL_CONFORMING0) = SEGMENT(CODE_BASE, 0xffff, PRESENT | TYPE_CONFORMING, FLAT_32),
    AT(SEL_EXECUTE_ONLY3) =
        SEGMENT(CODE_BASE, 0xffff, PRESENT | RING(3) | TYPE_EXECUTE_ONLY, FLAT_32),
    AT(SEL_CODE3_ABSENT) = SEGMENT(CODE_BASE, 0xffff, RING(3) | TYPE_CODE, FLAT_32),
    AT(SEL_DATA0) = SEGMENT(0, 0xffff, PRESENT | TYPE_STACK, FLAT_32),
    AT(SEL_DATA1) = SEGMENT(0, 0xffff, PRESENT | RING(1) | TYPE_STACK, FLAT_32),
    AT(SEL_DATA3_SHIFTED) =
        SEGMENT(DATA3_SHIFTED_BASE, 0xffff, PRESENT | RING(3) | TYPE_DATA, FLAT_32),
    AT(SEL_DATA3_READ_ONLY) = SEGMENT(0, 0xffff, PRESENT | RING(3) | TYPE_READ_ONLY, FLAT_32),
    AT(SEL_DATA3_DOWN) = SEGMENT(0, 0x3fff, PRESENT | RING(3) | TYPE_DOWN, BYTES_32),
    AT(SEL_DATA3_ABSENT) = SEGMENT(0, 0xffff, RING(3) | TYPE_DATA, FLAT_32),
    AT(SEL_DATA3_SMALL) = SEGMENT(0, 0xffff, PRESENT | RING(3) | TYPE_STACK, FLAT_16),
    AT(SEL_CALL_GATE) = SEGMENT(SEL_CODE0, 0, PRESENT | RING(3) | TYPE_CALL_GATE, 0),
    AT(SEL_INTERRUPT_GATE) = SEGMENT(SEL_CODE0, 0, PRESENT | RING(3) | TYPE_INTERRUPT, 0),
    AT(SEL_TSS_FREE) = SEGMENT(0x3000, 0x67, PRESENT | RING(3) | TYPE_TSS, BYTES_16),
    AT(SEL_CODE16) = SEGMENT(CODE_BASE, 0xffff, PRESENT | RING(3) | TYPE_CODE, BYTES_16),
    AT(SEL_DATA3_LIMITED) = SEGMENT(0, 0x7fff, PRESENT | RING(3) | TYPE_DATA, BYTES_32),
    AT(SEL_CONFORMING1) = SEGMENT(CODE_BASE, 0xffff, PRESENT | RING(1) | TYPE_CONFORMING, FLAT_32),
    AT(SEL_TASK_GATE) = SEGMENT(SEL_TSS_FREE, 0, PRESENT | RING(3) | TYPE_TASK_GATE, 0),
    AT(SEL_NO_TYPE) = SEGMENT(0, 0xffff, PRESENT | RING(3), 0),
};

static const struct descriptor ldt_at_first[LDT_ENTRIES] = {
    AT(SEL_LOCAL_DATA3) =
        SEGMENT(LOCAL_DATA3_BASE, 0xffff, PRESENT | RING(3) | TYPE_STACK, FLAT_32),
    AT(SEL_LOCAL_CONFORMING3) =
        SEGMENT(CODE_BASE, 0xffff, PRESENT | RING(3) | TYPE_CONFORMING, FLAT_32),
    AT(SEL_LOCAL_ABSENT) = SEGMENT(0, 0xffff, RING(3) | TYPE_DATA, FLAT_32),
    AT(SEL_LOCAL_CODE3) = SEGMENT(CODE_BASE, 0xffff, PRESENT | RING(3) | TYPE_CODE, FLAT_32),
};

#define PORTS 0x600

struct task_state {
    uint32_t link, esp0, ss0;
    uint32_t unused[22];
    uint16_t trap, io_map;
    uint8_t ports[PORTS / 8 + 1]; /* a set bit forbids one */
};

static struct descriptor gdt[GDT_ENTRIES], ldt[LDT_ENTRIES], idt[VECTORS];
static struct task_state tss;

/* ---- the interrupt table ---- */

extern const uint32_t vectors[VECTORS]; /* entry.S */

/* INT3 and INTO; from 0x30 on, what `int` meets: a gate for ring 0, 3, 3 as a trap, 3 and absent,
   1, and one into code of ring 3. */
static const struct {
    uint8_t vector, access;
} gates[] = {
    {0x03, PRESENT | RING(3) | TYPE_INTERRUPT}, {0x04, PRESENT | RING(3) | TYPE_TRAP},
    {0x30, PRESENT | TYPE_INTERRUPT},           {0x31, PRESENT | RING(3) | TYPE_INTERRUPT},
    {0x32, PRESENT | RING(3) | TYPE_TRAP},      {0x33, RING(3) | TYPE_INTERRUPT},
    {0x34, PRESENT | RING(1) | TYPE_INTERRUPT}, {0x35, PRESENT | RING(3) | TYPE_CALL_GATE},
};

static void idt_init(void)
{
    for (uint32_t i = 0; i < VECTORS; i++)
        idt[i] = (struct descriptor){
            .limit_low = (uint16_t)vectors[i],
            .base_low = SEL_KERNEL_CODE,
            .access = PRESENT | TYPE_INTERRUPT,
            .granularity = (uint8_t)(vectors[i] >> 16),
            .base_high = (uint8_t)(vectors[i] >> 24),
        };
    for (uint32_t i = 0; i < sizeof gates / sizeof *gates; i++)
        idt[gates[i].vector].access = gates[i].access;
}

/* ---- the other tables ---- */

static struct descriptor segment(const void *base, uint32_t bytes, uint8_t access)
{
    const struct descriptor descriptor = SEGMENT((uint32_t)base, bytes - 1, access, 0);

    return descriptor;
}

/* Ports 0x3ff, and some from 0x540 on, are ring 3's. */
static void tss_init(uint32_t stack_top)
{
    tss.esp0 = stack_top;
    tss.ss0 = SEL_KERNEL_DATA;
    tss.io_map = __builtin_offsetof(struct task_state, ports);
    memset(tss.ports, 0xff, sizeof tss.ports);
    tss.ports[0x3ff / 8] = 0x7f;
    for (uint32_t port = 0x540; port < 0x580; port += 8)
        tss.ports[port / 8] = (uint8_t)(port * 37);
}

struct table_pointer {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

void segments_init(uint32_t stack_top)
{
    const struct table_pointer gdtr = {sizeof gdt - 1, (uint32_t)gdt};
    const struct table_pointer idtr = {sizeof idt - 1, (uint32_t)idt};

    idt_init();
    tss_init(stack_top);
    gdt_at_first[SEL_TSS / 8] = segment(&tss, sizeof tss, PRESENT | TYPE_TSS);
    gdt_at_first[SEL_LDT / 8] = segment(ldt, sizeof ldt, PRESENT | TYPE_LDT);
    memcpy(gdt, gdt_at_first, sizeof gdt);
    __asm__ volatile("lgdt %0\n\t"
                     "lidt %1\n\t"
                     "ljmp %2, $1f\n"
                     "1:\n\t"
                     "movw %w3, %%ds\n\t"
                     "movw %w3, %%es\n\t"
                     "movw %w3, %%ss"
                     :
                     : "m"(gdtr), "m"(idtr), "i"(SEL_KERNEL_CODE), "r"(SEL_KERNEL_DATA)
                     : "memory");
}

void segments_reset(void)
{
    memcpy(gdt, gdt_at_first, sizeof gdt);
    memcpy(ldt, ldt_at_first, sizeof ldt);
    __asm__ volatile("lldt %w0\n\t"
                     "ltr %w1"
                     :
                     : "r"(SEL_LDT), "r"(SEL_TSS)
                     : "memory");
}

static void compare(const void *now, const void *at_first, uint32_t bytes,
                    void (*changed)(uint32_t at, uint32_t value))
{
    const uint32_t *words = now, *expected = at_first;

    for (uint32_t i = 0; i < bytes / 4; i++)
        if (words[i] != expected[i])
            changed((uint32_t)&words[i], words[i]);
}

void sandbox_each_change(void (*changed)(uint32_t at, uint32_t value))
{
    compare(gdt, gdt_at_first, sizeof gdt, changed);
    compare(ldt, ldt_at_first, sizeof ldt, changed);
}
