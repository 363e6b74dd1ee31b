/*
 * The first MiB as the firmware leaves it:
 *
 *     0x00000  interrupt vectors, each to an IRET in ROM
 *     0x00400  BIOS data area
 *     0x9fc00  extended BIOS data area, its size in KiB first
 *     0xb8000  text screen, 80 x 25
 *     0xe0000  ACPI: RSDP, RSDT, FADT, MADT, DSDT     (ACPI Specification 1.0b, 5.2)
 *     0xf0000  MP floating pointer and configuration  (Intel MultiProcessor Specification 1.4, 4)
 *     0xffff0  reset vector, date, model
 */
#include "pc_tables.h"

#include <stddef.h>
#include <string.h>

#define VECTORS        256u
#define IRET_AT        0xfff53u
#define IRET_POINTER   0xf000ff53u
#define IRET_OPCODE    0xcfu
#define SCREEN_AT      0xb8000u
#define SCREEN_COLUMNS 80u
#define SCREEN_ROWS    25u
#define SCREEN_BLANK   0x0720u /* grey on black */
#define ROM_AT         0xe0000u
#define ROM_END        0x100000u
#define BIOS_END_AT    0xffff0u

#define RSDP_AT      0xe0000u
#define RSDT_AT      0xe0040u
#define FADT_AT      0xe0080u
#define MADT_AT      0xe0100u
#define DSDT_AT      0xe0180u
#define MP_AT        0xf0000u
#define MP_CONFIG_AT 0xf0010u

#define APIC_AT   0xfee00000u
#define IOAPIC_AT 0xfec00000u
#define TIMER_PIN 2u
#define ISA_IRQS  16u
#define SCI_IRQ   9u

/* ---- little-endian fields ---- */

static void put(unsigned char *at, uint64_t value, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        at[i] = (unsigned char)(value >> i * 8);
    }
}

/* A field at a fixed place: its offset in the table, its size, and its value. */
struct field {
    uint32_t at, bytes;
    uint32_t value;
};

static void put_fields(unsigned char *base, const struct field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put(base + fields[i].at, fields[i].value, fields[i].bytes);
    }
}

/* Set the byte `sum` so that the sum of all bytes is 0. */
static void put_checksum(unsigned char *table, uint32_t bytes, unsigned char *sum)
{
    uint32_t total = 0;

    *sum = 0;
    for (uint32_t i = 0; i < bytes; i++) {
        total += table[i];
    }
    *sum = (unsigned char)(0u - total);
}

/* ---- BIOS ---- */

static const struct field bios_data[] = {
    {0x400, 2, 0x3f8},                      /* first serial port */
    {0x40e, 2, PC_BASE_MEMORY_END >> 4},    /* segment of the extended data area */
    {0x410, 2, 0x0226},                     /* equipment: a serial port, 80 columns, mouse, FPU */
    {0x413, 2, PC_BASE_MEMORY_END / 1024u}, /* base memory in KiB */
    {0x41a, 2, 0x001e},                     /* keyboard buffer: head, ... */
    {0x41c, 2, 0x001e},                     /* ... tail, ... */
    {0x449, 1, 3},                          /* video mode */
    {0x44a, 2, SCREEN_COLUMNS},
    {0x44c, 2, 0x1000}, /* bytes of a page */
    {0x460, 2, 0x0607}, /* shape of the cursor */
    {0x463, 2, 0x03d4}, /* port of the CRT controller */
    {0x480, 2, 0x001e}, /* ... begin, ... */
    {0x482, 2, 0x003e}, /* ... end */
    {0x484, 1, SCREEN_ROWS - 1},
    {0x485, 2, 16},   /* height of a character */
    {0x496, 1, 0x10}, /* keyboard with 101 keys */
    {PC_BASE_MEMORY_END, 1, 1},
};

#define BIOS_DATA_AT        0x400u
#define BIOS_DATA_BYTES     0x100u
#define EXTENDED_DATA_BYTES 1024u

static void build_bios(unsigned char *memory)
{
    /* A far jump to the firmware's entry, its date, and the model: AT. */
    static const unsigned char end[16] = {0xea, 0x5b, 0xe0, 0x00, 0xf0, '0', '1', '/',
                                          '0',  '1',  '/',  '2',  '6',  0,   0xfc};

    memset(memory + ROM_AT, 0, ROM_END - ROM_AT);
    for (uint32_t i = 0; i < VECTORS; i++) {
        put(memory + i * 4, IRET_POINTER, 4);
    }
    memory[IRET_AT] = IRET_OPCODE;
    memset(memory + BIOS_DATA_AT, 0, BIOS_DATA_BYTES);
    memset(memory + PC_BASE_MEMORY_END, 0, EXTENDED_DATA_BYTES);
    put_fields(memory, bios_data, sizeof bios_data / sizeof *bios_data);
    memcpy(memory + BIOS_END_AT, end, sizeof end);
}

static void build_screen(unsigned char *memory)
{
    for (uint32_t i = 0; i < SCREEN_COLUMNS * SCREEN_ROWS; i++) {
        put(memory + SCREEN_AT + i * 2, SCREEN_BLANK, 2);
    }
}

/* ---- MP ---- */

#define MP_POINTER_BYTES 16u
#define MP_HEADER_BYTES  44u
#define MP_VERSION       4u /* 1.4 */
#define MP_CHECKSUM      7u
#define MP_LENGTH        4u
#define MP_ENTRIES       34u

enum mp_entry { MP_PROCESSOR, MP_BUS, MP_IOAPIC, MP_IO_INTERRUPT, MP_LOCAL_INTERRUPT };
enum mp_interrupt { MP_INT, MP_NMI, MP_SMI, MP_EXTINT };

/* The end of a table under construction. */
struct table {
    unsigned char *begin, *end;
    uint32_t entries;
};

static void add_processor(struct table *table)
{
    static const struct field fields[] = {
        {0, 1, MP_PROCESSOR}, {2, 1, 0x14},  /* version of its APIC, whose ID is 0 */
        {3, 1, 0x03},                        /* enabled, bootstrap */
        {4, 4, 0x600},        {8, 4, 0x201}, /* signature; features FPU, APIC */
    };

    put_fields(table->end, fields, sizeof fields / sizeof *fields);
    table->end += 20;
    table->entries++;
}

static void add_bus(struct table *table)
{
    table->end[0] = MP_BUS;
    memcpy(table->end + 2, "ISA   ", 6);
    table->end += 8;
    table->entries++;
}

static void add_ioapic(struct table *table)
{
    static const struct field fields[] = {
        {0, 1, MP_IOAPIC}, {2, 1, 0x11}, {3, 1, 1}, {4, 4, IOAPIC_AT}};

    put_fields(table->end, fields, sizeof fields / sizeof *fields);
    table->end += 8;
    table->entries++;
}

/* Add an interrupt line of bus 0 to a pin of APIC 0, with the bus's trigger mode and polarity. */
static void add_interrupt(struct table *table, enum mp_entry entry, enum mp_interrupt kind,
                          uint32_t irq, uint32_t pin)
{
    table->end[0] = (unsigned char)entry;
    table->end[1] = (unsigned char)kind;
    table->end[5] = (unsigned char)irq;
    table->end[7] = (unsigned char)pin;
    table->end += 8;
    table->entries++;
}

static void add_interrupts(struct table *table)
{
    for (uint32_t irq = 0; irq < ISA_IRQS; irq++) {
        if (irq != TIMER_PIN) {
            add_interrupt(table, MP_IO_INTERRUPT, MP_INT, irq, irq ? irq : TIMER_PIN);
        }
    }
    add_interrupt(table, MP_LOCAL_INTERRUPT, MP_EXTINT, 0, 0);
    add_interrupt(table, MP_LOCAL_INTERRUPT, MP_NMI, 0, 1);
}

static void build_mp(unsigned char *memory)
{
    unsigned char *pointer = memory + MP_AT, *config = memory + MP_CONFIG_AT;
    struct table table = {config, config + MP_HEADER_BYTES, 0};
    uint32_t bytes;

    memcpy(pointer, "_MP_", 4);
    put(pointer + 4, MP_CONFIG_AT, 4);
    put(pointer + 8, 1, 1); /* length, in 16 bytes */
    put(pointer + 9, MP_VERSION, 1);
    put_checksum(pointer, MP_POINTER_BYTES, pointer + 10);

    add_processor(&table);
    add_bus(&table);
    add_ioapic(&table);
    add_interrupts(&table);
    bytes = (uint32_t)(table.end - table.begin);
    memcpy(config, "PCMP", 4);
    put(config + MP_LENGTH, bytes, 2);
    put(config + 6, MP_VERSION, 1);
    memcpy(config + 8, "MMSIM   PC          ", 20);
    put(config + MP_ENTRIES, table.entries, 2);
    put(config + 36, APIC_AT, 4);
    put_checksum(config, bytes, config + MP_CHECKSUM);
}

/* ---- ACPI ---- */

#define ACPI_HEADER_BYTES 36u
#define ACPI_CHECKSUM     9u
#define RSDP_BYTES        20u
#define RSDP_CHECKSUM     8u
#define FADT_BYTES        116u

/* Write the header of all tables except the RSDP. */
static void put_acpi_header(unsigned char *table, const char *signature, uint32_t bytes)
{
    memcpy(table, signature, 4);
    put(table + 4, bytes, 4);
    put(table + 8, 1, 1); /* revision */
    memcpy(table + 10, "MMSIM ", 6);
    memcpy(table + 16, "PC      ", 8);
    put(table + 24, 1, 4);
    memcpy(table + 28, "MMSM", 4);
    put(table + 32, 1, 4);
    put_checksum(table, bytes, table + ACPI_CHECKSUM);
}

static void build_rsdp(unsigned char *memory)
{
    unsigned char *rsdp = memory + RSDP_AT, *rsdt = memory + RSDT_AT;

    memcpy(rsdp, "RSD PTR ", 8);
    memcpy(rsdp + 9, "MMSIM ", 6);
    put(rsdp + 16, RSDT_AT, 4);
    put_checksum(rsdp, RSDP_BYTES, rsdp + RSDP_CHECKSUM);

    put(rsdt + ACPI_HEADER_BYTES, FADT_AT, 4);
    put(rsdt + ACPI_HEADER_BYTES + 4, MADT_AT, 4);
    put_acpi_header(rsdt, "RSDT", ACPI_HEADER_BYTES + 8);
}

/* There is no power management and no port for it, so the port addresses are 0. */
static void build_fadt(unsigned char *memory)
{
    static const struct field fields[] = {
        {40, 4, DSDT_AT}, {46, 2, SCI_IRQ}, {96, 2, 0xffff}, /* no C2 */
        {98, 2, 0xffff},                                     /* no C3 */
        {108, 1, 0x32},                                      /* century, in CMOS */
        {112, 4, 0x01},                                      /* WBINVD works */
    };

    put_fields(memory + FADT_AT, fields, sizeof fields / sizeof *fields);
    put_acpi_header(memory + FADT_AT, "FACP", FADT_BYTES);
    put_acpi_header(memory + DSDT_AT, "DSDT", ACPI_HEADER_BYTES);
}

/* An entry that redirects an ISA interrupt to a pin of the I/O APIC. PCI's interrupts are triggered
   by level, active high, as in QEMU. */
static unsigned char *add_override(unsigned char *end, unsigned char irq)
{
    const unsigned char pin = irq == 0 ? TIMER_PIN : irq, flags = irq == 0 ? 0 : 0x0d;
    const unsigned char entry[10] = {2, sizeof entry, 0, irq, pin, 0, 0, 0, flags};

    memcpy(end, entry, sizeof entry);
    return end + sizeof entry;
}

static void build_madt(unsigned char *memory)
{
    static const unsigned char overridden[] = {0, 5, 9, 10, 11};
    static const unsigned char local_apic[8] = {0, 8, 0, 0, 1}; /* number 0, enabled */
    static const unsigned char io_apic[12] = {1, 12, 0, 0, 0, 0, 0xc0, 0xfe};
    static const unsigned char nmi[6] = {4, 6, 0xff, 0, 0, 1}; /* at LINT1 */
    unsigned char *madt = memory + MADT_AT, *end = madt + 44;

    put(madt + 36, APIC_AT, 4);
    put(madt + 40, 1, 4); /* the machine also has 8259A controllers */
    memcpy(end, local_apic, sizeof local_apic);
    end += sizeof local_apic;
    memcpy(end, io_apic, sizeof io_apic);
    end += sizeof io_apic;
    for (uint32_t i = 0; i < sizeof overridden; i++)
        end = add_override(end, overridden[i]);
    memcpy(end, nmi, sizeof nmi);
    end += sizeof nmi;
    put_acpi_header(madt, "APIC", (uint32_t)(end - madt));
}

void pc_tables_build(unsigned char *memory)
{
    build_bios(memory);
    build_screen(memory);
    build_mp(memory);
    build_rsdp(memory);
    build_fadt(memory);
    build_madt(memory);
}
