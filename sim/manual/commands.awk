# Turns what `mmsim COMMAND --help` prints, one after the other, into the COMMANDS section of the manual page.
#
#     usage: mmsim SYNOPSIS       ->  .SS
#     SUMMARY                     ->  a paragraph
#       WORD              TEXT    ->  .TP, the word, its text
#                         TEXT    ->  more of that
#         anything, 4 blanks in   ->  as it stands
#     TEXT                        ->  a paragraph

function roff(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    return text ~ /^[.']/ ? "\\&" text : text
}

function shape(new) {
    if (now == "verbatim" && new != "verbatim") print ".fi"
    if (now != "verbatim" && new == "verbatim") print (now == "head" ? "" : ".PP\n") ".nf"
    if (new == "text" && now != "text" && now != "head") print ".PP"
    now = new
}

/^usage: mmsim / {
    shape("head")
    print ".SS " roff(substr($0, 8))
    next
}
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
/^                    [^ ]/ && now == "item" {
    print roff(substr($0, 21))
    next
}
/^    / {
    shape("verbatim")
    print roff($0)
    next
}
/^$/ { next }
{
    shape("text")
    print roff($0)
}
END { shape("end") }
