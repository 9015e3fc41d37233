# one file for all of them
number = 7
name = "vm%d" % number
memory = 256
vcpus = 1
kernel = "/boot/k"
disk = [ "phy:/dev/vg0/vm%d,xvda,w" % number ]
vif = [ "mac=00:16:3e:02:00:%02x,bridge=br0" % number ]
