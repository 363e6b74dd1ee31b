#include "module.h"

#include "replay/crc32.h"
#include "simulator.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void give_up(const struct module *module)
{
    fprintf(stderr, "%s: %s\n", module->path, strerror(errno));
    exit(1);
}

static void put(struct module *module, const void *data, size_t bytes)
{
    struct probe_header *header = &module->header;

    if (fwrite(data, 1, bytes, module->file) != bytes)
        give_up(module);
    header->payload_crc = crc32(header->payload_crc, data, bytes);
    header->payload_bytes += (uint32_t)bytes;
}

void module_begin(struct module *module, const char *path)
{
    *module = (struct module){
        .path = path,
        .header = {.magic = PROBE_MAGIC, .version = PROBE_VERSION, .arena = SIMULATOR_ARENA}};
    module->file = fopen(path, "wb");
    if (!module->file || fwrite(&module->header, sizeof module->header, 1, module->file) != 1)
        give_up(module);
}

void module_add(struct module *module, struct program *program)
{
    static struct probe_outcome outcome[PROBE_STEPS_MAX];

    simulator_run(program, outcome);
    put(module, &program->head, sizeof program->head);
    put(module, program->step, program->head.steps * sizeof program->step[0]);
    put(module, outcome, program->head.accesses * sizeof outcome[0]);
    module->header.cases++;
    module->header.accesses += program->head.accesses;
}

void module_end(struct module *module)
{
    if (fseek(module->file, 0, SEEK_SET) != 0 ||
        fwrite(&module->header, sizeof module->header, 1, module->file) != 1 ||
        fclose(module->file) != 0)
        give_up(module);
}
