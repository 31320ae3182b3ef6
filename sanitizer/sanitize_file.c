/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One file without a mail around it: it goes the way of an attachment, and
 * what comes out is its new form alone. A file that would be removed is held.
 */
#include <stdio.h>

#include "../gateway/base/clock.h"
#include "sanitize_internal.h"

/* The only part that there can be. */
static enum err
write_part(struct compose *c, const struct safe_part *part,
    struct filter *out)
{
	if (part == NULL) {
		sanitize_hold(c, c->parts != NULL &&
		    c->parts->reason != NULL ? c->parts->reason :
		    "nothing could be made safe");
		return OK;
	}
	if (part->type == SAFE_MAIL)
		return mime_write(part->mail, c->job->id, out);
	return input_push(&part->in, out);
}

enum err
sanitizer_file(const struct sanitizer_job *job, struct span name,
    const struct input *in, struct sanitizer_host *host, struct filter *out,
    struct buf *report, struct sanitizer_result *result, struct diag *diag)
{
	const struct mime_part part = { .in = in, .body_bytes = in->len,
	    .type = SPAN("application/octet-stream"), .name = name,
	    .path = "1", .attachment = true, .name_is_utf8 = true };
	uint64_t start_ns = clock_monotonic_ns();
	struct level *level;
	struct compose c;
	struct tee tee;
	enum err err;

	if ((err = compose_init(&c, job, host)) != OK)
		return diag_set(diag, err, "no memory");
	tee_init(&tee, out);
	if ((err = level_new(&c, 0, &level)) == OK) {
		level->alone = true;
		err = sanitize_leaf(level, &part);
	}
	if (err == OK && (err = sanitize_finish(&c)) == OK)
		err = write_part(&c, level->mail->parts, &tee.filter);
	sanitize_result(&c, &tee, result);
	if (err == OK)
		err = filter_end(out);
	if (err == OK)
		err = sanitize_report(&c, in, start_ns, result, report);
	if (err != OK)
		(void)diag_set(diag, err, "a limit of the sanitizer");
	compose_fini(&c);
	return err;
}
