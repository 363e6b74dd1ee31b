#include "serial.h"

#include "ports.h"

/* The 16550 UART at COM1. While DIVISOR_LATCH is set in LINE_CONTROL, the first two registers hold
   the divisor. */
#define COM1           0x3f8u
#define DATA           (COM1 + 0u)
#define INTERRUPTS     (COM1 + 1u)
#define FIFO_CONTROL   (COM1 + 2u)
#define LINE_CONTROL   (COM1 + 3u)
#define MODEM_CONTROL  (COM1 + 4u)
#define LINE_STATUS    (COM1 + 5u)
#define DIVISOR_LATCH  0x80u
#define EIGHT_BITS     0x03u
#define FIFO_CLEAR     0x07u /* enables the FIFOs and empties both */
#define READY          0x03u /* DTR, RTS */
#define TRANSMIT_EMPTY 0x20u
#define DIVISOR        1u /* 115,200 baud */

/* A line that stays busy this long is taken to be unconnected; the output is then lost. */
#define POLLS_MAX 100000u

void serial_init(void)
{
    port_write_8(INTERRUPTS, 0);
    port_write_8(LINE_CONTROL, DIVISOR_LATCH);
    port_write_8(DATA, DIVISOR);
    port_write_8(INTERRUPTS, 0);
    port_write_8(LINE_CONTROL, EIGHT_BITS);
    port_write_8(FIFO_CONTROL, FIFO_CLEAR);
    port_write_8(MODEM_CONTROL, READY);
}

static void serial_put_byte(char byte)
{
    for (uint32_t polls = 0; polls < POLLS_MAX; polls++)
        if ((port_read_8(LINE_STATUS) & TRANSMIT_EMPTY) != 0)
            break;
    port_write_8(DATA, (uint8_t)byte);
}

static void serial_put(void *context, const char *text, size_t bytes)
{
    (void)context;
    for (size_t i = 0; i < bytes; i++)
        serial_put_byte(text[i]);
}

const struct text_out serial_out = {.put = serial_put};

void serial_put_fact(const char *text, uint32_t value)
{
    text_put(&serial_out, text);
    text_put(&serial_out, "0x");
    text_put_hex(&serial_out, value, 8);
}
