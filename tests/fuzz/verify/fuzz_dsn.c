/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A status notification, to the verifier: it answers, and no more. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../gateway/verify/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct verify_result result;

	if (fd == -1)
		fd = memfd_create("mail", MFD_CLOEXEC);
	if (pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	verify_dsn(fd, size, &result);
	if (result.yes ? result.bytes != size || result.reason[0] != '\0' :
	    result.offset > size || result.reason[0] == '\0')
		abort();
	return 0;
}
