/* The serial line COM1, on which the image prints: 115,200 baud, 8N1, polled. */
#ifndef I386_SERIAL_H
#define I386_SERIAL_H

#include "replay/text_out.h"

/* Sets the line up. Call it before anything is printed. */
void serial_init(void);

/* Writes to the line. It never fails; it waits while the line is busy, and after 100,000 polls it
   writes the byte anyway. */
extern const struct text_out serial_out;

/* Prints text, then value as 0x and 8 digits. */
void serial_put_fact(const char *text, uint32_t value);

#endif
