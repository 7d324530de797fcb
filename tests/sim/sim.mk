# The simulation, for the top-level Makefile to include: see README.md here.

SIM_OBJECTS := $(call objects,$(wildcard tests/sim/*.c))

$(B)/sim: $(SIM_OBJECTS) $(LIB)
	$(call link,$(FUNCTION_LIBS))

CPPFLAGS_sim := -Itests/sim
$(eval $(call compile,sim,$(SIM_OBJECTS)))

-include $(SIM_OBJECTS:.o=.d)
