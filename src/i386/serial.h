/* The serial line COM1: everything that the image has to say. 115,200 baud, 8N1, polled. */
#ifndef I386_SERIAL_H
#define I386_SERIAL_H

#include "replay/text_out.h"

/* Set the line up. Without it nothing is printed. */
void serial_init(void);

/* Everything printed goes here; never fails, waits while the line is busy. */
extern const struct text_out serial_out;

/* text, then the value as 0x and 8 digits. */
void serial_put_fact(const char *text, uint32_t value);

#endif
