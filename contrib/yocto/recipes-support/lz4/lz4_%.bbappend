# crashbox links it statically. The last word of make's command line counts.
EXTRA_OEMAKE:append = " BUILD_STATIC=yes"
