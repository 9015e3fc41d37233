#!/usr/bin/env bash
# Builds a bootable Xen dom0 (Debian 12: Xen 4.17, its xl, a 6.1 kernel) for qemu's software emulation.
# usage: build.sh DIR [extra Debian package for dom0]...   needs root and apt; this machine only gets the host tools installed
# NODE=/path/to/node (default: the one on PATH) is copied into dom0; NODE= leaves it out.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,4p' "$0"; exit 2; }
D=$(mkdir -p "$1" && cd "$1" && pwd); shift
HERE=$(cd "$(dirname "$0")" && pwd); SUITE=bookworm; XENV=4.17
NODE=${NODE-$(command -v node || true)}; export DEBIAN_FRONTEND=noninteractive
say() { printf '%s [%3ds] %s\n' "$(date +%T)" "$SECONDS" "$*"; }

say "host tools"
need=()
while read -r cmd pkg; do command -v "$cmd" >/dev/null || need+=("$pkg"); done <<'EOF'
qemu-system-x86_64 qemu-system-x86
qemu-img qemu-utils
mmdebstrap mmdebstrap
busybox busybox-static
mkfs.ext4 e2fsprogs
cpio cpio
modprobe kmod
ssh openssh-client
xz xz-utils
python3 python3
EOF
apt_() { apt-get -q -o DPkg::Lock::Timeout=300 "$@"; }
apt-cache policy mmdebstrap | grep 'Candidate: [0-9]' >/dev/null || apt_ update >/dev/null
if [ ${#need[@]} -gt 0 ]; then apt_ install -y --no-install-recommends "${need[@]}" >"$D/apt.log" 2>&1; fi
BB=$(command -v busybox)
if file -L "$BB" 2>/dev/null | grep -q 'dynamically'; then echo "busybox must be the static one: apt-get install busybox-static" >&2; exit 1; fi

say "hypervisor and kernel packages (extracted, not installed: nothing touches this machine's /boot)"
rm -rf "$D/debs" "$D/x" "$D/rootfs" "$D/ird" "$D/ud"; mkdir -p "$D/debs" "$D/x"
KPKG=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image-[0-9]/{print $2; exit}')
(cd "$D/debs" && apt_ download "xen-hypervisor-$XENV-amd64" "$KPKG" grub-xen-host >/dev/null 2>&1)
for d in "$D"/debs/*.deb; do dpkg -x "$d" "$D/x"; done
KV=${KPKG#linux-image-}; KO="$D/x/lib/modules/$KV"
zcat "$D/x/boot/xen-$XENV-amd64.gz" > "$D/xen"          # ELF32 multiboot image, which qemu's -kernel loads
cp "$D/x/boot/vmlinuz-$KV" "$D/vmlinuz"
# the same kernel unpacked, for domUs: under emulation 'xl create' spends 5-10 s on unpacking the xz one
python3 - "$D/vmlinuz" <<'EOF' | xz -dc > "$D/vmlinux"
import struct, sys
b = open(sys.argv[1], "rb").read(); base = ((b[0x1f1] or 4) + 1) * 512
off, n = struct.unpack("<II", b[0x248:0x250]); sys.stdout.buffer.write(b[base + off:base + off + n - 4])
EOF

say "dom0 root file system"
R="$D/rootfs"
pk=xen-utils-$XENV,xen-utils-common,xenstore-utils,iptables,iproute2,bridge-utils,dropbear-bin,git,busybox-static
pk=$pk,nftables,mount,net-tools,kmod,procps,iputils-ping,netcat-openbsd,curl,conntrack,tcpdump,libstdc++6
for p in "$@"; do pk=$pk,$p; done
mmdebstrap --quiet --mode=root --variant=essential --include="$pk" --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' $SUITE "$R" >"$D/mmdebstrap.log" 2>&1
M="$R/lib/modules/$KV"; mkdir -p "$M/kernel"; cp "$KO"/modules.{order,builtin,builtin.modinfo} "$M/"
(cd "$KO/kernel" || exit 1; tar cf - lib crypto drivers/xen drivers/virtio net/{ipv4,ipv6,netfilter,bridge,802,llc,9p,core,sched,packet,unix} \
  fs/{ext4,jbd2,mbcache.ko,9p,fscache,netfs,overlayfs,fuse} drivers/net/{xen-netback,xen-netfront.ko,virtio_net.ko,net_failover.ko,veth.ko,tun.ko,dummy.ko} \
  drivers/block/{virtio_blk.ko,loop.ko,xen-blkback,xen-blkfront.ko} drivers/char/{virtio_console.ko,hw_random} 2>"$D/modules.missing" || true) | tar xf - -C "$M/kernel"
depmod -b "$R" "$KV"
if [ -n "$NODE" ]; then cp "$(readlink -f "$NODE")" "$R/usr/bin/node"; fi
mkdir -p "$R/boot" "$R/var/log/xen" "$R/var/lib/xen" "$R/root/.ssh" "$R/etc/rig" "$R/etc/dropbear" "$R/run"
cp "$D/vmlinuz" "$R/boot/vmlinuz"; mv "$D/vmlinux" "$R/boot/vmlinux"; cp "$D/x/usr/lib/grub-xen/grub-x86_64-xen.bin" "$R/boot/tiny.bin"
rm -f "$R/sbin/init"; ln -s /bin/busybox "$R/sbin/init"
for a in poweroff reboot halt; do ln -sf /bin/busybox "$R/sbin/$a"; done
echo dom0 > "$R/etc/hostname"; echo "127.0.0.1 localhost dom0" > "$R/etc/hosts"; rm -f "$R/etc/resolv.conf"
cat > "$R/etc/inittab" <<'EOF'
::sysinit:/etc/rig/rc
::respawn:/usr/sbin/dropbear -F -s -E -r /etc/dropbear/hostkey
hvc0::respawn:-/bin/sh
::shutdown:/bin/sync
::ctrlaltdel:/sbin/reboot
EOF
cat > "$R/etc/rig/rc" <<'EOF'
#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev 2>/dev/null
ln -sf /proc/self/fd /dev/fd; for n in 0:stdin 1:stdout 2:stderr; do ln -sf /proc/self/fd/${n%:*} /dev/${n#*:}; done # no udev here; the block script spins without them
mkdir -p /dev/pts /dev/shm; mount -t devpts devpts /dev/pts; mount -t tmpfs tmpfs /dev/shm; mount -t tmpfs tmpfs /run
mkdir -p /run/lock /run/xen; hostname dom0; ip link set lo up
modprobe -a xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xenfs xen-netback xen-blkback loop bridge virtio_net 2>&1
# the rig's own way in: slirp's card, renamed
ip link set eth0 down; ip link set eth0 name rig0; ip addr add 10.0.2.15/24 dev rig0; ip link set rig0 up
# the world: eth0 203.0.113.1 is dom0's public side, its other end is 203.0.113.9 in the namespace 'outside'; br0 is the LAN
ip link add eth0 type veth peer name ext0; ip netns add outside; ip link set ext0 netns outside
ip addr add 203.0.113.1/24 dev eth0; ip link set eth0 up
ip -n outside link set lo up; ip -n outside addr add 203.0.113.9/24 dev ext0; ip -n outside link set ext0 up
ip -n outside route add default via 203.0.113.1; ip route add default via 203.0.113.9 # which forwards nothing
ip link add br0 type bridge; ip addr add 192.168.1.254/24 dev br0; ip link set br0 up; echo 1 > /proc/sys/net/ipv4/ip_forward
/etc/init.d/xen start                                           # Debian's own: xenfs, xenstored, xenconsoled
[ -x /etc/rig/rc.local ] && /etc/rig/rc.local
echo "RIG-READY $(cut -d' ' -f1 /proc/uptime)"
EOF
chmod +x "$R/etc/rig/rc"; cp -r "$HERE/dom0/." "$R/"

say "ssh keys of this rig only"
rm -f "$D/key" "$D/key.pub"; ssh-keygen -q -t ed25519 -N '' -C xen-rig -f "$D/key"
cp "$D/key.pub" "$R/root/.ssh/authorized_keys"; chmod 700 "$R/root" "$R/root/.ssh"; chmod 600 "$R/root/.ssh/authorized_keys"
rm -f "$R/etc/dropbear/hostkey"; chroot "$R" dropbearkey -t ed25519 -f /etc/dropbear/hostkey >/dev/null 2>&1

# initrd DIR OUT: packs DIR, with busybox, as an initramfs
initrd() { mkdir -p "$1"/{bin,sbin,proc,sys,dev,root,etc}; cp "$BB" "$1/bin/busybox"; chmod +x "$1/init"
  (cd "$1" && find . | cpio -o -H newc --quiet | gzip -1) > "$2"; }
say "dom0 initrd"
I="$D/ird"; mkdir -p "$I/m"; n=10
for m in $(modprobe -S "$KV" -d "$R" -a --show-depends virtio_pci virtio_blk crc32c_generic ext4 | awk '$1=="insmod"{print $2}' | awk '!s[$0]++'); do
  cp "$m" "$I/m/$((n++))-$(basename "$m")"; done
cat > "$I/init" <<'EOF'
#!/bin/busybox sh
b=/bin/busybox; $b mount -t devtmpfs dev /dev; $b mount -t proc proc /proc
for m in /m/*; do $b insmod $m; done
while [ ! -b /dev/vda ]; do $b sleep 0.1; done
$b mount -t ext4 -o noatime /dev/vda /root; $b umount /proc; $b mount --move /dev /root/dev
exec $b switch_root /root /sbin/init
EOF
initrd "$I" "$D/initrd"

say "domU initrd (busybox: brings eth0 up as rig_ip says, serves http on 80, echo on 7)"
U="$D/ud"; mkdir -p "$U"; cp "$KO/kernel/drivers/net/xen-netfront.ko" "$KO/kernel/drivers/block/xen-blkfront.ko" "$U/"
cat > "$U/init" <<'EOF'
#!/bin/busybox sh
/bin/busybox --install -s /bin; export PATH=/bin:/sbin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for a in poweroff reboot; do printf '#!/bin/sh\nexec busybox %s -f\n' $a > /sbin/$a; chmod +x /sbin/$a; done
insmod /xen-netfront.ko; insmod /xen-blkfront.ko; ip link set lo up; hostname ${rig_name:-domu}
n=0; while [ ! -e /sys/class/net/eth0 ] && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done
if [ -n "$rig_ip" ]; then ip addr add $rig_ip dev eth0; ip link set eth0 up
  [ -n "$rig_gw" ] && { ip route add $rig_gw dev eth0 2>/dev/null; ip route add default via $rig_gw; }; fi
mkdir -p /www; echo "hello from ${rig_name:-domu}" > /www/index.html; httpd -p 80 -h /www
nc -ll -p 7 -e cat & # echo: a connection that lasts
echo "DOMU-READY ${rig_name:-domu}"
# 'xl vcpu-set' only offers a vCPU; user space has to switch it on
while sleep 2; do for c in /sys/devices/system/cpu/cpu[1-9]*/online; do [ "$(cat $c 2>/dev/null)" = 0 ] && echo 1 > $c; done; done 2>/dev/null &
while :; do setsid sh -c 'exec sh </dev/hvc0 >/dev/hvc0 2>&1'; sleep 1; done
EOF
initrd "$U" "$R/boot/domu.initrd"

say "disk image"
rm -f "$D/root.img"; truncate -s "${DISK:-2G}" "$D/root.img"
mkfs.ext4 -q -F -m 0 -E lazy_itable_init=1 -O ^metadata_csum -d "$R" "$D/root.img"
rm -f "$D/disk.qcow2" "$D/snapshot"; rm -rf "$D/debs" "$D/x" "$D/ird" "$D/ud" "$R"
say "done: $(du -sh --apparent-size "$D" | cut -f1) apparent, $(du -sh "$D" | cut -f1) on disk in $D"
