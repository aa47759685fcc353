# shellcheck shell=bash disable=SC2154
# The network in which all of it runs: one of its own, with loopback and nothing else. What goes
# round the proxy gets nowhere, and port 443 is free for the listener of clients that know of no proxy.

# enter_network COMMAND…: becomes the command in such a network; returns where that cannot be had.
enter_network() {
  local flags=(-m -n)
  [ "$(id -u)" = 0 ] || flags+=(-r)
  # shellcheck disable=SC2016
  unshare "${flags[@]}" bash -c 'ip link set lo up && mount --bind /etc/hosts /etc/hosts' \
    >/dev/null 2>&1 || return 0
  # shellcheck disable=SC2016
  exec unshare "${flags[@]}" bash -c 'ip link set lo up && IN_OWN_NETWORK=yes exec "$@"' network "$@"
}

# Why no client can be steered to the listener by name, if none can.
missing_network() {
  [ -n "${IN_OWN_NETWORK:-}" ] ||
    printf 'the SNI listener needs a network and a hosts file of its own (unshare -m -n, ip)'
}

# A hosts file that leads every name of the sandbox to the listener. Clients alone read it: the proxy
# looks the same names up elsewhere (docs/transparent.md).
write_hosts() {
  {
    printf '127.0.0.1 localhost\n'
    sandbox_names | sed 's/^/127.0.0.1 /'
  } >"$work/hosts"
}
