/* The information that a multiboot 1 loader provides, at QEMU's addresses. */
#include <stdio.h>
#include <string.h>

#include "kernel/cases.h"
#include "machine/sparse.h"
#include "support/loaded_kernel.h"
#include "support/qemu_dump.h"
#include "support/scratch.h"
#include "support/test.h"

#define HEADER_AT ELF_MAKER_TEXT

static void assert_string_at(uint32_t at, const char *text)
{
    assert_string_equal((const char *)loaded.memory + at, text);
}

TEST(multiboot_1_has_all_that_qemu_gives)
{
    elf_maker_multiboot_1(&loaded.maker, HEADER_AT, 3, NULL, 0);
    loaded.request.words = "root=disk quiet";
    loaded_kernel_add_module("a.mod", "one two", "first");
    loaded_kernel_add_module("b.mod", NULL, "second");
    assert_prepares();
    assert_int_equal(loaded.state.eax, 0x2badb002);
    assert_int_equal(loaded.state.ebx, 0x9500);
    assert_int_equal(loaded.state.entry, 0x100040);
    assert_null(loaded.state.note);
    uint32_t info = loaded.state.ebx;
    assert_int_equal(loaded_word(info), 0x26f);
    assert_int_equal(loaded_word(info + 4), 639);
    assert_int_equal(loaded_word(info + 8), 0xfb80);
    assert_int_equal(loaded_word(info + 12), 0x8000ffff);
    assert_string_at(loaded_word(info + 16), LOADED_NAME " root=disk quiet");
    assert_string_at(loaded_word(info + 64), "mmsim");
    assert_int_equal(loaded_word(info + 20), 2);
    uint32_t table = loaded_word(info + 24);
    assert_int_equal(table, 0x102000);
    assert_int_equal(loaded_word(table), 0x103000);
    assert_int_equal(loaded_word(table + 4), 0x103005);
    assert_string_at(loaded_word(table + 8), "a.mod one two");
    assert_int_equal(loaded_word(table + 16), 0x104000);
    assert_int_equal(loaded_word(table + 20), 0x104006);
    assert_string_at(loaded_word(table + 24), "b.mod");
    assert_memory_equal(loaded.memory + 0x103000, "first", 5);
    assert_memory_equal(loaded.memory + 0x104000, "second", 6);
    assert_true(loaded.state.end >= 0x104006);
}

TEST(multiboot_1_has_the_memory_map)
{
    assert_prepares();
    uint32_t at = loaded_word(loaded.state.ebx + 48);
    assert_int_equal(at, 0x9000);
    assert_int_equal(loaded_word(loaded.state.ebx + 44), 24 * loaded.map.count);
    for (uint32_t i = 0; i < loaded.map.count; i++, at += 24) {
        assert_int_equal(loaded_word(at), 20);
        assert_int_equal(loaded_word(at + 4), (uint32_t)loaded.map.range[i].first);
        assert_int_equal(loaded_word(at + 8), (uint32_t)(loaded.map.range[i].first >> 32));
        assert_int_equal(loaded_word(at + 12),
                         (uint32_t)(loaded.map.range[i].last - loaded.map.range[i].first + 1));
        assert_int_equal(loaded_word(at + 20), loaded.map.range[i].usable ? 1 : 2);
    }
}

TEST(multiboot_1_has_sections_and_symbols)
{
    elf_maker_symbol(&loaded.maker, "start", ELF_MAKER_TEXT_VA + 0x40u, 4,
                     ELF32_ST_INFO(STB_GLOBAL, STT_FUNC), ELF_MAKER_TEXT_SECTION);
    assert_prepares();
    uint32_t info = loaded.state.ebx;
    assert_int_equal(loaded_word(info + 28), ELF_MAKER_SECTIONS);
    assert_int_equal(loaded_word(info + 32), sizeof(Elf32_Shdr));
    assert_int_equal(loaded_word(info + 40), ELF_MAKER_SHSTRTAB);
    uint32_t symtab = loaded_word(info + 36) + 40u * ELF_MAKER_SYMTAB;
    uint32_t strtab = loaded_word(info + 36) + 40u * ELF_MAKER_STRTAB;
    assert_int_equal(loaded_word(symtab + 4), SHT_SYMTAB);
    uint32_t symbol = loaded_word(symtab + 12) + 16u;
    assert_int_equal(loaded_word(symbol + 4), ELF_MAKER_TEXT_VA + 0x40u);
    assert_string_at(loaded_word(strtab + 12) + loaded_word(symbol), "start");
    uint32_t text = loaded_word(info + 36) + 40u * ELF_MAKER_TEXT_SECTION;
    assert_int_equal(loaded_word(text + 12), ELF_MAKER_TEXT_VA);
}

TEST(a_kernel_without_a_header_gets_multiboot_1)
{
    assert_prepares();
    assert_int_equal(loaded.image.multiboot.kind, MULTIBOOT_NONE);
    assert_int_equal(loaded.state.eax, 0x2badb002);
    assert_string_at(loaded_word(loaded.state.ebx + 16), LOADED_NAME " ");
}

/* The kernel has a segment at the addresses to which QEMU's loader writes, and would be overwritten
   there. */
TEST(information_moves_out_of_the_kernels_way)
{
    elf_maker_put(&loaded.maker, ELF_MAKER_PROGRAM_FIELD(1, p_paddr), 4, 0x9080);
    assert_prepares();
    assert_memory_equal(loaded.memory + 0x9080, loaded.maker.bytes + ELF_MAKER_DATA, 0x100);
    assert_true(loaded.state.ebx >= 0x10000 && loaded.state.ebx < 0x9fc00);
    assert_true(loaded_word(loaded.state.ebx + 48) >= 0x10000);
}

TEST(a_long_memory_map_moves_too)
{
    for (loaded.map.count = 6; loaded.map.count < 54; loaded.map.count++)
        loaded.map.range[loaded.map.count] =
            (struct memmap_range){UINT64_C(1) << 40, UINT64_C(1) << 41, false};
    assert_prepares();
    assert_int_equal(loaded.state.ebx, 0x9500);
    assert_int_equal(loaded_word(loaded.state.ebx + 44), 54 * 24);
    assert_true(loaded_word(loaded.state.ebx + 48) >= 0x10000);
}

TEST(modules_go_around_the_kernel_in_low_memory)
{
    elf_maker_put(&loaded.maker, ELF_MAKER_PROGRAM_FIELD(0, p_paddr), 4, 0x7c00);
    elf_maker_put(&loaded.maker, ELF_MAKER_PROGRAM_FIELD(1, p_paddr), 4, 0x9f000);
    loaded_kernel_add_module("a.mod", "", "behind the last RAM below 640 KiB there is none");
    assert_prepares();
    assert_int_equal(loaded_word(loaded.state.ebx + 24), 0x100000);
    assert_int_equal(loaded_word(0x100000), 0x101000);
}

TEST(an_empty_module_has_a_place)
{
    loaded_kernel_add_module("a.mod", "", "");
    loaded_kernel_add_module("b.mod", "", "b");
    assert_prepares();
    uint32_t table = loaded_word(loaded.state.ebx + 24);
    assert_int_equal(loaded_word(table), loaded_word(table + 4));
    assert_int_equal(loaded_word(table + 16), 0x103000);
}

TEST(a_module_without_room_is_refused)
{
    const size_t size = LOADED_RAM_BYTES;

    unsigned char *bytes = sparse_map(size);
    loaded.module[0] = (struct multiboot_module){"big.mod", "", bytes, size};
    loaded.request.module_count = 1;
    assert_false(loaded_kernel_prepare(LOADED_NAME));
    assert_string_equal(loaded.error,
                        "big.mod: there is no room in RAM for this module of 67108864 bytes behind "
                        "the kernel, which ends at 0x00101800: give more with --ram");
    loaded.module[0].size =
        LOADED_RAM_BYTES - 0x20000 - 0x103000; /* up to the firmware's tables: just fits */
    assert_prepares();
    loaded.module[0].size++;
    assert_false(loaded_kernel_prepare(LOADED_NAME));
    loaded.request.module_count = MULTIBOOT_MODULES_MAX + 1u;
    assert_false(loaded_kernel_prepare(LOADED_NAME));
    assert_string_equal(loaded.error, LOADED_NAME ": more than 32 modules");
    sparse_unmap(bytes, size);
}

/* ---- the same as QEMU, byte for byte ---- */

#define LOW_FIRST  0x9000u
#define LOW_BYTES  0x1000u
#define HIGH_FIRST 0x102000u
#define HIGH_BYTES 0x4000u
#define EBX_AT     0x9ff0u

/* Guest code that writes both ranges to port 0xe9 and ends QEMU. */
static const unsigned char dumper[] = {
    0x89, 0x1d, 0xf0, 0x9f, 0x00, 0x00, /* mov %ebx, 0x9ff0 */
    0xa3, 0xf4, 0x9f, 0x00, 0x00,       /* mov %eax, 0x9ff4 */
    0xfc,                               /* cld */
    0xbe, 0x00, 0x90, 0x00, 0x00,       /* mov $0x9000, %esi */
    0xb9, 0x00, 0x10, 0x00, 0x00,       /* mov $0x1000, %ecx */
    0x66, 0xba, 0xe9, 0x00,             /* mov $0xe9, %dx */
    0xf3, 0x6e,                         /* rep outsb */
    0xbe, 0x00, 0x20, 0x10, 0x00,       /* mov $0x102000, %esi */
    0xb9, 0x00, 0x40, 0x00, 0x00,       /* mov $0x4000, %ecx */
    0xf3, 0x6e,                         /* rep outsb */
    0x66, 0xba, 0xf4, 0x00,             /* mov $0xf4, %dx */
    0x31, 0xc0,                         /* xor %eax, %eax */
    0xee, 0xf4,                         /* out %al, %dx; hlt */
};

static unsigned char dumped[LOW_BYTES + HIGH_BYTES];

/* Clear the data that differ in mmsim: the loader's name, and the sections, which QEMU does not
   provide. */
static void forget_differences(unsigned char *low)
{
    unsigned char *info = low + 0x500;

    info[0] &= (unsigned char)~0x20u;
    memset(info + 28, 0, 16);
    memset(info + 64, 0, 4);
    memset(info + 88, 0, LOW_BYTES - 0x558u);
}

static void assert_same(uint32_t at, size_t bytes)
{
    assert_memory_equal(loaded.memory + at, dumped + LOW_BYTES + (at - HIGH_FIRST), bytes);
}

TEST(addresses_are_those_of_qemu)
{
    char modules[1024];

    elf_maker_multiboot_1(&loaded.maker, HEADER_AT, 3, NULL, 0);
    memcpy(loaded.maker.bytes + ELF_MAKER_TEXT + 0x40, dumper, sizeof dumper);
    const char *kernel = scratch_bytes("kernel.elf", loaded.maker.bytes, sizeof loaded.maker.bytes);
    loaded.request.words = "root=disk quiet";
    loaded_kernel_add_module(scratch_text("first", "first"), "one two", "first");
    loaded_kernel_add_module(scratch_text("second", "second"), NULL, "second");
    snprintf(modules, sizeof modules, "%s one two,%s", loaded.module[0].path,
             loaded.module[1].path);
    size_t count;
    if (!qemu_dump(kernel, loaded.request.words, modules, dumped, sizeof dumped, &count))
        skip();
    assert_int_equal(count, sizeof dumped);
    assert_true(loaded_kernel_prepare(kernel));
    assert_int_equal(*(uint32_t *)(void *)(dumped + EBX_AT - LOW_FIRST), loaded.state.ebx);
    assert_int_equal(*(uint32_t *)(void *)(dumped + EBX_AT + 4u - LOW_FIRST), loaded.state.eax);
    uint32_t line = loaded_word(loaded.state.ebx + 16);
    assert_same(HIGH_FIRST, line - HIGH_FIRST + strlen((const char *)loaded.memory + line) + 1u);
    assert_same(0x103000, strlen("first"));
    assert_same(0x104000, strlen("second"));
    forget_differences(dumped);
    forget_differences(loaded.memory + LOW_FIRST);
    assert_memory_equal(loaded.memory + LOW_FIRST, dumped, LOW_BYTES);
}

TEST_FIXTURES(loaded_kernel_setup, loaded_kernel_teardown)
