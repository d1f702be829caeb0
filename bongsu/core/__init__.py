"""Values that every package uses: units, estimates, codes, structures, releases. No disk, network, web or clock."""
