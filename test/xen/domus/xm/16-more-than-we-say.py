name = "more"
builder = "hvm"
kernel = "/usr/lib/xen-4.0/boot/hvmloader"
device_model = "/usr/lib/xen-4.0/bin/qemu-dm"
memory = 512
vcpus = 1
vif = [ 'type=ioemu, bridge=br0, mac=00:16:3e:02:00:16' ]
disk = [ 'tap:qcow:/srv/more.qcow,hda,w', 'file:/srv/cd.iso,hdc:cdrom,r', 'phy:/dev/vg0/more,hdb,w!', 'phy:/dev/vg0/fine,hdd,w' ]
