/* Which program this is, as far as the results of a run go. */
#ifndef LAB_FINGERPRINT_H
#define LAB_FINGERPRINT_H

/*
 * 16 hexadecimal digits: of the SHA-256 of the memory manager, the replay, the simulated machine
 * and the lab, as the build found their sources. Programs of one fingerprint get the same results,
 * wherever and however they were built; those of two may get others.
 */
extern const char fingerprint[17];

#endif
