# mmsim: a kernel's memory manager on a simulated machine and on a real one, from the same sources.
# `make help` lists the targets; V=1 shows the commands. Nothing is built outside build/ and coverage/.

ifeq ($(origin CC),default)
CC      := gcc
endif
BUILD   ?= build
VARIANT ?= host
JOBS    ?= $(shell nproc)
Q       := $(if $(V),,@)
O       := $(BUILD)/$(VARIANT)

WARN := -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-align \
        -Wstrict-prototypes -Wmissing-prototypes -Werror

# ---- what is compiled --------------------------------------------------------------------------------
# The memory manager and the replay: the very same list for the host and for the image.
CORE_SRC  := $(sort $(wildcard src/mm/*.c src/replay/*.c))
SIM_SRC   := $(sort $(wildcard sim/*/*.c sim/*/*/*.c))
TEST_SRC  := $(sort $(wildcard tests/*/test_*.c))
SUPPORT_SRC := $(sort $(wildcard tests/support/*.c))

# ---- the host ----------------------------------------------------------------------------------------
# Variants: host (the program), asan (address and undefined-behaviour sanitizers), gcov (coverage), fuzz (by clang).
OPT_host := -O2 -g
OPT_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT_gcov := -O0 -g --coverage -fprofile-abs-path
OPT_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT      := $(OPT_$(VARIANT))

# zstd and xz traces, results of sweeps in JSON; without the libraries the program says which package it misses.
PKG     := $(shell command -v pkg-config 2>/dev/null)
HAVE     = $(if $(PKG),$(shell pkg-config --exists $(1) && echo yes))
ZSTD    := $(call HAVE,libzstd)
LZMA    := $(call HAVE,liblzma)
JANSSON := $(call HAVE,jansson)
LIBS    := $(if $(ZSTD),-lzstd) $(if $(LZMA),-llzma) $(if $(JANSSON),-ljansson)
DEFINES := $(if $(ZSTD),-DHAVE_ZSTD) $(if $(LZMA),-DHAVE_LZMA) $(if $(JANSSON),-DHAVE_JANSSON)

HOST_CFLAGS  := $(WARN) $(OPT) -D_GNU_SOURCE $(DEFINES) -Iinclude -Isrc -Isim -Isim/machine/include
HOST_LDFLAGS := $(filter -fsanitize% --coverage,$(OPT))

CORE_OBJ    := $(CORE_SRC:%.c=$(O)/%.o)
SIM_OBJ     := $(SIM_SRC:%.c=$(O)/%.o)
SUPPORT_OBJ := $(SUPPORT_SRC:%.c=$(O)/%.o)
TESTS       := $(TEST_SRC:%.c=$(O)/%)
PROGRAM     := $(if $(filter host,$(VARIANT)),$(BUILD)/mmsim,$(O)/mmsim)

.PHONY: all
all: $(PROGRAM) ## build/mmsim, the program (the default)

$(PROGRAM): $(O)/sim/main.o $(O)/libmmsim.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $^ $(LIBS)

$(O)/libmmsim.a: $(CORE_OBJ) $(SIM_OBJ)
	@rm -f $@
	$(Q)ar rcs $@ $^

# What decides how objects come out, beside their sources: when a package is installed, or CC changes, they
# are made again. (sim/machine tells Valgrind of the window where its header is there.)
VALGRIND_H := $(shell echo '#include <valgrind/memcheck.h>' | $(CC) -E - >/dev/null 2>&1 && echo valgrind.h)
CONFIG     := $(CC) $(HOST_CFLAGS) $(VALGRIND_H)

$(O)/config: always
	@mkdir -p $(@D)
	@echo '$(CONFIG)' | cmp -s - $@ || echo '$(CONFIG)' >$@

.PHONY: always
always:

$(O)/%.o: %.c $(O)/config
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<

# Lines of code of each strategy, for `mmsim thread`.
STRATEGY_LINES := $(O)/sim/lab/strategy_lines.inc

$(STRATEGY_LINES): sim/lab/strategy_lines.sh $(wildcard src/mm/*.[ch] include/mm/*.h)
	@mkdir -p $(@D)
	@sim/lab/strategy_lines.sh >$@.new && mv $@.new $@

$(O)/sim/lab/strategy_lines.o: $(STRATEGY_LINES)

# A checksum of the sources that decide a run's result, for what sweeps write. Of the sources alone: any machine and
# compiler makes the same program of them. Made each time, as a file that goes leaves no younger one behind.
FINGERPRINT     := $(O)/sim/lab/fingerprint.inc
FINGERPRINT_SRC := $(sort $(wildcard include/mm/*.h $(foreach room,src/mm src/replay sim/machine sim/lab,$(room)/*.[ch]) \
                                     sim/machine/include/asm/*.h))

$(FINGERPRINT): always
	@mkdir -p $(@D)
	@cat $(FINGERPRINT_SRC) | sha256sum | sed 's/^\(.\{16\}\).*/"\1"/' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(O)/sim/lab/fingerprint.o: $(FINGERPRINT)
$(O)/sim/lab/strategy_lines.o $(O)/sim/lab/fingerprint.o: HOST_CFLAGS += -I$(O)/sim/lab

$(TESTS): $(O)/%: $(O)/%.o $(SUPPORT_OBJ) $(O)/libmmsim.a
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS) -lcmocka

# Tests of the tool below link its parts.
$(filter $(O)/tests/mmu/%,$(TESTS)): $(O)/tests/mmu/generator.o $(O)/tests/mmu/steps.o $(O)/tests/mmu/owed.o \
                                     $(O)/tests/mmu/coverage.o

# What is fuzzed, under CMocka here, under libFuzzer in `make fuzz`.
FUZZ_OBJ := $(patsubst %.c,$(O)/%.o,$(filter-out %/fuzz_main.c tests/fuzz/test_%,$(sort $(wildcard tests/fuzz/*.c))))
FUZZER   := $(BUILD)/fuzz/fuzzer

$(filter $(O)/tests/fuzz/%,$(TESTS)): $(FUZZ_OBJ)

$(FUZZER): $(O)/tests/fuzz/fuzz_main.o $(FUZZ_OBJ) $(SUPPORT_OBJ) $(O)/libmmsim.a
	$(Q)$(CC) $(HOST_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS) -lcmocka

# A program to run under Valgrind; and the same with AddressSanitizer, but with the library that is compiled without it.
# Its reports are told apart by their stacks, so all calls must be in these.
WATCHED := $(O)/tests/watch/program

$(O)/tests/watch/%: HOST_CFLAGS += -fno-optimize-sibling-calls -DWATCH_PROGRAM='"$(WATCHED)"'
$(O)/tests/watch/test_watch: | $(if $(filter host,$(VARIANT)),$(WATCHED) $(WATCHED)_asan)

$(WATCHED): $(O)/tests/watch/program.o $(O)/libmmsim.a
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $^ $(LIBS)

$(WATCHED)_asan: tests/watch/program.c $(O)/libmmsim.a
	$(Q)$(CC) $(HOST_CFLAGS) -Itests -fsanitize=address -fsanitize-recover=address -o $@ $^ $(LIBS)

# The tool that holds the simulated MMU against the image's.
MMU_TOOL := $(O)/tests/mmu/mmu
MMU_OBJ  := $(patsubst %.c,$(O)/%.o,$(filter-out tests/mmu/test_%,$(sort $(wildcard tests/mmu/*.c))))

$(MMU_TOOL): $(MMU_OBJ) $(O)/libmmsim.a
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $^ $(LIBS)

$(O)/tests/%.o: HOST_CFLAGS += -Itests -DMMSIM_PROGRAM='"$(PROGRAM)"'
.PRECIOUS: $(O)/%.o

-include $(shell find $(BUILD)/ -type f -name '*.d' 2>/dev/null)

# ---- tests -------------------------------------------------------------------------------------------
.PHONY: test test-host test-asan test-valgrind test-programs
# One after the other: they share objects, and two cores are soon busy.
TESTS_OF_ALL := test-host test-mutants test-asan test-valgrind coverage test-image test-plugin test-examples \
                test-install test-figures

test: ## every test: plain, mutants, sanitizers, Valgrind, coverage gate, booted image, README, what others need, captures
	@for kind in $(TESTS_OF_ALL); do \
	    $(MAKE) --no-print-directory -j$(JOBS) $$kind || exit 1; \
	done
	@$(TEST_FOREIGN) || [ $$? -eq 2 ] # 2: Debian's kernel could not be fetched, and that was said
	@$(TEST_CAPTURE) || [ $$? -eq 2 ]

test-host: ## the tests, plain
	@$(MAKE) --no-print-directory VARIANT=host test-programs

test-asan: ## the tests under AddressSanitizer and UBSan
	@$(MAKE) --no-print-directory VARIANT=asan test-programs

test-valgrind: ## the tests under Valgrind: no errors, no leaks
	@$(MAKE) --no-print-directory VARIANT=host RUN='$(VALGRIND)' test-programs

VALGRIND := valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect,possible \
            --px-default=allregs-at-mem-access --px-file-backed=allregs-at-mem-access --vex-guest-chase=no
RUN      ?=

test-programs: $(TESTS) $(PROGRAM)
	@RUN='$(RUN)' tests/run.sh '$(VARIANT)' $(JOBS) $(O)/logs $(TESTS)

# Programs that watch src/mm, the oracle's first. Each is linked again and again, with one object replaced.
WATCHERS := tests/machine/test_oracle_strategies.c tests/machine/test_oracle_processes.c \
            $(sort $(wildcard tests/mm/test_*.c))

.PHONY: test-mutants
test-mutants: $(WATCHERS:%.c=$(O)/%.o) $(SUPPORT_OBJ) $(O)/libmmsim.a ## each invalidation of src/mm deleted in turn: a test must notice
	@CC='$(CC)' CFLAGS='$(HOST_CFLAGS)' LDFLAGS='$(HOST_LDFLAGS)' LIBS='$(LIBS)' O='$(O)' \
	 SUPPORT='$(SUPPORT_OBJ)' tests/mutants.sh $(WATCHERS:%.c=$(O)/%.o)

.PHONY: test-plugin
test-plugin: $(PROGRAM) ## the strategy in README, built from its text and put to the tests that all share
	@BUILD='$(BUILD)' MAKE='$(MAKE)' tests/plugin.sh

# What clang makes is apart. TARGET: one of tests/fuzz/targets.c, or all, one after the other.
SECONDS ?= 60
TARGET  ?=

.PHONY: fuzz
fuzz: $(PROGRAM) ## look for input that breaks a reader, by clang's libFuzzer: TARGET=NAME SECONDS=60
	@command -v clang >/dev/null || { echo 'fuzzing needs: apt-get install clang libclang-rt-14-dev' >&2; exit 1; }
	@$(MAKE) --no-print-directory VARIANT=fuzz CC=clang $(FUZZER)
	@tests/fuzz/fuzz.sh $(FUZZER) $(PROGRAM) $(BUILD)/fuzz '$(SECONDS)' $(TARGET)

DOCUMENTS := README.md sim/manual/mmsim.1.in

.PHONY: test-examples test-install
test-examples: $(PROGRAM) ## every example of README and the manual page
	@tests/examples.sh $(BUILD)/examples $(dir $(PROGRAM)) $(DOCUMENTS)

test-install: $(PROGRAM) ## what make install installs
	@tests/install.sh $(BUILD)/installed '$(MAKE)'

# ---- bench -------------------------------------------------------------------------------------------
# jemalloc and mimalloc are loaded when the program runs; without them it says which package is missing.
BENCH     := $(BUILD)/bench/bench
BENCH_OBJ := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard bench/*.c)))

.PHONY: bench bench-instructions bench-scale
bench: $(BENCH) ## time frames, heaps, replay and start-up beside other allocators; a minute or two
	@$(BENCH) $(wildcard bench/traces/*.mmb.zst)

bench-instructions: $(BENCH) ## instructions an operation, by Valgrind: the same on a busy machine
	@$(BENCH) --instructions

bench-scale: $(PROGRAM) ## a trace of 100 million events beside one of a million, in every way in which a trace comes
	@bench/scale.sh $(PROGRAM)

$(BENCH): $(BENCH_OBJ) $(O)/libmmsim.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $^ $(LIBS) -lm

# ---- figures -----------------------------------------------------------------------------------------
.PHONY: figures test-figures
figures: $(PROGRAM) ## draw README's figures again, into bench/figures; half a minute
	@bench/figures/draw.sh $(PROGRAM) $(BUILD)/figures bench/figures

test-figures: $(PROGRAM) ## are they what it would draw?
	@bench/figures/check.sh $(PROGRAM) $(BUILD)/figures

# ---- coverage ----------------------------------------------------------------------------------------
.PHONY: coverage
coverage: ## coverage/html by lcov; fails below 100% of lines and 95% of branches taken in the core
	@find $(BUILD)/gcov -name '*.gcda' -delete 2>/dev/null || true
	@$(MAKE) --no-print-directory VARIANT=gcov test-programs
	@coverage/gate.sh $(BUILD)/gcov

# ---- the main job, in one word -------------------------------------------------------------------------
.PHONY: demo
demo: ## build, and compare the strategies on a real kernel's trace
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	$(BUILD)/mmsim compare bench/traces/gcc_512.mmb.zst

# ---- install -----------------------------------------------------------------------------------------
PREFIX  ?= /usr/local
DESTDIR ?=
MANUAL  := $(BUILD)/mmsim.1

INSTALLED_PROGRAM    := $(DESTDIR)$(PREFIX)/bin/mmsim
INSTALLED_MANUAL     := $(DESTDIR)$(PREFIX)/share/man/man1/mmsim.1
INSTALLED_COMPLETION := $(DESTDIR)$(PREFIX)/share/bash-completion/completions/mmsim

$(MANUAL): $(PROGRAM) $(wildcard sim/manual/*)
	$(Q)sim/manual/manual.sh $(PROGRAM) >$@.new && mv $@.new $@

.PHONY: manual install uninstall
manual: $(MANUAL) ## build/mmsim.1, the manual page: `man build/mmsim.1`

install: $(PROGRAM) $(MANUAL) ## the program, its manual page, its completion in bash: PREFIX=/usr/local DESTDIR=
	$(Q)install -D -m 755 $(PROGRAM) $(INSTALLED_PROGRAM)
	$(Q)install -D -m 644 $(MANUAL) $(INSTALLED_MANUAL)
	$(Q)install -D -m 644 sim/manual/mmsim.bash $(INSTALLED_COMPLETION)

uninstall: ## what install put there; the same PREFIX and DESTDIR
	$(Q)rm -f $(INSTALLED_PROGRAM) $(INSTALLED_MANUAL) $(INSTALLED_COMPLETION)

# ---- the rest ----------------------------------------------------------------------------------------
.PHONY: help setup clean format
help: ## this list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

setup: ## install the Debian packages that everything here uses (as root)
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PACKAGES)

# What each is for: the compiler; the build's look at libraries; zstd and xz traces; sweeps read in JSON; the tests;
# coverage; memory checks; README's look at a run by gdb; the image's boots; the ISO; the benchmarks' references; the
# form of the manual page; README's sweep over many machines; plots; the memory that a long
# trace takes.
PACKAGES := gcc libc6-dev make pkg-config libzstd-dev liblzma-dev libjansson-dev libcmocka-dev lcov valgrind \
            libc6-dbg gdb \
            qemu-system-x86 grub-pc-bin grub-common xorriso mtools libjemalloc2 libmimalloc2.0 \
            zstd xz-utils mandoc parallel gnuplot-nox time

format: ## lay the sources out by .clang-format
	clang-format -i $$(git ls-files '*.c' '*.h')

clean: ## remove what was built
	rm -rf $(BUILD) coverage/html coverage/*.info

# ---- the image ---------------------------------------------------------------------------------------
# CORE_SRC again, and the real machine, as one multiboot ELF without libc and libgcc. Structures of 4 bytes
# (addresses, frame numbers) are returned in registers: one choice for all objects of the image.
IMAGE_O      := $(BUILD)/image
IMAGE_SRC    := $(sort $(wildcard src/i386/*.c))
IMAGE_ASM    := $(sort $(wildcard src/i386/*.S))
IMAGE_CORE   := $(CORE_SRC:%.c=$(IMAGE_O)/%.o)
IMAGE_OBJ    := $(IMAGE_CORE) $(IMAGE_SRC:%.c=$(IMAGE_O)/%.o) $(IMAGE_ASM:%.S=$(IMAGE_O)/%.o)
IMAGE_CFLAGS := $(WARN) -m32 -march=i686 -O2 -g -ffreestanding -fno-pic -fno-stack-protector \
                -fno-asynchronous-unwind-tables -mno-sse -mno-mmx -freg-struct-return \
                -Iinclude -Isrc -Isrc/i386/include
IMAGE_LINK   := -m32 -nostdlib -static -Wl,--build-id=none -Wl,--fatal-warnings

# The bundled traces as boot modules.
BUNDLED        := $(sort $(wildcard bench/traces/*.mmb.zst))
BUNDLED_MODULE := $(BUNDLED:bench/traces/%.mmb.zst=$(BUILD)/traces/%.mmb)

# make boot: which trace (any that the program reads), under which strategy (all), with how much RAM.
TRACE       ?= $(firstword $(BUNDLED))
STRATEGY    ?=
RAM         ?= 512M
BOOT_OWN    := $(filter-out $(BUNDLED),$(TRACE))
BOOT_MODULE := $(if $(BOOT_OWN),$(BUILD)/traces/own/$(basename $(notdir $(TRACE:.zst=))).mmb,\
                 $(TRACE:bench/traces/%.mmb.zst=$(BUILD)/traces/%.mmb))

.PHONY: image boot capture test-image test-foreign test-capture
image: $(BUILD)/mmsim.elf $(BUNDLED_MODULE) ## the bootable image: build/mmsim.elf, and build/mmsim.iso where GRUB's tools are
	@src/i386/iso.sh $(BUILD)/mmsim.elf $(BUILD)/mmsim.iso $(BUNDLED_MODULE)

boot: $(BUILD)/mmsim.elf $(BOOT_MODULE) ## boot it in QEMU and replay a trace: TRACE=FILE STRATEGY=NAME RAM=512M
	@src/i386/qemu.sh $(BUILD)/mmsim.elf $(RAM) '$(if $(STRATEGY),strategy=$(STRATEGY))' $(BOOT_MODULE)

test-image: $(PROGRAM) $(MMU_TOOL) image ## boot it, and compare its results with the program's
	@BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' HOST_O='$(O)' IMAGE_O='$(IMAGE_O)' CC='$(CC)' \
	 HOST_CFLAGS='$(HOST_CFLAGS)' IMAGE_CFLAGS='$(IMAGE_CFLAGS)' CORE_SRC='$(CORE_SRC)' \
	 MMU_TOOL='$(MMU_TOOL)' tests/image/run.sh $(BUNDLED_MODULE)

# make test-mmu: another seed each time, unless one is given; CASE and BREAK as a failure says.
SEED     ?= $(shell od -An -N4 -tu4 /dev/urandom)
ACCESSES ?= 100000
CASE     ?=
BREAK    ?=

.PHONY: test-mmu
test-mmu: $(MMU_TOOL) $(BUILD)/mmsim.elf ## the simulated MMU against the image's: SEED=N ACCESSES=100000
	@$(MMU_TOOL) --script src/i386/qemu.sh --image $(BUILD)/mmsim.elf --module $(O)/tests/mmu/mmu.probe \
	 --seed $(strip $(SEED)) --accesses $(ACCESSES) $(CASE:%=--case %) $(BREAK:%=--break %)

TEST_FOREIGN := BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' CC='$(CC)' tests/image/foreign.sh
test-foreign: $(PROGRAM) ## boot Debian's Linux, fetched once, and compare what inspect and QEMU say of its page tables
	@$(TEST_FOREIGN)

TEST_CAPTURE := BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' tests/image/capture.sh
test-capture: $(PROGRAM) ## record a workload in Debian's Linux with ftrace, perf and trace-cmd, and import it
	@$(TEST_CAPTURE)

# make capture: where the logs go; WORKLOAD is a shell script (bench/traces/capture/capture.sh says more).
OUT      ?= $(BUILD)/capture
WORKLOAD ?=
capture: ## logs for mmsim import: a workload in Debian's Linux under QEMU: OUT=DIRECTORY WORKLOAD=SCRIPT
	@BUILD='$(BUILD)' bench/traces/capture/capture.sh '$(OUT)' $(WORKLOAD)

$(BUILD)/mmsim.elf: $(IMAGE_OBJ) src/i386/image.ld
	$(Q)$(CC) $(IMAGE_LINK) -T src/i386/image.ld -o $@ $(IMAGE_OBJ)

$(IMAGE_O)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(IMAGE_CFLAGS) -MMD -MP -c -o $@ $<

$(IMAGE_O)/%.o: %.S
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
