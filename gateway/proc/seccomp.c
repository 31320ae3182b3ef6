/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One table of system calls per role, over libseccomp. What is not in the
 * table ends the process. Arguments are looked at where a call is needed in
 * one form and dangerous in another. Filters add up: the table of a parent
 * holds whatever its children need. Who may do what besides (files, ports)
 * is the business of Landlock and chroot.
 */
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "../base/durable.h"
#include "limits.h"
#include "seccomp.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define CALL(name)	SCMP_SYS(name)

/* What even the children have (class A of the sandbox). */
static const int calls_all[] = {
	CALL(read), CALL(write), CALL(readv), CALL(writev), CALL(pread64),
	CALL(pwrite64), CALL(lseek), CALL(close), CALL(fstat), CALL(munmap),
	CALL(mremap), CALL(brk), CALL(madvise), CALL(futex),
	CALL(clock_gettime), CALL(gettimeofday), CALL(getrandom), CALL(exit),
	CALL(exit_group), CALL(rt_sigreturn), CALL(rt_sigprocmask),
	CALL(sigaltstack), CALL(restart_syscall), CALL(sysinfo),
	CALL(getpid), CALL(gettid),
};

/* The loop, the channels and the log of every daemon. */
static const int calls_daemon[] = {
	CALL(recvmsg), CALL(recvmmsg), CALL(sendmsg), CALL(poll), CALL(ppoll),
	CALL(epoll_wait), CALL(epoll_pwait), CALL(epoll_ctl),
	CALL(epoll_create1), CALL(signalfd4), CALL(rt_sigaction),
	CALL(close_range), CALL(clock_nanosleep), CALL(uname),
	CALL(getppid), CALL(getuid), CALL(geteuid), CALL(getgid),
	CALL(getegid), CALL(getrusage), CALL(sched_yield),
	CALL(sched_getaffinity),
};

/* A memory file is made, filled, sealed and sent away. */
static const int calls_memfd[] = { CALL(memfd_create), CALL(ftruncate) };

/* Below folders that it holds; which these are is Landlock's business. */
static const int calls_files[] = {
	CALL(openat), CALL(openat2), CALL(unlinkat), CALL(renameat),
	CALL(renameat2), CALL(linkat), CALL(mkdirat), CALL(fsync),
	CALL(fdatasync), CALL(getdents64), CALL(ftruncate), CALL(fallocate),
	CALL(newfstatat), CALL(statx), CALL(faccessat), CALL(faccessat2),
	CALL(flock), CALL(fstatfs), CALL(fchmod), CALL(fadvise64),
	CALL(copy_file_range), CALL(sendfile), CALL(dup),
};

/* Files that are begun, written and erased, in one folder. */
static const int calls_capture[] = {
	CALL(openat), CALL(unlinkat), CALL(fdatasync), CALL(getdents64),
	CALL(ftruncate), CALL(newfstatat),
};

/* And those that are put in the place of others. */
static const int calls_audit[] = { CALL(renameat), CALL(fsync) };

/* Its own children; see also rules_parent(). */
static const int calls_parent[] = {
	CALL(wait4), CALL(waitid), CALL(pipe2), CALL(set_robust_list),
	CALL(rseq),
};

/* Connections that it has or gets. */
static const int calls_stream[] = {
	CALL(recvfrom), CALL(shutdown), CALL(getsockname), CALL(getpeername),
};

/*
 * Looking for a file is not an attack: libraries do it (zones, locales,
 * processors). It is told that there is none.
 */
static const int calls_not_found[] = {
	CALL(open), CALL(openat), CALL(access), CALL(faccessat),
	CALL(faccessat2), CALL(stat), CALL(lstat), CALL(statx),
	CALL(readlink), CALL(readlinkat),
};

/* Class B: fonts and tables of characters are looked up and read. */
static const int calls_fonts[] = {
	CALL(getdents64), CALL(statfs), CALL(fstatfs), CALL(newfstatat),
	CALL(access), CALL(faccessat), CALL(faccessat2), CALL(readlink),
	CALL(uname), CALL(getrusage), CALL(fadvise64), CALL(times),
	CALL(clock_getres),
};

#define PROC_CLONE_REFUSED	(CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | \
	CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | \
	CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_THREAD | CLONE_PTRACE | \
	CLONE_PARENT)

/* libseccomp gives -errno; the first trouble is kept. */
static void
add(scmp_filter_ctx ctx, int *rc, uint32_t action, int call, unsigned n,
    const struct scmp_arg_cmp *args)
{
	int r;

	if (*rc != 0)
		return;
	r = seccomp_rule_add_array(ctx, action, call, n, args);
	if (r != 0 && r != -EDOM)	/* EDOM: not on this architecture */
		*rc = r;
}

static void
allow(scmp_filter_ctx ctx, int *rc, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add(ctx, rc, SCMP_ACT_ALLOW, calls[i], 0, NULL);
}

static void
allow_1(scmp_filter_ctx ctx, int *rc, int call, struct scmp_arg_cmp a)
{
	add(ctx, rc, SCMP_ACT_ALLOW, call, 1, &a);
}

static void
allow_2(scmp_filter_ctx ctx, int *rc, int call, struct scmp_arg_cmp a,
    struct scmp_arg_cmp b)
{
	struct scmp_arg_cmp args[2] = { a, b };

	add(ctx, rc, SCMP_ACT_ALLOW, call, 2, args);
}

/* An int argument: the upper half of the register is not looked at. */
static struct scmp_arg_cmp
is(unsigned arg, uint64_t value)
{
	return (struct scmp_arg_cmp){ arg, SCMP_CMP_MASKED_EQ, UINT32_MAX,
	    value };
}

static struct scmp_arg_cmp
without(unsigned arg, uint64_t bits)
{
	return (struct scmp_arg_cmp){ arg, SCMP_CMP_MASKED_EQ, bits, 0 };
}

static void
rules_all(scmp_filter_ctx ctx, int *rc, enum role_id role, bool files)
{
	static const int fcntl_commands[] = { F_GETFD, F_SETFD, F_GETFL,
	    F_DUPFD_CLOEXEC, F_GET_SEALS, F_ADD_SEALS };

	allow(ctx, rc, calls_all, COUNT(calls_all));
	/* nothing that can be run is ever made */
	allow_1(ctx, rc, CALL(mmap), without(2, PROT_EXEC));
	allow_1(ctx, rc, CALL(mprotect), without(2, PROT_EXEC));
	for (size_t i = 0; i < COUNT(fcntl_commands); i++)
		allow_1(ctx, rc, CALL(fcntl),
		    is(1, (uint64_t)fcntl_commands[i]));
	/* the receiver could take O_APPEND off a draft */
	if (role == ROLE_RECEIVE)
		add(ctx, rc, SCMP_ACT_ERRNO(EPERM), CALL(fcntl), 1,
		    (const struct scmp_arg_cmp[]){ is(1, F_SETFL) });
	else
		allow_1(ctx, rc, CALL(fcntl), is(1, F_SETFL));
	/* is it a terminal? no */
	add(ctx, rc, SCMP_ACT_ERRNO(ENOTTY), CALL(ioctl), 0, NULL);
	if (files)
		return;
	for (size_t i = 0; i < COUNT(calls_not_found); i++)
		add(ctx, rc, SCMP_ACT_ERRNO(ENOENT), calls_not_found[i], 0,
		    NULL);
	/* how glibc does fstat() */
	allow_1(ctx, rc, CALL(newfstatat), is(3, AT_EMPTY_PATH));
}

static void
rules_daemon(scmp_filter_ctx ctx, int *rc)
{
	allow(ctx, rc, calls_daemon, COUNT(calls_daemon));
}

/*
 * A parent of short-lived children. The filter is also that of the children
 * (see role_enter_child()): so there is no kill() and no pidfd_open() in it,
 * only a signal by a descriptor that the parent got when it forked; and no
 * clone() that shares anything or enters a namespace.
 */
static void
rules_parent(scmp_filter_ctx ctx, int *rc)
{
	allow(ctx, rc, calls_parent, COUNT(calls_parent));
	allow_1(ctx, rc, CALL(clone), without(0, PROC_CLONE_REFUSED));
	add(ctx, rc, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0, NULL);
	allow_1(ctx, rc, CALL(pidfd_send_signal), is(1, SIGKILL));
	allow_1(ctx, rc, CALL(seccomp), is(0, SECCOMP_SET_MODE_FILTER));
	allow_1(ctx, rc, CALL(prlimit64), is(0, 0));
	allow_2(ctx, rc, CALL(socketpair), is(0, AF_UNIX),
	    (struct scmp_arg_cmp){ 1, SCMP_CMP_MASKED_EQ, 0xf,
	    SOCK_SEQPACKET });
	/* abort() is then a fault of its own: the process ends all the same */
	add(ctx, rc, SCMP_ACT_ERRNO(EPERM), CALL(tgkill), 0, NULL);
}

/* abort() of its own: a stopped assertion shall look like one. */
static void
rules_abort(scmp_filter_ctx ctx, int *rc)
{
	allow_1(ctx, rc, CALL(tgkill), is(0, (uint64_t)getpid()));
}

/*
 * Its connections come from the supervisor; how much of what was sent has
 * arrived may be asked of them.
 */
static void
rules_audit_log(scmp_filter_ctx ctx, int *rc)
{
	allow(ctx, rc, calls_audit, COUNT(calls_audit));
	allow_2(ctx, rc, CALL(getsockopt), is(1, IPPROTO_TCP),
	    is(2, TCP_INFO));
}

/* For reading only; below which folders is Landlock's business. */
static void
rules_fonts(scmp_filter_ctx ctx, int *rc)
{
	allow(ctx, rc, calls_fonts, COUNT(calls_fonts));
	allow_1(ctx, rc, CALL(openat), without(2, O_ACCMODE | O_CREAT |
	    O_TRUNC | (O_TMPFILE & ~O_DIRECTORY)));
	add(ctx, rc, SCMP_ACT_ERRNO(ENOENT), CALL(open), 0, NULL);
	add(ctx, rc, SCMP_ACT_ERRNO(ENOENT), CALL(stat), 0, NULL);
	add(ctx, rc, SCMP_ACT_ERRNO(ENOENT), CALL(lstat), 0, NULL);
	add(ctx, rc, SCMP_ACT_ERRNO(ENOENT), CALL(statx), 0, NULL);
}

static void
rules_stream(scmp_filter_ctx ctx, int *rc)
{
	allow(ctx, rc, calls_stream, COUNT(calls_stream));
	/* no destination: only where it is connected to */
	allow_1(ctx, rc, CALL(sendto),
	    (struct scmp_arg_cmp){ 4, SCMP_CMP_EQ, 0, 0 });
	allow_1(ctx, rc, CALL(setsockopt), is(1, SOL_SOCKET));
	allow_1(ctx, rc, CALL(setsockopt), is(1, IPPROTO_TCP));
	allow_1(ctx, rc, CALL(getsockopt), is(1, SOL_SOCKET));
	allow_1(ctx, rc, CALL(getsockopt), is(1, IPPROTO_TCP));
}

static void
rules_deliver(scmp_filter_ctx ctx, int *rc, bool files)
{
	struct scmp_arg_cmp stream = { 1, SCMP_CMP_MASKED_EQ, 0xf,
	    SOCK_STREAM };

	rules_stream(ctx, rc);
	allow_2(ctx, rc, CALL(socket), is(0, AF_INET), stream);
	allow_2(ctx, rc, CALL(socket), is(0, AF_INET6), stream);
	allow(ctx, rc, (const int[]){ CALL(connect) }, 1);
	if (files)
		allow(ctx, rc, calls_files, COUNT(calls_files));
}

static void
rules_role(scmp_filter_ctx ctx, int *rc, enum role_id role, bool files)
{
	rules_all(ctx, rc, role, files);
	rules_daemon(ctx, rc);
	if (role != ROLE_WORKER && role != ROLE_VERIFY &&
	    role != ROLE_RENDER)
		rules_abort(ctx, rc);
	switch (role) {
	case ROLE_RECEIVE:
		rules_stream(ctx, rc);
		allow(ctx, rc, (const int[]){ CALL(accept4) }, 1);
		break;
	case ROLE_SPOOL:
		allow(ctx, rc, calls_files, COUNT(calls_files));
		allow(ctx, rc, calls_memfd, COUNT(calls_memfd));
		/* one sync for the many files of a round */
		allow(ctx, rc, (const int[]){ CALL(syncfs) }, 1);
		break;
	case ROLE_SANITIZE:
		allow(ctx, rc, calls_memfd, COUNT(calls_memfd));
		allow(ctx, rc, (const int[]){ CALL(wait4), CALL(waitid) }, 2);
		allow_2(ctx, rc, CALL(socketpair), is(0, AF_UNIX),
		    (struct scmp_arg_cmp){ 1, SCMP_CMP_MASKED_EQ, 0xf,
		    SOCK_SEQPACKET });
		break;
	case ROLE_WORKER:
		allow(ctx, rc, calls_memfd, COUNT(calls_memfd));
		rules_parent(ctx, rc);
		break;
	case ROLE_RENDER:
		allow(ctx, rc, calls_memfd, COUNT(calls_memfd));
		rules_parent(ctx, rc);
		if (files)
			rules_fonts(ctx, rc);
		break;
	case ROLE_VERIFY:
		rules_parent(ctx, rc);
		break;
	case ROLE_DELIVER:
		rules_deliver(ctx, rc, files);
		break;
	case ROLE_PACKET:
		/* its netlink sockets are open: no others come */
		allow(ctx, rc, (const int[]){ CALL(recvfrom),
		    CALL(getsockname) }, 2);
		/* to the kernel: no address of the Internet is so short */
		allow_1(ctx, rc, CALL(sendto),
		    (struct scmp_arg_cmp){ 4, SCMP_CMP_EQ, 0, 0 });
		allow_1(ctx, rc, CALL(sendto),
		    is(5, sizeof(struct sockaddr_nl)));
		break;
	case ROLE_AUDIT:
		rules_audit_log(ctx, rc);
		/* FALLTHROUGH */
	case ROLE_CAPTURE:
		allow(ctx, rc, calls_capture, COUNT(calls_capture));
		break;
	case ROLE_INSPECT:
	case ROLE_COMPILE:
		break;
	case ROLE_SNMP:
		/* its connection comes from the supervisor; a pipe is how
		 * net-snmp talks to itself, an alarm ends it when it hangs */
		allow(ctx, rc, (const int[]){ CALL(pselect6), CALL(alarm),
		    CALL(setitimer) }, 3);
		allow_1(ctx, rc, CALL(pipe2), is(1, 0));
		break;
	case ROLE_SUPERVISOR:
	case ROLE_TOOL:
	case ROLE_N:
		require(false);		/* they have no filter */
	}
}

/*
 * A child of a parent that is root, where limits do not bind, has exactly
 * what its class has. The worker's talks on its job channel and makes memory
 * files; the verifier's has a pipe.
 */
static void
rules_child(scmp_filter_ctx ctx, int *rc, enum role_id role)
{
	rules_all(ctx, rc, role, role == ROLE_RENDER);
	if (role == ROLE_RENDER)
		rules_fonts(ctx, rc);
	add(ctx, rc, SCMP_ACT_ERRNO(EPERM), CALL(tgkill), 0, NULL);
	add(ctx, rc, SCMP_ACT_ERRNO(EPERM), CALL(rt_sigaction), 0, NULL);
	if (role == ROLE_WORKER || role == ROLE_RENDER) {
		allow(ctx, rc, calls_memfd, COUNT(calls_memfd));
		allow(ctx, rc, (const int[]){ CALL(recvmsg), CALL(sendmsg),
		    CALL(poll), CALL(ppoll) }, 4);
	}
}

static scmp_filter_ctx
new_filter(int *rc)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);

	*rc = ctx == NULL ? -ENOMEM : 0;
	if (*rc == 0)
		*rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
		    SCMP_ACT_KILL_PROCESS);
	/* a binary tree instead of a list, where the library knows how */
	if (*rc == 0)
		(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return ctx;
}

static enum err
trouble(int rc, const char *what, struct diag *diag)
{
	errno = -rc;
	return diag_system(diag, what);
}

enum err
seccomp_enter(enum role_id role, bool files, struct diag *diag)
{
	scmp_filter_ctx ctx;
	int rc;

	ctx = new_filter(&rc);
	if (rc == 0)
		rules_role(ctx, &rc, role, files || role == ROLE_SPOOL);
	if (rc == 0)
		rc = seccomp_load(ctx);
	if (ctx != NULL)
		seccomp_release(ctx);
	return rc == 0 ? OK : trouble(rc, "install seccomp filter", diag);
}

/* One process is the parent of one kind of children. */
static struct sock_filter child_code[SECCOMP_CODE_MAX];
static struct sock_fprog child_program = { 0, child_code };
static enum role_id child_role;

enum err
seccomp_child_prepare(enum role_id role, struct diag *diag)
{
	scmp_filter_ctx ctx;
	struct stat st;
	size_t got;
	enum err err = OK;
	int rc, fd = -1;

	require(role == ROLE_WORKER || role == ROLE_VERIFY ||
	    role == ROLE_RENDER);
	ctx = new_filter(&rc);
	if (rc == 0)
		rules_child(ctx, &rc, role);
	if (rc == 0 && (fd = memfd_create("filter", MFD_CLOEXEC)) == -1)
		rc = -errno;
	if (rc == 0)
		rc = seccomp_export_bpf(ctx, fd);
	if (rc == 0 && fstat(fd, &st) == -1)
		rc = -errno;
	if (rc != 0)
		err = trouble(rc, "compile seccomp filter", diag);
	else if ((size_t)st.st_size > sizeof(child_code))
		err = diag_set(diag, ERR_LIMIT, "seccomp filter too long");
	else
		err = pread_all(fd, child_code, (size_t)st.st_size, 0, &got,
		    diag);
	if (err == OK) {
		child_program.len = (unsigned short)(got /
		    sizeof(child_code[0]));
		child_role = role;
	}
	if (fd != -1)
		close(fd);
	if (ctx != NULL)
		seccomp_release(ctx);
	return err;
}

enum err
seccomp_child_enter(enum role_id role, struct diag *diag)
{
	require(child_program.len > 0 && child_role == role);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &child_program)
	    == -1)
		return diag_system(diag, "install seccomp filter");
	return OK;
}
