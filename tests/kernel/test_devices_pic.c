/* The two 8259A, programmed as kernels do. */
#include "kernel/device_stub.h"
#include "support/test.h"

TEST(pic_as_the_firmware_leaves_it)
{
    static const struct step steps[] = {
        {IN, 0x21, 0xb8}, {IN, 0xa1, 0x8e}, {RAISE, 0, 0},     {TAKE, 0, 0x08},   {OUT, 0x20, 0x20},
        {RAISE, 8, 0},    {TAKE, 0, 0x70},  {OUT, 0xa0, 0x20}, {OUT, 0x20, 0x20}, {QUIET, 0, 0},
    };

    RUN(steps);
}

TEST(pic_vectors_after_remap)
{
    pic_remap();
    for (uint16_t irq = 0; irq < 16; irq++) {
        const struct step steps[] = {
            {RAISE, irq, 0},   {TAKE, 0, (uint8_t)(0x20 + irq)}, {QUIET, 0, 0}, {OUT, 0xa0, 0x20},
            {OUT, 0x20, 0x20},
        };

        if (irq != 2) { /* the cascade is not a line of the bus */
            RUN(steps);
        }
    }
}

TEST(pic_priority_and_end)
{
    static const struct step steps[] = {
        {RAISE, 7, 0},     {RAISE, 1, 0},     {TAKE, 0, 0x21},   {QUIET, 0, 0}, /* 7 waits */
        {RAISE, 0, 0},     {TAKE, 0, 0x20},                                     /* 0 interrupts 1 */
        {OUT, 0x20, 0x0b}, {IN, 0x20, 0x03},  {OUT, 0x20, 0x0a}, {IN, 0x20, 0x80},
        {OUT, 0x20, 0x20}, {OUT, 0x20, 0x0b}, {IN, 0x20, 0x02}, /* the highest ended */
        {OUT, 0x20, 0x61}, {IN, 0x20, 0x00},  {TAKE, 0, 0x27},  /* 1 ended by name */
        {OUT, 0x20, 0x67}, {QUIET, 0, 0},
    };

    pic_remap();
    RUN(steps);
}

TEST(pic_second_chip)
{
    static const struct step steps[] = {
        {RAISE, 14, 0},    {RAISE, 8, 0},   {OUT, 0x20, 0x0a}, {IN, 0x20, 0x04},
        {TAKE, 0, 0x28},   {QUIET, 0, 0},   {OUT, 0xa0, 0x20}, {QUIET, 0, 0},
        {OUT, 0x20, 0x20}, {TAKE, 0, 0x2e}, {RAISE, 3, 0},     {QUIET, 0, 0},
        {RAISE, 1, 0},     {TAKE, 0, 0x21}, {OUT, 0x20, 0x20}, {OUT, 0xa0, 0x66},
        {OUT, 0x20, 0x62}, {TAKE, 0, 0x23},
    };

    pic_remap();
    RUN(steps);
}

TEST(pic_masks)
{
    static const struct step steps[] = {
        {OUT, 0x21, 0x01}, {IN, 0x21, 0x01}, {RAISE, 0, 0},     {QUIET, 0, 0}, /* is remembered: */
        {OUT, 0x21, 0x00}, {TAKE, 0, 0x20},  {OUT, 0x20, 0x20}, {OUT, 0x21, 0x04},
        {RAISE, 8, 0},     {QUIET, 0, 0},    {OUT, 0x21, 0x00}, {TAKE, 0, 0x28},
    };

    pic_remap();
    RUN(steps);
}

TEST(pic_spurious)
{
    static const struct step not_in_service[] = {{OUT, 0x20, 0x0b}, {IN, 0x20, 0x00}};

    pic_remap();
    assert_int_equal(devices_interrupt_take(), 0x27);
    RUN(not_in_service);
}

TEST(pic_automatic_end)
{
    static const struct step steps[] = {
        {OUT, 0x20, 0x13}, {OUT, 0x21, 0x40}, {OUT, 0x21, 0x03}, /* alone: no third word */
        {OUT, 0x21, 0x00}, {RAISE, 5, 0},     {RAISE, 6, 0},     {TAKE, 0, 0x45},
        {TAKE, 0, 0x46},   {RAISE, 9, 0},     {QUIET, 0, 0},   /* the second chip is cut off */
        {OUT, 0x20, 0x80}, {RAISE, 1, 0},     {TAKE, 0, 0x41}, /* rotates: 1 is lowest now */
        {RAISE, 1, 0},     {RAISE, 3, 0},     {TAKE, 0, 0x43},   {TAKE, 0, 0x41},
    };

    pic_remap();
    RUN(steps);
}

TEST(pic_rotation)
{
    static const struct step steps[] = {
        {OUT, 0x20, 0xc3}, {RAISE, 0, 0}, {RAISE, 4, 0},   {TAKE, 0, 0x24},
        {OUT, 0x20, 0xa0}, {RAISE, 4, 0}, {TAKE, 0, 0x20}, {OUT, 0x20, 0xe0}, /* 0 is lowest */
        {TAKE, 0, 0x24},   {RAISE, 1, 0}, {TAKE, 0, 0x21},
    };

    pic_remap();
    RUN(steps);
}

/* JOS sets the special mask mode: an interrupt that is in service and masked blocks no other. */
TEST(pic_special_mask)
{
    static const struct step steps[] = {
        {OUT, 0x20, 0x68}, {RAISE, 1, 0},     {TAKE, 0, 0x21}, {RAISE, 4, 0},
        {QUIET, 0, 0},     {OUT, 0x21, 0x02}, {TAKE, 0, 0x24},
    };

    pic_remap();
    RUN(steps);
}

TEST(pic_level_lines)
{
    static const struct step steps[] = {
        {OUT, 0x4d0, 0xff}, {OUT, 0x4d1, 0xff}, {IN, 0x4d0, 0xf8}, {IN, 0x4d1, 0xde},
        {RAISE, 5, 0},      {QUIET, 0, 0}, /* the line fell before the interrupt was taken */
        {OUT, 0x4d0, 0x10}, {OUT, 0x3f9, 0x02}, {TAKE, 0, 0x24},   {OUT, 0x20, 0x20},
        {TAKE, 0, 0x24},    {IN, 0x3fa, 0x02},  {OUT, 0x20, 0x20}, {QUIET, 0, 0},
        {OUT, 0x4d0, 0x00}, {QUIET, 0, 0},      {RAISE, 4, 0},     {OUT, 0x4d0, 0x10},
        {QUIET, 0, 0},      {OUT, 0x4d0, 0x00}, {QUIET, 0, 0},
    };

    pic_remap();
    RUN(steps);
}

TEST_FIXTURES(device_start, NULL)
