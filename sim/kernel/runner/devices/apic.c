/*
 * The local APIC of the only processor (Intel SDM vol. 3A, chapter 11). Its registers lie 16 bytes
 * apart and are kept in an array; `writable` has the bits that a store changes. Its clock has 1
 * GHz. It ignores IPIs to other processors, and NMI, SMI, INIT and start-up to itself.
 */
#include "runner/devices/devices.h"
#include "runner/devices/state.h"

enum apic_register {
    APIC_ID = 0x02,
    APIC_VERSION = 0x03,
    APIC_TASK_PRIORITY = 0x08,
    APIC_PROCESSOR_PRIORITY = 0x0a,
    APIC_EOI = 0x0b,
    APIC_LOGICAL_DESTINATION = 0x0d,
    APIC_DESTINATION_FORMAT = 0x0e,
    APIC_SPURIOUS = 0x0f,
    APIC_IN_SERVICE = 0x10, /* eight registers, as for the next two */
    APIC_TRIGGER = 0x18,
    APIC_REQUESTS = 0x20,
    APIC_ERROR_STATUS = 0x28,
    APIC_COMMAND = 0x30,
    APIC_COMMAND_HIGH = 0x31,
    APIC_LVT_TIMER = 0x32,
    APIC_LVT_THERMAL = 0x33,
    APIC_LVT_PERFORMANCE = 0x34,
    APIC_LVT_LINT0 = 0x35,
    APIC_LVT_LINT1 = 0x36,
    APIC_LVT_ERROR = 0x37,
    APIC_INITIAL_COUNT = 0x38,
    APIC_CURRENT_COUNT = 0x39,
    APIC_DIVIDE = 0x3e
};

static const uint32_t writable[APIC_REGISTERS] = {
    [APIC_ID] = 0xff000000,
    [APIC_TASK_PRIORITY] = 0x000000ff,
    [APIC_LOGICAL_DESTINATION] = 0xff000000,
    [APIC_DESTINATION_FORMAT] = 0xf0000000,
    [APIC_SPURIOUS] = 0x000003ff,
    [APIC_COMMAND] = 0x000ccfff,
    [APIC_COMMAND_HIGH] = 0xff000000,
    [APIC_LVT_TIMER] = 0x000300ff,
    [APIC_LVT_THERMAL] = 0x000107ff,
    [APIC_LVT_PERFORMANCE] = 0x000107ff,
    [APIC_LVT_LINT0] = 0x0001a7ff,
    [APIC_LVT_LINT1] = 0x0001a7ff,
    [APIC_LVT_ERROR] = 0x000100ff,
    [APIC_INITIAL_COUNT] = 0xffffffff,
    [APIC_DIVIDE] = 0x0000000b,
};

#define VERSION              0x00050014u /* six local vectors */
#define SPURIOUS_ENABLE      0x00000100u
#define LVT_MASKED           0x00010000u
#define LVT_PERIODIC         0x00020000u
#define LVT_DELIVERY         0x00000700u
#define DELIVERY_FIXED       0x00000000u
#define DELIVERY_LOWEST      0x00000100u
#define DELIVERY_EXTINT      0x00000700u
#define COMMAND_LOGICAL      0x00000800u
#define COMMAND_SHORTHAND    0x000c0000u
#define SHORTHAND_NONE       0x00000000u
#define SHORTHAND_OTHERS     0x000c0000u
#define ERROR_SEND_VECTOR    0x00000020u
#define ERROR_RECEIVE_VECTOR 0x00000040u
#define CLASS                0xf0u /* the bits of a vector that are its priority */
#define FIRST_VECTOR         16u

static struct apic *const apic = &devices.apic;

/* SeaBIOS leaves it enabled, with LINT0 connected to the 8259A, and LINT1 as NMI. */
void apic_reset(void)
{
    *apic = (struct apic){0};
    apic->reg[APIC_DESTINATION_FORMAT] = UINT32_MAX;
    apic->reg[APIC_SPURIOUS] = SPURIOUS_ENABLE | 0xff;
    apic->reg[APIC_VERSION] = VERSION;
    for (uint32_t i = APIC_LVT_TIMER; i <= APIC_LVT_ERROR; i++) {
        apic->reg[i] = LVT_MASKED;
    }
    apic->reg[APIC_LVT_LINT0] = 0x8700;
    apic->reg[APIC_LVT_LINT1] = 0x8400;
}

static bool is_enabled(void)
{
    return apic->reg[APIC_SPURIOUS] & SPURIOUS_ENABLE;
}

/* ---- sets of 256 vectors ---- */

static uint32_t *set_word(uint32_t set, uint8_t vector)
{
    return &apic->reg[set + vector / 32];
}

static bool set_has(uint32_t set, uint8_t vector)
{
    return *set_word(set, vector) & 1u << vector % 32;
}

static void set_put(uint32_t set, uint8_t vector, bool member)
{
    uint32_t bit = 1u << vector % 32;

    if (member) {
        *set_word(set, vector) |= bit;
    } else {
        *set_word(set, vector) &= ~bit;
    }
}

static int set_highest(uint32_t set)
{
    for (uint32_t i = 8; i-- > 0;) {
        if (apic->reg[set + i]) {
            return (int)(i * 32 + 31 - (uint32_t)__builtin_clz(apic->reg[set + i]));
        }
    }
    return NO_INTERRUPT;
}

/* ---- requests ---- */

/* Returns the task priority, or the class of the vector in service if that is higher. */
static uint32_t processor_priority(void)
{
    int vector = set_highest(APIC_IN_SERVICE);
    uint32_t in_service = vector == NO_INTERRUPT ? 0 : (uint32_t)vector & CLASS;
    uint32_t task = apic->reg[APIC_TASK_PRIORITY];

    return (task & CLASS) >= in_service ? task : in_service;
}

bool apic_would_accept(uint8_t vector)
{
    return is_enabled() && vector >= FIRST_VECTOR &&
           (vector & CLASS) > (processor_priority() & CLASS);
}

static int apic_selected(void)
{
    int vector = set_highest(APIC_REQUESTS);

    return vector != NO_INTERRUPT && apic_would_accept((uint8_t)vector) ? vector : NO_INTERRUPT;
}

bool apic_requests_interrupt(void)
{
    return apic_selected() != NO_INTERRUPT;
}

int apic_acknowledge(void)
{
    int vector = apic_selected();

    if (vector != NO_INTERRUPT) {
        set_put(APIC_REQUESTS, (uint8_t)vector, false);
        set_put(APIC_IN_SERVICE, (uint8_t)vector, true);
    }
    return vector;
}

uint8_t apic_spurious_vector(void)
{
    return (uint8_t)apic->reg[APIC_SPURIOUS];
}

static void set_request(uint8_t vector, bool level)
{
    set_put(APIC_REQUESTS, vector, true);
    set_put(APIC_TRIGGER, vector, level);
}

static void note_error(uint32_t error)
{
    uint32_t entry = apic->reg[APIC_LVT_ERROR];

    apic->errors |= error;
    if (!(entry & LVT_MASKED) && (uint8_t)entry >= FIRST_VECTOR) {
        set_request((uint8_t)entry, false);
    }
}

void apic_request(uint8_t vector, bool level)
{
    if (!is_enabled()) {
        return;
    }
    if (vector < FIRST_VECTOR) {
        note_error(ERROR_RECEIVE_VECTOR);
        return;
    }
    set_request(vector, level);
}

static void end_of_interrupt(void)
{
    int vector = set_highest(APIC_IN_SERVICE);

    if (vector == NO_INTERRUPT) {
        return;
    }
    set_put(APIC_IN_SERVICE, (uint8_t)vector, false);
    if (set_has(APIC_TRIGGER, (uint8_t)vector)) {
        ioapic_end_of_interrupt((uint8_t)vector);
    }
}

/* The requests of the 8259A arrive at LINT0. */
bool apic_passes_pic(void)
{
    uint32_t entry = apic->reg[APIC_LVT_LINT0];

    return !(entry & LVT_MASKED) && (entry & LVT_DELIVERY) == DELIVERY_EXTINT;
}

/* ---- interprocessor interrupts ---- */

/* A physical destination is the APIC's ID, or 0xff for all. A logical one needs a common bit with
   the logical destination, and in the cluster model also the same cluster. */
bool apic_is_destination(uint8_t destination, bool logical)
{
    uint8_t id = (uint8_t)(apic->reg[APIC_ID] >> 24);
    uint8_t mask = (uint8_t)(apic->reg[APIC_LOGICAL_DESTINATION] >> 24);

    if (destination == 0xff) {
        return true;
    }
    if (!logical) {
        return destination == id;
    }
    if (apic->reg[APIC_DESTINATION_FORMAT] >> 28 == 0xf) {
        return destination & mask;
    }
    return (destination & 0xf0) == (mask & 0xf0) && destination & mask & 0x0f;
}

static bool command_is_to_self(uint32_t command)
{
    uint32_t shorthand = command & COMMAND_SHORTHAND;

    if (shorthand == SHORTHAND_NONE) {
        return apic_is_destination((uint8_t)(apic->reg[APIC_COMMAND_HIGH] >> 24),
                                   command & COMMAND_LOGICAL);
    }
    return shorthand != SHORTHAND_OTHERS;
}

static void send_command(uint32_t command)
{
    uint32_t delivery = command & LVT_DELIVERY;

    if (delivery != DELIVERY_FIXED && delivery != DELIVERY_LOWEST) {
        return;
    }
    if ((uint8_t)command < FIRST_VECTOR) {
        note_error(ERROR_SEND_VECTOR);
    } else if (command_is_to_self(command)) {
        apic_request((uint8_t)command, false);
    }
}

/* ---- the timer ---- */

/* Bits 3, 1 and 0 of the divide configuration are n: the divisor is 2^(n+1), but 1 if n is 7. */
static uint64_t tick_nanoseconds(void)
{
    uint32_t divide = apic->reg[APIC_DIVIDE];
    uint32_t power = (divide >> 1 & 4) | (divide & 3);

    return 1u << (power + 1) % 8;
}

static uint64_t timer_nanoseconds(void)
{
    return apic->reg[APIC_INITIAL_COUNT] * tick_nanoseconds();
}

static uint32_t current_count(void)
{
    uint32_t initial = apic->reg[APIC_INITIAL_COUNT];
    uint64_t elapsed;

    devices_time_passes(POLL_NANOSECONDS);
    elapsed = (devices.clock.now - apic->timer_start) / tick_nanoseconds();
    if (initial == 0) {
        return 0;
    }
    if (apic->reg[APIC_LVT_TIMER] & LVT_PERIODIC) {
        return (uint32_t)(initial - elapsed % initial);
    }
    return elapsed < initial ? (uint32_t)(initial - elapsed) : 0;
}

bool apic_timer_runs(void)
{
    return apic->reg[APIC_INITIAL_COUNT] && !(apic->reg[APIC_LVT_TIMER] & LVT_MASKED);
}

uint8_t apic_timer_vector(void)
{
    return (uint8_t)apic->reg[APIC_LVT_TIMER];
}

uint64_t apic_timer_next(uint64_t after)
{
    uint64_t period = timer_nanoseconds(), start = apic->timer_start;

    if (!apic_timer_runs()) {
        return CLOCK_NEVER;
    }
    if (apic->reg[APIC_LVT_TIMER] & LVT_PERIODIC) {
        return start + ((after - start) / period + 1) * period;
    }
    return start + period > after ? start + period : CLOCK_NEVER;
}

void apic_timer_expire(void)
{
    apic_request(apic_timer_vector(), false);
}

bool apic_timer_accepted(void)
{
    return apic_would_accept(apic_timer_vector());
}

/* ---- registers ---- */

uint32_t apic_read(uint32_t offset)
{
    uint32_t number = offset >> 4;

    if (offset & 0xf || number >= APIC_REGISTERS) {
        return 0;
    }
    switch (number) {
    case APIC_PROCESSOR_PRIORITY:
        return processor_priority();
    case APIC_CURRENT_COUNT:
        return current_count();
    default:
        return apic->reg[number];
    }
}

/* While the APIC is disabled, all local vectors are masked (SDM vol. 3A, 11.4.7.2). */
static void mask_while_disabled(void)
{
    for (uint32_t i = APIC_LVT_TIMER; !is_enabled() && i <= APIC_LVT_ERROR; i++) {
        apic->reg[i] |= LVT_MASKED;
    }
}

void apic_write(uint32_t offset, uint32_t value)
{
    uint32_t number = offset >> 4;

    if (offset & 0xf || number >= APIC_REGISTERS) {
        return;
    }
    apic->reg[number] = (apic->reg[number] & ~writable[number]) | (value & writable[number]);
    switch (number) {
    case APIC_EOI:
        end_of_interrupt();
        break;
    case APIC_ERROR_STATUS:
        apic->reg[APIC_ERROR_STATUS] = apic->errors;
        apic->errors = 0;
        break;
    case APIC_COMMAND:
        send_command(value);
        break;
    case APIC_INITIAL_COUNT:
    case APIC_DIVIDE:
        apic->timer_start = devices.clock.now;
        break;
    default:
        break;
    }
    mask_while_disabled();
    clock_reschedule();
}
