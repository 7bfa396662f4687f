/*
 * Messages on the way: libcore never prints: it passes a line to the caller's function.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level {
	LOG_ERROR, /* something was not done */
	LOG_WARN,  /* it was done, but less well than asked */
	LOG_NOTE,  /* what a person wants to see once */
	LOG_DEBUG, /* what a developer wants to see */
};

struct log {
	void (*line)(void *context, enum log_level level, const char *text); /* text: one line, no newline */
	void *context;
};

/* Formats one line and passes it on; not to a NULL log, or one without a line function. */
void log_line(const struct log *log, enum log_level level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
