/* Resources that are released when their variable leaves its scope (GNU's cleanup attribute). */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(function) __attribute__((cleanup(function)))

/* int fd CLEANUP(close_fd) = -1; negative descriptors are left alone. */
static inline void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* void *p CLEANUP(free_ptr) = NULL; takes the address of any object pointer. */
static inline void free_ptr(void *pp)
{
	free(*(void **)pp);
}

#endif
