# The packages for the platforms: the shipped binary, its operations and its
# certificates.
#
# ARCH=x86_64 or ARCH=arm64 chooses.  The default is the platform's, whatever
# machine this is.

PACKAGE_ARCH = $(if $(filter undefined default file,$(origin ARCH)),$(1),$(SHIP_ARCH))
VERCEL_ARCH := $(call PACKAGE_ARCH,x86_64)
AWS_ARCH := $(call PACKAGE_ARCH,arm64)
CONTAINER_ARCH := $(call PACKAGE_ARCH,$(SHIP_NATIVE))

# Build the contents of every package, for the architecture $(1).
define package_contents
@! command -v dpkg-query >/dev/null || deploy/packages package
@$(MAKE) ARCH=$(1) bootstrap
@$(if $(filter $(SHIP_NATIVE),$(1)),build/ship-$(1)/bootstrap check)
@deploy/certificates.sh build/certs
endef

.PHONY: vercel
vercel: ## write .vercel/output for `vercel deploy --prebuilt` (ARCH: x86_64)
	$(call package_contents,$(VERCEL_ARCH))
	@deploy/vercel/output.sh build/ship-$(VERCEL_ARCH)/bootstrap build/certs $(VERCEL_ARCH)

.PHONY: aws
aws: ## write build/bouncer-ARCH.zip for AWS Lambda (ARCH: arm64)
	$(call package_contents,$(AWS_ARCH))
	@deploy/aws/package.sh build/ship-$(AWS_ARCH)/bootstrap build/certs build/bouncer-$(AWS_ARCH).zip

.PHONY: container
container: ## build an image with podman, buildah or docker (ARCH: this machine's)
	$(call package_contents,$(CONTAINER_ARCH))
	@deploy/container/build.sh build/ship-$(CONTAINER_ARCH)/bootstrap build/certs $(CONTAINER_ARCH)

.PHONY: release
release: ## pack build/release/bouncer-VERSION.tar.gz, for who builds nothing
	$(call package_contents,x86_64)
	$(call package_contents,arm64)
	@deploy/release.sh

.PHONY: test-ship
test-ship: ## test the packages: the release, Vercel's tools, the zip, a chroot, arm64
	@deploy/packages build run package ship
	@$(MAKE) $(B)/local-cloud
	@$(MAKE) ARCH=x86_64 bootstrap
	@$(MAKE) ARCH=arm64 bootstrap
	@deploy/certificates.sh build/certs
	@tests/ship/run $(B)/local-cloud
