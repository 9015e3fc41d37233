name = "windows-lines"
memory = 64
vcpus = 1
kernel = "/boot/k"
disk = [ "phy:/dev/vg0/w,xvda,w" ]
vif = [ "mac=00:16:3e:02:00:11,bridge=br0" ]
