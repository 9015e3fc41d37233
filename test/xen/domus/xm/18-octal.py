name = "octal"
kernel = "/boot/k"
memory = 0200
vcpus = 2L
disk = []
vif = [ u'mac=00:16:3e:02:00:18,bridge=br0' ]
vfb = [ 'type=vnc,vncunused=1', ]
