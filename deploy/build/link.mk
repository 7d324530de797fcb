# The shipped binary: build/ship-$(ARCH)/bootstrap, one static stripped ELF
# file, with bootstrap.debug beside it.
#
#   ARCH := x86_64                     or arm64 (default: this machine's)
#   SHIP_SOURCES := $(wildcard lib/*.c function/*.c)
#   SHIP_CPPFLAGS := -Ilib ...         the project's own, and its warnings
#   include deploy/build/link.mk
#   ship: $(SHIP_BOOTSTRAP)
#
# The user's CPPFLAGS, CFLAGS and LDFLAGS are appended.

ARCH ?= $(shell uname -m)
SHIP_ARCH := $(patsubst aarch64,arm64,$(ARCH))
SHIP_HERE := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))

SHIP_DIR := build/ship-$(SHIP_ARCH)
# Static libraries and headers, made once by curl.sh.
SHIP_DEPS := build/deps-$(SHIP_ARCH)
SHIP_BOOTSTRAP := $(SHIP_DIR)/bootstrap
SHIP_OBJECTS = $(SHIP_SOURCES:%.c=$(SHIP_DIR)/%.o)

SHIP_TRIPLET_x86_64 := x86_64-linux-gnu
SHIP_TRIPLET_arm64 := aarch64-linux-gnu
SHIP_NATIVE := $(patsubst aarch64,arm64,$(shell uname -m))
SHIP_PREFIX := $(if $(filter $(SHIP_NATIVE),$(SHIP_ARCH)),,$(SHIP_TRIPLET_$(SHIP_ARCH))-)
SHIP_CC := $(SHIP_PREFIX)gcc
SHIP_OBJCOPY := $(SHIP_PREFIX)objcopy

# Not position independent: relocating OpenSSL's tables costs a static-pie 90
# page faults at every start (README.md has the figures).
SHIP_CFLAGS := -std=c17 -O2 -g -fno-pie -ffunction-sections -fdata-sections \
    -fstack-protector-strong -D_FORTIFY_SOURCE=2 \
    -ffile-prefix-map=$(CURDIR)=.
# A linker warning is an error: it means a name service that a static program
# does not have.
SHIP_LDFLAGS := -static -no-pie -Wl,--gc-sections -Wl,-z,relro,-z,now \
    -Wl,-z,noexecstack -Wl,--build-id=sha1 -Wl,--fatal-warnings

SHIP_COMPILE = $(SHIP_CC) $(SHIP_CPPFLAGS) $(CPPFLAGS) $(SHIP_CFLAGS) $(CFLAGS)
# start.ld puts what a start runs together, for fewer page faults.
SHIP_LINK = $(SHIP_CC) $(SHIP_LDFLAGS) -Wl,-T,$(SHIP_HERE)/start.ld $(LDFLAGS)

$(SHIP_DEPS)/libs: $(addprefix $(SHIP_HERE)/,curl.sh static.c \
    lazy-resolver.patch quick-resolver.patch)
	$(SHIP_HERE)/curl.sh $(SHIP_ARCH) $(SHIP_DEPS)

# Changes only when the commands change.
$(SHIP_DIR)/flags: ship-always
	@mkdir -p $(@D)
	@printf '%s\n' '$(SHIP_COMPILE)' '$(SHIP_LINK)' '$(SHIP_SOURCES)' >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

.PHONY: ship-always
ship-always:

$(SHIP_OBJECTS): $(SHIP_DIR)/%.o: %.c $(SHIP_DIR)/flags $(SHIP_DEPS)/libs
	@mkdir -p $(@D)
	$(SHIP_COMPILE) $$(cat $(SHIP_DEPS)/cflags) -MMD -MP -c $< -o $@

-include $(SHIP_OBJECTS:.o=.d)

# Sorted, because the order of the objects decides the order of the bytes.
# bootstrap.map says what was linked in.
$(SHIP_DIR)/bootstrap.linked: $(SHIP_OBJECTS) $(SHIP_DIR)/flags $(SHIP_DEPS)/libs \
    $(SHIP_HERE)/start.ld
	$(SHIP_LINK) -Wl,-Map=$(SHIP_DIR)/bootstrap.map \
	    $(sort $(SHIP_OBJECTS)) $$(cat $(SHIP_DEPS)/libs) -o $@

$(SHIP_DIR)/bootstrap.debug: $(SHIP_DIR)/bootstrap.linked
	$(SHIP_OBJCOPY) --only-keep-debug $< $@

# The function reads its operations from the file beside it.
$(SHIP_DIR)/operations.json: function/operations.json
	@mkdir -p $(@D)
	@cp $< $@

$(SHIP_BOOTSTRAP): $(SHIP_DIR)/bootstrap.linked $(SHIP_DIR)/bootstrap.debug \
    | $(SHIP_DIR)/operations.json
	$(SHIP_OBJCOPY) --strip-all \
	    --add-gnu-debuglink=$(SHIP_DIR)/bootstrap.debug $< $@
