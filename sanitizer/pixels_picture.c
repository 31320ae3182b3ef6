/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pixels that sekisho-render drew, as a picture.
 */
#include "pixels_picture.h"

#include "picture.h"
#include "pixels.h"

enum err
pixels_picture(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	struct picture picture = { 0 };
	static struct pixels_reader reader;		/* large */
	bool page = false;
	enum err err;

	(void)policy;		/* a picture is rebuilt in one way only */
	if ((err = pixels_open(&reader, in)) == OK)
		err = pixels_next(&reader, &page);
	if (err == OK && (!page || reader.form != PIXELS_RGB))
		err = image_error(result, ERR_INPUT, "nothing was drawn");
	if (err == OK)
		err = picture_init(&picture, reader.width, reader.height, 3,
		    in->len, result);
	picture.lossless = true;
	if (err == OK)
		err = pixels_rows(&reader, picture.pixels.ptr,
		    reader.height);
	if (err == OK)
		err = picture_write(&picture, out, result);
	picture_fini(&picture);
	result->outcome = OUTCOME_RENDERED;
	return err;
}
