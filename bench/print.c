#include "print.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NAME_WIDTH   20
#define FIGURE_WIDTH 10
#define SPREAD_WIDTH 14

/* Print a line of the heading. A heading of two lines is split at its first space. */
static void print_heading_line(const struct bench_table *table, bool counts, int width, bool upper)
{
    printf("%-*s", NAME_WIDTH, "");
    for (uint32_t column = 0; column < table->columns; column++) {
        const char *name = table->column[column].name;
        const char *space = strchr(name, ' ');
        if (counts && !table->column[column].counted)
            continue;
        if (upper)
            printf("%*.*s", width, space != NULL ? (int)(space - name) : 0, name);
        else
            printf("%*s", width, space != NULL ? space + 1 : name);
    }
    putchar('\n');
}

static void print_heading(const struct bench_table *table, bool counts, int width)
{
    bool has_upper = false;

    for (uint32_t column = 0; column < table->columns; column++)
        has_upper |= strchr(table->column[column].name, ' ') != NULL;
    if (has_upper)
        print_heading_line(table, counts, width, true);
    print_heading_line(table, counts, width, false);
}

/* Three digits for small figures, whole numbers for large ones. */
static int digits_of(double figure)
{
    return figure < 10 ? 2 : figure < 1000 ? 1 : 0;
}

static void print_figure(double figure, const char *suffix)
{
    char text[32];

    if (isnan(figure))
        snprintf(text, sizeof(text), "-");
    else
        snprintf(text, sizeof(text), "%.*f%s", digits_of(figure), figure, suffix);
    printf("%*s", FIGURE_WIDTH, text);
}

static double in_unit(double figure_ns, double unit_ns)
{
    if (unit_ns > 0)
        return figure_ns / unit_ns;
    return (unit_ns == 0 ? 1e3 : 1e6) / figure_ns;
}

static void print_row(const struct bench_table *table, const struct bench_figures *figures,
                      uint32_t row, bool counts)
{
    printf("%-*s", NAME_WIDTH, table->subject[row].name);
    for (uint32_t column = 0; column < table->columns; column++) {
        if (counts && !table->column[column].counted)
            continue;
        print_figure(in_unit(figures->at[row][column], counts ? 1 : table->column[column].unit_ns),
                     "");
    }
    putchar('\n');
}

static void print_ratios(const struct bench_table *table, const struct bench_figures *figures,
                         uint32_t row, bool counts)
{
    const double *reference = figures->at[table->reference];

    printf("%-9s/ %-*s", table->subject[row].name, NAME_WIDTH - 11,
           table->subject[table->reference].name);
    for (uint32_t column = 0; column < table->columns; column++)
        if (!counts || table->column[column].counted)
            print_figure(figures->at[row][column] / reference[column], "x");
    putchar('\n');
}

static void print_table(const struct bench_table *table, const struct bench_figures *figures,
                        bool counts)
{
    print_heading(table, counts, FIGURE_WIDTH);
    for (uint32_t row = 0; row < table->subjects; row++)
        print_row(table, figures, row, counts);
    for (uint32_t row = 0; row < table->subjects && table->reference < table->subjects; row++)
        if (row != table->reference)
            print_ratios(table, figures, row, counts);
    putchar('\n');
    fflush(stdout);
}

void bench_print(const struct bench_table *table, const struct bench_figures *figures)
{
    puts(table->title);
    print_table(table, figures, false);
}

void bench_print_counts(const struct bench_table *table, const struct bench_figures *figures)
{
    printf("%s: instructions an operation\n", table->name);
    print_table(table, figures, true);
}

/* Print two figures of a column in its unit, the smaller one first. */
static void print_range(double least_ns, double most_ns, double unit_ns)
{
    double a = in_unit(least_ns, unit_ns);
    double b = in_unit(most_ns, unit_ns);
    char text[48];

    if (isnan(a) || isnan(b))
        snprintf(text, sizeof text, "-");
    else
        snprintf(text, sizeof text, "%.*f-%.*f", digits_of(fmin(a, b)), fmin(a, b),
                 digits_of(fmax(a, b)), fmax(a, b));
    printf("%*s", SPREAD_WIDTH, text);
}

static bool has_spread(const struct bench_table *table, const struct bench_figures *figures)
{
    for (uint32_t row = 0; row < table->subjects; row++)
        for (uint32_t column = 0; column < table->columns; column++)
            if (!isnan(figures->least[row][column]))
                return true;
    return false;
}

void bench_print_spread(const struct bench_table *table, const struct bench_figures *figures)
{
    if (!has_spread(table, figures))
        return;
    printf("%s: the least and the most of %u rounds\n", table->name, BENCH_ROUNDS);
    print_heading(table, false, SPREAD_WIDTH);
    for (uint32_t row = 0; row < table->subjects; row++) {
        printf("%-*s", NAME_WIDTH, table->subject[row].name);
        for (uint32_t column = 0; column < table->columns; column++)
            print_range(figures->least[row][column], figures->most[row][column],
                        table->column[column].unit_ns);
        putchar('\n');
    }
    putchar('\n');
    fflush(stdout);
}

void bench_print_machine(void)
{
    char line[256];
    char date[64];
    const char *processor = "an unknown processor\n";
    time_t now = time(NULL);
    FILE *info = fopen("/proc/cpuinfo", "r");

    while (info != NULL && fgets(line, sizeof line, info) != NULL)
        if (strncmp(line, "model name", 10) == 0 && strchr(line, ':') != NULL) {
            processor = strchr(line, ':') + 2;
            break;
        }
    if (info != NULL)
        fclose(info);
    strftime(date, sizeof date, "%d %B %Y", localtime(&now));
    printf("%s, %s", date, processor);
}
