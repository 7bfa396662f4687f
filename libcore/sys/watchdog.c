#include "sys/watchdog.h"

#include <fcntl.h>
#include <linux/watchdog.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"

int watchdog_open(const char *path, unsigned seconds, struct watchdog *watchdog, struct error *e)
{
	struct watchdog_info info = {.options = 0};
	int timeout = (int)seconds, fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(e, "opening the watchdog %s", path);
	*watchdog = (struct watchdog){.fd = fd, .identity = "unnamed"};
	if (ioctl(fd, WDIOC_GETSUPPORT, &info) == 0)
		snprintf(watchdog->identity, sizeof(watchdog->identity), "%.32s", (const char *)info.identity);
	/* The driver returns the timeout that it chose; not every driver can set one. */
	if (ioctl(fd, WDIOC_SETTIMEOUT, &timeout) == 0 || ioctl(fd, WDIOC_GETTIMEOUT, &timeout) == 0)
		watchdog->timeout = (unsigned)timeout;
	watchdog_feed(fd);
	return 0;
}

void watchdog_feed(int fd)
{
	int nothing = 0;

	/* Any byte but the magic one feeds it, even with an old driver. */
	if (ioctl(fd, WDIOC_KEEPALIVE, &nothing) != 0)
		(void)!write(fd, "", 1);
}

void watchdog_disarm(int *fd)
{
	(void)!write(*fd, "V", 1);
	close_fd(fd);
}
