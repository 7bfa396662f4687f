/*
 * Progress messages. libcore never prints: it passes lines to the caller's function.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level {
	LOG_ERROR, /* something failed */
	LOG_WARN,  /* done, but less well than requested */
	LOG_NOTE,  /* worth showing once */
	LOG_DEBUG, /* for developers */
};

struct log {
	void (*line)(void *context, enum log_level level, const char *text); /* text: one line, no newline */
	void *context;
};

/* Formats one line, without control characters (text_clean), and passes it on; ignores a NULL log, or one without a
 * line function. */
void log_line(const struct log *log, enum log_level level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
