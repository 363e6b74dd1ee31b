# mmsim: the memory manager of a kernel, compiled from the same sources for a simulated PC and for a real one.
# `make help` lists the targets; V=1 shows each command. Nothing is written outside build/ and coverage/.

# ---- settings ----------------------------------------------------------------------------------------
ifeq ($(origin CC),default)
CC      := gcc
endif
BUILD   ?= build
VARIANT ?= host
JOBS    ?= $(shell nproc)
Q       := $(if $(V),,@)
MAKEFLAGS += --no-print-directory

# How many checks the memory manager makes of its callers and of its own data (include/mm/harden.h): none, fast or
# full. Each level except the default is built in directories of its own.
HARDENING       ?= fast
HARDENINGS      := none fast full
HARDENING_none  := HARDEN_NONE
HARDENING_fast  := HARDEN_FAST
HARDENING_full  := HARDEN_FULL
$(if $(filter $(HARDENING),$(HARDENINGS)),,$(error HARDENING is one of $(HARDENINGS), not '$(HARDENING)'))
LEVEL           := $(if $(filter-out fast,$(HARDENING)),-$(HARDENING))

# The directory of the host's objects.
O               := $(BUILD)/$(VARIANT)$(LEVEL)

# ---- optional libraries ------------------------------------------------------------------------------
# They read zstd and xz traces, the JSON of sweeps, and the source lines of foreign kernels, draw PNG, draw on the
# terminal, and pack the data of reports. Without one of them the program is built all the same, and names the missing package when it would need it.
PKG     := $(shell command -v pkg-config 2>/dev/null)
HAVE     = $(if $(PKG),$(shell pkg-config --exists $(1) && echo yes))
ZSTD    := $(call HAVE,libzstd)
LZMA    := $(call HAVE,liblzma)
JANSSON := $(call HAVE,jansson)
LIBDW   := $(call HAVE,libdw)
CAIRO   := $(call HAVE,cairo)
NCURSES := $(call HAVE,ncursesw)
ZLIB    := $(call HAVE,zlib)
# Zydis decodes instructions for `mmsim kernel`. Debian's package has no file for pkg-config.
HAVE_HEADER = $(shell echo '\#include <$(1)>' | $(CC) -E - >/dev/null 2>&1 && echo yes)
ZYDIS   := $(call HAVE_HEADER,Zydis/Zydis.h)
LIBS    := $(if $(ZSTD),-lzstd) $(if $(LZMA),-llzma) $(if $(JANSSON),-ljansson) $(if $(LIBDW),-ldw -lelf) \
           $(if $(CAIRO),-lcairo) $(if $(NCURSES),-lncursesw -ltinfo) $(if $(ZLIB),-lz)
DEFINES := $(if $(ZSTD),-DHAVE_ZSTD) $(if $(LZMA),-DHAVE_LZMA) $(if $(JANSSON),-DHAVE_JANSSON) \
           $(if $(LIBDW),-DHAVE_DW) $(if $(CAIRO),-DHAVE_CAIRO) $(if $(NCURSES),-DHAVE_NCURSES) \
           $(if $(ZLIB),-DHAVE_ZLIB) $(if $(ZYDIS),-DHAVE_RUNNER)

# ---- sources -----------------------------------------------------------------------------------------
# The memory manager and the replay: the host and the image compile the same list.
CORE_SRC  := $(sort $(wildcard src/mm/*.c src/replay/*.c))
SIM_SRC   := $(sort $(filter-out sim/kernel/runner/%,$(wildcard sim/*/*.c sim/*/*/*.c)))
# The tests in tests/harden pass only with HARDENING=full; `make test-hardening` runs them.
TEST_SRC  := $(sort $(filter-out $(if $(filter full,$(HARDENING)),,tests/harden/%) $(if $(ZYDIS),,tests/kernel/%),\
               $(wildcard tests/*/test_*.c)))
SUPPORT_SRC := $(sort $(wildcard tests/support/*.c))
MISUSE_SRC  := $(sort $(wildcard tests/misuse/misuse*.c))

# ---- the program -------------------------------------------------------------------------------------
WARN := -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-align \
        -Wstrict-prototypes -Wmissing-prototypes -Werror

# VARIANT is host (the program), asan (address and undefined-behaviour sanitizers), gcov (coverage) or fuzz (clang's
# libFuzzer). -g1 keeps the lines that reports name, and makes the test programs a third as large.
OPT_host := -O2 -g
OPT_asan := -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT_gcov := -O1 -g1
OPT_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# Valgrind 3.19 cannot read clang's DWARF 5.
OPT      := $(OPT_$(VARIANT)) $(if $(findstring clang,$(CC)),-gdwarf-4)

LEVEL_CFLAGS := -DMM_HARDENING=$(HARDENING_$(HARDENING))
HOST_CFLAGS  := $(WARN) $(OPT) -D_GNU_SOURCE $(DEFINES) $(LEVEL_CFLAGS) -Iinclude -Isrc -Isim -Isim/machine/include
HOST_LDFLAGS := $(filter -fsanitize%,$(OPT)) $(if $(filter gcov,$(VARIANT)),--coverage)

CORE_OBJ    := $(CORE_SRC:%.c=$(O)/%.o)
SIM_OBJ     := $(SIM_SRC:%.c=$(O)/%.o)
SUPPORT_OBJ := $(SUPPORT_SRC:%.c=$(O)/%.o)
TESTS       := $(TEST_SRC:%.c=$(O)/%)
DEFAULT     := $(filter host,$(VARIANT)$(LEVEL))
PROGRAM     := $(if $(DEFAULT),$(BUILD)/mmsim,$(O)/mmsim)
LIBRARY     := $(if $(DEFAULT),$(BUILD)/libmmsim.a,$(O)/libmmsim.a)

.PHONY: all demo
## Build build/mmsim, and build/libmmsim.a for tests of foreign kernels (default)
all: $(PROGRAM) $(if $(DEFAULT),$(BUILD)/mmsim-uninstalled.pc)

## Compare the strategies on the trace of a real kernel, with a little too little memory
demo:
	@$(MAKE) -s -j$(JOBS) all
	$(BUILD)/mmsim compare bench/traces/boot_2048.mmb.zst --ram 70M
	@printf '\n%s %s\n' "70 MiB is too little for a Debian boot under every strategy;" \
	    "the lines above say which requests fail, and why."
	@printf '\n%s\n%s\n' "Next: 'A result' and 'Five minutes' in README.md, the user's guide in sim/manual/README.md," \
	    "and $(BUILD)/mmsim --help."

$(PROGRAM): $(O)/sim/main.o $(LIBRARY)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $^ $(LIBS)

$(LIBRARY): $(CORE_OBJ) $(SIM_OBJ) $(O)/sim/report/report_page_image.o $(if $(ZYDIS),$(O)/sim/kernel/runner_image.o)
	@rm -f $@
	$(Q)ar rcs $@ $^

# Objects depend on the compiler, its options, and the libraries that are installed, as well as on their sources. This
# file holds all of these, so the objects are compiled again when one of them changes. (With Valgrind's header,
# sim/machine tells Valgrind where simulated memory is mapped.)
VALGRIND_H := $(call HAVE_HEADER,valgrind/memcheck.h)
CONFIG     := $(CC) $(HOST_CFLAGS) $(VALGRIND_H)

%/config: always
	@mkdir -p $(@D)
	@echo '$(CONFIG)' | cmp -s - $@ || echo '$(CONFIG)' >$@

.PHONY: always
always:

$(O)/%.o: %.c $(O)/config
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<

# Coverage is measured only for the core, which the coverage gate reads. The compiler keeps the branches of the source
# only without optimisation.
ifeq ($(VARIANT),gcov)
$(CORE_OBJ): HOST_CFLAGS += -O0 --coverage -fprofile-abs-path
endif

# A checksum of the sources that decide the result of a replay; sweeps write it into their journals. It depends on
# the sources alone, so every machine and compiler gives the same checksum. The rule runs each time, because a file that
# is removed leaves nothing behind that is newer than the checksum.
FINGERPRINT     := $(O)/sim/lab/fingerprint.inc
FINGERPRINT_SRC := $(sort $(wildcard include/mm/*.h sim/machine/include/asm/*.h \
                     $(foreach room,src/mm src/replay sim/machine sim/lab,$(room)/*.[ch])))

$(FINGERPRINT): always
	@mkdir -p $(@D)
	@cat $(FINGERPRINT_SRC) | sha256sum | sed 's/^\(.\{16\}\).*/"\1"/' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(O)/sim/lab/fingerprint.o: $(FINGERPRINT)
$(O)/sim/lab/fingerprint.o: HOST_CFLAGS += -I$(O)/sim/lab

# ---- the page of mmsim report ------------------------------------------------------------------------
# The program contains the page in two parts; between them it writes the data. npm's package uplot draws the page's time
# lines. Without it the page is complete except for them, and says so.
PAGE       := $(BUILD)/page
PAGE_PARTS := $(PAGE)/before.html $(PAGE)/after.html
PAGE_SRC   := $(sort $(wildcard $(addprefix sim/report/page/,*.js *.css *.html *.sh)))
UPLOT       = $(wildcard $(PAGE)/npm/node_modules/uplot)

.PHONY: uplot
## Fetch uPlot from npm, which draws the time lines of `mmsim report`
uplot:
	$(Q)mkdir -p $(PAGE)/npm
	$(Q)cp sim/report/page/package.json sim/report/page/package-lock.json $(PAGE)/npm
	$(Q)npm ci --prefix $(PAGE)/npm --silent --no-audit --no-fund

$(PAGE)/config: CONFIG = uPlot: $(UPLOT)

$(PAGE)/after.html: $(PAGE)/before.html
$(PAGE)/before.html: $(PAGE_SRC) $(PAGE)/config
	$(Q)sim/report/page/assemble.sh $(PAGE) $(UPLOT)

$(O)/sim/report/report_page_image.o: sim/report/report_page_image.S $(PAGE_PARTS)
	@mkdir -p $(@D)
	$(Q)$(CC) -DPAGE_BEFORE='"$(PAGE)/before.html"' -DPAGE_AFTER='"$(PAGE)/after.html"' -c -o $@ $<

# ---- the runner of foreign kernels -------------------------------------------------------------------
# A separate program, which libmmsim.a contains as data. It is never built with sanitizers or for coverage: it handles
# the signals of foreign code, and needs the lowest 4 GiB of its address space for that code.
RUNNER         := $(BUILD)/runner/runner
RUNNER_MACHINE := $(addprefix sim/machine/,mmu.c window.c window_entries.c oracle.c oracle_free.c mapped_frames.c \
                    stale_use.c sparse.c)
RUNNER_SRC     := $(sort $(wildcard sim/kernel/runner/*.c sim/kernel/runner/*/*.c)) $(RUNNER_MACHINE)
RUNNER_OBJ     := $(RUNNER_SRC:%.c=$(BUILD)/runner/%.o) $(BUILD)/runner/sim/kernel/runner/entry.o
RUNNER_CFLAGS  := $(WARN) -O2 -g1 -fPIE -fno-stack-protector -fcf-protection=none -D_GNU_SOURCE \
                  -Iinclude -Isrc -Isim -Isim/kernel -Isim/machine/include

$(BUILD)/runner/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(RUNNER_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/runner/%.o: %.S
	@mkdir -p $(@D)
	$(Q)$(CC) -c -o $@ $<

$(RUNNER): $(RUNNER_OBJ)
	$(Q)$(CC) -pie -Wl,-z,now -o $@.debug $^ -lZydis
	$(Q)objcopy --strip-debug $@.debug $@

$(O)/sim/kernel/runner_image.o: sim/kernel/runner_image.S $(RUNNER)
	@mkdir -p $(@D)
	$(Q)$(CC) -DRUNNER='"$(RUNNER)"' -c -o $@ $<

# ---- the bootable image ------------------------------------------------------------------------------
# CORE_SRC and the drivers of the real machine, linked into one multiboot ELF without libc and libgcc. All objects
# of the image return structures of 4 bytes (addresses, frame numbers) in registers.
IMAGE_OPT    ?= -O2
IMAGE_O      := $(BUILD)/image$(LEVEL)$(IMAGE_OPT:-O2=)
IMAGE        := $(BUILD)/mmsim$(LEVEL)$(IMAGE_OPT:-O2=).elf
IMAGE_SRC    := $(sort $(wildcard src/i386/*.c))
IMAGE_ASM    := $(sort $(wildcard src/i386/*.S))
IMAGE_CORE   := $(CORE_SRC:%.c=$(IMAGE_O)/%.o)
IMAGE_OBJ    := $(IMAGE_CORE) $(IMAGE_SRC:%.c=$(IMAGE_O)/%.o) $(IMAGE_ASM:%.S=$(IMAGE_O)/%.o)
IMAGE_CFLAGS := $(WARN) $(LEVEL_CFLAGS) -m32 -march=i686 $(IMAGE_OPT) -g -ffreestanding -fno-pic -fno-stack-protector \
                -fno-asynchronous-unwind-tables -mno-sse -mno-mmx -freg-struct-return \
                -Iinclude -Isrc -Isrc/i386/include
IMAGE_LINK   := -m32 -nostdlib -static -Wl,--build-id=none -Wl,--fatal-warnings

# The bundled traces, as boot modules.
BUNDLED        := $(sort $(wildcard bench/traces/*.mmb.zst))
BUNDLED_MODULE := $(BUNDLED:bench/traces/%.mmb.zst=$(BUILD)/traces/%.mmb)

# `make boot` replays TRACE (a file of any format that the program reads) under STRATEGY (all, if it is empty).
TRACE       ?= $(firstword $(BUNDLED))
STRATEGY    ?=
RAM         ?= 512M
BOOT_OWN    := $(filter-out $(BUNDLED),$(TRACE))
BOOT_MODULE := $(if $(BOOT_OWN),$(BUILD)/traces/own/$(basename $(notdir $(TRACE:.zst=))).mmb,\
                 $(TRACE:bench/traces/%.mmb.zst=$(BUILD)/traces/%.mmb))

.PHONY: image boot
## Build the bootable image build/mmsim.elf, and build/mmsim.iso if GRUB is installed
image: $(IMAGE) $(BUNDLED_MODULE)
	@src/i386/iso.sh $(IMAGE) $(IMAGE:.elf=.iso) $(BUNDLED_MODULE)

## Boot the image in QEMU and replay a trace: TRACE=FILE STRATEGY=NAME RAM=512M
boot: $(IMAGE) $(BOOT_MODULE)
	@src/i386/qemu.sh $(IMAGE) $(RAM) '$(if $(STRATEGY),strategy=$(STRATEGY))' $(BOOT_MODULE)

$(IMAGE): $(IMAGE_OBJ) src/i386/image.ld
	$(Q)$(CC) $(IMAGE_LINK) -T src/i386/image.ld -o $@ $(IMAGE_OBJ)

$(IMAGE_O)/config: CONFIG := $(CC) $(IMAGE_CFLAGS)

$(IMAGE_O)/%.o: %.c $(IMAGE_O)/config
	@mkdir -p $(@D)
	$(Q)$(CC) $(IMAGE_CFLAGS) -MMD -MP -c -o $@ $<

$(IMAGE_O)/%.o: %.S $(IMAGE_O)/config
	@mkdir -p $(@D)
	$(Q)$(CC) -m32 -g -Isrc/i386/include -MMD -MP -c -o $@ $<

$(BUILD)/traces/%.mmb: bench/traces/%.mmb.zst $(PROGRAM)
	@mkdir -p $(@D)
	@$(PROGRAM) convert $< $@

ifneq ($(BOOT_OWN),)
$(BOOT_MODULE): $(TRACE) $(PROGRAM)
	@mkdir -p $(@D)
	@$(PROGRAM) convert $< $@
endif

-include $(shell find $(O) $(BUILD)/runner $(IMAGE_O) -type f -name '*.d' 2>/dev/null)

# ---- test programs -----------------------------------------------------------------------------------
$(O)/tests/%.o: HOST_CFLAGS += -Itests -DMMSIM_PROGRAM='"$(PROGRAM)"'
.PRECIOUS: $(O)/%.o %/config

# The support code is an archive, so that a test program contains only what it uses.
$(O)/libsupport.a: $(SUPPORT_OBJ)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(TESTS): $(O)/%: $(O)/%.o $(O)/libsupport.a $(LIBRARY)
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS) -lcmocka

# tests/mmu: a tool that compares the simulated MMU with the MMU that the image runs on. Its tests link its parts.
MMU_TOOL := $(O)/tests/mmu/mmu
MMU_OBJ  := $(patsubst %.c,$(O)/%.o,$(filter-out tests/mmu/test_%,$(sort $(wildcard tests/mmu/*.c))))

$(MMU_TOOL): $(MMU_OBJ) $(LIBRARY)
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $^ $(LIBS)

$(filter $(O)/tests/mmu/%,$(TESTS)): $(O)/tests/mmu/generator.o $(O)/tests/mmu/steps.o $(O)/tests/mmu/tlb_model.o \
                                     $(O)/tests/mmu/coverage.o

# tests/kernel: guest kernels, some correct, some with planted errors. gcc always compiles them, because tests name the
# functions in their reports, and compilers inline different ones.
GUESTS := $(BUILD)/guests

$(GUESTS)/built: $(wildcard tests/kernel/guests/*.sh tests/kernel/guests/*/*)
	@CC=gcc tests/kernel/guests/build.sh $(GUESTS) && touch $@

$(filter $(O)/tests/kernel/%,$(TESTS)): | $(GUESTS)/built

# Some tests link parts of the runner into their own process, with a stub for the rest of it.
runner_objects  = $(patsubst %.c,$(O)/%.o,$(wildcard $(addprefix sim/kernel/runner/,$(1))))
kernel_tests    = $(filter $(addprefix $(O)/tests/kernel/test_,$(1)),$(TESTS))

$(call kernel_tests,devices%): $(call runner_objects,devices/*.c) $(O)/tests/kernel/device_stub.o
$(call kernel_tests,segments segment_host far_transfers interrupts interrupt_return interrupt_stacks double_faults): \
    $(call runner_objects,segment*.c interrupt*.c stack_frame.c) $(O)/tests/kernel/stub_guest.o
$(call kernel_tests,instructions instruction%): $(call runner_objects,instruction*.c) \
    $(addprefix $(O)/tests/kernel/,instruction_stub.o instruction_case.o instruction_templates.o \
      instruction_accesses.o processor32.o)
$(call kernel_tests,instructions instruction%): LIBS += -lZydis
$(O)/sim/kernel/runner/%.o: HOST_CFLAGS += -Isim/kernel
$(O)/tests/kernel/%.o: HOST_CFLAGS += -DGUESTS='"$(GUESTS)"' -Isim/kernel

# tests/misuse: a table of wrong calls of the memory manager, for a test program and for an image of its own. In that
# image, image_main.c takes the place of main.c, and each panic returns to it.
MISUSE_OBJ := $(filter-out %/main.o,$(IMAGE_OBJ)) $(MISUSE_SRC:%.c=$(IMAGE_O)/%.o) \
              $(IMAGE_O)/tests/misuse/image_main.o

$(filter $(O)/tests/misuse/%,$(TESTS)): $(MISUSE_SRC:%.c=$(O)/%.o)

$(IMAGE_O)/tests/%.o: IMAGE_CFLAGS += -Itests

$(BUILD)/mmsim-misuse.elf: $(MISUSE_OBJ) src/i386/image.ld
	$(Q)$(CC) $(IMAGE_LINK) -Wl,--wrap=machine_panic -T src/i386/image.ld -o $@ $(MISUSE_OBJ)

# tests/fuzz: the fuzz targets, which CMocka runs on known inputs, and libFuzzer (`make fuzz`) on new ones.
FUZZ_OBJ := $(patsubst %.c,$(O)/%.o,$(filter-out %/fuzz_main.c tests/fuzz/test_%,$(sort $(wildcard tests/fuzz/*.c))))
FUZZER   := $(BUILD)/fuzz/fuzzer

$(filter $(O)/tests/fuzz/%,$(TESTS)): $(FUZZ_OBJ)

$(FUZZER): $(O)/tests/fuzz/fuzz_main.o $(FUZZ_OBJ) $(filter-out %/test.o,$(SUPPORT_OBJ)) $(LIBRARY)
	$(Q)$(CC) $(HOST_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS) -lcmocka

# tests/watch: a program with planted memory errors, which the test runs under Valgrind; and the same program compiled
# with AddressSanitizer and linked with the plain library. The test tells the reports apart by their stacks, so the
# compiler must keep every call.
WATCH_PROGRAM := $(O)/tests/watch/program

$(O)/tests/watch/%: HOST_CFLAGS += -fno-optimize-sibling-calls -DWATCH_PROGRAM='"$(WATCH_PROGRAM)"'
$(O)/tests/watch/test_watch: | $(if $(filter host,$(VARIANT)),$(WATCH_PROGRAM) $(WATCH_PROGRAM)_asan)

$(WATCH_PROGRAM): $(O)/tests/watch/program.o $(LIBRARY)
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $^ $(LIBS)

$(WATCH_PROGRAM)_asan: tests/watch/program.c $(LIBRARY)
	$(Q)$(CC) $(HOST_CFLAGS) -Itests -fsanitize=address -fsanitize-recover=address -o $@ $^ $(LIBS)

# tests/bench: tests of parts of the benchmark program.
$(filter $(O)/tests/bench/%,$(TESTS)): $(addprefix $(O)/bench/,requests.o requests_rep.o harness.o)

# ---- tests -------------------------------------------------------------------------------------------
# `make check` and `make test` run stages, one after the other. tests/stages lists them; each is a target of this file.
STAGE_JOBS    = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS))
REPEAT_STAGE := $(strip make $(if $(filter-out build,$(BUILD)),BUILD=$(BUILD)) $(if $(filter-out gcc,$(CC)),CC=$(CC)))

.PHONY: check test
## Run before each commit (two to seven minutes): all test programs, one boot, layout, scripts
check:
	@BUILD='$(BUILD)' RUN_STAGE='$(MAKE) $(STAGE_JOBS)' REPEAT_STAGE='$(REPEAT_STAGE)' tests/stages.sh check

## Run all stages (15 to 45 minutes): also sanitizers, Valgrind, coverage, clang, image, guide
test:
	@BUILD='$(BUILD)' RUN_STAGE='$(MAKE) $(STAGE_JOBS)' REPEAT_STAGE='$(REPEAT_STAGE)' tests/stages.sh test

.PHONY: test-format test-scripts
## Check the layout of the C sources against .clang-format
test-format:
	@tests/format.sh

## Check the includes, the public headers (as C and C++), and the shell scripts (shellcheck)
test-scripts:
	@tests/scripts.sh

# RUN is a command that each program runs under.
RUN      ?=
VALGRIND := valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect,possible \
            --px-default=allregs-at-mem-access --px-file-backed=allregs-at-mem-access --vex-guest-chase=no

# These tests start other programs (mmsim, Valgrind), and take the longest. Valgrind does not look into a program that a
# test starts, and the other tests call the same functions of the program that clang has built.
STARTERS       := tests/cli/% tests/watch/%
WITHIN_PROCESS := $(filter-out $(STARTERS),$(TEST_SRC))

# These tests start hundreds of commands. AddressSanitizer's search for leaks, at the end of each, takes longer than the
# command; the tests of tests/cli that are not listed here start the same commands once, and search. `map` and `watch`
# use libraries that leak: fontconfig, which cairo uses, and ncurses on a terminal of an unknown kind.
MANY_STARTS    := $(patsubst %,tests/cli/test_%.c,endings headers hostile_names interrupted map status streams sweep terminal \
                    watch)

# These programs take longest. They start first, so that no processor waits for the last of them at the end.
LONGEST        := $(patsubst %,$(O)/tests/%,watch/test_watch mm/test_mm_random kernel/test_guests lab/test_sweep)

.PHONY: test-programs test-host test-asan test-valgrind test-clang test-o0
test-programs: $(TESTS) $(PROGRAM)
	@RUN='$(RUN)' tests/run.sh '$(VARIANT)' $(JOBS) $(O)/logs $(filter $(LONGEST),$(TESTS)) $(filter-out $(LONGEST),$(TESTS))

## Run every test program
test-host:
	@$(MAKE) VARIANT=host test-programs

## Run every test program under AddressSanitizer and UBSan
test-asan:
	@$(MAKE) VARIANT=asan TEST_SRC='$(filter-out $(MANY_STARTS),$(TEST_SRC))' test-programs
	@ASAN_OPTIONS=detect_leaks=0 $(MAKE) VARIANT=asan TEST_SRC='$(filter $(MANY_STARTS),$(TEST_SRC))' test-programs

## Run the tests that start no other program under Valgrind: no errors, no leaks
test-valgrind:
	@$(MAKE) VARIANT=host RUN='$(VALGRIND)' TEST_SRC='$(WITHIN_PROCESS)' test-programs

# No other stage uses what clang builds, 170 MB, so it is removed.
## Build with clang: run the tests that start no other program, and boot once
test-clang:
	@command -v clang >/dev/null || { echo 'skipped: clang is not installed (Debian: clang)'; exit 0; }; \
	 $(MAKE) BUILD='$(BUILD)/clang' CC=clang OPT_host='-O2 -g1' TEST_SRC='$(WITHIN_PROCESS)' \
	 test-programs test-boot && rm -rf '$(BUILD)/clang'

# On the host, the coverage stage compiles the core without optimisation.
## Boot an image that is built without optimisation
test-o0: $(PROGRAM)
	@$(MAKE) IMAGE_OPT=-O0 test-boot

# The tests that hold at every level of hardening, and those that hold only at `full`.
HARDENED := $(sort $(wildcard tests/harden/test_*.c)) tests/mm/test_heap_random.c tests/mm/test_heap_resize.c \
            tests/mm/test_frames_buddy_random.c tests/mm/test_frames_sorted_random.c tests/mm/test_region_random.c \
            tests/mm/test_mm_random.c tests/mm/test_process_random.c tests/mm/test_process_exhaust.c

# The tests that check TLB invalidations; those of the oracle come first, because they find most mutants. Each is linked
# many times, with one object replaced.
MUTANT_TESTS := tests/machine/test_oracle_strategies.c tests/machine/test_oracle_processes.c \
                tests/machine/test_oracle_free_mm.c $(sort $(wildcard tests/mm/test_*.c))

.PHONY: test-hardening test-mutants test-plugin
## Run the tests of HARDENING=full: flipped bits, overruns, writes after free
test-hardening:
	@$(MAKE) HARDENING=full TEST_SRC='$(HARDENED)' test-programs

## Delete each TLB invalidation of src/mm, then delay it: a test must fail each time
test-mutants: $(MUTANT_TESTS:%.c=$(O)/%.o) $(SUPPORT_OBJ) $(LIBRARY)
	@CC='$(CC)' CFLAGS='$(HOST_CFLAGS)' LDFLAGS='$(HOST_LDFLAGS)' LIBS='$(LIBS)' O='$(O)' LIBRARY='$(LIBRARY)' \
	 SUPPORT='$(SUPPORT_OBJ)' tests/mutants.sh $(MUTANT_TESTS:%.c=$(O)/%.o)

## Build the strategy that include/mm/README.md shows, and test it like the others
test-plugin: $(PROGRAM)
	@BUILD='$(BUILD)' MAKE='$(MAKE)' tests/plugin.sh

# `make test-mmu` takes another seed each time, unless one is given. A failure prints its SEED, CASE and BREAK.
SEED     ?= $(shell od -An -N4 -tu4 /dev/urandom)
ACCESSES ?= 100000
CASE     ?=
BREAK    ?=

.PHONY: test-boot test-image test-mmu
## Boot the image once, and compare its results with the program's
test-boot: $(PROGRAM) $(IMAGE)
	@BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' IMAGE='$(IMAGE)' tests/image/one_boot.sh

## Test the image: boots, errors, the ISO, all bundled traces, page tables, the MMU
test-image: $(PROGRAM) $(MMU_TOOL) image $(BUILD)/mmsim-misuse.elf $(O)/tests/misuse/test_misuse
	@BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' HOST_O='$(O)' IMAGE_O='$(IMAGE_O)' CC='$(CC)' \
	 HOST_CFLAGS='$(HOST_CFLAGS)' IMAGE_CFLAGS='$(IMAGE_CFLAGS)' CORE_SRC='$(CORE_SRC)' \
	 MMU_TOOL='$(MMU_TOOL)' tests/image/run.sh $(BUNDLED_MODULE)

## Compare the simulated MMU with QEMU's on random programs: SEED=N ACCESSES=100000
test-mmu: $(MMU_TOOL) $(IMAGE)
	@$(MMU_TOOL) --script src/i386/qemu.sh --image $(IMAGE) --module $(O)/tests/mmu/mmu.probe \
	 --seed $(strip $(SEED)) --accesses $(ACCESSES) $(CASE:%=--case %) $(BREAK:%=--break %)

.PHONY: test-kernel test-native test-foreign test-capture
## Run guest kernels and the image in mmsim and in QEMU: both must print the same
test-kernel: $(PROGRAM) $(GUESTS)/built $(BUILD)/mmsim.elf
	@BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' tests/kernel/compare_qemu.sh

## Run guest kernels natively, in a virtual machine if the host cannot
test-native: $(PROGRAM) $(GUESTS)/built $(filter $(O)/tests/kernel/%,$(TESTS))
	@BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' CC='$(CC)' HOST_O='$(O)' tests/kernel/native.sh

## Boot Debian's Linux, and compare how mmsim inspect and QEMU read its page tables
test-foreign: $(PROGRAM)
	@BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' CC='$(CC)' tests/image/foreign.sh

## Record a workload in Debian's Linux with ftrace, perf and trace-cmd, and import it
test-capture: $(PROGRAM)
	@BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' tests/image/capture.sh

# Another BUILD than the default keeps its coverage report within itself.
COVERAGE := $(if $(filter build,$(BUILD)),coverage,$(BUILD)/coverage)

# Only tests that are about the core count: a line that runs by chance when the whole program runs is not tested.
CORE_TESTS := tests/mm/% tests/replay/% tests/misuse/% tests/machine/%

.PHONY: test-page
## Test the page of `mmsim report` in Chromium: what it shows, its pixels, its speed
test-page: $(PROGRAM)
	@BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' MAKE='$(MAKE)' tests/page/run.sh

.PHONY: coverage
## Measure the core's coverage; fail under 100% of lines or 95% of branches
coverage:
	@find $(BUILD)/gcov $(BUILD)/gcov-full -name '*.gcda' -delete 2>/dev/null || true
	@$(MAKE) VARIANT=gcov TEST_SRC='$(filter $(CORE_TESTS),$(TEST_SRC))' test-programs
	@$(MAKE) VARIANT=gcov test-hardening
	@coverage/gate.sh $(BUILD)/gcov $(BUILD)/gcov-full $(COVERAGE)

# `make fuzz` takes one TARGET of tests/fuzz/targets.c, or all of them, one after the other.
SECONDS ?= 60
TARGET  ?=

.PHONY: fuzz
## Look for input that breaks a reader, with clang's libFuzzer: TARGET=NAME SECONDS=60
fuzz: $(PROGRAM)
	@command -v clang >/dev/null || { echo 'fuzzing needs: apt-get install clang libclang-rt-14-dev' >&2; exit 1; }
	@$(MAKE) VARIANT=fuzz CC=clang $(FUZZER)
	@tests/fuzz/fuzz.sh $(FUZZER) $(PROGRAM) $(BUILD)/fuzz '$(SECONDS)' $(TARGET)

# ---- benchmarks and traces ---------------------------------------------------------------------------
BENCH     := $(BUILD)/bench$(LEVEL)/bench
BENCH_OBJ := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard bench/*.c)))

# `make bench-peers` also takes allocators of other people, HEAPS="NAME=LIB.so ...", and files of the malloc lab,
# REP="FILE.rep ...".
HEAPS ?=
REP   ?=

.PHONY: bench bench-peers bench-instructions bench-worst bench-hardening bench-level bench-scale
## Time frames, heaps, replay and start-up beside other allocators (some minutes)
bench: $(BENCH)
	@$(BENCH) $(wildcard bench/traces/*.mmb.zst)

## Compare frames and heaps with other allocators, with the spread of rounds: HEAPS="NAME=LIB.so" REP="FILE.rep"
bench-peers: $(BENCH)
	@$(BENCH) $(HEAPS:%=--heap %) --only peers $(REP)

## Count instructions with Valgrind: the same figures on a busy machine
bench-instructions: $(BENCH)
	@$(BENCH) --instructions

## Count the instructions of the worst calls, with Valgrind
bench-worst: $(BENCH)
	@$(BENCH) --worst

## Time the memory manager at each level of hardening
bench-hardening:
	@for level in $(HARDENINGS); do $(MAKE) HARDENING=$$level bench-level || exit 1; done

bench-level: $(BENCH)
	@$(BENCH) --only hardening

## Replay, convert and read a trace of 100 million events, and one of a million
bench-scale: $(PROGRAM)
	@bench/scale.sh $(PROGRAM)

$(O)/bench/kernel.o: HOST_CFLAGS += -DGUESTS='"$(GUESTS)"'

$(BENCH): $(BENCH_OBJ) $(LIBRARY) | $(GUESTS)/built
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $^ $(LIBS) -lm

.PHONY: test-bench
## Check the command line of the benchmark program, and the heaps that it loads
test-bench: $(BENCH)
	@CC='$(CC)' BENCH='$(BENCH)' BUILD='$(BUILD)' tests/bench/run.sh

# OUT is where the logs go. WORKLOAD is a shell script; bench/traces/capture/capture.sh says what it may use.
OUT      ?= $(BUILD)/capture
WORKLOAD ?=

.PHONY: capture
## Record logs for mmsim import in Debian's Linux: OUT=DIRECTORY WORKLOAD=SCRIPT
capture:
	@BUILD='$(BUILD)' bench/traces/capture/capture.sh '$(OUT)' $(WORKLOAD)

# ---- documents ---------------------------------------------------------------------------------------
PAGES     := README.md $(sort $(wildcard $(foreach room,bench coverage include sim src tests,\
                 $(addprefix $(room)/,*.md */*.md */*/*.md))))
MAN_PAGES := $(wildcard sim/manual/*.[157].in)
DOCUMENTS := $(PAGES) $(MAN_PAGES)
MANUALS   := $(MAN_PAGES:sim/manual/%.in=$(BUILD)/%)

.PHONY: manual figures test-figures test-examples update-examples
## Build the man pages: read one with `man build/mmsim.1`
manual: $(MANUALS)

$(MANUALS): $(BUILD)/%: sim/manual/%.in $(PROGRAM) $(wildcard sim/manual/*.awk sim/manual/*.sh)
	$(Q)sim/manual/manual.sh $(PROGRAM) $< >$@.new && mv $@.new $@

## Draw the figures of the documents again, into bench/figures
figures: $(PROGRAM)
	@BUILD='$(BUILD)' bench/figures/draw.sh $(PROGRAM) $(BUILD)/figures bench/figures

## Check that the figures in bench/figures are what `make figures` draws now
test-figures: $(PROGRAM)
	@BUILD='$(BUILD)' bench/figures/check.sh $(PROGRAM) $(BUILD)/figures

## Check every example, every link and every key of the JSON in the documents
test-examples: $(PROGRAM)
	@tests/links.sh $(PAGES)
	@tests/documents.sh $(BUILD)/documents $(dir $(PROGRAM))
	@tests/examples.sh $(BUILD)/examples $(dir $(PROGRAM)) $(DOCUMENTS)

## Write into the documents what their examples print now
update-examples: $(PROGRAM)
	@tests/examples.sh --update $(BUILD)/examples $(dir $(PROGRAM)) $(DOCUMENTS)

# ---- installation ------------------------------------------------------------------------------------
PREFIX  ?= /usr/local
DESTDIR ?=
PLACE   := $(DESTDIR)$(PREFIX)
SHARE   := $(PLACE)/share

# The installed guide and man pages refer to traces and figures where they are installed.
GUIDE         := $(wildcard sim/manual/*.md)
GUIDE_FIGURES := $(wildcard bench/figures/*.svg)
GUIDE_TRACES  := bench/traces/gcc_512.mmb.zst tests/cli/data/brk_blocked.mmt
TO_INSTALLED  := sim/manual/installed.sh $(PREFIX)/share/mmsim/traces $(GUIDE_TRACES)

# The program prints the completion of each shell; completion_place is where that shell looks for it.
COMPLETIONS     := $(foreach shell,bash zsh fish,$(BUILD)/mmsim.$(shell))
completion_place = $(SHARE)/$(if $(filter %.bash,$(1)),bash-completion/completions/mmsim,$(if \
                     $(filter %.zsh,$(1)),zsh/site-functions/_mmsim,fish/vendor_completions.d/mmsim.fish))
manual_place     = $(SHARE)/man/man$(subst .,,$(suffix $(1)))/$(notdir $(1))

$(COMPLETIONS): $(BUILD)/mmsim.%: $(PROGRAM)
	$(Q)$(PROGRAM) completion $* >$@.new && mv $@.new $@

# pkg-config files, from which the test of a foreign kernel takes its options: mmsim.pc for the installed library,
# mmsim-uninstalled.pc for the library in the build directory (PKG_CONFIG_PATH=build).
$(BUILD)/mmsim.pc:             INCLUDES := $(PREFIX)/include
$(BUILD)/mmsim.pc:             ARCHIVES := $(PREFIX)/lib
$(BUILD)/mmsim-uninstalled.pc: INCLUDES := $(if $(filter build,$(BUILD)),$${pcfiledir}/..,$(CURDIR))/include
$(BUILD)/mmsim-uninstalled.pc: ARCHIVES := $(if $(filter build,$(BUILD)),$${pcfiledir},$(abspath $(BUILD)))
$(BUILD)/mmsim.pc $(BUILD)/mmsim-uninstalled.pc: include/mmsim/mmsim.pc.in $(PROGRAM) always
	$(Q)sed -e 's|@INCLUDES@|$(INCLUDES)|' -e 's|@ARCHIVES@|$(ARCHIVES)|' -e 's|@LIBS@|$(LIBS)|' \
	    -e "s|@VERSION@|$$($(PROGRAM) --version | cut -d ' ' -f 2)|" $< >$@

.PHONY: install uninstall test-install
## Install the program, the library, the guide, two traces: PREFIX=/usr/local DESTDIR=
install: $(PROGRAM) $(MANUALS) $(COMPLETIONS) $(BUILD)/mmsim.pc
	$(Q)install -D -m 755 $(PROGRAM) $(PLACE)/bin/mmsim
	$(Q)install -D -m 644 $(LIBRARY) $(PLACE)/lib/libmmsim.a
	$(Q)install -D -m 644 include/mmsim/kernel.h $(PLACE)/include/mmsim/kernel.h
	$(Q)install -D -m 644 $(BUILD)/mmsim.pc $(PLACE)/lib/pkgconfig/mmsim.pc
	$(Q)install -d $(SHARE)/doc/mmsim/figures $(SHARE)/mmsim/traces $(foreach section,1 5 7,$(SHARE)/man/man$(section))
	$(Q)install -m 644 $(GUIDE_TRACES) $(SHARE)/mmsim/traces
	$(Q)install -m 644 $(GUIDE_FIGURES) $(SHARE)/doc/mmsim/figures
	$(Q)install -m 644 LICENSE $(SHARE)/doc/mmsim
	$(Q)$(foreach page,$(GUIDE),$(TO_INSTALLED) <$(page) >$(SHARE)/doc/mmsim/$(notdir $(page)) &&) \
	    $(foreach page,$(MANUALS),$(TO_INSTALLED) <$(page) >$(call manual_place,$(page)) &&) :
	$(Q)$(foreach file,$(COMPLETIONS),install -D -m 644 $(file) $(call completion_place,$(file)) &&) :

## Remove what `make install` installed, with the same PREFIX and DESTDIR
uninstall:
	$(Q)rm -f $(PLACE)/bin/mmsim $(PLACE)/lib/libmmsim.a $(PLACE)/lib/pkgconfig/mmsim.pc \
	    $(foreach page,$(MANUALS),$(call manual_place,$(page))) \
	    $(foreach file,$(COMPLETIONS),$(call completion_place,$(file)))
	$(Q)rm -rf $(SHARE)/doc/mmsim $(SHARE)/mmsim $(PLACE)/include/mmsim

## Install into the build directory, check that everything works, and uninstall
test-install: $(PROGRAM)
	@tests/install.sh $(BUILD)/installed '$(MAKE)'

# ---- housekeeping ------------------------------------------------------------------------------------
PACKAGES := gcc libc6-dev make
PACKAGES += pkg-config                                # finds the libraries that are installed
PACKAGES += libzstd-dev liblzma-dev                   # traces that zstd and xz have compressed
PACKAGES += libjansson-dev                            # reading the JSON of sweeps
PACKAGES += libcairo2-dev                             # maps of memory as PNG
PACKAGES += libncurses-dev                            # watching memory on a terminal
PACKAGES += zlib1g-dev                                # the data of reports
PACKAGES += libzydis-dev libdw-dev                    # foreign kernels: decoding instructions, source lines
PACKAGES += libcmocka-dev lcov valgrind               # tests, their coverage, memory errors
PACKAGES += clang clang-format shellcheck             # another compiler, the layout of sources, the shell scripts
PACKAGES += qemu-system-x86                           # booting the image
PACKAGES += qemu-system-misc binutils-riscv64-linux-gnu # the page tables of RISC-V
PACKAGES += grub-pc-bin grub-common xorriso mtools    # the image as an ISO
PACKAGES += tmux                                      # terminals for the tests of mmsim watch
PACKAGES += gnuplot-nox                               # plots
PACKAGES += libjemalloc2 libmimalloc2.0               # allocators that the benchmarks compare with
PACKAGES += gdb libc6-dbg time parallel zstd xz-utils # examples of the guide
# Chromium tests the page of `mmsim report`, with npm's packages. An npm that is there already stays: Debian's cannot be
# installed beside another one.
PACKAGES += chromium fonts-liberation $(if $(shell command -v npm),,nodejs npm)
PACKAGES += mandoc                                    # checking the man pages

.PHONY: help setup format clean
## List the targets
help:
	@awk '/^# ---- / { heading = $$0; gsub(/^# -+ | -+$$/, "", heading) } \
	      /^## / { help = substr($$0, 4) } \
	      /^[a-z][a-z0-9-]*:/ && help { \
	          if (heading) printf "%s:\n", heading; \
	          printf "  make %-18s %s\n", substr($$1, 1, index($$1, ":") - 1), help; \
	          heading = help = "" }' Makefile

## Install the Debian packages that all targets together need (as root), and uPlot from npm
setup:
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PACKAGES)
	@$(MAKE) --no-print-directory uplot || echo 'uPlot is missing: pages of mmsim report will have no time lines'

## Lay the C sources out by .clang-format
format:
	clang-format -i $$(git ls-files '*.c' '*.h')

## Remove what was built
clean:
	rm -rf $(BUILD) $(COVERAGE)/html $(COVERAGE)/*.info
