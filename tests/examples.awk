# Splits a document into its examples. The commands of the N-th go to WORK/N.sh, the output that the document shows to
# WORK/N.want. In Markdown, an example is a block of ```sh, and an indented block right after it is its output. In a
# manual page, the lines between .EX and .EE are an example.

function start() {
    number = sprintf("%03d", ++count)
    script = work "/" number ".sh"
    want = work "/" number ".want"
    print "# " FILENAME ":" FNR >script
    inside = 1
    after = 0
}

function stop() {
    inside = 0
    after = 1
    close(script)
}

(/^```sh$/ && !fenced) || /^\.EX$/ { start(); next }
inside && (/^```$/ || /^\.EE$/) { stop(); next }
inside {
    if (FILENAME ~ /\.([157]|in)$/) { gsub(/\\-/, "-"); gsub(/\\e|\\\\/, "\\") }
    print >script
    next
}
/^```/ { fenced = !fenced; next }
fenced || /^$/ { next }
/^    / && after { print substr($0, 5) >want; next }
{ after = 0 }
FILENAME ~ /\.md$/ && /^    (mmsim|make|build\/mmsim) / {
    print FILENAME ":" FNR ": a command that no test runs: write it as a block of ```sh" >"/dev/stderr"
    failed = 1
}
END { exit failed }
