name = 'lists'
memory = 256
vcpus = 2
bootloader = '/usr/bin/pygrub'
disk = [
    'phy:/dev/vg0/lists-disk,xvda2,w',   # root
    'phy:/dev/vg0/lists-swap,xvda1,w',
]
vif = [
    'mac=00:16:3e:02:00:02,bridge=br0',

    'mac=00:16:3e:02:00:12, bridge=br0',
]
