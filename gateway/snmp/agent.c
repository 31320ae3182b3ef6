/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between net-snmp and mib.c. The library's own way to connect is replaced by
 * a transport that has its descriptor from elsewhere; its own tries to
 * connect again (every AGENT_PING_S) are what we reconnect by. Tables are
 * registered as whole trees, so that the order of names is mib.c's alone.
 */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <net-snmp/agent/agent_callbacks.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/clock.h"
#include "agent.h"
#include "agentx.h"

#define NAME		"sekisho-snmp"
#define TRANSPORT	"sekisho"
#define OBJECTS_MAX	256
#define INNER_MAX	8	/* pipes by which the library talks to itself */
#define INNER_ROUNDS	2	/* of that talk, for one request */
#define ANSWERS_MAX	256	/* before others have their turn */
#define LOOKS_MAX	200
#define PRIORITY	100	/* before snmpd's own table of mails */

static struct agent_owner owner;
static int waiting_fd = -1;
static ino_t pipes[OBJECTS_MAX];	/* of the library; 0: not one */
static int inner_fds[INNER_MAX];	/* those of them that it reads */
static unsigned inner_n;
static unsigned trees_n, registered_n;	/* in all; on this connection */
static uint64_t opened_ms;		/* monotonic; 0: no connection */
static int stream_fd = -1;		/* the same */
static struct agentx_frame frame;	/* of what the library has read */
static struct buf answer;

_Static_assert(sizeof(oid) == sizeof(unsigned long), "arcs are alike");

/* ---- the transport ---- */

static int
stream_recv(netsnmp_transport *t, void *bytes, int size, void **opaque,
    int *opaque_len)
{
	ssize_t n;

	*opaque = NULL;
	*opaque_len = 0;
	do
		n = read(t->sock, bytes, (size_t)size);
	while (n == -1 && errno == EINTR);
	if (n > 0)
		agentx_pass(&frame, (struct span){ bytes, (size_t)n });
	return (int)n;
}

/* False: it does not read, and is given up. */
static bool
send_all(int fd, struct span bytes)
{
	ssize_t n;

	for (size_t sent = 0; sent < bytes.len; sent += (size_t)n) {
		n = write(fd, bytes.ptr + sent, bytes.len - sent);
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			return false;
	}
	return true;
}

static int
stream_send(netsnmp_transport *t, const void *bytes, int size,
    void **opaque, int *opaque_len)
{
	const struct span pdu = { bytes, (size_t)size };

	(void)opaque;
	(void)opaque_len;
	if (size > 1 && pdu.ptr[1] == AGENTX_REGISTER)
		registered_n++;
	return send_all(t->sock, pdu) ? size : -1;
}

static int
stream_close(netsnmp_transport *t)
{
	if (t->sock >= 0)
		close(t->sock);
	t->sock = stream_fd = -1;
	opened_ms = 0;
	owner.open(owner.arg, false);
	return 0;
}

static char *
stream_name(netsnmp_transport *t, const void *data, int len)
{
	(void)t;
	(void)data;
	(void)len;
	return strdup("snmpd");	/* start-up: bounded: freed by the library */
}

static netsnmp_transport *
stream_open(netsnmp_tdomain_spec *spec)
{
	netsnmp_transport *t;

	(void)spec;
	if (waiting_fd == -1) {
		owner.ask(owner.arg);
		return NULL;
	}
	/* start-up: bounded: one connection, which the library frees */
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	t->sock = stream_fd = waiting_fd;
	waiting_fd = -1;
	memset(&frame, 0, sizeof(frame));
	registered_n = 0;
	opened_ms = clock_monotonic_ms();
	t->flags = NETSNMP_TRANSPORT_FLAG_STREAM;
	t->msgMaxSize = SNMP_MAX_PACKET_LEN;
	t->f_recv = stream_recv;
	t->f_send = stream_send;
	t->f_close = stream_close;
	t->f_fmtaddr = stream_name;
	return t;
}

void
agent_connection(int fd)
{
	if (waiting_fd != -1)
		close(waiting_fd);
	waiting_fd = fd;
}

/* ---- values ---- */

/* TimeStamp: snmpd's sysUpTime when it was; 0 when that was before snmpd. */
static uint64_t
ticks(uint64_t wall_ms)
{
	uint64_t now = clock_wall_ms(), ago = now > wall_ms ?
	    (now - wall_ms) / 10 : 0;
	uint64_t up = (uint64_t)netsnmp_get_agent_uptime();

	return up > ago ? up - ago : 0;
}

static void
set_number(netsnmp_variable_list *var, unsigned char type, uint64_t number)
{
	long narrow = (long)number;

	snmp_set_var_typed_value(var, type, &narrow, sizeof(narrow));
}

static void
set_value(netsnmp_variable_list *var, const struct mib_value *value)
{
	struct counter64 wide;
	uint8_t date[AGENTX_DATE_BYTES];
	size_t date_n;

	switch (value->type) {
	case MIB_INTEGER:
		set_number(var, ASN_INTEGER, value->number);
		return;
	case MIB_GAUGE32:
		set_number(var, ASN_GAUGE, value->number);
		return;
	case MIB_COUNTER32:
		set_number(var, ASN_COUNTER, value->number);
		return;
	case MIB_COUNTER64:
		wide.high = (u_long)(value->number >> 32);
		wide.low = (u_long)(value->number & UINT32_MAX);
		snmp_set_var_typed_value(var, ASN_COUNTER64, &wide,
		    sizeof(wide));
		return;
	case MIB_TICKS:
		set_number(var, ASN_TIMETICKS, ticks(value->number));
		return;
	case MIB_DATE:
		date_n = agentx_date(value->number, date);
		snmp_set_var_typed_value(var, ASN_OCTET_STR, date, date_n);
		return;
	case MIB_TEXT:
		snmp_set_var_typed_value(var, ASN_OCTET_STR,
		    value->text.len > 0 ? (const void *)value->text.ptr : "",
		    value->text.len);
		return;
	case MIB_INDEX:
		break;
	}
	require(false);			/* nobody may ask for an index */
}

/* ---- requests ---- */

static void
answer_next(const struct snapshot *snapshot,
    const netsnmp_handler_registration *tree, netsnmp_request_info *request)
{
	netsnmp_variable_list *var = request->requestvb;
	unsigned long next[MIB_NAME_MAX];
	const unsigned long *from = var->name;
	size_t from_n = var->name_length, next_n = 0;
	struct mib_value value;

	if (mib_compare(from, from_n, tree->rootoid, tree->rootoid_len) < 0) {
		from = tree->rootoid;
		from_n = tree->rootoid_len;
	}
	if (request->inclusive && mib_get(snapshot, from, from_n, &value)) {
		set_value(var, &value);
		return;
	}
	/* what is behind the tree is another registration's */
	if (!mib_next(snapshot, from, from_n, next, &next_n, &value) ||
	    next_n < tree->rootoid_len || mib_compare(next,
	    tree->rootoid_len, tree->rootoid, tree->rootoid_len) != 0)
		return;
	snmp_set_var_objid(var, next, next_n);
	set_value(var, &value);
}

static int
on_request(netsnmp_mib_handler *handler, netsnmp_handler_registration *tree,
    netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	const struct snapshot *snapshot = owner.snapshot(owner.arg);
	struct mib_value value;

	(void)handler;
	for (netsnmp_request_info *r = requests; r != NULL; r = r->next) {
		if (r->processed)
			continue;
		if (info->mode == MODE_GETNEXT)
			answer_next(snapshot, tree, r);
		else if (info->mode == MODE_GET && mib_get(snapshot,
		    r->requestvb->name, r->requestvb->name_length, &value))
			set_value(r->requestvb, &value);
		else
			netsnmp_set_request_error(info, r,
			    SNMP_NOSUCHINSTANCE);
	}
	return SNMP_ERR_NOERROR;
}

/* ---- start ---- */

static void
add_tree(const unsigned long *root, size_t root_n)
{
	netsnmp_handler_registration *tree =
	    netsnmp_create_handler_registration(NAME, on_request, root,
	    root_n, HANDLER_CAN_RONLY);

	require(tree != NULL);
	tree->priority = PRIORITY;
	trees_n++;
	require(netsnmp_register_handler(tree) == MIB_REGISTERED_OK);
}

static void
add_trees(void)
{
	unsigned long name[MIB_NAME_MAX];

	add_tree(mib_root, MIB_ROOT_N);
	for (unsigned i = 0; i < MIB_N; i++) {
		const struct mib_table *table = mib_table((enum mib_id)i);

		if (table->root_n >= MIB_ROOT_N && mib_compare(table->root,
		    MIB_ROOT_N, mib_root, MIB_ROOT_N) == 0)
			continue;
		if (!table->split) {
			add_tree(table->root, table->root_n);
			continue;
		}
		memcpy(name, table->root, table->root_n * sizeof(name[0]));
		for (unsigned k = 0; k < table->columns_n; k++) {
			name[table->root_n] = table->columns[k].number;
			if (table->columns[k].type != MIB_INDEX)
				add_tree(name, table->root_n + 1);
		}
	}
}

static int
on_open(int major, int minor, void *server, void *client)
{
	(void)major;
	(void)minor;
	(void)server;
	(void)client;
	owner.open(owner.arg, true);
	return 0;
}

static void
settle(int store, int which, int value)
{
	require(netsnmp_ds_set_int(store, which, value) == SNMPERR_SUCCESS);
}

static void
choose(int store, int which)
{
	require(netsnmp_ds_set_boolean(store, which, 1) == SNMPERR_SUCCESS);
}

/* Pipes of the library's: kept by role_start(), looked at by agent_whole(). */
static void
keep_pipes(void)
{
	for (int fd = STDERR_FILENO + 1; fd < OBJECTS_MAX; fd++) {
		int flags = fcntl(fd, F_GETFD);
		struct stat st;

		if (flags == -1 || fstat(fd, &st) == -1)
			continue;
		(void)fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
		if (!S_ISFIFO(st.st_mode))
			continue;
		pipes[fd] = st.st_ino;
		if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY &&
		    inner_n < INNER_MAX)
			inner_fds[inner_n++] = fd;
	}
}

void
agent_start(const struct agent_owner *who)
{
	static const char *prefixes[] = { TRANSPORT, NULL };
	static const unsigned long domain_name[] = { 0, 0 };
	static netsnmp_tdomain domain = { .name = domain_name,
	    .name_length = 2, .prefix = prefixes,
	    .f_create_from_tspec = stream_open };

	owner = *who;
	buf_init(&answer, AGENTX_BYTES_MAX);
	(void)setenv("MIBS", "", 1);
	(void)setenv("MIBDIRS", "", 1);
	snmp_disable_log();
	/* that snmpd is away is told by owner.open, once */
	require(netsnmp_register_loghandler(NETSNMP_LOGHANDLER_NONE,
	    LOG_DEBUG) != NULL);
	choose(NETSNMP_DS_APPLICATION_ID,
	    NETSNMP_DS_AGENT_NO_CONNECTION_WARNINGS);
	choose(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS);
	choose(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE);
	choose(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_ALARM_DONT_USE_SIG);
	netsnmp_enable_subagent();
	require(init_agent(NAME) == 0);
	settle(NETSNMP_DS_APPLICATION_ID,
	    NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL, AGENT_PING_S);
	require(netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID,
	    NETSNMP_DS_AGENT_X_SOCKET, TRANSPORT ":") == SNMPERR_SUCCESS);
	require(netsnmp_tdomain_register(&domain));
	snmp_register_callback(SNMP_CALLBACK_APPLICATION,
	    SNMPD_CALLBACK_INDEX_START, on_open, NULL);
	add_trees();
	init_snmp(NAME);
	keep_pipes();
}

bool
agent_whole(void)
{
	struct stat st;

	if (opened_ms != 0 && registered_n < trees_n &&
	    clock_monotonic_ms() - opened_ms >= AGENT_REGISTER_MS)
		return false;
	for (int fd = 0; fd < OBJECTS_MAX; fd++)
		if (pipes[fd] != 0 && (fstat(fd, &st) == -1 ||
		    st.st_ino != pipes[fd]))
			return false;
	return true;
}

/* ---- the round ---- */

/*
 * A plain request for values is answered here. False: what waits, if anything,
 * is the library's: it sees it as if we had not looked.
 */
static bool
answer_here(void)
{
	static uint8_t bytes[AGENTX_BYTES_MAX];
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	size_t used;
	ssize_t n;

	if (stream_fd == -1 || registered_n < trees_n ||
	    !agentx_between(&frame))
		return false;
	n = recvmsg(stream_fd, &message, MSG_PEEK | MSG_DONTWAIT);
	if (n <= 0 || !agentx_answer(owner.snapshot(owner.arg),
	    (struct span){ bytes, (size_t)n }, &used, &answer))
		return false;
	if (read(stream_fd, bytes, used) != (ssize_t)used)
		return false;		/* cannot be: it was there */
	/* that it failed the library will find, too */
	(void)send_all(stream_fd, buf_span(&answer));
	return true;
}

/*
 * Each request goes through two pipes within the library before its answer is
 * written. What is in them is read at once, without a select() over all that
 * there is: a walk is thousands of requests, one by one.
 */
static void
read_inner(void)
{
	struct pollfd waits[INNER_MAX];
	fd_set set;

	for (unsigned round = 0; round < INNER_ROUNDS; round++) {
		for (unsigned i = 0; i < inner_n; i++)
			waits[i] = (struct pollfd){ inner_fds[i], POLLIN, 0 };
		if (poll(waits, inner_n, 0) <= 0)
			return;
		FD_ZERO(&set);
		for (unsigned i = 0; i < inner_n; i++)
			if ((waits[i].revents & POLLIN) != 0)
				FD_SET(inner_fds[i], &set);
		snmp_read(&set);
	}
}

/*
 * The next request of a walk is here in less time than it takes to fall asleep
 * and be woken, which on a virtual machine is most of a walk. So look for it
 * some 100 us long before going to sleep.
 */
static void
answer_more(void)
{
	struct pollfd wait = { stream_fd, POLLIN, 0 };
	unsigned answers = 0, looks = 0;

	while (answers < ANSWERS_MAX && looks < LOOKS_MAX) {
		looks++;
		if (poll(&wait, 1, 0) != 1)
			continue;
		if (wait.revents != POLLIN || !answer_here())
			return;
		answers++;
		looks = 0;
	}
}

bool
agent_wait(int fd, unsigned timeout_ms, enum err *err)
{
	struct timeval timeout = { (time_t)(timeout_ms / 1000),
	    (suseconds_t)(timeout_ms % 1000) * 1000 };
	int fds = fd + 1, block = 0, n, others;
	fd_set set;

	*err = OK;
	FD_ZERO(&set);
	FD_SET(fd, &set);
	(void)snmp_select_info(&fds, &set, &timeout, &block);
	n = others = select(fds, &set, NULL, NULL, &timeout);
	if (n == -1 && errno != EINTR) {
		*err = ERR_SYSTEM;
		return false;
	}
	if (n > 0 && stream_fd != -1 && FD_ISSET(stream_fd, &set) &&
	    answer_here()) {
		answer_more();
		FD_CLR(stream_fd, &set);
		others--;
	}
	if (others > 0) {
		snmp_read(&set);
		read_inner();
	} else if (n <= 0) {
		snmp_timeout();
	}
	run_alarms();
	netsnmp_check_outstanding_agent_requests();
	return n > 0 && FD_ISSET(fd, &set);
}

/* ---- notifications ---- */

static void
add_variable(netsnmp_variable_list **list, const unsigned long *name,
    size_t name_n, unsigned char type, const void *bytes, size_t len)
{
	(void)snmp_varlist_add_variable(list, name, name_n, type, bytes, len);
}

void
agent_tell(const struct trap *trap)
{
	static const unsigned long trap_oid[] = { 1, 3, 6, 1, 6, 3, 1, 1, 4,
	    1, 0 };
	unsigned long name[MIB_ROOT_N + 3];
	netsnmp_variable_list *list = NULL;
	struct counter64 wide;
	long state = (long)trap->state;

	memcpy(name, mib_root, sizeof(mib_root));
	name[MIB_ROOT_N - 1] = 0;	/* beside the objects */
	name[MIB_ROOT_N] = (unsigned long)trap->kind;
	add_variable(&list, trap_oid, sizeof(trap_oid) / sizeof(trap_oid[0]),
	    ASN_OBJECT_ID, name, (MIB_ROOT_N + 1) * sizeof(name[0]));
	/* sekishoAlarm 1 to 3 of the objects */
	name[MIB_ROOT_N - 1] = mib_root[MIB_ROOT_N - 1];
	name[MIB_ROOT_N] = 100;
	name[MIB_ROOT_N + 2] = 0;
	name[MIB_ROOT_N + 1] = 1;
	add_variable(&list, name, MIB_ROOT_N + 3, ASN_INTEGER, &state,
	    sizeof(state));
	name[MIB_ROOT_N + 1] = 2;
	add_variable(&list, name, MIB_ROOT_N + 3, ASN_OCTET_STR,
	    trap->subject.len > 0 ? (const void *)trap->subject.ptr : "",
	    trap->subject.len);
	name[MIB_ROOT_N + 1] = 3;
	wide.high = (u_long)(trap->value >> 32);
	wide.low = (u_long)(trap->value & UINT32_MAX);
	add_variable(&list, name, MIB_ROOT_N + 3, ASN_COUNTER64, &wide,
	    sizeof(wide));
	send_v2trap(list);
	snmp_free_varbind(list);
}
