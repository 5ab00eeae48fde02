# Installing Debian packages, for the scripts beside this file. Sourced, not run.

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        echo "casebridge: need root or sudo to run: $*" >&2
        return 1
    fi
}

apt_get() {
    # Somebody else may be installing: wait for the lock rather than fail.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 "$@" </dev/null
}

# Have freshly installed services stay stopped. Debian asks /usr/sbin/policy-rc.d before it
# starts one; 101 means "no". A policy that is already there is the machine's own: keep it.
POLICY=/usr/sbin/policy-rc.d

forbid_service_start() {
    [ ! -e "$POLICY" ] || return 0
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
    as_root chmod 755 "$POLICY"
    trap 'as_root rm -f "$POLICY"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

install_packages() {
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "casebridge: this is not Debian; install these yourself: $*" >&2
        return 1
    fi
    echo "casebridge: installing $*"
    forbid_service_start
    # A fresh machine has no package lists, and old lists name versions that are gone: fetch
    # them and try once more.
    apt_get install -y --no-install-recommends "$@" || {
        apt_get update
        apt_get install -y --no-install-recommends "$@"
    }
}
