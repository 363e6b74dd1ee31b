#include "command/status.h"

#include "command/help_text.h"

void status_print_brief(FILE *out)
{
#define STATUS_BRIEF(name, number, brief, text) #number " " brief ", "
    help_text_put(out,
                  "Exit status: " STATUS_TABLE(STATUS_BRIEF) "128 + N ended by signal N. `mmsim "
                                                             "help exit-status` says more.",
                  0);
}

void status_print(FILE *out)
{
#define STATUS_ROW(name, number, brief, text) help_text_put_item(out, #number, text);
    STATUS_TABLE(STATUS_ROW)
    help_text_put_item(out, "128 + N",
                       "Signal N ended the program: 130 for SIGINT (Ctrl-C), 141 for SIGPIPE, 143 "
                       "for SIGTERM. A sweep keeps what it has done in its journal.");
}
