#include "report/text_file.h"

static void put_to_file(void *context, const char *text, size_t bytes)
{
    fwrite(text, 1, bytes, context);
}

struct text_out text_out_to_file(FILE *file)
{
    return (struct text_out){put_to_file, file};
}
