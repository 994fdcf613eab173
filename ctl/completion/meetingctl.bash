# Completion of meetingctl(1) for bash; names, ids and values come from the running daemon.

_meetingctl() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= socket=() words= i
    local commands='list show meetings participants attendance history watch board wait plan calendar explain quota status metrics
        reload doctor check hook reserve update delete get active resolve'
    local common='--socket --json --no-pager --no-legend --utc --help --version'
    local settings='--end-time --topic --meeting-initial-type --auto-record --password --assign-host-list
        --action-permission --callee-id --callee-user-type --callee-nickname --callee-main-address'
    local IFS=$' \t\n' what=

    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --socket)
            socket=(--socket "${COMP_WORDS[i+1]}")
            ((i++))
            ;;
        --state | --end-time | --topic | --meeting-initial-type | --auto-record | --meeting-connect | --password | \
            --assign-host-list | --action-permission | --callee-* | --app | --owner-id | --as | --since | --until | \
            --min-share | --participants | --timeout | --write)
            ((i++))
            ;;
        -*) ;;
        *)
            command=${COMP_WORDS[i]}
            break
            ;;
        esac
    done

    COMPREPLY=()
    case $previous in
    --socket)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        compopt -o filenames
        return
        ;;
    --state) words='planned reserving uncertain reserved live ended expired failed deleted' ;;
    --meeting-initial-type) words='group call' ;;
    --auto-record | --meeting-connect) words='yes no' ;;
    --callee-user-type) words='pstn' ;;
    --password) words='-' ;;
    --end-time) words='+1h +2h +1d +7d +30d' ;;
    --since) words='today yesterday -7d -30d' ;;
    --until) words='now today yesterday' ;;
    --min-share) words='50% 80% 90%' ;;
    --timeout) words='1min 10min 1h' ;;
    --write)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        compopt -o filenames
        return
        ;;
    --app) what=apps ;;
    --owner-id | --assign-host-list) what=owners ;;
    --topic | --action-permission | --callee-* | --as | --participants) return ;;
    esac
    if [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        return
    fi

    if [[ $current == -* && -z $what ]]; then
        case $command in
        '') words=$common ;;
        list) words="$common --state --all" ;;
        meetings) words="$common --active" ;;
        active) words="$common --with-participants" ;;
        attendance) words="$common --since --until --min-share --csv" ;;
        history) words="$common --since --until" ;;
        wait) words="$common --started --ended --participants --timeout" ;;
        metrics) words="$common --write --no-plans" ;;
        doctor) words="$common --offline" ;;
        reserve) words="$common $settings --meeting-connect --app --owner-id" ;;
        update) words="$common $settings" ;;
        resolve) words="$common --as --retry --drop" ;;
        reload) words="$common --force" ;;
        check) words='--help' ;;
        *) words=$common ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        return
    fi

    case ${what:-$command} in
    '')
        mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
        return
        ;;
    apps | owners) ;;
    list | show) what=names ;;
    explain | resolve) what=occurrences ;;
    watch | wait | board | attendance | history) what=plans ;;
    participants) what=meetings ;;
    update | delete | get | active) what=reservations ;;
    hook)
        if [[ $previous == hook ]]; then
            mapfile -t COMPREPLY < <(compgen -W 'test list' -- "$current")
            return
        fi
        [[ $previous == test ]] || return
        what=hooks
        ;;
    check)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        compopt -o filenames
        return
        ;;
    *) return ;;
    esac

    # Names may have blanks in them, so each line is compared and quoted as a whole. Bash takes NAME@START for two words
    # where '@' is in COMP_WORDBREAKS, and wants what follows the '@' alone then.
    local name typed=${COMP_LINE:0:COMP_POINT} before=
    typed=${typed##*[[:space:]]}
    if [[ $typed == *@* && $COMP_WORDBREAKS == *@* ]]; then
        current=$typed before=${typed%@*}@
    fi
    while IFS= read -r name; do
        if [[ $name == "$current"* ]]; then
            printf -v name %q "${name#"$before"}"
        else
            printf -v name %q "$name"
            [[ $name == "$current"* ]] || continue
        fi
        COMPREPLY+=("$name")
    done < <(meetingctl "${socket[@]}" complete "$what" 2>/dev/null)
}

complete -F _meetingctl meetingctl
