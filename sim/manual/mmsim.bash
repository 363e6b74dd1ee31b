# Completion for bash of mmsim's commands, options and their values. The program tells what there is:
#
#     mmsim --help             its commands, a line each
#     mmsim COMMAND --help     two blanks, then an option, or in small letters a word that it knows (a format)
#     mmsim strategies         their names

_mmsim_commands() {
    "$1" --help 2>/dev/null | sed -n 's/^  mmsim \([a-z-]*\).*/\1/p'
}

_mmsim_options() {
    "$1" "$2" --help 2>/dev/null | sed -n 's/^  \(-[a-z-]*\).*/\1/p'
    echo --help
}

_mmsim_words() {
    "$1" "$2" --help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p'
}

_mmsim_strategies() {
    "$1" strategies 2>/dev/null | sed -n 's/^\([a-z][a-z0-9]*\) .*/\1/p'
}

# Words of the list $1 that begin with $2, each behind $3.
_mmsim_matching() {
    compgen -P "${3-}" -W "$1" -- "$2" || true # none match: that is no error
}

# What $3 may be completed to after option $2; false: any file.
_mmsim_value() {
    local before=
    case $2 in
    --strategy) _mmsim_matching "$(_mmsim_strategies "$1")" "$3" ;;
    --strategies) # of a list, the last one
        case $3 in *,*) before=${3%,*}, ;; esac
        _mmsim_matching "$(_mmsim_strategies "$1")" "${3##*,}" "$before"
        ;;
    --keeps) _mmsim_matching 'failure crash no_frames no_run brk_blocked no_address_space zone unsupported bad_access' "$3" ;;
    --ram) _mmsim_matching '32M 64M 128M 256M 512M 1G 2G' "$3" ;;
    *) return 1 ;;
    esac
}

_mmsim() {
    local program=$1 word=$2 previous=$3 found=
    # To bash, the = of --ram=SIZE is a word of its own.
    if [ "$word" = = ]; then word=; fi
    if [ "$previous" = = ]; then previous=${COMP_WORDS[COMP_CWORD - 2]}; fi
    if [ "$COMP_CWORD" -eq 1 ]; then
        found=$(_mmsim_matching "$(_mmsim_commands "$program") help" "$word")
    elif [ "${COMP_WORDS[1]}" = help ]; then
        found=$(_mmsim_matching "$(_mmsim_commands "$program")" "$word")
    elif found=$(_mmsim_value "$program" "$previous" "$word"); then
        :
    elif [[ $word == -* ]]; then
        found=$(_mmsim_matching "$(_mmsim_options "$program" "${COMP_WORDS[1]}")" "$word")
    elif [ "$COMP_CWORD" -eq 2 ]; then
        found=$(_mmsim_matching "$(_mmsim_words "$program" "${COMP_WORDS[1]}")" "$word")
    fi
    mapfile -t COMPREPLY < <(printf '%s' "$found")
}

# With nothing found, files: most words are.
complete -o default -F _mmsim mmsim
