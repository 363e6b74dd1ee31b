# Converts the help of the commands (`mmsim COMMAND --help`, one after the other) to sections of the manual page.
#
#     usage: mmsim SYNOPSIS         ->  .SS with the synopsis and the lines that continue it
#     Arguments:, Options:, ...     ->  left out
#       WORD              TEXT      ->  .TP, the word, its text
#                         TEXT      ->  more text of the word
#         a line after four blanks  ->  unchanged
#     TEXT                          ->  a paragraph
#     Exit status: ...              ->  left out up to the next command; the page has a section about it

# Escapes a text for roff.
function roff(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    return text ~ /^[.']/ ? "\\&" text : text
}

# Ends a part of the page, and begins one of the shape `new`.
function shape(new) {
    if (synopsis != "") print ".SS " roff(synopsis)
    synopsis = ""
    if (now == "verbatim" && new != "verbatim") print ".fi"
    if (now != "verbatim" && new == "verbatim") print (now == "head" ? "" : ".PP\n") ".nf"
    if (new == "text" && now != "text" && now != "head") print ".PP"
    now = new
}

/^usage: mmsim / {
    shape("head")
    synopsis = substr($0, 8)
    skipping = 0
    next
}
/^Exit status: / { skipping = 1 }
skipping { next }
/^ / && synopsis != "" {
    sub(/^ +/, "")
    synopsis = synopsis " " $0
    next
}
/^(Arguments|Options|Exit statuses):$/ { next }
/^  [^ ]/ {
    shape("item")
    print ".TP"
    word = substr($0, 3)
    if (match(word, /  +/)) {
        print ".B " roff(substr(word, 1, RSTART - 1))
        print roff(substr(word, RSTART + RLENGTH))
    } else {
        print ".B " roff(word)
    }
    next
}
/^                      [^ ]/ && now == "item" {
    print roff(substr($0, 23))
    next
}
/^    / {
    shape("verbatim")
    print roff($0)
    next
}
/^$/ {
    if (now == "text") shape("gap")
    next
}
{
    shape("text")
    print roff($0)
}
END { shape("end") }
