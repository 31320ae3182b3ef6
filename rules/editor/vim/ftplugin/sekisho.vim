" SPDX-License-Identifier: GPL-3.0-or-later
if exists('b:did_ftplugin')
	finish
endif
let b:did_ftplugin = 1

" As `sekisho print` writes it: four blanks in blocks and further lines.
setlocal commentstring=#\ %s comments=:# formatoptions-=t
setlocal expandtab shiftwidth=4 softtabstop=4
setlocal iskeyword+=-
let b:undo_ftplugin = 'setlocal commentstring< comments< formatoptions< '
    \ . 'expandtab< shiftwidth< softtabstop< iskeyword<'
