/* Names of addresses and addresses of names; source lines of a file made by a compiler. */
#include <string.h>

#include "kernel/backtrace.h"
#include "kernel/cases.h"
#include "support/elf_maker.h"
#include "support/program.h"
#include "support/scratch.h"
#include "support/test.h"

#define NAME         "kernel.elf"
#define TEXT(offset) (ELF_MAKER_TEXT_VA + (offset))
#define DATA(offset) (ELF_MAKER_DATA_VA + (offset))
#define GLOBAL(type) ELF32_ST_INFO(STB_GLOBAL, type)
#define LOCAL(type)  ELF32_ST_INFO(STB_LOCAL, type)

static struct elf_maker maker;
static struct elf_file file;
static struct symbols symbols;
static char error[256];

struct symbol_case {
    const char *name;
    uint32_t va, bytes;
    unsigned char info;
    uint16_t section;
};

static const struct symbol_case kernel_symbols[] = {
    {"kernel.c", 0, 0, LOCAL(STT_FILE), SHN_ABS},
    {"", TEXT(0), 0, LOCAL(STT_SECTION), ELF_MAKER_TEXT_SECTION},
    {"start", TEXT(0x40), 0, GLOBAL(STT_NOTYPE), ELF_MAKER_TEXT_SECTION},
    {"start_local", TEXT(0x40), 0, LOCAL(STT_NOTYPE), ELF_MAKER_TEXT_SECTION},
    {"loop", TEXT(0x50), 0, LOCAL(STT_NOTYPE), ELF_MAKER_TEXT_SECTION},
    {"kalloc", TEXT(0x100), 0x20, GLOBAL(STT_FUNC), ELF_MAKER_TEXT_SECTION},
    {"kalloc_retry", TEXT(0x110), 0, LOCAL(STT_NOTYPE), ELF_MAKER_TEXT_SECTION},
    {"kfree", TEXT(0x120), 0x20, GLOBAL(STT_FUNC), ELF_MAKER_TEXT_SECTION},
    {"init", TEXT(0x200), 0x10, LOCAL(STT_FUNC), ELF_MAKER_TEXT_SECTION},
    {"init", TEXT(0x210), 0x10, LOCAL(STT_FUNC), ELF_MAKER_TEXT_SECTION},
    {"lock", DATA(0), 4, LOCAL(STT_OBJECT), ELF_MAKER_DATA_SECTION},
    {"lock", TEXT(0x220), 4, LOCAL(STT_FUNC), ELF_MAKER_TEXT_SECTION},
    {"pages", DATA(8), 4, LOCAL(STT_OBJECT), ELF_MAKER_DATA_SECTION},
    {"pages", DATA(4), 4, GLOBAL(STT_OBJECT), ELF_MAKER_DATA_SECTION},
    {"low_start", 0x10000c, 0, GLOBAL(STT_NOTYPE), ELF_MAKER_TEXT_SECTION},
    {"image_end", 0xc0101800, 0, GLOBAL(STT_NOTYPE), SHN_ABS},
    {"elsewhere", 0, 0, GLOBAL(STT_NOTYPE), SHN_UNDEF},
};

static void make(const struct symbol_case *cases, size_t count)
{
    elf_maker_init(&maker);
    for (size_t i = 0; i < count; i++)
        elf_maker_symbol(&maker, cases[i].name, cases[i].va, cases[i].bytes, cases[i].info,
                         cases[i].section);
}

static size_t add(const char *path)
{
    elf_file_of_bytes(&file, path, maker.bytes, sizeof maker.bytes);
    size_t count = symbols_add(&symbols, &file);
    elf_file_close(&file); /* names stay valid */
    return count;
}

static int fresh(void **state)
{
    (void)state;
    make(kernel_symbols, LENGTH(kernel_symbols));
    return 0;
}

static int end(void **state)
{
    (void)state;
    symbols_free(&symbols);
    return 0;
}

/* ---- by name ---- */

static void assert_address(const char *name, uint32_t va)
{
    const struct symbol *symbol = symbols_find(&symbols, name);

    if (symbol == NULL || symbol->va != va)
        fail_msg("%s is at 0x%x", name, symbol != NULL ? symbol->va : 0);
}

TEST(names_have_addresses)
{
    assert_int_equal(add(NAME), LENGTH(kernel_symbols) - 3u);
    assert_address("kalloc", TEXT(0x100));
    assert_address("loop", TEXT(0x50));
    assert_address("image_end", 0xc0101800);
    assert_address("low_start", 0x10000c);
    assert_null(symbols_find(&symbols, "elsewhere"));
    assert_null(symbols_find(&symbols, "kernel.c"));
    assert_null(symbols_find(&symbols, ""));
    assert_null(symbols_find(&symbols, "zzz"));
}

TEST(of_equal_names_one_is_preferred)
{
    add(NAME);
    assert_address("pages", DATA(4));    /* global before static */
    assert_address("lock", TEXT(0x220)); /* function before object */
    assert_address("init", TEXT(0x200)); /* the lowest */
}

TEST(the_first_files_symbol_is_preferred)
{
    static const struct symbol_case program[] = {
        {"kalloc", 0x10, 4, GLOBAL(STT_FUNC), SHN_ABS},
        {"umain", 0x20, 4, GLOBAL(STT_FUNC), SHN_ABS},
    };

    add(NAME);
    make(program, LENGTH(program));
    assert_int_equal(add("program.elf"), 2);
    assert_address("kalloc", TEXT(0x100));
    assert_address("umain", 0x20);
}

static const struct {
    const char *text;
    bool known;
    uint32_t va;
    const char *error;
} addresses[] = {
    {"kalloc", true, TEXT(0x100), NULL},
    {"0x1234", true, 0x1234, NULL},
    {"0XfFfFfFfF", true, 0xffffffff, NULL},
    {"0x", false, 0, "0x: no such symbol"},
    {"0x123456789", false, 0, "0x123456789: no such symbol"},
    {"0x12g", false, 0, "0x12g: no such symbol"},
    {"1234", false, 0, "1234: no such symbol"},
    {"", false, 0, ": no such symbol"},
    {"kaloc", false, 0, "kaloc: no such symbol (did you mean 'kalloc'?)"},
    {"kaloc\n", false, 0, "kaloc\\x0a: no such symbol (did you mean 'kalloc'?)"},
    {"page_remove", false, 0, "page_remove: no such symbol"},
};

TEST(text_is_an_address)
{
    uint32_t va;

    add(NAME);
    for (size_t i = 0; i < LENGTH(addresses); i++) {
        if (symbols_address(&symbols, addresses[i].text, &va, error, sizeof error) !=
            addresses[i].known)
            fail_msg("%s", addresses[i].text);
        if (addresses[i].known)
            assert_int_equal(va, addresses[i].va);
        else
            assert_string_equal(error, addresses[i].error);
    }
}

TEST(a_stripped_file_is_named_as_such)
{
    uint32_t va;

    elf_maker_init(&maker);
    assert_int_equal(add(NAME), 0);
    assert_false(symbols_address(&symbols, "kalloc", &va, error, sizeof error));
    assert_string_equal(error, "kalloc: no such symbol: the file has no symbol table; give an "
                               "address, 0x and up to 8 hexadecimal digits");
}

/* ---- by address ---- */

static const struct {
    uint32_t va;
    const char *where;
} places[] = {
    {TEXT(0), "0xc0100000"}, /* a symbol of a section has no name */
    {TEXT(0x3f), "0xc010003f"},  {TEXT(0x40), "start"},
    {TEXT(0x4f), "start+0xf"},   {TEXT(0x51), "loop+0x1"},
    {TEXT(0x100), "kalloc"},     {TEXT(0x118), "kalloc+0x18"}, /* a label inside does not count */
    {TEXT(0x120), "kfree"},      {TEXT(0x150), "kfree+0x30"},  /* behind it there is none */
    {TEXT(0x3ff), "lock+0x1df"}, {TEXT(0x400), "0xc0100400"},  /* the section ends */
    {DATA(0), "lock"},           {DATA(5), "pages+0x1"},
    {DATA(0x80), "pages+0x78"},  {DATA(0x100), "0xc0101100"},
    {0x10000c, "low_start"}, /* outside its section: the address alone */
    {0x10000d, "0x0010000d"},    {0x0, "0x00000000"},
    {UINT32_MAX, "0xffffffff"},
};

TEST(addresses_have_names)
{
    char text[WHERE_BYTES];
    struct lines *lines = lines_create();

    add(NAME);
    for (size_t i = 0; i < LENGTH(places); i++)
        assert_string_equal(where_text(&symbols, lines, places[i].va, text), places[i].where);
    assert_string_equal(where_caller_text(&symbols, lines, TEXT(0x120), text), "kalloc+0x20");
    lines_destroy(lines);
}

TEST(code_is_listed_in_order)
{
    static const uint32_t expected[] = {0x10000c,    TEXT(0x40),  TEXT(0x50),
                                        TEXT(0x100), TEXT(0x110), TEXT(0x120),
                                        TEXT(0x200), TEXT(0x210), TEXT(0x220)};
    uint32_t va[16] = {0};

    add(NAME);
    assert_int_equal(symbols_code(&symbols, va, LENGTH(va)), LENGTH(expected));
    assert_memory_equal(va, expected, sizeof expected);
    memset(va, 0, sizeof va);
    assert_int_equal(symbols_code(&symbols, va, 2), LENGTH(expected));
    assert_int_equal(va[1], TEXT(0x40));
    assert_int_equal(va[2], 0);
    assert_int_equal(symbols_code(&symbols, NULL, 0), LENGTH(expected));
}

/* ---- broken tables ---- */

#define SYMTAB(field) ELF_MAKER_SECTION_FIELD(ELF_MAKER_SYMTAB, field)
#define STRTAB(field) ELF_MAKER_SECTION_FIELD(ELF_MAKER_STRTAB, field)

static const struct {
    const char *name;
    uint32_t offset, value;
    bool some; /* there are symbols nevertheless */
} broken[] = {
    {"a table beyond the file", SYMTAB(sh_offset), 0x3ff1, false},
    {"a table without bytes", SYMTAB(sh_size), 0, false},
    {"a table that wraps", SYMTAB(sh_size), UINT32_MAX, false},
    {"half an entry at the end", SYMTAB(sh_size), 16 * 6 + 8, true},
    {"no names", SYMTAB(sh_link), 0, false},
    {"names of a section that is not there", SYMTAB(sh_link), 77, false},
    {"names beyond the file", STRTAB(sh_offset), UINT32_MAX, false},
    {"names that do not end", STRTAB(sh_size), 16, true},
};

TEST(broken_tables_have_fewer_symbols)
{
    for (size_t i = 0; i < LENGTH(broken); i++) {
        make(kernel_symbols, LENGTH(kernel_symbols));
        elf_maker_put(&maker, broken[i].offset, 4, broken[i].value);
        if ((add(NAME) > 0) != broken[i].some)
            fail_msg("%s", broken[i].name);
        symbols_free(&symbols);
    }
}

TEST(dynsym_serves_where_there_is_no_symtab)
{
    elf_maker_put(&maker, SYMTAB(sh_type), 4, SHT_DYNSYM);
    assert_true(add(NAME) > 0);
    assert_address("kalloc", TEXT(0x100));
}

/* ---- source lines ---- */

/* The test expects the line numbers of this source. */
static const char source[] = "volatile int counter;\n"
                             "__attribute__((noinline)) int bump(int by)\n"
                             "{\n"
                             "    counter += by;\n"
                             "    return counter;\n"
                             "}\n"
                             "void _start(void)\n"
                             "{\n"
                             "    bump(1);\n"
                             "    for (;;)\n"
                             "        ;\n"
                             "}\n";

static bool compile(void)
{
    static struct program program;
    const char *input = scratch_text("source.c", source);
    const char *output = scratch_path("compiled.elf");
    static const char script[] = "exec gcc -m32 -O1 -g -ffreestanding -fno-pic -nostdlib -static"
                                 " -Wl,-Ttext=0xc0100000 -Wl,--build-id=none -o \"$1\" \"$0\"";

    program_run(&program, NULL, NULL,
                (const char *const[]){"sh", "-c", script, input, output, NULL});
    return program.status == 0 && elf_file_open(&file, output, error, sizeof error);
}

TEST(lines_are_found)
{
    struct lines *lines = lines_create();
    struct source_line line;
    char text[WHERE_BYTES];

    if (!compile())
        skip();
    symbols_add(&symbols, &file);
    lines_add(lines, &file);
    uint32_t bump = symbols_find(&symbols, "bump")->va;
    if (lines_missing() == NULL) {
        assert_string_equal(where_text(&symbols, lines, bump, text), "bump (source.c:4)");
        const struct symbol *start = symbols_find(&symbols, "_start");
        assert_true(lines_find(lines, start->va, &line));
        assert_int_equal(line.line, 9);
        assert_true(lines_find(lines, start->va + start->bytes - 1u, &line));
        assert_in_range(line.line, 10, 11);
        assert_false(lines_find(lines, start->va + 0x10000u, &line));
    }
    assert_false(lines_find(lines, 0, &line));
    assert_false(lines_find(lines, UINT32_MAX, &line));
    lines_destroy(lines);
    elf_file_close(&file);
}

TEST(a_file_without_dwarf_has_no_lines)
{
    struct lines *lines = lines_create();
    struct source_line line;

    elf_file_of_bytes(&file, NAME, maker.bytes, sizeof maker.bytes);
    lines_add(lines, &file);
    assert_false(lines_find(lines, TEXT(0x100), &line));
    assert_false(lines_find(lines, TEXT(0x100), &line));
    lines_destroy(lines);
    lines_destroy(NULL);
    elf_file_close(&file);
}

TEST_FIXTURES(fresh, end)
