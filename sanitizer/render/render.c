/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho-render: a zygote whose children draw one PDF or SVG each. It is a
 * program of its own, as it links poppler: what it makes is pixels, text or
 * a drawing that other children write anew.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <glib.h>

#include "../../gateway/base/log.h"
#include "../worker/zygote.h"
#include "render.h"

static int null_fd = -1;

enum err
render_error(struct convert_result *result, enum err err, const char *why)
{
	snprintf(result->reason, sizeof(result->reason), "%s", why);
	return err;
}

static enum err
run(const struct convert_order *order, struct span bytes, struct filter *out,
    struct convert_result *result)
{
	switch (order->task) {
	case CONVERT_RENDER_DRAW:
		return render_pdf_draw(bytes, out, result);
	case CONVERT_RENDER_TEXT:
		return render_pdf_text(bytes, out, result);
	case CONVERT_RENDER_PIXELS:
		return order->kind == PART_SVG ?
		    render_svg_pixels(bytes, out, result) :
		    render_pdf_pixels(bytes, order->first, out, result);
	case CONVERT_PICTURE:
	case CONVERT_OFFICE:
	case CONVERT_OFFICE_TEXT:
	case CONVERT_ENTRIES:
	case CONVERT_PDF_CLEAN:
	case CONVERT_PDF_FINISH:
	case CONVERT_PDF_PAGES:
	case CONVERT_PDF_PIXELS:
	case CONVERT_PIXELS_PICTURE:
	case CONVERT_TASK_N:
		break;
	}
	return render_error(result, ERR_POLICY, "no such task here");
}

static enum err
convert(const struct convert_order *order, const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result)
{
	struct buf bytes;
	enum err err;

	(void)policy;
	buf_init(&bytes, RENDER_INPUT_BYTES_MAX);
	if ((err = input_all(in, &bytes)) == OK)
		err = run(order, buf_span(&bytes), out, result);
	buf_fini(&bytes);
	result->outcome = OUTCOME_RENDERED;
	result->type = SAFE_NONE;
	return err;
}

/*
 * The libraries write of each fault that they find in a file, as much as the
 * file likes: not into our log.
 */
static void
be_silent(void)
{
	if (null_fd == -1)
		return;
	(void)close(STDERR_FILENO);
	if (fcntl(null_fd, F_DUPFD_CLOEXEC, STDERR_FILENO) != STDERR_FILENO)
		_exit(1);
}

static _Noreturn void
render_child(int channel)
{
	struct ipc_message message;
	enum err err = ERR_INPUT;

	be_silent();
	child_begin(ROLE_RENDER, channel, &message);
	if (message.kind == MSG_JOB_FILE)
		err = child_convert(channel, &message, convert);
	_exit(child_status(err));
}

static void
say_nothing(const gchar *domain, GLogLevelFlags level, const gchar *message,
    gpointer arg)
{
	(void)domain;
	(void)level;
	(void)message;
	(void)arg;
}

static void
warm(void)
{
	null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	(void)g_log_set_default_handler(say_nothing, NULL);
	render_warm();
}

int
main(int argc, char **argv)
{
	static const struct zygote_program program = { ROLE_RENDER, warm,
		render_child };

	zygote_main(&program, argc, argv);
}
