/* Serial port, keyboard controller, A20, reset, and all other devices that answer at a port. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/device_stub.h"

/* ---- serial port ---- */

static void serial_as_xv6(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x3fa, 0x00}, {OUT, 0x3fb, 0x80}, {OUT, 0x3f8, 0x0c}, {OUT, 0x3f9, 0x00},
        {IN, 0x3f8, 0x0c},  {OUT, 0x3fb, 0x03}, {OUT, 0x3fc, 0x00}, {OUT, 0x3f9, 0x01},
        {IN, 0x3fd, 0x60},  {IN, 0x3fa, 0x01},  {IN, 0x3f8, 0x00},  {IN, 0x3fb, 0x03},
        {IN, 0x3f9, 0x01},  {IN, 0x3fe, 0xb0},  {OUT, 0x3f8, 'o'},  {IN, 0x3fd, 0x60},
        {OUT, 0x3f8, 'k'},  {QUIET, 0, 0},      {IN, 0x2fd, 0xff},  {IN, 0x3ed, 0xff},
        {IN, 0x2ed, 0xff},
    };

    (void)state;
    pic_remap();
    port_out(0x21, 0xef);
    RUN(steps);
    assert_string_equal(runner.output, "ok");
    assert_int_equal(devices_unknown_accesses(), 3);
}

/* The loopback test of OSDev's wiki and of Linux's autoconfig(). */
static void serial_loopback(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x3ff, 0x5a},
        {IN, 0x3ff, 0x5a},
        {OUT, 0x3fa, 0xc7},
        {IN, 0x3fa, 0xc1},
        {OUT, 0x3fc, 0x1e},
        {OUT, 0x3f8, 0xae},
        {IN, 0x3fd, 0x61},
        {IN, 0x3f8, 0xae},
        {IN, 0x3fd, 0x60},
        {OUT, 0x3f8, 0x33},
        {OUT, 0x3fa, 0x00},
        {IN, 0x3fd, 0x60},
        /* cleared */ {OUT, 0x3fc, 0x1a},
        {IN, 0x3fe, 0x90},
        {OUT, 0x3fc, 0x15},
        {IN, 0x3fe, 0x60},
        {OUT, 0x3fc, 0x0f},
        {IN, 0x3fe, 0xb0},
    };

    (void)state;
    RUN(steps);
    assert_int_equal(runner.output_bytes, 0);
}

static void serial_interrupts(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x3f9, 0x02}, {TAKE, 0, 0x24},    {IN, 0x3fa, 0x02},  {OUT, 0x20, 0x20},
        {QUIET, 0, 0},      {IN, 0x3fa, 0x01},  {OUT, 0x3f8, 'a'},  {TAKE, 0, 0x24},
        {OUT, 0x3f8, 'b'}, /* in it */
        {OUT, 0x20, 0x20},  {TAKE, 0, 0x24},    {IN, 0x3fa, 0x02},  {OUT, 0x20, 0x20},
        {QUIET, 0, 0},      {OUT, 0x3f9, 0x01}, {OUT, 0x3fc, 0x10}, {OUT, 0x3f8, 'c'},
        {TAKE, 0, 0x24},    {IN, 0x3fa, 0x04},  {IN, 0x3f8, 'c'},   {IN, 0x3fa, 0x01},
    };

    (void)state;
    pic_remap();
    port_out(0x21, 0xef);
    RUN(steps);
    assert_string_equal(runner.output, "ab");
}

/* ---- keyboard controller ---- */

static void keyboard_self_test(void **state)
{
    static const struct step steps[] = {
        {IN, 0x64, 0x1c},  {OUT, 0x60, 0xf2}, {IN, 0x60, 0xfa},  {IN, 0x60, 0xab},
        {IN, 0x60, 0x41},  {OUT, 0x64, 0x20}, {IN, 0x60, 0x61},  {OUT, 0x64, 0xad},
        {OUT, 0x64, 0xa7}, {OUT, 0x64, 0x20}, {IN, 0x64, 0x1d},  {IN, 0x60, 0x71},
        {OUT, 0x64, 0x60}, {OUT, 0x60, 0x30}, {OUT, 0x64, 0x20}, {IN, 0x60, 0x30},
        {OUT, 0x64, 0xaa}, {IN, 0x60, 0x55},  {OUT, 0x64, 0xab}, {IN, 0x60, 0x00},
        {OUT, 0x64, 0xa9}, {IN, 0x60, 0x00},  {OUT, 0x64, 0xae}, {OUT, 0x64, 0xa8},
        {OUT, 0x64, 0x20}, {IN, 0x60, 0x00},  {OUT, 0x60, 0xff}, {IN, 0x60, 0xfa},
        {IN, 0x60, 0xaa},  {IN, 0x64, 0x14},  {OUT, 0x60, 0xf2}, {IN, 0x60, 0xfa},
        {IN, 0x60, 0xab},  {IN, 0x60, 0x83},  {OUT, 0x60, 0xed}, {IN, 0x60, 0xfa},
        {OUT, 0x60, 0x07}, {IN, 0x60, 0xfa},  {OUT, 0x60, 0xf0}, {IN, 0x60, 0xfa},
        {OUT, 0x60, 0x01}, {IN, 0x60, 0xfa},  {OUT, 0x60, 0xf0}, {IN, 0x60, 0xfa},
        {OUT, 0x60, 0x00}, {IN, 0x60, 0xfa},  {IN, 0x60, 0x01},  {OUT, 0x60, 0xf4},
        {IN, 0x60, 0xfa},  {OUT, 0x60, 0x12}, {IN, 0x60, 0xfe},  {IN, 0x60, 0xfe},
        {OUT, 0x64, 0xd2}, {OUT, 0x60, 0x1e}, {IN, 0x60, 0x1e},  {OUT, 0x64, 0xc0},
        {IN, 0x60, 0x80},
    };

    (void)state;
    RUN(steps);
    assert_null(runner.reset);
}

static void keyboard_interrupts(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x60, 0xff}, {TAKE, 0, 0x21},   {IN, 0x60, 0xfa},  {OUT, 0x20, 0x20},
        {TAKE, 0, 0x21},   {IN, 0x60, 0xaa},  {OUT, 0x20, 0x20}, {QUIET, 0, 0},
        {OUT, 0x64, 0x60}, {OUT, 0x60, 0x02}, {OUT, 0x60, 0xf4}, {QUIET, 0, 0},
        {IN, 0x60, 0xfa},  {OUT, 0x64, 0xd4}, {OUT, 0x60, 0xf4}, {IN, 0x64, 0x35},
        {TAKE, 0, 0x2c},   {IN, 0x60, 0xfa},  {OUT, 0xa0, 0x20}, {OUT, 0x20, 0x20},
        {QUIET, 0, 0},
    };

    (void)state;
    pic_remap();
    RUN(steps);
}

static void mouse(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x64, 0xd4}, {OUT, 0x60, 0xff}, {IN, 0x60, 0xfa},  {IN, 0x60, 0xaa},
        {IN, 0x60, 0x00},  {OUT, 0x64, 0xd4}, {OUT, 0x60, 0xf2}, {IN, 0x60, 0xfa},
        {IN, 0x60, 0x00},  {OUT, 0x64, 0xd4}, {OUT, 0x60, 0xf3}, {IN, 0x60, 0xfa},
        {OUT, 0x64, 0xd4}, {OUT, 0x60, 0x64}, {IN, 0x60, 0xfa},  {OUT, 0x64, 0xd3},
        {OUT, 0x60, 0x42}, {IN, 0x64, 0x35},  {IN, 0x60, 0x42},  {OUT, 0x64, 0xd4},
        {OUT, 0x60, 0x01}, {IN, 0x60, 0xfe},
    };

    (void)state;
    RUN(steps);
}

/* ---- A20 and reset ---- */

static void a20_gates(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x64, 0xd0},  {IN, 0x60, 0xcf},  {OUT, 0x64, 0xd1}, {OUT, 0x60, 0xdd},
        {OUT, 0x64, 0xd0},  {IN, 0x60, 0xdd},  {OUT, 0x64, 0xdf}, {OUT, 0x64, 0xd0},
        {IN, 0x60, 0xdf},   {OUT, 0x64, 0xdd}, {OUT, 0x64, 0xd0}, {IN, 0x60, 0xdd},
        {OUT, 0x64, 0xff},  {IN, 0x92, 0x02},  {OUT, 0x92, 0x00}, {IN, 0x92, 0x00},
        {OUT, 0xcf9, 0x02}, {IN, 0xcf9, 0x02},
    };

    (void)state;
    RUN(steps);
    assert_null(runner.reset);
}

static void resets(void **state)
{
    static const struct {
        struct step steps[2];
        const char *how;
    } cases[] = {
        {{{OUT, 0x64, 0xfe}, {QUIET, 0, 0}}, "keyboard controller"},
        {{{OUT, 0x64, 0xd1}, {OUT, 0x60, 0xfe}}, "keyboard controller"},
        {{{OUT, 0x92, 0x03}, {IN, 0x92, 0x02}}, "port 0x92"},
        {{{OUT, 0xcf9, 0x02}, {OUT, 0xcf9, 0x06}}, "port 0xcf9"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        device_start(NULL);
        run_steps(cases[i].steps, 2);
        assert_non_null(runner.reset);
        assert_string_equal(runner.reset, cases[i].how);
    }
}

/* ---- ports of emulators, board, screen, PCI ---- */

static void debug_ports(void **state)
{
    static const struct step steps[] = {{IN, 0xe9, 0xe9},  {OUT, 0xe9, 'x'}, {OUT, 0x80, 0x11},
                                        {IN, 0x80, 0x11},  {OUT, 0xed, 0},   {OUT, 0xf0, 0},
                                        {IN, 0x402, 0xff}, {IN, 0xf4, 0xff}};

    (void)state;
    RUN(steps);
    assert_string_equal(runner.output, "x");
    assert_int_equal(runner.exits, 0);
    devices_port_write(0xf4, 0x12345678, 4);
    assert_int_equal(runner.exits, 1);
    assert_int_equal(runner.exit_value, 0x12345678);
}

static void dma_reads_back(void **state)
{
    static const struct step steps[] = {{OUT, 0x01, 0x12}, {OUT, 0xc2, 0x34}, {OUT, 0x87, 0x56},
                                        {IN, 0x01, 0x12},  {IN, 0xc2, 0x34},  {IN, 0x87, 0x56},
                                        {IN, 0x02, 0x00}};

    (void)state;
    RUN(steps);
}

/* The accesses of xv6's cgaputc(), the two states of the attribute controller, and the palette. */
static void vga_registers(void **state)
{
    static const struct step steps[] = {
        {OUT, 0x3d4, 0x0e}, {OUT, 0x3d5, 0x07}, {OUT, 0x3d4, 0x0f}, {OUT, 0x3d5, 0xcf},
        {OUT, 0x3d4, 0x0e}, {IN, 0x3d5, 0x07},  {OUT, 0x3d4, 0x0f}, {IN, 0x3d5, 0xcf},
        {IN, 0x3d4, 0x0f},  {OUT, 0x3d4, 0x0a}, {IN, 0x3d5, 0x0d},  {IN, 0x3cc, 0x67},
        {IN, 0x3da, 0x09},  {IN, 0x3da, 0x00},  {OUT, 0x3c0, 0x10}, {OUT, 0x3c0, 0x41},
        {IN, 0x3da, 0x09},  {OUT, 0x3c0, 0x10}, {IN, 0x3c1, 0x41},  {OUT, 0x3c8, 0x01},
        {OUT, 0x3c9, 0x3f}, {OUT, 0x3c9, 0xff}, {OUT, 0x3c9, 0x01}, {IN, 0x3c8, 0x02},
        {OUT, 0x3c7, 0x01}, {IN, 0x3c7, 0x03},  {IN, 0x3c9, 0x3f},  {IN, 0x3c9, 0x3f},
        {IN, 0x3c9, 0x01},  {OUT, 0x3c4, 0x02}, {IN, 0x3c5, 0x03},  {OUT, 0x3ce, 0x06},
        {OUT, 0x3cf, 0x0c}, {IN, 0x3cf, 0x0c},  {OUT, 0x3c2, 0x63}, {IN, 0x3cc, 0x63},
        {OUT, 0x3da, 0x02}, {IN, 0x3ca, 0x02},  {IN, 0x3c6, 0xff},
    };

    (void)state;
    RUN(steps);
    devices_port_write(0x3d4, 0x120a, 2); /* index and data at once */
    assert_int_equal(port_in(0x3d5), 0x12);
}

static uint32_t pci_config(uint32_t address)
{
    devices_port_write(0xcf8, address, 4);
    assert_int_equal(devices_port_read(0xcf8, 4), address);
    return devices_port_read(0xcfc, 4);
}

static void pci_functions(void **state)
{
    (void)state;
    assert_int_equal(pci_config(0x80000000), 0x12378086);
    assert_int_equal(devices_port_read(0xcfe, 2), 0x1237);
    assert_int_equal(devices_port_read(0xcfd, 1), 0x80);
    assert_int_equal(pci_config(0x80000004), 0x00000103);
    assert_int_equal(pci_config(0x80000008), 0x06000002);
    assert_int_equal(pci_config(0x80000010), 0);
    assert_int_equal(pci_config(0x80000800), 0x70008086);
    devices_port_write(0xcfc, 0, 4);
    assert_int_equal(pci_config(0x8000082c), 0x11001af4);
    assert_int_equal(pci_config(0x00000000), UINT32_MAX); /* not enabled */
    for (uint32_t slot = 2; slot < 32; slot++) {
        assert_int_equal(pci_config(0x80000000 | slot << 11), UINT32_MAX);
    }
    assert_int_equal(pci_config(0x80000100), UINT32_MAX);
    assert_int_equal(pci_config(0x80010000), UINT32_MAX);
    assert_int_equal(devices_unknown_accesses(), 0);
}

/* Drivers that wait for BSY to be clear, or that take all ones for a drive, must continue. */
static void ide_channels_have_no_drive(void **state)
{
    (void)state;
    devices_port_write(0x1f6, 0xe0, 1);
    devices_port_write(0x1f7, 0xec, 1); /* IDENTIFY */
    assert_int_equal(devices_port_read(0x1f7, 1), 0);
    assert_int_equal(devices_port_read(0x177, 1), 0);
    assert_int_equal(devices_port_read(0x3f6, 1), 0);
    assert_int_equal(devices_port_read(0x376, 1), 0);
    assert_int_equal(devices_port_read(0x1f0, 2), 0);
    assert_int_equal(devices_unknown_accesses(), 0);
}

static void unknown_ports(void **state)
{
    (void)state;
    assert_int_equal(devices_port_read(0x2f8, 1), 0xff);
    assert_int_equal(devices_port_read(0x2f8, 2), 0xffff);
    assert_int_equal(devices_port_read(0x600, 4), UINT32_MAX);
    devices_port_write(0x378, 0, 1);
    assert_int_equal(devices_memory_read(0xfed00000, 4), UINT32_MAX);
    devices_memory_write(0xd0000000, 0, 1);
    assert_int_equal(devices_unknown_accesses(), 6);
    assert_int_equal(devices_port_read(0xffff, 4), UINT32_MAX); /* no wrap to the DMA's ports */
}

#define TEST(name) cmocka_unit_test_setup(name, device_start)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(serial_as_xv6),
        TEST(serial_loopback),
        TEST(serial_interrupts),
        TEST(keyboard_self_test),
        TEST(keyboard_interrupts),
        TEST(mouse),
        TEST(a20_gates),
        TEST(resets),
        TEST(debug_ports),
        TEST(dma_reads_back),
        TEST(vga_registers),
        TEST(pci_functions),
        TEST(ide_channels_have_no_drive),
        TEST(unknown_ports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
