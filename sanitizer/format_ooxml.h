/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_FORMAT_OOXML_H
#define SEKISHO_SANITIZER_FORMAT_OOXML_H

#include "sanitizer.h"

/*
 * An office document of ISO/IEC 29500 to a new one, of the parts, elements
 * and attributes that our tables know (ooxml.h). Documents with macros and
 * templates become plain documents. Ends out when OK. ERR_INPUT: the package
 * or a part of it is not as it must be; ERR_POLICY: a kind that is not made;
 * ERR_LIMIT; result->reason says why.
 */
enum err format_ooxml(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;

/*
 * The text of the main part of a Word document, as UTF-8: paragraphs as
 * lines, cells of tables with a TAB between them; or of the sheets of a
 * workbook, or of the slides and notes of a presentation. Ends out. Errors as
 * above.
 */
enum err format_ooxml_text(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;

#endif
