name = ('tuple')
kernel = '/boot/k'
memory = 64
vcpus = 1
disk = ('phy:/dev/vg0/t,xvda,w', 'file:/srv/t.img,xvdb,r',)
vif = ( 'mac=00:16:3e:02:00:06,bridge=br0', )
