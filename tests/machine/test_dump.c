/* Tests dumps as files, and walks through their page tables. */
#include "support/on_machine.h"
#include "support/scratch.h"
#include "support/tables.h"
#include "support/test.h"

#include "machine/dump.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DIRECTORY 1u /* frame numbers */
#define TABLE     2u
#define CR3       (DIRECTORY << PAGE_SHIFT)
#define RW        (PTE_PRESENT | PTE_WRITABLE)
#define URW       (RW | PTE_USER)

static struct dump dump;
static struct dump_walk walk;
static char error[256];

static int clear(void **state)
{
    (void)state;
    tables_clear();
    return 0;
}

/* Opens a dump of the first bytes of the memory. */
static void open_bytes(size_t bytes)
{
    const char *path = scratch_bytes("mem.dump", tables_memory, bytes);

    if (!dump_open(&dump, path, error, sizeof error))
        fail_msg("%s", error);
    assert_int_equal(dump.bytes, bytes);
}

/* ---- files ---- */

TEST(a_dump_is_the_files_bytes)
{
    for (uint32_t frame = 0; frame < TABLES_FRAMES; frame++)
        tables_memory[frame][7] = frame + 1;
    open_bytes(TABLES_BYTES);
    assert_memory_equal(dump.memory, tables_memory, TABLES_BYTES);
    assert_memory_equal(dump.scratch, tables_memory, TABLES_BYTES);
    assert_false(dump_is_cut_short(&dump));
    dump_close(&dump);
}

TEST(changes_of_a_private_copy_stay_in_it)
{
    static uint32_t back[TABLES_FRAMES][PAGE_TABLE_ENTRIES];

    open_bytes(TABLES_BYTES);
    memset(dump.scratch, 0xff, TABLES_BYTES);
    assert_memory_equal(dump.memory, tables_memory, TABLES_BYTES);
    assert_int_equal(scratch_read(scratch_path("mem.dump"), back, sizeof back), TABLES_BYTES);
    assert_memory_equal(back, tables_memory, TABLES_BYTES);
    dump_close(&dump);
}

TEST(behind_a_short_dump_are_zeros)
{
    const unsigned char *scratch;

    memset(tables_memory, 0xff, sizeof tables_memory);
    open_bytes(PAGE_SIZE + 5);
    assert_true(dump_is_cut_short(&dump));
    scratch = dump.scratch;
    assert_int_equal(scratch[PAGE_SIZE + 4], 0xff);
    assert_int_equal(scratch[PAGE_SIZE + 5], 0);
    assert_int_equal(scratch[2 * PAGE_SIZE], 0);
    assert_int_equal(scratch[UINT32_MAX], 0);
    dump_close(&dump);
}

/* The files are sparse, and nothing of them is read. */
TEST(four_gib_and_more_can_be_opened)
{
    static const uint64_t sizes[] = {UINT64_C(1) << 32, (UINT64_C(5) << 30) + 1};
    const char *path = scratch_path("large.dump");

    for (size_t i = 0; i < 2; i++) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        const uint32_t entry = 0xdeadb003u;
        assert_true(fd >= 0 && ftruncate(fd, (off_t)sizes[i]) == 0);
        assert_int_equal(pwrite(fd, &entry, 4, (off_t)0xfffffffc), 4);
        close(fd);
        assert_true(dump_open(&dump, path, error, sizeof error));
        assert_int_equal(dump.bytes, UINT64_C(1) << 32);
        assert_false(dump_is_cut_short(&dump));
        dump_walk(&dump, 0xfffff000u, CR4_PSE, vaddr(UINT32_MAX), &walk);
        assert_int_equal(walk.steps[0].entry, entry);
        dump_close(&dump);
    }
}

TEST(files_that_are_no_dump_are_refused)
{
    char expected[256];
    const char *path = scratch_bytes("empty.dump", "", 0);

    assert_false(dump_open(&dump, path, error, sizeof error));
    snprintf(expected, sizeof expected, "%s: empty: expected raw physical memory", path);
    assert_string_equal(error, expected);
    assert_false(dump_open(&dump, "/nonexistent", error, sizeof error));
    assert_string_equal(error, "/nonexistent: cannot open: No such file or directory");
    assert_false(dump_open(&dump, "/tmp", error, sizeof error));
    assert_string_equal(error,
                        "/tmp: not a regular file, which raw physical memory is expected in");
    assert_false(dump_open(&dump, "/dev/null", error, sizeof error));
    assert_non_null(strstr(error, "not a regular file"));
}

/* ---- walks ---- */

static void walk_to(uint32_t va, enum walk_end end, uint32_t steps)
{
    dump_walk(&dump, CR3, CR4_PSE, vaddr(va), &walk);
    assert_int_equal(walk.va.value, va);
    assert_int_equal(walk.end, end);
    assert_int_equal(walk.step_count, steps);
}

static void assert_step(uint32_t step, uint32_t index, uint32_t at, uint32_t entry)
{
    assert_int_equal(walk.steps[step].index, index);
    assert_int_equal(walk.steps[step].at.value, at);
    assert_int_equal(walk.steps[step].entry, entry);
}

/* Fails the test unless these are the fault codes, in the order of walk.access; -1 is no fault. */
static void assert_accesses(const int codes[WALK_ACCESS_COUNT])
{
    for (uint32_t i = 0; i < WALK_ACCESS_COUNT; i++) {
        assert_int_equal(walk.access[i].faults, codes[i] >= 0);
        if (codes[i] >= 0)
            assert_int_equal(walk.access[i].error_code, codes[i]);
    }
}

TEST(a_walk_through_a_table)
{
    tables_memory[DIRECTORY][768] = TABLE << PAGE_SHIFT | URW;
    tables_memory[TABLE][5] = 3u << PAGE_SHIFT | RW;
    tables_memory[3][0x678 / 4] = 0x44332211;
    open_bytes(TABLES_BYTES);
    walk_to(0xc0005678, WALK_PAGE, 2);
    assert_step(0, 768, CR3 + 768 * 4, TABLE << PAGE_SHIFT | URW);
    assert_step(1, 5, (TABLE << PAGE_SHIFT) + 20, 3u << PAGE_SHIFT | RW);
    assert_int_equal(walk.pa.value, 0x3678);
    assert_int_equal(walk.page_bytes, PAGE_SIZE);
    assert_int_equal(walk.rights, PTE_WRITABLE);
    assert_int_equal(walk.byte_count, 4);
    assert_memory_equal(walk.bytes, "\x11\x22\x33\x44", 4);
    assert_accesses((const int[]){-1, -1, 5, 7});

    /* Flags of a walk must not show in the next one. */
    walk_to(0xc0005678, WALK_PAGE, 2);
    assert_step(0, 768, CR3 + 768 * 4, TABLE << PAGE_SHIFT | URW);
    assert_step(1, 5, (TABLE << PAGE_SHIFT) + 20, 3u << PAGE_SHIFT | RW);
    dump_close(&dump);
}

TEST(a_walk_to_a_large_page)
{
    tables_memory[DIRECTORY][1] = PTE_PRESENT | PTE_USER | PTE_LARGE;
    tables_memory[DIRECTORY][2] = 0x80000000u | URW | PTE_LARGE;
    open_bytes(TABLES_BYTES);
    walk_to(0x00401004, WALK_PAGE, 1);
    assert_int_equal(walk.pa.value, 0x1004);
    assert_int_equal(walk.page_bytes, LARGE_PAGE_SIZE);
    assert_int_equal(walk.rights, PTE_USER);
    assert_memory_equal(walk.bytes, &tables_memory[DIRECTORY][1], 4);
    assert_accesses((const int[]){-1, 3, -1, 7});
    assert_false(walk.access[MMU_WRITE / 2].faults_without_wp);
    assert_true(walk.access[(MMU_WRITE | MMU_USER) / 2].faults_without_wp);

    walk_to(0x00bfffff, WALK_PAGE, 1);
    assert_int_equal(walk.pa.value, 0x803fffff);
    assert_int_equal(walk.byte_count, 0); /* outside of the dump */
    assert_accesses((const int[]){-1, -1, -1, -1});
    dump_close(&dump);
}

TEST(without_pse_the_large_bit_is_ignored)
{
    tables_memory[DIRECTORY][1] = TABLE << PAGE_SHIFT | RW | PTE_LARGE;
    tables_memory[TABLE][0] = RW;
    open_bytes(TABLES_BYTES);
    dump_walk(&dump, CR3, 0, vaddr(0x00400000), &walk);
    assert_int_equal(walk.end, WALK_PAGE);
    assert_int_equal(walk.page_bytes, PAGE_SIZE);
    assert_int_equal(walk.step_count, 2);
    dump_close(&dump);
}

TEST(a_walk_ends_at_an_absent_entry)
{
    tables_memory[DIRECTORY][0] = ~PTE_PRESENT;
    tables_memory[DIRECTORY][1] = TABLE << PAGE_SHIFT | URW;
    open_bytes(TABLES_BYTES);
    walk_to(0, WALK_ABSENT, 1);
    assert_step(0, 0, CR3, ~PTE_PRESENT);
    assert_accesses((const int[]){0, 2, 4, 6});
    walk_to(0x007ff000, WALK_ABSENT, 2);
    assert_step(1, 1023, (TABLE << PAGE_SHIFT) + 4092, 0);
    assert_accesses((const int[]){0, 2, 4, 6});
    dump_close(&dump);
}

TEST(a_walk_ends_at_reserved_bits)
{
    tables_memory[DIRECTORY][1] = 0x2000u | URW | PTE_LARGE;
    open_bytes(TABLES_BYTES);
    walk_to(0x00400000, WALK_RESERVED, 1);
    assert_accesses((const int[]){9, 11, 13, 15});
    dump_close(&dump);
}

TEST(a_walk_ends_outside_of_the_dump)
{
    tables_memory[DIRECTORY][0] = TABLE << PAGE_SHIFT | RW;
    tables_memory[DIRECTORY][1] = TABLES_BYTES | RW;
    tables_memory[TABLE][0] = RW;
    open_bytes((TABLE << PAGE_SHIFT) + 7); /* the dump has one entry of the table */
    walk_to(0, WALK_PAGE, 2);
    walk_to(0x1000, WALK_OUTSIDE, 2);
    assert_step(1, 1, (TABLE << PAGE_SHIFT) + 4, 0);
    walk_to(0x00400000, WALK_OUTSIDE, 2);
    assert_step(1, 0, TABLES_BYTES, 0);
    dump_close(&dump);

    open_bytes(CR3 + 4);
    walk_to(0x00400000, WALK_OUTSIDE, 1);
    assert_step(0, 1, CR3 + 4, 0);
    dump_close(&dump);
}

/* frame 3 | ... 2 bytes |     what follows is another page, or outside of the dump */
TEST(bytes_end_with_the_page_and_the_dump)
{
    memset(tables_memory[3], 0xaa, 2 * PAGE_SIZE);
    tables_memory[DIRECTORY][0] = TABLE << PAGE_SHIFT | RW;
    tables_memory[TABLE][0] = 3u << PAGE_SHIFT | RW;
    open_bytes(TABLES_BYTES);
    walk_to(0xffe, WALK_PAGE, 2);
    assert_int_equal(walk.byte_count, 2);
    dump_close(&dump);
    open_bytes((3u << PAGE_SHIFT) + 0x103);
    walk_to(0x100, WALK_PAGE, 2);
    assert_int_equal(walk.byte_count, 3);
    walk_to(0x103, WALK_PAGE, 2);
    assert_int_equal(walk.byte_count, 0);
    dump_close(&dump);
}

/* The last page of a self-map is the directory itself. */
TEST(a_walk_through_a_self_map)
{
    tables_memory[DIRECTORY][1023] = CR3 | RW;
    open_bytes(TABLES_BYTES);
    walk_to(UINT32_MAX - 3, WALK_PAGE, 2);
    assert_step(0, 1023, CR3 + 4092, CR3 | RW);
    assert_step(1, 1023, CR3 + 4092, CR3 | RW);
    assert_int_equal(walk.pa.value, CR3 + 4092);
    assert_memory_equal(walk.bytes, &tables_memory[DIRECTORY][1023], 4);
    dump_close(&dump);
}

/* ---- a file that another process cuts short ---- */

static unsigned passed_over;

static void read_byte(void *context)
{
    assert_int_equal(*(const volatile unsigned char *)context, 0);
    passed_over++;
}

static void read_after_the_cut(void *context)
{
    assert_int_equal(truncate(scratch_path("mem.dump"), PAGE_SIZE), 0);
    read_byte(context);
}

TEST(a_file_that_is_cut_short_is_noticed)
{
    passed_over = 0;
    open_bytes(TABLES_BYTES);
    assert_true(dump_read(&dump, read_byte, dump.scratch));
    assert_false(
        dump_read(&dump, read_after_the_cut, (char *)(uintptr_t)dump.memory + 2 * PAGE_SIZE));
    assert_false(dump_read(&dump, read_after_the_cut, (char *)dump.scratch + 2 * PAGE_SIZE));
    assert_int_equal(passed_over, 1);
    /* The first page stays readable. */
    assert_true(dump_read(&dump, read_after_the_cut, dump.scratch));
    assert_int_equal(passed_over, 2);
    dump_close(&dump);
}

TEST_FIXTURES(clear, NULL)
