# Prints a Markdown document with the present output of its examples: WORK/N.output replaces the indented block right
# after the N-th block of ```sh. examples.awk numbers the blocks in the same way.
#
# A block with a line `...` shows a part of the output. Each line of such a block is replaced by the next line of the
# output that has the same words; the numbers may differ. A line without such a line is kept and reported, because only
# a writer can decide what to show instead.

# Returns the line without its numbers.
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
    split("", output)
    file = sprintf("%s/%03d.output", work, count)
    printed = 0
    while ((getline line < file) > 0) {
        sub(/\r$/, "", line)
        output[++printed] = line
    }
    close(file)
    while (printed > 0 && output[printed] == "") printed--
}

# Returns two lines as the one line that they are in a wider terminal.
function joined(first, second) {
    sub(/^ +/, "", second)
    return first " " second
}

# Prints the line of the output that replaces line i of the block. The search starts after line `at` of the output, and
# moves `at` there. Returns how many lines of the block are replaced: 2 if the output now has them as one line, 0 if it
# has no such line.
function show_next(i,   place, wanted, both) {
    wanted = words(block[i])
    both = i < shown ? words(joined(block[i], block[i + 1])) : ""
    for (place = at + 1; place <= printed; place++) {
        if (words("    " output[place]) == wanted) {
            show(output[at = place])
            return 1
        }
        if (output[place] != "" && words("    " joined(output[place], output[place + 1])) == wanted) {
            show(output[place])
            show(output[at = place + 1])
            return 1
        }
        if (words("    " output[place]) == both) {
            show(output[at = place])
            return 2
        }
    }
    return 0
}

function show_part(   i, done) {
    at = 0
    for (i = 1; i <= shown; i += done) {
        done = block[i] ~ /^ *(\.\.\.)?$/ ? 0 : show_next(i)
        if (done > 0) continue
        done = 1
        if (block[i] !~ /^ *(\.\.\.)?$/) {
            print FILENAME ": the output has no line like: " block[i] >"/dev/stderr"
            failed = 1
        }
        print block[i]
    }
}

function replace_block(   i, part) {
    read_output()
    for (i = 1; i <= shown; i++) part = part || block[i] ~ /^ +\.\.\.$/
    if (part) show_part()
    for (i = 1; i <= printed && !part; i++) show(output[i])
}

# Ends a block of output. Blank lines after it do not belong to it.
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
