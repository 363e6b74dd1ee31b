/* Tests dumps as files of raw physical memory; test_core_file.c tests ELF cores. */
#include "support/on_machine.h"
#include "support/scratch.h"
#include "support/tables.h"
#include "support/test.h"

#include "machine/dump.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct dump dump;
static char error[256];
static unsigned char bytes[2 * PAGE_SIZE];

/* Fills each frame with its number, and opens a dump of the first `count` bytes of them. */
static void open_frames(size_t count, uint64_t base)
{
    for (uint32_t frame = 0; frame < TABLES_FRAMES; frame++)
        memset(tables_memory[frame], (int)frame + 1, PAGE_SIZE);
    const char *path = scratch_bytes("mem.dump", tables_memory, count);

    if (!dump_open(&dump, path, base, error, sizeof error))
        fail_msg("%s", error);
    assert_int_equal(dump.file_bytes, count);
}

TEST(a_dump_is_the_files_bytes)
{
    static unsigned char all[TABLES_BYTES];

    open_frames(TABLES_BYTES, DUMP_ANY);
    assert_int_equal(dump_read(&dump, 0, all, TABLES_BYTES), TABLES_BYTES);
    assert_memory_equal(all, tables_memory, TABLES_BYTES);
    assert_false(dump_is_cut_short(&dump));
    assert_false(dump.is_core || dump.shrunk || dump.read_zeros);
    dump_close(&dump);
}

TEST(a_read_ends_where_the_dump_ends)
{
    open_frames(PAGE_SIZE + 5, DUMP_ANY);
    assert_true(dump_is_cut_short(&dump));
    assert_int_equal(dump_promised_bytes(&dump), 2 * PAGE_SIZE);
    assert_int_equal(dump_read(&dump, PAGE_SIZE - 3, bytes, 16), 8);
    assert_memory_equal(bytes, "\1\1\1\2\2\2\2\2", 8);
    assert_int_equal(dump_read(&dump, PAGE_SIZE + 5, bytes, 1), 0);
    assert_int_equal(dump_read(&dump, UINT64_MAX, bytes, 8), 0);
    assert_false(dump.shrunk);
    dump_close(&dump);
}

/*  address  | ... base | frame 1 | frame 2 | ...  */
TEST(a_dump_may_start_anywhere)
{
    const uint64_t base = UINT64_C(0x80000000);

    open_frames(2 * PAGE_SIZE, base);
    assert_int_equal(dump_read(&dump, base - 1, bytes, 2), 0);
    assert_int_equal(dump_read(&dump, base + PAGE_SIZE - 1, bytes, 2), 2);
    assert_memory_equal(bytes, "\1\2", 2);
    assert_int_equal(dump_read(&dump, base + 2 * PAGE_SIZE, bytes, 1), 0);
    dump_close(&dump);
}

TEST(the_end_of_all_addresses_is_no_end_of_a_read)
{
    open_frames(PAGE_SIZE, UINT64_MAX - PAGE_SIZE);
    assert_int_equal(dump_read(&dump, UINT64_MAX - 4, bytes, 8), 4);
    assert_int_equal(dump_read(&dump, 0, bytes, 8), 0);
    dump_close(&dump);
    const char *path = scratch_bytes("late.dump", bytes, 2);
    assert_false(dump_open(&dump, path, UINT64_MAX - 1, error, sizeof error));
    assert_non_null(strstr(error, "reach the end of all addresses"));
}

/* The files are sparse, and nothing of them is read. */
TEST(large_files_can_be_opened)
{
    static const uint64_t sizes[] = {UINT64_C(1) << 32, (UINT64_C(1) << 40) + 4096};
    const char *path = scratch_path("large.dump");

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        const uint32_t last = 0xdeadb003u;
        uint32_t got;
        assert_true(fd >= 0 && ftruncate(fd, (off_t)sizes[i]) == 0);
        assert_int_equal(pwrite(fd, &last, 4, (off_t)sizes[i] - 4), 4);
        close(fd);
        assert_true(dump_open(&dump, path, DUMP_ANY, error, sizeof error));
        assert_int_equal(dump.file_bytes, sizes[i]);
        assert_false(dump_is_cut_short(&dump));
        assert_int_equal(dump_read(&dump, sizes[i] - 4, &got, sizeof got), 4);
        assert_int_equal(got, last);
        dump_close(&dump);
    }
}

TEST(files_that_are_no_dump_are_refused)
{
    char expected[256];
    const char *path = scratch_bytes("empty.dump", "", 0);

    assert_false(dump_open(&dump, path, DUMP_ANY, error, sizeof error));
    snprintf(expected, sizeof expected, "%s: empty: expected a dump of memory", path);
    assert_string_equal(error, expected);
    assert_false(dump_open(&dump, "/nonexistent", DUMP_ANY, error, sizeof error));
    assert_string_equal(error, "/nonexistent: cannot open: No such file or directory");
    assert_false(dump_open(&dump, "/tmp", DUMP_ANY, error, sizeof error));
    assert_string_equal(error, "/tmp: not a regular file, which a dump of memory is expected in");
    assert_false(dump_open(&dump, "/dev/null", 0, error, sizeof error));
    assert_non_null(strstr(error, "not a regular file"));
}

TEST(a_file_that_is_cut_short_is_noticed)
{
    open_frames(TABLES_BYTES, DUMP_ANY);
    assert_int_equal(truncate(scratch_path("mem.dump"), PAGE_SIZE), 0);
    assert_int_equal(dump_read(&dump, 0, bytes, PAGE_SIZE), PAGE_SIZE);
    assert_false(dump.shrunk);
    assert_int_equal(dump_read(&dump, PAGE_SIZE - 1, bytes, 2), 1);
    assert_true(dump.shrunk);
    dump_close(&dump);
}
