/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Codec of the tails of job messages. Enums are checked on decoding, so that
 * the code behind can trust them.
 */
#include <string.h>

#include "../../gateway/base/wire.h"
#include "job.h"
#include "limits.h"

#define REMOVED_LIST_BYTES_MAX	(32 * 1024)

static enum err
put_policy(const struct sanitizer_policy *p, struct buf *out)
{
	const uint8_t bytes[] = { p->body_keep, p->notice_english,
	    p->links_defang, (uint8_t)p->pdf, (uint8_t)p->image,
	    (uint8_t)p->office, (uint8_t)p->text, (uint8_t)p->archive,
	    (uint8_t)p->legacy_office, (uint8_t)p->encrypted,
	    (uint8_t)p->other, (uint8_t)p->archive_depth };
	enum err err;

	err = wire_put_bytes(out, (struct span){ (const uint8_t *)p->name,
	    strnlen(p->name, sizeof(p->name)) });
	for (size_t i = 0; i < sizeof(bytes) && err == OK; i++)
		err = wire_put_u8(out, bytes[i]);
	return err;
}

static enum method
get_method(struct wire_reader *r)
{
	uint8_t v = wire_get_u8(r);

	if (v > METHOD_HOLD)
		r->bad = true;
	return r->bad ? METHOD_REMOVE : (enum method)v;
}

static void
get_policy(struct wire_reader *r, struct sanitizer_policy *p)
{
	struct span name = wire_get_bytes(r, sizeof(p->name) - 1);

	memset(p, 0, sizeof(*p));
	if (name.len > 0)
		memcpy(p->name, name.ptr, name.len);
	p->body_keep = wire_get_u8(r) != 0;
	p->notice_english = wire_get_u8(r) != 0;
	p->links_defang = wire_get_u8(r) != 0;
	p->pdf = get_method(r);
	p->image = get_method(r);
	p->office = get_method(r);
	p->text = get_method(r);
	p->archive = get_method(r);
	p->legacy_office = get_method(r);
	p->encrypted = get_method(r);
	p->other = get_method(r);
	p->archive_depth = wire_get_u8(r);
}

enum err
job_encode(const struct job *job, struct buf *out)
{
	const struct sanitizer_job *j = &job->job;
	enum err err;

	if ((err = wire_put_u64(out, j->id)) == OK &&
	    (err = wire_put_u64(out, j->received_ms)) == OK &&
	    (err = wire_put_u64(out, j->generation)) == OK &&
	    (err = wire_put_bytes(out, j->gateway)) == OK &&
	    (err = wire_put_bytes(out, j->helo)) == OK &&
	    (err = wire_put_bytes(out, j->peer)) == OK &&
	    (err = wire_put_bytes(out, j->protocol)) == OK &&
	    (err = wire_put_u8(out, j->released)) == OK &&
	    (err = put_policy(&j->policy, out)) == OK &&
	    (err = wire_put_u8(out, (uint8_t)job->form)) == OK &&
	    (err = wire_put_u8(out, (uint8_t)job->at_once)) == OK)
		err = wire_put_bytes(out, job->name);
	return err;
}

enum err
job_decode(struct span bytes, struct job *job)
{
	struct sanitizer_job *j = &job->job;
	struct wire_reader r;
	uint8_t form;

	wire_reader_init(&r, bytes);
	j->id = wire_get_u64(&r);
	j->received_ms = wire_get_u64(&r);
	j->generation = wire_get_u64(&r);
	j->gateway = wire_get_bytes(&r, JOB_TEXT_BYTES_MAX);
	j->helo = wire_get_bytes(&r, JOB_TEXT_BYTES_MAX);
	j->peer = wire_get_bytes(&r, JOB_TEXT_BYTES_MAX);
	j->protocol = wire_get_bytes(&r, JOB_TEXT_BYTES_MAX);
	j->released = wire_get_u8(&r) != 0;
	get_policy(&r, &j->policy);
	form = wire_get_u8(&r);
	job->form = form == JOB_FILE ? JOB_FILE :
	    form == JOB_AUTO ? JOB_AUTO : JOB_MAIL;
	job->at_once = wire_get_u8(&r);
	job->name = wire_get_bytes(&r, JOB_NAME_BYTES_MAX);
	return wire_reader_done(&r) && job->at_once > 0 &&
	    job->at_once < CONVERSIONS_AT_ONCE ? OK : ERR_INPUT;
}

enum err
job_convert_encode(const struct convert_order *order,
    const struct sanitizer_policy *policy, struct buf *out)
{
	enum err err = wire_put_u32(out, (uint32_t)order->task);

	if (err == OK)
		err = wire_put_u32(out, (uint32_t)order->kind);
	if (err == OK)
		err = wire_put_u32(out, order->first);
	return err == OK ? put_policy(policy, out) : err;
}

enum err
job_convert_decode(struct span bytes, struct convert_order *order,
    struct sanitizer_policy *policy)
{
	struct wire_reader r;
	uint32_t task, kind, first;

	wire_reader_init(&r, bytes);
	task = wire_get_u32(&r);
	kind = wire_get_u32(&r);
	first = wire_get_u32(&r);
	get_policy(&r, policy);
	if (!wire_reader_done(&r) || task >= CONVERT_TASK_N ||
	    kind >= PART_KIND_N)
		return ERR_INPUT;
	*order = (struct convert_order){ (enum convert_task)task,
	    (enum part_kind)kind, first };
	return OK;
}

enum err
job_result_encode(const struct convert_result *result, struct buf *out)
{
	enum err err;

	if ((err = wire_put_u32(out, (uint32_t)result->outcome)) == OK &&
	    (err = wire_put_u32(out, (uint32_t)result->type)) == OK &&
	    (err = wire_put_u32(out, result->pages)) == OK &&
	    (err = wire_put_bytes(out, buf_span(&result->removed))) == OK)
		err = wire_put_bytes(out, (struct span){
		    (const uint8_t *)result->reason,
		    strnlen(result->reason, sizeof(result->reason)) });
	return err;
}

enum err
job_result_decode(struct span bytes, struct convert_result *result)
{
	struct span removed, reason;
	struct wire_reader r;
	uint32_t outcome, type, pages;

	wire_reader_init(&r, bytes);
	outcome = wire_get_u32(&r);
	type = wire_get_u32(&r);
	pages = wire_get_u32(&r);
	removed = wire_get_bytes(&r, REMOVED_LIST_BYTES_MAX);
	reason = wire_get_bytes(&r, sizeof(result->reason) - 1);
	if (!wire_reader_done(&r) || outcome > OUTCOME_REMOVED ||
	    type >= SAFE_TYPE_N)
		return ERR_INPUT;
	result->outcome = (enum part_outcome)outcome;
	result->type = (enum safe_type)type;
	result->pages = pages;
	memset(result->reason, 0, sizeof(result->reason));
	if (reason.len > 0)
		memcpy(result->reason, reason.ptr, reason.len);
	return buf_add(&result->removed, removed);
}

/* No mail has more of a kind: what a child says beyond it is a lie. */
#define TALLY_MAX	65535

enum err
job_end_encode(const char *reason, const struct part_tally *tally,
    struct buf *out)
{
	enum err err = wire_put_bytes(out, span_str(reason));

	if (tally == NULL)
		return err;
	for (unsigned k = 0; k < PART_KIND_N; k++)
		for (unsigned i = 1; i <= TALLY_HELD && err == OK; i++) {
			uint32_t n = tally->n[k][i];

			if (n == 0)
				continue;
			if ((err = wire_put_u8(out, (uint8_t)k)) == OK &&
			    (err = wire_put_u8(out, (uint8_t)i)) == OK)
				err = wire_put_u32(out, n < TALLY_MAX ? n :
				    TALLY_MAX);
		}
	return err;
}

enum err
job_end_decode(struct span bytes, struct span *reason,
    struct part_tally *tally)
{
	struct wire_reader r;

	memset(tally, 0, sizeof(*tally));
	*reason = (struct span){ NULL, 0 };
	if (bytes.len == 0)
		return OK;
	wire_reader_init(&r, bytes);
	*reason = wire_get_bytes(&r, JOB_REASON_BYTES_MAX);
	while (!r.bad && !wire_reader_done(&r)) {
		uint8_t kind = wire_get_u8(&r), outcome = wire_get_u8(&r);
		uint32_t n = wire_get_u32(&r);

		/* once each: a sum cannot be made of many */
		if (r.bad || kind >= PART_KIND_N || outcome == 0 ||
		    outcome > TALLY_HELD || n == 0 || n > TALLY_MAX ||
		    tally->n[kind][outcome] != 0)
			return ERR_INPUT;
		tally->n[kind][outcome] = n;
	}
	return r.bad ? ERR_INPUT : OK;
}
