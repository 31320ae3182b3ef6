/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Landlock, by raw system calls: the header of Debian 12 knows ABI 2, the
 * kernel that we run on may know more, so the constants are our own. What
 * the kernel does not know is left out; seccomp and chroot hold without it.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "landlock.h"

#define CREATE_VERSION		1u
#define RULE_PATH_BENEATH	1
#define RULE_NET_PORT		2

#define FS_EXECUTE		(1ull << 0)
#define FS_WRITE_FILE		(1ull << 1)
#define FS_READ_FILE		(1ull << 2)
#define FS_READ_DIR		(1ull << 3)
#define FS_REMOVE_DIR		(1ull << 4)
#define FS_REMOVE_FILE		(1ull << 5)
#define FS_MAKE_DIR		(1ull << 7)
#define FS_MAKE_REG		(1ull << 8)
#define FS_REFER		(1ull << 13)	/* ABI 2 */
#define FS_TRUNCATE		(1ull << 14)	/* ABI 3 */
#define NET_BIND_TCP		(1ull << 0)	/* ABI 4 */
#define NET_CONNECT_TCP		(1ull << 1)
#define SCOPE_ABSTRACT_UNIX	(1ull << 0)	/* ABI 6 */
#define SCOPE_SIGNAL		(1ull << 1)

/* All rights of an ABI are handled, so that those not given are refused. */
#define FS_ABI_1		((1ull << 13) - 1)
#define FS_ABI_2		(FS_ABI_1 | FS_REFER)
#define FS_ABI_3		(FS_ABI_2 | FS_TRUNCATE)
#define FS_ABI_5		(FS_ABI_3 | 1ull << 15)	/* ioctl of devices */

#define FS_FOLDER	(FS_WRITE_FILE | FS_READ_FILE | FS_READ_DIR | \
	FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | \
	FS_REFER | FS_TRUNCATE)
#define FS_READ		(FS_READ_FILE | FS_READ_DIR)

struct ruleset_attr {
	uint64_t	fs;
	uint64_t	net;
	uint64_t	scoped;
};

struct path_attr {
	uint64_t	access;
	int32_t		fd;
} __attribute__((packed));

struct port_attr {
	uint64_t	access;
	uint64_t	port;
};

static uint64_t
fs_rights(long abi)
{
	return abi >= 5 ? FS_ABI_5 : abi >= 3 ? FS_ABI_3 :
	    abi >= 2 ? FS_ABI_2 : FS_ABI_1;
}

static enum err
add_rules(int ruleset, const int *folders, unsigned folders_n,
    uint64_t rights, const uint16_t *ports, unsigned ports_n,
    struct diag *diag)
{
	for (unsigned i = 0; i < folders_n; i++) {
		struct path_attr attr = { rights, folders[i] };

		if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH,
		    &attr, 0) == -1)
			return diag_system(diag, "landlock: add folder");
	}
	for (unsigned i = 0; i < ports_n; i++) {
		struct port_attr attr = { NET_CONNECT_TCP, ports[i] };

		if (syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT,
		    &attr, 0) == -1)
			return diag_system(diag, "landlock: add port");
	}
	return OK;
}

enum err
landlock_enter(const int *folders, unsigned folders_n,
    bool read_only, const uint16_t *ports, unsigned ports_n, int *abi_used,
    struct diag *diag)
{
	struct ruleset_attr attr = { 0 };
	size_t attr_bytes = offsetof(struct ruleset_attr, net);
	enum err err;
	long abi;
	int ruleset;

	*abi_used = 0;
	abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
	/* ABI 1 refuses every rename to another folder: of no use with one */
	if (abi < 1 || (abi == 1 && folders_n > 0))
		return OK;
	attr.fs = fs_rights(abi);
	if (abi >= 4) {
		attr.net = NET_BIND_TCP | NET_CONNECT_TCP;
		attr_bytes = offsetof(struct ruleset_attr, scoped);
	}
	if (abi >= 6) {
		attr.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
		attr_bytes = sizeof(attr);
	}
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, attr_bytes,
	    0);
	if (ruleset == -1)
		return diag_system(diag, "landlock: make ruleset");
	err = add_rules(ruleset, folders, folders_n,
	    (read_only ? FS_READ : FS_FOLDER) & attr.fs, ports,
	    abi >= 4 ? ports_n : 0, diag);
	if (err == OK && syscall(SYS_landlock_restrict_self, ruleset, 0) == -1)
		err = diag_system(diag, "landlock: restrict");
	close(ruleset);
	if (err == OK)
		*abi_used = (int)abi;
	return err;
}
