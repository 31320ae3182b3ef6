/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A second look at what children send. The whole grammar is the verifier's
 * business; here it is seals, sizes and the first bytes, so that a child that
 * was taken over cannot change a file later or pass one kind for another.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher.h"

#define SEALS	(F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

enum err
check_sealed(int fd, uint64_t bytes, uint64_t bytes_max, const char **why)
{
	struct stat st;
	int seals;

	*why = "a result that is no memory file";
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return ERR_INPUT;
	seals = fcntl(fd, F_GET_SEALS);
	if (seals == -1)
		return ERR_INPUT;
	*why = "a result that cannot be sealed";
	if ((seals & SEALS) != SEALS && fcntl(fd, F_ADD_SEALS, SEALS) == -1)
		return ERR_INPUT;
	*why = "a result without the promised length";
	if (fstat(fd, &st) == -1 || st.st_size < 0 ||
	    (uint64_t)st.st_size != bytes || bytes > bytes_max)
		return ERR_INPUT;
	return OK;
}

static bool
begins(int fd, uint64_t bytes, const char *magic, size_t len)
{
	uint8_t head[16];

	return bytes > len && len <= sizeof(head) &&
	    pread(fd, head, len, 0) == (ssize_t)len &&
	    memcmp(head, magic, len) == 0;
}

bool
check_mail(int fd, uint64_t bytes)
{
	uint8_t last[2];

	return begins(fd, bytes, "Received: from ", 15) &&
	    pread(fd, last, 2, (off_t)bytes - 2) == 2 &&
	    memcmp(last, "\r\n", 2) == 0;
}

bool
check_form(int fd, uint64_t bytes, uint32_t type)
{
	switch (type) {
	case SAFE_NONE:
		return true;
	case SAFE_TEXT:
	case SAFE_CSV:
		return begins(fd, bytes, "\xef\xbb\xbf", 3);
	case SAFE_JPEG:
		return begins(fd, bytes, "\xff\xd8\xff", 3);
	case SAFE_PNG:
		return begins(fd, bytes, "\x89PNG\r\n\x1a\n", 8);
	case SAFE_PDF:
		return begins(fd, bytes, "%PDF-1.", 7);
	case SAFE_DOCX:
	case SAFE_XLSX:
	case SAFE_PPTX:
	case SAFE_ZIP:
		return begins(fd, bytes, "PK\3\4", 4);
	default:		/* a mail is never one child's output */
		return false;
	}
}
