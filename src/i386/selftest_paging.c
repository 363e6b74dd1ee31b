#include "selftest.h"

#include "control.h"
#include <mm/machine.h>
#include <mm/pgtable.h>

/* The first page of the heap area, which the boot directory leaves unmapped. */
#define TEST_PAGE vaddr(HEAP_AREA_BASE)

#define TEST_ENTRY (PTE_PRESENT | PTE_WRITABLE)

static _Alignas(PAGE_SIZE) uint32_t table[PAGE_TABLE_ENTRIES];
static _Alignas(PAGE_SIZE) uint32_t page_a[PAGE_SIZE / 4u];
static _Alignas(PAGE_SIZE) uint32_t page_b[PAGE_SIZE / 4u];

static uint32_t physical(const void *object)
{
    return direct_map_inverse(vaddr((uint32_t)(uintptr_t)object)).value;
}

static uint32_t *directory_entry(vaddr_t va)
{
    uint32_t *directory = machine_pointer(direct_map(machine_read_cr3()));

    return &directory[va.value >> LARGE_PAGE_SHIFT];
}

static uint32_t read_test_page(void)
{
    return *(volatile uint32_t *)machine_pointer(TEST_PAGE);
}

static const char *check_registers(void)
{
    uint32_t image = *directory_entry(vaddr((uint32_t)(uintptr_t)table));

    EXPECT((control_read_cr0() & CR0_PG) != 0, "CR0.PG is off");
    EXPECT((control_read_cr0() & CR0_WP) != 0, "CR0.WP is off");
    EXPECT((control_read_cr4() & CR4_PSE) != 0, "CR4.PSE is off");
    EXPECT((control_read_cr4() & CR4_PGE) != 0, "CR4.PGE is off");
    EXPECT((image & PTE_LARGE) != 0, "the direct map is not in large pages");
    EXPECT((image & PTE_GLOBAL) != 0, "the direct map is not global");
    EXPECT(*directory_entry(vaddr(0)) == 0, "the identity map is still there");
    return NULL;
}

static const char *check_unmapped(void)
{
    EXPECT(!machine_touch(TEST_PAGE, false), "a read of an unmapped page succeeds");
    EXPECT(!machine_touch(TEST_PAGE, true), "a write of an unmapped page succeeds");
    EXPECT(machine_read_cr2().value == TEST_PAGE.value, "CR2 is not the address that faulted");
    EXPECT(!machine_touch(vaddr(0), false), "a read of address 0 succeeds");
    return NULL;
}

static const char *check_flushes(void)
{
    page_a[0] = 0xaaaaaaaau;
    page_b[0] = 0xbbbbbbbbu;
    table[0] = physical(page_a) | TEST_ENTRY;
    EXPECT(read_test_page() == page_a[0], "a mapped page does not show its frame");
    table[0] = physical(page_b) | TEST_ENTRY;
    machine_invlpg(TEST_PAGE);
    EXPECT(read_test_page() == page_b[0], "invlpg left the old entry");
    table[0] = physical(page_a) | TEST_ENTRY;
    machine_load_cr3(machine_read_cr3());
    EXPECT(read_test_page() == page_a[0], "loading CR3 left an entry that is not global");
    table[0] = physical(page_b) | TEST_ENTRY | PTE_GLOBAL;
    machine_invlpg(TEST_PAGE);
    EXPECT(read_test_page() == page_b[0], "a global page does not show its frame");
    table[0] = physical(page_a) | TEST_ENTRY;
    machine_invlpg(TEST_PAGE);
    EXPECT(read_test_page() == page_a[0], "invlpg left a global entry");
    return NULL;
}

static const char *check_rights(void)
{
    table[0] = physical(page_a) | PTE_PRESENT;
    machine_invlpg(TEST_PAGE);
    EXPECT(machine_touch(TEST_PAGE, false), "a read-only page cannot be read");
    EXPECT(!machine_touch(TEST_PAGE, true), "the kernel writes to a read-only page");
    table[0] = physical(page_a) | TEST_ENTRY;
    EXPECT(machine_touch(TEST_PAGE, true), "a writable page cannot be written");
    EXPECT(page_a[0] == 0xaaaaaaaau, "a touch changes what it touches");
    return NULL;
}

static const char *check_accessed_dirty(void)
{
    table[0] = physical(page_a) | TEST_ENTRY;
    machine_invlpg(TEST_PAGE);
    EXPECT(machine_touch(TEST_PAGE, false), "a mapped page cannot be read");
    EXPECT((table[0] & (PTE_ACCESSED | PTE_DIRTY)) == PTE_ACCESSED,
           "a read sets other than the accessed bit");
    EXPECT(machine_touch(TEST_PAGE, true), "a mapped page cannot be written");
    EXPECT((table[0] & PTE_DIRTY) != 0, "a write does not set the dirty bit");
    return NULL;
}

const char *selftest_paging(void)
{
    static const char *(*const checks[])(void) = {check_flushes, check_rights,
                                                  check_accessed_dirty};
    const char *broken = check_registers();

    if (broken == NULL)
        broken = check_unmapped();
    *directory_entry(TEST_PAGE) = physical(table) | TEST_ENTRY;
    for (uint32_t i = 0; i < sizeof checks / sizeof checks[0] && broken == NULL; i++)
        broken = checks[i]();
    table[0] = 0;
    *directory_entry(TEST_PAGE) = 0;
    machine_invlpg(TEST_PAGE);
    return broken != NULL ? broken : check_unmapped();
}

_Noreturn void selftest_null(void)
{
    volatile uint32_t field_of_null = 8; /* volatile hides the null pointer from the compiler */

    *(volatile uint32_t *)machine_pointer(vaddr(field_of_null)) = 1;
    machine_panic(__func__, "a null dereference is not caught", field_of_null);
}
