/* The table of strategies, in the order in which they are shown. STRATEGY(name) stands for
   `const struct strategy strategy_name`, which strategy_name.c defines. */
STRATEGY(window)
STRATEGY(primary)
STRATEGY(brk)
STRATEGY(zoned)
STRATEGY(kseg0)
STRATEGY(jump)
STRATEGY(migrate)
