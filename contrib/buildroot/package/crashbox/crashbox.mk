################################################################################
#
# crashbox
#
################################################################################

CRASHBOX_VERSION = 0.1
# The tree that contains this folder; without BR2_EXTERNAL, set it.
CRASHBOX_SITE = $(BR2_EXTERNAL_CRASHBOX_PATH)/../..
CRASHBOX_SITE_METHOD = local
CRASHBOX_LICENSE = MIT
CRASHBOX_LICENSE_FILES = LICENSE
CRASHBOX_DEPENDENCIES = zlib lz4
HOST_CRASHBOX_DEPENDENCIES = host-zlib host-lz4
# Build results in that tree are not copied.
CRASHBOX_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = --exclude build
HOST_CRASHBOX_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = --exclude build

CRASHBOX_ARCH = $(if $(BR2_aarch64),arm64,x86_64)

# CFLAGS and LDFLAGS stay crashbox's own: it is linked statically and built
# for size. A newer compiler's new warnings must not fail the build.
CRASHBOX_MAKE_OPTS = \
	O=build \
	WARNINGS=-Wall \
	ARCH=$(CRASHBOX_ARCH) \
	CC="$(TARGET_CC)" \
	AR="$(TARGET_AR)" \
	STRIP="$(TARGET_STRIP)" \
	ZLIB=$(STAGING_DIR)/usr/lib \
	LZ4=$(STAGING_DIR)/usr/lib \
	PREFIX=/usr \
	INIT=$(if $(BR2_INIT_SYSTEMD),systemd,$(if $(BR2_INIT_OPENRC),openrc))

HOST_CRASHBOX_MAKE_OPTS = \
	O=build \
	WARNINGS=-Wall \
	HOSTCC="$(HOSTCC)" \
	HOST_ZLIB=$(HOST_DIR)/lib \
	HOST_LZ4=$(HOST_DIR)/lib \
	HOSTCFLAGS="$(HOST_CFLAGS)" \
	PREFIX=$(HOST_DIR)

define CRASHBOX_BUILD_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) -C $(@D) $(CRASHBOX_MAKE_OPTS) build/crashbox
endef

define HOST_CRASHBOX_BUILD_CMDS
	$(HOST_MAKE_ENV) $(MAKE) -C $(@D) $(HOST_CRASHBOX_MAKE_OPTS) \
		build/mkcaptureinitrd
endef

define CRASHBOX_INSTALL_TARGET_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) -C $(@D) $(CRASHBOX_MAKE_OPTS) \
		DESTDIR=$(TARGET_DIR) install-crashbox
endef

# Dumps are saved from raw devices before much can be swapped out, and before
# anything else starts.
define CRASHBOX_INSTALL_INIT_SYSV
	$(INSTALL) -D -m 0755 $(@D)/services/crashbox-savecore.init \
		$(TARGET_DIR)/etc/init.d/S00crashbox-savecore
	$(INSTALL) -D -m 0755 $(@D)/services/crashbox-kdump.init \
		$(TARGET_DIR)/etc/init.d/S90crashbox-kdump
endef

define HOST_CRASHBOX_INSTALL_CMDS
	$(HOST_MAKE_ENV) $(MAKE) -C $(@D) $(HOST_CRASHBOX_MAKE_OPTS) \
		install-mkcaptureinitrd
endef

$(eval $(generic-package))
$(eval $(host-generic-package))
