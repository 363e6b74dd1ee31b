/* Checks of sentences that rules have made. */
#ifndef SUPPORT_PROSE_CHECKS_H
#define SUPPORT_PROSE_CHECKS_H

#include "report/prose.h"

/* Fails the test unless the prose has at least one paragraph, each paragraph ends with a full stop
 * if `sentences`, and without one if not, and the text has no double blank, no blank before a comma
 * or a full stop, no "1 requests", no "nan" or "(null)", no control character and no empty span. */
void assert_prose_is_well_formed(const struct prose *prose, bool sentences);

/* The text of a paragraph, valid until the next call; "" if there is none. */
const char *prose_paragraph_text(const struct prose *prose, uint32_t paragraph);

/* The whole text, with a newline after each paragraph, valid until the next call. */
const char *prose_whole_text(const struct prose *prose);

#endif
