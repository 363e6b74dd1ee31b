# Takes a document's examples apart: for the N-th, ROOM/N.sh is what to run and ROOM/N.want what it is said to
# print. In Markdown an example is a block of ```sh, and an indented block right after it its output; in a
# manual page it is what stands between .EX and .EE.

function start() {
    number = sprintf("%03d", ++count)
    script = room "/" number ".sh"
    want = room "/" number ".want"
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
