memory = 64
execfile('/etc/xen/common.py')
name = "include"
vcpus = 1
kernel = "/boot/k"
disk = [ 'phy:/dev/vg0/i,xvda,w' ]
vif = [ 'mac=00:16:3e:02:00:15,bridge=br0' ]
