/*
 * The caller's error object: a number for programs and a sentence for people. A function that can fail takes one as its
 * last parameter and returns 0 or a count, or a negative errno. Each layer prefixes its own words, so that the message
 * reads: what was being done: what failed: why. Control characters in it are replaced by '?', whatever name they came
 * with; only error_hint begins a line.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

struct error {
	int code;       /* a positive errno; 0: no error */
	char text[480]; /* one or more lines, without the applet's name and without a final newline */
};

/* Sets the text and the code (a positive errno). Returns -code. */
int error_set(struct error *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Like error_set with the current errno, and appends ": " and its description. Returns -errno. */
int error_errno(struct error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "words: " in front of the text. Returns -e->code, for the caller to return. */
int error_context(struct error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Adds a line to the text: what to do about it. Returns -e->code. */
int error_hint(struct error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
