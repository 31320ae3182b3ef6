/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SMTP_SERVER_INTERNAL_H
#define SEKISHO_SMTP_SERVER_INTERNAL_H

#include "smtp_server.h"

/* smtp_server.c, for smtp_server_text.c */
void smtp_server_say(struct smtp_server *server,
    const struct smtp_reply *reply);
/* The owner is told of a no. */
void smtp_server_no(struct smtp_server *server, enum smtp_no why,
    const struct smtp_reply *reply);
/* As smtp_server_close(), with a reason. */
void smtp_server_close_for(struct smtp_server *server, enum smtp_no why,
    const struct smtp_reply *reply);
void smtp_server_abort(struct smtp_server *server);
/* The text is read over, its refusal was told. */
void smtp_server_text_refuse(struct smtp_server *server,
    const struct smtp_reply *reply);

/* smtp_server_text.c, for smtp_server.c */
extern const struct smtp_reply smtp_server_bare;
void smtp_server_text_init(struct smtp_server *server);

/* Asks the owner for a draft: state BEGIN. */
void smtp_server_text_begin(struct smtp_server *server);

/* A chunk follows; with a refusal it is read over. State CHUNK. */
void smtp_server_chunk(struct smtp_server *server, enum smtp_no why,
    const struct smtp_reply *refusal);

/* Take bytes off the front of *input. */
void smtp_server_read_data(struct smtp_server *server, struct span *input);
void smtp_server_read_chunk(struct smtp_server *server, struct span *input);

#endif
