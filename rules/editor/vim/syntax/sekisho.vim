" SPDX-License-Identifier: GPL-3.0-or-later
" Rules of the Sekisho gateway, sekisho.rules(5).
"
" The lists are those of the grammar (rules/grammar.c), divided by what
" follows the word; tests/unit/rules/test_editor.c compares the two. Words
" count by their place: a host may be called 'text' or 'allow'.
if exists('b:current_syntax')
	finish
endif
let s:cpo = &cpo
set cpo&vim

let s:statements_name = split('segment host service mail policy')
let s:statements_word = split('allow only')
let s:statements_verdict = split('expect')
let s:statements_value = split('gateway include deny manage never must audit')
let s:clauses_name = split('in from to service between')
let s:clauses_word = split('tier speaks icmp icmp6 type')
let s:clauses_value = split('interface network mac tcp udp protocol '
    \ . 'source-port limit owner purpose reason approved until')
let s:settings_name = split('next-hop policy')
let s:settings_word = split('body attachments pdf image office text archive '
    \ . 'legacy-office encrypted other notice links mask')
let s:settings_value = split('listen accept domains sender-domains size '
    \ . 'greeting-delay sessions sessions-per-peer recipients retain expire '
    \ . 'syslog')
let s:literals_name = split('and from')
let s:literals_value = split('port depth tcp')
let s:words_verdict = split('allow deny')
let s:words_protocol = split('tcp udp icmp icmp6')
let s:words = split('1 2 3 screen-transfer specified exception local mail '
    \ . 'tls http ssh dns smtp ntp rdp rfb pcoip ica blast '
    \ . 'echo-request echo-reply unreachable too-big time-exceeded '
    \ . 'text keep inspect ja en show defang '
    \ . 'senders recipients subjects names '
    \ . 'rebuild image convert extract hold remove')
let s:units = split('flows KB MB s ms days hours months years')
let s:special = split('any maildir')

" A token ends where the lexer ends it.
function! s:Match(group, words, options, ...) abort
	execute 'syntax match' a:group '/' . (a:0 ? a:1 : '')
	    \ . '\%(' . join(a:words, '\|') . '\)\ze\%([[:space:],{}"#]\|$\)/'
	    \ a:options
endfunction

" Of items that begin at the same place the last one here is taken.
syntax case match
syntax match sekishoToken /[^[:space:],{}"#]\+/
syntax match sekishoDefinition /[^[:space:],{}"#]\+/ contained
syntax match sekishoName /[^[:space:],{}"#]\+/ contained
    \ nextgroup=sekishoNameComma skipwhite
syntax match sekishoNameComma /,/ contained
    \ nextgroup=sekishoName,sekishoAddress,sekishoSpecial skipwhite skipempty
syntax match sekishoNumber /\d\+\%(-\d\+\)\=\ze\%([[:space:],{}"#]\|$\)/
    \ nextgroup=sekishoUnit skipwhite
syntax match sekishoDate /\d\{4}-\d\d-\d\d\ze\%([[:space:],{}"#]\|$\)/
syntax match sekishoAddress /\d\+\.[0-9./-]\+\ze\%([[:space:],{}"#]\|$\)/
syntax match sekishoAddress
    \ /\x*:[0-9a-fA-F:./-]\+\ze\%([[:space:],{}"#]\|$\)/
syntax match sekishoComment /#.*/ contains=sekishoTodo,@Spell
syntax keyword sekishoTodo TODO FIXME XXX contained
syntax match sekishoEscape /\\["\\]/ contained
syntax region sekishoString start=/"/ end=/"/ oneline
    \ contains=sekishoEscape,@NoSpell skip=/\\./
syntax region sekishoBlock matchgroup=sekishoBrace start=/{/ end=/}/
    \ contains=sekishoSetting,sekishoLiteral,sekishoToken,sekishoNumber,
    \sekishoAddress,sekishoComment,sekishoString,sekishoSpecial

call s:Match('sekishoSpecial', s:special, '')
call s:Match('sekishoUnit', s:units, 'contained')
call s:Match('sekishoProtocol', s:words_protocol, 'contained')
call s:Match('sekishoVerdict', s:words_verdict,
    \ 'contained nextgroup=sekishoProtocol skipwhite')
call s:Match('sekishoWord', s:words,
    \ 'contained nextgroup=sekishoWordComma skipwhite')
syntax match sekishoWordComma /,/ contained
    \ nextgroup=sekishoWord skipwhite skipempty

let s:to_name = 'nextgroup=sekishoName,sekishoAddress,sekishoSpecial '
    \ . 'skipwhite skipempty'
let s:to_word = 'nextgroup=sekishoWord skipwhite skipempty'
call s:Match('sekishoLiteral', s:literals_name, s:to_name)
call s:Match('sekishoLiteral', s:literals_value, '')
call s:Match('sekishoSetting', s:settings_name, 'contained ' . s:to_name)
call s:Match('sekishoSetting', s:settings_word, 'contained ' . s:to_word)
call s:Match('sekishoSetting', s:settings_value, 'contained')
call s:Match('sekishoClause', s:clauses_name, s:to_name)
call s:Match('sekishoClause', s:clauses_word, s:to_word)
call s:Match('sekishoClause', s:clauses_value, '')
call s:Match('sekishoStatement', s:statements_name,
    \ 'nextgroup=sekishoDefinition skipwhite skipempty', '^')
call s:Match('sekishoStatement', s:statements_word, s:to_word, '^')
call s:Match('sekishoStatement', s:statements_verdict,
    \ 'nextgroup=sekishoVerdict skipwhite skipempty', '^')
call s:Match('sekishoStatement', s:statements_value, '', '^')

" Long files: a statement begins in the first column.
syntax sync match sekishoSync grouphere NONE /^[a-z]/

highlight default link sekishoStatement Statement
highlight default link sekishoClause Keyword
highlight default link sekishoLiteral Keyword
highlight default link sekishoSetting Type
highlight default link sekishoDefinition Function
highlight default link sekishoName Identifier
highlight default link sekishoWord Constant
highlight default link sekishoVerdict Constant
highlight default link sekishoProtocol Constant
highlight default link sekishoSpecial Special
highlight default link sekishoNumber Number
highlight default link sekishoUnit Number
highlight default link sekishoDate Number
highlight default link sekishoAddress Number
highlight default link sekishoString String
highlight default link sekishoEscape SpecialChar
highlight default link sekishoBrace Delimiter
highlight default link sekishoComment Comment
highlight default link sekishoTodo Todo

let b:current_syntax = 'sekisho'
let &cpo = s:cpo
unlet s:cpo
