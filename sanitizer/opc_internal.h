/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_OPC_INTERNAL_H
#define SEKISHO_SANITIZER_OPC_INTERNAL_H

#include "opc.h"

#define OPC_TRANSITIONAL \
	"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
#define OPC_CORE_TYPE \
	"http://schemas.openxmlformats.org/package/2006/relationships/" \
	"metadata/core-properties"

/* One <Relationship>, as it is read. */
struct opc_link {
	struct span	id, type, target;	/* type: last segment */
	bool		base_known;	/* of its type */
	bool		external;
};
/*
 * Read the relations of a part (name empty: of the package). each gets one at
 * a time; its spans live in the arena. No such entry: OK, without calls.
 */
enum err opc_read_relations(struct opc *opc, struct span name,
    enum err (*each)(struct opc *, void *, const struct opc_link *),
    void *ctx) MUST_CHECK;
enum err opc_read_types(struct opc *opc) MUST_CHECK;

/* The entry that a target leads to, seen from a part; false: none. */
bool opc_resolve(const struct opc *opc, struct span from, struct span target,
    size_t *entry);

/* core.xml: title, created and modified, anew; of app.xml who wrote it. */
enum err opc_core(struct opc *opc, size_t entry) MUST_CHECK;
enum err opc_app(struct opc *opc, size_t entry) MUST_CHECK;
extern const char opc_app_xml[], opc_app_microsoft_xml[];

/* A picture of any kind to JPEG or PNG in part->out, or a grey field. */
enum err opc_picture(struct opc *opc, struct opc_part *part) MUST_CHECK;

/* EMF, or WMF with either head? */
bool opc_is_metafile(struct span bytes);
/* A grey field with words as PNG, in the shape of the picture; ends out. */
enum err opc_box(struct opc *opc, struct span picture, struct filter *out)
    MUST_CHECK;

/* Name in the report what was not reached. */
enum err opc_count_unreached(struct opc *opc) MUST_CHECK;

#endif
