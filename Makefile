# Bouncer.  `make help` lists the targets.
#
# Objects go to build/<variant>/, so that plain, instrumented and measured ones
# never mix.  CFLAGS, CPPFLAGS, LDFLAGS and LDLIBS are yours: the Makefile
# appends them to its own.

PORT ?= 3000
VARIANT ?= plain
CC ?= cc
AR ?= ar
B := build/$(VARIANT)

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
    -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wswitch-enum -Wvla \
    -Wundef -Wwrite-strings -Wcast-qual -Werror
HARDENING := -fstack-protector-strong -D_FORTIFY_SOURCE=2

FLAGS_plain := -O2 -g $(HARDENING)
FLAGS_clang := $(FLAGS_plain)
FLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
    -fno-omit-frame-pointer
FLAGS_coverage := -O0 -g --coverage
FLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
    -fno-sanitize-recover=all -fno-omit-frame-pointer
LINK_asan := -fsanitize=address,undefined
LINK_fuzz := -fsanitize=fuzzer,address,undefined
LINK_coverage := --coverage

ALL_CPPFLAGS := -D_GNU_SOURCE -Ilib -Ifunction -MMD -MP $(CPPFLAGS)
ALL_CFLAGS := -std=c17 $(WARNINGS) $(FLAGS_$(VARIANT)) $(CFLAGS)
ALL_LDFLAGS := $(LINK_$(VARIANT)) $(LDFLAGS)
# Criterion's assertion macros convert signs.
TEST_CFLAGS := -Wno-conversion -Wno-sign-conversion

FUNCTION_LIBS := -lcurl -lssl -lcjson -lm
LOCAL_LIBS := -levent -levent_openssl -lhiredis -lpq -lssl -lcrypto -lcjson -lm
UNIT_LIBS := -lcriterion $(FUNCTION_LIBS) -levent -lhiredis -lcrypto
E2E_LIBS := -lcriterion -lhiredis -lpq $(FUNCTION_LIBS) -lcrypto

objects = $(patsubst %.c,$(B)/%.o,$(1))
LIB_OBJECTS := $(call objects,$(wildcard lib/*/*.c))
FUNCTION_OBJECTS := $(call objects,$(wildcard function/*.c))
LOCAL_SOURCES := $(wildcard deploy/local/*.c deploy/local/*/*.c)
LOCAL_OBJECTS := $(call objects,$(LOCAL_SOURCES))
LOCAL_INCLUDES := -Ideploy/local -I/usr/include/postgresql
UNIT_OBJECTS := $(call objects,$(wildcard tests/unit/*.c tests/support/*.c))
# Parts of the local cloud that need no cloud to be tested.
UNIT_LOCAL_OBJECTS := $(call objects,$(wildcard \
    deploy/local/doors/sql_rpc_[aqs]*.c deploy/local/platform/front_*.c) \
    $(addprefix deploy/local/doors/, pg_value.c sql_rejection.c kv_args.c \
    kv_command.c kv_emulate.c kv_nul.c resp_json.c) \
    $(addprefix deploy/local/, cloud/digest.c data/options.c \
    platform/invocation.c platform/pairs.c))
E2E_OBJECTS := $(call objects,$(wildcard tests/e2e/*.c))
# What drives a local cloud from outside, for tests and benchmarks.
DRIVER_OBJECTS := $(call objects,$(addprefix tests/support/,ask.c buyer.c \
    buyers.c control_client.c crowd.c errand.c loopback.c memory.c processor.c \
    series.c settings.c))
FUZZ_OBJECTS := $(call objects,$(wildcard tests/fuzz/*.c))
ALL_OBJECTS := $(LIB_OBJECTS) $(FUNCTION_OBJECTS) $(LOCAL_OBJECTS) \
    $(UNIT_OBJECTS) $(E2E_OBJECTS) $(FUZZ_OBJECTS)

# The function that the local cloud runs.  The tests can run another one:
# make test-e2e BOOTSTRAP=build/ship-x86_64/bootstrap
BOOTSTRAP ?= $(B)/bootstrap

# ---- what people type ----

.PHONY: all
all: $(BOOTSTRAP) $(B)/local-cloud ## build the function and the local cloud

.PHONY: run
run: ## start the local cloud on PORT, with all it needs (VERBOSE=1: print the whole log)
	@deploy/packages build run
	@$(MAKE) all
	@exec $(B)/local-cloud --port '$(PORT)' --function $(BOOTSTRAP) $(if $(VERBOSE),--verbose)

.PHONY: test
test: ## run the unit tests and the end-to-end tests, and say how they went
	@deploy/packages build run test
	@tests/check/verdict $(B) '$(MAKE)'

.PHONY: test-unit
test-unit: $(B)/unit ## run the unit tests alone
	@$(TEST_ENV) $(B)/unit $(TEST_FLAGS)

.PHONY: test-e2e
test-e2e: $(B)/e2e $(B)/local-cloud $(BOOTSTRAP) ## run the end-to-end tests alone
	@$(TEST_ENV) tests/e2e/run $(B) $(BOOTSTRAP) $(TEST_FLAGS)

.PHONY: test-clients
test-clients: ## run the vendors' Node clients against the local cloud
	@deploy/packages build run node
	@$(MAKE) all
	@tests/clients/run $(B)

FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
FUZZ_SECONDS ?= 20
.PHONY: fuzz $(FUZZ_TARGETS)
fuzz: ## feed each parser garbage for FUZZ_SECONDS (20)
	@deploy/packages build fuzz
	@$(MAKE) CC=clang VARIANT=fuzz $(FUZZ_TARGETS)
$(FUZZ_TARGETS): %: $(B)/%
	@mkdir -p $(B)/corpus/$@
	@$< -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(B)/ \
	    $(B)/corpus/$@ tests/fuzz/corpus/$@ >$(B)/$@.log 2>&1 || \
	    { tail -n 40 $(B)/$@.log; exit 1; }
	@echo "fuzz: $@ found nothing in $(FUZZ_SECONDS) s"

# ---- programs ----

# lib/ as an archive: each program links the modules that it uses.
LIB := $(B)/lib.a
$(LIB): $(LIB_OBJECTS)
	@echo "  AR    $@"
	@rm -f $@ && $(AR) rcs $@ $^

define link
@echo "  LINK  $@"
@$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(1) $(LDLIBS)
endef

# The function reads its operations from the file beside it.
$(B)/operations.json: function/operations.json
	@mkdir -p $(@D)
	@cp $< $@

$(B)/bootstrap: $(FUNCTION_OBJECTS) $(LIB) | $(B)/operations.json
	$(call link,$(FUNCTION_LIBS))

$(B)/local-cloud: $(LOCAL_OBJECTS) $(LIB)
	$(call link,$(LOCAL_LIBS))

$(B)/unit: $(filter-out %/main.o,$(FUNCTION_OBJECTS)) $(UNIT_OBJECTS) \
    $(UNIT_LOCAL_OBJECTS) $(LIB)
	$(call link,$(UNIT_LIBS))

$(B)/e2e: $(E2E_OBJECTS) $(DRIVER_OBJECTS) $(LIB)
	$(call link,$(E2E_LIBS))

$(FUZZ_TARGETS:%=$(B)/%): $(B)/%: $(B)/tests/fuzz/%.o \
    $(B)/tests/support/fake_clock.o $(filter-out %/main.o,$(FUNCTION_OBJECTS)) $(LIB)
	$(call link,$(FUNCTION_LIBS))

# Each kind's own flags.
CPPFLAGS_local := $(LOCAL_INCLUDES)
CPPFLAGS_unit := -Itests/support -Ideploy/local -I/usr/include/postgresql
CPPFLAGS_e2e := -Itests/support -I/usr/include/postgresql
CPPFLAGS_fuzz := -Itests/support
CFLAGS_unit := $(TEST_CFLAGS)
CFLAGS_e2e := $(TEST_CFLAGS)

# compile KIND, OBJECTS: each kind has a stamp of its own.  Changed flags rewrite
# the stamp, and its objects are compiled again.
define compile
$(2): $(B)/%.o: %.c $(B)/flags.$(1)
	@echo "  CC    $$@"
	@mkdir -p $$(@D)
	@$$(CC) $$(ALL_CPPFLAGS) $$(CPPFLAGS_$(1)) $$(ALL_CFLAGS) $$(CFLAGS_$(1)) -c -o $$@ $$<
$(B)/flags.$(1): force
	@mkdir -p $$(@D)
	@echo '$$(CC) $$(ALL_CPPFLAGS) $$(CPPFLAGS_$(1)) $$(ALL_CFLAGS) $$(CFLAGS_$(1)) $$(ALL_LDFLAGS)' >$$@.new
	@if cmp -s $$@.new $$@; then rm $$@.new; else mv $$@.new $$@; fi
endef

.PHONY: force
$(eval $(call compile,plain,$(LIB_OBJECTS) $(FUNCTION_OBJECTS)))
$(eval $(call compile,local,$(LOCAL_OBJECTS)))
$(eval $(call compile,unit,$(UNIT_OBJECTS)))
$(eval $(call compile,e2e,$(E2E_OBJECTS)))
$(eval $(call compile,fuzz,$(FUZZ_OBJECTS)))

-include $(ALL_OBJECTS:.o=.d)

# ---- what ships: one static file ----

SHIP_SOURCES := $(wildcard lib/*/*.c function/*.c)
SHIP_CPPFLAGS := -D_GNU_SOURCE -Ilib -Ifunction $(WARNINGS)
include deploy/build/link.mk

.PHONY: bootstrap
bootstrap: ## build the static file that ships, for ARCH (x86_64, arm64)
	@deploy/build/packages.sh $(SHIP_ARCH)
	@$(MAKE) $(SHIP_BOOTSTRAP)
	@deploy/build/check.sh $(SHIP_BOOTSTRAP)

# Packages and deployments; benchmarks.
-include deploy/package.mk
-include tests/bench/bench.mk
-include tests/black_friday/black_friday.mk
-include tests/sim/sim.mk

# ---- checks ----

C_FILES = $(shell git ls-files '*.c' '*.h')
SHELL_FILES = deploy/packages .ci/run $(shell git ls-files 'tests/check/*' 'tests/*/run' '*.sh')

.PHONY: check
check: ## run the quick checks: unit tests, floors, headers, format
	@deploy/packages build run test lint
	@$(MAKE) test-unit check-floors check-headers check-format

.PHONY: check-format
check-format:
	@clang-format --dry-run --Werror $(C_FILES) && echo "format: as .clang-format says"

.PHONY: lint
lint: ## compile with gcc and clang, clang-tidy, format, banned functions, shellcheck
	@deploy/packages build run test lint
	@$(MAKE) CC=gcc all $(B)/unit $(B)/e2e $(B)/sim $(B)/sim-check $(BENCH)/bench $(BENCH)/start $(BENCH)/drop
	@$(MAKE) CC=clang VARIANT=clang all build/clang/unit build/clang/e2e build/clang/sim
	@tests/check/banned $(B)
	@tests/check/size $(C_FILES)
	@$(MAKE) check-format
	@shellcheck $(SHELL_FILES) && echo "shellcheck: nothing to say"
	@$(MAKE) tidy

TIDY_FILES := $(wildcard lib/*/*.c function/*.c tests/bench/*.c \
    tests/black_friday/*.c tests/sim/*.c tests/sim/check/*.c) $(LOCAL_SOURCES) \
    $(addprefix tests/support/, buyer.c buyers.c crowd.c errand.c processor.c)
.PHONY: tidy $(TIDY_FILES:%=tidy/%)
tidy: $(TIDY_FILES:%=tidy/%)
$(TIDY_FILES:%=tidy/%): tidy/%:
	@echo "  TIDY  $*"
	@clang-tidy --quiet $* -- -std=c17 $(filter-out -MMD -MP,$(ALL_CPPFLAGS)) \
	    $(LOCAL_INCLUDES) -Itests/support -Itests/sim 2>build/tidy.$(notdir $*).log || \
	    { cat build/tidy.$(notdir $*).log; exit 1; }

.PHONY: check-asan
check-asan: ## run all tests with AddressSanitizer, LeakSanitizer and UBSan
	@deploy/packages build run test
	@$(MAKE) VARIANT=asan TEST_ENV="ASAN_OPTIONS=abort_on_error=1:detect_leaks=1 \
	    UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1" test-unit test-e2e

.PHONY: check-headers
check-headers: ## compile each header alone
	@tests/check/headers $(CC) "$(ALL_CPPFLAGS) $(LOCAL_INCLUDES) -Itests/support -Itests/sim" \
	    "-std=c17 $(WARNINGS)" $(filter %.h,$(C_FILES))

.PHONY: check-floors
check-floors: ## check that includes in lib/ and deploy/local/ only go down
	@tests/check/floors

.PHONY: coverage
coverage: ## measure line coverage by all tests; fail below 95 % of lib/ and function/
	@deploy/packages build run test
	@find build/coverage -name '*.gcda' -delete 2>/dev/null || true
	@$(MAKE) VARIANT=coverage test-unit test-e2e
	@tests/check/coverage build/coverage

.PHONY: format
format: ## format all C files
	clang-format -i $(C_FILES)

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z][a-z0-9-]*\):.*## \(.*\)/  \1\t\2/p' $(filter-out %.d %link.mk,$(MAKEFILE_LIST)) | expand -t 18

.PHONY: clean
clean: ## remove what was built
	rm -rf build
