#include "pci.h"

#include "ports.h"

#define ADDRESS_PORT 0xcf8u
#define DATA_PORT    0xcfcu
#define ENABLE       0x80000000u

#define DEVICES 32u

#define REGISTER_ID    0x00u
#define REGISTER_CLASS 0x08u
#define REGISTER_BAR_0 0x10u
#define NO_DEVICE      0xffffffffu
#define CLASS_DISPLAY  0x03u

#define BAR_IS_IO   0x1u
#define BAR_TYPE    0x6u /* 0: 32 bits */
#define BAR_ADDRESS 0xfffffff0u

static void select(uint32_t device, uint32_t reg)
{
    port_write_32(ADDRESS_PORT, ENABLE | device << 11 | reg);
}

static uint32_t config_read(uint32_t device, uint32_t reg)
{
    select(device, reg);
    return port_read_32(DATA_PORT);
}

static void config_write(uint32_t device, uint32_t reg, uint32_t value)
{
    select(device, reg);
    port_write_32(DATA_PORT, value);
}

/* The address bits that stay 0 after all ones are written give the size. */
static uint32_t bar_bytes(uint32_t device, uint32_t bar)
{
    config_write(device, REGISTER_BAR_0, UINT32_MAX);
    uint32_t kept = config_read(device, REGISTER_BAR_0);
    config_write(device, REGISTER_BAR_0, bar);
    return ~(kept & BAR_ADDRESS) + 1u;
}

static bool is_display(uint32_t device)
{
    return config_read(device, REGISTER_ID) != NO_DEVICE &&
           config_read(device, REGISTER_CLASS) >> 24 == CLASS_DISPLAY;
}

bool pci_find_display(paddr_t *memory, uint32_t *bytes)
{
    for (uint32_t device = 0; device < DEVICES; device++) {
        if (!is_display(device))
            continue;
        uint32_t bar = config_read(device, REGISTER_BAR_0);
        if ((bar & (BAR_IS_IO | BAR_TYPE)) != 0 || (bar & BAR_ADDRESS) == 0)
            continue;
        *memory = paddr(bar & BAR_ADDRESS);
        *bytes = bar_bytes(device, bar);
        return true;
    }
    return false;
}
