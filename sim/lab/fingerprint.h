/* Identifies the program by the sources that decide the results of a run. */
#ifndef LAB_FINGERPRINT_H
#define LAB_FINGERPRINT_H

/* 16 hexadecimal digits of the SHA-256 of the sources of the memory manager, the replay, the
 * simulated machine and the lab. Programs with the same fingerprint get the same results, wherever
 * and however they were built. Those with different ones may differ. */
extern const char fingerprint[17];

#endif
