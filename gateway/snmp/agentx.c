/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Get and GetNext of AgentX (RFC 2741 6.2.5, 6.2.6) in the byte order of
 * Intel, which net-snmp uses where it is that of the machine; anything else is
 * left to the library. Values are those of mib.c, as are their order.
 */
#include <string.h>
#include <time.h>

#include "../base/wire.h"
#include "agentx.h"
#include "snapshot.h"

#define VERSION		1
#define GET		5
#define GET_NEXT	6
#define RESPONSE	18
#define BIG_ENDIAN_FLAG	0x10	/* NETWORK_BYTE_ORDER */
#define ARCS_MAX	133	/* of a name: 128, behind a prefix */
#define RANGES_MAX	64	/* in one request */
/* types of values that are none */
#define NO_SUCH_INSTANCE 129
#define END_OF_VIEW	130
#define DATE_BYTES_SHORT 8	/* without a zone */

struct name {
	unsigned long	arcs[ARCS_MAX];
	size_t		n;
	bool		include;
};

size_t
agentx_date(uint64_t wall_ms, uint8_t date[AGENTX_DATE_BYTES])
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;

	memset(date, 0, AGENTX_DATE_BYTES);
	if (wall_ms == 0 || gmtime_r(&seconds, &tm) == NULL)
		return DATE_BYTES_SHORT;
	date[0] = (uint8_t)((tm.tm_year + 1900) >> 8);
	date[1] = (uint8_t)(tm.tm_year + 1900);
	date[2] = (uint8_t)(tm.tm_mon + 1);
	date[3] = (uint8_t)tm.tm_mday;
	date[4] = (uint8_t)tm.tm_hour;
	date[5] = (uint8_t)tm.tm_min;
	date[6] = (uint8_t)tm.tm_sec;
	date[7] = (uint8_t)(wall_ms % 1000 / 100);
	date[8] = '+';
	return AGENTX_DATE_BYTES;
}

/* ---- the stream ---- */

static uint32_t
payload_bytes(const uint8_t head[AGENTX_HEADER_BYTES])
{
	const uint8_t *p = head + 16;

	if ((head[2] & BIG_ENDIAN_FLAG) != 0)
		return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		    (uint32_t)p[2] << 8 | p[3];
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[1] << 8 | p[0];
}

void
agentx_pass(struct agentx_frame *frame, struct span bytes)
{
	for (size_t i = 0, n; i < bytes.len; i += n) {
		n = bytes.len - i;
		if (frame->owed > 0) {
			if (n > frame->owed)
				n = frame->owed;
			frame->owed -= n;
			continue;
		}
		n = 1;
		frame->head[frame->head_n++] = bytes.ptr[i];
		if (frame->head_n == AGENTX_HEADER_BYTES) {
			frame->owed = payload_bytes(frame->head);
			frame->head_n = 0;
		}
	}
}

bool
agentx_between(const struct agentx_frame *frame)
{
	return frame->owed == 0 && frame->head_n == 0;
}

/* ---- names ---- */

static bool
get_name(struct wire_reader *r, struct name *name)
{
	unsigned n = wire_get_u8(r), prefix = wire_get_u8(r);

	name->n = 0;
	name->include = wire_get_u8(r) != 0;
	(void)wire_get_u8(r);
	if (r->bad || n > 128)
		return false;
	if (prefix != 0) {
		static const unsigned long internet[] = { 1, 3, 6, 1 };

		memcpy(name->arcs, internet, sizeof(internet));
		name->arcs[4] = prefix;
		name->n = 5;
	}
	for (unsigned i = 0; i < n; i++)
		name->arcs[name->n++] = wire_get_u32(r);
	return !r->bad;
}

static enum err
put_name(struct buf *out, const unsigned long *arcs, size_t n)
{
	enum err err = wire_put_u32(out, (uint32_t)n);	/* no prefix */

	for (size_t i = 0; i < n && err == OK; i++)
		err = wire_put_u32(out, (uint32_t)arcs[i]);
	return err;
}

/* ---- values ---- */

static enum err
put_text(struct buf *out, struct span text)
{
	enum err err = wire_put_u32(out, (uint32_t)text.len);

	if (err == OK)
		err = buf_add(out, text);
	for (size_t i = text.len; i % 4 != 0 && err == OK; i++)
		err = wire_put_u8(out, 0);
	return err;
}

/* Types as in SNMP; 0: not ours to say. */
static uint16_t
type_of(enum mib_type type)
{
	switch (type) {
	case MIB_INTEGER:
		return 2;
	case MIB_TEXT:
	case MIB_DATE:
		return 4;
	case MIB_COUNTER32:
		return 65;
	case MIB_GAUGE32:
		return 66;
	case MIB_COUNTER64:
		return 70;
	case MIB_TICKS:		/* snmpd's clock: the library has it */
	case MIB_INDEX:
		break;
	}
	return 0;
}

static enum err
put_value(struct buf *out, const struct mib_value *value)
{
	uint8_t date[AGENTX_DATE_BYTES];

	switch (value->type) {
	case MIB_COUNTER64:
		return wire_put_u64(out, value->number);
	case MIB_TEXT:
		return put_text(out, value->text);
	case MIB_DATE:
		return put_text(out, (struct span){ date,
		    agentx_date(value->number, date) });
	case MIB_INTEGER:
	case MIB_GAUGE32:
	case MIB_COUNTER32:
	case MIB_TICKS:
	case MIB_INDEX:
		break;
	}
	return wire_put_u32(out, (uint32_t)value->number);
}

/* One range of a request. ERR_INPUT: it is the library's. */
static enum err
answer_range(const struct snapshot *snapshot, unsigned kind,
    const struct name *from, const struct name *to, struct buf *out)
{
	const unsigned long *arcs = from->arcs;
	unsigned long next[MIB_NAME_MAX];
	struct mib_value value;
	size_t n = from->n;
	uint16_t type = kind == GET ? NO_SUCH_INSTANCE : END_OF_VIEW;
	bool found;
	enum err err;

	found = (kind == GET || from->include) && mib_get(snapshot,
	    from->arcs, from->n, &value);
	if (!found && kind == GET_NEXT && mib_next(snapshot, from->arcs,
	    from->n, next, &n, &value)) {
		found = to->n == 0 || mib_compare(next, n, to->arcs, to->n) <
		    0;
		arcs = found ? next : from->arcs;
		n = found ? n : from->n;
	}
	if (found && (type = type_of(value.type)) == 0)
		return ERR_INPUT;
	err = wire_put_u32(out, type);
	if (err == OK)
		err = put_name(out, arcs, n);
	return err == OK && found ? put_value(out, &value) : err;
}

/* ---- a request ---- */

/* The header, and 8 bytes of which all are 0: no error. */
static enum err
put_header(struct buf *out, struct span request)
{
	static const uint8_t zeros[8];
	const uint8_t first[4] = { VERSION, RESPONSE, 0, 0 };
	enum err err;

	buf_clear(out);
	err = buf_add(out, (struct span){ first, sizeof(first) });
	/* session, transaction, packet: as they were */
	if (err == OK)
		err = buf_add(out, span_sub(request, 4, 12));
	if (err == OK)
		err = wire_put_u32(out, 0);	/* the length: at the end */
	return err == OK ? buf_add(out, (struct span){ zeros,
	    sizeof(zeros) }) : err;
}

bool
agentx_answer(const struct snapshot *snapshot, struct span bytes,
    size_t *used, struct buf *out)
{
	struct wire_reader r;
	struct name from, to;
	unsigned kind, n = 0;
	size_t len;

	if (bytes.len < AGENTX_HEADER_BYTES || bytes.ptr[0] != VERSION ||
	    bytes.ptr[2] != 0)
		return false;
	kind = bytes.ptr[1];
	len = payload_bytes(bytes.ptr);
	if ((kind != GET && kind != GET_NEXT) ||
	    len > bytes.len - AGENTX_HEADER_BYTES ||
	    put_header(out, bytes) != OK)
		return false;
	*used = AGENTX_HEADER_BYTES + len;
	wire_reader_init(&r, span_sub(bytes, AGENTX_HEADER_BYTES, len));
	while (!wire_reader_done(&r))
		if (++n > RANGES_MAX || !get_name(&r, &from) ||
		    !get_name(&r, &to) || answer_range(snapshot, kind, &from,
		    &to, out) != OK)
			return false;
	len = out->len - AGENTX_HEADER_BYTES;
	for (unsigned i = 0; i < 4; i++)
		out->ptr[16 + i] = (uint8_t)(len >> (8 * i));
	return n > 0;
}
