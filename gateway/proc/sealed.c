/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sealed memory files: rules images and safe mails come in one. What is in
 * them is left to their readers.
 */
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sealed.h"

enum err
sealed_map(int fd, size_t bytes_max, struct span *bytes, struct diag *diag)
{
	int seals = fcntl(fd, F_GET_SEALS);
	off_t len;
	void *ptr;

	if (seals == -1)
		return diag_system(diag, "read seals");
	if ((seals & SEALED_SEALS) != SEALED_SEALS)
		return diag_set(diag, ERR_POLICY, "memory file is not sealed");
	len = lseek(fd, 0, SEEK_END);
	if (len == -1)
		return diag_system(diag, "read length of memory file");
	if (len == 0 || (uint64_t)len > bytes_max)
		return diag_set(diag, ERR_LIMIT, "memory file of %lld bytes",
		    (long long)len);
	ptr = mmap(NULL, (size_t)len, PROT_READ, MAP_SHARED, fd, 0);
	if (ptr == MAP_FAILED)
		return diag_system(diag, "map memory file");
	*bytes = (struct span){ ptr, (size_t)len };
	return OK;
}

void
sealed_unmap(struct span bytes)
{
	if (bytes.len > 0)
		munmap((void *)(uintptr_t)bytes.ptr, bytes.len);
}

void
sealed_release(struct span part)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = (uintptr_t)part.ptr, end = start + part.len;

	/* of the last page more may be wanted, of the first one no more */
	start -= start % page;
	end -= end % page;
	if (end > start)
		(void)madvise((void *)start, end - start, MADV_DONTNEED);
}
