/* Every call that mtrace and Valgrind know, for real logs of them: README.md has the commands. */
#include <malloc.h>
#include <mcheck.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *volatile kept;

void *half(void *count)
{
    for (size_t i = 1; i <= *(size_t *)count; i++)
        free(malloc(i * 100));
    return NULL;
}

void resize(void)
{
    void *volatile none = NULL;
    void *block = realloc(none, 24);

    block = realloc(block, 5000);
    kept = malloc(24);
    block = realloc(block, 48);
    if (realloc(block, SIZE_MAX / 4) == NULL)
        block = realloc(block, 0);
    free(block);
}

void align(void)
{
    void *block = NULL;

    if (posix_memalign(&block, 64, 10) == 0)
        free(block);
    free(aligned_alloc(64, 128));
    free(memalign(256, 20));
    kept = malloc(malloc_usable_size(kept));
}

int main(void)
{
    size_t count = 2;
    pthread_t thread;

    mtrace();
    kept = calloc(3, 7);
    free(calloc(SIZE_MAX / 2, 8));
    resize();
    align();
    free(malloc(0));
    if (pthread_create(&thread, NULL, half, &count) == 0)
        pthread_join(thread, NULL);
    muntrace();
    if (fork() == 0) {
        free(kept);
        _exit(0);
    }
    wait(NULL);
    fputs("no newline here", stderr);
    free(kept);
    return 0;
}
