/*
 * What "crashbox kdump" reads of an image: its record (fmt/image_info.h) and its plan. Whatever kdump could not read as
 * it was meant is refused here, where somebody can do something about it.
 */
#ifndef INITRAMFS_IMAGE_IMAGE_RECORD_H
#define INITRAMFS_IMAGE_IMAGE_RECORD_H

#include "fmt/image_info.h"

#include "plan/plan.h"
#include "text/buffer.h"

/*
 * Copies a text into a member of struct image_info of size bytes. what: how a message calls it. Returns 0; -EINVAL for
 * a control character, -E2BIG for a text that does not fit.
 */
int image_record_text(char *member, size_t size, const char *text, const char *what, struct error *e);

/* Writes etc/crashbox.info, and reads it back as kdump will. Returns 0 or a negative errno. */
int image_record_info(struct buffer *out, const struct image_info *info, struct error *e);

/* Writes etc/crashbox.conf: the plan, within the limits that kdump has for its values. Returns 0 or a negative errno.
 */
int image_record_conf(struct buffer *out, const struct plan *plan, struct error *e);

#endif
