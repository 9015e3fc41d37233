name = "backslash"
memory = \
    128
vcpus = 1
kernel = "/boot/k"
extra = "root=/dev/xvda1 " \
        "ro quiet"
disk = [ "phy:/dev/vg0/b," "xvda,w" ]
vif = [ "mac=00:16:3e:02:00:03,bridge=br0" ]
