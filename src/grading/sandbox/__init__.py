"""Where untrusted notebooks run: a bubblewrap sandbox with a kernel for each submission.

limits       how much of everything a submission may use
bubblewrap   the sandbox: what it shows and hides; is it to be had on this machine?
zygote       runs inside: imports the libraries once, forks a kernel for each submission
seccomp      system calls that a kernel never needs, refused
server       the other end of the zygote, outside
provisioner  lets jupyter_client, and so nbgrader, start such a kernel by its name
"""
