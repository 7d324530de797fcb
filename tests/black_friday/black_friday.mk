# Black Friday, for the top-level Makefile to include: see README.md here.

BUYERS ?= 10000
INSTANCES ?= 1000
TICKETS ?= 1
PATIENCE ?= 120

FRIDAY := build/black-friday
FRIDAY_OBJECTS := $(call objects,$(wildcard tests/black_friday/*.c))

.PHONY: black-friday
black-friday: ## let BUYERS=10000 buy TICKETS=1 from INSTANCES=1000 at one moment
	@deploy/packages build run draw
	@$(MAKE) bootstrap $(B)/local-cloud $(B)/black-friday >&2
	@BUYERS=$(BUYERS) INSTANCES=$(INSTANCES) TICKETS=$(TICKETS) PATIENCE=$(PATIENCE) \
	    tests/black_friday/run $(B) $(FRIDAY) $(SHIP_BOOTSTRAP)

$(B)/black-friday: $(FRIDAY_OBJECTS) $(DRIVER_OBJECTS) $(LIB)
	$(call link,-lpq $(FUNCTION_LIBS))

CPPFLAGS_friday := -Itests/support -I/usr/include/postgresql
$(eval $(call compile,friday,$(FRIDAY_OBJECTS)))

-include $(FRIDAY_OBJECTS:.o=.d)
