name = "escapes"
kernel = "/boot/k"
extra = "a\x41\101 motd=Gr\303\274\303\237e \"it's\" \d+"
memory = 64
vcpus = 1
disk = []
vif = ['mac=00:16:3e:02:00:09,bridge=br0']
