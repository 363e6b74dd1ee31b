/* The table of strategies, a line each, in the order in which they are shown. STRATEGY(name) is
   `const struct strategy strategy_name` of the source file strategy_name.c. */
STRATEGY(window)
STRATEGY(primary)
STRATEGY(brk)
STRATEGY(zoned)
STRATEGY(kseg0)
STRATEGY(jump)
STRATEGY(migrate)
