"""Jobs: kinds.py has what each does, child.py runs one in a process of its own, starting.py starts these in `bongsu tend`."""
