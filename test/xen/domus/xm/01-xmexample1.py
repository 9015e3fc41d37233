#  -*- mode: python; -*-
#============================================================================
# Python configuration setup for 'xm create'.
#============================================================================

# Kernel image file.
kernel = "/boot/vmlinuz-2.6.18-6-xen-686"

# Optional ramdisk.
ramdisk = "/boot/initrd.img-2.6.18-6-xen-686"

# Initial memory allocation (in megabytes) for the new domain.
memory = 128

# A name for your domain. All domains must have different names.
name = "ExampleDomain"

#uuid = "06ed00fe-1162-4fc4-b5d8-11993ee4a8b9"
#cpus = ""         # leave to Xen to pick
vcpus = 1

vif = [ 'mac=00:16:3e:00:00:11, bridge=br0' ]
disk = [ 'phy:/dev/hda1,hda1,w' ]

# Set root device.
root = "/dev/hda1 ro"

# Sets runlevel 4.
extra = "4"

on_poweroff = 'destroy'
on_reboot   = 'restart'
on_crash    = 'restart'
