#!/usr/bin/env bash
# Drives the Xen dom0 that build.sh made in DIR. Only 127.0.0.1 is used on this machine; slirp runs with restrict=on.
# usage: rig.sh DIR up [--fresh]     boot (or resume the 'ready' snapshot, if one was saved); returns when dom0 answers
#        rig.sh DIR up --again       boot from the disk as it was left (after a reset of the machine, which ends qemu); the snapshot stays
#        rig.sh DIR exec CMD...      run CMD in dom0 as root (one shell string, as ssh does); stdin, stdout, stderr and exit code pass through
#        rig.sh DIR put SRC DST      copy a file or a folder's contents into dom0 (DST is made)
#        rig.sh DIR get SRC DST      copy a file or a folder's contents out of dom0
#        rig.sh DIR snapshot         save the running machine as 'ready' (RAM, disk, domUs): later 'up' resumes it in seconds
#        rig.sh DIR revert           put the running machine back to 'ready'
#        rig.sh DIR down             stop qemu (disk changes since 'up' are dropped unless KEEP=1)
#        rig.sh DIR console          print the serial console so far
# settings: MEM=3072 (MiB) CPUS=2 DOM0_MEM=1024 PORT=<free port> BOOT_TIMEOUT=300 LIFE=3600 (s, then it is ended) MACHINE=q35 CPU=max,smap=off,xsave=off,rdtscp=off XEN_ARGS= DOM0_ARGS=
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,13p' "$0"; exit 2; }
D=$(cd "$1" && pwd); cmd=$2; shift 2
MEM=${MEM:-3072} CPUS=${CPUS:-2} DOM0_MEM=${DOM0_MEM:-1024} BOOT_TIMEOUT=${BOOT_TIMEOUT:-300} LIFE=${LIFE:-3600}
pid() { local p; p=$(cat "$D/qemu.pid" 2>/dev/null) && [ -n "$p" ] && grep -qa qemu-system "/proc/$p/cmdline" 2>/dev/null && echo "$p"; }
sshopt() { printf '%s\n' -q -F none -i "$D/key" -p "$(cat "$D/port")" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no \
  -o UserKnownHostsFile=/dev/null -o ControlMaster=auto -o "ControlPath=$(cat "$D/ctl")/s" -o ControlPersist=600 -o ConnectTimeout=20; }
# shellcheck disable=SC2029
dom0() { local o; mapfile -t o < <(sshopt); ssh "${o[@]}" root@127.0.0.1 "$@"; }
# hmp LINE: one human-monitor command over the monitor socket
hmp() { python3 - "$D" "$1" <<'PY'
import json, os, socket, sys
os.chdir(sys.argv[1]); s = socket.socket(socket.AF_UNIX); s.connect("mon.sock"); f = s.makefile("rw")
def call(o):
    f.write(json.dumps(o) + "\n"); f.flush()
    while True:
        r = json.loads(f.readline())
        if "return" in r or "error" in r: return r
f.readline(); call({"execute": "qmp_capabilities"})
r = call({"execute": "human-monitor-command", "arguments": {"command-line": sys.argv[2]}})
t = r.get("return", r); print(t, end="") if t else None
sys.exit(1 if t else 0)
PY
}
closemux() { local o; [ -f "$D/ctl" ] || return 0; mapfile -t o < <(sshopt); ssh "${o[@]}" -O exit root@127.0.0.1 2>/dev/null || true; }
# answers: waits until dom0 takes commands, then sets its clock (a resumed snapshot wakes up in the past)
answers() { local t=$((SECONDS + BOOT_TIMEOUT)); until { [ "${1:-}" = resumed ] || grep -q RIG-READY "$D/console.log"; } && timeout 40 "$0" "$D" exec true 2>/dev/null </dev/null; do
  pid >/dev/null || { echo "qemu ended; see $D/console.log, $D/qemu.log" >&2; return 1; }
  [ $SECONDS -lt $t ] || { echo "dom0 did not answer in ${BOOT_TIMEOUT}s; see $D/console.log" >&2; return 1; }; sleep 0.3; done
  dom0 "date -s @$(date +%s) >/dev/null"; }
case $cmd in
up)
  pid >/dev/null && { echo "already up, pid $(pid)" >&2; exit 1; }
  if [ -n "${KEEP:-}" ] || [ "${1:-}" = --fresh ]; then rm -f "$D/snapshot"; fi
  PORT=${PORT:-$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')}
  echo "$PORT" > "$D/port"; [ ! -f "$D/ctl" ] || rm -rf "$(cat "$D/ctl")"; mktemp -d > "$D/ctl"; : > "$D/console.log"; load=()
  MACHINE=${MACHINE:-q35} CPU=${CPU:-max,smap=off,xsave=off,rdtscp=off}; how=booted
  # shellcheck source=/dev/null
  if [ "${1:-}" = --again ]; then :
  elif [ -f "$D/snapshot" ]; then load=(-loadvm ready); . "$D/snapshot"; how=resumed
  elif [ ! -f "$D/disk.qcow2" ] || [ -z "${KEEP:-}" ]; then qemu-img create -q -f qcow2 -b root.img -F raw "$D/disk.qcow2"; fi
  # xl gives up its scripts by the clock, so a busy machine must not starve it; where sessions are scheduled as groups, their own nice counts
  (cd "$D" && exec setsid nice -n -5 timeout -k 10 "$LIFE" qemu-system-x86_64 -accel tcg,thread=multi -M "$MACHINE" -cpu "$CPU" -smp "$CPUS" -m "$MEM" \
    -nodefaults -display none -no-reboot -serial file:console.log -qmp unix:mon.sock,server=on,wait=off \
    -kernel xen -append "console=com1 com1=115200,8n1 dom0_mem=${DOM0_MEM}M,max:${DOM0_MEM}M noreboot=0 bootscrub=0 loglvl=warning guest_loglvl=warning ${XEN_ARGS:-}" \
    -initrd "vmlinuz console=hvc0 quiet panic=-1 ${DOM0_ARGS:-},initrd" \
    -drive file=disk.qcow2,if=virtio,format=qcow2,cache=unsafe,discard=unmap \
    -netdev "user,id=n,ipv6=off,restrict=on,hostfwd=tcp:127.0.0.1:$PORT-:22" -device virtio-net-pci,netdev=n \
    -object rng-random,filename=/dev/urandom,id=r -device virtio-rng-pci,rng=r "${load[@]}" </dev/null >qemu.log 2>&1) &
  echo $! > "$D/qemu.pid"; disown; printf '%s=%q\n' MEM "$MEM" CPUS "$CPUS" MACHINE "$MACHINE" CPU "$CPU" > "$D/params"; sleep 1
  { p=$(pid) && echo -15 > "/proc/$p/autogroup"; } 2>/dev/null || true
  answers $how; echo "$how, up in ${SECONDS}s, qemu pid $(pid), ssh on 127.0.0.1:$PORT" ;;
exec) dom0 "$@" ;;
put) if [ -d "$1" ]; then tar -C "$1" -czf - . | dom0 "mkdir -p '$2' && tar -C '$2' -xzf -"; else dom0 "mkdir -p \"\$(dirname '$2')\" && cat > '$2'" < "$1"; fi ;;
get) if dom0 "test -d '$1'"; then mkdir -p "$2"; dom0 "tar -C '$1' -czf - ." | tar -C "$2" -xzf -; else dom0 "cat '$1'" > "$2"; fi ;;
snapshot) closemux; sleep 1; hmp 'savevm ready'; cp "$D/params" "$D/snapshot"; echo "saved in ${SECONDS}s" ;;
revert) closemux; hmp 'loadvm ready'; answers resumed; echo "reverted in ${SECONDS}s" ;;
down) p=$(pid) || { echo "not up" >&2; exit 0; }; closemux; [ -z "${KEEP:-}" ] || dom0 sync
  kill "$p"; for _ in $(seq 100); do kill -0 "$p" 2>/dev/null || break; sleep 0.1; done; rm -f "$D/qemu.pid"; rm -rf "$(cat "$D/ctl")"
  [ -n "${KEEP:-}" ] || [ -f "$D/snapshot" ] || rm -f "$D/disk.qcow2" ;;
console) cat "$D/console.log" ;;
*) echo "unknown command: $cmd" >&2; exit 2 ;;
esac
