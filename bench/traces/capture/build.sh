#!/bin/sh
# shellcheck disable=SC1091,SC2034  # figures.sh is in the guest, and reads moment
# A workload for capture.sh: make builds a small program of several C files with gcc, as a shell build does, and the
# program runs.
#
#     RECORDERS=ftrace PACKAGES='dash coreutils make gcc libc6-dev' RAM=1G LIMIT=900 BUFFER_KB=131072 \
#         bench/traces/capture/capture.sh DIRECTORY bench/traces/capture/build.sh

export PATH=/usr/bin:/bin TMPDIR=/tmp
mkdir -p /tmp/build
cd /tmp/build || exit 1

# A second process writes the figures now and then, while the build runs.
moment=start
. /bin/figures.sh
(
    until [ -e built ]; do
        sleep 1
        moment=busy
        . /bin/figures.sh
    done
) &

for number in 1 2 3 4 5 6; do
    cat >"part$number.c" <<END
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node$number {
	struct node$number *left, *right;
	int key;
	char name[24];
};

static struct node$number *insert(struct node$number *tree, int key)
{
	if (tree == NULL) {
		tree = calloc(1, sizeof(*tree));
		tree->key = key;
		snprintf(tree->name, sizeof(tree->name), "node %d", key);
	} else if (key < tree->key) {
		tree->left = insert(tree->left, key);
	} else {
		tree->right = insert(tree->right, key);
	}
	return tree;
}

static size_t depth(const struct node$number *tree)
{
	size_t left, right;

	if (tree == NULL)
		return 0;
	left = depth(tree->left);
	right = depth(tree->right);
	return 1 + (left > right ? left : right);
}

size_t part$number(int count)
{
	struct node$number *tree = NULL;

	for (int i = 0; i < count; i++)
		tree = insert(tree, (int)((unsigned)i * 2654435761u >> 16));
	return depth(tree);
}
END
done
cat >main.c <<'END'
#include <stdio.h>

size_t part1(int), part2(int), part3(int), part4(int), part5(int), part6(int);

int main(void)
{
	printf("%zu %zu %zu\n", part1(20000), part2(30000), part3(40000));
	printf("%zu %zu %zu\n", part4(5000), part5(6000), part6(7000));
	return 0;
}
END
cat >Makefile <<'END'
CFLAGS = -O2 -Wall
parts = main.o part1.o part2.o part3.o part4.o part5.o part6.o

trees: $(parts)
	$(CC) -o $@ $(parts)

clean:
	rm -f trees $(parts)
END
make -j2 CC=gcc-12
./trees
moment=built
. /bin/figures.sh
make clean
make -j2 CC=gcc-12 CFLAGS=-O0
touch built
wait
moment=end
. /bin/figures.sh
