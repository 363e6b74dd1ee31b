# Prints a Markdown document with the present output of its examples: ROOM/N.output takes the place of the indented
# block right after the N-th block of ```sh (examples.awk takes the same blocks apart).
#
# A block that has a line `...` shows a part of the output. Of such a block each line is replaced by the next line of
# the output that has the same words, whatever its numbers are. A line that has no such successor any more is kept,
# and reported: what it shows is gone, and only a writer can tell what to show instead.

# A line without its numbers.
function words(line) {
    gsub(/0x[0-9a-f]+|[0-9a-f]{16}/, "#", line)
    gsub(/[<>] /, "", line)
    gsub(/[0-9][0-9,.]*( (%|B|KiB|MiB|GiB|ns|x)( |$))?/, "# ", line)
    gsub(/#[-# ]*/, "# ", line)
    gsub(/ +/, " ", line)
    return line
}

function show(line) { print line == "" ? "" : "    " line }

function read_output(   line, file) {
    file = sprintf("%s/%03d.output", room, count)
    printed = 0
    while ((getline line < file) > 0) {
        sub(/\r$/, "", line)
        output[++printed] = line
    }
    close(file)
    while (printed > 0 && output[printed] == "") printed--
}

function replace_block(   i, at, place, part) {
    read_output()
    for (i = 1; i <= shown; i++) part = part || block[i] ~ /^ +\.\.\.$/
    for (i = 1; i <= printed && !part; i++) show(output[i])
    for (i = 1; i <= shown && part; i++) {
        if (block[i] ~ /^ *(\.\.\.)?$/) {
            print block[i]
            continue
        }
        for (place = at + 1; place <= printed; place++)
            if (words("    " output[place]) == words(block[i])) break
        if (place <= printed) {
            show(output[at = place])
        } else {
            print FILENAME ": the output has no line like: " block[i] >"/dev/stderr"
            print block[i]
            failed = 1
        }
    }
}

# Ends a block of output; the blank lines behind it are not its own.
function flush(   blanks) {
    while (shown > 0 && block[shown] == "") { shown--; blanks++ }
    if (shown > 0) replace_block()
    while (blanks-- > 0) print ""
    shown = 0
}

/^```sh$/ && !inside && !fenced { flush(); count++; inside = 1; after = 0; print; next }
inside { print; if (/^```$/) { inside = 0; after = 1 }; next }
/^```/ { flush(); fenced = !fenced; after = 0; print; next }
after && !fenced && (/^    / || (/^$/ && shown > 0)) { block[++shown] = $0; next }
after && /^$/ { print; next }
{ flush(); after = 0; print }
END { flush(); exit failed }
