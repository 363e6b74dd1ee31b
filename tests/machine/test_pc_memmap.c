/* Tests memory maps: boot logs, and the maps of QEMU's PC. */
#include <stdlib.h>
#include <string.h>

#include "machine/pc_memmap.h"
#include "support/test.h"

#define MiB(n) ((uint64_t)(n) << 20)
#define KiB(n) ((uint64_t)(n) << 10)

static struct pc_memmap map;
static char error[256];

static bool read_text(const char *text)
{
    FILE *file = tmpfile();

    assert_non_null(file);
    fputs(text, file);
    rewind(file);
    bool good = pc_memmap_read(&map, file, "boot.log", error, sizeof error);
    fclose(file);
    return good;
}

static void assert_range(uint32_t index, uint64_t first, uint64_t last, bool usable)
{
    if (index >= map.count || map.range[index].first != first || map.range[index].last != last ||
        map.range[index].usable != usable)
        fail_msg("range %u of %u is %llx-%llx", index, map.count,
                 (unsigned long long)map.range[index].first,
                 (unsigned long long)map.range[index].last);
}

TEST(a_log_is_read)
{
    assert_true(read_text("SeaBIOS (version 1.16.2)\r\n"
                          "\n"
                          "[    0.000000] BIOS-provided physical RAM map:\n"
                          "[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x9fbff] usable\n"
                          "BIOS-e820: [mem 0x00000000000F0000-0x00000000000fffff] reserved\r\n"
                          "<6>BIOS-e820:   [mem 0x100000-0x1ffdcfff]   usable  \r\n"
                          "BIOS-e820: [mem 0x20000000-0x2000ffff] ACPI data\n"
                          "BIOS-e820: [mem 0x20010000-0x2001ffff] type 20\n"
                          "BIOS-e820: [mem 0x20020000-0x2002ffff] usable soon\n"
                          "e820: update [mem 0x00000000-0x00000fff] usable ==> reserved\n"
                          "BIOS-e820: [mem 0xfffc0000-0xffffffffffffffff] usable"));
    assert_int_equal(map.count, 7);
    assert_range(0, 0, 0x9fbff, true);
    assert_range(1, 0xf0000, 0xfffff, false);
    assert_range(2, 0x100000, 0x1ffdcfff, true);
    assert_range(3, 0x20000000, 0x2000ffff, false);
    assert_range(4, 0x20010000, 0x2001ffff, false);
    assert_range(5, 0x20020000, 0x2002ffff, false);
    assert_range(6, 0xfffc0000, UINT64_MAX, true);
}

#define ADVICE "give the start of a boot log (dmesg), /proc/iomem, or what a boot loader lists"
#define USABLE "BIOS-e820: [mem 0x100000-0x1fffff] usable\n"

static const struct {
    const char *text;
    const char *error;
} bad[] = {
    {"", "boot.log: no line of its 0 is that of a memory map; " ADVICE},
    {"one\ntwo\n", "boot.log: no line of its 2 is that of a memory map; " ADVICE},
    {"BIOS-e820: [mem 0x0-0xfff] reserved\n",
     "boot.log: no usable RAM in the 1 ranges of its memory map"},
    {"BIOS-e820:", "boot.log:1: expected [mem 0xFIRST-0xLAST] TYPE, or FIRST - END (TYPE)"},
    {USABLE "BIOS-e820: [mem 1000-0x1fff] usable\n",
     "boot.log:2: the first address is not 0x and 1 to 16 hexadecimal digits"},
    {USABLE "BIOS-e820: [mem 0x-0x1fff] usable\n",
     "boot.log:2: the first address is not 0x and 1 to 16 hexadecimal digits"},
    {USABLE "BIOS-e820: [mem 0x00000000000000001-0x1fff] usable\n",
     "boot.log:2: the first address is not 0x and 1 to 16 hexadecimal digits"},
    {USABLE "BIOS-e820: [mem 0x1000g-0x1fff] usable\n",
     "boot.log:2: expected - between the addresses"},
    {USABLE "BIOS-e820: [mem 0x1000-0xg] usable\n",
     "boot.log:2: the last address is not 0x and 1 to 16 hexadecimal digits"},
    {USABLE "BIOS-e820: [mem 0x1000-0x1fff usable\n", "boot.log:2: expected ] after the addresses"},
    {USABLE "BIOS-e820: [mem 0x2000-0x1fff] usable\n",
     "boot.log:2: the range ends before it starts"},
    {USABLE "BIOS-e820: [mem 0x1000-0x1fff] \r\n", "boot.log:2: no type after the range"},
    {USABLE "BIOS-e820: [mem 0x1000-0x1fff]\nLinux\n", "boot.log:2: no type after the range"},
    {USABLE "BIOS-e820: [mem 0x1000-0x1fff] usual\n", "boot.log:2: the type is unknown"},
};

TEST(a_bad_log_is_refused)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(read_text(bad[i].text));
        assert_string_equal(error, bad[i].error);
    }
}

TEST(a_log_may_have_512_ranges)
{
    FILE *file = tmpfile();
    uint32_t i;

    assert_non_null(file);
    for (i = 0; i < PC_MEMMAP_RANGES_MAX; i++)
        fprintf(file, "BIOS-e820: [mem 0x%x-0x%x] usable\n", i << 13, (i << 13) + 0xfff);
    rewind(file);
    assert_true(pc_memmap_read(&map, file, "boot.log", error, sizeof error));
    assert_int_equal(map.count, PC_MEMMAP_RANGES_MAX);
    fprintf(file, "BIOS-e820: [mem 0x%x-0x%x] usable\n", i << 13, (i << 13) + 0xfff);
    rewind(file);
    assert_false(pc_memmap_read(&map, file, "boot.log", error, sizeof error));
    assert_string_equal(error, "boot.log:513: more than 512 ranges");
    fclose(file);
}

TEST(a_file_is_loaded_by_its_path)
{
    char path[] = "/tmp/mmsim-memmap-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");

    assert_non_null(file);
    fputs(USABLE, file);
    fclose(file);
    assert_true(pc_memmap_load(&map, path, error, sizeof error));
    assert_int_equal(map.count, 1);
    assert_range(0, 0x100000, 0x1fffff, true);
    remove(path);

    assert_false(pc_memmap_load(&map, path, error, sizeof error));
    assert_non_null(strstr(error, path));
    assert_non_null(strstr(error, "cannot open: No such file or directory"));
    assert_false(pc_memmap_load(&map, "/proc", error, sizeof error));
    assert_string_equal(error, "/proc: cannot read: Is a directory");
}

/* The values of QEMU 7.2 with SeaBIOS 1.16 for these sizes: the end of the kernel's RAM below 4
 * GiB, the end of all RAM below 4 GiB, and the end above 4 GiB (0: none). */
static const struct {
    uint64_t ram;
    uint64_t usable_last;
    uint64_t low_last;
    uint64_t high_last;
} qemu[] = {
    {MiB(8), 0x7dffff, 0x7fffff, 0},
    {MiB(8) + KiB(1), 0x7e1fff, 0x801fff, 0},
    {MiB(64), 0x3fdffff, 0x3ffffff, 0},
    {MiB(512), 0x1ffdffff, 0x1fffffff, 0},
    {MiB(2048), 0x7ffdffff, 0x7fffffff, 0},
    {MiB(3583), 0xdfedffff, 0xdfefffff, 0},
    {KiB(3669999), 0xdffdbfff, 0xdfffbfff, 0},
    {KiB(3670009), 0xbffdffff, 0xbfffffff, 0x11fffffff},
    {MiB(3584), 0xbffdffff, 0xbfffffff, 0x11fffffff},
    {MiB(3585), 0xbffdffff, 0xbfffffff, 0x1200fffff},
    {MiB(4096), 0xbffdffff, 0xbfffffff, 0x13fffffff},
    {MiB(20480), 0xbffdffff, 0xbfffffff, 0x53fffffff},
};

TEST(ram_sizes_give_the_maps_of_qemu)
{
    for (size_t i = 0; i < sizeof qemu / sizeof qemu[0]; i++) {
        assert_true(pc_memmap_for_ram(&map, qemu[i].ram, error, sizeof error));
        assert_int_equal(map.count, qemu[i].high_last ? 7 : 6);
        assert_range(0, 0, 0x9fbff, true);
        assert_range(1, 0x9fc00, 0x9ffff, false);
        assert_range(2, 0xf0000, 0xfffff, false);
        assert_range(3, 0x100000, qemu[i].usable_last, true);
        assert_range(4, qemu[i].usable_last + 1, qemu[i].low_last, false);
        assert_range(5, 0xfffc0000, 0xffffffff, false);
        if (qemu[i].high_last)
            assert_range(6, 0x100000000, qemu[i].high_last, true);
    }
}

TEST(impossible_ram_sizes_are_refused)
{
    assert_true(pc_memmap_for_ram(&map, PC_RAM_MAX, error, sizeof error));
    assert_false(pc_memmap_for_ram(&map, PC_RAM_MAX + 1, error, sizeof error));
    assert_false(pc_memmap_for_ram(&map, UINT64_MAX, error, sizeof error));
    assert_false(pc_memmap_for_ram(&map, PC_RAM_MIN - 1, error, sizeof error));
    assert_string_equal(error, "RAM of 8388607 bytes is out of range: a PC has 8 MiB to 63 GiB");
}
