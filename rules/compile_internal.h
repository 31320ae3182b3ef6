/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_COMPILE_INTERNAL_H
#define SEKISHO_RULES_COMPILE_INTERNAL_H

#include "image_internal.h"
#include "run_internal.h"

/* The image in work: one buffer per table. */
struct compiler {
	const struct rules_run *run;
	struct buf	 tables[IMAGE_TABLES];
	struct image_string paths[RULES_SOURCES_MAX];	/* once written */
	enum err	 err;
};

/* compile.c: they do nothing after an error, which stays in err. */
void compile_add(struct compiler *c, enum image_table_kind kind,
    const void *record);
uint32_t compile_count(const struct compiler *c, enum image_table_kind kind);
struct image_string compile_string(struct compiler *c, struct span text);
struct image_address compile_network(const struct network *network);

/* compile_flow.c: services, rules, and the tables of packets. */
void compile_flows(struct compiler *c, struct image_flow_header *header);
/* The ports of a service statement, as boxes. */
void compile_boxes(struct compiler *c, const struct statement *service);
/* The name of a source, to be shown. */
struct image_string compile_path(struct compiler *c, uint32_t source);

/* compile_audit.c: the `audit` statement, if there is one. */
void compile_audit(struct compiler *c, struct image_audit *audit);
/*
 * compile_manage.c: the `manage` statements in force. *ends becomes their
 * first last day when that is before it.
 */
void compile_manages(struct compiler *c, uint32_t *ends);

#endif
