#include "support/printing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

FILE *printing_start(struct printing *printing)
{
    printing->out = open_memstream(&printing->text, &printing->bytes);
    assert_non_null(printing->out);
    return printing->out;
}

char *printing_end(struct printing *printing)
{
    fclose(printing->out);
    return printing->text;
}
