#include "lab/fingerprint.h"

const char fingerprint[] =
#include "fingerprint.inc"
    ;
