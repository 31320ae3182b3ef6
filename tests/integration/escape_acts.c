/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a process that was taken over would try, and what each role needs:
 * the acts of the escape test and the table that says who may do which. How
 * they are run is in escape.c.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../gateway/proc/counters.h"
#include "../../gateway/proc/role.h"
#include "escape.h"

/* Acts give 0 (done) or -1 with errno, as system calls do. */

static int
act_open_etc(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static int
act_open_outside(void)
{
	return open(setup.outside, O_RDONLY);
}

static int
act_write_outside(void)
{
	return open(setup.outside, O_WRONLY | O_APPEND);
}

static int
act_create_outside(void)
{
	return open("/tmp/sekisho-escape", O_CREAT | O_WRONLY, 0600);
}

static int
act_open_up(void)
{
	return openat(setup.folder, "../outside", O_RDONLY);
}

static int
act_open_up_far(void)
{
	return openat(setup.folder, "../../../../../../etc/passwd", O_RDONLY);
}

static int
act_open_proc(void)
{
	return open("/proc/self/mem", O_RDWR);
}

static int
act_symlink(void)
{
	return symlinkat("/etc/passwd", setup.folder, "link");
}

static int
act_device(void)
{
	return mknodat(setup.folder, "null", S_IFCHR | 0600, 0x103);
}

static int
act_chmod_outside(void)
{
	return chmod(setup.outside, 0777);
}

static int
act_unlink_outside(void)
{
	return unlinkat(setup.folder, "../outside", 0);
}

static int
act_file_in_folder(void)
{
	int fd = openat(setup.folder, "draft", O_CREAT | O_RDWR, 0600);

	if (fd == -1 || write(fd, "x", 1) != 1 || fsync(fd) == -1)
		return -1;
	if (mkdirat(setup.folder, "sub", 0700) == -1 ||
	    renameat2(setup.folder, "draft", setup.folder, "sub/mail",
	    RENAME_NOREPLACE) == -1 || fsync(setup.folder) == -1)
		return -1;
	if (unlinkat(setup.folder, "sub/mail", 0) == -1)
		return -1;
	return unlinkat(setup.folder, "sub", AT_REMOVEDIR);
}

static int
act_list_folder(void)
{
	char names[1024];
	int fd = openat(setup.folder, ".", O_RDONLY | O_DIRECTORY);

	if (fd == -1)
		return -1;
	return syscall(SYS_getdents64, fd, names, sizeof(names)) > 0 ? 0 : -1;
}

static int
act_cut_draft(void)
{
	return ftruncate(setup.draft, 0);
}

static int
act_overwrite_draft(void)
{
	if (fcntl(setup.draft, F_SETFL, 0) == -1)
		return -1;
	return pwrite(setup.draft, "y", 1, 0) == 1 ? 0 : -1;
}

static int
act_append_draft(void)
{
	return write(setup.draft, "z", 1) == 1 ? 0 : -1;
}

static int
act_socket_tcp(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int
act_socket_tcp6(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd == -1 && errno == EAFNOSUPPORT ? 0 : fd;
}

static int
act_socket_udp(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0);
}

static int
act_socket_raw(void)
{
	return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static int
act_socket_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int
act_socket_unix_seqpacket(void)
{
	return socket(AF_UNIX, SOCK_SEQPACKET, 0);
}

static int
act_pair_dgram(void)
{
	int fds[2];

	return socketpair(AF_UNIX, SOCK_DGRAM, 0, fds);
}

static int
act_socket_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0);
}

static int
act_socket_packet(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static int
act_socket_vsock(void)
{
	return socket(AF_VSOCK, SOCK_STREAM, 0);
}

struct sockaddr_in
loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr = { htonl(INADDR_LOOPBACK) } };
}

static int
connect_to(uint16_t port)
{
	struct sockaddr_in to = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	return connect(fd, (struct sockaddr *)&to, sizeof(to));
}

static int
act_connect_hop(void)
{
	return connect_to(setup.port_allowed);
}

static int
act_connect_other(void)
{
	return connect_to(setup.port_other);
}

static int
act_connect_old_socket(void)
{
	struct sockaddr_in to = loopback(setup.port_other);

	return connect(setup.udp, (struct sockaddr *)&to, sizeof(to));
}

static int
act_send_somewhere(void)
{
	struct sockaddr_in to = loopback(setup.port_other);

	return (int)sendto(setup.udp, "x", 1, 0, (struct sockaddr *)&to,
	    sizeof(to)) == 1 ? 0 : -1;
}

static int
act_bind(void)
{
	struct sockaddr_in to = loopback(0);

	return bind(setup.udp, (struct sockaddr *)&to, sizeof(to));
}

static int
act_listen(void)
{
	return listen(setup.udp, 1);
}

static int
act_exec(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return -1;
}

static int
act_exec_descriptor(void)
{
	char *argv[] = { NULL }, *env[] = { NULL };

	return (int)syscall(SYS_execveat, setup.program, "", argv, env,
	    AT_EMPTY_PATH);
}

static int
act_trace_parent(void)
{
	return (int)ptrace(PTRACE_SEIZE, setup.foreign, NULL, NULL);
}

static int
act_trace_me(void)
{
	return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int
act_read_process(void)
{
	char byte;
	struct iovec local = { &byte, 1 }, remote = { &byte, 1 };

	return process_vm_readv(setup.foreign, &local, 1, &remote, 1, 0) == 1 ?
	    0 : -1;
}

static int
act_kill_foreign(void)
{
	return kill(setup.foreign, SIGKILL);
}

static int
act_stop_foreign(void)
{
	return kill(setup.foreign, SIGSTOP);
}

static int
act_probe_foreign(void)
{
	return (int)syscall(SYS_tgkill, setup.foreign, setup.foreign, SIGABRT);
}

static int
act_kill_all(void)
{
	/* signal 0: what it would be allowed to */
	return kill(-1, 0);
}

static int
act_queue_signal(void)
{
	union sigval value = { 0 };

	return sigqueue(setup.foreign, 0, value);
}

static int
act_map_exec(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static int
act_map_memfd_exec(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE,
	    setup.memfd, 0) == MAP_FAILED ? -1 : 0;
}

static int
act_protect_exec(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		_exit(99);
	return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static int
act_setuid(void)
{
	return setuid(0);
}

static int
act_setgroups(void)
{
	gid_t zero = 0;

	return setgroups(1, &zero);
}

static int
act_capset(void)
{
	struct __user_cap_header_struct header = {
		_LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct all[2] = {
		{ 0xffffffff, 0xffffffff, 0 }, { 0xffffffff, 0xffffffff, 0 } };

	return (int)syscall(SYS_capset, &header, all);
}

static int
act_chroot(void)
{
	if (chroot("/") == -1)
		return -1;
	return chdir("../../../..");
}

static int
act_chdir(void)
{
	return fchdir(setup.folder);
}

static int
act_mount(void)
{
	return mount("none", "/", "tmpfs", 0, NULL);
}

static int
act_unshare(void)
{
	return unshare(CLONE_NEWUSER);
}

static int
act_clone_namespace(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL,
	    NULL, 0);

	if (pid == 0)
		_exit(0);
	return pid == -1 ? -1 : 0;
}

static int
act_setns(void)
{
	return setns(setup.program, 0);
}

static int
act_bpf(void)
{
	char attr[128] = { 0 };

	return (int)syscall(SYS_bpf, 0, attr, sizeof(attr));
}

static int
act_perf(void)
{
	char attr[128] = { 0 };

	return (int)syscall(SYS_perf_event_open, attr, 0, -1, -1, 0);
}

static int
act_userfaultfd(void)
{
	return (int)syscall(SYS_userfaultfd, 1 /* user mode only */);
}

static int
act_io_uring(void)
{
	char params[256] = { 0 };

	return (int)syscall(SYS_io_uring_setup, 1, params);
}

static int
act_keyctl(void)
{
	return (int)syscall(SYS_keyctl, 0, -3, 0) == -1 ? -1 : 0;
}

static int
act_personality(void)
{
	return (int)syscall(SYS_personality, 0x0400000 /* READ_IMPLIES_EXEC */);
}

static int
act_pidfd_getfd(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, setup.foreign, 0);

	if (pidfd == -1)
		return -1;
	return (int)syscall(SYS_pidfd_getfd, pidfd, 0, 0);
}

static int
act_file_handle(void)
{
	char handle[64] = { 8 };

	return (int)syscall(SYS_open_by_handle_at, setup.folder, handle, 0);
}

static int
act_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static int
act_raise_limit(void)
{
	struct rlimit limit = { 100000, 100000 };

	return prlimit(0, RLIMIT_NOFILE, &limit, NULL);
}

static int
act_limit_foreign(void)
{
	struct rlimit limit = { 1, 1 };

	return prlimit(setup.foreign, RLIMIT_NOFILE, &limit, NULL);
}

static int
act_fork(void)
{
	pid_t pid = fork();
	int status;

	if (pid == -1)
		return -1;
	if (pid == 0)
		_exit(0);
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

static int
act_kill_own_child(void)
{
	int pidfd, status;
	pid_t pid = role_fork_child(&pidfd);

	if (pid == -1)
		return -1;
	if (pid == 0) {
		(void)poll(NULL, 0, 10000);
		_exit(0);
	}
	role_kill_child(pidfd);
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? 0 : -1;
}

static int
act_kill_parent(void)
{
	/* of a child: its parent has the same user and sandbox */
	return kill(getppid(), SIGKILL);
}

static int
act_abort_parent(void)
{
	return (int)syscall(SYS_tgkill, getppid(), getppid(), SIGABRT);
}

static int
act_hold_parent(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, getppid(), 0);

	if (pidfd == -1)
		return -1;
	return (int)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}

static int
act_thread(void)
{
	long pid = syscall(SYS_clone, CLONE_VM | CLONE_FS | CLONE_FILES |
	    CLONE_SIGHAND | CLONE_THREAD | CLONE_PARENT, NULL, NULL, NULL, 0);

	return pid == -1 ? -1 : 0;
}

static int
act_memory_file(void)
{
	int fd = memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd == -1 || ftruncate(fd, 10) == -1 || write(fd, "x", 1) != 1)
		return -1;
	return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK |
	    F_SEAL_GROW | F_SEAL_SEAL);
}

static int
act_pass_descriptor(void)
{
	struct { struct cmsghdr header; int fd; } control = {
		{ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS },
		setup.pipe[0] };
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = &control, .msg_controllen = sizeof(control) };

	if (sendmsg(setup.pair[0], &hdr, MSG_DONTWAIT) != 1)
		return -1;
	return recvmsg(setup.pair[1], &hdr, MSG_DONTWAIT) == 1 ? 0 : -1;
}

static int
act_live(void)
{
	struct timespec now;
	char byte = 'x';
	void *mem;

	if (clock_gettime(CLOCK_MONOTONIC, &now) == -1 ||
	    write(setup.pipe[1], &byte, 1) != 1 ||
	    read(setup.pipe[0], &byte, 1) != 1 ||
	    pread(setup.memfd, &byte, 1, 0) != 1 ||
	    syscall(SYS_getrandom, &byte, 1, 0) != 1)
		return -1;
	mem = mmap(NULL, 4096, PROT_READ, MAP_SHARED, setup.memfd, 0);
	if (mem == MAP_FAILED)
		return -1;
	/* large enough that it is mapped, then moved */
	mem = malloc(1 << 20);
	mem = mem == NULL ? NULL : realloc(mem, 8 << 20);
	if (mem == NULL)
		return -1;
	memset(mem, 1, 8 << 20);
	counter_add(COUNTER_SESSIONS, 1);
	return 0;
}

const struct act acts[] = {
	{ "live on what it has", act_live, ROLES | CHILDREN, 0, 0, 0 },
	{ "open /etc/passwd", act_open_etc, 0, 0, FOLDERS | RENDER, 2 },
	{ "open a file outside", act_open_outside, 0, 0,
	    FOLDERS | RENDER, 2 },
	{ "open a file outside for writing", act_write_outside, 0, 0,
	    FOLDERS, 2 },
	{ "create a file in /tmp", act_create_outside, 0, 0,
	    FOLDERS, 2 },
	{ "open ../outside", act_open_up, 0, 0, FOLDERS | RENDER, 2 },
	{ "open ../../../etc/passwd", act_open_up_far, 0, 0,
	    FOLDERS | RENDER, 2 },
	{ "open /proc/self/mem", act_open_proc, 0, 0,
	    FOLDERS | RENDER, 2 },
	{ "make a symbolic link", act_symlink, 0, 0, 0, 0 },
	{ "make a device", act_device, 0, 0, 0, 0 },
	{ "change a mode outside", act_chmod_outside, 0, 0, 0, 0 },
	{ "unlink a file outside", act_unlink_outside, 0, 0,
	    FOLDERS, 2 },
	{ "write, sync, rename in its folder", act_file_in_folder,
	    R(SPOOL) | R(DELIVER), 0, 0, 0 },
	{ "read the names in its folder", act_list_folder,
	    FOLDERS | RENDER, 0, 0, 0 },
	{ "cut a draft short", act_cut_draft, R(SPOOL),
	    R(DELIVER) | R(CAPTURE) | R(AUDIT) | R(SANITIZE) | R(WORKER) |
	    CHILD(WORKER) | RENDER, 0, 0 },
	{ "overwrite a draft", act_overwrite_draft, 0,
	    (ROLES | CHILDREN) & ~R(RECEIVE), 0, 0 },
	{ "append to a draft", act_append_draft, R(RECEIVE) | R(SPOOL),
	    ROLES | CHILDREN, 0, 0 },
	{ "make a TCP socket", act_socket_tcp, R(DELIVER), 0, 0, 0 },
	{ "make a TCP/IPv6 socket", act_socket_tcp6, R(DELIVER), 0, 0, 0 },
	{ "make a UDP socket", act_socket_udp, 0, 0, 0, 0 },
	{ "make a raw socket", act_socket_raw, 0, 0, 0, 0 },
	{ "make a unix socket", act_socket_unix, 0, 0, 0, 0 },
	{ "make a unix seqpacket socket", act_socket_unix_seqpacket, 0, 0, 0,
	    0 },
	{ "make a datagram pair", act_pair_dgram, 0, 0, 0, 0 },
	{ "make a netlink socket", act_socket_netlink, 0, 0, 0, 0 },
	{ "make a packet socket", act_socket_packet, 0, 0, 0, 0 },
	{ "make a vsock socket", act_socket_vsock, 0, 0, 0, 0 },
	{ "connect to its next hop", act_connect_hop, R(DELIVER), 0, 0, 0 },
	{ "connect to another port", act_connect_other, 0, 0, R(DELIVER), 4 },
	/* for deliver this is UDP by an inherited socket: there is none */
	{ "connect an old socket", act_connect_old_socket, 0, R(DELIVER), 0,
	    0 },
	{ "send to an address", act_send_somewhere, 0, 0, 0, 0 },
	{ "bind", act_bind, 0, 0, 0, 0 },
	{ "listen", act_listen, 0, 0, 0, 0 },
	{ "run a program", act_exec, 0, 0, 0, 0 },
	{ "run an open program", act_exec_descriptor, 0, 0, 0, 0 },
	{ "trace a process", act_trace_parent, 0, 0, 0, 0 },
	{ "be traced", act_trace_me, 0, 0, 0, 0 },
	{ "read a process's memory", act_read_process, 0, 0, 0, 0 },
	{ "kill a process outside", act_kill_foreign, 0, 0, 0, 0 },
	{ "kill its parent", act_kill_parent, 0, 0, 0, 0 },
	{ "abort its parent", act_abort_parent, 0, 0, 0, 0 },
	{ "kill its parent by descriptor", act_hold_parent, 0, 0, 0, 0 },
	{ "stop a process outside", act_stop_foreign, 0, 0, 0, 0 },
	{ "abort a process outside", act_probe_foreign, 0, 0, 0, 0 },
	{ "kill everything", act_kill_all, 0, 0, 0, 0 },
	{ "queue a signal", act_queue_signal, 0, 0, 0, 0 },
	{ "map executable memory", act_map_exec, 0, 0, 0, 0 },
	{ "map an executable memory file", act_map_memfd_exec, 0, 0, 0, 0 },
	{ "make memory executable", act_protect_exec, 0, 0, 0, 0 },
	{ "become root", act_setuid, 0, 0, 0, 0 },
	{ "take a group", act_setgroups, 0, 0, 0, 0 },
	{ "take capabilities", act_capset, 0, 0, 0, 0 },
	{ "chroot", act_chroot, 0, 0, 0, 0 },
	{ "change folder", act_chdir, 0, 0, 0, 0 },
	{ "mount", act_mount, 0, 0, 0, 0 },
	{ "unshare", act_unshare, 0, 0, 0, 0 },
	{ "clone into a namespace", act_clone_namespace, 0, 0, 0, 0 },
	{ "enter a namespace", act_setns, 0, 0, 0, 0 },
	{ "bpf", act_bpf, 0, 0, 0, 0 },
	{ "perf", act_perf, 0, 0, 0, 0 },
	{ "userfaultfd", act_userfaultfd, 0, 0, 0, 0 },
	{ "io_uring", act_io_uring, 0, 0, 0, 0 },
	{ "keyctl", act_keyctl, 0, 0, 0, 0 },
	{ "personality", act_personality, 0, 0, 0, 0 },
	{ "take a descriptor of a process", act_pidfd_getfd, 0, 0, 0, 0 },
	{ "open by handle", act_file_handle, 0, 0, 0, 0 },
	{ "become dumpable", act_dumpable, 0, 0, 0, 0 },
	{ "raise a limit", act_raise_limit, 0, 0, 0, 0 },
	{ "limit a process outside", act_limit_foreign, 0, 0, 0, 0 },
	{ "start a thread", act_thread, 0, 0, 0, 0 },
	{ "fork", act_fork, PARENTS, 0, 0, 0 },
	{ "kill its own child", act_kill_own_child, PARENTS, 0, 0, 0 },
	{ "make and seal a memory file", act_memory_file,
	    R(SPOOL) | R(SANITIZE) | R(WORKER) | CHILD(WORKER) | RENDER,
	    0, 0, 0 },
	{ "pass a descriptor", act_pass_descriptor,
	    ROLES | CHILD(WORKER) | CHILD(RENDER), CHILD(VERIFY), 0, 0 },
};
const size_t acts_n = sizeof(acts) / sizeof(acts[0]);
