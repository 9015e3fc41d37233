#!/bin/sh
# Puts the rules of the generation in force back, before the network is up and without natroute itself.
# Where some of them are there already, all stays as it is: the daemon's first pass puts it right.
set -u
state=${1:-/var/lib/natroute}
status=0
for pair in v4:iptables v6:ip6tables; do
	family=${pair%%:*} tool=${pair#*:}
	[ -s "$state/current/boot.$family" ] || continue
	for chain in NR-DST NR-SRC; do
		"$tool" -w 10 -t nat -n -L "$chain" >/dev/null 2>&1 && continue 2
	done
	"$tool-restore" -w 10 --noflush <"$state/current/boot.$family" || status=1
done
exit "$status"
