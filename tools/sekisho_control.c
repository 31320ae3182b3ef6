/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The way to the running gateway: connect to its control socket, send one
 * question, collect the rows of the answer and the file that may come with
 * it. What is asked is in the file of each subcommand, how rows look is in
 * sekisho_control_show.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../gateway/base/durable.h"
#include "../gateway/base/receipt.h"
#include "../gateway/base/wire.h"
#include "../gateway/proc/ipc.h"
#include "control.h"
#include "options.h"

#define COPY_BYTES	(64u * 1024)

void
control_state(struct control_options *options)
{
	if (options->state == NULL)
		options->state = getenv("SEKISHO_STATE");
	if (options->state == NULL || options->state[0] == '\0')
		options->state = STATE_DIR_DEFAULT;
}

int
control_options(int argc, char **argv, const char *help, bool with_out,
    struct control_options *options)
{
	const struct option_row rows[] = {
		{ .name = "json", .flag = &options->json },
		{ .name = "state", .text = &options->state },
		{ .name = "output", .letter = 'o', .text = &options->out },
		{ .name = NULL }
	};
	int status;

	memset(options, 0, sizeof(*options));
	status = options_read(argc, argv, help, rows);
	if (status != -1)
		return status;
	if (!with_out && options->out != NULL)
		return usage_error(argv[0], "-o is not for this command");
	control_state(options);
	return -1;
}

bool
control_receipt(const char *command, const char *text, uint64_t *id)
{
	if (receipt_parse(span_str(text), id))
		return true;
	usage_error(command, "'%s' is not a receipt number, as "
	    "261122-K7M2-9QXC", text);
	return false;
}

/*
 * By a descriptor of the folder, because the path of a socket has at most
 * 107 bytes (unix(7)) and the state folder of a test may be deep.
 */
static int
connect_control(const char *state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int dir, fd, errnum;

	dir = open(state, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return -1;
	snprintf(address.sun_path, sizeof(address.sun_path),
	    "/proc/self/fd/%d/control", dir);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd != -1 && connect(fd, (const struct sockaddr *)&address,
	    sizeof(address)) == -1) {
		errnum = errno;
		close(fd);
		fd = -1;
		errno = errnum;
	}
	errnum = errno;
	close(dir);
	errno = errnum;
	return fd;
}

static void
not_connected(const char *command, const char *state)
{
	int errnum = errno;

	fprintf(stderr, "sekisho %s: ", command);
	if (errnum == ENOENT || errnum == ECONNREFUSED)
		fprintf(stderr, "the gateway is not running (nobody answers "
		    "at %s/control)\n"
		    "start it with 'sekishod -c FILE', or name its state "
		    "folder with --state DIR\n", state);
	else if (errnum == EACCES || errnum == EPERM)
		fprintf(stderr, "no permission for %s/control; run it as the "
		    "user that runs sekishod (root)\n", state);
	else
		fprintf(stderr, "%s/control: %s\n", state, strerror(errnum));
}

static enum err
copy(int from, uint64_t offset, uint64_t bytes, int to, struct diag *diag)
{
	uint8_t chunk[COPY_BYTES];
	enum err err;
	size_t n;

	while (bytes > 0) {
		err = pread_all(from, chunk, bytes < sizeof(chunk) ?
		    (size_t)bytes : sizeof(chunk), offset, &n, diag);
		if (err != OK)
			return err;
		if (n == 0)
			return diag_set(diag, ERR_INPUT,
			    "the original is shorter than it should be");
		err = write_all(to, (struct span){ chunk, n }, diag);
		if (err != OK)
			return err;
		offset += n;
		bytes -= n;
	}
	return OK;
}

static enum err
open_new(const char *path, int *to, struct diag *diag)
{
	*to = STDOUT_FILENO;
	if (strcmp(path, "-") == 0)
		return OK;
	*to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (*to == -1 && errno == EEXIST) {
		(void)diag_system(diag, path);
		return ERR_POLICY;
	}
	return *to == -1 ? diag_system(diag, path) : OK;
}

/* Written, or not: a part of it is not left. */
static enum err
close_new(const char *path, int to, enum err err, struct diag *diag)
{
	if (to == STDOUT_FILENO)
		return err;
	if (err == OK)
		err = durable_sync_file(to, diag);
	close(to);
	if (err != OK)
		unlink(path);
	return err;
}

/*
 * The file that came back goes to a new file, never over an old one, readable
 * for its owner only: it is the hostile mail as it was.
 */
static enum err
save(int from, const struct msg_control_file *what, const char *path,
    struct diag *diag)
{
	int to;
	enum err err = open_new(path, &to, diag);

	if (err != OK)
		return err;
	return close_new(path, to, copy(from, what->offset, what->bytes, to,
	    diag), diag);
}

enum err
control_save(const char *path, struct span text, struct diag *diag)
{
	int to;
	enum err err = open_new(path, &to, diag);

	if (err != OK)
		return err;
	return close_new(path, to, write_all(to, text, diag), diag);
}

static enum err
take_message(const char *out, struct ipc_message *m,
    struct control_answer *answer, struct diag *diag)
{
	enum err err = OK;

	if (m->kind == MSG_ROW) {
		struct msg_row row;

		memcpy(&row, m->fixed, sizeof(row));
		err = wire_put_u64(&answer->rows, row.number);
		if (err == OK)
			err = wire_put_bytes(&answer->rows, m->tail);
	} else if (m->kind == MSG_CONTROL_END) {
		struct msg_control_end end;

		memcpy(&end, m->fixed, sizeof(end));
		answer->ended = true;
		answer->status = end.exit_status;
		err = buf_add(&answer->message, m->tail);
	} else if (m->kind == MSG_CONTROL_FILE && m->fds_n == 1) {
		struct msg_control_file file;

		memcpy(&file, m->fixed, sizeof(file));
		if (out != NULL)
			return save(m->fds[0], &file, out, diag);
		if (answer->file == -1) {
			answer->file = m->fds[0];
			answer->where = file;
			m->fds[0] = -1;
		}
	}
	if (err != OK)
		diag_set(diag, err, "the answer is too large");
	return err;
}

static enum err
ask(int fd, const struct control_options *options,
    const struct control_question *question, struct control_answer *answer,
    struct diag *diag)
{
	static _Alignas(8) uint8_t bytes[MSG_BYTES_MAX];
	struct msg_control control = { .verb = question->verb,
	    .id = question->id };
	struct ipc_message message;
	enum err err;

	err = ipc_send_now(fd, MSG_CONTROL, &control, question->tail,
	    &question->fd, question->fd == -1 ? 0 : 1, diag);
	while (err == OK && !answer->ended) {
		err = ipc_receive_now(fd, ROLE_TOOL, ROLE_SUPERVISOR, bytes,
		    &message, CONTROL_TIMEOUT_MS, diag);
		if (err != OK)
			break;
		err = take_message(question->keep_file ? NULL : options->out,
		    &message, answer, diag);
		for (unsigned i = 0; i < message.fds_n; i++)
			if (message.fds[i] != -1)
				close(message.fds[i]);
	}
	if (err == ERR_AGAIN)
		diag_set(diag, err, "the gateway does not answer");
	return err;
}

/* "sekisho queue: RECEIPT: no such mail" */
void
control_message(const char *command, const struct control_answer *answer,
    uint64_t id)
{
	bool good = answer->status == EXIT_DONE;
	struct span text = span_trim(buf_span(&answer->message));
	char receipt[RECEIPT_TEXT_BYTES] = "";
	FILE *to = good ? stdout : stderr;

	if (text.len == 0)
		return;
	if (id != 0)
		receipt_text(id, receipt);
	if (!good && answer->rows.len == 0)
		fprintf(to, "sekisho %s: ", command);
	fprintf(to, "%s%s%.*s\n", receipt, id != 0 ? ": " : "",
	    (int)text.len, (const char *)text.ptr);
}

static int
show(const char *command, const struct control_options *options,
    struct control_answer *answer, uint64_t id, bool as_lines)
{
	struct buf out;
	enum err err;
	int status = (int)answer->status;

	/* the original stands there already, or nothing does */
	if (options->out != NULL && strcmp(options->out, "-") == 0) {
		control_message(command, answer, id);
		return status;
	}
	buf_init(&out, OUTPUT_BYTES_MAX);
	err = options->json ? control_json(buf_span(&answer->rows),
	    buf_span(&answer->message), &out) :
	    control_show(buf_span(&answer->rows), as_lines, &out);
	if (err != OK) {
		fprintf(stderr, "sekisho %s: the answer is damaged or too "
		    "large\n", command);
		status = EXIT_SYSTEM;
	}
	if (!options->json && !as_lines && answer->rows.len == 0 &&
	    answer->message.len == 0 && buf_add_str(&out, "none\n") != OK)
		status = EXIT_SYSTEM;
	status = output(&out, status);
	if (!options->json)
		control_message(command, answer, id);
	return status;
}

bool
control_get(const char *command, const struct control_options *options,
    const struct control_question *question, struct control_answer *answer)
{
	struct diag diag = { 0 };
	enum err err;
	int fd;

	*answer = (struct control_answer){ .status = EXIT_SYSTEM,
	    .file = -1 };
	buf_init(&answer->rows, CONTROL_ROWS_BYTES_MAX);
	buf_init(&answer->message, MSG_TAIL_BYTES_MAX);
	fd = connect_control(options->state);
	if (fd == -1) {
		not_connected(command, options->state);
		return false;
	}
	err = ask(fd, options, question, answer, &diag);
	close(fd);
	if (answer->status > EXIT_SYSTEM)
		answer->status = EXIT_SYSTEM;
	if (err == OK)
		return true;
	fprintf(stderr, "sekisho %s: %s\n", command, diag.what);
	answer->status = err == ERR_POLICY ? EXIT_REFUSED : EXIT_SYSTEM;
	return false;
}

void
control_answer_fini(struct control_answer *answer)
{
	if (answer->file != -1)
		close(answer->file);
	buf_fini(&answer->rows);
	buf_fini(&answer->message);
}

int
control_ask_more(const char *command, const struct control_options *options,
    const struct control_question *question)
{
	struct control_answer answer;
	int status;

	if (control_get(command, options, question, &answer))
		status = show(command, options, &answer,
		    question->id_is_receipt ? question->id : 0,
		    question->as_lines);
	else
		status = (int)answer.status;
	control_answer_fini(&answer);
	return status;
}

int
control_ask(const char *command, const struct control_options *options,
    enum control_verb verb, uint64_t id, bool as_lines)
{
	const struct control_question question = { .verb = verb, .id = id,
	    .id_is_receipt = true, .fd = -1, .as_lines = as_lines };

	return control_ask_more(command, options, &question);
}

int
control_collect(const char *command, const struct control_options *options,
    enum control_verb verb, struct buf *rows)
{
	const struct control_question question = { .verb = verb, .fd = -1 };
	struct control_answer answer;
	int status;

	if (control_get(command, options, &question, &answer)) {
		status = (int)answer.status;
		if (status != EXIT_DONE)
			control_message(command, &answer, 0);
		else if (buf_add(rows, buf_span(&answer.rows)) != OK)
			status = EXIT_SYSTEM;
	} else {
		status = (int)answer.status;
	}
	control_answer_fini(&answer);
	return status;
}
