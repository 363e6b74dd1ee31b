/*
 * A 16550A at 0x3f8 (National PC16550D). A byte is sent without delay. Bytes are received only in
 * loopback mode, by which kernels detect the port; the FIFO holds one byte.
 */
#include "runner/devices/devices.h"
#include "runner/devices/state.h"

enum serial_register {
    SERIAL_DATA,
    SERIAL_INTERRUPT_ENABLE,
    SERIAL_INTERRUPT_IDENTITY, /* a write goes to the FIFO control */
    SERIAL_LINE_CONTROL,
    SERIAL_MODEM_CONTROL,
    SERIAL_LINE_STATUS,
    SERIAL_MODEM_STATUS,
    SERIAL_SCRATCH
};

#define ENABLE_RECEIVED 0x01u
#define ENABLE_SENT     0x02u

#define IDENTITY_NONE     0x01u
#define IDENTITY_SENT     0x02u
#define IDENTITY_RECEIVED 0x04u
#define IDENTITY_FIFO     0xc0u

#define FIFO_ENABLE     0x01u
#define FIFO_CLEAR_IN   0x02u
#define FIFO_CLEAR_OUT  0x04u
#define DIVISOR_LATCH   0x80u /* a bit of the line control */
#define MODEM_LOOPBACK  0x10u
#define STATUS_RECEIVED 0x01u
#define STATUS_IDLE     0x60u /* transmitter and its holding register are empty */
#define MODEM_PRESENT   0xb0u /* clear to send, data set ready, carrier */

static struct serial *const serial = &devices.serial;

void serial_reset(void)
{
    *serial = (struct serial){.divisor = {12, 0}}; /* 9600 baud */
}

static uint8_t identity(void)
{
    if (serial->has_received && serial->interrupt_enable & ENABLE_RECEIVED) {
        return IDENTITY_RECEIVED;
    }
    if (serial->sent && serial->interrupt_enable & ENABLE_SENT) {
        return IDENTITY_SENT;
    }
    return IDENTITY_NONE;
}

static void update_line(void)
{
    irq_set(IRQ_SERIAL, identity() != IDENTITY_NONE);
}

static bool is_loopback(void)
{
    return serial->modem_control & MODEM_LOOPBACK;
}

/* In loopback mode, the outputs DTR, RTS, OUT1 and OUT2 are connected to DSR, CTS, RI and DCD. */
static uint8_t modem_status(void)
{
    uint32_t out = serial->modem_control;

    if (!is_loopback()) {
        return MODEM_PRESENT;
    }
    return (uint8_t)((out & 0x0c) << 4 | (out & 0x02) << 3 | (out & 0x01) << 5);
}

/* ---- data ---- */

static void data_write(uint8_t value)
{
    if (is_loopback()) {
        serial->received = value;
        serial->has_received = true;
    } else {
        runner_output(value);
    }
    serial->sent = false;
    update_line(); /* the line falls here and rises in serial_write(): each byte is an edge */
    serial->sent = true;
}

static uint8_t data_read(void)
{
    serial->has_received = false;
    return serial->received;
}

static uint8_t identity_read(void)
{
    uint8_t value = identity();

    if (value == IDENTITY_SENT) {
        serial->sent = false;
    }
    return value | (serial->fifo_control & FIFO_ENABLE ? IDENTITY_FIFO : 0);
}

static void interrupt_enable_write(uint8_t value)
{
    if (value & ~serial->interrupt_enable & ENABLE_SENT) {
        serial->sent = true;
    }
    serial->interrupt_enable = value & 0x0f;
}

/* Switching the FIFOs on or off clears both. */
static void fifo_control_write(uint8_t value)
{
    uint32_t clear = value;

    if ((value ^ serial->fifo_control) & FIFO_ENABLE) {
        clear |= FIFO_CLEAR_IN | FIFO_CLEAR_OUT;
    }
    if (clear & FIFO_CLEAR_IN) {
        serial->has_received = false;
        serial->received = 0;
    }
    if (clear & FIFO_CLEAR_OUT) {
        serial->sent = true;
    }
    serial->fifo_control = value;
}

/* ---- ports ---- */

static uint8_t register_read(uint32_t number)
{
    if (number <= SERIAL_INTERRUPT_ENABLE && serial->line_control & DIVISOR_LATCH) {
        return serial->divisor[number];
    }
    switch (number) {
    case SERIAL_DATA:
        return data_read();
    case SERIAL_INTERRUPT_ENABLE:
        return serial->interrupt_enable;
    case SERIAL_INTERRUPT_IDENTITY:
        return identity_read();
    case SERIAL_LINE_CONTROL:
        return serial->line_control;
    case SERIAL_MODEM_CONTROL:
        return serial->modem_control;
    case SERIAL_LINE_STATUS:
        return STATUS_IDLE | (serial->has_received ? STATUS_RECEIVED : 0);
    case SERIAL_MODEM_STATUS:
        return modem_status();
    default:
        return serial->scratch;
    }
}

static void register_write(uint32_t number, uint8_t value)
{
    if (number <= SERIAL_INTERRUPT_ENABLE && serial->line_control & DIVISOR_LATCH) {
        serial->divisor[number] = value;
        return;
    }
    switch (number) {
    case SERIAL_DATA:
        data_write(value);
        break;
    case SERIAL_INTERRUPT_ENABLE:
        interrupt_enable_write(value);
        break;
    case SERIAL_INTERRUPT_IDENTITY:
        fifo_control_write(value);
        break;
    case SERIAL_LINE_CONTROL:
        serial->line_control = value;
        break;
    case SERIAL_MODEM_CONTROL:
        serial->modem_control = value & 0x1f;
        break;
    case SERIAL_SCRATCH:
        serial->scratch = value;
        break;
    default: /* the status registers are read-only */
        break;
    }
}

uint32_t serial_read(uint16_t port)
{
    uint8_t value = register_read(port & 7);

    update_line();
    return value;
}

void serial_write(uint16_t port, uint8_t value)
{
    register_write(port & 7, value);
    update_line();
}
