#include "machine/number32.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool number32_parse(const char *text, uint32_t *number, const char **reason)
{
    bool hexadecimal = strncasecmp(text, "0x", 2) == 0;
    const char *digits = hexadecimal ? text + 2 : text;
    size_t length = strspn(digits, hexadecimal ? "0123456789abcdefABCDEF" : "0123456789");

    if (length == 0 || digits[length] != '\0') {
        *reason = "expected a number such as 0xc0101000 or 3222278144";
        return false;
    }
    errno = 0;
    unsigned long long value = strtoull(digits, NULL, hexadecimal ? 16 : 10);
    if (errno == ERANGE || value > UINT32_MAX) {
        *reason = "the number does not fit 32 bits";
        return false;
    }
    *number = (uint32_t)value;
    return true;
}
