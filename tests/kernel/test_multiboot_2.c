/* Multiboot headers, of both versions, and the information that a multiboot 2 loader provides. */
#include <string.h>

#include "kernel/cases.h"
#include "support/loaded_kernel.h"
#include "support/test.h"

#define HEADER_AT ELF_MAKER_TEXT

static void assert_string_at(uint32_t at, const char *text)
{
    assert_string_equal((const char *)loaded.memory + at, text);
}

static const uint32_t end_tag[] = {0, 8};

/* Returns the address of the content of the first tag of a type; 0 when there is none. Sets *count
   to the number of tags of that type. */
static uint32_t find_tag(uint32_t type, uint32_t *count)
{
    uint32_t at = loaded.state.ebx + 8;
    uint32_t found = 0;

    assert_int_equal(loaded.state.ebx % 8, 0);
    for (*count = 0; loaded_word(at) != 0; at += (loaded_word(at + 4) + 7u) & ~7u) {
        assert_true(at < loaded.state.ebx + loaded_word(loaded.state.ebx));
        if (loaded_word(at) == type && (*count)++ == 0)
            found = at + 8;
    }
    assert_int_equal(loaded_word(at + 4), 8);
    assert_int_equal(at + 8, loaded.state.ebx + loaded_word(loaded.state.ebx));
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

TEST(multiboot_2_has_tags)
{
    elf_maker_multiboot_2(&loaded.maker, HEADER_AT, end_tag, LENGTH(end_tag));
    loaded.request.words = "quiet";
    loaded_kernel_add_module("a.mod", "one two", "first");
    loaded_kernel_add_module("b.mod", NULL, "second");
    assert_prepares();
    assert_int_equal(loaded.state.eax, 0x36d76289);
    assert_string_at(tag(1), "quiet"); /* as from GRUB: without a path */
    assert_string_at(tag(2), "mmsim");
    assert_int_equal(loaded_word(tag(4)), 639);
    assert_int_equal(loaded_word(tag(4) + 4), 0xfb80);
    assert_int_equal(loaded_word(tag(21)), 0x100000);
    assert_int_equal(loaded_word(tag(6)), 24);
    assert_int_equal(loaded_word(tag(6) - 4), 16 + 24 * loaded.map.count);
    assert_int_equal(loaded_word(tag(6) + 8 + 24), 0x9fc00);
    assert_int_equal(loaded_word(tag(6) + 8 + 24 + 16), 2);
    assert_int_equal(loaded_word(tag(9)), ELF_MAKER_SECTIONS);
    assert_true(loaded_word(tag(9) + 12 + 40 * ELF_MAKER_SYMTAB + 12) != 0);
    uint32_t modules;
    uint32_t first = find_tag(3, &modules);
    assert_int_equal(modules, 2);
    assert_int_equal(loaded_word(first), 0x102000); /* after the kernel, because multiboot 2 has no
                                                table there */
    assert_int_equal(loaded_word(first + 4), 0x102005);
    assert_string_at(first + 8, "one two");
}

TEST(multiboot_2_has_the_rsdp)
{
    unsigned char rsdp[20] = "RSD PTR \0BOCHS ";
    unsigned sum = 0;
    uint32_t count;

    elf_maker_multiboot_2(&loaded.maker, HEADER_AT, end_tag, LENGTH(end_tag));
    assert_prepares();
    find_tag(14, &count);
    assert_int_equal(count, 0);
    for (size_t i = 0; i < sizeof rsdp; i++)
        sum += rsdp[i];
    rsdp[8] = (unsigned char)(0u - sum);
    memcpy(loaded.memory + 0xffff0 - 0x10, rsdp, sizeof rsdp);
    assert_prepares();
    assert_memory_equal(loaded.memory + tag(14), rsdp, sizeof rsdp);
    loaded.memory[0xffff0 - 0x10 + 9]++;
    assert_prepares();
    find_tag(14, &count);
    assert_int_equal(count, 0);
}

TEST(multiboot_2_follows_addresses_and_entry)
{
    static const uint32_t tags[] = {2, 24, 0x201000, 0x200000, 0x202000, 0x203000,
                                    3, 12, 0x201040, 0,        0,        8};

    elf_maker_multiboot_2(&loaded.maker, HEADER_AT, tags, LENGTH(tags));
    assert_prepares();
    assert_int_equal(loaded.state.entry, 0x201040);
    assert_memory_equal(loaded.memory + 0x200000, loaded.maker.bytes, 0x2000);
}

/* ---- headers ---- */

TEST(the_header_is_looked_for_where_it_may_be)
{
    static const struct {
        uint32_t kind, offset;
        bool found;
    } cases[] = {
        {MULTIBOOT_1, 0x1004, true},  {MULTIBOOT_1, 0x1006, false}, {MULTIBOOT_1, 0x1ff4, true},
        {MULTIBOOT_1, 0x1ff8, false}, {MULTIBOOT_2, 0x1008, true},  {MULTIBOOT_2, 0x100c, false},
        {MULTIBOOT_2, 0x2ff0, true},
    };

    for (size_t i = 0; i < LENGTH(cases); i++) {
        elf_maker_init(&loaded.maker);
        if (cases[i].kind == MULTIBOOT_1)
            elf_maker_multiboot_1(&loaded.maker, cases[i].offset, 3, NULL, 0);
        else
            elf_maker_multiboot_2(&loaded.maker, cases[i].offset, end_tag, LENGTH(end_tag));
        assert_true(loaded_kernel_load(LOADED_NAME, sizeof loaded.maker.bytes));
        if ((loaded.image.multiboot.kind == cases[i].kind) != cases[i].found)
            fail_msg("case %zu", i);
    }
}

TEST(a_wrong_checksum_is_no_header)
{
    elf_maker_multiboot_1(&loaded.maker, HEADER_AT, 3, NULL, 0);
    elf_maker_put(&loaded.maker, HEADER_AT + 8u, 1, 0);
    assert_true(loaded_kernel_load(LOADED_NAME, sizeof loaded.maker.bytes));
    assert_int_equal(loaded.image.multiboot.kind, MULTIBOOT_NONE);
    elf_maker_multiboot_2(&loaded.maker, HEADER_AT, end_tag, LENGTH(end_tag));
    elf_maker_put(&loaded.maker, HEADER_AT + 12u, 1, 0);
    assert_true(loaded_kernel_load(LOADED_NAME, sizeof loaded.maker.bytes));
    assert_int_equal(loaded.image.multiboot.kind, MULTIBOOT_NONE);
}

TEST(a_required_feature_that_nobody_has_is_an_error)
{
    elf_maker_multiboot_1(&loaded.maker, HEADER_AT, 0x8003, NULL, 0);
    assert_false(loaded_kernel_load(LOADED_NAME, sizeof loaded.maker.bytes));
    assert_string_equal(loaded.error,
                        LOADED_NAME ": its multiboot header requires features that no loader has "
                                    "(flag bits 3 to 15 are to be 0)");
    elf_maker_multiboot_1(&loaded.maker, HEADER_AT, 0x80000003u, NULL, 0); /* optional */
    assert_true(loaded_kernel_load(LOADED_NAME, sizeof loaded.maker.bytes));
}

/* The multiboot 2 header's request of a video mode, and the description in both kinds'
   information. */
static const struct {
    uint32_t width, height, bits;
    uint32_t fields[6], colours[2]; /* from the address on; multiboot 2 has 16 bits between */
} video_modes[] = {
    {800, 600, 32, {0xfd000000, 0, 3200, 800, 600, 0x08100120}, {0x08000808, 0}},
    {640, 480, 16, {0xfd000000, 0, 1280, 640, 480, 0x050b0110}, {0x05000605, 0}},
    {0, 0, 0, {0xfd000000, 0, 4096, 1024, 768, 0x08100120}, {0x08000808, 0}},
    {60000, 60000, 32, {0xfd000000, 0, 4096, 1024, 768, 0x08100120}, {0x08000808, 0}},
    {800, 600, 7, {0xfd000000, 0, 4096, 1024, 768, 0x08100120}, {0x08000808, 0}},
};

TEST(a_video_mode_is_described)
{
    for (size_t i = 0; i < LENGTH(video_modes); i++) {
        const uint32_t tags[] = {
            5, 20, video_modes[i].width, video_modes[i].height, video_modes[i].bits, 0, 0, 8};

        elf_maker_multiboot_2(&loaded.maker, HEADER_AT, tags, LENGTH(tags));
        assert_prepares();
        const unsigned char *screen = loaded.memory + tag(8);
        assert_memory_equal(screen, video_modes[i].fields, 22);
        assert_memory_equal(screen + 24, (const char *)video_modes[i].fields + 22, 2);
        assert_memory_equal(screen + 26, video_modes[i].colours, 4);
        assert_int_equal(loaded_word(tag(8) - 4), 8 + 30);
    }
}

TEST(multiboot_1_describes_a_video_mode_on_request)
{
    static const uint32_t text[] = {0xb8000, 0, 160, 80, 25, 0x0210};

    elf_maker_multiboot_1(&loaded.maker, HEADER_AT, 7, NULL, 0);
    elf_maker_put(&loaded.maker, HEADER_AT + 32u, 4, 0); /* graphics */
    elf_maker_put(&loaded.maker, HEADER_AT + 36u, 4, 800);
    elf_maker_put(&loaded.maker, HEADER_AT + 40u, 4, 600);
    elf_maker_put(&loaded.maker, HEADER_AT + 44u, 4, 32);
    assert_prepares();
    assert_int_equal(loaded_word(loaded.state.ebx), 0x126f);
    assert_memory_equal(loaded.memory + loaded.state.ebx + 88, video_modes[0].fields, 24);
    assert_memory_equal(loaded.memory + loaded.state.ebx + 112, video_modes[0].colours, 4);
    assert_string_at(loaded_word(loaded.state.ebx + 64), "mmsim");
    elf_maker_put(&loaded.maker, HEADER_AT + 32u, 4, 1);
    assert_prepares();
    assert_memory_equal(loaded.memory + loaded.state.ebx + 88, text, sizeof text);
}

TEST(without_a_request_the_screen_is_in_text_mode)
{
    static const uint32_t text[] = {0xb8000, 0, 160, 80, 25, 0x0210}; /* 16 bits, type 2 */

    elf_maker_multiboot_2(&loaded.maker, HEADER_AT, end_tag, LENGTH(end_tag));
    assert_prepares();
    assert_memory_equal(loaded.memory + tag(8), text, sizeof text);
}

static const struct {
    uint32_t tags[6];
    const char *error;
} broken_tags[] = {
    {{1, 12, 6, 0, 0, 8}, NULL},
    {{1, 12, 21, 0, 0, 8}, NULL},
    {{1, 12, 22, 0, 0, 8},
     "its multiboot 2 header requires information of type 22, which the specification does not "
     "have: make the request optional"},
    {{1 | 1 << 16, 12, 22, 0, 0, 8}, NULL},
    {{77 | 1 << 16, 8, 0, 8, 0, 0}, NULL},
    {{77, 8, 0, 8, 0, 0}, "its multiboot 2 header requires a feature that is not known"},
    {{2, 8, 0, 8, 0, 0}, "a tag of its multiboot 2 header is too short"},
    {{3, 11, 0, 0, 0, 8}, "a tag of its multiboot 2 header is too short"},
    {{6, 8, 6, 8, 6, 8}, "its multiboot 2 header has no end tag"},
    {{6, 7, 0, 8, 0, 0}, "a tag of its multiboot 2 header does not lie in the header"},
    {{6, 25, 0, 8, 0, 0}, "a tag of its multiboot 2 header does not lie in the header"},
    {{6, UINT32_MAX, 0, 8, 0, 0}, "a tag of its multiboot 2 header does not lie in the header"},
};

TEST(tags_are_checked)
{
    for (size_t i = 0; i < LENGTH(broken_tags); i++) {
        elf_maker_multiboot_2(&loaded.maker, HEADER_AT, broken_tags[i].tags, 6);
        bool good = loaded_kernel_prepare(LOADED_NAME);
        if (good != (broken_tags[i].error == NULL))
            fail_msg("case %zu: %s", i, good ? "is followed" : loaded.error);
        if (!good)
            assert_string_equal(loaded.error + strlen(LOADED_NAME ": "), broken_tags[i].error);
    }
}

TEST(a_multiboot_2_header_that_cannot_be_followed_is_an_error)
{
    elf_maker_multiboot_2(&loaded.maker, HEADER_AT, end_tag, LENGTH(end_tag));
    elf_maker_put(&loaded.maker, HEADER_AT + 4u, 4, 4); /* MIPS */
    elf_maker_put(&loaded.maker, HEADER_AT + 12u, 4,
                  elf_maker_get(&loaded.maker, HEADER_AT + 12u) - 4u);
    assert_false(loaded_kernel_load(LOADED_NAME, sizeof loaded.maker.bytes));
    assert_string_equal(loaded.error,
                        LOADED_NAME ": its multiboot 2 header is for another processor than i386");
    elf_maker_multiboot_2(&loaded.maker, HEADER_AT, end_tag, LENGTH(end_tag));
    elf_maker_put(&loaded.maker, HEADER_AT + 8u, 4, 0x10000);
    elf_maker_put(&loaded.maker, HEADER_AT + 12u, 4, 0u - 0xe85250d6u - 0x10000u);
    assert_false(loaded_kernel_load(LOADED_NAME, sizeof loaded.maker.bytes));
    assert_string_equal(loaded.error, LOADED_NAME ": the file ends inside the multiboot 2 header");
}

TEST(no_room_is_an_error)
{
    loaded.map = (struct pc_memmap){.count = 1, .range = {{0x100000, 0x101fff, true}}};
    assert_false(loaded_kernel_prepare(LOADED_NAME));
    assert_non_null(strstr(loaded.error, "no room in RAM for its command line"));
    loaded.map.range[0].last = 0x102fff;
    assert_false(loaded_kernel_prepare(LOADED_NAME));
    assert_non_null(strstr(loaded.error, "no room in RAM for the m"));
    elf_maker_multiboot_2(&loaded.maker, HEADER_AT, end_tag, LENGTH(end_tag));
    loaded.map.range[0].last = 0x101fff;
    assert_false(loaded_kernel_prepare(LOADED_NAME));
    assert_string_equal(loaded.error,
                        LOADED_NAME ": there is no room in RAM for the multiboot information");
}

TEST_FIXTURES(loaded_kernel_setup, loaded_kernel_teardown)
