# crashbox links it statically. The last assignment on make's command line wins.
EXTRA_OEMAKE:append = " BUILD_STATIC=yes"
