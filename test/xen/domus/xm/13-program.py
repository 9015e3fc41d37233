import os, re
arch = os.uname()[4]
if re.search('64', arch):
    arch_libdir = 'lib64'
else:
    arch_libdir = 'lib'

def mac(n):
    return "00:16:3e:02:00:%02x" % n

name = "program"
builder = 'hvm'
kernel = "/usr/lib/xen/boot/hvmloader"
memory = 512
vcpus = 1
device_model = '/usr/' + arch_libdir + '/xen/bin/qemu-dm'
vif = [ 'bridge=br0,mac=' + mac(19) ]
disk = [ 'phy:/dev/vg0/program,hda,w' ]
if vcpus > 1:
    memory = 1024
