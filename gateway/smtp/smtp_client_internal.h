/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SMTP_CLIENT_INTERNAL_H
#define SEKISHO_SMTP_CLIENT_INTERNAL_H

#include "smtp_client.h"

/* smtp_client.c, for smtp_client_mail.c */
void smtp_client_become_ready(struct smtp_client *client);

/* smtp_client_mail.c: a reply from RSET to END. False: it makes no sense. */
bool smtp_client_mail_reply(struct smtp_client *client, unsigned class);

#endif
