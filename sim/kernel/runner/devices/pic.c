/*
 * Two 8259A interrupt controllers, the second at line 2 of the first (Intel 8259A data sheet,
 * 231468). The PIIX's ELCR, not ICW1, selects the level-triggered lines. Polling by OCW3 is not
 * implemented.
 */
#include "runner/devices/state.h"

#define CASCADE_BIT  (1u << IRQ_CASCADE)
#define SPURIOUS_IRQ 7u

#define ICW1         0x10u
#define ICW1_ICW4    0x01u
#define ICW1_SINGLE  0x02u
#define ICW4_AUTO    0x02u
#define ICW4_SPECIAL 0x10u
#define OCW3         0x08u

static struct pic *const first = &devices.pic[0];
static struct pic *const second = &devices.pic[1];

/* SeaBIOS leaves them with vectors 8 and 0x70, and masks the lines for which it has no driver. */
void pic_reset(void)
{
    *first = (struct pic){.base = 0x08, .masked = 0xb8};
    *second = (struct pic){.base = 0x70, .masked = 0x8e};
}

/* Returns the line whose request the chip passes on: the one with the highest priority, unless a
   line of the same or a higher priority is in service. */
static int pic_select(const struct pic *pic, uint32_t requests)
{
    uint32_t in_service = pic->in_service;

    if (pic->next_icw) {
        return NO_INTERRUPT;
    }
    if (pic->special_mask) {
        in_service &= ~(uint32_t)pic->masked;
    }
    if (pic->special_nested && pic == first) {
        in_service &= ~CASCADE_BIT;
    }
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t line = (pic->first + i) & 7, bit = 1u << line;

        if (in_service & bit) {
            return NO_INTERRUPT;
        }
        if (requests & ~(uint32_t)pic->masked & bit) {
            return (int)line;
        }
    }
    return NO_INTERRUPT;
}

static uint32_t pic_requests(const struct pic *pic)
{
    return pic->requests | (pic->lines & pic->level);
}

/* Returns the line that the first chip passes on; the second chip requests at the cascade line. */
static int first_select(uint32_t first_requests, uint32_t second_requests)
{
    if (!first->single && pic_select(second, second_requests) != NO_INTERRUPT) {
        first_requests |= CASCADE_BIT;
    }
    return pic_select(first, first_requests);
}

bool pic_requests_interrupt(void)
{
    return first_select(pic_requests(first), pic_requests(second)) != NO_INTERRUPT;
}

bool pic_line_accepted(uint32_t irq)
{
    uint32_t requests = 1u << irq;

    return first_select(pic_requests(first) | (requests & 0xff),
                        pic_requests(second) | requests >> 8) != NO_INTERRUPT;
}

void pic_line_set(uint32_t irq, bool high)
{
    struct pic *pic = &devices.pic[irq >> 3];
    uint32_t bit = 1u << (irq & 7);

    if (!high) {
        pic->lines &= (uint8_t)~bit;
        return;
    }
    if (!((pic->lines | pic->level) & bit)) {
        pic->requests |= (uint8_t)bit;
    }
    pic->lines |= (uint8_t)bit;
}

/* ---- acknowledge and end of interrupt ---- */

static void pic_rotate_after(struct pic *pic, uint32_t line)
{
    pic->first = (line + 1) & 7;
}

static void pic_put_in_service(struct pic *pic, uint32_t line)
{
    uint32_t bit = 1u << line;

    pic->requests &= (uint8_t)~bit;
    if (!pic->auto_eoi) {
        pic->in_service |= (uint8_t)bit;
    } else if (pic->rotates_on_auto_eoi) {
        pic_rotate_after(pic, line);
    }
}

/* If there is no request any more when the CPU acknowledges, the chip answers with line 7 and does
   not put it in service: a spurious interrupt. */
static uint8_t pic_acknowledge_of(struct pic *pic, int line)
{
    if (line == NO_INTERRUPT) {
        return (uint8_t)(pic->base + SPURIOUS_IRQ);
    }
    pic_put_in_service(pic, (uint32_t)line);
    return (uint8_t)(pic->base + line);
}

uint8_t pic_acknowledge(void)
{
    int line = first_select(pic_requests(first), pic_requests(second));
    uint8_t vector = pic_acknowledge_of(first, line);

    if (line == IRQ_CASCADE && !first->single) {
        vector = pic_acknowledge_of(second, pic_select(second, pic_requests(second)));
    }
    return vector;
}

uint8_t pic_vector(uint32_t irq)
{
    return (uint8_t)(devices.pic[irq >> 3].base + (irq & 7));
}

static int pic_highest_in_service(const struct pic *pic)
{
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t line = (pic->first + i) & 7;

        if (pic->in_service & (1u << line)) {
            return (int)line;
        }
    }
    return NO_INTERRUPT;
}

/*
 * OCW2:  | R | SL | EOI | 0 | 0 | line |
 *          0   0    1    end the highest line in service
 *          1   0    1    end the highest line in service, which becomes the lowest
 *          0   1    1    end `line`
 *          1   1    1    end `line`, which becomes the lowest
 *          1   1    0    `line` becomes the lowest
 *          x   0    0    rotate on automatic EOI if x is 1
 */
static void pic_command(struct pic *pic, uint8_t value)
{
    bool rotate = value & 0x80, specific = value & 0x40, end = value & 0x20;
    int line = specific ? value & 7 : pic_highest_in_service(pic);

    if (!specific && !end) {
        pic->rotates_on_auto_eoi = rotate;
        return;
    }
    if (line == NO_INTERRUPT) {
        return;
    }
    if (end) {
        pic->in_service &= (uint8_t) ~(1u << line);
    }
    if (rotate) {
        pic_rotate_after(pic, (uint32_t)line);
    }
}

/* ---- ports ---- */

static void pic_initialise(struct pic *pic, uint8_t icw1)
{
    *pic = (struct pic){.lines = pic->lines,
                        .level = pic->level,
                        .base = pic->base,
                        .next_icw = 2,
                        .single = icw1 & ICW1_SINGLE,
                        .icw4_comes = icw1 & ICW1_ICW4};
}

static void pic_mode(struct pic *pic, uint8_t ocw3)
{
    if (ocw3 & 0x40) {
        pic->special_mask = ocw3 & 0x20;
    }
    if (ocw3 & 0x02) {
        pic->reads_in_service = ocw3 & 0x01;
    }
}

static void pic_command_port(struct pic *pic, uint8_t value)
{
    if (value & ICW1) {
        pic_initialise(pic, value);
    } else if (value & OCW3) {
        pic_mode(pic, value);
    } else {
        pic_command(pic, value);
    }
}

static void pic_data_port(struct pic *pic, uint8_t value)
{
    switch (pic->next_icw) {
    case 2:
        pic->base = value & 0xf8;
        pic->next_icw = !pic->single ? 3 : pic->icw4_comes ? 4 : 0;
        break;
    case 3: /* the line of the other chip, which is always 2 on a PC */
        pic->next_icw = pic->icw4_comes ? 4 : 0;
        break;
    case 4:
        pic->auto_eoi = value & ICW4_AUTO;
        pic->special_nested = value & ICW4_SPECIAL;
        pic->next_icw = 0;
        break;
    default:
        pic->masked = value;
    }
}

static struct pic *pic_at(uint16_t port)
{
    return port & 0x80 ? second : first;
}

uint32_t pic_read(uint16_t port)
{
    const struct pic *pic = pic_at(port);

    if (port & 1) {
        return pic->masked;
    }
    if (pic->reads_in_service) {
        return pic->in_service;
    }
    return pic_requests(pic) |
           (pic == first && pic_select(second, pic_requests(second)) != NO_INTERRUPT ? CASCADE_BIT
                                                                                     : 0);
}

void pic_write(uint16_t port, uint8_t value)
{
    if (port & 1) {
        pic_data_port(pic_at(port), value);
    } else {
        pic_command_port(pic_at(port), value);
    }
}

/* Timer, keyboard, cascade, clock and coprocessor are always edge-triggered. */
static const uint8_t elcr_writable[2] = {0xf8, 0xde};

uint32_t elcr_read(uint16_t port)
{
    return devices.pic[port & 1].level;
}

void elcr_write(uint16_t port, uint8_t value)
{
    struct pic *pic = &devices.pic[port & 1];

    pic->level = value & elcr_writable[port & 1];
    pic->requests &= (uint8_t)~pic->level;
}
