/* Tests the walker: each rule of the manual alone, and all of them against a naive second
 * implementation. */
#include "replay/random.h"
#include "support/on_machine.h"
#include "support/test.h"

#include <string.h>

#define TABLE_FRAME 2u /* frame of the page table in the tests of single rules */
#define DIRECTORY   0x1000u
#define VA          0x00805678u /* directory entry 2, table entry 5 */
#define FRAME       0x0badc000u

static struct arena arena;
static struct mmu mmu;
static struct mmu_walk walk;

static uint32_t *entry_of(uint32_t frame, uint32_t index)
{
    return (uint32_t *)arena_pointer(&arena, paddr(frame << PAGE_SHIFT)) + index;
}

static int arena_setup(void **state)
{
    const char *reason;

    (void)state;
    mmu.cr0 = CR0_PG | CR0_WP;
    mmu.cr3 = DIRECTORY;
    mmu.cr4 = CR4_PSE | CR4_PGE;
    if (!arena_create(&arena, &reason))
        return -1;
    mmu.memory = arena.memory;
    return 0;
}

static int arena_teardown(void **state)
{
    (void)state;
    arena_destroy(&arena);
    return 0;
}

/* Writes the entries for VA with these flags. Returns the page's own entry. */
static uint32_t *map_small(uint32_t directory_flags, uint32_t table_flags)
{
    *entry_of(DIRECTORY >> PAGE_SHIFT, 2) = TABLE_FRAME << PAGE_SHIFT | directory_flags;
    *entry_of(TABLE_FRAME, 5) = FRAME | table_flags;
    return entry_of(TABLE_FRAME, 5);
}

static uint32_t *map_large(uint32_t entry)
{
    *entry_of(DIRECTORY >> PAGE_SHIFT, 2) = entry | PTE_LARGE;
    return entry_of(DIRECTORY >> PAGE_SHIFT, 2);
}

static void assert_fault(uint32_t access, uint32_t error_code)
{
    assert_false(mmu_walk(&mmu, vaddr(VA), access, &walk));
    assert_int_equal(walk.error_code, error_code);
}

static void assert_page(uint32_t access, uint32_t pa)
{
    assert_true(mmu_walk(&mmu, vaddr(VA), access, &walk));
    assert_int_equal(walk.pa.value, pa);
}

/* Returns whether writes in the mode of the access need no further walk. */
static bool writable(uint32_t access)
{
    return walk.allows & ACCESS_BIT(access | MMU_WRITE);
}

TEST(without_paging_addresses_are_physical)
{
    mmu.cr0 = CR0_WP;
    assert_page(MMU_USER | MMU_WRITE, VA);
    assert_int_equal(walk.allows, 0xf);
    assert_false(walk.global);
    assert_int_equal(walk.page_bytes, PAGE_SIZE);
}

TEST(absent_entries_fault_with_the_error_code_of_the_access)
{
    for (uint32_t access = 0; access <= (MMU_USER | MMU_WRITE); access += MMU_WRITE) {
        map_small(PTE_WRITABLE | PTE_USER, PTE_PRESENT);
        assert_fault(access, access);
        assert_int_equal(walk.directory_entry, 0x2006);
        assert_int_equal(walk.table_entry, 0);

        map_small(PTE_PRESENT | PTE_USER, PTE_WRITABLE);
        assert_fault(access, access);
        assert_int_equal(walk.directory_entry, 0x2005);
        assert_int_equal(walk.table_entry, FRAME | PTE_WRITABLE);
    }
}

/* Intel SDM vol. 3A, 4.6.1: the rights of both entries count; WP applies to the supervisor only. */
static const struct {
    uint32_t directory, table;
    bool wp;
    const char *allowed; /* r or w if allowed, for supervisor read and write, user read and write */
} rights[] = {
    {0, 0, true, "r..."},
    {0, 0, false, "rw.."},
    {PTE_WRITABLE, PTE_WRITABLE, true, "rw.."},
    {PTE_WRITABLE, 0, true, "r..."},
    {0, PTE_WRITABLE, true, "r..."},
    {0, PTE_WRITABLE, false, "rw.."},
    {PTE_USER, PTE_USER, true, "r.r."},
    {PTE_USER, PTE_USER, false, "rwr."},
    {PTE_USER, 0, true, "r..."},
    {0, PTE_USER, true, "r..."},
    {PTE_USER | PTE_WRITABLE, PTE_USER | PTE_WRITABLE, true, "rwrw"},
    {PTE_USER | PTE_WRITABLE, PTE_USER | PTE_WRITABLE, false, "rwrw"},
    {PTE_USER | PTE_WRITABLE, PTE_USER, true, "r.r."},
    {PTE_USER | PTE_WRITABLE, PTE_WRITABLE, true, "rw.."},
    {PTE_USER, PTE_USER | PTE_WRITABLE, false, "rwr."},
};

TEST(rights_are_those_of_both_entries)
{
    static const uint32_t accesses[] = {MMU_READ, MMU_WRITE, MMU_USER, MMU_USER | MMU_WRITE};

    for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++) {
        mmu.cr0 = rights[i].wp ? CR0_PG | CR0_WP : CR0_PG;
        for (size_t j = 0; j < 4; j++) {
            map_small(rights[i].directory | PTE_PRESENT, rights[i].table | PTE_PRESENT);
            if (rights[i].allowed[j] == '.')
                assert_fault(accesses[j], accesses[j] | FAULT_PRESENT);
            else
                assert_page(accesses[j], FRAME | (VA & PAGE_OFFSET_MASK));
        }
    }
}

TEST(a_read_sets_accessed_and_a_write_dirty)
{
    uint32_t flags = PTE_PRESENT | PTE_WRITABLE;
    uint32_t *entry = map_small(flags, flags);
    const uint32_t *directory_entry = entry_of(DIRECTORY >> PAGE_SHIFT, 2);

    assert_page(MMU_READ, FRAME | 0x678);
    assert_int_equal(walk.allows, ACCESS_BIT(MMU_READ));
    assert_int_equal(*entry, FRAME | flags | PTE_ACCESSED);
    assert_int_equal(*directory_entry, 0x2000 | flags | PTE_ACCESSED);

    assert_page(MMU_WRITE, FRAME | 0x678);
    assert_int_equal(walk.allows, ACCESS_BIT(MMU_READ) | ACCESS_BIT(MMU_WRITE));
    assert_int_equal(*entry, FRAME | flags | PTE_ACCESSED | PTE_DIRTY);
    assert_int_equal(*directory_entry, 0x2000 | flags | PTE_ACCESSED);

    assert_page(MMU_READ, FRAME | 0x678);
    assert_true(writable(MMU_READ));
}

TEST(a_dirty_page_is_writable_only_where_it_may_be_written)
{
    map_small(PTE_PRESENT | PTE_USER, PTE_PRESENT | PTE_USER | PTE_DIRTY);
    assert_page(MMU_READ, FRAME | 0x678);
    assert_false(writable(MMU_READ));
    mmu.cr0 = CR0_PG;
    assert_page(MMU_READ, FRAME | 0x678);
    assert_true(writable(MMU_READ));
    assert_page(MMU_USER | MMU_READ, FRAME | 0x678);
    assert_false(writable(MMU_USER));
}

TEST(a_fault_sets_accessed_only_on_the_path_to_the_table)
{
    uint32_t *entry = map_small(PTE_PRESENT, PTE_PRESENT);

    assert_fault(MMU_WRITE, FAULT_PRESENT | FAULT_WRITE);
    assert_int_equal(*entry, FRAME | PTE_PRESENT);
    assert_int_equal(*entry_of(DIRECTORY >> PAGE_SHIFT, 2), 0x2000 | PTE_PRESENT | PTE_ACCESSED);
}

TEST(large_pages_need_pse)
{
    uint32_t *entry = map_large(0x07c00000 | PTE_PRESENT | PTE_WRITABLE);

    assert_page(MMU_WRITE, 0x07c00000 | (VA & 0x3fffff));
    assert_int_equal(walk.page_bytes, LARGE_PAGE_SIZE);
    assert_int_equal(*entry, 0x07c00000 | PTE_PRESENT | PTE_WRITABLE | PTE_LARGE | PTE_ACCESSED |
                                 PTE_DIRTY);

    /* Without PSE the bit is ignored, and the entry leads to a page table. */
    mmu.cr4 = CR4_PGE;
    *entry_of(0x07c00, 5) = FRAME | PTE_PRESENT;
    assert_page(MMU_READ, FRAME | 0x678);
    assert_int_equal(walk.page_bytes, PAGE_SIZE);
}

TEST(reserved_bits_of_a_large_page_fault)
{
    for (uint32_t bit = 13; bit <= 21; bit++) {
        uint32_t *entry = map_large(1u << bit | PTE_PRESENT);
        assert_fault(MMU_READ, FAULT_PRESENT | FAULT_RESERVED);
        /* The fault comes before any right is checked. */
        assert_fault(MMU_USER | MMU_WRITE, 0xf);
        assert_int_equal(*entry, 1u << bit | PTE_PRESENT | PTE_LARGE);
    }
    /* Bit 12 is PAT. */
    map_large(1u << 12 | PTE_PRESENT);
    assert_page(MMU_READ, VA & 0x3fffff);
}

TEST(global_pages_need_pge)
{
    map_small(PTE_PRESENT, PTE_PRESENT | PTE_GLOBAL);
    assert_page(MMU_READ, FRAME | 0x678);
    assert_true(walk.global);
    map_small(PTE_PRESENT | PTE_GLOBAL, PTE_PRESENT);
    assert_page(MMU_READ, FRAME | 0x678);
    assert_false(walk.global);
    map_large(PTE_PRESENT | PTE_GLOBAL);
    assert_page(MMU_READ, VA & 0x3fffff);
    assert_true(walk.global);
    mmu.cr4 = CR4_PSE;
    assert_page(MMU_READ, VA & 0x3fffff);
    assert_false(walk.global);
}

TEST(a_directory_may_map_itself)
{
    uint32_t *self = entry_of(DIRECTORY >> PAGE_SHIFT, 1023);

    *self = DIRECTORY | PTE_PRESENT | PTE_WRITABLE;
    assert_true(mmu_walk(&mmu, vaddr(UINT32_MAX), MMU_WRITE, &walk));
    assert_int_equal(walk.pa.value, DIRECTORY | 0xfff);
    assert_int_equal(walk.table_entry, DIRECTORY | PTE_PRESENT | PTE_WRITABLE | PTE_ACCESSED);
    assert_int_equal(*self, DIRECTORY | PTE_PRESENT | PTE_WRITABLE | PTE_ACCESSED | PTE_DIRTY);
}

TEST(low_bits_of_cr3_are_ignored)
{
    mmu.cr3 = DIRECTORY | 0x018;
    map_small(PTE_PRESENT, PTE_PRESENT);
    assert_page(MMU_READ, FRAME | 0x678);
}

/*
 * The second implementation, with bit numbers straight from the manual's tables 4-4 to 4-6. It has
 * a memory of its own: the 16 frames from 0, each of which may be a directory, a table or both. All
 * memory beyond reads as zero.
 */
#define MODEL_FRAMES 16u

static uint32_t model[MODEL_FRAMES][1024];

struct outcome {
    bool fault;
    uint32_t error_code;
    uint32_t pa;
    bool large, global;
    uint32_t allows;
};

static bool bit(uint32_t value, unsigned number)
{
    return value >> number & 1u;
}

static uint32_t *model_entry(uint32_t frame, uint32_t index)
{
    return frame < MODEL_FRAMES ? &model[frame][index] : NULL;
}

static bool manual_allows(bool user, bool write, bool rw, bool us, bool wp)
{
    if (!user && !write)
        return true;
    if (!user && write)
        return rw || !wp;
    return us && (!write || rw);
}

static struct outcome manual_fault(bool present, bool reserved, bool user, bool write)
{
    return (struct outcome){.fault = true,
                            .error_code = present * 1u + write * 2u + user * 4u + reserved * 8u};
}

static struct outcome manual_leaf(uint32_t *entry, uint32_t base, bool rw, bool us, bool user,
                                  bool write)
{
    bool wp = bit(mmu.cr0, 16);

    if (!manual_allows(user, write, rw, us, wp))
        return manual_fault(true, false, user, write);
    *entry |= 1u << 5;
    if (write)
        *entry |= 1u << 6;
    struct outcome outcome = {.pa = base, .global = bit(*entry, 8) && bit(mmu.cr4, 7)};
    for (unsigned i = 0; i < 4; i++)
        if (manual_allows(i / 2, i % 2, rw, us, wp) && (i % 2 == 0 || bit(*entry, 6)))
            outcome.allows |= 1u << i;
    return outcome;
}

static struct outcome manual_access(uint32_t va, bool user, bool write)
{
    uint32_t *pde = model_entry(mmu.cr3 / 4096, va / 4194304);

    if (!bit(*pde, 0))
        return manual_fault(false, false, user, write);
    if (bit(*pde, 7) && bit(mmu.cr4, 4)) {
        if ((*pde >> 13) % 512 != 0)
            return manual_fault(true, true, user, write);
        struct outcome outcome = manual_leaf(pde, *pde / 4194304 * 4194304 + va % 4194304,
                                             bit(*pde, 1), bit(*pde, 2), user, write);
        outcome.large = true;
        return outcome;
    }
    *pde |= 1u << 5;
    uint32_t *pte = model_entry(*pde / 4096, va / 4096 % 1024);
    if (!pte || !bit(*pte, 0))
        return manual_fault(false, false, user, write);
    return manual_leaf(pte, *pte / 4096 * 4096 + va % 4096, bit(*pde, 1) && bit(*pte, 1),
                       bit(*pde, 2) && bit(*pte, 2), user, write);
}

/* Most entries are present, point to a frame of the model, and have no reserved bits. */
static uint32_t random_entry(uint32_t *seed)
{
    uint32_t entry = random32(seed) & 0xfff;
    uint32_t kind = random32(seed);

    entry |= (kind & 7) ? 1 : 0;
    entry |= (kind & 8) ? (random32(seed) % MODEL_FRAMES) << 12 : random32(seed) << 12;
    if ((entry & PTE_LARGE) && (kind & 0x70))
        entry &= ~PDE_LARGE_RESERVED;
    return entry;
}

static uint32_t random_va(uint32_t *seed)
{
    static const uint32_t edges[] = {0, 0xfff, 0x1000, 0x3fffff, 0x400000, 0xfffff000, 0xffffffff};
    uint32_t kind = random32(seed) & 15;

    if (kind < 7)
        return edges[kind];
    /* There are few indices, so that entries are used again after flags were set. */
    return random32(seed) & 0x01c07fff;
}

static void random_change(uint32_t *seed)
{
    uint32_t frame = random32(seed) % MODEL_FRAMES;
    uint32_t first = random32(seed) % 1024;

    for (uint32_t i = 0; i < 256; i++) {
        uint32_t index = (first + i) % 1024;
        model[frame][index] = random_entry(seed);
        *entry_of(frame, index) = model[frame][index];
    }
    mmu.cr3 = (random32(seed) % MODEL_FRAMES) << 12;
    mmu.cr0 = CR0_PG | (random32(seed) & CR0_WP);
    mmu.cr4 = random32(seed) & (CR4_PSE | CR4_PGE);
}

/* Counts each outcome: small pages, large pages, and faults by the error code bits P and RSVD. */
static struct {
    uint32_t small, large, absent, protection, reserved;
} met;

static void tally(const struct outcome *outcome)
{
    if (!outcome->fault)
        outcome->large ? met.large++ : met.small++;
    else if (outcome->error_code & 8)
        met.reserved++;
    else
        outcome->error_code & 1 ? met.protection++ : met.absent++;
}

/* A peek gives the same result as a walk, except A if a directory maps itself. It must not change
 * memory, which is compared. */
static void assert_peek_is_walk(const struct mmu_walk *peeked, bool translated)
{
    assert_int_equal(peeked->directory_entry, walk.directory_entry);
    assert_int_equal(peeked->table_entry | PTE_ACCESSED, walk.table_entry | PTE_ACCESSED);
    if (!translated) {
        assert_int_equal(peeked->error_code, walk.error_code);
        return;
    }
    assert_int_equal(peeked->pa.value, walk.pa.value);
    assert_int_equal(peeked->page_bytes, walk.page_bytes);
    assert_int_equal(peeked->global, walk.global);
    assert_int_equal(peeked->allows, walk.allows);
}

static void compare(uint32_t number, uint32_t va, bool user, bool write)
{
    struct outcome expected = manual_access(va, user, write);
    uint32_t access = (user ? MMU_USER : 0) | (write ? MMU_WRITE : 0);
    struct mmu_walk peeked = {.error_code = 0};
    bool seen = mmu_peek(&mmu, vaddr(va), access, &peeked);
    bool translated = mmu_walk(&mmu, vaddr(va), access, &walk);

    assert_int_equal(seen, translated);
    assert_peek_is_walk(&peeked, translated);
    tally(&expected);
    if (translated != !expected.fault)
        fail_msg("access %u of %08x: the walker reports fault %d", number, va, !translated);
    if (!translated) {
        assert_int_equal(walk.error_code, expected.error_code);
        return;
    }
    assert_int_equal(walk.pa.value, expected.pa);
    assert_int_equal(walk.page_bytes, expected.large ? LARGE_PAGE_SIZE : PAGE_SIZE);
    assert_int_equal(walk.global, expected.global);
    assert_int_equal(walk.allows, expected.allows);
}

TEST(the_walker_agrees_with_a_second_implementation)
{
    uint32_t seed = 0x80386;

    for (uint32_t i = 0; i < 64; i++)
        random_change(&seed);
    for (uint32_t number = 0; number < 100000; number++) {
        if (number % 50 == 0) {
            assert_memory_equal(model, arena.memory, sizeof model);
            random_change(&seed);
        }
        uint32_t kind = random32(&seed);
        mmu_peek(&mmu, vaddr(random_va(&seed)), kind & (MMU_USER | MMU_WRITE), &walk);
        compare(number, random_va(&seed), kind & 1, kind & 2);
    }
    assert_true(met.small > 5000 && met.large > 5000 && met.absent > 5000);
    assert_true(met.protection > 5000 && met.reserved > 1000);
    assert_memory_equal(model, arena.memory, sizeof model);
}

TEST_FIXTURES(arena_setup, arena_teardown)
