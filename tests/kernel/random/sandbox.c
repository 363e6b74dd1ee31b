#include "sandbox.h"

#include "console.h"
#include "cpu.h"
#include "state.h"
#include "string.h"
#include "trap.h"

#define CODE_DIRECTORY   (CODE_BASE >> 22)
#define KERNEL_DIRECTORY (KERNBASE >> 22)
#define TABLE_ENTRIES    1024

#define CR4_ALL 0x690u /* PSE, PGE, OSFXSR, OSXMMEXCPT */

#define MSR_SYSENTER_CS  0x174
#define MSR_SYSENTER_ESP 0x175
#define MSR_SYSENTER_EIP 0x176

struct state before, after;
struct fpu_state before_fpu, after_fpu;

unsigned char window[HEAP_AREA_PAGES][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
unsigned char code[CODE_PAGES][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static uint32_t directory[TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static uint32_t window_table[TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static uint32_t code_table[TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static uint32_t kernel_table[TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE)));

extern const unsigned char kernel_end[], trap_stack_top[]; /* random.ld, entry.S */
void sysenter_entry(void);

/* ---- paging ---- */

static uint32_t physical(const void *of)
{
    return (uint32_t)of - KERNBASE;
}

static void paging_init(void)
{
    const uint32_t all = PTE_PRESENT | PTE_WRITABLE | PTE_USER;

    for (uint32_t va = KERNBASE + 0x100000; va < (uint32_t)kernel_end; va += PAGE_SIZE)
        kernel_table[va / PAGE_SIZE % TABLE_ENTRIES] = (va - KERNBASE) | PTE_PRESENT | PTE_WRITABLE;
    directory[0] = physical(window_table) | all;
    directory[CODE_DIRECTORY] = physical(code_table) | all;
    directory[KERNEL_DIRECTORY] = physical(kernel_table) | all;
    write_cr3(physical(directory));
    __asm__ volatile("movl %0, %%cr4" : : "r"(CR4_ALL));
}

uint32_t sandbox_window_entry(uint32_t page)
{
    return window_table[page];
}

uint32_t sandbox_code_entry(uint32_t page)
{
    return code_table[page];
}

/* ---- the sysenter of the kernel ---- */

static void write_msr(uint32_t number, uint32_t value)
{
    __asm__ volatile("wrmsr" : : "c"(number), "a"(value), "d"(0));
}

static void sysenter_init(void)
{
    write_msr(MSR_SYSENTER_CS, SEL_KERNEL_CODE);
    write_msr(MSR_SYSENTER_ESP, (uint32_t)trap_stack_top);
    write_msr(MSR_SYSENTER_EIP, (uint32_t)sysenter_entry);
}

void sandbox_init(void)
{
    paging_init();
    segments_init((uint32_t)trap_stack_top);
    sysenter_init();
    memset(code, 0xcc, sizeof code);
}

void sandbox_reset(const uint32_t window_rights[HEAP_AREA_PAGES],
                   const uint32_t code_rights[CODE_PAGES])
{
    segments_reset();
    for (uint32_t i = 0; i < HEAP_AREA_PAGES; i++)
        window_table[i] = physical(window[i]) | window_rights[i];
    for (uint32_t i = 0; i < CODE_PAGES; i++)
        code_table[i] = physical(code[i]) | code_rights[i];
    write_cr3(physical(directory));
}

/* ---- the case ---- */

void sandbox_run(void)
{
    uint32_t cr0 = read_cr0();

    __asm__ volatile("movl %0, %%cr2" : : "r"(0));
    __asm__ volatile("movl %0, %%db6" : : "r"(0));
    sandbox_enter();
    after.cr0 = read_cr0();
    write_cr0(cr0);
    __asm__ volatile("fxsave %0" : "=m"(after_fpu));
}

static bool is_sandboxed(const struct trap_frame *frame)
{
    return frame->vector == VECTOR_SYSENTER || frame->cs != SEL_KERNEL_CODE;
}

/* In ring 0 the frame is in the window: what is undefined of its flags must not stay there. */
static void take_stack(struct trap_frame *frame)
{
    if (frame->cs & 3) {
        after.esp = frame->outer_esp;
        after.ss = frame->outer_ss;
        return;
    }
    after.esp = (uint32_t)&frame->outer_esp;
    after.ss = frame->ss;
    if (frame->vector != VECTOR_SYSENTER)
        memset(frame, 0, after.esp - (uint32_t)frame);
}

void trap(struct trap_frame *frame)
{
    if (!is_sandboxed(frame)) {
        kprintf("vector %x error %x eip %x cr2 %x\n", frame->vector, frame->error, frame->eip,
                read_cr2());
        panic("a trap in the kernel");
    }
    for (uint32_t i = 0; i < GENERAL_COUNT; i++)
        after.general[i] = frame->general[GENERAL_COUNT - 1 - i];
    after.eip = frame->eip;
    after.cs = frame->cs;
    after.eflags = frame->eflags;
    after.ds = frame->ds & 0xffff;
    after.es = frame->es & 0xffff;
    after.fs = frame->fs & 0xffff;
    after.gs = frame->gs & 0xffff;
    after.vector = frame->vector;
    after.error = frame->error;
    after.cr2 = read_cr2();
    __asm__ volatile("movl %%db6, %0" : "=r"(after.dr6));
    take_stack(frame);
    after.general[ESP] = after.esp;
}
