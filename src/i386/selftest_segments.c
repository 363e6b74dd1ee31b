/* Checks kseg0 and kseg1, which machine.c maps by 4 MiB pages. */
#include "selftest.h"

#include "traps.h"
#include <mm/machine.h>
#include <mm/pgtable.h>
#include <mm/process.h>

#define KERNEL_OFFSET 0x100000u
#define USER_DENIED   (FAULT_USER | FAULT_PRESENT)

static volatile uint32_t *word_at(uint32_t base, uint32_t physical)
{
    return machine_pointer(vaddr(base + physical));
}

/* Cached and uncached accesses to the same memory alternate, so the caches are written back. */
static void write_back_cache(void)
{
    __asm__ volatile("wbinvd" : : : "memory");
}

/* A word of physical memory is visible at three addresses. */
static const char *check_aliases(struct mm *mm)
{
    static const uint32_t bases[] = {KSEG0_BASE, KSEG1_BASE, DIRECT_MAP_BASE};
    pfn_t page = pages_alloc(mm, 0, PAGES_LOW);
    uint32_t physical = pfn_to_paddr(page).value;

    for (uint32_t i = 0; i < 9; i++) {
        *word_at(bases[i / 3], physical) = i;
        write_back_cache();
        EXPECT(*word_at(bases[i % 3], physical) == i, "a segment shows other memory");
    }
    pages_free(mm, page, 0);
    for (uint32_t i = 0; i < 2; i++) {
        EXPECT(*word_at(bases[i], KERNEL_OFFSET) == *word_at(DIRECT_MAP_BASE, KERNEL_OFFSET),
               "the kernel is not in a segment");
        EXPECT(*word_at(bases[i], KSEG_SIZE - 4u) == *word_at(DIRECT_MAP_BASE, KSEG_SIZE - 4u),
               "a segment's last word is not the last of 512 MiB");
    }
    return NULL;
}

static const char *check_caching(const struct mm *mm)
{
    const uint32_t *directory = pgtable_entries(paddr_to_pfn(mm->directory));

    for (uint32_t va = KSEG0_BASE; va != DIRECT_MAP_BASE; va += LARGE_PAGE_SIZE) {
        bool uncached = (directory[directory_index(vaddr(va))] & PTE_CACHE_DISABLE) != 0;
        EXPECT(uncached == (va >= KSEG1_BASE), "not kseg1, and kseg1 alone, is uncached");
    }
    return NULL;
}

/* Accesses both ends of each segment in the current address space. */
static const char *check_rights(void)
{
    static const uint32_t ends[] = {KSEG0_BASE, KSEG1_BASE - 1u, KSEG1_BASE, DIRECT_MAP_BASE - 1u};

    for (uint32_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        EXPECT(machine_touch(vaddr(ends[i]), false), "the kernel cannot read a segment");
        EXPECT(!machine_user_touch(vaddr(ends[i]), false), "ring 3 reads a segment");
        EXPECT(traps_last_fault().error_code == USER_DENIED, "and faults as if nothing was there");
        EXPECT(!machine_user_touch(vaddr(ends[i]), true), "ring 3 writes to a segment");
        EXPECT(traps_last_fault().va.value == ends[i], "and faults elsewhere");
    }
    return NULL;
}

/* User space and its stack end at kseg0. */
static const char *check_process(struct mm *mm, struct process *process)
{
    EXPECT(machine_user_touch(vaddr(KSEG0_BASE - 1u), true), "no stack below kseg0");
    EXPECT(machine_user_touch(vaddr(KSEG0_BASE - USER_STACK_BYTES), true),
           "the stack is too short");
    EXPECT(!machine_user_touch(vaddr(KSEG0_BASE - USER_STACK_BYTES - 1u), true),
           "the stack is too long");
    EXPECT(!process_map(mm, process, vaddr(KSEG0_BASE), 1, true), "a process maps kseg0");
    EXPECT(mm->failure.cause == MM_NO_ADDRESS_SPACE, "a map of kseg0 fails for another cause");
    EXPECT(!machine_user_touch(vaddr(USER_END - 4u), true), "there is a stack below c0000000");
    EXPECT(mm->failure.cause == MM_BAD_ACCESS, "a touch of kseg1 is no bad access");
    EXPECT(mm->failure.access.why == MM_ACCESS_KERNEL, "kseg1 is not the kernel's");
    return check_rights();
}

const char *selftest_segments(struct mm *mm)
{
    const char *broken = check_aliases(mm);

    if (broken == NULL)
        broken = check_caching(mm);
    if (broken == NULL)
        broken = check_rights();
    if (broken != NULL)
        return broken;
    struct process *process = process_create(mm, NULL);
    EXPECT(process != NULL, "no process under a strategy with segments");
    process_switch(mm, process);
    broken = check_process(mm, process);
    process_exit(mm, process);
    return broken;
}
