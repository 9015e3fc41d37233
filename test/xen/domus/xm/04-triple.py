"""The mail server.
   name = 'not this one' """
name = '''mail'''
memory = 512; vcpus = 2
kernel = r"/boot/k"
disk = ['phy:vg0/mail,xvda,w']
vif = ["mac=00:16:3e:02:00:04,bridge=br0"]
