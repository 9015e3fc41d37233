#!/usr/bin/env bash
# The real xl's config parser on a machine without Xen: prints the JSON of 'xl create -n FILE', or xl's own error and exit code.
# usage: xl-oracle.sh DIR FILE...   (DIR: where the extracted packages and the shim are kept; made on first use; needs apt and gcc)
# Plain xl stops on such a machine for want of /dev/xen/privcmd, a xenstore socket and a physinfo hypercall; a small
# preloaded library answers those three. Nothing is installed and no domain can be made. Exit code 77: it cannot be had on this machine, and the last line says why.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,5p' "$0"; exit 2; }
D=$(mkdir -p "$1" && cd "$1" && pwd); shift
if [ ! -e "$D/shim.so" ]; then
  no() { echo "$1" >&2; exit 77; }
  for tool in apt-get dpkg; do command -v "$tool" >/dev/null || no "it is taken from Debian packages, and there is no $tool"; done
  echo 'int main(void) { return 0; }' | gcc -x c - -o "$D/try" 2>/dev/null || no 'gcc is missing: apt-get install gcc libc6-dev'
  mkdir -p "$D/debs"
  apt-cache policy xen-utils-4.17 | grep 'Candidate: [0-9]' >/dev/null || apt-get -q update >/dev/null || no 'apt-get update failed'
  (cd "$D/debs" && apt-get -q download xen-utils-4.17 libxenmisc4.17 libxencall1 libxendevicemodel1 libxenevtchn1 libxenforeignmemory1 libxengnttab1 \
    libxenhypfs1 libxenstore4 libxentoolcore1 libxentoollog1 libyajl2 >/dev/null 2>&1) || no 'the packages of Xen 4.17 could not be fetched'
  for d in "$D"/debs/*.deb; do dpkg -x "$d" "$D/x"; done; rm -rf "$D/debs"
  gcc -shared -fPIC -O1 -o "$D/shim.tmp" -x c - -ldl <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
void *xc_interface_open(void *l, void *dl, unsigned f) { /* 1 = XC_OPENFLAG_DUMMY: no device is opened */
  void *(*real)(void *, void *, unsigned) = dlsym(RTLD_NEXT, "xc_interface_open"); return real(l, dl, f | 1); }
struct physinfo { uint32_t threads, cores, cpus, maxcpu, nodes, maxnode, khz, caps, archcaps, pad; uint64_t total, free, scrub, out, maxmfn; uint32_t hw[8]; };
int xc_physinfo(void *x, struct physinfo *p) { memset(p, 0, sizeof *p); p->threads = p->nodes = 1; p->cores = p->cpus = 8; p->maxcpu = 7;
  p->khz = 2000000; p->caps = 0x7; p->total = p->maxmfn = 4 << 20; p->free = 2 << 20; return 0; }
int xc_version(void *x, int cmd, void *arg) { return -1; }
long xc_sharing_freed_pages(void *x) { return 0; }
long xc_sharing_used_frames(void *x) { return 0; }
int xc_get_max_cpus(void *x) { return 8; }
int xc_get_max_nodes(void *x) { return 1; }
void *xs_open(unsigned long f) { return calloc(1, 4096); }
void xs_close(void *h) { free(h); }
C
  mv "$D/shim.tmp" "$D/shim.so"
fi
rc=0
for f in "$@"; do LD_LIBRARY_PATH="$D/x/usr/lib/x86_64-linux-gnu" LD_PRELOAD="$D/shim.so" "$D/x/usr/lib/xen-4.17/bin/xl" create -n "$f" || rc=$?; done
exit $rc
