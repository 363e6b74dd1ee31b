/* How much code a strategy is, as the build has counted it (strategy_lines.sh). */
#ifndef LAB_STRATEGY_LINES_H
#define LAB_STRATEGY_LINES_H

#include <mm/mm.h>

/* Lines of code of its source file and of the parts of the memory manager that it uses beside those
   that all use; blank lines and comments aside. 0: the build knows no strategy of this name. */
uint32_t strategy_lines(const struct strategy *strategy);

#endif
