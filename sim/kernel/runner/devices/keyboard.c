/*
 * The 8042 controller with a keyboard and a mouse (IBM PS/2 Technical Reference). There is no
 * input: controller, keyboard and mouse only answer commands, and the controller switches A20 and
 * resets the processor.
 */
#include "runner/devices/devices.h"
#include "runner/devices/state.h"

#include <stddef.h>

#define STATUS_FULL    0x01u
#define STATUS_TESTED  0x04u
#define STATUS_COMMAND 0x08u
#define STATUS_KEYLOCK 0x10u /* the keyboard is not locked */
#define STATUS_MOUSE   0x20u

#define CONFIG_KEYBOARD_IRQ 0x01u
#define CONFIG_MOUSE_IRQ    0x02u
#define CONFIG_NO_KEYBOARD  0x10u
#define CONFIG_NO_MOUSE     0x20u
#define CONFIG_TRANSLATE    0x40u

#define OUTPUT_NOT_RESET 0x01u
#define OUTPUT_A20       0x02u

#define FROM_MOUSE 0x100u

#define KEYBOARD_ID   0x83u /* the second byte of the keyboard's identity */
#define TRANSLATED_ID 0x41u /* that byte after the translation to scan codes of set 1 */

#define ACKNOWLEDGE 0xfau
#define RESEND      0xfeu

enum controller_command {
    READ_CONFIG = 0x20,
    WRITE_CONFIG = 0x60,
    DISABLE_MOUSE = 0xa7,
    ENABLE_MOUSE = 0xa8,
    TEST_MOUSE_PORT = 0xa9,
    SELF_TEST = 0xaa,
    TEST_KEYBOARD_PORT = 0xab,
    DISABLE_KEYBOARD = 0xad,
    ENABLE_KEYBOARD = 0xae,
    READ_INPUT_PORT = 0xc0,
    READ_OUTPUT_PORT = 0xd0,
    WRITE_OUTPUT_PORT = 0xd1,
    WRITE_KEYBOARD_BUFFER = 0xd2,
    WRITE_MOUSE_BUFFER = 0xd3,
    WRITE_MOUSE = 0xd4,
    DISABLE_A20 = 0xdd,
    ENABLE_A20 = 0xdf,
    PULSE_OUTPUT = 0xf0 /* up to 0xff: each of the low four bits that is 0 pulses an output */
};

#define SELF_TEST_PASSED 0x55u
#define INPUT_PORT       0x80u /* the keyboard is not locked */
#define OUTPUT_PORT      0xcfu /* the firmware leaves A20 on */

static struct keyboard *const keyboard = &devices.keyboard;

void keyboard_reset(void)
{
    *keyboard = (struct keyboard){
        .last = ACKNOWLEDGE,
        .config = CONFIG_KEYBOARD_IRQ | CONFIG_NO_MOUSE | CONFIG_TRANSLATE,
        .output_port = OUTPUT_PORT,
        .scan_set = 2,
        .last_was_command = true,
    };
}

/* ---- the queue of bytes for the data port ---- */

static void update_lines(void)
{
    bool full = keyboard->count, mouse = full && keyboard->queue[keyboard->first] & FROM_MOUSE;

    irq_set(IRQ_KEYBOARD, full && !mouse && keyboard->config & CONFIG_KEYBOARD_IRQ);
    irq_set(IRQ_MOUSE, mouse && keyboard->config & CONFIG_MOUSE_IRQ);
}

/* A byte that does not fit is lost. */
static void queue_put(uint32_t value)
{
    if (keyboard->count < KEYBOARD_QUEUE) {
        keyboard->queue[(keyboard->first + keyboard->count) % KEYBOARD_QUEUE] = (uint16_t)value;
        keyboard->count++;
    }
}

/* The lines fall after each byte, so that the next byte causes an edge. */
static uint8_t queue_take(void)
{
    if (keyboard->count) {
        keyboard->last = (uint8_t)keyboard->queue[keyboard->first];
        keyboard->first = (keyboard->first + 1) % KEYBOARD_QUEUE;
        keyboard->count--;
        irq_set(IRQ_KEYBOARD, false);
        irq_set(IRQ_MOUSE, false);
    }
    return keyboard->last;
}

/* ---- answers of keyboard and mouse ---- */

struct reply {
    uint8_t command;
    bool has_argument; /* an argument byte follows the command, and is acknowledged too */
    uint8_t count;
    uint8_t bytes[4];
};

static const struct reply keyboard_replies[] = {
    {0xed, true, 1, {ACKNOWLEDGE}},                     /* lamps */
    {0xee, false, 1, {0xee}},                           /* echo */
    {0xf0, true, 1, {ACKNOWLEDGE}},                     /* scan code set */
    {0xf2, false, 3, {ACKNOWLEDGE, 0xab, KEYBOARD_ID}}, /* identify */
    {0xf3, true, 1, {ACKNOWLEDGE}},                     /* rate */
    {0xf4, false, 1, {ACKNOWLEDGE}},                    /* enable */
    {0xf5, false, 1, {ACKNOWLEDGE}},                    /* disable */
    {0xf6, false, 1, {ACKNOWLEDGE}},                    /* defaults */
    {0xff, false, 2, {ACKNOWLEDGE, 0xaa}},              /* reset, self test passed */
};

static const struct reply mouse_replies[] = {
    {0xe6, false, 1, {ACKNOWLEDGE}},                   /* scaling 1:1 */
    {0xe7, false, 1, {ACKNOWLEDGE}},                   /* scaling 2:1 */
    {0xe8, true, 1, {ACKNOWLEDGE}},                    /* resolution */
    {0xe9, false, 4, {ACKNOWLEDGE, 0x00, 0x02, 0x64}}, /* status */
    {0xea, false, 1, {ACKNOWLEDGE}},                   /* stream mode */
    {0xeb, false, 4, {ACKNOWLEDGE, 0x08, 0x00, 0x00}}, /* a packet */
    {0xf0, false, 1, {ACKNOWLEDGE}},                   /* remote mode */
    {0xf2, false, 2, {ACKNOWLEDGE, 0x00}},             /* identify */
    {0xf3, true, 1, {ACKNOWLEDGE}},                    /* rate */
    {0xf4, false, 1, {ACKNOWLEDGE}},                   /* enable */
    {0xf5, false, 1, {ACKNOWLEDGE}},                   /* disable */
    {0xf6, false, 1, {ACKNOWLEDGE}},                   /* defaults */
    {0xff, false, 3, {ACKNOWLEDGE, 0xaa, 0x00}},       /* reset, self test passed, a mouse */
};

#define LENGTH(table) (sizeof(table) / sizeof *(table))

/* Translates a byte to scan codes of set 1. No other byte that is sent here would change. */
static uint8_t translated(uint8_t value)
{
    bool changes = value == KEYBOARD_ID && keyboard->config & CONFIG_TRANSLATE;

    return changes ? TRANSLATED_ID : value;
}

/* Answers a command. Returns the command if an argument is to follow, otherwise 0. */
static uint8_t answer(const struct reply *replies, size_t count, uint8_t command, uint32_t source)
{
    for (size_t i = 0; i < count; i++) {
        if (replies[i].command != command) {
            continue;
        }
        for (uint32_t k = 0; k < replies[i].count; k++) {
            queue_put(translated(replies[i].bytes[k]) | source);
        }
        return replies[i].has_argument ? command : 0;
    }
    queue_put(RESEND | source);
    return 0;
}

static void keyboard_argument(uint8_t command, uint8_t value)
{
    queue_put(ACKNOWLEDGE);
    if (command == 0xf0 && value == 0) {
        queue_put(keyboard->scan_set);
    } else if (command == 0xf0) {
        keyboard->scan_set = value;
    }
}

static void to_keyboard(uint8_t value)
{
    uint8_t command = keyboard->keyboard_command;

    keyboard->keyboard_command = 0;
    keyboard->config &= (uint8_t)~CONFIG_NO_KEYBOARD;
    if (command) {
        keyboard_argument(command, value);
        return;
    }
    keyboard->keyboard_command = answer(keyboard_replies, LENGTH(keyboard_replies), value, 0);
}

static void to_mouse(uint8_t value)
{
    uint8_t command = keyboard->mouse_command;

    keyboard->mouse_command = 0;
    if (command) {
        queue_put(ACKNOWLEDGE | FROM_MOUSE);
        return;
    }
    keyboard->mouse_command = answer(mouse_replies, LENGTH(mouse_replies), value, FROM_MOUSE);
}

/* ---- the controller ---- */

static void output_port_write(uint8_t value)
{
    keyboard->output_port = value;
    if (!(value & OUTPUT_NOT_RESET)) {
        runner_reset("keyboard controller");
    }
}

static void config_change(uint32_t clear, uint32_t set)
{
    keyboard->config = (uint8_t)((keyboard->config & ~clear) | set);
}

static void command_write(uint8_t command)
{
    keyboard->command = 0;
    switch (command) {
    case READ_CONFIG:
        queue_put(keyboard->config);
        break;
    case DISABLE_MOUSE:
        config_change(0, CONFIG_NO_MOUSE);
        break;
    case ENABLE_MOUSE:
        config_change(CONFIG_NO_MOUSE, 0);
        break;
    case DISABLE_KEYBOARD:
        config_change(0, CONFIG_NO_KEYBOARD);
        break;
    case ENABLE_KEYBOARD:
        config_change(CONFIG_NO_KEYBOARD, 0);
        break;
    case SELF_TEST:
        queue_put(SELF_TEST_PASSED);
        break;
    case TEST_MOUSE_PORT:
    case TEST_KEYBOARD_PORT:
        queue_put(0);
        break;
    case READ_INPUT_PORT:
        queue_put(INPUT_PORT);
        break;
    case READ_OUTPUT_PORT:
        queue_put(keyboard->output_port);
        break;
    case DISABLE_A20:
        keyboard->output_port &= (uint8_t)~OUTPUT_A20;
        break;
    case ENABLE_A20:
        keyboard->output_port |= OUTPUT_A20;
        break;
    default:
        keyboard->command = command;
    }
    if (command >= PULSE_OUTPUT && !(command & OUTPUT_NOT_RESET)) {
        runner_reset("keyboard controller");
    }
}

static void data_write(uint8_t value)
{
    uint8_t command = keyboard->command;

    keyboard->command = 0;
    switch (command) {
    case WRITE_CONFIG:
        keyboard->config = value;
        break;
    case WRITE_OUTPUT_PORT:
        output_port_write(value);
        break;
    case WRITE_KEYBOARD_BUFFER:
        queue_put(value);
        break;
    case WRITE_MOUSE_BUFFER:
        queue_put(value | FROM_MOUSE);
        break;
    case WRITE_MOUSE:
        to_mouse(value);
        break;
    default:
        to_keyboard(value);
    }
}

static uint8_t status(void)
{
    bool full = keyboard->count;

    return (uint8_t)(STATUS_TESTED | STATUS_KEYLOCK |
                     (keyboard->last_was_command ? STATUS_COMMAND : 0) | (full ? STATUS_FULL : 0) |
                     (full && keyboard->queue[keyboard->first] & FROM_MOUSE ? STATUS_MOUSE : 0));
}

uint32_t keyboard_read(uint16_t port)
{
    uint8_t value = port & 4 ? status() : queue_take();

    update_lines();
    return value;
}

void keyboard_write(uint16_t port, uint8_t value)
{
    keyboard->last_was_command = port & 4;
    if (port & 4) {
        command_write(value);
    } else {
        data_write(value);
    }
    update_lines();
}
