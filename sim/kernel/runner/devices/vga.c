/*
 * VGA registers, which return the values that were written (IBM VGA Technical Reference). The text
 * of the screen is in memory at 0xb8000, and is not used here.
 */
#include "runner/devices/devices.h"
#include "runner/devices/state.h"

enum vga_port {
    VGA_ATTRIBUTE = 0x3c0, /* writes are index and data alternately */
    VGA_ATTRIBUTE_READ = 0x3c1,
    VGA_MISC_WRITE = 0x3c2, /* a read returns input status 0 */
    VGA_SEQUENCER = 0x3c4,
    VGA_DAC_MASK = 0x3c6,
    VGA_DAC_READ = 0x3c7, /* a read returns the state */
    VGA_DAC_WRITE = 0x3c8,
    VGA_DAC_DATA = 0x3c9,
    VGA_FEATURE = 0x3ca,
    VGA_MISC = 0x3cc,
    VGA_GRAPHICS = 0x3ce,
    VGA_CRTC = 0x3d4,
    VGA_STATUS = 0x3da
};

#define INDEX_MASK     0x1fu
#define RETRACE        0x09u /* blanked, and in vertical retrace */
#define DAC_BYTES      (256u * 3u)
#define DAC_STATE_READ 0x03u
#define DAC_BITS       0x3fu

static struct vga *const vga = &devices.vga;

/* The firmware sets text mode 3. */
void vga_reset(void)
{
    *vga = (struct vga){
        .crtc.value = {0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00,
                       0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff},
        .sequencer.value = {0x03, 0x00, 0x03, 0x00, 0x02},
        .graphics.value = {0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff},
        .attribute.value = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a,
                            0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0c, 0x00, 0x0f, 0x08, 0x00},
        .misc = 0x67,
        .dac_mask = 0xff,
    };
}

static uint8_t *bank_value(struct vga_bank *bank)
{
    return &bank->value[bank->index & INDEX_MASK];
}

/* The even port is the index, the odd port after it the data. */
static void bank_write(struct vga_bank *bank, uint16_t port, uint8_t value)
{
    if (port & 1) {
        *bank_value(bank) = value;
    } else {
        bank->index = value;
    }
}

static uint8_t bank_read(struct vga_bank *bank, uint16_t port)
{
    return port & 1 ? *bank_value(bank) : bank->index;
}

static void attribute_write(uint8_t value)
{
    bank_write(&vga->attribute, vga->attribute_data_is_next, value);
    vga->attribute_data_is_next = !vga->attribute_data_is_next;
}

/* The retrace bits toggle with each read. After a read, the attribute controller expects an index.
 */
static uint8_t status_read(void)
{
    devices_time_passes(POLL_NANOSECONDS);
    vga->attribute_data_is_next = false;
    vga->retrace ^= RETRACE;
    return vga->retrace;
}

static uint8_t dac_data_read(void)
{
    uint8_t value = vga->dac[vga->dac_read];

    vga->dac_read = (uint16_t)((vga->dac_read + 1) % DAC_BYTES);
    return value;
}

static void dac_data_write(uint8_t value)
{
    vga->dac[vga->dac_write] = value & DAC_BITS;
    vga->dac_write = (uint16_t)((vga->dac_write + 1) % DAC_BYTES);
}

uint32_t vga_read(uint16_t port)
{
    switch (port) {
    case VGA_ATTRIBUTE:
        return vga->attribute.index;
    case VGA_ATTRIBUTE_READ:
        return *bank_value(&vga->attribute);
    case VGA_SEQUENCER:
    case VGA_SEQUENCER + 1:
        return bank_read(&vga->sequencer, port);
    case VGA_DAC_MASK:
        return vga->dac_mask;
    case VGA_DAC_READ:
        return vga->dac_state;
    case VGA_DAC_WRITE:
        return vga->dac_write / 3;
    case VGA_DAC_DATA:
        return dac_data_read();
    case VGA_FEATURE:
        return vga->feature;
    case VGA_MISC:
        return vga->misc;
    case VGA_GRAPHICS:
    case VGA_GRAPHICS + 1:
        return bank_read(&vga->graphics, port);
    case VGA_CRTC:
    case VGA_CRTC + 1:
        return bank_read(&vga->crtc, port);
    case VGA_STATUS:
        return status_read();
    default:
        return 0;
    }
}

void vga_write(uint16_t port, uint8_t value)
{
    switch (port) {
    case VGA_ATTRIBUTE:
        attribute_write(value);
        break;
    case VGA_MISC_WRITE:
        vga->misc = value;
        break;
    case VGA_SEQUENCER:
    case VGA_SEQUENCER + 1:
        bank_write(&vga->sequencer, port, value);
        break;
    case VGA_DAC_MASK:
        vga->dac_mask = value;
        break;
    case VGA_DAC_READ:
        vga->dac_read = (uint16_t)(value * 3);
        vga->dac_state = DAC_STATE_READ;
        break;
    case VGA_DAC_WRITE:
        vga->dac_write = (uint16_t)(value * 3);
        vga->dac_state = 0;
        break;
    case VGA_DAC_DATA:
        dac_data_write(value);
        break;
    case VGA_GRAPHICS:
    case VGA_GRAPHICS + 1:
        bank_write(&vga->graphics, port, value);
        break;
    case VGA_CRTC:
    case VGA_CRTC + 1:
        bank_write(&vga->crtc, port, value);
        break;
    case VGA_STATUS: /* a write goes to the feature control */
        vga->feature = value;
        break;
    default:
        break;
    }
}
