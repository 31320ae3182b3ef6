" SPDX-License-Identifier: GPL-3.0-or-later
" Other programs have files *.rules as well (udev): a file is ours by its name
" or by a statement of ours that begins a line near its top.
function! s:Detect() abort
	let statement = '^\%(gateway\s\+"\|segment\s\+\S\+\s\+tier\s\|'
	    \ . 'policy\s\+\S\+\s*{\|host\s\+\S\+\s\+in\s\|'
	    \ . 'allow\s\+[a-z-]\+\s\+"\|deny\s\+"\|manage\s\+"\)'
	if expand('<afile>:t') ==# 'sekisho.rules'
	    \ || match(getline(1, 100), statement) >= 0
		" Vim took it for snort's and may have run that plugin.
		unlet! b:did_ftplugin
		set filetype=sekisho
	endif
endfunction

autocmd BufNewFile,BufRead *.rules call s:Detect()
