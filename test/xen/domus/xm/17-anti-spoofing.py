name = "spoof"
kernel = "/boot/k"
memory = 64
vcpus = 1
disk = [ 'phy:/dev/vg0/s,sda1,w','phy:/dev/vg0/s-swap,sda2,w' ]
vif = [ 'ip=192.168.1.17,mac=00:16:3e:02:00:17,bridge=br0' ]
