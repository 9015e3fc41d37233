name    = 'siteclient'
bootloader = 'pygrub'
memory  = 512
vcpus   = 2
disk    = ['phy:/dev/vg0/lv11,xvda,w']
vif     = ['mac=00:16:3e:00:00:28,script=vif-route,ip=198.51.100.28']
