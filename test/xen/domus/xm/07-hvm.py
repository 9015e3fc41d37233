kernel = "hvmloader"
builder = 'hvm'
memory = 1024
name = "hvm"
vcpus = 1
vif = [ 'mac=00:16:3e:02:00:07, bridge=br0' ]
disk = [ 'phy:/dev/vg0/hvm,hda,w' ]
boot = "cd"
sdl = 0
vnc = 1
vncpasswd = ''
serial = 'pty'
