name = hostname = "chain"
memory = maxmem = 256
vcpus = 1
kernel = '/boot/k'
on_reboot = on_crash = 'restart'
disk = [ ]
vif = [ 'mac=00:16:3e:02:00:10,bridge=br0' ]
