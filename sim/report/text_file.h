/* The freestanding text writers, writing to a file of the host. */
#ifndef REPORT_TEXT_FILE_H
#define REPORT_TEXT_FILE_H

#include <stdio.h>

#include "replay/run_json.h"

struct text_out text_out_to_file(FILE *file);

#endif
