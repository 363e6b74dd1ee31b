#include "command/output.h"

#include "command/arguments.h"
#include "trace/whole_file.h"

bool output_is_apart(const char *out, const char *const in[], int count)
{
    for (int i = 0; i < count; i++)
        if (!whole_file_in_place(out) && whole_file_is(out, in[i])) {
            bad_input("%s: is read, and would be lost: write to another file", out);
            return false;
        }
    return true;
}
