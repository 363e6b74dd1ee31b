# Fetches Debian's packages for i386. The lists and settings of this machine's apt are only read; the state of these
# calls is in $store, an absolute path.
# shellcheck shell=sh disable=SC2154  # the including script sets store

# private_apt TOOL ARGUMENT...: runs a tool of apt with its own state.
private_apt() {
    tool=$1
    shift
    "$tool" -qq -o APT::Architecture=i386 -o APT::Architectures=i386 -o APT::Sandbox::User="$(id -un)" \
        -o Dir::State="$store/apt" -o Dir::State::status="$store/apt/status" -o Dir::Cache="$store/apt/cache" \
        "$@"
}

# debian_update: fetches the lists of packages. If one of them fails, a package that it lists is missing later.
debian_update() {
    command -v apt-get >/dev/null || return 1
    mkdir -p "$store/apt/lists/partial" "$store/apt/cache/archives/partial"
    : >"$store/apt/status"
    echo "fetching the lists of Debian packages for i386 into $store/apt, about 50 MB" >&2
    private_apt apt-get update >"$store/apt.log" 2>&1 || :
}

# announce NAME...: prints the size of the packages whose addresses apt-get prints.
announce() {
    awk -v folder="$folder" -v names="$*" '
        { bytes += $3 }
        END { printf "fetching %.0f MB of Debian packages for i386 into %s: %s\n", bytes / 1e6, folder, names }' >&2
}

# new_folder NAME: makes $folder, $store/NAME.deb, which holds nothing.
new_folder() {
    folder=$store/$1.deb
    rm -rf "$folder"
    mkdir -p "$folder"
}

# debian_download NAME PACKAGE...: fetches the packages into $store/NAME.deb, which holds nothing else. Prints their
# names and their size before.
debian_download() {
    new_folder "$1"
    shift
    private_apt apt-get download --print-uris "$@" 2>>"$store/apt.log" | announce "$@"
    (cd "$folder" && private_apt apt-get download "$@" >>"$store/apt.log" 2>&1)
}

# debian_download_all NAME PACKAGE...: the same, and what the packages depend on.
debian_download_all() {
    new_folder "$1"
    shift
    set -- -y --no-install-recommends install "$@"
    private_apt apt-get --print-uris "$@" 2>>"$store/apt.log" | announce "$@"
    private_apt apt-get --download-only "$@" >>"$store/apt.log" 2>&1 && mv "$store"/apt/cache/archives/*.deb "$folder"
}

# debian_kernel PACKAGE: fetches the kernel that the package depends on to $store/vmlinuz, unless it is there.
debian_kernel() {
    [ -s "$store/vmlinuz" ] && return
    newest=$(private_apt apt-cache depends "$1" 2>>"$store/apt.log" | sed -n 's/^ *Depends: //p')
    [ -n "$newest" ] && debian_download kernel "$newest" || return 1
    dpkg-deb --fsys-tarfile "$store"/kernel.deb/*.deb | tar -xO --wildcards './boot/vmlinuz-*' >"$store/vmlinuz.new"
    [ -s "$store/vmlinuz.new" ] && mv "$store/vmlinuz.new" "$store/vmlinuz" && rm -r "$store/kernel.deb"
}
