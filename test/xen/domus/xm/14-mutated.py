name = "mutated"
kernel = "/boot/k"
memory = 64
memory *= 2
vcpus = 1
disk = [ 'phy:/dev/vg0/m,xvda,w' ]
vif = [ 'mac=00:16:3e:02:00:14,bridge=br0' ]
for n in range(2):
    disk.append('phy:/dev/vg0/m%d,xvd%c,w' % (n, 98 + n))
vif += [ 'bridge=br0' ]
