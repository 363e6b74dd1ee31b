/* The state that a multiboot loader leaves: the headers that it follows, the information that it
   provides, and that all of it has QEMU's addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/cases.h"
#include "kernel/multiboot.h"
#include "machine/sparse.h"
#include "support/elf_maker.h"
#include "support/qemu_dump.h"
#include "support/scratch.h"

#define MEMORY_BYTES (UINT64_C(1) << 32)
#define RAM          (UINT64_C(64) << 20)
#define NAME         "kernel.elf"
#define HEADER_AT    ELF_MAKER_TEXT

static unsigned char *memory;
static struct elf_maker maker;
static struct elf_file file;
static struct elf_image image;
static struct pc_memmap map;
static struct multiboot_module module[MULTIBOOT_MODULES_MAX + 1u];
static struct multiboot_request request;
static struct multiboot_state state_left;
static char error[256];

static int fresh(void **state)
{
    (void)state;
    error[0] = '\0';
    memory = sparse_map(MEMORY_BYTES);
    elf_maker_init(&maker);
    request = (struct multiboot_request){.image = &image, .map = &map, .module = module};
    return memory == NULL || !pc_memmap_for_ram(&map, RAM, error, sizeof error);
}

static int end(void **state)
{
    (void)state;
    elf_file_close(&file);
    sparse_unmap(memory, MEMORY_BYTES);
    return 0;
}

static bool load(const char *path)
{
    elf_file_close(&file);
    elf_file_of_bytes(&file, path, maker.bytes, sizeof maker.bytes);
    return elf_image_plan(&image, &file, error, sizeof error) &&
           elf_image_load(&image, &map, memory, error, sizeof error);
}

static bool prepare(const char *path)
{
    return load(path) && multiboot_prepare(&request, memory, &state_left, error, sizeof error);
}

static void assert_prepares(void)
{
    if (!prepare(NAME))
        fail_msg("%s", error);
}

static uint32_t word(uint32_t at)
{
    uint32_t value;

    memcpy(&value, memory + at, sizeof value);
    return value;
}

static void add_module(const char *path, const char *words, const char *bytes)
{
    module[request.module_count++] =
        (struct multiboot_module){path, words, (const unsigned char *)bytes, strlen(bytes)};
}

static void assert_string_at(uint32_t at, const char *text)
{
    assert_string_equal((const char *)memory + at, text);
}

/* ---- multiboot 1 ---- */

static void multiboot_1_has_all_that_qemu_gives(void **state)
{
    (void)state;
    elf_maker_multiboot_1(&maker, HEADER_AT, 3, NULL, 0);
    request.words = "root=disk quiet";
    add_module("a.mod", "one two", "first");
    add_module("b.mod", NULL, "second");
    assert_prepares();
    assert_int_equal(state_left.eax, 0x2badb002);
    assert_int_equal(state_left.ebx, 0x9500);
    assert_int_equal(state_left.entry, 0x100040);
    assert_null(state_left.note);
    uint32_t info = state_left.ebx;
    assert_int_equal(word(info), 0x26f);
    assert_int_equal(word(info + 4), 639);
    assert_int_equal(word(info + 8), 0xfb80);
    assert_int_equal(word(info + 12), 0x8000ffff);
    assert_string_at(word(info + 16), NAME " root=disk quiet");
    assert_string_at(word(info + 64), "mmsim");
    assert_int_equal(word(info + 20), 2);
    uint32_t table = word(info + 24);
    assert_int_equal(table, 0x102000);
    assert_int_equal(word(table), 0x103000);
    assert_int_equal(word(table + 4), 0x103005);
    assert_string_at(word(table + 8), "a.mod one two");
    assert_int_equal(word(table + 16), 0x104000);
    assert_int_equal(word(table + 20), 0x104006);
    assert_string_at(word(table + 24), "b.mod");
    assert_memory_equal(memory + 0x103000, "first", 5);
    assert_memory_equal(memory + 0x104000, "second", 6);
    assert_true(state_left.end >= 0x104006);
}

static void multiboot_1_has_the_memory_map(void **state)
{
    (void)state;
    assert_prepares();
    uint32_t at = word(state_left.ebx + 48);
    assert_int_equal(at, 0x9000);
    assert_int_equal(word(state_left.ebx + 44), 24 * map.count);
    for (uint32_t i = 0; i < map.count; i++, at += 24) {
        assert_int_equal(word(at), 20);
        assert_int_equal(word(at + 4), (uint32_t)map.range[i].first);
        assert_int_equal(word(at + 8), (uint32_t)(map.range[i].first >> 32));
        assert_int_equal(word(at + 12), (uint32_t)(map.range[i].last - map.range[i].first + 1));
        assert_int_equal(word(at + 20), map.range[i].usable ? 1 : 2);
    }
}

static void multiboot_1_has_sections_and_symbols(void **state)
{
    (void)state;
    elf_maker_symbol(&maker, "start", ELF_MAKER_TEXT_VA + 0x40u, 4,
                     ELF32_ST_INFO(STB_GLOBAL, STT_FUNC), ELF_MAKER_TEXT_SECTION);
    assert_prepares();
    uint32_t info = state_left.ebx;
    assert_int_equal(word(info + 28), ELF_MAKER_SECTIONS);
    assert_int_equal(word(info + 32), sizeof(Elf32_Shdr));
    assert_int_equal(word(info + 40), ELF_MAKER_SHSTRTAB);
    uint32_t symtab = word(info + 36) + 40u * ELF_MAKER_SYMTAB;
    uint32_t strtab = word(info + 36) + 40u * ELF_MAKER_STRTAB;
    assert_int_equal(word(symtab + 4), SHT_SYMTAB);
    uint32_t symbol = word(symtab + 12) + 16u;
    assert_int_equal(word(symbol + 4), ELF_MAKER_TEXT_VA + 0x40u);
    assert_string_at(word(strtab + 12) + word(symbol), "start");
    uint32_t text = word(info + 36) + 40u * ELF_MAKER_TEXT_SECTION;
    assert_int_equal(word(text + 12), ELF_MAKER_TEXT_VA);
}

static void a_kernel_without_a_header_gets_multiboot_1(void **state)
{
    (void)state;
    assert_prepares();
    assert_int_equal(image.multiboot.kind, MULTIBOOT_NONE);
    assert_int_equal(state_left.eax, 0x2badb002);
    assert_string_at(word(state_left.ebx + 16), NAME " ");
}

/* The kernel has a segment at the addresses to which QEMU's loader writes, and would be overwritten
   there. */
static void information_moves_out_of_the_kernels_way(void **state)
{
    (void)state;
    elf_maker_put(&maker, ELF_MAKER_PROGRAM_FIELD(1, p_paddr), 4, 0x9080);
    assert_prepares();
    assert_memory_equal(memory + 0x9080, maker.bytes + ELF_MAKER_DATA, 0x100);
    assert_true(state_left.ebx >= 0x10000 && state_left.ebx < 0x9fc00);
    assert_true(word(state_left.ebx + 48) >= 0x10000);
}

static void a_long_memory_map_moves_too(void **state)
{
    (void)state;
    for (map.count = 6; map.count < 54; map.count++)
        map.range[map.count] = (struct memmap_range){UINT64_C(1) << 40, UINT64_C(1) << 41, false};
    assert_prepares();
    assert_int_equal(state_left.ebx, 0x9500);
    assert_int_equal(word(state_left.ebx + 44), 54 * 24);
    assert_true(word(state_left.ebx + 48) >= 0x10000);
}

static void modules_go_around_the_kernel_in_low_memory(void **state)
{
    (void)state;
    elf_maker_put(&maker, ELF_MAKER_PROGRAM_FIELD(0, p_paddr), 4, 0x7c00);
    elf_maker_put(&maker, ELF_MAKER_PROGRAM_FIELD(1, p_paddr), 4, 0x9f000);
    add_module("a.mod", "", "behind the last RAM below 640 KiB there is none");
    assert_prepares();
    assert_int_equal(word(state_left.ebx + 24), 0x100000);
    assert_int_equal(word(0x100000), 0x101000);
}

static void an_empty_module_has_a_place(void **state)
{
    (void)state;
    add_module("a.mod", "", "");
    add_module("b.mod", "", "b");
    assert_prepares();
    uint32_t table = word(state_left.ebx + 24);
    assert_int_equal(word(table), word(table + 4));
    assert_int_equal(word(table + 16), 0x103000);
}

static void a_module_without_room_is_refused(void **state)
{
    const size_t size = RAM;

    (void)state;
    unsigned char *bytes = sparse_map(size);
    module[0] = (struct multiboot_module){"big.mod", "", bytes, size};
    request.module_count = 1;
    assert_false(prepare(NAME));
    assert_string_equal(error,
                        "big.mod: there is no room in RAM for this module of 67108864 bytes behind "
                        "the kernel, which ends at 0x00101800: give more with --ram");
    module[0].size = RAM - 0x20000 - 0x103000; /* up to the firmware's tables: just fits */
    assert_prepares();
    module[0].size++;
    assert_false(prepare(NAME));
    request.module_count = MULTIBOOT_MODULES_MAX + 1u;
    assert_false(prepare(NAME));
    assert_string_equal(error, NAME ": more than 32 modules");
    sparse_unmap(bytes, size);
}

/* ---- multiboot 2 ---- */

static const uint32_t end_tag[] = {0, 8};

/* Returns the address of the content of the first tag of a type; 0 when there is none. Sets *count
   to the number of tags of that type. */
static uint32_t find_tag(uint32_t type, uint32_t *count)
{
    uint32_t at = state_left.ebx + 8;
    uint32_t found = 0;

    assert_int_equal(state_left.ebx % 8, 0);
    for (*count = 0; word(at) != 0; at += (word(at + 4) + 7u) & ~7u) {
        assert_true(at < state_left.ebx + word(state_left.ebx));
        if (word(at) == type && (*count)++ == 0)
            found = at + 8;
    }
    assert_int_equal(word(at + 4), 8);
    assert_int_equal(at + 8, state_left.ebx + word(state_left.ebx));
    return found;
}

static uint32_t tag(uint32_t type)
{
    uint32_t count;
    uint32_t found = find_tag(type, &count);

    if (count != 1)
        fail_msg("%u tags of type %u", count, type);
    return found;
}

static void multiboot_2_has_tags(void **state)
{
    (void)state;
    elf_maker_multiboot_2(&maker, HEADER_AT, end_tag, LENGTH(end_tag));
    request.words = "quiet";
    add_module("a.mod", "one two", "first");
    add_module("b.mod", NULL, "second");
    assert_prepares();
    assert_int_equal(state_left.eax, 0x36d76289);
    assert_string_at(tag(1), "quiet"); /* as from GRUB: without a path */
    assert_string_at(tag(2), "mmsim");
    assert_int_equal(word(tag(4)), 639);
    assert_int_equal(word(tag(4) + 4), 0xfb80);
    assert_int_equal(word(tag(21)), 0x100000);
    assert_int_equal(word(tag(6)), 24);
    assert_int_equal(word(tag(6) - 4), 16 + 24 * map.count);
    assert_int_equal(word(tag(6) + 8 + 24), 0x9fc00);
    assert_int_equal(word(tag(6) + 8 + 24 + 16), 2);
    assert_int_equal(word(tag(9)), ELF_MAKER_SECTIONS);
    assert_true(word(tag(9) + 12 + 40 * ELF_MAKER_SYMTAB + 12) != 0);
    uint32_t modules;
    uint32_t first = find_tag(3, &modules);
    assert_int_equal(modules, 2);
    assert_int_equal(word(first), 0x102000); /* after the kernel, because multiboot 2 has no table
                                                there */
    assert_int_equal(word(first + 4), 0x102005);
    assert_string_at(first + 8, "one two");
}

static void multiboot_2_has_the_rsdp(void **state)
{
    unsigned char rsdp[20] = "RSD PTR \0BOCHS ";
    unsigned sum = 0;
    uint32_t count;

    (void)state;
    elf_maker_multiboot_2(&maker, HEADER_AT, end_tag, LENGTH(end_tag));
    assert_prepares();
    find_tag(14, &count);
    assert_int_equal(count, 0);
    for (size_t i = 0; i < sizeof rsdp; i++)
        sum += rsdp[i];
    rsdp[8] = (unsigned char)(0u - sum);
    memcpy(memory + 0xffff0 - 0x10, rsdp, sizeof rsdp);
    assert_prepares();
    assert_memory_equal(memory + tag(14), rsdp, sizeof rsdp);
    memory[0xffff0 - 0x10 + 9]++;
    assert_prepares();
    find_tag(14, &count);
    assert_int_equal(count, 0);
}

static void multiboot_2_follows_addresses_and_entry(void **state)
{
    static const uint32_t tags[] = {2, 24, 0x201000, 0x200000, 0x202000, 0x203000,
                                    3, 12, 0x201040, 0,        0,        8};

    (void)state;
    elf_maker_multiboot_2(&maker, HEADER_AT, tags, LENGTH(tags));
    assert_prepares();
    assert_int_equal(state_left.entry, 0x201040);
    assert_memory_equal(memory + 0x200000, maker.bytes, 0x2000);
}

/* ---- headers ---- */

static void the_header_is_looked_for_where_it_may_be(void **state)
{
    static const struct {
        uint32_t kind, offset;
        bool found;
    } cases[] = {
        {MULTIBOOT_1, 0x1004, true},  {MULTIBOOT_1, 0x1006, false}, {MULTIBOOT_1, 0x1ff4, true},
        {MULTIBOOT_1, 0x1ff8, false}, {MULTIBOOT_2, 0x1008, true},  {MULTIBOOT_2, 0x100c, false},
        {MULTIBOOT_2, 0x2ff0, true},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        elf_maker_init(&maker);
        if (cases[i].kind == MULTIBOOT_1)
            elf_maker_multiboot_1(&maker, cases[i].offset, 3, NULL, 0);
        else
            elf_maker_multiboot_2(&maker, cases[i].offset, end_tag, LENGTH(end_tag));
        assert_true(load(NAME));
        if ((image.multiboot.kind == cases[i].kind) != cases[i].found)
            fail_msg("case %zu", i);
    }
}

static void a_wrong_checksum_is_no_header(void **state)
{
    (void)state;
    elf_maker_multiboot_1(&maker, HEADER_AT, 3, NULL, 0);
    elf_maker_put(&maker, HEADER_AT + 8u, 1, 0);
    assert_true(load(NAME));
    assert_int_equal(image.multiboot.kind, MULTIBOOT_NONE);
    elf_maker_multiboot_2(&maker, HEADER_AT, end_tag, LENGTH(end_tag));
    elf_maker_put(&maker, HEADER_AT + 12u, 1, 0);
    assert_true(load(NAME));
    assert_int_equal(image.multiboot.kind, MULTIBOOT_NONE);
}

static void a_required_feature_that_nobody_has_is_an_error(void **state)
{
    (void)state;
    elf_maker_multiboot_1(&maker, HEADER_AT, 0x8003, NULL, 0);
    assert_false(load(NAME));
    assert_string_equal(error, NAME ": its multiboot header requires features that no loader has "
                                    "(flag bits 3 to 15 are to be 0)");
    elf_maker_multiboot_1(&maker, HEADER_AT, 0x80000003u, NULL, 0); /* optional */
    assert_true(load(NAME));
}

static void a_video_mode_is_noted(void **state)
{
    static const uint32_t tags[] = {5, 20, 1024, 768, 32, 0, 0, 8};

    (void)state;
    elf_maker_multiboot_1(&maker, HEADER_AT, 7, NULL, 0);
    assert_prepares();
    assert_non_null(strstr(state_left.note, "video mode"));
    elf_maker_multiboot_2(&maker, HEADER_AT, tags, LENGTH(tags));
    assert_prepares();
    assert_non_null(strstr(state_left.note, "video mode"));
}

static const struct {
    uint32_t tags[6];
    const char *error;
} broken_tags[] = {
    {{1, 12, 6, 0, 0, 8}, NULL},
    {{1, 12, 8, 0, 0, 8},
     "its multiboot 2 header requires information of type 8, which mmsim does "
     "not have: make the request optional"},
    {{1 | 1 << 16, 12, 8, 0, 0, 8}, NULL},
    {{77 | 1 << 16, 8, 0, 8, 0, 0}, NULL},
    {{77, 8, 0, 8, 0, 0}, "its multiboot 2 header requires a feature that is not known"},
    {{2, 8, 0, 8, 0, 0}, "a tag of its multiboot 2 header is too short"},
    {{3, 11, 0, 0, 0, 8}, "a tag of its multiboot 2 header is too short"},
    {{6, 8, 6, 8, 6, 8}, "its multiboot 2 header has no end tag"},
    {{6, 7, 0, 8, 0, 0}, "a tag of its multiboot 2 header does not lie in the header"},
    {{6, 25, 0, 8, 0, 0}, "a tag of its multiboot 2 header does not lie in the header"},
    {{6, UINT32_MAX, 0, 8, 0, 0}, "a tag of its multiboot 2 header does not lie in the header"},
};

static void tags_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(broken_tags); i++) {
        elf_maker_multiboot_2(&maker, HEADER_AT, broken_tags[i].tags, 6);
        bool good = prepare(NAME);
        if (good != (broken_tags[i].error == NULL))
            fail_msg("case %zu: %s", i, good ? "is followed" : error);
        if (!good)
            assert_string_equal(error + strlen(NAME ": "), broken_tags[i].error);
    }
}

static void a_multiboot_2_header_that_cannot_be_followed_is_an_error(void **state)
{
    (void)state;
    elf_maker_multiboot_2(&maker, HEADER_AT, end_tag, LENGTH(end_tag));
    elf_maker_put(&maker, HEADER_AT + 4u, 4, 4); /* MIPS */
    elf_maker_put(&maker, HEADER_AT + 12u, 4, elf_maker_get(&maker, HEADER_AT + 12u) - 4u);
    assert_false(load(NAME));
    assert_string_equal(error, NAME ": its multiboot 2 header is for another processor than i386");
    elf_maker_multiboot_2(&maker, HEADER_AT, end_tag, LENGTH(end_tag));
    elf_maker_put(&maker, HEADER_AT + 8u, 4, 0x10000);
    elf_maker_put(&maker, HEADER_AT + 12u, 4, 0u - 0xe85250d6u - 0x10000u);
    assert_false(load(NAME));
    assert_string_equal(error, NAME ": the file ends inside the multiboot 2 header");
}

static void no_room_is_an_error(void **state)
{
    (void)state;
    map = (struct pc_memmap){.count = 1, .range = {{0x100000, 0x101fff, true}}};
    assert_false(prepare(NAME));
    assert_non_null(strstr(error, "no room in RAM for its command line"));
    map.range[0].last = 0x102fff;
    assert_false(prepare(NAME));
    assert_non_null(strstr(error, "no room in RAM for the m"));
    elf_maker_multiboot_2(&maker, HEADER_AT, end_tag, LENGTH(end_tag));
    map.range[0].last = 0x101fff;
    assert_false(prepare(NAME));
    assert_string_equal(error, NAME ": there is no room in RAM for the multiboot information");
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
    assert_memory_equal(memory + at, dumped + LOW_BYTES + (at - HIGH_FIRST), bytes);
}

static void addresses_are_those_of_qemu(void **state)
{
    char modules[1024];

    (void)state;
    elf_maker_multiboot_1(&maker, HEADER_AT, 3, NULL, 0);
    memcpy(maker.bytes + ELF_MAKER_TEXT + 0x40, dumper, sizeof dumper);
    const char *kernel = scratch_bytes("kernel.elf", maker.bytes, sizeof maker.bytes);
    request.words = "root=disk quiet";
    add_module(scratch_text("first", "first"), "one two", "first");
    add_module(scratch_text("second", "second"), NULL, "second");
    snprintf(modules, sizeof modules, "%s one two,%s", module[0].path, module[1].path);
    size_t count;
    if (!qemu_dump(kernel, request.words, modules, dumped, sizeof dumped, &count))
        skip();
    assert_int_equal(count, sizeof dumped);
    assert_true(prepare(kernel));
    assert_int_equal(*(uint32_t *)(void *)(dumped + EBX_AT - LOW_FIRST), state_left.ebx);
    assert_int_equal(*(uint32_t *)(void *)(dumped + EBX_AT + 4u - LOW_FIRST), state_left.eax);
    uint32_t line = word(state_left.ebx + 16);
    assert_same(HIGH_FIRST, line - HIGH_FIRST + strlen((const char *)memory + line) + 1u);
    assert_same(0x103000, strlen("first"));
    assert_same(0x104000, strlen("second"));
    forget_differences(dumped);
    forget_differences(memory + LOW_FIRST);
    assert_memory_equal(memory + LOW_FIRST, dumped, LOW_BYTES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(multiboot_1_has_all_that_qemu_gives),
        TEST(multiboot_1_has_the_memory_map),
        TEST(multiboot_1_has_sections_and_symbols),
        TEST(a_kernel_without_a_header_gets_multiboot_1),
        TEST(information_moves_out_of_the_kernels_way),
        TEST(a_long_memory_map_moves_too),
        TEST(modules_go_around_the_kernel_in_low_memory),
        TEST(an_empty_module_has_a_place),
        TEST(a_module_without_room_is_refused),
        TEST(multiboot_2_has_tags),
        TEST(multiboot_2_has_the_rsdp),
        TEST(multiboot_2_follows_addresses_and_entry),
        TEST(the_header_is_looked_for_where_it_may_be),
        TEST(a_wrong_checksum_is_no_header),
        TEST(a_required_feature_that_nobody_has_is_an_error),
        TEST(a_video_mode_is_noted),
        TEST(tags_are_checked),
        TEST(a_multiboot_2_header_that_cannot_be_followed_is_an_error),
        TEST(no_room_is_an_error),
        TEST(addresses_are_those_of_qemu),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
