/* Maps of physical memory in all the forms in which they are printed. */
#include "machine/pc_memmap.h"
#include "support/test.h"

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

#define E820   "the E820 map of Linux"
#define IOMEM  "/proc/iomem"
#define UEFI   "the list of UEFI's memmap"
#define EFI    "UEFI's map in a log of Linux"
#define LIMINE "the list of Limine"
#define LIST   "a list of base addresses and lengths, as of GRUB's lsmmap"
#define ROWS   "an array of C with rows of base address, length and type"

/* Each map has RAM at 0-9efff and 100000-3ffffff, unless it says otherwise. */
#define KIB(n) ((uint64_t)(n) << 10)
#define RAM    (KIB(636) + KIB(63 << 10))

static const struct {
    const char *text;
    const char *form;
    uint32_t maps;
    uint32_t count;
    uint64_t ram_bytes;
} forms[] = {
    {"BIOS-e820: [mem 0x0000000000000000-0x000000000009efff]  System RAM\n"
     "BIOS-e820: [gap 0x000000000009f000-0x00000000000fffff]\n"
     "BIOS-e820: [mem 0x0000000000100000-0x0000000003ffffff]  System RAM\n"
     "BIOS-e820: [mem 0x00000000fed00000-0x00000000fed003ff]  device reserved\n",
     E820, 1, 3, RAM},
    {" BIOS-e820: 0000000000000000 - 000000000009f000 (usable)\n"
     " BIOS-e820: 0000000000100000 - 0000000004000000 (usable)\r\n"
     " BIOS-e820: 00000000fffc0000 - 0000000100000000 (reserved)\n",
     E820, 1, 3, RAM},
    {" BIOS-e820: 0009f000 @ 00000000 (usable)\n BIOS-e820: 03f00000 @ 00100000 (usable)\n", E820,
     1, 2, RAM},
    {"BIOS-88: [mem 0x0000000000000000-0x000000000009efff] usable\n"
     "BIOS-88: [mem 0x0000000000100000-0x0000000003ffffff] usable\n",
     E820, 1, 2, RAM},
    {" BIOS-e801: 0000000000000000 - 000000000009f000 (usable)\n"
     " BIOS-e801: 0000000000100000 - 0000000004000000 (usable)\n",
     E820, 1, 2, RAM},
    {"[    0.000000] Xen: [mem 0x0000000000000000-0x000000000009efff] usable\n"
     "[    0.000000] Xen: [mem 0x0000000000100000-0x0000000003ffffff] usable\n"
     "[    0.000000] e820: update [mem 0x00000000-0x00000fff] usable ==> reserved\n"
     "[    0.000000] init_memory_mapping: [mem 0x00000000-0x000fffff]\n",
     E820, 1, 2, RAM},
    {"Nov 30 12:00:00 host kernel: user: [mem 0x0000000000000000-0x000000000009efff] usable\n"
     "Nov 30 12:00:00 host kernel: user: [mem 0x0000000000100000-0x0000000003ffffff] usable\n",
     E820, 1, 2, RAM},
    {" modified: 0000000000000000 - 000000000009f000 (usable)\n"
     " modified: 0000000000100000 - 0000000004000000 (usable)\n",
     E820, 1, 2, RAM},
    /* a comment behind the type, lines wrapped and quoted by a mail, headings cut off */
    {"BIOS-e820: [mem 0x0-0x9efff] usable    # 0.62 MB\n"
     "BIOS-e820: [mem 0x100000-0x3ffffff] usable #\n",
     E820, 1, 2, RAM},
    {"> BIOS-e820: [mem 0x0000000000000000-0x000000000009efff] \n> usable\n"
     "> BIOS-e820: [mem 0x0000000000100000-0x0000000003ffffff]\nusable\n"
     "> BIOS-e820: [mem 0x0000000004000000-0x0000000004000fff]\n> ACPI NVS\n",
     E820, 1, 3, RAM},
    {"[mem 0x0-0x9efff] usable\n> [mem 0x100000-0x3ffffff] usable\n"
     "[mem 0x4000000-0xfdffffff] available for PCI devices\n",
     E820, 1, 2, RAM},
    {"(XEN) Xen-e820 RAM map:\n(XEN)  [0000000000000000, 000000000009efff] (usable)\n"
     "(XEN)  [0000000000100000, 0000000003ffffff] (usable)\n"
     "(XEN)  [0000000004000000, 0000000004000fff] (ACPI NVS)\n",
     E820, 1, 3, RAM},
    {"(XEN)  0000000000000000 - 000000000009f000 (usable)\n"
     "(XEN)  0000000000100000 - 0000000004000000 (usable)\n",
     E820, 1, 2, RAM},
    /* the firmware's map comes first; the one that Linux has changed is another */
    {"BIOS-e820: [mem 0x0-0x9efff] usable\nBIOS-e820: [mem 0x100000-0x3ffffff] usable\n"
     "user: [mem 0x0-0x9efff] usable\n",
     E820, 1, 2, RAM},
    /* two boots; the second line of a version, the heading, and the first range begin one */
    {"BIOS-e820: [mem 0x100000-0x3ffffff] usable\nLinux version 6.1.0\n"
     "BIOS-e820: [mem 0x200000-0x3ffffff] usable\n",
     E820, 2, 1, KIB(62 << 10)},
    {"BIOS-e820: [mem 0x100000-0x3ffffff] usable\nBIOS-provided physical RAM map:\n"
     "BIOS-e820: [mem 0x200000-0x3ffffff] usable\n",
     E820, 2, 1, KIB(62 << 10)},
    {"BIOS-e820: [mem 0x100000-0x3ffffff] usable\nBIOS-e820: [mem 0x100000-0x3ffffff] usable\n",
     E820, 2, 1, KIB(63 << 10)},
    /* ranges that overlap: a byte counts once, and not if it is reserved */
    {"BIOS-e820: [mem 0x100000-0x2ffffff] usable\nBIOS-e820: [mem 0x200000-0x3ffffff] usable\n"
     "BIOS-e820: [mem 0x3f00000-0x4ffffff] reserved\n",
     E820, 1, 3, KIB(62 << 10)},
    {"00000000-0009efff : System RAM\n000f0000-000fffff : System ROM\n"
     "00100000-03ffffff : System RAM\n  01000000-01ffffff : Kernel code\n"
     "  02000000-02ffffff : System RAM\nfec00000-fec003ff : IOAPIC 0\n",
     IOMEM, 1, 4, RAM},
    {"base_addr = 0x0, length = 0x9f000, available RAM\n"
     "base_addr = 0x9f000, length = 0x1000, reserved RAM\n"
     "base_addr = 0x100000, length = 0x3f00000, available RAM\n"
     "base_addr = 0x4000000, length = 0x1000, ACPI reclaimable RAM\n",
     LIST, 1, 4, RAM},
    {" size = 0x14, base_addr = 0x000000000, length = 0x00009f000, type = 0x1\n"
     " size = 0x14, base_addr = 0x000100000, length = 0x003f00000, type = 0x1\n"
     " size = 0x14, base_addr = 0x0fffc0000, length = 0x000040000, type = 0x2\n",
     LIST, 1, 3, RAM},
    /* FreeBSD's loader: the type comes first, and the numbers have no 0x */
    {"SMAP type=01 base=0000000000000000 len=000000000009f000\n"
     "SMAP type=02 base=000000000009f000 len=0000000000001000\n"
     "SMAP type=01 base=0000000000100000 len=0000000003f00000\n",
     LIST, 1, 3, RAM},
    {"mmap: 0: base 0x0 len 0x9f000 type 1\nmmap: 1: base 0x100000 len 0x3f00000 type 1\n", LIST, 1,
     2, RAM},
    {"base: 0, len: 651264, type: Usable\nbase: 1048576, len: 66060288, type: Usable\n"
     "base: 67108864, len: 4096, type: Bootloader reclaimable\n",
     LIST, 1, 3, RAM},
    {"  { .addr = 0x0, .size = 0x9f000, .type = E820_TYPE_RAM }, { .addr = 0x100000, "
     ".size = 0x3f00000, .type = E820_TYPE_RAM },\n",
     LIST, 1, 2, RAM},
    {"Type       Start            End              # Pages          Attributes\n"
     "BS_Code    0000000000000000-0000000000000FFF 0000000000000001 000000000000000F\n"
     "Available  0000000000001000-000000000009EFFF 000000000000009E 000000000000000F\n"
     "available  0000000000100000-0000000003FFFFFF 0000000000003F00 000000000000000F\n"
     "RT_Data    0000000004000000-0000000004000FFF 0000000000000001 800000000000000F\n"
     "  Reserved  :              1 Pages (4,096)\n",
     UEFI, 1, 4, RAM},
    {"efi: mem00: [Boot Data          |   |  |WB|WT|WC|UC] range=[0x0000000000000000-"
     "0x000000000009efff] (0MB)\n"
     "efi: mem01: [Conventional Memory|   |  |WB|WT|WC|UC] range=[0x0000000000100000-"
     "0x0000000004000000) (63MB)\n"
     "efi: mem02: [Runtime Data       |RUN|  |WB|WT|WC|UC] range=[0x0000000004000000-"
     "0x0000000004000fff] (0MB)\n",
     EFI, 1, 3, RAM},
    {"[0x0 -> 0x9f000] : 0x9f000 <Usable RAM (0x1)>\n"
     "pmm: [0x100000 -> 0x3000000] : 0x2f00000 <Usable RAM (0x1)>\n"
     "[0x3000000 -> 0x4000000] : 0x1000000 <Bootloader reclaimable (0x1000)>\n"
     "[0x4000000 -> 0x4001000] : 0x1000 <ACPI reclaimable (0x3)>\n",
     LIMINE, 1, 4, RAM},
    {"struct e820entry map[] = {\n    { 0x0, 0x9f000ULL, 1 }, { 0x9f000, 0x1000, 2 },\n"
     "    {0x0000000000100000, 66060288, E820_RAM},\n    {0xfffc0000,0x40000,E820_RESERVED, "
     "0},\n};\n",
     ROWS, 1, 4, RAM},
};

TEST(every_form_is_read)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (!read_text(forms[i].text))
            fail_msg("%s: %s", forms[i].text, error);
        assert_string_equal(map.form, forms[i].form);
        if (map.count != forms[i].count || map.maps != forms[i].maps ||
            pc_memmap_ram_bytes(&map) != forms[i].ram_bytes)
            fail_msg("%s: %u ranges, %u maps, %llx bytes", forms[i].text, map.count, map.maps,
                     (unsigned long long)pc_memmap_ram_bytes(&map));
    }
}

/* The last byte of the type is 1 for RAM; 16 bytes of a tag may stand before the entries. */
#define LOW_ENTRY                                                                                  \
    "0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf0, 0x09, 0x00, 0x00, 0x00, 0x00,\n"  \
    "  0x00, 0x01, 0x00, 0x00, 0x00"
#define HIGH_ENTRY                                                                                 \
    "0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf0, 0x03, 0x00, 0x00, 0x00, "   \
    "0x00, 0x01, 0x00, 0x00, 0x00"
#define NO_ATTRIBUTES ", 0x00, 0x00, 0x00, 0x00"

TEST(bytes_of_a_table_are_read)
{
    static const char *const texts[] = {
        "unsigned char e820[] = {\n  " LOW_ENTRY ",\n  " HIGH_ENTRY "\n};\n"
        "unsigned int e820_len = 40;\n",
        "unsigned char e820[] = {\n  " LOW_ENTRY NO_ATTRIBUTES ",\n  " HIGH_ENTRY NO_ATTRIBUTES
        "\n};\n",
        "0x06, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00, 0x18, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, "
        "0x00,\n" LOW_ENTRY NO_ATTRIBUTES ",\n" HIGH_ENTRY NO_ATTRIBUTES "\n"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!read_text(texts[i]))
            fail_msg("%s", error);
        assert_int_equal(map.count, 2);
        assert_true(pc_memmap_ram_bytes(&map) == RAM);
        assert_string_equal(map.form, "a table of E820 or multiboot 2 as bytes");
    }
    assert_false(read_text("0x00, 0x01, 0x02,\n"));
    assert_false(read_text(LOW_ENTRY ", 0x7\n"));
}

TEST(only_a_map_of_a_present_linux_is_usual)
{
    assert_true(read_text("BIOS-e820: [mem 0x100000-0x3ffffff] usable\n") && map.is_usual);
    assert_true(read_text("BIOS-e820: 100000 - 4000000 (usable)\n") && !map.is_usual);
    assert_true(read_text("Xen: [mem 0x100000-0x3ffffff] usable\n") && !map.is_usual);
    assert_true(read_text("00100000-03ffffff : System RAM\n") && !map.is_usual);
}

static const struct {
    const char *text;
    const char *error;
} bad[] = {
    {"BIOS-e820: 0000000000100000 + 0000000004000000 (usable)\n",
     "boot.log:1: expected [mem 0xFIRST-0xLAST] TYPE, or FIRST - END (TYPE)"},
    {"BIOS-e820: 200000 - 100000 (usable)\n", "boot.log:1: the range ends before it starts"},
    {"Xen: [mem 0x2000-0x1fff] usable\n", "boot.log:1: the range ends before it starts"},
    {"BIOS-e820: [mem 0x1000-0x1fff] usable\nBIOS-e820: 1000 2000 (usable)\n",
     "boot.log:2: expected [mem 0xFIRST-0xLAST] TYPE, or FIRST - END (TYPE)"},
    {"00000000-00000000 : System RAM\n",
     "boot.log:1: the addresses are hidden: read /proc/iomem as root"},
    {"00002000-00001fff : System RAM\n", "boot.log:1: the range ends before it starts"},
    {"base_addr = 0xfffffffffffff000, length = 0x2000, available RAM\n",
     "boot.log:1: the range ends behind the last address of 64 bits"},
    {"Available  0000000000001000-xyz 1 F\n",
     "boot.log:1: the last address is not 1 to 16 hexadecimal digits"},
    {"[0x2000 -> 0x1000] : 0x1000 <Usable RAM (0x1)>\n",
     "boot.log:1: the range ends before it starts"},
    {"base_addr = 0x0, length = 0x1000, reserved RAM\n",
     "boot.log: no usable RAM in the 1 ranges of its memory map"},
};

TEST(a_bad_map_is_refused_with_its_line)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(read_text(bad[i].text));
        assert_string_equal(error, bad[i].error);
    }
}

TEST(ram_may_end_at_the_last_address)
{
    assert_true(read_text("BIOS-e820: [mem 0xffffffffffff0000-0xffffffffffffffff] usable\n"
                          "BIOS-e820: [mem 0x0-0xfff] usable\n"));
    assert_true(pc_memmap_ram_bytes(&map) == 0x10fff);
}
