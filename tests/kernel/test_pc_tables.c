/*
 * The tables of a PC's firmware, read as kernels read them: search for a signature, add up the
 * bytes, walk the entries.
 */
#include "kernel/pc_tables.h"
#include "support/test.h"

#include <string.h>

#define MIB 0x100000u

static unsigned char memory[MIB];

static int build(void **state)
{
    (void)state;
    memset(memory, 0xa5, sizeof memory);
    pc_tables_build(memory);
    return 0;
}

static uint32_t get(uint32_t at, uint32_t bytes)
{
    uint32_t value = 0;

    for (uint32_t i = 0; i < bytes; i++) {
        value |= (uint32_t)memory[at + i] << i * 8;
    }
    return value;
}

static uint8_t sum(uint32_t at, uint32_t bytes)
{
    uint8_t total = 0;

    for (uint32_t i = 0; i < bytes; i++) {
        total = (uint8_t)(total + memory[at + i]);
    }
    return total;
}

/* Search the 16-byte boundaries of [at, end) for a signature, with a checksum over `bytes`. Returns
   its address; 0 when it is not there. */
static uint32_t find(const char *signature, uint32_t at, uint32_t end, uint32_t bytes)
{
    for (; at < end; at += 16) {
        if (memcmp(memory + at, signature, strlen(signature)) == 0 && sum(at, bytes) == 0) {
            return at;
        }
    }
    return 0;
}

/* ---- BIOS ---- */

TEST(bios_data_area)
{
    static const struct {
        uint32_t at, bytes, value;
    } fields[] = {
        {0x400, 2, 0x3f8}, {0x402, 2, 0},    {0x40e, 2, 0x9fc0}, {0x413, 2, 639},    {0x449, 1, 3},
        {0x44a, 2, 80},    {0x450, 2, 0},    {0x463, 2, 0x3d4},  {0x484, 1, 24},     {0x46c, 4, 0},
        {0x4ff, 1, 0},     {0x500, 1, 0xa5}, {0x9fc00, 1, 1},    {0x9fbff, 1, 0xa5},
    };

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        assert_int_equal(get(fields[i].at, fields[i].bytes), fields[i].value);
    }
}

TEST(interrupt_vectors_return)
{
    for (uint32_t vector = 0; vector < 256; vector++) {
        uint32_t handler = get(vector * 4 + 2, 2) * 16 + get(vector * 4, 2);

        assert_int_equal(memory[handler], 0xcf);
    }
}

TEST(rom_end)
{
    assert_int_equal(memory[0xffff0], 0xea);
    assert_memory_equal(memory + 0xffff5, "01/01/26", 8);
    assert_int_equal(memory[0xffffe], 0xfc);
}

TEST(blank_screen)
{
    for (uint32_t i = 0; i < 80 * 25; i++) {
        assert_int_equal(get(0xb8000 + i * 2, 2), 0x0720);
    }
    assert_int_equal(get(0xb8000 + 80 * 25 * 2, 2), 0xa5a5);
}

/* ---- MP: as xv6's mpinit() ---- */

static uint32_t mp_config(void)
{
    uint32_t ebda = get(0x40e, 2) << 4;
    uint32_t pointer = find("_MP_", 0xf0000, 0x100000, 16), config;

    assert_int_equal(find("_MP_", ebda, ebda + 1024, 16), 0);
    assert_int_not_equal(pointer, 0);
    assert_int_equal(get(pointer + 8, 1), 1);
    assert_int_equal(get(pointer + 9, 1), 4);
    assert_int_equal(get(pointer + 11, 1), 0); /* there is a configuration, ... */
    assert_int_equal(get(pointer + 12, 1), 0); /* ... and no IMCR */
    config = get(pointer + 4, 4);
    assert_memory_equal(memory + config, "PCMP", 4);
    assert_int_equal(get(config + 6, 1), 4);
    assert_int_equal(sum(config, get(config + 4, 2)), 0);
    return config;
}

TEST(mp_entries)
{
    static const uint32_t expected[] = {1, 1, 1, 15, 2};
    uint32_t config = mp_config(), end = config + get(config + 4, 2), at = config + 44;
    uint32_t counts[5] = {0}, entries = 0, last = 0;

    assert_int_equal(get(config + 36, 4), 0xfee00000);
    while (at < end) {
        uint32_t type = memory[at];

        assert_in_range(type, last, 4); /* in ascending order */
        counts[type]++;
        entries++;
        last = type;
        at += type == 0 ? 20 : 8;
    }
    assert_int_equal(at, end);
    assert_int_equal(entries, get(config + 34, 2));
    assert_memory_equal(counts, expected, sizeof expected);
}

TEST(mp_processor_bus_and_ioapic)
{
    uint32_t at = mp_config() + 44;

    assert_int_equal(get(at, 4), 0x03140000); /* enabled, bootstrap; version; APIC ID 0 */
    assert_int_equal(get(at + 20, 2), 0x0001);
    assert_memory_equal(memory + at + 22, "ISA   ", 6);
    assert_int_equal(get(at + 28, 4), 0x01110002); /* enabled; version; ID 0 */
    assert_int_equal(get(at + 32, 4), 0xfec00000);
}

TEST(mp_interrupts)
{
    uint32_t at = mp_config() + 44 + 36;

    for (uint32_t irq = 0; irq < 16; irq++) {
        if (irq == 2) {
            continue;
        }
        assert_int_equal(get(at, 4), 0x0003); /* polarity and trigger as on the bus */
        assert_int_equal(get(at + 4, 4), (irq == 0 ? 2 : irq) << 24 | irq << 8);
        at += 8;
    }
    assert_int_equal(get(at, 4), 0x0304); /* ExtINT at LINT0 */
    assert_int_equal(get(at + 4, 4), 0);
    assert_int_equal(get(at + 8, 4), 0x0104); /* NMI at LINT1 */
    assert_int_equal(get(at + 12, 4), 0x01000000);
}

/* ---- ACPI ---- */

/* Returns the address of the table with this signature in the RSDT; checks its header. */
static uint32_t acpi_table(const char *signature)
{
    uint32_t rsdp = find("RSD PTR ", 0xe0000, 0x100000, 20), rsdt = get(rsdp + 16, 4);

    assert_int_not_equal(rsdp, 0);
    assert_int_equal(get(rsdp + 15, 1), 0); /* ACPI 1.0 */
    assert_memory_equal(memory + rsdt, "RSDT", 4);
    assert_int_equal(sum(rsdt, get(rsdt + 4, 4)), 0);
    for (uint32_t at = rsdt + 36; at < rsdt + get(rsdt + 4, 4); at += 4) {
        uint32_t table = get(at, 4);

        assert_int_equal(sum(table, get(table + 4, 4)), 0);
        if (memcmp(memory + table, signature, 4) == 0) {
            return table;
        }
    }
    fail_msg("no %s", signature);
    return 0;
}

TEST(acpi_fixed_description)
{
    uint32_t fadt = acpi_table("FACP"), dsdt = get(fadt + 40, 4);

    assert_int_equal(get(fadt + 4, 4), 116);
    assert_int_equal(get(fadt + 76, 4), 0); /* no timer */
    assert_int_equal(get(fadt + 108, 1), 0x32);
    assert_memory_equal(memory + dsdt, "DSDT", 4);
    assert_int_equal(sum(dsdt, get(dsdt + 4, 4)), 0);
}

TEST(acpi_interrupt_controllers)
{
    static const unsigned char lengths[] = {8, 12, 10, 0, 6};
    uint32_t madt = acpi_table("APIC"), end = madt + get(madt + 4, 4), at = madt + 44, seen = 0;
    uint32_t overridden = 0;

    assert_int_equal(get(madt + 36, 4), 0xfee00000);
    assert_int_equal(get(madt + 40, 4), 1);
    while (at < end) {
        uint32_t type = memory[at];

        assert_in_range(type, 0, 4);
        assert_int_equal(memory[at + 1], lengths[type]);
        seen |= 1u << type;
        if (type == 1) {
            assert_int_equal(get(at + 4, 4), 0xfec00000);
        } else if (type == 2) {
            uint32_t irq = get(at + 3, 1);
            overridden |= 1u << irq;
            assert_int_equal(get(at + 4, 4), irq ? irq : 2);  /* the pin */
            assert_int_equal(get(at + 8, 2), irq ? 0x0d : 0); /* level, active high */
        }
        at += lengths[type];
    }
    assert_int_equal(at, end);
    assert_int_equal(seen, 0x17);
    assert_int_equal(overridden, 1u << 0 | 1u << 5 | 1u << 9 | 1u << 10 | 1u << 11);
}

int main(void)
{
    return tests_run(build, NULL);
}
